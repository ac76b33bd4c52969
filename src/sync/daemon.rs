//! The daemons: a thread that sends, a thread that listens. Each lives until it is dropped.

use super::Place;
use super::backup::Backup;
use super::incoming::{Listening, Received};
use super::master::Master;
use super::outgoing::Sent;
use super::socket;
use crate::conn::SyncRules;
use crate::lvs::{SyncDaemon, SyncRole, Tunables};
use ipnet::IpNet;
use ring::rand::{SecureRandom, SystemRandom};
use std::io;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

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

    pub(super) fn listening(&self) -> Listening {
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
    /// What directors of ulvs say besides.
    pub talk: Talk,
}

/// What is counted of what directors of ulvs say to one another besides records.
#[derive(Debug, Default)]
pub struct Talk {
    /// Backups of ulvs that the master hears at this moment.
    pub backups: AtomicU64,
    /// Messages that the last of them has not got, by its last word.
    pub behind: AtomicU64,
    /// Messages that were sent again.
    pub repeated: AtomicU64,
    /// Times that everything was told.
    pub told_all: AtomicU64,
    /// Masters of ulvs that the backup hears at this moment.
    pub masters: AtomicU64,
    /// Those of them that have told everything.
    pub whole: AtomicU64,
    /// Messages that were asked for, each time.
    pub asked: AtomicU64,
    /// Messages that came twice.
    pub twice: AtomicU64,
    /// Messages that did not come.
    pub lost: AtomicU64,
    /// Times that a master had told everything.
    pub heard_all: AtomicU64,
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
        // What two directors of ulvs say besides needs an ear in the one and a mouth in the other.
        let other_way = match wish.daemon.role {
            SyncRole::Master => socket::receiver,
            SyncRole::Backup => socket::sender,
        };
        let talks = wish.ports() == 1 && wish.tunables.sync_version != 0;
        let words = talks.then(|| other_way(&wish.daemon, wish.ifindex, 0, 0)).and_then(|opened| {
            let interface = &wish.daemon.interface;
            opened.inspect_err(|error| tracing::warn!("{interface}: only the kernel's way: {error}")).ok()
        });
        let random = random().map_err(DaemonError::System)?;
        let thread = match wish.daemon.role {
            SyncRole::Master => {
                place.conns().set_sync(Some(wish.rules())).map_err(DaemonError::System)?;
                let (live, ends, place) = (live.clone(), ends.clone(), place.clone());
                let master = Master { sockets, words, random, live, ends, place, counts };
                Builder::new().name("sync-master".to_owned()).spawn(move || master.run())
            }
            SyncRole::Backup => {
                let (live, ends, place) = (live.clone(), ends.clone(), place.clone());
                let backup = Backup { sockets, words, random, live, ends, place, counts };
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

/// A number that nobody guesses.
fn random() -> io::Result<u64> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("no random numbers"))?;
    Ok(u64::from_be_bytes(bytes))
}

impl Counts {
    /// All of them by name.
    pub fn read(&self, place: &dyn Place) -> Vec<(String, u64)> {
        let Self { sent, received, backlog, talk } = self;
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
        all.extend([
            one("sync_backups", read(&talk.backups)),
            one("sync_messages_behind", read(&talk.behind)),
            one("sync_messages_repeated", read(&talk.repeated)),
            one("sync_tables_sent", read(&talk.told_all)),
            one("sync_masters", read(&talk.masters)),
            one("sync_masters_whole", read(&talk.whole)),
            one("sync_messages_asked", read(&talk.asked)),
            one("sync_messages_twice", read(&talk.twice)),
            one("sync_messages_lost", read(&talk.lost)),
            one("sync_tables_received", read(&talk.heard_all)),
        ]);
        all.extend(received.faults.read().map(|(fault, count)| {
            let what = if fault.ends_message() { "messages" } else { "records" };
            (format!("sync_{what}_dropped{{reason=\"{}\"}}", fault.name()), count)
        }));
        all
    }
}
