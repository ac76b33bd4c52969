//! What goes over the socket: a length (4 bytes, little-endian) and so many bytes of JSON.

use super::{End, Order};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Longest message: an output of 64 KiB is at most four times as long as JSON; arguments may be long, too.
const MAX_MESSAGE: usize = 1 << 20;

/// To the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Wish {
    /// Run this.
    Run(u64, Order),
    /// This one need not go on; it is answered all the same.
    Cancel(u64),
}

/// From the process: one for each [`Wish::Run`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// The order's number.
    pub number: u64,
    /// How it ended.
    pub end: End,
}

/// Writes a message.
///
/// # Errors
/// It is too long (`InvalidInput`: nothing was written), or those of writing.
pub(super) fn write<T: Serialize>(mut to: impl Write, message: &T) -> io::Result<()> {
    let json = serde_json::to_vec(message)?;
    let length = u32::try_from(json.len()).ok().filter(|_| json.len() <= MAX_MESSAGE);
    let Some(length) = length else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too long for a message"));
    };
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(json);
    to.write_all(&bytes)
}

/// Reads a message; `None`: there come no more.
///
/// # Errors
/// It is malformed (`InvalidData`), or those of reading.
pub(super) fn read<T: DeserializeOwned>(mut from: impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    if from.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut length[1..])?;
    let mut json = vec![0; checked(length)?];
    from.read_exact(&mut json)?;
    Ok(Some(serde_json::from_slice(&json)?))
}

/// Takes the first message out of what has come, if it is all there.
///
/// # Errors
/// It is malformed.
pub(super) fn take<T: DeserializeOwned>(come: &mut Vec<u8>) -> io::Result<Option<T>> {
    let Some((length, rest)) = come.split_first_chunk::<4>() else { return Ok(None) };
    let length = checked(*length)?;
    let Some(json) = rest.get(..length) else { return Ok(None) };
    let message = serde_json::from_slice(json)?;
    come.drain(..4 + length);
    Ok(Some(message))
}

fn checked(length: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_MESSAGE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a message of {length} bytes")));
    }
    Ok(length)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn messages_in_pieces() {
        let wishes = [Wish::Cancel(7), Wish::Cancel(u64::MAX)];
        let mut sent = Vec::new();
        wishes.iter().for_each(|wish| write(&mut sent, wish).unwrap());
        let (mut come, mut taken) = (Vec::new(), Vec::new());
        for byte in &sent {
            come.push(*byte);
            taken.extend(take::<Wish>(&mut come).unwrap());
        }
        assert_eq!((taken.as_slice(), come.len()), (&wishes[..], 0));
        let mut from = sent.as_slice();
        assert_eq!(read::<Wish>(&mut from).unwrap(), Some(wishes[0].clone()));
        assert_eq!(read::<Wish>(&mut from).unwrap(), Some(wishes[1].clone()));
        assert_eq!(read::<Wish>(&mut from).unwrap(), None);
    }

    #[test]
    fn the_longest_output_finds_room() {
        let output = vec![255; super::super::OUTPUT_LIMIT];
        let answer = Answer { number: u64::MAX, end: End::Exited { code: -1, output } };
        let mut sent = Vec::new();
        write(&mut sent, &answer).unwrap();
        assert_eq!(take::<Answer>(&mut sent).unwrap(), Some(answer));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for bytes in [&b"\xff\xff\xff\xff"[..], b"\x02\0\0\0{]", b"\x02\0\0\0{}"] {
            assert!(take::<Wish>(&mut bytes.to_vec()).is_err(), "{bytes:?}");
            assert!(read::<Wish>(bytes).is_err(), "{bytes:?}");
        }
        let long = Wish::Run(
            1,
            Order {
                line: crate::lvs::ScriptLine::Shell("x".repeat(MAX_MESSAGE)),
                user: None,
                group: None,
                limit: std::time::Duration::from_secs(1),
                wants_output: false,
            },
        );
        let mut sent = Vec::new();
        assert_eq!(write(&mut sent, &long).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert!(sent.is_empty());
    }
}
