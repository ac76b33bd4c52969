use crate::servers::closed;
use crate::{asked, check, is_root, runner, target, until, within};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use ulvs::health::{Outcome, Weight};
use ulvs::lvs::{Check, Probe, Script, ScriptKind, ScriptLine, ScriptProbe};

fn script(kind: ScriptKind, line: ScriptLine) -> Probe {
    Probe::Script(ScriptProbe { script: Script::new(line), kind })
}

fn shell(kind: ScriptKind, line: &str) -> Check {
    check(script(kind, ScriptLine::Shell(line.to_owned())))
}

fn ask(check: &Check) -> Outcome {
    asked(check, &target("10.0.0.1:8080".parse().unwrap()))
}

const MISC: ScriptKind = ScriptKind::Misc { weight: true };

#[test]
fn exit_statuses_are_weights() {
    for (line, is_up, weight) in [
        ("exit 0", true, None),
        ("exit 1", false, None),
        ("exit 2", true, Some(Weight::Absolute(0))),
        ("exit 12", true, Some(Weight::Absolute(10))),
        ("exit 255", true, Some(Weight::Absolute(253))),
        ("kill -9 $$", false, None),
    ] {
        let outcome = ask(&shell(MISC, line));
        assert_eq!((outcome.is_up, outcome.weight), (is_up, weight), "{line}: {}", outcome.detail);
    }
    let absent = ask(&check(script(MISC, ScriptLine::Words(vec!["/nonexistent/check".into()]))));
    assert!(!absent.is_up && absent.detail.starts_with("cannot be run: "), "{}", absent.detail);
    assert!(!ask(&check(script(MISC, ScriptLine::Words(Vec::new())))).is_up);
}

#[test]
fn arguments_are_ldirectords() {
    let line = "[ \"$*\" = '192.0.2.1 80 10.0.0.1 8080' ]";
    let words = ["/bin/sh", "-c", line, "sh"].map(str::to_owned).to_vec();
    let outcome = ask(&check(script(ScriptKind::External, ScriptLine::Words(words))));
    assert!(outcome.is_up, "{}", outcome.detail);
    let outcome = ask(&shell(ScriptKind::External, "test 4 = $# -o 5 = $#; set --"));
    assert!(outcome.is_up, "{}", outcome.detail);
}

#[test]
fn the_output_is_the_answer() {
    let expect = |text: &str| ScriptKind::Output { expect: text.to_owned() };
    assert!(ask(&shell(expect("10.0.0.1 at 8080"), "echo %h at %p")).is_up);
    let other = ask(&shell(expect("yes"), "echo no"));
    assert_eq!((other.is_up, other.detail.as_str()), (false, "output `no`, not `yes`"));
    assert!(!ask(&shell(expect("yes"), "true")).is_up, "no output is no answer");
    let endless = ask(&shell(expect("yes"), "yes"));
    assert_eq!((endless.is_up, endless.detail.as_str()), (false, "more than 65536 bytes of output"));
    let load = ask(&shell(ScriptKind::Load, "echo 'load average: 1.25, 9, 9'"));
    assert_eq!((load.is_up, load.weight), (true, Some(Weight::Load(125))));
    let none = ask(&shell(ScriptKind::Load, "exit 3"));
    assert_eq!((none.is_up, none.weight), (true, None), "a load monitor says nothing of the server");
}

#[test]
fn nothing_of_the_directors_environment() {
    let expect = "/|LANG=C|PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|";
    let line = "echo \"$(pwd)|$(env | grep -v -e '^PWD=' -e '^_=' -e '^SHLVL=' | sort | tr '\\n' '|')\"";
    let outcome = ask(&shell(ScriptKind::Output { expect: expect.to_owned() }, line));
    assert!(outcome.is_up, "{}", outcome.detail);
}

#[test]
fn as_another_user() {
    let run_as = |user: &str| {
        let mut script = Script::new(ScriptLine::Shell("echo $(id -u) $(id -G | wc -w) $USER".into()));
        script.user = Some(user.to_owned());
        let kind = ScriptKind::Output { expect: "65534 1 nobody".to_owned() };
        ask(&check(Probe::Script(ScriptProbe { script, kind })))
    };
    let outcome = run_as("nobody");
    let is_nobody = rustix::process::geteuid().as_raw() == 65534;
    if is_root() || is_nobody {
        assert!(outcome.is_up, "{}", outcome.detail);
    } else {
        println!("not shown: only root may run a script as somebody else");
        assert!(!outcome.is_up);
    }
    let unknown = run_as("no-such-user");
    assert_eq!((unknown.is_up, unknown.detail.as_str()), (false, "there is no user `no-such-user`"));
}

/// The processes of a group that are still there; zombies, whose parent may be slow, are not.
fn alive(pid: &str) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
}

fn pids(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// A script that does not listen to TERM, with a child that does not either: after two seconds both are killed.
#[test]
fn a_script_that_hangs_is_ended_with_all_that_it_began() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pids");
    let line = format!(
        "trap '' TERM; (trap '' TERM; sleep 1000) & echo $$ $! > {0}.new; mv {0}.new {0}; sleep 1000; sleep 1000",
        path.display()
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut slow = within(1000, script(MISC, ScriptLine::Shell(line)));
    let Probe::Script(probe) = &mut slow.probe else { unreachable!() };
    // The script's own limit goes first.
    probe.script.timeout = Some(Duration::from_secs(3));
    let began = Instant::now();
    let runner = runner();
    let outcome = runtime.block_on(ulvs::health::ask(&slow, &target(closed()), &runner));
    assert_eq!((outcome.is_up, outcome.detail.as_str()), (false, "no answer within 3s"));
    assert!(began.elapsed() >= Duration::from_secs(3));
    let pids = pids(&path);
    assert_eq!(pids.len(), 2);
    until("their end", || !pids.iter().any(|pid| alive(pid)));
    drop(runtime);
}

/// One that listens to TERM can tidy up.
#[test]
fn term_comes_first() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tidy");
    let line = format!("trap 'echo tidy > {}; exit' TERM; while :; do sleep 0.1; done", path.display());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let slow = within(2000, script(MISC, ScriptLine::Shell(line)));
    let runner = runner();
    assert!(!runtime.block_on(ulvs::health::ask(&slow, &target(closed()), &runner)).is_up);
    until("its last word", || pids(&path) == ["tidy"]);
}

/// What a script leaves running on purpose is not the check's business, once the script has ended well.
#[test]
fn what_a_good_script_leaves_behind_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pid");
    let line = format!("sleep 20 & echo $! > {}", path.display());
    assert!(ask(&shell(MISC, &line)).is_up);
    let pids = pids(&path);
    assert!(pids.len() == 1 && alive(&pids[0]));
    let pid = rustix::process::Pid::from_raw(pids[0].parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
