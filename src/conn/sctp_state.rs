//! SCTP associations as a director sees them (`ipvs.md` §3.5): by the type of a packet's first chunk, never by its tags.
//!
//! As with TCP, a NAT director sees both sides ([`INPUT`], [`OUTPUT`]) and one with direct routing or tunnelling must
//! guess the server's half ([`INPUT_ONLY`]): there COOKIE ECHO, the client's second word, already means established.

use super::state::Direction;
use crate::wire::sctp::Chunk;
use SctpState::{
    Closed as CL, Cookie as CO, CookieEchoed as CE, CookieReplied as CR, CookieSent as CS, CookieWait as CW,
    Established as ES, Init as IN, Init1 as I1, None as NO, Rejected as RJ, ShutdownAckSent as SA,
    ShutdownReceived as SR, ShutdownSent as SS,
};

/// States of an SCTP association, numbered as IPVS numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SctpState {
    /// Opened, no packet yet.
    None = 0,
    /// The client sent INIT.
    Init1 = 1,
    /// INIT again.
    Init = 2,
    /// The server offered a cookie (INIT ACK).
    CookieSent = 3,
    /// The client returned it (COOKIE ECHO).
    CookieReplied = 4,
    /// The server called first.
    CookieWait = 5,
    /// Both called, a cookie is out.
    Cookie = 6,
    /// The server returned a cookie.
    CookieEchoed = 7,
    /// Data flows.
    Established = 8,
    /// The server shuts down.
    ShutdownSent = 9,
    /// The client shuts down.
    ShutdownReceived = 10,
    /// The shutdown is acknowledged.
    ShutdownAckSent = 11,
    /// Refused.
    Rejected = 12,
    /// Over.
    Closed = 13,
}

/// What follows each state.
type Row = [SctpState; 14];
/// Rows of one side, in the order of [`row_of`].
type Side = [Row; 10];

// Columns, in all three tables, from:
//   NO  I1  IN  CS  CR  CW  CO  CE  ES  SS  SR  SA  RJ  CL
#[rustfmt::skip]
/// Packets of the client, where both directions are seen.
static INPUT: Side = [
    [ES, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL], // DATA
    [I1, IN, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, IN, IN], // INIT
    [CW, CW, CW, CS, CR, CO, CO, CE, ES, SS, SR, SA, RJ, CL], // INIT_ACK
    [CR, IN, IN, CR, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL], // COOKIE_ECHO
    [ES, I1, IN, CS, CR, CW, CO, ES, ES, SS, SR, SA, RJ, CL], // COOKIE_ACK
    [SR, I1, IN, CS, CR, CW, CO, CE, SR, SS, SR, SA, RJ, CL], // SHUTDOWN
    [CL, IN, IN, CS, CR, CW, CO, CE, ES, CL, SR, CL, RJ, CL], // SHUT_ACK
    [CL, CL, CL, CS, CR, CW, CO, CE, ES, SS, SR, CL, RJ, CL], // SHUT_COMPL
    [CL, I1, IN, CS, CR, CW, CO, CL, ES, SS, SR, SA, RJ, CL], // ERROR
    [CL, CL, CL, CL, CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL], // ABORT
];

#[rustfmt::skip]
/// Packets of the real server.
static OUTPUT: Side = [
    [ES, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL], // DATA
    [CW, CW, CW, CW, CW, CW, CW, CW, ES, CW, CW, CW, CW, CW], // INIT
    [CS, CS, CS, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL], // INIT_ACK
    [CE, CE, CE, CE, CE, CE, CE, CE, ES, SS, SR, SA, RJ, CL], // COOKIE_ECHO
    [ES, ES, ES, ES, ES, ES, ES, ES, ES, SS, SR, SA, RJ, CL], // COOKIE_ACK
    [SS, SS, SS, SS, SS, SS, SS, SS, SS, SS, SR, SA, RJ, CL], // SHUTDOWN
    [SA, SA, SA, SA, SA, CW, CO, CE, ES, SA, SA, SA, RJ, CL], // SHUT_ACK
    [CL, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL], // SHUT_COMPL
    [CL, CL, CL, CL, CL, CW, CO, CE, ES, SS, SR, SA, RJ, CL], // ERROR
    [CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL], // ABORT
];

#[rustfmt::skip]
/// Packets of the client, where the replies go past the director.
static INPUT_ONLY: Side = [
    [ES, I1, IN, CS, CR, ES, CO, CE, ES, SS, SR, SA, RJ, CL], // DATA
    [I1, IN, IN, IN, IN, IN, CO, CE, ES, SS, SR, SA, IN, IN], // INIT
    [CE, CE, CE, CE, CE, CE, CO, CE, ES, SS, SR, SA, RJ, CL], // INIT_ACK
    [ES, ES, ES, ES, ES, ES, CO, CE, ES, SS, SR, SA, RJ, CL], // COOKIE_ECHO
    [ES, I1, IN, ES, ES, CW, ES, ES, ES, SS, SR, SA, RJ, CL], // COOKIE_ACK
    [SR, I1, IN, CS, CR, CW, CO, CE, SR, SS, SR, SA, RJ, CL], // SHUTDOWN
    [CL, IN, IN, CS, CR, CW, CO, CE, CL, CL, SR, CL, RJ, CL], // SHUT_ACK
    [CL, CL, CL, CL, CL, CW, CO, CE, ES, SS, CL, CL, RJ, CL], // SHUT_COMPL
    [CL, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL], // ERROR
    [CL, CL, CL, CL, CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL], // ABORT
];

