//! `ulvs mark import` over texts that people have: each `tests/iptables/NAME.txt` beside `NAME.expected`, which has the
//! rules and how many were skipped, or the refusals. `ULVS_BLESS=1` writes what comes out, to be looked at.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use ulvs::config::{Diagnostics, Names, Source, read_iptables};

fn outcome(name: &str, text: &str) -> String {
    let names = Names::from_text("http 80/tcp\nhttps 443/tcp\n", "");
    let mut out = Diagnostics::default();
    let found = read_iptables(&Source::from_text(name, text), false, &names, &mut out);
    let mut told = String::new();
    for diagnostic in &out {
        writeln!(told, "{diagnostic}").unwrap();
    }
    if !out.has_errors() {
        for rule in &found.rules {
            writeln!(told, "{rule}").unwrap();
        }
        writeln!(told, "skipped: {}", found.skipped).unwrap();
    }
    told
}

#[test]
fn what_people_have_is_taken_or_refused_by_line() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/iptables");
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    assert!(paths.len() >= 12, "the texts are gone");
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let got = outcome(name, &fs::read_to_string(&path).unwrap());
        let expected = path.with_extension("expected");
        if std::env::var_os("ULVS_BLESS").is_some() {
            fs::write(&expected, &got).unwrap();
        }
        assert_eq!(got, fs::read_to_string(&expected).unwrap_or_default(), "{name}");
    }
}

/// A rule that is shown can be given again, and says the same.
#[test]
fn shown_rules_are_read_again() {
    let text = include_str!("iptables/lists-and-names.txt");
    let names = Names::from_text("http 80/tcp\nhttps 443/tcp\n", "");
    let rules =
        read_iptables(&Source::from_text("f", text), false, &names, &mut Diagnostics::default()).rules;
    for rule in rules {
        let shown = rule.to_string();
        let mut words = ulvs::config::mark::Words::default();
        let mut rest = shown.split(' ');
        while let (Some(option), Some(value)) = (rest.next(), rest.next()) {
            *match option {
                "--dst" => &mut words.destination,
                "--src" => &mut words.source,
                "--proto" => &mut words.protocol,
                "--dports" => &mut words.dports,
                "--sports" => &mut words.sports,
                "--iif" => &mut words.interface,
                "--set-mark" => &mut words.set_mark,
                _ => &mut words.set_xmark,
            } = Some(value);
        }
        assert_eq!(words.read(&Names::default()), Ok(rule));
    }
}
