//! Virtual servers → services and farms.

use super::check::{ADJUST, check, load_check, timing};
use super::reader::Reader;
use super::shared::merged;
use super::virtual_server::{At, Server, Virtual};
use crate::control::command::Intent;
use crate::lvs::{
    Check, ClientMask, Endpoint, Family, Farm, FarmScripts, FarmServer, ForwardingMethod, Persistence, Probe,
    Quorum, RealServerSpec, SchedulerName, ServiceKey, ServiceSpec, SlowStart, Sorry, WhenDown, Words,
};
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

/// Longest persistence: 31 days in seconds.
const MAX_PERSISTENCE: i64 = 31 * 24 * 3600;

/// nanny begins with a thirty-second part of the weight.
pub(super) const SLOW_START: SlowStart = SlowStart { divisor: 32, step: ADJUST };

/// Puts services together.
pub(super) struct Builder<'t> {
    method: ForwardingMethod,
    rsh: &'t str,
    services: Vec<Service>,
    by_key: HashMap<ServiceKey, usize>,
    /// How many farms have a name.
    names: HashMap<String, usize>,
}

/// A service on the way.
pub(super) struct Service {
    pub spec: ServiceSpec,
    pub farm: Farm,
    pub entries: Vec<Entry>,
    /// The line of its first virtual server.
    pub line: usize,
    /// Where several virtual servers have this mark: what the first of them says of each real server.
    pub shared: Option<HashMap<IpAddr, (i32, WhenDown)>>,
}

/// A real server as IPVS has it, and what watches it.
pub(super) type Entry = (RealServerSpec, FarmServer);

impl<'t> Builder<'t> {
    pub fn new(method: ForwardingMethod, rsh: &'t str) -> Self {
        Self { method, rsh, services: Vec::new(), by_key: HashMap::new(), names: HashMap::new() }
    }

    /// Adds an active virtual server in which nothing is wrong.
    pub fn add(&mut self, reader: &mut Reader<'_, '_>, of: &Virtual<'_>) {
        if of.timeout.0 < 1 {
            let (at, message) =
                (of.timeout.1.clone(), "`timeout` must be at least 1 second: nanny dies of less");
            reader.error(at, message);
            return;
        }
        let spec = match self.spec(reader, of) {
            Ok(spec) => spec,
            Err((why, at)) => return left_out(reader, of, why, at),
        };
        let key = spec.key;
        reader.out.place(key, reader.source, of.start);
        let (line, _) = reader.source.position(of.start);
        let probe = reader.probe(of);
        let entries = self.entries(reader, of, key, &probe);
        let mut farm = self.farm(reader, of, key);
        match self.by_key.get(&key).and_then(|place| self.services.get_mut(*place)) {
            Some(first) => first.join(reader, of, &spec, &farm, entries),
            None => {
                self.by_key.insert(key, self.services.len());
                farm.name = self.unique(of.name);
                self.services.push(Service { spec, farm, entries, line, shared: None });
            }
        }
    }

    /// All services.
    pub fn finish(self, intent: &mut Intent) {
        for service in self.services {
            let Service { spec, mut farm, mut entries, shared, .. } = service;
            if shared.is_some() {
                entries = merged(entries, &mut farm);
            }
            let (specs, servers) = entries.into_iter().unzip();
            farm.servers = servers;
            intent.services.insert(spec.key, (spec, specs));
            intent.farms.push(farm);
        }
    }

