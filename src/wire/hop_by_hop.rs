//! IPv6 hop-by-hop options (RFC 8200 §4.2), as every router and host on the way looks at them.

/// What is to become of a packet with such options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It goes on.
    Fine,
    /// It goes no further.
    Dropped,
    /// It goes no further, and its sender is told which byte, counted from the beginning of the packet, says so.
    Unknown(u32),
}

/// Where the header is that the fixed one names.
const START: usize = 40;
/// Options beyond padding that one packet may have (as in Linux).
const MOST: usize = 8;
const PAD1: u8 = 0;
const PADN: u8 = 1;
const ROUTER_ALERT: u8 = 5;

/// Looks at the options of an IPv6 packet whose extension headers are there as a whole. It is no group's packet.
pub fn judge(packet: &[u8]) -> Judgement {
    if packet.get(6) != Some(&0) {
        return Judgement::Fine;
    }
    let len = packet.get(START + 1).map_or(0, |units| 8 + usize::from(*units) * 8);
    let Some(header) = packet.get(START..START + len) else { return Judgement::Dropped };
    let (mut at, mut seen) = (2, 0);
    while let Some(&kind) = header.get(at) {
        if kind == PAD1 {
            at += 1;
            continue;
        }
        let Some(body_len) = header.get(at + 1).map(|len| usize::from(*len)) else {
            return Judgement::Dropped;
        };
        let end = at + 2 + body_len;
        if end > header.len() {
            return Judgement::Dropped;
        }
        if kind != PADN {
            seen += 1;
        }
        match kind {
            PADN => {}
            ROUTER_ALERT if body_len == 2 => {}
            ROUTER_ALERT => return Judgement::Dropped,
            // The two highest bits say what to do with an unknown one.
            0x00..=0x3f => {}
            0x40..=0x7f => return Judgement::Dropped,
            _ => return Judgement::Unknown(u32::try_from(START + at).unwrap_or(0)),
        }
        if seen > MOST {
            return Judgement::Dropped;
        }
        at = end;
    }
    Judgement::Fine
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(options: &[u8]) -> Judgement {
        let mut packet = vec![0; START];
        packet.extend([17, u8::try_from((options.len() + 2) / 8 - 1).unwrap()]);
        packet.extend(options);
        judge(&packet)
    }

    /// As Linux 6.1 did.
    #[test]
    fn the_two_highest_bits_decide() {
        assert_eq!(of(&[PADN, 4, 0, 0, 0, 0]), Judgement::Fine);
        assert_eq!(of(&[ROUTER_ALERT, 2, 0, 0, PAD1, PAD1]), Judgement::Fine);
        assert_eq!(of(&[0x1e, 4, 0, 0, 0, 0]), Judgement::Fine);
        assert_eq!(of(&[0x5e, 4, 0, 0, 0, 0]), Judgement::Dropped);
        assert_eq!(of(&[0x9e, 4, 0, 0, 0, 0]), Judgement::Unknown(42));
        assert_eq!(of(&[PAD1, 0xde, 3, 0, 0, 0]), Judgement::Unknown(43));
    }

    #[test]
    fn what_does_not_fit() {
        assert_eq!(of(&[0x1e, 5, 0, 0, 0, 0]), Judgement::Dropped, "beyond the header");
        assert_eq!(of(&[PAD1, PAD1, PAD1, PAD1, PAD1, 0x1e]), Judgement::Dropped, "no length");
        assert_eq!(of(&[ROUTER_ALERT, 4, 0, 0, 0, 0]), Judgement::Dropped);
        assert_eq!(of(&[0x1e, 0].repeat(11)), Judgement::Dropped, "more than eight");
    }
}
