//! Captures: the classic pcap format with nanoseconds, for Ethernet.

use std::io::{self, Write};

/// Magic number of a capture with nanosecond stamps, written little-endian on every machine.
const MAGIC_NANOSECONDS: u32 = 0xa1b2_3c4d;
/// The format's version, 2.4.
const VERSION: [u16; 2] = [2, 4];
/// Most bytes that a reader must expect of one frame.
const SNAP_LEN: u32 = 256 << 10;
/// LINKTYPE_ETHERNET.
const LINK_TYPE: u32 = 1;

/// Writes frames as a capture that tcpdump and Wireshark read.
#[derive(Debug)]
pub struct PcapWriter<W: Write> {
    out: W,
}

impl<W: Write> PcapWriter<W> {
    /// Begins a capture.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(mut out: W) -> io::Result<Self> {
        let mut header = [0; 24];
        header[..4].copy_from_slice(&MAGIC_NANOSECONDS.to_le_bytes());
        header[4..6].copy_from_slice(&VERSION[0].to_le_bytes());
        header[6..8].copy_from_slice(&VERSION[1].to_le_bytes());
        header[16..20].copy_from_slice(&SNAP_LEN.to_le_bytes());
        header[20..].copy_from_slice(&LINK_TYPE.to_le_bytes());
        out.write_all(&header)?;
        Ok(Self { out })
    }

    /// Writes one frame: when it was seen (nanoseconds since 1970, up to the year 2106), its length on the wire, and
    /// its bytes, of which at most 256 KiB are kept.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&mut self, stamp_ns: u64, wire_len: u32, bytes: &[u8]) -> io::Result<()> {
        const SECOND: u64 = 1_000_000_000;
        let kept = bytes.get(..SNAP_LEN as usize).unwrap_or(bytes);
        let kept_len = u32::try_from(kept.len()).unwrap_or(SNAP_LEN);
        let seconds = u32::try_from(stamp_ns / SECOND).unwrap_or(u32::MAX);
        let nanoseconds = u32::try_from(stamp_ns % SECOND).unwrap_or(0);
        let mut header = [0; 16];
        let fields = [seconds, nanoseconds, kept_len, wire_len.max(kept_len)];
        for (place, field) in header.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        self.out.write_all(&header)?;
        self.out.write_all(kept)
    }

    /// Hands what was written on.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Ends the capture and returns the writer.
    pub fn into_inner(self) -> W {
        self.out
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_capture_byte_by_byte() {
        let mut pcap = PcapWriter::new(Vec::new()).unwrap();
        pcap.write(3_000_000_007, 60, b"abc").unwrap();
        let bytes = pcap.into_inner();
        assert_eq!(bytes[..8], [0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0]);
        assert_eq!(bytes[8..24], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
        assert_eq!(bytes[24..40], [3, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 60, 0, 0, 0]);
        assert_eq!(&bytes[40..], b"abc");
    }

    #[test]
    fn a_wrong_wire_length_never_falls_below_what_is_there() {
        let mut pcap = PcapWriter::new(Vec::new()).unwrap();
        pcap.write(0, 1, b"abc").unwrap();
        assert_eq!(pcap.into_inner()[36..40], [3, 0, 0, 0]);
    }
}
