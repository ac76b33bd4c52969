//! Services and their real servers.

use super::farm::{farm, watched};
use super::service_address;
use super::share;
use super::value::{Pairs, Val};
use crate::config::native::server::{CHECKSUMS, service_port};
use crate::control::command::Intent;
use crate::lvs::{
    ClientMask, Endpoint, Farm, ForwardingMethod, RealServerSpec, ServiceKey, ServiceSpec, Tunnel,
    TunnelChecksum,
};
use std::collections::{HashMap, HashSet};

/// One `[[service]]`.
pub(super) struct Block {
    /// What it says.
    pub(super) pairs: Pairs,
    /// Its real servers.
    pub(super) servers: Vec<Pairs>,
    /// Is it watched?
    pub(super) kind: BlockKind,
}

/// Is a service watched?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    /// It is.
    Leader,
    /// With another one.
    Follower,
    /// It is not.
    Unwatched,
}

/// All services: first farms in their order, then those that nothing watches.
pub(super) fn blocks(intent: &Intent, unsaid: &mut Vec<String>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut taken = HashSet::new();
    for farm in &intent.farms {
        let mut said: Vec<ServiceKey> = Vec::new();
        for key in &farm.services {
            if !intent.services.contains_key(key) || !taken.insert(*key) {
                let name = &farm.name;
                unsaid
                    .push(format!("{name} checks {}, which is no service of its own", service_address(key)));
            } else {
                said.push(*key);
            }
        }
        farm_blocks(intent, farm, &said, &mut blocks, unsaid);
    }
    for (key, (spec, servers)) in &intent.services {
        if !taken.contains(key) {
            let pairs = [vec![address(&[*key])], service(spec)].concat();
            let servers = servers.iter().map(|server| real_server(server, &[*key])).collect();
            blocks.push(Block::new(pairs, servers, BlockKind::Unwatched));
        }
    }
    blocks
}

/// A farm: the services that say the same as the first one with it, then the others.
fn farm_blocks(
    intent: &Intent,
    farmed: &Farm,
    services: &[ServiceKey],
    blocks: &mut Vec<Block>,
    unsaid: &mut Vec<String>,
) {
    let said: Vec<_> = services
        .iter()
        .filter_map(|key| intent.services.get(key).map(|(spec, servers)| (*key, service(spec), servers)))
        .collect();
    let runs = said.chunk_by(|(_, one, ones), (_, other, others)| one == other && ones == others);
    let mut leaders: Option<&Vec<RealServerSpec>> = None;
    for run in runs {
        let keys: Vec<ServiceKey> = run.iter().map(|(key, ..)| *key).collect();
        let Some((_, spec, servers)) = run.first() else { continue };
        let mut pairs = vec![address(&keys)];
        if let Some(leaders) = leaders {
            pairs.push(("with", Val::text(&farmed.name)));
            pairs.extend(spec.clone());
            let own = if leaders == *servers { &[] } else { servers.as_slice() };
            let rows: Vec<_> = own.iter().map(|server| real_server(server, &keys)).collect();
            if servers.is_empty() && !leaders.is_empty() {
                pairs.push(("server", Val::List(Vec::new())));
            }
            blocks.push(Block::new(pairs, rows, BlockKind::Follower));
            continue;
        }
        leaders = Some(*servers);
        let bounded = servers.iter().any(|server| server.thresholds.upper > 0);
        let what = farm(farmed, &keys, bounded);
        let (name, what) = what.split_at(1.min(what.len()));
        pairs.extend(name.iter().cloned());
        pairs.extend(spec.clone());
        pairs.extend(what.iter().cloned());
        let rows = rows(farmed, servers, &keys, unsaid);
        let mut block = Block::new(pairs, rows, BlockKind::Leader);
        share::checks_of(&mut block);
        blocks.push(block);
    }
    if leaders.is_none() {
        unsaid.push(format!("{} has no service", farmed.name));
    }
}

/// The real servers of a farm with what watches them.
fn rows(
    farmed: &Farm,
    servers: &[RealServerSpec],
    keys: &[ServiceKey],
    unsaid: &mut Vec<String>,
) -> Vec<Pairs> {
    let of: HashMap<Endpoint, _> = farmed.servers.iter().map(|server| (server.endpoint, server)).collect();
    let same = farmed.servers.iter().map(|server| server.endpoint).eq(servers.iter().map(|s| s.endpoint));
    if !same {
        unsaid.push(format!("{} does not check the real servers of its service one by one", farmed.name));
    }
    let row = |server: &RealServerSpec| {
        let mut pairs = real_server(server, keys);
        if let Some(seen) = of.get(&server.endpoint) {
            pairs.extend(watched(seen, farmed.mail.is_some()));
        }
        pairs
    };
    servers.iter().map(row).collect()
}

