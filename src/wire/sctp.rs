//! SCTP (RFC 9260) as far as a director needs it: what the first chunk says, and the checksum.
//!
//! The checksum is a CRC32c over the whole packet without any pseudo-header: a change of addresses leaves it alone, a
//! change of a port needs it computed anew.

/// Length of the common header in bytes.
pub const LEN: usize = 12;
/// Where the checksum lies in it.
pub const CHECKSUM_OFFSET: usize = 8;

/// What a packet says to the state machine: the type of its first chunk, with one exception (see [`read`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Chunk {
    /// No whole chunk header follows the common header (or this is not SCTP).
    #[default]
    Absent,
    /// DATA, SACK, HEARTBEAT, … and whatever is unknown.
    Data,
    /// INIT.
    Init,
    /// INIT ACK.
    InitAck,
    /// COOKIE ECHO.
    CookieEcho,
    /// COOKIE ACK.
    CookieAck,
    /// SHUTDOWN.
    Shutdown,
    /// SHUTDOWN ACK.
    ShutdownAck,
    /// SHUTDOWN COMPLETE.
    ShutdownComplete,
    /// ERROR.
    Error,
    /// ABORT.
    Abort,
}

impl Chunk {
    const fn of_type(kind: u8) -> Self {
        match kind {
            1 => Self::Init,
            2 => Self::InitAck,
            6 => Self::Abort,
            7 => Self::Shutdown,
            8 => Self::ShutdownAck,
            9 => Self::Error,
            10 => Self::CookieEcho,
            11 => Self::CookieAck,
            14 => Self::ShutdownComplete,
            _ => Self::Data,
        }
    }
}

/// The first chunk in `segment` (from the common header on), whatever follows it.
pub fn first(segment: &[u8]) -> Chunk {
    match segment.get(LEN..) {
        Some([kind, _, _, _, ..]) => Chunk::of_type(*kind),
        _ => Chunk::Absent,
    }
}

/// The chunk that counts in `segment` (from the common header on): the first, but an ABORT right behind a COOKIE ECHO or
/// COOKIE ACK counts instead of that (`ipvs.md` §3.5).
pub fn read(segment: &[u8]) -> Chunk {
    let first = first(segment);
    if matches!(first, Chunk::CookieEcho | Chunk::CookieAck)
        && let Some(chunks @ [_, _, high, low, ..]) = segment.get(LEN..)
    {
        // Chunks begin at multiples of four bytes.
        let len = usize::from(u16::from_be_bytes([*high, *low])).next_multiple_of(4);
        if let Some([kind, _, _, _, ..]) = chunks.get(len..)
            && len >= 4
            && Chunk::of_type(*kind) == Chunk::Abort
        {
            return Chunk::Abort;
        }
    }
    first
}

/// Computes the checksum anew, in place. Nothing happens if the common header is cut.
pub fn sum(segment: &mut [u8]) {
    let Some(place) = segment.get_mut(CHECKSUM_OFFSET..LEN) else { return };
    place.fill(0);
    // RFC 9260 appendix A: the CRC goes out with its low byte first.
    let sum = crc32c::crc32c(segment).to_le_bytes();
    if let Some(place) = segment.get_mut(CHECKSUM_OFFSET..LEN) {
        place.copy_from_slice(&sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(chunks: &[&[u8]]) -> Vec<u8> {
        let mut bytes = vec![0x0f, 0xa0, 0x0f, 0x1c, 0, 0, 0, 1, 0, 0, 0, 0];
        chunks.iter().for_each(|chunk| bytes.extend_from_slice(chunk));
        bytes
    }

    #[test]
    fn the_first_chunk_counts_but_for_an_abort_behind_a_cookie() {
        const ECHO: &[u8] = &[10, 0, 0, 6, b'a', b'b', 0, 0];
        const ABORT: &[u8] = &[6, 0, 0, 4];
        const DATA: &[u8] = &[0, 3, 0, 4];
        for (chunks, counts) in [
            (&[DATA, ABORT][..], Chunk::Data),
            (&[ECHO], Chunk::CookieEcho),
            (&[ECHO, ABORT], Chunk::Abort),
            (&[&[11, 0, 0, 4], ABORT], Chunk::Abort),
            (&[ECHO, DATA, ABORT], Chunk::CookieEcho),
            (&[&[10, 0, 0, 0], ABORT], Chunk::CookieEcho),
            (&[&[10, 0, 255, 255], ABORT], Chunk::CookieEcho),
            (&[&[1, 0, 0, 20]], Chunk::Init),
            (&[&[63, 0, 0, 4]], Chunk::Data),
            (&[&[1, 0, 0]], Chunk::Absent),
            (&[], Chunk::Absent),
        ] {
            assert_eq!(read(&packet(chunks)), counts, "{chunks:?}");
        }
        assert_eq!(read(&[0; 11]), Chunk::Absent);
    }

    #[test]
    fn the_checksum_is_the_published_one() {
        // RFC 3720 appendix B.4: 32 bytes of zeros have the CRC32c 8a9136aa.
        let mut zeros = [0; 32];
        sum(&mut zeros);
        assert_eq!(zeros[CHECKSUM_OFFSET..LEN], 0x8a91_36aa_u32.to_le_bytes());
        let again = zeros;
        sum(&mut zeros);
        assert_eq!(zeros, again, "what stands in its place does not count");
        sum(&mut [0; 11]);
    }
}
