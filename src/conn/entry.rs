//! One connection: 64 bytes of plain old data.

use super::key::{Hashes, InboundKey, OutboundKey, from_bytes, to_bytes};
use super::sctp_state::SctpState;
use super::sequence;
use super::shard::NewConn;
use super::state::{self, Advance, Direction, Event};
use super::tcp_state::TcpState;
use crate::lvs::{Endpoint, ForwardingMethod, Protocol, Timeouts};
use crate::service::{Flow, ServerId};
use crate::time::Tick;
use crate::wire::transport::Octets;
use std::net::IpAddr;

/// Flags of a connection: IPVS's own bits (they travel in connection sync), and one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(transparent)]
pub struct ConnFlags(pub u16);

impl ConnFlags {
    /// The low three bits hold the forwarding method.
    pub const METHOD: u16 = 0x7;
    /// In the table.
    pub const HASHED: Self = Self(0x40);
    /// No packet of the real server was seen (direct routing and tunnelling: none will be).
    pub const NOOUTPUT: Self = Self(0x80);
    /// Counted as inactive on its real server.
    pub const INACTIVE: Self = Self(0x100);
    /// A persistence template.
    pub const TEMPLATE: Self = Self(0x1000);
    /// Ours: client and VIP are IPv6.
    pub const V6: Self = Self(0x8000);

    /// Are all bits of `flags` set?
    pub const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    const fn set(&mut self, flags: Self, on: bool) {
        if on {
            self.0 |= flags.0;
        } else {
            self.0 &= !flags.0;
        }
    }
}

/// One connection. Fixed layout, numbers instead of pointers: an arena of these can lie in a file.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Conn {
    client_addr: [u8; 16],
    virt_addr: [u8; 16],
    client_port: u16,
    virt_port: u16,
    real_port: u16,
    protocol: u8,
    state: u8,
    flags: ConnFlags,
    real_tag: u16,
    server: u32,
    last_seen: u32,
    /// In ticks.
    timeout: u32,
    in_pkts: u32,
    /// The octet that the client of a TCP connection sends next, or [`sequence::UNKNOWN`].
    client_next: u32,
}

const _: () = assert!(size_of::<Conn>() == 64 && align_of::<Conn>() == 4);

impl Conn {
    /// No connection: what an unused place of the arena holds.
    pub(super) const EMPTY: Self = Self {
        client_addr: [0; 16],
        virt_addr: [0; 16],
        client_port: 0,
        virt_port: 0,
        real_port: 0,
        protocol: Protocol::Tcp.number(),
        state: 0,
        flags: ConnFlags(0),
        real_tag: 0,
        server: u32::MAX,
        last_seen: 0,
        timeout: 0,
        in_pkts: 0,
        client_next: sequence::UNKNOWN,
    };

    /// As IPVS makes one: inactive, in state NONE, to live [`state::NEWBORN_SECONDS`].
    pub(super) fn new(flow: &Flow, new: &NewConn, hashes: &Hashes, now: Tick) -> Self {
        let (method, no_output) = match new.method {
            ForwardingMethod::Nat => (0, false),
            ForwardingMethod::Local => (1, true),
            ForwardingMethod::Tunnel => (2, true),
            ForwardingMethod::DirectRoute => (3, true),
            ForwardingMethod::Bypass => (4, true),
        };
        let mut flags = ConnFlags(method | ConnFlags::HASHED.0 | ConnFlags::INACTIVE.0);
        flags.set(ConnFlags::NOOUTPUT, no_output);
        flags.set(ConnFlags::V6, flow.client.addr.is_ipv6());
        Self {
            client_addr: to_bytes(flow.client.addr),
            virt_addr: to_bytes(flow.virt.addr),
            client_port: flow.client.port,
            virt_port: flow.virt.port,
            real_port: new.real.port,
            protocol: flow.protocol.number(),
            state: 0,
            flags,
            real_tag: hashes.real_tag(new.real.addr),
            server: new.server.0,
            last_seen: now.0,
            timeout: state::ticks(state::NEWBORN_SECONDS),
            in_pkts: 0,
            client_next: sequence::UNKNOWN,
        }
    }

