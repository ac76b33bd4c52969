//! Virtual services: what IPVS is told of them.

use super::layers::Layers;
use super::reader::{Reader, cut};
use super::{MAX_TIMEOUT_SECONDS, Value};
use crate::config::ipvsadm::scheduler_flags;
use crate::control::acceptable_service;
use crate::lvs::{
    ClientMask, Endpoint, Family, Persistence, Protocol, SchedulerFlags, SchedulerName, ServiceKey,
    ServiceSpec,
};
use std::net::SocketAddr;
use std::ops::Range;

/// Seconds that clients keep their real server if only the mask is said: ipvsadm's.
const DEFAULT_PERSISTENCE_SECONDS: u32 = 360;

impl Reader<'_, '_> {
    /// The services that an address names: one, or an array of them, each with its place.
    pub(super) fn service_keys(&mut self, value: &Value<'_>) -> Vec<(ServiceKey, Range<usize>)> {
        let Some(list) = value.get_ref().as_array() else {
            return self.service_key(value).into_iter().map(|key| (key, value.span())).collect();
        };
        if list.is_empty() {
            self.error(value.span(), "a service needs at least one address");
        }
        list.iter().filter_map(|entry| self.service_key(entry).map(|key| (key, entry.span()))).collect()
    }

    fn service_key(&mut self, value: &Value<'_>) -> Option<ServiceKey> {
        let text = self.text(value)?;
        let key = parse_service(text);
        if key.is_none() {
            let help = "write tcp, udp or sctp with address:port, or fwm with a mark: \"tcp 10.0.0.1:80\", \
                        \"udp [2001:db8::1]:53\", \"fwm 3\", \"fwm 3 ipv6\"";
            let message = format!("`{}` is no address of a service", cut(text));
            self.error_with_help(value.span(), message, help);
        }
        if let Some(refusal) = key.and_then(|key| acceptable_service(&ServiceSpec::new(key)).err()) {
            self.error(value.span(), refusal.to_string());
        }
        key
    }

    /// What is said of the service with this key.
    pub(super) fn spec(
        &mut self,
        key: ServiceKey,
        at: Range<usize>,
        layers: Layers<'_, '_>,
    ) -> Option<ServiceSpec> {
        let scheduler = layers.get("scheduler").and_then(|value| self.scheduler(value));
        let scheduler = scheduler.unwrap_or_else(SchedulerName::wlc);
        let flags = layers.get("scheduler_flags").and_then(|value| self.flags(value, &scheduler));
        let engine = layers.wanted("persistence_engine").and_then(|value| self.engine(value));
        let one_packet = layers.own("one_packet").is_some_and(|value| self.one_packet(value, key));
        let persistence = self.persistence(key, layers);
        if persistence.is_none() && matches!(key, ServiceKey::Tuple { virt, .. } if virt.port == 0) {
            self.error(at, "a service of port 0 (all ports) needs persistence");
            return None;
        }
        let scheduler_flags = flags.unwrap_or_default();
        Some(ServiceSpec { key, scheduler, scheduler_flags, persistence, engine, one_packet })
    }

    fn persistence(&mut self, key: ServiceKey, layers: Layers<'_, '_>) -> Option<Persistence> {
        let said = layers.wanted("persistence");
        let own_mask = layers.own("persistence_mask");
        if let (None, Some(mask)) = (said, own_mask) {
            let help =
                format!("add persistence = {DEFAULT_PERSISTENCE_SECONDS}, or another number of seconds");
            self.error_with_help(mask.span(), "a mask does nothing without persistence", help);
        }
        let timeout_seconds = match said?.get_ref().as_bool() {
            Some(_) => DEFAULT_PERSISTENCE_SECONDS,
            None => self.seconds(said?, 1..=MAX_TIMEOUT_SECONDS)?,
        };
        let mask = layers.get("persistence_mask").and_then(|value| self.client_mask(value, key.family()));
        Some(Persistence { timeout_seconds, mask: mask.unwrap_or(ClientMask::whole(key.family())) })
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

    /// IPVS has one.
    fn engine(&mut self, value: &Value<'_>) -> Option<String> {
        self.choice(value, &[("sip", "sip")]).map(str::to_owned)
    }

    fn one_packet(&mut self, value: &Value<'_>, key: ServiceKey) -> bool {
        let is_wanted = self.boolean(value).unwrap_or(false);
        if is_wanted && matches!(key, ServiceKey::Tuple { protocol: Protocol::Tcp | Protocol::Sctp, .. }) {
            self.error(value.span(), "one-packet scheduling is for UDP only");
        }
        is_wanted
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
}

/// `tcp 10.0.0.1:80`, `10.0.0.1:80/tcp`, `fwm 3`, `fwm 3 ipv6`.
fn parse_service(text: &str) -> Option<ServiceKey> {
    let words: Vec<&str> = text.split_whitespace().take(4).collect();
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

/// A service's address as [`parse_service`] reads it; also what messages call a service without a name.
pub(super) fn service_address(key: &ServiceKey) -> String {
    match key {
        ServiceKey::Tuple { protocol, virt } => {
            format!("{} {virt}", protocol.listing().to_ascii_lowercase())
        }
        ServiceKey::Fwmark { family: Family::V4, mark } => format!("fwm {mark}"),
        ServiceKey::Fwmark { family: Family::V6, mark } => format!("fwm {mark} ipv6"),
    }
}