/// Where a chunk's row is; `None` for a packet without chunk, which changes nothing.
const fn row_of(chunk: Chunk) -> Option<usize> {
    Some(match chunk {
        Chunk::Absent => return None,
        Chunk::Data => 0,
        Chunk::Init => 1,
        Chunk::InitAck => 2,
        Chunk::CookieEcho => 3,
        Chunk::CookieAck => 4,
        Chunk::Shutdown => 5,
        Chunk::ShutdownAck => 6,
        Chunk::ShutdownComplete => 7,
        Chunk::Error => 8,
        Chunk::Abort => 9,
    })
}

impl SctpState {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 14] = [NO, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL];

    /// IPVS's number: 0..=13.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// By IPVS's number; numbers above 13 are none of SCTP's and read as [`SctpState::None`].
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(NO)
    }

    /// As listings print it.
    pub const fn name(self) -> &'static str {
        match self {
            NO => "NONE",
            I1 => "INIT1",
            IN => "INIT",
            CS => "C-SENT",
            CR => "C-REPLIED",
            CW => "C-WAIT",
            CO => "COOKIE",
            CE => "C-ECHOED",
            ES => "ESTABLISHED",
            SS => "S-SENT",
            SR => "S-RECEIVED",
            SA => "S-ACK-SENT",
            RJ => "REJECTED",
            CL => "CLOSED",
        }
    }

    /// Counted as an active connection of its real server?
    pub const fn is_active(self) -> bool {
        matches!(self, ES)
    }

    /// Seconds to live in this state after the last packet. `ipvsadm --set` changes none of them.
    pub const fn seconds(self) -> u32 {
        match self {
            NO => 2,
            I1 | RJ => 4,
            ES => 900,
            IN | CS | CR | CW | CO | CE | SS | SR | SA | CL => 61,
        }
    }

    /// The state after one packet. `one_sided`: no packet of the real server was ever seen.
    #[must_use]
    pub fn after(self, chunk: Chunk, direction: Direction, one_sided: bool) -> Self {
        let side = match direction {
            Direction::Outbound => &OUTPUT,
            Direction::Inbound if one_sided => &INPUT_ONLY,
            Direction::Inbound => &INPUT,
        };
        let row = row_of(chunk).and_then(|row| side.get(row));
        row.and_then(|row| row.get(usize::from(self.number()))).copied().unwrap_or(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use Direction::{Inbound, Outbound};

    /// The fact sheet's tables, as text; random walks beside a kernel's own IPVS found the same.
    const TABLE: &str = "
        dir     event       NO I1 IN CS CR CW CO CE ES SS SR SA RJ CL
        INPUT   DATA        ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL
        INPUT   INIT        I1 IN IN CS CR CW CO CE ES SS SR SA IN IN
        INPUT   INIT_ACK    CW CW CW CS CR CO CO CE ES SS SR SA RJ CL
        INPUT   COOKIE_ECHO CR IN IN CR CR CW CO CE ES SS SR SA RJ CL
        INPUT   COOKIE_ACK  ES I1 IN CS CR CW CO ES ES SS SR SA RJ CL
        INPUT   SHUTDOWN    SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL
        INPUT   SHUT_ACK    CL IN IN CS CR CW CO CE ES CL SR CL RJ CL
        INPUT   SHUT_COMPL  CL CL CL CS CR CW CO CE ES SS SR CL RJ CL
        INPUT   ERROR       CL I1 IN CS CR CW CO CL ES SS SR SA RJ CL
        INPUT   ABORT       CL CL CL CL CL RJ CL CL CL CL CL CL CL CL
        OUTPUT  DATA        ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL
        OUTPUT  INIT        CW CW CW CW CW CW CW CW ES CW CW CW CW CW
        OUTPUT  INIT_ACK    CS CS CS CS CR CW CO CE ES SS SR SA RJ CL
        OUTPUT  COOKIE_ECHO CE CE CE CE CE CE CE CE ES SS SR SA RJ CL
        OUTPUT  COOKIE_ACK  ES ES ES ES ES ES ES ES ES SS SR SA RJ CL
        OUTPUT  SHUTDOWN    SS SS SS SS SS SS SS SS SS SS SR SA RJ CL
        OUTPUT  SHUT_ACK    SA SA SA SA SA CW CO CE ES SA SA SA RJ CL
        OUTPUT  SHUT_COMPL  CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL
        OUTPUT  ERROR       CL CL CL CL CL CW CO CE ES SS SR SA RJ CL
        OUTPUT  ABORT       CL RJ CL CL CL CL CL CL CL CL CL CL CL CL
        IN_ONLY DATA        ES I1 IN CS CR ES CO CE ES SS SR SA RJ CL
        IN_ONLY INIT        I1 IN IN IN IN IN CO CE ES SS SR SA IN IN
        IN_ONLY INIT_ACK    CE CE CE CE CE CE CO CE ES SS SR SA RJ CL
        IN_ONLY COOKIE_ECHO ES ES ES ES ES ES CO CE ES SS SR SA RJ CL
        IN_ONLY COOKIE_ACK  ES I1 IN ES ES CW ES ES ES SS SR SA RJ CL
        IN_ONLY SHUTDOWN    SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL
        IN_ONLY SHUT_ACK    CL IN IN CS CR CW CO CE CL CL SR CL RJ CL
        IN_ONLY SHUT_COMPL  CL CL CL CL CL CW CO CE ES SS CL CL RJ CL
        IN_ONLY ERROR       CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL
        IN_ONLY ABORT       CL CL CL CL CL RJ CL CL CL CL CL CL CL CL
    ";

    fn state(word: &str) -> SctpState {
        let columns = "NO I1 IN CS CR CW CO CE ES SS SR SA RJ CL";
        SctpState::ALL[columns.split(' ').position(|name| name == word).unwrap()]
    }

    #[test]
    fn every_cell_is_the_fact_sheets() {
        let mut lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty());
        let columns: Vec<SctpState> = lines.next().unwrap().split_whitespace().skip(2).map(state).collect();
        let mut cells = 0;
        for line in lines {
            let mut words = line.split_whitespace();
            let (direction, one_sided) = match words.next().unwrap() {
                "INPUT" => (Inbound, false),
                "OUTPUT" => (Outbound, false),
                _ => (Inbound, true),
            };
            let chunk = match words.next().unwrap() {
                "DATA" => Chunk::Data,
                "INIT" => Chunk::Init,
                "INIT_ACK" => Chunk::InitAck,
                "COOKIE_ECHO" => Chunk::CookieEcho,
                "COOKIE_ACK" => Chunk::CookieAck,
                "SHUTDOWN" => Chunk::Shutdown,
                "SHUT_ACK" => Chunk::ShutdownAck,
                "SHUT_COMPL" => Chunk::ShutdownComplete,
                "ERROR" => Chunk::Error,
                _ => Chunk::Abort,
            };
            for (from, to) in columns.iter().zip(words) {
                assert_eq!(from.after(chunk, direction, one_sided), state(to), "{from:?} in {line}");
                cells += 1;
            }
        }
        assert_eq!(cells, 30 * 14);
    }

    #[test]
    fn a_packet_without_chunk_changes_nothing() {
        for from in SctpState::ALL {
            for (direction, one_sided) in [(Inbound, false), (Inbound, true), (Outbound, false)] {
                assert_eq!(from.after(Chunk::Absent, direction, one_sided), from);
            }
        }
    }

    #[test]
    fn whole_lives() {
        let life = |one_sided: bool, packets: &[(Chunk, Direction)]| {
            let mut state = NO;
            let step = |(chunk, direction): &(Chunk, Direction)| {
                state = state.after(*chunk, *direction, one_sided);
                state.name()
            };
            packets.iter().map(step).collect::<Vec<_>>()
        };
        let nat = [
            (Chunk::Init, Inbound),
            (Chunk::InitAck, Outbound),
            (Chunk::CookieEcho, Inbound),
            (Chunk::CookieAck, Outbound),
            (Chunk::Data, Inbound),
            (Chunk::Shutdown, Inbound),
            (Chunk::ShutdownAck, Outbound),
            (Chunk::ShutdownComplete, Inbound),
        ];
        assert_eq!(
            life(false, &nat),
            [
                "INIT1",
                "C-SENT",
                "C-REPLIED",
                "ESTABLISHED",
                "ESTABLISHED",
                "S-RECEIVED",
                "S-ACK-SENT",
                "CLOSED"
            ]
        );
        let direct_route = [Chunk::Init, Chunk::CookieEcho, Chunk::Shutdown, Chunk::ShutdownComplete]
            .map(|it| (it, Inbound));
        assert_eq!(life(true, &direct_route), ["INIT1", "ESTABLISHED", "S-RECEIVED", "CLOSED"]);
    }

    #[test]
    fn numbers_and_lives() {
        for state in SctpState::ALL {
            assert_eq!(SctpState::from_number(state.number()), state);
        }
        assert_eq!(SctpState::from_number(14), NO);
        let seconds = SctpState::ALL.map(SctpState::seconds);
        assert_eq!(seconds, [2, 4, 61, 61, 61, 61, 61, 61, 900, 61, 61, 61, 4, 61]);
        assert_eq!(SctpState::ALL.iter().filter(|state| state.is_active()).count(), 1);
    }
}
