//! Writes what fuzzing of other programs' files begins with: our own test files, each as it is, and as each language can
//! say it. Give it a folder; then minimise (see docs/fuzzing.md).
//!
//! ```sh
//! cargo run --release --example dialect_seeds -- work/seeds
//! ```

#[path = "../../tests/ldirectord/snippets.rs"]
mod snippets;

use anyhow::{Context as _, Result};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use ulvs::config::{Context, Diagnostics, Format, Names, Source};

/// The languages, and their targets.
const TARGETS: [(Format, &str); 4] = [
    (Format::Keepalived, "keepalived"),
    (Format::Ldirectord, "ldirectord"),
    (Format::Piranha, "piranha"),
    (Format::ConfigureLvs, "configure_lvs"),
];

fn put(folder: &Path, target: &str, bytes: &[u8]) -> Result<()> {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let folder = folder.join(target);
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{:016x}", hasher.finish()));
    std::fs::write(&path, bytes).with_context(|| path.display().to_string())
}

/// The files of a folder, in order; none if there is no such folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.retain(|path| {
        path.extension().is_some_and(|kind| ["conf", "cf", "toml", "inc"].iter().any(|k| *k == kind))
    });
    paths.sort();
    Ok(paths)
}

fn main() -> Result<()> {
    let out: PathBuf = std::env::args_os().nth(1).context("usage: dialect_seeds FOLDER")?.into();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/dialects");
    let names = Names::from_text("http 80/tcp\n", "192.0.2.10 director lvs\n10.1.1.8 rs1\n");
    for format in Format::ALL {
        let folder = root.join(format.name());
        let mut parts = Vec::new();
        for path in files(&folder.join("parts"))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            parts.extend([b"\x01parts/".as_slice(), name.as_bytes(), b"\n", &std::fs::read(&path)?].concat());
        }
        for path in files(&folder)? {
            let bytes = std::fs::read(&path)?;
            if let Some((_, target)) = TARGETS.iter().find(|(own, _)| *own == format) {
                put(&out, target, &bytes)?;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if text.contains("parts/") {
                    put(&out, target, &[bytes.as_slice(), &parts].concat())?;
                }
                for piece in pieces(&text) {
                    put(&out, target, piece.as_bytes())?;
                }
            }
            let source = Source::load(&path)?;
            let mut remarks = Diagnostics::default();
            let intent = format.dialect().read(&source, &Context::of_names(&names), &mut remarks);
            if !remarks.has_errors() && intent.services.len() < 100 {
                for (other, target) in TARGETS {
                    put(&out, target, other.write(&intent).text.as_bytes())?;
                }
            }
        }
    }
    for text in snippets::snippets() {
        put(&out, "ldirectord", text.as_bytes())?;
    }
    Ok(())
}

/// What begins in column 1 and goes on until its last `}` or indented line: small texts are changed more easily.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for line in text.lines() {
        let goes_on = line.starts_with([' ', '\t', '}', '{']);
        match pieces.last_mut() {
            Some(piece) if goes_on => *piece += &format!("{line}\n"),
            _ => pieces.push(format!("{line}\n")),
        }
    }
    pieces
}
