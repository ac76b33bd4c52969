//! From drafts to virtual routers: what nobody said, and what keepalived sets right.

use super::super::farm::FarmMaker;
use super::super::reader::Reader;
use super::super::remark::At;
use super::draft::{Auth, Global, Group, Instance, Kind, Look, Paces, Scripts};
use crate::control::acceptable_instance;
use crate::lvs::{
    Announces, Family, Notify, Role, Script, Track, Tracked, Vmac, Vrrp, VrrpAuth, VrrpGroup, VrrpInstance,
    VrrpPeers, VrrpVersion, Watched, WatchedKind, Words,
};
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// The groups that advertisements are sent to.
const GROUP4: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18));
const GROUP6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12));
/// The interface of those that name none.
const INTERFACE: &str = "eth0";
/// The longest interval of version 3.
const LONGEST: Duration = Duration::from_millis(40_950);
/// Addresses that an advertisement has room for.
const MAX_ADDRESSES: usize = 255;

/// Names that things have in the intent, where all kinds share them.
type Names = HashMap<(u8, String), String>;

impl Reader<'_, '_> {
    /// The virtual routers of the text. Without any, nothing else is wanted of VRRP.
    pub(in super::super) fn finish_vrrp(&mut self, farms: &mut FarmMaker) -> Vrrp {
        let draft = std::mem::take(&mut self.draft.vrrp);
        if draft.instances.is_empty() {
            return Vrrp::default();
        }
        let mut vrrp = Vrrp { fifos: draft.fifos, ..Vrrp::default() };
        let mut names = Names::new();
        for mut thing in draft.watched {
            if let WatchedKind::Script { script, .. } = &mut thing.watched.kind {
                *script = farms.run_as(script.clone(), thing.at);
            }
            name_it(&mut names, &mut vrrp.watched, thing.kind, thing.watched);
        }
        let looks = draft.instances.iter().flat_map(|one| &one.looks);
        let looks = looks.chain(draft.groups.iter().flat_map(|group| &group.looks));
        for look in looks.filter(|look| look.kind == Kind::File) {
            let Some(file) = self.draft.track_files.get(&look.name) else { continue };
            if names.contains_key(&(Kind::File as u8, look.name.clone())) {
                continue;
            }
            let weight = i16::try_from(file.weight.clamp(-254, 254)).unwrap_or(0);
            let watched = Watched {
                name: look.name.clone(),
                weight,
                kind: WatchedKind::File { path: file.path.clone() },
            };
            name_it(&mut names, &mut vrrp.watched, Kind::File, watched);
        }
        let (mut known, mut routers) = (HashMap::new(), HashMap::new());
        for one in draft.instances {
            let at = one.at;
            let Some(instance) = self.instance(one, &draft.global, &names, farms) else { continue };
            if let Some(first) = known.insert(instance.name.clone(), at) {
                let message =
                    format!("there are two virtual routers `{}`{}", instance.name, self.first(first));
                self.remarks.error(at, message);
                continue;
            }
            let key = (instance.vrid, instance.interface.clone(), instance.family);
            if let Some(first) = routers.insert(key, at) {
                let message = format!(
                    "there are two virtual routers {} on {}{}",
                    instance.vrid,
                    instance.interface,
                    self.first(first)
                );
                self.remarks.error(at, message);
                continue;
            }
            if let Err(refusal) = acceptable_instance(&instance) {
                self.remarks.error(at, refusal.to_string());
                continue;
            }
            if let Some(source) = self.remarks.sources.get(at.file).cloned() {
                self.remarks.out.place_of_router(&instance.name, &source, at.start);
            }
            vrrp.instances.push(instance);
        }
        let mut taken = HashSet::new();
        for group in draft.groups {
            let group = self.group_of(group, &draft.global, &known, &names, &mut taken, farms);
            vrrp.groups.extend(group);
        }
        vrrp
    }

