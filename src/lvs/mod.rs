//! The vocabulary: plain data with LVS names, used by every room. No I/O, no threads, no atomics.

mod check;
mod endpoint;
mod fact;
mod farm;
mod icmp_limits;
mod mac;
mod machine;
mod mark;
mod method;
mod pattern;
mod port;
mod protocol;
mod pulse;
mod real_server;
mod scheduler_name;
mod script;
mod service;
mod stats;
mod sync_daemon;
mod timeouts;
mod tunable;
mod tunables;
mod upkeep;
mod vrrp;

pub use check::{
    BodyPattern, Check, DnsProbe, ExchangeProbe, HttpMethod, HttpProbe, HttpUrl, HttpVersion, Login, Origin,
    Probe, ScriptKind, ScriptProbe, SqlKind, SqlProbe, Timing, Tls, UdpProbe,
};
pub use endpoint::{Endpoint, Family};
pub use fact::{AddressFact, HostFact, LinkFact, NeighbourFact, RouteFact};
pub use farm::{Farm, FarmScripts, FarmServer, Mail, MailTopic, Quorum, SlowStart, Sorry, WhenDown, Words};
pub use icmp_limits::IcmpLimits;
pub use mac::Mac;
pub use machine::Machine;
pub use mark::{MarkProtocol, MarkRule, Ports, SetMark};
pub use method::{ForwardingMethod, Tunnel, TunnelChecksum};
pub use pattern::Pattern;
pub use port::{PortId, is_interface_name};
pub use protocol::Protocol;
pub use pulse::{Pulse, PulseHost, PulseNode};
pub use real_server::{RealServerSpec, Thresholds};
pub use scheduler_name::{SchedulerName, SchedulerNameTooLong};
pub use script::{Script, ScriptLine};
pub use service::{ClientMask, Persistence, SchedulerFlags, ServiceKey, ServiceSpec};
pub use stats::{Rates, Stats};
pub use sync_daemon::{SyncDaemon, SyncRole, SyncSetup, SyncSides};
pub use timeouts::Timeouts;
pub use tunable::{MEANINGLESS, SYSCTL_PREFIX, TUNABLES, Tunable, TunableError, TunableKind, bare_name};
pub use tunables::{DefenceLevel, Switch, Tunables};
pub use upkeep::{LogTo, Upkeep};
#[cfg(test)]
pub(crate) use vrrp::vrrp_instance;
pub use vrrp::{
    Announces, Notify, Place, Role, Track, Tracked, VirtualAddress, VirtualRoute, Vmac, Vrrp, VrrpAuth,
    VrrpGroup, VrrpInstance, VrrpPeer, VrrpPeers, VrrpVersion, Watched, WatchedKind,
};
