//! What the faces may ask of the keeper, and what it answers. Travels as JSON over the control socket.

use super::ControlError;
use super::happening::{Cause, What};
use crate::lvs::{
    Endpoint, Farm, MarkRule, Protocol, Quorum, Rates, RealServerSpec, Role, ServiceKey, ServiceSpec, Stats,
    SyncDaemon, SyncRole, SyncSetup, Timeouts, Tunables, Upkeep, Vrrp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// One change, strict as the kernel's: adding what exists or editing what does not is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// ipvsadm -A.
    AddService(ServiceSpec),
    /// ipvsadm -E: replaces everything but the identity and the real servers.
    EditService(ServiceSpec),
    /// ipvsadm -D.
    DeleteService(ServiceKey),
    /// ipvsadm -C.
    Flush,
    /// ipvsadm -a.
    AddServer(ServiceKey, RealServerSpec),
    /// ipvsadm -e: replaces everything but the identity.
    EditServer(ServiceKey, RealServerSpec),
    /// ipvsadm -d.
    DeleteServer(ServiceKey, Endpoint),
    /// ipvsadm -Z: one service with its real servers, or everything and the totals.
    Zero(Option<ServiceKey>),
    /// `ulvs mark add` and `import`: these rules behind those that are there; all of them or none.
    AddMarks(Vec<MarkRule>),
    /// `ulvs mark del` with a rule: the first that is equal.
    DeleteMark(MarkRule),
    /// `ulvs mark del` with a number: from 1.
    DeleteMarkAt(usize),
    /// `ulvs mark flush`.
    FlushMarks,
    /// ipvsadm --set: seconds; `None` keeps.
    SetTimeouts {
        /// TCP ESTABLISHED.
        tcp: Option<u32>,
        /// TCP FIN_WAIT.
        tcp_fin: Option<u32>,
        /// UDP.
        udp: Option<u32>,
    },
    /// ulvs sysctl NAME=VALUE.
    SetTunable {
        /// A name of the catalogue ([`TUNABLES`](crate::lvs::TUNABLES)), or one that will be refused with the reason.
        name: String,
        /// The number.
        value: i64,
    },
    /// ipvsadm --start-daemon.
    StartDaemon(SyncDaemon),
    /// ipvsadm --stop-daemon.
    StopDaemon(SyncRole),
}

/// What a file wants the director to be: the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Intent {
    /// Services by identity, each with its real servers **in the order in which they are to be added** (so the last is
    /// the first in IPVS's list).
    #[serde(with = "as_list")]
    pub services: BTreeMap<ServiceKey, (ServiceSpec, Vec<RealServerSpec>)>,
    /// Timeouts, if the file sets them.
    pub timeouts: Option<Timeouts>,
    /// Mark rules in order, if the file's language has them.
    #[serde(default)]
    pub marks: Option<Vec<MarkRule>>,
    /// Tunables that the file sets, by name; the others stay as they are.
    #[serde(default)]
    pub tunables: BTreeMap<String, i64>,
    /// What watches the real servers, and what becomes of them when they fail. Services without a farm have real servers
    /// that are always up.
    #[serde(default)]
    pub farms: Vec<Farm>,
    /// What it says of the director's own life.
    #[serde(default)]
    pub upkeep: Upkeep,
    /// Virtual routers.
    #[serde(default)]
    pub vrrp: Vrrp,
    /// Connection synchronisation, if the file asks for it.
    #[serde(default)]
    pub sync: Option<SyncSetup>,
}

/// JSON has no maps with structured keys: written as a list of (service, servers).
mod as_list {
    use super::{BTreeMap, RealServerSpec, ServiceKey, ServiceSpec};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    type Services = BTreeMap<ServiceKey, (ServiceSpec, Vec<RealServerSpec>)>;

