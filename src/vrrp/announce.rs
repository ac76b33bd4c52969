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
