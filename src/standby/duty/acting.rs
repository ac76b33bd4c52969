//! What the states want done.

use super::{Duty, now, unix_seconds, warn};
use crate::control::happening::RouterChange;
use crate::host::sysctl;
use crate::lvs::{Role, VrrpGroup, VrrpInstance};
use crate::ring::Caller;
use crate::standby::change::Who;
use crate::standby::pair::Pair;
use crate::standby::router::Router;
use crate::vrrp::{Action, ArpKind, Directed, Input, Line, Why, frame};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Instant;

impl Duty {
    /// Hands in what happens to a virtual router, or to all of them, and does what follows.
    pub(super) fn handle(&mut self, place: usize, member: Option<usize>, input: Input) {
        let now = now();
        let Some(pack) = self.packs.get_mut(place) else { return };
        for directed in pack.group.handle(member, input, now) {
            match directed {
                Directed::Member(member, action) => self.act(place, member, action, now),
                Directed::Became(role) => {
                    let (is_deleted, why) = match role {
                        Some(_) => (false, Why::Group),
                        None => (self.deletes, Why::Stop),
                    };
                    if let Some(change) = self.of_group(place, |who| who.became(role, is_deleted, why)) {
                        self.say(change);
                    }
                }
                Directed::Tell(event) => {
                    if let Some(change) = self.of_group(place, |who| who.says(&event)) {
                        self.say(change);
                    }
                }
            }
        }
    }

    pub(super) fn of_group(
        &self,
        place: usize,
        change: impl FnOnce(Who<'_>) -> RouterChange,
    ) -> Option<RouterChange> {
        let VrrpGroup { name, notify, words, .. } = self.packs.get(place)?.spec.as_ref()?;
        Some(change(Who { is_group: true, name, notify, words: *words, priority: 0 }))
    }

    pub(super) fn act(&mut self, place: usize, member: usize, action: Action, now: Instant) {
        let Some(pack) = self.packs.get_mut(place) else { return };
        let machine = pack.group.members().get(member);
        let (priority, role) = machine.map_or((0, None), |own| (own.priority(), own.role()));
        let Some(router) = pack.routers.get_mut(member) else { return };
        match action {
            Action::Advertise { priority } => {
                let Some(key) = router.key() else { return };
                let source = router.post.source();
                for advert in router.post.write(priority) {
                    if let Err(error) = self.wires.send(key, source, &advert) {
                        let text = format!("an advert to {} is not sent: {error}", advert.to);
                        if router.is_news(&text) {
                            let change = who(router, priority).warns(&text);
                            self.outbox.change(change);
                        }
                    }
                }
            }
            Action::Take => {
                router.holds = true;
                warn(&router.spec.name, router.take(&mut self.places, &self.vicinity));
                self.note_held();
            }
            Action::Release => {
                router.holds = false;
                router.bursts.end();
                self.lines.values_mut().for_each(|(line, _)| line.clear(router.id));
                warn(&router.spec.name, router.release(&mut self.places, &self.vicinity));
                self.note_held();
            }
            Action::Announce(burst) => router.bursts.begin(burst, now),
            Action::Became { from, to, why } => {
                router.since = unix_seconds();
                let counters = router.post.counters_mut();
                counters.become_master += u64::from(to == Some(Role::Master));
                counters.release_master += u64::from(from == Some(Role::Master));
                let change = who(router, priority).became(to, self.deletes, why);
                self.say(change);
                self.next_show = now;
            }
            Action::Notify(topic) => {
                let change = who(router, priority).notifies(topic, role.unwrap_or_default());
                self.say(change);
            }
            Action::Tell(event) => {
                let change = who(router, priority).says(&event);
                self.say(change);
            }
        }
    }

    /// The keeper is to know at once which addresses are ours.
    pub(super) fn note_held(&mut self) {
        let holders = self.packs.iter().flat_map(|pack| &pack.routers).filter(|router| router.holds);
        let held = holders.flat_map(Router::addresses).map(|own| own.addr);
        let held: BTreeSet<IpAddr> = held.chain(self.pair.iter().flat_map(Pair::held)).collect();
        if held != self.held {
            self.held.clone_from(&held);
            self.places.hold(&held);
            self.outbox.hold(held);
            self.post();
        }
    }

    pub(super) fn say(&mut self, change: RouterChange) {
        if change.what.is_none()
            && change.lines.is_empty()
            && change.scripts.is_empty()
            && change.pipe.is_none()
        {
            return;
        }
        self.outbox.change(change);
    }

    /// Sends the news, as far as there is room; true: nothing waits. At the end nobody waits for addresses.
    pub(super) fn post(&mut self) -> bool {
        let addresses_wait = self.deletes && self.places.is_waited_for();
        while let Some(news) = self.outbox.next(addresses_wait) {
            if let Err(news) = (self.tell)(news) {
                self.outbox.put_back(news);
                return false;
            }
        }
        self.outbox.is_empty()
    }

    /// Tells neighbours what is due.
    pub(super) fn announce(&mut self) {
        let now = now();
        for router in self.packs.iter_mut().flat_map(|pack| &mut pack.routers) {
            let times = router.bursts.due(now);
            if times == 0 {
                continue;
            }
            for (ifindex, addresses) in router.told(&self.vicinity) {
                let pause = router.spec.announces.pause;
                let (line, _) = self.lines.entry(ifindex).or_insert_with(|| (Line::new(pause), None));
                line.fill(router.id, &addresses, times);
            }
        }
        for (ifindex, (line, caller)) in &mut self.lines {
            while let Some((_, addr)) = line.next(now) {
                let Some(link) = self.vicinity.by_index(*ifindex) else { break };
                if caller.is_none() {
                    *caller = Caller::open(*ifindex)
                        .inspect_err(|error| tracing::warn!(%error, "neighbours are not told"))
                        .ok();
                }
                let is_router = addr.is_ipv6() && forwards_v6();
                if let Some(caller) = caller {
                    // What a full queue drops comes again: that is why it is said more than once.
                    let _ = caller.send(&frame(addr, link.mac, ArpKind::Request, is_router));
                }
            }
        }
    }
}

pub(super) fn who(router: &Router, priority: u8) -> Who<'_> {
    let VrrpInstance { name, notify, words, .. } = &router.spec;
    Who { is_group: false, name, notify, words: *words, priority }
}

fn forwards_v6() -> bool {
    sysctl::read("net/ipv6/conf/all/forwarding").is_ok_and(|text| text.trim() == "1")
}
