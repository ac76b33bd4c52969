//! The other way: an intent in ldirectord's language.

mod check;
mod service;

use super::{LOG, Ldirectord};
use crate::config::diagnostic::Diagnostics;
use crate::config::dialect::{Context, Dialect, Written};
use crate::config::names::Names;
use crate::config::source::Source;
use crate::control::command::Intent;
use crate::lvs::{Farm, LogTo, ScriptLine, ServiceKey};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Lines of a service: key and value.
type Lines = Vec<(&'static str, String)>;

/// Keys that may stand for all services when they are the same for all of them. Those of one row go together: the two
/// timeouts are each other's defaults.
const SHARED: [&[&str]; 8] = [
    &["checktimeout", "negotiatetimeout"],
    &["failurecount"],
    &["quiescent"],
    &["cleanstop"],
    &["emailalert"],
    &["emailalertfreq"],
    &["emailalertstatus"],
    &["smtp"],
];

/// Writes all of an intent that ldirectord's language can say. What was written is read again: a service that does not
/// come out the same is listed among what is unsaid.
pub fn write(intent: &Intent) -> Written {
    let mut writer =
        Writer { intent, unsaid: Vec::new(), told: BTreeSet::new(), forks: false, interval: Duration::ZERO };
    let text = writer.text();
    writer.compare(&text);
    Written { text, unsaid: writer.unsaid }
}

/// What is written so far.
struct Writer<'i> {
    intent: &'i Intent,
    unsaid: Vec<String>,
    told: BTreeSet<String>,
    forks: bool,
    /// That of all, where a service says nothing else.
    interval: Duration,
}

