//! Virtual servers.

use super::super::draft::Way;
use super::Writer;
use super::text::quoted;
use crate::control::command::Intent;
use crate::lvs::{
    Endpoint, Farm, FarmServer, ForwardingMethod, Mail, MailTopic, Protocol, RealServerSpec, ServiceKey,
    ServiceSpec, Thresholds, Tunnel, TunnelChecksum, WhenDown,
};
use std::collections::HashMap;

impl Writer {
    pub(super) fn farm(&mut self, intent: &Intent, farm: &Farm, mail: Option<&Mail>) {
        let name = &farm.name;
        self.left_out(farm, mail);
        // What one virtual server of keepalived's can be: the same for all but the address.
        let mut parts: Vec<(ServiceSpec, &[RealServerSpec], Vec<ServiceKey>)> = Vec::new();
        for key in &farm.services {
            let Some((spec, servers)) = intent.services.get(key) else { continue };
            let like = |(of, others, keys): &&mut (ServiceSpec, &[RealServerSpec], Vec<ServiceKey>)| {
                ServiceSpec { key: *key, ..of.clone() } == *spec
                    && *others == servers.as_slice()
                    && match (keys.iter().find_map(|key| protocol(*key)), protocol(*key)) {
                        (Some(one), Some(other)) => one == other,
                        // A mark goes with any.
                        _ => true,
                    }
            };
            match parts.iter_mut().find(like) {
                Some((_, _, keys)) => keys.push(*key),
                None => parts.push((spec.clone(), servers, vec![*key])),
            }
        }
        if parts.len() > 1 {
            self.unsaid(format!("{name}: that its services are checked together"));
        }
        let is_one = parts.len() == 1;
        for (number, (spec, servers, keys)) in parts.into_iter().enumerate() {
            let group: String = name.chars().map(|char| if is_word(char) { char } else { '_' }).collect();
            let group = if is_one { group } else { format!("{group}_{}", number + 1) };
            match keys.as_slice() {
                [key] if !is_one || derived(*key) == *name => {
                    self.out.open(&head(*key));
                    self.protocol(&keys);
                }
                _ => self.group(&group, &keys),
            }
            self.service(&spec, servers);
            self.said_of_farm(farm, servers, mail);
            let specs: HashMap<Endpoint, &RealServerSpec> =
                servers.iter().map(|spec| (spec.endpoint, spec)).collect();
            let way = way(servers);
            for server in &farm.servers {
                if let Some(spec) = specs.get(&server.endpoint) {
                    self.server(spec, way, Some((farm, server)));
                }
            }
            self.out.close();
        }
    }

    /// A service that nothing watches.
    pub(super) fn plain(&mut self, key: &ServiceKey, spec: &ServiceSpec, servers: &[RealServerSpec]) {
        if servers.is_empty() {
            self.unsaid(format!("{}: a virtual server without real servers", derived(*key)));
            return;
        }
        self.out.open(&head(*key));
        self.protocol(&[*key]);
        self.service(spec, servers);
        for server in servers {
            self.server(server, way(servers), None);
        }
        self.out.close();
    }

    fn left_out(&mut self, farm: &Farm, mail: Option<&Mail>) {
        let name = &farm.name;
        if farm.scripts.fallback.is_some() {
            self.unsaid(format!("{name}: the script that runs when the fallback begins and ends"));
        }
        if farm.readds {
            self.unsaid(format!("{name}: that a real server that was taken out by hand is put back"));
        }
        if farm.stays {
            self.unsaid(format!("{name}: that its services stay when the director ends"));
        }
        if farm.maintenance.is_some() {
            self.unsaid(format!("{name}: the folder whose files keep real servers down"));
        }
        let but_for_quorum = |mail: &Mail| {
            let mut mail = mail.clone();
            mail.about.remove(&MailTopic::Quorum);
            mail
        };
        if farm.mail.as_ref().map(but_for_quorum) != mail.map(but_for_quorum) {
            self.unsaid(format!("{name}: mail of its own"));
        }
        if let Some(comment) = &farm.comment {
            for line in comment.lines() {
                self.out.line(&format!("# {line}"));
            }
        }
    }

