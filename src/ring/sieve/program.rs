//! Two programs of a kind (socket filters): which frames a ring takes at all, and which ring of a fan-out group takes them.
//!
//! Both ask the same maps what an address is: a VIP, or the home of NAT real servers.

use crate::ring::bpf::asm::{Assembler, Helper, If, Label, Reg, Size};
use crate::ring::bpf::wire::{ETHERTYPE_V4, ETHERTYPE_V6, IS_FRAGMENT, TCP, UDP, lookup, net};

/// The director answers to this address: packets to it are requests.
pub(super) const VIP: u32 = 1;
/// NAT real servers live at this address: packets from it are replies.
pub(super) const SERVER: u32 = 2;

/// Where the maps are, and where a program finds the IP header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Design {
    /// Hash: IPv4 address (as a number, in the machine's order) → what it is.
    pub v4: i32,
    /// Hash: IPv6 address (as four such numbers) → what it is.
    pub v6: i32,
    /// Array of one: not 0 while every frame is wanted.
    pub everything: i32,
    /// Array of [`COUNTS`], for each CPU: frames refused, by why.
    pub refused: i32,
    /// Array of numbers, of which one says how many of 256 connection requests are shed ([`shed`]); `None`: none ever.
    pub valve: Option<(i32, i32)>,
    /// Bytes in front of the IP header: a socket's filter sees the frame from its link header on, a fan-out program does not.
    pub link_header: i32,
}

impl Design {
    /// For [`filter`].
    pub const LINK_HEADER: i32 = 14;
}

/// In [`Design::refused`]: what did not concern the director.
pub(super) const FOREIGN: u32 = 0;
/// In [`Design::refused`]: connection requests for which there is no time.
pub(super) const SHED: u32 = 1;
/// Numbers in [`Design::refused`].
pub(super) const COUNTS: u32 = 2;

/// Where an IP version keeps its addresses, in bytes from its header's start.
struct Layout {
    source: i32,
    words: i16,
    protocol: i32,
}

const V4: Layout = Layout { source: 12, words: 1, protocol: V4_PROTOCOL };
const V6: Layout = Layout { source: 8, words: 4, protocol: V6_PROTOCOL };

impl Layout {
    fn destination(&self) -> i32 {
        self.source + i32::from(self.words) * 4
    }
}

const V4_FRAGMENT: i32 = 6;
const V4_PROTOCOL: i32 = 9;
const V6_PROTOCOL: i32 = 6;
const V4_LEN: i32 = 20;
const V6_LEN: i32 = 40;
/// Where a TCP header keeps its flags, and which of them say that a connection is to begin: SYN without ACK.
const TCP_FLAGS: i32 = 13;
const SYN: i32 = 0x02;
const SYN_OR_ACK: i32 = 0x12;

const ICMP: i32 = 1;
const SCTP: i32 = 132;
/// PACKET_OTHERHOST.
const OTHER_HOST: i32 = 3;

/// `struct __sk_buff`: bytes; to whom the link layer says it was sent; the protocol, as on the wire; whether a tag was taken off.
const SKB_LEN: i16 = 0;
const SKB_TYPE: i16 = 4;
const SKB_PROTOCOL: i16 = 16;
const SKB_VLAN: i16 = 20;

/// Where an address is put together on the stack.
const KEY: i16 = -16;
/// A number on the stack.
const NUMBER: i16 = -24;

