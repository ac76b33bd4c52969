//! The door to the NIC over AF_PACKET rings: one worker's rings and what it sends by them.
//!
//! [`PacketIo::turn`] is one turn of a worker: take a sweep from one interface, show each frame, send everything that
//! was emitted with one system call per interface, give the frames back. An interface may have an AF_XDP socket beside its
//! ring ([`super::xdp`]): then they take turns.

use super::coalesce::{self, Coalescer};
use super::xdp::{self, Express};
use super::{Frame, FrameMeta, FrameSink, PacketType, SinkFull, VnetHeader};
use crate::lvs::PortId;
use crate::ring::xdp::{XskReceiver, XskSender, XskSweep};
use crate::ring::{FlushReport, Full, Gather, GatherList, LinkTrouble, PacketSocket, RxRing, Sweep};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::array;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Most interfaces that one worker serves.
pub const MAX_PORTS: usize = 16;

/// Messages to one interface in one sweep: 64 frames, each of which may become up to 16 segments.
const MESSAGES: usize = 1024;
/// Every so many waits that find frames ready, the kernel is asked all the same, so that a busy interface cannot hide
/// the wake-up or the other interfaces' errors for ever.
const LOOK_UP: u32 = 64;
/// While frames wait for room in a transmit ring, it is tried again so often.
const BACKLOG_WAIT: Duration = Duration::from_millis(1);
/// A wait is never longer, whatever is asked for: so the time always fits the system call.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// One worker's interfaces.
#[derive(Debug)]
pub struct PacketIo {
    rings: [Option<RxRing>; MAX_PORTS],
    express: [Option<XskReceiver>; MAX_PORTS],
    /// Interfaces whose ring has the next turn, if both have frames.
    ring_next: PortSet,
    outlets: [Option<Outlet>; MAX_PORTS],
    troubles: [Option<LinkTrouble>; MAX_PORTS],
    /// Interfaces whose error does not go away by being read: not polled again until they are replaced.
    stuck: PortSet,
    /// Frames lost by rings that have been replaced.
    past_drops: u64,
    past_bad_slots: u64,
    waits: u32,
    coalesces: bool,
}

/// The sending side of one interface: the same sockets as it receives by.
#[derive(Debug)]
struct Outlet {
    socket: PacketSocket,
    express: Option<XskSender>,
    gather: Gather,
    coalescer: Option<Coalescer>,
}

/// What happened in one turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Turn {
    /// Frames received and shown.
    pub frames: usize,
    /// True if they came by AF_XDP.
    pub is_express: bool,
    /// What became of the frames that were emitted.
    pub flush: FlushReport,
}

/// A set of interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PortSet(u16);

impl PortSet {
    /// True if the interface is in the set.
    pub const fn contains(self, port: PortId) -> bool {
        port.index() < MAX_PORTS && self.0 & (1 << port.0) != 0
    }

    /// True if no interface is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The interfaces in ascending order.
    pub fn iter(self) -> impl Iterator<Item = PortId> {
        (0..16).map(PortId).filter(move |port| self.contains(*port))
    }

    /// Adds one (of those below [`MAX_PORTS`]).
    fn insert(&mut self, port: PortId) {
        self.0 |= 1u16.checked_shl(u32::from(port.0)).unwrap_or(0);
    }

    fn remove(&mut self, port: PortId) {
        self.0 &= !1u16.checked_shl(u32::from(port.0)).unwrap_or(0);
    }
}

/// Why [`PacketIo::wait`] returned; nothing set means that the time was over (or a signal came).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Ready {
    /// Interfaces with frames to take.
    pub frames: PortSet,
    /// The worker was woken; the eventfd has been read. Never relied upon alone: with frames ready it is looked at in
    /// every 64th wait only, so a busy worker looks into its mailbox by itself.
    pub woken: bool,
    /// Interfaces in trouble: see [`PacketIo::trouble`].
    pub failed: PortSet,
}

/// All frames of a sweep, to look at before the first one's turn.
#[derive(Clone, Copy, Debug)]
pub enum Ahead<'s> {
    /// They came by the ring.
    Ring(&'s Sweep<'s>),
    /// They came by AF_XDP.
    Express(&'s XskSweep<'s>),
}

