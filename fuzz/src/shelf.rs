//! Files of a fuzz input: the one that is read, and those that it may name.
//!
//! ```text
//! input: TEXT (01 NAME '\n' TEXT)…
//! ```

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use ulvs::config::{Files, Source, SourceError};

/// The folder that all of them are in.
pub const FOLDER: &str = "/etc/ulvs";

/// The files.
#[derive(Clone, Debug, Default)]
pub struct Shelf(BTreeMap<PathBuf, Vec<u8>>);

impl Shelf {
    /// Those of an input; the first is called `main`. A name that is there already: the later text counts.
    pub fn of_input(data: &[u8], main: &str) -> Self {
        let path = |name: &str| Path::new(FOLDER).join(name.trim_start_matches('/'));
        let mut parts = data.split(|byte| *byte == 1);
        let text = parts.next().unwrap_or_default();
        let mut shelf = Self(BTreeMap::from([(path(main), text.to_vec())]));
        for part in parts {
            let end = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
            let (name, text) = part.split_at(end);
            let text = text.get(1..).unwrap_or_default();
            let name = String::from_utf8_lossy(name).replace('\0', "0");
            shelf.0.entry(path(&name)).or_insert_with(|| text.to_vec());
        }
        shelf
    }

    /// The first file.
    ///
    /// # Errors
    /// It is no text.
    pub fn main(&self, main: &str) -> Result<Source, SourceError> {
        self.load(&Path::new(FOLDER).join(main))
    }

    /// The text of a file by the name that remarks give it.
    pub fn text(&self, name: &str) -> Option<String> {
        self.load(Path::new(name)).ok().map(|source| source.text().to_owned())
    }
}

impl Files for Shelf {
    fn load(&self, path: &Path) -> Result<Source, SourceError> {
        let name = path.display().to_string();
        // The same file by another name, as on a disk: `a/../b`, `./b`.
        let mut plain = PathBuf::new();
        for part in path.components() {
            match part {
                std::path::Component::CurDir => {}
                std::path::Component::ParentDir => drop(plain.pop()),
                other => plain.push(other),
            }
        }
        let bytes = self.0.get(&plain).ok_or_else(|| SourceError::Io {
            name: name.clone(),
            operation: "open",
            error: io::Error::from(io::ErrorKind::NotFound),
        })?;
        if bytes.contains(&0) {
            return Err(SourceError::NotText { name, line: 1 });
        }
        Ok(Source::from_text(name, String::from_utf8_lossy(bytes)))
    }

    fn matching(&self, pattern: &str) -> Vec<PathBuf> {
        match glob::Pattern::new(pattern) {
            Ok(pattern) => self.0.keys().filter(|path| pattern.matches_path(path)).cloned().collect(),
            Err(_) => Vec::new(),
        }
    }
}
