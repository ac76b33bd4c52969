//! The hashes that IPVS's schedulers choose by: other directors, and the kernel, must come to the same server.

use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::net::IpAddr;

/// An address as the hashes see it: IPv4 as it is, IPv6 as its four words XORed (`ipvs.md` §2).
pub const fn fold(addr: IpAddr) -> u32 {
    match addr {
        IpAddr::V4(addr) => addr.to_bits(),
        IpAddr::V6(addr) => {
            let [a, b, c, d, e, f, g, h] = addr.segments();
            ((a ^ c ^ e ^ g) as u32) << 16 | (b ^ d ^ f ^ h) as u32
        }
    }
}

/// Multiplicative hash: the upper `bits` (1..=32) of a product (`ipvs.md` §2.1).
pub const fn hash32(value: u32, bits: u32) -> usize {
    (value.wrapping_mul(0x61C8_8647) >> (32 - bits)) as usize
}

/// The lower half of SipHash-1-3 of four little-endian bytes, under a key whose halves are both `key` (`ipvs.md` §2.2).
pub fn sip32(value: u32, key: u64) -> u32 {
    let mut hasher = SipHasher13::new_with_keys(key, key);
    hasher.write(&value.to_le_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
    let lower = hasher.finish() as u32;
    lower
}

#[cfg(test)]
mod tests {
    use super::{fold, hash32};

    #[test]
    fn vectors() {
        for (addr, of_256, of_1024) in
            [([10, 0, 0, 1], 39, 159), ([192, 168, 1, 10], 248, 995), ([203, 0, 113, 7], 124, 499)]
        {
            let folded = fold(addr.into());
            assert_eq!((hash32(folded, 8), hash32(folded, 10)), (of_256, of_1024), "{addr:?}");
        }
        assert_eq!(hash32(fold([10, 0, 0, 1].into()).wrapping_add(12345), 8), 134);
    }

    #[test]
    fn ipv6_is_folded_by_words() {
        let addr: std::net::IpAddr = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        assert_eq!(fold(addr), 0x2001_0db8 ^ 0x0001_0002 ^ 0x0003_0004 ^ 0x0005_0006);
    }
}
