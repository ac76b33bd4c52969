//! Checksums, once more and naively: the judge does not trust the code that it judges.

use std::net::IpAddr;

/// The plain sum of 16-bit words, an odd last byte padded with zero.
pub fn sum(bytes: &[u8]) -> u32 {
    let words = bytes.chunks(2).map(|pair| {
        let low = pair.get(1).copied().unwrap_or(0);
        u32::from(pair.first().copied().unwrap_or(0)) << 8 | u32::from(low)
    });
    words.fold(0_u32, |sum, word| u32::from(fold(sum + word)))
}

/// Carries folded in.
pub const fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    #[expect(clippy::cast_possible_truncation, reason = "folded")]
    {
        sum as u16
    }
}

/// Sum of the pseudo-header of TCP, UDP and ICMPv6.
pub fn pseudo(from: IpAddr, to: IpAddr, protocol: u8, len: usize) -> u32 {
    let addr = |addr| match addr {
        IpAddr::V4(addr) => sum(&std::net::Ipv4Addr::octets(&addr)),
        IpAddr::V6(addr) => sum(&addr.octets()),
    };
    addr(from) + addr(to) + u32::from(protocol) + u32::try_from(len).unwrap_or(0)
}

/// CRC-32C, as SCTP has it (RFC 9260 appendix A), of a packet whose checksum field counts as zero.
pub fn sctp(packet: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for (at, byte) in packet.iter().enumerate() {
        let byte = if (8..12).contains(&at) { 0 } else { *byte };
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    // In the packet the least significant byte comes first.
    (!crc).swap_bytes()
}

#[cfg(test)]
mod tests {
    #[test]
    fn check_value_of_crc32c() {
        // The check value of CRC-32C over "123456789" is e3069283; here twelve bytes whose last four count as zero.
        let mut packet = *b"12345678\xff\xff\xff\xff";
        let with_garbage = super::sctp(&packet);
        packet[8..].fill(0);
        assert_eq!(super::sctp(&packet), with_garbage);
    }
}
