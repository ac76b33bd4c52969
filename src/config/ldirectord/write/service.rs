//! One service with its real servers.

use super::check::{Said, say};
use super::{Lines, Writer};
use crate::lvs::{
    ClientMask, Endpoint, Farm, FarmServer, ForwardingMethod, Mail, MailTopic, Protocol, Quorum,
    RealServerSpec, ScriptLine, ServiceKey, ServiceSpec, Tunnel, WhenDown,
};
use std::collections::HashMap;
use std::net::IpAddr;

/// The line that begins a service.
pub(super) fn head(key: ServiceKey) -> String {
    match key {
        ServiceKey::Tuple { virt, .. } if virt.addr.is_ipv6() => format!("virtual6={virt}"),
        ServiceKey::Tuple { virt, .. } => format!("virtual={virt}"),
        ServiceKey::Fwmark { family: crate::lvs::Family::V6, mark } => format!("virtual6={mark}"),
        ServiceKey::Fwmark { mark, .. } => format!("virtual={mark}"),
    }
}

/// `what`, if it must be said.
fn line(lines: &mut Lines, key: &'static str, value: Option<String>) {
    if let Some(value) = value {
        lines.push((key, value));
    }
}

impl Writer<'_> {
    /// Its first line, its other lines, its real servers. `None`: it cannot be said.
    pub(super) fn service(&mut self, key: ServiceKey, farm: Option<&Farm>) -> Option<(String, Lines, Lines)> {
        let (spec, servers) = self.intent.services.get(&key)?;
        let head = head(key);
        let protocol = match key {
            ServiceKey::Tuple { protocol: Protocol::Tcp, .. } => "tcp",
            ServiceKey::Tuple { protocol: Protocol::Udp, .. } => "udp",
            ServiceKey::Tuple { protocol: Protocol::Sctp, .. } => {
                self.unsaid(format!("{head}: SCTP"));
                return None;
            }
            ServiceKey::Fwmark { .. } => "fwm",
        };
        let mut lines: Lines = vec![("protocol", protocol.to_owned())];
        self.scheduling(&head, spec, &mut lines);
        let watched: HashMap<Endpoint, &FarmServer> =
            farm.iter().flat_map(|farm| &farm.servers).map(|server| (server.endpoint, server)).collect();
        let asked: Vec<(&RealServerSpec, Option<&FarmServer>)> =
            servers.iter().map(|server| (server, watched.get(&server.endpoint).copied())).collect();
        let said = say(self, &head, key, &asked);
        lines.extend(said.lines.iter().cloned());
        let mut reals = Lines::new();
        for ((server, _), (port, asks)) in asked.iter().zip(&said.servers) {
            reals.extend(self.real(&head, key, server, *port, asks.as_ref()));
        }
        if let Some(farm) = farm {
            self.farm(&head, key, farm, &said, &mut lines);
        }
        Some((head, lines, reals))
    }

    fn scheduling(&mut self, head: &str, spec: &ServiceSpec, lines: &mut Lines) {
        let name = spec.scheduler.as_str();
        if !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
            self.unsaid(format!("{head}: the scheduler {name}: ldirectord takes small letters only"));
        }
        lines.push(("scheduler", name.to_owned()));
        let flags = spec.scheduler_flags;
        let words = match name {
            "sh" => ["sh-fallback", "sh-port", "flag-3"],
            "mh" => ["mh-fallback", "mh-port", "flag-3"],
            _ => ["flag-1", "flag-2", "flag-3"],
        };
        let set = [flags.first, flags.second, flags.third].into_iter().zip(words);
        let set: Vec<&str> = set.filter(|(is_set, _)| *is_set).map(|(_, word)| word).collect();
        line(lines, "schedflags", (!set.is_empty()).then(|| set.join(",")));
        if let Some(persistence) = &spec.persistence {
            lines.push(("persistent", persistence.timeout_seconds.to_string()));
            if persistence.mask != ClientMask::whole(spec.key.family()) {
                lines.push(("netmask", persistence.mask.to_string()));
            }
        }
        line(lines, "ops", spec.one_packet.then(|| "yes".to_owned()));
        if spec.engine.is_some() {
            self.unsaid(format!("{head}: a persistence engine"));
        }
    }

    fn real(
        &mut self,
        head: &str,
        key: ServiceKey,
        server: &RealServerSpec,
        port: u16,
        asks: Option<&(String, String)>,
    ) -> Option<(&'static str, String)> {
        let rip = server.endpoint.addr;
        let family = crate::lvs::Family::of(rip);
        if family != key.family() {
            self.unsaid(format!("{head}: the real server {rip} of the other address family"));
            return None;
        }
        let method = match server.method {
            ForwardingMethod::Nat => "masq",
            ForwardingMethod::Tunnel => "ipip",
            ForwardingMethod::DirectRoute => "gate",
            ForwardingMethod::Local | ForwardingMethod::Bypass => {
                self.unsaid(format!("{head}: {} of {rip}: written as gate", server.method.listing()));
                "gate"
            }
        };
        if server.method == ForwardingMethod::Tunnel && server.tunnel != Tunnel::Ipip {
            self.unsaid(format!("{head}: the tunnel to {rip} is none of IP in IP"));
        }
        let (key, addr) = match rip {
            IpAddr::V4(addr) => ("real", addr.to_string()),
            IpAddr::V6(addr) => ("real6", format!("[{addr}]")),
        };
        let mut value = addr;
        if port > 0 {
            value += &format!(":{port}");
        }
        value += &format!(" {method} {}", server.weight);
        if let Some((request, receive)) = asks {
            value += &format!(" \"{request}\", \"{receive}\"");
        }
        for (prefix, limit) in [("l", server.thresholds.lower), ("u", server.thresholds.upper)] {
            if limit > 0 {
                value += &format!(" {prefix}:{limit}");
            }
        }
        Some((key, value))
    }

    fn farm(&mut self, head: &str, key: ServiceKey, farm: &Farm, said: &Said, lines: &mut Lines) {
        if let Some(interval) = said.interval
            && interval != self.interval
        {
            let seconds = self.seconds(head, interval);
            lines.push(("checkinterval", seconds));
        }
        let quiesces = farm.servers.iter().filter(|server| server.when_down == WhenDown::Quiesce).count();
        if quiesces > 0 && quiesces < farm.servers.len() {
            self.unsaid(format!("{head}: some real servers are removed when they are down, some quiesced"));
        }
        lines.push(("quiescent", if quiesces > 0 { "yes" } else { "no" }.to_owned()));
        line(lines, "cleanstop", farm.stays.then(|| "no".to_owned()));
        if let Some(sorry) = &farm.sorry {
            let name = if key.family() == crate::lvs::Family::V6 { "fallback6" } else { "fallback" };
            let port = sorry.server.endpoint.port;
            // Its weight is always 1; it has no limits.
            let plain = RealServerSpec { weight: 1, ..RealServerSpec::new(sorry.server.endpoint) };
            if (RealServerSpec { method: plain.method, ..sorry.server }) != plain
                || sorry.replaces
                || sorry.quiesces
            {
                self.unsaid(format!(
                    "{head}: a fallback with weight or limits, or one that replaces real servers"
                ));
            }
            let real = self.real(head, key, &RealServerSpec { weight: 1, ..sorry.server }, port, None);
            lines.extend(real.map(|(_, value)| (name, value.trim_end_matches(" 1").to_owned())));
        }
        match farm.scripts.fallback.as_ref().map(|script| &script.line) {
            Some(ScriptLine::Shell(text)) => lines.push(("fallbackcommand", text.clone())),
            Some(ScriptLine::Words(words)) => lines.push(("fallbackcommand", words.join(" "))),
            None => {}
        }
        if let Some(mail) = &farm.mail {
            self.mail(head, mail, lines);
        }
        line(lines, "monitorfile", farm.monitor.as_ref().map(|path| path.display().to_string()));
        line(lines, "comment", farm.comment.clone());
        let has = |of: fn(&FarmServer) -> bool| farm.servers.iter().any(of);
        for (is_said, what) in [
            (farm.quorum != Quorum::default(), "a quorum"),
            (
                farm.scripts.quorum_up.is_some() || farm.scripts.quorum_down.is_some(),
                "programs of the quorum",
            ),
            (farm.scripts.at_end, "programs that run at the end"),
            (farm.only_with_vip, "checks only while the VIP is on the host"),
            (farm.services.len() > 1, "services that are checked together: each is checked for itself"),
            (has(|server| server.slow_start.is_some()), "weights that grow"),
            (
                has(|server| server.notify_up.is_some() || server.notify_down.is_some()),
                "programs of real servers",
            ),
        ] {
            if is_said {
                self.unsaid(format!("{head}: {what}"));
            }
        }
        if lines.iter().any(|(_, value)| value.contains('#')) {
            self.unsaid(format!("{head}: a `#`: ldirectord cuts off its line there, ulvs does not"));
        }
    }

    fn mail(&mut self, head: &str, mail: &Mail, lines: &mut Lines) {
        lines.push(("emailalert", mail.to.join(", ")));
        lines.push(("smtp", mail.server.0.clone()));
        let every = mail.reminder.map(|every| self.seconds(head, every));
        line(lines, "emailalertfreq", every);
        let states = [
            (MailTopic::Starting, "starting"),
            (MailTopic::Running, "running"),
            (MailTopic::Stopping, "stopping"),
            (MailTopic::Reloading, "reloading"),
        ];
        let said: Vec<&str> =
            states.iter().filter(|(state, _)| mail.about.contains(state)).map(|(_, word)| *word).collect();
        let value = match said.len() {
            0 | 4 => "all".to_owned(),
            _ => said.join(","),
        };
        lines.push(("emailalertstatus", value));
        let name = mail.subject.strip_prefix('[').and_then(|name| name.strip_suffix("] "));
        line(lines, "servicename", name.map(str::to_owned));
        let is_odd_subject = name.is_none() && !mail.subject.is_empty();
        for (is_said, what) in [
            (is_odd_subject, "the subject of mail"),
            (mail.server.1 != 25, "the port of the mail server"),
            (!mail.helo.is_empty(), "HELO of mail"),
            (mail.timeout != super::super::build::MAIL_TIMEOUT, "the time limit of mail"),
            (mail.about.contains(&MailTopic::Quorum), "mail about the quorum"),
            (said.is_empty(), "mail in no state of the director"),
        ] {
            if is_said {
                self.unsaid(format!("{head}: {what}"));
            }
        }
    }
}
