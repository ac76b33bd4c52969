//! A line's options, one after the other.

use super::check::Given;
use super::error::{Misuse, UsageError};
use super::option::{Meaning, Opt};
use super::popt::Found;
use super::request::CommandWord;
use super::value;
use crate::config::names::Names;
use crate::lvs::{ClientMask, ForwardingMethod, Protocol, RealServerSpec, SyncDaemon, SyncRole, Thresholds};
use std::net::IpAddr;

/// Seconds of -p without a value.
const DEFAULT_PERSISTENCE_SECONDS: u32 = 360;
/// The longest time that -p and --set take: 31 days.
pub(super) const MAX_TIMEOUT_SECONDS: u32 = 31 * 24 * 3600;
/// Bytes of a scheduler's or an interface's name that count.
const NAME_LEN: usize = 15;
/// The interface of a sync daemon that is given none.
const DEFAULT_SYNC_INTERFACE: &str = "eth0";

/// What has been read of a line.
pub(super) struct Line {
    pub(super) command: CommandWord,
    pub(super) given: Given,
    pub(super) daemon: SyncDaemon,
    pub(super) protocol: Option<Protocol>,
    pub(super) virt: Option<(IpAddr, u16)>,
    pub(super) fwmark: Option<u32>,
    pub(super) ipv6: bool,
    pub(super) scheduler: String,
    pub(super) flags: (String, usize),
    pub(super) persistent: Option<u32>,
    pub(super) mask: Option<ClientMask>,
    pub(super) engine: Option<String>,
    pub(super) server: Option<RealServerSpec>,
    pub(super) method: ForwardingMethod,
    pub(super) weight: i32,
    pub(super) thresholds: Thresholds,
    pub(super) tunnel_kind: &'static str,
    pub(super) tunnel_port: u16,
}

impl Line {
    pub(super) fn new(command: CommandWord) -> Self {
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

    pub(super) fn has(&self, opt: Opt) -> bool {
        self.given.contains_key(&opt)
    }

    pub(super) fn daemon_role(&self, text: &str) -> Result<SyncRole, UsageError> {
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
    pub(super) fn take(&mut self, found: Found<'_>, word: &str, names: &Names) -> Result<(), Misuse> {
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

/// The bytes of a name that count, cut between characters.
pub(super) fn truncated(name: &str) -> &str {
    let end = (0..=NAME_LEN.min(name.len())).rev().find(|at| name.is_char_boundary(*at));
    name.get(..end.unwrap_or(0)).unwrap_or("")
}