    fn group(&mut self, name: &str, keys: &[ServiceKey]) {
        self.out.open(&format!("virtual_server_group {name}"));
        for key in keys {
            match key {
                ServiceKey::Tuple { virt, .. } if virt.port == 0 => self.out.line(&virt.addr.to_string()),
                ServiceKey::Tuple { virt, .. } => self.out.line(&format!("{} {}", virt.addr, virt.port)),
                ServiceKey::Fwmark { mark, family } => {
                    let family = if family.bits() == 32 { "inet" } else { "inet6" };
                    self.out.line(&format!("fwmark {mark} {family}"));
                }
            }
        }
        self.out.close();
        self.out.open(&format!("virtual_server group {name}"));
        self.protocol(keys);
    }

    /// A protocol that means nothing is not written.
    fn protocol(&mut self, keys: &[ServiceKey]) {
        if let Some(protocol) = keys.iter().find_map(|key| protocol(*key)) {
            self.out.line(&format!("protocol {}", protocol.listing()));
        }
    }

    fn service(&mut self, spec: &ServiceSpec, servers: &[RealServerSpec]) {
        let name = spec.scheduler.as_str();
        self.out.line(&format!("lb_algo {name}"));
        let flags = spec.scheduler_flags;
        let kind = if name == "sh" || name == "mh" { Some(name) } else { None };
        for (is_set, own, plain) in [
            (flags.first, "fallback", "flag-1"),
            (flags.second, "port", "flag-2"),
            (flags.third, "", "flag-3"),
        ] {
            match kind.filter(|_| !own.is_empty()) {
                Some(kind) if is_set => self.out.line(&format!("{kind}-{own}")),
                None if is_set => self.out.line(plain),
                _ => {}
            }
        }
        let way = way(servers);
        self.way("lb_kind", way, &derived(spec.key));
        if let ServiceKey::Fwmark { family, .. } = spec.key {
            self.out.line(if family.bits() == 32 { "ip_family inet" } else { "ip_family inet6" });
        }
        if let Some(persistence) = spec.persistence {
            self.out.line(&format!("persistence_timeout {}", persistence.timeout_seconds));
            if !persistence.mask.is_whole() {
                self.out.line(&format!("persistence_granularity {}", persistence.mask));
            }
        }
        if let Some(engine) = &spec.engine {
            self.out.line(&format!("persistence_engine {engine}"));
        }
        if spec.one_packet {
            self.out.line("ops");
        }
    }

    fn said_of_farm(&mut self, farm: &Farm, servers: &[RealServerSpec], mail: Option<&Mail>) {
        if farm.only_with_vip {
            self.out.line("ha_suspend");
        }
        if farm.scripts.at_end {
            self.out.line("omega");
        }
        if farm.quorum.weight != 1 {
            self.out.line(&format!("quorum {}", farm.quorum.weight));
        }
        if farm.quorum.hysteresis != 0 {
            self.out.line(&format!("hysteresis {}", farm.quorum.hysteresis));
        }
        self.script("quorum_up", farm.scripts.quorum_up.as_ref(), &farm.name);
        self.script("quorum_down", farm.scripts.quorum_down.as_ref(), &farm.name);
        if mail.is_some() {
            let is_on = farm.mail.as_ref().is_some_and(|mail| mail.about.contains(&MailTopic::Quorum));
            self.out.line(if is_on { "smtp_alert on" } else { "smtp_alert off" });
        }
        let Some(sorry) = &farm.sorry else { return };
        self.out.line(&format!("sorry_server {}", address(sorry.server.endpoint)));
        if sorry.quiesces {
            self.out.line("sorry_server_inhibit");
        }
        let its = Way { method: sorry.server.method, tunnel: sorry.server.tunnel };
        if its != way(servers) {
            self.way("sorry_server_lvs_method", its, &farm.name);
        }
        if !sorry.replaces {
            self.unsaid(format!("{}: that real servers stay beside the sorry server", farm.name));
        }
        if sorry.server.weight != 1 || sorry.server.thresholds != Thresholds::default() {
            self.unsaid(format!("{}: weight and thresholds of the sorry server", farm.name));
        }
    }

