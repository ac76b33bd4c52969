//! The program at an interface's entrance: which frames go to the director's AF_XDP socket.
//!
//! Only what is surely the director's, and only what it can handle from there: whole, untagged TCP and UDP frames to the
//! interface's own MAC address, no longer than a chunk, no fragments, no IPv4 options nor IPv6 extension headers. All
//! others pass, to the host and to the packet ring behind: so the program never has to be complete.
//!
//! ```text
//!  to the VIP? ──yes──────────────────────────────────────► socket of this queue (none: pass)
//!      │ no                                                   ▲   ▲
//!  to a service on an address of the host? ──yes──────────────┘   │
//!      │ no                                                       │
//!  from a NAT real server, and not to the host itself? ──yes──────┘
//!      │ no
//!     pass
//! ```

use crate::ring::bpf::asm::{Assembler, Helper, If, Label, Reg, Size};
use crate::ring::bpf::wire::{ETHERTYPE_V4, ETHERTYPE_V6, IS_FRAGMENT, TCP, UDP, lookup, net};

/// An address is a VIP: everything to it.
pub(super) const VIP: u32 = 1;
/// There are services on this address of the host: `ends` says which.
pub(super) const SERVICES: u32 = 2;
/// NAT real servers have this address: `ends` says which.
pub(super) const SERVERS: u32 = 4;
/// The host's own address.
pub(super) const HOST: u32 = 8;

/// Third part of an endpoint's key: the endpoint is the destination.
pub(super) const TO: u8 = 0;
/// Third part of an endpoint's key: the endpoint is the source.
pub(super) const FROM: u8 = 1;

/// Queues of an interface that have a place among the sockets.
pub(super) const QUEUES: u32 = 64;
/// The verdict XDP_PASS.
pub(super) const PASS: i32 = 2;

/// Descriptors of the maps of one address family.
#[derive(Clone, Copy, Debug)]
pub(super) struct FamilyMaps {
    /// Address → what it is.
    pub addresses: i32,
    /// Address, protocol, direction, port → 1.
    pub ends: i32,
}

/// What a program is made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Design {
    /// Number of the interface among the director's.
    pub port: u8,
    /// Bytes of the longest frame that a chunk takes.
    pub longest: u16,
    /// Array: interface → its MAC address.
    pub macs: i32,
    /// Sockets: interface · [`QUEUES`] + queue.
    pub sockets: i32,
    /// IPv4.
    pub v4: FamilyMaps,
    /// IPv6.
    pub v6: FamilyMaps,
    /// The verdict where there is no socket for a frame that is the director's: [`PASS`]; a test may want to see it.
    pub otherwise: i32,
}

/// Where an IP version keeps what, in bytes from the frame's start.
struct Layout {
    shortest: i32,
    protocol: i16,
    source: i16,
    destination: i16,
    words: i16,
    ports: i16,
}

const V4: Layout = Layout { shortest: 38, protocol: 23, source: 26, destination: 30, words: 1, ports: 34 };
const V6: Layout = Layout { shortest: 58, protocol: 20, source: 22, destination: 38, words: 4, ports: 54 };

const ETHERTYPE: i16 = 12;
/// IPv4, a header of 20 bytes.
const PLAIN_V4: i32 = 0x45;

/// Where a key is put together on the stack: an address, or an endpoint.
const KEY: i16 = -24;
/// A number on the stack.
const NUMBER: i16 = -32;

/// `struct xdp_md`: first byte, end, queue.
const MD_DATA: i16 = 0;
const MD_DATA_END: i16 = 4;
const MD_QUEUE: i16 = 16;

