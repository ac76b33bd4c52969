//! What virtual routers are made of: addresses, routes, peers, and what they look at.

use super::keys;
use super::reader::{Reader, cut};
use super::{Table, Value};
use crate::lvs::{
    Family, Mac, Place, Track, Tracked, VirtualAddress, VirtualRoute, VrrpPeer, Watched, WatchedKind,
};
use std::collections::HashSet;
use std::net::IpAddr;
use std::ops::Range;
use std::time::Duration;
use toml::de::DeArray;

/// The main table of routes.
pub(super) const MAIN: u32 = 254;

/// Names of scopes, as `ip address` has them.
const SCOPES: [(&str, u8); 5] =
    [("global", 0), ("site", 200), ("link", 253), ("host", 254), ("nowhere", 255)];

impl Reader<'_, '_> {
    fn list<'v, 'i>(&mut self, value: &'v Value<'i>) -> Option<&'v DeArray<'i>> {
        let list = value.get_ref().as_array();
        if list.is_none() {
            self.wrong_type(value, "an array");
        }
        list
    }

    pub(super) fn virtual_addresses(&mut self, value: &Value<'_>) -> Vec<VirtualAddress> {
        let Some(list) = self.list(value) else { return Vec::new() };
        list.iter().filter_map(|entry| self.virtual_address(entry)).collect()
    }

    /// `"10.0.0.1/24"`: claimed. A table with `address` and `device`, `label`, `broadcast`, `scope` or `on_interface`: on an
    /// interface.
    fn virtual_address(&mut self, value: &Value<'_>) -> Option<VirtualAddress> {
        let Some(table) = value.get_ref().as_table() else {
            let (addr, prefix) = self.network(value)?;
            return Some(VirtualAddress { addr, prefix, place: Place::Claimed });
        };
        self.known(table, &[keys::VIRTUAL_ADDRESS]);
        let Some(address) = table.get("address") else {
            self.error(value.span(), "`address` is missing");
            return None;
        };
        let (addr, prefix) = self.network(address)?;
        let mut word = |key| table.get(key).and_then(|value| self.word(value)).map(str::to_owned);
        let (device, label) = (word("device"), word("label"));
        let broadcast = table.get("broadcast").and_then(|value| self.address(value));
        let scope = table.get("scope").and_then(|value| self.scope(value));
        let said =
            table.get("on_interface").and_then(|value| self.boolean(value).map(|on| (on, value.span())));
        let is_implied = device.is_some() || label.is_some() || broadcast.is_some() || scope.is_some();
        if let Some((false, at)) = &said
            && is_implied
        {
            self.error(at.clone(), "what is on no interface has neither device, label, broadcast nor scope");
        }
        let place = if is_implied || said.is_some_and(|(on, _)| on) {
            Place::OnInterface { device, label, broadcast, scope: scope.unwrap_or(0) }
        } else {
            Place::Claimed
        };
        Some(VirtualAddress { addr, prefix, place })
    }

    fn scope(&mut self, value: &Value<'_>) -> Option<u8> {
        if value.get_ref().as_str().is_some() {
            return self.choice(value, &SCOPES);
        }
        self.integer(value, 0..=255).and_then(|scope| u8::try_from(scope).ok())
    }

    /// An address with or without its prefix.
    fn network(&mut self, value: &Value<'_>) -> Option<(IpAddr, u8)> {
        let text = self.text(value)?;
        let (addr, prefix) = text.split_once('/').map_or((text, None), |(addr, prefix)| (addr, Some(prefix)));
        let known = addr.parse::<IpAddr>().ok().and_then(|addr| {
            let all = Family::of(addr).bits();
            let prefix: u8 = prefix.map_or(Some(all), |prefix| prefix.parse().ok())?;
            (prefix <= all).then_some((addr, prefix))
        });
        if known.is_none() {
            let message = format!("`{}` is no address with a prefix", cut(text));
            self.error_with_help(value.span(), message, "such as \"10.0.0.100/24\" or \"2001:db8::1/64\"");
        }
        known
    }

    pub(super) fn virtual_routes(&mut self, value: &Value<'_>) -> Vec<VirtualRoute> {
        let Some(list) = self.list(value) else { return Vec::new() };
        list.iter().filter_map(|entry| self.virtual_route(entry)).collect()
    }

    fn virtual_route(&mut self, value: &Value<'_>) -> Option<VirtualRoute> {
        let table = self.table(value)?;
        self.known(table, &[keys::VIRTUAL_ROUTE]);
        let Some(to) = table.get("to") else {
            self.error(value.span(), "`to` is missing");
            return None;
        };
        let (to, prefix) = self.network(to)?;
        let mut address = |key| table.get(key).and_then(|value| self.address(value));
        let (via, source) = (address("via"), address("source"));
        let device = table.get("device").and_then(|value| self.word(value)).map(str::to_owned);
        let mut number =
            |key, usual| table.get(key).and_then(|value| self.integer(value, 0..=u32::MAX)).unwrap_or(usual);
        Some(VirtualRoute {
            to,
            prefix,
            via,
            device,
            source,
            metric: number("metric", 0),
            table: number("table", MAIN),
        })
    }

