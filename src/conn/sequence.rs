//! Who may end a connection: the guard against blind segments (`reset_guard`; RFC 5961 is its model).
//!
//! IPVS believes every segment with the right addresses and ports: one reset with any sequence number, from anybody who
//! can spoof a source address, turns fifteen minutes of life into ten seconds, and an idle connection then dies. But
//! every segment of the client passes the director, whatever the forwarding method, so it knows where the client is in
//! its sequence, and 32 bits of guesswork stand before who does not. What is guarded:
//!
//! - Only the client's direction. What comes from a real server is believed: its network is not the attacker's.
//! - What leads to an end: RST, FIN, and segments without any flag. A segment that is not believed is forwarded as any
//!   other, but neither steps the state nor renews the life: the real server, which knows more, decides for itself.
//! - In an established connection a reset must have the number of the octet that the client sends next, or of the last one
//!   (as keepalives have it). With more tolerance, who tries all numbers in steps of it succeeds. A client whose own reset has another (one that answers
//!   something older, or comes after a loss) is asked again by its real server (RFC 5961 §3.2) and answers with the right one.
//! - Elsewhere, and of a FIN, a number fits if it is less than 32 KiB away from that octet, in either direction: no long
//!   life is at stake, and what follows a loss before the director is not asked for again.
//! - Segments that do not fit do not move the sequence either: else two packets would do what one cannot. TCP sends
//!   again what was lost, so all octets pass here in the end, and the sequence keeps up with the client's.
//! - A SYN sets the sequence anew unless the connection is established. (There a SYN is none of this connection's, and
//!   the client's answer to what the real server says to it is a reset that fits.)

use super::tcp_state::{TcpEvent, TcpState};
use crate::wire::transport::Octets;

/// How far from the next expected octet a sequence number may be.
const WINDOW: u32 = 1 << 15;

/// Not known yet: what the field holds before the first segment. (The number itself stands for its neighbour.)
pub(super) const UNKNOWN: u32 = 0;

/// What a segment of the client tells: is it believed, and which octet comes next?
pub(super) const fn judge(next: u32, state: TcpState, event: TcpEvent, octets: Octets) -> (bool, u32) {
    let distance = octets.first.wrapping_sub(next).cast_signed();
    let fits = next == UNKNOWN || distance.unsigned_abs() < WINDOW;
    let is_farther = next == UNKNOWN || octets.end.wrapping_sub(next).cast_signed() > 0;
    let moved = if fits && is_farther { known(octets.end) } else { next };
    let is_next =
        next == UNKNOWN || known(octets.first) == next || known(octets.first.wrapping_add(1)) == next;
    match event {
        TcpEvent::Rst | TcpEvent::Bare if matches!(state, TcpState::Established) => (is_next, next),
        TcpEvent::Syn if matches!(state, TcpState::Established) && next != UNKNOWN => (true, next),
        TcpEvent::Syn => (true, known(octets.end)),
        TcpEvent::Ack => (true, moved),
        TcpEvent::Fin | TcpEvent::Bare => (fits, moved),
        TcpEvent::Rst => (fits, next),
    }
}

