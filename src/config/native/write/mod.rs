//! The way back: an intent as ulvs.toml. What is common to many is said once.

mod check;
mod farm;
mod service;
mod share;
mod value;
mod vrrp;

use super::Native;
use super::duration;
use super::service::service_address;
use crate::config::dialect::Written;
use crate::config::proof::prove;
use crate::control::command::Intent;
use crate::lvs::{LogTo, MarkRule, Script, ScriptLine, SyncRole, SyncSetup, SyncSides, Upkeep};
use service::{Block, blocks};
use std::path::PathBuf;
use value::{Pairs, Val};

/// The intent as ulvs.toml: reading it gives the same intent. What it would refuse, or read
/// otherwise, of an intent that came from elsewhere is said.
pub fn write(intent: &Intent) -> Written {
    let mut unsaid = Vec::new();
    let mut blocks = blocks(intent, &mut unsaid);
    let named_checks = share::name_checks(&mut blocks);
    let named_mails = share::name_mails(&mut blocks);
    let defaults = share::defaults(&mut blocks);
    let mut out = Out::default();
    out.text += "# Configuration of ulvs. What it does not say is as docs/configuration.md has it.\n";
    if intent.marks.is_none() {
        out.text += "\n# Mark rules stay as they are.\nkeep_marks = true\n";
    }
    out.numbers(intent);
    let mut upkeep = upkeep(&intent.upkeep);
    if !intent.vrrp.fifos.is_empty() {
        upkeep.push(("vrrp_fifos", paths(&intent.vrrp.fifos)));
    }
    if !upkeep.is_empty() {
        out.heading("The director's own life.");
        out.table("upkeep", &upkeep);
    }
    if !defaults.is_empty() {
        out.heading("What all services have in common.");
        out.table("defaults", &defaults);
    }
    out.named("Checks that several services use.", "check", &named_checks);
    out.named("Mail that several services send.", "mail", &named_mails);
    for block in &blocks {
        out.block(block);
    }
    out.vrrp(&intent.vrrp);
    let follows_pair = intent.sync.as_ref().is_some_and(|setup| setup.follows_pair(&intent.vrrp));
    if let Some(setup) = intent.sync.as_ref().filter(|_| !follows_pair) {
        out.heading("Connections are synchronised with other directors.");
        out.table("sync", &sync(setup));
    }
    unsaid.extend(intent.vrrp.pulse.as_ref().map(|pulse| pulse.describe()));
    unsaid.extend(follows_pair.then(|| "sync daemons that follow pulse's pair".to_owned()));
    for (place, rule) in intent.marks.iter().flatten().enumerate() {
        if place == 0 {
            out.heading("Firewall marks, in this order.");
        } else {
            out.text.push('\n');
        }
        out.array_table("mark", &mark(rule));
    }
    let mut written = Written { text: out.text, unsaid };
    prove(&Native, intent, &mut written);
    written
}

/// A program to run.
fn script(script: &Script) -> Val {
    let line = match &script.line {
        ScriptLine::Shell(line) => Val::text(line),
        ScriptLine::Words(words) => Val::List(words.iter().map(|word| Val::text(word)).collect()),
    };
    if *script == Script::new(script.line.clone()) {
        return line;
    }
    let mut pairs = Pairs::from([("run", line)]);
    let optional = [("user", &script.user), ("group", &script.group)];
    pairs.extend(optional.into_iter().filter_map(|(key, word)| Some((key, Val::text(word.as_ref()?)))));
    pairs.extend(script.timeout.map(|time| ("timeout", Val::time(time))));
    Val::Table(pairs)
}

fn upkeep(upkeep: &Upkeep) -> Pairs {
    let Upkeep { autoreload, watch_only, callback, startup, shutdown, fifos, logs } = upkeep;
    let mut pairs = Pairs::new();
    pairs.extend(autoreload.map(|time| ("autoreload", Val::time(time))));
    pairs.extend(watch_only.then(|| ("watch_only", Val::from(true))));
    let scripts = [("callback", callback), ("startup", startup), ("shutdown", shutdown)];
    pairs.extend(scripts.into_iter().filter_map(|(key, said)| Some((key, script(said.as_ref()?)))));
    if !fifos.is_empty() {
        pairs.push(("fifos", paths(fifos)));
    }
    let log = |key, text: &str| ("log", Val::Table(vec![(key, Val::text(text))]));
    match logs {
        Some(LogTo::File(path)) => pairs.push(log("file", &path.to_string_lossy())),
        Some(LogTo::Syslog(facility)) => pairs.push(log("syslog", facility)),
        None => {}
    }
    pairs
}

fn sync(setup: &SyncSetup) -> Pairs {
    let SyncSetup { sides, interface, sync_id, max_len, group, port, ttl } = setup;
    let mut pairs = Pairs::from([("interface", Val::text(interface))]);
    match sides {
        SyncSides::Both => {}
        SyncSides::Only(SyncRole::Master) => pairs.push(("daemons", Val::text("master"))),
        SyncSides::Only(SyncRole::Backup) => pairs.push(("daemons", Val::text("backup"))),
        SyncSides::Follows(name) => pairs.push(("follows", Val::text(name))),
    }
    if *sync_id != 0 {
        pairs.push(("id", Val::from(u32::from(*sync_id))));
    }
    pairs.extend(max_len.map(|len| ("max_len", Val::from(u32::from(len)))));
    pairs.extend(group.map(|group| ("group", Val::text(&group.to_string()))));
    pairs.extend(port.map(|port| ("port", Val::from(u32::from(port)))));
    pairs.extend(ttl.map(|ttl| ("ttl", Val::from(u32::from(ttl)))));
    pairs
}

