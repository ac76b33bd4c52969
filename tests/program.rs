//! The process that runs programs, as `ulvs run` starts it: what it gives a program, how it ends one, and what becomes of
//! both when the director goes.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use ulvs::lvs::ScriptLine;
use ulvs::program::{End, MAX_ORDERED, MAX_RUNNING, OUTPUT_LIMIT, Order, Process, Runner};

/// Long enough for a busy machine; nothing that goes well waits for it.
const PATIENCE: Duration = Duration::from_secs(30);
const ULVS: &str = env!("CARGO_BIN_EXE_ulvs");

fn process() -> Process {
    Process::start(Path::new(ULVS), "ulvs", &["programs".to_owned()]).unwrap()
}

fn runner() -> Runner {
    process().runner().unwrap()
}

fn shell(line: &str) -> Order {
    let line = ScriptLine::Shell(line.to_owned());
    Order { line, user: None, group: None, limit: PATIENCE, wants_output: true }
}

fn printed(text: &str) -> End {
    End::Exited { code: 0, output: text.as_bytes().to_vec() }
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// It is there, and no zombie whose parent is slow.
fn alive(pid: &str) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
}

/// Children of a process, zombies among them.
fn children(pid: u32) -> usize {
    let path = format!("/proc/{pid}/task/{pid}/children");
    fs::read_to_string(path).unwrap_or_default().split_whitespace().count()
}

/// A line that writes its own process id, and that of a child, into a file, and goes on for a long time; neither listens to
/// TERM.
fn deaf(path: &Path) -> String {
    format!(
        "trap '' TERM; (trap '' TERM; sleep 1000) & echo $$ $! > {0}.new; mv {0}.new {0}; sleep 1000; sleep 1000",
        path.display()
    )
}

