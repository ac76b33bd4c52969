//! The keys of each kind of block, and what was said in one.

use super::words::Word;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Range;

/// What values a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number, as C's strtol takes it: decimal, octal or hexadecimal.
    Number,
    /// 0 or 1.
    Switch,
    /// Any word.
    Text,
    /// One of these.
    Choice(&'static [&'static str]),
    /// A scheduler.
    Scheduler,
    /// A host's address or name, which may be unknown where nothing needs it.
    Partner,
    /// The same; 0.0.0.0 is allowed.
    PartnerOrNone,
    /// A host's address or name.
    Host,
    /// An address, no name.
    Address,
    /// An address or a name, and an interface.
    HostAndDevice,
    /// A network mask.
    Mask,
    /// A network mask; Piranha passes over what is none.
    LenientMask,
    /// A number, or the name of a TCP port.
    Port,
    /// A number; Piranha takes no name here.
    PortNumber,
    /// `[ word word ]`.
    List,
}

/// The keys of a block.
pub(super) type Keys = &'static [(&'static str, Kind)];

/// Keys outside of any block.
pub(super) const GLOBAL_KEYS: Keys = &[
    ("serial_no", Kind::Number),
    ("primary", Kind::Partner),
    ("primary_private", Kind::Partner),
    ("primary_shared", Kind::Text),
    ("backup", Kind::PartnerOrNone),
    ("backup_private", Kind::Partner),
    ("backup_shared", Kind::Text),
    ("backup_active", Kind::Switch),
    ("heartbeat", Kind::Switch),
    ("heartbeat_port", Kind::Port),
    ("keepalive", Kind::Number),
    ("deadtime", Kind::Number),
    ("network", Kind::Choice(&["nat", "direct", "tunnel"])),
    ("nat_router", Kind::HostAndDevice),
    ("nat_nmask", Kind::Mask),
    ("service", Kind::Choice(&["lvs", "fos"])),
    ("rsh_command", Kind::Text),
    ("debug_level", Kind::Text),
    ("monitor_links", Kind::Number),
    ("syncdaemon", Kind::Switch),
    ("syncd_iface", Kind::Text),
    ("syncd_id", Kind::Number),
    ("tcp_timeout", Kind::Number),
    ("tcpfin_timeout", Kind::Number),
    ("udp_timeout", Kind::Number),
    ("active_cmd", Kind::Text),
    ("inactive_cmd", Kind::Text),
    ("hard_shutdown", Kind::Switch),
    ("ipvsadm", Kind::Text),
    ("reservation_conflict_action", Kind::Choice(&["nothing", "preempt"])),
    ("sync", Kind::Switch),
];

/// Keys of `virtual` and of `failover`, which are the same to Piranha.
pub(super) const VIRTUAL_KEYS: Keys = &[
    ("active", Kind::Switch),
    ("address", Kind::HostAndDevice),
    ("vip_nmask", Kind::Mask),
    ("fwmark", Kind::Number),
    ("protocol", Kind::Choice(&["tcp", "udp"])),
    ("port", Kind::Port),
    ("scheduler", Kind::Scheduler),
    ("persistent", Kind::Number),
    ("pmask", Kind::LenientMask),
    ("timeout", Kind::Number),
    ("reentry", Kind::Number),
    ("send", Kind::Text),
    ("expect", Kind::Text),
    ("use_regex", Kind::Switch),
    ("send_program", Kind::Text),
    ("load_monitor", Kind::Text),
    ("quiesce_server", Kind::Switch),
    ("sorry_server", Kind::Address),
    ("client_monitor", Kind::Text),
    ("start_cmd", Kind::Text),
    ("stop_cmd", Kind::Text),
    ("master", Kind::Partner),
    ("dirs", Kind::List),
];

/// Keys of `server`.
pub(super) const SERVER_KEYS: Keys = &[
    ("address", Kind::Host),
    ("active", Kind::Switch),
    ("port", Kind::PortNumber),
    ("weight", Kind::Number),
];

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'t> {
    Number(i64),
    Text(&'t str),
    Address(Ipv4Addr),
    /// With the interface, if there is one.
    AddressOn(Ipv4Addr, Option<&'t str>),
    /// Nothing here needs it.
    Unneeded,
}

/// A value, and where its key and the value itself stand.
#[derive(Clone, Debug)]
pub(super) struct Said<'t> {
    pub value: Value<'t>,
    pub key_at: Range<usize>,
    pub at: Range<usize>,
}

/// What was said in a block.
#[derive(Debug, Default)]
pub(super) struct Block<'t> {
    /// Key → the last value.
    pub said: BTreeMap<&'static str, Said<'t>>,
    /// Something was wrong: what follows from what is missing is not told besides.
    pub is_broken: bool,
}

impl<'t> Block<'t> {
    /// A key, if it was given.
    pub fn get(&self, key: &str) -> Option<&Said<'t>> {
        self.said.get(key)
    }

    /// A number, and where it stands.
    pub fn number(&self, key: &str) -> Option<(i64, Range<usize>)> {
        match self.get(key)? {
            Said { value: Value::Number(number), at, .. } => Some((*number, at.clone())),
            _ => None,
        }
    }

    /// Is it 1 (or any other number but 0)?
    pub fn is_on(&self, key: &str) -> bool {
        self.number(key).is_some_and(|(number, _)| number != 0)
    }

    /// A text, and where it stands.
    pub fn text(&self, key: &str) -> Option<(&'t str, Range<usize>)> {
        match self.get(key)? {
            Said { value: Value::Text(text), at, .. } => Some((text, at.clone())),
            _ => None,
        }
    }

    /// The interface behind an address.
    pub fn device(&self, key: &str) -> Option<&'t str> {
        match self.get(key)? {
            Said { value: Value::AddressOn(_, device), .. } => *device,
            _ => None,
        }
    }

    /// An address, and where it stands.
    pub fn address(&self, key: &str) -> Option<(Ipv4Addr, Range<usize>)> {
        match self.get(key)? {
            Said { value: Value::Address(addr) | Value::AddressOn(addr, _), at, .. } => {
                Some((*addr, at.clone()))
            }
            _ => None,
        }
    }
}

/// The head of a block: `virtual NAME {`.
#[derive(Debug)]
pub(super) struct Head<'t> {
    pub word: Word<'t>,
    pub name: &'t str,
    pub name_at: Range<usize>,
}