/// Where the frames of one sweep go: a list per interface.
#[derive(Debug)]
pub struct TxSet<'g, 'f> {
    ways: [Option<Way<'g, 'f>>; MAX_PORTS],
    /// What became of the messages that were sent before the sweep's end.
    report: FlushReport,
    group: u8,
}

/// What leaves by one interface.
#[derive(Debug)]
struct Way<'g, 'f> {
    list: GatherList<'g, 'f>,
    socket: &'g PacketSocket,
    coalescer: Option<&'g mut Coalescer>,
    express: Option<&'g mut XskSender>,
}

impl<'f> Way<'_, 'f> {
    /// Queues a message.
    fn push(&mut self, group: u8, vnet: &VnetHeader, head: &[u8], body: &'f [u8]) -> Result<(), Full> {
        let number = self.list.push(group, &vnet.to_raw(), head, body)?;
        if let Some(coalescer) = &mut self.coalescer {
            coalescer.note(&self.list, number, vnet, head, body);
        }
        Ok(())
    }

    /// Sends what is queued; it can be filled again.
    fn flush(&mut self) -> FlushReport {
        if let Some(express) = &mut self.express {
            return self.list.flush_by(express, self.socket.as_fd());
        }
        if let Some(coalescer) = &mut self.coalescer {
            coalescer.join(&mut self.list);
            coalescer.begin();
        }
        let report = self.list.flush(self.socket.as_fd());
        if let Some(coalescer) = &mut self.coalescer {
            coalescer.heed(report.kinds_refused);
        }
        report
    }
}

impl<'g> TxSet<'g, '_> {
    /// An empty list per interface.
    fn open(outlets: &'g mut [Option<Outlet>; MAX_PORTS]) -> Self {
        let mut ways = [const { None }; MAX_PORTS];
        for (outlet, way) in outlets.iter_mut().zip(&mut ways) {
            *way = outlet.as_mut().map(Outlet::open);
        }
        Self { ways, report: FlushReport::default(), group: 0 }
    }

    /// Sends what is listed, with one call per interface.
    fn close(mut self) -> FlushReport {
        for way in self.ways.iter_mut().flatten() {
            self.report.add(&way.flush());
        }
        self.report
    }
}

impl<'f> FrameSink<'f> for TxSet<'_, 'f> {
    fn emit(&mut self, port: PortId, vnet: &VnetHeader, head: &[u8], body: &'f [u8]) -> Result<(), SinkFull> {
        let way = self.ways.get_mut(port.index()).and_then(Option::as_mut).ok_or(SinkFull)?;
        if way.push(self.group, vnet, head, body).is_ok() {
            return Ok(());
        }
        // Super-frames that were cut into many segments fill a list before the sweep is over: make room.
        self.report.add(&way.flush());
        way.push(self.group, vnet, head, body).map_err(|_| SinkFull)
    }
}

impl PacketIo {
    /// A worker's rings, by [`PortId`]; at most [`MAX_PORTS`], further ones are closed.
    pub fn new(rings: Vec<Option<RxRing>>) -> Self {
        let mut rings = rings.into_iter();
        let rings: [Option<RxRing>; MAX_PORTS] = array::from_fn(|_| rings.next().flatten());
        let outlets = array::from_fn(|index| rings.get(index)?.as_ref().map(|ring| Outlet::of(ring, false)));
        Self {
            rings,
            express: [const { None }; MAX_PORTS],
            ring_next: PortSet::default(),
            outlets,
            troubles: [None; MAX_PORTS],
            stuck: PortSet::default(),
            past_drops: 0,
            past_bad_slots: 0,
            waits: 0,
            coalesces: false,
        }
    }

    /// Joins frames of one flow that leave in the same sweep to super-frames, on every interface; or does so no more. At
    /// first, they leave one by one.
    #[must_use]
    pub fn coalesce(mut self, coalesces: bool) -> Self {
        self.coalesces = coalesces;
        for outlet in self.outlets.iter_mut().flatten() {
            outlet.coalescer = coalesces.then(|| Coalescer::new(MESSAGES));
        }
        self
    }

