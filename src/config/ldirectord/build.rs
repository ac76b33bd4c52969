//! Puts services together: what their lines say, and what counts for all.

use super::Reading;
use super::address::{Address, port};
use super::common::Fallback;
use super::global::Globals;
use super::kinds::{CheckType, Talk};
use super::line::Word;
use super::probe::{Asked, Asker};
use super::real::{Real, RealReader, resolve};
use super::remarks::Remarks;
use super::service::Service;
use crate::config::ipvsadm;
use crate::control::command::Intent;
use crate::control::{ControlError, acceptable};
use crate::lvs::{
    ClientMask, Endpoint, Family, Farm, FarmScripts, FarmServer, ForwardingMethod, Mail, MailTopic,
    Persistence, Protocol, Quorum, RealServerSpec, SchedulerName, Script, ScriptLine, ServiceKey,
    ServiceSpec, Sorry, Tunnel, WhenDown, Words,
};
use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;

/// ldirectord's defaults, in seconds.
const CHECK_TIMEOUT: u32 = 5;
const NEGOTIATE_TIMEOUT: u32 = 30;
pub(super) const CHECK_INTERVAL: u32 = 10;

/// Longest persistence that ipvsadm takes: 31 days in seconds.
const MAX_PERSISTENCE: u32 = 31 * 24 * 3600;

/// A service on its way into the intent.
pub(super) struct Builder<'b, 'c, 's, 'a> {
    pub reading: &'b mut Reading<'c>,
    pub remarks: &'b mut Remarks<'a>,
    pub globals: &'b Globals<'s>,
    pub service: &'b Service<'s>,
}

