//! Virtual routers, and groups of them.

use super::farm::WORDS;
use super::keys;
use super::reader::Reader;
use super::{Table, Value};
use crate::control::acceptable_instance;
use crate::lvs::{
    Announces, Family, Notify, Role, Script, Vmac, Vrrp, VrrpAuth, VrrpGroup, VrrpInstance, VrrpPeers,
    VrrpVersion, Words,
};
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::time::Duration;

/// Where advertisements go if nobody says another group.
pub(super) const fn usual_group(family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18)),
        Family::V6 => IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12)),
    }
}

/// What the interface with a MAC of its own is called if nobody says another name.
pub(super) fn usual_vmac(family: Family, vrid: u8) -> String {
    match family {
        Family::V4 => format!("vrrp.{vrid}"),
        Family::V6 => format!("vrrp6.{vrid}"),
    }
}

impl Reader<'_, '_> {
    /// `[[vrrp]]`, `[[vrrp_group]]` and `[[watched]]`.
    pub(super) fn vrrp(&mut self, root: &Table<'_>, vrrp: &mut Vrrp) {
        let watched = root.get("watched").map(|value| self.tables(value, "watched")).unwrap_or_default();
        let mut things = HashSet::new();
        for (table, span) in watched {
            let Some(thing) = self.watched_thing(table, span) else { continue };
            if things.insert(thing.name.clone()) {
                vrrp.watched.push(thing);
            } else if let Some(name) = table.get("name") {
                self.error(name.span(), format!("the name `{}` is given twice", thing.name));
            }
        }
        let routers = root.get("vrrp").map(|value| self.tables(value, "vrrp")).unwrap_or_default();
        let (mut names, mut numbers) = (HashSet::new(), HashMap::new());
        for (table, span) in routers {
            let Some(instance) = self.instance(table, span.clone(), &things) else { continue };
            if !names.insert(instance.name.clone()) {
                let at = table.get("name").map_or(span.clone(), toml::Spanned::span);
                self.error(at, format!("the name `{}` is given twice", instance.name));
                continue;
            }
            let key = (instance.vrid, instance.interface.clone(), instance.family);
            if let Some(first) = numbers.insert(key, instance.name.clone()) {
                let at = table.get("id").map_or(span.clone(), toml::Spanned::span);
                let message =
                    format!("`{first}` has the number {} on {} already", instance.vrid, instance.interface);
                self.error(at, message);
                continue;
            }
            self.out.place_of_router(&instance.name, self.source, span.start);
            vrrp.instances.push(instance);
        }
        let groups = root.get("vrrp_group").map(|value| self.tables(value, "vrrp_group")).unwrap_or_default();
        let (mut groups_known, mut taken) = (HashSet::new(), HashSet::new());
        for (table, span) in groups {
            let Some(group) = self.vrrp_group(table, span, (&names, &things), &mut taken) else { continue };
            if groups_known.insert(group.name.clone()) {
                vrrp.groups.push(group);
            } else if let Some(name) = table.get("name") {
                self.error(name.span(), format!("the name `{}` is given twice", group.name));
            }
        }
    }

