//! What became of a frame. Every outcome has a name, and that name is the counter, the metric label and the docs row.

use crate::forward::Refusal;
use crate::wire::Malformed;

/// What became of a received frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It went on to a real server, or back to a client.
    Forwarded(Forwarded),
    /// The director answered it by itself.
    Answered(Answer),
    /// Not the director's business: the host's stack has it.
    Passed(PassReason),
    /// It ended here.
    Dropped(DropReason),
    /// It waits, for the MAC of its next hop or for the other fragments of its datagram; counted as one of the others when
    /// it leaves.
    Held,
    /// A fragment that waited and went on as part of its datagram: the fragment that completed this has the datagram's
    /// verdict.
    Joined,
}

/// How a frame was forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forwarded {
    /// To a real server by direct routing.
    DirectRoute,
    /// To a real server by NAT.
    Nat,
    /// Back to a client by NAT.
    NatReply,
    /// To a real server through a tunnel.
    Tunnel,
    /// To a real server on the director's own host, by direct routing or tunnel: given to the host as it came.
    Local,
    /// From a NAT real server, belonging to no connection: routed on unchanged, as the host would have done.
    Relay,
    /// Of a firewall mark's service without a real server: on to where it was bound (`cache_bypass`).
    Bypass,
    /// Of a health check that goes through the VIP: to the real server that it is about, or back.
    Check,
}

/// What the director answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// An ARP reply for a VIP.
    Arp,
    /// A neighbour advertisement for a VIP.
    Neighbour,
    /// An echo reply from a VIP.
    Echo,
    /// A TCP reset: nobody listens there, or there is no such connection.
    Reset,
    /// TCP resets to both sides of a connection that a drain's deadline left.
    DrainReset,
    /// ICMP port unreachable: nobody listens there, or no real server is left.
    PortUnreachable,
    /// ICMP protocol unreachable, ICMPv6 parameter problem: nobody here speaks that protocol.
    ProtocolUnreachable,
    /// ICMPv6 parameter problem: a field or an option makes no sense.
    ParameterProblem,
    /// ICMP time exceeded.
    TimeExceeded,
    /// ICMP fragmentation needed, ICMPv6 packet too big.
    TooBig,
    /// An ICMP error about a packet in a tunnel, told to the client whose packet it carried.
    TunnelError,
}

/// Why a frame is not the director's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PassReason {
    /// Neither IPv4, IPv6 nor ARP.
    NotIp,
    /// It carries a VLAN tag: it belongs to another (virtual) interface.
    Vlan,
    /// The link layer sent it to somebody else or to a group.
    NotToUs,
    /// It goes to no VIP and comes from no NAT real server.
    NotVip,
    /// To a VIP that is an address of the host, but to no service.
    HostsPort,
    /// ARP or neighbour discovery that asks for no VIP that the director owns.
    OthersAddress,
    /// From a NAT real server, belonging to no connection, and the host does not forward.
    NoConnection,
    /// Of a connection without NAT, from its VIP to the client, or an error about it: counted, and left to the host.
    DirectReply,
}

