//! Damaged files: cut at every byte, each line left out, doubled, or replaced by what no language knows.
//!
//! A file is read by the reader of its own language after every damage, and by all other readers at the ends of lines: a
//! file may be given by the wrong name.

use crate::{KINDS, corpus, files, read, root};
use std::path::Path;
use std::time::{Duration, Instant};
use ulvs::config::{Diagnostics, Format, Source};
use ulvs::control::acceptable;

/// What may get into a file.
const GARBAGE: [&str; 8] = [
    "\u{fffd}=\u{e4}\"#->::[",
    "}{][ = \"\u{1}' 9e999",
    "$A=${A}${A} ~SEQ(x,1,9)",
    "include .",
    "-A -t 1.2.3.4:5 -",
    "SERVICE=,:# t",
    "virtual x {",
    "\tmost of\u{2028}all: \u{feff}",
];

/// Reading any of these small files is far from taking so long; what is looked for is what never ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads, and looks at what must always hold.
fn judged(format: Format, name: &str, text: &str) {
    let source = Source::from_text(name, text);
    let begun = Instant::now();
    let (intent, out) = read(format, &source);
    assert!(begun.elapsed() < PATIENCE, "{format}, {name}: {:?} for\n{text}", begun.elapsed());
    assert!(out.iter().count() <= Diagnostics::LIMIT);
    for remark in &out {
        if remark.file != name {
            // A file that this one names.
            continue;
        }
        let line = text.split('\n').nth(remark.line.wrapping_sub(1));
        let line = line.unwrap_or_else(|| panic!("{format}: {remark}: no such line in\n{text}"));
        let columns = 1..=line.chars().count() + 1;
        assert!(columns.contains(&remark.column), "{format}: {remark}: no such column in\n{text}");
        assert!(line.contains(&remark.text), "{format}: {remark}: `{}` is not there in\n{text}", remark.text);
        assert!(remark.text.get(remark.caret.clone()).is_some(), "{format}: {remark}: nothing is marked");
    }
    // What is refused only as a whole, the others tell, too: `ulvs check` then has no place for it.
    if !out.has_errors() && format != Format::Rules {
        assert_eq!(acceptable(&intent), Ok(()), "{format}, {name}:\n{text}");
    }
}

/// Every damage of one file; how many there were.
fn damaged(format: Format, path: &Path) -> usize {
    let source = Source::load(path).unwrap();
    let (name, text) = (source.name(), source.text());
    let mut number = 0;
    let mut look = |format: Format, text: &str| {
        judged(format, name, text);
        number += 1;
    };
    // Files that stand for 65,536 services are slow wherever they are cut; the others are cut at every byte.
    let step = if name.contains("errors.conf") { 41 } else { 1 };
    for (at, c) in text.char_indices().step_by(step) {
        look(format, &text[..at]);
        if c == '\n' {
            for other in Format::ALL {
                look(other, &text[..at]);
            }
        }
    }
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate().step_by(step) {
        let with = |other: &[&str]| [&lines[..at], other, &lines[at + 1..]].concat().join("\n");
        look(format, &with(&[]));
        look(format, &with(&[line, line]));
        for garbage in GARBAGE {
            look(format, &with(&[garbage]));
        }
        look(format, &with(&[&format!("{line}{}", GARBAGE[at % GARBAGE.len()])]));
    }
    number
}

#[test]
fn damaged_files_are_told_or_taken() {
    let mut paths = Vec::new();
    for format in KINDS.into_iter().chain([Format::Native]) {
        let folder = root().join("tests/dialects").join(format.name());
        let own = files(&folder);
        assert!(own.len() >= 4, "{}", folder.display());
        paths.extend(own.into_iter().map(|path| (format, path)));
        if let Some(corpus) = corpus() {
            paths.extend(files(&corpus.join(format.name())).into_iter().map(|path| (format, path)));
        }
    }
    // Two files at once, the longest first.
    paths.sort_by_key(|(_, path)| std::cmp::Reverse(std::fs::metadata(path).unwrap().len()));
    let next = std::sync::Mutex::new(paths.iter());
    let read: usize = std::thread::scope(|scope| {
        let work = || {
            let mut read = 0;
            loop {
                let job = next.lock().unwrap().next();
                let Some((format, path)) = job else { return read };
                read += damaged(*format, path);
            }
        };
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    println!("{} files, {read} times damaged", paths.len());
    assert!(read > 50_000, "{read}");
}
