//! The sockets of all virtual routers: one for each interface, family and protocol number.

use crate::host::advert_socket::AdvertSocket;
use crate::lvs::{Family, VrrpAuth, VrrpInstance, VrrpPeers};
use crate::vrrp::{Outgoing, PROTOCOL};
use crate::wire::ip;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::IpAddr;

/// Which socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// The interface.
    pub ifindex: u32,
    /// The family.
    pub is_v6: bool,
    /// 112, or 51 behind an authentication header.
    pub number: u8,
}

impl Key {
    /// That of a virtual router on this interface.
    pub fn of(spec: &VrrpInstance, ifindex: u32) -> Self {
        let is_sealed = matches!(spec.auth, VrrpAuth::Header(_));
        Self { ifindex, is_v6: spec.family == Family::V6, number: if is_sealed { ip::AH } else { PROTOCOL } }
    }
}

/// The group in which adverts for a virtual router come, if they come in one.
pub(super) fn group(spec: &VrrpInstance) -> Option<IpAddr> {
    match spec.peers {
        VrrpPeers::Multicast { group } => Some(group),
        VrrpPeers::Unicast { .. } => None,
    }
}

/// The sockets that are open.
#[derive(Debug, Default)]
pub(super) struct Wires {
    open: BTreeMap<Key, AdvertSocket>,
    /// Why others are not, as it was told last.
    failed: BTreeMap<Key, String>,
}

impl Wires {
    /// These are needed: with the interface's name, and the groups to hear. Returns what cannot be had and was not told yet.
    pub fn follow(&mut self, wanted: &BTreeMap<Key, (String, BTreeSet<IpAddr>)>) -> Vec<String> {
        self.open.retain(|key, _| wanted.contains_key(key));
        self.failed.retain(|key, _| wanted.contains_key(key));
        let mut told = Vec::new();
        for (key, (interface, groups)) in wanted {
            let outcome = self.have(*key, interface, groups);
            let complaint = outcome.err().map(|error| format!("adverts on {interface}: {error}"));
            let before = match &complaint {
                Some(text) => self.failed.insert(*key, text.clone()),
                None => self.failed.remove(key),
            };
            told.extend(complaint.filter(|text| before.as_ref() != Some(text)));
        }
        told
    }

    fn have(&mut self, key: Key, interface: &str, groups: &BTreeSet<IpAddr>) -> io::Result<()> {
        let socket = match self.open.remove(&key) {
            Some(socket) => socket,
            None => AdvertSocket::open(interface, key.ifindex, key.is_v6, key.number)?,
        };
        let socket = self.open.entry(key).or_insert(socket);
        groups.iter().try_for_each(|group| socket.join(*group))
    }

    /// Is it open?
    pub fn has(&self, key: Key) -> bool {
        self.open.contains_key(&key) && !self.failed.contains_key(&key)
    }

    /// All that are open.
    pub fn all(&mut self) -> impl Iterator<Item = (Key, &mut AdvertSocket)> {
        self.open.iter_mut().map(|(key, socket)| (*key, socket))
    }

    /// The same, to wait for.
    pub fn sockets(&self) -> impl Iterator<Item = &AdvertSocket> {
        self.open.values()
    }

    /// Sends an advert.
    pub fn send(&self, key: Key, source: IpAddr, advert: &Outgoing) -> io::Result<()> {
        let socket = self.open.get(&key).ok_or(io::ErrorKind::NotConnected)?;
        match (source, advert.to) {
            (_, IpAddr::V4(to)) => socket.send_v4(to, &advert.packet),
            (IpAddr::V6(source), IpAddr::V6(to)) => socket.send_v6(source, to, advert.hops, advert.message()),
            _ => Err(io::ErrorKind::AddrNotAvailable.into()),
        }
    }
}
