//! Which addresses go with a virtual router's mastership, and which of these this director has now.

use super::command::{HappeningRecord, RouterStatus};
use super::happening::RouterChange;
use super::keeper::{Keeper, Outside};
use crate::lvs::{Place, Vrrp};
use crate::service::Snapshot;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Addresses of virtual routers. All others are the director's whatever the virtual routers do, unless somebody else moves
/// them from host to host.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Roles {
    /// All of them; true: the director answers for it ([`Place::Claimed`]), false: the host does, while it has it.
    all: BTreeMap<IpAddr, bool>,
    /// Those of virtual routers that are master here.
    held: BTreeSet<IpAddr>,
    /// Of the others, none is the director's unless the host has it.
    is_claiming_none: bool,
    /// It is still to be said that what comes to those that are held is the director's.
    is_to_tell: bool,
}

impl Roles {
    /// These are the virtual routers from now on; true: that changes what is claimed.
    pub fn follow(&mut self, wanted: &Vrrp) -> bool {
        let addresses = wanted.instances.iter().flat_map(|own| own.addresses.iter().chain(&own.unadvertised));
        let addresses = addresses.chain(wanted.pulse.iter().flat_map(|pulse| pulse.addresses()));
        let mut all: BTreeMap<IpAddr, bool> = BTreeMap::new();
        for address in addresses {
            *all.entry(address.addr).or_default() |= address.place == Place::Claimed;
        }
        let is_new = all != self.all;
        self.all = all;
        is_new
    }

    /// Somebody else moves VIPs from host to host: one that the host does not have is not the director's now.
    pub const fn claim_none(&mut self) {
        self.is_claiming_none = true;
    }

    /// These addresses are held from now on; true: that is news.
    pub fn hold(&mut self, held: BTreeSet<IpAddr>) -> bool {
        let is_new = held != self.held;
        self.is_to_tell = true;
        self.held = held;
        is_new
    }

    /// Those that are held, if it is still to be said that what comes to them is the director's.
    pub fn take_news(&mut self) -> Option<&BTreeSet<IpAddr>> {
        std::mem::take(&mut self.is_to_tell).then_some(&self.held)
    }

    /// Takes out of a snapshot what is another director's now, and adds what goes with being master. An address that the
    /// host has is left as it is: packets to it come here, whoever is master. One that is still to come to an interface counts as
    /// the host's already: it comes when what comes to it is the director's.
    pub fn fit(&self, snapshot: &mut Snapshot) {
        if self.all.is_empty() && !self.is_claiming_none {
            return;
        }
        let is_held = |addr: &IpAddr| self.held.contains(addr);
        let mut claimed: BTreeSet<IpAddr> = snapshot.claimed.iter().collect();
        let comes = |addr: &IpAddr| self.all.get(addr) == Some(&false) && is_held(addr);
        snapshot.on_host.extend(claimed.iter().copied().filter(comes));
        claimed.retain(|addr| match self.all.get(addr) {
            Some(is_claimed) => *is_claimed && is_held(addr),
            None => !self.is_claiming_none,
        });
        let ours = self.all.iter().filter(|(addr, is_claimed)| **is_claimed && is_held(addr));
        let host = &snapshot.network.host_addresses;
        claimed.extend(ours.map(|(addr, _)| *addr).filter(|addr| !host.contains(addr)));
        snapshot.claimed = claimed.into_iter().collect();
    }
}

impl<O: Outside> Keeper<O> {
    /// VIPs are moved from host to host by somebody else: those that the host does not have are left alone. To be called
    /// before [`Keeper::begin`].
    pub const fn claim_none(&mut self) {
        self.roles.claim_none();
    }

    /// Which addresses this director has by its virtual routers.
    pub(super) fn hold_roles(&mut self, held: BTreeSet<IpAddr>) {
        // Neighbours are told of these by their virtual router, at its own pace.
        self.announced.extend(&held);
        self.is_dirty |= self.roles.hold(held);
    }