/// The filter: all bytes of a frame that may concern the director, none of one that surely does not.
///
/// ```text
///  sent to another machine's MAC ───────────────────────────► refused
///  everything is wanted; neither IPv4 nor IPv6; a tag; cut ─► taken
///  IPv4 ICMP; of IPv6 all but plain TCP, UDP, SCTP ─────────► taken
///  to a VIP, while a worker cannot keep up: a SYN, by chance ► shed, and counted
///  to a VIP; from a VIP or from a NAT real server's address ► taken
///  anything else ───────────────────────────────────────────► refused, and counted
/// ```
///
/// R6: the context, as loads from the packet want it.
pub(super) fn filter(design: &Design) -> Option<Vec<u64>> {
    let mut asm = Assembler::default();
    let (take, refuse, v6, plain) = (asm.label(), asm.label(), asm.label(), asm.label());
    let shed = asm.label();
    asm.copy(Reg::R6, Reg::R1);
    asm.load(Size::Word, Reg::R7, Reg::R6, SKB_TYPE);
    asm.jump_if(Reg::R7, If::Equal, OTHER_HOST, refuse);
    asm.store_value(Size::Word, NUMBER, 0);
    lookup(&mut asm, design.everything, NUMBER);
    asm.jump_if(Reg::R0, If::Equal, 0, take);
    asm.load(Size::Word, Reg::R1, Reg::R0, 0);
    asm.jump_if(Reg::R1, If::NotEqual, 0, take);
    asm.load(Size::Word, Reg::R7, Reg::R6, SKB_VLAN);
    asm.jump_if(Reg::R7, If::NotEqual, 0, take);
    asm.load(Size::Word, Reg::R7, Reg::R6, SKB_PROTOCOL);
    asm.jump_if(Reg::R7, If::Equal, net(ETHERTYPE_V6), v6);
    asm.jump_if(Reg::R7, If::NotEqual, net(ETHERTYPE_V4), take);

    at_least(&mut asm, design.link_header + V4_LEN, take);
    asm.packet(Size::Byte, design.link_header + V4_PROTOCOL);
    asm.jump_if(Reg::R0, If::Equal, ICMP, take);
    judge(&mut asm, design, &V4, design.v4, &Ways { take, refuse, shed });

    asm.here(v6);
    at_least(&mut asm, design.link_header + V6_LEN, take);
    asm.packet(Size::Byte, design.link_header + V6_PROTOCOL);
    for protocol in [TCP, UDP, SCTP] {
        asm.jump_if(Reg::R0, If::Equal, protocol, plain);
    }
    asm.jump(take);
    asm.here(plain);
    judge(&mut asm, design, &V6, design.v6, &Ways { take, refuse, shed });

    let (count, uncounted) = (asm.label(), asm.label());
    asm.here(shed);
    // What nobody jumps to, the kernel does not load.
    if design.valve.is_some() {
        asm.store_value(Size::Word, NUMBER, SHED.cast_signed());
        asm.jump(count);
    }
    asm.here(refuse);
    asm.store_value(Size::Word, NUMBER, FOREIGN.cast_signed());
    asm.here(count);
    lookup(&mut asm, design.refused, NUMBER);
    asm.jump_if(Reg::R0, If::Equal, 0, uncounted);
    asm.load(Size::Double, Reg::R1, Reg::R0, 0);
    asm.add(Reg::R1, 1);
    asm.store_at(Size::Double, Reg::R0, 0, Reg::R1);
    asm.here(uncounted);
    asm.set(Reg::R0, 0);
    asm.exit();

    asm.here(take);
    asm.set(Reg::R0, i32::MAX);
    asm.exit();
    asm.finish()
}

/// Goes on at `take` for packets that are shorter: a load behind their end would end the program.
fn at_least(asm: &mut Assembler, len: i32, take: Label) {
    let is_long = asm.label();
    asm.load(Size::Word, Reg::R7, Reg::R6, SKB_LEN);
    asm.jump_if(Reg::R7, If::Greater, len - 1, is_long);
    asm.jump(take);
    asm.here(is_long);
}

/// Where a filter goes on.
struct Ways {
    take: Label,
    refuse: Label,
    shed: Label,
}

/// Goes on at one of the ways, by a packet's addresses.
fn judge(asm: &mut Assembler, design: &Design, layout: &Layout, map: i32, ways: &Ways) {
    let Ways { take, refuse, .. } = *ways;
    let (no_vip, to_vip) = (asm.label(), asm.label());
    address(asm, layout, design.link_header + layout.destination());
    lookup(asm, map, KEY);
    asm.jump_if(Reg::R0, If::Equal, 0, no_vip);
    asm.load(Size::Word, Reg::R1, Reg::R0, 0);
    asm.jump_if(Reg::R1, If::Any, VIP.cast_signed(), to_vip);
    asm.here(no_vip);
    address(asm, layout, design.link_header + layout.source);
    lookup(asm, map, KEY);
    asm.jump_if(Reg::R0, If::NotEqual, 0, take);
    asm.jump(refuse);
    asm.here(to_vip);
    request(asm, design, layout, ways);
}

