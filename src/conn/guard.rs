//! One shard under its lock: what may be done with the connections of one client.

use super::ended::{Closed, End};
use super::entry::Conn;
use super::index::Home;
use super::key::{InboundKey, OutboundKey, to_bytes};
use super::kin::{ConnId, TemplateKey};
use super::shard::{ConnIndex, NewConn, Shard};
use super::side::{EngineData, SideData};
use super::state::{Advance, Direction, Event};
use super::table::{ConnTable, TableFull};
use crate::lvs::{Endpoint, Protocol, Timeouts};
use crate::service::{Flow, ServerId};
use crate::time::Tick;
use crate::wire::transport::Octets;
use std::fmt;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering::Relaxed;

/// Places that [`ShardGuard::evict`] looks at.
const EVICT_PROBES: u32 = 16;

/// One shard under its lock. Use it only for the client that it was asked for.
pub struct ShardGuard<'t> {
    pub(super) table: &'t ConnTable,
    pub(super) number: usize,
    /// Of that client.
    pub(super) home: Home,
    pub(super) shard: MutexGuard<'t, Shard>,
}

impl fmt::Debug for ShardGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardGuard").finish_non_exhaustive()
    }
}

impl ShardGuard<'_> {
    /// Which shard it is.
    #[cfg(test)]
    pub(super) const fn shard_number(&self) -> usize {
        self.number
    }

    /// The connection of a request.
    pub fn find_inbound(&self, flow: &Flow) -> Option<ConnIndex> {
        self.shard.find_inbound(&self.table.common, self.home, || InboundKey::of(flow)).map(ConnIndex)
    }

    /// The connection that a NAT server's reply from `real` to `client` belongs to; the newest if several fit.
    /// `is_server` says whether a real server is the one at `real`.
    pub fn find_outbound(
        &self,
        protocol: Protocol,
        client: &Endpoint,
        real: &Endpoint,
        is_server: impl Fn(ServerId) -> bool,
    ) -> Option<ConnIndex> {
        let key = OutboundKey {
            client_addr: to_bytes(client.addr),
            client_port: client.port,
            real_port: real.port,
            real_tag: self.table.common.hashes.real_tag(real.addr),
            protocol: protocol.number(),
            is_v6: client.addr.is_ipv6(),
        };
        self.shard.find_outbound(&self.table.common, self.home, &key, is_server).map(ConnIndex)
    }

    /// Opens a connection for a flow that has none: inactive, in state NONE, to live three seconds unless
    /// [`advance`](Self::advance) follows. The caller binds it to its real server.
    ///
    /// # Errors
    /// The table is full.
    pub fn open(&mut self, flow: &Flow, new: NewConn, now: Tick) -> Result<ConnIndex, TableFull> {
        self.enter(&Conn::new(flow, &new, &self.table.common.hashes, now), now)
    }

    /// [`open`](Self::open) and [`advance`](Self::advance) in one, for the client's packet that opens it. The caller binds it
    /// to its real server before the lock is gone, and passes its activity on.
    ///
    /// # Errors
    /// The table is full.
    #[inline]
    pub fn begin(
        &mut self,
        flow: &Flow,
        new: NewConn,
        event: Event,
        now: Tick,
        timeouts: &Timeouts,
    ) -> Result<Advance, TableFull> {
        let mut conn = Conn::new(flow, &new, &self.table.common.hashes, now);
        // It is nobody's child: there is nobody to whom it could prove itself.
        let (activity, _) = conn.advance(event, Direction::Inbound, now, timeouts);
        let opened = self.enter(&conn, now)?;
        if self.table.common.dues.are_told() {
            self.shard.tell(&self.table.common, opened.0, now);
        }
        Ok(Advance { activity, proved_to: None })
    }

    /// [`open`](Self::open) for the child of a parent who has counted it ([`adopt`](Self::adopt)).
    ///
    /// # Errors
    /// The table is full: the parent is to be told ([`ConnTable::release`]).
    pub fn open_child(
        &mut self,
        flow: &Flow,
        new: NewConn,
        parent: ConnId,
        now: Tick,
    ) -> Result<ConnIndex, TableFull> {
        self.enter_child(&Conn::new(flow, &new, &self.table.common.hashes, now), parent, now)
    }

    /// Opens a connection that a helper expects (FTP's data connection): in state LISTEN for 120 s, the child of a
    /// parent who has counted it. With client port 0 it waits for its client at whatever port: the guard must be that
    /// of port 0 then.
    ///
    /// # Errors
    /// The table is full: the parent is to be told ([`ConnTable::release`]).
    pub fn expect(
        &mut self,
        flow: &Flow,
        new: NewConn,
        parent: ConnId,
        now: Tick,
    ) -> Result<ConnIndex, TableFull> {
        let conn = Conn::expected(flow, &new, &self.table.common.hashes, now);
        let opened = self.enter_child(&conn, parent, now)?;
        if flow.client.port == 0 {
            self.table.any_port.fetch_add(1, Relaxed);
        }
        Ok(opened)
    }

    /// The template of a key. Whether its time is over ([`expire_one`](Self::expire_one)), or its real server may not be
    /// used any more, is the caller's to see.
    pub fn find_template(&self, key: &TemplateKey) -> Option<ConnIndex> {
        self.shard.find_inbound(&self.table.common, self.home, || InboundKey::of_template(key)).map(ConnIndex)
    }

    /// The template of a key for what a persistence engine read (a SIP Call-ID); those without are found by
    /// [`find_template`](Self::find_template) only.
    pub fn find_engine_template(&self, key: &TemplateKey, data: &[u8]) -> Option<ConnIndex> {
        let common = &self.table.common;
        let tagged = InboundKey::of_tagged_template(key, common.hashes.engine_tag(data));
        self.shard.find_tagged(common, self.home, &tagged, data).map(ConnIndex)
    }

    /// The connection that a helper expects for this flow, from whatever port of the client.
    pub fn find_expected(&self, flow: &Flow) -> Option<ConnIndex> {
        self.shard
            .find_inbound(&self.table.common, self.home, || InboundKey::of_any_port(flow))
            .map(ConnIndex)
    }

    /// Ends a connection or template whose time is over, up to a second before [`ConnTable::expire_shard`] would; one
    /// with children gets its minute. `None`: it lives.
    pub fn expire_one(&mut self, index: ConnIndex, now: Tick) -> Option<Closed> {
        let closed = self.shard.expire_one(&self.table.common, index.0, now)?;
        self.table.forget(&closed);
        Some(closed)
    }

    /// Opens a template that lives so many seconds from the last connection that was opened through it. The caller
    /// binds it to its real server ([`RealServer::bind_template`](crate::service::RealServer::bind_template)).
    ///
    /// # Errors
    /// The table is full.
    pub fn open_template(
        &mut self,
        key: &TemplateKey,
        new: NewConn,
        timeout_seconds: u32,
        now: Tick,
    ) -> Result<ConnIndex, TableFull> {
        self.enter(&Conn::template(key, &new, timeout_seconds, &self.table.common.hashes, now), now)
    }

    /// [`open_template`](Self::open_template) for what a persistence engine read. Copies the data.
    ///
    /// # Errors
    /// The table is full.
    pub fn open_engine_template(
        &mut self,
        key: &TemplateKey,
        data: EngineData,
        new: NewConn,
        timeout_seconds: u32,
        now: Tick,
    ) -> Result<ConnIndex, TableFull> {
        let tag = self.table.common.hashes.engine_tag(data.bytes());
        let conn = Conn::template(key, &new, timeout_seconds, &self.table.common.hashes, now).with_tag(tag);
        let opened = self.enter(&conn, now)?;
        self.set_side(opened, SideData { engine_data: data, ..SideData::default() });
        Ok(opened)
    }

    #[inline]
    pub(super) fn enter(&mut self, conn: &Conn, now: Tick) -> Result<ConnIndex, TableFull> {
        let table = self.table;
        if table.len.fetch_add(1, Relaxed) >= table.capacity {
            table.len.fetch_sub(1, Relaxed);
            return Err(TableFull);
        }
        let opened =
            self.shard.open(&table.common, self.home, conn, now).map(ConnIndex).ok_or_else(|| {
                table.len.fetch_sub(1, Relaxed);
                TableFull
            })?;
        table.note_next(self.number, self.shard.next_place());
        if table.common.dues.are_told() {
            table.common.dues.forget(opened.0);
        }
        Ok(opened)
    }

    fn enter_child(&mut self, conn: &Conn, parent: ConnId, now: Tick) -> Result<ConnIndex, TableFull> {
        let opened = self.enter(conn, now)?;
        self.shard.set_parent(opened.0, parent);
        Ok(opened)
    }

    /// Makes room in a full table: ends one connection of this shard that may go rather than a new one be refused. Half-open
    /// ones go first, then those that are idle for a minute after no more than eight packets; a few places, chosen by
    /// `dice`, are looked at. The caller unbinds it from its real server, and tells its parent later. `None`: none of those
    /// may go.
    pub fn evict(&mut self, now: Tick, dice: &mut u64) -> Option<Closed> {
        let closed = self.shard.evict(&self.table.common, now, EVICT_PROBES, dice)?;
        self.table.forget(&closed);
        Some(closed)
    }

    /// Counts one more child on a connection or template, which cannot end before that. The answer is the parent's name
    /// for that child; every name is to be given back, by the child's [`Closed::parent`] or by whoever opened no child
    /// after all ([`ConnTable::release`]). `None`: there is no such connection, or it has 2^32-1 children.
    #[must_use = "a child that is never given back keeps its parent for ever"]
    pub fn adopt(&mut self, index: ConnIndex, now: Tick) -> Option<ConnId> {
        let generation = self.shard.adopt(index.0)?;
        if self.table.common.dues.are_told() {
            self.shard.tell_of_parent(&self.table.common, index.0, now);
        }
        // No more shards than 2^16.
        Some(ConnId { shard: u16::try_from(self.number).ok()?, index: index.0, generation })
    }

    /// Whose child a connection is.
    pub fn parent(&self, index: ConnIndex) -> Option<ConnId> {
        self.shard.parent(index.0)
    }

    /// How many children a connection or template has.
    pub fn children(&self, index: ConnIndex) -> u32 {
        self.shard.children(index.0)
    }

    /// A template's life begins anew, as long as it was.
    pub fn renew(&mut self, index: ConnIndex, now: Tick) {
        self.shard.renew(index.0, now);
    }

    /// From now on nobody finds this connection or template by its flow or key; it stays for its children and its time.
    pub fn make_void(&mut self, index: ConnIndex) {
        self.shard.make_void(&self.table.common, index.0);
    }

    /// What a connection carries beside its entry, if anything.
    pub fn side(&self, index: ConnIndex) -> Option<&SideData> {
        self.shard.side(index.0)
    }

    /// Has a connection carry this beside its entry. Allocates: for the few connections that need it.
    pub fn set_side(&mut self, index: ConnIndex, side: SideData) {
        self.shard.set_side(index.0, side);
    }

    /// A connection. (A place without one reads as a connection of server 2^32-1.)
    pub fn get(&self, index: ConnIndex) -> &Conn {
        static NOBODY: Conn = Conn::EMPTY;
        self.shard.get(index.0).unwrap_or(&NOBODY)
    }

    /// What a TCP segment of the client means to its connection, `octets` being its place in the client's sequence:
    /// `event`, or [`Event::Doubtful`] if it would end the connection and nobody but the client should
    /// (`reset_guard`). To be asked for every segment, so that the sequence is known.
    pub fn judge(&mut self, index: ConnIndex, event: Event, octets: Octets) -> Event {
        self.shard.judge(index.0, event, octets)
    }

    /// A TCP connection is over, as after a reset; to be followed by [`advance`](Self::advance) with the packet at hand,
    /// which sets how long it stays. True if it was active, and is no longer: its real server is to know.
    pub fn abort(&mut self, index: ConnIndex) -> bool {
        self.shard.abort(index.0)
    }

    /// One packet of a connection: steps its state, starts its life anew with the state's timeout, counts it if it is
    /// the client's. The caller passes the change of activity on to the real server.
    pub fn advance(
        &mut self,
        index: ConnIndex,
        event: Event,
        direction: Direction,
        now: Tick,
        timeouts: &Timeouts,
    ) -> Advance {
        let advance = self.shard.advance(index.0, event, direction, now, timeouts);
        if direction == Direction::Inbound && self.table.common.dues.are_told() {
            self.shard.tell(&self.table.common, index.0, now);
        }
        advance
    }

    /// Ends a connection now. The caller unbinds it from its real server, and tells its parent later. `None`: there is
    /// none (any more), or it has children: no parent ends before them.
    pub fn close(&mut self, index: ConnIndex, end: End) -> Option<Closed> {
        if self.shard.children(index.0) > 0 {
            return None;
        }
        let closed = self.shard.close(&self.table.common, index.0, end)?;
        self.table.forget(&closed);
        Some(closed)
    }
}
