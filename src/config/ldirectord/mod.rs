//! ldirectord's files: `ldirectord.cf`, as ldirectord 4.12 reads them.
//!
//! A line is a word ([`line`]), a file is globals and services ([`document`]), which [`build`] puts together, for globals
//! count wherever they stand.

mod address;
mod build;
mod common;
mod document;
mod global;
mod hints;
mod kinds;
mod line;
mod probe;
mod real;
mod receive;
mod remarks;
mod service;
mod write;

use super::diagnostic::Diagnostics;
use super::dialect::{Context, Dialect};
use super::source::{Source, SourceError};
use crate::control::command::Intent;
use crate::lvs::{Family, LogTo, Protocol, Script, ScriptLine};
use address::Hosts;
use build::{Builder, CHECK_INTERVAL};
use global::Globals;
use line::Word;
use receive::Receives;
use remarks::Remarks;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use write::write;

/// ldirectord's language. Its keys: `docs/dialects/ldirectord.md`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ldirectord;

impl Dialect for Ldirectord {
    fn name(&self) -> &'static str {
        "ldirectord"
    }

    fn read(&self, source: &Source, context: &Context<'_>, out: &mut Diagnostics) -> Intent {
        let mut reading = Reading::new(context);
        reading.files.insert(source.name().to_owned());
        reading.file(source, out, true);
        reading.intent
    }
}

/// Is this text written in ldirectord's language? A `virtual=` in column 1, or a first line that only ldirectord knows.
pub(super) fn is_written_in(source: &Source) -> bool {
    let mut first = None;
    for (at, text) in source.lines() {
        let line = Word { text, at };
        // Others have names, quotes or braces there.
        if let Some((_, value)) = document::service_line(line)
            && value.text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && !value.text.contains('{')
        {
            return true;
        }
        if first.is_none() && !line.trim().text.is_empty() && !line.trim().text.starts_with('#') {
            first = line::directive(line, false).map(|directive| directive.key.text).or(Some(""));
        }
    }
    let by_name = Path::new(source.name()).file_name().is_some_and(|name| name == "ldirectord.cf");
    by_name || first.is_some_and(|key| global::KEYS.contains(&key))
}

/// A file on its way into an intent, with those that it names.
struct Reading<'c> {
    context: &'c Context<'c>,
    hosts: Hosts<'c>,
    intent: Intent,
    /// Addresses that ranges may still have.
    room: usize,
    /// Files that were read, or are being read.
    files: BTreeSet<String>,
    /// Name of this host.
    host_name: String,
    /// Patterns that were looked at.
    receives: Receives,
    /// Where it was said that mail goes another way.
    told_of_sendmail: BTreeSet<usize>,
    /// Where it was said that a fallback counts for marks.
    told_of_marks: BTreeSet<usize>,
}

/// So many files one file can name, directly or not.
const MAX_FILES: usize = 64;

/// Where ldirectord looks for files before it takes a name as it is.
const FOLDERS: [&str; 2] = ["/etc/ha.d", "/etc/ha.d/conf"];

/// Where ldirectord logs.
const LOG: &str = "/var/log/ldirectord.log";

impl<'c> Reading<'c> {
    fn new(context: &'c Context<'c>) -> Self {
        let host_name = context.environment.get("HOSTNAME").unwrap_or(&context.config_id);
        Self {
            context,
            hosts: Hosts::new(context.names),
            intent: Intent::default(),
            room: real::MAX_IN_RANGES,
            files: BTreeSet::new(),
            host_name: if host_name.is_empty() { "localhost".to_owned() } else { host_name.clone() },
            receives: Receives::default(),
            told_of_sendmail: BTreeSet::new(),
            told_of_marks: BTreeSet::new(),
        }
    }