impl Block {
    fn new(pairs: Pairs, servers: Vec<Pairs>, kind: BlockKind) -> Self {
        let mut block = Self { pairs, servers, kind };
        share::servers(&mut block);
        block
    }
}

fn address(keys: &[ServiceKey]) -> (&'static str, Val) {
    let val = match keys {
        [one] => Val::text(&service_address(one)),
        several => Val::List(several.iter().map(|key| Val::text(&service_address(key))).collect()),
    };
    ("address", val)
}

/// What is said of a service, but for its address.
fn service(spec: &ServiceSpec) -> Pairs {
    let mut pairs = Pairs::new();
    if spec.scheduler.as_str() != "wlc" {
        pairs.push(("scheduler", Val::text(spec.scheduler.as_str())));
    }
    let flags = spec.scheduler_flags;
    let names = match spec.scheduler.as_str() {
        "sh" => ["sh-fallback", "sh-port", "flag-3"],
        "mh" => ["mh-fallback", "mh-port", "flag-3"],
        _ => ["flag-1", "flag-2", "flag-3"],
    };
    let set = names.into_iter().zip([flags.first, flags.second, flags.third]).filter(|(_, on)| *on);
    let set: Vec<_> = set.map(|(name, _)| Val::text(name)).collect();
    if !set.is_empty() {
        pairs.push(("scheduler_flags", Val::List(set)));
    }
    if let Some(persistence) = spec.persistence {
        pairs.push(("persistence", Val::from(persistence.timeout_seconds)));
        if !persistence.mask.is_whole() {
            pairs.push(("persistence_mask", mask(persistence.mask)));
        }
    }
    pairs.extend(spec.engine.as_ref().map(|engine| ("persistence_engine", Val::text(engine))));
    pairs.extend(spec.one_packet.then(|| ("one_packet", Val::from(true))));
    pairs
}

fn mask(mask: ClientMask) -> Val {
    match mask {
        ClientMask::V6(bits) => Val::from(bits),
        ClientMask::V4(mask) => {
            let bits = mask.to_bits();
            match bits.leading_ones() {
                ones if ones > 0 && ones + bits.trailing_zeros() == 32 => Val::from(ones),
                _ => Val::text(&mask.to_string()),
            }
        }
    }
}

/// Without the port where that is the services'.
pub(super) fn server_address(endpoint: Endpoint, services: &[ServiceKey]) -> String {
    if services.iter().all(|key| service_port(key) == endpoint.port) {
        endpoint.addr.to_string()
    } else {
        endpoint.to_string()
    }
}

pub(super) fn method(method: ForwardingMethod) -> Val {
    Val::text(match method {
        ForwardingMethod::Nat => "nat",
        ForwardingMethod::Tunnel => "tunnel",
        ForwardingMethod::DirectRoute | ForwardingMethod::Local | ForwardingMethod::Bypass => "route",
    })
}

/// `"gre"`, `{ type = "gue", port = 6080 }`.
pub(super) fn tunnel(tunnel: Tunnel) -> Val {
    let name = |how| CHECKSUMS.iter().find(|(_, known)| *known == how).map_or("", |(name, _)| name);
    let checksum = |how| (how != TunnelChecksum::None).then(|| ("checksum", Val::text(name(how))));
    let pairs = match tunnel {
        Tunnel::Ipip => return Val::text("ipip"),
        Tunnel::Gre { checksum: TunnelChecksum::None } => return Val::text("gre"),
        Tunnel::Gre { checksum: how } => {
            [("type", Val::text("gre"))].into_iter().chain(checksum(how)).collect()
        }
        Tunnel::Gue { port, checksum: how } => {
            [("type", Val::text("gue")), ("port", Val::from(port))].into_iter().chain(checksum(how)).collect()
        }
    };
    Val::Table(pairs)
}

fn real_server(server: &RealServerSpec, services: &[ServiceKey]) -> Pairs {
    let mut pairs = vec![("address", Val::text(&server_address(server.endpoint, services)))];
    if server.method != ForwardingMethod::DirectRoute {
        pairs.push(("method", method(server.method)));
    }
    pairs.extend((server.weight != 1).then(|| ("weight", Val::from(server.weight))));
    let thresholds =
        [("upper_threshold", server.thresholds.upper), ("lower_threshold", server.thresholds.lower)];
    let said = thresholds.into_iter().filter(|(_, count)| *count > 0);
    pairs.extend(said.map(|(key, count)| (key, Val::from(count))));
    if server.method == ForwardingMethod::Tunnel && server.tunnel != Tunnel::Ipip {
        pairs.push(("tunnel", tunnel(server.tunnel)));
    }
    pairs
}
