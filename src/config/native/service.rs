//! Virtual services and their real servers.

use super::{MAX_TIMEOUT_SECONDS, Reader, Value};
use crate::config::ipvsadm::scheduler_flags;
use crate::config::rules::{add_server, add_service};
use crate::control::command::Intent;
use crate::lvs::{
    ClientMask, Endpoint, Family, ForwardingMethod, Persistence, Protocol, RealServerSpec, SchedulerFlags,
    SchedulerName, ServiceKey, ServiceSpec, Thresholds,
};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::Range;
use toml::de::DeTable;

/// The keys of a service.
const SERVICE_KEYS: &[&str] =
    &["address", "scheduler", "scheduler_flags", "persistence", "persistence_mask", "one_packet", "server"];

impl Reader<'_, '_> {
    pub(super) fn services(&mut self, value: &Value<'_>, intent: &mut Intent) {
        for (table, span) in self.tables(value, "service") {
            self.service(table, span, intent);
        }
    }

    fn service(&mut self, table: &DeTable<'_>, span: Range<usize>, intent: &mut Intent) {
        let mut address = None;
        let mut scheduler = SchedulerName::wlc();
        let mut flags = None;
        let (mut timeout, mut mask, mut one_packet) = (None, None, None);
        let mut servers = Vec::new();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "address" => address = Some((self.service_key(value), value.span())),
                "scheduler" => scheduler = self.scheduler(value).unwrap_or(scheduler),
                "scheduler_flags" => flags = Some(value),
                "persistence" => timeout = self.integer(value, 1..=MAX_TIMEOUT_SECONDS),
                "persistence_mask" => mask = Some(value),
                "one_packet" => one_packet = Some(value),
                "server" => servers = self.tables(value, "service.server"),
                _ => self.unknown(key, SERVICE_KEYS),
            }
        }
        let scheduler_flags = flags.and_then(|value| self.flags(value, &scheduler)).unwrap_or_default();
        let Some((key, at)) = address else {
            return self.error(span, "a service needs an address, such as address = \"tcp 10.0.0.1:80\"");
        };
        if let Some(key) = key {
            let mask = mask.and_then(|value| self.client_mask(value, key.family()));
            let mask = mask.unwrap_or(ClientMask::whole(key.family()));
            let persistence = timeout.map(|timeout_seconds| Persistence { timeout_seconds, mask });
            let one_packet = one_packet.is_some_and(|value| self.one_packet(value, key));
            if persistence.is_none() && matches!(key, ServiceKey::Tuple { virt, .. } if virt.port == 0) {
                return self.error(at, "a service of port 0 (all ports) needs persistence");
            }
            let spec =
                ServiceSpec { scheduler, scheduler_flags, persistence, one_packet, ..ServiceSpec::new(key) };
            if let Err(message) = add_service(intent, spec) {
                return self.error(at, message);
            }
        }
        for (table, span) in servers {
            let Some((spec, at)) = self.server(table, span, key) else { continue };
            if let Some(key) = key
                && let Err(message) = add_server(intent, key, spec)
            {
                self.error(at, message);
            }
        }
    }

    /// A prefix length, or a dotted IPv4 mask, which may have holes.
    fn client_mask(&mut self, value: &Value<'_>, family: Family) -> Option<ClientMask> {
        if value.get_ref().as_integer().is_some() {
            let bits = self.integer(value, 1..=u32::from(family.bits()))?;
            return Some(match family {
                Family::V4 => ClientMask::V4(u32::MAX.checked_shl(32 - bits).unwrap_or(0).into()),
                Family::V6 => ClientMask::V6(u8::try_from(bits).unwrap_or(128)),
            });
        }
        match (self.text(value)?.parse(), family) {
            (Ok(mask), Family::V4) => Some(ClientMask::V4(mask)),
            _ => {
                self.error(
                    value.span(),
                    "a prefix length expected, or for IPv4 a mask such as \"255.255.255.0\"",
                );
                None
            }
        }
    }

    fn one_packet(&mut self, value: &Value<'_>, key: ServiceKey) -> bool {
        let Some(is_wanted) = value.get_ref().as_bool() else {
            self.wrong_type(value, "a boolean");
            return false;
        };
        if is_wanted && matches!(key, ServiceKey::Tuple { protocol: Protocol::Tcp | Protocol::Sctp, .. }) {
            self.error(value.span(), "one-packet scheduling is for UDP only");
        }
        is_wanted
    }

    fn service_key(&mut self, value: &Value<'_>) -> Option<ServiceKey> {
        let text = self.text(value)?;
        let key = parse_service(text);
        if key.is_none() {
            let help = "write tcp, udp or sctp with address:port, or fwm with a mark: \"tcp 10.0.0.1:80\", \
                        \"udp [2001:db8::1]:53\", \"fwm 3\", \"fwm 3 ipv6\"";
            let message = format!("`{text}` is no address of a service");
            self.out.error_with_help(self.source, value.span(), message, help);
        }
        key
    }

    fn scheduler(&mut self, value: &Value<'_>) -> Option<SchedulerName> {
        let text = self.text(value)?;
        match SchedulerName::new(text) {
            Ok(name) if !text.is_empty() => Some(name),
            Ok(_) => {
                self.error(value.span(), "a scheduler's name must not be empty");
                None
            }
            Err(error) => {
                self.error(value.span(), error.to_string());
                None
            }
        }
    }

    fn flags(&mut self, value: &Value<'_>, scheduler: &SchedulerName) -> Option<SchedulerFlags> {
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(value, "an array of strings");
            return None;
        };
        let mut all = SchedulerFlags::default();
        for entry in list.iter() {
            let Some(text) = self.text(entry) else { continue };
            match scheduler_flags(text, scheduler.as_str()) {
                Ok(flags) => {
                    all.first |= flags.first;
                    all.second |= flags.second;
                    all.third |= flags.third;
                }
                Err(error) => self.error(entry.span(), error.to_string()),
            }
        }
        Some(all)
    }

    fn server(
        &mut self,
        table: &DeTable<'_>,
        span: Range<usize>,
        service: Option<ServiceKey>,
    ) -> Option<(RealServerSpec, Range<usize>)> {
        let mut address = None;
        let mut method = Some(ForwardingMethod::DirectRoute);
        let mut weight = Some(1);
        let (mut upper, mut lower, mut lower_at) = (Some(0), Some(0), span.clone());
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "address" => address = Some((self.server_address(value), value.span())),
                "method" => method = self.method(value),
                "weight" => {
                    let max = i32::MAX.unsigned_abs();
                    weight = self.integer(value, 0..=max).and_then(|weight| i32::try_from(weight).ok());
                }
                "upper_threshold" => upper = self.integer(value, 0..=i32::MAX.unsigned_abs()),
                "lower_threshold" => {
                    lower = self.integer(value, 0..=i32::MAX.unsigned_abs());
                    lower_at = value.span();
                }
                _ => {
                    self.unknown(key, &["address", "method", "weight", "upper_threshold", "lower_threshold"])
                }
            }
        }
        let Some((address, at)) = address else {
            self.error(span, "a real server needs an address, such as address = \"10.0.0.11:80\"");
            return None;
        };
        let ((addr, port), method, weight, service) = (address?, method?, weight?, service?);
        let thresholds = Thresholds { upper: upper?, lower: lower? };
        if thresholds.lower > thresholds.upper {
            self.error(lower_at, "the lower threshold is above the upper one");
            return None;
        }
        let service_port = match service {
            ServiceKey::Tuple { virt, .. } => virt.port,
            ServiceKey::Fwmark { .. } => 0,
        };
        let endpoint = Endpoint::new(addr, port.unwrap_or(service_port));
        if method != ForwardingMethod::Tunnel && endpoint.family() != service.family() {
            self.error(at, "a real server of the other address family must be tunnelled");
            return None;
        }
        let ports_differ = matches!(service, ServiceKey::Tuple { .. }) && endpoint.port != service_port;
        if method != ForwardingMethod::Nat && ports_differ {
            let help = format!("leave the port out, write {service_port}, or use method = \"nat\"");
            let message = "only NAT can change the port";
            self.out.error_with_help(self.source, at, message, help);
            return None;
        }
        Some((RealServerSpec { method, weight, thresholds, ..RealServerSpec::new(endpoint) }, at))
    }

    fn server_address(&mut self, value: &Value<'_>) -> Option<(IpAddr, Option<u16>)> {
        let text = self.text(value)?;
        let parsed = parse_address(text);
        if parsed.is_none() {
            let help = "write an address with or without a port: \"10.0.0.11:80\", \"[2001:db8::11]:80\", \
                        \"10.0.0.11\"";
            let message = format!("`{text}` is no address of a real server");
            self.out.error_with_help(self.source, value.span(), message, help);
        }
        parsed
    }

    fn method(&mut self, value: &Value<'_>) -> Option<ForwardingMethod> {
        let text = self.text(value)?;
        let method = match text.to_ascii_lowercase().as_str() {
            "route" => ForwardingMethod::DirectRoute,
            "nat" | "masq" => ForwardingMethod::Nat,
            "tunnel" => ForwardingMethod::Tunnel,
            _ => {
                let help = "route (direct routing), nat or tunnel";
                let message = format!("unknown forwarding method `{text}`");
                self.out.error_with_help(self.source, value.span(), message, help);
                return None;
            }
        };
        Some(method)
    }
}

