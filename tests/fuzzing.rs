//! Replays what fuzzing has found and what it begins with: the targets of `fuzz/` on stable, with every file of
//! `fuzz/corpus` and `fuzz/regressions` (`docs/fuzzing.md`).

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, reason = "the generator of seeds uses the rest")]
mod fuzzing;

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn replay(kind: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(kind);
    for folder in files(&root) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(fuzzing::TARGETS.iter().any(|(target, _)| *target == name), "{name} is no target");
    }
    let mut failed = Vec::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = fuzzing::TARGETS
            .iter()
            .map(|(name, run)| {
                let folder = root.join(name);
                scope.spawn(move || {
                    let broken = |file: &PathBuf| {
                        let bytes = std::fs::read(file).unwrap();
                        catch_unwind(|| run(&bytes)).is_err()
                    };
                    files(&folder).into_iter().filter(broken).collect::<Vec<_>>()
                })
            })
            .collect();
        for thread in threads {
            failed.extend(thread.join().unwrap());
        }
    });
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn what_was_found_stays_mended() {
    replay("regressions");
}

#[test]
fn what_fuzzing_begins_with_is_borne() {
    for (name, _) in fuzzing::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        assert!(!files(&folder).is_empty(), "{name} has no corpus");
    }
    replay("corpus");
}

#[test]
fn nothing_at_all_is_borne() {
    for (_, run) in fuzzing::TARGETS {
        run(&[]);
        run(&[0]);
        run(&[1; 64]);
    }
}

/// Every key that the tables of the docs have (and those are what the readers know: `src/config/*/tests.rs`) is in the
/// dictionary that libFuzzer gets.
#[test]
fn dictionaries_have_all_keys() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (target, docs) in [
        ("keepalived", "keepalived"),
        ("ldirectord", "ldirectord"),
        ("piranha", "piranha"),
        ("configure_lvs", "configure-lvs"),
    ] {
        let text = std::fs::read_to_string(root.join(format!("fuzz/dictionaries/{target}.dict"))).unwrap();
        let known: Vec<&str> = text.lines().collect();
        let docs = std::fs::read_to_string(root.join(format!("docs/dialects/{docs}.md"))).unwrap();
        let rows = docs.lines().filter(|line| line.starts_with("| `"));
        let keys = rows.flat_map(|line| line.split(" | ").next().unwrap().split('`').skip(1).step_by(2));
        let words: Vec<_> =
            keys.filter(|key| key.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-".contains(&c))).collect();
        assert!(words.len() >= 10, "{target}: {words:?}");
        for key in words {
            assert!(
                known.contains(&format!("\"{key}\"").as_str()),
                "{target}: `{key}` is not in its dictionary"
            );
        }
    }
}
