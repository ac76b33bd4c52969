//! Where files come from that a configuration names: the disk, or a test.

use super::source::{Source, SourceError};
use std::path::{Path, PathBuf};

/// Reads files for a dialect that can name others.
pub trait Files {
    /// Reads one.
    ///
    /// # Errors
    /// [`SourceError`].
    fn load(&self, path: &Path) -> Result<Source, SourceError>;

    /// The files that match a pattern of the shell's kind (`*`, `?`, `[…]`), in the order of their names; a pattern
    /// without any of these that names nothing: none.
    fn matching(&self, pattern: &str) -> Vec<PathBuf>;
}

/// The disk's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn load(&self, path: &Path) -> Result<Source, SourceError> {
        Source::load(path)
    }

    fn matching(&self, pattern: &str) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = glob::glob(pattern)
            .map(|paths| paths.filter_map(Result::ok).take(10_000).collect())
            .unwrap_or_default();
        found.sort();
        found
    }
}
