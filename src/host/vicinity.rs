//! The host's links and addresses, for whoever has a loop of its own and waits for nobody's word.
//!
//! [`super::watch`] tells the keeper, which may be busy; who has deadlines of milliseconds reads for itself.

use super::fact;
use super::netlink::{Message, Netlink, NetlinkError, ROUTE};
use crate::lvs::LinkFact;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, BorrowedFd};

/// `RTMGRP_LINK`, `RTMGRP_IPV4_IFADDR`, `RTMGRP_IPV6_IFADDR`.
const GROUPS: u32 = 0x1 | 0x10 | 0x100;
/// Room for bursts of news; the kernel may grant less.
const BUFFER_LEN: usize = 1 << 20;

/// Links and addresses as they stand.
pub struct Vicinity {
    news: Netlink,
    questions: Netlink,
    links: BTreeMap<u32, LinkFact>,
    /// By link, in the kernel's order: the first is the one that it prefers.
    addresses: BTreeMap<u32, Vec<IpNet>>,
}

impl Vicinity {
    /// Reads all there is in the calling thread's network namespace.
    ///
    /// # Errors
    /// Those of netlink.
    pub fn open() -> Result<Self, NetlinkError> {
        let news = Netlink::open(ROUTE, GROUPS)?;
        news.enlarge(BUFFER_LEN);
        let questions = Netlink::open(ROUTE, 0)?;
        let mut vicinity = Self { news, questions, links: BTreeMap::new(), addresses: BTreeMap::new() };
        vicinity.read_all()?;
        Ok(vicinity)
    }

    /// Takes in the news, if there is any; true: something may have changed.
    ///
    /// # Errors
    /// Those of netlink; what was known before still is.
    pub fn learn(&mut self) -> Result<bool, NetlinkError> {
        let mut any = false;
        loop {
            match self.news.receive_now() {
                Ok(Some(messages)) => {
                    any = true;
                    messages.iter().for_each(|message| self.take(message));
                }
                Ok(None) => return Ok(any),
                Err(error) if error.is_overrun() => {
                    self.read_all()?;
                    any = true;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn read_all(&mut self) -> Result<(), NetlinkError> {
        let links = self.questions.dump(Message::new(libc::RTM_GETLINK, 0).body(&[0; 16]))?;
        let addresses = self.questions.dump(Message::new(libc::RTM_GETADDR, 0).body(&[0; 8]))?;
        self.links.clear();
        self.addresses.clear();
        links.iter().chain(&addresses).for_each(|message| self.take(message));
        Ok(())
    }

    fn take(&mut self, message: &super::netlink::Received) {
        match message.kind {
            libc::RTM_NEWLINK => {
                if let Some(link) = fact::link(message) {
                    self.links.insert(link.ifindex, link);
                }
            }
            libc::RTM_DELLINK => {
                if let Some(link) = fact::link(message) {
                    self.links.remove(&link.ifindex);
                    self.addresses.remove(&link.ifindex);
                }
            }
            libc::RTM_NEWADDR => {
                if let Some(found) = fact::address(message) {
                    let of_link = self.addresses.entry(found.ifindex).or_default();
                    if !of_link.contains(&found.net) {
                        of_link.push(found.net);
                    }
                }
            }
            libc::RTM_DELADDR => {
                if let Some(found) = fact::address(message) {
                    self.addresses.entry(found.ifindex).or_default().retain(|net| *net != found.net);
                }
            }
            _ => {}
        }
    }

    /// The link of this name, if there is one.
    pub fn link(&self, name: &str) -> Option<&LinkFact> {
        self.links.values().find(|link| link.name == name)
    }

    /// The link of this index, if there is one.
    pub fn by_index(&self, ifindex: u32) -> Option<&LinkFact> {
        self.links.get(&ifindex)
    }

    /// Indices of all links.
    pub fn indices(&self) -> impl Iterator<Item = u32> + '_ {
        self.links.keys().copied()
    }

    /// The first IPv4 address of a link that is none of `not`.
    pub fn first_v4(&self, ifindex: u32, not: impl Fn(IpAddr) -> bool) -> Option<Ipv4Addr> {
        self.of(ifindex).find_map(|addr| match addr {
            IpAddr::V4(own) if !not(addr) => Some(own),
            _ => None,
        })
    }

    /// The first link-local IPv6 address of a link that is none of `not`.
    pub fn link_local(&self, ifindex: u32, not: impl Fn(IpAddr) -> bool) -> Option<Ipv6Addr> {
        self.of(ifindex).find_map(|addr| match addr {
            IpAddr::V6(own) if own.is_unicast_link_local() && !not(addr) => Some(own),
            _ => None,
        })
    }

    /// Is this address on that link?
    pub fn has(&self, ifindex: u32, addr: IpAddr) -> bool {
        self.of(ifindex).any(|own| own == addr)
    }

    fn of(&self, ifindex: u32) -> impl Iterator<Item = IpAddr> + '_ {
        self.addresses.get(&ifindex).into_iter().flatten().map(IpNet::addr)
    }
}

impl AsFd for Vicinity {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.news.as_fd()
    }
}