    fn instance(
        &mut self,
        table: &Table<'_>,
        span: Range<usize>,
        things: &HashSet<String>,
    ) -> Option<VrrpInstance> {
        self.known(table, &[keys::VRRP]);
        let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        let name = self.needed_word(table, "name", &span)?;
        let interface = self.needed_word(table, "interface", &span)?;
        let Some(id) = table.get("id") else {
            self.error_with_help(
                span,
                "a virtual router needs a number",
                "id = 1 to 255, the same on all its directors",
            );
            return None;
        };
        let vrid = byte(self.integer(id, 1..=255)?);
        let addresses = table.get("addresses").map(|value| self.virtual_addresses(value)).unwrap_or_default();
        let first = addresses.first().map(|address| Family::of(address.addr));
        let family = table
            .get("family")
            .and_then(|value| self.choice(value, &[("ipv4", Family::V4), ("ipv6", Family::V6)]))
            .or(first)
            .unwrap_or(Family::V4);
        let version = match table.get("version").and_then(|value| self.integer(value, 2..=3)) {
            Some(2) => VrrpVersion::V2,
            _ => VrrpVersion::V3,
        };
        let mut flag = |key, usual| table.get(key).and_then(|value| self.boolean(value)).unwrap_or(usual);
        let preempts = flag("preempts", true);
        let ignores_interface = flag("ignores_interface", false);
        let (is_calm, answers_higher) = (flag("calm", false), flag("answers_higher", true));
        let (skips_addresses, mails) = (flag("skips_addresses", false), flag("mails", false));
        let mut number =
            |key, range, usual| table.get(key).and_then(|value| self.integer(value, range)).unwrap_or(usual);
        let priority = byte(number("priority", 1..=255, 100));
        let patience = number("patience", 1..=100, 3);
        let mut time = |key, may_be_zero, usual| {
            table.get(key).and_then(|value| self.duration(value, may_be_zero)).unwrap_or(usual)
        };
        let interval = time("interval", false, Duration::from_secs(1));
        let preempt_delay = time("preempt_delay", true, Duration::ZERO);
        let begins = [("backup", Role::Backup), ("master", Role::Master)];
        let instance = VrrpInstance {
            name,
            family,
            version,
            vrid,
            interface,
            priority,
            interval,
            begins: table.get("begins").and_then(|value| self.choice(value, &begins)).unwrap_or_default(),
            preempts,
            preempt_delay,
            auth: table.get("auth").and_then(|value| self.vrrp_auth(value)).unwrap_or_default(),
            addresses,
            unadvertised: table
                .get("unadvertised")
                .map(|value| self.virtual_addresses(value))
                .unwrap_or_default(),
            routes: table.get("routes").map(|value| self.virtual_routes(value)).unwrap_or_default(),
            source: table.get("source").and_then(|value| self.address(value)),
            peers: self.vrrp_peers(table, family)?,
            vmac: table.get("vmac").and_then(|value| self.vmac(value, family, vrid)),
            tracks: table.get("track").map(|value| self.tracks(value, things)).unwrap_or_default(),
            ignores_interface,
            announces: table.get("announce").map(|value| self.announces(value)).unwrap_or_default(),
            is_calm,
            answers_higher,
            patience,
            skips_addresses,
            notify: table.get("notify").map(|value| self.notify(value)).unwrap_or_default(),
            mails,
            words: self.words(table),
        };
        if let Err(refusal) = acceptable_instance(&instance) {
            self.error(span, refusal.to_string());
            return None;
        }
        Some(instance)
    }

    fn vrrp_group(
        &mut self,
        table: &Table<'_>,
        span: Range<usize>,
        (routers, things): (&HashSet<String>, &HashSet<String>),
        taken: &mut HashSet<String>,
    ) -> Option<VrrpGroup> {
        self.known(table, &[keys::VRRP_GROUP]);
        let name = self.needed_word(table, "name", &span)?;
        let Some(list) = table.get("members") else {
            self.error_with_help(
                span,
                "a group needs members",
                "members = [\"…\", \"…\"]: names of [[vrrp]]",
            );
            return None;
        };
        let members = self.texts(list)?;
        for member in &members {
            if !routers.contains(member) {
                self.error(list.span(), format!("there is no virtual router `{member}`"));
            } else if !taken.insert(member.clone()) {
                self.error(list.span(), format!("`{member}` is in a group already"));
            }
        }
        if members.len() < 2 {
            self.error(list.span(), "a group has at least two members");
        }
        let mut flag = |key| table.get(key).and_then(|value| self.boolean(value)).unwrap_or(false);
        let (mails, weighs) = (flag("mails"), flag("weighs"));
        Some(VrrpGroup {
            name,
            members,
            tracks: table.get("track").map(|value| self.tracks(value, things)).unwrap_or_default(),
            notify: table.get("notify").map(|value| self.notify(value)).unwrap_or_default(),
            mails,
            weighs,
            words: self.words(table),
        })
    }

    /// A text without which there is nothing.
    pub(super) fn needed_word(
        &mut self,
        table: &Table<'_>,
        key: &str,
        span: &Range<usize>,
    ) -> Option<String> {
        match table.get(key) {
            Some(value) => self.word(value).map(str::to_owned),
            None => {
                self.error(span.clone(), format!("`{key}` is missing"));
                None
            }
        }
    }

    fn words(&mut self, table: &Table<'_>) -> Words {
        table.get("words").and_then(|value| self.choice(value, &WORDS)).unwrap_or_default()
    }