fn pids(path: &Path) -> Vec<String> {
    until("the program", || path.exists());
    fs::read_to_string(path).unwrap().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn ends_are_told() {
    let runner = runner();
    assert_eq!(runner.run(shell("echo out; echo err >&2")), printed("out\n"));
    assert_eq!(runner.run(shell("exit 7")), End::Exited { code: 7, output: Vec::new() });
    assert_eq!(runner.run(shell("kill -9 $$")), End::Signalled(9));
    let quiet = Order { wants_output: false, ..shell("echo out") };
    assert_eq!(runner.run(quiet), printed(""));
    let words = |words: &[&str]| {
        let line = ScriptLine::Words(words.iter().map(ToString::to_string).collect());
        runner.run(Order { line, ..shell("") })
    };
    assert_eq!(words(&["printf", "%s|", "a b", "$HOME", ""]), printed("a b|$HOME||"));
    let End::NotRun(why) = words(&["/nonexistent/program"]) else { panic!("it ran") };
    assert!(why.starts_with("cannot be run: No such file"), "{why}");
    assert_eq!(words(&[]), End::NotRun("no program".to_owned()));
    assert_eq!(Runner::none().run(shell("true")), End::NotRun("no programs can be run here".to_owned()));
}

/// What a program finds: no input, no file of anybody's, none of the director's environment, every signal as usual.
#[test]
fn a_program_s_surroundings() {
    let runner = runner();
    let line = "cat; pwd; ls /proc/self/fd | wc -l; env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= | sort; \
                for set in SigBlk SigIgn; do grep $set /proc/self/status | cut -f 2; done";
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    // Whoever started this test may have left files open and signals ignored for all: nothing is added to those.
    let mut bare = Command::new("/bin/sh");
    bare.arg("-c")
        .arg(line)
        .env_clear()
        .env("PATH", path)
        .env("LANG", "C")
        .current_dir("/")
        .stdin(Stdio::null());
    let bare = bare.output().unwrap();
    // All but the last line, which is the set of ignored signals.
    let split = |printed: &[u8]| {
        let text = String::from_utf8(printed.to_vec()).unwrap();
        let (before, ignored) = text.trim_end().rsplit_once('\n').unwrap();
        (before.to_owned(), u64::from_str_radix(ignored, 16).unwrap())
    };
    let (told, may_ignore) = split(&bare.stdout);
    assert!(told.starts_with("/\n") && told.contains(&format!("\nLANG=C\nPATH={path}\n0000")), "{told}");
    let End::Exited { code: 0, output } = runner.run(shell(line)) else { panic!("not run") };
    let (here, ignores) = split(&output);
    assert_eq!(here, told);
    assert_eq!(ignores & !may_ignore, 0, "{ignores:x} of {may_ignore:x}");
}

#[test]
fn as_another_user() {
    let runner = runner();
    let as_user = |user: &str, group: Option<&str>| {
        let (user, group) = (Some(user.to_owned()), group.map(str::to_owned));
        let line = "echo $(id -u) $(id -G) $USER $LOGNAME $HOME; grep CapEff /proc/self/status | tr -d '\\t'";
        runner.run(Order { user, group, ..shell(line) })
    };
    assert_eq!(as_user("no-such-user", None), End::NotRun("there is no user `no-such-user`".to_owned()));
    if !rustix::process::geteuid().is_root() {
        println!("not shown: only root may run a program as somebody else");
        return;
    }
    let nothing = "CapEff:0000000000000000";
    assert_eq!(
        as_user("nobody", None),
        printed(&format!("65534 65534 nobody nobody /nonexistent\n{nothing}\n"))
    );
    assert_eq!(
        as_user("65534", Some("daemon")),
        printed(&format!("65534 1 nobody nobody /nonexistent\n{nothing}\n"))
    );
    let End::Exited { code: 0, output } = as_user("root", None) else { panic!("not as root") };
    assert!(String::from_utf8_lossy(&output).starts_with("0 0 root root /root\n"));
}

/// TERM, and two seconds later KILL, for the whole group; and nothing is left of it, not even a zombie.
#[test]
fn a_program_that_takes_too_long_is_ended_with_all_that_it_began() {
    let dir = tempfile::tempdir().unwrap();
    let process = process();
    let id = process.id();
    let runner = process.runner().unwrap();
    let tidy = dir.path().join("tidy");
    let line = format!("trap 'echo tidy > {}; exit' TERM; while :; do sleep 0.1; done", tidy.display());
    let limit = Duration::from_secs(1);
    let begun = Instant::now();
    assert_eq!(runner.run(Order { limit, ..shell(&line) }), End::TimedOut);
    assert!(begun.elapsed() >= limit);
    assert_eq!(fs::read_to_string(&tidy).unwrap(), "tidy\n");
    let path = dir.path().join("pids");
    let begun = Instant::now();
    assert_eq!(runner.run(Order { limit, ..shell(&deaf(&path)) }), End::TimedOut);
    assert!(begun.elapsed() >= limit + Duration::from_secs(2), "it had no time to end");
    let pids = pids(&path);
    assert_eq!(pids.len(), 2);
    until("their end", || !pids.iter().any(|pid| alive(pid)));
    until("no zombies", || children(id) == 0);
}

#[test]
fn what_a_program_that_has_ended_leaves_running_stays() {
    let runner = runner();
    let End::Exited { code: 0, output } = runner.run(shell("sleep 1000 & echo $!")) else {
        panic!("it waits for what holds its output")
    };
    let pid = String::from_utf8(output).unwrap().trim().to_owned();
    drop(runner);
    assert!(alive(&pid));
    let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn output_has_a_limit() {
    let runner = runner();
    let of = |bytes: usize| runner.run(shell(&format!("head -c {bytes} /dev/zero")));
    assert_eq!(of(OUTPUT_LIMIT), End::Exited { code: 0, output: vec![0; OUTPUT_LIMIT] });
    assert_eq!(of(OUTPUT_LIMIT + 1), End::PrintedTooMuch);
    assert_eq!(runner.run(shell("yes")), End::PrintedTooMuch);
}

#[test]
fn who_drops_the_ticket_ends_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pids");
    let runner = runner();
    let (tell, told) = mpsc::channel();
    let ticket = runner.start(shell(&deaf(&path)), move |end| tell.send(end).unwrap());
    let pids = pids(&path);
    assert!(pids.iter().all(|pid| alive(pid)));
    drop(ticket);
    assert_eq!(told.recv_timeout(PATIENCE), Ok(End::Cancelled));
    until("their end", || !pids.iter().any(|pid| alive(pid)));
}

/// As many at once as there may be, and as many again that wait; then no more.
#[test]
fn many_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let gate = dir.path().join("gate");
    let runner = runner();
    let (tell, told) = mpsc::channel();
    let line = format!("touch {0}/$$; while ! test -e {0}/gate; do sleep 0.2; done", dir.path().display());
    let order = |number: usize| {
        let tell = tell.clone();
        runner.start(shell(&line), move |end| tell.send((number, end)).unwrap())
    };
    let tickets: Vec<_> = (0..MAX_RUNNING + 50).map(order).collect();
    let running = || fs::read_dir(dir.path()).unwrap().count();
    until("all that may run run", || running() == MAX_RUNNING);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(running(), MAX_RUNNING, "the others wait");
    // The last of those that wait is not wanted any more.
    let mut tickets = tickets;
    drop(tickets.pop());
    assert_eq!(told.recv_timeout(PATIENCE), Ok((MAX_RUNNING + 49, End::Cancelled)));
    let waiting: Vec<_> = (tickets.len()..MAX_ORDERED).map(order).collect();
    let refused = order(MAX_ORDERED);
    let why = "too many programs are waiting or running".to_owned();
    assert_eq!(told.recv_timeout(PATIENCE), Ok((MAX_ORDERED, End::NotRun(why))));
    drop((waiting, refused));
    fs::write(&gate, "").unwrap();
    let done: BTreeSet<_> = told
        .iter()
        .take(MAX_ORDERED)
        .filter(|(_, end)| *end == printed(""))
        .map(|(number, _)| number)
        .collect();
    assert_eq!(done, (0..MAX_RUNNING + 49).collect());
}

