//! Connection synchronisation: the keeper's wishes, carried out by the `sync` room.

use crate::conn::{Closed, ConnTable};
use crate::control::Board;
use crate::control::effect::SyncWish;
use crate::director::settle;
use crate::lvs::{SyncDaemon, SyncRole};
use crate::service::Snapshot;
use crate::sync::Place;
use crate::sync::daemon::{Counts, Daemon, Wish};
use crate::time::Tick;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The sync daemons that run.
pub(super) struct Synchrony {
    place: Arc<Table>,
    counts: Arc<Counts>,
    daemons: BTreeMap<SyncRole, Daemon>,
}

/// The director's table, as daemons see it.
struct Table(Arc<Board>);

impl Place for Table {
    fn conns(&self) -> &ConnTable {
        &self.0.conns
    }

    fn view(&self) -> Arc<Snapshot> {
        self.0.snapshot.load_full()
    }

    fn now(&self) -> Tick {
        self.0.now()
    }

    fn settle(&self, view: &Snapshot, closed: Closed) {
        settle(view, &self.0.conns, closed);
    }
}

impl Synchrony {
    pub(super) fn new(board: Arc<Board>) -> Self {
        Self { place: Arc::new(Table(board)), counts: Arc::default(), daemons: BTreeMap::new() }
    }

    /// Has a daemon run by this wish; one that runs goes on, if it can.
    pub(super) fn keep(&mut self, wish: &SyncWish) -> Result<SyncDaemon, String> {
        let SyncWish { daemon, ifindex, mtu, networks, tunables } = wish.clone();
        let daemon = Wish::settled(daemon, mtu);
        let wish = Wish { daemon: daemon.clone(), ifindex, networks, tunables };
        if self.daemons.get_mut(&daemon.role).is_some_and(|running| running.go_on(&wish)) {
            return Ok(daemon);
        }
        self.end(daemon.role);
        let started = Daemon::start(wish, self.place.clone(), self.counts.clone());
        let started = started.map_err(|error| error.to_string())?;
        self.daemons.insert(daemon.role, started);
        Ok(daemon)
    }

    pub(super) fn end(&mut self, role: SyncRole) {
        // Its thread ends before this returns.
        drop(self.daemons.remove(&role));
    }

    pub(super) fn counters(&self) -> Vec<(String, u64)> {
        self.counts.read(&*self.place)
    }
}
