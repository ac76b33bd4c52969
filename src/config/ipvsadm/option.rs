//! The option table of ipvsadm 1.31.

use super::request::CommandWord;

/// Options that ipvsadm's checks speak of, in the order in which it checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opt {
    /// `-n`.
    Numeric,
    /// `-c`.
    Connection,
    /// `-t`, `-u`, `--sctp-service`, `-f`.
    Service,
    /// `-s`.
    Scheduler,
    /// `-p`.
    Persistent,
    /// `-M`.
    Netmask,
    /// `-r`.
    Server,
    /// `-g`, `-i`, `-m`.
    Forwarding,
    /// `-w`.
    Weight,
    /// `-x`.
    Upper,
    /// `-y`.
    Lower,
    /// `--mcast-interface`.
    McastInterface,
    /// `--timeout`.
    Timeout,
    /// `--daemon`.
    Daemon,
    /// `--stats`.
    Stats,
    /// `--rate`.
    Rate,
    /// `--thresholds`.
    Thresholds,
    /// `--persistent-conn`.
    PersistentConn,
    /// `--nosort`.
    NoSort,
    /// `--syncid`.
    SyncId,
    /// `--exact`.
    Exact,
    /// `-o`.
    OnePacket,
    /// `--pe`.
    Engine,
    /// `-b`.
    SchedulerFlags,
    /// `--mcast-group`.
    McastGroup,
    /// `--mcast-port`.
    McastPort,
    /// `--mcast-ttl`.
    McastTtl,
    /// `--sync-maxlen`.
    SyncMaxlen,
    /// `--tun-info`.
    TunnelInfo,
    /// `--tun-type`.
    TunnelType,
    /// `--tun-port`.
    TunnelPort,
    /// `--tun-nocsum`.
    TunnelNoChecksum,
    /// `--tun-csum`.
    TunnelChecksum,
    /// `--tun-remcsum`.
    TunnelRemoteChecksum,
}

impl Opt {
    /// All of them, in checking order.
    pub const ALL: [Self; 34] = [
        Self::Numeric,
        Self::Connection,
        Self::Service,
        Self::Scheduler,
        Self::Persistent,
        Self::Netmask,
        Self::Server,
        Self::Forwarding,
        Self::Weight,
        Self::Upper,
        Self::Lower,
        Self::McastInterface,
        Self::Timeout,
        Self::Daemon,
        Self::Stats,
        Self::Rate,
        Self::Thresholds,
        Self::PersistentConn,
        Self::NoSort,
        Self::SyncId,
        Self::Exact,
        Self::OnePacket,
        Self::Engine,
        Self::SchedulerFlags,
        Self::McastGroup,
        Self::McastPort,
        Self::McastTtl,
        Self::SyncMaxlen,
        Self::TunnelInfo,
        Self::TunnelType,
        Self::TunnelPort,
        Self::TunnelNoChecksum,
        Self::TunnelChecksum,
        Self::TunnelRemoteChecksum,
    ];

    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Connection => "connection",
            Self::Service => "service-address",
            Self::Scheduler => "scheduler",
            Self::Persistent => "persistent",
            Self::Netmask => "netmask",
            Self::Server => "real-server",
            Self::Forwarding => "forwarding-method",
            Self::Weight => "weight",
            Self::Upper => "u-threshold",
            Self::Lower => "l-threshold",
            Self::McastInterface => "mcast-interface",
            Self::Timeout => "timeout",
            Self::Daemon => "daemon",
            Self::Stats => "stats",
            Self::Rate => "rate",
            Self::Thresholds => "thresholds",
            Self::PersistentConn => "persistent-conn",
            Self::NoSort => "nosort",
            Self::SyncId => "syncid",
            Self::Exact => "exact",
            Self::OnePacket => "ops",
            Self::Engine => "pe",
            Self::SchedulerFlags => "sched-flags",
            Self::McastGroup => "mcast-group",
            Self::McastPort => "mcast-port",
            Self::McastTtl => "mcast-ttl",
            Self::SyncMaxlen => "sync-maxlen",
            Self::TunnelInfo => "tun-info",
            Self::TunnelType => "tun-type",
            Self::TunnelPort => "tun-port",
            Self::TunnelNoChecksum => "tun-nocsum",
            Self::TunnelChecksum => "tun-csum",
            Self::TunnelRemoteChecksum => "tun-remcsum",
        }
    }
}

/// What an option on the command line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// One of the commands, valid only as the first option.
    Command(CommandWord),
    /// `-t`.
    Tcp,
    /// `-u`.
    Udp,
    /// `--sctp-service`.
    Sctp,
    /// `-f`.
    Fwmark,
    /// `-6`.
    Ipv6,
    /// `-g`.
    DirectRoute,
    /// `-i`.
    Tunnel,
    /// `-m`.
    Nat,
    /// `--sort`: accepted, does nothing.
    Sort,
    /// Anything else.
    Plain(Opt),
}

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// No value.
    Nothing,
    /// The rest of the word, or the next word whatever it looks like.
    Value,
    /// The rest of the word, or the next word unless it begins with `-`.
    Optional,
}

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its letter.
    pub short: Option<char>,
    /// Its name after `--`.
    pub long: Option<&'static str>,
    /// Whether it takes a value.
    pub takes: Takes,
    /// What it stands for.
    pub meaning: Meaning,
}