/// `ulvs programs` with this end of its socket in our hands.
fn bare() -> (Child, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut command = Command::new(ULVS);
    command.arg("programs").stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::piped());
    (command.spawn().unwrap(), ours)
}

fn frame(json: &str) -> Vec<u8> {
    let length = u32::try_from(json.len()).unwrap();
    [&length.to_le_bytes()[..], json.as_bytes()].concat()
}

fn run(line: &str) -> Vec<u8> {
    let line = serde_json::json!({"Shell": line});
    let limit = serde_json::json!({"secs": 3600, "nanos": 0});
    let order =
        serde_json::json!({"line": line, "user": null, "group": null, "limit": limit, "wants_output": false});
    frame(&serde_json::json!({"Run": [1, order]}).to_string())
}

/// A director that is killed closes its end like any other: the process and all that it runs end, though the program is
/// deaf; and signals alone do not end it.
#[test]
fn nothing_outlives_the_director() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pids");
    let (mut process, mut ours) = bare();
    ours.write_all(&run(&deaf(&path))).unwrap();
    let pids = pids(&path);
    let pid = rustix::process::Pid::from_child(&process);
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::INT, rustix::process::Signal::HUP]
    {
        rustix::process::kill_process(pid, signal).unwrap();
    }
    std::thread::sleep(Duration::from_millis(200));
    assert!(process.try_wait().unwrap().is_none() && pids.iter().all(|pid| alive(pid)));
    drop(ours);
    assert_eq!(process.wait().unwrap().code(), Some(0));
    until("their end", || !pids.iter().any(|pid| alive(pid)));
}

#[test]
fn what_is_no_message_ends_it() {
    for bytes in [&b"\xff\xff\xff\x7f"[..], &frame("{}"), &frame("nonsense"), &frame("{\"Run\":[1,{}]}")] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pids");
        let (mut process, mut ours) = bare();
        ours.write_all(&run(&deaf(&path))).unwrap();
        let pids = pids(&path);
        ours.write_all(bytes).unwrap();
        assert_eq!(process.wait().unwrap().code(), Some(1), "{bytes:?}");
        let mut said = String::new();
        process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.starts_with("ulvs programs: "), "{said}");
        until("their end", || !pids.iter().any(|pid| alive(pid)));
    }
}

/// The process is killed: who waits is told, and so is who comes later.
#[test]
fn a_process_that_is_lost() {
    let process = process();
    let pid = rustix::process::Pid::from_raw(process.id().cast_signed()).unwrap();
    let runner = process.runner().unwrap();
    let (tell, told) = mpsc::channel();
    let _ticket = runner.start(shell("exec sleep 5"), move |end| tell.send(end).unwrap());
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let lost = End::NotRun("the process that runs programs is lost".to_owned());
    assert_eq!(told.recv_timeout(PATIENCE), Ok(lost.clone()));
    assert_eq!(runner.run(shell("true")), lost);
}

#[test]
fn it_is_not_for_people() {
    let output = Command::new(ULVS).arg("programs").stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "ulvs programs: this is started by `ulvs run`\n");
    let help = Command::new(ULVS).arg("--help").output().unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains("programs "));
}
