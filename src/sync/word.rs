//! Words: what two directors of ulvs say to one another besides records. To a kernel a message of version 0 without records.
//!
//! ```text
//! | 0 | sync id | length | 0 | 2 | 0 0 | kind | 0 0 0 | session | two numbers | what the kind has besides |
//! ```

use super::fault::Fault;
use super::record::Reader;

/// The version, in byte 5.
const VERSION: u8 = 2;
const HELLO: u8 = 1;
const HERE: u8 = 2;
const AGAIN: u8 = 3;
/// Backups that a hello names at most.
pub const MOST_SERVED: usize = 8;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A master's, every second.
    Hello {
        /// Its session.
        session: u64,
        /// The number of its next message.
        next: u64,
        /// The oldest message that it can send again; as `next`: none.
        oldest: u64,
        /// Whom it has told everything: their own numbers, [`MOST_SERVED`] at most.
        served: Vec<u64>,
    },
    /// A backup's, every second.
    Here {
        /// The session that it hears.
        session: u64,
        /// The number of the message that it expects.
        expected: u64,
        /// A number of its own choice: what it wants to be told everything by.
        own: u64,
        /// It wants to be told everything.
        wants_all: bool,
    },
    /// A backup misses messages.
    Again {
        /// Of this session.
        session: u64,
        /// From this one …
        from: u64,
        /// … to the one before this.
        to: u64,
    },
}

impl Word {
    /// Is this datagram a word, of whatever kind?
    pub fn is_one(datagram: &[u8]) -> bool {
        matches!(datagram, [0, _, _, _, _, VERSION, 0, 0, ..])
    }

    /// A word and its group of directors.
    ///
    /// # Errors
    /// [`Fault::Size`], [`Fault::Short`], [`Fault::Foreign`].
    pub fn read(datagram: &[u8]) -> Result<(u8, Self), Fault> {
        let mut reader = Reader(datagram);
        let [_, sync_id] = reader.array().ok_or(Fault::Short)?;
        if usize::from(reader.u16().ok_or(Fault::Short)?) != datagram.len() {
            return Err(Fault::Size);
        }
        let [.., kind, _, _, _] = reader.array::<8>().ok_or(Fault::Short)?;
        let word = Self::read_kind(kind, &mut reader).ok_or(Fault::Short)?.ok_or(Fault::Foreign)?;
        // A later version may say more.
        Ok((sync_id, word))
    }

    /// `None`: too short; `Some(None)`: of no known kind.
    fn read_kind(kind: u8, reader: &mut Reader<'_>) -> Option<Option<Self>> {
        let mut number = || reader.array().map(u64::from_be_bytes);
        let (session, one, other) = (number()?, number()?, number()?);
        Some(Some(match kind {
            HELLO => {
                let count = usize::from(reader.u8()?).min(MOST_SERVED);
                let served = (0..count).map(|_| reader.array().map(u64::from_be_bytes));
                Self::Hello { session, next: one, oldest: other, served: served.collect::<Option<_>>()? }
            }
            HERE => Self::Here { session, expected: one, own: other, wants_all: reader.u8()? != 0 },
            AGAIN => Self::Again { session, from: one, to: other },
            _ => return Some(None),
        }))
    }

    /// As bytes.
    pub fn write(&self, sync_id: u8) -> Vec<u8> {
        let (kind, numbers, rest) = match self {
            Self::Hello { session, next, oldest, served } => {
                let served = served.get(..MOST_SERVED).unwrap_or(served);
                let mut rest = vec![served.len() as u8];
                served.iter().for_each(|own| rest.extend(own.to_be_bytes()));
                (HELLO, [session, next, oldest], rest)
            }
            Self::Here { session, expected, own, wants_all } => {
                (HERE, [session, expected, own], vec![u8::from(*wants_all)])
            }
            Self::Again { session, from, to } => (AGAIN, [session, from, to], Vec::new()),
        };
        // At most 12 + 24 + 1 + 64 bytes.
        let len = (12 + 24 + rest.len()) as u16;
        let [high, low] = len.to_be_bytes();
        let mut bytes = vec![0, sync_id, high, low, 0, VERSION, 0, 0, kind, 0, 0, 0];
        numbers.into_iter().for_each(|number| bytes.extend(number.to_be_bytes()));
        bytes.extend(rest);
        bytes
    }
}
