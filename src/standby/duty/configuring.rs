//! What the configuration wants, at the start and when it is another one.

use super::{Duty, now, warn};
use crate::lvs::{Place, Vrrp, VrrpGroup, VrrpInstance};
use crate::standby::router::{Pack, Router};
use crate::vrrp::{Burst, Input};
use std::collections::BTreeSet;

impl Duty {
    /// Takes away what a dead predecessor left on the interfaces of these virtual routers. `after_crash`: also what does not
    /// carry our number, if these name it: old kernels do not keep the number.
    pub fn clear(&mut self, wanted: &Vrrp, after_crash: bool) {
        let mut names = BTreeSet::new();
        let mut addresses = BTreeSet::new();
        for spec in &wanted.instances {
            names.insert(&spec.interface);
            for address in spec.addresses.iter().chain(&spec.unadvertised) {
                if let Place::OnInterface { device, .. } = &address.place {
                    names.extend(device);
                    addresses.insert(address.addr);
                }
            }
        }
        for address in wanted.pulse.iter().flat_map(|pulse| pulse.addresses()) {
            if let Place::OnInterface { device, .. } = &address.place {
                names.extend(device);
                addresses.insert(address.addr);
            }
        }
        let indices =
            names.iter().filter_map(|name| self.vicinity.link(name)).map(|link| link.ifindex).collect();
        let also = if after_crash { addresses } else { BTreeSet::new() };
        match self.places.clear(&indices, &also) {
            Ok(0) => {}
            Ok(count) => {
                tracing::warn!("{count} addresses and routes of a director that died here are taken away")
            }
            Err(error) => tracing::error!(%error, "what a director that died here left may still be there"),
        }
    }

    /// These are the virtual routers from now on. What goes on as it is keeps its state.
    pub fn configure(&mut self, mut wanted: Vrrp) {
        let pulse = wanted.pulse.take();
        if let Err(error) = self.trackers.follow(&wanted.watched, now()) {
            tracing::error!(%error, "files and processes are not looked at");
        }
        let mut before: Vec<Option<Pack>> = std::mem::take(&mut self.packs).into_iter().map(Some).collect();
        let plans: Vec<_> = plans(&wanted);
        let stays: Vec<Option<usize>> = plans
            .iter()
            .map(|(group, members)| {
                let is_same = |pack: &Pack| pack.is_of(group.as_ref(), members) && pack.goes_on_as(members);
                before.iter().position(|pack| pack.as_ref().is_some_and(is_same))
            })
            .collect();
        // Those that go, before those that come: they may have the same addresses.
        for place in (0..before.len()).filter(|place| !stays.contains(&Some(*place))) {
            self.packs.extend(before.get_mut(place).and_then(Option::take));
        }
        self.end_all();
        let mut fresh = Vec::new();
        for (place, ((group, members), stays)) in plans.into_iter().zip(stays).enumerate() {
            match stays.and_then(|place| before.get_mut(place).and_then(Option::take)) {
                Some(mut pack) => {
                    self.follow(&mut pack, members);
                    pack.spec = group;
                    self.packs.push(pack);
                }
                None => {
                    let routers = members.into_iter().map(|spec| {
                        self.next_id += 1;
                        Router::new(self.next_id, spec)
                    });
                    let routers = routers.collect();
                    self.packs.push(Pack::new(group, routers));
                    fresh.push(place);
                }
            }
        }
        self.look_around();
        for place in fresh {
            self.handle(place, None, Input::Start);
        }
        self.configure_pair(pulse);
        self.note_held();
        self.next_show = now();
    }

    /// What goes on takes in what is new. Addresses that it has come and go at once.
    pub(super) fn follow(&mut self, pack: &mut Pack, members: Vec<VrrpInstance>) {
        for (router, spec) in pack.routers.iter_mut().zip(members) {
            if router.spec == spec {
                continue;
            }
            if router.holds {
                let old = Router::new(0, router.spec.clone());
                let stays = |addr: &crate::lvs::VirtualAddress| {
                    spec.addresses.iter().chain(&spec.unadvertised).any(|own| own == addr)
                };
                let mut gone = old;
                gone.spec.addresses.retain(|own| !stays(own));
                gone.spec.unadvertised.retain(|own| !stays(own));
                gone.spec.routes.retain(|own| !spec.routes.contains(own));
                warn(&router.spec.name, gone.release(&mut self.places, &self.vicinity));
            }
            router.become_as(spec);
            if router.holds {
                warn(&router.spec.name, router.take(&mut self.places, &self.vicinity));
                router.bursts.begin(Burst::Master, now());
            }
        }
    }
}

/// Groups with their members, and those that are alone.
fn plans(wanted: &Vrrp) -> Vec<(Option<VrrpGroup>, Vec<VrrpInstance>)> {
    let of_name = |name: &String| wanted.instances.iter().find(|spec| spec.name == *name).cloned();
    let groups = wanted
        .groups
        .iter()
        .map(|group| (Some(group.clone()), group.members.iter().filter_map(of_name).collect::<Vec<_>>()));
    let is_alone =
        |spec: &&VrrpInstance| !wanted.groups.iter().any(|group| group.members.contains(&spec.name));
    let alone = wanted.instances.iter().filter(is_alone).map(|spec| (None, vec![spec.clone()]));
    groups.chain(alone).collect()
}
