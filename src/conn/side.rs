//! What few connections carry beside their entry: shifted sequence numbers, a persistence engine's data, a mark.

use std::fmt;

/// How far the sequence numbers of one direction are shifted by a helper that changed the length of what was said
/// (IPVS: `ip_vs_seq`; `ipvs.md` §4.9). Numbers after `init_seq` are shifted by `delta`, those before it by
/// `previous_delta`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SequenceShift {
    /// The sequence number of the last change.
    pub init_seq: u32,
    /// Added after it, in bytes.
    pub delta: i32,
    /// Added before it, in bytes.
    pub previous_delta: i32,
}

impl SequenceShift {
    /// Nothing is shifted.
    pub const fn is_none(&self) -> bool {
        self.delta == 0 && self.previous_delta == 0
    }

    /// The number that the other side is told for one of the sender's.
    pub const fn told(&self, sequence: u32) -> u32 {
        sequence.wrapping_add_signed(self.at(sequence))
    }

    /// The sender's own number for one that the other side was told: what an acknowledgement means.
    pub const fn meant(&self, told: u32) -> u32 {
        let before = told.wrapping_sub(self.previous_delta.cast_unsigned());
        told.wrapping_sub(self.at(before).cast_unsigned())
    }

    /// The segment that begins at `sequence` has grown by so many bytes (or shrunk). One that comes again has changed
    /// already.
    pub const fn grow(&mut self, sequence: u32, by: i32) {
        if by != 0 && (self.is_none() || is_after(sequence, self.init_seq)) {
            self.previous_delta = self.delta;
            self.delta = self.delta.wrapping_add(by);
            self.init_seq = sequence;
        }
    }

    const fn at(&self, sequence: u32) -> i32 {
        if is_after(sequence, self.init_seq) { self.delta } else { self.previous_delta }
    }
}

/// Is it behind another in the sequence (RFC 9293 §3.4)?
pub const fn is_after(sequence: u32, other: u32) -> bool {
    sequence.wrapping_sub(other).cast_signed() > 0
}

/// How the client of an FTP control connection last asked the real server for a port to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Passive {
    /// It did not.
    #[default]
    Nothing,
    /// PASV: the answer is six numbers (227).
    Numbers,
    /// EPSV: the answer is a port between delimiters (229).
    Extended,
}

/// What a persistence engine read in a connection's first packet (a SIP Call-ID): at most 255 bytes, as in IPVS.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct EngineData(Box<[u8]>);

impl EngineData {
    /// Most bytes.
    pub const MAX_LEN: usize = 255;

    /// Keeps these bytes; `None` if they are too many.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() <= Self::MAX_LEN).then(|| Self(bytes.into()))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for EngineData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EngineData({})", self.0.escape_ascii())
    }
}

/// What few connections carry beside their entry.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SideData {
    /// Shift of what the client sends.
    pub inbound: SequenceShift,
    /// Shift of what the real server sends.
    pub outbound: SequenceShift,
    /// What the persistence engine read.
    pub engine_data: EngineData,
    /// The firewall mark that it was scheduled by; 0: none.
    pub fwmark: u32,
    /// What an FTP control connection's real server is to answer.
    pub passive: Passive,
    /// The sequence number of the segment with its last answer.
    pub answered: Option<u32>,
    /// How many connections it had others expect, ever; wraps.
    pub expected: u32,
    /// How many children proved themselves, ever; wraps.
    pub proved: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_changes() {
        let mut shift = SequenceShift::default();
        shift.grow(5012, 1);
        assert_eq!([5001, 5012, 5013, 5039].map(|n| shift.told(n)), [5001, 5012, 5014, 5040]);
        assert_eq!([5001, 5012, 5013, 5040].map(|n| shift.meant(n)), [5001, 5012, 5012, 5039]);
        shift.grow(5012, 1);
        shift.grow(4000, 1);
        assert_eq!(shift.delta, 1, "what comes again changes nothing, nor does what is older");
        shift.grow(5046, 1);
        assert_eq!([5039, 5046, 5073].map(|n| shift.told(n)), [5040, 5047, 5075]);
        assert_eq!([5040, 5047, 5075].map(|n| shift.meant(n)), [5039, 5046, 5073]);
        shift.grow(6000, -5);
        assert_eq!([6000, 6001].map(|n| shift.told(n)), [6002, 5998]);
    }

    #[test]
    fn over_the_edge_of_the_numbers() {
        let mut shift = SequenceShift::default();
        shift.grow(u32::MAX - 5, 3);
        assert_eq!([u32::MAX - 5, u32::MAX, 10].map(|n| shift.told(n)), [u32::MAX - 5, 2, 13]);
        assert_eq!([2, 13].map(|n| shift.meant(n)), [u32::MAX, 10]);
        shift.grow(20, -7);
        assert_eq!([10, 30].map(|n| shift.told(n)), [13, 26]);
    }
}