    pub fn serialize<S: Serializer>(services: &Services, to: S) -> Result<S::Ok, S::Error> {
        services.values().collect::<Vec<_>>().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Services, D::Error> {
        let list = Vec::<(ServiceSpec, Vec<RealServerSpec>)>::deserialize(from)?;
        Ok(list.into_iter().map(|(spec, servers)| (spec.key, (spec, servers))).collect())
    }
}

/// What can be asked over the control socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// A change.
    Command(Command),
    /// Several changes, each for itself, in this order; workers see the result of all at once.
    Commands(Vec<Command>),
    /// All services, or one, with their real servers and counters.
    Services(Option<ServiceKey>),
    /// The connection table (templates included).
    Connections,
    /// The three timeouts.
    Timeouts,
    /// The mark rules.
    Marks,
    /// All tunables.
    Tunables,
    /// What the director is and what it has counted.
    Status,
    /// Make the running configuration equal to this one, all or nothing.
    Replace(Intent),
    /// What [`Request::Replace`] would change, one line per change; nothing is changed.
    Diff(Intent),
    /// The connection sync daemons that run.
    Daemons,
    /// What has been counted of all services together.
    Totals,
    /// The application helpers that are on.
    Helpers,
    /// What the table holds, as a file would say it.
    Running,
    /// How the farms stand: real servers, checks, decisions.
    Farms,
    /// An operator's decision about these real servers.
    Hold {
        /// Which: service and real server.
        servers: Vec<(ServiceKey, Endpoint)>,
        /// What; `None`: as configuration and checks say again.
        hold: Option<HoldKind>,
        /// Who says so.
        by: String,
        /// How long connections have to end, if it is a drain with a deadline.
        #[serde(default)]
        deadline: Option<Deadline>,
    },
    /// What has changed since the change of this number (0: all that is remembered).
    Events {
        /// The number.
        after: u64,
    },
    /// How the virtual routers stand.
    Routers,
    /// Read the configuration anew.
    Reload,
}

/// What an operator decided about a real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldKind {
    /// No new connections; those that there are go on.
    Drain,
    /// Out of the table.
    Maint,
}

/// How long a drained real server's connections have, and what becomes of those that there are then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Seconds from now on.
    pub seconds: u32,
    /// What becomes of the rest.
    pub then: Then,
}

/// What becomes of connections that outlive a drain's deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// They go on.
    #[default]
    Leave,
    /// They are reset towards both sides.
    Reset,
}

/// An operator's decision, as it is kept over a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// About a real server of this service.
    pub service: ServiceKey,
    /// RIP:rport.
    pub server: Endpoint,
    /// What was decided.
    pub hold: HoldKind,
    /// By whom.
    pub by: String,
    /// When.
    pub since_unix_seconds: u64,
    /// When connections shall have ended, and what becomes of the rest.
    pub deadline: Option<(u64, Then)>,
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The change was made.
    Done,
    /// To [`Request::Commands`]: for each, `None` if it was made, or why it was refused.
    Each(Vec<Option<ControlError>>),
    /// The changes that were made (or would be made), one line each.
    Changes(Vec<String>),
    /// To [`Request::Services`]; in the kernel's order (services: unspecified; real servers: newest first).
    Services(Vec<ServiceState>),
    /// To [`Request::Connections`].
    Connections(Vec<ConnectionState>),
    /// To [`Request::Timeouts`].
    Timeouts(Timeouts),
    /// To [`Request::Marks`]: in order.
    Marks(Vec<MarkRule>),
    /// To [`Request::Tunables`].
    Tunables(Tunables),
    /// To [`Request::Status`].
    Status(Box<Status>),
    /// Refused; nothing changed.
    Refused(ControlError),
    /// To [`Request::Daemons`]: the master first.
    Daemons(Vec<SyncDaemon>),
    /// To [`Request::Totals`].
    Totals(Totals),
    /// To [`Request::Helpers`].
    Helpers(Vec<HelperState>),
    /// To [`Request::Running`].
    Running(Box<Intent>),
    /// To [`Request::Farms`].
    Farms(Vec<FarmStatus>),
    /// To [`Request::Events`]: in order.
    Events(Vec<HappeningRecord>),
    /// To [`Request::Routers`]: in the configuration's order.
    Routers(Vec<RouterStatus>),
}

/// How a virtual router stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RouterStatus {
    /// Its name.
    pub name: String,
    /// Its interface.
    pub interface: String,
    /// Its number.
    pub vrid: u8,
    /// What it is.
    pub role: Role,
    /// Since when.
    pub since_unix_seconds: u64,
    /// Its priority by the configuration.
    pub configured_priority: u8,
    /// Its priority now.
    pub priority: u8,
    /// Why that is not the configured one, and what keeps it at fault.
    pub reasons: Vec<String>,
    /// Who is master, and of which priority; `None`: nobody is heard.
    pub master: Option<(IpAddr, u8)>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// What was counted, by name.
    pub counters: Vec<(String, u64)>,
}

