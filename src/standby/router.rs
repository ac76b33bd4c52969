//! One virtual router, and some that change together, with all that belongs to them here.

use super::arrivals::Arrivals;
use super::tracker::Trackers;
use super::wires::Key;
use crate::host::places::{Address, Route};
use crate::host::vicinity::Vicinity;
use crate::lvs::{Family, Place, Track, Tracked, VirtualAddress, VrrpAuth, VrrpGroup, VrrpInstance};
use crate::vrrp::{Bursts, Finding, Group, Machine, Post, Verdict, Watch, Wellness};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Virtual routers that change their state together, or one alone.
pub(super) struct Pack {
    /// `None`: one alone.
    pub spec: Option<VrrpGroup>,
    /// Their states.
    pub group: Group,
    /// Of the same indices as the group's members.
    pub routers: Vec<Router>,
}

/// One virtual router.
pub(super) struct Router {
    /// Its number, which no other has for as long as the director runs.
    pub id: usize,
    /// What it is to be.
    pub spec: VrrpInstance,
    /// What it writes and reads.
    pub post: Post,
    /// When its neighbours are told.
    pub bursts: Bursts,
    /// Its interface, if that is there.
    pub ifindex: Option<u32>,
    /// It has its addresses.
    pub holds: bool,
    /// When it became what it is, in seconds since 1970.
    pub since: u64,
    /// What was complained of: each is said once.
    pub complaints: BTreeSet<String>,
    /// Why its priority is what it is, and what keeps it at fault.
    pub reasons: Vec<String>,
}

/// Complaints of one virtual router that are told at most: whoever can send packets chooses what they say.
const COMPLAINTS: usize = 32;

impl Pack {
    /// Of these, which all are new. Not begun.
    pub fn new(spec: Option<VrrpGroup>, routers: Vec<Router>) -> Self {
        let machines = routers.iter().map(|router| Machine::new(&router.spec, router.post.source()));
        Self { spec, group: Group::new(machines.collect()), routers }
    }

    /// Is it made of the virtual routers of these names, in this group?
    pub fn is_of(&self, group: Option<&VrrpGroup>, members: &[VrrpInstance]) -> bool {
        let name = |group: Option<&VrrpGroup>| group.map(|group| group.name.clone());
        name(self.spec.as_ref()) == name(group)
            && self.routers.iter().map(|router| &router.spec.name).eq(members.iter().map(|spec| &spec.name))
    }

    /// Can it go on as it is if its virtual routers are to be these?
    pub fn goes_on_as(&self, members: &[VrrpInstance]) -> bool {
        self.routers.iter().zip(members).all(|(router, wanted)| router.goes_on_as(wanted))
    }
}

