//! Words → [`AdmRequest`], with ipvsadm's checks in ipvsadm's order.

use super::check::{self, Given};
use super::error::{Misuse, UsageError};
use super::option::{Meaning, Opt};
use super::popt::{Found, Scanner};
use super::value;
use crate::config::names::Names;
use crate::control::command::Command;
use crate::lvs::{
    ClientMask, Family, ForwardingMethod, Persistence, Protocol, RealServerSpec, SchedulerFlags,
    SchedulerName, ServiceKey, ServiceSpec, SyncDaemon, SyncRole, Thresholds, Tunnel, TunnelChecksum,
};
use std::net::IpAddr;

/// Seconds of -p without a value.
const DEFAULT_PERSISTENCE_SECONDS: u32 = 360;
/// The longest time that -p and --set take: 31 days.
const MAX_TIMEOUT_SECONDS: u32 = 31 * 24 * 3600;
/// Bytes of a scheduler's or an interface's name that count.
const NAME_LEN: usize = 15;
/// The interface of a sync daemon that is given none.
const DEFAULT_SYNC_INTERFACE: &str = "eth0";

/// The commands by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandWord {
    AddService,
    EditService,
    DeleteService,
    Flush,
    List,
    AddServer,
    EditServer,
    DeleteServer,
    SetTimeouts,
    StartDaemon,
    StopDaemon,
    Restore,
    Save,
    Zero,
    Help,
    Version,
}

impl CommandWord {
    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AddService => "add-service",
            Self::EditService => "edit-service",
            Self::DeleteService => "delete-service",
            Self::Flush => "flush",
            Self::List => "list",
            Self::AddServer => "add-server",
            Self::EditServer => "edit-server",
            Self::DeleteServer => "delete-server",
            Self::SetTimeouts => "set",
            Self::StartDaemon => "start-daemon",
            Self::StopDaemon => "stop-daemon",
            Self::Restore => "restore",
            Self::Save => "save",
            Self::Zero => "zero",
            Self::Help => "help",
            Self::Version => "version",
        }
    }
}

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdmRequest {
    /// A change.
    Change(Command),
    /// -L, or nothing at all.
    List(ListOptions),
    /// -S.
    Save {
        /// -n.
        numeric: bool,
    },
    /// -R.
    Restore,
    /// -h.
    Help,
    /// -v.
    Version,
}

/// How -L shall list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListOptions {
    /// What.
    pub what: ListWhat,
    /// -n: no names.
    pub numeric: bool,
    /// The columns.
    pub format: ListFormat,
    /// --nosort.
    pub unsorted: bool,
    /// --exact.
    pub exact: bool,
}

/// What -L shall list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListWhat {
    /// All services, or one.
    Services(Option<ServiceKey>),
    /// -c.
    Connections,
    /// --timeout.
    Timeouts,
    /// --daemon.
    Daemons,
}

/// The columns of -L.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    /// Forward, weight, connections.
    Plain,
    /// --stats.
    Stats,
    /// --rate.
    Rate,
    /// --thresholds.
    Thresholds,
    /// --persistent-conn.
    PersistentConn,
    /// --tun-info.
    TunnelInfo,
}

/// Reads one command line (without the program's name).
///
/// # Errors
/// The first thing that is wrong with it, as ipvsadm would say it.
pub fn parse(words: &[String], names: &Names) -> Result<AdmRequest, Misuse> {
    if words.is_empty() {
        return Line::new(CommandWord::List).list().map(AdmRequest::List);
    }
    let mut scanner = Scanner::new(words);
    let Some(Ok(Found { row, value, value_word, .. })) = scanner.next_option() else {
        return Err(Misuse { error: UsageError::NoCommand, word: Some(0) });
    };
    let Meaning::Command(command) = row.meaning else {
        return Err(Misuse { error: UsageError::NoCommand, word: Some(0) });
    };
    match command {
        CommandWord::Help => return Ok(AdmRequest::Help),
        CommandWord::Version => return Ok(AdmRequest::Version),
        _ => {}
    }
    let mut line = Line::new(command);
    line.daemon.role =
        line.daemon_role(value.unwrap_or("")).map_err(|error| Misuse { error, word: Some(value_word) })?;
    while let Some(found) = scanner.next_option() {
        let found = found.map_err(|(error, word)| Misuse { error, word: Some(word) })?;
        line.take(found, scanner.word(found.word), names)?;
    }
    line.finish(&scanner.leftover)
}

