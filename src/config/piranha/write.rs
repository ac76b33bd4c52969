//! An intent as lvs.cf.

mod compare;
mod pair;
mod shape;

use super::Piranha;
use crate::config::diagnostic::Diagnostics;
use crate::config::dialect::{Context, Dialect, Written};
use crate::config::names::Names;
use crate::config::source::Source;
use crate::control::command::Intent;
use crate::lvs::{
    Endpoint, Farm, FarmServer, ForwardingMethod, Protocol, Pulse, RealServerSpec, Script, ScriptLine,
    ServiceKey, ServiceSpec, SyncSetup, SyncSides, Thresholds, Tunnel, VirtualAddress, WhenDown,
};
use compare::differences;
use shape::{Shape, shapes};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt::Write as _;
use std::net::IpAddr;

/// Writes an intent as Piranha's lvs.cf.
pub fn write(intent: &Intent) -> Written {
    let mut writer = Writer::default();
    writer.globals(intent);
    let mut watched = BTreeSet::new();
    for farm in &intent.farms {
        for key in &farm.services {
            watched.insert(*key);
            if let Some((spec, servers)) = intent.services.get(key) {
                writer.service(spec, servers, Some(farm));
            }
        }
    }
    for (key, (spec, servers)) in &intent.services {
        if !watched.contains(key) {
            let name = name_of(*key);
            writer
                .unsaid
                .push(format!("{name}: that nothing checks its real servers: nanny connects to each"));
            writer.service(spec, servers, None);
        }
    }
    writer.compare(intent);
    Written { text: writer.text, unsaid: writer.unsaid }
}

#[derive(Default)]
struct Writer {
    text: String,
    unsaid: Vec<String>,
    network: Option<ForwardingMethod>,
    /// Interfaces are numbered by the VIPs that are on them.
    vips: HashMap<IpAddr, usize>,
    /// VIPs of the pair, which have a place of their own.
    placed: HashMap<IpAddr, VirtualAddress>,
    /// Those that no service by address has: services by mark have them.
    of_marks: VecDeque<VirtualAddress>,
}

impl Writer {
    fn line(&mut self, indent: usize, key: &str, value: impl std::fmt::Display) {
        // Writing to a String does not fail.
        let _ = writeln!(self.text, "{:indent$}{key} = {value}", "");
    }

    fn unsaid(&mut self, line: impl Into<String>) {
        self.unsaid.push(line.into());
    }

    fn globals(&mut self, intent: &Intent) {
        self.line(0, "serial_no", 1);
        self.line(0, "service", "lvs");
        let pulse = intent.vrrp.pulse.as_ref();
        match pulse {
            Some(pulse) => self.pair(pulse, intent),
            None => self.line(0, "backup_active", 0),
        }
        let methods: Vec<ForwardingMethod> = intent
            .services
            .values()
            .flat_map(|(_, servers)| servers.iter().map(|server| server.method))
            .collect();
        let sorry = intent.farms.iter().filter_map(|farm| farm.sorry.map(|sorry| sorry.server.method));
        self.network = methods.into_iter().chain(sorry).find(|method| word_of(*method).is_some());
        self.line(0, "network", self.network.and_then(word_of).unwrap_or("nat"));
        if let Some(timeouts) = intent.timeouts {
            self.line(0, "tcp_timeout", timeouts.tcp);
            self.line(0, "tcpfin_timeout", timeouts.tcp_fin);
            self.line(0, "udp_timeout", timeouts.udp);
        }
        for (key, script) in
            [("active_cmd", &intent.upkeep.startup), ("inactive_cmd", &intent.upkeep.shutdown)]
        {
            let of_pair = pulse.and_then(|pulse| match key {
                "active_cmd" => pulse.active_cmd.as_ref(),
                _ => pulse.inactive_cmd.as_ref(),
            });
            let Some(script) = of_pair.or(script.as_ref()) else { continue };
            match command(script) {
                Some(command) => self.line(0, key, command),
                None => self.unsaid(format!(
                    "the script of `{key}`: it has a user, a time limit, or words with blanks"
                )),
            }
        }
        if !intent.services.is_empty() && pulse.is_none() {
            self.unsaid("primary: write an address of the director's host, or pulse takes it for the backup");
            self.unsaid("the interfaces of VIPs: eth0:1, eth0:2, … stand in their places");
        }
        if intent.marks.as_ref().is_some_and(|marks| !marks.is_empty()) {
            self.unsaid("the mark rules: Piranha leaves them to iptables");
        }
        for name in intent.tunables.keys() {
            self.unsaid(format!("the tunable {name}"));
        }
        match &intent.sync {
            None => {}
            Some(SyncSetup {
                sides: SyncSides::Follows(name),
                interface,
                sync_id,
                max_len: None,
                group: None,
                port: None,
                ttl: None,
            }) if name == Pulse::NAME => {
                self.line(0, "syncdaemon", 1);
                self.line(0, "syncd_iface", interface);
                self.line(0, "syncd_id", sync_id);
            }
            Some(_) => {
                self.unsaid("synchronisation of connections: pulse knows its interface and its number")
            }
        }
        for one in &intent.vrrp.instances {
            self.unsaid(format!("the virtual router {}: pulse has a heartbeat of its own", one.name));
        }
        let upkeep = &intent.upkeep;
        if upkeep.autoreload.is_some() || upkeep.watch_only || upkeep.callback.is_some() {
            self.unsaid("that changed files are read anew: send pulse a HUP");
        }
        if !upkeep.fifos.is_empty() || upkeep.logs.is_some() {
            self.unsaid("where changes are told: Piranha writes to syslog");
        }
    }

