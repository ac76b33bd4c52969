//! RSA encryption with a public key (RFC 8017, OAEP with SHA-1): MySQL's way of hiding a password where there is no TLS.
//! Only the public operation: there is no secret key here that timing could tell.

use super::ber::{Reader, tag};
use super::secrets::{sha1, xor};
use super::{base64, talk::Fault};

/// A hash's length.
const HASH: usize = 20;
/// Bits of a modulus that is worked with.
const BITS: std::ops::RangeInclusive<usize> = 1024..=8192;
/// A public exponent has at most so many bytes; all in use are 65537.
const MAX_EXPONENT: usize = 8;

const BIT_STRING: u8 = 0x03;

/// A public key.
pub(super) struct PublicKey {
    /// Lowest limb first.
    modulus: Vec<u64>,
    len: usize,
    exponent: u64,
}

impl PublicKey {
    /// From PEM, as `SubjectPublicKeyInfo`.
    pub(super) fn from_pem(pem: &str) -> Result<Self, Fault> {
        Self::parse(pem).map_err(|what| format!("the server's key: {what}"))
    }

    fn parse(pem: &str) -> Result<Self, &'static str> {
        const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
        let body =
            pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once("-----END")).ok_or("not PEM")?.0;
        let der = base64::decode(body).ok_or("not base64")?;
        let mut info = Reader(Reader(&der).one(tag::SEQUENCE)?);
        info.one(tag::SEQUENCE)?;
        let bits = info.one(BIT_STRING)?.strip_prefix(&[0]).ok_or("bits that are no bytes")?;
        let mut key = Reader(Reader(bits).one(tag::SEQUENCE)?);
        let modulus = unsigned(key.one(tag::INTEGER)?);
        let exponent = unsigned(key.one(tag::INTEGER)?);
        if !BITS.contains(&(modulus.len() * 8)) || modulus.last().is_none_or(|low| low % 2 == 0) {
            return Err("a modulus that is not worked with");
        }
        if exponent.is_empty() || exponent.len() > MAX_EXPONENT {
            return Err("an exponent that is not worked with");
        }
        let exponent = exponent.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        Ok(Self { modulus: limbs(modulus), len: modulus.len(), exponent })
    }

    /// Encrypts; `seed` is random.
    pub(super) fn encrypt(&self, message: &[u8], seed: &[u8; HASH]) -> Result<Vec<u8>, Fault> {
        let Some(padding) = self.len.checked_sub(2 * HASH + 2 + message.len()) else {
            return Err("the password is too long for the server's key".into());
        };
        let block = [&sha1(&[])[..], &vec![0; padding], &[1], message].concat();
        let block = xor(&block, &mask(seed, block.len()));
        let seed = xor(seed, &mask(&block, HASH));
        let number = limbs(&[&seed[..], &block].concat());
        let mut bytes: Vec<u8> = self.power(&number).iter().flat_map(|limb| limb.to_le_bytes()).collect();
        bytes.truncate(self.len);
        bytes.reverse();
        Ok(bytes)
    }

    /// To the power of the exponent.
    fn power(&self, base: &[u64]) -> Vec<u64> {
        let mut base = base.to_vec();
        base.resize(self.modulus.len(), 0);
        let mut out = base.clone();
        for bit in (0..self.exponent.ilog2()).rev() {
            out = self.times(&out, &out);
            if self.exponent >> bit & 1 == 1 {
                out = self.times(&out, &base);
            }
        }
        out
    }

    /// By doubling and adding: 17 products of this kind are made for a login, so that slow and short is best.
    fn times(&self, one: &[u64], other: &[u64]) -> Vec<u64> {
        let mut out = vec![0; self.modulus.len()];
        for limb in one.iter().rev() {
            for bit in (0..64).rev() {
                let twice = out.clone();
                self.add(&mut out, &twice);
                if limb >> bit & 1 == 1 {
                    self.add(&mut out, other);
                }
            }
        }
        out
    }

    /// Both are less than the modulus, and so is what comes out.
    fn add(&self, to: &mut [u64], other: &[u64]) {
        let mut carry = false;
        for (to, other) in to.iter_mut().zip(other) {
            (*to, carry) = carrying(*to, *other, carry, u64::overflowing_add);
        }
        let is_less = || to.iter().rev().lt(self.modulus.iter().rev());
        if carry || !is_less() {
            let mut borrow = false;
            for (to, modulus) in to.iter_mut().zip(&self.modulus) {
                (*to, borrow) = carrying(*to, *modulus, borrow, u64::overflowing_sub);
            }
        }
    }
}

fn carrying(one: u64, other: u64, carry: bool, by: fn(u64, u64) -> (u64, bool)) -> (u64, bool) {
    let (value, first) = by(one, other);
    let (value, second) = by(value, u64::from(carry));
    (value, first || second)
}

/// Without the zeros in front.
fn unsigned(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
}

fn limbs(bytes: &[u8]) -> Vec<u64> {
    let limb = |chunk: &[u8]| chunk.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    bytes.rchunks(8).map(limb).collect()
}

/// MGF1: so many bytes from a seed.
fn mask(seed: &[u8], len: usize) -> Vec<u8> {
    let blocks = (0..len.div_ceil(HASH) as u32).flat_map(|count| sha1(&[seed, &count.to_be_bytes()]));
    blocks.take(len).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::secrets::hex;

    const KEY: &str = include_str!("rsa_key.pem");

    #[test]
    fn as_openssl_decrypts_it() {
        let key = PublicKey::from_pem(KEY).unwrap();
        let seed: [u8; HASH] = std::array::from_fn(|at| at as u8);
        // `openssl pkeyutl -decrypt -pkeyopt rsa_padding_mode:oaep` with the secret key makes `a password` of this.
        let sum = hex(&sha1(&[&key.encrypt(b"a password", &seed).unwrap()]));
        assert_eq!(sum, "98446f0d73db940289ec6f69e56392b0996ef1bc");
        assert!(key.encrypt(&[0; 215], &seed).unwrap_err().contains("too long"));
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        for pem in
            ["", "-----BEGIN PUBLIC KEY-----\n?\n-----END", "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END"]
        {
            assert!(PublicKey::from_pem(pem).is_err(), "{pem}");
        }
        let body: String = KEY.lines().filter(|line| !line.starts_with('-')).collect();
        let der = base64::decode(&body).unwrap();
        for at in 0..der.len() {
            let mut cut = der.clone();
            cut.truncate(at);
            let pem = |der: &[u8]| format!("-----BEGIN PUBLIC KEY-----{}-----END", base64::encode(der));
            assert!(PublicKey::from_pem(&pem(&cut)).is_err(), "{at}");
            let mut wrong = der.clone();
            wrong[at] ^= 0x80;
            let _ = PublicKey::from_pem(&pem(&wrong));
        }
    }
}
