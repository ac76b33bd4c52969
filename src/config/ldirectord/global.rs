//! The keys of a file as a whole.

use super::common::Common;
use super::line::{Directive, Word};
use super::remarks::{Remarks, is_empty, or_here, unquoted};
use crate::lvs::LogTo;
use std::path::PathBuf;

/// What a file says outside its services; `None`: nothing.
#[derive(Debug, Default)]
pub(super) struct Globals<'s> {
    /// What each service may have for itself.
    pub common: Common<'s>,
    /// From whom mail comes.
    pub mail_from: Option<String>,
    /// A changed file is read anew.
    pub reloads: Option<(bool, Word<'s>)>,
    /// Run when it changed.
    pub callback: Option<(PathBuf, Word<'s>)>,
    /// Where changes are logged.
    pub log: Option<(LogTo, Word<'s>)>,
    /// Other files that run with this one.
    pub executes: Vec<Word<'s>>,
    /// A process for each service.
    pub forks: bool,
    /// In the foreground, logging to standard output.
    pub is_supervised: bool,
    /// Real servers that somebody removed are put back with weight 0.
    pub readds: bool,
    /// Where files keep real servers down.
    pub maintenance: Option<(PathBuf, Word<'s>)>,
}

/// All keys that may stand outside a service.
pub(super) const KEYS: [&str; 24] = [
    "autoreload",
    "callback",
    "checkcount",
    "checkinterval",
    "checktimeout",
    "cleanstop",
    "connecttimeout",
    "emailalert",
    "emailalertfreq",
    "emailalertfrom",
    "emailalertstatus",
    "execute",
    "failurecount",
    "fallback",
    "fallback6",
    "fallbackcommand",
    "fork",
    "logfile",
    "maintenancedir",
    "negotiatetimeout",
    "quiescent",
    "readdquiescent",
    "smtp",
    "supervised",
];

impl<'s> Globals<'s> {
    /// Takes a directive; false: there is no such key.
    pub fn take(&mut self, directive: &Directive<'s>, remarks: &mut Remarks<'_>) -> bool {
        if self.common.take(directive, None, remarks) {
            return true;
        }
        let value = directive.value;
        match directive.key.text {
            "autoreload" => {
                if let Some(reloads) = remarks.yes_no(value) {
                    self.reloads = Some((reloads, directive.key));
                }
            }
            "callback" => {
                if let Some(program) = remarks.quoted(directive) {
                    self.callback = Some((program.into(), value.without_comment()));
                }
            }
            "logfile" => {
                if let Some(log) = remarks.quoted(directive).map(|to| log_to(&to, value, remarks)) {
                    self.log = Some((log, directive.key));
                }
            }
            "execute" => {
                if let Some(line) = remarks.rest_of_line(value) {
                    let has_quotes = unquoted(line.text).len() < line.text.len();
                    let name = line.from(usize::from(has_quotes)).to(unquoted(line.text).len());
                    if self.executes.len() >= MAX_EXECUTES {
                        let message = format!("not read: a file names {MAX_EXECUTES} others at most");
                        remarks.error(name.span(), message);
                    } else if !self.executes.iter().any(|known| known.text == name.text) {
                        self.executes.push(name);
                    }
                }
            }
            "fork" => {
                if let Some(forks) = remarks.yes_no(value) {
                    self.forks = forks;
                }
            }
            "supervised" => {
                if let Some(is_supervised) = remarks.yes_no(value) {
                    self.is_supervised = is_supervised;
                }
            }
            "readdquiescent" => {
                if let Some(readds) = remarks.yes_no(value) {
                    self.readds = readds;
                }
            }
            "emailalertfrom" => {
                if let Some(from) = remarks.rest_of_line(value) {
                    self.mail_from = Some(from.text.to_owned());
                }
            }
            "maintenancedir" => {
                if let Some(folder) = remarks.rest_of_line(value) {
                    self.maintenance = Some((folder.text.into(), folder));
                }
            }
            "timeout" => {
                let message = "timeout is an old key that ldirectord does not take any more";
                remarks.error(directive.key.span(), message).help("write checktimeout or negotiatetimeout");
            }
            _ => return false,
        }
        true
    }

    /// Takes `supervised` without a value; false: the line is something else.
    pub fn take_bare(&mut self, line: Word<'s>, remarks: &mut Remarks<'_>) -> bool {
        let line = line.trim();
        let Some(rest) = line.text.strip_prefix("supervised") else { return false };
        if !is_empty(rest) {
            return false;
        }
        self.is_supervised = true;
        remarks.warning(line.span(), "an old way to say it").strict().help("write supervised=yes");
        true
    }
}

/// So many other files a file can name.
const MAX_EXECUTES: usize = 64;

/// A path, or a facility of syslog.
fn log_to(text: &str, value: Word<'_>, remarks: &mut Remarks<'_>) -> LogTo {
    if text.starts_with('/') {
        return LogTo::File(text.into());
    }
    let name = text.strip_prefix("LOG_").unwrap_or(text).to_ascii_lowercase();
    if !FACILITIES.contains(&name.as_str()) {
        let message = format!("`{text}` is neither a path from / on nor a facility of syslog");
        remarks
            .warning(or_here(value.without_comment()), format!("{message}: user is taken"))
            .help("write \"/var/log/ldirectord.log\" or \"local0\"");
        return LogTo::Syslog("user".to_owned());
    }
    LogTo::Syslog(name)
}

/// Facilities of syslog.
const FACILITIES: [&str; 20] = [
    "auth", "authpriv", "cron", "daemon", "ftp", "kern", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7", "lpr", "mail", "news", "syslog", "user", "uucp",
];
