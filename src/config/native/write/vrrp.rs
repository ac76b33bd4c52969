//! Virtual routers, groups of them, and what they look at.

use super::value::{Pairs, Val};
use super::{Out, script};
use crate::config::native::farm::WORDS;
use crate::config::native::vrrp::{usual_group, usual_vmac};
use crate::config::native::vrrp_parts::MAIN;
use crate::lvs::{
    Announces, Family, Notify, Place, Role, Track, Tracked, VirtualAddress, VirtualRoute, Vmac, Vrrp,
    VrrpAuth, VrrpGroup, VrrpInstance, VrrpPeer, VrrpPeers, VrrpVersion, Watched, WatchedKind, Words,
};
use std::time::Duration;

impl Out {
    pub(super) fn vrrp(&mut self, vrrp: &Vrrp) {
        let Vrrp { instances, groups, watched: things, fifos: _, pulse: _ } = vrrp;
        self.tables("What virtual routers look at.", "watched", things.iter().map(watched));
        self.tables("Virtual routers.", "vrrp", instances.iter().map(instance));
        self.tables("Virtual routers that change together.", "vrrp_group", groups.iter().map(group));
    }

    fn tables(&mut self, heading: &str, path: &str, tables: impl Iterator<Item = Pairs>) {
        for (place, pairs) in tables.enumerate() {
            if place == 0 {
                self.heading(heading);
            } else {
                self.text.push('\n');
            }
            self.array_table(path, &pairs);
        }
    }
}

