//! Addresses that come to an interface wait until the director has what comes to them.
//!
//! An address that the host has before that is answered for by its own stack: clients' packets of connections that another
//! director had would be reset. So each waits until the keeper says that it stands; but no longer than [`GRACE`], for an address
//! that is nowhere is worse.

use crate::host::netlink::NetlinkError;
use crate::host::places::{Address, Places, Route};
use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How long they wait at most: a keeper that applies thousands of services takes a tenth of that.
const GRACE: Duration = Duration::from_secs(1);

/// [`Places`], and what is to come there.
pub(super) struct Arrivals {
    places: Places,
    queue: Queue,
}

#[derive(Clone, Debug, PartialEq)]
enum Item {
    Address(Address),
    /// It may need an address that waits before it.
    Route(Route),
}

impl Arrivals {
    /// As [`Places::open`].
    ///
    /// # Errors
    /// As there.
    pub fn open() -> io::Result<Self> {
        Ok(Self { places: Places::open()?, queue: Queue::default() })
    }

    /// As [`Places::add`], as soon as it may be.
    ///
    /// # Errors
    /// As there, if that is now.
    pub fn add(&mut self, address: &Address) -> Result<(), NetlinkError> {
        if self.queue.may_pass(&Item::Address(address.clone())) {
            return self.places.add(address).map(drop);
        }
        Ok(())
    }

    /// As [`Places::add_route`], behind addresses that wait.
    ///
    /// # Errors
    /// As there, if that is now.
    pub fn add_route(&mut self, route: &Route) -> Result<(), NetlinkError> {
        if self.queue.may_pass(&Item::Route(route.clone())) {
            return self.places.add_route(route).map(drop);
        }
        Ok(())
    }

    /// As [`Places::remove`]; what waits does not come.
    ///
    /// # Errors
    /// As there.
    pub fn remove(&mut self, address: &Address) -> Result<(), NetlinkError> {
        self.queue.waiting.retain(|item| !matches!(item, Item::Address(waiting) if waiting == address));
        self.places.remove(address)
    }

    /// As [`Places::remove_route`]; what waits does not come.
    ///
    /// # Errors
    /// As there.
    pub fn remove_route(&mut self, route: &Route) -> Result<(), NetlinkError> {
        self.queue.waiting.retain(|item| !matches!(item, Item::Route(waiting) if waiting == route));
        self.places.remove_route(route)
    }

    /// As [`Places::clear`].
    ///
    /// # Errors
    /// As there.
    pub fn clear(
        &mut self,
        ifindices: &BTreeSet<u32>,
        also: &BTreeSet<IpAddr>,
    ) -> Result<usize, NetlinkError> {
        self.places.clear(ifindices, also)
    }

    /// No other addresses are ours any more: what was said of others is forgotten.
    pub fn hold(&mut self, held: &BTreeSet<IpAddr>) {
        self.queue.stands.retain(|addr| held.contains(addr));
    }

    /// What comes to these is the director's now. Returns what could not be done.
    pub fn stand(&mut self, stands: BTreeSet<IpAddr>) -> Vec<String> {
        self.queue.stands = stands;
        let free = self.queue.let_in(false);
        self.come(free)
    }

    /// Whatever has waited for too long does so no more. Returns what could not be done.
    pub fn pass_time(&mut self, now: Instant) -> Vec<String> {
        let free = self.queue.pass_time(now);
        self.come(free)
    }

    /// Does anything wait still?
    pub const fn is_waited_for(&self) -> bool {
        !self.queue.waiting.is_empty()
    }

    /// When there is something to do.
    pub const fn deadline(&self) -> Option<Instant> {
        self.queue.until
    }

    fn come(&mut self, free: Vec<Item>) -> Vec<String> {
        let mut wrong = Vec::new();
        for item in free {
            let (what, done) = match &item {
                Item::Address(address) => (address.net.to_string(), self.places.add(address).map(drop)),
                Item::Route(route) => {
                    (format!("the route to {}", route.to), self.places.add_route(route).map(drop))
                }
            };
            wrong.extend(done.err().map(|error| format!("{what} cannot be set: {error}")));
        }
        wrong
    }
}

