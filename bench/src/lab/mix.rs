//! Load that is made up: several kinds of traffic, mixed by their shares.

use super::craft::{Mold, Packet, Route};
use super::flows::{Addresses, Flows, evenly};
use super::spec::{Kind, Traffic};
use crate::load::BURST;
use std::time::Duration;

/// All kinds of traffic of a scenario.
pub struct Mix {
    parts: Vec<Part>,
    /// Which part has its turn.
    turns: Vec<u8>,
    turn: usize,
    /// The burst that was made last: part, mold and frame of each packet.
    burst: Vec<(usize, usize, usize)>,
    id: u16,
}

/// One kind.
struct Part {
    kind: Kind,
    flows: Flows,
    addresses: Addresses,
    /// One for each size, and behind them one for SYNs, if there are any.
    molds: Vec<Mold>,
    /// Which size has its turn.
    sizes: Vec<u8>,
    size: usize,
    /// Flows that end per second, and how many have so far.
    churn: Option<(f64, u64)>,
}

impl Mix {
    /// Of these, on this way; `addresses` says where the flows of the kind of each number come from.
    pub fn new(traffic: &[Traffic], route: Route, addresses: impl Fn(usize, &Traffic) -> Addresses) -> Self {
        let part = |(number, traffic): (usize, &Traffic)| {
            let mold = |kind, size| Mold::new(kind, size, traffic.port, route, BURST);
            let mut molds: Vec<_> = traffic.sizes.iter().map(|(size, _)| mold(traffic.kind, *size)).collect();
            molds.extend((traffic.kind == Kind::Established).then(|| mold(Kind::Syn, 64)));
            let weights: Vec<_> = traffic.sizes.iter().map(|(_, weight)| *weight).collect();
            Part {
                kind: traffic.kind,
                flows: Flows::new(traffic),
                addresses: addresses(number, traffic),
                molds,
                sizes: evenly(&weights),
                size: 0,
                churn: traffic.new_per_second.map(|rate| (rate, 0)),
            }
        };
        let shares: Vec<_> = traffic.iter().map(|traffic| traffic.share).collect();
        Self {
            parts: traffic.iter().enumerate().map(part).collect(),
            turns: evenly(&shares),
            turn: 0,
            burst: Vec::with_capacity(BURST),
            id: 0,
        }
    }

    /// Flows that have begun so far.
    pub fn begun(&self) -> u64 {
        self.parts.iter().map(|part| part.flows.begun()).sum()
    }

    /// How many flows there are from the beginning.
    pub fn to_open(&self) -> usize {
        self.parts.iter().map(|part| part.flows.len()).sum()
    }

    /// Makes the first packets of those from this number on, at most a burst; returns how many.
    pub fn open(&mut self, first: usize) -> usize {
        self.burst.clear();
        let mut skip = first;
        for (number, part) in self.parts.iter_mut().enumerate() {
            for slot in skip..part.flows.len() {
                if self.burst.len() == BURST {
                    return BURST;
                }
                let turn = part.flows.open(slot);
                let frame = self.burst.len();
                let mold = if part.kind == Kind::Established { part.molds.len() - 1 } else { 0 };
                self.id = self.id.wrapping_add(1);
                let source = part.addresses.of(turn.flow);
                part.molds[mold].make(frame, &Packet { source, id: self.id, before: 0, stamp_ns: 0 });
                self.burst.push((number, mold, frame));
            }
            skip = skip.saturating_sub(part.flows.len());
        }
        self.burst.len()
    }

    /// Lets flows end whose time is over, `running` after the load began.
    pub fn churn(&mut self, running: Duration) {
        for part in &mut self.parts {
            if let Some((rate, ended)) = &mut part.churn {
                let due = (*rate * running.as_secs_f64()) as u64;
                part.flows.end(due.saturating_sub(*ended));
                *ended = due.max(*ended);
            }
        }
    }

    /// Begins to count anew for [`Mix::churn`].
    pub fn restart(&mut self) {
        for part in &mut self.parts {
            if let Some((_, ended)) = &mut part.churn {
                *ended = 0;
            }
        }
    }

