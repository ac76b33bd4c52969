use crate::servers::serve;
use crate::{PATIENCE, check, target, until};
use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use ulvs::health::{Beat, Bounds, Finding, Patrol};
use ulvs::lvs::{Check, Probe, Script, ScriptKind, ScriptLine, ScriptProbe};
use ulvs::program::Runner;

const BOUNDS: Bounds = Bounds { probes: 64, scripts: 4 };

fn patrol(bounds: Bounds) -> (Patrol, Receiver<Finding>) {
    let (tell, findings) = channel();
    let tell = move |finding| {
        let _ = tell.send(finding);
    };
    (Patrol::begin(&[], bounds, crate::runner(), tell).unwrap(), findings)
}

fn beat(id: u64, check: Check, at: SocketAddr) -> Beat {
    Beat { id, check, target: target(at), enabled: true, begins_up: None }
}

fn next(findings: &Receiver<Finding>, id: u64) -> Finding {
    let end = Instant::now() + PATIENCE;
    loop {
        let finding = findings.recv_timeout(end - Instant::now()).unwrap();
        if finding.id == id {
            return finding;
        }
    }
}

/// A server, and how often it was asked.
fn counted() -> (SocketAddr, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&count);
    let at = serve(move |stream| {
        counter.fetch_add(1, Ordering::Relaxed);
        drop(stream);
    });
    (at, count)
}

#[test]
fn findings_follow_the_timetable() {
    let (mut patrol, findings) = patrol(BOUNDS);
    let at = crate::servers::closed();
    let mut down = check(Probe::Tcp);
    down.timing.falls = 3;
    down.timing.retry_interval = Some(Duration::from_millis(20));
    down.tells_all = true;
    patrol.set(vec![beat(7, down, at)]);
    let rows: Vec<_> = (0..4).map(|_| next(&findings, 7)).collect();
    let facts: Vec<_> = rows.iter().map(|it| (it.is_up, it.has_changed, it.failures_in_a_row)).collect();
    assert_eq!(facts, [(true, false, 1), (true, false, 2), (false, true, 3), (false, false, 4)]);
    assert!(rows.iter().all(|it| it.is_told && !it.outcome.is_up && it.outcome.detail.contains("refused")));
    assert!(rows[0].next_in <= Duration::from_millis(20), "soon again, while in doubt");
    assert!(rows.iter().all(|it| it.took < PATIENCE && it.late_by < PATIENCE));
}

#[test]
fn state_from_before_is_carried() {
    let (mut patrol, findings) = patrol(BOUNDS);
    let mut check = check(Probe::Fixed { up: true });
    check.begins_down = true;
    check.timing.rises = 2;
    let known = Beat { begins_up: Some(true), ..beat(1, check.clone(), crate::servers::closed()) };
    patrol.set(vec![known]);
    let first = next(&findings, 1);
    assert_eq!((first.is_up, first.has_changed), (true, false));
    patrol.set(vec![beat(2, check, crate::servers::closed())]);
    let (first, second) = (next(&findings, 2), next(&findings, 2));
    assert_eq!((first.is_up, second.is_up, second.has_changed), (false, true, true));
}

#[test]
fn what_is_unchanged_goes_on_and_what_is_gone_ends() {
    let (mut patrol, findings) = patrol(BOUNDS);
    let (stays_at, stays) = counted();
    let (goes_at, goes) = counted();
    let (off_at, off) = counted();
    // Asked once, and not again within the test: a beat that began anew would ask again.
    let mut rare = check(Probe::Tcp);
    rare.timing.interval = Duration::from_secs(3600);
    let often = check(Probe::Tcp);
    patrol.set(vec![
        beat(1, rare.clone(), stays_at),
        beat(2, often.clone(), goes_at),
        Beat { enabled: false, ..beat(3, often.clone(), off_at) },
    ]);
    assert_eq!(patrol.len(), 2);
    next(&findings, 2);
    until("the rare one", || stays.load(Ordering::Relaxed) == 1);
    patrol.set(vec![Beat { begins_up: Some(false), ..beat(1, rare.clone(), stays_at) }]);
    assert_eq!(patrol.len(), 1);
    // Once the last connections have been served: five of its intervals without another.
    until("the end of one who is not in the set", || {
        let before = goes.load(Ordering::Relaxed);
        thread::sleep(Duration::from_millis(500));
        goes.load(Ordering::Relaxed) == before
    });
    assert_eq!(stays.load(Ordering::Relaxed), 1, "the same check goes on, whatever state comes with it");
    assert_eq!(off.load(Ordering::Relaxed), 0, "nobody is asked who is disabled");
    rare.timing.falls = 2;
    patrol.set(vec![beat(1, rare, stays_at)]);
    until("another check's first try", || stays.load(Ordering::Relaxed) == 2);
    patrol.set(Vec::new());
    assert!(patrol.is_empty());
}

