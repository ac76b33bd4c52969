//! Which flow has its turn, and whose address and port it has.

use super::spec::{CLIENT_PORTS, MOST_CLIENTS, Order, Traffic};
use crate::frames::Turns;
use std::net::Ipv4Addr;

/// Where the lab's own clients live: 10.64.0.0/10, which is nobody's in its network.
const CLIENTS: u32 = 0x0a40_0000;
/// The first port of a client.
const FIRST_PORT: u16 = 1024;

/// The addresses and ports of one kind of traffic's flows.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    first: u32,
    clients: u64,
    first_port: u16,
    ports: u64,
}

/// How many ports of a client each kind of traffic has, where they all come from the same addresses.
pub fn ports_each(kinds: usize) -> u32 {
    let all = u32::from(u16::MAX) + 1 - u32::from(FIRST_PORT);
    (all / u32::try_from(kinds.max(1)).unwrap_or(all)).min(CLIENT_PORTS)
}

impl Addresses {
    /// In the lab's own network, of the kind of this number: each has addresses of its own.
    pub fn own(number: usize, clients: u32) -> Self {
        let first = CLIENTS + MOST_CLIENTS * u32::try_from(number).unwrap_or(0);
        Self { first, clients: clients.into(), first_port: FIRST_PORT, ports: CLIENT_PORTS.into() }
    }

    /// In a network that has these addresses for all kinds: each has ports of its own.
    pub fn shared((first, count): (Ipv4Addr, u32), clients: u32, number: usize, kinds: usize) -> Self {
        let ports = ports_each(kinds);
        let skip = u16::try_from(ports * u32::try_from(number).unwrap_or(0)).unwrap_or(0);
        let clients = u64::from(count.min(clients).max(1));
        Self { first: first.into(), clients, first_port: FIRST_PORT + skip, ports: ports.into() }
    }

    /// Those of a flow. Beyond clients × ports they come again.
    pub fn of(&self, flow: u64) -> (Ipv4Addr, u16) {
        let client = self.first.wrapping_add((flow % self.clients) as u32);
        let port = self.first_port + (flow / self.clients % self.ports) as u16;
        (client.into(), port)
    }
}

/// A packet's place in its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The flow's number; none comes again that ended.
    pub flow: u64,
    /// Where the flow is kept.
    pub slot: usize,
    /// The flow begins with it.
    pub is_first: bool,
}

/// The flows of one kind of traffic.
#[derive(Debug)]
pub struct Flows {
    /// The flow of each slot; none: every packet begins one.
    slots: Vec<Slot>,
    order: Order,
    turns: Turns,
    /// The slot of a run, and how many packets are left of it.
    run: (usize, u32),
    dice: u64,
    /// The number of the next flow that begins in the place of another.
    fresh: u64,
    /// The next slot whose flow ends.
    next_to_end: usize,
    /// Flows that shall end now.
    due: u64,
    /// How many have begun so far.
    begun: u64,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    flow: u64,
    /// Bytes of its stream that were sent, modulo 2^32.
    bytes: u32,
    has_begun: bool,
}

impl Flows {
    /// Those of this kind of traffic.
    pub fn new(traffic: &Traffic) -> Self {
        let count = traffic.flows.unwrap_or(0);
        let slot = |flow| Slot { flow, bytes: 0, has_begun: false };
        let Order::Random(dice) = traffic.order else { return Self::with(traffic, count, slot, 0) };
        Self::with(traffic, count, slot, dice)
    }

    fn with(traffic: &Traffic, count: u32, slot: impl Fn(u64) -> Slot, dice: u64) -> Self {
        Self {
            slots: (0..u64::from(count)).map(slot).collect(),
            order: traffic.order,
            turns: Turns::new(0..u64::from(count.max(1))),
            run: (0, 0),
            dice,
            fresh: count.into(),
            next_to_end: 0,
            due: 0,
            begun: 0,
        }
    }

    /// How many there are at a time; 0: every packet begins one.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// How many have begun so far.
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// Lets so many end; others begin in their place with the next packets.
    pub fn end(&mut self, count: u64) {
        self.due += count;
    }

    /// The next packet's.
    pub fn take(&mut self) -> Turn {
        if self.slots.is_empty() {
            return self.begin(0);
        }
        if self.due > 0 {
            self.due -= 1;
            let slot = self.next_to_end;
            self.next_to_end = (slot + 1) % self.slots.len();
            return self.begin(slot);
        }
        let slot = self.choose();
        self.of(slot)
    }

    /// The first packet of the flow in this slot, once more if it has begun.
    pub fn open(&mut self, slot: usize) -> Turn {
        Turn { is_first: true, ..self.of(slot % self.slots.len().max(1)) }
    }

    /// Counts so many bytes of the flow's stream; returns how many there were before.
    pub fn advance(&mut self, slot: usize, bytes: usize) -> u32 {
        let Some(slot) = self.slots.get_mut(slot) else { return 0 };
        let before = slot.bytes;
        slot.bytes = before.wrapping_add(bytes as u32);
        before
    }

    fn of(&mut self, slot: usize) -> Turn {
        let Some(entry) = self.slots.get_mut(slot) else { return self.begin(slot) };
        let is_first = !entry.has_begun;
        entry.has_begun = true;
        self.begun += u64::from(is_first);
        Turn { flow: entry.flow, slot, is_first }
    }

    fn begin(&mut self, slot: usize) -> Turn {
        let flow = self.fresh;
        self.fresh += 1;
        self.begun += 1;
        if let Some(entry) = self.slots.get_mut(slot) {
            *entry = Slot { flow, bytes: 0, has_begun: true };
        }
        Turn { flow, slot, is_first: true }
    }