    /// [`turn_ahead`](Self::turn_ahead) without a look ahead.
    pub fn turn(
        &mut self,
        port: PortId,
        budget: usize,
        each: impl for<'f> FnMut(Frame<'f>, &mut TxSet<'_, 'f>),
    ) -> Turn {
        self.turn_ahead(port, budget, |_| (), each)
    }

    /// Takes one sweep of at most `budget` frames (and at most [`crate::ring::MAX_SWEEP`]) from `port`, shows all of them to
    /// `ahead`, then each to `each`, sends what was emitted, with one call per interface, and gives the frames back.
    ///
    /// If `each` panics, nothing that was emitted is sent, the frames are given back, and the next turn starts afresh.
    pub fn turn_ahead(
        &mut self,
        port: PortId,
        budget: usize,
        ahead: impl FnOnce(Ahead<'_>),
        mut each: impl for<'f> FnMut(Frame<'f>, &mut TxSet<'_, 'f>),
    ) -> Turn {
        let mut turn = Turn::default();
        if self.is_express_next(port) {
            let Self { express, outlets, .. } = self;
            let Some(receiver) = express.get_mut(port.index()).and_then(Option::as_mut) else { return turn };
            let mut sweep = receiver.sweep(budget);
            ahead(Ahead::Express(&sweep));
            let mut out = TxSet::open(outlets);
            for bytes in sweep.frames() {
                xdp::finish_checksum(bytes);
                let meta = xdp::meta(port, bytes);
                each(Frame { bytes, meta }, &mut out);
                turn.frames += 1;
                out.group = out.group.wrapping_add(1); // as below
            }
            turn.flush = out.close();
            turn.is_express = true;
            return turn;
        }
        let Self { rings, outlets, .. } = self;
        let Some(ring) = rings.get_mut(port.index()).and_then(Option::as_mut) else { return turn };
        let mut sweep = ring.sweep(budget);
        if sweep.is_empty() {
            return turn;
        }
        ahead(Ahead::Ring(&sweep));
        let mut out = TxSet::open(outlets);
        for received in sweep.frames() {
            let meta = FrameMeta {
                port,
                packet_type: PacketType::from_raw(received.packet_type),
                vlan: received.vlan,
                wire_len: received.wire_len,
                vnet: VnetHeader::from_raw(received.vnet),
                stamp_ns: received.stamp_ns,
            };
            each(Frame { bytes: received.bytes, meta }, &mut out);
            turn.frames += 1;
            out.group = out.group.wrapping_add(1); // a sweep has at most 256 frames: each its own number
        }
        turn.flush = out.close();
        turn
    }

    /// Whether an interface's AF_XDP socket has the next turn: while both it and the ring have frames, they alternate.
    fn is_express_next(&mut self, port: PortId) -> bool {
        let is_ready = |express: &Option<XskReceiver>| express.as_ref().is_some_and(XskReceiver::is_ready);
        if !self.express.get(port.index()).is_some_and(is_ready) {
            return false;
        }
        let ring_is_ready =
            self.rings.get(port.index()).and_then(Option::as_ref).is_some_and(RxRing::is_ready);
        if ring_is_ready && self.ring_next.contains(port) {
            self.ring_next.remove(port);
            return false;
        }
        self.ring_next.insert(port);
        true
    }

    /// As [`turn`](Self::turn), but with what lies in the worker's own memory instead of a ring: at most 256 at once.
    pub fn send_all<'f, T>(
        &mut self,
        own: &'f mut [T],
        mut each: impl FnMut(&'f mut T, &mut TxSet<'_, 'f>),
    ) -> Turn {
        let mut turn = Turn::default();
        let mut out = TxSet::open(&mut self.outlets);
        for one in own {
            each(one, &mut out);
            turn.frames += 1;
            out.group = out.group.wrapping_add(1);
        }
        turn.flush = out.close();
        turn
    }

    /// Sends one frame that the worker itself makes, or had kept; nothing at all if the interface has no ring.
    /// The report says whether it went out.
    pub fn send(&mut self, port: PortId, vnet: &VnetHeader, frame: &[u8]) -> FlushReport {
        let Some(outlet) = self.outlets.get_mut(port.index()).and_then(Option::as_mut) else {
            return FlushReport::default();
        };
        let mut list = outlet.gather.list();
        match list.push(0, &vnet.to_raw(), &[], frame) {
            Ok(_) => list.flush(outlet.socket.as_fd()),
            Err(_) => FlushReport::default(),
        }
    }

    /// Blocks until a frame is ready on an interface, `wake` (an eventfd) is readable, an interface fails, or the time
    /// is over. A look at the rings comes first, which costs no system call.
    pub fn wait(&mut self, wake: BorrowedFd<'_>, at_most: Duration) -> Ready {
        let mut ready = Ready::default();
        self.look(&mut ready);
        let mut at_most = at_most;
        for sender in self.outlets.iter_mut().flatten().filter_map(|outlet| outlet.express.as_mut()) {
            if sender.has_backlog() {
                sender.kick();
                at_most = at_most.min(BACKLOG_WAIT);
            }
        }
        if !ready.frames.is_empty() {
            self.waits = self.waits.wrapping_add(1);
            if !self.waits.is_multiple_of(LOOK_UP) {
                return ready;
            }
            at_most = Duration::ZERO;
        }
        let woke = self.ask_kernel(wake, at_most, &mut ready);
        self.look(&mut ready);
        for port in woke.iter().filter(|port| !ready.frames.contains(*port)) {
            if let Some(ring) = self.rings.get_mut(port.index()).and_then(Option::as_mut) {
                ring.woken_for_nothing();
            }
        }
        ready
    }

    /// True if a frame is ready on some interface: looks into memory, no system call.
    pub fn has_frames(&self) -> bool {
        self.rings.iter().flatten().any(RxRing::is_ready)
            || self.express.iter().flatten().any(XskReceiver::is_ready)
    }

    /// Puts another ring, or none, in an interface's place. The old one is closed.
    pub fn replace(&mut self, port: PortId, ring: Option<RxRing>) {
        let index = port.index();
        let (Some(old), Some(outlet), Some(trouble)) =
            (self.rings.get_mut(index), self.outlets.get_mut(index), self.troubles.get_mut(index))
        else {
            return;
        };
        if let Some(old) = old {
            self.past_drops += old.kernel_drops();
            self.past_bad_slots += old.bad_slots();
        }
        if let Some(express) = self.express.get_mut(index).and_then(Option::take) {
            self.past_drops += express.drops();
            self.past_bad_slots += express.bad_descriptors();
            let sender = outlet.as_ref().and_then(|outlet| outlet.express.as_ref());
            self.past_bad_slots += sender.map_or(0, XskSender::bad_descriptors);
        }
        *outlet = ring.as_ref().map(|ring| Outlet::of(ring, self.coalesces));
        *old = ring;
        *trouble = None;
        self.stuck.remove(port);
    }

    /// Interfaces on which some kind of super-frame is no longer made since this was last asked, because the kernel refused
    /// it again and again. No frame was lost by it.
    pub fn take_given_up(&mut self) -> impl Iterator<Item = (PortId, &'static str)> {
        let coalescers = self.outlets.iter_mut().map(|outlet| outlet.as_mut()?.coalescer.as_mut());
        let given_up = (0..).map(PortId).zip(coalescers.map(|one| one.map_or(0, Coalescer::take_given_up)));
        given_up.flat_map(|(port, kinds)| coalesce::names(kinds).map(move |name| (port, name)))
    }

    /// Puts an AF_XDP socket beside an interface's ring, until that is replaced; without a ring it is closed.
    pub fn add_express(&mut self, port: PortId, express: Express) {
        let index = port.index();
        if let (Some(place), Some(Some(outlet))) = (self.express.get_mut(index), self.outlets.get_mut(index))
        {
            let (receiver, sender) = express;
            *place = Some(receiver);
            outlet.express = Some(sender);
        }
    }

    /// An interface's ring.
    pub fn ring_mut(&mut self, port: PortId) -> Option<&mut RxRing> {
        self.rings.get_mut(port.index())?.as_mut()
    }

    /// The last trouble that an interface's socket told of, since its ring was put in place. It is not withdrawn when
    /// the link is up again: the link's state comes by netlink.
    pub fn trouble(&self, port: PortId) -> Option<LinkTrouble> {
        *self.troubles.get(port.index())?
    }

    /// Frames lost so far because a ring was full, over all interfaces and their former rings.
    pub fn kernel_drops(&mut self) -> u64 {
        self.past_drops
            + self.rings.iter_mut().flatten().map(RxRing::kernel_drops).sum::<u64>()
            + self.express.iter().flatten().map(XskReceiver::drops).sum::<u64>()
    }

    /// Ring slots so far whose header made no sense: given back unread. Not 0 only if the kernel errs.
    pub fn bad_slots(&self) -> u64 {
        let senders = self.outlets.iter().flatten().filter_map(|outlet| outlet.express.as_ref());
        self.past_bad_slots
            + self.rings.iter().flatten().map(RxRing::bad_slots).sum::<u64>()
            + self.express.iter().flatten().map(XskReceiver::bad_descriptors).sum::<u64>()
            + senders.map(XskSender::bad_descriptors).sum::<u64>()
    }

    fn look(&self, ready: &mut Ready) {
        for (port, (ring, express)) in (0..).map(PortId).zip(self.rings.iter().zip(&self.express)) {
            let is_ready = ring.as_ref().is_some_and(RxRing::is_ready)
                || express.as_ref().is_some_and(XskReceiver::is_ready);
            if is_ready {
                ready.frames.insert(port);
            }
        }
    }

    /// Polls; the answer is the interfaces that the kernel says are readable.
    fn ask_kernel(&mut self, wake: BorrowedFd<'_>, at_most: Duration, ready: &mut Ready) -> PortSet {
        let mut readable = PortSet::default();
        let mut failed = PortSet::default();
        for (port, ring) in (0..).map(PortId).zip(&self.rings) {
            if ring.as_ref().is_some_and(RxRing::has_trouble) {
                failed.insert(port);
            }
        }
        let at_most = if failed.is_empty() { at_most.min(LONGEST_WAIT) } else { Duration::ZERO };
        {
            let mut ports = [PortId(0); MAX_PORTS];
            let mut polled: [PollFd<'_>; 2 * MAX_PORTS + 1] =
                array::from_fn(|_| PollFd::from_borrowed_fd(wake, PollFlags::IN));
            let running = (0..)
                .map(PortId)
                .zip(&self.rings)
                .filter_map(|(port, ring)| ring.as_ref().map(|ring| (port, ring)))
                .filter(|(port, _)| !self.stuck.contains(*port));
            let mut count = 0;
            for (((port, ring), poll), name) in running.zip(polled.iter_mut().skip(1)).zip(&mut ports) {
                *poll = PollFd::from_borrowed_fd(ring.as_fd(), PollFlags::IN);
                *name = port;
                count += 1;
            }
            // AF_XDP sockets are only waited for: what is ready is seen in memory, a link's troubles the ring tells.
            let express = self.express.iter().flatten();
            let mut others = 0;
            for (receiver, poll) in express.zip(polled.iter_mut().skip(1 + count)) {
                *poll = PollFd::from_borrowed_fd(receiver.as_fd(), PollFlags::IN);
                others += 1;
            }
            let (polled, _) = polled.split_at_mut(count + others + 1);
            let timeout =
                Timespec { tv_sec: at_most.as_secs().cast_signed(), tv_nsec: at_most.subsec_nanos().into() };
            if poll(polled, Some(&timeout)).is_err() {
                return readable; // EINTR: the caller comes again
            }
            ready.woken = polled.first().is_some_and(|wake| wake.revents().contains(PollFlags::IN));
            for (poll, port) in polled.iter().skip(1).take(count).zip(ports) {
                if poll.revents().contains(PollFlags::IN) {
                    readable.insert(port);
                }
                if poll.revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
                    failed.insert(port);
                }
            }
        }
        if ready.woken {
            // Nobody else reads it, so it does not block; and if it cannot be read there is nothing better to do.
            let _ = rustix::io::read(wake, &mut [0; 8]);
        }
        for port in failed.iter() {
            let trouble = self.ring_mut(port).and_then(RxRing::take_trouble);
            if trouble.is_none() {
                self.stuck.insert(port); // an error that cannot be read would wake us for ever
            }
            if let Some(place) = self.troubles.get_mut(port.index()) {
                *place = trouble.or(*place).or(Some(LinkTrouble::Other(0)));
            }
        }
        ready.failed = failed;
        readable
    }
}

