//! The Internet checksum (RFC 1071) and its incremental update (RFC 1624).
//!
//! All values are in host byte order, as pnet's and etherparse's accessors give them.

use std::net::IpAddr;

/// A running ones'-complement sum, not yet complemented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum(u64);

impl Sum {
    /// Adds bytes, taken as big-endian 16-bit words; an odd last byte is padded with zero. Only the last piece of a
    /// message may have an odd length.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let mut sum = self.0;
        let (quads, rest) = bytes.as_chunks::<4>();
        for quad in quads {
            sum += u64::from(u32::from_be_bytes(*quad));
        }
        let (pairs, odd) = rest.as_chunks::<2>();
        for pair in pairs {
            sum += u64::from(u16::from_be_bytes(*pair));
        }
        if let [last] = odd {
            sum += u64::from(u16::from_be_bytes([*last, 0]));
        }
        Self(sum)
    }

    /// Adds one word.
    #[must_use]
    pub const fn word(self, word: u16) -> Self {
        Self(self.0 + word as u64)
    }

    /// Adds an address.
    #[must_use]
    pub fn addr(self, addr: IpAddr) -> Self {
        match addr {
            IpAddr::V4(addr) => self.bytes(&addr.octets()),
            IpAddr::V6(addr) => self.bytes(&addr.octets()),
        }
    }

    /// Adds the pseudo-header of TCP, UDP or ICMPv6 (RFC 9293 §3.1, RFC 8200 §8.1): addresses, protocol, length.
    #[must_use]
    pub fn pseudo_header(self, source: IpAddr, destination: IpAddr, protocol: u8, length: usize) -> Self {
        let with_addresses = self.addr(source).addr(destination);
        Self(with_addresses.0 + u64::from(protocol) + length as u64)
    }

    /// Folded to 16 bits, **not** complemented: what an unfinished (partial) checksum field holds.
    pub const fn partial(self) -> u16 {
        let mut sum = self.0;
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        #[expect(clippy::cast_possible_truncation, reason = "folded to 16 bits above")]
        {
            sum as u16
        }
    }

    /// Folded and complemented: what a checksum field holds. 0 over a message that contains its right checksum.
    pub const fn finish(self) -> u16 {
        !self.partial()
    }
}

/// What changes in a packet whose checksum is to follow: old words out, new words in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change(Sum);

impl Change {
    /// Replaces one 16-bit word.
    #[must_use]
    pub const fn word(self, old: u16, new: u16) -> Self {
        Self(self.0.word(!old).word(new))
    }

    /// Replaces an address by another of the same family.
    #[must_use]
    pub fn addr(self, old: IpAddr, new: IpAddr) -> Self {
        let inverted = match old {
            IpAddr::V4(addr) => IpAddr::V4((!addr.to_bits()).into()),
            IpAddr::V6(addr) => IpAddr::V6((!addr.to_bits()).into()),
        };
        Self(self.0.addr(inverted).addr(new))
    }

    /// A finished checksum after the change: RFC 1624 equation 3, `HC' = ~(~HC + ~m + m')`. A wrong checksum stays
    /// wrong by the same amount.
    pub const fn apply(self, checksum: u16) -> u16 {
        self.0.word(!checksum).finish()
    }

    /// An unfinished checksum (the folded sum of the pseudo-header, not complemented) after the change.
    pub const fn apply_partial(self, checksum: u16) -> u16 {
        self.0.word(checksum).partial()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_header() {
        // The worked example of RFC 1071 §3: words 0001 f203 f4f5 f6f7 sum to ddf2.
        let sum = Sum::default().bytes(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
        assert_eq!(sum.partial(), 0xddf2);
        assert_eq!(sum.finish(), !0xddf2);
    }

    proptest! {
        #[test]
        fn incremental_equals_full(mut bytes in proptest::collection::vec(any::<u8>(), 20..80), new in any::<[u8; 4]>()) {
            bytes.truncate(bytes.len() & !1);
            bytes[10] = 0;
            bytes[11] = 0;
            let before = Sum::default().bytes(&bytes).finish();
            let old: [u8; 4] = bytes[12..16].try_into().unwrap();
            bytes[12..16].copy_from_slice(&new);
            let after = Sum::default().bytes(&bytes).finish();
            let updated = Change::default().addr(IpAddr::from(old), IpAddr::from(new)).apply(before);
            // 0x0000 and 0xffff are the same number in ones' complement.
            prop_assert!(updated == after || (updated ^ after) == 0xffff && (updated == 0 || after == 0));
        }

        #[test]
        fn a_wrong_checksum_stays_wrong(old in any::<u16>(), new in any::<u16>(), right in any::<u16>(), off in 1u16..0xffff) {
            let wrong = Sum::default().word(right).word(off).partial();
            let change = Change::default().word(old, new);
            prop_assume!(wrong % 0xffff != right % 0xffff);
            prop_assert_ne!(change.apply(wrong) % 0xffff, change.apply(right) % 0xffff);
        }

        #[test]
        fn odd_lengths_are_padded(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut padded = bytes.clone();
            if padded.len() % 2 == 1 { padded.push(0); }
            let words = padded.chunks(2).fold(Sum::default(), |sum, pair| sum.word(u16::from_be_bytes([pair[0], pair[1]])));
            prop_assert_eq!(Sum::default().bytes(&bytes).partial(), words.partial());
        }
    }
}
