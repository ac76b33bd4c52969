//! The kernel's binary interface of a TPACKET_V2 slot: where things lie, and one header read into plain data.
//!
//! A slot is: header (32 bytes), sockaddr_ll (20), room, virtio header (10), Ethernet frame.

use super::VNET_LEN;

/// Bit of the status word: the slot belongs to us.
pub(super) const STATUS_USER: u32 = 1;
/// Bit of the status word: a full copy of the frame is on the socket's queue.
pub(super) const STATUS_COPY: u32 = 1 << 1;
/// Bit of the status word: a VLAN tag was taken off.
pub(super) const STATUS_VLAN: u32 = 1 << 4;
/// The status word of a slot that belongs to the kernel.
pub(super) const STATUS_KERNEL: u32 = 0;

/// Length of the slot's header, and of the link-layer address behind it.
pub(super) const HEADER_LEN: usize = size_of::<libc::tpacket2_hdr>();
/// Where the packet type (`sll_pkttype`) lies in a slot.
pub(super) const PACKET_TYPE_AT: usize = HEADER_LEN + std::mem::offset_of!(libc::sockaddr_ll, sll_pkttype);
/// No frame can begin before this offset in its slot.
pub(super) const FIRST_FRAME_AT: usize = HEADER_LEN + size_of::<libc::sockaddr_ll>() + VNET_LEN;

const _: () = assert!(HEADER_LEN == 32 && size_of::<libc::sockaddr_ll>() == 20);

/// A slot's header, checked against the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// A full copy of the frame waits on the socket's queue.
    pub has_copy: bool,
    /// Where the frame begins, in bytes from the slot's start; the virtio header ends there.
    pub frame_at: usize,
    /// Bytes of the frame that are in the slot.
    pub captured_len: usize,
    /// Bytes that the frame really has.
    pub wire_len: u32,
    /// The VLAN tag that was taken off.
    pub vlan: Option<u16>,
    /// When it came in: nanoseconds of CLOCK_REALTIME.
    pub stamp_ns: u64,
}

impl Header {
    /// Checks what the kernel wrote; `None` if it points outside the slot.
    pub(super) fn check(raw: &libc::tpacket2_hdr, slot_len: usize) -> Option<Self> {
        let frame_at = usize::from(raw.tp_mac);
        let captured_len = usize::try_from(raw.tp_snaplen).ok()?;
        let end = frame_at.checked_add(captured_len)?;
        if frame_at < FIRST_FRAME_AT || end > slot_len || raw.tp_snaplen > raw.tp_len {
            return None;
        }
        Some(Self {
            has_copy: raw.tp_status & STATUS_COPY != 0,
            frame_at,
            captured_len,
            wire_len: raw.tp_len,
            vlan: (raw.tp_status & STATUS_VLAN != 0).then_some(raw.tp_vlan_tci),
            stamp_ns: u64::from(raw.tp_sec) * 1_000_000_000 + u64::from(raw.tp_nsec),
        })
    }
}
