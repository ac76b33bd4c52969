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

/// Longest name of an interface, in bytes.
const MAX_INTERFACE: usize = 15;

/// Can it be an interface's name?
pub fn is_interface_name(name: &str) -> bool {
    (1..=MAX_INTERFACE).contains(&name.len())
        && !name.contains(|char: char| char == '/' || char.is_whitespace() || char.is_control())
}
