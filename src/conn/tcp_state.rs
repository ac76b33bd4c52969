//! TCP as a director sees it: often one direction only, never a sequence number.
//!
//! A NAT director sees both directions ([`INPUT`], [`OUTPUT`]). With direct routing and tunnelling the replies go past
//! it, so it must guess the server's half from the client's ([`INPUT_ONLY`]): a FIN of the client ends the connection
//! for good (FIN_WAIT) where a NAT director still waits for the server's (CLOSE_WAIT).

use super::state::Direction;
use crate::lvs::Timeouts;
use TcpState::{
    Close as CL, CloseWait as CW, Established as ES, FinWait as FW, LastAck as LA, Listen as LI, None as NO,
    SynAck as SA, SynRecv as SR, SynSent as SS, TimeWait as TW,
};

/// States of a TCP connection, numbered as IPVS numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TcpState {
    /// Opened, no packet yet.
    None = 0,
    /// Data flows.
    Established = 1,
    /// The server called first.
    SynSent = 2,
    /// The client called.
    SynRecv = 3,
    /// The server, or a client of whom only one direction is seen, is done.
    FinWait = 4,
    /// Both are done.
    TimeWait = 5,
    /// Reset, or nonsense.
    Close = 6,
    /// The client is done.
    CloseWait = 7,
    /// The last acknowledgement is due.
    LastAck = 8,
    /// A data connection that a helper expects.
    Listen = 9,
    /// SYN seen under `secure_tcp`, handshake unproven.
    SynAck = 10,
}

/// What a segment says, by its most important flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TcpEvent {
    /// SYN, also with ACK.
    Syn,
    /// FIN, also with ACK.
    Fin,
    /// ACK alone.
    Ack,
    /// RST, whatever else is set.
    Rst,
    /// None of these flags: closes the connection.
    Bare,
}

impl TcpEvent {
    /// RST before SYN before FIN before ACK.
    pub const fn of_flags(flags: u8) -> Self {
        const FIN: u8 = 0x01;
        const SYN: u8 = 0x02;
        const RST: u8 = 0x04;
        const ACK: u8 = 0x10;
        if flags & RST != 0 {
            Self::Rst
        } else if flags & SYN != 0 {
            Self::Syn
        } else if flags & FIN != 0 {
            Self::Fin
        } else if flags & ACK != 0 {
            Self::Ack
        } else {
            Self::Bare
        }
    }
}

/// What follows each state, for one event seen from one side.
type Row = [TcpState; 11];

/// Rows of one side: SYN, FIN, ACK, RST.
struct Side {
    syn: Row,
    fin: Row,
    ack: Row,
    rst: Row,
}

#[rustfmt::skip]
/// Packets of the client, where both directions are seen.
static INPUT: Side = Side {
    // from NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    syn:   [SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR],
    fin:   [CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, TW],
    ack:   [ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES],
    rst:   [CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, SR],
};

#[rustfmt::skip]
/// Packets of the real server.
static OUTPUT: Side = Side {
    // from NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    syn:   [SS, ES, SS, SR, SS, SS, SS, SS, SS, LI, SR],
    fin:   [TW, FW, SS, TW, FW, TW, CL, TW, LA, LI, TW],
    ack:   [ES, ES, SS, ES, FW, TW, CL, CW, LA, ES, ES],
    rst:   [CL, CL, SS, CL, CL, TW, CL, CL, CL, CL, CL],
};

#[rustfmt::skip]
/// Packets of the client, where the replies go past the director.
static INPUT_ONLY: Side = Side {
    // from NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    syn:   [SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR],
    fin:   [CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, TW],
    ack:   [ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES],
    rst:   [CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL],
};

#[rustfmt::skip]
/// [`INPUT`] under `secure_tcp`: a client's word alone establishes nothing.
static SECURE_INPUT: Side = Side {
    // from NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    syn:   [SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SA],
    fin:   [CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, SA],
    ack:   [ES, ES, SS, SR, FW, TW, CL, CW, CL, LI, SA],
    rst:   [CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL],
};

#[rustfmt::skip]
/// [`OUTPUT`] under `secure_tcp`.
static SECURE_OUTPUT: Side = Side {
    // from NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    syn:   [SS, ES, SS, SA, SS, SS, SS, SS, SS, LI, SA],
    fin:   [TW, FW, SS, TW, FW, TW, CL, TW, LA, LI, TW],
    ack:   [ES, ES, SS, ES, FW, TW, CL, CW, LA, ES, ES],
    rst:   [CL, CL, SS, CL, CL, TW, CL, CL, CL, CL, CL],
};

#[rustfmt::skip]
/// [`INPUT_ONLY`] under `secure_tcp`.
static SECURE_INPUT_ONLY: Side = Side {
    // from NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA
    syn:   [SA, ES, ES, SR, SA, SA, SA, SA, SA, SA, SA],
    fin:   [CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, TW],
    ack:   [ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES],
    rst:   [CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL],
};

