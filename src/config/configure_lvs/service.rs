//! `SERVICE` lines.

use super::words::{Assignment, Word, short};
use super::{File, Reader};
use crate::control::command::Intent;
use crate::lvs::{
    ClientMask, Endpoint, Family, ForwardingMethod, Persistence, Protocol, RealServerSpec, SchedulerName,
    ServiceKey, ServiceSpec,
};
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

/// Schedulers that IPVS has, by the time of configure-lvs and since.
const SCHEDULERS: [&str; 14] =
    ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos"];

/// Persistence without `-t`: seconds.
pub(super) const PERSISTENT_SECONDS: u32 = 360;

/// Longest persistence: 31 days in seconds.
const MAX_SECONDS: u32 = 31 * 24 * 3600;

/// So many wrong real servers of a line are told.
const MAX_WRONG: usize = 32;

/// RIP, rport if it is given, and weight.
type Target = (Ipv4Addr, Option<u16>, i32);

/// A line as it is read.
struct Service<'l, 't> {
    protocol: Protocol,
    port: u16,
    port_at: Range<usize>,
    scheduler: SchedulerName,
    persistence: Option<u32>,
    servers: &'l [Word<'t>],
}

impl<'r> Reader<'r, '_> {
    /// All services, when the rest of the file is known.
    pub fn services(&mut self, file: &File, lines: &[Assignment<'r>]) -> Intent {
        let mut intent = Intent::default();
        for (key, is_there, help) in [
            ("LVS_TYPE", file.method.is_some(), "LVS_TYPE=VS_NAT, VS_DR or VS_TUN"),
            ("VIP", file.vip.is_some(), "VIP=eth0:110 192.168.1.110 255.255.255.255 192.168.1.110"),
        ] {
            // What was given wrongly has been told.
            if !is_there && !file.given.contains(key) {
                self.error(0..0, format!("`{key}` is missing")).help(help);
            }
        }
        if lines.is_empty() {
            self.warning(0..0, "there is no `SERVICE`: nothing is served").help(SERVICE);
        }
        let mut lines_of = HashMap::new();
        for line in lines {
            let Some(service) = self.service(line) else { continue };
            let servers = self.servers(service.servers, service.protocol);
            let (Some(method), Some(vip)) = (file.method, file.vip) else { continue };
            if service.port == 0 && service.persistence.is_none() {
                let message = "port 0 (all ports) needs `ppc`: ipvsadm refuses the service, it is left out";
                self.warning(service.port_at, message).strict().help("SERVICE=t 0 rr ppc …");
                continue;
            }
            let virt = Endpoint::new(IpAddr::V4(vip), service.port);
            let key = ServiceKey::Tuple { protocol: service.protocol, virt };
            self.out.place(key, self.source, line.key.at.start);
            let (number, _) = self.source.position(line.key.at.start);
            let (first, endpoints): &mut (usize, HashSet<Endpoint>) =
                lines_of.entry(key).or_insert_with(|| (number, HashSet::new()));
            if *first != number {
                let message =
                    format!("the service of line {first} again: its real servers are added to that one");
                self.out.note(self.source, line.key.at.clone(), message).strict();
            }
            let persistence = service
                .persistence
                .map(|timeout_seconds| Persistence { timeout_seconds, mask: ClientMask::whole(Family::V4) });
            let spec = ServiceSpec { scheduler: service.scheduler, persistence, ..ServiceSpec::new(key) };
            let (_, list) = intent.services.entry(key).or_insert_with(|| (spec, Vec::new()));
            if file.is_off.is_some() {
                continue;
            }
            if servers.is_empty() {
                self.warning(line.key.at.clone(), "a service without real servers").help(SERVICE);
            }
            for (word, server) in servers {
                let Some((rip, port, weight)) = server else { continue };
                let spec = self.spec(word, method, virt, (rip, port, weight));
                if endpoints.insert(spec.endpoint) {
                    list.push(spec);
                } else {
                    let message =
                        format!("{} is a real server of this service already: it is left out", spec.endpoint);
                    self.warning(word.at.clone(), message).strict();
                }
            }
        }
        intent
    }

    /// `t|u PORT SCHED [ppc [-t SECS]] SERVER …`.
    fn service<'l>(&mut self, line: &'l Assignment<'r>) -> Option<Service<'l, 'r>> {
        let mut words = line.values.as_slice();
        let Some((protocol, port)) = words.first().zip(words.get(1)) else {
            self.error(line.key.at.clone(), "a service has a protocol and a port").help(SERVICE);
            return None;
        };
        words = words.get(2..).unwrap_or_default();
        let protocol = match protocol.text {
            "t" => Protocol::Tcp,
            "u" => Protocol::Udp,
            other => {
                self.error(
                    protocol.at.clone(),
                    format!("`t` (TCP) or `u` (UDP) expected, found `{}`", short(other)),
                );
                return None;
            }
        };
        let number = self.port(port.text, port.at.clone(), protocol);
        let Some(word) = words.first() else {
            self.error(line.key.at.clone(), "a service has a scheduler").help(SERVICE);
            return None;
        };
        let mut scheduler = Some(SchedulerName::wlc());
        if !is_persistent(word) {
            scheduler = SCHEDULERS.contains(&word.text).then(|| SchedulerName::new(word.text).ok()).flatten();
            if scheduler.is_none() {
                let message = format!("unknown scheduler `{}`", short(word.text));
                self.error(word.at.clone(), message)
                    .help(format!("one of {}, or ppc", SCHEDULERS.join(", ")));
            }
            words = words.get(1..).unwrap_or_default();
        }
        let mut persistence = None;
        if words.first().is_some_and(is_persistent) {
            persistence = Some(PERSISTENT_SECONDS);
            words = words.get(1..).unwrap_or_default();
            if let Some(option) = words.first().filter(|word| word.text == "-t") {
                let seconds = words.get(1);
                let at = seconds.map_or(option.at.clone(), |word| word.at.clone());
                let given = seconds.and_then(|word| word.text.parse().ok());
                match given.filter(|seconds| (1..=MAX_SECONDS).contains(seconds)) {
                    Some(seconds) => persistence = Some(seconds),
                    None => {
                        self.error(at, format!("`-t` has seconds, from 1 to {MAX_SECONDS}"));
                    }
                }
                words = words.get(2..).unwrap_or_default();
            }
        }
        Some(Service {
            protocol,
            port: number?,
            port_at: port.at.clone(),
            scheduler: scheduler?,
            persistence,
            servers: words,
        })
    }

    /// The real servers of a line; of many that are wrong the first are told.
    fn servers<'l>(
        &mut self,
        words: &'l [Word<'r>],
        protocol: Protocol,
    ) -> Vec<(&'l Word<'r>, Option<Target>)> {
        let mut servers = Vec::with_capacity(words.len());
        let mut wrong = 0;
        for word in words {
            let server = self.server(word, protocol);
            wrong += usize::from(server.is_none());
            servers.push((word, server));
            if wrong == MAX_WRONG {
                break;
            }
        }
        servers
    }

    /// `HOST[:PORT][,WEIGHT]`.
    fn server(&mut self, word: &Word<'r>, protocol: Protocol) -> Option<Target> {
        let (target, weight) = match word.text.split_once(',') {
            Some((target, weight)) => {
                let number = weight.parse::<i32>().ok().filter(|weight| *weight >= 0);
                if number.is_none() {
                    let at = word.at.end - weight.len()..word.at.end;
                    self.error(at, format!("`{}` is no weight: a number from 0", short(weight))).help(SERVER);
                }
                (target, number)
            }
            None => (word.text, Some(1)),
        };
        if target.matches(':').count() > 1 {
            self.error(word.at.clone(), "configure-lvs is for IPv4 alone").help(SERVER);
            return None;
        }
        let (host, port) = target.split_once(':').map_or((target, None), |(host, port)| (host, Some(port)));
        let at = word.at.start..word.at.start + host.len();
        let addr = self.host(host, at.clone()).and_then(|addr| {
            if addr.is_unspecified() || addr.is_multicast() || addr.is_broadcast() {
                self.error(at.clone(), format!("{addr} cannot be a real server"));
                return None;
            }
            Some(addr)
        });
        let number = match port {
            Some(port) => {
                let from = at.end + 1;
                Some(self.port(port, from..from + port.len(), protocol)?)
            }
            None => None,
        };
        Some((addr?, number, weight?))
    }

    fn spec(
        &mut self,
        word: &Word<'_>,
        method: ForwardingMethod,
        virt: Endpoint,
        (rip, port, weight): Target,
    ) -> RealServerSpec {
        let is_local = rip.is_loopback();
        // NAT to 127.0.0.1 leads nowhere: what is on the director's host is given packets as they are.
        let method = if is_local { ForwardingMethod::DirectRoute } else { method };
        let given = port.unwrap_or(virt.port);
        let port = if method == ForwardingMethod::Nat { given } else { virt.port };
        if is_local {
            let message =
                format!("a server on the director's host: {} must be on one of its interfaces", virt.addr);
            self.note(word.at.clone(), message).help(format!("`ip address add {}/32 dev lo`", virt.addr));
        }
        if port != given {
            let message = format!("only VS_NAT changes ports: packets go to {port}");
            self.note(word.at.clone(), message);
        }
        let endpoint = Endpoint::new(IpAddr::V4(rip), port);
        RealServerSpec { method, weight, ..RealServerSpec::new(endpoint) }
    }

    fn port(&mut self, text: &str, at: Range<usize>, protocol: Protocol) -> Option<u16> {
        let port = text.parse().ok().or_else(|| self.names.port_of(text, protocol));
        if port.is_none() {
            let name = protocol.listing().to_lowercase();
            let message = format!("`{}` is no {name} port", short(text));
            self.error(at, message).help("write its number, or name it in /etc/services");
        }
        port
    }
}

/// The persistent client, by the name that the HOWTO has, and by the one that its code had.
fn is_persistent(word: &Word<'_>) -> bool {
    ["ppc", "pcc"].contains(&word.text)
}

/// Advice.
const SERVICE: &str = "SERVICE=t telnet rr rs1:telnet rs2:telnet";

/// Advice.
const SERVER: &str = "HOST, HOST:PORT or HOST:PORT,WEIGHT";
