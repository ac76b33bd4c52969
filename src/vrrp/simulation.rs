//! Several directors on a link without sockets and clocks: what comes of it when one dies, returns, is cut off or sleeps.
//!
//! Every packet goes through [`Post`] as bytes, and takes a millisecond. What is stated are moments, to the nanosecond.

use super::fixture::{SECOND, TENTH, instance, instance_v6, ip, now};
use super::{Action, Directed, Group, Input, Machine, Outgoing, Packet, Post, master_down, skew};
use crate::lvs::{Family, Role, VrrpAuth, VrrpInstance, VrrpVersion};
use std::net::IpAddr;
use std::time::{Duration, Instant};

const LATENCY: Duration = Duration::from_millis(1);

struct Node {
    group: Group,
    post: Post,
    /// Nothing is handed to it, neither packets nor time.
    is_asleep: bool,
    is_dead: bool,
    /// Who hears whom.
    side: u8,
    /// Packets that came while it slept.
    queue: Vec<Outgoing>,
    /// It has taken the addresses and not released them.
    holds: bool,
    /// Advertisements of a priority above 0.
    sent: usize,
}

struct Net {
    now: Instant,
    begun: Instant,
    nodes: Vec<Node>,
    /// When it arrives, and to whom.
    flying: Vec<(Instant, usize, Outgoing)>,
    /// Of 256 packets so many are lost.
    lost_of_256: u64,
    chance: u64,
    /// Since when more than one has held the addresses, and the longest time of it.
    double_since: Option<Instant>,
    longest_double: Duration,
}

impl Net {
    /// The first has the lowest address.
    fn new(instances: &[VrrpInstance]) -> Self {
        let now = now();
        let mut net = Self {
            now,
            begun: now,
            nodes: Vec::new(),
            flying: Vec::new(),
            lost_of_256: 0,
            chance: 0x9e37_79b9_7f4a_7c15,
            double_since: None,
            longest_double: Duration::ZERO,
        };
        for (index, instance) in instances.iter().enumerate() {
            let source = match instance.family {
                Family::V4 => ip(&format!("10.9.0.{}", index + 1)),
                Family::V6 => ip(&format!("fe80::{}", index + 1)),
            };
            let node = Node {
                group: Group::new(vec![Machine::new(instance, source)]),
                post: Post::new(instance, source),
                is_asleep: false,
                is_dead: false,
                side: 0,
                queue: Vec::new(),
                holds: false,
                sent: 0,
            };
            net.nodes.push(node);
        }
        for index in 0..net.nodes.len() {
            net.hand(index, Input::Start);
        }
        net
    }

    fn hand(&mut self, index: usize, input: Input) {
        let now = self.now;
        for directed in self.nodes[index].group.handle(None, input, now) {
            let Directed::Member(_, action) = directed else { continue };
            let node = &mut self.nodes[index];
            match action {
                Action::Take => assert!(!std::mem::replace(&mut node.holds, true)),
                Action::Release => assert!(std::mem::replace(&mut node.holds, false)),
                Action::Advertise { priority } => {
                    node.sent += usize::from(priority > 0);
                    let packets = node.post.write(priority);
                    self.send(index, packets);
                }
                _ => {}
            }
        }
        let holders = self.nodes.iter().filter(|node| node.holds && !node.is_dead && !node.is_asleep).count();
        match self.double_since {
            Some(since) if holders < 2 => {
                self.longest_double = self.longest_double.max(now - since);
                self.double_since = None;
            }
            None if holders > 1 => self.double_since = Some(now),
            _ => {}
        }
    }

    fn send(&mut self, from: usize, packets: Vec<Outgoing>) {
        for packet in packets {
            for to in 0..self.nodes.len() {
                // xorshift: the same every time.
                self.chance ^= self.chance << 13;
                self.chance ^= self.chance >> 7;
                self.chance ^= self.chance << 17;
                let is_lost = self.chance % 256 < self.lost_of_256;
                if to != from && self.nodes[to].side == self.nodes[from].side && !is_lost {
                    self.flying.push((self.now + LATENCY, to, packet.clone()));
                }
            }
        }
    }

