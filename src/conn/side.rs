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
}
