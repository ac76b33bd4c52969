//! Lines of virtual routers: addresses, routes, peers.

use super::super::line::{Statement, Word};
use super::super::reader::Reader;
use crate::lvs::{Family, Mac, Place, VirtualAddress, VirtualRoute, VrrpPeer};
use std::net::{IpAddr, Ipv4Addr};

/// The main table of routes.
const MAIN: u32 = 254;

/// Names of scopes, as `ip address` has them.
const SCOPES: [(&str, u8); 5] =
    [("global", 0), ("site", 200), ("link", 253), ("host", 254), ("nowhere", 255)];

/// Names of tables of routes that every host has.
const TABLES: [(&str, u32); 3] = [("main", MAIN), ("default", 253), ("local", 255)];

impl Reader<'_, '_> {
    /// `IP[/LEN] [brd IP|+|-] [dev IF] [scope S] [label L]`, and words that have no effect.
    pub(super) fn virtual_address(&mut self, line: &Statement) -> Option<VirtualAddress> {
        let text = line.keyword();
        let Some((addr, prefix)) = network(text) else {
            let message = format!("`{text}` is no IP address, or its prefix is too long");
            self.remarks.warning(line.at(), message).strict().help("the line is left out");
            return None;
        };
        let (mut device, mut label, mut broadcast, mut scope) = (None, None, None, 0);
        let mut words = line.words.iter().skip(1);
        while let Some(word) = words.next() {
            let name = word.text.as_str();
            let value = match name {
                "dev" | "label" | "brd" | "broadcast" | "scope" | "peer" | "track_group"
                | "preferred_lft" => {
                    let Some(value) = words.next() else {
                        self.nothing_behind(word);
                        break;
                    };
                    value
                }
                _ => word,
            };
            match (name, value.text.as_str()) {
                ("dev", device_name) => device = Some(device_name.to_owned()),
                ("label", text) => label = Some(text.to_owned()),
                ("brd" | "broadcast", text) => match broadcast_of(addr, prefix, text) {
                    Some(known) => broadcast = Some(known),
                    None => {
                        let message = format!("`{text}` is no broadcast address of {addr}/{prefix}");
                        self.remarks.warning(value.at, message).strict().help("it is left out");
                    }
                },
                ("scope", text) => match number_of(text, &SCOPES) {
                    Some(known) => scope = known,
                    None => {
                        let message = format!("`{text}` is no scope");
                        let help = "write global, site, link, host or a number to 255; it is left out";
                        self.remarks.warning(value.at, message).strict().help(help);
                    }
                },
                ("peer" | "track_group" | "preferred_lft", _) => {
                    self.remarks.warning(
                        word.at,
                        format!("`{name}` has no effect: the address has no such thing here"),
                    );
                }
                ("home" | "-nodad" | "nodad" | "mngtmpaddr" | "noprefixroute" | "autojoin", _) => {
                    self.remarks
                        .note(word.at, format!("`{name}` has no effect: addresses are set without it"));
                }
                _ => {
                    let message = format!("`{name}` means nothing for an address");
                    self.remarks.warning(word.at, message).strict().help("it is left out");
                }
            }
        }
        Some(VirtualAddress { addr, prefix, place: Place::OnInterface { device, label, broadcast, scope } })
    }

    /// `[src IP] [to] NETWORK [via IP] [dev IF] [metric N] [table N]`, and words that have no effect.
    pub(super) fn virtual_route(&mut self, line: &Statement) -> Option<VirtualRoute> {
        let mut to = None;
        let (mut via, mut device, mut source, mut metric, mut table) = (None, None, None, 0, MAIN);
        let mut words = line.words.iter().peekable();
        while let Some(word) = words.next() {
            let name = word.text.as_str();
            if to.is_none()
                && let Some(known) = destination(name)
            {
                to = Some((known, word.at));
                continue;
            }
            match name {
                "unicast" => continue,
                "blackhole" | "unreachable" | "prohibit" | "throw" | "local" | "broadcast" | "multicast"
                | "nat" | "nexthop" | "or" => {
                    let message = format!("routes with `{name}` are not set here: this one is left out");
                    self.remarks.warning(word.at, message);
                    return None;
                }
                "onlink" | "pervasive" => {
                    self.remarks
                        .warning(word.at, format!("`{name}` has no effect: routes are set without it"));
                    continue;
                }
                _ => {}
            }
            let Some(mut value) = words.next() else {
                self.nothing_behind(word);
                break;
            };
            if name == "via" && matches!(value.text.as_str(), "inet" | "inet6") {
                value = words.next().unwrap_or(value);
            }
            let text = value.text.as_str();
            let is_known = match name {
                "to" => {
                    to = destination(text).map(|known| (known, value.at));
                    to.is_some()
                }
                "via" | "gw" => parsed(&mut via, text),
                "src" => parsed(&mut source, text),
                "dev" | "oif" => {
                    device = Some(text.to_owned());
                    true
                }
                "metric" | "priority" | "preference" => text.parse().map(|known| metric = known).is_ok(),
                "table" => number_of(text, &TABLES).map(|known| table = known).is_some(),
                _ => {
                    let message = format!("`{name}` has no effect: routes are set without it");
                    self.remarks.warning(word.at, message);
                    true
                }
            };
            if !is_known {
                let message = format!("`{text}` cannot stand behind `{name}`");
                self.remarks.warning(value.at, message).strict().help("the line is left out");
                return None;
            }
        }
        let Some(((addr, prefix), at)) = to else {
            self.remarks
                .warning(line.from(0), "this route leads nowhere")
                .strict()
                .help("the line is left out");
            return None;
        };
        let others = [via, source];
        let family = match addr {
            Some(addr) => Family::of(addr),
            None => others.into_iter().flatten().next().map_or(Family::V4, Family::of),
        };
        let to = addr.unwrap_or_else(|| unspecified(family));
        if prefix > family.bits() || others.into_iter().flatten().any(|other| Family::of(other) != family) {
            let message = "the addresses of this route do not go together";
            self.remarks.warning(at, message).strict().help("the line is left out");
            return None;
        }
        Some(VirtualRoute { to, prefix, via, device, source, metric, table })
    }

