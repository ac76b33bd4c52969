//! What a configuration says of virtual routers: who is master, of which addresses, and what follows.

use super::{Family, Mac, Pulse, Script, Words};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// All virtual routers of a configuration, and what they look at.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Vrrp {
    /// Virtual routers. No two have the same name, nor the same number, interface and family.
    pub instances: Vec<VrrpInstance>,
    /// Those that change their state together. An instance is in one at most.
    pub groups: Vec<VrrpGroup>,
    /// Scripts, files and processes that priorities depend on. No two have the same name.
    pub watched: Vec<Watched>,
    /// Changes of state are written to these pipes, in keepalived's words.
    pub fifos: Vec<PathBuf>,
    /// Piranha's pair, which does not speak VRRP, but whose addresses go with the active one in the same way.
    #[serde(default)]
    pub pulse: Option<Pulse>,
}

impl Vrrp {
    /// Is there a virtual router of this name, or the pair that is called so?
    pub fn has(&self, name: &str) -> bool {
        let is_pair = self.pulse.is_some() && name == Pulse::NAME;
        is_pair || self.instances.iter().any(|instance| instance.name == name)
    }
}

/// Versions of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum VrrpVersion {
    /// RFC 3768: IPv4, whole seconds, authentication (as in RFC 2338).
    #[default]
    V2,
    /// RFC 9568: both families, hundredths of a second, no authentication.
    V3,
}

/// What a virtual router is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It has the addresses, and advertises.
    Master,
    /// It listens.
    #[default]
    Backup,
    /// Something that it needs is not there: it neither listens nor advertises.
    Fault,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Backup => "backup",
            Self::Fault => "fault",
        })
    }
}

/// One virtual router on one interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VrrpInstance {
    /// What messages call it.
    pub name: String,
    /// Of the advertisements.
    pub family: Family,
    /// [`VrrpVersion::V3`] for IPv6.
    pub version: VrrpVersion,
    /// 1 to 255.
    pub vrid: u8,
    /// Where advertisements are sent and heard.
    pub interface: String,
    /// 1 to 255; 255: it owns the addresses.
    pub priority: u8,
    /// Between two advertisements: 1 to 255 whole seconds (version 2), 0.01 to 40.95 seconds (version 3).
    pub interval: Duration,
    /// What it wishes to be at the start: [`Role::Master`] waits an interval only, [`Role::Backup`] until it has heard
    /// nothing for some. Never [`Role::Fault`].
    pub begins: Role,
    /// Takes over from a master of lower priority.
    pub preempts: bool,
    /// It does so no sooner than this after its start, or after it first heard of that master. 0 to 1000 s.
    pub preempt_delay: Duration,
    /// Version 2 alone.
    pub auth: VrrpAuth,
    /// The addresses, in the order in which they are advertised. Of one family.
    pub addresses: Vec<VirtualAddress>,
    /// More of them, of either family, which are not advertised.
    pub unadvertised: Vec<VirtualAddress>,
    /// Routes that the master has.
    pub routes: Vec<VirtualRoute>,
    /// Source of the advertisements; `None`: the interface's first address (IPv6: its link-local one).
    pub source: Option<IpAddr>,
    /// Where they go, and from where they are taken.
    pub peers: VrrpPeers,
    /// The master's frames have a MAC of the virtual router's own.
    pub vmac: Option<Vmac>,
    /// What its priority, or its being well, depends on, besides its own interface.
    pub tracks: Vec<Track>,
    /// It is well though its own interface is down.
    pub ignores_interface: bool,
    /// How its neighbours learn where the addresses are.
    pub announces: Announces,
    /// An advertisement of lower priority is not answered by one at once.
    pub is_calm: bool,
    /// A master that hears one of higher priority advertises once more before it yields: so the other tells the
    /// neighbours again where the addresses are.
    pub answers_higher: bool,
    /// So many intervals without advertisement make the master count as gone. 1 to 100.
    pub patience: u32,
    /// An advertisement's addresses are not compared with its own if it comes from the same master again.
    pub skips_addresses: bool,
    /// Scripts.
    pub notify: Notify,
    /// Mail goes out when its state changes.
    pub mails: bool,
    /// In whose words its changes are told.
    pub words: Words,
}

