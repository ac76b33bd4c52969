//! The thread's loop: waits for packets, news and deadlines, and does what the states want done.

use super::change::Who;
use super::pair::{Pair, Told};
use super::router::{Pack, Router};
use super::tracker::Trackers;
use super::wires::{Key, Wires, group};
use super::{Bell, News, Tell, Word};
use crate::control::command::RouterStatus;
use crate::control::happening::RouterChange;
use crate::host::advert_socket::Came;
use crate::host::netlink::NetlinkError;
use crate::host::places::Places;
use crate::host::sysctl;
use crate::host::vicinity::Vicinity;
use crate::lvs::{Family, Place, Role, Vrrp, VrrpGroup, VrrpInstance};
use crate::program::Runner;
use crate::ring::Caller;
use crate::vrrp::{Action, ArpKind, Burst, Counters, Directed, Fault, Input, Line, Packet, Why, frame};
use crossbeam_channel::{Receiver, TryRecvError};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Packets that are read from one socket before deadlines are looked at again: a flood of them must not stop the adverts.
const PACKETS: usize = 1000;
/// Between two looks for room where news goes, while there is none.
const ROOM: Duration = Duration::from_millis(20);
/// How often the status is shown anew.
const SHOW: Duration = Duration::from_secs(1);
/// News that waits for room at most; addresses that are ours are never left out.
const WAITING: usize = 4096;
/// How long the last news may wait for room.
const LAST_TIME: Duration = Duration::from_secs(2);

/// All that the thread has.
pub(super) struct Duty {
    bell: Bell,
    tell: Tell,
    outbox: VecDeque<News>,
    board: Arc<Mutex<Vec<RouterStatus>>>,
    vicinity: Vicinity,
    places: Places,
    wires: Wires,
    trackers: Trackers,
    packs: Vec<Pack>,
    /// Piranha's pair, if the configuration has one.
    pair: Option<Pair>,
    /// By interface, what neighbours are still to be told there.
    lines: BTreeMap<u32, (Line, Option<Caller>)>,
    /// Addresses that are ours, as it was told last.
    held: BTreeSet<IpAddr>,
    next_id: usize,
    next_show: Instant,
    /// Virtual routers that end now end by another configuration, and not with the director.
    deletes: bool,
}

impl Duty {
    pub fn new(
        bell: Bell,
        runner: Runner,
        tell: Tell,
        board: Arc<Mutex<Vec<RouterStatus>>>,
    ) -> Result<Self, NetlinkError> {
        Ok(Self {
            trackers: Trackers::new(runner, bell.clone()),
            bell,
            tell,
            outbox: VecDeque::new(),
            board,
            vicinity: Vicinity::open()?,
            places: Places::open()?,
            wires: Wires::default(),
            packs: Vec::new(),
            pair: None,
            lines: BTreeMap::new(),
            held: BTreeSet::new(),
            next_id: 0,
            next_show: now(),
            deletes: true,
        })
    }

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

    /// Works until it is told to end.
    pub fn run(&mut self, heard: &Receiver<Word>) {
        loop {
            self.wait();
            self.bell.silence();
            loop {
                match heard.try_recv() {
                    Ok(Word::Configured(wanted)) => self.configure(*wanted),
                    Ok(Word::Begin { .. }) => {}
                    Ok(Word::Finish) | Err(TryRecvError::Disconnected) => return self.finish(),
                    Err(TryRecvError::Empty) => break,
                }
            }
            match self.vicinity.learn() {
                Ok(true) => self.look_around(),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "virtual routers do not hear of links and addresses"),
            }
            let (lines, any) = self.trackers.turn(now());
            lines.iter().for_each(|line| tracing::info!("{line}"));
            if any {
                self.judge();
            }
            // All that has come, before anything is concluded from silence.
            self.hear();
            self.pass_time();
            self.turn_pair();
            self.announce();
            self.show();
            self.post();
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
        match (&mut self.pair, pulse) {
            (Some(pair), Some(pulse)) => pair.follow(pulse, &self.vicinity, &mut self.places, now()),
            (Some(pair), None) => pair.end(&self.vicinity, &mut self.places, now(), true),
            (None, Some(pulse)) => self.pair = Some(Pair::new(pulse)),
            (None, None) => {}
        }
        self.turn_pair();
        self.note_held();
        self.next_show = now();
    }

