//! The thread's loop: waits for packets, news and deadlines, and does what the states want done.

mod acting;
mod configuring;
mod hearing;
mod pairing;
mod showing;

use super::outbox::Outbox;
use super::pair::Pair;
use super::router::Pack;
use super::tracker::Trackers;
use super::wires::{Key, Wires, group};
use super::{Bell, Tell, Word};
use crate::control::command::RouterStatus;
use crate::host::netlink::NetlinkError;
use crate::host::vicinity::Vicinity;
use crate::program::Runner;
use crate::ring::Caller;
use crate::standby::arrivals::Arrivals;
use crate::vrrp::{Input, Line};
use crossbeam_channel::{Receiver, TryRecvError};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Packets that are read from one socket before deadlines are looked at again: a flood of them must not stop the adverts.
const PACKETS: usize = 1000;
/// Between two looks for room where news goes, while there is none.
const ROOM: Duration = Duration::from_millis(20);
/// How often the status is shown anew.
const SHOW: Duration = Duration::from_secs(1);
/// How long the last news may wait for room.
const LAST_TIME: Duration = Duration::from_secs(2);

/// All that the thread has.
pub(super) struct Duty {
    bell: Bell,
    tell: Tell,
    outbox: Outbox,
    board: Arc<Mutex<Vec<RouterStatus>>>,
    vicinity: Vicinity,
    places: Arrivals,
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
            outbox: Outbox::default(),
            board,
            vicinity: Vicinity::open()?,
            places: Arrivals::open()?,
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

    /// Works until it is told to end.
    pub fn run(&mut self, heard: &Receiver<Word>) {
        loop {
            self.wait();
            self.bell.silence();
            loop {
                match heard.try_recv() {
                    Ok(Word::Configured(wanted)) => self.configure(*wanted),
                    Ok(Word::Begin { .. }) => {}
                    Ok(Word::Stand(held)) => complain(self.places.stand(held)),
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
            complain(self.places.pass_time(now()));
            self.announce();
            self.show();
            self.post();
        }
    }

    /// Masters say that they are none any more; nothing is left.
    fn finish(&mut self) {
        self.deletes = false;
        self.end_all();
        self.end_pair();
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

    /// Deadlines that have come.
    fn pass_time(&mut self) {
        for place in 0..self.packs.len() {
            let deadline = self.packs.get(place).and_then(|pack| pack.group.deadline());
            if deadline.is_some_and(|at| now() >= at) {
                self.handle(place, None, Input::Timer);
            }
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
        let places = self.places.deadline();
        let others =
            [self.trackers.deadline(), room, pair, places, Some(self.next_show)].into_iter().flatten();
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

fn complain(wrong: Vec<String>) {
    wrong.iter().for_each(|text| tracing::error!("virtual routers: {text}"));
}

fn warn(name: &str, wrong: Vec<String>) {
    wrong.iter().for_each(|text| tracing::error!("({name}) {text}"));
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