    /// An array of addresses, or tables with `address`, `min_ttl`, `max_ttl`.
    pub(super) fn vrrp_peer_list(&mut self, value: &Value<'_>) -> Option<Vec<VrrpPeer>> {
        let list = self.list(value)?;
        let mut peers: Vec<VrrpPeer> = Vec::new();
        for entry in list.iter() {
            let table = entry.get_ref().as_table();
            let address = match table {
                Some(table) => table.get("address"),
                None => Some(entry),
            };
            let Some(addr) = address.and_then(|value| self.address(value)) else {
                if address.is_none() {
                    self.error(entry.span(), "`address` is missing");
                }
                continue;
            };
            let mut peer = VrrpPeer { addr, min_ttl: 0, max_ttl: 255 };
            if let Some(table) = table {
                self.known(table, &[keys::VRRP_PEER]);
                for (key, field) in [("min_ttl", &mut peer.min_ttl), ("max_ttl", &mut peer.max_ttl)] {
                    let ttl = table.get(key).and_then(|value| self.integer(value, 0..=255));
                    *field = ttl.and_then(|ttl| u8::try_from(ttl).ok()).unwrap_or(*field);
                }
            }
            peers.push(peer);
        }
        Some(peers)
    }

    /// Names of things that are watched, or tables with `name` or `interface`, `weight`, `reverse`.
    pub(super) fn tracks(&mut self, value: &Value<'_>, things: &HashSet<String>) -> Vec<Track> {
        let Some(list) = self.list(value) else { return Vec::new() };
        list.iter().filter_map(|entry| self.track(entry, things)).collect()
    }

    fn track(&mut self, value: &Value<'_>, things: &HashSet<String>) -> Option<Track> {
        let Some(table) = value.get_ref().as_table() else {
            let what = self.tracked(value, things)?;
            return Some(Track { what, weight: None, reverse: false });
        };
        self.known(table, &[keys::TRACK]);
        let what = match (table.get("name"), table.get("interface")) {
            (Some(name), None) => self.tracked(name, things)?,
            (None, Some(interface)) => Tracked::Interface(self.word(interface)?.to_owned()),
            _ => {
                self.error(value.span(), "one of name and interface is needed");
                return None;
            }
        };
        let weight = table.get("weight").and_then(|value| self.weight(value));
        let reverse = table.get("reverse").and_then(|value| self.boolean(value)).unwrap_or(false);
        Some(Track { what, weight, reverse })
    }

    fn weight(&mut self, value: &Value<'_>) -> Option<i16> {
        self.signed(value, -254..=254).and_then(|weight| i16::try_from(weight).ok())
    }

    fn tracked(&mut self, value: &Value<'_>, things: &HashSet<String>) -> Option<Tracked> {
        let name = self.word(value)?;
        if things.contains(name) {
            return Some(Tracked::Named(name.to_owned()));
        }
        let message = format!("nothing of the name `{}` is watched", cut(name));
        self.error_with_help(value.span(), message, "the name of a [[watched]]; or { interface = \"eth1\" }");
        None
    }

    /// `"00:00:5e:00:01:01"`.
    pub(super) fn mac(&mut self, value: &Value<'_>) -> Option<Mac> {
        let text = self.text(value)?;
        let mut mac = Mac::ZERO;
        let parts: Vec<&str> = text.split(':').take(7).collect();
        let mut is_whole = parts.len() == 6;
        for (byte, part) in mac.0.iter_mut().zip(parts) {
            let known = u8::from_str_radix(part, 16).ok().filter(|_| part.len() == 2);
            is_whole &= known.is_some();
            *byte = known.unwrap_or(0);
        }
        if !is_whole {
            self.error(value.span(), format!("`{}` is no MAC", cut(text)));
        }
        is_whole.then_some(mac)
    }

    /// A script, a file or a process.
    pub(super) fn watched_thing(&mut self, table: &Table<'_>, span: Range<usize>) -> Option<Watched> {
        let name = self.needed_word(table, "name", &span)?;
        let weight = table.get("weight").and_then(|value| self.weight(value)).unwrap_or(0);
        let given = ["script", "file", "process"].map(|key| table.get(key));
        let kind = match given {
            [Some(script), None, None] => {
                self.known(table, &[keys::WATCHED, keys::WATCHED_SCRIPT]);
                let script = self.script(script)?;
                let interval = table.get("interval").and_then(|value| self.duration(value, false));
                let mut number =
                    |key| table.get(key).and_then(|value| self.integer(value, 1..=u32::MAX)).unwrap_or(1);
                let (rises, falls) = (number("rises"), number("falls"));
                let begins_failed = table.get("begins_failed").and_then(|value| self.boolean(value));
                WatchedKind::Script {
                    script,
                    interval: interval.unwrap_or(Duration::from_secs(1)),
                    rises,
                    falls,
                    begins_failed: begins_failed.unwrap_or(false),
                }
            }
            [None, Some(file), None] => {
                self.known(table, &[keys::WATCHED, keys::WATCHED_FILE]);
                WatchedKind::File { path: self.path(file)? }
            }
            [None, None, Some(process)] => {
                self.known(table, &[keys::WATCHED, keys::WATCHED_PROCESS]);
                self.process(table, process)?
            }
            _ => {
                self.error(span, "one of script, file and process is needed");
                return None;
            }
        };
        Some(Watched { name, weight, kind })
    }

    fn process(&mut self, table: &Table<'_>, process: &Value<'_>) -> Option<WatchedKind> {
        let name = self.word(process)?.to_owned();
        let parameters = table.get("parameters").and_then(|value| self.texts(value)).unwrap_or_default();
        let whole_line = table.get("whole_line").and_then(|value| self.boolean(value)).unwrap_or(false);
        let least = table.get("least").and_then(|value| self.integer(value, 1..=u32::MAX)).unwrap_or(1);
        let most = table.get("most").and_then(|value| self.integer(value, least..=u32::MAX));
        let mut time = |key| table.get(key).and_then(|value| self.duration(value, true)).unwrap_or_default();
        let (fork_delay, end_delay) = (time("fork_delay"), time("end_delay"));
        Some(WatchedKind::Process { name, parameters, whole_line, least, most, fork_delay, end_delay })
    }
}