    /// `{ password = "…" }` or `{ header = "…" }`: at most 8 bytes.
    fn vrrp_auth(&mut self, value: &Value<'_>) -> Option<VrrpAuth> {
        let table = self.table(value)?;
        self.known(table, &[keys::VRRP_AUTH]);
        let (kind, said): (fn([u8; 8]) -> VrrpAuth, _) = match (table.get("password"), table.get("header")) {
            (Some(said), None) => (VrrpAuth::Password, said),
            (None, Some(said)) => (VrrpAuth::Header, said),
            _ => {
                self.error(value.span(), "one of password and header is needed");
                return None;
            }
        };
        let bytes = self.bytes(said)?;
        if bytes.len() > 8 {
            self.error(said.span(), "must have at most 8 bytes");
            return None;
        }
        let mut key = [0; 8];
        key.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        Some(kind(key))
    }

    /// `group`, or `peers` with `ttl` and `check_source`.
    fn vrrp_peers(&mut self, table: &Table<'_>, family: Family) -> Option<VrrpPeers> {
        let Some(value) = table.get("peers") else {
            for key in ["ttl", "check_source"] {
                if let Some(value) = table.get(key) {
                    self.error(value.span(), format!("`{key}` goes with `peers`"));
                }
            }
            let group = table.get("group").and_then(|value| self.address(value));
            return Some(VrrpPeers::Multicast { group: group.unwrap_or(usual_group(family)) });
        };
        if let Some(group) = table.get("group") {
            self.error(group.span(), "there is a group, or there are peers");
        }
        let peers = self.vrrp_peer_list(value)?;
        let ttl = table.get("ttl").and_then(|value| self.integer(value, 0..=255)).unwrap_or(255);
        let check_source = table.get("check_source").and_then(|value| self.boolean(value)).unwrap_or(false);
        Some(VrrpPeers::Unicast { peers, ttl: u8::try_from(ttl).unwrap_or(255), check_source })
    }

    /// `true`, or `{ interface = "vrrp.1", mac = "…", sends_below = true }`.
    fn vmac(&mut self, value: &Value<'_>, family: Family, vrid: u8) -> Option<Vmac> {
        let usual = usual_vmac(family, vrid);
        if let Some(is_wanted) = value.get_ref().as_bool() {
            return is_wanted.then_some(Vmac { interface: usual, mac: None, sends_below: false });
        }
        let table = self.table(value)?;
        self.known(table, &[keys::VMAC]);
        let interface =
            table.get("interface").and_then(|value| self.word(value)).map_or(usual, str::to_owned);
        let mac = table.get("mac").and_then(|value| self.mac(value));
        let sends_below = table.get("sends_below").and_then(|value| self.boolean(value)).unwrap_or(false);
        Some(Vmac { interface, mac, sends_below })
    }

    fn announces(&mut self, value: &Value<'_>) -> Announces {
        let mut announces = Announces::default();
        let Some(table) = self.table(value) else { return announces };
        self.known(table, &[keys::ANNOUNCE]);
        let Announces { repeat, delay, refresh, refresh_repeat, lower_repeat, lower_delay, pause } =
            &mut announces;
        for (key, field) in
            [("repeat", repeat), ("refresh_repeat", refresh_repeat), ("lower_repeat", lower_repeat)]
        {
            let number = table.get(key).and_then(|value| self.integer(value, 0..=u32::MAX));
            *field = number.unwrap_or(*field);
        }
        for (key, field) in
            [("delay", delay), ("refresh", refresh), ("lower_delay", lower_delay), ("pause", pause)]
        {
            let time = table.get(key).and_then(|value| self.duration(value, true));
            *field = time.unwrap_or(*field);
        }
        announces
    }

    fn notify(&mut self, value: &Value<'_>) -> Notify {
        let Some(table) = self.table(value) else { return Notify::default() };
        self.known(table, &[keys::NOTIFY]);
        let mut script = |key| -> Option<Script> { table.get(key).and_then(|value| self.script(value)) };
        Notify {
            master: script("master"),
            backup: script("backup"),
            fault: script("fault"),
            stop: script("stop"),
            any: script("any"),
            lower_heard: script("lower_heard"),
            tells_priority: table
                .get("tells_priority")
                .and_then(|value| self.boolean(value))
                .unwrap_or(false),
        }
    }
}