    /// Whatever the pair has to do now, and what it tells.
    fn turn_pair(&mut self) {
        let Some(pair) = &mut self.pair else { return };
        pair.turn(&self.vicinity, &mut self.places, now());
        self.take_from_pair();
    }

    fn take_from_pair(&mut self) {
        let Some(pair) = &mut self.pair else { return };
        let told = pair.take_told();
        let is_over = pair.is_over();
        let any = !told.is_empty();
        for news in told {
            match news {
                Told::Change(change) => self.say(change),
                Told::Synchronise(daemons) => self.outbox.push_back(News::Synchronise(daemons)),
            }
        }
        if is_over {
            self.pair = None;
        }
        if any {
            self.next_show = now();
            self.note_held();
        }
    }

    /// What goes on takes in what is new. Addresses that it has come and go at once.
    fn follow(&mut self, pack: &mut Pack, members: Vec<VrrpInstance>) {
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

    /// Masters say that they are none any more; nothing is left.
    fn finish(&mut self) {
        self.deletes = false;
        self.end_all();
        if let Some(pair) = &mut self.pair {
            pair.end(&self.vicinity, &mut self.places, now(), false);
            self.take_from_pair();
        }
        let until = now() + LAST_TIME;
        while !self.post() && now() < until {
            std::thread::sleep(ROOM);
        }
    }

    fn end_all(&mut self) {
        for place in 0..self.packs.len() {
            self.handle(place, None, Input::Stop);
        }
        for router in self.packs.iter().flat_map(|pack| &pack.routers) {
            self.lines.values_mut().for_each(|(line, _)| line.clear(router.id));
        }
        self.packs.clear();
        self.note_held();
    }

    /// Links or addresses may be others than before.
    fn look_around(&mut self) {
        let mut wanted: BTreeMap<Key, (String, BTreeSet<IpAddr>)> = BTreeMap::new();
        let mut sources = Vec::new();
        for (place, pack) in self.packs.iter_mut().enumerate() {
            for (member, router) in pack.routers.iter_mut().enumerate() {
                let source = router.find(&self.vicinity);
                if let Some(key) = router.key() {
                    let (_, groups) =
                        wanted.entry(key).or_insert_with(|| (router.spec.interface.clone(), BTreeSet::new()));
                    groups.extend(group(&router.spec));
                }
                if let Some(source) = source.filter(|source| *source != router.post.source()) {
                    router.post.set_source(source);
                    sources.push((place, member, source));
                }
            }
        }
        for complaint in self.wires.follow(&wanted) {
            tracing::error!("{complaint}");
        }
        self.lines.retain(|ifindex, _| self.vicinity.indices().any(|index| index == *ifindex));
        for (place, member, source) in sources {
            self.handle(place, Some(member), Input::Source(source));
        }
        self.judge();
        for router in self.packs.iter().flat_map(|pack| &pack.routers).filter(|router| router.holds) {
            if router.misses_some(&self.vicinity) {
                warn(&router.spec.name, router.take(&mut self.places, &self.vicinity));
            }
        }
    }

    /// What priorities follow from may be something else.
    fn judge(&mut self) {
        for place in 0..self.packs.len() {
            let members = self.packs.get(place).map_or(0, |pack| pack.routers.len());
            for member in 0..members {
                let Some(pack) = self.packs.get_mut(place) else { continue };
                let Some(router) = pack.routers.get_mut(member) else { continue };
                let has_source = !router.post.source().is_unspecified();
                let is_ready = has_source && router.key().is_some_and(|key| self.wires.has(key));
                let verdict = router.verdict(pack.spec.as_ref(), &self.vicinity, &self.trackers, is_ready);
                let input = Input::Wellness { is_well: verdict.is_well, priority: verdict.priority };
                self.handle(place, Some(member), input);
            }
        }
    }

    /// Reads what has come.
    fn hear(&mut self) {
        let mut heard = Vec::new();
        let mut wrong = Vec::new();
        for (key, socket) in self.wires.all() {
            for _ in 0..PACKETS {
                let packet = match socket.receive() {
                    Ok(Some(Came::V4(bytes))) => match Packet::of_v4(bytes) {
                        Ok(packet) => packet,
                        Err(_) => continue,
                    },
                    Ok(Some(Came::V6 { from, to, hops, message })) => {
                        Packet::of_v6(from.into(), to.into(), hops, message)
                    }
                    // An interface that went down says so once.
                    Ok(None) | Err(_) => break,
                };
                let Some((place, member, router)) = find(&mut self.packs, key, &packet) else { continue };
                match router.post.read(&packet) {
                    Ok(advert) => {
                        let remark = advert.remark.map(|remark| remark.to_string());
                        wrong.extend(
                            remark.filter(|text| router.is_news(text)).map(|text| (place, member, text)),
                        );
                        let (priority, interval) = (advert.advert.priority, advert.advert.interval);
                        heard.push((place, member, Input::Heard { from: advert.from, priority, interval }));
                    }
                    Err(Fault::Own { .. }) => {}
                    Err(fault) => {
                        let text = fault.to_string();
                        if router.is_news(&text) {
                            wrong.push((place, member, text));
                        }
                    }
                }
            }
        }
        for (place, member, text) in wrong {
            if let Some(router) = self.packs.get(place).and_then(|pack| pack.routers.get(member)) {
                let change = who(router, router.spec.priority).warns(&text);
                self.say(change);
            }
        }
        for (place, member, input) in heard {
            self.handle(place, Some(member), input);
        }
    }

    /// Deadlines that have come.
    fn pass_time(&mut self) {
        for place in 0..self.packs.len() {
            let deadline = self.packs.get(place).and_then(|pack| pack.group.deadline());
            if deadline.is_some_and(|at| now() >= at) {
                self.handle(place, None, Input::Timer);
            }
        }
    }

    /// Hands in what happens to a virtual router, or to all of them, and does what follows.
    fn handle(&mut self, place: usize, member: Option<usize>, input: Input) {
        let now = now();
        let Some(pack) = self.packs.get_mut(place) else { return };
        for directed in pack.group.handle(member, input, now) {
            match directed {
                Directed::Member(member, action) => self.act(place, member, action, now),
                Directed::Became(role) => {
                    if let Some(change) =
                        self.of_group(place, |who| who.became(Some(role), false, Why::Group))
                    {
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

    fn of_group(&self, place: usize, change: impl FnOnce(Who<'_>) -> RouterChange) -> Option<RouterChange> {
        let VrrpGroup { name, notify, words, .. } = self.packs.get(place)?.spec.as_ref()?;
        Some(change(Who { is_group: true, name, notify, words: *words, priority: 0 }))
    }

    fn act(&mut self, place: usize, member: usize, action: Action, now: Instant) {
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
                            self.outbox.push_back(News::Change(Box::new(change)));
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
    fn note_held(&mut self) {
        let holders = self.packs.iter().flat_map(|pack| &pack.routers).filter(|router| router.holds);
        let held = holders.flat_map(Router::addresses).map(|own| own.addr);
        let held: BTreeSet<IpAddr> = held.chain(self.pair.iter().flat_map(Pair::held)).collect();
        if held != self.held {
            self.held.clone_from(&held);
            // What still waits is old.
            self.outbox.retain(|news| !matches!(news, News::Roles(_)));
            self.outbox.push_back(News::Roles(held));
            self.post();
        }
    }

    fn say(&mut self, change: RouterChange) {
        if change.what.is_none()
            && change.lines.is_empty()
            && change.scripts.is_empty()
            && change.pipe.is_none()
        {
            return;
        }
        if self.outbox.len() < WAITING {
            self.outbox.push_back(News::Change(Box::new(change)));
        }
    }

    /// Sends the news, as far as there is room; true: nothing waits.
    fn post(&mut self) -> bool {
        while let Some(news) = self.outbox.pop_front() {
            if let Err(news) = (self.tell)(news) {
                self.outbox.push_front(news);
                return false;
            }
        }
        true
    }

    /// Tells neighbours what is due.
    fn announce(&mut self) {
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

    /// Shows how all stand.
    fn show(&mut self) {
        let now = now();
        if now < self.next_show {
            return;
        }
        let rows = self.packs.iter().flat_map(|pack| pack.routers.iter().zip(pack.group.members()));
        let rows = rows.map(|(router, machine)| RouterStatus {
            name: router.spec.name.clone(),
            interface: router.spec.interface.clone(),
            vrid: router.spec.vrid,
            role: machine.role().unwrap_or_default(),
            since_unix_seconds: router.since,
            configured_priority: router.spec.priority,
            priority: machine.priority(),
            reasons: router.reasons.clone(),
            master: match machine.role() {
                Some(Role::Master) => Some((router.post.source(), machine.priority())),
                _ => machine.master(),
            },
            addresses: router.addresses().map(|own| own.addr).collect(),
            counters: counted(router.post.counters()),
        });
        let rows = rows.chain(self.pair.as_ref().map(Pair::status)).collect();
        // Whoever reads it at this moment is not waited for.
        if let Ok(mut board) = self.board.try_lock() {
            *board = rows;
            self.next_show = now + SHOW;
        }
    }

    /// Sleeps until there is something to do.
    fn wait(&self) {
        let now = now();
        let routers = || self.packs.iter().flat_map(|pack| &pack.routers);
        let packs = self.packs.iter().filter_map(|pack| pack.group.deadline());
        let bursts = routers().filter_map(|router| router.bursts.deadline());
        let lines = self.lines.values().filter_map(|(line, _)| line.deadline(now));
        let room = (!self.outbox.is_empty()).then(|| now + ROOM);
        let pair = self.pair.as_ref().and_then(Pair::deadline);
        let others = [self.trackers.deadline(), room, pair, Some(self.next_show)].into_iter().flatten();
        let next = packs.chain(bursts).chain(lines).chain(others).min();
        let pause = next.map_or(SHOW, |at| at.saturating_duration_since(now));
        let pause = Timespec {
            tv_sec: i64::try_from(pause.as_secs()).unwrap_or(1),
            tv_nsec: i64::from(pause.subsec_nanos()),
        };
        let mut ready =
            vec![PollFd::new(&*self.bell.0, PollFlags::IN), PollFd::new(&self.vicinity, PollFlags::IN)];
        ready.extend(self.wires.sockets().map(|socket| PollFd::new(socket, PollFlags::IN)));
        let pair = self.pair.iter().flat_map(Pair::sockets);
        ready.extend(pair.map(|socket| PollFd::new(socket, PollFlags::IN)));
        if let Err(error) = poll(&mut ready, Some(&pause))
            && error != rustix::io::Errno::INTR
        {
            tracing::error!(%error, "cannot wait for adverts");
            std::thread::sleep(ROOM);
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

/// For whom a packet that came by this socket is.
fn find<'p>(packs: &'p mut [Pack], key: Key, packet: &Packet<'_>) -> Option<(usize, usize, &'p mut Router)> {
    let vrid = packet.vrid()?;
    packs.iter_mut().enumerate().find_map(|(place, pack)| {
        let mut routers = pack.routers.iter_mut().enumerate();
        let is_it = |router: &Router| {
            let is_v6 = router.spec.family == Family::V6;
            router.spec.vrid == vrid && router.ifindex == Some(key.ifindex) && is_v6 == key.is_v6
        };
        routers.find(|(_, router)| is_it(router)).map(|(member, router)| (place, member, router))
    })
}

fn who(router: &Router, priority: u8) -> Who<'_> {
    let VrrpInstance { name, notify, words, .. } = &router.spec;
    Who { is_group: false, name, notify, words: *words, priority }
}

fn warn(name: &str, wrong: Vec<String>) {
    wrong.iter().for_each(|text| tracing::error!("({name}) {text}"));
}

fn forwards_v6() -> bool {
    sysctl::read("net/ipv6/conf/all/forwarding").is_ok_and(|text| text.trim() == "1")
}

/// By name, those of keepalived first.
fn counted(counters: &Counters) -> Vec<(String, u64)> {
    let Ok(serde_json::Value::Object(all)) = serde_json::to_value(counters) else { return Vec::new() };
    all.into_iter().map(|(name, count)| (name, count.as_u64().unwrap_or(0))).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "here the time of virtual routers begins; their states are given it"
)]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the time of day, for who asks since when")]
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