impl Outlet {
    fn of(ring: &RxRing, coalesces: bool) -> Self {
        let coalescer = coalesces.then(|| Coalescer::new(MESSAGES));
        Self { socket: ring.socket(), express: None, gather: Gather::new(MESSAGES), coalescer }
    }

    /// A sweep's frames may come.
    fn open<'f>(&mut self) -> Way<'_, 'f> {
        let Self { socket, express, gather, coalescer } = self;
        // AF_XDP knows no super-frames.
        let coalescer = if express.is_some() { None } else { coalescer.as_mut() };
        let mut way = Way { list: gather.list(), socket, coalescer, express: express.as_mut() };
        if let Some(coalescer) = &mut way.coalescer {
            coalescer.begin(); // a sweep that failed has left its notes here
        }
        way
    }
}

impl VnetHeader {
    /// From the socket's bytes: host byte order, the kernel's legacy header.
    pub const fn from_raw(raw: [u8; Self::LEN]) -> Self {
        let [flags, gso_type, a, b, c, d, e, f, g, h] = raw;
        Self {
            flags,
            gso_type,
            hdr_len: u16::from_ne_bytes([a, b]),
            gso_size: u16::from_ne_bytes([c, d]),
            csum_start: u16::from_ne_bytes([e, f]),
            csum_offset: u16::from_ne_bytes([g, h]),
        }
    }