    /// `IP [min_ttl N] [max_ttl N]`.
    pub(super) fn unicast_peer(&mut self, line: &Statement) -> Option<VrrpPeer> {
        let addr = line.keyword().parse().ok()?;
        let mut peer = VrrpPeer { addr, min_ttl: 0, max_ttl: 255 };
        let mut words = line.words.iter().skip(1);
        while let Some(word) = words.next() {
            let field = match word.text.as_str() {
                "min_ttl" => &mut peer.min_ttl,
                "max_ttl" => &mut peer.max_ttl,
                other => {
                    let message = format!("`{other}` is neither min_ttl nor max_ttl");
                    self.remarks.warning(word.at, message).strict().help("it is left out");
                    continue;
                }
            };
            match words.next().map(|word| word.text.parse()) {
                Some(Ok(ttl)) => *field = ttl,
                _ => {
                    let message = format!("`{}` needs a number: 0 to 255", word.text);
                    self.remarks.warning(word.at, message).strict().help("it is left out");
                }
            }
        }
        if peer.min_ttl > peer.max_ttl {
            let message = "min_ttl is above max_ttl: both are left out";
            self.remarks.warning(line.from(1), message).strict();
            (peer.min_ttl, peer.max_ttl) = (0, 255);
        }
        Some(peer)
    }

    fn nothing_behind(&mut self, word: &Word) {
        self.remarks.warning(word.at, format!("there is nothing behind `{}`", word.text)).strict();
    }
}

/// No address.
const fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::V6 => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
    }
}

/// An address with its prefix; without one: all bits.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (addr, prefix) = text.split_once('/').map_or((text, None), |(addr, prefix)| (addr, Some(prefix)));
    let addr: IpAddr = addr.parse().ok()?;
    let all = Family::of(addr).bits();
    let prefix = prefix.map_or(Some(all), |prefix| prefix.parse().ok())?;
    (prefix <= all).then_some((addr, prefix))
}

/// Where a route leads: a network, or `default`, which is of any family.
fn destination(text: &str) -> Option<(Option<IpAddr>, u8)> {
    match text {
        "default" | "any" | "all" => Some((None, 0)),
        _ => network(text).map(|(addr, prefix)| (Some(addr), prefix)),
    }
}

/// `+`: all bits of the host set; `-`: none; or an address.
fn broadcast_of(addr: IpAddr, prefix: u8, text: &str) -> Option<IpAddr> {
    let IpAddr::V4(own) = addr else { return None };
    let host = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
    match text {
        "+" => Some(IpAddr::V4(Ipv4Addr::from_bits(own.to_bits() | host))),
        "-" => Some(IpAddr::V4(Ipv4Addr::from_bits(own.to_bits() & !host))),
        _ => text.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

fn parsed(field: &mut Option<IpAddr>, text: &str) -> bool {
    *field = text.parse().ok();
    field.is_some()
}

/// A number, or a name that stands for one.
fn number_of<T: Copy + std::str::FromStr>(text: &str, names: &[(&str, T)]) -> Option<T> {
    let known = names.iter().find(|(name, _)| *name == text).map(|(_, number)| *number);
    known.or_else(|| text.parse().ok())
}

/// `00:00:5e:00:01:01`.
pub(super) fn mac(text: &str) -> Option<Mac> {
    let mut mac = Mac::ZERO;
    let mut parts = text.split(':');
    for byte in &mut mac.0 {
        let part = parts.next().filter(|part| (1..=2).contains(&part.len()))?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}