fn flags<const N: usize>(flags: [(&'static str, bool); N]) -> impl Iterator<Item = (&'static str, Val)> {
    flags.into_iter().filter(|(_, on)| *on).map(|(key, _)| (key, Val::from(true)))
}

fn watched(thing: &Watched) -> Pairs {
    let Watched { name, weight, kind } = thing;
    let mut pairs = vec![("name", Val::text(name))];
    pairs.extend((*weight != 0).then(|| ("weight", Val::from(i32::from(*weight)))));
    match kind {
        WatchedKind::Script { script: what, interval, rises, falls, begins_failed } => {
            pairs.push(("script", script(what)));
            pairs.push(("interval", Val::time(*interval)));
            pairs.extend((*rises != 1).then(|| ("rises", Val::from(*rises))));
            pairs.extend((*falls != 1).then(|| ("falls", Val::from(*falls))));
            pairs.extend(flags([("begins_failed", *begins_failed)]));
        }
        WatchedKind::File { path } => pairs.push(("file", Val::text(&path.to_string_lossy()))),
        WatchedKind::Process { name, parameters, whole_line, least, most, fork_delay, end_delay } => {
            pairs.push(("process", Val::text(name)));
            if !parameters.is_empty() {
                let parameters = parameters.iter().map(|word| Val::text(word)).collect();
                pairs.push(("parameters", Val::List(parameters)));
            }
            pairs.extend(flags([("whole_line", *whole_line)]));
            pairs.extend((*least != 1).then(|| ("least", Val::from(*least))));
            pairs.extend(most.map(|most| ("most", Val::from(most))));
            let times = [("fork_delay", fork_delay), ("end_delay", end_delay)].into_iter();
            pairs
                .extend(times.filter(|(_, time)| !time.is_zero()).map(|(key, time)| (key, Val::time(*time))));
        }
    }
    pairs
}

fn instance(one: &VrrpInstance) -> Pairs {
    let VrrpInstance {
        name,
        family,
        version,
        vrid,
        interface,
        priority,
        interval,
        begins,
        preempts,
        preempt_delay,
        auth,
        addresses,
        unadvertised,
        routes,
        source,
        peers,
        vmac,
        tracks,
        ignores_interface,
        announces,
        is_calm,
        answers_higher,
        patience,
        skips_addresses,
        notify,
        mails,
        words,
    } = one;
    let mut pairs =
        vec![("name", Val::text(name)), ("id", Val::from(*vrid)), ("interface", Val::text(interface))];
    let implied = addresses.first().map_or(Family::V4, |address| Family::of(address.addr));
    let family_name = if *family == Family::V4 { "ipv4" } else { "ipv6" };
    pairs.extend((*family != implied).then(|| ("family", Val::text(family_name))));
    pairs.extend((*version == VrrpVersion::V2).then(|| ("version", Val::from(2u8))));
    pairs.push(("priority", Val::from(*priority)));
    pairs.extend((*interval != Duration::from_secs(1)).then(|| ("interval", Val::time(*interval))));
    pairs.extend((*begins == Role::Master).then(|| ("begins", Val::text("master"))));
    pairs.extend((!*preempts).then(|| ("preempts", Val::from(false))));
    pairs.extend((!preempt_delay.is_zero()).then(|| ("preempt_delay", Val::time(*preempt_delay))));
    pairs.extend(auth_pair(*auth));
    let lists = [("addresses", addresses), ("unadvertised", unadvertised)].into_iter();
    pairs.extend(
        lists
            .filter(|(_, list)| !list.is_empty())
            .map(|(key, list)| (key, Val::List(list.iter().map(address).collect()))),
    );
    if !routes.is_empty() {
        pairs.push(("routes", Val::List(routes.iter().map(route).collect())));
    }
    pairs.extend(source.map(|source| ("source", Val::text(&source.to_string()))));
    match peers {
        VrrpPeers::Multicast { group } => {
            pairs.extend((*group != usual_group(*family)).then(|| ("group", Val::text(&group.to_string()))));
        }
        VrrpPeers::Unicast { peers, ttl, check_source } => {
            pairs.push(("peers", Val::List(peers.iter().map(peer).collect())));
            pairs.extend((*ttl != 255).then(|| ("ttl", Val::from(*ttl))));
            pairs.extend(flags([("check_source", *check_source)]));
        }
    }
    pairs.extend(vmac.as_ref().map(|vmac| ("vmac", vmac_value(vmac, *family, *vrid))));
    pairs.extend(tracks_pair(tracks));
    pairs.extend(flags([
        ("ignores_interface", *ignores_interface),
        ("calm", *is_calm),
        ("skips_addresses", *skips_addresses),
        ("mails", *mails),
    ]));
    pairs.extend((!*answers_higher).then(|| ("answers_higher", Val::from(false))));
    pairs.extend((*patience != 3).then(|| ("patience", Val::from(*patience))));
    pairs.extend(words_pair(*words));
    pairs.extend(announces_pair(announces));
    pairs.extend(notify_pair(notify));
    pairs
}

fn group(group: &VrrpGroup) -> Pairs {
    let VrrpGroup { name, members, tracks, notify, mails, weighs, words } = group;
    let members = members.iter().map(|member| Val::text(member)).collect();
    let mut pairs = vec![("name", Val::text(name)), ("members", Val::List(members))];
    pairs.extend(tracks_pair(tracks));
    pairs.extend(flags([("mails", *mails), ("weighs", *weighs)]));
    pairs.extend(words_pair(*words));
    pairs.extend(notify_pair(notify));
    pairs
}

fn auth_pair(auth: VrrpAuth) -> Option<(&'static str, Val)> {
    let (key, bytes) = match auth {
        VrrpAuth::None => return None,
        VrrpAuth::Password(bytes) => ("password", bytes),
        VrrpAuth::Header(bytes) => ("header", bytes),
    };
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let said = bytes.get(..end).unwrap_or_default();
    let value = match std::str::from_utf8(said) {
        Ok(text) if !text.contains(char::is_control) => Val::text(text),
        _ => {
            let hex: Vec<String> = said.iter().map(|byte| format!("{byte:02x}")).collect();
            Val::Table(vec![("hex", Val::text(&hex.join(" ")))])
        }
    };
    Some(("auth", Val::Table(vec![(key, value)])))
}

fn address(address: &VirtualAddress) -> Val {
    let VirtualAddress { addr, prefix, place } = address;
    let bits = Family::of(*addr).bits();
    let text = if *prefix == bits { addr.to_string() } else { format!("{addr}/{prefix}") };
    let Place::OnInterface { device, label, broadcast, scope } = place else { return Val::text(&text) };
    let mut pairs = vec![("address", Val::text(&text))];
    pairs.extend(device.as_ref().map(|device| ("device", Val::text(device))));
    pairs.extend(label.as_ref().map(|label| ("label", Val::text(label))));
    pairs.extend(broadcast.map(|broadcast| ("broadcast", Val::text(&broadcast.to_string()))));
    pairs.extend((*scope != 0).then(|| ("scope", Val::from(*scope))));
    if pairs.len() == 1 {
        pairs.push(("on_interface", Val::from(true)));
    }
    Val::Table(pairs)
}

fn route(route: &VirtualRoute) -> Val {
    let VirtualRoute { to, prefix, via, device, source, metric, table } = route;
    let mut pairs = vec![("to", Val::text(&format!("{to}/{prefix}")))];
    pairs.extend(via.map(|via| ("via", Val::text(&via.to_string()))));
    pairs.extend(device.as_ref().map(|device| ("device", Val::text(device))));
    pairs.extend(source.map(|source| ("source", Val::text(&source.to_string()))));
    pairs.extend((*metric != 0).then(|| ("metric", Val::from(*metric))));
    pairs.extend((*table != MAIN).then(|| ("table", Val::from(*table))));
    Val::Table(pairs)
}

fn peer(peer: &VrrpPeer) -> Val {
    let VrrpPeer { addr, min_ttl, max_ttl } = peer;
    let addr = Val::text(&addr.to_string());
    if (*min_ttl, *max_ttl) == (0, 255) {
        return addr;
    }
    Val::Table(vec![("address", addr), ("min_ttl", Val::from(*min_ttl)), ("max_ttl", Val::from(*max_ttl))])
}

fn vmac_value(vmac: &Vmac, family: Family, vrid: u8) -> Val {
    let Vmac { interface, mac, sends_below } = vmac;
    let mut pairs = Pairs::new();
    pairs.extend((*interface != usual_vmac(family, vrid)).then(|| ("interface", Val::text(interface))));
    pairs.extend(mac.map(|mac| ("mac", Val::text(&mac.to_string()))));
    pairs.extend(flags([("sends_below", *sends_below)]));
    if pairs.is_empty() { Val::from(true) } else { Val::Table(pairs) }
}

fn tracks_pair(tracks: &[Track]) -> Option<(&'static str, Val)> {
    let value = |track: &Track| {
        let Track { what, weight, reverse } = track;
        let (key, name) = match what {
            Tracked::Named(name) if weight.is_none() && !reverse => return Val::text(name),
            Tracked::Named(name) => ("name", name),
            Tracked::Interface(name) => ("interface", name),
        };
        let mut pairs = vec![(key, Val::text(name))];
        pairs.extend(weight.map(|weight| ("weight", Val::from(i32::from(weight)))));
        pairs.extend(flags([("reverse", *reverse)]));
        Val::Table(pairs)
    };
    (!tracks.is_empty()).then(|| ("track", Val::List(tracks.iter().map(value).collect())))
}

fn announces_pair(announces: &Announces) -> Option<(&'static str, Val)> {
    let usual = Announces::default();
    let Announces { repeat, delay, refresh, refresh_repeat, lower_repeat, lower_delay, pause } = *announces;
    let numbers = [
        ("repeat", repeat, usual.repeat),
        ("refresh_repeat", refresh_repeat, usual.refresh_repeat),
        ("lower_repeat", lower_repeat, usual.lower_repeat),
    ];
    let times = [
        ("delay", delay, usual.delay),
        ("refresh", refresh, usual.refresh),
        ("lower_delay", lower_delay, usual.lower_delay),
        ("pause", pause, usual.pause),
    ];
    let mut pairs = Pairs::new();
    pairs.extend(
        numbers.into_iter().filter(|(_, is, was)| is != was).map(|(key, is, _)| (key, Val::from(is))),
    );
    pairs.extend(times.into_iter().filter(|(_, is, was)| is != was).map(|(key, is, _)| (key, Val::time(is))));
    (!pairs.is_empty()).then_some(("announce", Val::Table(pairs)))
}

fn notify_pair(notify: &Notify) -> Option<(&'static str, Val)> {
    let Notify { master, backup, fault, stop, any, lower_heard, tells_priority } = notify;
    let scripts = [
        ("master", master),
        ("backup", backup),
        ("fault", fault),
        ("stop", stop),
        ("any", any),
        ("lower_heard", lower_heard),
    ];
    let mut pairs = Pairs::new();
    pairs.extend(scripts.into_iter().filter_map(|(key, said)| Some((key, script(said.as_ref()?)))));
    pairs.extend(flags([("tells_priority", *tells_priority)]));
    (!pairs.is_empty()).then_some(("notify", Val::Table(pairs)))
}

fn words_pair(words: Words) -> Option<(&'static str, Val)> {
    let name = WORDS.iter().find(|(_, known)| *known == words).map_or("", |(name, _)| *name);
    (words != Words::Ulvs).then(|| ("words", Val::text(name)))
}
