//! What Linux knows of links, addresses, routes and neighbours, as a stream of [`HostFact`]s.
//!
//! The whole truth first, between [`HostFact::Resync`] and [`HostFact::Synced`]; then changes; and the whole truth
//! again whenever the kernel says that it lost messages for us.

use super::fact;
use super::netlink::{Message, Netlink, NetlinkError, ROUTE, Received};
use super::sysctl;
use crate::lvs::{HostFact, IcmpLimits, RouteFact};
use crossbeam_channel::{SendTimeoutError, Sender};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use std::collections::HashSet;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// `RTMGRP_…`: link, neighbour, IPv4 address and route, IPv6 address and route, and both families' netconf.
const GROUPS: u32 = 0x1 | 0x4 | 0x10 | 0x40 | 0x100 | 0x400 | 1 << 23 | 1 << 24;
const RTM_NEWNETCONF: u16 = 80;
/// Room for bursts of news; the kernel may grant less.
const BUFFER_LEN: usize = 4 << 20;
/// Between two looks at what is not announced, while idle.
const IDLE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };
/// How long a full channel delays the end of the thread at most, and the pause after a failure.
const PAUSE: Duration = Duration::from_millis(100);

/// The thread that watches. Dropping it ends the thread.
pub struct Watch {
    stop: Arc<AtomicBool>,
    wake: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Watches the calling thread's network namespace and sends what it learns to `facts`. A full channel makes it wait,
    /// not forget: if the kernel's buffer overflows meanwhile, everything is told anew. It ends when this handle or the
    /// channel's receivers are dropped.
    ///
    /// # Errors
    /// Those of opening netlink sockets and of starting a thread.
    pub fn start(facts: Sender<HostFact>) -> io::Result<Self> {
        let news = Netlink::open(ROUTE, GROUPS)?;
        news.enlarge(BUFFER_LEN);
        let questions = Netlink::open(ROUTE, 0)?;
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let stop = Arc::new(AtomicBool::new(false));
        let watcher = Watcher {
            news,
            questions,
            facts,
            stop: Arc::clone(&stop),
            wake: Arc::clone(&wake),
            routes: HashSet::new(),
            forwarding: None,
            icmp_limits: None,
        };
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(move || watcher.run())?;
        Ok(Self { stop, wake, thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Cannot fail on an eventfd that is written once.
        let _ = rustix::io::write(&*self.wake, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Nobody wants to know any more.
struct Unwanted;

struct Watcher {
    /// Subscribed; nothing is asked on it, so that answers and news do not mix.
    news: Netlink,
    questions: Netlink,
    facts: Sender<HostFact>,
    stop: Arc<AtomicBool>,
    wake: Arc<OwnedFd>,
    /// Routes told and not taken back: IPv4 routes can vanish unannounced.
    routes: HashSet<RouteFact>,
    forwarding: Option<(bool, bool)>,
    icmp_limits: Option<IcmpLimits>,
}

impl Watcher {
    fn run(mut self) {
        let Err(Unwanted) = self.watch();
        tracing::debug!("nobody watches the host any more");
    }

    fn watch(&mut self) -> Result<std::convert::Infallible, Unwanted> {
        self.sync()?;
        loop {
            self.wait()?;
            match self.news.receive_now() {
                Ok(Some(messages)) => {
                    for message in messages {
                        self.tell_news(&message)?;
                    }
                }
                Ok(None) => self.look_at_sysctls()?,
                Err(error) => {
                    if !error.is_overrun() {
                        tracing::warn!(%error, "cannot read news of the host");
                        self.pause()?;
                    }
                    self.sync()?;
                }
            }
        }
    }

    /// Sleeps until there is news, or for [`IDLE`].
    fn wait(&self) -> Result<(), Unwanted> {
        let mut ready = [PollFd::new(&self.news, PollFlags::IN), PollFd::new(&*self.wake, PollFlags::IN)];
        if let Err(error) = poll(&mut ready, Some(&IDLE))
            && error != rustix::io::Errno::INTR
        {
            tracing::warn!(%error, "cannot wait for news of the host");
            self.pause()?;
        }
        if self.stop.load(Ordering::Relaxed) { Err(Unwanted) } else { Ok(()) }
    }

    fn pause(&self) -> Result<(), Unwanted> {
        std::thread::sleep(PAUSE);
        if self.stop.load(Ordering::Relaxed) { Err(Unwanted) } else { Ok(()) }
    }

    /// Tells the whole truth, as often as it takes to get it whole.
    fn sync(&mut self) -> Result<(), Unwanted> {
        loop {
            // What is still queued is older than the answers to come, and has gaps: it would undo them.
            while !matches!(self.news.receive_now(), Ok(None)) {}
            match self.ask_everything() {
                Ok(facts) => {
                    self.routes.clear();
                    self.tell(HostFact::Resync)?;
                    for fact in facts {
                        if let HostFact::Route(route) = &fact {
                            self.routes.insert(*route);
                        }
                        self.tell(fact)?;
                    }
                    (self.forwarding, self.icmp_limits) = (None, None);
                    self.look_at_sysctls()?;
                    return self.tell(HostFact::Synced);
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot list what the host knows; trying again");
                    self.pause()?;
                }
            }
        }
    }

    fn ask_everything(&mut self) -> Result<Vec<HostFact>, NetlinkError> {
        let mut facts = Vec::new();
        for (question, len) in [
            (libc::RTM_GETLINK, 16),
            (libc::RTM_GETADDR, 8),
            (libc::RTM_GETROUTE, 12),
            (libc::RTM_GETNEIGH, 12),
        ] {
            let answers = self.questions.dump(Message::new(question, 0).body(&[0; 16][..len]))?;
            facts.extend(answers.iter().filter_map(news));
        }
        Ok(facts)
    }

    fn tell_news(&mut self, message: &Received) -> Result<(), Unwanted> {
        if message.kind == RTM_NEWNETCONF {
            return self.look_at_sysctls();
        }
        let Some(fact) = news(message) else { return Ok(()) };
        match &fact {
            HostFact::Route(route) => self.replace_routes(route, message.flags)?,
            HostFact::RouteGone(route) => {
                self.routes.remove(route);
            }
            _ => {}
        }
        let may_take_routes = match &fact {
            HostFact::Link(link) => !link.running,
            HostFact::LinkGone { .. } => true,
            HostFact::AddressGone(address) => address.net.addr().is_ipv4(),
            _ => false,
        };
        self.tell(fact)?;
        if may_take_routes { self.look_for_lost_routes() } else { Ok(()) }
    }

    /// A route that replaces takes the others of its destination and metric with it, on whatever link, unannounced.
    fn replace_routes(&mut self, new: &RouteFact, flags: u16) -> Result<(), Unwanted> {
        let replaces = i32::from(flags) & libc::NLM_F_REPLACE != 0;
        let rivals = |old: &RouteFact| old.to == new.to && old.metric == new.metric && old != new;
        let old: Vec<_> = self.routes.iter().filter(|old| rivals(old)).copied().collect();
        for old in old {
            if old.ifindex == new.ifindex {
                self.routes.remove(&old);
            } else if replaces {
                self.routes.remove(&old);
                self.tell(HostFact::RouteGone(old))?;
            }
        }
        self.routes.insert(*new);
        Ok(())
    }

    /// The kernel does not announce the IPv4 routes that go with a link or a source address. So: ask, and compare.
    fn look_for_lost_routes(&mut self) -> Result<(), Unwanted> {
        let mut body = [0; 12];
        body[0] = super::links::family(std::net::Ipv4Addr::UNSPECIFIED.into());
        let answers = match self.questions.dump(Message::new(libc::RTM_GETROUTE, 0).body(&body)) {
            Ok(answers) => answers,
            Err(error) => {
                tracing::warn!(%error, "cannot list routes");
                return self.sync();
            }
        };
        let there: HashSet<_> = answers.iter().filter_map(fact::route).collect();
        let lost: Vec<_> = self.routes.iter().filter(|route| route.to.addr().is_ipv4()).copied().collect();
        for route in lost.into_iter().filter(|route| !there.contains(route)) {
            self.routes.remove(&route);
            self.tell(HostFact::RouteGone(route))?;
        }
        Ok(())
    }

    fn look_at_sysctls(&mut self) -> Result<(), Unwanted> {
        let (v4, v6) = (sysctl::is_on("net/ipv4/ip_forward"), sysctl::is_on("net/ipv6/conf/all/forwarding"));
        if self.forwarding != Some((v4, v6)) {
            self.forwarding = Some((v4, v6));
            self.tell(HostFact::Forwarding { v4, v6 })?;
        }
        let limits = icmp_limits();
        if self.icmp_limits != Some(limits) {
            self.icmp_limits = Some(limits);
            self.tell(HostFact::IcmpLimits(limits))?;
        }
        Ok(())
    }

    fn tell(&self, fact: HostFact) -> Result<(), Unwanted> {
        let mut fact = fact;
        loop {
            fact = match self.facts.send_timeout(fact, PAUSE) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Disconnected(_)) => return Err(Unwanted),
                Err(SendTimeoutError::Timeout(_)) if self.stop.load(Ordering::Relaxed) => {
                    return Err(Unwanted);
                }
                Err(SendTimeoutError::Timeout(fact)) => fact,
            };
        }
    }
}

/// What a message of rtnetlink says.
fn news(message: &Received) -> Option<HostFact> {
    Some(match message.kind {
        libc::RTM_NEWLINK => HostFact::Link(fact::link(message)?),
        libc::RTM_DELLINK => HostFact::LinkGone { ifindex: fact::link(message)?.ifindex },
        libc::RTM_NEWADDR => HostFact::Address(fact::address(message)?),
        libc::RTM_DELADDR => HostFact::AddressGone(fact::address(message)?),
        libc::RTM_NEWROUTE => HostFact::Route(fact::route(message)?),
        libc::RTM_DELROUTE => HostFact::RouteGone(fact::route(message)?),
        libc::RTM_NEWNEIGH => HostFact::Neighbour(fact::neighbour(message)?),
        libc::RTM_DELNEIGH => {
            let gone = fact::neighbour(message)?;
            HostFact::NeighbourGone { ifindex: gone.ifindex, addr: gone.addr }
        }
        _ => return None,
    })
}
/// The host's limits on ICMP errors; Linux's defaults for what it does not tell (the global ones, in a network namespace
/// of some kernels).
fn icmp_limits() -> IcmpLimits {
    let value =
        |name: &str, or: u32| sysctl::read(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or);
    let default = IcmpLimits::default();
    IcmpLimits {
        v4_interval_ms: value("net/ipv4/icmp_ratelimit", default.v4_interval_ms),
        v4_types: value("net/ipv4/icmp_ratemask", default.v4_types),
        v6_interval_ms: value("net/ipv6/icmp/ratelimit", default.v6_interval_ms),
        per_second: value("net/ipv4/icmp_msgs_per_sec", default.per_second),
        burst: value("net/ipv4/icmp_msgs_burst", default.burst),
    }
}
