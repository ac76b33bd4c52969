//! States and lives: what one packet does to a connection, whatever its protocol.

use super::kin::ConnId;
use super::sctp_state::SctpState;
use super::tcp_state::{TcpEvent, TcpState};
use super::udp_state;
use crate::lvs::{Protocol, Timeouts};
use crate::time::Tick;
use crate::wire::sctp::Chunk;

/// Life of a connection between its opening and its first packet (which is, with few exceptions, the same packet).
pub(super) const NEWBORN_SECONDS: u32 = 3;

/// Life that a parent with children gets each time that its own is over.
pub(super) const PARENT_SECONDS: u32 = 60;

/// Life of a connection that a helper expects: TCP's LISTEN.
pub(super) const EXPECTED_SECONDS: u32 = 120;

/// Longest life that the wheel's arithmetic takes: three years. The command line allows 31 days.
const MAX_SECONDS: u32 = 100_000_000;

/// The way of a packet through the director.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Client → VIP.
    Inbound,
    /// Real server → client.
    Outbound,
}

/// What a packet says to the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A TCP segment.
    Tcp(TcpEvent),
    /// A TCP segment while `secure_tcp` is at work.
    SecureTcp(TcpEvent),
    /// A TCP segment that would end the connection but is not of the client's sequence: it counts, and changes nothing.
    Doubtful,
    /// An SCTP packet.
    Sctp(Chunk),
    /// A packet of a protocol without states.
    Datagram,
    /// A packet of another protocol that follows the connection (AH and ESP): it counts, and life begins anew, as long as
    /// it was; it proves nothing.
    Follower,
}

impl Event {
    /// A TCP segment by its flags byte (FIN 1, SYN 2, RST 4, ACK 16).
    pub const fn of_tcp_flags(flags: u8) -> Self {
        Self::Tcp(TcpEvent::of_flags(flags))
    }

    /// The same while `secure_tcp` is at work, or not.
    #[must_use]
    pub const fn secured(self, is_on: bool) -> Self {
        match self {
            Self::Tcp(event) if is_on => Self::SecureTcp(event),
            other => other,
        }
    }
}

/// What changed for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[must_use = "the real server's active connections, and the parent, must follow"]
pub struct Advance {
    /// `Some(true)`: became active; `Some(false)`: became inactive.
    pub activity: Option<bool>,
    /// The connection proved itself, which its parent is to know once the lock is gone
    /// ([`ConnTable::assure`](super::ConnTable::assure)).
    pub proved_to: Option<ConnId>,
}

/// Where a packet leaves a connection.
pub(super) struct Next {
    pub state: u8,
    pub seconds: u32,
    pub is_active: bool,
}

/// The step. `one_sided`: no packet of the real server was ever seen.
pub(super) fn next(
    protocol: Protocol,
    state: u8,
    event: Event,
    direction: Direction,
    one_sided: bool,
    timeouts: &Timeouts,
) -> Next {
    match (protocol, event) {
        (Protocol::Tcp, Event::Tcp(event)) => {
            let state = TcpState::from_number(state).after(event, direction, one_sided);
            Next { state: state.number(), seconds: state.seconds(timeouts), is_active: state.is_active() }
        }
        (Protocol::Tcp, Event::SecureTcp(event)) => {
            let state = TcpState::from_number(state).after_secure(event, direction, one_sided);
            Next { state: state.number(), seconds: state.seconds(timeouts), is_active: state.is_active() }
        }
        // A packet without TCP flags on a TCP connection cannot come from the wire; it only renews the life.
        (Protocol::Tcp, Event::Datagram | Event::Follower | Event::Sctp(_) | Event::Doubtful) => {
            let state = TcpState::from_number(state);
            Next { state: state.number(), seconds: state.seconds(timeouts), is_active: state.is_active() }
        }
        (Protocol::Sctp, event) => {
            let chunk = if let Event::Sctp(chunk) = event { chunk } else { Chunk::Absent };
            let state = SctpState::from_number(state).after(chunk, direction, one_sided);
            Next { state: state.number(), seconds: state.seconds(), is_active: state.is_active() }
        }
        (Protocol::Udp, _) => {
            Next { state: udp_state::NORMAL, seconds: udp_state::seconds(timeouts), is_active: false }
        }
    }
}

/// Does a connection that comes into this state by such a packet prove that its client is real? (`ipvs.md` §3.2: then its
/// template becomes ASSURED.)
pub(super) fn proves(protocol: Protocol, state: u8, direction: Direction) -> bool {
    match protocol {
        Protocol::Tcp => state == TcpState::Established.number(),
        Protocol::Sctp => state == SctpState::Established.number(),
        Protocol::Udp => direction == Direction::Outbound,
    }
}

/// A template whose client is real; with state 0 no connection has proved itself to it yet.
pub(super) const TEMPLATE_ASSURED: u8 = 1;

/// A template's state as IPVS prints it.
pub(super) const fn template_name(state: u8) -> &'static str {
    if state == TEMPLATE_ASSURED { "ASSURED" } else { "NONE" }
}

/// The state's name as IPVS prints it.
pub(super) fn name(protocol: Protocol, state: u8) -> &'static str {
    match protocol {
        Protocol::Tcp => TcpState::from_number(state).name(),
        Protocol::Udp => udp_state::NAME,
        Protocol::Sctp => SctpState::from_number(state).name(),
    }
}

/// How long a connection lives in a state, in seconds; of a firewall mark's template there is none.
pub fn seconds_of(protocol: Option<Protocol>, state: u8, timeouts: &Timeouts) -> u32 {
    match protocol {
        Some(Protocol::Tcp) => TcpState::from_number(state).seconds(timeouts),
        Some(Protocol::Sctp) => SctpState::from_number(state).seconds(),
        Some(Protocol::Udp) | None => udp_state::seconds(timeouts),
    }
}

/// Seconds as ticks.
pub(super) fn ticks(seconds: u32) -> u32 {
    seconds.min(MAX_SECONDS) * Tick::PER_SECOND
}