impl TcpState {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 11] = [NO, ES, SS, SR, FW, TW, CL, CW, LA, LI, SA];

    /// IPVS's number: 0..=10.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// By IPVS's number; numbers above 10 are none of TCP's and read as [`TcpState::None`].
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(NO)
    }

    /// As listings print it.
    pub const fn name(self) -> &'static str {
        match self {
            NO => "NONE",
            ES => "ESTABLISHED",
            SS => "SYN_SENT",
            SR => "SYN_RECV",
            FW => "FIN_WAIT",
            TW => "TIME_WAIT",
            CL => "CLOSE",
            CW => "CLOSE_WAIT",
            LA => "LAST_ACK",
            LI => "LISTEN",
            SA => "SYNACK",
        }
    }

    /// Counted as an active connection of its real server?
    pub const fn is_active(self) -> bool {
        matches!(self, ES | SS | SR | SA)
    }

    /// Seconds to live in this state after the last packet. Only ESTABLISHED and FIN_WAIT can be set.
    pub const fn seconds(self, timeouts: &Timeouts) -> u32 {
        match self {
            NO => 2,
            ES => timeouts.tcp,
            FW => timeouts.tcp_fin,
            SS | TW | LI | SA => 120,
            SR | CW => 60,
            LA => 30,
            CL => 10,
        }
    }

    /// The state after one packet. `one_sided`: no packet of the real server was ever seen.
    #[must_use]
    pub fn after(self, event: TcpEvent, direction: Direction, one_sided: bool) -> Self {
        let side = match direction {
            Direction::Outbound => &OUTPUT,
            Direction::Inbound if one_sided => &INPUT_ONLY,
            Direction::Inbound => &INPUT,
        };
        side.after(self, event)
    }

    /// The same while `secure_tcp` is at work (`ipvs.md` §3.4).
    #[must_use]
    pub fn after_secure(self, event: TcpEvent, direction: Direction, one_sided: bool) -> Self {
        let side = match direction {
            Direction::Outbound => &SECURE_OUTPUT,
            Direction::Inbound if one_sided => &SECURE_INPUT_ONLY,
            Direction::Inbound => &SECURE_INPUT,
        };
        side.after(self, event)
    }
}

impl Side {
    fn after(&self, state: TcpState, event: TcpEvent) -> TcpState {
        let row = match event {
            TcpEvent::Syn => &self.syn,
            TcpEvent::Fin => &self.fin,
            TcpEvent::Ack => &self.ack,
            TcpEvent::Rst => &self.rst,
            TcpEvent::Bare => return CL,
        };
        row[state as usize]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use Direction::{Inbound, Outbound};

    /// The fact sheet's table, as text.
    const TABLE: &str = "
        dir     event NO ES SS SR FW TW CL CW LA LI SA
        INPUT   SYN   SR ES ES SR SR SR SR SR SR SR SR
        INPUT   FIN   CL CW SS TW TW TW CL CW LA LI TW
        INPUT   ACK   ES ES SS ES FW TW CL CW CL LI ES
        INPUT   RST   CL CL CL SR CL CL CL CL LA LI SR
        OUTPUT  SYN   SS ES SS SR SS SS SS SS SS LI SR
        OUTPUT  FIN   TW FW SS TW FW TW CL TW LA LI TW
        OUTPUT  ACK   ES ES SS ES FW TW CL CW LA ES ES
        OUTPUT  RST   CL CL SS CL CL TW CL CL CL CL CL
        IN_ONLY SYN   SR ES ES SR SR SR SR SR SR SR SR
        IN_ONLY FIN   CL FW SS TW FW TW CL CW LA LI TW
        IN_ONLY ACK   ES ES SS ES FW TW CL CW CL LI ES
        IN_ONLY RST   CL CL CL SR CL CL CL CL LA LI CL
    ";

    fn state(word: &str) -> TcpState {
        let column = "NO ES SS SR FW TW CL CW LA LI SA".split(' ').position(|name| name == word).unwrap();
        TcpState::ALL[column]
    }

    #[test]
    fn every_cell_is_the_fact_sheets() {
        let mut lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty());
        let columns: Vec<TcpState> = lines.next().unwrap().split_whitespace().skip(2).map(state).collect();
        let mut cells = 0;
        for line in lines {
            let mut words = line.split_whitespace();
            let (direction, one_sided) = match words.next().unwrap() {
                "INPUT" => (Inbound, false),
                "OUTPUT" => (Outbound, false),
                _ => (Inbound, true),
            };
            let event = match words.next().unwrap() {
                "SYN" => TcpEvent::Syn,
                "FIN" => TcpEvent::Fin,
                "ACK" => TcpEvent::Ack,
                _ => TcpEvent::Rst,
            };
            for (from, to) in columns.iter().zip(words) {
                assert_eq!(from.after(event, direction, one_sided), state(to), "{from:?} in {line}");
                cells += 1;
            }
        }
        assert_eq!(cells, 12 * 11);
    }