/// How a farm stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FarmStatus {
    /// Its name.
    pub name: String,
    /// Its services.
    pub services: Vec<ServiceKey>,
    /// The sum of the weights of real servers that are up.
    pub weight_up: u64,
    /// What is enough.
    pub quorum: Quorum,
    /// There is enough.
    pub has_quorum: bool,
    /// Its sorry server.
    pub sorry: Option<Endpoint>,
    /// It serves.
    pub sorry_serves: bool,
    /// Its real servers, in the configuration's order.
    pub servers: Vec<FarmServerStatus>,
}

/// How a real server of a farm stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FarmServerStatus {
    /// RIP:rport.
    pub server: Endpoint,
    /// What messages call it.
    pub name: String,
    /// In a word.
    pub condition: ServerCondition,
    /// All its checks say that it is up, and no file keeps it in maintenance.
    #[serde(default)]
    pub is_up: bool,
    /// Its weight by the configuration.
    pub configured_weight: i32,
    /// The same as its checks change it.
    #[serde(default)]
    pub checked_weight: i32,
    /// Its weight in the table; `None`: it is not there.
    pub weight: Option<i32>,
    /// Why that is not what the configuration says.
    #[serde(default)]
    pub reasons: Vec<WeightReason>,
    /// An operator's decision.
    pub hold: Option<HoldStatus>,
    /// The file that keeps it in maintenance.
    #[serde(default)]
    pub maintenance: Option<String>,
    /// What it has of each of the farm's services, also while it is out of the table.
    #[serde(default)]
    pub connections: Vec<ServerConnections>,
    /// Its checks, in the configuration's order.
    pub checks: Vec<CheckStatus>,
}

/// Why a real server's weight in the table is not the configured one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightReason {
    /// An operator's decision.
    Operator,
    /// A file in the folder of maintenance.
    MaintenanceFile,
    /// A check says that it is down.
    Down,
    /// The sorry server serves in its place, or it is that one.
    SorryServer,
    /// A check asks for another weight.
    CheckWeight,
    /// Its weight grows.
    SlowStart,
    /// Somebody else has changed the table.
    ByHand,
}

/// Connections of a real server of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerConnections {
    /// The service.
    pub service: ServiceKey,
    /// ActiveConn.
    pub active: u32,
    /// InActConn.
    pub inactive: u32,
    /// Persistence templates.
    pub persistent: u32,
}

/// How a real server is, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServerCondition {
    /// All checks say so, or there is none.
    Up,
    /// Counts as up; some check has not been tried yet.
    Checking,
    /// Up; its weight grows.
    SlowStart,
    /// A check says so.
    Down,
    /// An operator said so: no new connections.
    Drain,
    /// An operator said so: out of the table; or a file in the folder of maintenance: as if it were down.
    Maint,
}

/// Who decided, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldStatus {
    /// Who.
    pub by: String,
    /// When.
    pub since_unix_seconds: u64,
    /// Of a drain: how long connections have.
    #[serde(default)]
    pub deadline: Option<DeadlineStatus>,
}

/// How a drain's deadline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineStatus {
    /// When it is.
    pub unix_seconds: u64,
    /// How long until then; 0: it has passed.
    pub left_seconds: u32,
    /// It has passed.
    pub has_passed: bool,
    /// What becomes of connections that there are then.
    pub then: Then,
}

/// How a check stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckStatus {
    /// What is asked: `tcp`, `http`, …
    pub probe: String,
    /// What it says.
    pub is_up: bool,
    /// Its last try.
    pub last: Option<LastTry>,
}

/// A check's last try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastTry {
    /// It failed.
    pub failed: bool,
    /// What it found.
    pub detail: String,
    /// When.
    pub seconds_ago: u32,
    /// How long it took.
    pub took_seconds: f64,
    /// Failed tries in a row.
    pub failures: u32,
    /// When the next one came, counted from this one.
    pub next_in_seconds: f64,
}

/// A change, as it is told to whoever watches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HappeningRecord {
    /// From 1, without gaps.
    pub number: u64,
    /// When.
    pub unix_seconds: f64,
    /// Number of the snapshot that was published before.
    pub epoch: u64,
    /// Why.
    pub cause: Cause,
    /// Where.
    pub farm: String,
    /// Of which real server.
    pub server: Option<Endpoint>,
    /// What.
    pub what: What,
}

/// An application helper that is on, by the port that it helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelperState {
    /// Name, as IPVS has it.
    pub name: String,
    /// The transport protocol of what it helps.
    pub protocol: Protocol,
    /// The virtual port of what it helps.
    pub port: u16,
    /// Connections that it helps now.
    pub connections: u64,
}

