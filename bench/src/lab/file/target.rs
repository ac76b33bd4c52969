//! Who forwards.

use super::super::reader::{Key, Reader, Value};
use super::super::spec::{Foreign, MOST_SERVERS, Network, NextHop, Peer, Target, Ulvs};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;
use ulvs::config::ipvsadm::scheduler_flags;
use ulvs::lvs::{ForwardingMethod, Mac, SchedulerName};
use ulvs::sched::CATALOGUE;

/// How long a director may take until it forwards, unless the file says otherwise.
const READY: Duration = Duration::from_secs(10);
const MODES: [(&str, ForwardingMethod); 3] = [
    ("dr", ForwardingMethod::DirectRoute),
    ("nat", ForwardingMethod::Nat),
    ("tun", ForwardingMethod::Tunnel),
];
const PEERS: [(&str, Peer); 4] = [
    ("kernel", Peer::Kernel),
    ("dnat", Peer::Dnat),
    ("masquerade", Peer::Masquerade),
    ("reflector", Peer::Reflector),
];
const KNOWN: [&str; 13] = [
    "mode",
    "peer",
    "command",
    "scheduler",
    "scheduler-flags",
    "workers",
    "servers",
    "weights",
    "coalesce",
    "io",
    "connections",
    "arguments",
    "ready",
];

/// `[director]`.
pub(super) fn director(reader: &mut Reader, value: &Value<'_>) -> Option<Target> {
    let table = reader.table(value)?;
    let has = |name: &str| table.keys().any(|key| key.get_ref() == name);
    let kinds = ["mode", "peer", "command"].map(has);
    if kinds.iter().filter(|has| **has).count() != 1 {
        reader.error(value.span(), "[director] needs one of `mode` (dr, nat, tun), `peer` and `command`");
    }
    let [is_ulvs, _, is_command] = kinds;
    let (mut method, mut peer, mut command) = (None, None, None);
    let (mut scheduler, mut flags) = (SchedulerName::wlc(), None);
    let (mut workers, mut servers, mut weights) = (1, None, None);
    let (mut arguments, mut ready) = (Vec::new(), READY);
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        if !fits(name, is_ulvs, is_command) {
            let with = if name == "ready" { "command" } else { "mode" };
            let with = if matches!(name, "servers") { "mode` or `command" } else { with };
            reader.error(key.span(), format!("`{name}` means something only with `{with}`"));
            continue;
        }
        match name {
            "mode" => method = reader.word(value, &MODES),
            "peer" => peer = reader.word(value, &PEERS),
            "command" => command = words(reader, value),
            "scheduler" => scheduler = read_scheduler(reader, value).unwrap_or(scheduler),
            "scheduler-flags" => flags = reader.text(value).map(|text| (text.to_owned(), value.span())),
            "workers" => workers = reader.integer(value, 1..=64u8).unwrap_or(1),
            "servers" => servers = reader.integer(value, 1..=MOST_SERVERS),
            "weights" => weights = read_weights(reader, value),
            "coalesce" => {
                let on = reader.switch(value).unwrap_or(true);
                arguments.extend(["--coalesce", if on { "on" } else { "off" }].map(str::to_owned));
            }
            "io" => {
                let way = reader.word(value, &[("packet", "packet"), ("af-xdp", "af-xdp")]);
                arguments.extend(way.map(|way| ["--io", way].map(str::to_owned)).into_iter().flatten());
            }
            "connections" => {
                let most = reader.integer(value, 1..=1u32 << 31).unwrap_or(1);
                arguments.extend(["--connections".to_owned(), most.to_string()]);
            }
            "arguments" => {
                for word in reader.list(value, "a list of strings").unwrap_or_default() {
                    arguments.extend(reader.text(word).map(str::to_owned));
                }
            }
            "ready" => ready = reader.seconds(value, 0.1..=600.0).unwrap_or(ready),
            _ => reader.unknown(key, &KNOWN),
        }
    }
    let flags = flags.map_or_else(String::new, |(text, at)| {
        if let Err(error) = scheduler_flags(&text, scheduler.as_str()) {
            reader.error(at, error.to_string());
        }
        text
    });
    if let (Some((weights, at)), Some(servers)) = (&weights, servers)
        && weights.len() != usize::from(servers)
    {
        reader.error(at.clone(), format!("{} weights for {servers} servers", weights.len()));
    }
    let weights = weights.map_or_else(|| vec![1; servers.unwrap_or(1).into()], |(weights, _)| weights);
    if let Some(method) = method {
        return Some(Target::Ulvs(Ulvs { method, scheduler, flags, workers, weights, arguments }));
    }
    let servers = servers.unwrap_or(1);
    let foreign = command.map(|command| Target::Command(Foreign { command, servers, ready }));
    peer.map(Target::Peer).or(foreign)
}

/// Whether a key means something for a director of this kind. Unknown ones are for others to tell.
fn fits(name: &str, is_ulvs: bool, is_command: bool) -> bool {
    match name {
        "mode" | "peer" | "command" => true,
        "servers" => is_ulvs || is_command,
        "ready" => is_command,
        name => is_ulvs || !KNOWN.contains(&name),
    }
}