    /// The cells that `secure_tcp` changes, and none but these.
    #[test]
    fn every_secure_cell_is_the_fact_sheets() {
        use TcpEvent::{Ack, Fin, Rst, Syn};
        let changed = |event, direction, one_sided, from: TcpState| match (direction, one_sided, event, from)
        {
            (Inbound, false, Syn | Fin | Ack, SA) => Some(SA),
            (Inbound, false, Ack, SR) => Some(SR),
            (Inbound, false, Rst, SA) => Some(CL),
            (Outbound, _, Syn, SR | SA) => Some(SA),
            (Inbound, true, Syn, NO | FW | TW | CL | CW | LA | LI | SA) => Some(SA),
            _ => None,
        };
        let mut differ = 0;
        for (direction, one_sided) in [(Inbound, false), (Inbound, true), (Outbound, false)] {
            for event in [Syn, Fin, Ack, Rst, TcpEvent::Bare] {
                for from in TcpState::ALL {
                    let plain = from.after(event, direction, one_sided);
                    let wanted = changed(event, direction, one_sided, from).unwrap_or(plain);
                    let secure = from.after_secure(event, direction, one_sided);
                    assert_eq!(secure, wanted, "{from:?} {event:?} {direction:?} {one_sided}");
                    differ += usize::from(secure != plain);
                }
            }
        }
        assert_eq!(differ, 15);
    }

    #[test]
    fn flags_in_their_order() {
        for (flags, event) in [
            (0x02, TcpEvent::Syn),
            (0x12, TcpEvent::Syn),
            (0x03, TcpEvent::Syn),
            (0x06, TcpEvent::Rst),
            (0x14, TcpEvent::Rst),
            (0x11, TcpEvent::Fin),
            (0x01, TcpEvent::Fin),
            (0x18, TcpEvent::Ack),
            (0x00, TcpEvent::Bare),
            (0x28, TcpEvent::Bare),
        ] {
            assert_eq!(TcpEvent::of_flags(flags), event, "{flags:#x}");
        }
    }

    #[test]
    fn a_segment_without_flags_closes() {
        for from in TcpState::ALL {
            for (direction, one_sided) in [(Inbound, false), (Inbound, true), (Outbound, false)] {
                assert_eq!(from.after(TcpEvent::Bare, direction, one_sided), CL);
            }
        }
    }

    fn life(one_sided: bool, packets: &[(TcpEvent, Direction)]) -> Vec<(TcpState, u32)> {
        let mut state = NO;
        let step = |(event, direction): &(TcpEvent, Direction)| {
            state = state.after(*event, *direction, one_sided);
            (state, state.seconds(&Timeouts::default()))
        };
        packets.iter().map(step).collect()
    }

    #[test]
    fn whole_lives() {
        use TcpEvent::{Ack, Fin, Rst, Syn};
        let opening = [(Syn, Inbound), (Syn, Outbound), (Ack, Inbound)];
        let nat = |end: &[(TcpEvent, Direction)]| life(false, &[&opening, end].concat());
        let opened = [(SR, 60), (SR, 60), (ES, 900)];
        assert_eq!(nat(&[(Fin, Inbound), (Fin, Outbound)]), [&opened[..], &[(CW, 60), (TW, 120)]].concat());
        assert_eq!(nat(&[(Fin, Outbound), (Fin, Inbound)]), [&opened[..], &[(FW, 120), (TW, 120)]].concat());
        assert_eq!(nat(&[(Rst, Inbound)]), [&opened[..], &[(CL, 10)]].concat());
        let direct_route = life(true, &[(Syn, Inbound), (Ack, Inbound), (Fin, Inbound), (Ack, Inbound)]);
        assert_eq!(direct_route, [(SR, 60), (ES, 900), (FW, 120), (FW, 120)]);
    }

    #[test]
    fn names_lives_and_activity() {
        let listed: Vec<_> =
            TcpState::ALL.iter().map(|state| (state.name(), state.seconds(&Timeouts::default()))).collect();
        assert_eq!(
            listed,
            [
                ("NONE", 2),
                ("ESTABLISHED", 900),
                ("SYN_SENT", 120),
                ("SYN_RECV", 60),
                ("FIN_WAIT", 120),
                ("TIME_WAIT", 120),
                ("CLOSE", 10),
                ("CLOSE_WAIT", 60),
                ("LAST_ACK", 30),
                ("LISTEN", 120),
                ("SYNACK", 120)
            ]
        );
        let active: Vec<_> = TcpState::ALL.iter().filter(|state| state.is_active()).collect();
        assert_eq!(active, [&ES, &SS, &SR, &SA]);
        for state in TcpState::ALL {
            assert_eq!(TcpState::from_number(state.number()), state);
        }
        assert_eq!(TcpState::from_number(11), NO);
        let set = Timeouts { tcp: 7, tcp_fin: 8, udp: 9 };
        assert_eq!(
            [ES, FW, TW].map(|state| state.seconds(&set)),
            [7, 8, 120],
            "--set changes two of TCP's lives"
        );
    }
}
