//! What connections owe others: told when no shard is locked any more.

use crate::conn::{Closed, ConnId, ConnTable, End};
use crate::service::{ServerId, Snapshot};

/// What is to be told after one request. There is hardly ever anything.
#[derive(Debug, Default)]
pub(super) struct Owed {
    /// The parent to which a connection has proved itself.
    pub proved_to: Option<ConnId>,
    /// What ended so that this request begins anew; its real server does not know yet. It counts until another was chosen:
    /// so it does in IPVS, where a timer ends it right after the packet.
    ended: Option<Closed>,
    /// The real server of what so ended, if that was without NAT.
    pub was_without_nat: Option<ServerId>,
    /// What made room for a newcomer; its real server does not know yet.
    evicted: Option<Closed>,
    /// A parent that counted a child which never came to be.
    spare: Option<ConnId>,
}

impl Owed {
    /// A connection ended, for a request that is scheduled anew; its real server does not know yet.
    pub const fn end(&mut self, closed: Closed) {
        self.ended = Some(closed);
    }

    /// A connection ended to make room; its real server does not know yet.
    pub const fn evict(&mut self, closed: Closed) {
        self.evicted = Some(closed);
    }

    /// A child that a parent counted never came to be.
    pub const fn release(&mut self, parent: ConnId) {
        self.spare = Some(parent);
    }

    /// Tells them.
    #[inline]
    pub fn pay(self, view: &Snapshot, conns: &ConnTable) {
        let Self { proved_to, ended, evicted, spare, was_without_nat: _ } = &self;
        if proved_to.is_some() || ended.is_some() || evicted.is_some() || spare.is_some() {
            self.tell(view, conns);
        }
    }

    #[cold]
    fn tell(self, view: &Snapshot, conns: &ConnTable) {
        if let Some(parent) = self.proved_to {
            conns.assure(parent);
        }
        for closed in [self.ended, self.evicted].into_iter().flatten() {
            settle(view, conns, closed);
        }
        if let Some(parent) = self.spare {
            give_back(view, conns, parent);
        }
    }
}

/// A connection or template ended: its real server counts one less, its parent one child less; and if that made the
/// parent end, so on with it. Call it without any shard's lock.
pub fn settle(view: &Snapshot, conns: &ConnTable, closed: Closed) {
    let mut closed = Some(closed);
    while let Some(end) = closed.take() {
        if let Some(server) = view.server(end.server) {
            if end.was_template {
                server.real.unbind_template();
            } else {
                server.real.unbind(end.was_active);
            }
        }
        closed = end.parent.and_then(|parent| conns.release(parent, end.end));
    }
}

/// A parent that counted a child which never came to be. Call it without any shard's lock.
pub(super) fn give_back(view: &Snapshot, conns: &ConnTable, parent: ConnId) {
    release(view, conns, parent, End::Regular);
}

fn release(view: &Snapshot, conns: &ConnTable, parent: ConnId, end: End) {
    if let Some(closed) = conns.release(parent, end) {
        settle(view, conns, closed);
    }
}
