//! keepalived.conf of an intent.

mod check;
mod farm;
mod text;
mod vrrp;

use super::Keepalived;
use crate::config::dialect::Written;
use crate::config::proof::prove;
use crate::control::command::Intent;
use crate::lvs::{Farm, Mail, MailTopic, Script, SyncSetup, SyncSides, Vrrp};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use text::{Out, quoted, script, seconds};

/// What keepalived.conf can say of an intent, and what it cannot.
pub fn write(intent: &Intent) -> Written {
    let mut writer = Writer { out: Out::default(), unsaid: Vec::new(), track_files: BTreeMap::new() };
    writer.out.line("! Configuration File for keepalived");
    let mail = intent.farms.iter().find_map(|farm| farm.mail.as_ref());
    writer.global(intent, mail);
    writer.track_files(&intent.farms);
    for farm in &intent.farms {
        writer.farm(intent, farm, mail);
    }
    writer.vrrp(&intent.vrrp);
    if let Some(pulse) = &intent.vrrp.pulse {
        writer.unsaid(pulse.describe());
    }
    let watched: BTreeSet<_> = intent.farms.iter().flat_map(|farm| &farm.services).collect();
    for (key, (spec, servers)) in intent.services.iter().filter(|(key, _)| !watched.contains(key)) {
        writer.plain(key, spec, servers);
    }
    let mut written = Written { text: writer.out.text, unsaid: writer.unsaid };
    prove(&Keepalived, intent, &mut written);
    written
}

/// Writes.
struct Writer {
    out: Out,
    unsaid: Vec<String>,
    /// Names that were given to files with numbers.
    track_files: BTreeMap<PathBuf, String>,
}

impl Writer {
    fn unsaid(&mut self, line: impl Into<String>) {
        let line = line.into();
        if !self.unsaid.contains(&line) {
            self.unsaid.push(line);
        }
    }

    fn global(&mut self, intent: &Intent, mail: Option<&Mail>) {
        let start = self.out.text.len();
        self.out.open("global_defs");
        let inside = self.out.text.len();
        if let Some(mail) = mail {
            self.mail(mail);
        }
        if let Some(timeouts) = intent.timeouts {
            let (tcp, fin, udp) = (timeouts.tcp, timeouts.tcp_fin, timeouts.udp);
            self.out.line(&format!("lvs_timeouts tcp {tcp} tcpfin {fin} udp {udp}"));
        }
        match &intent.sync {
            Some(setup) if setup.follows_pair(&intent.vrrp) => {
                self.unsaid("sync daemons that follow pulse's pair");
            }
            Some(setup) => self.sync(setup),
            None => {}
        }
        let upkeep = &intent.upkeep;
        self.script_with_time("startup_script", upkeep.startup.as_ref());
        self.script_with_time("shutdown_script", upkeep.shutdown.as_ref());
        self.fifos(&upkeep.fifos, &intent.vrrp);
        self.vrrp_global(&intent.vrrp);
        if self.out.text.len() == inside {
            self.out.text.truncate(start);
            self.out.depth = 0;
        } else {
            self.out.close();
        }
        if upkeep.autoreload.is_some() || upkeep.watch_only {
            self.unsaid("that the file is read anew when it changes");
        }
        if upkeep.callback.is_some() {
            self.unsaid("a script that runs when a changed file was read");
        }
        if upkeep.logs.is_some() {
            self.unsaid("where changes are logged");
        }
        for name in intent.tunables.keys() {
            self.unsaid(format!("the tunable {name}"));
        }
        if intent.marks.as_ref().is_some_and(|marks| !marks.is_empty()) {
            self.unsaid("mark rules; keepalived leaves them to iptables");
        }
    }

    fn sync(&mut self, setup: &SyncSetup) {
        let SyncSetup { sides, interface, sync_id, max_len, group, port, ttl } = setup;
        let instance = match sides {
            SyncSides::Both => String::new(),
            SyncSides::Follows(name) => format!(" inst {}", quoted(name)),
            SyncSides::Only(_) => return self.unsaid("one sync daemon alone, whoever is master"),
        };
        let said = |key: &str, value: Option<String>| {
            value.map(|value| format!(" {key} {value}")).unwrap_or_default()
        };
        self.out.line(&format!(
            "lvs_sync_daemon {}{instance} id {sync_id}{}{}{}{}",
            quoted(interface),
            said("maxlen", max_len.map(|len| len.to_string())),
            said("port", port.map(|port| port.to_string())),
            said("ttl", ttl.map(|ttl| ttl.to_string())),
            said("group", group.map(|group| group.to_string())),
        ));
    }

