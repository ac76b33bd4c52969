//! Connection synchronisation: which daemons are to run, and how. The `sync` room runs them.

use super::ControlError;
use super::command::Intent;
use super::effect::SyncWish;
use super::happening::{RouterChange, What};
use super::keeper::{Keeper, Outside};
use super::tables::Tables;
use super::world::World;
use crate::lvs::{Role, SyncDaemon, SyncRole, SyncSides, is_interface_name};
use std::collections::BTreeMap;

/// Bytes of a datagram at most.
const LONGEST: u16 = 65_507;

/// What a configuration says of synchronisation.
///
/// # Errors
/// What cannot be, and why.
pub(super) fn check_sync(wanted: &Intent) -> Result<(), ControlError> {
    let Some(setup) = &wanted.sync else { return Ok(()) };
    let invalid = |why: &str| Err(ControlError::Invalid(format!("synchronisation of connections: {why}")));
    if !is_interface_name(&setup.interface) {
        return invalid(&format!("{:?} cannot be the name of an interface", setup.interface));
    }
    if setup.group.is_some_and(|group| !group.is_multicast()) {
        return invalid("its group is no multicast address");
    }
    if setup.port == Some(0) || setup.ttl == Some(0) {
        return invalid("port and TTL are more than 0");
    }
    if setup.max_len.is_some_and(|len| !(1..=LONGEST).contains(&len)) {
        return invalid(&format!("messages have 1 to {LONGEST} bytes"));
    }
    if let SyncSides::Follows(name) = &setup.sides
        && !wanted.vrrp.has(name)
    {
        return invalid(&format!("there is no virtual router {name}"));
    }
    Ok(())
}

impl Tables {
    /// Notes a daemon.
    pub(super) fn start_daemon(&mut self, daemon: SyncDaemon, world: &World) -> Result<(), ControlError> {
        if daemon.group.is_some_and(|group| !group.is_multicast()) {
            return Err(ControlError::Invalid("the group of a sync daemon is no multicast address".into()));
        }
        if world.link_named(&daemon.interface).is_none() {
            return Err(ControlError::NoInterface);
        }
        if self.daemons.contains_key(&daemon.role) {
            return Err(ControlError::DaemonRuns);
        }
        self.daemons.insert(daemon.role, daemon);
        Ok(())
    }
}

impl<O: Outside> Keeper<O> {
    /// Starts a daemon that was noted; if it cannot be, the note goes.
    pub(super) fn begin_sync(&mut self, role: SyncRole) -> Result<(), ControlError> {
        let Some(wish) = self.sync_wish(role) else { return Err(ControlError::NoInterface) };
        match self.outside.synchronise(&wish) {
            Ok(settled) => {
                self.tables.daemons.insert(role, settled.clone());
                self.synchronised.insert(role, SyncWish { daemon: settled, ..wish });
                Ok(())
            }
            Err(why) => {
                self.tables.daemons.remove(&role);
                Err(ControlError::Invalid(why))
            }
        }
    }

    /// Ends the daemon of a role.
    pub(super) fn end_sync(&mut self, role: SyncRole) {
        self.synchronised.remove(&role);
        self.outside.synchronise_no_more(role);
    }

    /// Has the daemons that run follow what changed: tunables, the interface's addresses, another interface of that name.
    pub(super) fn keep_in_step(&mut self) {
        for role in [SyncRole::Master, SyncRole::Backup] {
            if !self.tables.daemons.contains_key(&role) {
                continue;
            }
            // Without its interface it waits for one of that name.
            let Some(wish) = self.sync_wish(role) else { continue };
            if self.synchronised.get(&role).is_some_and(|before| *before == wish) {
                continue;
            }
            let wish = match self.outside.synchronise(&wish) {
                Ok(settled) => {
                    self.tables.daemons.insert(role, settled.clone());
                    SyncWish { daemon: settled, ..wish }
                }
                Err(why) => {
                    tracing::warn!("connections are not synchronised: {why}");
                    wish
                }
            };
            self.synchronised.insert(role, wish);
        }
    }

    /// A virtual router has changed: daemons that follow it change, too.
    pub(super) fn follow_router(&mut self, change: &RouterChange) {
        if change.is_group {
            return;
        }
        match &change.what {
            Some(What::Role { role: Role::Master, .. }) => {
                self.masters.insert(change.name.clone());
            }
            Some(What::Role { .. }) => {
                self.masters.remove(&change.name);
            }
            _ => return,
        }
        self.follow_sync();
    }

    /// The daemons that the configuration asks for run, and those that it asked for before do not. What an operator started
    /// by hand is left alone, unless it is in the way.
    pub(super) fn follow_sync(&mut self) {
        // The roles of virtual routers that are no more are nobody's.
        let routers = &self.configured.vrrp;
        self.masters.retain(|name| routers.has(name));
        let setup = self.configured.sync.as_ref();
        let asked = setup.map(|setup| setup.daemons(|name| self.masters.contains(name))).unwrap_or_default();
        let asked: BTreeMap<_, _> = asked.into_iter().map(|daemon| (daemon.role, daemon)).collect();
        for role in [SyncRole::Master, SyncRole::Backup] {
            let (before, now) = (self.sync_asked.get(&role), asked.get(&role));
            if before == now {
                continue;
            }
            if self.tables.daemons.remove(&role).is_some() {
                self.end_sync(role);
            }
            self.tables.daemons.extend(now.map(|daemon| (role, daemon.clone())));
            self.is_dirty = true;
        }
        self.sync_asked = asked;
    }

    fn sync_wish(&self, role: SyncRole) -> Option<SyncWish> {
        let daemon = self.tables.daemons.get(&role)?.clone();
        let link = self.world.link_named(&daemon.interface)?;
        let (ifindex, mtu) = (link.ifindex, link.mtu);
        let networks = self.world.networks_of(ifindex).collect();
        // Levels follow the free memory, which is nothing to a daemon.
        let tunables = self.tables.tunables;
        Some(SyncWish { daemon, ifindex, mtu, networks, tunables })
    }
}