    fn server(&mut self, spec: &RealServerSpec, usual: Way, watched: Option<(&Farm, &FarmServer)>) {
        self.out.open(&format!("real_server {}", address(spec.endpoint)));
        self.out.line(&format!("weight {}", spec.weight));
        let its = Way { method: spec.method, tunnel: spec.tunnel };
        if its != usual {
            self.way("lvs_method", its, &spec.endpoint.to_string());
        }
        if spec.thresholds.upper != 0 {
            self.out.line(&format!("uthreshold {}", spec.thresholds.upper));
        }
        if spec.thresholds.lower != 0 {
            self.out.line(&format!("lthreshold {}", spec.thresholds.lower));
        }
        if let Some((farm, server)) = watched {
            let whose = format!("{}, {}", farm.name, spec.endpoint);
            if server.when_down == WhenDown::Quiesce {
                self.out.line("inhibit_on_failure");
            }
            self.script("notify_up", server.notify_up.as_ref(), &whose);
            self.script("notify_down", server.notify_down.as_ref(), &whose);
            if farm.mail.is_some() {
                self.out.line(if server.mails { "smtp_alert on" } else { "smtp_alert off" });
            }
            if server.slow_start.is_some() {
                self.unsaid(format!("{whose}: that its weight grows when it comes back"));
            }
            for check in &server.checks {
                self.check(check, &whose);
            }
        }
        self.out.close();
    }

    fn way(&mut self, keyword: &str, way: Way, whose: &str) {
        let sum = |checksum| match checksum {
            TunnelChecksum::None => "",
            TunnelChecksum::Full => " csum",
            TunnelChecksum::Remote => " remcsum",
        };
        let text = match (way.method, way.tunnel) {
            (ForwardingMethod::Nat, _) => "NAT".to_owned(),
            (ForwardingMethod::DirectRoute, _) => "DR".to_owned(),
            (ForwardingMethod::Tunnel, Tunnel::Ipip) => "TUN".to_owned(),
            (ForwardingMethod::Tunnel, Tunnel::Gre { checksum }) => format!("TUN type gre{}", sum(checksum)),
            (ForwardingMethod::Tunnel, Tunnel::Gue { port, checksum }) => {
                format!("TUN type gue port {port}{}", sum(checksum))
            }
            (ForwardingMethod::Local | ForwardingMethod::Bypass, _) => {
                self.unsaid(format!("{whose}: the forwarding method {}", way.method.listing()));
                "DR".to_owned()
            }
        };
        self.out.line(&format!("{keyword} {text}"));
    }
}

/// May this be in the name of a group?
const fn is_word(char: char) -> bool {
    !char.is_whitespace() && !matches!(char, '{' | '}' | '"' | '#' | '!' | '$' | '@' | '~' | '\\')
}

/// The method of most real servers: that of the first.
fn way(servers: &[RealServerSpec]) -> Way {
    servers.first().map_or(Way::NAT, |server| Way { method: server.method, tunnel: server.tunnel })
}

const fn protocol(key: ServiceKey) -> Option<Protocol> {
    match key {
        ServiceKey::Tuple { protocol, .. } => Some(protocol),
        ServiceKey::Fwmark { .. } => None,
    }
}

/// What keepalived calls a virtual server of this one service.
fn derived(key: ServiceKey) -> String {
    match key {
        ServiceKey::Fwmark { mark, .. } => format!("FWM {mark}"),
        ServiceKey::Tuple { protocol, virt } => {
            format!("[{}]:{}:{}", virt.addr, protocol.listing().to_ascii_lowercase(), virt.port)
        }
    }
}

fn head(key: ServiceKey) -> String {
    match key {
        ServiceKey::Fwmark { mark, .. } => format!("virtual_server fwmark {mark}"),
        ServiceKey::Tuple { virt, .. } => format!("virtual_server {}", address(virt)),
    }
}

/// Address and port; 0 is left out.
fn address(endpoint: Endpoint) -> String {
    let Endpoint { addr, port } = endpoint;
    if port == 0 { addr.to_string() } else { format!("{} {port}", quoted(&addr.to_string())) }
}
