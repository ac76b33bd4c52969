//! Packets whose next hop has no MAC yet.

use crate::frame::VnetHeader;
use crate::lvs::PortId;
use crate::service::{Network, NextHop};
use crate::time::Tick;
use ahash::AHashMap;
use std::net::IpAddr;

/// Most frames that wait for one neighbour.
const PER_NEIGHBOUR: usize = 64;
/// Most neighbours that are waited for at once (a scan of a large subnet must not eat memory).
const NEIGHBOURS: usize = 256;
/// Most bytes that wait in all.
const BYTES: usize = 4 << 20;
/// How long a neighbour may take to answer: the kernel asks three times, a second apart.
const SECONDS: u32 = 3;

/// A frame that waits; its destination MAC is still zero.
#[derive(Clone, Debug)]
pub struct HeldFrame {
    /// Its virtio network header.
    pub vnet: VnetHeader,
    /// The frame.
    pub bytes: Vec<u8>,
    /// What it counts as when it leaves.
    pub counts_as: u8,
}

impl HeldFrame {
    /// [`HeldFrame::counts_as`] of a fragment or segment that is not its packet's first: it counts as nothing.
    pub const LATER_PIECE: u8 = u8::MAX;
}

#[derive(Debug)]
struct Queue {
    since: Tick,
    frames: Vec<HeldFrame>,
}

impl Queue {
    /// Frames without the later pieces of packets.
    fn packets(&self) -> usize {
        self.frames.iter().filter(|frame| frame.counts_as != HeldFrame::LATER_PIECE).count()
    }
}

/// Frames that wait for the MAC of their next hop, in order, bounded in number, bytes and time. Holding one copies it:
/// that is not the hot path.
#[derive(Debug, Default)]
pub struct Waiting {
    queues: AHashMap<(PortId, IpAddr), Queue>,
    bytes: usize,
    wanted: Vec<(PortId, IpAddr)>,
}

impl Waiting {
    /// Keeps a frame; false if there is no room.
    pub(super) fn hold(
        &mut self,
        hop: &NextHop,
        vnet: &VnetHeader,
        head: &[u8],
        body: &[u8],
        counts_as: u8,
        now: Tick,
    ) -> bool {
        let (port, neighbour) = (hop.port, hop.neighbour);
        let len = head.len() + body.len();
        let known = self.queues.contains_key(&(port, neighbour));
        if self.bytes + len > BYTES || (!known && self.queues.len() >= NEIGHBOURS) {
            return false;
        }
        let queue = self.queues.entry((port, neighbour)).or_insert_with(|| {
            self.wanted.push((port, neighbour));
            Queue { since: now, frames: Vec::new() }
        });
        if queue.frames.len() >= PER_NEIGHBOUR {
            return false;
        }
        let mut bytes = Vec::with_capacity(len);
        bytes.extend_from_slice(head);
        bytes.extend_from_slice(body);
        queue.frames.push(HeldFrame { vnet: *vnet, bytes, counts_as });
        self.bytes += len;
        true
    }

    /// Forgets the last frames that were held for a next hop: pieces of a packet that does not fit as a whole.
    pub(super) fn take_back(&mut self, hop: &NextHop, pieces: usize) {
        let key = (hop.port, hop.neighbour);
        let Some(queue) = self.queues.get_mut(&key) else { return };
        for frame in queue.frames.drain(queue.frames.len().saturating_sub(pieces)..) {
            self.bytes = self.bytes.saturating_sub(frame.bytes.len());
        }
        if queue.frames.is_empty() {
            self.queues.remove(&key);
        }
    }

    /// Neighbours that somebody began to wait for since the last call: the kernel is to resolve them.
    pub fn take_wanted(&mut self) -> Vec<(PortId, IpAddr)> {
        std::mem::take(&mut self.wanted)
    }

    /// True if nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    /// How many packets wait.
    pub fn len(&self) -> usize {
        self.queues.values().map(Queue::packets).sum()
    }

    /// Lets go of every frame whose next hop is known by now: `send` gets it with its destination MAC filled in.
    pub fn release(&mut self, network: &Network, mut send: impl FnMut(PortId, HeldFrame)) {
        let bytes = &mut self.bytes;
        self.queues.retain(|(port, neighbour), queue| {
            let Some(mac) = network.neighbours.get(&(*port, *neighbour)) else { return true };
            for mut frame in queue.frames.drain(..) {
                *bytes = bytes.saturating_sub(frame.bytes.len());
                if let Some(destination) = frame.bytes.get_mut(..6) {
                    destination.copy_from_slice(&mac.0);
                }
                send(*port, frame);
            }
            false
        });
    }

    /// Gives up on neighbours that have not answered in time; returns how many packets are lost with them.
    pub fn give_up(&mut self, now: Tick) -> usize {
        let (bytes, mut lost) = (&mut self.bytes, 0);
        self.queues.retain(|_, queue| {
            if now.since(queue.since) < SECONDS * Tick::PER_SECOND {
                return true;
            }
            lost += queue.packets();
            *bytes = bytes.saturating_sub(queue.frames.iter().map(|frame| frame.bytes.len()).sum());
            false
        });
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lvs::Mac;

    fn hop(port: PortId, neighbour: IpAddr) -> NextHop {
        NextHop { port, neighbour, on_link: true, mac: None, source: None, mtu: 1500 }
    }

    #[test]
    fn bounded_in_number_and_time_and_released_in_order() {
        let mut waiting = Waiting::default();
        let (port, rip) = (PortId(0), IpAddr::from([10, 9, 0, 11]));
        let vnet = VnetHeader::default();
        for n in 0..PER_NEIGHBOUR {
            assert!(waiting.hold(&hop(port, rip), &vnet, &[0; 14], &[u8::try_from(n).unwrap()], 0, Tick(0)));
        }
        assert!(!waiting.hold(&hop(port, rip), &vnet, &[0; 14], &[99], 0, Tick(0)));
        assert_eq!(waiting.take_wanted(), [(port, rip)]);
        assert!(waiting.take_wanted().is_empty());

        let mut network = Network::default();
        waiting.release(&network, |_, _| panic!("nobody answered yet"));
        network.neighbours.insert((port, rip), Mac([7; 6]));
        let mut seen = Vec::new();
        waiting.release(&network, |_, frame| {
            assert_eq!(frame.bytes[..6], [7; 6]);
            seen.push(usize::from(frame.bytes[14]));
        });
        assert_eq!(seen, (0..PER_NEIGHBOUR).collect::<Vec<_>>());
        assert!(waiting.is_empty() && waiting.bytes == 0);

        assert!(waiting.hold(&hop(port, rip), &vnet, &[0; 14], &[1], 0, Tick(100)));
        assert_eq!(waiting.give_up(Tick(129)), 0);
        assert_eq!(waiting.give_up(Tick(130)), 1);
        assert!(waiting.is_empty() && waiting.bytes == 0);
    }

    #[test]
    fn a_scan_does_not_eat_memory() {
        let mut waiting = Waiting::default();
        let held = (0..10_000u32)
            .filter(|n| {
                let addr = IpAddr::V4((0x0a00_0000 + n).into());
                waiting.hold(&hop(PortId(0), addr), &VnetHeader::default(), &[0; 14], &[0; 1500], 0, Tick(0))
            })
            .count();
        assert_eq!(held, NEIGHBOURS);
    }
}
