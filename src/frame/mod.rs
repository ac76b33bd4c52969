//! The doors to the NIC: a received [`Frame`], and the two traits by which frames come and go.
//!
//! Two living implementations of each: the AF_PACKET ring ([`packet`], with AF_XDP beside it, [`xdp`]) and memory
//! ([`memory`], for tests and fuzzing).

mod coalesce;
pub mod memory;
pub mod packet;
pub mod pcap;
pub mod xdp;

use crate::lvs::PortId;

/// The virtio network header of a frame (PACKET_VNET_HDR), in host byte order: what the kernel left undone.
///
/// It comes from whoever is on the other end of a veth or virtio link, so its offsets are an attacker's data:
/// check them against the frame before use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct VnetHeader {
    /// [`VnetHeader::NEEDS_CSUM`], [`VnetHeader::DATA_VALID`].
    pub flags: u8,
    /// [`VnetHeader::GSO_NONE`], …; bit 0x80 is ECN.
    pub gso_type: u8,
    /// Length of the headers of a super-frame in bytes (a hint).
    pub hdr_len: u16,
    /// Payload bytes per segment of a super-frame.
    pub gso_size: u16,
    /// Where checksumming starts, in bytes from the Ethernet header (with `NEEDS_CSUM`).
    pub csum_start: u16,
    /// Where the checksum goes, in bytes from `csum_start`.
    pub csum_offset: u16,
}

impl VnetHeader {
    /// Length on the socket in bytes.
    pub const LEN: usize = 10;
    /// Flag: the transport checksum is unfinished (it holds the pseudo-header's sum).
    pub const NEEDS_CSUM: u8 = 1;
    /// Flag: the transport checksum was verified.
    pub const DATA_VALID: u8 = 2;
    /// No super-frame.
    pub const GSO_NONE: u8 = 0;
    /// A TCP/IPv4 super-frame.
    pub const GSO_TCPV4: u8 = 1;
    /// A UDP datagram to be fragmented (old kernels).
    pub const GSO_UDP: u8 = 3;
    /// A TCP/IPv6 super-frame.
    pub const GSO_TCPV6: u8 = 4;
    /// A run of UDP datagrams of equal length.
    pub const GSO_UDP_L4: u8 = 5;
    /// Bit of `gso_type`: ECN is in use.
    pub const GSO_ECN: u8 = 0x80;

    /// True if the transport checksum is unfinished.
    pub const fn is_partial(&self) -> bool {
        self.flags & Self::NEEDS_CSUM != 0
    }

    /// True if this is a super-frame.
    pub const fn is_super(&self) -> bool {
        self.gso_type & !Self::GSO_ECN != Self::GSO_NONE
    }
}

/// To whom the link layer says a frame was sent (sockaddr_ll.sll_pkttype).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketType {
    /// To this interface's own address.
    Host,
    /// To everybody.
    Broadcast,
    /// To a group.
    Multicast,
    /// To somebody else (seen because the interface is promiscuous or a bridge flooded it).
    OtherHost,
    /// Sent by this host.
    Outgoing,
}

/// What is known of a received frame besides its bytes.
#[derive(Clone, Copy, Debug)]
pub struct FrameMeta {
    /// The interface it came in on.
    pub port: PortId,
    /// To whom the link layer says it was sent.
    pub packet_type: PacketType,
    /// A VLAN tag (TCI) that the kernel took off the frame, if any.
    pub vlan: Option<u16>,
    /// Length on the wire in bytes; more than `bytes.len()` if the frame was cut.
    pub wire_len: u32,
    /// The virtio network header.
    pub vnet: VnetHeader,
    /// When the kernel took it in: nanoseconds of CLOCK_REALTIME; 0 if unknown.
    pub stamp_ns: u64,
}

/// A received frame, from the Ethernet header on. The bytes are borrowed from the ring: they may be rewritten in place
/// and sent from there, and cannot outlive the sweep.
#[derive(Debug)]
pub struct Frame<'f> {
    /// The frame's bytes.
    pub bytes: &'f mut [u8],
    /// What is known besides.
    pub meta: FrameMeta,
}

/// No room is left for another frame in this sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no room for another frame in this sweep")]
pub struct SinkFull;

/// Where frames go out.
///
/// A frame is given in two pieces so that nothing but headers is ever copied: `head` is copied into a scratch area
/// (at most [`MAX_HEAD`] bytes), `body` is sent straight from where it lies.
pub trait FrameSink<'f> {
    /// Queues one frame for `port`; it leaves when the sweep is flushed.
    ///
    /// # Errors
    /// [`SinkFull`] if the sweep can hold no more, the port does not exist, or `head` exceeds [`MAX_HEAD`].
    fn emit(&mut self, port: PortId, vnet: &VnetHeader, head: &[u8], body: &'f [u8]) -> Result<(), SinkFull>;
}

/// Most bytes that the head of an emitted frame may have: Ethernet, outer IPv6, inner IPv6 or IPv4 with options, TCP
/// with options.
pub const MAX_HEAD: usize = 256;
