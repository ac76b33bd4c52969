//! A table's file as another process left it: untrusted input.

use super::header::{Era, HEADER, Header};
use super::name::{Record, ServerName};
use super::{NAMES, NAMES_AT, PARENTS_AT, entries_at};
use crate::conn::entry::Conn;
use rustix::fs::{SeekFrom, seek};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use zerocopy::FromBytes;

/// Entries that are read at once: 64 KiB.
pub(super) const CHUNK: usize = 1024;
const ENTRY: usize = size_of::<Conn>();

/// Why a file is no table that can be adopted.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Nothing is in it: it was just made.
    #[error("it is empty")]
    Empty,
    /// No table's file, or a damaged one.
    #[error("it has no table's header, or a damaged one")]
    NoHeader,
    /// Of another version of ulvs.
    #[error("another version of ulvs wrote it (layout {0})")]
    OtherVersion(u32),
    /// Entries look different.
    #[error("a build of ulvs with another layout of connections wrote it")]
    OtherLayout,
    /// From before the machine was started.
    #[error("it is from before this boot")]
    OtherBoot,
    /// Written in the future.
    #[error("its time is ahead of this machine's clock")]
    Ahead,
    /// Its length is not what its header says.
    #[error("it has {found} bytes, and should have {wanted}")]
    Length {
        /// Bytes that it has.
        found: u64,
        /// Bytes that its header says.
        wanted: u64,
    },
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// A file that holds a table of this machine, this boot and this layout. What its entries say is still to be doubted.
#[derive(Debug)]
pub struct Found {
    file: File,
    places: u64,
    pub(super) era: Era,
    names: Vec<Option<ServerName>>,
}

impl Found {
    /// Reads its header and the names of its real servers. `boot` is that of now, and so is the monotonic clock. Nobody may
    /// change the file meanwhile.
    ///
    /// # Errors
    /// Why there is nothing to adopt.
    pub fn read(file: File, boot: [u8; 16], now_millis: u64) -> Result<Self, Unusable> {
        let found = file.metadata()?.len();
        if found == 0 {
            return Err(Unusable::Empty);
        }
        let mut bytes = [0; HEADER];
        let is_short = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
        match file.read_exact_at(&mut bytes, 0) {
            Err(error) if is_short(&error) => return Err(Unusable::NoHeader),
            read => read?,
        }
        let header = Header::of(&bytes).ok_or(Unusable::NoHeader)?;
        if !header.is_of_this_version() {
            return Err(Unusable::OtherVersion(header.version));
        }
        if !header.has_this_layout() {
            return Err(Unusable::OtherLayout);
        }
        let wanted = header.file_len().ok_or(Unusable::NoHeader)?;
        if found != wanted {
            return Err(Unusable::Length { found, wanted });
        }
        if header.era.boot != boot {
            return Err(Unusable::OtherBoot);
        }
        if header.era.began_millis > now_millis {
            return Err(Unusable::Ahead);
        }
        let mut names = vec![0; NAMES * size_of::<Record>()];
        file.read_exact_at(&mut names, NAMES_AT)?;
        let names = (0..).zip(names.chunks_exact(size_of::<Record>()));
        let names = names.map(|(number, bytes)| Record::read_from_bytes(bytes).ok()?.name(number)).collect();
        Ok(Self { file, places: header.places, era: header.era, names })
    }

    /// How many places it has.
    #[cfg(test)]
    pub(super) const fn places(&self) -> u64 {
        self.places
    }

    /// Its real servers, by the numbers that they had.
    pub fn names(&self) -> &[Option<ServerName>] {
        &self.names
    }

    /// The next chunk of places, from number `from` (a multiple of [`CHUNK`]) on, where the file has anything: its first
    /// place, and its entries.
    pub(super) fn next_chunk(&self, from: u64, entries: &mut Vec<Conn>) -> io::Result<Option<u64>> {
        let at = entries_at(self.places);
        let end = at + self.places * ENTRY as u64;
        // Places that never were used are holes, of which there may be many.
        let data = match seek(&self.file, SeekFrom::Data(at + from * ENTRY as u64)) {
            Ok(data) if data < end => data,
            Ok(_) | Err(rustix::io::Errno::NXIO) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let first = (data - at) / ENTRY as u64 / CHUNK as u64 * CHUNK as u64;
        let first = first.max(from);
        let len = (self.places - first).min(CHUNK as u64);
        let mut bytes = [0; CHUNK * ENTRY];
        let bytes = bytes.get_mut(..usize::try_from(len).unwrap_or(CHUNK) * ENTRY).unwrap_or_default();
        self.file.read_exact_at(bytes, at + first * ENTRY as u64)?;
        entries.clear();
        entries.extend(bytes.chunks_exact(ENTRY).filter_map(|bytes| Conn::read_from_bytes(bytes).ok()));
        Ok(Some(first))
    }

    /// Where the parents of the connections of a chunk lie.
    pub(super) fn parents(&self, first: u64) -> io::Result<Vec<u32>> {
        let len = usize::try_from((self.places - first).min(CHUNK as u64)).unwrap_or(CHUNK);
        let mut bytes = vec![0; len * size_of::<u32>()];
        self.file.read_exact_at(&mut bytes, PARENTS_AT + first * size_of::<u32>() as u64)?;
        Ok(bytes.chunks_exact(4).filter_map(|bytes| u32::read_from_bytes(bytes).ok()).collect())
    }
}