/// R6: the context. R7: the frame. R8: its end, then what its destination is. R9: its protocol.
pub(super) fn assemble(design: &Design) -> Option<Vec<u64>> {
    let mut asm = Assembler::default();
    let (pass, steal, v6) = (asm.label(), asm.label(), asm.label());
    let number = i32::from(design.port);
    asm.copy(Reg::R6, Reg::R1);
    asm.load(Size::Word, Reg::R7, Reg::R6, MD_DATA);
    asm.load(Size::Word, Reg::R8, Reg::R6, MD_DATA_END);
    at_least(&mut asm, V4.shortest, pass);
    let fits = asm.label();
    asm.copy(Reg::R1, Reg::R7);
    asm.add(Reg::R1, i32::from(design.longest) + 1);
    asm.jump_if_reg(Reg::R1, If::Greater, Reg::R8, fits);
    asm.jump(pass);
    asm.here(fits);

    // To the interface's own address?
    asm.store_value(Size::Word, NUMBER, number);
    lookup(&mut asm, design.macs, NUMBER);
    asm.jump_if(Reg::R0, If::Equal, 0, pass);
    for (size, offset) in [(Size::Word, 0), (Size::Half, 4)] {
        asm.load(size, Reg::R1, Reg::R0, offset);
        asm.load(size, Reg::R2, Reg::R7, offset);
        asm.jump_if_reg(Reg::R1, If::NotEqual, Reg::R2, pass);
    }

    asm.load(Size::Half, Reg::R1, Reg::R7, ETHERTYPE);
    asm.jump_if(Reg::R1, If::Equal, net(ETHERTYPE_V6), v6);
    asm.jump_if(Reg::R1, If::NotEqual, net(ETHERTYPE_V4), pass);
    asm.load(Size::Byte, Reg::R1, Reg::R7, 14);
    asm.jump_if(Reg::R1, If::NotEqual, PLAIN_V4, pass);
    asm.load(Size::Half, Reg::R1, Reg::R7, 20);
    asm.and(Reg::R1, net(IS_FRAGMENT));
    asm.jump_if(Reg::R1, If::NotEqual, 0, pass);
    judge(&mut asm, &V4, design.v4, pass, steal);

    asm.here(v6);
    at_least(&mut asm, V6.shortest, pass);
    judge(&mut asm, &V6, design.v6, pass, steal);

    asm.here(steal);
    asm.load(Size::Word, Reg::R2, Reg::R6, MD_QUEUE);
    asm.jump_if(Reg::R2, If::Greater, QUEUES.cast_signed() - 1, pass);
    asm.add(Reg::R2, number * QUEUES.cast_signed());
    asm.map(Reg::R1, design.sockets);
    asm.set(Reg::R3, design.otherwise);
    asm.call(Helper::RedirectMap);
    asm.exit();

    asm.here(pass);
    asm.set(Reg::R0, PASS);
    asm.exit();
    asm.finish()
}

/// Passes frames that are shorter.
fn at_least(asm: &mut Assembler, len: i32, pass: Label) {
    asm.copy(Reg::R1, Reg::R7);
    asm.add(Reg::R1, len);
    asm.jump_if_reg(Reg::R1, If::Greater, Reg::R8, pass);
}

/// Goes on at `steal` or `pass`, for a frame of this family whose bytes up to its ports are there.
fn judge(asm: &mut Assembler, layout: &Layout, maps: FamilyMaps, pass: Label, steal: Label) {
    let (transport, unknown, replies) = (asm.label(), asm.label(), asm.label());
    asm.load(Size::Byte, Reg::R9, Reg::R7, layout.protocol);
    asm.jump_if(Reg::R9, If::Equal, TCP, transport);
    asm.jump_if(Reg::R9, If::NotEqual, UDP, pass);
    asm.here(transport);

    address(asm, layout, layout.destination);
    asm.set(Reg::R8, 0);
    lookup(asm, maps.addresses, KEY);
    asm.jump_if(Reg::R0, If::Equal, 0, unknown);
    asm.load(Size::Word, Reg::R8, Reg::R0, 0);
    asm.jump_if(Reg::R8, If::Any, VIP.cast_signed(), steal);
    asm.here(unknown);
    let no_service = asm.label();
    asm.copy(Reg::R1, Reg::R8);
    asm.and(Reg::R1, SERVICES.cast_signed());
    asm.jump_if(Reg::R1, If::Equal, 0, no_service);
    find_end(asm, layout, maps, TO, layout.ports + 2, steal);
    asm.here(no_service);
    asm.jump_if(Reg::R8, If::Any, HOST.cast_signed(), pass);

    address(asm, layout, layout.source);
    lookup(asm, maps.addresses, KEY);
    asm.jump_if(Reg::R0, If::Equal, 0, pass);
    asm.load(Size::Word, Reg::R1, Reg::R0, 0);
    asm.jump_if(Reg::R1, If::Any, SERVERS.cast_signed(), replies);
    asm.jump(pass);
    asm.here(replies);
    find_end(asm, layout, maps, FROM, layout.ports, steal);
    asm.jump(pass);
}

/// Copies an address of the frame to the key.
fn address(asm: &mut Assembler, layout: &Layout, at: i16) {
    for word in 0..layout.words {
        asm.load(Size::Word, Reg::R1, Reg::R7, at + 4 * word);
        asm.store(Size::Word, KEY + 4 * word, Reg::R1);
    }
}

/// Goes on at `found` if the endpoint whose address is the key is known, by this port of the frame or by all its ports.
fn find_end(asm: &mut Assembler, layout: &Layout, maps: FamilyMaps, direction: u8, port: i16, found: Label) {
    let behind = KEY + 4 * layout.words;
    asm.store(Size::Byte, behind, Reg::R9);
    asm.store_value(Size::Byte, behind + 1, i32::from(direction));
    asm.load(Size::Half, Reg::R1, Reg::R7, port);
    asm.store(Size::Half, behind + 2, Reg::R1);
    lookup(asm, maps.ends, KEY);
    asm.jump_if(Reg::R0, If::NotEqual, 0, found);
    asm.store_value(Size::Half, behind + 2, 0);
    lookup(asm, maps.ends, KEY);
    asm.jump_if(Reg::R0, If::NotEqual, 0, found);
}
