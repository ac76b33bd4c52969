//! Reads the configuration anew: at SIGHUP, by `ulvs reload`, and when its files have changed. All go one way.

use super::autoreload::{Autoreload, Sight};
use super::file;
use crate::config::{Footprint, Format};
use crate::control::ControlError;
use crate::control::command::{Intent, Reply, Request};
use crate::lvs::{Script, Upkeep};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The files of the configuration, and the way to the keeper.
pub(super) struct Reloads<A, C> {
    files: Vec<PathBuf>,
    format: Option<Format>,
    watch: Autoreload,
    /// Asks the keeper.
    ask: A,
    /// Runs the callback for a file that has changed.
    after_reload: C,
}

impl<A: Fn(Request) -> Reply, C: Fn(&Script, &Path)> Reloads<A, C> {
    /// The director has begun with these files.
    pub(super) fn new(files: &[PathBuf], format: Option<Format>, ask: A, after_reload: C) -> Self {
        Self { files: files.to_vec(), format, watch: Autoreload::default(), ask, after_reload }
    }

    /// What it has begun with.
    pub(super) fn begun_with(mut self, from: Footprint, upkeep: Upkeep) -> Self {
        self.watch.note(from, Some(upkeep));
        self
    }

    /// How long until [`look`](Self::look) is due; `None`: never.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.watch.wait()
    }

    /// Looks at the files. What it answers is to be done about it: a reload, or nothing.
    pub(super) fn look(&mut self) -> Option<Vec<PathBuf>> {
        let tell = |files: &[PathBuf], then: &str| {
            for file in files {
                tracing::info!("Configuration file '{}' has changed on disk", file.display());
            }
            tracing::info!(" - {then} new configuration");
        };
        match self.watch.look() {
            Sight::Same => {}
            Sight::Taken(files) => {
                tell(&files, "reread");
                return Some(files);
            }
            Sight::Told(files) => {
                tell(&files, "ignore");
                self.call_back(&files);
            }
            Sight::Emptied(files) => {
                tell(&files, "ignore");
                tracing::warn!("an empty file is not taken by itself: `ulvs reload` if that is meant");
            }
        }
        None
    }

    /// Reads these files anew because they have changed.
    pub(super) fn take(&mut self, changed: &[PathBuf]) -> (Reply, &'static str) {
        let done = self.now();
        if matches!(done.0, Reply::Changes(_)) {
            self.call_back(changed);
        }
        done
    }

    /// Reads the configuration anew and has the keeper take it; if anything is wrong with it, the old one stays. Returns
    /// the keeper's answer, and a line for the service manager.
    pub(super) fn now(&mut self) -> (Reply, &'static str) {
        if self.files.is_empty() {
            let why = "the director was started without --config: there is nothing to read anew";
            tracing::warn!("{why}");
            return (Reply::Refused(ControlError::NotSupported(why.to_owned())), why);
        }
        let name = names(&self.files);
        let (intent, from) = file::load_noting(&self.files, self.format);
        let upkeep = intent.as_ref().map(|intent| intent.upkeep.clone());
        let reply = intent.map_or_else(|| refusal(&name), |intent| (self.ask)(Request::Replace(intent)));
        let is_taken = matches!(reply, Reply::Changes(_));
        self.watch.note(from, upkeep.filter(|_| is_taken));
        let told = match &reply {
            Reply::Changes(changes) => {
                tracing::info!(config = %name, changes = changes.len(), "reloaded");
                changes.iter().for_each(|change| tracing::info!("{change}"));
                "reloaded"
            }
            Reply::Refused(error) => {
                tracing::error!(config = %name, "refused, the old configuration stays: {error}");
                "reload refused: the old configuration stays"
            }
            _ => "reloaded",
        };
        (reply, told)
    }

    fn call_back(&self, files: &[PathBuf]) {
        if let Some(script) = self.watch.callback() {
            files.iter().for_each(|file| (self.after_reload)(script, file));
        }
    }
}

/// Reads files as they are at the start.
///
/// # Errors
/// They are not valid; what is wrong has been printed.
pub(super) fn first(files: &[PathBuf], format: Option<Format>) -> Result<(Intent, Footprint), String> {
    let (intent, from) = file::load_noting(files, format);
    Ok((intent.ok_or_else(|| format!("{} is not valid", names(files)))?, from))
}

fn refusal(name: &str) -> Reply {
    Reply::Refused(ControlError::Invalid(format!("{name} is not valid; its log says why")))
}

/// The files' names in a line.
pub(super) fn names(files: &[PathBuf]) -> String {
    files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
