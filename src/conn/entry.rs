//! One connection: 64 bytes of plain old data.

use super::heard::Heard;
use super::key::{Hashes, InboundKey, Kind, OutboundKey, from_bytes, to_bytes};
use super::kin::{TemplateKey, number_of};
use super::sctp_state::SctpState;
use super::sequence;
use super::shard::NewConn;
use super::side::{EngineData, SideData};
use super::state::{self, Direction, Event};
use super::tcp_state::TcpState;
use crate::lvs::{Endpoint, ForwardingMethod, Protocol, Timeouts};
use crate::service::{Flow, ServerId};
use crate::time::Tick;
use crate::wire::transport::Octets;
use std::net::IpAddr;
use std::sync::atomic::{Ordering::Release, compiler_fence};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Flags of a connection: IPVS's own bits (they travel in connection sync), and some of ours, in places that IPVS leaves
/// free ([`ConnFlags::OURS`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct ConnFlags(pub u16);

impl ConnFlags {
    /// The low three bits hold the forwarding method.
    pub const METHOD: u16 = 0x7;
    /// Another director told of it.
    pub const SYNC: Self = Self(0x20);
    /// In the table.
    pub const HASHED: Self = Self(0x40);
    /// No packet of the real server was seen (direct routing and tunnelling: none will be).
    pub const NOOUTPUT: Self = Self(0x80);
    /// Counted as inactive on its real server.
    pub const INACTIVE: Self = Self(0x100);
    /// Sequence numbers towards the client are shifted: see [`SideData::outbound`].
    pub const OUT_SEQ: Self = Self(0x200);
    /// Sequence numbers towards the real server are shifted: see [`SideData::inbound`].
    pub const IN_SEQ: Self = Self(0x400);
    /// The client's port is not known before its first packet.
    pub const NO_CPORT: Self = Self(0x800);
    /// A persistence template.
    pub const TEMPLATE: Self = Self(0x1000);
    /// Ours: found by nobody any more (a template whose real server takes no more, a parent whose flow began anew); it
    /// stays for its children and its time.
    pub const VOID: Self = Self(0x0008);
    /// Ours: its parent knows that it proved itself.
    pub const PROVED: Self = Self(0x0010);
    /// Ours: it has a parent.
    pub const CHILD: Self = Self(0x4000);
    /// Ours: client and VIP are IPv6.
    pub const V6: Self = Self(0x8000);
    /// All that are ours: not for others to see.
    pub const OURS: Self = Self(Self::VOID.0 | Self::PROVED.0 | Self::CHILD.0 | Self::V6.0);

    /// Are all bits of `flags` set?
    pub const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Is none of the bits of `flags` set?
    pub const fn has_none(self, flags: Self) -> bool {
        self.0 & flags.0 == 0
    }

    pub(super) const fn set(&mut self, flags: Self, on: bool) {
        if on {
            self.0 |= flags.0;
        } else {
            self.0 &= !flags.0;
        }
    }
}

/// What a new connection by this method begins with: inactive; what never sees a reply says so.
const fn flags_of(method: ForwardingMethod) -> ConnFlags {
    let (method, no_output) = match method {
        ForwardingMethod::Nat => (0, 0),
        ForwardingMethod::Local => (1, ConnFlags::NOOUTPUT.0),
        ForwardingMethod::Tunnel => (2, ConnFlags::NOOUTPUT.0),
        ForwardingMethod::DirectRoute => (3, ConnFlags::NOOUTPUT.0),
        // Of these IPVS expects replies as of NAT's.
        ForwardingMethod::Bypass => (4, 0),
    };
    ConnFlags(method | no_output | ConnFlags::HASHED.0 | ConnFlags::INACTIVE.0)
}

/// Are replies looked for by their real server: NAT's, but not those of templates?
pub(super) const fn has_replies(flags: ConnFlags) -> bool {
    flags.0 & (ConnFlags::METHOD | ConnFlags::TEMPLATE.0) == 0
}

/// FTP's control port.
const FTP: u16 = 21;

/// One connection: one cache line. Fixed layout, numbers instead of pointers: an arena of these can lie in a file.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct Conn {
    pub(super) client_addr: [u8; 16],
    pub(super) virt_addr: [u8; 16],
    pub(super) client_port: u16,
    pub(super) virt_port: u16,
    pub(super) real_port: u16,
    pub(super) protocol: u8,
    pub(super) state: u8,
    pub(super) flags: ConnFlags,
    pub(super) real_tag: u16,
    pub(super) server: u32,
    pub(super) last_seen: u32,
    /// In ticks.
    pub(super) timeout: u32,
    pub(super) in_pkts: u32,
    /// The octet that the client of a TCP connection sends next, or [`sequence::UNKNOWN`]. Of a template that is for what
    /// a persistence engine read: a hash of that, never 0.
    pub(super) client_next: u32,
}

