//! What one director says to another of one connection.

use super::fault::Fault;
use crate::conn::{ConnFlags, SequenceShift};
use crate::lvs::{Endpoint, Protocol};

/// Bits of a connection's flags that are one-packet scheduling's: such are never told of.
pub const ONE_PACKET: u16 = 0x2000;
/// States of TCP, of SCTP; UDP has one, a template two.
const TCP_STATES: u16 = 11;
const SCTP_STATES: u16 = 14;
const TEMPLATE_STATES: u16 = 2;

/// A persistence engine's part in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// Its name: 1 to 16 bytes.
    pub name: Vec<u8>,
    /// What it read: 1 to 255 bytes.
    pub data: Vec<u8>,
}

/// One connection or template. Addresses are of one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The transport protocol's number; 0 for a firewall mark's template.
    pub protocol: u8,
    /// As IPVS numbers them ([`ConnFlags`]).
    pub flags: u16,
    /// As IPVS numbers it.
    pub state: u16,
    /// CIP and cport.
    pub client: Endpoint,
    /// VIP and vport; of a firewall mark's template its number as an address.
    pub virt: Endpoint,
    /// RIP and the port there.
    pub real: Endpoint,
    /// The firewall mark of its service; 0: none, or not said.
    pub fwmark: u32,
    /// How long its state lives, in seconds; `None`: not said (version 0).
    pub timeout_seconds: Option<u32>,
    /// Shift of what the client sends, and of what the real server sends.
    pub shifts: Option<(SequenceShift, SequenceShift)>,
    /// Of templates of a persistence engine.
    pub engine: Option<Engine>,
}

impl Record {
    /// Is it a template?
    pub const fn is_template(&self) -> bool {
        self.has(ConnFlags::TEMPLATE)
    }

    /// Has it this flag?
    pub const fn has(&self, flag: ConnFlags) -> bool {
        self.flags & flag.0 == flag.0
    }

    /// Do its flags promise shifted sequence numbers?
    pub const fn is_shifted(&self) -> bool {
        self.flags & (ConnFlags::IN_SEQ.0 | ConnFlags::OUT_SEQ.0) != 0
    }

    /// Its protocol, if it all makes sense; of a firewall mark's template `None`.
    ///
    /// # Errors
    /// What makes none.
    pub fn check(&self) -> Result<Option<Protocol>, Fault> {
        let is_template = self.is_template();
        let contradicts = is_template && self.has(ConnFlags::NO_CPORT);
        if contradicts
            || self.flags & ONE_PACKET != 0
            || self.has(ConnFlags::NO_CPORT) && self.client.port != 0
        {
            return Err(Fault::Flags);
        }
        let protocol = match Protocol::from_number(self.protocol) {
            None if self.protocol == 0 && is_template => None,
            None => return Err(Fault::Protocol),
            known => known,
        };
        let states = match protocol {
            _ if is_template => TEMPLATE_STATES,
            Some(Protocol::Tcp) => TCP_STATES,
            Some(Protocol::Sctp) => SCTP_STATES,
            Some(Protocol::Udp) | None => 1,
        };
        if self.state >= states {
            return Err(Fault::State);
        }
        if self.is_shifted() && self.shifts.is_none() {
            return Err(Fault::Sequence);
        }
        Ok(protocol)
    }
}

/// Reads numbers from the front; `None` when there are too few bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'b>(pub &'b [u8]);

impl<'b> Reader<'b> {
    pub fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
}

/// The six numbers of two shifts, in this order of bytes.
pub(super) fn read_shifts(bytes: &[u8], word: fn([u8; 4]) -> u32) -> Option<(SequenceShift, SequenceShift)> {
    let mut reader = Reader(bytes);
    let mut shift = || {
        let mut next = || reader.array().map(word);
        let (init_seq, delta, previous) = (next()?, next()?, next()?);
        Some(SequenceShift { init_seq, delta: delta.cast_signed(), previous_delta: previous.cast_signed() })
    };
    Some((shift()?, shift()?))
}

/// As [`read_shifts`] reads them.
pub(super) fn write_shifts(
    shifts: &(SequenceShift, SequenceShift),
    word: fn(u32) -> [u8; 4],
    to: &mut Vec<u8>,
) {
    for shift in [shifts.0, shifts.1] {
        for number in [shift.init_seq, shift.delta.cast_unsigned(), shift.previous_delta.cast_unsigned()] {
            to.extend(word(number));
        }
    }
}