    fn receive(&mut self, to: usize, outgoing: &Outgoing) {
        let from = outgoing_source(outgoing);
        let packet = match outgoing.to {
            IpAddr::V4(_) => Packet::of_v4(&outgoing.packet).unwrap(),
            IpAddr::V6(_) => Packet::of_v6(from, outgoing.to, outgoing.hops, outgoing.message()),
        };
        if let Ok(heard) = self.nodes[to].post.read(&packet) {
            let (priority, interval) = (heard.advert.priority, heard.advert.interval);
            self.hand(to, Input::Heard { from, priority, interval });
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let arrival = self.flying.iter().map(|(at, ..)| *at).min();
            let awake = || self.nodes.iter().filter(|node| !node.is_dead && !node.is_asleep);
            let timer = awake().filter_map(|node| node.group.deadline()).min();
            let Some(next) = arrival.into_iter().chain(timer).min().filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            // What has come is read before anybody looks at the time.
            while let Some(first) = self.flying.iter().position(|(at, ..)| *at <= self.now) {
                let (_, to, packet) = self.flying.remove(first);
                if self.nodes[to].is_asleep {
                    self.nodes[to].queue.push(packet);
                } else if !self.nodes[to].is_dead {
                    self.receive(to, &packet);
                }
            }
            for index in 0..self.nodes.len() {
                let node = &self.nodes[index];
                if !node.is_dead && !node.is_asleep && node.group.deadline().is_some_and(|at| at <= self.now)
                {
                    self.hand(index, Input::Timer);
                }
            }
        }
        self.now = end;
    }

    fn wake(&mut self, index: usize) {
        self.nodes[index].is_asleep = false;
        for packet in std::mem::take(&mut self.nodes[index].queue) {
            self.receive(index, &packet);
        }
        self.hand(index, Input::Timer);
    }

    /// As a director that was killed and started again.
    fn restart(&mut self, index: usize, instance: &VrrpInstance) {
        let source = self.nodes[index].post.source();
        self.nodes[index].group = Group::new(vec![Machine::new(instance, source)]);
        self.nodes[index].post = Post::new(instance, source);
        (self.nodes[index].is_dead, self.nodes[index].holds) = (false, false);
        self.hand(index, Input::Start);
    }

    fn masters(&self) -> Vec<usize> {
        let live = self.nodes.iter().enumerate().filter(|(_, node)| !node.is_dead);
        live.filter(|(_, node)| node.group.role() == Some(Role::Master)).map(|(index, _)| index).collect()
    }

    /// Nobody has been master together with another for longer than a packet needs.
    fn never_two(&self) {
        assert_eq!(self.double_since, None, "two are master");
        assert!(self.longest_double <= LATENCY, "two were master for {:?}", self.longest_double);
    }

    fn elapsed(&self) -> Duration {
        self.now - self.begun
    }
}

fn outgoing_source(outgoing: &Outgoing) -> IpAddr {
    match outgoing.to {
        IpAddr::V4(_) => <[u8; 4]>::try_from(&outgoing.packet[12..16]).unwrap().into(),
        IpAddr::V6(_) => <[u8; 16]>::try_from(&outgoing.packet[8..24]).unwrap().into(),
    }
}

/// Every kind of protocol, with and without preemption: pairs of which the first is the better one.
fn pairs() -> Vec<[VrrpInstance; 2]> {
    let mut pairs = Vec::new();
    for preempts in [true, false] {
        for auth in [VrrpAuth::None, VrrpAuth::Password(*b"1111\0\0\0\0"), VrrpAuth::Header(*b"secret\0\0")] {
            let one = |priority| VrrpInstance { auth, preempts, ..instance(VrrpVersion::V2, priority) };
            pairs.push([one(150), one(100)]);
        }
        for interval in [SECOND, TENTH, Duration::from_millis(50)] {
            let one = |priority| VrrpInstance { interval, preempts, ..instance(VrrpVersion::V3, priority) };
            pairs.push([one(150), one(100)]);
            let one = |priority| VrrpInstance { interval, preempts, ..instance_v6(priority) };
            pairs.push([one(150), one(100)]);
        }
    }
    pairs
}