/// Why a frame ended here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// A header is not what it should be.
    Malformed(Malformed),
    /// Longer than what the ring and the receive queue could take: it arrived cut.
    Cut,
    /// The virtio header contradicts the frame.
    VnetHeader,
    /// A fragment that overlaps another in part, and with it all of its datagram (RFC 5722).
    FragmentOverlap,
    /// From an address that no packet may come from, or from one of our own: a VIP, an address of the host.
    MartianSource,
    /// Its IPv4 options ask for a source route, which no host accepts by default.
    SourceRoute,
    /// To a VIP, with a protocol that is not balanced and gets no answer: IGMP, or IPv6's "no next header".
    Protocol,
    /// An ICMP message to a VIP that asks for nothing.
    Icmp,
    /// It deserved an answer but for its checksum.
    BadChecksum,
    /// Of an FTP control connection, with a wrong checksum: what it says is not to be believed, nor can it be rewritten.
    ControlChecksum,
    /// Its service goes by SIP's Call-ID, and it has none that would do.
    NoCallId,
    /// It deserved an ICMP error but for the rate limit.
    IcmpRateLimited,
    /// It deserves no answer: a reset, an ICMP error, an impossible source.
    NoAnswerDue,
    /// Its connection's real server was deleted.
    ServerGone,
    /// It belongs to a connection of a director that died here a moment ago: silence, for a reset would end it.
    NotAdopted,
    /// It would have opened a connection, but `drop_packet` is at work.
    Defence,
    /// The connection table is full.
    TableFull,
    /// No route leads there over one of the director's interfaces.
    NoRoute,
    /// The interface to leave by is absent or down.
    LinkDown,
    /// The next hop did not answer in time.
    NeighbourUnresolved,
    /// Too many frames wait for that next hop already.
    WaitingFull,
    /// A super-frame whose segments would have to be fragmented.
    SuperFrameTooBig,
    /// The tunnel has no source address, or too small an MTU.
    NoTunnelSource,
    /// By NAT to a real server at a loopback address, which no host accepts from outside.
    Loopback,
    /// To a real server on this host by direct routing or tunnel, but the VIP is on none of its interfaces.
    VipNotOnHost,
    /// The real server's forwarding method is not done by this version.
    Method,
    /// The sweep could send no more.
    SinkFull,
    /// The kernel did not take it for sending.
    TransmitFailed,
    /// The code failed on it; its first bytes are in the log.
    Panicked,
    /// A fragment that is there already.
    FragmentDuplicate,
    /// A fragment whose length or place cannot be, and with it all of its datagram.
    FragmentLength,
    /// A datagram whose fragments contradict each other about congestion (RFC 3168 §5.3).
    FragmentEcn,
    /// A fragment of a datagram that was given up because others needed the room.
    FragmentNoRoom,
    /// A fragment whose datagram was not complete in time.
    FragmentTimeout,
}

impl DropReason {
    /// For a packet that could not go and gets no ICMP error for it.
    pub(super) const fn of(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TtlExpired | Refusal::TooBig { .. } => Self::NoAnswerDue,
            Refusal::SuperFrameTooBig => Self::SuperFrameTooBig,
            Refusal::NoRoute => Self::NoRoute,
            Refusal::LinkDown => Self::LinkDown,
            Refusal::NoTunnelSource => Self::NoTunnelSource,
            Refusal::WaitingFull => Self::WaitingFull,
            Refusal::SinkFull => Self::SinkFull,
        }
    }
}

/// One row of the catalogue: a verdict and its counter.
#[derive(Clone, Copy, Debug)]
pub struct CatalogueRow {
    /// The verdict.
    pub verdict: Verdict,
    /// The counter: a family …
    pub family: &'static str,
    /// … the label's name …
    pub label: &'static str,
    /// … and its value.
    pub value: &'static str,
}

const fn row(
    verdict: Verdict,
    family: &'static str,
    label: &'static str,
    value: &'static str,
) -> CatalogueRow {
    CatalogueRow { verdict, family, label, value }
}
const fn forwarded(forwarded: Forwarded, value: &'static str) -> CatalogueRow {
    row(Verdict::Forwarded(forwarded), "frames_forwarded", "method", value)
}
const fn answered(answer: Answer, value: &'static str) -> CatalogueRow {
    row(Verdict::Answered(answer), "frames_answered", "answer", value)
}
const fn passed(reason: PassReason, value: &'static str) -> CatalogueRow {
    row(Verdict::Passed(reason), "frames_passed", "reason", value)
}
const fn dropped(reason: DropReason, value: &'static str) -> CatalogueRow {
    row(Verdict::Dropped(reason), "frames_dropped", "reason", value)
}

