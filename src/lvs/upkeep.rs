use super::Script;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// What a configuration says of the director's own life.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Upkeep {
    /// The files are looked at so often, and read anew when they changed (ldirectord's `autoreload`).
    pub autoreload: Option<Duration>,
    /// Files are looked at so often, and a change is told but not taken (ldirectord's `autoreload=no`).
    pub watch_only: bool,
    /// Run when a changed file was taken; the file's name is appended (ldirectord's `callback`).
    pub callback: Option<Script>,
    /// Run before anything else, and after everything else.
    pub startup: Option<Script>,
    /// See `startup`.
    pub shutdown: Option<Script>,
    /// Changes are written to these pipes, in keepalived's words.
    pub fifos: Vec<PathBuf>,
    /// Where changes are logged besides the director's own log.
    pub logs: Option<LogTo>,
}

impl Upkeep {
    /// What two files say together: of what both say, the later counts.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.fifos.extend(later.fifos);
        Self {
            autoreload: later.autoreload.or(self.autoreload),
            watch_only: later.watch_only || self.watch_only,
            callback: later.callback.or(self.callback),
            startup: later.startup.or(self.startup),
            shutdown: later.shutdown.or(self.shutdown),
            fifos: self.fifos,
            logs: later.logs.or(self.logs),
        }
    }
}

/// Where changes are logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogTo {
    /// To a file.
    File(PathBuf),
    /// To syslog, by this facility (`local0`).
    Syslog(String),
}
