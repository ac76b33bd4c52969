//! The director's own life.

use super::reader::Reader;
use super::{Value, keys};
use crate::lvs::{LogTo, Upkeep};
use std::path::PathBuf;

impl Reader<'_, '_> {
    pub(super) fn upkeep(&mut self, value: &Value<'_>) -> Option<Upkeep> {
        let table = self.table(value)?;
        self.known(table, &[keys::UPKEEP]);
        let mut script = |key| table.get(key).and_then(|value| self.script(value));
        let (callback, startup, shutdown) = (script("callback"), script("startup"), script("shutdown"));
        let fifos = table.get("fifos").and_then(|value| self.texts(value)).unwrap_or_default();
        if let Some(empty) = fifos.iter().find(|fifo| fifo.is_empty()).and(table.get("fifos")) {
            self.error(empty.span(), "must not be empty");
        }
        Some(Upkeep {
            autoreload: table.get("autoreload").and_then(|value| self.duration(value, false)),
            watch_only: table.get("watch_only").and_then(|value| self.boolean(value)).unwrap_or(false),
            callback,
            startup,
            shutdown,
            fifos: fifos.into_iter().map(Into::into).collect(),
            logs: table.get("log").and_then(|value| self.log(value)),
        })
    }

    /// Pipes that changes of virtual routers are written to.
    pub(super) fn vrrp_fifos(&mut self, value: &Value<'_>) -> Vec<PathBuf> {
        let table = value.get_ref().as_table();
        let Some(said) = table.and_then(|table| table.get("vrrp_fifos")) else { return Vec::new() };
        let fifos = self.texts(said).unwrap_or_default();
        if fifos.iter().any(String::is_empty) {
            self.error(said.span(), "must not be empty");
        }
        fifos.into_iter().map(PathBuf::from).collect()
    }

    /// `{ file = "/var/log/ulvs.log" }`, `{ syslog = "local0" }`.
    fn log(&mut self, value: &Value<'_>) -> Option<LogTo> {
        let table = self.table(value)?;
        self.known(table, &[keys::LOG]);
        match (table.get("file"), table.get("syslog")) {
            (Some(file), None) => self.path(file).map(LogTo::File),
            (None, Some(facility)) => {
                let choices = FACILITIES.map(|name| (name, name));
                self.choice(facility, &choices).map(|name| LogTo::Syslog(name.to_owned()))
            }
            _ => {
                self.error(value.span(), "one of file and syslog is needed");
                None
            }
        }
    }
}

/// Facilities of syslog.
pub(super) const FACILITIES: [&str; 20] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];
