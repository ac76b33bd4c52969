use super::{Edit, Refusal};
use crate::defrag::Pieces;
use crate::frame::VnetHeader;
use crate::lvs::{Family, PortId, Protocol};
use crate::wire::ip::{self, IpHead};
use crate::wire::transport::{self, ChecksumState};

/// A received IP packet on its way through the director: its bytes still lie in the ring.
#[derive(Debug)]
pub struct Packet<'f> {
    /// The packet from its IP header on, without Ethernet padding.
    pub bytes: &'f mut [u8],
    /// What the header said.
    pub head: IpHead,
    /// What the kernel left undone, checked against the packet.
    pub vnet: VnetHeader,
    /// The interface by which it came.
    pub port: PortId,
    /// It came through the door, from the director's own host.
    pub from_host: bool,
    /// This director is no hop on its way: it comes from a real server on this host, or goes to one.
    pub keeps_ttl: bool,
    /// What a helper changes in it.
    pub edit: Option<Edit>,
    /// It came in fragments, and was put together.
    pub joined: Option<Joined<'f>>,
    /// Its connection is not to live on: instead of it both sides get a reset.
    pub resets: bool,
}

/// How a packet that came in fragments may leave.
#[derive(Clone, Copy, Debug)]
pub struct Joined<'f> {
    /// How it had been cut.
    pub pieces: &'f Pieces,
    /// It is not for us but routed on. Linux takes a DF bit in such fragments at its word: what came cut is not cut again.
    pub is_routed: bool,
}

/// Does a packet fit a way?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// As it is.
    Whole,
    /// In fragments.
    Fragmented,
}

impl<'f> Packet<'f> {
    /// No packet yet: to be filled in by reading a frame.
    pub fn empty() -> Self {
        Self {
            bytes: &mut [],
            head: IpHead::EMPTY,
            vnet: VnetHeader::default(),
            port: PortId(0),
            from_host: false,
            keeps_ttl: false,
            edit: None,
            joined: None,
            resets: false,
        }
    }

    /// What is left of it is a reset of its sender, at its place in the sequence. False, and it is as it was, if it is no
    /// whole TCP segment.
    pub fn turn_into_reset(&mut self) -> bool {
        let (header_len, head) = (self.head.header_len, self.head);
        if head.protocol != Protocol::Tcp.number() || !transport::turn_into_reset(self.segment_mut(), &head) {
            return false;
        }
        let len = header_len + 20;
        ip::cut_short(self.bytes, head.family(), header_len, len);
        let bytes: &mut [u8] = std::mem::take(&mut self.bytes);
        self.bytes = bytes.get_mut(..len).unwrap_or_default();
        (self.head.packet_len, self.head.ttl) = (len, ip::FRESH_TTL);
        (self.vnet, self.joined) = (VnetHeader::default(), None);
        if let Some(edit) = &mut self.edit {
            // The deadline may pass just after they were read.
            edit.words = None;
        }
        true
    }

    /// IPv4 or IPv6.
    pub fn family(&self) -> Family {
        self.head.family()
    }

    /// What follows the IP header.
    pub fn segment(&self) -> &[u8] {
        self.bytes.get(self.head.header_len..).unwrap_or_default()
    }

    /// The bytes, to be sent from where they lie: the packet has none any more.
    pub(super) fn take_bytes(&mut self) -> &'f [u8] {
        let bytes: &mut [u8] = std::mem::take(&mut self.bytes);
        bytes
    }

    /// What follows the IP header, to be rewritten.
    pub fn segment_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.head.header_len..).unwrap_or_default()
    }

    /// What the transport checksum is worth.
    pub fn checksum_state(&self) -> ChecksumState {
        if self.vnet.is_partial() { ChecksumState::Partial } else { ChecksumState::Complete }
    }

    /// Bytes of one IP packet on the wire: of one segment, for a super-frame.
    pub fn wire_packet_len(&self) -> usize {
        if self.vnet.is_super() {
            self.headers_len() + usize::from(self.vnet.gso_size)
        } else {
            self.len_after_edit()
        }
    }

    /// Bytes of the packet with what a helper changes in it.
    pub fn len_after_edit(&self) -> usize {
        self.edit.map_or(self.head.packet_len, |edit| edit.len_after(self.head.packet_len))
    }

    /// IP and transport header in bytes.
    pub fn headers_len(&self) -> usize {
        let transport = match Protocol::from_number(self.head.protocol) {
            Some(Protocol::Tcp) => self.segment().get(12).map_or(20, |byte| usize::from(byte >> 4) * 4),
            Some(Protocol::Udp) => 8,
            _ => 0,
        };
        self.head.header_len + transport
    }

    /// May it take one more hop, of so large an MTU?
    ///
    /// # Errors
    /// Why not.
    pub fn may_leave(&self, mtu: u32) -> Result<(), Refusal> {
        self.check(mtu).map(|_| ())
    }

    /// May it take one more hop, and does it fit `mtu`? (Kernel order: TTL first.)
    pub(super) fn check(&self, mtu: u32) -> Result<Fit, Refusal> {
        if self.head.ttl <= 1 && !self.keeps_ttl {
            return Err(Refusal::TtlExpired);
        }
        if let Some(joined) = self.joined {
            return self.check_joined(joined, mtu);
        }
        if self.wire_packet_len() <= usize::try_from(mtu).unwrap_or(usize::MAX) {
            Ok(Fit::Whole)
        } else if self.head.dont_fragment {
            Err(Refusal::TooBig { mtu })
        } else if self.vnet.is_super() {
            Err(Refusal::SuperFrameTooBig)
        } else {
            Ok(Fit::Fragmented)
        }
    }

    /// Would a router that carries `mtu` bytes refuse it, though its TTL would do?
    pub fn is_too_long(&self, mtu: u32) -> bool {
        matches!(self.check(mtu), Err(Refusal::TooBig { .. }))
    }

    /// What was put together leaves in pieces again, and in none larger than came (`ipvs.md` §4.7).
    fn check_joined(&self, joined: Joined<'_>, mtu: u32) -> Result<Fit, Refusal> {
        let (longest, len) = (joined.pieces.longest, self.head.packet_len);
        let room = usize::try_from(mtu).unwrap_or(usize::MAX);
        match self.family() {
            Family::V4 if self.head.dont_fragment && (joined.is_routed || len > room) => {
                Err(Refusal::TooBig { mtu })
            }
            Family::V4 => Ok(Fit::Fragmented),
            Family::V6 if longest > room => Err(Refusal::TooBig { mtu }),
            // An "atomic" fragment: whole, but for its fragment header, which is gone.
            Family::V6 if len <= longest => Ok(Fit::Whole),
            Family::V6 => Ok(Fit::Fragmented),
        }
    }

    /// Finishes an unfinished transport checksum (not of super-frames, whose segments get their own).
    pub fn finish_checksum(&mut self) {
        if self.vnet.is_partial()
            && !self.vnet.is_super()
            && let Some(protocol) = Protocol::from_number(self.head.protocol)
        {
            transport::finish_checksum(self.segment_mut(), protocol);
            self.vnet = VnetHeader::default();
        }
    }
}