    /// What IPVS is to have; otherwise why ipvsadm would refuse it.
    fn spec(&self, reader: &mut Reader<'_, '_>, of: &Virtual<'_>) -> Result<ServiceSpec, At<String>> {
        let key = match &of.fwmark {
            Some((mark, at)) => {
                let mark =
                    u32::try_from(*mark).map_err(|_| (format!("{mark} is no firewall mark"), at.clone()))?;
                ServiceKey::Fwmark { family: Family::V4, mark }
            }
            None => self.tuple(of)?,
        };
        let is_any_port = matches!(key, ServiceKey::Tuple { virt, .. } if virt.port == 0);
        if is_any_port && of.persistent.is_none() {
            return Err(("port 0 (all ports) needs `persistent`".to_owned(), of.port.1.clone()));
        }
        let mut persistence = None;
        if let Some((seconds, at)) = &of.persistent {
            let whole = ClientMask::whole(Family::V4);
            // Piranha passes these two on as no mask at all.
            let is_none = |mask: &Ipv4Addr| mask.is_unspecified() || mask.is_broadcast();
            let mask = of.pmask.as_ref().map(|(mask, _)| *mask).filter(|mask| !is_none(mask));
            let timeout_seconds = u32::try_from(*seconds)
                .ok()
                .filter(|_| *seconds <= MAX_PERSISTENCE)
                .ok_or_else(|| (format!("`persistent` is at most {MAX_PERSISTENCE} seconds"), at.clone()))?;
            persistence = Some(Persistence { timeout_seconds, mask: mask.map_or(whole, ClientMask::V4) });
        } else if let Some((_, at)) = &of.pmask {
            reader.note(at.clone(), "`pmask` does nothing without `persistent`");
        }
        let scheduler = SchedulerName::new(of.scheduler).unwrap_or_else(|_| SchedulerName::wlc());
        Ok(ServiceSpec { scheduler, persistence, ..ServiceSpec::new(key) })
    }

    fn tuple(&self, of: &Virtual<'_>) -> Result<ServiceKey, At<String>> {
        let Some((addr, at)) = &of.address else {
            return Err(("it has no address".to_owned(), of.name_at.clone()));
        };
        if addr.is_unspecified() || addr.is_multicast() || addr.is_loopback() {
            return Err((format!("{addr} cannot be a VIP"), at.clone()));
        }
        let virt = Endpoint::new(IpAddr::V4(*addr), port(&of.port)?);
        let key = ServiceKey::Tuple { protocol: of.protocol, virt };
        match self.by_key.get(&key).and_then(|place| self.services.get(*place)) {
            Some(first) => {
                let why = format!(
                    "`{}` of line {} has the same address, port and protocol",
                    first.farm.name, first.line
                );
                Err((why, at.clone()))
            }
            None => Ok(key),
        }
    }

    fn farm(&self, reader: &mut Reader<'_, '_>, of: &Virtual<'_>, key: ServiceKey) -> Farm {
        let sorry = of.sorry.clone().and_then(|(addr, at)| {
            if !can_serve(addr) {
                reader
                    .warning(at, format!("{addr} cannot be a real server: there is no sorry server"))
                    .strict();
                return None;
            }
            self.tell_local(reader, addr, at);
            // lvsd gives it the virtual port, also where the service has none.
            let endpoint = Endpoint::new(IpAddr::V4(addr), port(&of.port).unwrap_or(0));
            let server = RealServerSpec { method: self.method, ..RealServerSpec::new(endpoint) };
            Some(Sorry { server, replaces: false, quiesces: false })
        });
        Farm {
            name: String::new(),
            services: vec![key],
            servers: Vec::new(),
            sorry,
            quorum: Quorum::default(),
            scripts: FarmScripts::default(),
            mail: None,
            only_with_vip: false,
            readds: false,
            stays: false,
            words: Words::Piranha,
            maintenance: None,
            monitor: None,
            comment: None,
        }
    }

