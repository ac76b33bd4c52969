//! Saying in LVS's words what the frames show.

use crate::packet::{Between, Ip, Packet};
use crate::plan::{DIRECTOR, Family, Plan, Wish};
use crate::trace::Hop;
use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;
use ulvs::lvs::{ForwardingMethod, Mac, Tunnel, TunnelChecksum};

/// How what has changed is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// `*so*`.
    Plain,
    /// Bold, for terminals.
    Ansi,
}

impl Ink {
    /// The text, marked if `changed`, padded to `width` columns.
    fn mark(self, text: &str, changed: bool, width: usize) -> String {
        let (marked, shown) = match (changed, self) {
            (false, _) => (text.to_owned(), text.chars().count()),
            (true, Self::Plain) => (format!("*{text}*"), text.chars().count() + 2),
            (true, Self::Ansi) => (format!("\x1b[1m{text}\x1b[0m"), text.chars().count()),
        };
        format!("{marked}{}", " ".repeat(width.saturating_sub(shown)))
    }

    /// A headline.
    pub fn headline(self, text: &str) -> String {
        match self {
            Self::Plain => format!("\n== {text}\n"),
            Self::Ansi => format!("\n\x1b[1;4m{text}\x1b[0m\n"),
        }
    }
}

/// The mode's name.
pub fn mode_name(wish: &Wish) -> &'static str {
    match (wish.method, wish.tunnel) {
        (ForwardingMethod::Nat, _) => "LVS-NAT",
        (ForwardingMethod::Tunnel, Tunnel::Ipip) => "LVS-TUN (IP tunnelling)",
        (ForwardingMethod::Tunnel, Tunnel::Gre { .. }) => "LVS-TUN (IP tunnelling by GRE)",
        (ForwardingMethod::Tunnel, Tunnel::Gue { .. }) => "LVS-TUN (IP tunnelling by GUE)",
        _ => "LVS-DR (direct routing)",
    }
}

/// The network, drawn, and who has which address.
pub fn network(plan: &Plan) -> String {
    let drawing = match plan.wish.method {
        ForwardingMethod::Nat => {
            "  client ── router ──┬── director ──┬── real servers\n                  (switch)    (inner-switch)\n"
        }
        ForwardingMethod::Tunnel => concat!(
            "  client ── router ──┬── director          (switch)\n",
            "                     └── real servers      (inner-switch: another network)\n"
        ),
        _ => concat!(
            "  client ── router ──┬── director          (one switch: one segment)\n",
            "                     └── real servers\n"
        ),
    };
    let mut text = format!("{drawing}\n");
    let mut row = |name: &str, addr: IpAddr, who: &str| {
        let _ = writeln!(text, "  {name:<5} {:<12}  {who}", addr.to_string());
    };
    row("CIP", plan.cip, "the client");
    let owner = if plan.wish.vip_on_host { ", also an address of the director's eth0" } else { "" };
    row("VIP", plan.service.ip(), &format!("the virtual service{owner}"));
    row("DIP", plan.dip, "the director's own");
    if let Some(inner) = plan.inner_dip {
        row("DIP", inner, "the director's own on eth1: the real servers' default gateway");
    }
    for (index, server) in plan.servers.iter().enumerate() {
        let vip = match plan.wish.method {
            ForwardingMethod::Nat => "does not know the VIP",
            _ => "has the VIP on lo and keeps silent about it",
        };
        row(&format!("RIP{}", index + 1), server.rip, &format!("{}, {vip}", server.name));
    }
    text
}

