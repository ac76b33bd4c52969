use super::*;
use crate::lvs::{Family, RealServerSpec, ServiceSpec, Thresholds, Tunnel, TunnelChecksum};

fn names() -> Names {
    Names::from_text("http 80/tcp www\ndomain 53/udp\ntftp 69/udp\n", "10.0.0.1 rs1\n")
}

fn read(line: &str) -> Result<AdmRequest, Misuse> {
    let words: Vec<String> = line.split_whitespace().map(|word| word.replace("''", "")).collect();
    parse(&words, &names())
}

/// What ipvsadm 1.31 says to lines that it does not take (asked of the real tool), with its exit status.
#[test]
fn refusals_are_those_of_the_original() {
    let cases = include_str!("../../../tests/ipvsadm/refusals.txt");
    let mut seen = 0;
    for case in cases.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut parts = case.splitn(3, " | ");
        let (line, status, text) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let misuse = read(line).expect_err(line);
        assert_eq!(misuse.error.to_string().trim_end(), text, "{line}");
        assert_eq!(misuse.error.exit_status().to_string(), status, "{line}");
        seen += 1;
    }
    assert!(seen > 100, "{seen}");
}

/// Lines that the real tool takes.
#[test]
fn lines_that_are_taken() {
    let mut bad = Vec::new();
    for line in include_str!("../../../tests/ipvsadm/accepted.txt").lines().filter(|line| !line.is_empty()) {
        if let Err(misuse) = read(line) {
            bad.push(format!("{line}: {misuse:?}"));
        }
    }
    assert_eq!(bad, Vec::<String>::new());
}

fn server(line: &str) -> RealServerSpec {
    match read(line) {
        Ok(AdmRequest::Change(Command::AddServer(_, spec) | Command::EditServer(_, spec))) => spec,
        other => panic!("{line}: {other:?}"),
    }
}

fn service(line: &str) -> ServiceSpec {
    match read(line) {
        Ok(AdmRequest::Change(Command::AddService(spec) | Command::EditService(spec))) => spec,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn ports_of_real_servers() {
    let port = |line| server(line).endpoint.port;
    assert_eq!(port("-a -t 10.0.0.9:84 -r 10.0.0.1"), 84);
    assert_eq!(port("-a -t 10.0.0.9:84 -r 10.0.0.1:99 -g"), 84, "direct routing cannot change the port");
    assert_eq!(port("-a -t 10.0.0.9:84 -r 10.0.0.1:99 -i"), 84);
    assert_eq!(port("-a -t 10.0.0.9:84 -r 10.0.0.1:99 -m"), 99);
    assert_eq!(port("-a -t 10.0.0.9:84 -r 10.0.0.1:0 -m"), 0);
    assert_eq!(port("-a -r 10.0.0.1 -t 10.0.0.9:84 -m"), 0, "the service was not known yet");
    assert_eq!(port("-a -f 3 -r 10.0.0.1:99 -g"), 99);
    assert_eq!(port("-a -f 3 -r 10.0.0.1"), 0);
    assert_eq!(port("-a -t 10.0.0.9:84 -r rs1:www -m"), 80);
}

#[test]
fn defaults_and_replacements() {
    let spec = service("-E -t 10.0.0.1:80");
    assert_eq!((spec.scheduler.as_str(), spec.persistence, spec.one_packet), ("wlc", None, false));
    assert_eq!(service("-A -t 10.0.0.1:80 -s averyveryverylongname").scheduler.as_str(), "averyveryverylo");
    let persistence = service("-A -t 10.0.0.1:80 -p -M 255.255.255.0").persistence.unwrap();
    assert_eq!((persistence.timeout_seconds, persistence.mask.to_string()), (360, "255.255.255.0".into()));
    let mask = |line| service(line).persistence.unwrap().mask.to_string();
    assert_eq!(mask("-A -t 10.0.0.1:80 -p -M 255.0.255.0"), "255.0.255.0");
    assert_eq!(mask("-A -t 10.0.0.1:80 -p -M 24"), "0.0.0.24");
    assert_eq!(mask("-A -t 10.0.0.1:80 -p"), "255.255.255.255");
    assert_eq!(mask("-A -t [::1]:80 -p 60 -M 64"), "64");
    assert_eq!(mask("-A -t [::1]:80 -p60"), "128");
    assert_eq!(service("-A -t 10.0.0.1:80 -M 255.255.255.0").persistence, None);
    let spec = server("-e -t 10.0.0.1:80 -r 10.0.0.1 -gw7 -x 9 -y 5");
    assert_eq!((spec.weight, spec.thresholds), (7, Thresholds { upper: 9, lower: 5 }));
    let spec = server("-a -t 10.0.0.1:80 -r 10.0.0.1 -i --tun-type gue --tun-port 6080 --tun-remcsum");
    assert_eq!(spec.tunnel, Tunnel::Gue { port: 6080, checksum: TunnelChecksum::Remote });
    assert_eq!(
        read("--set 0 3 0"),
        Ok(AdmRequest::Change(Command::SetTimeouts { tcp: None, tcp_fin: Some(3), udp: None }))
    );
    assert_eq!(
        read("-A -f 4294967295 -6"),
        Ok(AdmRequest::Change(Command::AddService(ServiceSpec::new(ServiceKey::Fwmark {
            family: Family::V6,
            mark: u32::MAX
        }))))
    );
}

/// As ipvsadm 1.31: a mask that was read before the service turned out to be IPv6 is forgotten.
#[test]
fn masks_follow_the_family_as_it_was_known() {
    for (line, mask) in [
        ("-A -f 10 -s rr -p 60 -M 64 -6", "128"),
        ("-A -f 10 -s rr -p 60 -M 255.255.255.0 -6", "128"),
        ("-A -M 64 -t [fd00::100]:81 -s rr -p 60", "128"),
        ("-A -M 255.255.0.0 -t 10.0.0.1:81 -p", "255.255.0.0"),
        ("-A -f 10 -6 -s rr -p 60 -M 64", "64"),
    ] {
        assert_eq!(service(line).persistence.unwrap().mask.to_string(), mask, "{line}");
    }
    let refused = read("-A -f 13 -6 -s rr -p 60 -M 255.255.255.0").unwrap_err();
    assert_eq!(refused.error, UsageError::PrefixLength);
}

#[test]
fn listing_formats_by_priority() {
    let format = |line| match read(line) {
        Ok(AdmRequest::List(options)) => options.format,
        other => panic!("{other:?}"),
    };
    assert_eq!(format("-L --tun-info --thresholds --rate --stats"), ListFormat::Stats);
    assert_eq!(format("-L --tun-info --thresholds --rate"), ListFormat::Rate);
    assert_eq!(format("-Lc --persistent-conn"), ListFormat::PersistentConn);
    assert_eq!(format(""), ListFormat::Plain);
}

#[test]
fn any_words_are_answered_without_a_panic() {
    use proptest::prelude::*;
    let word = prop_oneof![
        "-[A-Za-z0-9=]{0,4}",
        "--[a-z-]{0,8}(=[0-9a-z]{0,3})?",
        "\\PC{0,6}",
        Just("-A".to_owned()),
        Just("-a".to_owned()),
        Just("-t".to_owned()),
        Just("10.0.0.1:80".to_owned()),
        Just("[::1]:80".to_owned()),
    ];
    proptest!(|(words in prop::collection::vec(word, 0..8))| {
        let _ = parse(&words, &names());
    });
}
