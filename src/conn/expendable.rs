//! Which connections may go first when memory is scarce: `drop_entry` (`ipvs.md` §5), and room for a new one.

use super::entry::Conn;
use super::sctp_state::SctpState;
use super::tcp_state::TcpState;
use crate::lvs::Protocol;
use crate::time::Tick;

/// A connection younger than this, since its last packet, stays, in seconds.
const IDLE_SECONDS: u32 = 60;
/// A connection with more packets of its client stays.
const FEW_PACKETS: u32 = 8;

/// Why a connection may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expendable {
    /// It waits for the client's or the server's word: half of a handshake, or a template for one.
    HalfOpen,
    /// Idle for a minute, after so many packets of the client, no more than eight.
    BarelyUsed(u32),
}

impl Expendable {
    /// What a connection is; `None`: it stays.
    pub fn of(conn: &Conn, now: Tick) -> Option<Self> {
        if conn.is_template() {
            // No connection has proved itself to it yet.
            return (!conn.is_assured()).then_some(Self::HalfOpen);
        }
        let half_open = match conn.protocol()? {
            Protocol::Tcp => match conn.tcp_state()? {
                TcpState::SynRecv | TcpState::SynAck => true,
                TcpState::Established => false,
                _ => return None,
            },
            Protocol::Sctp => match conn.sctp_state()? {
                SctpState::Init1 | SctpState::Init => true,
                SctpState::Established => false,
                _ => return None,
            },
            Protocol::Udp => false,
        };
        if half_open {
            return Some(Self::HalfOpen);
        }
        let is_idle = conn.idle_ticks(now) >= IDLE_SECONDS * Tick::PER_SECOND;
        let packets = conn.in_pkts();
        (is_idle && (1..=FEW_PACKETS).contains(&packets)).then_some(Self::BarelyUsed(packets))
    }

    /// Does `drop_entry` delete it? Half-open ones always, others once in so many times as they had packets.
    pub fn is_dropped(self, dice: u64) -> bool {
        match self {
            Self::HalfOpen => true,
            Self::BarelyUsed(packets) => dice.is_multiple_of(u64::from(packets.max(1))),
        }
    }
}

/// The next throw of the dice: the high bits are the good ones, so they are what is returned.
pub(super) const fn throw(dice: &mut u64) -> u64 {
    *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *dice >> 33
}