    /// Where something was said first.
    fn first(&self, at: At) -> String {
        let Some(source) = self.remarks.sources.get(at.file) else { return String::new() };
        let (line, column) = source.position(at.start);
        format!(" (first {}:{line}:{column})", source.name())
    }

    fn instance(
        &mut self,
        mut one: Instance,
        global: &Global,
        names: &Names,
        farms: &mut FarmMaker,
    ) -> Option<VrrpInstance> {
        let at = one.at;
        let Some((vrid, _)) = one.vrid else {
            let help = "write virtual_router_id, 1 to 255; keepalived ends here";
            let message = format!("the virtual router `{}` has no number", one.name);
            self.remarks.error(at, message).help(help);
            return None;
        };
        let family = self.family(&mut one);
        let interface = one.interface.take().or_else(|| global.interface.clone()).unwrap_or_else(|| {
            self.remarks.note(at, format!("no interface is named: {INTERFACE} is used"));
            INTERFACE.to_owned()
        });
        let version = self.version(&one, family, global);
        let priority = one.priority.unwrap_or(if one.begins_master { 255 } else { 100 });
        let interval = self.interval(&one, version);
        let is_strict = one.is_strict.unwrap_or(global.is_strict);
        let auth = one.auth.take().map_or(VrrpAuth::None, |auth| self.auth(&auth, version, is_strict));
        self.beginning(&mut one, priority, auth, is_strict);
        self.delays(&mut one);
        self.room(&mut one, family, is_strict);
        let peers = self.peers(&mut one, family, global, is_strict);
        let source = one.source.filter(|(addr, at)| {
            let fits = Family::of(*addr) == family;
            if !fits {
                let message = "the source address is of the other family: it is left out";
                self.remarks.warning(*at, message).strict();
            }
            fits
        });
        let vmac = one.vmac.take().map(|(name, mac)| {
            let usual = if family == Family::V4 { "vrrp" } else { "vrrp6" };
            let interface = name.unwrap_or_else(|| format!("{usual}.{vrid}"));
            Vmac { interface, mac, sends_below: one.sends_below }
        });
        Some(VrrpInstance {
            name: one.name,
            family,
            version,
            vrid,
            interface,
            priority,
            interval,
            begins: if one.begins_master { Role::Master } else { Role::Backup },
            preempts: one.nopreempt.is_none(),
            preempt_delay: one.preempt_delay.map_or(Duration::ZERO, |(time, _)| time),
            auth,
            addresses: one.addresses.into_iter().map(|(address, _)| address).collect(),
            unadvertised: one.unadvertised,
            routes: one.routes,
            source: source.map(|(addr, _)| addr),
            peers,
            vmac,
            tracks: self.tracks(&one.looks, names),
            ignores_interface: one.ignores_interface,
            announces: announces(one.paces, family, global),
            is_calm: one.is_calm.or(global.is_calm).unwrap_or(is_strict),
            answers_higher: one.answers_higher.unwrap_or(global.answers_higher),
            patience: one.patience.or(global.patience).unwrap_or(3),
            skips_addresses: one.skips_addresses.unwrap_or(global.skips_addresses),
            notify: notify(one.scripts, global, farms),
            mails: one.mails.or(global.mails).or(self.draft.mail.all).unwrap_or(false),
            words: Words::Keepalived,
        })
    }

