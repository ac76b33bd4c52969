//! Connection synchronisation: which daemons are to run, and how. The `sync` room runs them.

use super::ControlError;
use super::command::Command;
use super::effect::SyncWish;
use super::keeper::{Keeper, Outside};
use super::tables::Tables;
use super::world::World;
use crate::lvs::{SyncDaemon, SyncRole};

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
                self.tables.daemons.insert(role, settled);
                self.synchronised.insert(role, wish);
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

    /// These daemons are to run from now on: one that runs as it is to goes on, another is replaced.
    pub(super) fn settle_daemons(&mut self, daemons: Vec<(SyncRole, Option<SyncDaemon>)>) {
        for (role, wanted) in daemons {
            let runs = self.tables.daemons.get(&role);
            let is_same = |daemon: &SyncDaemon| {
                runs.is_some_and(|own| (&own.interface, own.sync_id) == (&daemon.interface, daemon.sync_id))
            };
            if wanted.as_ref().is_some_and(is_same) {
                continue;
            }
            let stops = runs.is_some().then_some(Command::StopDaemon(role));
            for command in stops.into_iter().chain(wanted.map(Command::StartDaemon)) {
                // What is wrong has been told.
                if let Err(error) = self.change(command) {
                    tracing::warn!("connections are not synchronised: {error}");
                }
            }
        }
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
            if let Err(why) = self.outside.synchronise(&wish) {
                tracing::warn!("connections are not synchronised: {why}");
            }
            self.synchronised.insert(role, wish);
        }
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