fn read_scheduler(reader: &mut Reader, value: &Value<'_>) -> Option<SchedulerName> {
    let names: Vec<_> = CATALOGUE.iter().map(|entry| (entry.name, entry.name)).collect();
    SchedulerName::new(reader.word(value, &names)?).ok()
}

fn read_weights(reader: &mut Reader, value: &Value<'_>) -> Option<(Vec<u32>, std::ops::Range<usize>)> {
    let list = reader.list(value, "a list of weights")?;
    if list.is_empty() || list.len() > usize::from(MOST_SERVERS) {
        reader.error(value.span(), format!("1 to {MOST_SERVERS} weights, one for each server"));
    }
    let weights = list.iter().filter_map(|weight| reader.integer(weight, 0..=65_535u32)).collect();
    Some((weights, value.span()))
}

/// A command: a line for the shell, or a program and its arguments.
fn words(reader: &mut Reader, value: &Value<'_>) -> Option<Vec<String>> {
    if let Some(line) = value.get_ref().as_str() {
        return Some(["/bin/sh", "-c", line].map(str::to_owned).to_vec());
    }
    let list = reader.list(value, "a string or a list of strings")?;
    if list.is_empty() {
        reader.error(value.span(), "no program");
    }
    list.iter().map(|word| reader.text(word).map(str::to_owned)).collect()
}

/// `[network]`.
pub(super) fn network(reader: &mut Reader, value: &Value<'_>) -> Option<Network> {
    const NEEDED: [&str; 7] =
        ["client", "client-interface", "server", "server-interface", "vip", "clients", "next-hop"];
    let table = reader.table(value)?;
    for name in NEEDED {
        if !table.keys().any(|key| key.get_ref() == name) {
            reader.error(value.span(), format!("[network] lacks `{name}`"));
        }
    }
    let (mut client, mut server) = ((None, None), (None, None));
    let (mut vip, mut clients, mut next_hop, mut ready) = (None, None, None, READY);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "client" => client.0 = reader.text(value).map(namespace),
            "client-interface" => client.1 = interface(reader, value),
            "server" => server.0 = reader.text(value).map(namespace),
            "server-interface" => server.1 = interface(reader, value),
            "vip" => vip = reader.parsed(value, "IPv4 address", |text| text.parse().ok()),
            "clients" => clients = reader.parsed(value, "IPv4 address or network", addresses),
            "next-hop" => next_hop = reader.parsed(value, "Ethernet or IPv4 address", hop),
            "ready" => ready = reader.seconds(value, 0.1..=600.0).unwrap_or(ready),
            _ => network_key(reader, key, &NEEDED),
        }
    }
    let clients = clients.map(|clients| without(clients, next_hop));
    Some(Network {
        client: client.0?,
        client_interface: client.1?,
        server: server.0?,
        server_interface: server.1?,
        vip: vip?,
        clients: clients?,
        next_hop: next_hop?,
        ready,
    })
}

fn network_key(reader: &mut Reader, key: &Key<'_>, needed: &[&str]) {
    let known: Vec<_> = needed.iter().copied().chain(["ready"]).collect();
    reader.unknown(key, &known);
}

/// As `ip netns` names it, or a path such as `/proc/PID/ns/net`.
fn namespace(name: &str) -> PathBuf {
    if name.contains('/') { PathBuf::from(name) } else { PathBuf::from("/run/netns").join(name) }
}

fn interface(reader: &mut Reader, value: &Value<'_>) -> Option<String> {
    reader.parsed(value, "name of an interface", |text| {
        let is_name = (1..=15).contains(&text.len()) && !text.contains(['/', ' ']);
        is_name.then(|| text.to_owned())
    })
}

/// The first address of hosts in a network and how many there are.
fn addresses(text: &str) -> Option<(Ipv4Addr, u32)> {
    if let Ok(addr) = text.parse() {
        return Some((addr, 1));
    }
    let net: Ipv4Net = text.parse().ok()?;
    let first = net.hosts().next()?;
    let count = if net.prefix_len() >= 31 {
        1 << (32 - net.prefix_len())
    } else {
        (1 << (32 - net.prefix_len())) - 2
    };
    (net.prefix_len() >= 8).then_some((first, count))
}

/// The longer part of the addresses that does not have the next hop's: no router takes packets from itself.
fn without((first, count): (Ipv4Addr, u32), next_hop: Option<NextHop>) -> (Ipv4Addr, u32) {
    let Some(NextHop::Addr(hop)) = next_hop else { return (first, count) };
    let before = u32::from(hop).wrapping_sub(first.into());
    if before >= count || count == 1 {
        (first, count)
    } else if before > count / 2 {
        (first, before)
    } else {
        (Ipv4Addr::from(u32::from(hop) + 1), count - before - 1)
    }
}

fn hop(text: &str) -> Option<NextHop> {
    if let Ok(addr) = text.parse() {
        return Some(NextHop::Addr(addr));
    }
    let bytes: Option<Vec<u8>> = text.split(':').map(|part| u8::from_str_radix(part, 16).ok()).collect();
    Some(NextHop::Mac(Mac(bytes?.try_into().ok()?)))
}