/// `tcp 10.0.0.1:80`, `10.0.0.1:80/tcp`, `fwm 3`, `fwm 3 ipv6`.
fn parse_service(text: &str) -> Option<ServiceKey> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mark = |text: &str| text.parse().ok().filter(|mark: &u32| *mark > 0);
    let (protocol, address) = match words.as_slice() {
        ["fwm", number] => return Some(ServiceKey::Fwmark { family: Family::V4, mark: mark(number)? }),
        ["fwm", number, "ipv6"] => {
            return Some(ServiceKey::Fwmark { family: Family::V6, mark: mark(number)? });
        }
        [protocol, address] => (*protocol, *address),
        [both] => both.rsplit_once('/').map(|(address, protocol)| (protocol, address))?,
        _ => return None,
    };
    let protocol = match protocol.to_ascii_lowercase().as_str() {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => return None,
    };
    let virt: SocketAddr = address.parse().ok()?;
    Some(ServiceKey::Tuple { protocol, virt: Endpoint::new(virt.ip(), virt.port()) })
}

fn parse_address(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Ok(both) = text.parse::<SocketAddr>() {
        return Some((both.ip(), Some(both.port())));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(bare) => bare.parse::<Ipv6Addr>().ok().map(|addr| (IpAddr::V6(addr), None)),
        None => text.parse().ok().map(|addr| (addr, None)),
    }
}
