//! Where the addresses of a pair go, and what it needs of the host.

use crate::host::places::Address;
use crate::host::vicinity::Vicinity;
use crate::lvs::{LinkFact, Mac, Place, Pulse, PulseNode, VirtualAddress};
use crate::standby::arrivals::Arrivals;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// The host as a pair sees it.
pub(super) struct Site<'v> {
    vicinity: &'v Vicinity,
    primary: Ipv4Addr,
    backup: Option<Ipv4Addr>,
    /// The host's own addresses.
    own: Vec<Ipv4Addr>,
    /// Interfaces of the addresses.
    devices: BTreeSet<String>,
}

impl<'v> Site<'v> {
    /// `node`: which of the two it is, if that is known already.
    pub fn new(spec: &Pulse, node: Option<PulseNode>, vicinity: &'v Vicinity) -> Self {
        let devices = spec.addresses().filter_map(|own| match &own.place {
            Place::OnInterface { device, .. } => device.clone(),
            Place::Claimed => None,
        });
        let mut site = Self {
            vicinity,
            primary: spec.primary.public,
            backup: spec.backup.map(|backup| backup.public),
            own: Vec::new(),
            devices: devices.collect(),
        };
        let host = match node.or_else(|| site.node()) {
            Some(PulseNode::Backup) => spec.backup,
            Some(PulseNode::Primary) => Some(spec.primary),
            None => None,
        };
        site.own = host.iter().flat_map(|host| [Some(host.public), host.private]).flatten().collect();
        site
    }

    /// Which of the two the host is, by its addresses.
    pub fn node(&self) -> Option<PulseNode> {
        match self.backup {
            _ if self.link_of(self.primary).is_some() => Some(PulseNode::Primary),
            None => Some(PulseNode::Backup),
            Some(backup) => self.link_of(backup).map(|_| PulseNode::Backup),
        }
    }

    fn link_of(&self, addr: Ipv4Addr) -> Option<&'v LinkFact> {
        let ifindex = self.vicinity.indices().find(|index| self.vicinity.has(*index, IpAddr::V4(addr)))?;
        self.vicinity.by_index(ifindex)
    }

    /// Links that it needs and that are not there: those of its addresses and of the heartbeat.
    pub fn lost_links(&self) -> Vec<String> {
        let runs = |name: &str| self.vicinity.link(name).is_some_and(|link| link.running);
        let heartbeat = self.own.iter().filter_map(|addr| self.link_of(*addr)).map(|link| link.name.clone());
        let all: BTreeSet<String> = self.devices.iter().cloned().chain(heartbeat).collect();
        all.into_iter().filter(|name| !runs(name)).collect()
    }

    /// Puts addresses where they belong; returns what could not be done.
    pub fn take<'a>(
        &self,
        addresses: impl Iterator<Item = &'a VirtualAddress>,
        places: &mut Arrivals,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        for address in addresses {
            match self.placed(address) {
                Some(Ok(placed)) => {
                    if let Err(error) = places.add(&placed) {
                        wrong.push(format!("{} cannot be set: {error}", placed.net));
                    }
                }
                Some(Err(why)) => wrong.push(format!("{} cannot be set: {why}", address.addr)),
                None => {}
            }
        }
        wrong
    }

    /// Takes them away again.
    pub fn release<'a>(
        &self,
        addresses: impl Iterator<Item = &'a VirtualAddress>,
        places: &mut Arrivals,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        for placed in addresses.filter_map(|own| self.placed(own)).flatten() {
            if let Err(error) = places.remove(&placed) {
                wrong.push(format!("{} stays: {error}", placed.net));
            }
        }
        wrong
    }

    /// Some address that the host should have has gone.
    pub fn misses_some<'a>(&self, mut addresses: impl Iterator<Item = &'a VirtualAddress>) -> bool {
        addresses.any(|own| match self.placed(own) {
            Some(Ok(placed)) => !self.vicinity.has(placed.ifindex, placed.net.addr()),
            _ => false,
        })
    }

    /// Interface, its MAC, and address, for whoever tells neighbours.
    pub fn told<'a>(&self, addresses: impl Iterator<Item = &'a VirtualAddress>) -> Vec<(u32, Mac, IpAddr)> {
        let link = |own: &VirtualAddress| match &own.place {
            Place::OnInterface { device, .. } => device.as_ref().and_then(|name| self.vicinity.link(name)),
            Place::Claimed => self.own.iter().find_map(|addr| self.link_of(*addr)),
        };
        addresses.filter_map(|own| link(own).map(|link| (link.ifindex, link.mac, own.addr))).collect()
    }

    /// `None` if the director answers for it; an error if it has no place.
    fn placed(&self, address: &VirtualAddress) -> Option<Result<Address, String>> {
        let Place::OnInterface { device, label, broadcast, scope } = &address.place else { return None };
        let device = device.as_deref().unwrap_or_default();
        let Some(link) = self.vicinity.link(device) else {
            return Some(Err(format!("there is no {device}")));
        };
        let Ok(net) = IpNet::new(address.addr, address.prefix) else {
            return Some(Err(format!("no network has {} bits", address.prefix)));
        };
        let (label, broadcast) = (label.clone(), *broadcast);
        Some(Ok(Address { ifindex: link.ifindex, net, label, broadcast, scope: *scope }))
    }
}
