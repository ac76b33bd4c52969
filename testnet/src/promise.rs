//! What each forwarding mode promises, and whether the captured frames keep it.

use crate::packet::{Between, GRE, IPIP, IPV6, Packet, UDP};
use crate::plan::{CLIENT, DIRECTOR, Plan};
use crate::trace::{Direction, Hop, Trace};
use std::collections::BTreeMap;
use ulvs::lvs::{ForwardingMethod, Mac, Tunnel, TunnelChecksum};

/// A promise and how it fared.
#[derive(Clone, Debug)]
pub struct Promise {
    /// The promise, a sentence.
    pub text: &'static str,
    /// What was seen instead; `None`: it was kept.
    pub broken: Option<String>,
}

type Check = fn(&Plan, &Trace) -> Result<(), String>;

/// The promises of the plan's mode, each checked against every connection.
pub fn check(plan: &Plan, traces: &[Trace]) -> Vec<Promise> {
    let mut checks: Vec<(&'static str, Check)> = match plan.wish.method {
        ForwardingMethod::Nat => vec![
            (
                "inbound, the director changes the destination to a RIP and its port, never the source",
                nat_inbound,
            ),
            ("the reply passes the director, which puts the VIP back as its source", nat_outbound),
        ],
        ForwardingMethod::Tunnel => vec![
            (
                "the director puts a second IP header in front, from DIP to RIP, and changes only the TTL within",
                tunnel,
            ),
            ("the real server unpacks it and finds the client's packet to the VIP", unpacked),
            ("the reply goes to the client without passing the director", past_director),
        ],
        _ => vec![
            ("the director changes the MAC addresses and the TTL, and nothing else", direct_route),
            ("the reply goes to the client without passing the director", past_director),
        ],
    };
    checks.push(("the client sees answers from the VIP only", client_sees_vip));
    checks.push(("no frame that the director sends goes astray", nothing_lost));
    checks
        .into_iter()
        .map(|(text, check)| {
            let broken = if traces.is_empty() {
                Some("no connection was seen".to_owned())
            } else {
                traces.iter().find_map(|trace| {
                    check(plan, trace).err().map(|what| format!("port {}: {what}", trace.client.port()))
                })
            };
            Promise { text, broken }
        })
        .collect()
}

/// Rounds of a round robin: every server answers as often as any other, give or take one.
///
/// # Errors
/// Says who answered how often.
pub fn fair_shares(plan: &Plan, answers: &BTreeMap<String, usize>) -> Result<(), String> {
    let shares: Vec<usize> =
        plan.servers.iter().map(|s| answers.get(&s.name).copied().unwrap_or(0)).collect();
    let (least, most) = (shares.iter().min().copied(), shares.iter().max().copied());
    match (least, most) {
        (Some(least), Some(most)) if most - least <= 1 => Ok(()),
        _ => Err(format!("round robin gave the servers {shares:?} requests")),
    }
}

/// The same packet on its way into the director and out of it.
fn through_director<'a>(way: &[&'a Hop], what: &str) -> Result<(&'a Hop, &'a Hop), String> {
    let enters = way.iter().find(|hop| hop.to.host == DIRECTOR);
    let leaves = way.iter().find(|hop| hop.from.host == DIRECTOR);
    match (enters, leaves) {
        (Some(enters), Some(leaves)) => Ok((enters, leaves)),
        (None, _) => Err(format!("{what} did not reach the director")),
        (_, None) => Err(format!("{what} reached the director and did not leave it")),
    }
}

/// Both packets that show the way in: the first of all and the first with data.
fn inbound_pairs(trace: &Trace) -> Result<Vec<(&Hop, &Hop)>, String> {
    Ok(vec![through_director(&trace.syn(), "the SYN")?, through_director(&trace.request(), "the request")?])
}

fn direct_route(plan: &Plan, trace: &Trace) -> Result<(), String> {
    for (enters, leaves) in inbound_pairs(trace)? {
        let (before, after) = (&enters.packet, &leaves.packet);
        if after.outer.is_some() {
            return Err("the packet left the director in a tunnel".to_owned());
        }
        unchanged_but_ttl(before, after)?;
        same("destination", after.ip.to, plan.service.ip())?;
        same("source MAC", Some(after.mac_from), directors_mac(plan))?;
        if after.mac_to == before.mac_to || !is_server(plan, &leaves.to.host) {
            return Err(format!("sent to {} ({})", leaves.to, after.mac_to));
        }
    }
    Ok(())
}

fn nat_inbound(plan: &Plan, trace: &Trace) -> Result<(), String> {
    for (enters, leaves) in inbound_pairs(trace)? {
        let (before, after) = (&enters.packet, &leaves.packet);
        same("source", (after.ip.from, after.tcp.from), (before.ip.from, before.tcp.from))?;
        let server = plan.servers.iter().find(|s| s.name == leaves.to.host);
        let server = server.ok_or_else(|| format!("sent to {}", leaves.to))?;
        same("destination", (after.ip.to, after.tcp.to), (server.rip, plan.real_port))?;
        same("TTL", after.ip.ttl, before.ip.ttl.wrapping_sub(1))?;
    }
    Ok(())
}