impl Fallback<'_> {
    /// Its address and port (0: none), with the names of all these protocols' ports; says what is wrong.
    pub(super) fn resolve(
        &self,
        family: Family,
        protocols: &[&[Protocol]],
        reading: &mut Reading<'_>,
        remarks: &mut Remarks<'_>,
    ) -> Option<(IpAddr, u16)> {
        let addr = resolve(&mut reading.hosts, self.host, family, remarks)?;
        let Some(word) = self.port else { return Some((addr, 0)) };
        let numbers = protocols.iter().map(|protocols| port(word.text, protocols, reading.context.names));
        let Some(numbers) = numbers.collect::<Option<Vec<u16>>>() else {
            let message = format!("`{word}` is no port: neither a number to 65535 nor in /etc/services");
            remarks.error(word.span(), message);
            return None;
        };
        Some((addr, numbers.first().copied().unwrap_or(0)))
    }
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
        match acceptable(&only(&spec, Vec::new())) {
            Ok(()) => {}
            Err(ControlError::NoSuchScheduler) => {
                let at = self.service.scheduler.unwrap_or(self.service.at);
                self.leave_out(at, &format!("there is no scheduler `{}`", spec.scheduler));
                return;
            }
            Err(refusal) => {
                let message = format!("{refusal}: the service is left out");
                self.remarks.warning(self.service.at.span(), message);
                return;
            }
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

    fn spec(&mut self, key: ServiceKey) -> Option<ServiceSpec> {
        let service = self.service;
        let name = service.scheduler.map_or("wrr", |word| word.text);
        let Ok(scheduler) = SchedulerName::new(name) else {
            self.leave_out(service.scheduler?, "a scheduler's name has at most 15 bytes");
            return None;
        };
        let mut spec = ServiceSpec { scheduler, ..ServiceSpec::new(key) };
        if let Some(flags) = service.flags {
            match ipvsadm::scheduler_flags(flags.text, name) {
                Ok(flags) => spec.scheduler_flags = flags,
                Err(error) => {
                    self.leave_out(flags, error.to_string().trim());
                    return None;
                }
            }
        }
        spec.persistence = self.persistence(key.family());
        spec.one_packet = self.one_packet(key);
        let is_all_ports = matches!(key, ServiceKey::Tuple { virt, .. } if virt.port == 0);
        if is_all_ports && spec.persistence.is_none() {
            self.leave_out(service.at, "a service of port 0 (all ports) needs persistent=");
            return None;
        }
        Some(spec)
    }

    fn persistence(&mut self, family: Family) -> Option<Persistence> {
        let mask = self.service.netmask.map(|word| self.mask(word, family));
        let timeout_seconds = match self.service.persistent {
            Some((0, at)) => {
                let message =
                    "no persistence; ldirectord asks ipvsadm for 0 seconds, which refuses the service";
                self.remarks.warning(at.span(), message).help("leave the line out");
                return None;
            }
            Some((seconds, at)) if seconds > MAX_PERSISTENCE => {
                let message =
                    format!("more than ipvsadm takes: {MAX_PERSISTENCE} seconds (31 days) are taken");
                self.remarks.warning(at.span(), message);
                MAX_PERSISTENCE
            }
            Some((seconds, _)) => seconds,
            None => {
                if let (Some(word), Some(Some(_))) = (self.service.netmask, mask) {
                    let message = "netmask means nothing without persistent";
                    self.remarks.warning(word.span(), message);
                }
                return None;
            }
        };
        Some(Persistence { timeout_seconds, mask: mask.flatten().unwrap_or(ClientMask::whole(family)) })
    }

    fn mask(&mut self, word: Word<'_>, family: Family) -> Option<ClientMask> {
        let is_dotted = word.text.split('.').count() == 4
            && word.text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        let is_right = match family {
            Family::V4 => is_dotted,
            Family::V6 => word.text.bytes().all(|b| b.is_ascii_digit()),
        };
        let mask = ipvsadm::client_mask(word.text, family == Family::V6).ok().filter(|_| is_right);
        if mask.is_none() {
            let message = match family {
                Family::V4 => "a mask of four numbers from 0 to 255 expected, such as 255.255.255.0",
                Family::V6 => "a prefix length from 1 to 128 expected",
            };
            self.remarks.error(word.span(), message);
        }
        mask
    }

    fn one_packet(&mut self, key: ServiceKey) -> bool {
        let Some((true, at)) = self.service.one_packet else { return false };
        let is_udp = matches!(key, ServiceKey::Tuple { protocol: Protocol::Udp, .. });
        if !is_udp {
            let message = "one-packet scheduling is for protocol=udp: ldirectord does nothing here";
            self.remarks.warning(at.span(), message);
        }
        is_udp
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
                if let Err(refusal) = acceptable(&only(spec, vec![server])) {
                    let message = format!("{refusal}: the real server is left out");
                    self.remarks.warning(at.span(), message);
                    continue;
                }
                let asked = Asked { endpoint, port: real.port, asks: real.asks.as_ref() };
                let check = asker.check(&asked, &mut self.reading.hosts, self.remarks);
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

    fn sorry(&mut self, key: Option<ServiceKey>, protocols: &[Protocol]) -> Option<Sorry> {
        let service = self.service;
        let of = |common: &super::common::Common<'_>| match service.family {
            Family::V4 => common.fallback.is_some(),
            Family::V6 => common.fallback6.is_some(),
        };
        let is_own = of(&service.common);
        let common = if is_own { &service.common } else { &self.globals.common };
        let fallback = if service.family == Family::V4 { common.fallback } else { common.fallback6 }?;
        let Fallback { host, port: port_word, method } = fallback;
        // One that counts for all was looked at before.
        let (addr, number) = if is_own {
            fallback.resolve(service.family, &[protocols], self.reading, self.remarks)?
        } else {
            let number = port_word.and_then(|word| port(word.text, protocols, self.reading.context.names));
            (self.reading.hosts.address(host, service.family).ok()?, number.unwrap_or(0))
        };
        let key = key?;
        if !is_own && matches!(key, ServiceKey::Fwmark { .. }) && self.reading.told_of_marks.insert(host.at) {
            let message = "this counts for services by firewall mark, too; ldirectord fails to add it there";
            self.remarks.note(host.span(), message);
        }
        let own_port = match key {
            ServiceKey::Tuple { virt, .. } => virt.port,
            ServiceKey::Fwmark { .. } => 0,
        };
        let asked = Endpoint::new(addr, if port_word.is_some() { number } else { own_port });
        let (endpoint, differs) = self.endpoint(key, method, asked);
        if differs && is_own {
            self.only_nat(host, key);
        }
        if method == ForwardingMethod::Nat && addr.is_loopback() && is_own {
            let message =
                format!("masq to {addr}: such packets are dropped, no host takes them from outside");
            self.remarks.warning(host.span(), message).help("write gate");
        }
        let server = RealServerSpec { method, ..RealServerSpec::new(endpoint) };
        Some(Sorry { server, replaces: false, quiesces: false })
    }

    fn farm(
        &mut self,
        spec: &ServiceSpec,
        servers: &[(RealServerSpec, FarmServer)],
        sorry: Option<Sorry>,
    ) -> Farm {
        let (own, all) = (&self.service.common, &self.globals.common);
        let name = match spec.key {
            ServiceKey::Tuple { protocol, virt } => format!("{}:{virt}", protocol_name(protocol)),
            ServiceKey::Fwmark { family: Family::V4, mark } => format!("fwm:{mark}"),
            ServiceKey::Fwmark { family: Family::V6, mark } => format!("fwm6:{mark}"),
        };
        let command = own.fallback_command.as_ref().or(all.fallback_command.as_ref());
        let script = command.map(|line| Script::new(ScriptLine::Shell(line.clone())));
        let stays = !own.clean_stop.or(all.clean_stop).unwrap_or(true);
        let mail = self.mail();
        let mails = mail.is_some();
        Farm {
            name,
            services: vec![spec.key],
            servers: servers.iter().map(|(_, server)| FarmServer { mails, ..server.clone() }).collect(),
            sorry: sorry.filter(|sorry| self.is_sorry_possible(spec, sorry)),
            quorum: Quorum::default(),
            scripts: FarmScripts { fallback: script, ..FarmScripts::default() },
            mail,
            only_with_vip: false,
            readds: self.globals.readds,
            stays,
            words: Words::Ldirectord,
            maintenance: self.globals.maintenance.as_ref().map(|(folder, _)| folder.clone()),
            monitor: self.service.monitor.clone(),
            comment: self.service.comment.clone(),
        }
    }

    fn is_sorry_possible(&mut self, spec: &ServiceSpec, sorry: &Sorry) -> bool {
        let refusal = acceptable(&only(spec, vec![sorry.server])).err();
        if let Some(refusal) = &refusal {
            let message = format!("{refusal}: there is no fallback");
            self.remarks.warning(self.service.at.span(), message);
        }
        refusal.is_none()
    }

    fn mail(&mut self) -> Option<Mail> {
        let (own, all) = (&self.service.common, &self.globals.common);
        let (to, at) = own.mail_to.as_ref().or(all.mail_to.as_ref())?;
        let states = own.mail_about.as_ref().or(all.mail_about.as_ref()).cloned();
        let mut about = states.unwrap_or_else(|| {
            [MailTopic::Starting, MailTopic::Running, MailTopic::Stopping, MailTopic::Reloading].into()
        });
        if about.is_empty() {
            return None;
        }
        about.insert(MailTopic::Server);
        let smtp = own.smtp.as_ref().or(all.smtp.as_ref());
        if smtp.is_none() && self.reading.told_of_sendmail.insert(at.start) {
            let message = "without smtp= ldirectord runs sendmail; here the mail server at localhost, port 25, is asked";
            self.remarks.warning(at.clone(), message).help("write smtp=HOST");
        }
        let every = own.mail_every.or(all.mail_every).unwrap_or(0);
        Some(Mail {
            to: to.clone(),
            from: self.globals.mail_from.clone().unwrap_or_default(),
            server: (smtp.cloned().unwrap_or_else(|| "localhost".to_owned()), 25),
            helo: String::new(),
            timeout: MAIL_TIMEOUT,
            subject: self.service.name.as_ref().map_or_else(String::new, |name| format!("[{name}] ")),
            about,
            reminder: (every > 0).then(|| Duration::from_secs(every.into())),
        })
    }
}

/// That of ldirectord's mail library.
pub(super) const MAIL_TIMEOUT: Duration = Duration::from_secs(120);

/// As ldirectord names it.
pub(super) fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}

/// An intent with nothing but this service and these real servers.
fn only(spec: &ServiceSpec, servers: Vec<RealServerSpec>) -> Intent {
    let mut intent = Intent::default();
    intent.services.insert(spec.key, (spec.clone(), servers));
    intent
}