impl Writer<'_> {
    fn unsaid(&mut self, what: impl Into<String>) {
        let what = what.into();
        if self.told.insert(what.clone()) {
            self.unsaid.push(what);
        }
    }

    fn text(&mut self) -> String {
        self.choose_interval();
        let mut services: Vec<(String, Lines, Lines)> = Vec::new();
        let mut farmed = BTreeSet::new();
        for farm in &self.intent.farms {
            for key in &farm.services {
                if farmed.insert(*key) {
                    services.extend(self.service(*key, Some(farm)));
                }
            }
        }
        for key in self.intent.services.keys().filter(|key| !farmed.contains(*key)) {
            services.extend(self.service(*key, None));
        }
        let mut text = self.globals();
        for keys in SHARED {
            let of = |lines: &Lines| -> Lines {
                lines.iter().filter(|(key, _)| keys.contains(key)).cloned().collect()
            };
            let first = services.first().map(|(_, lines, _)| of(lines)).unwrap_or_default();
            if services.len() > 1 && services.iter().all(|(_, lines, _)| of(lines) == first) {
                write_lines(&mut text, "", &first);
                services.iter_mut().for_each(|(_, lines, _)| lines.retain(|(key, _)| !keys.contains(key)));
            }
        }
        for (head, lines, reals) in services {
            let _ = writeln!(text, "\n{head}");
            write_lines(&mut text, "\t", &reals);
            write_lines(&mut text, "\t", &lines);
        }
        text.push_str("# end\n");
        text
    }

    /// One interval for all checks needs no more; several need `fork`, with which the file is looked at every second.
    fn choose_interval(&mut self) {
        let mut counts = BTreeMap::new();
        for check in self.intent.farms.iter().flat_map(|farm| &farm.servers).flat_map(|server| &server.checks)
        {
            *counts.entry(check.timing.interval).or_insert(0_usize) += 1;
        }
        let most = counts.iter().max_by_key(|(_, count)| **count).map(|(interval, _)| *interval);
        let reload = self.intent.upkeep.autoreload;
        self.interval = most.or(reload).unwrap_or(Duration::from_secs(super::CHECK_INTERVAL.into()));
        self.forks = counts.len() > 1
            || self.interval != Duration::from_secs(1) && reload == Some(Duration::from_secs(1));
        let looks = if self.forks { Duration::from_secs(1) } else { self.interval };
        if let Some(reload) = reload
            && reload != looks
        {
            self.unsaid(format!("the files are looked at every {looks:?}, not every {reload:?}"));
        }
    }

    fn globals(&mut self) -> String {
        let mut lines: Lines = vec![("checkinterval", self.seconds("checks", self.interval))];
        if self.forks {
            lines.push(("fork", "yes".to_owned()));
        }
        let upkeep = &self.intent.upkeep;
        let reloads = upkeep.autoreload.is_some() && !upkeep.watch_only;
        lines.push(("autoreload", if reloads { "yes" } else { "no" }.to_owned()));
        match &upkeep.logs {
            Some(LogTo::File(path)) if path == Path::new(LOG) => {}
            Some(LogTo::File(path)) => lines.push(("logfile", format!("\"{}\"", path.display()))),
            Some(LogTo::Syslog(facility)) => lines.push(("logfile", format!("\"{facility}\""))),
            None => lines.push(("supervised", "yes".to_owned())),
        }
        match upkeep.callback.as_ref().map(|script| &script.line) {
            Some(ScriptLine::Words(words)) if words.len() == 1 => {
                lines.push(("callback", format!("\"{}\"", words.concat())));
            }
            Some(_) => self.unsaid("callback: only the path of a program can be said"),
            None => {}
        }
        for (is_said, what) in [
            (upkeep.startup.is_some(), "a program that runs before all else"),
            (upkeep.shutdown.is_some(), "a program that runs after all else"),
            (!upkeep.fifos.is_empty(), "pipes that changes are written to"),
            (self.intent.timeouts.is_some(), "timeouts of connections"),
            (self.intent.marks.as_ref().is_some_and(|marks| !marks.is_empty()), "mark rules"),
            (!self.intent.tunables.is_empty(), "tunables"),
            (!self.intent.vrrp.instances.is_empty(), "virtual routers"),
            (self.intent.sync.is_some(), "synchronisation of connections"),
            (self.intent.vrrp.pulse.is_some(), "pulse's pair"),
        ] {
            if is_said {
                self.unsaid(what);
            }
        }
        lines.extend(self.of_all("readdquiescent", |farm| farm.readds.then(|| "yes".to_owned())));
        lines.extend(self.of_all("maintenancedir", |farm| {
            farm.maintenance.as_ref().map(|folder| folder.display().to_string())
        }));
        lines.extend(self.mail_from());
        let mut text = String::new();
        write_lines(&mut text, "", &lines);
        text
    }

    /// What only all services together can have.
    fn of_all(
        &mut self,
        key: &'static str,
        of: impl Fn(&Farm) -> Option<String>,
    ) -> Option<(&'static str, String)> {
        let values: BTreeSet<_> = self.intent.farms.iter().map(of).collect();
        let chosen = values.iter().flatten().next().cloned()?;
        if values.len() > 1 {
            self.unsaid(format!("{key} differs between services: one value counts for all"));
        }
        Some((key, chosen))
    }

    fn mail_from(&mut self) -> Option<(&'static str, String)> {
        let mails = self.intent.farms.iter().filter_map(|farm| farm.mail.as_ref());
        let values: BTreeSet<_> = mails.map(|mail| mail.from.clone()).collect();
        let chosen = values.iter().find(|from| !from.is_empty()).cloned()?;
        if values.len() > 1 {
            self.unsaid("emailalertfrom differs between services: one value counts for all");
        }
        Some(("emailalertfrom", chosen))
    }

    /// Whole seconds, at least one.
    fn seconds(&mut self, what: &str, time: Duration) -> String {
        let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
        if time.subsec_nanos() > 0 {
            self.unsaid(format!("{what}: {time:?} is not a whole number of seconds"));
        }
        seconds.max(1).to_string()
    }

    /// Reads what was written: what is not the same, and not told yet, is told.
    fn compare(&mut self, text: &str) {
        let names = Names::default();
        let mut out = Diagnostics::default();
        let read = Ldirectord.read(&Source::from_text("", text), &Context::of_names(&names), &mut out);
        let told: BTreeSet<String> = self
            .unsaid
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(head, _)| head.to_owned())
            .collect();
        let (farms, farms_read) = (by_service(self.intent), by_service(&read));
        for (key, (spec, servers)) in &self.intent.services {
            let name = service::head(*key);
            let is_same =
                read.services.get(key).is_some_and(|(other, others)| other == spec && others == servers)
                    && farms.get(key) == farms_read.get(key);
            if !is_same && !told.contains(&name) {
                self.unsaid(format!("{name}: read back it is not wholly the same"));
            }
        }
    }
}

/// The farm of each service.
fn by_service(intent: &Intent) -> BTreeMap<ServiceKey, &Farm> {
    let farms = intent.farms.iter().rev();
    farms.flat_map(|farm| farm.services.iter().map(move |key| (*key, farm))).collect()
}

fn write_lines(text: &mut String, before: &str, lines: &Lines) {
    for (key, value) in lines {
        let _ = writeln!(text, "{before}{key}={value}");
    }
}