/// What has been counted of all services together, those that are gone included, since the last -Z of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Counters.
    pub stats: Stats,
    /// Rates.
    pub rates: Rates,
}

/// A service as it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceState {
    /// What the operator said.
    pub spec: ServiceSpec,
    /// Counted since the last -Z.
    pub stats: Stats,
    /// Rates.
    pub rates: Rates,
    /// Its real servers, newest first.
    pub servers: Vec<ServerState>,
}

/// A real server as it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerState {
    /// What the operator said.
    pub spec: RealServerSpec,
    /// ActiveConn.
    pub active: u32,
    /// InActConn.
    pub inactive: u32,
    /// Persistence templates.
    pub persistent: u32,
    /// Counted since the last -Z.
    pub stats: Stats,
    /// Rates.
    pub rates: Rates,
}

/// A connection as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionState {
    /// The transport protocol; `None`: a firewall mark's template (listed as `IP`).
    pub protocol: Option<Protocol>,
    /// Whole seconds until it expires if nothing comes.
    pub expires_seconds: u32,
    /// State as IPVS names it: `ESTABLISHED`, `FIN_WAIT`, `UDP`, …; `NONE` or `ASSURED` for a template.
    pub state: String,
    /// CIP:cport.
    pub client: Endpoint,
    /// VIP:vport.
    pub virt: Endpoint,
    /// RIP:rport.
    pub real: Endpoint,
    /// Of the template of a persistence engine: the engine's name and what it read (a Call-ID is printable
    /// ASCII).
    #[serde(default)]
    pub engine: Option<(String, String)>,
    /// Another director told of it.
    #[serde(default)]
    pub is_heard_of: bool,
}

/// What the director is and has counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the program.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// Seconds since start.
    pub uptime_seconds: u64,
    /// Number of the snapshot that workers use.
    pub epoch: u64,
    /// The configuration file, if one was given.
    pub config: Option<String>,
    /// The director's interfaces.
    pub interfaces: Vec<InterfaceStatus>,
    /// How frames come to the workers.
    #[serde(default)]
    pub intake: IntakeStatus,
    /// The workers.
    pub workers: Vec<WorkerStatus>,
    /// VIPs that the director claims as its own: it answers ARP, ND and ping for them.
    pub claimed_vips: Vec<IpAddr>,
    /// Mark rules, in order.
    pub marks: Vec<MarkRule>,
    /// Connections in the table.
    pub connections: u64,
    /// Counters of all workers together: name → value, in the catalogue's order of names
    /// (`frames_received`, `frames_forwarded{method="route"}`, `frames_dropped{reason="…"}`, …).
    pub counters: Vec<(String, u64)>,
    /// Forwarding latency in nanoseconds (from the kernel's receive stamp to the flush): p50, p99, p99.9, max.
    pub latency_ns: Option<[u64; 4]>,
}

/// One interface of the director.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceStatus {
    /// Current name.
    pub name: String,
    /// Kernel index; 0 while the interface is absent.
    pub ifindex: u32,
    /// MAC address as text.
    pub mac: String,
    /// MTU in bytes.
    pub mtu: u32,
    /// Frames flow.
    pub running: bool,
    /// By which way frames come.
    #[serde(default)]
    pub io: String,
    /// How the host's stack is kept off the claimed traffic, or why it is not.
    pub claim: String,
}

/// How frames come from the interfaces to the workers.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IntakeStatus {
    /// What the workers are tuned for: `latency`, `pps`.
    pub profile: String,
    /// How workers share frames out: `client`, `hash`, `cpu`; in brackets why, where it is not what was asked for.
    pub fanout: String,
    /// Whether foreign frames are kept out of the rings: `on`, `off`, with the reason behind it.
    pub filter: String,
    /// Whether connection requests are shed before the rings of a worker that cannot keep up: `on`, `off`, with the reason
    /// behind it.
    #[serde(default)]
    pub shedding: String,
    /// Frames that were kept out so far, since they did not concern the director.
    pub frames_filtered: u64,
    /// Connection requests that were shed so far.
    #[serde(default)]
    pub requests_shed: u64,
}

/// One worker thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerStatus {
    /// The CPU it is pinned to, if pinning succeeded.
    pub cpu: Option<u32>,
    /// Sweeps that found frames.
    pub turns: u64,
    /// Frames it received.
    pub frames: u64,
    /// Frames it sent on, to real servers and back.
    #[serde(default)]
    pub forwarded: u64,
    /// Panics that were caught.
    pub panics: u64,
}