    /// The transport protocol.
    pub fn protocol(&self) -> Protocol {
        Protocol::from_number(self.protocol).unwrap_or(Protocol::Tcp)
    }

    /// CIP and cport.
    pub fn client(&self) -> Endpoint {
        Endpoint::new(self.addr(self.client_addr), self.client_port)
    }

    /// VIP and vport.
    pub fn virt(&self) -> Endpoint {
        Endpoint::new(self.addr(self.virt_addr), self.virt_port)
    }

    /// The port on the real server.
    pub const fn rport(&self) -> u16 {
        self.real_port
    }

    /// The flow that it was opened for.
    pub fn flow(&self) -> Flow {
        Flow { protocol: self.protocol(), client: self.client(), virt: self.virt() }
    }

    /// Its real server's number.
    pub const fn server(&self) -> ServerId {
        ServerId(self.server)
    }

    /// How its packets reach the real server: settled when it was opened.
    pub const fn method(&self) -> ForwardingMethod {
        match self.flags.0 & ConnFlags::METHOD {
            0 => ForwardingMethod::Nat,
            1 => ForwardingMethod::Local,
            2 => ForwardingMethod::Tunnel,
            3 => ForwardingMethod::DirectRoute,
            _ => ForwardingMethod::Bypass,
        }
    }

    /// Its flags.
    pub const fn flags(&self) -> ConnFlags {
        self.flags
    }

    /// Is it counted as active on its real server?
    pub const fn is_active(&self) -> bool {
        !self.flags.has(ConnFlags::INACTIVE)
    }

    /// Packets from the client so far; wraps.
    pub const fn in_pkts(&self) -> u32 {
        self.in_pkts
    }

    /// TCP's state; `None` for other protocols.
    pub fn tcp_state(&self) -> Option<TcpState> {
        (self.protocol == Protocol::Tcp.number()).then(|| TcpState::from_number(self.state))
    }

    /// SCTP's state; `None` for other protocols.
    pub fn sctp_state(&self) -> Option<SctpState> {
        (self.protocol == Protocol::Sctp.number()).then(|| SctpState::from_number(self.state))
    }

    /// Ticks since its last packet.
    pub const fn idle_ticks(&self, now: Tick) -> u32 {
        now.since(Tick(self.last_seen))
    }

