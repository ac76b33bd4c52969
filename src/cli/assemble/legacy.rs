//! `ulvs run --table FILE`: what another director left there, and what this one will leave.

use crate::conn::{Era, Found, Unusable};
use crate::control::Inheritance;
use crate::host::table_file::{TableFile, boot, monotonic_millis};
use anyhow::{Context, anyhow};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file, held by this director.
pub(super) struct Legacy {
    path: PathBuf,
    file: TableFile,
    boot: [u8; 16],
    found: Option<Found>,
}

impl Legacy {
    /// Takes the file, and looks at what is in it.
    ///
    /// # Errors
    /// It cannot be had, in words. That nothing can be done with what is in it is no error.
    pub fn take(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("--table {}", path.display());
        let file = TableFile::take(path).map_err(|error| anyhow!("{}: {error}", named()))?;
        let boot = boot().context("finding out which boot this is").with_context(named)?;
        let found = match Found::read(file.found().with_context(named)?, boot, monotonic_millis()) {
            Ok(found) => Some(found),
            Err(Unusable::Empty) => None,
            Err(why) => {
                tracing::warn!("{}: the table begins empty: {why}", named());
                None
            }
        };
        Ok(Self { path: path.to_owned(), file, boot, found })
    }

    /// What the table of this director is to lie in.
    ///
    /// # Errors
    /// No more files may be open.
    pub fn fresh(&self) -> anyhow::Result<File> {
        self.file.fresh().with_context(|| format!("--table {}", self.path.display()))
    }

    /// For the keeper, so long after the tick 0.
    pub fn inheritance(self, uptime: Duration) -> Inheritance {
        let Self { file, boot, found, .. } = self;
        let uptime = u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX);
        let era = Era { boot, began_millis: monotonic_millis().saturating_sub(uptime) };
        Inheritance { era, found, replace: Box::new(move || file.replace()) }
    }
}
