//! What a text says, before the whole of it is known: what may be said later, elsewhere or not at all is left open.

use super::remark::At;
use super::sync::SyncDraft;
use super::vrrp::VrrpDraft;
use crate::lvs::{ForwardingMethod, Origin, Probe, SchedulerFlags, Script, Thresholds, Timeouts, Tunnel};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub mail: MailDraft,
    pub script_user: Option<(String, Option<String>)>,
    pub startup: Option<Script>,
    pub startup_timeout: Option<Duration>,
    pub shutdown: Option<Script>,
    pub shutdown_timeout: Option<Duration>,
    pub timeouts: Option<Timeouts>,
    pub sync: Option<SyncDraft>,
    pub fifos: Vec<PathBuf>,
    /// `checker_log_all_failures`.
    pub tells_all: bool,
    pub track_files: BTreeMap<String, TrackFile>,
    pub groups: BTreeMap<String, Group>,
    pub virtuals: Vec<Virtual>,
    pub vrrp: VrrpDraft,
    /// Real servers and checks so far, to bound them.
    pub count: usize,
}

/// What mail needs.
#[derive(Debug, Default)]
pub(super) struct MailDraft {
    pub to: Vec<String>,
    pub from: String,
    pub server: Option<(String, u16)>,
    pub helo: String,
    pub timeout: Option<Duration>,
    pub router_id: String,
    /// `smtp_alert`.
    pub all: Option<bool>,
    /// `smtp_alert_checker`.
    pub checkers: Option<bool>,
    /// `no_checker_emails`.
    pub is_off: bool,
}

/// A file with a number in it.
#[derive(Clone, Debug)]
pub(super) struct TrackFile {
    pub path: PathBuf,
    pub weight: i64,
}

/// Addresses and marks that are served alike.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub members: Vec<(Member, At)>,
}

/// A member of a group.
#[derive(Clone, Copy, Debug)]
pub(super) enum Member {
    /// All from the first to the last; `None`: no port was said.
    Addresses { first: IpAddr, last: IpAddr, port: Option<u16> },
    /// `true`: IPv6, if it is said.
    Mark(u32, Option<bool>),
}

/// What a virtual server is for.
#[derive(Clone, Debug)]
pub(super) enum Head {
    Address(IpAddr, Option<u16>),
    Mark(u32),
    Group(String),
}

/// How a real server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub method: ForwardingMethod,
    pub tunnel: Tunnel,
}

impl Way {
    pub const NAT: Self = Self { method: ForwardingMethod::Nat, tunnel: Tunnel::Ipip };
}

/// What real servers have from their virtual server, and checks from their real server.
#[derive(Clone, Debug, Default)]
pub(super) struct Common {
    pub delay_loop: Option<Duration>,
    pub retry: Option<u32>,
    pub retry_delay: Option<Duration>,
    pub connect_timeout: Option<Duration>,
    pub warmup: Option<Duration>,
    pub alpha: Option<bool>,
    pub virtualhost: Option<String>,
}

impl Common {
    /// With what the outer one says where this says nothing.
    pub fn within(&self, outer: &Self) -> Self {
        Self {
            delay_loop: self.delay_loop.or(outer.delay_loop),
            retry: self.retry.or(outer.retry),
            retry_delay: self.retry_delay.or(outer.retry_delay),
            connect_timeout: self.connect_timeout.or(outer.connect_timeout),
            warmup: self.warmup.or(outer.warmup),
            alpha: self.alpha.or(outer.alpha),
            virtualhost: self.virtualhost.clone().or_else(|| outer.virtualhost.clone()),
        }
    }
}

/// A `virtual_server`.
#[derive(Debug)]
pub(super) struct Virtual {
    pub head: Head,
    pub at: At,
    pub common: Common,
    pub protocol: Option<crate::lvs::Protocol>,
    pub protocol_at: At,
    pub scheduler: Option<String>,
    pub flags: SchedulerFlags,
    pub way: Option<Way>,
    pub one_packet: Option<At>,
    pub engine: Option<String>,
    /// Seconds.
    pub persistence: Option<u32>,
    pub granularity: Option<(String, At)>,
    /// `ip_family`: IPv6?
    pub family: Option<bool>,
    pub only_with_vip: bool,
    pub omega: bool,
    pub quorum: u32,
    pub hysteresis: u32,
    pub quorum_up: Option<Script>,
    pub quorum_down: Option<Script>,
    pub sorry: Option<(IpAddr, Option<u16>, At)>,
    pub sorry_inhibit: bool,
    pub sorry_way: Option<Way>,
    pub weight: Option<i32>,
    pub inhibit: bool,
    pub mails: Option<bool>,
    pub servers: Vec<Real>,
}

/// A `real_server`.
#[derive(Debug, Default)]
pub(super) struct Real {
    pub addr: Option<IpAddr>,
    pub port: Option<u16>,
    pub at: At,
    pub common: Common,
    pub way: Option<Way>,
    pub weight: Option<i32>,
    pub thresholds: Thresholds,
    pub inhibit: Option<bool>,
    pub notify_up: Option<Script>,
    pub notify_down: Option<Script>,
    pub mails: Option<bool>,
    pub checks: Vec<Checker>,
}

/// A checker.
#[derive(Debug)]
pub(super) struct Checker {
    pub probe: Probe,
    pub common: Common,
    pub addr: Option<IpAddr>,
    pub port: Option<u16>,
    pub from: Origin,
    pub tells_all: Option<bool>,
    /// `retry` if nobody says it.
    pub retry: u32,
    /// `delay_before_retry` if nobody says it; `None`: `delay_loop`.
    pub retry_delay: Option<Duration>,
    /// Of the probe's own (MISC_CHECK): instead of `connect_timeout`.
    pub timeout: Option<Duration>,
    /// HTTP: the name that is asked for by TLS is the virtual host's if it has none of its own.
    pub says_name: bool,
}