    /// The state's name as listings print it.
    pub fn state_name(&self) -> &'static str {
        state::name(self.protocol(), self.state)
    }

    /// A new SYN (SCTP: INIT) on it starts a new connection (`conn_reuse_mode`, `ipvs.md` §4.2, step 4b): any mode but 0:
    /// TCP in TIME_WAIT or CLOSE, SCTP in CLOSED; bit 2: also TCP in FIN_WAIT where only the client is seen.
    pub fn may_start_anew(&self, mode: i32) -> bool {
        let one_sided = self.flags.has(ConnFlags::NOOUTPUT);
        mode != 0
            && match self.protocol() {
                Protocol::Tcp => match TcpState::from_number(self.state) {
                    TcpState::TimeWait | TcpState::Close => true,
                    TcpState::FinWait => mode & 2 != 0 && one_sided,
                    _ => false,
                },
                Protocol::Sctp => SctpState::from_number(self.state) == SctpState::Closed,
                Protocol::Udp => false,
            }
    }

    /// What a TCP segment of the client says, if it is believed (see [`sequence`]); what it says of the sequence is kept.
    pub(super) fn judge(&mut self, event: Event, octets: Octets) -> Event {
        let (Event::Tcp(tcp) | Event::SecureTcp(tcp)) = event else { return event };
        let (is_believed, next) =
            sequence::judge(self.client_next, TcpState::from_number(self.state), tcp, octets);
        self.client_next = next;
        if is_believed { event } else { Event::Doubtful }
    }

    /// Whole seconds until it expires if nothing comes, rounded down.
    pub fn expires_seconds(&self, now: Tick) -> u32 {
        self.timeout.saturating_sub(now.since(Tick(self.last_seen))) / Tick::PER_SECOND
    }

    /// One packet: state, activity, life, count.
    pub(super) fn advance(
        &mut self,
        event: Event,
        direction: Direction,
        now: Tick,
        timeouts: &Timeouts,
    ) -> Advance {
        let protocol = self.protocol();
        // The first packet of the real server settles that this director sees both directions.
        if direction == Direction::Outbound {
            self.flags.set(ConnFlags::NOOUTPUT, false);
        } else {
            self.in_pkts = self.in_pkts.wrapping_add(1);
        }
        if event == Event::Doubtful {
            return Advance { activity: None };
        }
        let one_sided = self.flags.has(ConnFlags::NOOUTPUT);
        let next = state::next(protocol, self.state, event, direction, one_sided, timeouts);
        self.state = next.state;
        self.timeout = state::ticks(next.seconds);
        self.last_seen = now.0;
        if next.is_active == self.is_active() {
            return Advance { activity: None };
        }
        self.flags.set(ConnFlags::INACTIVE, !next.is_active);
        Advance { activity: Some(next.is_active) }
    }

    pub(super) const fn is_hashed(&self) -> bool {
        self.flags.has(ConnFlags::HASHED)
    }

    /// The first tick at which it is dead.
    pub(super) const fn deadline(&self) -> Tick {
        Tick(self.last_seen.wrapping_add(self.timeout))
    }

    pub(super) const fn is_due(&self, now: Tick) -> bool {
        now.since(Tick(self.last_seen)) >= self.timeout
    }

    pub(super) const fn inbound_key(&self) -> InboundKey {
        let ports = (self.client_port, self.virt_port);
        let is_v6 = self.flags.has(ConnFlags::V6);
        InboundKey::new(self.client_addr, self.virt_addr, ports, self.protocol, is_v6)
    }

    /// `None` for those whose replies are not looked for: all but NAT.
    pub(super) fn outbound_key(&self) -> Option<OutboundKey> {
        (self.flags.0 & ConnFlags::METHOD == 0).then_some(OutboundKey {
            client_addr: self.client_addr,
            client_port: self.client_port,
            real_port: self.real_port,
            real_tag: self.real_tag,
            protocol: self.protocol,
            is_v6: self.flags.has(ConnFlags::V6),
        })
    }

    fn addr(&self, bytes: [u8; 16]) -> IpAddr {
        from_bytes(bytes, self.flags.has(ConnFlags::V6))
    }
}

/// A connection as listings show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnView {
    /// The transport protocol.
    pub protocol: Protocol,
    /// State as IPVS names it: `ESTABLISHED`, `FIN_WAIT`, `UDP`, …
    pub state: &'static str,
    /// Whole seconds until it expires if nothing comes, rounded down.
    pub expires_seconds: u32,
    /// CIP and cport.
    pub client: Endpoint,
    /// VIP and vport.
    pub virt: Endpoint,
    /// The port on the real server.
    pub rport: u16,
    /// The real server's number.
    pub server: ServerId,
    /// How packets reach it.
    pub method: ForwardingMethod,
    /// Packets from the client.
    pub in_pkts: u32,
}

impl ConnView {
    pub(super) fn of(conn: &Conn, now: Tick) -> Self {
        Self {
            protocol: conn.protocol(),
            state: conn.state_name(),
            expires_seconds: conn.expires_seconds(now),
            client: conn.client(),
            virt: conn.virt(),
            rport: conn.rport(),
            server: conn.server(),
            method: conn.method(),
            in_pkts: conn.in_pkts(),
        }
    }
}