impl Router {
    /// One that is new.
    pub fn new(id: usize, spec: VrrpInstance) -> Self {
        let nowhere = match spec.family {
            Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let post = Post::new(&spec, spec.source.unwrap_or(nowhere));
        Self {
            id,
            post,
            bursts: Bursts::new(spec.announces),
            spec,
            ifindex: None,
            holds: false,
            since: 0,
            complaints: BTreeSet::new(),
            reasons: Vec::new(),
        }
    }

    /// Is it enough to take in what this says, without leaving its state? That is so unless the states themselves, or what
    /// peers know it by, are to be others.
    fn goes_on_as(&self, wanted: &VrrpInstance) -> bool {
        let mut same = VrrpInstance {
            addresses: wanted.addresses.clone(),
            unadvertised: wanted.unadvertised.clone(),
            routes: wanted.routes.clone(),
            tracks: wanted.tracks.clone(),
            notify: wanted.notify.clone(),
            peers: wanted.peers.clone(),
            source: wanted.source,
            begins: wanted.begins,
            ignores_interface: wanted.ignores_interface,
            announces: wanted.announces,
            skips_addresses: wanted.skips_addresses,
            mails: wanted.mails,
            words: wanted.words,
            ..self.spec.clone()
        };
        let owns = self.spec.priority == u8::MAX || wanted.priority == u8::MAX;
        if !owns {
            same.priority = wanted.priority;
        }
        same == *wanted && (!matches!(wanted.auth, VrrpAuth::Header(_)) || !self.needs_another_post(wanted))
    }

    fn needs_another_post(&self, wanted: &VrrpInstance) -> bool {
        self.spec.addresses != wanted.addresses
            || self.spec.peers != wanted.peers
            || self.spec.skips_addresses != wanted.skips_addresses
    }

    /// Takes in another configuration by which it goes on. Its addresses are the caller's.
    pub fn become_as(&mut self, wanted: VrrpInstance) {
        if self.needs_another_post(&wanted) {
            let mut post = Post::new(&wanted, self.post.source());
            post.set_form(self.post.form());
            *post.counters_mut() = *self.post.counters();
            self.post = post;
        }
        if self.spec.announces != wanted.announces {
            self.bursts = Bursts::new(wanted.announces);
        }
        self.complaints.clear();
        self.spec = wanted;
    }

    /// Its socket, if its interface is there.
    pub fn key(&self) -> Option<Key> {
        self.ifindex.map(|ifindex| Key::of(&self.spec, ifindex))
    }

    /// All its addresses, advertised or not.
    pub fn addresses(&self) -> impl Iterator<Item = &VirtualAddress> {
        self.spec.addresses.iter().chain(&self.spec.unadvertised)
    }

    /// Finds its interface, and the address that it advertises from: the one that was asked for, else the interface's first
    /// one that is no virtual one (an owner's are its own).
    pub fn find(&mut self, vicinity: &Vicinity) -> Option<IpAddr> {
        let link = vicinity.link(&self.spec.interface);
        self.ifindex = link.map(|link| link.ifindex);
        let ifindex = self.ifindex?;
        let owns = self.spec.priority == u8::MAX;
        let is_virtual = |addr: IpAddr| !owns && self.addresses().any(|own| own.addr == addr);
        self.spec.source.or_else(|| match self.spec.family {
            Family::V4 => vicinity.first_v4(ifindex, is_virtual).map(IpAddr::V4),
            Family::V6 => vicinity.link_local(ifindex, is_virtual).map(IpAddr::V6),
        })
    }

    /// What its priority is by all that it looks at. `is_ready`: it can send and hear.
    pub fn verdict(
        &mut self,
        group: Option<&VrrpGroup>,
        vicinity: &Vicinity,
        trackers: &Trackers,
        is_ready: bool,
    ) -> Verdict {
        let runs = |name: &str| vicinity.link(name).is_some_and(|link| link.running);
        let mut reasons = Vec::new();
        let own = is_ready && (self.spec.ignores_interface || runs(&self.spec.interface));
        if !own {
            reasons.push(format!("interface {} is not ready", self.spec.interface));
        }
        let found = |is_well| if is_well { Finding::Well } else { Finding::Unwell };
        let mut watches = vec![Watch { weight: 0, reverse: false, finding: found(own) }];
        let of_group = group.iter().flat_map(|group| &group.tracks);
        let flat = group.is_some_and(|group| !group.weighs);
        let tracks =
            self.spec.tracks.iter().map(|track| (track, flat)).chain(of_group.map(|track| (track, false)));
        for (Track { what, weight, reverse }, flat) in tracks {
            let (finding, own_weight, what) = match what {
                Tracked::Interface(name) => (found(runs(name)), 0, format!("interface {name}")),
                Tracked::Named(name) => match trackers.finding(name) {
                    Some((finding, own_weight)) => (finding, own_weight, name.clone()),
                    None => continue,
                },
            };
            let weight = if flat { 0 } else { weight.unwrap_or(own_weight) };
            match finding {
                Finding::Unwell => reasons.push(format!("{what} is down")),
                Finding::Number(number) if number != 0 => reasons.push(format!("{what} says {number}")),
                Finding::Well if weight > 0 => reasons.push(format!("{what} is up")),
                Finding::Well | Finding::Number(_) => {}
            }
            watches.push(Watch { weight, reverse: *reverse, finding });
        }
        self.reasons = reasons;
        Wellness::new(self.spec.priority, watches).verdict()
    }

    /// Puts its addresses and routes where they belong; returns what could not be done.
    pub fn take(&self, places: &mut Arrivals, vicinity: &Vicinity) -> Vec<String> {
        let mut wrong = Vec::new();
        for address in self.addresses() {
            match self.placed(address, vicinity) {
                Some(Ok(placed)) => {
                    if let Err(error) = places.add(&placed) {
                        wrong.push(format!("{} cannot be set: {error}", placed.net));
                    }
                }
                Some(Err(device)) => {
                    wrong.push(format!("{} cannot be set: there is no {device}", address.addr))
                }
                None => {}
            }
        }
        for route in self.routes(vicinity) {
            if let Err(error) = places.add_route(&route) {
                wrong.push(format!("the route to {} cannot be set: {error}", route.to));
            }
        }
        wrong
    }

    /// Takes them away again.
    pub fn release(&self, places: &mut Arrivals, vicinity: &Vicinity) -> Vec<String> {
        let mut wrong = Vec::new();
        for route in self.routes(vicinity) {
            if let Err(error) = places.remove_route(&route) {
                wrong.push(format!("the route to {} stays: {error}", route.to));
            }
        }
        for placed in self.addresses().filter_map(|own| self.placed(own, vicinity)).flatten() {
            if let Err(error) = places.remove(&placed) {
                wrong.push(format!("{} stays: {error}", placed.net));
            }
        }
        wrong
    }

    /// Some address that the host should have has gone.
    pub fn misses_some(&self, vicinity: &Vicinity) -> bool {
        let mut placed = self.addresses().filter_map(|own| self.placed(own, vicinity)).flatten();
        placed.any(|own| !vicinity.has(own.ifindex, own.net.addr()))
    }

    /// By interface, the addresses that neighbours there are to know of.
    pub fn told(&self, vicinity: &Vicinity) -> BTreeMap<u32, Vec<IpAddr>> {
        let mut told: BTreeMap<u32, Vec<IpAddr>> = BTreeMap::new();
        for address in self.addresses() {
            let ifindex = match self.placed(address, vicinity) {
                Some(Ok(placed)) => Some(placed.ifindex),
                Some(Err(_)) => None,
                None => self.ifindex,
            };
            if let Some(ifindex) = ifindex {
                told.entry(ifindex).or_default().push(address.addr);
            }
        }
        told
    }

    /// Where an address goes: `None` if the director answers for it, an error with the interface that is not there.
    fn placed(&self, address: &VirtualAddress, vicinity: &Vicinity) -> Option<Result<Address, String>> {
        let Place::OnInterface { device, label, broadcast, scope } = &address.place else { return None };
        let device = device.as_ref().unwrap_or(&self.spec.interface);
        let Some(link) = vicinity.link(device) else { return Some(Err(device.clone())) };
        let net = IpNet::new(address.addr, address.prefix);
        let Ok(net) = net else { return Some(Err(format!("prefix of {} bits", address.prefix))) };
        let (label, broadcast) = (label.clone(), *broadcast);
        Some(Ok(Address { ifindex: link.ifindex, net, label, broadcast, scope: *scope }))
    }

    fn routes(&self, vicinity: &Vicinity) -> Vec<Route> {
        let route = |route: &crate::lvs::VirtualRoute| {
            let device = route.device.as_ref().map(|name| vicinity.link(name).map(|link| link.ifindex));
            let ifindex = match device {
                Some(None) => return None,
                Some(found) => found,
                None => None,
            };
            let to = IpNet::new(route.to, route.prefix).ok()?;
            let (via, source, metric, table) = (route.via, route.source, route.metric, route.table);
            Some(Route { to, via, ifindex, source, metric, table })
        };
        self.spec.routes.iter().filter_map(route).collect()
    }

    /// Shall this be said? Each thing is, once.
    pub fn is_news(&mut self, complaint: &str) -> bool {
        self.complaints.len() < COMPLAINTS && self.complaints.insert(complaint.to_owned())
    }
}
