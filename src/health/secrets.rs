//! What the login protocols make of passwords: hashes, keyed hashes, random bytes.

use super::talk::Fault;
use md5::{Digest, Md5};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};
use std::num::NonZeroU32;

pub(super) fn random<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "the system gives no random bytes")?;
    Ok(bytes)
}

pub(super) fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

pub(super) fn hmac_md5(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    let mut padded = [0; 64];
    match key.len() {
        0..=64 => padded[..key.len()].copy_from_slice(key),
        _ => padded[..16].copy_from_slice(&md5(&[key])),
    }
    let inside = md5(&[&[&padded.map(|byte| byte ^ 0x36)[..]], parts].concat());
    md5(&[&padded.map(|byte| byte ^ 0x5c), &inside])
}

pub(super) fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    hash(&digest::SHA1_FOR_LEGACY_USE_ONLY, parts)
}

pub(super) fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    hash(&digest::SHA256, parts)
}

fn hash(algorithm: &'static digest::Algorithm, parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = digest::Context::new(algorithm);
    parts.iter().for_each(|part| hash.update(part));
    hash.finish().as_ref().to_vec()
}

pub(super) fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

pub(super) fn pbkdf2_sha256(password: &[u8], salt: &[u8], rounds: NonZeroU32) -> [u8; 32] {
    let mut out = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, password, &mut out);
    out
}

/// Each byte of one with the byte of the other, as far as both go.
pub(super) fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    one.iter().zip(other).map(|(one, other)| one ^ other).collect()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(hex(&md5(&[b"ab", b"c"])), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex(&sha1(&[b"abc"])), "a9993e364706816aba3e25717850c26c9cd0d89d");
        // RFC 2202, test cases 2 and 6.
        let text: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        assert_eq!(hex(&hmac_md5(b"Jefe", &text)), "750c783e6ab0b503eaa86e310a5db738");
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(hex(&hmac_md5(&[0xaa; 80], &[long])), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    }
}
