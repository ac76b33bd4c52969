//! Lines in other programs' logs: a file, or syslog (RFC 3164).

use super::date;
use crate::lvs::{LogTo, Words};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// Where syslog listens.
const SYSLOG: &str = "/dev/log";
/// Severity: informational.
const INFO: u8 = 6;
/// A datagram that any syslog takes.
const MAX_DATAGRAM: usize = 1024;

/// Writes lines where the original program would have.
pub(super) struct Journal {
    to: Option<LogTo>,
    /// What ldirectord's file calls a configuration.
    config: String,
    clock: date::Clock,
    socket: Option<UnixDatagram>,
    troubles: Troubles,
}

/// Says what went wrong the first time, and that it goes well again.
#[derive(Default)]
pub(super) struct Troubles {
    lost: u64,
}

impl Troubles {
    /// A line was written, or not.
    pub fn note(&mut self, what: &str, outcome: &io::Result<()>) {
        match outcome {
            Ok(()) if self.lost > 0 => {
                tracing::warn!("{what}: again written to, after {} lines were lost", self.lost);
                self.lost = 0;
            }
            Ok(()) => {}
            Err(error) => {
                if self.lost == 0 {
                    tracing::warn!("{what}: {error}: lines are lost");
                }
                self.lost += 1;
            }
        }
    }

    /// Lines lost since the last one that was written.
    #[cfg(test)]
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

impl Journal {
    /// Writes nothing yet. `config`: the configuration's name.
    pub fn new(config: String) -> Self {
        Self { to: None, config, clock: date::Clock::local(), socket: None, troubles: Troubles::default() }
    }

    /// Lines go here from now on.
    pub fn set(&mut self, to: Option<LogTo>) {
        if self.to != to {
            (self.to, self.troubles) = (to, Troubles::default());
        }
        // The host may be somewhere else since.
        self.clock = date::Clock::local();
    }

    /// Writes a line.
    pub fn line(&mut self, words: Words, line: &str, unix_seconds: u64) {
        let (what, outcome) = match &self.to {
            None => return,
            Some(LogTo::File(path)) => {
                let time = self.clock.long(unix_seconds);
                let text = format!("[{time}|{}|{}] {line}\n", self.config, std::process::id());
                (path.display().to_string(), append(path, &text))
            }
            Some(LogTo::Syslog(facility)) => {
                let (time, ident) = (self.clock.short(unix_seconds), ident(words));
                let priority = facility_number(facility) * 8 + INFO;
                let text = format!("<{priority}>{time} {ident}[{}]: {line}", std::process::id());
                ("syslog".to_owned(), self.send(&text))
            }
        };
        self.troubles.note(&what, &outcome);
    }

    /// The time of day as ldirectord's files have it.
    pub fn time(&self, unix_seconds: u64) -> String {
        self.clock.long(unix_seconds)
    }

    fn send(&mut self, text: &str) -> io::Result<()> {
        let mut end = text.len().min(MAX_DATAGRAM);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if self.socket.is_none() {
            let socket = UnixDatagram::unbound()?;
            // A syslog that does not read must not hold up scripts and mail.
            socket.set_nonblocking(true)?;
            self.socket = Some(socket);
        }
        let Some(socket) = &self.socket else { return Ok(()) };
        // To the name and not to what was there once: syslog may be started anew.
        socket.send_to(&text.as_bytes()[..end], SYSLOG).map(drop)
    }
}

/// Adds text to a file. It is opened each time: others rotate it.
pub(super) fn append(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}

/// Who says it.
const fn ident(words: Words) -> &'static str {
    match words {
        Words::Ulvs => "ulvs",
        Words::Keepalived => "Keepalived_healthcheckers",
        Words::Ldirectord => "ldirectord",
        Words::Piranha => "nanny",
    }
}

/// RFC 3164, section 4.1.1; what is unknown is a daemon's.
fn facility_number(name: &str) -> u8 {
    const NAMES: [&str; 12] = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    ];
    let local = name.strip_prefix("local").and_then(|number| number.parse::<u8>().ok());
    match local.filter(|number| *number <= 7) {
        Some(number) => 16 + number,
        None => NAMES.iter().position(|own| *own == name).map_or(3, |place| place as u8),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn facilities() {
        let numbers = ["kern", "daemon", "ftp", "local0", "local7", "local8", "x"].map(facility_number);
        assert_eq!(numbers, [0, 3, 11, 16, 23, 3, 3]);
    }

    #[test]
    fn a_file_in_ldirectord_s_form() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut journal = Journal::new("web.cf".to_owned());
        journal.clock = date::Clock::utc();
        journal.line(Words::Ldirectord, "nowhere yet", 0);
        journal.set(Some(LogTo::File(path.clone())));
        journal.clock = date::Clock::utc();
        journal.line(Words::Ldirectord, "Deleted real server: R (V)", 1_520_281_985);
        let pid = std::process::id();
        let line = format!("[Mon Mar  5 20:33:05 2018|web.cf|{pid}] Deleted real server: R (V)\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), line);
        journal.set(Some(LogTo::File(dir.path().join("no/such/folder"))));
        journal.line(Words::Ldirectord, "lost", 0);
        journal.line(Words::Ldirectord, "lost, too", 0);
        assert_eq!(journal.troubles.lost(), 2);
    }
}
