//! The table of `docs/dialects/corpus.md`: the original's verdict beside ours, for each published file.

use crate::{KINDS, corpus, files, read, root};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use ulvs::config::{Diagnostics, Format, Severity, Source};

/// What the original programs said: by `FOLDER/FILE`, in few words.
fn originals(corpus: &Path) -> BTreeMap<String, String> {
    let mut verdicts = BTreeMap::new();
    let sections = |name: &str| {
        let text = fs::read_to_string(corpus.join("expected").join(name)).unwrap();
        let sections = text.split("\n## ").skip(1).map(|section| {
            let (file, said) = section.split_once('\n').unwrap();
            (file.trim().to_owned(), said.to_owned())
        });
        sections.collect::<Vec<_>>()
    };
    for (file, said) in sections("keepalived-2.2.7.txt") {
        let status = said.lines().find_map(|line| line.strip_prefix("rc=")).unwrap();
        let complaints: BTreeSet<&str> =
            said.lines().filter(|line| !line.starts_with("rc=")).map(bare).collect();
        let complaints = match complaints.len() {
            0 => String::new(),
            1 => ", 1 complaint".to_owned(),
            number => format!(", {number} complaints"),
        };
        verdicts.insert(file, format!("exit {status}{complaints}"));
    }
    for (file, said) in sections("ldirectord-4.12.txt") {
        let verdict = match said.split_once(" at line ") {
            Some((_, rest)) => format!("refused at line {}", rest.split(':').next().unwrap()),
            None => "taken".to_owned(),
        };
        verdicts.insert(format!("ldirectord/{file}"), verdict);
    }
    for (file, said) in sections("piranha.txt") {
        let verdict = match said.split_once("ERROR line=") {
            Some((_, rest)) => format!("refused at line {}", rest.split(' ').next().unwrap()),
            None => "taken".to_owned(),
        };
        verdicts.insert(format!("piranha/{file}"), verdict);
    }
    verdicts
}

/// A complaint without the file's name: keepalived's processes each make the same one.
fn bare(line: &str) -> &str {
    line.split_once(".conf: ").map_or(line, |(_, rest)| rest).trim_start_matches('(')
}

/// Our verdict in the words of the summary line: exit status, and how many errors, warnings and notes.
fn ours(out: &Diagnostics, is_strict: bool) -> String {
    let mut numbers = BTreeMap::new();
    for remark in out {
        let severity = if is_strict && remark.is_strict { Severity::Error } else { remark.severity };
        *numbers.entry(severity).or_insert(0) += 1;
    }
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let counted = kinds.iter().filter_map(|(severity, noun)| {
        let number = numbers.get(severity)?;
        Some(format!("{number} {noun}{}", if *number == 1 { "" } else { "s" }))
    });
    let status = if numbers.contains_key(&Severity::Error) { 2 } else { 0 };
    std::iter::once(format!("exit {status}")).chain(counted).collect::<Vec<_>>().join(", ")
}

/// The rows of the docs: the first four cells, and the reason.
fn rows(docs: &str) -> BTreeMap<String, (String, String)> {
    let rows = docs.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<&str> = line.split('|').collect();
        let name = line.split('`').nth(1).unwrap().to_owned();
        assert_eq!(cells.len(), 7, "{name}: five cells");
        (name, (cells[..5].join("|").trim_end().to_owned(), cells[5].trim().to_owned()))
    });
    rows.collect()
}

#[test]
fn the_table_is_what_is_said() {
    let Some(corpus) = corpus() else { return };
    let docs = fs::read_to_string(root().join("docs/dialects/corpus.md")).unwrap_or_default();
    let written = rows(&docs);
    let originals = originals(&corpus);
    let mut table = String::new();
    let mut wrong = Vec::new();
    let mut number = 0;
    for format in KINDS {
        for path in files(&corpus.join(format.name())) {
            let name = format!("{format}/{}", path.file_name().unwrap().to_str().unwrap());
            let source = Source::load(&path).unwrap();
            assert_eq!(Format::detect(&source), format, "{name}");
            let (_, out) = read(format, &source);
            let original = originals.get(&name).map_or("none: a script that checked nothing", String::as_str);
            let row = format!("| `{name}` | {original} | {} | {}", ours(&out, false), ours(&out, true));
            let (old, why) = written.get(&name).cloned().unwrap_or_default();
            writeln!(table, "{row} | {why} |").unwrap();
            if old != row {
                wrong.push(format!("{name}: the docs have\n{old}\nand it is\n{row}"));
            }
            let is_refused = original.starts_with("refused") || original.starts_with("exit 5");
            let is_the_same = is_refused == ours(&out, true).starts_with("exit 2");
            if !is_the_same && why.is_empty() {
                wrong.push(format!("{name}: the verdicts differ, and the docs do not say why"));
            }
            number += 1;
        }
    }
    if written.len() != number {
        wrong.push(format!("the docs tell of {} files, and there are {number}", written.len()));
    }
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus-table.md");
    if !wrong.is_empty() {
        // Whoever may not write there is told all the same.
        let _ = fs::write(&place, &table);
    }
    assert!(wrong.is_empty(), "{}\n\nThe table as it should be: {}", wrong.join("\n"), place.display());
}

/// The program counts as the table does. Files with names of hosts are left out: what a name stands for is the host's.
#[test]
fn the_program_says_the_same() {
    let Some(corpus) = corpus() else { return };
    let mut compared = 0;
    for format in KINDS {
        for path in files(&corpus.join(format.name())) {
            if fs::read_to_string(&path).is_ok_and(|text| has_names(&text)) {
                continue;
            }
            let source = Source::load(&path).unwrap();
            let (_, out) = read(format, &source);
            for is_strict in [false, true] {
                let strict: &[&str] = if is_strict { &["--strict"] } else { &[] };
                let output = Command::new(env!("CARGO_BIN_EXE_ulvs"))
                    .args(["check", "-j"])
                    .args(strict)
                    .arg(&path)
                    .output()
                    .unwrap();
                let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
                let mut said = format!("exit {}", output.status.code().unwrap());
                for noun in ["error", "warning", "note"] {
                    let number = value[format!("{noun}s")].as_u64().unwrap();
                    if number > 0 {
                        write!(said, ", {number} {noun}{}", if number == 1 { "" } else { "s" }).unwrap();
                    }
                }
                assert_eq!(said, ours(&out, is_strict), "{}", path.display());
                compared += 1;
            }
        }
    }
    println!("{compared} verdicts of the program compared");
    assert!(compared > 80, "{compared}");
}

/// Does a line of configure-lvs name a host?
fn has_names(text: &str) -> bool {
    let hosts = text.lines().filter(|line| line.starts_with("VIP=") || line.starts_with("SERVICE="));
    hosts
        .flat_map(|line| line.split([' ', '=']))
        .any(|word| word == "lvs" || word.to_ascii_lowercase().starts_with("real"))
}
