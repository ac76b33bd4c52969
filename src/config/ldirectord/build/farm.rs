//! What becomes of real servers that are down, and who hears of it.

use super::Builder;
use crate::config::ldirectord::Reading;
use crate::config::ldirectord::address::port;
use crate::config::ldirectord::common::{Common, Fallback};
use crate::config::ldirectord::real::resolve;
use crate::config::ldirectord::remarks::Remarks;
use crate::control::acceptable_server;
use crate::lvs::{
    Endpoint, Family, Farm, FarmScripts, FarmServer, ForwardingMethod, Mail, MailTopic, Protocol, Quorum,
    RealServerSpec, Script, ScriptLine, ServiceKey, ServiceSpec, Sorry, Words,
};
use std::net::IpAddr;
use std::time::Duration;

/// That of ldirectord's mail library.
pub(in crate::config::ldirectord) const MAIL_TIMEOUT: Duration = Duration::from_secs(120);

impl Fallback<'_> {
    /// Its address and port (0: none), with the names of all these protocols' ports; says what is wrong.
    pub fn resolve(
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

impl Builder<'_, '_, '_, '_> {
    pub(super) fn sorry(&mut self, key: Option<ServiceKey>, protocols: &[Protocol]) -> Option<Sorry> {
        let service = self.service;
        let of = |common: &Common<'_>| match service.family {
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

    pub(super) fn farm(
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
        let refusal = acceptable_server(&spec.key, &sorry.server).err();
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

/// As ldirectord names it.
fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}