    fn file(&mut self, source: &Source, out: &mut Diagnostics, is_first: bool) {
        self.receives.begin();
        self.told_of_sendmail.clear();
        self.told_of_marks.clear();
        let mut remarks = Remarks { source, out };
        let mut document = document::read(source, &mut remarks);
        let common = &mut document.globals.common;
        for (fallback, family) in [(&mut common.fallback, Family::V4), (&mut common.fallback6, Family::V6)] {
            let both = [&[Protocol::Tcp][..], &[Protocol::Udp]];
            *fallback = fallback.filter(|own| own.resolve(family, &both, self, &mut remarks).is_some());
        }
        let globals = &document.globals;
        if is_first {
            self.upkeep(globals, &mut remarks);
        } else {
            self.upkeep_of_a_part(globals, &mut remarks);
        }
        if let Some((folder, at)) = &globals.maintenance
            && self.context.files.matching(&glob::Pattern::escape(&folder.to_string_lossy())).is_empty()
        {
            let message = "there is no such folder: nothing is in maintenance until there is";
            remarks.warning(at.span(), message).strict();
        }
        for service in &document.services {
            Builder { reading: self, remarks: &mut remarks, globals, service }.add();
        }
        for name in &globals.executes {
            self.part(*name, source, &mut remarks);
        }
    }

    /// What the file says of the director's own life.
    fn upkeep(&mut self, globals: &Globals<'_>, remarks: &mut Remarks<'_>) {
        let interval = globals.common.interval.as_ref().map_or(CHECK_INTERVAL, |(seconds, _)| *seconds);
        // The parent of forked checks looks every second.
        let interval = if globals.forks { 1 } else { interval };
        let upkeep = &mut self.intent.upkeep;
        upkeep.autoreload = Some(Duration::from_secs(interval.into()));
        upkeep.watch_only = !globals.reloads.is_some_and(|(reloads, _)| reloads);
        upkeep.callback = globals.callback.as_ref().and_then(|(program, at)| {
            if program.to_string_lossy().contains(char::is_whitespace) {
                let message =
                    "not run, as with ldirectord: this must be the path of a program, without arguments";
                remarks.warning(at.span(), message).help("put the arguments into a script of your own");
                return None;
            }
            Some(Script::new(ScriptLine::Words(vec![program.to_string_lossy().into_owned()])))
        });
        let log = globals.log.as_ref().map(|(log, _)| log.clone());
        upkeep.logs = if globals.is_supervised { None } else { Some(log.unwrap_or_else(default_log)) };
    }

    /// A part is read anew, logged and called back for as its whole is.
    fn upkeep_of_a_part(&self, globals: &Globals<'_>, remarks: &mut Remarks<'_>) {
        let upkeep = &self.intent.upkeep;
        let message = "the director is one: what the file says that names this one counts";
        if let Some((reloads, at)) = &globals.reloads
            && *reloads == upkeep.watch_only
        {
            remarks.warning(at.span(), message);
        }
        if let Some((log, at)) = &globals.log
            && upkeep.logs.as_ref() != Some(log)
        {
            remarks.warning(at.span(), message);
        }
        if let Some((_, at)) = &globals.callback {
            remarks.warning(at.span(), message);
        }
    }

    /// Reads a file that `execute` names: ldirectord runs another of its kind for it.
    fn part(&mut self, name: Word<'_>, source: &Source, remarks: &mut Remarks<'_>) {
        if self.files.len() >= MAX_FILES {
            let message = format!("not read: more than {MAX_FILES} files");
            remarks.error(name.span(), message);
            return;
        }
        let beside = Path::new(source.name()).parent().map(|folder| folder.join(name.text));
        let paths = FOLDERS.iter().map(|folder| PathBuf::from(format!("{folder}/{}", name.text)));
        for path in paths.chain([PathBuf::from(name.text)]).chain(beside) {
            match self.context.files.load(&path) {
                Ok(part) => {
                    if self.files.insert(part.name().to_owned()) {
                        self.file(&part, remarks.out, false);
                    } else {
                        remarks.warning(name.span(), format!("{} is read already", part.name()));
                    }
                    return;
                }
                Err(SourceError::Io { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    remarks.error(name.span(), error.to_string());
                    return;
                }
            }
        }
        let message = format!("there is no file `{name}`: nothing of it runs, as with ldirectord");
        remarks
            .warning(name.span(), message)
            .help("it is looked for in /etc/ha.d, /etc/ha.d/conf, here, and beside this file");
    }
}

/// ldirectord's own.
fn default_log() -> LogTo {
    LogTo::File(LOG.into())
}