    fn entries(
        &self,
        reader: &mut Reader<'_, '_>,
        of: &Virtual<'_>,
        key: ServiceKey,
        probe: &Probe,
    ) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(of.servers.len());
        let mut endpoints = HashSet::new();
        for server in &of.servers {
            let entry = match self.entry(reader, of, key, probe, server) {
                Ok(entry) if endpoints.insert(entry.0.endpoint) => entry,
                Ok((spec, _)) => {
                    let message = format!(
                        "{} is a real server of `{}` already: it is left out",
                        spec.endpoint, of.name
                    );
                    reader.warning(server.name_at.clone(), message).strict();
                    continue;
                }
                Err((why, at)) => {
                    reader.warning(at, format!("the server `{}` is left out: {why}", server.name)).strict();
                    continue;
                }
            };
            entries.push(entry);
        }
        entries
    }

    fn entry(
        &self,
        reader: &mut Reader<'_, '_>,
        of: &Virtual<'_>,
        key: ServiceKey,
        probe: &Probe,
        server: &Server<'_>,
    ) -> Result<Entry, At<String>> {
        let Some((rip, at)) = &server.address else {
            return Err(("it has no address".to_owned(), server.name_at.clone()));
        };
        if !can_serve(*rip) {
            return Err((format!("{rip} cannot be a real server"), at.clone()));
        }
        self.tell_local(reader, *rip, at.clone());
        let rport = port(&server.port)?;
        let (weight, weight_at) = &server.weight;
        let weight = i32::try_from(*weight)
            .ok()
            .filter(|weight| *weight >= 0)
            .ok_or_else(|| (format!("{weight} is no weight"), weight_at.clone()))?;
        if weight == 0 {
            let message = "weight 0 means no new connections here; nanny gives such a server weight 1";
            reader.warning(weight_at.clone(), message).help("write `weight = 1` if it shall serve");
        }
        let listed_port = match key {
            ServiceKey::Tuple { virt, .. } if self.method != ForwardingMethod::Nat => virt.port,
            _ => rport,
        };
        if listed_port != rport && listed_port != 0 {
            let message = format!(
                "port {rport} is for the checks alone: only `network = nat` changes ports, packets go to {listed_port}"
            );
            reader.note(server.port.1.clone(), message);
        }
        let timing = timing(of.timeout.0, of.reentry.0);
        let mut checks = Vec::new();
        if rport == 0 && !matches!(probe, Probe::Script(_)) {
            let message =
                format!("the server `{}` has no port that could be checked: it counts as up", server.name);
            reader.warning(server.name_at.clone(), message).help("give it one: `port = 80`");
        } else {
            let port = Some(rport).filter(|port| *port != listed_port);
            checks.push(Check { port, ..check(probe.clone(), timing) });
        }
        if let Some((monitor, _)) = &of.load_monitor {
            let command = if *monitor == "uptime" { self.rsh } else { monitor };
            checks.push(load_check(command, *rip, timing));
        }
        let endpoint = Endpoint::new(IpAddr::V4(*rip), listed_port);
        let spec = RealServerSpec { method: self.method, weight, ..RealServerSpec::new(endpoint) };
        let farm_server = FarmServer {
            endpoint,
            name: Some(server.name.to_owned()),
            checks,
            when_down: if of.quiesces { WhenDown::Quiesce } else { WhenDown::Remove },
            slow_start: Some(SLOW_START),
            notify_up: None,
            notify_down: None,
            mails: false,
        };
        Ok((spec, farm_server))
    }

    /// Servers on the director's own host.
    fn tell_local(&self, reader: &mut Reader<'_, '_>, rip: Ipv4Addr, at: Range<usize>) {
        if !rip.is_loopback() {
            return;
        }
        if self.method == ForwardingMethod::Nat {
            let message = format!("NAT to {rip} leads nowhere: no host takes such packets from outside");
            reader.warning(at, message).help("write another address of the director's host");
        } else {
            let message = "a server on the director's host: the VIP must be on one of its interfaces";
            reader.note(at, message).help("`ip address add VIP/32 dev lo`");
        }
    }

    /// A name that no other farm has.
    fn unique(&mut self, name: &str) -> String {
        let mut unique = name.to_owned();
        loop {
            let seen = self.names.entry(unique.clone()).or_insert(0);
            *seen += 1;
            if *seen == 1 {
                return unique;
            }
            unique = format!("{name}-{seen}");
        }
    }
}

/// A port that is one.
fn port((port, at): &At<i64>) -> Result<u16, At<String>> {
    u16::try_from(*port).map_err(|_| (format!("{port} is no port"), at.clone()))
}

fn can_serve(addr: Ipv4Addr) -> bool {
    !addr.is_unspecified() && !addr.is_multicast() && !addr.is_broadcast()
}

/// ipvsadm would refuse it, and lvsd would go on without it.
fn left_out(reader: &mut Reader<'_, '_>, of: &Virtual<'_>, why: String, at: Range<usize>) {
    reader.warning(at, format!("the virtual server `{}` is left out: {why}", of.name)).strict();
}
