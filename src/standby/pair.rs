//! The pair of an lvs.cf at work: what [`crate::pulse`] wants done is done here. By the thread of the virtual routers.

mod arps;
mod channel;
mod places;

use crate::control::command::RouterStatus;
use crate::control::happening::{Cause, RouterChange, What};
use crate::host::vicinity::Vicinity;
use crate::lvs::{Pulse, PulseNode, Role, Script, Words};
use crate::pulse::{Action, Counters, Event, Input, Machine, Pace, Post, Why, Word};
use crate::standby::arrivals::Arrivals;
use arps::Arps;
use channel::{Channel, PACKETS};
use places::Site;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddrV4, UdpSocket};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What messages call it.
const NAME: &str = Pulse::NAME;
/// Complaints that are told at most: whoever can send datagrams chooses what they say.
const COMPLAINTS: usize = 32;

/// One of the two hosts, with all that belongs to it here.
pub(super) struct Pair {
    spec: Pulse,
    machine: Machine,
    post: Post,
    channels: Vec<Channel>,
    arps: Arps,
    /// It has the addresses.
    holds: bool,
    /// It ends with this configuration or with the director.
    is_over: bool,
    /// When it became what it is, in seconds since 1970.
    since: u64,
    /// Why it is what it is.
    reason: &'static str,
    /// Links that it looks at and that are lost.
    lost: Vec<String>,
    /// What was complained of: each is said once.
    complaints: BTreeSet<String>,
    told: Vec<RouterChange>,
}

impl Pair {
    /// Not begun: it begins when the host has one of the two addresses.
    pub fn new(spec: Pulse) -> Self {
        Self {
            machine: Machine::new(pace(&spec)),
            post: Post::default(),
            channels: Vec::new(),
            arps: Arps::default(),
            holds: false,
            is_over: false,
            since: unix_seconds(),
            reason: "neither primary nor backup is an address of this host",
            lost: Vec::new(),
            complaints: BTreeSet::new(),
            told: Vec::new(),
            spec,
        }
    }

    /// Takes in another configuration. Who the two are makes it begin anew; all else does not change what it is.
    pub fn follow(&mut self, mut wanted: Pulse, vicinity: &Vicinity, places: &mut Arrivals, now: Instant) {
        // That was for the start alone.
        wanted.is_forced = false;
        if wanted == (Pulse { is_forced: false, ..self.spec.clone() }) {
            return;
        }
        let who = |spec: &Pulse| (spec.primary, spec.backup, spec.port);
        if who(&wanted) != who(&self.spec) {
            self.end(vicinity, places, now);
            let told = std::mem::take(&mut self.told);
            let counters = *self.post.counters();
            *self = Self { told, ..Self::new(wanted) };
            *self.post.counters_mut() = counters;
            return;
        }
        let before = std::mem::replace(&mut self.spec, wanted);
        self.machine.set_pace(pace(&self.spec));
        self.complaints.clear();
        if self.holds && !self.spec.addresses().eq(before.addresses()) {
            let gone = before.addresses().filter(|own| !self.spec.addresses().any(|other| other == *own));
            let mut wrong = self.site(vicinity).release(gone, places);
            wrong.extend(self.site(vicinity).take(self.spec.addresses(), places));
            self.complain(wrong);
            self.arps.begin(now);
        }
    }

    /// It ends: inactive, without a farewell, as pulse does.
    pub fn end(&mut self, vicinity: &Vicinity, places: &mut Arrivals, now: Instant) {
        for action in self.machine.handle(Input::Stop, now) {
            self.act(action, vicinity, places, now);
        }
        self.channels.clear();
        self.is_over = true;
    }

    /// It has ended, and may go.
    pub const fn is_over(&self) -> bool {
        self.is_over
    }

    /// What it has to tell, in order.
    pub fn take_told(&mut self) -> Vec<RouterChange> {
        std::mem::take(&mut self.told)
    }

    /// The addresses that are this host's now.
    pub fn held(&self) -> impl Iterator<Item = IpAddr> {
        self.spec.addresses().filter(|_| self.holds).map(|own| own.addr)
    }

    /// Sockets to wait for.
    pub fn sockets(&self) -> impl Iterator<Item = &UdpSocket> {
        self.channels.iter().filter_map(Channel::socket)
    }