    /// That of the first address; others are left out.
    fn family(&mut self, one: &mut Instance) -> Family {
        let first = one.addresses.first().map(|(address, _)| address.addr);
        let other = one.peers.iter().flatten().map(|(peer, _)| peer.addr).next();
        let other = other.or(one.source.map(|(addr, _)| addr));
        let family = match first.or(other) {
            _ if one.is_native6 && first.is_none() => Family::V6,
            Some(addr) => Family::of(addr),
            None => Family::V4,
        };
        for (address, at) in one.addresses.extract_if(.., |(address, _)| Family::of(address.addr) != family) {
            let message = format!(
                "{} is of the other family: it is left out; virtual_ipaddress_excluded takes both",
                address.addr
            );
            self.remarks.warning(at, message).strict();
        }
        let mut seen = HashSet::new();
        for (address, at) in one.addresses.extract_if(.., |(address, _)| !seen.insert(address.addr)) {
            let message = format!("{} is there already: this one is left out", address.addr);
            self.remarks.warning(at, message).strict();
        }
        one.unadvertised.retain(|address| seen.insert(address.addr));
        family
    }

    fn version(&mut self, one: &Instance, family: Family, global: &Global) -> VrrpVersion {
        match (one.version, family) {
            (Some((2, at)), Family::V6) => {
                self.remarks.warning(at, "IPv6 needs version 3: it is used").strict();
                VrrpVersion::V3
            }
            (_, Family::V6) | (Some((3, _)), _) => VrrpVersion::V3,
            (Some(_), _) => VrrpVersion::V2,
            (None, _) if global.version == Some(3) => VrrpVersion::V3,
            (None, _) => VrrpVersion::V2,
        }
    }

    fn interval(&mut self, one: &Instance, version: VrrpVersion) -> Duration {
        let Some((time, at)) = one.interval else { return Duration::from_secs(1) };
        let possible = match version {
            VrrpVersion::V2 if time.subsec_nanos() > 0 => {
                let rounded = (time + Duration::from_millis(500)).as_secs().max(1);
                Duration::from_secs(rounded)
            }
            VrrpVersion::V2 => time,
            VrrpVersion::V3 => {
                let hundredths = (time.as_millis() / 10).clamp(1, LONGEST.as_millis() / 10);
                Duration::from_millis(u64::try_from(hundredths * 10).unwrap_or(1000))
            }
        };
        if possible != time {
            let kind = match version {
                VrrpVersion::V2 => "version 2 has whole seconds",
                VrrpVersion::V3 => "version 3 has hundredths of a second, up to 40.95 s",
            };
            let message = format!("{kind}: {} s is used", possible.as_secs_f64());
            self.remarks.warning(at, message).strict();
        }
        possible
    }

    fn auth(&mut self, auth: &Auth, version: VrrpVersion, is_strict: bool) -> VrrpAuth {
        let Some(is_header) = auth.is_header else {
            if auth.password.is_some() {
                let message = "there is no auth_type: there is no authentication";
                self.remarks.warning(auth.at, message).strict();
            }
            return VrrpAuth::None;
        };
        let why = match version {
            VrrpVersion::V3 => "version 3 has no authentication: it is left out",
            VrrpVersion::V2 if is_strict => "strict mode has no authentication: it is left out",
            VrrpVersion::V2 if auth.password.as_deref().unwrap_or_default().is_empty() => {
                "there is no auth_pass: there is no authentication"
            }
            VrrpVersion::V2 => "",
        };
        if !why.is_empty() {
            self.remarks.warning(auth.at, why).strict();
            return VrrpAuth::None;
        }
        let mut key = [0; 8];
        for (to, from) in key.iter_mut().zip(auth.password.as_deref().unwrap_or_default().bytes()) {
            *to = from;
        }
        if is_header { VrrpAuth::Header(key) } else { VrrpAuth::Password(key) }
    }

    /// What `state MASTER` does not go with.
    fn beginning(&mut self, one: &mut Instance, priority: u8, auth: VrrpAuth, is_strict: bool) {
        if !one.begins_master {
            return;
        }
        let why = match auth {
            VrrpAuth::Header(_) => "state MASTER does not go with auth_type AH: it begins as BACKUP",
            _ if is_strict && priority != 255 => {
                "strict mode: only who owns the addresses (priority 255) may have state MASTER: it begins as BACKUP"
            }
            _ => return,
        };
        self.remarks.warning(one.at, why).strict();
        one.begins_master = false;
    }