const _: () = assert!(size_of::<Conn>() == 64 && align_of::<Conn>() == 64);

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
    #[inline]
    pub(super) fn new(flow: &Flow, new: &NewConn, hashes: &Hashes, now: Tick) -> Self {
        let (protocol, ends) = (flow.protocol.number(), (flow.client, flow.virt));
        Self::of(protocol, ends, flags_of(new.method), new, hashes, now)
    }

    /// A persistence template, which lives so many seconds if nothing is opened through it.
    pub(super) fn template(
        key: &TemplateKey,
        new: &NewConn,
        timeout_seconds: u32,
        hashes: &Hashes,
        now: Tick,
    ) -> Self {
        let mut flags = flags_of(new.method);
        flags.set(ConnFlags::TEMPLATE, true);
        let ends = (key.endpoint(), key.virt);
        let timeout = state::ticks(timeout_seconds);
        Self { timeout, ..Self::of(number_of(key.protocol), ends, flags, new, hashes, now) }
    }

    /// A template for what a persistence engine read, which is found by its hash besides.
    pub(super) const fn with_tag(mut self, tag: u16) -> Self {
        self.client_next = tag as u32;
        self
    }

    /// A connection that a helper expects: the client's, from any port where that is 0; or the server's.
    pub(super) fn expected(flow: &Flow, new: &NewConn, hashes: &Hashes, now: Tick) -> Self {
        let mut flags = flags_of(new.method);
        flags.set(ConnFlags::NO_CPORT, flow.client.port == 0);
        let (protocol, ends) = (flow.protocol.number(), (flow.client, flow.virt));
        Self {
            state: TcpState::Listen.number(),
            timeout: state::ticks(state::EXPECTED_SECONDS),
            ..Self::of(protocol, ends, flags, new, hashes, now)
        }
    }

    /// As another director told of it: what it has of its real server is what that is here.
    pub(super) fn heard(heard: &Heard, hashes: &Hashes, now: Tick) -> Self {
        let mut flags = flags_of(heard.new.method);
        for (flag, on) in [
            (ConnFlags::TEMPLATE, heard.is_template),
            (ConnFlags::NO_CPORT, heard.any_port),
            (ConnFlags::NOOUTPUT, heard.no_output),
            (ConnFlags::INACTIVE, !heard.is_active),
            (ConnFlags::SYNC, true),
        ] {
            flags.set(flag, on);
        }
        let ends = (heard.client, heard.virt);
        Self {
            state: heard.state,
            timeout: state::ticks(heard.timeout_seconds),
            in_pkts: heard.in_pkts,
            ..Self::of(number_of(heard.protocol), ends, flags, &heard.new, hashes, now)
        }
    }

    /// Another director tells of it again. How its activity changed.
    pub(super) fn hear(&mut self, heard: &Heard, now: Tick) -> Option<bool> {
        self.state = heard.state;
        self.timeout = state::ticks(heard.timeout_seconds);
        self.last_seen = now.0;
        if self.is_template() || heard.is_active == self.is_active() {
            return None;
        }
        self.flags.set(ConnFlags::INACTIVE, !heard.is_active);
        Some(heard.is_active)
    }

    /// It is as another director told of it: since then no packet of its client came here. Such begin with so many packets.
    pub(super) const fn is_only_heard_of(&self, packets: u32) -> bool {
        self.flags.has(ConnFlags::SYNC) && self.in_pkts == packets
    }

    #[inline]
    fn of(
        protocol: u8,
        (client, virt): (Endpoint, Endpoint),
        mut flags: ConnFlags,
        new: &NewConn,
        hashes: &Hashes,
        now: Tick,
    ) -> Self {
        flags.set(ConnFlags::V6, client.addr.is_ipv6());
        Self {
            client_addr: to_bytes(client.addr),
            virt_addr: to_bytes(virt.addr),
            client_port: client.port,
            virt_port: virt.port,
            real_port: new.real.port,
            protocol,
            state: 0,
            flags,
            // Only those whose replies are looked for have a tag.
            real_tag: if has_replies(flags) { hashes.real_tag(new.real.addr) } else { 0 },
            server: new.server.0,
            last_seen: now.0,
            timeout: state::ticks(state::NEWBORN_SECONDS),
            in_pkts: 0,
            client_next: sequence::UNKNOWN,
        }
    }

    /// The transport protocol; `None` for the template of a firewall mark, which is of IPVS's protocol 0 (`IP`).
    pub const fn protocol(&self) -> Option<Protocol> {
        Protocol::from_number(self.protocol)
    }

    /// The transport protocol's number; 0: IPVS's `IP`.
    pub(super) const fn protocol_number(&self) -> u8 {
        self.protocol
    }

    /// Its state's number, as IPVS has it.
    pub(super) const fn state_number(&self) -> u8 {
        self.state
    }

    /// How long it lives without a packet.
    pub(super) const fn timeout_ticks(&self) -> u32 {
        self.timeout
    }

    /// A template for what a persistence engine read.
    pub(super) const fn has_tag(&self) -> bool {
        self.is_template() && self.client_next != sequence::UNKNOWN
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

    /// Is it a persistence template?
    pub const fn is_template(&self) -> bool {
        self.flags.has(ConnFlags::TEMPLATE)
    }

    /// A template to which a connection has proved itself.
    pub const fn is_assured(&self) -> bool {
        self.is_template() && self.state == state::TEMPLATE_ASSURED
    }

    /// Its real server's number.
    pub const fn server(&self) -> ServerId {
        ServerId(self.server)
    }

    /// May a helper read along: a NAT connection to FTP's control port?
    pub const fn is_ftp_control(&self) -> bool {
        self.virt_port == FTP
            && self.protocol == Protocol::Tcp.number()
            && self.flags.0 & (ConnFlags::METHOD | ConnFlags::TEMPLATE.0) == 0
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

    /// TCP's state; `None` for other protocols and templates.
    pub fn tcp_state(&self) -> Option<TcpState> {
        (self.protocol == Protocol::Tcp.number() && !self.is_template())
            .then(|| TcpState::from_number(self.state))
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
        match self.protocol() {
            Some(protocol) if !self.is_template() => state::name(protocol, self.state),
            _ => state::template_name(self.state),
        }
    }

    /// A new SYN (SCTP: INIT) on it starts a new connection (`conn_reuse_mode`, `ipvs.md` §4.2, step 4b): any mode but 0:
    /// TCP in TIME_WAIT or CLOSE, SCTP in CLOSED; bit 2: also TCP in FIN_WAIT where only the client is seen. A
    /// child's flow stays with its real server.
    pub fn may_start_anew(&self, mode: i32) -> bool {
        let one_sided = self.flags.has(ConnFlags::NOOUTPUT);
        mode != 0
            && self.flags.has_none(ConnFlags::CHILD)
            && match self.protocol() {
                Some(Protocol::Tcp) => match TcpState::from_number(self.state) {
                    TcpState::TimeWait | TcpState::Close => true,
                    TcpState::FinWait => mode & 2 != 0 && one_sided,
                    _ => false,
                },
                Some(Protocol::Sctp) => SctpState::from_number(self.state) == SctpState::Closed,
                Some(Protocol::Udp) | None => false,
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

    /// One packet: state, activity, life, count. The second answer: it proved itself just now, and has a parent.
    pub(super) fn advance(
        &mut self,
        event: Event,
        direction: Direction,
        now: Tick,
        timeouts: &Timeouts,
    ) -> (Option<bool>, bool) {
        let protocol = self.protocol().unwrap_or(Protocol::Tcp);
        // The first packet of the real server settles that this director sees both directions.
        if direction == Direction::Outbound {
            self.flags.set(ConnFlags::NOOUTPUT, false);
        } else {
            self.in_pkts = self.in_pkts.wrapping_add(1);
        }
        match event {
            Event::Doubtful => return (None, false),
            Event::Follower => {
                self.last_seen = now.0;
                return (None, false);
            }
            _ => {}
        }
        let one_sided = self.flags.has(ConnFlags::NOOUTPUT);
        let next = state::next(protocol, self.state, event, direction, one_sided, timeouts);
        self.state = next.state;
        self.timeout = state::ticks(next.seconds);
        self.last_seen = now.0;
        let has_proved = self.flags.0 & (ConnFlags::CHILD.0 | ConnFlags::PROVED.0) == ConnFlags::CHILD.0
            && state::proves(protocol, self.state, direction);
        if has_proved {
            self.flags.set(ConnFlags::PROVED, true);
        }
        if next.is_active == self.is_active() {
            return (None, has_proved);
        }
        self.flags.set(ConnFlags::INACTIVE, !next.is_active);
        (Some(next.is_active), has_proved)
    }

    /// A TCP connection that is over, as after a reset: in state CLOSE, whatever it was in. The next packet sets its life.
    /// True if it was active.
    pub(super) fn abort(&mut self) -> bool {
        let was_active = self.is_active();
        self.state = TcpState::Close.number();
        self.flags.set(ConnFlags::INACTIVE, true);
        was_active
    }

    /// Life begins anew, as long as it was.
    pub(super) const fn renew(&mut self, now: Tick) {
        self.last_seen = now.0;
    }

    /// A parent whose time was over while it had children: a minute more from then on, and minutes for the rest of its
    /// life.
    pub(super) fn outlive(&mut self, now: Tick) {
        let ended = self.deadline();
        self.timeout = state::ticks(state::PARENT_SECONDS);
        self.last_seen = if now.since(ended) < self.timeout { ended.0 } else { now.0 };
    }

    /// Its client is real (templates only).
    pub(super) const fn assure(&mut self) {
        if self.is_template() {
            self.state = state::TEMPLATE_ASSURED;
        }
    }

    /// No request finds it any more. A template shows it by its ports, as IPVS does.
    pub(super) const fn make_void(&mut self) {
        self.flags.set(ConnFlags::VOID, true);
        if self.is_template() {
            self.virt_port = u16::MAX;
            self.real_port = u16::MAX;
        }
    }

    /// The port that its client chose.
    pub(super) const fn set_client_port(&mut self, port: u16) {
        self.client_port = port;
        self.flags.set(ConnFlags::NO_CPORT, false);
    }

    pub(super) const fn flags_mut(&mut self) -> &mut ConnFlags {
        &mut self.flags
    }

    /// Puts a connection into a place where there is none. The flag that says that it is one comes last: a process that is
    /// killed in between leaves a place whose reader can tell (`super::kept`).
    #[inline]
    pub(super) fn lay(&mut self, conn: &Self) {
        *self = Self { flags: ConnFlags(conn.flags.0 & !ConnFlags::HASHED.0), ..*conn };
        compiler_fence(Release);
        self.flags = conn.flags;
    }

    /// Takes the connection from a place: first the flag, for the same reason.
    #[inline]
    pub(super) fn vacate(&mut self) {
        self.flags = ConnFlags(0);
        compiler_fence(Release);
        *self = Self::EMPTY;
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
        let kind = self.kind();
        // A template has no client port.
        let first = match kind {
            Kind::Template => self.client_next.to_le_bytes(),
            Kind::Flow | Kind::AnyPort | Kind::Nobody => (self.client_port as u32).to_le_bytes(),
        };
        let [low, high, ..] = first;
        let ports = (u16::from_le_bytes([low, high]), self.virt_port);
        let is_v6 = self.flags.has(ConnFlags::V6);
        InboundKey::new(self.client_addr, self.virt_addr, ports, kind, self.protocol, is_v6)
    }

    const fn kind(&self) -> Kind {
        if self.flags.0 & (ConnFlags::TEMPLATE.0 | ConnFlags::NO_CPORT.0 | ConnFlags::VOID.0) == 0 {
            Kind::Flow
        } else if self.flags.has(ConnFlags::VOID) {
            Kind::Nobody
        } else if self.flags.has(ConnFlags::TEMPLATE) {
            Kind::Template
        } else {
            Kind::AnyPort
        }
    }

    /// The hash that it is filed under: that of its client's endpoint ([`Hashes::client`]).
    pub(super) fn client_hash(&self, hashes: &Hashes) -> u64 {
        hashes.client_bytes(self.protocol, self.client_addr, self.client_port, self.flags.has(ConnFlags::V6))
    }

    /// `None` for those whose replies are not looked for: all but NAT, and templates.
    pub(super) fn outbound_key(&self) -> Option<OutboundKey> {
        has_replies(self.flags).then_some(OutboundKey {
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnView {
    /// The transport protocol; `None`: a firewall mark's template (listed as `IP`).
    pub protocol: Option<Protocol>,
    /// State as IPVS names it: `ESTABLISHED`, `FIN_WAIT`, `UDP`, …; `NONE` or `ASSURED` for a template.
    pub state: &'static str,
    /// Whole seconds until it expires if nothing comes, rounded down.
    pub expires_seconds: u32,
    /// CIP and cport.
    pub client: Endpoint,
    /// VIP and vport; of a firewall mark's template, the mark as an address.
    pub virt: Endpoint,
    /// The port on the real server.
    pub rport: u16,
    /// The real server's number.
    pub server: ServerId,
    /// How packets reach it.
    pub method: ForwardingMethod,
    /// Packets from the client.
    pub in_pkts: u32,
    /// Another director told of it.
    pub is_heard_of: bool,
    /// What a persistence engine read (templates only).
    pub engine_data: EngineData,
}

impl ConnView {
    /// As of now, whether the wheel was here already or not.
    pub(super) fn of(conn: &Conn, children: u32, side: Option<&SideData>, now: Tick) -> Self {
        let mut conn = *conn;
        if children > 0 && conn.is_due(now) {
            conn.outlive(now);
        }
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
            is_heard_of: conn.flags().has(ConnFlags::SYNC),
            engine_data: side.map(|side| side.engine_data.clone()).unwrap_or_default(),
        }
    }
}
