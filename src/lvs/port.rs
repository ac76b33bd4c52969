use serde::{Deserialize, Serialize};

/// One of the director's network interfaces, numbered by its place in `--interface …` (0-based, below 16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PortId(pub u8);

impl PortId {
    /// As an index into per-interface tables.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
