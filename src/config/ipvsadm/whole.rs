//! A line as a whole: what it asks for.

use super::check;
use super::error::{Misuse, UsageError};
use super::line::{Line, MAX_TIMEOUT_SECONDS, truncated};
use super::option::Opt;
use super::request::{AdmRequest, CommandWord, ListFormat, ListOptions, ListWhat};
use super::value;
use crate::control::command::Command;
use crate::lvs::{
    ClientMask, Family, ForwardingMethod, Persistence, Protocol, RealServerSpec, SchedulerFlags,
    SchedulerName, ServiceKey, ServiceSpec, Tunnel, TunnelChecksum,
};

impl Line {
    pub(super) fn is_ipv6(&self) -> bool {
        self.ipv6 || self.virt.is_some_and(|(addr, _)| addr.is_ipv6())
    }

    pub(super) fn key(&self) -> Option<ServiceKey> {
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
    pub(super) fn finish(self, leftover: &[(usize, &str)]) -> Result<AdmRequest, Misuse> {
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

    pub(super) fn list(&self) -> Result<ListOptions, Misuse> {
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

/// One value of --set; 0 keeps what is.
fn timeout(word: usize, text: &str) -> Result<Option<u32>, Misuse> {
    match value::unsigned(text, 0..=MAX_TIMEOUT_SECONDS) {
        Some(0) => Ok(None),
        Some(seconds) => Ok(Some(seconds)),
        None => Err(Misuse { error: UsageError::Timeout(text.to_owned()), word: Some(word) }),
    }
}
