//! What our programs know of packets, whatever they look for in them.

use super::asm::{Assembler, Helper, Reg};

/// Ethernet types.
pub(in crate::ring) const ETHERTYPE_V4: u16 = 0x0800;
pub(in crate::ring) const ETHERTYPE_V6: u16 = 0x86dd;
/// Of a whole IPv4 packet's flags and offset, these bits are none: more fragments, and the offset.
pub(in crate::ring) const IS_FRAGMENT: u16 = 0x3fff;
/// Transport protocols.
pub(in crate::ring) const TCP: i32 = 6;
pub(in crate::ring) const UDP: i32 = 17;

/// A number of the wire as a load of two bytes sees it.
pub(in crate::ring) fn net(value: u16) -> i32 {
    i32::from(value.to_be())
}

/// R0 = where the value of the key at this place of the stack lies in the map, or 0. R1 to R5 are lost.
pub(in crate::ring) fn lookup(asm: &mut Assembler, map: i32, key: i16) {
    asm.copy(Reg::R2, Reg::R10);
    asm.add(Reg::R2, i32::from(key));
    asm.map(Reg::R1, map);
    asm.call(Helper::MapLookup);
}