    /// `nopreempt` and `preempt_delay` do not go with `state MASTER`, nor with each other.
    fn delays(&mut self, one: &mut Instance) {
        if one.begins_master {
            if let Some(at) = one.nopreempt.take() {
                self.remarks.warning(at, "nopreempt does not go with state MASTER: it is left out").strict();
            }
            if let Some((_, at)) = one.preempt_delay.take() {
                self.remarks
                    .warning(at, "preempt_delay does not go with state MASTER: it is left out")
                    .strict();
            }
        } else if one.nopreempt.is_some()
            && let Some((_, at)) = one.preempt_delay.take()
        {
            self.remarks.warning(at, "preempt_delay does not go with nopreempt: it is left out").strict();
        }
    }

    /// As many addresses as there is room for, and of IPv6 one of the link first.
    fn room(&mut self, one: &mut Instance, family: Family, is_strict: bool) {
        if one.addresses.len() > MAX_ADDRESSES {
            let message = "an advertisement has room for 255 addresses: the others are not advertised";
            self.remarks.warning(one.at, message).strict();
            one.unadvertised.extend(one.addresses.drain(MAX_ADDRESSES..).map(|(address, _)| address));
        }
        match one.addresses.first() {
            None if is_strict => {
                let help = "keepalived ends here";
                self.remarks.error(one.at, "strict mode wants an address").help(help);
            }
            None if !one.has_none => {
                self.remarks.warning(one.at, "this virtual router has no address");
            }
            Some((address, at)) if family == Family::V6 => {
                let is_of_link = matches!(address.addr, IpAddr::V6(addr) if addr.is_unicast_link_local());
                if !is_of_link {
                    let message = "the first address of IPv6 should be link-local, as RFC 9568 has it";
                    self.remarks.note(*at, message);
                }
            }
            _ => {}
        }
    }

    fn peers(&mut self, one: &mut Instance, family: Family, global: &Global, is_strict: bool) -> VrrpPeers {
        let mut peers = Vec::new();
        for (peer, at) in one.peers.take().unwrap_or_default() {
            let why = if Family::of(peer.addr) != family {
                "is of the other family"
            } else if peers.iter().any(|known: &crate::lvs::VrrpPeer| known.addr == peer.addr) {
                "is there already"
            } else {
                peers.push(peer);
                continue;
            };
            self.remarks.warning(at, format!("the peer {} {why}: it is left out", peer.addr)).strict();
        }
        if !peers.is_empty() {
            if is_strict {
                let help = "keepalived ends here";
                self.remarks.error(one.at, "strict mode has no unicast").help(help);
            }
            let check_source = one.checks_source.unwrap_or(global.checks_source);
            return VrrpPeers::Unicast { peers, ttl: one.ttl.unwrap_or(255), check_source };
        }
        let (usual, said) = match family {
            Family::V4 => (GROUP4, global.group4),
            Family::V6 => (GROUP6, global.group6),
        };
        let own = one.group.filter(|(group, at)| {
            let fits = group.is_multicast() && Family::of(*group) == family;
            if !fits {
                let message = format!("{group} is no group of this family: it is left out");
                self.remarks.warning(*at, message).strict();
            }
            fits
        });
        let said = said.filter(|group| group.is_multicast() && Family::of(*group) == family);
        VrrpPeers::Multicast { group: own.map(|(group, _)| group).or(said).unwrap_or(usual) }
    }