/// How advertisements of version 2 are authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum VrrpAuth {
    /// Not at all.
    #[default]
    None,
    /// By a password that everybody can read.
    Password([u8; 8]),
    /// By an authentication header (RFC 2402) with HMAC-MD5-96 under this key.
    Header([u8; 8]),
}

/// An address that goes with the master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualAddress {
    /// The address.
    pub addr: IpAddr,
    /// Bits of its network.
    pub prefix: u8,
    /// Where it is.
    pub place: Place,
}

/// Where a virtual address is while its virtual router is master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Nowhere on the host: the director answers for it, on the virtual router's interface.
    Claimed,
    /// On an interface of the host, as keepalived has it.
    OnInterface {
        /// `None`: the virtual router's own.
        device: Option<String>,
        /// As `ip address` has it: `eth0:1`.
        label: Option<String>,
        /// `None`: none; else this, or for a `+` the network's.
        broadcast: Option<IpAddr>,
        /// `global` 0, `site` 200, `link` 253, `host` 254, or a number.
        scope: u8,
    },
}

/// A route that goes with the master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualRoute {
    /// The network.
    pub to: IpAddr,
    /// Its bits.
    pub prefix: u8,
    /// The next hop; `None`: it is on the link.
    pub via: Option<IpAddr>,
    /// The interface; `None`: as the next hop is reached.
    pub device: Option<String>,
    /// The source address that is preferred.
    pub source: Option<IpAddr>,
    /// 0: the kernel's own choice.
    pub metric: u32,
    /// The table; 254 is the main one.
    pub table: u32,
}

/// Where advertisements go, and whose are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VrrpPeers {
    /// To a group, with a TTL of 255; anybody's on the link.
    Multicast {
        /// 224.0.0.18 or ff02::12, unless somebody wants another.
        group: IpAddr,
    },
    /// To each of these. From `check_source` on theirs alone.
    Unicast {
        /// At least one.
        peers: Vec<VrrpPeer>,
        /// Of what is sent. 0 to 255.
        ttl: u8,
        /// Advertisements from others are not taken.
        check_source: bool,
    },
}

/// Another virtual router that is told by unicast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VrrpPeer {
    /// Its address.
    pub addr: IpAddr,
    /// Advertisements from it have at least this TTL.
    pub min_ttl: u8,
    /// And at most this.
    pub max_ttl: u8,
}

/// A MAC of a virtual router's own, on an interface over its own one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vmac {
    /// The interface's name.
    pub interface: String,
    /// `None`: 00:00:5e:00:01:VRID, or :02: for IPv6.
    pub mac: Option<Mac>,
    /// Advertisements leave by the interface below, with its MAC.
    pub sends_below: bool,
}

/// What an instance or a group looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// What.
    pub what: Tracked,
    /// Added to the priority while it is well (above 0), or while it is not (below 0); 0: the instance is at fault while it
    /// is not well. -254 to 254. `None`: as the watched thing says itself.
    pub weight: Option<i16>,
    /// The other way round: the weight counts with the other sign; without one, the instance is at fault while it *is*
    /// well.
    pub reverse: bool,
}

/// What can be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tracked {
    /// An interface: is it running?
    Interface(String),
    /// A [`Watched`] thing, by name.
    Named(String),
}

/// A thing whose state counts for virtual routers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Its name.
    pub name: String,
    /// See [`Track::weight`].
    pub weight: i16,
    /// What it is.
    pub kind: WatchedKind,
}