    /// A virtual router has changed: written down, and told outside.
    pub(super) fn router_changed(&mut self, change: RouterChange) {
        if let Some(what) = change.what.clone() {
            self.record(|number, unix_seconds, epoch| HappeningRecord {
                number,
                unix_seconds,
                epoch,
                cause: change.cause.clone(),
                farm: change.name.clone(),
                server: None,
                what,
            });
        }
        self.follow_router(&change);
        self.outside.tell_of_router(change);
    }

    /// How the virtual routers stand.
    pub(super) fn routers(&self) -> Vec<RouterStatus> {
        self.outside.routers()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lvs::{VirtualAddress, VrrpInstance};

    fn addr(last: u8) -> IpAddr {
        [10, 9, 0, last].into()
    }

    fn vrrp(places: &[(u8, Place)]) -> Vrrp {
        let addresses = places.iter().map(|(last, place)| VirtualAddress {
            addr: addr(*last),
            prefix: 24,
            place: place.clone(),
        });
        let instance =
            VrrpInstance { addresses: addresses.collect(), ..crate::lvs::vrrp_instance("VI_1", "eth0", 51) };
        Vrrp { instances: vec![instance], ..Vrrp::default() }
    }

    fn claimed(roles: &Roles, host: &[u8]) -> Vec<IpAddr> {
        let on_host = |own: &IpAddr| host.iter().any(|last| addr(*last) == *own);
        let mut snapshot = Snapshot {
            claimed: [100, 101, 102].map(addr).into_iter().filter(|own| !on_host(own)).collect(),
            ..Snapshot::default()
        };
        snapshot.network.host_addresses = host.iter().map(|last| addr(*last)).collect();
        roles.fit(&mut snapshot);
        let mut claimed: Vec<_> = snapshot.claimed.iter().collect();
        claimed.sort();
        claimed
    }

    #[test]
    fn only_a_master_claims() {
        let on = Place::OnInterface { device: None, label: None, broadcast: None, scope: 0 };
        let mut roles = Roles::default();
        assert_eq!(
            claimed(&roles, &[]),
            [addr(100), addr(101), addr(102)],
            "without virtual routers all are ours"
        );
        assert!(roles.follow(&vrrp(&[(100, Place::Claimed), (101, on.clone()), (103, Place::Claimed)])));
        assert!(!roles.follow(&vrrp(&[(100, Place::Claimed), (101, on), (103, Place::Claimed)])));
        assert_eq!(
            claimed(&roles, &[]),
            [addr(102)],
            "as backup what is no virtual router's, and nothing else"
        );
        assert!(roles.hold([addr(100), addr(101), addr(103)].into()));
        assert!(!roles.hold([addr(100), addr(101), addr(103)].into()));
        assert_eq!(claimed(&roles, &[]), [addr(100), addr(102), addr(103)], "101 is the host's");
        let mut snapshot =
            Snapshot { claimed: [101, 102].map(addr).into_iter().collect(), ..Snapshot::default() };
        roles.fit(&mut snapshot);
        assert!(snapshot.on_host.contains(&addr(101)), "before it is on its interface");
        assert!(!snapshot.on_host.contains(&addr(102)) && !snapshot.on_host.contains(&addr(100)));
        assert_eq!(claimed(&roles, &[103]), [addr(100), addr(102)], "what the host has the host answers for");
    }

    #[test]
    fn what_somebody_else_moves_is_ours_on_the_host_only() {
        let mut roles = Roles::default();
        roles.claim_none();
        assert_eq!(claimed(&roles, &[]), [] as [IpAddr; 0]);
        roles.follow(&vrrp(&[(100, Place::Claimed)]));
        assert_eq!(claimed(&roles, &[]), [] as [IpAddr; 0], "backup");
        roles.hold([addr(100)].into());
        assert_eq!(claimed(&roles, &[]), [addr(100)], "our own virtual router's is another matter");
    }
}
