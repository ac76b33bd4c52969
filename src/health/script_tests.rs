use super::*;
use crate::lvs::{Endpoint, Family, Origin, Protocol};

fn target(service: ServiceKey) -> Target {
    let server = Endpoint::new("10.0.0.1".parse().unwrap(), 8080);
    Target { at: "10.0.0.1:8080".parse().unwrap(), origin: Origin::default(), server, service, via: None }
}

fn words(text: &str) -> ScriptLine {
    ScriptLine::Words(text.split(' ').map(str::to_owned).collect())
}

#[test]
fn arguments_of_each_kind() {
    let virt = Endpoint::new("192.0.2.1".parse().unwrap(), 80);
    let tuple = target(ServiceKey::Tuple { protocol: Protocol::Tcp, virt });
    let mark = target(ServiceKey::Fwmark { family: Family::V4, mark: 7 });
    let shell = |text: &str| ScriptLine::Shell(text.to_owned());
    let external = ScriptKind::External;
    assert_eq!(
        completed(&words("check -x"), &external, &tuple),
        words("check -x 192.0.2.1 80 10.0.0.1 8080")
    );
    assert_eq!(completed(&shell("check"), &external, &mark), shell("check 7 0 10.0.0.1 8080"));
    let output = ScriptKind::Output { expect: String::new() };
    assert_eq!(completed(&words("check %h:%p"), &output, &tuple), words("check 10.0.0.1:8080"));
    assert_eq!(completed(&shell("rup %h"), &ScriptKind::Load, &tuple), shell("rup 10.0.0.1"));
    let misc = ScriptKind::Misc { weight: false };
    assert_eq!(completed(&words("check %h"), &misc, &tuple), words("check %h"));
}

fn judged(kind: &ScriptKind, code: i32, output: &str) -> (bool, Option<Weight>) {
    let outcome = judge(kind, code, output.as_bytes());
    (outcome.is_up, outcome.weight)
}

#[test]
fn exit_statuses() {
    let (plain, weight) = (ScriptKind::Misc { weight: false }, ScriptKind::Misc { weight: true });
    for (code, plain_up, weighed) in [
        (0, true, (true, None)),
        (1, false, (false, None)),
        (2, false, (true, Some(Weight::Absolute(0)))),
        (255, false, (true, Some(Weight::Absolute(253)))),
    ] {
        assert_eq!(judged(&plain, code, ""), (plain_up, None), "{code}");
        assert_eq!(judged(&ScriptKind::External, code, ""), (plain_up, None), "{code}");
        assert_eq!(judged(&weight, code, ""), weighed, "{code}");
    }
    let killed = amiss(&weight, End::Signalled(9).complaint().unwrap());
    assert_eq!((killed.is_up, killed.weight, killed.detail.as_str()), (false, None, "ended by signal 9"));
    assert!(amiss(&ScriptKind::Load, "x".to_owned()).is_up);
}

#[test]
fn outputs() {
    let expect = ScriptKind::Output { expect: "OK".into() };
    assert!(judged(&expect, 0, "OK\n").0 && judged(&expect, 3, "OK?").0);
    assert!(!judged(&expect, 0, "OK").0 && !judged(&expect, 0, "").0 && !judged(&expect, 0, "OK\n\n").0);
    for (output, hundredths) in [
        (" 20:33:05 up 7:41,  0 user,  load average: 0.58, 0.94, 1.20\n", Some(58)),
        ("rs1  up 1+02:03,  3 users,  load 12.05, 0.1\n", Some(1205)),
        ("3\n", Some(300)),
        ("0.5.\n", Some(50)),
        ("no idea\n", None),
        ("", None),
    ] {
        assert_eq!(judged(&ScriptKind::Load, 0, output), (true, hundredths.map(Weight::Load)), "{output}");
    }
}
