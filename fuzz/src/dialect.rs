//! Targets `keepalived`, `ldirectord`, `piranha` and `configure_lvs`: files that other programs have, one target for each
//! language, so that what libFuzzer learns of one is not lost among the others.
//!
//! The input is a file and those that it may name ([`super::shelf`]). Every remark is about a place in one of them; the same
//! text is read twice as the same; what is read without error can be run; written in its own language, and as `ulvs.toml`,
//! and read again, it is the same but for what is said to be lost.

use super::shelf::Shelf;
use std::collections::BTreeMap;
use ulvs::config::{Context, Diagnostics, Format, Names, Source};
use ulvs::control::command::Intent;

/// Services and real servers up to which a configuration is written and read again: that of more takes its time, and finds
/// nothing that a smaller one would not.
const COMPARED: usize = 512;

/// keepalived.conf.
pub fn keepalived(data: &[u8]) {
    run(Format::Keepalived, "keepalived.conf", data);
}

/// ldirectord.cf.
pub fn ldirectord(data: &[u8]) {
    run(Format::Ldirectord, "ldirectord.cf", data);
}

/// Piranha's lvs.cf.
pub fn piranha(data: &[u8]) {
    run(Format::Piranha, "lvs.cf", data);
}

/// configure-lvs's lvs.conf.
pub fn configure_lvs(data: &[u8]) {
    run(Format::ConfigureLvs, "lvs.conf", data);
}

/// Runs it.
///
/// # Panics
/// A remark is about nothing, or what was written is not what was read.
fn run(format: Format, main: &str, data: &[u8]) {
    let shelf = Shelf::of_input(data, main);
    let names = Names::from_text(SERVICES, HOSTS);
    let context = Context {
        names: &names,
        files: &shelf,
        config_id: "director".to_owned(),
        environment: BTreeMap::from([("PLACE".to_owned(), "lab".to_owned())]),
        script_user: None,
    };
    // Files that are no text are refused before they are read (`Source::load`).
    let Ok(source) = shelf.main(main) else { return };
    let _ = Format::detect(&source);
    let (intent, remarks) = read(format, &source, &context);
    check_places(&remarks, &shelf);
    if remarks.has_errors() {
        return;
    }
    let servers: usize = intent.services.values().map(|(_, servers)| servers.len()).sum();
    if intent.services.len() + servers > COMPARED {
        return;
    }
    assert!(read(format, &source, &context) == (intent.clone(), remarks), "read twice, differently");
    if let Err(error) = ulvs::control::acceptable(&intent) {
        panic!("read without an error, and yet it would be refused: {error}");
    }
    assert!(ulvs::control::plan(&intent, &intent).is_empty(), "plan(x, x)");
    // What was written stands alone: it names no other texts.
    there_and_back(format, &intent, &context);
    there_and_back(Format::Native, &intent, &context);
}

/// Names of ports.
const SERVICES: &str = "http 80/tcp www\ntelnet 23/tcp\ndomain 53/udp\ndomain 53/tcp\n";

/// Names of hosts.
const HOSTS: &str =
    "127.0.0.1 localhost\n192.0.2.10 director lvs\n10.1.1.8 rs1\n10.1.1.9 rs2\n2001:db8::8 rs1.six\n";

fn read(format: Format, source: &Source, context: &Context<'_>) -> (Intent, Diagnostics) {
    let mut remarks = Diagnostics::default();
    let intent = format.dialect().read(source, context, &mut remarks);
    (intent, remarks)
}

/// Each remark is about a place in one of the files.
fn check_places(remarks: &Diagnostics, shelf: &Shelf) {
    assert!(remarks.iter().count() <= 2 * Diagnostics::LIMIT, "{} remarks", remarks.iter().count());
    for remark in remarks {
        let text = shelf.text(&remark.file).unwrap_or_else(|| panic!("{remark}: there is no such file"));
        let line = text.split('\n').nth(remark.line.wrapping_sub(1));
        let line = line.unwrap_or_else(|| panic!("{remark}: there is no such line"));
        assert!((1..=line.chars().count() + 1).contains(&remark.column), "{remark}: there is no such column");
        assert!(line.contains(&remark.text), "{remark}: {:?} is not what is there: {line:?}", remark.text);
        let marked = remark.text.get(remark.caret.clone());
        assert!(marked.is_some(), "{remark}: {:?} of {:?}", remark.caret, remark.text);
        assert!(!remark.message.is_empty() && remark.message.len() < 1 << 17, "{remark}");
    }
}

/// Writes and reads it again: the same, but for what is said to be lost.
fn there_and_back(format: Format, intent: &Intent, context: &Context<'_>) {
    let written = format.write(intent);
    let source = Source::from_text("written", written.text.as_str());
    let (again, remarks) = read(format, &source, context);
    if written.unsaid.is_empty() {
        let first = remarks.iter().find(|remark| remark.severity == ulvs::config::Severity::Error);
        assert!(
            first.is_none(),
            "{format}: {}\n{}",
            first.map_or(String::new(), ToString::to_string),
            written.text
        );
        assert!(
            again == *intent,
            "{format}: written as\n{}\n{intent:#?}\nread again as {again:#?}",
            written.text
        );
        assert!(format.write(&again) == written, "{format}: written again, differently:\n{}", written.text);
    }
}
