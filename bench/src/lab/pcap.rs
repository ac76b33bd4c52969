//! Reads captures: the classic pcap format, both byte orders, micro- and nanoseconds, Ethernet.

use anyhow::{Context, Result, bail, ensure};
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

/// Longest file that is read: 256 MiB.
const MOST: u64 = 256 << 20;
const FILE_HEADER: usize = 24;
const FRAME_HEADER: usize = 16;
const ETHERNET: u32 = 1;
const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
const PCAPNG: u32 = 0x0a0d_0d0a;

/// A capture.
#[derive(Debug)]
pub struct Capture {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// Of each frame when it was seen, in nanoseconds since 1970, and where its bytes are.
    pub frames: Vec<(u64, Range<usize>)>,
}

/// Reads a file.
///
/// # Errors
/// It cannot be read, is too long, of another format or link type, or frames in it are cut.
pub fn load(path: &Path) -> Result<Capture> {
    let name = || path.display().to_string();
    let file = File::open(path).with_context(name)?;
    ensure!(file.metadata().with_context(name)?.is_file(), "{}: not a regular file", name());
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).with_context(name)?;
    ensure!(bytes.len() as u64 <= MOST, "{}: longer than 256 MiB", name());
    read(bytes).with_context(name)
}

fn read(bytes: Vec<u8>) -> Result<Capture> {
    let word = |at: usize| bytes.get(at..at + 4).and_then(|word| word.first_chunk::<4>().copied());
    let magic = word(0).context("no capture: shorter than a header")?;
    let little = |word: [u8; 4]| u32::from_le_bytes(word);
    let big = |word: [u8; 4]| u32::from_be_bytes(word);
    let is_known = |magic: u32| matches!(magic, MICROSECONDS | NANOSECONDS);
    ensure!(
        big(magic) != PCAPNG,
        "a pcapng file: make a classic one of it (tshark -r IN -F pcap -w OUT, or editcap -F pcap IN OUT)"
    );
    let is_little = is_known(little(magic));
    ensure!(is_little || is_known(big(magic)), "no pcap file");
    let number = |at: usize| word(at).map(|word| if is_little { little(word) } else { big(word) });
    let magic = if is_little { little(magic) } else { big(magic) };
    let unit = if magic == NANOSECONDS { 1 } else { 1000 };
    // The upper bits may say how long a check sequence is.
    let link = number(20).context("the header is cut")? & 0x0fff_ffff;
    ensure!(link == ETHERNET, "link type {link}: only Ethernet (1) can be replayed");
    let mut frames = Vec::new();
    let mut at = FILE_HEADER;
    while at < bytes.len() {
        let place = frames.len() + 1;
        let header = number(at).zip(number(at + 4)).zip(number(at + 8).zip(number(at + 12)));
        let ((seconds, part), (kept, whole)) = header.with_context(|| format!("frame {place}: cut"))?;
        ensure!(
            kept == whole,
            "frame {place} is truncated: {kept} of {whole} bytes were captured (tcpdump -s 0 keeps all)"
        );
        let (from, to) = (at + FRAME_HEADER, at + FRAME_HEADER + kept as usize);
        if to > bytes.len() {
            bail!("frame {place}: the file ends within it");
        }
        frames.push((u64::from(seconds) * 1_000_000_000 + u64::from(part) * unit, from..to));
        at = to;
    }
    ensure!(!frames.is_empty(), "no frames in it");
    Ok(Capture { bytes, frames })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ulvs::frame::pcap::PcapWriter;

    /// A capture of two frames, in either byte order and unit.
    fn capture(is_little: bool, magic: u32) -> Vec<u8> {
        let word = |word: u32| if is_little { word.to_le_bytes() } else { word.to_be_bytes() };
        let mut bytes = word(magic).to_vec();
        bytes.extend([0; 16]);
        bytes.extend(word(1));
        for (part, frame) in [(5, &b"abc"[..]), (7, b"defg")] {
            for field in [1, part, frame.len() as u32, frame.len() as u32] {
                bytes.extend(word(field));
            }
            bytes.extend(frame);
        }
        bytes
    }

    #[test]
    fn both_orders_and_units() {
        for is_little in [true, false] {
            for (magic, unit) in [(MICROSECONDS, 1000), (NANOSECONDS, 1)] {
                let found = read(capture(is_little, magic)).unwrap();
                let frames: Vec<_> =
                    found.frames.iter().map(|(at, range)| (*at, &found.bytes[range.clone()])).collect();
                let second = 1_000_000_000;
                assert_eq!(frames, [(second + 5 * unit, &b"abc"[..]), (second + 7 * unit, b"defg")]);
            }
        }
    }

    #[test]
    fn what_the_director_writes_can_be_read() {
        let mut writer = PcapWriter::new(Vec::new()).unwrap();
        writer.write(9, 3, b"abc").unwrap();
        let found = read(writer.into_inner()).unwrap();
        assert_eq!((found.frames.len(), found.frames[0].0), (1, 9));
    }

    #[test]
    fn what_cannot_be_replayed_is_said() {
        let refused = |bytes: Vec<u8>| format!("{:#}", read(bytes).unwrap_err());
        assert!(refused(b"abc".to_vec()).contains("no capture"));
        assert!(refused(b"abcdefgh".to_vec()).contains("no pcap file"));
        assert!(refused(vec![0x0a, 0x0d, 0x0d, 0x0a, 0, 0]).contains("pcapng"));
        let mut other = capture(true, MICROSECONDS);
        other[20] = 113;
        assert!(refused(other).contains("link type 113"));
        let mut cut = capture(true, MICROSECONDS);
        cut[24 + 12] = 100;
        assert!(refused(cut).contains("frame 1 is truncated: 3 of 100"));
        let whole = capture(false, NANOSECONDS);
        for len in 0..whole.len() {
            assert_eq!(read(whole[..len].to_vec()).is_ok(), len == 24 + 16 + 3, "{len}");
        }
    }
}
