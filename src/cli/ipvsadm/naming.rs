//! Addresses, ports and services as ipvsadm prints them.

use crate::config::Names;
use crate::lvs::{Endpoint, Protocol, SchedulerFlags, ServiceKey};
use std::net::IpAddr;

/// The longest address:port that is printed.
const MAX_NAME_LEN: usize = 59;

/// Prints with names, or (-n) with numbers.
#[derive(Clone, Copy, Debug)]
pub enum Naming<'n> {
    /// -n.
    Numeric,
    /// Whatever these databases know.
    Names(&'n Names),
}

impl Naming<'_> {
    /// `10.0.0.1:80`, `rs1:http`, `[2001:db8::1]:80`. Ports of firewall-mark services (no protocol) stay numbers.
    pub fn endpoint(self, endpoint: Endpoint, protocol: Option<Protocol>) -> String {
        let Self::Names(names) = self else { return endpoint.to_string() };
        let host = names.name_of(endpoint.addr).map_or_else(|| endpoint.addr.to_string(), str::to_owned);
        let port = protocol
            .and_then(|protocol| names.name_of_port(endpoint.port, protocol))
            .map_or_else(|| endpoint.port.to_string(), str::to_owned);
        let text = match endpoint.addr {
            IpAddr::V4(_) => format!("{host}:{port}"),
            IpAddr::V6(_) => format!("[{host}]:{port}"),
        };
        cut(&text, MAX_NAME_LEN).to_owned()
    }

    /// The service behind its protocol word: an endpoint, or `3`, `3 IPv6`. Marks are printed as signed numbers.
    pub fn service(self, key: ServiceKey, width: usize) -> String {
        match key {
            ServiceKey::Tuple { protocol, virt } => {
                let text = self.endpoint(virt, Some(protocol));
                if virt.addr.is_ipv4() { cut(&text, width).to_owned() } else { text }
            }
            ServiceKey::Fwmark { family, mark } => {
                let mark = mark.cast_signed();
                match family {
                    crate::lvs::Family::V4 => mark.to_string(),
                    crate::lvs::Family::V6 => format!("{mark} IPv6"),
                }
            }
        }
    }

    /// A real server of that service; IPv4 names are cut at `width`.
    pub fn server(self, endpoint: Endpoint, service: ServiceKey, width: usize) -> String {
        let text = self.endpoint(endpoint, protocol_of(service));
        if endpoint.addr.is_ipv4() { cut(&text, width).to_owned() } else { text }
    }
}

/// The protocol of a service, if it has one.
pub const fn protocol_of(key: ServiceKey) -> Option<Protocol> {
    match key {
        ServiceKey::Tuple { protocol, .. } => Some(protocol),
        ServiceKey::Fwmark { .. } => None,
    }
}

/// The flags by name, separated by commas. sh and mh have names for two and show no others.
pub fn flag_names(flags: SchedulerFlags, scheduler: &str) -> String {
    let names: &[(bool, &str)] = match scheduler {
        "sh" => &[(flags.first, "sh-fallback"), (flags.second, "sh-port")],
        "mh" => &[(flags.first, "mh-fallback"), (flags.second, "mh-port")],
        _ => &[(flags.first, "flag-1"), (flags.second, "flag-2"), (flags.third, "flag-3")],
    };
    names.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect::<Vec<_>>().join(",")
}

fn cut(text: &str, width: usize) -> &str {
    text.char_indices().nth(width).map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}