/// What has been read of a line.
struct Line {
    command: CommandWord,
    given: Given,
    daemon: SyncDaemon,
    protocol: Option<Protocol>,
    virt: Option<(IpAddr, u16)>,
    fwmark: Option<u32>,
    ipv6: bool,
    scheduler: String,
    flags: (String, usize),
    persistent: Option<u32>,
    mask: Option<ClientMask>,
    engine: Option<String>,
    server: Option<RealServerSpec>,
    method: ForwardingMethod,
    weight: i32,
    thresholds: Thresholds,
    tunnel_kind: &'static str,
    tunnel_port: u16,
}

impl Line {
    fn new(command: CommandWord) -> Self {
        Self {
            command,
            given: Given::new(),
            daemon: SyncDaemon {
                role: SyncRole::Master,
                interface: DEFAULT_SYNC_INTERFACE.to_owned(),
                sync_id: 0,
                max_len: None,
                group: None,
                port: None,
                ttl: None,
            },
            protocol: None,
            virt: None,
            fwmark: None,
            ipv6: false,
            scheduler: String::new(),
            flags: (String::new(), 0),
            persistent: None,
            mask: None,
            engine: None,
            server: None,
            method: ForwardingMethod::DirectRoute,
            weight: 1,
            thresholds: Thresholds::default(),
            tunnel_kind: "ipip",
            tunnel_port: 0,
        }
    }

    fn has(&self, opt: Opt) -> bool {
        self.given.contains_key(&opt)
    }

    fn daemon_role(&self, text: &str) -> Result<SyncRole, UsageError> {
        let error = match self.command {
            CommandWord::StartDaemon => UsageError::StartDaemon,
            CommandWord::StopDaemon => UsageError::StopDaemon,
            _ => return Ok(self.daemon.role),
        };
        match text {
            "master" => Ok(SyncRole::Master),
            "backup" => Ok(SyncRole::Backup),
            _ => Err(error),
        }
    }

    /// Takes one option: first that it is not there twice, then its value.
    fn take(&mut self, found: Found<'_>, word: &str, names: &Names) -> Result<(), Misuse> {
        let at = |error| Misuse { error, word: Some(found.word) };
        let opt = match found.row.meaning {
            Meaning::Command(_) => return Err(at(UsageError::SecondCommand(word.to_owned()))),
            Meaning::Sort => return Ok(()),
            Meaning::Ipv6 if self.fwmark.is_none() => return Err(at(UsageError::SixBeforeFwmark)),
            Meaning::Ipv6 => {
                self.ipv6 = true;
                return Ok(());
            }
            Meaning::Tcp | Meaning::Udp | Meaning::Sctp | Meaning::Fwmark => Opt::Service,
            Meaning::DirectRoute | Meaning::Tunnel | Meaning::Nat => Opt::Forwarding,
            Meaning::Plain(opt) => opt,
        };
        if self.given.insert(opt, found.word).is_some() {
            return Err(at(UsageError::Multiple(opt.name())));
        }
        self.take_value(found, opt, names).map_err(|error| Misuse { error, word: Some(found.value_word) })
    }