/// Every verdict with its counter, in the order of [`Verdict::number`].
pub const CATALOGUE: [CatalogueRow; 72] = [
    forwarded(Forwarded::DirectRoute, "route"),
    forwarded(Forwarded::Nat, "masq"),
    forwarded(Forwarded::NatReply, "masq_reply"),
    forwarded(Forwarded::Tunnel, "tunnel"),
    forwarded(Forwarded::Local, "local"),
    forwarded(Forwarded::Relay, "relay"),
    forwarded(Forwarded::Bypass, "bypass"),
    answered(Answer::Arp, "arp"),
    answered(Answer::Neighbour, "neighbour"),
    answered(Answer::Echo, "echo"),
    answered(Answer::Reset, "reset"),
    answered(Answer::PortUnreachable, "port_unreachable"),
    answered(Answer::ProtocolUnreachable, "protocol_unreachable"),
    answered(Answer::ParameterProblem, "parameter_problem"),
    answered(Answer::TimeExceeded, "time_exceeded"),
    answered(Answer::TooBig, "too_big"),
    answered(Answer::TunnelError, "tunnel_error"),
    passed(PassReason::NotIp, "not_ip"),
    passed(PassReason::Vlan, "vlan"),
    passed(PassReason::NotToUs, "not_to_us"),
    passed(PassReason::NotVip, "not_vip"),
    passed(PassReason::HostsPort, "hosts_port"),
    passed(PassReason::OthersAddress, "others_address"),
    passed(PassReason::NoConnection, "no_connection"),
    passed(PassReason::DirectReply, "direct_reply"),
    dropped(DropReason::Malformed(Malformed::Ethernet), "ethernet_header"),
    dropped(DropReason::Malformed(Malformed::Ipv4Header), "ipv4_header"),
    dropped(DropReason::Malformed(Malformed::Ipv4Length), "ipv4_length"),
    dropped(DropReason::Malformed(Malformed::Ipv4Checksum), "ipv4_checksum"),
    dropped(DropReason::Malformed(Malformed::Ipv6Header), "ipv6_header"),
    dropped(DropReason::Malformed(Malformed::Ipv6Length), "ipv6_length"),
    dropped(DropReason::Malformed(Malformed::Ipv6Extension), "ipv6_extension"),
    dropped(DropReason::Malformed(Malformed::Ipv6RoutingZero), "ipv6_routing_zero"),
    dropped(DropReason::Malformed(Malformed::Transport), "transport_header"),
    dropped(DropReason::Malformed(Malformed::Arp), "arp"),
    dropped(DropReason::Malformed(Malformed::Icmp), "icmp_header"),
    dropped(DropReason::Cut, "cut"),
    dropped(DropReason::VnetHeader, "vnet_header"),
    dropped(DropReason::FragmentOverlap, "fragment_overlap"),
    dropped(DropReason::MartianSource, "martian_source"),
    dropped(DropReason::SourceRoute, "source_route"),
    dropped(DropReason::Protocol, "protocol"),
    dropped(DropReason::Icmp, "icmp"),
    dropped(DropReason::BadChecksum, "bad_checksum"),
    dropped(DropReason::ControlChecksum, "control_checksum"),
    dropped(DropReason::NoCallId, "no_call_id"),
    dropped(DropReason::IcmpRateLimited, "icmp_rate_limited"),
    dropped(DropReason::NoAnswerDue, "no_answer_due"),
    dropped(DropReason::ServerGone, "server_gone"),
    dropped(DropReason::NotAdopted, "not_adopted"),
    dropped(DropReason::Defence, "defence"),
    dropped(DropReason::TableFull, "table_full"),
    dropped(DropReason::NoRoute, "no_route"),
    dropped(DropReason::LinkDown, "link_down"),
    dropped(DropReason::NeighbourUnresolved, "neighbour_unresolved"),
    dropped(DropReason::WaitingFull, "waiting_full"),
    dropped(DropReason::SuperFrameTooBig, "super_frame_too_big"),
    dropped(DropReason::NoTunnelSource, "no_tunnel_source"),
    dropped(DropReason::Loopback, "loopback"),
    dropped(DropReason::VipNotOnHost, "vip_not_on_host"),
    dropped(DropReason::Method, "method"),
    dropped(DropReason::SinkFull, "sink_full"),
    dropped(DropReason::TransmitFailed, "transmit_failed"),
    dropped(DropReason::Panicked, "panicked"),
    dropped(DropReason::FragmentDuplicate, "fragment_duplicate"),
    dropped(DropReason::FragmentLength, "fragment_length"),
    dropped(DropReason::FragmentEcn, "fragment_ecn"),
    dropped(DropReason::FragmentNoRoom, "fragment_no_room"),
    dropped(DropReason::FragmentTimeout, "fragment_timeout"),
    row(Verdict::Joined, "frames_joined", "into", "datagram"),
    forwarded(Forwarded::Check, "check"),
    answered(Answer::DrainReset, "drain_reset"),
];

