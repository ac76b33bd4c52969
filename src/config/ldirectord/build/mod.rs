//! Puts services together: what their lines say, and what counts for all.

mod farm;
mod spec;

pub(in crate::config::ldirectord) use farm::MAIL_TIMEOUT;

use super::Reading;
use super::address::{Address, port};
use super::global::Globals;
use super::kinds::{CheckType, Talk};
use super::line::Word;
use super::probe::{Asked, Asker};
use super::real::{Real, RealReader, resolve};
use super::remarks::Remarks;
use super::service::Service;
use crate::control::{acceptable_server, acceptable_service};
use crate::lvs::{
    Endpoint, FarmServer, ForwardingMethod, Protocol, RealServerSpec, SchedulerName, ServiceKey, ServiceSpec,
    Tunnel, WhenDown,
};
use std::collections::HashSet;
use std::time::Duration;

/// ldirectord's defaults, in seconds.
const CHECK_TIMEOUT: u32 = 5;
const NEGOTIATE_TIMEOUT: u32 = 30;
pub(in crate::config::ldirectord) const CHECK_INTERVAL: u32 = 10;

/// A service on its way into the intent.
pub(in crate::config::ldirectord) struct Builder<'b, 'c, 's, 'a> {
    pub reading: &'b mut Reading<'c>,
    pub remarks: &'b mut Remarks<'a>,
    pub globals: &'b Globals<'s>,
    pub service: &'b Service<'s>,
}