/// Of TCP's connection requests (SYN without ACK, whole), so many of 256 are shed as the valve says; all else is taken.
///
/// R7: where the flags are, from the frame's start. R8: the valve. R9: the frame's length.
fn request(asm: &mut Assembler, design: &Design, layout: &Layout, ways: &Ways) {
    let Some((valve, index)) = design.valve else { return asm.jump(ways.take) };
    asm.store_value(Size::Word, NUMBER, index);
    lookup(asm, valve, NUMBER);
    asm.jump_if(Reg::R0, If::Equal, 0, ways.take);
    asm.load(Size::Double, Reg::R8, Reg::R0, 0);
    // It mostly is: then nothing else is looked at.
    asm.jump_if(Reg::R8, If::Equal, 0, ways.take);
    asm.packet(Size::Byte, design.link_header + layout.protocol);
    asm.jump_if(Reg::R0, If::NotEqual, TCP, ways.take);
    if layout.words == V4.words {
        asm.packet(Size::Half, design.link_header + V4_FRAGMENT);
        asm.jump_if(Reg::R0, If::Any, i32::from(IS_FRAGMENT), ways.take);
        asm.packet(Size::Byte, design.link_header);
        asm.and(Reg::R0, 0xf);
        asm.shift_left(Reg::R0, 2);
        asm.copy(Reg::R7, Reg::R0);
    } else {
        asm.set(Reg::R7, V6_LEN);
    }
    asm.add(Reg::R7, design.link_header + TCP_FLAGS);
    asm.load(Size::Word, Reg::R9, Reg::R6, SKB_LEN);
    let is_long = asm.label();
    asm.jump_if_reg(Reg::R9, If::Greater, Reg::R7, is_long);
    asm.jump(ways.take);
    asm.here(is_long);
    asm.packet_at(Size::Byte, Reg::R7, 0);
    asm.and(Reg::R0, SYN_OR_ACK);
    asm.jump_if(Reg::R0, If::NotEqual, SYN, ways.take);
    asm.call(Helper::Random);
    asm.and(Reg::R0, 0xff);
    asm.jump_if_reg(Reg::R8, If::Greater, Reg::R0, ways.shed);
    asm.jump(ways.take);
}

/// The fan-out program: a number by the client's endpoint, which is the source of a request and the destination of a
/// reply; both directions of a connection through NAT so have the same. The kernel takes it modulo the rings.
///
/// What has no ports, and every fragment, counts by the client's address alone: all fragments of a datagram meet. What
/// is neither to a VIP nor from a real server is taken for a request. Too short for its headers, or not IP: 0.
///
/// `key`: an odd number that nobody outside knows, so that nobody can choose flows which all meet on one worker.
///
/// R6: the context. R7: distance from the source address to the client's. R8: the key. R9: the client's address, folded.
pub(super) fn deal(design: &Design, key: u64) -> Option<Vec<u64>> {
    let mut asm = Assembler::default();
    let (v6, other) = (asm.label(), asm.label());
    asm.copy(Reg::R6, Reg::R1);
    asm.load(Size::Word, Reg::R7, Reg::R6, SKB_PROTOCOL);
    asm.jump_if(Reg::R7, If::Equal, net(ETHERTYPE_V6), v6);
    asm.jump_if(Reg::R7, If::NotEqual, net(ETHERTYPE_V4), other);

    let (no_ports, whole, fold) = (asm.label(), asm.label(), asm.label());
    side(&mut asm, design, &V4, design.v4);
    asm.packet_at(Size::Word, Reg::R7, design.link_header + V4.source);
    asm.copy(Reg::R9, Reg::R0);
    asm.packet(Size::Half, design.link_header + V4_FRAGMENT);
    asm.jump_if(Reg::R0, If::Any, i32::from(IS_FRAGMENT), no_ports);
    asm.packet(Size::Byte, design.link_header + V4_PROTOCOL);
    has_ports(&mut asm, whole, no_ports);
    asm.here(whole);
    asm.packet(Size::Byte, design.link_header);
    asm.and(Reg::R0, 0xf);
    asm.shift_left(Reg::R0, 2);
    asm.shift_right(Reg::R7, 1);
    asm.add_reg(Reg::R7, Reg::R0);
    asm.packet_at(Size::Half, Reg::R7, design.link_header);
    asm.jump(fold);
    asm.here(no_ports);
    asm.set(Reg::R0, 0);
    asm.here(fold);
    finish(&mut asm, key);

    asm.here(v6);
    let (no_ports, whole, fold) = (asm.label(), asm.label(), asm.label());
    side(&mut asm, design, &V6, design.v6);
    asm.set(Reg::R9, 0);
    for word in 0..4 {
        asm.set_wide(Reg::R8, key);
        asm.multiply(Reg::R9, Reg::R8);
        asm.packet_at(Size::Word, Reg::R7, design.link_header + V6.source + 4 * word);
        asm.add_reg(Reg::R9, Reg::R0);
    }
    asm.packet(Size::Byte, design.link_header + V6_PROTOCOL);
    has_ports(&mut asm, whole, no_ports);
    asm.here(whole);
    asm.shift_right(Reg::R7, 3);
    asm.packet_at(Size::Half, Reg::R7, design.link_header + V6_LEN);
    asm.jump(fold);
    asm.here(no_ports);
    asm.set(Reg::R0, 0);
    asm.here(fold);
    finish(&mut asm, key);

    asm.here(other);
    asm.set(Reg::R0, 0);
    asm.exit();
    asm.finish()
}