    fn choose(&mut self) -> usize {
        match self.order {
            Order::Turn => self.turns.take().0 as usize,
            Order::Runs(len) => {
                if self.run.1 == 0 {
                    self.run = (self.turns.take().0 as usize, len);
                }
                self.run.1 -= 1;
                self.run.0
            }
            Order::Random(_) => (throw(&mut self.dice) % self.slots.len() as u64) as usize,
        }
    }
}

/// The next number of a sequence that looks like chance (SplitMix64).
fn throw(dice: &mut u64) -> u64 {
    *dice = dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut number = *dice;
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Numbers in proportion to their weights, as evenly as can be, as long as it takes until it begins anew.
pub fn evenly(weights: &[u32]) -> Vec<u8> {
    let total: i64 = weights.iter().copied().map(i64::from).sum();
    let divisor = weights.iter().fold(0, |divisor, weight| gcd(divisor, i64::from(*weight))).max(1);
    let mut credits = vec![0; weights.len()];
    let next = || {
        for (credit, weight) in credits.iter_mut().zip(weights) {
            *credit += i64::from(*weight);
        }
        // The first of those that have most.
        let chosen = (0..credits.len()).rev().max_by_key(|number| credits[*number]).unwrap_or(0);
        credits[chosen] -= total;
        chosen as u8
    };
    std::iter::repeat_with(next).take((total / divisor) as usize).collect()
}

const fn gcd(mut a: i64, mut b: i64) -> i64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::super::spec::Kind;
    use super::*;
    use std::collections::BTreeSet;

    fn traffic(flows: Option<u32>, order: Order) -> Traffic {
        Traffic {
            kind: Kind::Udp,
            sizes: vec![(64, 1)],
            flows,
            order,
            new_per_second: None,
            port: 9,
            share: 1,
            clients: 3,
        }
    }

    #[test]
    fn every_flow_has_an_end_of_its_own() {
        for addresses in [
            Addresses::own(15, 3),
            Addresses::shared((Ipv4Addr::new(10, 9, 0, 1), 254), 3, 1, 2),
            Addresses::shared((Ipv4Addr::new(10, 9, 0, 1), 1), 3, 15, 16),
        ] {
            let all: BTreeSet<_> = (0..3000).map(|flow| addresses.of(flow)).collect();
            assert_eq!(all.len(), 3000);
        }
        let (first, second) = (Addresses::own(0, MOST_CLIENTS), Addresses::own(1, 1));
        assert!(first.of(u64::from(MOST_CLIENTS) - 1).0 < second.of(0).0);
        let network = (Ipv4Addr::new(10, 9, 0, 1), 1);
        let ports = |number| {
            let addresses = Addresses::shared(network, 1, number, 2);
            (0..u64::from(ports_each(2))).map(move |flow| addresses.of(flow).1).collect::<BTreeSet<_>>()
        };
        assert!(ports(0).is_disjoint(&ports(1)));
    }

    #[test]
    fn orders_are_what_they_are_called() {
        let mut turn = Flows::new(&traffic(Some(5), Order::Turn));
        let taken: Vec<_> = (0..10).map(|_| turn.take()).collect();
        let firsts = taken.iter().filter(|turn| turn.is_first).count();
        assert_eq!((firsts, turn.begun()), (5, 5));
        assert_eq!(taken[..5].iter().map(|turn| turn.flow).collect::<BTreeSet<_>>().len(), 5);
        let mut runs = Flows::new(&traffic(Some(5), Order::Runs(3)));
        let taken: Vec<_> = (0..6).map(|_| runs.take().flow).collect();
        assert!(taken[0] == taken[2] && taken[3] == taken[5] && taken[0] != taken[3], "{taken:?}");
        let random = |seed| {
            let mut flows = Flows::new(&traffic(Some(50), Order::Random(seed)));
            (0..100).map(|_| flows.take().flow).collect::<Vec<_>>()
        };
        assert_eq!(random(7), random(7));
        assert_ne!(random(7), random(8));
        let mut new = Flows::new(&traffic(None, Order::Turn));
        let taken: Vec<_> = (0..3).map(|_| new.take()).collect();
        assert!(taken.iter().all(|turn| turn.is_first));
        assert_eq!((new.begun(), taken[2].flow), (3, 2));
    }

    #[test]
    fn flows_that_end_are_followed_by_new_ones_at_once() {
        let mut flows = Flows::new(&traffic(Some(4), Order::Turn));
        assert_eq!((0..4).filter(|_| flows.take().is_first).count(), 4);
        assert_eq!((flows.advance(2, 10), flows.advance(2, 5)), (0, 10));
        flows.end(3);
        let taken: Vec<_> = (0..4).map(|_| flows.take()).collect();
        assert_eq!(taken.iter().map(|turn| turn.is_first).collect::<Vec<_>>(), [true, true, true, false]);
        assert_eq!((flows.begun(), taken[2].flow), (7, 6));
        assert_eq!(flows.advance(2, 1), 0, "a new stream");
    }

    #[test]
    fn shares_are_exact_and_even() {
        assert_eq!(evenly(&[1]), [0]);
        assert_eq!(evenly(&[2, 2]), [0, 1]);
        let imix = evenly(&[7, 4, 1]);
        let count = |number| imix.iter().filter(|one| **one == number).count();
        assert_eq!((imix.len(), count(0), count(1), count(2)), (12, 7, 4, 1));
        assert!(imix.windows(3).any(|three| three == [0, 1, 0]), "{imix:?}");
    }
}
