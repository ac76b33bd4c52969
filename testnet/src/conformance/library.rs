//! The scenarios of the project: tests/conformance/, the list of those that are not yet as the kernel has them, and the
//! differences that are meant.

use super::script::{File, Scenario};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A file of scenarios.
#[derive(Clone, Debug)]
pub struct Book {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name: the path below tests/conformance without `.t`.
    pub name: String,
    /// What is in it.
    pub file: File,
    /// Its text as read.
    pub text: String,
}

impl Book {
    /// A scenario's full name, `schedulers/rr:in-turn`.
    pub fn name_of(&self, scenario: &Scenario) -> String {
        format!("{}:{}", self.name, scenario.name)
    }
}

/// The root of the checkout that this was built from.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// tests/conformance/.
pub fn folder() -> PathBuf {
    root().join("tests/conformance")
}

/// Every file below a folder, in the order of names.
///
/// # Errors
/// A file cannot be read or understood.
pub fn books(folder: &Path) -> Result<Vec<Book>> {
    let mut paths = Vec::new();
    collect(folder, &mut paths).with_context(|| folder.display().to_string())?;
    paths.sort();
    paths.into_iter().map(|path| book(folder, path)).collect()
}

fn book(folder: &Path, path: PathBuf) -> Result<Book> {
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let file = File::parse(&text).with_context(|| path.display().to_string())?;
    let name = path.strip_prefix(folder).unwrap_or(&path).with_extension("");
    Ok(Book { name: name.display().to_string(), path, file, text })
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "t") {
            paths.push(path);
        }
    }
    Ok(())
}

/// True if a scenario's full name contains one of `names`, or there are none.
pub fn is_wanted(full_name: &str, names: &[String]) -> bool {
    names.is_empty() || names.iter().any(|name| full_name.contains(name.as_str()))
}

/// Path of the list of scenarios that ulvs does not pass yet.
pub fn not_yet_path() -> PathBuf {
    folder().join("not-yet.txt")
}

/// The list of scenarios that ulvs does not pass yet, by full names.
///
/// # Errors
/// It cannot be read.
pub fn not_yet() -> Result<BTreeSet<String>> {
    let path = not_yet_path();
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let names = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(names.map(str::to_owned).collect())
}

/// Names of the differences that are meant: what docs/differences.md has sections `## NAME` for.
///
/// # Errors
/// It cannot be read.
pub fn differences() -> Result<BTreeSet<String>> {
    let path = root().join("docs/differences.md");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(text.lines().filter_map(|line| line.strip_prefix("## ")).map(|name| name.trim().to_owned()).collect())
}