    /// The socket's bytes.
    pub const fn to_raw(&self) -> [u8; Self::LEN] {
        let [a, b] = self.hdr_len.to_ne_bytes();
        let [c, d] = self.gso_size.to_ne_bytes();
        let [e, f] = self.csum_start.to_ne_bytes();
        let [g, h] = self.csum_offset.to_ne_bytes();
        [self.flags, self.gso_type, a, b, c, d, e, f, g, h]
    }
}

impl PacketType {
    /// From `sll_pkttype`. What is unknown is taken for somebody else's.
    pub const fn from_raw(raw: u8) -> Self {
        match raw {
            0 => Self::Host,
            1 => Self::Broadcast,
            2 => Self::Multicast,
            4 => Self::Outgoing,
            _ => Self::OtherHost,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::ring::RingConfig;
    use crate::ring::fake::{FakeKernel, Slot};
    use rustix::event::{EventfdFlags, eventfd};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    const ONE: PortId = PortId(0);
    const TWO: PortId = PortId(1);

    fn two_ports() -> (FakeKernel, FakeKernel, PacketIo) {
        let config = RingConfig { ring_len: 128 << 10, ..RingConfig::default() };
        let (one, ring_one) = FakeKernel::new(&config, true);
        let (two, ring_two) = FakeKernel::new(&config, true);
        (one, two, PacketIo::new(vec![Some(ring_one), Some(ring_two)]))
    }

    fn reflect<'f>(frame: Frame<'f>, out: &mut TxSet<'_, 'f>) {
        out.emit(TWO, &frame.meta.vnet, b"outer ", frame.bytes).unwrap();
    }

    #[test]
    fn a_turn_receives_emits_and_flushes() {
        let (mut one, two, mut io) = two_ports();
        for _ in 0..3 {
            one.fill(&Slot { vnet: [1; 10], packet_type: 3, ..Slot::with(b"frame") });
        }
        let turn = io.turn(ONE, 64, |frame, out| {
            assert_eq!((frame.meta.port, frame.meta.packet_type), (ONE, PacketType::OtherHost));
            frame.bytes[0] = b'F';
            reflect(frame, out);
        });
        assert_eq!((turn.frames, turn.flush.sent, turn.flush.lost()), (3, 3, 0));
        for _ in 0..3 {
            assert_eq!(two.sent().unwrap(), [&[1; 10][..], b"outer Frame"].concat());
        }
        assert!(two.sent().is_none());
        assert_eq!(io.turn(ONE, 64, reflect), Turn::default());
    }

    #[test]
    fn a_panic_sends_nothing_and_spoils_nothing() {
        let (mut one, two, mut io) = two_ports();
        for _ in 0..64 {
            one.fill(&Slot::with(b"frame"));
        }
        let mut seen = 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            io.turn(ONE, 64, |frame, out| {
                seen += 1;
                assert!(seen < 10, "as meant");
                reflect(frame, out);
            })
        }));
        assert!(outcome.is_err());
        assert!(two.sent().is_none());
        assert!(one.fill(&Slot::with(b"next")));
        let turn = io.turn(ONE, 64, reflect);
        assert_eq!((turn.frames, turn.flush.sent), (1, 1));
        assert_eq!(two.sent().unwrap(), [&[0; 10][..], b"outer next"].concat());
    }

    #[test]
    fn a_turn_is_bounded_and_an_unknown_port_is_full() {
        let (mut one, _two, mut io) = two_ports();
        for _ in 0..64 {
            one.fill(&Slot::with(b"frame"));
        }
        let turn = io.turn(ONE, 10, |frame, out| {
            let vnet = frame.meta.vnet;
            assert_eq!(out.emit(PortId(2), &vnet, b"", &[]), Err(SinkFull));
            assert_eq!(out.emit(PortId(255), &vnet, b"", frame.bytes), Err(SinkFull));
        });
        assert_eq!((turn.frames, turn.flush), (10, FlushReport::default()));
        assert_eq!(io.turn(PortId(9), 10, reflect), Turn::default());
    }

    #[test]
    fn what_is_lost_is_counted_by_received_frame() {
        let (mut one, _two, mut io) = two_ports();
        let config = RingConfig { ring_len: 128 << 10, ..RingConfig::default() };
        let (deaf, ring) = FakeKernel::new(&config, true);
        drop(deaf);
        io.replace(TWO, Some(ring));
        for _ in 0..5 {
            one.fill(&Slot::with(b"frame"));
        }
        let turn = io.turn(ONE, 64, |frame, out| {
            let vnet = frame.meta.vnet;
            let bytes: &[u8] = frame.bytes;
            out.emit(TWO, &vnet, b"a", bytes).unwrap();
            out.emit(TWO, &vnet, b"b", bytes).unwrap();
        });
        assert_eq!((turn.frames, turn.flush.sent, turn.flush.lost()), (5, 0, 10));
        assert_eq!(turn.flush.groups_hit(), 5);
    }

    #[test]
    fn waiting_ends_by_frame_by_wake_and_by_time() {
        let (mut one, _two, mut io) = two_ports();
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).unwrap();
        assert_eq!(io.wait(wake.as_fd(), Duration::ZERO), Ready::default());
        rustix::io::write(&wake, &1u64.to_ne_bytes()).unwrap();
        let ready = io.wait(wake.as_fd(), Duration::MAX);
        assert!(ready.woken && ready.frames.is_empty());
        assert!(!io.wait(wake.as_fd(), Duration::ZERO).woken, "the eventfd was read");
        one.fill(&Slot::with(b"frame"));
        let ready = io.wait(wake.as_fd(), Duration::from_secs(60));
        assert!(ready.frames.contains(ONE) && !ready.frames.contains(TWO));
        assert_eq!(ready.frames.iter().collect::<Vec<_>>(), [ONE]);
    }

    #[test]
    fn a_busy_port_does_not_hide_the_wake_for_ever() {
        let (mut one, _two, mut io) = two_ports();
        let wake = eventfd(1, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).unwrap();
        one.fill(&Slot::with(b"frame"));
        let waits = (1..=64).position(|_| io.wait(wake.as_fd(), Duration::from_secs(60)).woken);
        assert!(waits.is_some());
    }

    #[test]
    fn an_error_that_stays_is_told_once_and_does_not_spin() {
        let (_one, two, mut io) = two_ports();
        drop(two); // the peer's hang-up is never taken back
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).unwrap();
        // A datagram socket tells of its peer's end by an error on sending first.
        let _ = io.send(TWO, &VnetHeader::default(), b"x");
        let told =
            (0..4).filter(|_| io.wait(wake.as_fd(), Duration::from_millis(1)).failed.contains(TWO)).count();
        assert!(told <= 2);
    }

    #[test]
    fn a_worker_may_take_its_door_along() {
        fn is_send<T: Send>() {}
        is_send::<PacketIo>();
    }

    #[test]
    fn the_virtio_header_survives_the_round_trip() {
        let raw = [1, 0x81, 3, 4, 5, 6, 7, 8, 9, 10];
        let header = VnetHeader::from_raw(raw);
        assert!(header.is_partial() && header.is_super());
        assert_eq!(header.gso_size, u16::from_ne_bytes([5, 6]));
        assert_eq!(header.to_raw(), raw);
    }
}
