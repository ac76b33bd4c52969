//! The header of a table's file.

use super::{NAMES, Record, checksum, file_len};
use crate::conn::entry::{Conn, ConnFlags};
use crate::conn::tcp_state::TcpState;
use crate::time::Tick;
use std::mem::offset_of;

const MAGIC: &[u8; 8] = b"ulvsconn";
/// Raised when what a field means changes; what changes in sizes, places and numbers is told by [`layout`].
const VERSION: u32 = 1;
/// What the header takes of its page.
pub(super) const HEADER: usize = 72;

/// When and where a table's ticks began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Era {
    /// Which boot of the machine (`/proc/sys/kernel/random/boot_id`).
    pub boot: [u8; 16],
    /// The system's monotonic clock at tick 0, in milliseconds.
    pub began_millis: u64,
}

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub version: u32,
    pub layout: u64,
    pub era: Era,
    pub places: u64,
}

impl Header {
    pub fn new(places: u64, era: Era) -> Self {
        Self { version: VERSION, layout: layout(), era, places }
    }

    pub fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let parts: [&[u8]; 6] = [
            MAGIC,
            &u64::from(self.version).to_ne_bytes(),
            &self.layout.to_ne_bytes(),
            &self.era.boot,
            &self.era.began_millis.to_ne_bytes(),
            &self.places.to_ne_bytes(),
        ];
        let (said, sum) = bytes.split_at_mut(HEADER - 16);
        for (to, from) in said.iter_mut().zip(parts.concat()) {
            *to = from;
        }
        let both = checksum(said).to_ne_bytes();
        for (to, from) in sum.iter_mut().zip(both) {
            *to = from;
        }
        bytes
    }

    /// `None`: no header at all, or a damaged one.
    pub fn of(bytes: &[u8; HEADER]) -> Option<Self> {
        let word = |at: usize| {
            let eight = bytes.get(at..at + 8)?;
            Some(u64::from_ne_bytes(eight.try_into().ok()?))
        };
        let (said, _) = bytes.split_at(HEADER - 16);
        (said.starts_with(MAGIC) && word(HEADER - 16)? == checksum(said)).then_some(())?;
        Some(Self {
            version: u32::try_from(word(8)?).ok()?,
            layout: word(16)?,
            era: Era { boot: bytes.get(24..40)?.try_into().ok()?, began_millis: word(40)? },
            places: word(48)?,
        })
    }

    pub const fn is_of_this_version(&self) -> bool {
        self.version == VERSION
    }

    /// Are entries and names laid out as here?
    pub fn has_this_layout(&self) -> bool {
        self.layout == layout()
    }

    /// The length that the file must have; `None`: no file has so many places.
    pub fn file_len(&self) -> Option<u64> {
        (self.places <= 1 << 32 && self.places.is_multiple_of(64)).then(|| file_len(self.places))
    }
}

/// A hash of all that another build may lay out or number in another way.
fn layout() -> u64 {
    let numbers = [
        size_of::<Conn>(),
        offset_of!(Conn, client_addr),
        offset_of!(Conn, virt_addr),
        offset_of!(Conn, client_port),
        offset_of!(Conn, virt_port),
        offset_of!(Conn, real_port),
        offset_of!(Conn, protocol),
        offset_of!(Conn, state),
        offset_of!(Conn, flags),
        offset_of!(Conn, real_tag),
        offset_of!(Conn, server),
        offset_of!(Conn, last_seen),
        offset_of!(Conn, timeout),
        offset_of!(Conn, in_pkts),
        offset_of!(Conn, client_next),
        size_of::<Record>(),
        NAMES,
        Tick::PER_SECOND as usize,
        TcpState::ALL.len(),
        usize::from(ConnFlags::HASHED.0),
        usize::from(ConnFlags::OURS.0),
    ];
    checksum(&numbers.map(usize::to_ne_bytes).concat())
}
