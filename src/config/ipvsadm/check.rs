//! Which option goes with which command, and with which tunnel type.

use super::error::{Misuse, UsageError};
use super::option::Opt;
use super::request::CommandWord;
use std::collections::BTreeMap;

/// Whether an option may, must or must not stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Allowed,
    Required,
    OneOf,
    Illegal,
}

/// The options that were given, each with the index of its word.
pub type Given = BTreeMap<Opt, usize>;

/// Checks the options of a command.
///
/// # Errors
/// The first option, in ipvsadm's order, that is missing, illegal or in conflict with an earlier one.
pub fn command(word: CommandWord, given: &Given) -> Result<(), Misuse> {
    check(given, word.name(), "command", |opt| place_in_command(word, opt))
}

/// Checks the tunnel options for a type (`ipip`, `gue`, `gre`).
///
/// # Errors
/// As [`command`].
pub fn tunnel(kind: &'static str, given: &Given) -> Result<(), Misuse> {
    check(given, kind, "tunnel type", |opt| place_in_tunnel(kind, opt))
}

fn check(
    given: &Given,
    of: &'static str,
    what: &'static str,
    place: impl Fn(Opt) -> Place,
) -> Result<(), Misuse> {
    let mut chosen: Option<Opt> = None;
    for opt in Opt::ALL {
        let option = opt.name();
        let word = given.get(&opt).copied();
        let error = match (place(opt), word) {
            (Place::Required, None) => UsageError::Missing { option, of, what },
            (Place::Illegal, Some(_)) => UsageError::Illegal { option, of, what },
            (Place::OneOf, Some(_)) => match chosen {
                Some(other) => UsageError::Conflict { option, other: other.name(), of, what },
                None => {
                    chosen = Some(opt);
                    continue;
                }
            },
            _ => continue,
        };
        return Err(Misuse { error, word });
    }
    Ok(())
}

fn place_in_command(word: CommandWord, opt: Opt) -> Place {
    use CommandWord as C;
    match (word, opt) {
        (
            C::AddService
            | C::EditService
            | C::DeleteService
            | C::AddServer
            | C::EditServer
            | C::DeleteServer,
            Opt::Service,
        )
        | (C::AddServer | C::EditServer | C::DeleteServer, Opt::Server) => Place::Required,
        (
            C::AddService | C::EditService,
            Opt::Scheduler
            | Opt::Persistent
            | Opt::Netmask
            | Opt::OnePacket
            | Opt::Engine
            | Opt::SchedulerFlags,
        )
        | (
            C::AddServer | C::EditServer,
            Opt::Forwarding
            | Opt::Weight
            | Opt::Upper
            | Opt::Lower
            | Opt::TunnelType
            | Opt::TunnelPort
            | Opt::TunnelNoChecksum
            | Opt::TunnelChecksum
            | Opt::TunnelRemoteChecksum,
        )
        | (
            C::List,
            Opt::Numeric
            | Opt::Stats
            | Opt::Rate
            | Opt::Thresholds
            | Opt::PersistentConn
            | Opt::NoSort
            | Opt::SyncId
            | Opt::Exact
            | Opt::TunnelInfo,
        )
        | (C::Save, Opt::Numeric)
        | (C::Zero, Opt::Service)
        | (
            C::StartDaemon,
            Opt::McastInterface
            | Opt::SyncId
            | Opt::McastGroup
            | Opt::McastPort
            | Opt::McastTtl
            | Opt::SyncMaxlen,
        )
        | (C::StopDaemon, Opt::SyncId) => Place::Allowed,
        (C::List, Opt::Connection | Opt::Service | Opt::Timeout | Opt::Daemon) => Place::OneOf,
        _ => Place::Illegal,
    }
}

fn place_in_tunnel(kind: &str, opt: Opt) -> Place {
    match (kind, opt) {
        ("gue", Opt::TunnelPort) => Place::Required,
        ("gue", Opt::TunnelNoChecksum | Opt::TunnelChecksum | Opt::TunnelRemoteChecksum)
        | ("gre", Opt::TunnelNoChecksum | Opt::TunnelChecksum) => Place::OneOf,
        (_, Opt::TunnelPort | Opt::TunnelNoChecksum | Opt::TunnelChecksum | Opt::TunnelRemoteChecksum) => {
            Place::Illegal
        }
        _ => Place::Allowed,
    }
}