    fn service(&mut self, spec: &ServiceSpec, servers: &[RealServerSpec], farm: Option<&Farm>) {
        let name = farm.map_or_else(|| name_of(spec.key), |farm| farm.name.clone());
        let is_ipv4 = spec.key.family() == crate::lvs::Family::V4;
        let is_sctp = matches!(spec.key, ServiceKey::Tuple { protocol: Protocol::Sctp, .. });
        if !is_ipv4 || is_sctp {
            let what = if is_ipv4 { "SCTP" } else { "IPv6" };
            return self.unsaid(format!("{name}: Piranha has no {what}"));
        }
        if farm.is_none() {
            self.unsaid(format!("{name}: that nothing checks its real servers: nanny connects to each"));
        }
        let watched: HashMap<Endpoint, &FarmServer> =
            farm.iter().flat_map(|farm| &farm.servers).map(|server| (server.endpoint, server)).collect();
        let mut entries = Vec::new();
        for server in servers {
            if Some(server.method) != self.network || !server.endpoint.addr.is_ipv4() {
                self.unsaid(format!(
                    "{name}: the real server {}: one method is for all, and IPv4",
                    server.endpoint
                ));
                continue;
            }
            if server.thresholds != Thresholds::default() || server.tunnel != Tunnel::Ipip {
                self.unsaid(format!("{name}: thresholds, or the encapsulation, of {}", server.endpoint));
            }
            entries.push((*server, watched.get(&server.endpoint).copied()));
        }
        if spec.scheduler_flags != crate::lvs::SchedulerFlags::default()
            || spec.one_packet
            || spec.engine.is_some()
        {
            self.unsaid(format!(
                "{name}: flags of the scheduler, one-packet scheduling, or a persistence engine"
            ));
        }
        let shapes = shapes(spec.key, &entries);
        for (number, shape) in shapes.iter().enumerate() {
            let name = if number == 0 { name.clone() } else { format!("{name}-part{}", number + 1) };
            self.virtual_server(&name, spec, farm, shape);
        }
    }

