//! A table that outlives its process: the file that its entries lie in, and what the next process makes of it.
//!
//! ```text
//! header      4 KiB: magic, version, hash of the layout, boot, when ticks began; with a checksum
//! names       64 bytes for each real server's number: service, RIP and rport; each with a checksum
//! parents     4 bytes for each place: where the parent of the connection there lies
//! entries     64 bytes for each place
//! ```
//!
//! What is found is never used where it lies. [`Found`] reads it as the untrusted input that it is, and
//! [`ConnTable::adopt`](super::ConnTable::adopt) enters each entry that stands every check into a table in *another* file,
//! which takes the name of the first when all is in it. So a process that is killed while it adopts leaves what it found.
//!
//! A place holds a connection while its entry has [`ConnFlags::HASHED`], which is written last and taken first
//! ([`Conn::lay`](super::entry::Conn::lay)): an entry that a kill has torn shows neither that flag nor the emptiness of an unused place. Single fields are
//! written whole by the processor; a step torn between two of them leaves values that each are good, and what the one says
//! of the other (active or not) is set right.
//!
//! What does not survive: shifted sequence numbers of FTP control connections and what a persistence engine read (both lie
//! beside the entries, in memory), so such entries are left out; which firewall mark a connection was scheduled by; what a
//! control connection's client asked last; schedulers' state.

mod adopt;
mod found;
mod header;
mod name;
mod sound;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

pub use adopt::{Adoption, Heir};
pub use found::{Found, Unusable};
pub use header::Era;
pub use name::ServerName;

use super::entry::Conn;
use crate::memory::whole_blocks;
use header::Header;
use name::Record;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};

/// Real servers that have a name in the file; connections of those with higher numbers are not adopted.
const NAMES: usize = 1 << 16;
const PAGE: u64 = 4096;
const NAMES_AT: u64 = PAGE;
const PARENTS_AT: u64 = NAMES_AT + (NAMES * size_of::<Record>()) as u64;

/// Where entries begin in a file of so many places (a multiple of 64).
const fn entries_at(places: u64) -> u64 {
    PARENTS_AT + (places * size_of::<u32>() as u64).next_multiple_of(PAGE)
}

/// Length of a file of so many places.
const fn file_len(places: u64) -> u64 {
    entries_at(places) + places * size_of::<Conn>() as u64
}

/// The file of a living table.
pub(super) struct Kept {
    pub file: Arc<File>,
    places: u64,
    /// The names as the file has them.
    names: Mutex<Vec<Record>>,
}

impl Kept {
    /// Makes an empty file as long as it must be for so many places.
    pub fn new(file: File, places: usize) -> io::Result<Self> {
        let places = whole_blocks(places) as u64;
        file.set_len(0)?;
        file.set_len(file_len(places))?;
        Ok(Self { file: Arc::new(file), places, names: Mutex::default() })
    }

    /// Where entries and parents begin.
    pub const fn regions(&self) -> (u64, u64) {
        (entries_at(self.places), PARENTS_AT)
    }

    /// From now on the file is a table's.
    pub fn declare(&self, era: Era) -> io::Result<()> {
        self.file.write_all_at(&Header::new(self.places, era).to_bytes(), 0)
    }

    /// Writes the names that changed.
    pub fn name(&self, names: impl Iterator<Item = Option<ServerName>>) -> io::Result<()> {
        let mut known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let next: Vec<Record> =
            (0..).zip(names.take(NAMES)).map(|(number, name)| Record::new(number, name.as_ref())).collect();
        let is_changed = |at: usize| known.get(at) != next.get(at);
        let len = next.len().max(known.len());
        let Some(first) = (0..len).find(|at| is_changed(*at)) else { return Ok(()) };
        let last = (0..len).rfind(|at| is_changed(*at)).unwrap_or(first);
        let none = Record::default();
        let bytes: Vec<u8> = (first..=last).flat_map(|at| next.get(at).unwrap_or(&none).to_bytes()).collect();
        self.file.write_all_at(&bytes, NAMES_AT + (first * size_of::<Record>()) as u64)?;
        *known = next;
        Ok(())
    }
}

/// FNV-1a over what a checksum covers: it tells accidents, not attackers.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