impl Verdict {
    /// Its row in [`CATALOGUE`]; `None` for [`Verdict::Held`], which is no end.
    pub const fn number(self) -> Option<usize> {
        Some(match self {
            Self::Held => return None,
            Self::Joined => 69,
            Self::Forwarded(forwarded) => match forwarded {
                Forwarded::DirectRoute => 0,
                Forwarded::Nat => 1,
                Forwarded::NatReply => 2,
                Forwarded::Tunnel => 3,
                Forwarded::Local => 4,
                Forwarded::Relay => 5,
                Forwarded::Bypass => 6,
                Forwarded::Check => 70,
            },
            Self::Answered(answer) => match answer {
                Answer::Arp => 7,
                Answer::Neighbour => 8,
                Answer::Echo => 9,
                Answer::Reset => 10,
                Answer::DrainReset => 71,
                Answer::PortUnreachable => 11,
                Answer::ProtocolUnreachable => 12,
                Answer::ParameterProblem => 13,
                Answer::TimeExceeded => 14,
                Answer::TooBig => 15,
                Answer::TunnelError => 16,
            },
            Self::Passed(reason) => match reason {
                PassReason::NotIp => 17,
                PassReason::Vlan => 18,
                PassReason::NotToUs => 19,
                PassReason::NotVip => 20,
                PassReason::HostsPort => 21,
                PassReason::OthersAddress => 22,
                PassReason::NoConnection => 23,
                PassReason::DirectReply => 24,
            },
            Self::Dropped(reason) => match reason {
                DropReason::Malformed(malformed) => match malformed {
                    Malformed::Ethernet => 25,
                    Malformed::Ipv4Header => 26,
                    Malformed::Ipv4Length => 27,
                    Malformed::Ipv4Checksum => 28,
                    Malformed::Ipv6Header => 29,
                    Malformed::Ipv6Length => 30,
                    Malformed::Ipv6Extension => 31,
                    Malformed::Ipv6RoutingZero => 32,
                    Malformed::Transport => 33,
                    Malformed::Arp => 34,
                    Malformed::Icmp => 35,
                },
                DropReason::Cut => 36,
                DropReason::VnetHeader => 37,
                DropReason::MartianSource => 39,
                DropReason::SourceRoute => 40,
                DropReason::Protocol => 41,
                DropReason::Icmp => 42,
                DropReason::BadChecksum => 43,
                DropReason::ControlChecksum => 44,
                DropReason::NoCallId => 45,
                DropReason::IcmpRateLimited => 46,
                DropReason::NoAnswerDue => 47,
                DropReason::ServerGone => 48,
                DropReason::NotAdopted => 49,
                DropReason::Defence => 50,
                DropReason::TableFull => 51,
                DropReason::NoRoute => 52,
                DropReason::LinkDown => 53,
                DropReason::NeighbourUnresolved => 54,
                DropReason::WaitingFull => 55,
                DropReason::SuperFrameTooBig => 56,
                DropReason::NoTunnelSource => 57,
                DropReason::Loopback => 58,
                DropReason::VipNotOnHost => 59,
                DropReason::Method => 60,
                DropReason::SinkFull => 61,
                DropReason::TransmitFailed => 62,
                DropReason::Panicked => 63,
                DropReason::FragmentOverlap => 38,
                DropReason::FragmentDuplicate => 64,
                DropReason::FragmentLength => 65,
                DropReason::FragmentEcn => 66,
                DropReason::FragmentNoRoom => 67,
                DropReason::FragmentTimeout => 68,
            },
        })
    }
}

impl crate::forward::HeldFrame {
    /// What a frame that waited ends as: as what it would have counted at once, or dropped if the kernel refused it.
    /// A later piece of a packet has no end of its own: it stays [`Verdict::Held`], which counts nothing.
    pub fn end(&self, sent: bool) -> Verdict {
        match CATALOGUE.get(usize::from(self.counts_as)) {
            Some(row) if sent => row.verdict,
            Some(_) => Verdict::Dropped(DropReason::TransmitFailed),
            None => Verdict::Held,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_in_order_and_names_are_unique() {
        let mut names = std::collections::BTreeSet::new();
        for (number, row) in CATALOGUE.iter().enumerate() {
            assert_eq!(row.verdict.number(), Some(number), "{row:?}");
            assert!(names.insert((row.family, row.value)), "{row:?}");
        }
    }
}