const fn known(octet: u32) -> u32 {
    if octet == UNKNOWN { UNKNOWN + 1 } else { octet }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TcpEvent::{Ack, Bare, Fin, Rst, Syn};
    use TcpState::{Established, FinWait, SynRecv};

    /// A connection whose client comes to this octet next.
    struct At(u32);

    impl At {
        fn hear(&mut self, state: TcpState, event: TcpEvent, first: u32, len: u32) -> bool {
            let (believed, next) =
                judge(self.0, state, event, Octets { first, end: first.wrapping_add(len) });
            self.0 = next;
            believed
        }
    }

    #[test]
    fn a_life_with_a_reset_at_its_end() {
        let mut at = At(UNKNOWN);
        assert!(at.hear(TcpState::None, Syn, 1000, 1));
        assert!(at.hear(SynRecv, Ack, 1001, 0));
        assert!(at.hear(Established, Ack, 1001, 100));
        assert_eq!(at.0, 1101);
        assert!(at.hear(Established, Ack, 1001, 100), "sent again");
        assert!(at.hear(Established, Ack, 1100, 0), "keepalive");
        assert_eq!(at.0, 1101);
        assert!(at.hear(Established, Rst, 1101, 0), "exactly next");
        for (first, why) in [(1001, "for something older"), (2561, "after a loss")] {
            assert!(!at.hear(Established, Rst, first, 0), "{why}: the real server asks again");
            assert!(at.hear(FinWait, Rst, first, 0), "{why}: little is at stake");
        }
        assert_eq!(at.0, 1101, "a reset moves nothing");
    }

    #[test]
    fn blind_ones_are_not_believed_and_move_nothing() {
        let mut at = At(1_000_000);
        for event in [Rst, Bare] {
            assert!(at.hear(Established, event, 1_000_000, 0) && at.hear(Established, event, 999_999, 0));
        }
        for first in [1_000_000 - 2, 1_000_000 + 1] {
            assert!(!at.hear(Established, Rst, first, 0) && !at.hear(Established, Bare, first, 0));
            assert_eq!(at.0, 1_000_000);
        }
        // All numbers in steps: none may be within anything.
        let sweep = (0..1 << 16).map(|step: u32| (step << 16) + 12_345);
        assert_eq!(sweep.filter(|first| at.hear(Established, Rst, *first, 0)).count(), 0);
        for (state, event) in [(FinWait, Rst), (Established, Fin), (FinWait, Bare)] {
            assert!(at.hear(state, event, 1_000_000 - 32_767, 0), "{event:?}");
            assert!(at.hear(state, event, 1_000_000 + 32_767, 0), "{event:?}");
            at.0 = 1_000_000;
            for first in [1_000_000 - 32_768, 1_000_000 + 32_768, 0, u32::MAX, 1 << 31] {
                assert!(!at.hear(state, event, first, 10), "{event:?} {first}");
                assert_eq!(at.0, 1_000_000, "{event:?} {first}");
            }
        }
        assert!(at.hear(Established, Ack, 3_000_000_000, 1460), "believed, for it ends nothing");
        assert!(at.hear(Established, Syn, 3_000_000_000, 1));
        assert!(!at.hear(Established, Rst, 3_000_000_001, 0), "nor did it prepare anything");
        assert!(at.hear(Established, Rst, 1_000_000, 0));
    }

    #[test]
    fn over_the_edge_of_the_numbers() {
        let mut at = At(u32::MAX - 10);
        assert!(at.hear(Established, Ack, u32::MAX - 10, 11));
        assert_eq!(at.0, 1, "0 says unknown");
        assert!(at.hear(Established, Ack, 0, 100));
        assert_eq!(at.0, 100);
        assert!(at.hear(FinWait, Rst, u32::MAX - 10, 0));
        assert!(!at.hear(FinWait, Rst, u32::MAX - 40_000, 0));
        let mut at = At(u32::MAX);
        assert!(at.hear(Established, Ack, u32::MAX, 1));
        assert!(at.hear(Established, Rst, 0, 0), "the next octet is number 0");
    }

    #[test]
    fn beginnings() {
        let mut at = At(UNKNOWN);
        assert!(at.hear(Established, Rst, 77, 0), "nothing is known: as the kernel does");
        assert_eq!(at.0, UNKNOWN);
        assert!(at.hear(Established, Ack, 7000, 10), "a connection opened in its middle");
        assert!(!at.hear(Established, Rst, 70_000, 0));
        assert!(at.hear(SynRecv, Syn, 90_000, 1), "another SYN before the handshake");
        assert!(at.hear(SynRecv, Rst, 90_001, 0), "the client never called: RST answers the SYN+ACK");
        assert!(at.hear(FinWait, Syn, 5_000_000, 1), "the port is used again");
        assert!(at.hear(SynRecv, Rst, 5_000_001, 0));
    }
}
