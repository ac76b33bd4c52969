//! The daemons: a thread that sends, a thread that listens. Each lives until it is dropped.

use super::Place;
use super::incoming::{self, Listening, Received};
use super::message::Version;
use super::outgoing::{Outgoing, Sent};
use super::socket;
use crate::conn::SyncRules;
use crate::lvs::{SyncDaemon, SyncRole, Tunables};
use ipnet::IpNet;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::Duration;

/// How long the sender sleeps when nothing is due: the kernel's 20 ms.
const NAP: Duration = Duration::from_millis(20);
/// How often a listener that hears nothing looks whether it is to end.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// Datagrams that one socket is read for before the next one's turn.
const SWEEP: usize = 256;
/// Bytes of a datagram at most.
const LONGEST: usize = 65_535;

/// What a daemon is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// As the operator wants it; what he left open is settled ([`Wish::settled`]).
    pub daemon: SyncDaemon,
    /// The interface's number.
    pub ifindex: u32,
    /// Its addresses, with the networks that they are in.
    pub networks: Vec<IpNet>,
    /// `sync_*`.
    pub tunables: Tunables,
}

impl Wish {
    /// A daemon with all that the operator left open as the kernel has it, for an interface of this MTU.
    pub fn settled(daemon: SyncDaemon, mtu: u32) -> SyncDaemon {
        let group = daemon.group.unwrap_or(socket::GROUP);
        let headers: u16 = if group.is_ipv6() { 48 } else { 28 };
        let (mtu, least) = match daemon.role {
            SyncRole::Master => (1500, 1),
            SyncRole::Backup => (mtu.clamp(1500, 65_535), 1024),
        };
        let usual = u16::try_from(mtu).unwrap_or(u16::MAX) - headers;
        let max_len = daemon.max_len.map_or(usual, |len| len.clamp(least, u16::MAX - headers));
        SyncDaemon {
            max_len: Some(max_len),
            group: Some(group),
            port: Some(daemon.port.unwrap_or(socket::PORT)),
            ttl: Some(daemon.ttl.unwrap_or(socket::TTL)),
            ..daemon
        }
    }

    fn ports(&self) -> usize {
        usize::try_from(self.tunables.sync_ports).unwrap_or(1).clamp(1, 64)
    }

    fn socket_size(&self) -> usize {
        usize::try_from(self.tunables.sync_sock_size).unwrap_or(0)
    }

    fn rules(&self) -> SyncRules {
        let Tunables { sync_threshold, sync_period, sync_refresh_period, sync_retries, .. } = self.tunables;
        SyncRules {
            threshold: sync_threshold,
            period: sync_period,
            refresh_seconds: sync_refresh_period,
            retries: u8::try_from(sync_retries).unwrap_or(3),
        }
    }

    fn listening(&self) -> Listening {
        Listening {
            sync_id: self.daemon.sync_id,
            is_strict: self.tunables.sync_strict.is_on(),
            networks: self.networks.clone(),
            threshold: self.tunables.sync_threshold,
        }
    }

    /// Can a daemon that runs by `self` go on by `other`? Ports, format and sizes are settled when it starts, as in the kernel.
    fn is_kept_by(&self, other: &Self) -> bool {
        self.ifindex == other.ifindex && self.daemon == other.daemon
    }
}

/// Why a daemon could not be started.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// A socket.
    #[error("{interface}: the socket of the sync daemon: {source}")]
    Socket {
        /// The interface.
        interface: String,
        /// What the system said.
        source: io::Error,
    },
    /// Memory for the queue, or the thread.
    #[error("the sync daemon: {0}")]
    System(io::Error),
}

/// What all daemons of a director count, ever.
#[derive(Debug, Default)]
pub struct Counts {
    /// By masters.
    pub sent: Sent,
    /// By backups.
    pub received: Received,
    /// Messages that wait for the socket.
    pub backlog: AtomicU64,
}