    fn virtual_server(&mut self, name: &str, spec: &ServiceSpec, farm: Option<&Farm>, shape: &Shape<'_>) {
        let sorry = farm.and_then(|farm| farm.sorry);
        let port = match spec.key {
            ServiceKey::Tuple { virt, .. } => virt.port,
            ServiceKey::Fwmark { .. } => sorry
                .map(|sorry| sorry.server.endpoint.port)
                .filter(|port| *port != 0)
                .or_else(|| shape.servers.first().map(|(_, _, rport)| *rport))
                .unwrap_or(80),
        };
        let _ = writeln!(self.text, "virtual {} {{", bare(name));
        self.line(5, "active", 1);
        match spec.key {
            ServiceKey::Tuple { virt, .. } => match self.placed.get(&virt.addr).cloned() {
                Some(vip) => self.placed(5, "address", "vip_nmask", &vip),
                None => {
                    let next = self.vips.len() + 1;
                    let number = *self.vips.entry(virt.addr).or_insert(next);
                    self.line(5, "address", format_args!("{} eth0:{number}", virt.addr));
                }
            },
            ServiceKey::Fwmark { mark, .. } => {
                self.line(5, "fwmark", mark);
                match self.of_marks.pop_front() {
                    Some(vip) => self.placed(5, "address", "vip_nmask", &vip),
                    None => self.unsaid(format!("{name}: the VIP of mark {mark}")),
                }
            }
        }
        self.line(5, "port", port);
        if let Some(persistence) = spec.persistence {
            self.line(5, "persistent", persistence.timeout_seconds);
            if !persistence.mask.is_whole() {
                self.line(5, "pmask", persistence.mask);
            }
        }
        for (key, value) in shape.lines(port) {
            self.line(5, key, value);
        }
        self.line(5, "scheduler", &spec.scheduler);
        let is_udp = match spec.key {
            ServiceKey::Tuple { protocol, .. } => protocol == Protocol::Udp,
            ServiceKey::Fwmark { .. } => shape.is_udp(),
        };
        self.line(5, "protocol", if is_udp { "udp" } else { "tcp" });
        let quiesces = shape
            .servers
            .iter()
            .any(|(_, server, _)| server.is_some_and(|server| server.when_down == WhenDown::Quiesce));
        self.line(5, "quiesce_server", u8::from(quiesces));
        if let Some(sorry) = sorry.filter(|sorry| sorry.server.endpoint.addr.is_ipv4()) {
            self.line(5, "sorry_server", sorry.server.endpoint.addr);
        }
        for (server, watched, rport) in &shape.servers {
            let own = server.endpoint.addr.to_string();
            let name = watched.and_then(|watched| watched.name.as_deref()).unwrap_or(&own);
            let _ = writeln!(self.text, "     server {} {{", bare(name));
            self.line(9, "address", server.endpoint.addr);
            self.line(9, "active", 1);
            self.line(9, "port", rport);
            self.line(9, "weight", server.weight);
            self.text.push_str("     }\n");
        }
        self.text.push_str("}\n");
    }

    /// Reads what was written, and tells of each farm that is not the same.
    fn compare(&mut self, intent: &Intent) {
        let names = Names::default();
        let source = Source::from_text("lvs.cf", self.text.as_str());
        let back = Piranha.read(&source, &Context::of_names(&names), &mut Diagnostics::default());
        if let Some(pulse) =
            intent.vrrp.pulse.as_ref().filter(|pulse| back.vrrp.pulse.as_ref() != Some(*pulse))
        {
            self.unsaid(format!("{}: addresses without a service, or scripts, of it", pulse.describe()));
        }
        let read: HashMap<&[ServiceKey], &Farm> =
            back.farms.iter().map(|farm| (farm.services.as_slice(), farm)).collect();
        for farm in &intent.farms {
            for key in &farm.services {
                let again = read.get([*key].as_slice());
                let Some(again) = again else { continue };
                let lost = differences(farm, again);
                if !lost.is_empty() {
                    self.unsaid(format!("{}: {}", farm.name, lost.join(", ")));
                }
            }
        }
    }
}

/// `network`'s word.
const fn word_of(method: ForwardingMethod) -> Option<&'static str> {
    match method {
        ForwardingMethod::Nat => Some("nat"),
        ForwardingMethod::DirectRoute => Some("direct"),
        ForwardingMethod::Tunnel => Some("tunnel"),
        ForwardingMethod::Local | ForwardingMethod::Bypass => None,
    }
}

fn name_of(key: ServiceKey) -> String {
    match key {
        ServiceKey::Tuple { protocol, virt } => format!("{}:{virt}", protocol.listing().to_lowercase()),
        ServiceKey::Fwmark { mark, .. } => format!("mark{mark}"),
    }
}

/// A name as a word of its own.
fn bare(name: &str) -> String {
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || ['"', '\'', '#', '{', '}'].contains(&c);
    let name: String = name.chars().map(|c| if is_bad(c) { '_' } else { c }).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

/// A script as one quoted word.
fn command(script: &Script) -> Option<String> {
    let ScriptLine::Words(words) = &script.line else { return None };
    let is_plain = script.user.is_none() && script.group.is_none() && script.timeout.is_none();
    let is_word = |word: &String| !word.is_empty() && !word.contains([' ', '\t']);
    if !is_plain || !words.iter().all(is_word) {
        return None;
    }
    super::check::quoted(&words.join(" "))
}