const fn row(short: char, long: &'static str, takes: Takes, meaning: Meaning) -> Row {
    Row { short: Some(short), long: Some(long), takes, meaning }
}

const fn long(long: &'static str, takes: Takes, meaning: Meaning) -> Row {
    Row { short: None, long: Some(long), takes, meaning }
}

use CommandWord as C;
use Meaning::{Command, Plain};
use Takes::{Nothing, Optional, Value};

/// Every option of ipvsadm 1.31.
pub const TABLE: &[Row] = &[
    row('A', "add-service", Nothing, Command(C::AddService)),
    row('E', "edit-service", Nothing, Command(C::EditService)),
    row('D', "delete-service", Nothing, Command(C::DeleteService)),
    row('C', "clear", Nothing, Command(C::Flush)),
    row('L', "list", Nothing, Command(C::List)),
    Row { short: Some('l'), long: None, takes: Nothing, meaning: Command(C::List) },
    row('Z', "zero", Nothing, Command(C::Zero)),
    row('a', "add-server", Nothing, Command(C::AddServer)),
    row('e', "edit-server", Nothing, Command(C::EditServer)),
    row('d', "delete-server", Nothing, Command(C::DeleteServer)),
    row('R', "restore", Nothing, Command(C::Restore)),
    row('S', "save", Nothing, Command(C::Save)),
    row('h', "help", Nothing, Command(C::Help)),
    row('v', "version", Nothing, Command(C::Version)),
    long("set", Nothing, Command(C::SetTimeouts)),
    long("start-daemon", Value, Command(C::StartDaemon)),
    long("stop-daemon", Value, Command(C::StopDaemon)),
    row('t', "tcp-service", Value, Meaning::Tcp),
    row('u', "udp-service", Value, Meaning::Udp),
    long("sctp-service", Value, Meaning::Sctp),
    row('f', "fwmark-service", Value, Meaning::Fwmark),
    row('6', "ipv6", Nothing, Meaning::Ipv6),
    row('s', "scheduler", Value, Plain(Opt::Scheduler)),
    row('p', "persistent", Optional, Plain(Opt::Persistent)),
    row('M', "netmask", Value, Plain(Opt::Netmask)),
    row('r', "real-server", Value, Plain(Opt::Server)),
    row('m', "masquerading", Nothing, Meaning::Nat),
    row('i', "ipip", Nothing, Meaning::Tunnel),
    row('g', "gatewaying", Nothing, Meaning::DirectRoute),
    row('w', "weight", Value, Plain(Opt::Weight)),
    row('x', "u-threshold", Value, Plain(Opt::Upper)),
    row('y', "l-threshold", Value, Plain(Opt::Lower)),
    row('c', "connection", Nothing, Plain(Opt::Connection)),
    row('n', "numeric", Nothing, Plain(Opt::Numeric)),
    row('o', "ops", Nothing, Plain(Opt::OnePacket)),
    row('b', "sched-flags", Value, Plain(Opt::SchedulerFlags)),
    row('X', "exact", Nothing, Plain(Opt::Exact)),
    long("pe", Value, Plain(Opt::Engine)),
    long("timeout", Nothing, Plain(Opt::Timeout)),
    long("daemon", Nothing, Plain(Opt::Daemon)),
    long("stats", Nothing, Plain(Opt::Stats)),
    long("rate", Nothing, Plain(Opt::Rate)),
    long("thresholds", Nothing, Plain(Opt::Thresholds)),
    long("persistent-conn", Nothing, Plain(Opt::PersistentConn)),
    long("tun-info", Nothing, Plain(Opt::TunnelInfo)),
    long("nosort", Nothing, Plain(Opt::NoSort)),
    long("sort", Nothing, Meaning::Sort),
    long("mcast-interface", Value, Plain(Opt::McastInterface)),
    long("mcast-group", Value, Plain(Opt::McastGroup)),
    long("mcast-port", Value, Plain(Opt::McastPort)),
    long("mcast-ttl", Value, Plain(Opt::McastTtl)),
    long("syncid", Value, Plain(Opt::SyncId)),
    long("sync-maxlen", Value, Plain(Opt::SyncMaxlen)),
    long("tun-type", Value, Plain(Opt::TunnelType)),
    long("tun-port", Value, Plain(Opt::TunnelPort)),
    long("tun-nocsum", Nothing, Plain(Opt::TunnelNoChecksum)),
    long("tun-csum", Nothing, Plain(Opt::TunnelChecksum)),
    long("tun-remcsum", Nothing, Plain(Opt::TunnelRemoteChecksum)),
];