/// A daemon that runs.
pub struct Daemon {
    wish: Wish,
    live: Arc<Mutex<Wish>>,
    ends: Arc<AtomicBool>,
    place: Arc<dyn Place>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Daemon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Daemon").field("wish", &self.wish).finish_non_exhaustive()
    }
}

impl Daemon {
    /// Opens its sockets and starts it.
    ///
    /// # Errors
    /// The system refuses a socket, memory or a thread.
    pub fn start(wish: Wish, place: Arc<dyn Place>, counts: Arc<Counts>) -> Result<Self, DaemonError> {
        let live = Arc::new(Mutex::new(wish.clone()));
        let ends = Arc::new(AtomicBool::new(false));
        let open = match wish.daemon.role {
            SyncRole::Master => socket::sender,
            SyncRole::Backup => socket::receiver,
        };
        let sockets =
            (0..wish.ports()).map(|number| open(&wish.daemon, wish.ifindex, number, wish.socket_size()));
        let sockets: Vec<UdpSocket> = sockets
            .collect::<io::Result<_>>()
            .map_err(|source| DaemonError::Socket { interface: wish.daemon.interface.clone(), source })?;
        let thread = match wish.daemon.role {
            SyncRole::Master => {
                place.conns().set_sync(Some(wish.rules())).map_err(DaemonError::System)?;
                let master =
                    Master { sockets, live: live.clone(), ends: ends.clone(), place: place.clone(), counts };
                Builder::new().name("sync-master".to_owned()).spawn(move || master.run())
            }
            SyncRole::Backup => {
                let backup =
                    Backup { sockets, live: live.clone(), ends: ends.clone(), place: place.clone(), counts };
                Builder::new().name("sync-backup".to_owned()).spawn(move || backup.run())
            }
        };
        let thread = Some(thread.map_err(DaemonError::System)?);
        Ok(Self { wish, live, ends, place, thread })
    }

    /// Goes on by another wish. False: that takes another daemon.
    pub fn go_on(&mut self, wish: &Wish) -> bool {
        if !self.wish.is_kept_by(wish) {
            return false;
        }
        if wish.daemon.role == SyncRole::Master && self.place.conns().set_sync(Some(wish.rules())).is_err() {
            return false;
        }
        self.wish = wish.clone();
        *self.live.lock().unwrap_or_else(PoisonError::into_inner) = wish.clone();
        true
    }