    fn tracks(&mut self, looks: &[Look], names: &Names) -> Vec<Track> {
        let mut tracks = Vec::new();
        for look in looks {
            let what = match look.kind {
                Kind::Interface => Tracked::Interface(look.name.clone()),
                kind => match names.get(&(kind as u8, look.name.clone())) {
                    Some(name) => Tracked::Named(name.clone()),
                    None => {
                        let message = format!("there is nothing of the name `{}`: it is left out", look.name);
                        self.remarks.warning(look.at, message).strict();
                        continue;
                    }
                },
            };
            tracks.push((look.kind as u8, Track { what, weight: look.weight, reverse: look.is_reverse }));
        }
        // Their order means nothing; one kind behind the other, they are written as they are read.
        tracks.sort_by_key(|(kind, _)| *kind);
        tracks.into_iter().map(|(_, track)| track).collect()
    }

    fn group_of(
        &mut self,
        group: Group,
        global: &Global,
        known: &HashMap<String, At>,
        names: &Names,
        taken: &mut HashSet<String>,
        farms: &mut FarmMaker,
    ) -> Option<VrrpGroup> {
        if !taken.insert(format!("group {}", group.name)) {
            self.remarks.error(group.at, format!("there are two groups `{}`", group.name));
            return None;
        }
        let mut members = Vec::new();
        for (name, at) in group.members {
            let why = if !known.contains_key(&name) {
                "there is no virtual router"
            } else if !taken.insert(format!("member {name}")) {
                "this or another group has already"
            } else {
                members.push(name);
                continue;
            };
            self.remarks.warning(at, format!("{why} `{name}`: it is left out")).strict();
        }
        if members.len() < 2 {
            let message = format!("the group `{}` has less than two members: it is left out", group.name);
            self.remarks.warning(group.at, message).strict();
            return None;
        }
        Some(VrrpGroup {
            name: group.name,
            members,
            tracks: self.tracks(&group.looks, names),
            notify: notify(group.scripts, global, farms),
            mails: group.mails.or(global.mails).or(self.draft.mail.all).unwrap_or(false),
            weighs: group.weighs,
            words: Words::Keepalived,
        })
    }
}

/// Gives a thing a name that no other has, of whatever kind.
fn name_it(names: &mut Names, all: &mut Vec<Watched>, kind: Kind, mut watched: Watched) {
    let said = watched.name.clone();
    let mut number = 2;
    // At most some thousands, which were counted when they were read.
    while all.iter().any(|known| known.name == watched.name) {
        watched.name = format!("{said}_{number}");
        number += 1;
    }
    names.insert((kind as u8, said), watched.name.clone());
    all.push(watched);
}

/// What the instance says, else what all say, else keepalived's own.
fn announces(own: Paces, family: Family, global: &Global) -> Announces {
    let all = global.paces;
    let usual = if global.is_short {
        Announces { repeat: 1, delay: Duration::ZERO, ..Announces::default() }
    } else {
        Announces::default()
    };
    let seconds = |number: u32| Duration::from_secs(number.into());
    let repeat = own.repeat.or(all.repeat).unwrap_or(usual.repeat).max(1);
    let delay = own.delay.or(all.delay).map_or(usual.delay, seconds);
    Announces {
        repeat,
        delay,
        refresh: own.refresh.or(all.refresh).map_or(usual.refresh, seconds),
        refresh_repeat: own.refresh_repeat.or(all.refresh_repeat).unwrap_or(usual.refresh_repeat).max(1),
        lower_repeat: own.lower_repeat.or(all.lower_repeat).unwrap_or(repeat),
        lower_delay: own.lower_delay.or(all.lower_delay).map_or(delay, seconds),
        pause: if family == Family::V4 { global.arp_pause } else { global.na_pause },
    }
}

fn notify(scripts: Scripts, global: &Global, farms: &mut FarmMaker) -> Notify {
    let mut run = |said: Option<(Script, At)>| said.map(|(script, at)| farms.run_as(script, at));
    Notify {
        master: run(scripts.master),
        backup: run(scripts.backup),
        fault: run(scripts.fault),
        stop: run(scripts.stop),
        any: run(scripts.any),
        lower_heard: run(scripts.lower_heard),
        tells_priority: scripts.tells_priority.unwrap_or(global.tells_priority),
    }
}
