//! The authentication header (RFC 2402) with HMAC-MD5-96 (RFC 2403) over an IPv4 packet, as VRRP of version 2 used it
//! (RFC 2338 §5.3.6.3).

use super::advert::PROTOCOL;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use std::net::Ipv4Addr;

/// Its length with 96 bits of digest.
pub(super) const LEN: usize = 24;
/// Where its digest begins.
const DIGEST: usize = 12;
const DIGEST_LEN: usize = 12;
/// Its length in 32-bit words, less 2.
const WORDS: u8 = 4;

/// One for a message, its digest still zero. As keepalived does, the source address stands for an agreement's number.
pub(super) fn blank(source: Ipv4Addr, sequence: u32) -> [u8; LEN] {
    let mut header = [0; LEN];
    header[0] = PROTOCOL;
    header[1] = WORDS;
    header[4..8].copy_from_slice(&source.octets());
    header[8..DIGEST].copy_from_slice(&sequence.to_be_bytes());
    header
}

/// Sets the digest of a packet: IPv4 header of `ip_len` bytes, authentication header, message.
pub(super) fn seal(packet: &mut [u8], ip_len: usize, key: &[u8; 8]) {
    let digest = mac(packet, ip_len, key, Hops::Kept).finalize().into_bytes();
    packet[ip_len + DIGEST..ip_len + LEN].copy_from_slice(&digest[..DIGEST_LEN]);
}

/// What an authentication header says.
pub(super) struct Sealed<'p> {
    pub sequence: u32,
    /// What it protects.
    pub message: &'p [u8],
}

/// Reads the header behind an IPv4 header of `ip_len` bytes; `None` if it is cut or not of this kind.
pub(super) fn open(packet: &[u8], ip_len: usize) -> Option<Sealed<'_>> {
    let (header, message) = packet.get(ip_len..)?.split_first_chunk::<LEN>()?;
    let sequence = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
    (header[..2] == [PROTOCOL, WORDS]).then_some(Sealed { sequence, message })
}

/// The digest is right, by keepalived's reading or by the RFC's; looked at in the same time, right or wrong. The packet has
/// been [`open`]ed.
pub(super) fn is_genuine(packet: &[u8], ip_len: usize, key: &[u8; 8]) -> bool {
    let digest = &packet[ip_len + DIGEST..ip_len + LEN];
    [Hops::Kept, Hops::Zeroed]
        .map(|hops| mac(packet, ip_len, key, hops).verify_truncated_left(digest).is_ok())
        .contains(&true)
}

/// What the digest takes for the TTL.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hops {
    /// What it is: so keepalived does it, whose packets cross no router.
    Kept,
    /// 0, because routers change it: so RFC 2402 has it.
    Zeroed,
}

/// Over everything but what routers may change (RFC 2402 §3.3.3.1.1) and the digest itself.
fn mac(packet: &[u8], ip_len: usize, key: &[u8; 8], hops: Hops) -> Hmac<Md5> {
    let mut head = packet[..ip_len + LEN].to_vec();
    // Type of service; flags and offset; checksum; options; digest.
    for at in [1, 6, 7, 10, 11].into_iter().chain(20..ip_len).chain(ip_len + DIGEST..ip_len + LEN) {
        head[at] = 0;
    }
    if hops == Hops::Zeroed {
        head[8] = 0;
    }
    let mut mac = Hmac::<Md5>::new(&key_block(key));
    mac.update(&head);
    mac.update(&packet[ip_len + LEN..]);
    mac
}

/// A short key is filled with zeros (RFC 2104 §2).
fn key_block(key: &[u8; 8]) -> hmac::digest::Key<Hmac<Md5>> {
    let mut block = hmac::digest::Key::<Hmac<Md5>>::default();
    block[..key.len()].copy_from_slice(key);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    /// keepalived's digests are in `post`'s tests; here is one by the letter of the RFC.
    #[test]
    fn both_readings_are_genuine_and_keepalived_s_is_written() {
        let key = b"secret\0\0";
        let mut packet = vec![0; 20];
        packet[..2].copy_from_slice(&[0x45, 0xc0]);
        packet[8] = 255;
        packet.extend(blank(Ipv4Addr::new(10, 9, 0, 1), 7));
        packet.extend([0x21, 51, 100, 0, 2, 1, 0, 0]);
        seal(&mut packet, 20, key);
        let ours = packet[32..44].to_vec();
        assert!(is_genuine(&packet, 20, key));
        let by_rfc = mac(&packet, 20, key, Hops::Zeroed).finalize().into_bytes();
        packet[32..44].copy_from_slice(&by_rfc[..12]);
        assert_ne!(packet[32..44], ours);
        assert!(is_genuine(&packet, 20, key) && !is_genuine(&packet, 20, b"another\0"));
        // A router changed it: that is the RFC's own concern, and not keepalived's.
        packet[8] = 254;
        assert!(is_genuine(&packet, 20, key));
        packet[32..44].copy_from_slice(&ours);
        assert!(!is_genuine(&packet, 20, key));
    }
}