/// R7 = 0 for a request, for a reply the bytes from source to destination address.
fn side(asm: &mut Assembler, design: &Design, layout: &Layout, map: i32) {
    let (unknown, request, reply, known) = (asm.label(), asm.label(), asm.label(), asm.label());
    address(asm, layout, design.link_header + layout.destination());
    lookup(asm, map, KEY);
    asm.jump_if(Reg::R0, If::Equal, 0, unknown);
    asm.load(Size::Word, Reg::R1, Reg::R0, 0);
    asm.jump_if(Reg::R1, If::Any, VIP.cast_signed(), request);
    asm.here(unknown);
    address(asm, layout, design.link_header + layout.source);
    lookup(asm, map, KEY);
    asm.jump_if(Reg::R0, If::Equal, 0, request);
    asm.load(Size::Word, Reg::R1, Reg::R0, 0);
    asm.jump_if(Reg::R1, If::Any, SERVER.cast_signed(), reply);
    asm.here(request);
    asm.set(Reg::R7, 0);
    asm.jump(known);
    asm.here(reply);
    asm.set(Reg::R7, i32::from(layout.words) * 4);
    asm.here(known);
}

/// Goes on at one of the two by the protocol in R0.
fn has_ports(asm: &mut Assembler, ports: Label, none: Label) {
    for protocol in [TCP, UDP, SCTP] {
        asm.jump_if(Reg::R0, If::Equal, protocol, ports);
    }
    asm.jump(none);
}

/// Ends with 16 bits that depend on the address in R9 and the port in R0: the top of two products with an odd number. After
/// one, ports that a client takes at even distances would now and then all meet on one worker.
fn finish(asm: &mut Assembler, key: u64) {
    asm.shift_left(Reg::R9, 16);
    asm.add_reg(Reg::R9, Reg::R0);
    asm.set_wide(Reg::R1, key);
    asm.multiply(Reg::R9, Reg::R1);
    asm.copy(Reg::R0, Reg::R9);
    asm.shift_right(Reg::R0, 32);
    asm.xor_reg(Reg::R9, Reg::R0);
    asm.multiply(Reg::R9, Reg::R1);
    asm.shift_right(Reg::R9, 48);
    asm.copy(Reg::R0, Reg::R9);
    asm.exit();
}

/// Copies an address of the packet to the key.
fn address(asm: &mut Assembler, layout: &Layout, at: i32) {
    for word in 0..layout.words {
        asm.packet(Size::Word, at + 4 * i32::from(word));
        asm.store(Size::Word, KEY + 4 * word, Reg::R0);
    }
}
