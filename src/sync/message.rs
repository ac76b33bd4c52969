//! A message: a header, and records behind it (`ipvs.md` §6.1, §6.3).
//!
//! ```text
//! v1  | 0 | sync id | length | records | 1 | 0 0 |      v0  | records | sync id | length |
//! ```
//!
//! What two of our own say to one another beyond that would have another version in byte 5, and bytes 0 and 6 as version 1 has
//! them: a kernel takes such a message for one of version 0 without records, and leaves it.

use super::fault::Fault;
use super::record::Record;
use super::{record_v0, record_v1};

/// Bytes of the headers.
const V1_LEN: usize = 8;
const V0_LEN: usize = 4;
/// Records of one message at most: their number is a byte.
const MOST: u8 = u8::MAX;

/// The format of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Kernels before 2.6.39, and `sync_version=0`.
    V0,
    /// All others.
    V1,
}

/// A message whose header is in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'b> {
    /// Its format.
    pub version: Version,
    /// Of which group of directors it is.
    pub sync_id: u8,
    records: u8,
    bytes: &'b [u8],
}

impl<'b> Message<'b> {
    /// Reads a datagram's header.
    ///
    /// # Errors
    /// [`Fault::Short`], [`Fault::Size`], [`Fault::Foreign`].
    pub fn read(datagram: &'b [u8]) -> Result<Self, Fault> {
        let [first, sync_id, high, low] = *datagram.first_chunk().ok_or(Fault::Short)?;
        if usize::from(u16::from_be_bytes([high, low])) != datagram.len() {
            return Err(Fault::Size);
        }
        if let Some([_, _, _, _, records, 1, 0, 0]) = datagram.first_chunk::<V1_LEN>()
            && first == 0
        {
            let bytes = datagram.get(V1_LEN..).unwrap_or_default();
            return Ok(Self { version: Version::V1, sync_id, records: *records, bytes });
        }
        // No kernel sends a message without records.
        if first == 0 {
            return Err(Fault::Foreign);
        }
        let bytes = datagram.get(V0_LEN..).unwrap_or_default();
        Ok(Self { version: Version::V0, sync_id, records: first, bytes })
    }

    /// Its records, each or what is wrong with it. After one that [ends the message](Fault::ends_message) there are no more.
    pub fn records(&self) -> impl Iterator<Item = Result<Record, Fault>> + use<'b> {
        let Self { version, records, bytes, .. } = *self;
        let (mut left, mut rest, mut is_over) = (records, bytes, false);
        std::iter::from_fn(move || {
            if is_over {
                return None;
            }
            if left == 0 {
                is_over = true;
                return (!rest.is_empty()).then_some(Err(Fault::Trailing));
            }
            left -= 1;
            let read = match version {
                Version::V1 => record_v1::read(rest),
                Version::V0 => record_v0::read(rest).map(|(record, used)| (Ok(record), used)),
            };
            match read {
                Ok((record, used)) => {
                    // The last record's padding may be there or not.
                    let next =
                        if version == Version::V1 { used.next_multiple_of(record_v1::ALIGN) } else { used };
                    rest = rest.get(next..).unwrap_or_default();
                    Some(record)
                }
                Err(fault) => {
                    is_over = true;
                    Some(Err(fault))
                }
            }
        })
    }
}

/// A message that is being made.
#[derive(Debug)]
pub struct Draft {
    version: Version,
    sync_id: u8,
    max_len: usize,
    records: u8,
    bytes: Vec<u8>,
}

impl Draft {
    /// An empty one of so many bytes at most.
    pub fn new(version: Version, sync_id: u8, max_len: usize) -> Self {
        let mut draft = Self { version, sync_id, max_len, records: 0, bytes: Vec::with_capacity(max_len) };
        draft.begin();
        draft
    }

    fn begin(&mut self) {
        self.bytes.clear();
        self.records = 0;
        let len = if self.version == Version::V1 { V1_LEN } else { V0_LEN };
        self.bytes.resize(len, 0);
    }

    /// Its records.
    pub const fn records(&self) -> u8 {
        self.records
    }

    /// Appends a record.
    ///
    /// # Errors
    /// [`NotSaid::NoRoom`]: not before the message was [taken](Self::take). [`NotSaid::Never`].
    pub fn push(&mut self, record: &Record) -> Result<(), NotSaid> {
        let before = self.bytes.len();
        if self.version == Version::V1 {
            self.bytes.resize(before.next_multiple_of(record_v1::ALIGN), 0);
        }
        let is_written = match self.version {
            Version::V1 => record_v1::write(record, &mut self.bytes),
            Version::V0 => record_v0::write(record, &mut self.bytes),
        };
        if is_written && self.bytes.len() <= self.max_len && self.records < MOST {
            self.records += 1;
            return Ok(());
        }
        self.bytes.truncate(before);
        Err(if is_written && self.records > 0 { NotSaid::NoRoom } else { NotSaid::Never })
    }

    /// The message, whole; `None`: it has no records. [`Self::renew`] follows.
    pub fn take(&mut self) -> Option<&[u8]> {
        if self.records == 0 {
            return None;
        }
        let len = u16::try_from(self.bytes.len()).ok()?.to_be_bytes();
        let (records, sync_id) = (self.records, self.sync_id);
        match self.version {
            Version::V1 => {
                *self.bytes.first_chunk_mut()? = [0, sync_id, len[0], len[1], records, 1, 0, 0];
            }
            Version::V0 => *self.bytes.first_chunk_mut()? = [records, sync_id, len[0], len[1]],
        }
        Some(&self.bytes)
    }

    /// Begins the next one.
    pub fn renew(&mut self) {
        self.begin();
    }
}

/// Why a record was not appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSaid {
    /// This message is full.
    NoRoom,
    /// No message of this kind can have it.
    Never,
}
