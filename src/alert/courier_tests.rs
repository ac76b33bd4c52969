use super::*;
use crate::control::happening::{Cause, What};
use crate::lvs::{Endpoint, LogTo, Protocol, ServiceKey};
use std::collections::BTreeSet;

fn at(last: u8) -> Endpoint {
    Endpoint::new([10, 9, 0, last].into(), 80)
}

fn farm() -> Farm {
    let key = ServiceKey::Tuple { protocol: Protocol::Tcp, virt: at(100) };
    Farm { words: Words::Ldirectord, ..Farm::unwatched(key, [at(11), at(12)]) }
}

fn happening(farm: &Farm, last: u8, what: What) -> Happening {
    Happening { number: 1, cause: Cause::Check, farm: Arc::new(farm.clone()), server: Some(at(last)), what }
}

fn down() -> What {
    What::ServerDown { detail: String::new() }
}

fn courier() -> Courier {
    Courier::start(Runner::none(), "web.cf".to_owned()).unwrap()
}

/// What was told before the end is carried out before it; and the last script is the newest configuration's.
#[test]
fn the_end_comes_last() {
    let dir = tempfile::tempdir().unwrap();
    let (log, results) = (dir.path().join("log"), dir.path().join("results"));
    let pipe = dir.path().join("pipe");
    let script = |name: &str| Some(Script::new(ScriptLine::Words(vec![name.to_owned()])));
    let courier = courier();
    let upkeep =
        Upkeep { logs: Some(LogTo::File(log.clone())), fifos: vec![pipe.clone()], ..Upkeep::default() };
    courier.configured(&Upkeep { shutdown: script("old"), ..Upkeep::default() }, &[], &[]);
    courier.configured(&Upkeep { shutdown: script("new"), ..upkeep }, &[farm()], &[]);
    (0..100).for_each(|_| courier.tell(happening(&farm(), 11, down())));
    let what = "connect tcp 10.9.0.11 80".to_owned();
    courier.checked(Checked { file: results.clone(), what, is_up: false, detail: "refused".to_owned() });
    assert_eq!(courier.finish(), script("new"));
    let log = std::fs::read_to_string(log).unwrap();
    let line = format!("|web.cf|{}] Deleted real server: 10.9.0.11:80 (10.9.0.100:80)", std::process::id());
    assert_eq!(log.lines().filter(|own| own.ends_with(&line)).count(), 100);
    let results = std::fs::read_to_string(results).unwrap();
    let line = format!("] [{}] connect tcp 10.9.0.11 80 [down] refused\n", std::process::id());
    assert!(results.ends_with(&line), "{results}");
    assert!(!pipe.exists());
    assert_eq!(courier.finish(), None, "nobody is there any more");
}

/// Who tells never waits, and what is lost is counted.
#[test]
fn there_is_an_end_to_what_waits() {
    let (words, heard) = bounded(2);
    let (newest, dropped) = (Newest::default(), Arc::new(AtomicU64::new(0)));
    let courier = Courier { words, newest, dropped, runner: Runner::none() };
    (0..5).for_each(|_| courier.tell(happening(&farm(), 11, down())));
    assert_eq!((courier.dropped.load(Relaxed), heard.len()), (3, 2));
    courier.configured(&Upkeep::default(), &[farm()], &[]);
    assert!(courier.newest.lock().unwrap().is_some(), "the configuration is not lost");
}

/// Of one row one runs at a time: with none that can be run, each ends at once, in order.
#[test]
fn rows() {
    let mut rows = Rows::new(Runner::none());
    let script = |name: String| Script::new(ScriptLine::Words(vec![name]));
    for number in 0..300 {
        rows.run("web", script(number.to_string()));
    }
    rows.run("mail", script("other".to_owned()));
    assert_eq!(rows.open(), 1 + 256 + 1, "one runs, so many wait, the others found no room");
    let mut ends = 0;
    while let Ok((row, end)) = rows.ended.try_recv() {
        rows.next(&row, &end);
        ends += 1;
    }
    assert_eq!((rows.open(), ends), (0, 258));
}

#[test]
fn reminders() {
    let every = Duration::from_secs(10);
    let mut farm = farm();
    farm.mail = Some(Mail {
        to: vec!["ann@example.org".into()],
        from: String::new(),
        server: ("127.0.0.1".into(), 25),
        helo: String::new(),
        timeout: Duration::from_secs(1),
        subject: "[web] ".into(),
        about: BTreeSet::from([crate::lvs::MailTopic::Server, crate::lvs::MailTopic::Running]),
        reminder: Some(every),
    });
    farm.servers.iter_mut().for_each(|server| server.mails = true);
    let start = now();
    let mut reminders = Reminders::default();
    reminders.set(std::slice::from_ref(&farm));
    assert_eq!(reminders.next(), None);
    reminders.note(&happening(&farm, 11, down()), start);
    reminders.note(&happening(&farm, 12, down()), start + every / 2);
    assert_eq!(reminders.next(), Some(start + every));
    let due = |reminders: &mut Reminders, after: Duration| {
        let due = reminders.take_due(start + after).into_iter();
        due.map(|(mail, text, _)| subject(&mail, &text)).collect::<Vec<_>>()
    };
    assert_eq!(due(&mut reminders, every / 2), [""; 0]);
    let of = |last: u8| format!("[web] Inaccessible real server: 10.9.0.{last}:80 (10.9.0.100:80)");
    assert_eq!(due(&mut reminders, every), [of(11)]);
    assert_eq!(due(&mut reminders, 2 * every), [of(11), of(12)]);
    let up = What::ServerUp { detail: String::new(), weight: 1 };
    reminders.note(&happening(&farm, 11, up), start);
    assert_eq!(due(&mut reminders, 10 * every), [of(12)]);
    // Who leaves the configuration is forgotten.
    farm.servers.pop();
    reminders.set(&[farm]);
    assert_eq!(reminders.next(), None);
}

#[test]
fn a_file_s_name_is_one_argument() {
    let shell = Script::new(ScriptLine::Shell("tell".to_owned()));
    assert_eq!(with_argument(&shell, "it's; rm").line, ScriptLine::Shell("tell 'it'\\''s; rm'".to_owned()));
    let words = Script::new(ScriptLine::Words(vec!["tell".to_owned()]));
    let both = vec!["tell".to_owned(), "a b".to_owned()];
    assert_eq!(with_argument(&words, "a b").line, ScriptLine::Words(both));
}