    /// Makes the next packets, at most a burst, each with what `stamp` says.
    pub fn make(&mut self, count: usize, mut stamp: impl FnMut() -> u64) {
        self.burst.clear();
        for frame in 0..count.min(BURST) {
            let number = usize::from(self.turns[self.turn]);
            self.turn = (self.turn + 1) % self.turns.len();
            let part = &mut self.parts[number];
            let turn = part.flows.take();
            let is_syn = part.kind == Kind::Established && turn.is_first;
            let mold = if is_syn {
                part.molds.len() - 1
            } else {
                let size = usize::from(part.sizes[part.size]);
                part.size = (part.size + 1) % part.sizes.len();
                size
            };
            let carries = part.kind == Kind::Established && !is_syn;
            let before = if carries { part.flows.advance(turn.slot, part.molds[mold].data_len()) } else { 0 };
            self.id = self.id.wrapping_add(1);
            let source = part.addresses.of(turn.flow);
            part.molds[mold].make(frame, &Packet { source, id: self.id, before, stamp_ns: stamp() });
            self.burst.push((number, mold, frame));
        }
    }

    /// What was made last.
    pub fn burst(&self) -> impl Iterator<Item = &[u8]> {
        self.burst.iter().map(|(part, mold, frame)| self.parts[*part].molds[*mold].frame(*frame))
    }
}

#[cfg(test)]
mod tests {
    use super::super::spec::Order;
    use super::*;
    use std::net::Ipv4Addr;
    use ulvs::lvs::Mac;

    fn traffic(kind: Kind, port: u16, share: u32) -> Traffic {
        Traffic {
            kind,
            sizes: vec![(64, 1), (128, 3)],
            flows: Some(70),
            order: Order::Turn,
            new_per_second: Some(10.0),
            port,
            share,
            clients: 4,
        }
    }

    fn mix(traffic: &[Traffic]) -> Mix {
        let route = Route { from: Mac([2; 6]), to: Mac([4; 6]), vip: Ipv4Addr::new(10, 1, 0, 100) };
        Mix::new(traffic, route, |number, traffic| Addresses::own(number, traffic.clients))
    }

    fn port(frame: &[u8]) -> u16 {
        u16::from_be_bytes([frame[36], frame[37]])
    }

    #[test]
    fn shares_and_sizes_are_exact() {
        let mut mix = mix(&[traffic(Kind::Udp, 53, 3), traffic(Kind::Udp, 54, 1)]);
        let (mut of_port, mut long) = (0, 0);
        for _ in 0..10 {
            mix.make(64, || 0);
            of_port += mix.burst().filter(|frame| port(frame) == 53).count();
            long += mix.burst().filter(|frame| frame.len() == 124).count();
        }
        assert_eq!((of_port, long), (480, 480));
        assert_eq!(mix.begun(), 140);
    }

    #[test]
    fn established_flows_are_opened_first_and_count_their_bytes() {
        let mut mix = mix(&[traffic(Kind::Udp, 53, 1), traffic(Kind::Established, 80, 1)]);
        assert_eq!(mix.to_open(), 140);
        assert_eq!((mix.open(0), mix.open(64), mix.open(128), mix.open(140)), (64, 64, 12, 0));
        assert_eq!(mix.begun(), 140);
        let mut segments = 0;
        for _ in 0..4 {
            mix.make(64, || 0);
            for frame in mix.burst().filter(|frame| port(frame) == 80) {
                assert_eq!(frame[47], 0x10, "data");
                segments += 1;
            }
        }
        assert_eq!(segments, 128);
        mix.churn(Duration::from_millis(250));
        mix.make(64, || 0);
        let syns = mix.burst().filter(|frame| port(frame) == 80 && frame[47] == 2).count();
        assert_eq!(syns, 2, "ten flows per second end, and begin with a SYN");
        mix.restart();
        mix.churn(Duration::from_millis(100));
        mix.make(64, || 0);
        assert_eq!(mix.burst().filter(|frame| port(frame) == 80 && frame[47] == 2).count(), 1);
    }
}