fn waits(instance: &VrrpInstance) -> Duration {
    master_down(instance.version, instance.priority, instance.interval, 3)
}

#[test]
fn the_better_one_is_master_after_its_master_down_time() {
    for pair in pairs() {
        let mut net = Net::new(&pair);
        net.run(waits(&pair[0]) - Duration::from_nanos(1));
        assert_eq!(net.masters(), [0; 0]);
        net.run(Duration::from_nanos(1));
        assert_eq!(net.masters(), [0], "at {:?}", net.elapsed());
        net.run(pair[0].interval * 20);
        assert_eq!(net.masters(), [0]);
        assert_eq!(net.nodes[0].sent, 21);
        net.never_two();
        assert_eq!(net.nodes[1].post.counters().refused(), 0);
    }
}

/// Whenever the master dies, the other is master three intervals and its skew after the last advertisement that it heard.
#[test]
fn a_death_costs_three_intervals_and_the_skew() {
    for pair in pairs() {
        for phase in 0..5 {
            let mut net = Net::new(&pair);
            let lived = pair[0].interval * 10;
            net.run(waits(&pair[0]) + lived + pair[0].interval * phase / 5 + LATENCY);
            assert_eq!(net.masters(), [0]);
            net.nodes[0].is_dead = true;
            let heard = net.begun + waits(&pair[0]) + lived + LATENCY;
            let expected = heard + waits(&pair[1]);
            let until = expected - net.now;
            net.run(until - Duration::from_nanos(1));
            assert_eq!(net.masters(), [0; 0]);
            net.run(Duration::from_nanos(1));
            assert_eq!(net.masters(), [1]);
            assert!(until <= waits(&pair[1]), "{until:?}");
        }
    }
}

#[test]
fn a_farewell_costs_the_skew_alone() {
    for pair in pairs() {
        let mut net = Net::new(&pair);
        net.run(waits(&pair[0]) + pair[0].interval * 3 / 2);
        net.hand(0, Input::Stop);
        net.run(
            LATENCY + skew(pair[1].version, pair[1].priority, pair[1].interval) - Duration::from_nanos(1),
        );
        assert_eq!(net.masters(), [0; 0]);
        net.run(Duration::from_nanos(1));
        assert_eq!(net.masters(), [1]);
        net.never_two();
    }
}

/// Who returns takes over if he preempts, and lets be if not; at no time are there two.
#[test]
fn who_returns_preempts_or_not() {
    for pair in pairs() {
        let mut net = Net::new(&pair);
        net.run(waits(&pair[0]) * 2);
        net.nodes[0].is_dead = true;
        net.run(waits(&pair[1]) + pair[0].interval);
        assert_eq!(net.masters(), [1]);
        net.restart(0, &pair[0]);
        net.run(waits(&pair[0]) + LATENCY);
        assert_eq!(net.masters(), [usize::from(!pair[0].preempts)], "{pair:?}");
        net.run(pair[0].interval * 20);
        assert_eq!(net.masters().len(), 1);
        net.never_two();
    }
}

/// Cut apart, both are master; together again, the better one alone within an interval, and so it stays. Preemption does
/// not matter between two masters.
#[test]
fn a_heal_leaves_one_master() {
    for mut pair in pairs() {
        for (worse, phase) in [(100, 0), (100, 1), (100, 2), (150, 0), (150, 1), (150, 2)] {
            pair[1].priority = worse;
            let mut net = Net::new(&pair);
            net.run(waits(&pair[0]) + pair[0].interval * 2 + LATENCY);
            let first = net.masters();
            net.nodes[0].side = 1;
            net.run(waits(&pair[1]) + pair[0].interval * 4 + pair[0].interval * phase / 3);
            assert_eq!(net.masters(), [0, 1]);
            net.nodes[0].side = 0;
            net.run(pair[0].interval + LATENCY * 2);
            // Of equal ones, that with the higher address.
            let better = usize::from(worse == 150);
            assert_eq!(net.masters(), [better], "first {first:?}");
            net.longest_double = Duration::ZERO;
            net.run(pair[0].interval * 20);
            assert_eq!(net.masters(), [better]);
            net.never_two();
        }
    }
}

