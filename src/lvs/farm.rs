use super::{Check, Endpoint, RealServerSpec, Script, ServiceKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// The real servers of a virtual service, or of a group of services that are checked together, and what becomes of them
/// when they fail. What a file says beyond IPVS's own table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Farm {
    /// What messages call it; unique within a configuration.
    pub name: String,
    /// The services. At least one.
    pub services: Vec<ServiceKey>,
    /// Their real servers, as each of the services names them, in the order in which they are added.
    pub servers: Vec<FarmServer>,
    /// Who serves while there are too few.
    pub sorry: Option<Sorry>,
    /// Enough weight to serve.
    pub quorum: Quorum,
    /// Scripts that follow a change.
    pub scripts: FarmScripts,
    /// Mail that follows a change.
    pub mail: Option<Mail>,
    /// Checks run only while one of these services' VIPs is on the host (keepalived's `ha_suspend`).
    pub only_with_vip: bool,
    /// A real server that somebody took out of the table while it was down is put back with weight 0 (ldirectord's
    /// `readdquiescent`).
    pub readds: bool,
    /// The services stay in the table when the director's configuration ends (ldirectord's `cleanstop=no`).
    pub stays: bool,
    /// In whose words its changes are told.
    pub words: Words,
    /// A file of this folder named as a real server (`IP:port`, `IP`, or its host name) keeps that one down.
    pub maintenance: Option<PathBuf>,
    /// The result of every check is added to this file, one line each (ldirectord's `monitorfile`).
    pub monitor: Option<PathBuf>,
    /// A comment of the operator's.
    pub comment: Option<String>,
}

impl Farm {
    /// A service that nobody watches, with these real servers.
    pub fn unwatched(service: ServiceKey, servers: impl IntoIterator<Item = Endpoint>) -> Self {
        Self {
            name: service.describe(),
            services: vec![service],
            servers: servers.into_iter().map(FarmServer::unwatched).collect(),
            sorry: None,
            quorum: Quorum::default(),
            scripts: FarmScripts::default(),
            mail: None,
            only_with_vip: false,
            readds: false,
            stays: false,
            words: Words::Ulvs,
            maintenance: None,
            monitor: None,
            comment: None,
        }
    }
}

impl FarmServer {
    /// One that is always up.
    pub const fn unwatched(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            name: None,
            checks: Vec::new(),
            when_down: WhenDown::Remove,
            slow_start: None,
            notify_up: None,
            notify_down: None,
            mails: false,
        }
    }
}

/// One real server of a farm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarmServer {
    /// RIP and rport, as in the services' own lists.
    pub endpoint: Endpoint,
    /// What messages call it; `None`: its endpoint.
    pub name: Option<String>,
    /// It is up while all of them say so; none: always.
    pub checks: Vec<Check>,
    /// What happens when it is down.
    pub when_down: WhenDown,
    /// How it comes back.
    pub slow_start: Option<SlowStart>,
    /// Run when it is up, and when it is down.
    pub notify_up: Option<Script>,
    /// See `notify_up`.
    pub notify_down: Option<Script>,
    /// Its changes are mailed.
    pub mails: bool,
}

/// What becomes of a real server that is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum WhenDown {
    /// It leaves the table: what it had ends as IPVS ends it.
    #[default]
    Remove,
    /// It stays with weight 0: what it has goes on.
    Quiesce,
}

/// The weight of a real server that comes back grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlowStart {
    /// It begins with its weight divided by this (at least 1). From 2.
    pub divisor: u32,
    /// It doubles each time so much has passed. More than 0.
    pub step: Duration,
}

/// Who serves while there are too few real servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sorry {
    /// The server.
    pub server: RealServerSpec,
    /// Real servers that are still up leave as if they were down, as keepalived has it; otherwise they stay beside it.
    pub replaces: bool,
    /// It is in the table with weight 0 while it does not serve (`sorry_server_inhibit`).
    pub quiesces: bool,
}

/// Enough weight to serve: lost below `weight - hysteresis`, gained from `weight + hysteresis`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quorum {
    /// Sum of the weights of those that are up. From 1.
    pub weight: u32,
    /// Less than `weight`.
    pub hysteresis: u32,
}

impl Default for Quorum {
    fn default() -> Self {
        Self { weight: 1, hysteresis: 0 }
    }
}

/// Scripts that follow a change of a farm.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FarmScripts {
    /// The quorum is gained.
    pub quorum_up: Option<Script>,
    /// The quorum is lost.
    pub quorum_down: Option<Script>,
    /// The fallback begins and ends: `start` or `stop`, `VIP:port` (or the mark) and the protocol are appended.
    pub fallback: Option<Script>,
    /// `quorum_down` and `notify_down` are run, too, when the configuration ends (keepalived's `omega`).
    pub at_end: bool,
}

/// Mail that follows a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// To whom. At least one.
    pub to: Vec<String>,
    /// From whom; empty: `ulvs@` the host's name.
    pub from: String,
    /// Host (name or address) and port of the mail server.
    pub server: (String, u16),
    /// What HELO says; empty: the host's name.
    pub helo: String,
    /// Longest time for a message.
    pub timeout: Duration,
    /// What begins the subject.
    pub subject: String,
    /// About what.
    pub about: BTreeSet<MailTopic>,
    /// A reminder while a real server is down, so often.
    pub reminder: Option<Duration>,
}

/// What mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MailTopic {
    /// Real servers that go up and down.
    Server,
    /// Quorum lost and gained.
    Quorum,
    /// While the director starts.
    Starting,
    /// While it runs.
    Running,
    /// While it stops.
    Stopping,
    /// While it takes in another configuration.
    Reloading,
}

/// In whose words changes are told, so that what watches logs goes on matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Words {
    /// Our own.
    #[default]
    Ulvs,
    /// keepalived's.
    Keepalived,
    /// ldirectord's.
    Ldirectord,
    /// nanny's and lvsd's.
    Piranha,
}