/// Twenty servers that never answer, and one that does.
#[test]
fn the_slow_delay_nobody() {
    let (mut patrol, findings) = patrol(BOUNDS);
    let silent = serve(|_stream| thread::sleep(PATIENCE));
    let mut slow = check(Probe::Smtp { helo: "x".into() });
    slow.timing.timeout = Duration::from_secs(3600);
    let (at, _) = counted();
    let mut beats: Vec<_> = (100..120).map(|id| beat(id, slow.clone(), silent)).collect();
    beats.push(beat(1, check(Probe::Tcp), at));
    patrol.set(beats);
    for _ in 0..5 {
        assert!(next(&findings, 1).is_up);
    }
}

/// With one seat, who comes second waits for the first, and says how long.
#[test]
fn seats_are_bounded() {
    let (mut patrol, findings) = patrol(Bounds { probes: 1, scripts: 1 });
    let silent = serve(|_stream| thread::sleep(PATIENCE));
    let mut slow = check(Probe::Smtp { helo: "x".into() });
    slow.timing.timeout = Duration::from_secs(1);
    patrol.set(vec![beat(1, slow.clone(), silent), beat(2, slow, silent)]);
    let late: Vec<_> = (0..4).map(|_| findings.recv_timeout(PATIENCE).unwrap()).collect();
    let ids: Vec<u64> = late.iter().map(|it| it.id).collect();
    assert!(ids == [1, 2, 1, 2] || ids == [2, 1, 2, 1], "first come, first served: {ids:?}");
    assert!(late[1].late_by >= Duration::from_millis(200), "{:?}", late[1].late_by);
}

#[test]
fn threads_stay_on_their_cpus() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let allowed = core_affinity::get_core_ids().unwrap();
    let cpu = allowed.last().unwrap().id;
    let note = move |_| {
        let status = fs::read_to_string("/proc/thread-self/status").unwrap();
        let of =
            |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).unwrap().trim().to_owned();
        let _ = tell.lock().unwrap().send((of("Name:"), of("Cpus_allowed_list:")));
    };
    let mut patrol = Patrol::begin(&[cpu], BOUNDS, Runner::none(), note).unwrap();
    patrol.set(vec![beat(1, check(Probe::Fixed { up: true }), crate::servers::closed())]);
    let seen = told.recv_timeout(PATIENCE).unwrap();
    assert_eq!(seen, ("health".to_owned(), cpu.to_string()));
}

/// The end of a patrol is the end of what it has started, however deaf that is.
#[test]
fn running_scripts_end_with_the_patrol() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pids");
    let line = format!(
        "trap '' TERM; sleep 1000 & echo $$ $! > {0}.new; mv {0}.new {0}; sleep 1000; sleep 1000",
        path.display()
    );
    let script = Script::new(ScriptLine::Shell(line));
    let kind = ScriptKind::Misc { weight: false };
    let (mut patrol, findings) = patrol(BOUNDS);
    let mut check = check(Probe::Script(ScriptProbe { script, kind }));
    check.timing.timeout = Duration::from_secs(3600);
    patrol.set(vec![beat(1, check, crate::servers::closed())]);
    until("the script", || path.exists());
    let pids = fs::read_to_string(&path).unwrap();
    let alive = |pid: &str| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    };
    assert!(pids.split_whitespace().all(alive));
    drop(patrol);
    until("their end", || !pids.split_whitespace().any(alive));
    assert!(findings.recv().is_err(), "nobody can tell any more");
}

/// Warm-ups spread the first tries.
#[test]
fn first_tries_are_spread() {
    let (mut patrol, findings) = patrol(BOUNDS);
    let mut check = check(Probe::Fixed { up: true });
    check.timing.warmup = Duration::from_millis(1000);
    check.timing.interval = Duration::from_secs(3600);
    let began = std::time::SystemTime::now();
    patrol.set((0..200).map(|id| beat(id, check.clone(), crate::servers::closed())).collect());
    let mut tenths = BTreeSet::new();
    for _ in 0..200 {
        let finding = findings.recv_timeout(PATIENCE).unwrap();
        // When it was due, however busy the machine is.
        let due = finding.at - finding.took - finding.late_by;
        tenths.insert(due.duration_since(began).unwrap_or_default().as_millis() / 100);
    }
    assert!(tenths.len() >= 5, "not all at once: {tenths:?}");
}
