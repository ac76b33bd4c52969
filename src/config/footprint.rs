//! What a configuration was read from, as it was then: so that it can be seen when it is no longer the same.

use super::files::{Disk, Files};
use super::source::{Source, SourceError};
use md5::{Digest, Md5};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The disk's files, with a note of each that was asked for.
#[derive(Debug, Default)]
pub struct Noting {
    seen: RefCell<Footprint>,
}

impl Noting {
    /// What was asked for up to now.
    pub fn into_footprint(self) -> Footprint {
        self.seen.into_inner()
    }
}

impl Files for Noting {
    fn load(&self, path: &Path) -> Result<Source, SourceError> {
        // Before it is read: what is written meanwhile is a change.
        let stamp = stamp(path);
        let source = Disk.load(path);
        let print = Print { stamp, content: source.as_ref().ok().map(digest) };
        self.seen.borrow_mut().files.insert(path.to_owned(), print);
        source
    }

    fn matching(&self, pattern: &str) -> Vec<PathBuf> {
        let found = Disk.matching(pattern);
        self.seen.borrow_mut().patterns.insert(pattern.to_owned(), found.clone());
        found
    }
}

/// Files and patterns that were looked for, also those that were not there, and how they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    files: BTreeMap<PathBuf, Print>,
    patterns: BTreeMap<String, Vec<PathBuf>>,
}

/// How a file was found.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Print {
    stamp: Option<Stamp>,
    /// Of its text; `None`: it could not be read.
    content: Option<[u8; 16]>,
}

/// What can be seen of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified: (i64, i64),
    file: (u64, u64),
}

/// How the files of a footprint look at some moment, unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    stamps: BTreeMap<PathBuf, Option<Stamp>>,
    patterns: BTreeMap<String, Vec<PathBuf>>,
}

/// What is not as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Files with another content, new ones and those that are gone.
    pub changed: Vec<PathBuf>,
    /// Of these, the ones that have nothing in them any more.
    pub emptied: Vec<PathBuf>,
}

impl Footprint {
    /// How its files look now. Reads none of them.
    pub fn look(&self) -> Look {
        Look {
            stamps: self.files.keys().map(|path| (path.clone(), stamp(path))).collect(),
            patterns: self.patterns.keys().map(|of| (of.clone(), Disk.matching(of))).collect(),
        }
    }

    /// Does this look as it was?
    pub fn looks_like(&self, look: &Look) -> bool {
        let stamps = self.files.iter().map(|(path, print)| (path, &print.stamp));
        stamps.eq(look.stamps.iter()) && self.patterns == look.patterns
    }

    /// Reads what does not look as it was, and says what has another content. From now on that is how it was.
    pub fn news(&mut self, look: Look) -> News {
        let mut changed = BTreeSet::new();
        let mut emptied = Vec::new();
        for (path, print) in &mut self.files {
            let stamp = look.stamps.get(path).copied().flatten();
            if stamp == print.stamp {
                continue;
            }
            let source = Disk.load(path).ok();
            let now = Print { stamp, content: source.as_ref().map(digest) };
            if now.content != print.content {
                changed.insert(path.clone());
                if source.is_some_and(|source| source.text().trim().is_empty()) {
                    emptied.push(path.clone());
                }
            }
            *print = now;
        }
        for (pattern, found) in &look.patterns {
            let before = self.patterns.get(pattern).map_or(&[][..], Vec::as_slice);
            let news = found.iter().filter(|path| !before.contains(path));
            changed.extend(news.chain(before.iter().filter(|path| !found.contains(path))).cloned());
        }
        self.patterns = look.patterns;
        News { changed: changed.into_iter().collect(), emptied }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(path).ok()?;
    Some(Stamp {
        len: about.len(),
        modified: (about.mtime(), about.mtime_nsec()),
        file: (about.dev(), about.ino()),
    })
}

fn digest(source: &Source) -> [u8; 16] {
    Md5::digest(source.text()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a.conf"), "one\n").unwrap();
        let noting = Noting::default();
        noting.load(&at("a.conf")).unwrap();
        noting.load(&at("later")).unwrap_err();
        let pattern = at("*.conf").to_str().unwrap().to_owned();
        assert_eq!(noting.matching(&pattern), [at("a.conf")]);
        let mut footprint = noting.into_footprint();
        assert!(footprint.looks_like(&footprint.look()));

        // Written again with the same content: it looks otherwise, and is the same.
        std::fs::write(at("new"), "one\n").unwrap();
        std::fs::rename(at("new"), at("a.conf")).unwrap();
        let look = footprint.look();
        assert!(!footprint.looks_like(&look));
        assert_eq!(footprint.news(look), News::default());
        assert!(footprint.looks_like(&footprint.look()), "seen");

        std::fs::write(at("a.conf"), "two\n").unwrap();
        std::fs::write(at("b.conf"), "").unwrap();
        std::fs::write(at("later"), " \n").unwrap();
        let look = footprint.look();
        let changed = [at("a.conf"), at("b.conf"), at("later")].into();
        assert_eq!(footprint.news(look), News { changed, emptied: vec![at("later")] });
        std::fs::remove_file(at("a.conf")).unwrap();
        let look = footprint.look();
        assert_eq!(footprint.news(look).changed, [at("a.conf")]);
        let look = footprint.look();
        assert_eq!(footprint.news(look), News::default(), "told once");
    }
}