    /// Master or backup.
    pub const fn role(&self) -> SyncRole {
        self.wish.daemon.role
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.role() == SyncRole::Master {
            // It takes no memory.
            let _ = self.place.conns().set_sync(None);
        }
        self.ends.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Master {
    sockets: Vec<UdpSocket>,
    live: Arc<Mutex<Wish>>,
    ends: Arc<AtomicBool>,
    place: Arc<dyn Place>,
    counts: Arc<Counts>,
}

impl Master {
    fn run(self) {
        let wish = self.wish();
        let version = if wish.tunables.sync_version == 0 { Version::V0 } else { Version::V1 };
        let max_len = usize::from(wish.daemon.max_len.unwrap_or(1472));
        let mut outgoing = Outgoing::new(version, wish.daemon.sync_id, max_len, self.sockets.len());
        let mut post = Post { sockets: &self.sockets, waiting: VecDeque::new(), most: 0 };
        while !self.ends.load(Relaxed) {
            let tunables = self.wish().tunables;
            post.most = usize::try_from(tunables.sync_qlen_max).unwrap_or(usize::MAX);
            let Counts { sent, backlog, .. } = &*self.counts;
            let mut send = |number: usize, message: &[u8]| post.send(number, message);
            let persist = tunables.sync_persist_mode.is_on();
            let more = outgoing.gather(&*self.place, persist, sent, &mut send);
            outgoing.flush(self.place.now(), false, sent, &mut send);
            post.go_on();
            backlog.store(post.waiting.len() as u64, Relaxed);
            if !more {
                sleep(NAP);
            }
        }
        // Whoever is told to end says first what it knows.
        let mut send = |number: usize, message: &[u8]| post.send(number, message);
        outgoing.gather(&*self.place, false, &self.counts.sent, &mut send);
        outgoing.flush(self.place.now(), true, &self.counts.sent, &mut send);
        self.counts.backlog.store(0, Relaxed);
    }

    fn wish(&self) -> Wish {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Messages on their way into the sockets.
struct Post<'s> {
    sockets: &'s [UdpSocket],
    waiting: VecDeque<(usize, Vec<u8>)>,
    /// Messages that may wait.
    most: usize,
}

impl Post<'_> {
    /// Sends a message, or keeps it while the socket is full. False: it is lost.
    fn send(&mut self, number: usize, message: &[u8]) -> bool {
        if self.waiting.is_empty() {
            match self.try_send(number, message) {
                Ok(()) => return true,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
        if self.waiting.len() >= self.most {
            return false;
        }
        self.waiting.push_back((number, message.to_vec()));
        true
    }

    /// Sends what waits, as far as the sockets take it.
    fn go_on(&mut self) {
        while let Some((number, message)) = self.waiting.pop_front() {
            if let Err(error) = self.try_send(number, &message)
                && error.kind() == io::ErrorKind::WouldBlock
            {
                self.waiting.push_front((number, message));
                return;
            }
        }
    }

    fn try_send(&self, number: usize, message: &[u8]) -> io::Result<()> {
        let socket = self.sockets.get(number).ok_or(io::ErrorKind::NotFound)?;
        // What a peer answered to an earlier one (port unreachable) is told with this one.
        match socket.send(message) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => socket.send(message).map(drop),
            other => other.map(drop),
        }
    }
}

struct Backup {
    sockets: Vec<UdpSocket>,
    live: Arc<Mutex<Wish>>,
    ends: Arc<AtomicBool>,
    place: Arc<dyn Place>,
    counts: Arc<Counts>,
}

impl Backup {
    fn run(self) {
        let mut buffer = vec![0; LONGEST];
        while !self.ends.load(Relaxed) {
            let mut fds: Vec<_> =
                self.sockets.iter().map(|socket| PollFd::new(socket, PollFlags::IN)).collect();
            if !poll(&mut fds, Some(&LOOK)).is_ok_and(|ready| ready > 0) {
                continue;
            }
            let listening = self.live.lock().unwrap_or_else(PoisonError::into_inner).listening();
            for socket in &self.sockets {
                for _ in 0..SWEEP {
                    let Ok((len, from)) = socket.recv_from(&mut buffer) else { break };
                    let datagram = buffer.get(..len).unwrap_or_default();
                    let from: IpAddr = from.ip();
                    incoming::take(datagram, Some(from), &listening, &*self.place, &self.counts.received);
                }
            }
        }
    }
}

impl Counts {
    /// All of them by name.
    pub fn read(&self, place: &dyn Place) -> Vec<(String, u64)> {
        let Self { sent, received, backlog } = self;
        let conns = place.conns();
        let one = |name: &str, value: u64| (name.to_owned(), value);
        let read = |count: &AtomicU64| count.load(Relaxed);
        let mut all = vec![
            one("sync_messages_sent", read(&sent.messages)),
            one("sync_records_sent", read(&sent.records)),
            one("sync_records_lost{reason=\"queue_full\"}", conns.dues_lost()),
            one("sync_records_lost{reason=\"send_failed\"}", read(&sent.lost)),
            one("sync_records_lost{reason=\"not_said\"}", read(&sent.unsaid)),
            one("sync_records_waiting", conns.dues_waiting() as u64),
            one("sync_messages_waiting", read(backlog)),
            one("sync_messages_received", read(&received.messages)),
            one("sync_records_received", read(&received.records)),
            one("sync_connections_opened", read(&received.opened)),
            one("sync_connections_updated", read(&received.updated)),
            one("sync_shifts_doubted", read(&received.shifts_doubted)),
        ];
        all.extend(received.faults.read().map(|(fault, count)| {
            let what = if fault.ends_message() { "messages" } else { "records" };
            (format!("sync_{what}_dropped{{reason=\"{}\"}}", fault.name()), count)
        }));
        all
    }
}
