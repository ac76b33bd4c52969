//! Words → [`AdmRequest`], with ipvsadm's checks in ipvsadm's order.

use super::error::{Misuse, UsageError};
use super::line::Line;
use super::option::Meaning;
use super::popt::{Found, Scanner};
use crate::config::names::Names;
use crate::control::command::Command;
use crate::lvs::ServiceKey;

/// The commands by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandWord {
    AddService,
    EditService,
    DeleteService,
    Flush,
    List,
    AddServer,
    EditServer,
    DeleteServer,
    SetTimeouts,
    StartDaemon,
    StopDaemon,
    Restore,
    Save,
    Zero,
    Help,
    Version,
}

impl CommandWord {
    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AddService => "add-service",
            Self::EditService => "edit-service",
            Self::DeleteService => "delete-service",
            Self::Flush => "flush",
            Self::List => "list",
            Self::AddServer => "add-server",
            Self::EditServer => "edit-server",
            Self::DeleteServer => "delete-server",
            Self::SetTimeouts => "set",
            Self::StartDaemon => "start-daemon",
            Self::StopDaemon => "stop-daemon",
            Self::Restore => "restore",
            Self::Save => "save",
            Self::Zero => "zero",
            Self::Help => "help",
            Self::Version => "version",
        }
    }
}

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdmRequest {
    /// A change.
    Change(Command),
    /// -L, or nothing at all.
    List(ListOptions),
    /// -S.
    Save {
        /// -n.
        numeric: bool,
    },
    /// -R.
    Restore,
    /// -h.
    Help,
    /// -v.
    Version,
}

/// How -L shall list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListOptions {
    /// What.
    pub what: ListWhat,
    /// -n: no names.
    pub numeric: bool,
    /// The columns.
    pub format: ListFormat,
    /// --nosort.
    pub unsorted: bool,
    /// --exact.
    pub exact: bool,
}

/// What -L shall list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListWhat {
    /// All services, or one.
    Services(Option<ServiceKey>),
    /// -c.
    Connections,
    /// --timeout.
    Timeouts,
    /// --daemon.
    Daemons,
}

/// The columns of -L.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    /// Forward, weight, connections.
    Plain,
    /// --stats.
    Stats,
    /// --rate.
    Rate,
    /// --thresholds.
    Thresholds,
    /// --persistent-conn.
    PersistentConn,
    /// --tun-info.
    TunnelInfo,
}

/// Reads one command line (without the program's name).
///
/// # Errors
/// The first thing that is wrong with it, as ipvsadm would say it.
pub fn parse(words: &[String], names: &Names) -> Result<AdmRequest, Misuse> {
    if words.is_empty() {
        return Line::new(CommandWord::List).list().map(AdmRequest::List);
    }
    let mut scanner = Scanner::new(words);
    let Some(Ok(Found { row, value, value_word, .. })) = scanner.next_option() else {
        return Err(Misuse { error: UsageError::NoCommand, word: Some(0) });
    };
    let Meaning::Command(command) = row.meaning else {
        return Err(Misuse { error: UsageError::NoCommand, word: Some(0) });
    };
    match command {
        CommandWord::Help => return Ok(AdmRequest::Help),
        CommandWord::Version => return Ok(AdmRequest::Version),
        _ => {}
    }
    let mut line = Line::new(command);
    line.daemon.role =
        line.daemon_role(value.unwrap_or("")).map_err(|error| Misuse { error, word: Some(value_word) })?;
    while let Some(found) = scanner.next_option() {
        let found = found.map_err(|(error, word)| Misuse { error, word: Some(word) })?;
        line.take(found, scanner.word(found.word), names)?;
    }
    line.finish(&scanner.leftover)
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
