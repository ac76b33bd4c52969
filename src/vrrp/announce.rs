//! How neighbours learn where the addresses are: when, and in which frames.

use crate::lvs::{Announces, Mac};
use crate::wire::{ethernet, ndp};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

/// Why neighbours are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Burst {
    /// It has become master.
    Master,
    /// Another master of lower priority was heard: whoever believed him is to be told better.
    Lower,
}

/// When one virtual router's neighbours are told, and how often each time.
#[derive(Clone, Debug)]
pub struct Bursts {
    settings: Announces,
    /// Rounds that are still to come, with how often each address is told: at most one now, one later, one of refreshing.
    now: Option<(Instant, u32)>,
    later: Option<(Instant, u32)>,
    refresh: Option<(Instant, u32)>,
}

impl Bursts {
    /// Nothing is to be told yet.
    pub const fn new(settings: Announces) -> Self {
        Self { settings, now: None, later: None, refresh: None }
    }

    /// Begins, as [`super::Action::Announce`] wants it.
    pub fn begin(&mut self, why: Burst, now: Instant) {
        let Announces { repeat, delay, refresh, refresh_repeat, lower_repeat, lower_delay, .. } =
            self.settings;
        let (count, wait) = match why {
            Burst::Master => (repeat, delay),
            Burst::Lower => (lower_repeat, lower_delay),
        };
        self.now = (count > 0).then_some((now, count));
        // Advertisements that come again and again must not put it off for ever.
        self.later = self.later.or((count > 0 && !wait.is_zero()).then(|| (now + wait, count)));
        if why == Burst::Master {
            self.refresh =
                (!refresh.is_zero() && refresh_repeat > 0).then(|| (now + refresh, refresh_repeat));
        }
    }

    /// It is no longer master.
    pub fn end(&mut self) {
        (self.now, self.later, self.refresh) = (None, None, None);
    }

    /// When [`Bursts::due`] has something to say.
    pub fn deadline(&self) -> Option<Instant> {
        [self.now, self.later, self.refresh].into_iter().flatten().map(|(at, _)| at).min()
    }

    /// How often each address is to be told now; 0: not at all. Rounds that fall together are one, the larger.
    pub fn due(&mut self, now: Instant) -> u32 {
        let is_due = |round: &Option<(Instant, u32)>| round.is_some_and(|(at, _)| now >= at);
        let mut count = 0;
        for round in [&mut self.now, &mut self.later] {
            if is_due(round) {
                count = count.max(round.take().map_or(0, |(_, times)| times));
            }
        }
        if let Some((at, times)) = self.refresh.filter(|_| is_due(&self.refresh)) {
            count = count.max(times);
            // In step with the first one, unless it slept for longer.
            let next = at + self.settings.refresh;
            self.refresh = Some((if next > now { next } else { now + self.settings.refresh }, times));
        }
        count
    }
}

/// What waits to be told on one interface, of all its virtual routers, at the pace that it is allowed.
#[derive(Clone, Debug)]
pub struct Line {
    pause: Duration,
    /// The next one goes no sooner.
    free_at: Option<Instant>,
    /// Whose, and which address.
    waiting: VecDeque<(usize, IpAddr)>,
}

impl Line {
    /// `pause`: between two messages, see [`Announces::pause`].
    pub const fn new(pause: Duration) -> Self {
        Self { pause, free_at: None, waiting: VecDeque::new() }
    }

    /// Tells these addresses so often, in rounds, in place of what still waits of the same virtual router.
    pub fn fill(&mut self, owner: usize, addresses: &[IpAddr], times: u32) {
        self.clear(owner);
        for _ in 0..times {
            self.waiting.extend(addresses.iter().map(|addr| (owner, *addr)));
        }
    }

    /// Nothing more of this virtual router: it is no longer master.
    pub fn clear(&mut self, owner: usize) {
        self.waiting.retain(|(of, _)| *of != owner);
    }

    /// When [`Line::next`] has something: `None` if nothing waits. May be in the past.
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        (!self.waiting.is_empty()).then(|| self.free_at.unwrap_or(now))
    }

    /// Whose and which address is to be told now, if any. To be called until it says `None`.
    pub fn next(&mut self, now: Instant) -> Option<(usize, IpAddr)> {
        if self.free_at.is_some_and(|at| now < at) {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.free_at = (!self.pause.is_zero()).then(|| now + self.pause);
        Some(next)
    }
}

/// Which ARP packets tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ArpKind {
    /// Requests, as keepalived's.
    #[default]
    Request,
    /// Replies, as Piranha's `send_arp`'s.
    Reply,
}

/// The frame that tells everybody that `vip` is at `mac`: a gratuitous ARP packet, or an unsolicited neighbour
/// advertisement that overrides what was known. `is_router`: the host forwards IPv6.
pub fn frame(vip: IpAddr, mac: Mac, kind: ArpKind, is_router: bool) -> Vec<u8> {
    match vip {
        IpAddr::V4(vip) => arp(vip, mac, kind).to_vec(),
        IpAddr::V6(vip) => ndp::announcement(vip, mac, is_router).to_vec(),
    }
}

const ARP_LEN: usize = ethernet::LEN + 28;