/// One packet's way, hop by hop, what changed marked.
pub fn way(plan: &Plan, ink: Ink, hops: &[&Hop]) -> String {
    let mut text = String::new();
    let start = hops.first().map_or(Duration::ZERO, |hop| hop.at);
    let mut previous: Option<&Packet> = None;
    for (index, hop) in hops.iter().enumerate() {
        let packet = &hop.packet;
        let micros = hop.at.saturating_sub(start).as_micros();
        let _ = writeln!(text, "{:>3}  {} → {}   (+{micros} µs)", index + 1, hop.from, hop.to);
        let mac = |mac: Mac| format!("{mac} {}", owner(plan, mac));
        let before = previous.unwrap_or(packet);
        let _ = writeln!(
            text,
            "     MAC    {} → {}",
            ink.mark(&mac(packet.mac_from), packet.mac_from != before.mac_from, 34),
            ink.mark(&mac(packet.mac_to), packet.mac_to != before.mac_to, 0),
        );
        if let Some(outer) = &packet.outer {
            let had = before.outer.as_ref();
            let changed = |field: fn(&Ip) -> IpAddr| had.is_none_or(|h| field(h) != field(outer));
            let _ = writeln!(
                text,
                "     outer  {} → {}  {}  {}{}",
                ink.mark(&named(plan, outer.from), changed(|ip| ip.from), 34),
                ink.mark(&named(plan, outer.to), changed(|ip| ip.to), 28),
                ink.mark(&format!("TTL {}", outer.ttl), had.is_none_or(|h| h.ttl != outer.ttl), 7),
                format_args!("protocol {} ({})", outer.protocol, packet.between.map_or("", Between::name)),
                if had.is_none() { "   <-- added" } else { "" },
            );
        }
        let end = |addr: IpAddr, port: u16| format!("{} port {port}", named(plan, addr));
        let (ip, tcp) = (&packet.ip, &packet.tcp);
        let from_changed = (ip.from, tcp.from) != (before.ip.from, before.tcp.from);
        let to_changed = (ip.to, tcp.to) != (before.ip.to, before.tcp.to);
        let _ = writeln!(
            text,
            "     {}  {} → {}  {}  {}",
            if packet.outer.is_some() { "inner" } else { "IP   " },
            ink.mark(&end(ip.from, tcp.from), from_changed, 34),
            ink.mark(&end(ip.to, tcp.to), to_changed, 28),
            ink.mark(&format!("TTL {}", ip.ttl), ip.ttl != before.ip.ttl, 8),
            tcp.flag_names(),
        );
        if let Some(before) = previous {
            let _ = writeln!(text, "            <-- {} {}", doer(hop), changes(before, packet));
        }
        previous = Some(packet);
    }
    text
}

/// Who changed the packet before this hop.
fn doer(hop: &Hop) -> String {
    if hop.is_unpacked() {
        format!("{}'s decapsulator", hop.from.host)
    } else if hop.from.host == DIRECTOR {
        "the DIRECTOR".to_owned()
    } else {
        format!("the {}", hop.from.host)
    }
}

/// What the difference between two sightings of a packet is, in words.
fn changes(before: &Packet, after: &Packet) -> String {
    let header = match (before.outer.is_some(), after.outer.is_some()) {
        (false, true) => "put a second IP header in front",
        (true, false) => "took the second IP header off",
        _ => "",
    };
    let outer_ttl = before.outer.zip(after.outer).is_some_and(|(b, a)| b.ttl != a.ttl);
    let fields = [
        ("MAC addresses", (before.mac_from, before.mac_to) != (after.mac_from, after.mac_to)),
        ("source", (before.ip.from, before.tcp.from) != (after.ip.from, after.tcp.from)),
        ("destination", (before.ip.to, before.tcp.to) != (after.ip.to, after.tcp.to)),
        ("TTL", before.ip.ttl != after.ip.ttl),
        ("outer TTL", outer_ttl),
    ];
    let changed: Vec<_> = fields.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect();
    match (header, changed.is_empty()) {
        ("", true) => "changed nothing".to_owned(),
        ("", false) => format!("changed: {}", changed.join(", ")),
        (_, true) => header.to_owned(),
        (_, false) => format!("{header}; changed: {}", changed.join(", ")),
    }
}

