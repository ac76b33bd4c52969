//! Addresses that come to an interface wait until the director has what comes to them.
//!
//! An address that the host has before that is answered for by its own stack: clients' packets of connections that another
//! director had would be reset. So each waits until the keeper says that it stands; but no longer than [`GRACE`], for an address
//! that is nowhere is worse.

use crate::host::netlink::NetlinkError;
use crate::host::places::{Address, Places, Route};
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How long they wait at most: a keeper that applies thousands of services takes a tenth of that.
const GRACE: Duration = Duration::from_secs(1);

/// [`Places`], and what is to come there.
pub(super) struct Arrivals {
    places: Places,
    /// What comes to these is the director's.
    stands: BTreeSet<IpAddr>,
    waiting: VecDeque<Item>,
    until: Option<Instant>,
}

#[derive(PartialEq)]
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
        let places = Places::open()?;
        Ok(Self { places, stands: BTreeSet::new(), waiting: VecDeque::new(), until: None })
    }

    /// As [`Places::add`], as soon as it may be.
    ///
    /// # Errors
    /// As there, if that is now.
    pub fn add(&mut self, address: &Address) -> Result<(), NetlinkError> {
        if self.waiting.is_empty() && self.stands.contains(&address.net.addr()) {
            return self.places.add(address).map(drop);
        }
        self.wait(Item::Address(address.clone()));
        Ok(())
    }

    /// As [`Places::add_route`], behind addresses that wait.
    ///
    /// # Errors
    /// As there, if that is now.
    pub fn add_route(&mut self, route: &Route) -> Result<(), NetlinkError> {
        if self.waiting.is_empty() {
            return self.places.add_route(route).map(drop);
        }
        self.wait(Item::Route(route.clone()));
        Ok(())
    }

    fn wait(&mut self, item: Item) {
        if !self.waiting.contains(&item) {
            self.waiting.push_back(item);
        }
    }

    /// As [`Places::remove`]; what waits does not come.
    ///
    /// # Errors
    /// As there.
    pub fn remove(&mut self, address: &Address) -> Result<(), NetlinkError> {
        self.waiting.retain(|item| !matches!(item, Item::Address(waiting) if waiting == address));
        self.places.remove(address)
    }

    /// As [`Places::remove_route`]; what waits does not come.
    ///
    /// # Errors
    /// As there.
    pub fn remove_route(&mut self, route: &Route) -> Result<(), NetlinkError> {
        self.waiting.retain(|item| !matches!(item, Item::Route(waiting) if waiting == route));
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
        self.stands.retain(|addr| held.contains(addr));
    }

    /// What comes to these is the director's now. Returns what could not be done.
    pub fn stand(&mut self, stands: BTreeSet<IpAddr>) -> Vec<String> {
        self.stands = stands;
        self.let_in(false)
    }

    /// Whatever has waited for too long does so no more. Returns what could not be done.
    pub fn pass_time(&mut self, now: Instant) -> Vec<String> {
        if self.waiting.is_empty() {
            self.until = None;
        } else if now >= *self.until.get_or_insert(now + GRACE) {
            self.until = None;
            return self.let_in(true);
        }
        Vec::new()
    }

    /// When there is something to do.
    pub const fn deadline(&self) -> Option<Instant> {
        self.until
    }

    fn let_in(&mut self, all: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut are_addresses_in = true;
        for item in std::mem::take(&mut self.waiting) {
            match item {
                Item::Address(address) if all || self.stands.contains(&address.net.addr()) => {
                    if let Err(error) = self.places.add(&address) {
                        wrong.push(format!("{} cannot be set: {error}", address.net));
                    }
                }
                Item::Route(route) if are_addresses_in => {
                    if let Err(error) = self.places.add_route(&route) {
                        wrong.push(format!("the route to {} cannot be set: {error}", route.to));
                    }
                }
                item => {
                    are_addresses_in = false;
                    self.waiting.push_back(item);
                }
            }
        }
        wrong
    }
}