    /// When there is something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.machine.deadline().into_iter().chain(self.arps.deadline()).min()
    }

    /// Does whatever there is to do now.
    pub fn turn(&mut self, vicinity: &Vicinity, places: &mut Arrivals, now: Instant) {
        if self.is_over {
            return;
        }
        self.look_around(vicinity, places, now);
        // All that has come, before anything is concluded from silence.
        for word in self.hear() {
            self.hand(Input::Heard(word), vicinity, places, now);
        }
        if self.machine.deadline().is_some_and(|at| now >= at) {
            self.hand(Input::Timer, vicinity, places, now);
        }
        self.announce(vicinity, now);
    }

    /// Links and addresses may be others than before.
    fn look_around(&mut self, vicinity: &Vicinity, places: &mut Arrivals, now: Instant) {
        let site = self.site(vicinity);
        let found = site.node();
        self.lost = if self.spec.monitors_links { site.lost_links() } else { Vec::new() };
        let begun = self.machine.node();
        // Once it is one of the two, it stays it for as long as the configuration says who they are. But who was taken for
        // a backup that is not wanted may get the primary's address later.
        let begins = match begun {
            None => found,
            Some(PulseNode::Backup) if self.spec.backup.is_none() => {
                found.filter(|node| *node == PulseNode::Primary)
            }
            Some(_) => None,
        };
        self.open_channels(begun.or(found), vicinity);
        self.hand(Input::Links(self.lost.is_empty()), vicinity, places, now);
        let hears = self.channels.iter().any(|channel| channel.socket().is_some());
        self.hand(Input::Hears(hears || self.spec.backup.is_none()), vicinity, places, now);
        match begins {
            Some(node) => {
                let has_partner = self.spec.backup.is_some();
                let is_forced = self.spec.is_forced;
                self.hand(Input::Start { node, has_partner, is_forced }, vicinity, places, now);
            }
            None if begun.is_none() => {
                self.complain(vec![self.reason.to_owned()]);
            }
            None => {}
        }
        if self.holds && self.site(vicinity).misses_some(self.spec.addresses()) {
            let wrong = self.site(vicinity).take(self.spec.addresses(), places);
            self.complain(wrong);
        }
    }

    /// Heartbeats go by each pair of addresses. What cannot be opened yet is tried again.
    fn open_channels(&mut self, node: Option<PulseNode>, vicinity: &Vicinity) {
        let Some((own, partner)) = node.and_then(|node| self.spec.hosts(node)) else { return };
        if self.channels.is_empty() {
            let at = |addr| SocketAddrV4::new(addr, self.spec.port);
            let mut ways = vec![(at(own.public), at(partner.public))];
            ways.extend(own.private.zip(partner.private).map(|(own, partner)| (at(own), at(partner))));
            let counters = *self.post.counters();
            self.post = Post::new(ways.iter().map(|(_, partner)| *partner).collect());
            *self.post.counters_mut() = counters;
            self.channels = ways.into_iter().map(|(own, partner)| Channel::new(own, partner)).collect();
        }
        let wrong: Vec<_> =
            self.channels.iter_mut().filter_map(|channel| channel.open(vicinity).err()).collect();
        self.complain(wrong);
    }

    fn hear(&mut self) -> Vec<Word> {
        let (mut words, mut wrong) = (Vec::new(), Vec::new());
        let mut buffer = [0; 64];
        for channel in &self.channels {
            let Some(socket) = channel.socket() else { continue };
            for _ in 0..PACKETS {
                let Ok((len, from)) = socket.recv_from(&mut buffer) else { break };
                match self.post.read(from, buffer.get(..len).unwrap_or_default()) {
                    Ok(word) => words.push(word),
                    Err(fault) => wrong.push(fault.to_string()),
                }
            }
        }
        self.complain(wrong);
        words
    }

    fn hand(&mut self, input: Input, vicinity: &Vicinity, places: &mut Arrivals, now: Instant) {
        for action in self.machine.handle(input, now) {
            self.act(action, vicinity, places, now);
        }
    }

    fn act(&mut self, action: Action, vicinity: &Vicinity, places: &mut Arrivals, now: Instant) {
        match action {
            Action::Beat(word) => self.beat(word),
            Action::Rest => {
                // What it is now is told together with what it was at the start.
                self.change(Why::Start, Some(Role::Backup), self.spec.inactive_cmd.clone());
            }
            Action::Activate(why) => {
                self.holds = true;
                self.post.counters_mut().become_active += 1;
                self.change(why, Some(Role::Master), self.spec.active_cmd.clone());
                let wrong = self.site(vicinity).take(self.spec.addresses(), places);
                self.complain(wrong);
                self.arps.begin(now);
            }
            Action::Again => {
                self.post.counters_mut().arps_resent += 1;
                self.change(Why::PartnerActive, None, self.spec.active_cmd.clone());
                self.arps.begin(now);
            }
            Action::Announce => {
                self.post.counters_mut().arps_resent += 1;
                self.arps.begin(now);
            }
            Action::Deactivate(why) => {
                self.holds = false;
                self.arps.end();
                self.post.counters_mut().release_active += 1;
                let to = if why == Why::Link { Role::Fault } else { Role::Backup };
                self.change(why, Some(to), self.spec.inactive_cmd.clone());
                let wrong = self.site(vicinity).release(self.spec.addresses(), places);
                self.complain(wrong);
            }
            Action::Tell(event) => {
                if event == Event::MarkedInactive {
                    self.reason = "it is marked inactive";
                }
                let line = event.to_string();
                self.say(vec![line], event.is_warning());
            }
        }
    }

    fn beat(&mut self, word: Word) {
        let mut wrong = Vec::new();
        for channel in &self.channels {
            let counters = self.post.counters_mut();
            match channel.send(word) {
                Ok(()) => counters.heartbeat_sent += 1,
                Err(complaint) => {
                    counters.heartbeat_unsent += 1;
                    wrong.push(complaint);
                }
            }
        }
        self.complain(wrong);
    }

    /// Tells neighbours what is due.
    fn announce(&mut self, vicinity: &Vicinity, now: Instant) {
        if !self.arps.is_due(now) {
            return;
        }
        let told = self.site(vicinity).told(self.spec.addresses());
        let wrong = self.arps.send(told, now);
        self.complain(wrong);
        if self.arps.deadline().is_none() {
            self.say(vec![Event::ArpsFinished.to_string()], false);
        }
    }

    fn site<'s>(&self, vicinity: &'s Vicinity) -> Site<'s> {
        Site::new(&self.spec, self.machine.node(), vicinity)
    }

    fn change(&mut self, why: Why, to: Option<Role>, script: Option<Script>) {
        let (cause, detail) = because(why);
        if to.is_some() {
            (self.since, self.reason) = (unix_seconds(), detail);
        }
        let what = to.map(|role| What::Role { role, priority: 0, detail: detail.to_owned() });
        self.told.push(RouterChange {
            cause,
            name: NAME.to_owned(),
            is_group: false,
            what,
            words: Words::Piranha,
            lines: Vec::new(),
            is_warning: false,
            scripts: script.into_iter().collect(),
            pipe: None,
        });
    }

    fn say(&mut self, lines: Vec<String>, is_warning: bool) {
        self.told.push(RouterChange {
            cause: Cause::Check,
            name: NAME.to_owned(),
            is_group: false,
            what: None,
            words: Words::Piranha,
            lines,
            is_warning,
            scripts: Vec::new(),
            pipe: None,
        });
    }

    /// Each is said once.
    fn complain(&mut self, wrong: Vec<String>) {
        for text in wrong {
            if self.complaints.len() < COMPLAINTS && self.complaints.insert(text.clone()) {
                self.say(vec![format!("{NAME}: {text}")], true);
            }
        }
    }

    /// How it stands.
    pub fn status(&self) -> RouterStatus {
        let node = self.machine.node();
        let hosts = node.and_then(|node| self.spec.hosts(node));
        let role = match (self.holds, self.machine.is_able()) {
            (true, _) => Role::Master,
            (false, true) => Role::Backup,
            (false, false) => Role::Fault,
        };
        let master = match (self.holds, self.machine.partner(), hosts) {
            (true, _, Some((own, _))) => Some(own.public),
            (true, _, None) => Some(self.spec.primary.public),
            (false, Some(Word::Running), Some((_, partner))) => Some(partner.public),
            _ => None,
        };
        let mut reasons = vec![match node {
            Some(node) => format!("{node}: {}", self.reason),
            None => self.reason.to_owned(),
        }];
        reasons.extend(self.lost.iter().map(|name| format!("interface {name} is lost")));
        let device = self.spec.vips.first().and_then(|vip| match &vip.place {
            crate::lvs::Place::OnInterface { device, .. } => device.clone(),
            crate::lvs::Place::Claimed => None,
        });
        RouterStatus {
            name: NAME.to_owned(),
            interface: device.unwrap_or_else(|| "-".to_owned()),
            vrid: 0,
            role,
            since_unix_seconds: self.since,
            configured_priority: 0,
            priority: 0,
            reasons,
            master: master.map(|addr| (IpAddr::V4(addr), 0)),
            addresses: self.spec.addresses().map(|own| own.addr).collect(),
            counters: counted(self.post.counters()),
        }
    }
}

const fn pace(spec: &Pulse) -> Pace {
    Pace { keepalive: spec.keepalive, deadtime: spec.deadtime }
}

const fn because(why: Why) -> (Cause, &'static str) {
    match why {
        Why::Start => (Cause::Start, "it begins"),
        Why::PartnerDead => (Cause::Time, "partner dead"),
        Why::PartnerInactive => (Cause::Check, "partner inactive"),
        Why::Alone => (Cause::Check, "no active backup"),
        Why::Forced => (Cause::Start, "forced"),
        Why::PartnerActive => (Cause::Check, "partner active"),
        Why::Link => (Cause::Check, "link failure"),
        Why::Overslept => (Cause::Time, "it slept too long, and listens first"),
        Why::Stop => (Cause::Stop, "it ends"),
    }
}

/// By name.
fn counted(counters: &Counters) -> Vec<(String, u64)> {
    let Ok(serde_json::Value::Object(all)) = serde_json::to_value(counters) else { return Vec::new() };
    all.into_iter().map(|(name, count)| (name, count.as_u64().unwrap_or(0))).collect()
}

#[expect(clippy::disallowed_methods, reason = "the time of day, for who asks since when")]
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