    /// One pipe may be for each kind of changes, and one for all.
    fn fifos(&mut self, farms: &[PathBuf], vrrp: &Vrrp) {
        let (mut farms, mut routers) = (farms.iter(), vrrp.fifos.iter());
        let is_common = farms.as_slice().first() == routers.as_slice().first() || vrrp.instances.is_empty();
        if is_common && farms.len().max(routers.len()) > 1 {
            routers.next();
            let common = farms.next();
            self.out.path("notify_fifo", common);
        }
        self.out.path("lvs_notify_fifo", farms.next());
        self.out.path("vrrp_notify_fifo", routers.next());
        for fifo in farms.chain(routers) {
            self.unsaid(format!("one more pipe for changes: {}", fifo.display()));
        }
    }

    fn mail(&mut self, mail: &Mail) {
        self.out.open("notification_email");
        for to in &mail.to {
            self.out.line(&quoted(to));
        }
        self.out.close();
        if !mail.from.is_empty() {
            self.out.line(&format!("notification_email_from {}", quoted(&mail.from)));
        }
        self.out.line(&format!("smtp_server {} {}", quoted(&mail.server.0), mail.server.1));
        if !mail.helo.is_empty() {
            self.out.line(&format!("smtp_helo_name {}", quoted(&mail.helo)));
        }
        self.out.line(&format!("smtp_connect_timeout {}", mail.timeout.as_secs().max(1)));
        let router = mail.subject.strip_prefix('[').and_then(|subject| subject.strip_suffix(']'));
        match router {
            Some(router) => self.out.line(&format!("router_id {}", quoted(router))),
            None if mail.subject.is_empty() => {}
            None => self.unsaid(format!("the subject of mail: {}", mail.subject)),
        }
        if mail.reminder.is_some() {
            self.unsaid("mail that reminds while a real server is down");
        }
        let phases = [MailTopic::Starting, MailTopic::Running, MailTopic::Stopping, MailTopic::Reloading];
        if !phases.iter().all(|phase| mail.about.contains(phase)) {
            self.unsaid("that mail is sent in some phases alone (starting, running, stopping, reloading)");
        }
    }

    fn script_with_time(&mut self, keyword: &str, what: Option<&Script>) {
        let Some(what) = what else { return };
        self.script(keyword, Some(&Script { timeout: None, ..what.clone() }), keyword);
        if let Some(time) = what.timeout {
            self.out.line(&format!("{keyword}_timeout {}", time.as_secs().clamp(1, 1000)));
        }
    }

    /// A script; `whose` it is for what cannot be said.
    fn script(&mut self, keyword: &str, what: Option<&Script>, whose: &str) {
        let Some(what) = what else { return };
        self.out.line(&format!("{keyword} {}", script(what)));
        if what.timeout.is_some() {
            self.unsaid(format!("{whose}: the time limit of {keyword}"));
        }
        if what.user.is_none() && what.group.is_some() {
            self.unsaid(format!("{whose}: the group of {keyword}, which has no user"));
        }
    }

    /// Defines the files with numbers that checks name.
    fn track_files(&mut self, farms: &[Farm]) {
        let checks = farms.iter().flat_map(|farm| &farm.servers).flat_map(|server| &server.checks);
        for check in checks {
            let crate::lvs::Probe::File { path, .. } = &check.probe else { continue };
            if self.track_files.contains_key(path) {
                continue;
            }
            let name = format!("file_{}", self.track_files.len() + 1);
            self.out.open(&format!("track_file {name}"));
            self.out.line(&format!("file {}", quoted(&path.display().to_string())));
            self.out.close();
            self.track_files.insert(path.clone(), name);
        }
    }

    fn timer(&mut self, keyword: &str, time: std::time::Duration) {
        self.out.line(&format!("{keyword} {}", seconds(time)));
    }
}