fn paths(paths: &[PathBuf]) -> Val {
    Val::List(paths.iter().map(|path| Val::text(&path.to_string_lossy())).collect())
}

fn mark(rule: &MarkRule) -> Pairs {
    let MarkRule { destination, source, protocol, dports, sports, interface, set } = rule;
    let mut pairs = Pairs::from([("dst", Val::text(&destination.to_string()))]);
    pairs.extend(source.map(|source| ("src", Val::text(&source.to_string()))));
    pairs.extend(protocol.map(|protocol| ("proto", Val::text(protocol.name()))));
    let ports = [("dports", dports), ("sports", sports)].into_iter().filter(|(_, ports)| !ports.is_any());
    pairs.extend(ports.map(|(key, ports)| (key, Val::text(&ports.to_string()))));
    pairs.extend(interface.as_ref().map(|name| ("iif", Val::text(name))));
    pairs.push(if set.mask == u32::MAX {
        ("set_mark", Val::from(set.value))
    } else {
        ("set_xmark", Val::text(&format!("{:#x}/{:#x}", set.value, set.mask)))
    });
    pairs
}

/// The text as it grows.
#[derive(Default)]
struct Out {
    text: String,
}

/// Longest line that a table or an array of a single line may make.
const MAX_LINE: usize = 100;

impl Out {
    fn heading(&mut self, text: &str) {
        self.text += &format!("\n# {text}\n");
    }

    fn numbers(&mut self, intent: &Intent) {
        if let Some(timeouts) = intent.timeouts {
            self.heading("Seconds that connections live without packets.");
            let pairs = [("tcp", timeouts.tcp), ("tcp_fin", timeouts.tcp_fin), ("udp", timeouts.udp)];
            self.table("timeouts", &pairs.map(|(key, seconds)| (key, Val::from(seconds))));
        }
        if !intent.tunables.is_empty() {
            self.heading("Tunables, as `ulvs sysctl` has them.");
            self.text += "[sysctl]\n";
            for (name, value) in &intent.tunables {
                self.text += &format!("{} = {value}\n", value::key(name));
            }
        }
    }

    fn named(&mut self, heading: &str, kind: &str, tables: &[(String, Pairs)]) {
        for (place, (name, pairs)) in tables.iter().enumerate() {
            if place == 0 {
                self.heading(heading);
            } else {
                self.text.push('\n');
            }
            self.table(&format!("{kind}.{name}"), pairs);
        }
    }

    fn table(&mut self, path: &str, pairs: &[(&'static str, Val)]) {
        self.text += &format!("[{path}]\n");
        self.pairs(path, pairs);
    }

    fn array_table(&mut self, path: &str, pairs: &[(&'static str, Val)]) {
        self.text += &format!("[[{path}]]\n");
        self.pairs(path, pairs);
    }

    /// First what fits into lines, then tables of their own.
    fn pairs(&mut self, path: &str, pairs: &[(&'static str, Val)]) {
        let (lines, tables): (Vec<_>, Vec<_>) = pairs.iter().partition(|(key, val)| match val {
            Val::Table(_) => key.len() + 3 + val.inline().len() <= MAX_LINE,
            Val::List(list) if *key == "check" => {
                key.len() + 3 + val.inline().len() <= MAX_LINE
                    || list.iter().any(|entry| !matches!(entry, Val::Table(_)))
            }
            _ => true,
        });
        for (key, val) in lines {
            let inline = val.inline();
            match val {
                Val::List(list) if key.len() + 3 + inline.len() > MAX_LINE => {
                    self.text += &format!("{key} = [\n");
                    for entry in list {
                        self.text += &format!("  {},\n", entry.inline());
                    }
                    self.text += "]\n";
                }
                _ => self.text += &format!("{key} = {inline}\n"),
            }
        }
        for (key, val) in tables {
            self.text.push('\n');
            let below = format!("{path}.{key}");
            match val {
                Val::Table(pairs) => self.table(&below, pairs),
                Val::List(list) => {
                    for (place, entry) in list.iter().enumerate() {
                        if let Val::Table(pairs) = entry {
                            self.text += if place == 0 { "" } else { "\n" };
                            self.array_table(&below, pairs);
                        }
                    }
                }
                Val::Plain(_) => {}
            }
        }
    }

    fn block(&mut self, block: &Block) {
        self.text.push('\n');
        let rows: Vec<_> = block.servers.iter().map(|server| Val::Table(server.clone())).collect();
        // A line for each real server, if lines are long enough for them.
        let is_short = rows.iter().all(|row| row.inline().len() <= MAX_LINE);
        let mut pairs = block.pairs.clone();
        if is_short && !rows.is_empty() {
            pairs.push(("server", Val::Plain(rows_of(&rows))));
        }
        self.array_table("service", &pairs);
        if !is_short {
            for server in &block.servers {
                self.text.push('\n');
                self.array_table("service.server", server);
            }
        }
    }
}

/// An array with a line for each row.
fn rows_of(rows: &[Val]) -> String {
    let lines: String = rows.iter().map(|row| format!("  {},\n", row.inline())).collect();
    format!("[\n{lines}]")
}

#[cfg(test)]
mod tests;
