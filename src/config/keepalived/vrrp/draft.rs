//! What a text says of virtual routers, before the whole of it is known.

use super::super::remark::At;
use crate::lvs::{Script, VirtualAddress, VirtualRoute, VrrpPeer};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// All of it.
#[derive(Debug, Default)]
pub(in super::super) struct VrrpDraft {
    pub global: Global,
    pub instances: Vec<Instance>,
    pub groups: Vec<Group>,
    pub watched: Vec<Thing>,
    /// `vrrp_notify_fifo`, and `notify_fifo`.
    pub fifos: Vec<PathBuf>,
}

/// What `global_defs` says for all.
#[derive(Debug, Default)]
pub(in super::super) struct Global {
    pub version: Option<u32>,
    pub interface: Option<String>,
    pub group4: Option<IpAddr>,
    pub group6: Option<IpAddr>,
    pub paces: Paces,
    /// `vrrp_min_garp`.
    pub is_short: bool,
    pub arp_pause: Duration,
    pub na_pause: Duration,
    pub patience: Option<u32>,
    pub is_calm: Option<bool>,
    pub answers_higher: bool,
    pub checks_source: bool,
    pub skips_addresses: bool,
    pub is_strict: bool,
    pub tells_priority: bool,
    /// `smtp_alert_vrrp`.
    pub mails: Option<bool>,
}

/// How gratuitous ARP is paced; `None`: as elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Paces {
    pub delay: Option<u32>,
    pub repeat: Option<u32>,
    pub refresh: Option<u32>,
    pub refresh_repeat: Option<u32>,
    pub lower_delay: Option<u32>,
    pub lower_repeat: Option<u32>,
}

impl Paces {
    /// The field of this keyword, without what stands before it.
    pub(in super::super) fn set(&mut self, name: &str, number: Option<u32>) {
        let field = match name.trim_start_matches("vrrp_") {
            "garp_master_delay" => &mut self.delay,
            "garp_master_repeat" => &mut self.repeat,
            "garp_master_refresh" => &mut self.refresh,
            "garp_master_refresh_repeat" => &mut self.refresh_repeat,
            "garp_lower_prio_delay" => &mut self.lower_delay,
            _ => &mut self.lower_repeat,
        };
        *field = number;
    }
}

/// `auth_type` and `auth_pass`.
#[derive(Clone, Debug, Default)]
pub(super) struct Auth {
    pub is_header: Option<bool>,
    pub password: Option<String>,
    pub at: At,
}

/// Scripts that follow a change.
#[derive(Clone, Debug, Default)]
pub(super) struct Scripts {
    pub master: Option<(Script, At)>,
    pub backup: Option<(Script, At)>,
    pub fault: Option<(Script, At)>,
    pub stop: Option<(Script, At)>,
    pub any: Option<(Script, At)>,
    pub lower_heard: Option<(Script, At)>,
    pub tells_priority: Option<bool>,
}

/// Kinds of things that are looked at, each with names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Interface,
    Script,
    File,
    Process,
}

/// A line of `track_…`.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub kind: Kind,
    pub name: String,
    pub weight: Option<i16>,
    pub is_reverse: bool,
    pub at: At,
}

/// `vrrp_instance`.
#[derive(Debug, Default)]
pub(in super::super) struct Instance {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) begins_master: bool,
    pub(super) interface: Option<String>,
    pub(super) version: Option<(u32, At)>,
    pub(super) vrid: Option<(u8, At)>,
    pub(super) priority: Option<u8>,
    pub(super) interval: Option<(Duration, At)>,
    pub(super) auth: Option<Auth>,
    pub(super) addresses: Vec<(VirtualAddress, At)>,
    pub(super) unadvertised: Vec<VirtualAddress>,
    pub(super) has_none: bool,
    pub(super) routes: Vec<VirtualRoute>,
    pub(super) source: Option<(IpAddr, At)>,
    pub(super) group: Option<(IpAddr, At)>,
    pub(super) peers: Option<Vec<(VrrpPeer, At)>>,
    pub(super) ttl: Option<u8>,
    pub(super) checks_source: Option<bool>,
    /// `use_vmac` with its name and its MAC.
    pub(super) vmac: Option<(Option<String>, Option<crate::lvs::Mac>)>,
    pub(super) sends_below: bool,
    pub(super) is_native6: bool,
    pub(super) ignores_interface: bool,
    pub(super) looks: Vec<Look>,
    pub(super) paces: Paces,
    pub(super) patience: Option<u32>,
    pub(super) is_calm: Option<bool>,
    pub(super) answers_higher: Option<bool>,
    pub(super) nopreempt: Option<At>,
    pub(super) preempt_delay: Option<(Duration, At)>,
    pub(super) skips_addresses: Option<bool>,
    pub(super) is_strict: Option<bool>,
    pub(super) scripts: Scripts,
    pub(super) mails: Option<bool>,
}

/// `vrrp_sync_group`.
#[derive(Debug, Default)]
pub(in super::super) struct Group {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) members: Vec<(String, At)>,
    pub(super) looks: Vec<Look>,
    pub(super) scripts: Scripts,
    pub(super) mails: Option<bool>,
    pub(super) weighs: bool,
}

/// `vrrp_script` or `vrrp_track_process`.
#[derive(Debug)]
pub(in super::super) struct Thing {
    pub(super) at: At,
    pub(super) kind: Kind,
    pub(super) watched: crate::lvs::Watched,
}
