//! Target `marks`: rules for firewall marks, in words and as iptables-save writes them.
//!
//! ```text
//! input: HOW TEXT       bit 0: words of one rule, by lines; else a text of iptables; bit 1: IPv6
//! ```
//!
//! A rule that was read is written, and read again as the same; what a director takes in is what runs.

use super::rig::Rig;
use ulvs::config::mark::Words;
use ulvs::config::{Diagnostics, Names, Source, read_iptables};
use ulvs::control::command::{Command, Reply, Request};
use ulvs::lvs::MarkRule;

/// Rules of one text that are given to a director.
const RULES: usize = 64;

/// Runs it.
///
/// # Panics
/// A rule changes by being written.
pub fn run(data: &[u8]) {
    let Some((how, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let names = Names::from_text("http 80/tcp\nftp 21/tcp\ndomain 53/udp\n", "10.9.0.100 vip\n");
    let rules = if how & 1 == 0 { imported(text, how & 2 != 0, &names) } else { said(text, &names) };
    for rule in &rules {
        check_words(rule, &names);
    }
    let mut rig = Rig::new();
    let given: Vec<MarkRule> = rules.into_iter().take(RULES).collect();
    match rig.ask(Request::Command(Command::AddMarks(given.clone()))) {
        Reply::Done => {
            assert_eq!(rig.ask(Request::Marks), Reply::Marks(given), "other rules than were given")
        }
        Reply::Refused(_) => {
            assert_eq!(rig.ask(Request::Marks), Reply::Marks(Vec::new()), "refused, and yet there")
        }
        other => panic!("{other:?} to mark rules"),
    }
}

fn imported(text: &str, ipv6: bool, names: &Names) -> Vec<MarkRule> {
    if text.contains('\0') {
        return Vec::new();
    }
    let source = Source::from_text("rules", text);
    let mut out = Diagnostics::default();
    let found = read_iptables(&source, ipv6, names, &mut out);
    for remark in &out {
        assert!(
            remark.text.get(remark.caret.clone()).is_some(),
            "{remark}: {:?} of {:?}",
            remark.caret,
            remark.text
        );
    }
    if out.has_errors() { Vec::new() } else { found.rules }
}

fn said(text: &str, names: &Names) -> Vec<MarkRule> {
    let mut lines = text.lines().map(|line| Some(line).filter(|line| !line.is_empty()));
    let mut next = || lines.next().flatten();
    let words = Words {
        destination: next(),
        set_mark: next(),
        protocol: next(),
        dports: next(),
        sports: next(),
        source: next(),
        interface: next(),
        set_xmark: next(),
    };
    match words.read(names) {
        Ok(rule) => vec![rule],
        Err((_, why)) => {
            assert!(!why.is_empty(), "refused without a word");
            Vec::new()
        }
    }
}

/// As `ulvs mark` says it and reads it.
fn check_words(rule: &MarkRule, names: &Names) {
    let text = rule.to_string();
    let mut words = Words::default();
    // An interface may be named by anything: it is not looked for in the text.
    let interface = rule.interface.clone();
    let said = MarkRule { interface: None, ..rule.clone() }.to_string();
    let mut rest = said.split(' ');
    while let (Some(option), Some(value)) = (rest.next(), rest.next()) {
        let place = match option {
            "--dst" => &mut words.destination,
            "--src" => &mut words.source,
            "--proto" => &mut words.protocol,
            "--dports" => &mut words.dports,
            "--sports" => &mut words.sports,
            "--set-mark" => &mut words.set_mark,
            "--set-xmark" => &mut words.set_xmark,
            other => panic!("{other} in {text}"),
        };
        *place = Some(value);
    }
    words.interface = interface.as_deref();
    assert_eq!(words.read(names).as_ref(), Ok(rule), "{text}");
}