/// How the real servers come to keep silent about the VIP; nothing to say for NAT, where they do not have it.
pub fn silence(plan: &Plan) -> Option<&'static str> {
    match (plan.wish.method, plan.wish.family) {
        (ForwardingMethod::Nat, _) => None,
        (_, Family::V4) => Some(
            "On each real server: VIP/32 on lo, arp_ignore=1 (answer ARP only for addresses of the interface asked),\n\
             arp_announce=2 (never ask with the VIP as the sender). Without them they would take the VIP from the director.",
        ),
        (_, Family::V6) => Some(
            "On each real server: VIP/128 on lo, and nothing else: Linux answers a neighbour solicitation only for an \
             address of\nthe interface on which it arrives, and lo is another. (arp_ignore and arp_announce are IPv4's.)",
        ),
    }
}

/// Why the way back is as it is.
pub fn moral(plan: &Plan) -> String {
    if plan.wish.method == ForwardingMethod::Tunnel {
        let between = match plan.wish.tunnel {
            Tunnel::Ipip => 0,
            Tunnel::Gre { checksum: TunnelChecksum::None } => 4,
            Tunnel::Gre { .. } => 8,
            Tunnel::Gue { .. } => 12,
        };
        return format!(
            "The director wrapped the client's packet, unchanged but for its TTL, into a second IP packet addressed to \
             the RIP. So\nrouters carry it anywhere, and the real server need not be on the director's segment. \
             Unpacked, it is a packet to the\nVIP, which the server has on lo: it answers as VIP, by its own route, \
             without the director. The price is {} bytes\n({} with IPv6) of every packet's MTU.",
            20 + between,
            40 + between
        );
    }
    match plan.wish.method {
        ForwardingMethod::Nat => {
            "The director replaced the VIP by a RIP, so the real server answers as its RIP: an address that the client \
             has never\nspoken to. Only the director knows the VIP that belongs there. So the reply must come back \
             through it, and that is why\nthe director is the real servers' default gateway. (The TTL falls by one at \
             each of the two passages.)"
        }
        _ => {
            "The director wrote a new destination MAC address and left the IP addresses alone. So the packet still \
             says VIP, and the\nreal server accepts it because it has the VIP on lo. It answers as VIP to the client, \
             by its own route: nothing in the\nreply is addressed to the director, so the reply does not come back \
             through it. That is why the servers must be on the\ndirector's segment, why ports cannot be changed, and \
             why the servers must keep silent when the segment asks who has the VIP."
        }
    }
    .to_owned()
}

fn owner(plan: &Plan, mac: Mac) -> String {
    let port = plan.topology.macs().find(|(m, _)| *m == mac).map(|(_, port)| port.to_string());
    port.unwrap_or_else(|| "(nobody's)".to_owned())
}

fn named(plan: &Plan, addr: IpAddr) -> String {
    plan.name_of(addr).map_or_else(|| addr.to_string(), |name| format!("{name} {addr}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Tcp;

    fn packet(to: [u8; 4], mac_to: u8, ttl: u8) -> Packet {
        let ip = Ip { from: [10, 1, 0, 10].into(), to: to.into(), ttl, protocol: 6, total_len: 40 };
        let tcp = Tcp { from: 40000, to: 80, seq: 1, flags: 2, payload_len: 0 };
        Packet {
            mac_from: Mac([2, 0, 0, 0, 3, 0]),
            mac_to: Mac([2, 0, 0, 0, mac_to, 0]),
            outer: None,
            between: None,
            ip,
            tcp,
        }
    }

    #[test]
    fn changes_are_named() {
        let before = packet([10, 2, 0, 100], 3, 63);
        assert_eq!(changes(&before, &packet([10, 2, 0, 100], 11, 62)), "changed: MAC addresses, TTL");
        assert_eq!(changes(&before, &packet([10, 3, 0, 11], 3, 63)), "changed: destination");
        let outer = Some(before.ip);
        assert_eq!(changes(&before, &Packet { outer, ..before }), "put a second IP header in front");
    }

    #[test]
    fn marks_keep_the_columns() {
        assert_eq!(Ink::Plain.mark("ab", true, 6), "*ab*  ");
        assert_eq!(Ink::Plain.mark("ab", false, 6), "ab    ");
        assert_eq!(Ink::Ansi.mark("ab", true, 4), "\x1b[1mab\x1b[0m  ");
    }
}