    fn take_value(&mut self, found: Found<'_>, opt: Opt, names: &Names) -> Result<(), UsageError> {
        let text = found.value.unwrap_or("");
        match (found.row.meaning, opt) {
            (Meaning::Tcp, _) => self.take_service(Protocol::Tcp, text, names)?,
            (Meaning::Udp, _) => self.take_service(Protocol::Udp, text, names)?,
            (Meaning::Sctp, _) => self.take_service(Protocol::Sctp, text, names)?,
            (Meaning::Fwmark, _) => {
                let mark = value::unsigned(text, 1..=u32::MAX);
                self.fwmark = Some(mark.ok_or_else(|| UsageError::Fwmark(text.to_owned()))?);
            }
            (Meaning::Nat, _) => self.method = ForwardingMethod::Nat,
            (Meaning::Tunnel, _) => self.method = ForwardingMethod::Tunnel,
            (Meaning::DirectRoute, _) => self.method = ForwardingMethod::DirectRoute,
            (_, Opt::Scheduler) => text.clone_into(&mut self.scheduler),
            (_, Opt::SchedulerFlags) => self.flags = (text.to_owned(), found.value_word),
            (_, Opt::Engine) => self.engine = Some(text.to_owned()),
            (_, Opt::Persistent) => {
                self.persistent = Some(match found.value {
                    None => DEFAULT_PERSISTENCE_SECONDS,
                    Some(text) => value::unsigned(text, 1..=MAX_TIMEOUT_SECONDS)
                        .ok_or_else(|| UsageError::Timeout(text.to_owned()))?,
                });
            }
            (_, Opt::Netmask) => {
                self.mask = Some(value::client_mask(text, self.is_ipv6())?);
            }
            (_, Opt::Server) => {
                let read = value::address(text, self.protocol, names).ok_or(UsageError::ServerAddress)?;
                let service_port = self.virt.map_or(0, |(_, port)| port);
                self.server = Some(RealServerSpec::new(value::endpoint(read, service_port)));
            }
            (_, Opt::Weight) => {
                let weight = value::number(text, 0..=i64::from(i32::MAX)).ok_or(UsageError::Weight)?;
                self.weight = i32::try_from(weight).map_err(|_| UsageError::Weight)?;
            }
            (_, Opt::Upper) => self.thresholds.upper = threshold(text).ok_or(UsageError::Upper)?,
            (_, Opt::Lower) => self.thresholds.lower = threshold(text).ok_or(UsageError::Lower)?,
            (_, Opt::McastInterface) => truncated(text).clone_into(&mut self.daemon.interface),
            (_, Opt::SyncId) => self.daemon.sync_id = within(text, 0..=255, UsageError::SyncId)?,
            (_, Opt::McastPort) => self.daemon.port = Some(within(text, 1..=65535, UsageError::McastPort)?),
            (_, Opt::McastTtl) => self.daemon.ttl = Some(within(text, 1..=255, UsageError::McastTtl)?),
            (_, Opt::SyncMaxlen) => {
                self.daemon.max_len = Some(within(text, 1..=65507, UsageError::SyncMaxlen)?)
            }
            (_, Opt::McastGroup) => self.daemon.group = Some(multicast_group(text)?),
            (_, Opt::TunnelType) => {
                self.tunnel_kind = ["ipip", "gue", "gre"]
                    .into_iter()
                    .find(|kind| *kind == text)
                    .ok_or(UsageError::TunnelType)?;
            }
            (_, Opt::TunnelPort) => {
                self.tunnel_port = value::unsigned(text, 1..=65535)
                    .and_then(|port| u16::try_from(port).ok())
                    .ok_or(UsageError::TunnelPort)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn take_service(&mut self, protocol: Protocol, text: &str, names: &Names) -> Result<(), UsageError> {
        let (addr, port) = value::address(text, Some(protocol), names).ok_or(UsageError::ServiceAddress)?;
        self.protocol = Some(protocol);
        self.virt = Some((addr, port.unwrap_or(0)));
        Ok(())
    }

    fn is_ipv6(&self) -> bool {
        self.ipv6 || self.virt.is_some_and(|(addr, _)| addr.is_ipv6())
    }

    fn key(&self) -> Option<ServiceKey> {
        match (self.fwmark, self.protocol, self.virt) {
            (Some(mark), ..) => {
                Some(ServiceKey::Fwmark { family: if self.ipv6 { Family::V6 } else { Family::V4 }, mark })
            }
            (None, Some(protocol), Some((addr, port))) => {
                Some(ServiceKey::Tuple { protocol, virt: crate::lvs::Endpoint::new(addr, port) })
            }
            _ => None,
        }
    }

    /// The key of a command that cannot do without one; `check::command` has made sure of it.
    fn required_key(&self) -> Result<ServiceKey, Misuse> {
        self.key().ok_or(Misuse {
            error: UsageError::Missing {
                option: Opt::Service.name(),
                of: self.command.name(),
                what: "command",
            },
            word: None,
        })
    }

    fn misuse(&self, error: UsageError, at: Opt) -> Misuse {
        Misuse { error, word: self.given.get(&at).copied() }
    }

    /// All words have been read: checks the line as a whole.
    fn finish(self, leftover: &[(usize, &str)]) -> Result<AdmRequest, Misuse> {
        let values = if self.command == CommandWord::SetTimeouts { 3 } else { 0 };
        if leftover.len() < values {
            return Err(Misuse { error: UsageError::ThreeTimeouts, word: None });
        }
        let (timeouts, surplus) = leftover.split_at(values);
        let timeouts =
            timeouts.iter().map(|(word, text)| timeout(*word, text)).collect::<Result<Vec<_>, _>>()?;
        if let Some((word, text)) = surplus.first() {
            return Err(Misuse {
                error: UsageError::UnexpectedArgument((*text).to_owned()),
                word: Some(*word),
            });
        }
        let scheduler_flags = value::scheduler_flags(&self.flags.0, &self.scheduler)
            .map_err(|error| Misuse { error, word: Some(self.flags.1) })?;
        check::command(self.command, &self.given)?;
        self.into_request(&timeouts, scheduler_flags)
    }

    fn into_request(self, timeouts: &[Option<u32>], flags: SchedulerFlags) -> Result<AdmRequest, Misuse> {
        let command = match self.command {
            CommandWord::AddService => Command::AddService(self.service(flags)?),
            CommandWord::EditService => Command::EditService(self.service(flags)?),
            CommandWord::DeleteService => Command::DeleteService(self.required_key()?),
            CommandWord::Flush => Command::Flush,
            CommandWord::AddServer => Command::AddServer(self.required_key()?, self.real_server()?),
            CommandWord::EditServer => Command::EditServer(self.required_key()?, self.real_server()?),
            CommandWord::DeleteServer => {
                Command::DeleteServer(self.required_key()?, self.required_server()?.endpoint)
            }
            CommandWord::Zero => Command::Zero(self.key()),
            CommandWord::SetTimeouts => {
                let [tcp, tcp_fin, udp] = timeouts else {
                    return Err(Misuse { error: UsageError::ThreeTimeouts, word: None });
                };
                Command::SetTimeouts { tcp: *tcp, tcp_fin: *tcp_fin, udp: *udp }
            }
            CommandWord::List => return self.list().map(AdmRequest::List),
            CommandWord::Save => return Ok(AdmRequest::Save { numeric: self.has(Opt::Numeric) }),
            CommandWord::Restore => return Ok(AdmRequest::Restore),
            CommandWord::StartDaemon => Command::StartDaemon(self.daemon),
            CommandWord::StopDaemon => Command::StopDaemon(self.daemon.role),
            CommandWord::Help => return Ok(AdmRequest::Help),
            CommandWord::Version => return Ok(AdmRequest::Version),
        };
        Ok(AdmRequest::Change(command))
    }

    fn service(&self, scheduler_flags: SchedulerFlags) -> Result<ServiceSpec, Misuse> {
        let key = self.required_key()?;
        let name = if self.scheduler.is_empty() { "wlc" } else { truncated(&self.scheduler) };
        let scheduler = SchedulerName::new(name).unwrap_or_else(|_| SchedulerName::wlc());
        if let ServiceKey::Tuple { protocol, virt } = key {
            if self.persistent.is_none() && virt.port == 0 {
                return Err(self.misuse(UsageError::ZeroPort, Opt::Service));
            }
            if self.has(Opt::OnePacket) && protocol != Protocol::Udp {
                return Err(self.misuse(UsageError::OnePacket, Opt::OnePacket));
            }
        }
        let persistence = self
            .persistent
            .map(|timeout_seconds| Persistence { timeout_seconds, mask: self.client_mask(key.family()) });
        let (engine, one_packet) = (self.engine.clone(), self.has(Opt::OnePacket));
        Ok(ServiceSpec { key, scheduler, scheduler_flags, persistence, engine, one_packet })
    }

    /// The persistence granularity. A mask that was read as the other family's (-M before -6, or before an IPv6 -t) is
    /// forgotten, as ipvsadm does it.
    fn client_mask(&self, family: Family) -> ClientMask {
        self.mask.filter(|mask| mask.family() == family).unwrap_or(ClientMask::whole(family))
    }

    fn required_server(&self) -> Result<RealServerSpec, Misuse> {
        self.server.ok_or(Misuse {
            error: UsageError::Missing {
                option: Opt::Server.name(),
                of: self.command.name(),
                what: "command",
            },
            word: None,
        })
    }

    fn real_server(&self) -> Result<RealServerSpec, Misuse> {
        let key = self.required_key()?;
        let mut spec = self.required_server()?;
        spec.method = self.method;
        spec.weight = self.weight;
        spec.thresholds = self.thresholds;
        let tunnelled = self.method == ForwardingMethod::Tunnel;
        if spec.endpoint.family() != key.family() && !tunnelled {
            return Err(self.misuse(UsageError::MixedFamilies, Opt::Server));
        }
        if !tunnelled && let Some(opt) = self.tunnel_option() {
            return Err(self.misuse(UsageError::TunnelWithoutTunnelling, opt));
        }
        check::tunnel(self.tunnel_kind, &self.given)?;
        spec.tunnel = self.tunnel();
        // Only NAT can change the port: for the other methods it is the service's, whatever was said.
        if let ServiceKey::Tuple { virt, .. } = key
            && self.method != ForwardingMethod::Nat
        {
            spec.endpoint.port = virt.port;
        }
        Ok(spec)
    }

    fn tunnel_option(&self) -> Option<Opt> {
        [
            Opt::TunnelType,
            Opt::TunnelPort,
            Opt::TunnelNoChecksum,
            Opt::TunnelChecksum,
            Opt::TunnelRemoteChecksum,
        ]
        .into_iter()
        .find(|opt| self.has(*opt))
    }

    fn tunnel(&self) -> Tunnel {
        let checksum = if self.has(Opt::TunnelChecksum) {
            TunnelChecksum::Full
        } else if self.has(Opt::TunnelRemoteChecksum) {
            TunnelChecksum::Remote
        } else {
            TunnelChecksum::None
        };
        match self.tunnel_kind {
            "gue" => Tunnel::Gue { port: self.tunnel_port, checksum },
            "gre" => Tunnel::Gre { checksum },
            _ => Tunnel::Ipip,
        }
    }

    fn list(&self) -> Result<ListOptions, Misuse> {
        let what = if self.has(Opt::Connection) {
            ListWhat::Connections
        } else if self.has(Opt::Timeout) {
            ListWhat::Timeouts
        } else if self.has(Opt::Daemon) {
            ListWhat::Daemons
        } else {
            ListWhat::Services(self.key())
        };
        let formats = [
            (Opt::Stats, ListFormat::Stats),
            (Opt::Rate, ListFormat::Rate),
            (Opt::Thresholds, ListFormat::Thresholds),
            (Opt::PersistentConn, ListFormat::PersistentConn),
            (Opt::TunnelInfo, ListFormat::TunnelInfo),
        ];
        let chosen = formats.into_iter().find(|(opt, _)| self.has(*opt));
        let clash = match (what, chosen) {
            (ListWhat::Services(_), _)
            | (_, None | Some((_, ListFormat::TunnelInfo)))
            | (ListWhat::Connections, Some((_, ListFormat::PersistentConn))) => None,
            (_, Some((opt, _))) => Some(opt),
        };
        if let Some(opt) = clash {
            return Err(self.misuse(UsageError::ListConflict, opt));
        }
        Ok(ListOptions {
            what,
            numeric: self.has(Opt::Numeric),
            format: chosen.map_or(ListFormat::Plain, |(_, format)| format),
            unsorted: self.has(Opt::NoSort),
            exact: self.has(Opt::Exact),
        })
    }
}

fn threshold(text: &str) -> Option<u32> {
    value::unsigned(text, 0..=i32::MAX.unsigned_abs())
}

/// A number within bounds that its type can hold.
fn within<T: TryFrom<i64>>(
    text: &str,
    range: std::ops::RangeInclusive<i64>,
    error: UsageError,
) -> Result<T, UsageError> {
    value::number(text, range).and_then(|number| T::try_from(number).ok()).ok_or(error)
}

fn multicast_group(text: &str) -> Result<IpAddr, UsageError> {
    let family = if text.contains(':') { "IPv6" } else { "IPv4" };
    let group = text.parse::<IpAddr>().ok().filter(IpAddr::is_multicast);
    group.ok_or_else(|| UsageError::McastGroup { family, group: text.to_owned() })
}

/// One value of --set; 0 keeps what is.
fn timeout(word: usize, text: &str) -> Result<Option<u32>, Misuse> {
    match value::unsigned(text, 0..=MAX_TIMEOUT_SECONDS) {
        Some(0) => Ok(None),
        Some(seconds) => Ok(Some(seconds)),
        None => Err(Misuse { error: UsageError::Timeout(text.to_owned()), word: Some(word) }),
    }
}

/// The bytes of a name that count, cut between characters.
fn truncated(name: &str) -> &str {
    let end = (0..=NAME_LEN.min(name.len())).rev().find(|at| name.is_char_boundary(*at));
    name.get(..end.unwrap_or(0)).unwrap_or("")
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