fn nat_outbound(plan: &Plan, trace: &Trace) -> Result<(), String> {
    let way = trace.reply();
    let (enters, leaves) = through_director(&way, "the reply")?;
    let server = plan.servers.iter().find(|s| s.name == enters.from.host);
    let server = server.ok_or_else(|| format!("the reply came from {}", enters.from))?;
    let (before, after) = (&enters.packet, &leaves.packet);
    same("source before", (before.ip.from, before.tcp.from), (server.rip, plan.real_port))?;
    same("source after", (after.ip.from, after.tcp.from), (plan.service.ip(), plan.service.port()))?;
    same("destination", (after.ip.to, after.tcp.to), (before.ip.to, before.tcp.to))
}

fn tunnel(plan: &Plan, trace: &Trace) -> Result<(), String> {
    for (enters, leaves) in inbound_pairs(trace)? {
        let (before, after) = (&enters.packet, &leaves.packet);
        let outer = after.outer.ok_or("no second IP header")?;
        same("outer source", outer.from, plan.dip)?;
        if !plan.servers.iter().any(|s| s.rip == outer.to) {
            return Err(format!("the outer destination {} is no RIP", outer.to));
        }
        let (protocol, between) = wrapping(plan.wish.tunnel, before.ip.from.is_ipv4());
        same("outer protocol", outer.protocol, protocol)?;
        same("what follows the outer header", after.between, Some(between))?;
        unchanged_but_ttl(before, after)?;
    }
    Ok(())
}

/// The outer header's protocol, and what follows the header.
fn wrapping(tunnel: Tunnel, inner_is_v4: bool) -> (u8, Between) {
    match tunnel {
        Tunnel::Ipip => (if inner_is_v4 { IPIP } else { IPV6 }, Between::Nothing),
        Tunnel::Gre { checksum } => (GRE, Between::Gre { is_summed: checksum != TunnelChecksum::None }),
        Tunnel::Gue { checksum, .. } => (UDP, Between::Gue { is_summed: checksum != TunnelChecksum::None }),
    }
}

fn unpacked(plan: &Plan, trace: &Trace) -> Result<(), String> {
    for (enters, leaves) in inbound_pairs(trace)? {
        let outer = leaves.packet.outer.ok_or("no second IP header")?;
        let (seq, flags) = (enters.packet.tcp.seq, enters.packet.tcp.flags);
        let inside = trace
            .hops
            .iter()
            .find(|hop| hop.is_unpacked() && hop.packet.tcp.seq == seq && hop.packet.tcp.flags == flags)
            .ok_or("no real server unpacked it")?;
        let owner = plan.servers.iter().find(|s| s.rip == outer.to).map(|s| s.name.as_str());
        same("the server that unpacked it", Some(inside.to.host.as_str()), owner)?;
        unchanged_but_ttl(&enters.packet, &inside.packet)?;
    }
    Ok(())
}

fn past_director(plan: &Plan, trace: &Trace) -> Result<(), String> {
    if let Some(hop) = trace.at_host(DIRECTOR, Direction::Outbound).next() {
        return Err(format!(
            "a frame from {} to the client went {} → {}",
            hop.packet.ip.from, hop.from, hop.to
        ));
    }
    match trace.reply().first() {
        Some(first) if is_server(plan, &first.from.host) => Ok(()),
        Some(first) => Err(format!("the reply began at {}", first.from)),
        None => Err("there was no reply".to_owned()),
    }
}

fn client_sees_vip(plan: &Plan, trace: &Trace) -> Result<(), String> {
    let mut answers = trace.at_host(CLIENT, Direction::Outbound).peekable();
    if answers.peek().is_none() {
        return Err("no answer arrived".to_owned());
    }
    for hop in answers {
        let seen = (hop.packet.ip.from, hop.packet.tcp.from);
        same("source", seen, (plan.service.ip(), plan.service.port()))?;
    }
    Ok(())
}

fn nothing_lost(_: &Plan, trace: &Trace) -> Result<(), String> {
    trace.lost.first().map_or(Ok(()), |hop| {
        let packet = &hop.packet;
        Err(format!("{} → {} to {} arrived nowhere", packet.ip.from, packet.ip.to, packet.mac_to))
    })
}

/// The client's packet is as it was, its TTL one less.
fn unchanged_but_ttl(before: &Packet, after: &Packet) -> Result<(), String> {
    same("source", (after.ip.from, after.tcp.from), (before.ip.from, before.tcp.from))?;
    same("destination", (after.ip.to, after.tcp.to), (before.ip.to, before.tcp.to))?;
    same("payload length", after.tcp.payload_len, before.tcp.payload_len)?;
    same("TTL", after.ip.ttl, before.ip.ttl.wrapping_sub(1))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, seen: T, expected: T) -> Result<(), String> {
    if seen == expected { Ok(()) } else { Err(format!("{what}: {seen:?}, expected {expected:?}")) }
}

fn is_server(plan: &Plan, host: &str) -> bool {
    plan.servers.iter().any(|server| server.name == host)
}

/// That of its first interface.
fn directors_mac(plan: &Plan) -> Option<Mac> {
    plan.topology.macs().find(|(_, port)| port.host == DIRECTOR).map(|(mac, _)| mac)
}
