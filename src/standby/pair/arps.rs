//! The ARP replies by which neighbours learn where the addresses are: as send_arp's, five, one in each second.

use crate::lvs::Mac;
use crate::ring::Caller;
use crate::vrrp::{ArpKind, frame};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How often each address is told.
const TIMES: u32 = 5;
/// Between two times.
const PAUSE: Duration = Duration::from_secs(1);

/// What is still to be told.
#[derive(Default)]
pub(super) struct Arps {
    /// When next, and how often.
    next: Option<(Instant, u32)>,
    /// By interface.
    callers: BTreeMap<u32, Caller>,
}

impl Arps {
    /// All are told anew, from now on.
    pub fn begin(&mut self, now: Instant) {
        self.next = Some((now, TIMES));
    }

    /// Nobody is told any more.
    pub fn end(&mut self) {
        self.next = None;
        self.callers.clear();
    }

    /// When there is something to tell.
    pub fn deadline(&self) -> Option<Instant> {
        self.next.map(|(at, _)| at)
    }

    /// Is it time?
    pub fn is_due(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|at| now >= at)
    }

    /// Tells each address once; returns what is wrong.
    pub fn send(&mut self, told: Vec<(u32, Mac, IpAddr)>, now: Instant) -> Vec<String> {
        self.next = self.next.filter(|(_, left)| *left > 1).map(|(_, left)| (now + PAUSE, left - 1));
        let mut wrong = Vec::new();
        for (ifindex, mac, addr) in told {
            let caller = match self.callers.entry(ifindex) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => match Caller::open(ifindex) {
                    Ok(caller) => place.insert(caller),
                    Err(error) => {
                        wrong.push(format!("neighbours are not told of {addr}: {error}"));
                        continue;
                    }
                },
            };
            // What a full queue drops comes again: that is why it is said more than once.
            let _ = caller.send(&frame(addr, mac, ArpKind::Reply, false));
        }
        if self.next.is_none() {
            self.callers.clear();
        }
        wrong
    }
}