/// As keepalived's and Piranha's, with everybody's MAC as target's, which RFC 5227 leaves open.
fn arp(vip: Ipv4Addr, mac: Mac, kind: ArpKind) -> [u8; ARP_LEN] {
    let operation = match kind {
        ArpKind::Request => 1,
        ArpKind::Reply => 2,
    };
    let mut frame = [0; ARP_LEN];
    let (head, packet) = frame.split_at_mut(ethernet::LEN);
    head.copy_from_slice(&ethernet::header(Mac::BROADCAST, mac, ethernet::Kind::Arp));
    // Ethernet, IPv4, and the lengths of their addresses.
    packet[..8].copy_from_slice(&[0, 1, 8, 0, 6, 4, 0, operation]);
    packet[8..14].copy_from_slice(&mac.0);
    packet[14..18].copy_from_slice(&vip.octets());
    packet[18..24].copy_from_slice(&Mac::BROADCAST.0);
    packet[24..].copy_from_slice(&vip.octets());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vrrp::fixture::{ip, now};
    use crate::wire::{arp as arp_reader, icmp, ip as ip_reader};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn five_at_once_and_five_later() {
        let begun = now();
        let mut bursts = Bursts::new(Announces::default());
        assert_eq!((bursts.deadline(), bursts.due(begun)), (None, 0));
        bursts.begin(Burst::Master, begun);
        assert_eq!((bursts.deadline(), bursts.due(begun)), (Some(begun), 5));
        assert_eq!((bursts.deadline(), bursts.due(begun)), (Some(begun + 5 * SECOND), 0));
        assert_eq!(bursts.due(begun + 5 * SECOND - Duration::from_nanos(1)), 0);
        assert_eq!((bursts.due(begun + 5 * SECOND), bursts.deadline()), (5, None));
    }

    #[test]
    fn refreshing_goes_on_for_as_long_as_it_is_master() {
        let begun = now();
        let settings = Announces { refresh: 10 * SECOND, refresh_repeat: 2, ..Announces::default() };
        let mut bursts = Bursts::new(settings);
        bursts.begin(Burst::Master, begun);
        assert_eq!((bursts.due(begun), bursts.due(begun + 5 * SECOND)), (5, 5));
        assert_eq!((bursts.due(begun + 10 * SECOND), bursts.due(begun + 19 * SECOND)), (2, 0));
        assert_eq!(bursts.due(begun + 20 * SECOND), 2);
        // Late: once, and not for each that was missed.
        assert_eq!(bursts.due(begun + 95 * SECOND), 2);
        assert_eq!(bursts.deadline(), Some(begun + 105 * SECOND));
        bursts.end();
        assert_eq!((bursts.deadline(), bursts.due(begun + 200 * SECOND)), (None, 0));
    }

    #[test]
    fn lower_ones_have_numbers_of_their_own_and_do_not_put_off() {
        let begun = now();
        let settings = Announces { lower_repeat: 2, lower_delay: 3 * SECOND, ..Announces::default() };
        let mut bursts = Bursts::new(settings);
        bursts.begin(Burst::Lower, begun);
        assert_eq!(bursts.due(begun), 2);
        bursts.begin(Burst::Lower, begun + 2 * SECOND);
        assert_eq!(bursts.due(begun + 2 * SECOND), 2);
        assert_eq!((bursts.due(begun + 3 * SECOND), bursts.deadline()), (2, None));
        let mut none = Bursts::new(Announces { lower_repeat: 0, ..settings });
        none.begin(Burst::Lower, begun);
        assert_eq!(none.deadline(), None);
        let mut at_once = Bursts::new(Announces { delay: Duration::ZERO, ..settings });
        at_once.begin(Burst::Master, begun);
        assert_eq!((at_once.due(begun), at_once.deadline()), (5, None));
    }

    #[test]
    fn a_line_keeps_its_pause_for_all() {
        let begun = now();
        let mut line = Line::new(SECOND);
        let (a, b, c) = (ip("10.9.0.100"), ip("10.9.0.101"), ip("10.9.0.102"));
        line.fill(0, &[a, b], 2);
        line.fill(1, &[c], 1);
        assert_eq!((line.deadline(begun), line.next(begun)), (Some(begun), Some((0, a))));
        assert_eq!((line.deadline(begun), line.next(begun)), (Some(begun + SECOND), None));
        assert_eq!(line.next(begun + SECOND), Some((0, b)));
        line.clear(0);
        assert_eq!(line.next(begun + 2 * SECOND - Duration::from_nanos(1)), None);
        assert_eq!(line.next(begun + 2 * SECOND), Some((1, c)));
        assert_eq!((line.deadline(begun), line.next(begun + 9 * SECOND)), (None, None));
        // A new burst is in place of the old one: what waits is bounded.
        for _ in 0..1000 {
            line.fill(0, &[a, b], 5);
        }
        let mut quick = Line::new(Duration::ZERO);
        quick.fill(0, &[a, b], 5);
        let order: Vec<_> = std::iter::from_fn(|| quick.next(begun)).map(|(_, addr)| addr).collect();
        assert_eq!(order, [a, b].repeat(5));
        assert_eq!(line.waiting.len(), 10);
    }

    #[test]
    fn frames_are_as_keepalived_s_and_piranha_s() {
        let mac = Mac([2, 0, 0, 0, 0, 1]);
        let request = frame(ip("10.9.0.100"), mac, ArpKind::Request, false);
        // From a capture of keepalived 2.2.7.
        let expected = "ffffffffffff020000000001080600010800060400010200000000010a090064ffffffffffff0a090064";
        let hex: String = request.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
        let reply = frame(ip("10.9.0.100"), mac, ArpKind::Reply, false);
        let read = arp_reader::read(&reply[14..]).unwrap();
        assert_eq!((read.is_request, read.sender, read.target), (false, read.target, read.sender));
        let six = frame(ip("fd00:9::100"), mac, ArpKind::Request, true);
        let head = ip_reader::read_v6(&six[14..]).unwrap();
        assert!(icmp::checksum_is_right(&head, &six[54..]));
        assert_eq!((head.destination, six[54], six[58]), (ip("ff02::1"), 136, 0xa0));
    }
}