/// Kinds of [`Watched`] things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchedKind {
    /// A script: well if it exits with 0.
    Script {
        /// What is run.
        script: Script,
        /// From the beginning of one run to that of the next.
        interval: Duration,
        /// Runs that succeed until it counts as well again.
        rises: u32,
        /// Runs that fail until it counts as failed.
        falls: u32,
        /// Not well until it has run.
        begins_failed: bool,
    },
    /// A file with a number, which is multiplied with the weight and added to the priority; without one, 0. At -254 or
    /// below: at fault.
    File {
        /// Its path.
        path: PathBuf,
    },
    /// A process: well while so many of this name run.
    Process {
        /// Its name, or the whole command line's beginning.
        name: String,
        /// Parameters that it must have, from the first one on.
        parameters: Vec<String>,
        /// The whole command line is looked at, not the name of the program alone.
        whole_line: bool,
        /// At least so many.
        least: u32,
        /// At most so many; `None`: any number.
        most: Option<u32>,
        /// Counts as well so long after it has come.
        fork_delay: Duration,
        /// And as failed so long after it has gone.
        end_delay: Duration,
    },
}

/// How neighbours learn where the addresses are: by gratuitous ARP and unsolicited neighbour advertisements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announces {
    /// So many at once when it becomes master, and so many again later.
    pub repeat: u32,
    /// So much later; zero: not again.
    pub delay: Duration,
    /// And so often for as long as it is master; zero: no more.
    pub refresh: Duration,
    /// So many each time.
    pub refresh_repeat: u32,
    /// So many after an advertisement of lower priority was heard.
    pub lower_repeat: u32,
    /// And again so much later.
    pub lower_delay: Duration,
    /// Between two messages on one interface: at least this.
    pub pause: Duration,
}

impl Default for Announces {
    /// keepalived's.
    fn default() -> Self {
        Self {
            repeat: 5,
            delay: Duration::from_secs(5),
            refresh: Duration::ZERO,
            refresh_repeat: 1,
            lower_repeat: 5,
            lower_delay: Duration::from_secs(5),
            pause: Duration::ZERO,
        }
    }
}

/// Scripts that follow a change of state.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Notify {
    /// It is master.
    pub master: Option<Script>,
    /// It is backup.
    pub backup: Option<Script>,
    /// It is at fault.
    pub fault: Option<Script>,
    /// The director ends.
    pub stop: Option<Script>,
    /// Every change: `INSTANCE` or `GROUP`, the name, the state and the priority are appended.
    pub any: Option<Script>,
    /// As master it heard an advertisement of lower priority.
    pub lower_heard: Option<Script>,
    /// The pipes are told of changes of the priority, too.
    pub tells_priority: bool,
}

/// Virtual routers that change their state together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VrrpGroup {
    /// What messages call it.
    pub name: String,
    /// Names of at least two instances.
    pub members: Vec<String>,
    /// What all of them look at.
    pub tracks: Vec<Track>,
    /// Scripts.
    pub notify: Notify,
    /// Mail goes out when its state changes.
    pub mails: bool,
    /// Members may have weights of their own in what they look at.
    pub weighs: bool,
    /// In whose words its changes are told.
    pub words: Words,
}

/// A plain one of version 2, for tests.
#[cfg(test)]
pub(crate) fn vrrp_instance(name: &str, interface: &str, vrid: u8) -> VrrpInstance {
    VrrpInstance {
        name: name.to_owned(),
        family: Family::V4,
        version: VrrpVersion::V2,
        vrid,
        interface: interface.to_owned(),
        priority: 100,
        interval: Duration::from_secs(1),
        begins: Role::Backup,
        preempts: true,
        preempt_delay: Duration::ZERO,
        auth: VrrpAuth::None,
        addresses: Vec::new(),
        unadvertised: Vec::new(),
        routes: Vec::new(),
        source: None,
        peers: VrrpPeers::Multicast { group: std::net::Ipv4Addr::new(224, 0, 0, 18).into() },
        vmac: None,
        tracks: Vec::new(),
        ignores_interface: false,
        announces: Announces::default(),
        is_calm: false,
        answers_higher: false,
        patience: 3,
        skips_addresses: false,
        notify: Notify::default(),
        mails: false,
        words: Words::Keepalived,
    }
}