/// What waits, in the order in which it came.
#[derive(Default)]
struct Queue {
    /// What comes to these is the director's.
    stands: BTreeSet<IpAddr>,
    waiting: Vec<Item>,
    /// The end of the wait: from the first look at it on.
    until: Option<Instant>,
}

impl Queue {
    /// May this come now? Else it waits.
    fn may_pass(&mut self, item: &Item) -> bool {
        let stands = match item {
            Item::Address(address) => self.stands.contains(&address.net.addr()),
            Item::Route(_) => true,
        };
        if self.waiting.is_empty() && stands {
            return true;
        }
        if !self.waiting.contains(item) {
            self.waiting.push(item.clone());
        }
        false
    }

    /// All that has waited for too long.
    fn pass_time(&mut self, now: Instant) -> Vec<Item> {
        if self.waiting.is_empty() {
            self.until = None;
        } else if now >= *self.until.get_or_insert(now + GRACE) {
            self.until = None;
            return self.let_in(true);
        }
        Vec::new()
    }

    /// What waits no more: addresses whose time has come, and routes, if no address before them still waits.
    fn let_in(&mut self, all: bool) -> Vec<Item> {
        let mut are_addresses_in = true;
        let mut free = Vec::new();
        for item in std::mem::take(&mut self.waiting) {
            let is_free = match &item {
                Item::Address(address) => all || self.stands.contains(&address.net.addr()),
                Item::Route(_) => are_addresses_in,
            };
            if is_free {
                free.push(item);
            } else {
                are_addresses_in = false;
                self.waiting.push(item);
            }
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Item {
        let net = format!("192.0.2.{last}/24").parse().unwrap();
        Item::Address(Address { ifindex: 2, net, label: None, broadcast: None, scope: 0 })
    }

    fn route() -> Item {
        let to = "198.51.100.0/24".parse().unwrap();
        Item::Route(Route {
            to,
            via: None,
            ifindex: Some(2),
            source: Some([192, 0, 2, 9].into()),
            metric: 0,
            table: 254,
        })
    }

    fn stand(queue: &mut Queue, last: &[u8]) -> Vec<Item> {
        queue.stands = last.iter().map(|last| [192, 0, 2, *last].into()).collect();
        queue.let_in(false)
    }

    #[test]
    fn addresses_wait_and_routes_behind_them() {
        let mut queue = Queue::default();
        assert!(queue.may_pass(&route()), "nothing waits");
        assert!(!queue.may_pass(&address(9)) && !queue.may_pass(&address(9)) && !queue.may_pass(&address(8)));
        assert!(!queue.may_pass(&route()), "behind an address");
        assert_eq!(stand(&mut queue, &[9]), [address(9)], "the route may need the other one");
        assert!(!queue.may_pass(&address(9)), "in their order");
        assert_eq!(stand(&mut queue, &[9, 8]), [address(8), route(), address(9)]);
        assert!(queue.may_pass(&address(9)), "it stands");
        assert!(!queue.may_pass(&address(7)));
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "some time to begin with")]
    fn the_wait_ends() {
        let mut queue = Queue::default();
        let start = Instant::now();
        assert!(queue.pass_time(start).is_empty() && queue.until.is_none());
        assert!(!queue.may_pass(&address(9)) && !queue.may_pass(&route()));
        assert!(queue.pass_time(start).is_empty());
        assert_eq!(queue.until, Some(start + GRACE));
        assert!(queue.pass_time(start + GRACE - Duration::from_nanos(1)).is_empty());
        assert_eq!(queue.pass_time(start + GRACE), [address(9), route()]);
        assert!(queue.until.is_none() && queue.waiting.is_empty());
        // The next one waits as long.
        assert!(!queue.may_pass(&address(8)));
        assert!(queue.pass_time(start + GRACE).is_empty());
        assert_eq!(queue.until, Some(start + GRACE + GRACE));
    }
}