/// Of all packets a quarter is lost for a thousand intervals: there may be two masters meanwhile, but never for longer than
/// it takes until one packet gets through; and as soon as nothing is lost, there is one.
#[test]
fn loss_makes_no_lasting_split() {
    for pair in pairs() {
        let mut net = Net::new(&pair);
        net.lost_of_256 = 64;
        net.run(pair[0].interval * 1000);
        assert!(net.longest_double < pair[0].interval * 10, "{:?}", net.longest_double);
        net.lost_of_256 = 0;
        net.run(waits(&pair[1]) + pair[0].interval);
        assert_eq!(net.masters().len(), 1);
        net.longest_double = Duration::ZERO;
        net.run(pair[0].interval * 20);
        net.never_two();
    }
}

/// Who was stopped while he was master, and goes on when another has long been, does not advertise before he has heard
/// that; nor if nobody was there, before he has listened.
#[test]
fn who_overslept_listens_first() {
    for pair in pairs() {
        let mut net = Net::new(&pair);
        net.run(waits(&pair[0]) * 2);
        net.nodes[0].is_asleep = true;
        net.run(waits(&pair[1]) + pair[0].interval * 5);
        assert_eq!(net.masters(), [0, 1], "it still believes so");
        let sent = net.nodes[0].sent;
        net.wake(0);
        assert_eq!((net.nodes[0].holds, net.nodes[0].sent), (false, sent));
        assert_eq!(net.masters(), [1]);
        net.run(waits(&pair[0]) + LATENCY);
        assert_eq!(net.masters(), [usize::from(!pair[0].preempts)]);
        net.never_two();

        let mut alone = Net::new(&pair[..1]);
        alone.run(waits(&pair[0]) * 2);
        alone.nodes[0].is_asleep = true;
        alone.run(waits(&pair[0]));
        let sent = alone.nodes[0].sent;
        alone.wake(0);
        alone.run(pair[0].interval);
        assert_eq!((alone.masters(), alone.nodes[0].sent), (vec![], sent));
        alone.run(SECOND / 100);
        assert_eq!((alone.masters(), alone.nodes[0].sent), (vec![0], sent + 1));
    }
}

/// Five of them, the best dying one after the other: the next best follows each time.
#[test]
fn the_next_best_follows() {
    for version in [VrrpVersion::V2, VrrpVersion::V3] {
        let five: Vec<_> =
            [50, 250, 100, 200, 150].into_iter().map(|priority| instance(version, priority)).collect();
        let mut net = Net::new(&five);
        for best in [1, 3, 4, 2, 0] {
            net.run(waits(&five[best]) + five[best].interval);
            assert_eq!(net.masters(), [best]);
            net.nodes[best].is_dead = true;
        }
        net.never_two();
    }
}

/// A master with another interval is followed in version 3, and taken for dead by his own measure.
#[test]
fn the_master_s_interval_counts_in_version_3() {
    let fast = VrrpInstance { interval: TENTH, ..instance(VrrpVersion::V3, 150) };
    let slow = VrrpInstance { interval: SECOND, ..instance(VrrpVersion::V3, 100) };
    let mut net = Net::new(&[fast.clone(), slow]);
    net.run(SECOND * 2 + LATENCY);
    assert_eq!((net.masters(), net.nodes[1].group.members()[0].master_interval()), (vec![0], TENTH));
    net.nodes[0].is_dead = true;
    net.run(master_down(VrrpVersion::V3, 100, TENTH, 3));
    assert_eq!((net.masters(), net.nodes[1].group.members()[0].master_interval()), (vec![1], SECOND));
}
