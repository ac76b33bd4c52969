//! Bytes to headers and back: Ethernet, ARP, IPv4, IPv6, TCP, UDP, SCTP, ICMP, neighbour discovery, IP-in-IP. No I/O, no tables.
//!
//! etherparse's slices read, one header at a time, so that the code can name the reason for which it stopped; pnet's
//! mutable views write, in place. Checksums are our own ([`checksum`]): pnet's sum everything anew, which costs a
//! hundred times as much and would turn a corrupt packet into a valid one.

pub mod arp;
pub mod checksum;
pub mod encap;
pub mod ethernet;
pub mod fragment;
pub mod glance;
pub mod hop_by_hop;
pub mod icmp;
pub mod ip;
pub mod ndp;
pub mod plain;
pub mod sctp;
pub mod spoken;
pub mod transport;

/// Why bytes are not the header that they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Malformed {
    /// Fewer than 14 bytes.
    #[error("shorter than an Ethernet header")]
    Ethernet,
    /// Wrong version, header length below 20 bytes or beyond the frame.
    #[error("no IPv4 header")]
    Ipv4Header,
    /// The total length is below the header length or beyond the frame.
    #[error("IPv4 total length does not fit")]
    Ipv4Length,
    /// The header checksum is wrong.
    #[error("IPv4 header checksum is wrong")]
    Ipv4Checksum,
    /// Wrong version or fewer than 40 bytes.
    #[error("no IPv6 header")]
    Ipv6Header,
    /// The payload length is beyond the frame.
    #[error("IPv6 payload length does not fit")]
    Ipv6Length,
    /// An extension header is cut, or there are too many of them.
    #[error("IPv6 extension headers do not fit")]
    Ipv6Extension,
    /// A routing header of type 0 (RFC 5095 forbids it).
    #[error("IPv6 routing header of type 0")]
    Ipv6RoutingZero,
    /// Fewer than 20 bytes of TCP, 8 of UDP or 12 of SCTP; an SCTP packet that is to open a connection, without chunk.
    #[error("transport header is cut")]
    Transport,
    /// An ARP packet that is not Ethernet/IPv4 or is cut.
    #[error("no ARP for IPv4 over Ethernet")]
    Arp,
    /// An ICMP message is cut.
    #[error("ICMP message is cut")]
    Icmp,
}