impl<'s> Builder<'_, '_, 's, '_> {
    /// Adds the service, unless something is wrong with it, or ipvsadm refuses it.
    pub fn add(mut self) {
        let key = self.key();
        let protocols: &'static [Protocol] = match key {
            Some(ServiceKey::Tuple { protocol: Protocol::Udp, .. }) => &[Protocol::Udp],
            Some(ServiceKey::Tuple { .. }) => &[Protocol::Tcp],
            _ => &[Protocol::Tcp, Protocol::Udp],
        };
        let reals: Vec<_> = self.reals(protocols);
        let sorry = self.sorry(key, protocols);
        let Some(key) = key else { return };
        let Some(spec) = self.spec(key) else { return };
        if self.is_known(&key) {
            return;
        }
        if let Err(refusal) = acceptable_service(&spec) {
            let other = ServiceSpec { scheduler: SchedulerName::wlc(), ..spec.clone() };
            if acceptable_service(&other).is_ok() {
                let at = self.service.scheduler.unwrap_or(self.service.at);
                self.leave_out(at, &format!("there is no scheduler `{}`", spec.scheduler));
            } else {
                self.remarks.warning(self.service.at.span(), format!("{refusal}: the service is left out"));
            }
            return;
        }
        let talk = self.talk(key);
        if talk == Talk::Oracle
            && matches!(self.service.check_type, CheckType::Negotiate | CheckType::Combined(_))
        {
            let at = self.service.talk.map_or(self.service.at, |(_, word)| word);
            let message =
                "no check for Oracle: it needs Oracle's client library, which cannot come with this program";
            let help = "write checktype=external with a program of your own (checkcommand=), checktype=connect, or \
                        service=none";
            self.remarks.error(at.span(), message).help(help);
        }
        let servers = self.servers(&spec, &reals, talk);
        let farm = self.farm(&spec, &servers, sorry);
        self.remarks.out.place(key, self.remarks.source, self.service.at.at);
        self.reading.intent.farms.push(farm);
        let specs = servers.into_iter().map(|(spec, _)| spec).collect();
        self.reading.intent.services.insert(key, (spec, specs));
    }

    fn key(&mut self) -> Option<ServiceKey> {
        let family = self.service.family;
        match self.service.address? {
            Address::Mark(digits) => match digits.text.parse() {
                Ok(mark @ 1..) => Some(ServiceKey::Fwmark { family, mark }),
                _ => {
                    self.leave_out(digits, "a firewall mark from 1 to 4294967295 expected");
                    None
                }
            },
            Address::Tuple(host, port_word) => {
                let is_dns = matches!(port_word.text, "53" | "domain");
                let default = if is_dns { Protocol::Udp } else { Protocol::Tcp };
                let protocol = self.service.protocol.unwrap_or(default);
                let number = port(port_word.text, &[protocol], self.reading.context.names);
                if number.is_none() {
                    let name = if protocol == Protocol::Udp { "UDP" } else { "TCP" };
                    let message = format!(
                        "`{port_word}` is no port of {name}: neither a number to 65535 nor in /etc/services"
                    );
                    self.remarks.error(port_word.span(), message);
                }
                let addr = resolve(&mut self.reading.hosts, host, family, self.remarks);
                Some(ServiceKey::Tuple { protocol, virt: Endpoint::new(addr?, number?) })
            }
        }
    }

    fn reals(&mut self, protocols: &'static [Protocol]) -> Vec<(Real, Word<'s>)> {
        let Self { reading, remarks, service, .. } = self;
        let mut reader = RealReader {
            family: service.family,
            protocols,
            hosts: &mut reading.hosts,
            names: reading.context.names,
            room: &mut reading.room,
        };
        let read = service.reals.iter().filter_map(|directive| {
            reader.read(directive, remarks).map(|real| (real, directive.value.trim()))
        });
        read.collect()
    }

    /// Says that ldirectord, too, goes on without the service.
    fn leave_out(&mut self, word: Word<'_>, why: &str) {
        let message =
            format!("{why}: the service is left out, as it is with ldirectord, where ipvsadm refuses it");
        self.remarks.warning(word.span(), message);
    }

    fn is_known(&mut self, key: &ServiceKey) -> bool {
        if !self.reading.intent.services.contains_key(key) {
            return false;
        }
        let span = self.service.at.span();
        match self.remarks.out.place_of(key).cloned() {
            Some(place) if place.file != self.remarks.source.name() => {
                let message = format!("this service is defined at {place}: that one counts");
                self.remarks.warning(span, message);
            }
            Some(place) => {
                let message = format!("this service is defined twice: first in line {}", place.line);
                self.remarks.error(span, message);
            }
            None => drop(self.remarks.error(span, "this service is defined twice")),
        }
        true
    }

    /// What is spoken: what the file says, or what belongs to the port.
    fn talk(&self, key: ServiceKey) -> Talk {
        match (self.service.talk, key) {
            (Some((talk, _)), _) => talk,
            (None, ServiceKey::Tuple { virt, .. }) => Talk::by_port(virt.port),
            (None, ServiceKey::Fwmark { .. }) => Talk::Nothing,
        }
    }

    /// IPVS's port of a real server: but for NAT it is the service's.
    fn endpoint(&mut self, key: ServiceKey, method: ForwardingMethod, asked: Endpoint) -> (Endpoint, bool) {
        match key {
            ServiceKey::Tuple { virt, .. } if method != ForwardingMethod::Nat => {
                let differs = asked.port != 0 && asked.port != virt.port;
                (Endpoint::new(asked.addr, virt.port), differs)
            }
            _ => (asked, false),
        }
    }

    fn servers(
        &mut self,
        spec: &ServiceSpec,
        reals: &[(Real, Word<'_>)],
        talk: Talk,
    ) -> Vec<(RealServerSpec, FarmServer)> {
        let host_name = self.reading.host_name.clone();
        let (check_timeout, negotiate_timeout) = self.timeouts();
        let (service, globals) = (self.service, self.globals);
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let asker = Asker {
            service,
            talk,
            protocol: match spec.key {
                ServiceKey::Tuple { protocol, .. } => Some(protocol),
                ServiceKey::Fwmark { .. } => None,
            },
            check_timeout: seconds(check_timeout),
            negotiate_timeout: seconds(negotiate_timeout),
            interval: seconds(self.interval()),
            failures: service.common.failures.or(globals.common.failures).unwrap_or(1),
            count: service.common.count.or(globals.common.count).unwrap_or(1),
            host_name: &host_name,
        };
        super::hints::hints(&asker, reals, self.remarks);
        let is_quiescent = service.common.quiescent.or(globals.common.quiescent).unwrap_or(false);
        let when_down = if is_quiescent { WhenDown::Quiesce } else { WhenDown::Remove };
        let mut known = HashSet::new();
        let mut servers = Vec::new();
        for (real, at) in reals {
            for addr in &real.addrs {
                let (endpoint, differs) =
                    self.endpoint(spec.key, real.method, Endpoint::new(*addr, real.port));
                if differs {
                    self.only_nat(*at, spec.key);
                }
                if !known.insert(endpoint) {
                    let message =
                        format!("the real server {endpoint} is in this service twice: the first counts");
                    self.remarks.warning(at.span(), message);
                    continue;
                }
                let Real { method, weight, thresholds, .. } = *real;
                let server = RealServerSpec { endpoint, method, weight, thresholds, tunnel: Tunnel::Ipip };
                if thresholds.lower > thresholds.upper {
                    let message = "the lower threshold is above the upper: left out, as it is with ldirectord, where \
                                   ipvsadm refuses it";
                    self.remarks.warning(at.span(), message).help("write both: l:LOWER u:UPPER");
                    continue;
                }
                if let Err(refusal) = acceptable_server(&spec.key, &server) {
                    let message = format!("real server {endpoint}: {refusal}: it is left out");
                    self.remarks.warning(at.span(), message);
                    continue;
                }
                let asked = Asked { endpoint, port: real.port, asks: real.asks.as_ref() };
                let check = asker.check(&asked, &mut self.reading.hosts, self.remarks);
                self.reading.receives.look_at(&asker, &asked, *at, self.remarks);
                let server_of_farm = FarmServer {
                    endpoint,
                    name: None,
                    checks: vec![check],
                    when_down,
                    slow_start: None,
                    notify_up: None,
                    notify_down: None,
                    mails: false,
                };
                servers.push((server, server_of_farm));
            }
        }
        servers
    }

    fn only_nat(&mut self, at: Word<'_>, key: ServiceKey) {
        let ServiceKey::Tuple { virt, .. } = key else { return };
        let message = format!("only masq can change the port: packets go to port {}", virt.port);
        self.remarks.warning(at.span(), message).help("leave the port out, or write masq");
    }

    fn interval(&mut self) -> u32 {
        let all = self.globals.common.interval.as_ref().map_or(CHECK_INTERVAL, |(seconds, _)| *seconds);
        match &self.service.common.interval {
            Some((own, _)) if self.globals.forks => *own,
            Some((_, at)) => {
                let message = format!("ignored without fork=yes, as ldirectord does: {all} seconds count");
                self.remarks.warning(at.clone(), message).strict().help("write fork=yes before the services");
                all
            }
            None => all,
        }
    }

    /// Each of the two is the other's default.
    fn timeouts(&self) -> (u32, u32) {
        let (own, all) = (&self.service.common, &self.globals.common);
        let first = |list: [Option<u32>; 4]| list.into_iter().flatten().next();
        let check = [own.check_timeout, own.negotiate_timeout, all.check_timeout, all.negotiate_timeout];
        let negotiate = [own.negotiate_timeout, own.check_timeout, all.negotiate_timeout, all.check_timeout];
        (first(check).unwrap_or(CHECK_TIMEOUT), first(negotiate).unwrap_or(NEGOTIATE_TIMEOUT))
    }
}
