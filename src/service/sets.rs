//! Sets of addresses that are asked for each packet, mostly in vain: a hint says no in a few instructions.

use crate::lvs::{Endpoint, Protocol};
use ahash::AHashSet;
use std::net::IpAddr;

/// One of 256 bits for each value in a set: a bit that is not set says that no such value is in it.
#[derive(Clone, Debug, Default)]
struct Hint([u64; 4]);

impl Hint {
    const fn add(&mut self, bit: u8) {
        self.0[(bit >> 6) as usize] |= 1 << (bit & 63);
    }

    #[inline]
    const fn has(&self, bit: u8) -> bool {
        self.0[(bit >> 6) as usize] >> (bit & 63) & 1 == 1
    }
}

/// How many addresses are found without hashing, at most.
const AT_HAND: usize = 16;

/// A set of addresses. Those of a few VIPs are found by their last byte.
#[derive(Clone, Debug, Default)]
pub struct AddressSet {
    hint: Hint,
    /// Of all that have the same four last bits, one.
    at_hand: [Option<IpAddr>; AT_HAND],
    set: AHashSet<IpAddr>,
}

impl AddressSet {
    /// Is it in the set?
    #[inline]
    pub fn contains(&self, addr: &IpAddr) -> bool {
        self.hint.has(last_byte(addr)) && self.has(addr)
    }

    #[inline(never)]
    fn has(&self, addr: &IpAddr) -> bool {
        self.at_hand[usize::from(last_byte(addr)) % AT_HAND].is_some_and(|one| one == *addr)
            || self.set.contains(addr)
    }

    /// Puts an address in.
    pub fn insert(&mut self, addr: IpAddr) {
        let last = last_byte(&addr);
        self.hint.add(last);
        self.at_hand[usize::from(last) % AT_HAND] = Some(addr);
        self.set.insert(addr);
    }

    /// Takes an address out; the hint goes on letting it through, to the set that does not have it.
    pub fn remove(&mut self, addr: &IpAddr) {
        let at_hand = &mut self.at_hand[usize::from(last_byte(addr)) % AT_HAND];
        *at_hand = at_hand.filter(|one| one != addr);
        self.set.remove(addr);
    }

    /// True if nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// All, in no order.
    pub fn iter(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.set.iter().copied()
    }
}

/// It differs most.
#[inline]
const fn last_byte(addr: &IpAddr) -> u8 {
    match addr {
        IpAddr::V4(addr) => addr.octets()[3],
        IpAddr::V6(addr) => addr.octets()[15],
    }
}

impl Extend<IpAddr> for AddressSet {
    fn extend<I: IntoIterator<Item = IpAddr>>(&mut self, addrs: I) {
        addrs.into_iter().for_each(|addr| self.insert(addr));
    }
}

impl FromIterator<IpAddr> for AddressSet {
    fn from_iter<I: IntoIterator<Item = IpAddr>>(addrs: I) -> Self {
        let mut set = Self::default();
        set.extend(addrs);
        set
    }
}

/// A set of ports of hosts, each of one protocol.
#[derive(Clone, Debug, Default)]
pub struct PortSet {
    hint: Hint,
    set: AHashSet<(Protocol, Endpoint)>,
}

impl PortSet {
    /// Is it in the set?
    #[inline]
    pub fn contains(&self, protocol: Protocol, endpoint: Endpoint) -> bool {
        self.hint.has(bit_of(endpoint.port)) && self.has(protocol, endpoint)
    }

    // Hardly ever called: what comes before it is to stay short.
    #[inline(never)]
    fn has(&self, protocol: Protocol, endpoint: Endpoint) -> bool {
        self.set.contains(&(protocol, endpoint))
    }

    /// Puts a port in.
    pub fn insert(&mut self, one: (Protocol, Endpoint)) {
        self.hint.add(bit_of(one.1.port));
        self.set.insert(one);
    }

    /// True if nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// All, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Protocol, Endpoint)> + '_ {
        self.set.iter().copied()
    }
}

/// Of servers' ports, which are few: clients' ports seldom have the same.
#[inline]
const fn bit_of(port: u16) -> u8 {
    let [high, low] = port.to_be_bytes();
    low ^ high
}

impl Extend<(Protocol, Endpoint)> for PortSet {
    fn extend<I: IntoIterator<Item = (Protocol, Endpoint)>>(&mut self, ports: I) {
        ports.into_iter().for_each(|one| self.insert(one));
    }
}

impl FromIterator<(Protocol, Endpoint)> for PortSet {
    fn from_iter<I: IntoIterator<Item = (Protocol, Endpoint)>>(ports: I) -> Self {
        let mut set = Self::default();
        set.extend(ports);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn addr() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            (0_u32..3, 0_u32..600).prop_map(|(net, host)| IpAddr::from((net << 24 | host).to_be_bytes())),
            (0_u128..3, 0_u128..600).prop_map(|(net, host)| IpAddr::from((net << 120 | host).to_be_bytes())),
        ]
    }

    proptest! {
        /// What was put in is there, and nothing else; IPv4 is not IPv6.
        #[test]
        fn a_set_of_addresses(put in prop::collection::vec(addr(), 0..40), asked in prop::collection::vec(addr(), 100)) {
            let mut set: AddressSet = put.iter().copied().collect();
            let mut known: BTreeSet<_> = put.into_iter().collect();
            if let Some(first) = known.pop_first() {
                set.remove(&first);
                prop_assert!(!set.contains(&first));
            }
            for addr in asked.iter().chain(&known) {
                prop_assert_eq!(set.contains(addr), known.contains(addr), "{}", addr);
            }
            prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), known.clone());
            prop_assert_eq!(set.is_empty(), known.is_empty());
        }

        #[test]
        fn a_set_of_ports(
            put in prop::collection::vec((addr(), 0_u16..3000, any::<bool>()), 0..40),
            asked in prop::collection::vec((addr(), 0_u16..3000, any::<bool>()), 100),
        ) {
            let one = |(addr, port, is_tcp)| {
                (if is_tcp { Protocol::Tcp } else { Protocol::Udp }, Endpoint::new(addr, port))
            };
            let known: BTreeSet<_> = put.into_iter().map(one).collect();
            let set: PortSet = known.iter().copied().collect();
            let others = known.iter().map(|(_, real)| (Protocol::Sctp, *real));
            for (protocol, real) in asked.into_iter().map(one).chain(others).chain(known.iter().copied()) {
                prop_assert_eq!(set.contains(protocol, real), known.contains(&(protocol, real)));
            }
            prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), known.clone());
            prop_assert_eq!(set.is_empty(), known.is_empty());
        }
    }
}
