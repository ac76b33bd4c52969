//! The seal: an option of a message's last record, by which a director of ulvs numbers its messages. Whoever does not know it
//! skips it. (Of the last one since Wireshark looks for the next record where this one would end without options.)

use super::record_v1::{self, MAY_SKIP};

/// Bytes that it takes of a message: a multiple of what records are aligned to.
pub const LEN: usize = 20;
/// Its type.
const KIND: u8 = MAY_SKIP | 0x20;
/// Bytes of its value.
const VALUE: u8 = 18;
/// Bytes of a message's header.
const HEADER: usize = 8;

/// Which message of which session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// A random number, another one for each life of a master.
    pub session: u64,
    /// From 1, without gaps.
    pub number: u64,
}

impl Seal {
    /// A message of version 1 with this seal; `None`: it has no room for it, or no records.
    pub fn put(self, message: &[u8]) -> Option<Vec<u8>> {
        let Last { at, len, .. } = Last::of(message)?;
        let end = at + len;
        let record = u16::try_from(len + LEN).ok().filter(|len| *len <= record_v1::SIZE)?;
        let total = u16::try_from(message.len() + LEN).ok()?;
        let mut sealed = Vec::with_capacity(message.len() + LEN);
        sealed.extend(message.get(..end)?);
        sealed.extend([KIND, VALUE]);
        sealed.extend(self.session.to_be_bytes());
        sealed.extend(self.number.to_be_bytes());
        sealed.extend([0, 0]);
        sealed.extend(message.get(end..)?);
        sealed.get_mut(2..4)?.copy_from_slice(&total.to_be_bytes());
        // The record's version is 0.
        sealed.get_mut(at + 2..at + 4)?.copy_from_slice(&record.to_be_bytes());
        Some(sealed)
    }

    /// The seal of a datagram, if it has one.
    pub fn of(datagram: &[u8]) -> Option<Self> {
        let Last { at, fixed, len } = Last::of(datagram)?;
        let mut options = datagram.get(at + fixed..at + len)?;
        while let [kind, size, rest @ ..] = options {
            let (value, behind) = rest.split_at_checked(usize::from(*size)).filter(|_| *size > 0)?;
            if *kind == KIND && *size == VALUE {
                let session = u64::from_be_bytes(*value.first_chunk()?);
                let number = u64::from_be_bytes(*value.get(8..)?.first_chunk()?);
                if number > 0 {
                    return Some(Self { session, number });
                }
            }
            options = behind;
        }
        None
    }
}

/// The last record of a message: where it begins, and its bytes without and with its options.
struct Last {
    at: usize,
    fixed: usize,
    len: usize,
}

impl Last {
    /// Of a message of version 1 that has records.
    fn of(message: &[u8]) -> Option<Self> {
        let header: &[u8; HEADER] = message.first_chunk()?;
        let [0, _, _, _, records, 1, 0, 0] = *header else { return None };
        let (mut last, mut at) = (None, HEADER);
        for _ in 0..records {
            let [kind, _, high, low] = *message.get(at..)?.first_chunk()?;
            let len = usize::from(u16::from_be_bytes([high, low]) & record_v1::SIZE);
            let fixed = record_v1::fixed_len(kind);
            if len < fixed || at + len > message.len() {
                return None;
            }
            last = Some(Self { at, fixed, len });
            at = (at + len).next_multiple_of(record_v1::ALIGN);
        }
        last
    }
}
