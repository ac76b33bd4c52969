//! The table: shards, their locks, the cap over all of them.

use super::entry::{Conn, ConnView};
use super::key::{Hashes, InboundKey, OutboundKey, to_bytes};
use super::shard::{Closed, ConnIndex, Expiry, NewConn, Shard};
use super::state::{Advance, Direction, Event};
use crate::lvs::{Endpoint, Protocol, Timeouts};
use crate::service::{Flow, ServerId};
use crate::time::Tick;
use crate::wire::transport::Octets;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Entries that one call of [`ConnTable::expire_shard`] looks at: some ten microseconds under the shard's lock.
const EXPIRE_BUDGET: usize = 256;

/// Places that one call of [`ConnTable::sweep_shard`] looks at.
const SWEEP_BUDGET: u32 = 1024;
/// Places that one call of [`ConnTable::thin_shard`] looks at, at most: 1/32 of 32,768 connections in one shard.
const THIN_BUDGET: u32 = 1024;
/// Places that [`ShardGuard::evict`] looks at.
const EVICT_PROBES: u32 = 16;

/// How a table is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnConfig {
    /// Shards: rounded up to a power of two, 1..=65536. Many more than workers, so that workers seldom meet.
    pub shards: usize,
    /// Most connections that the whole table holds, 1..=2^31.
    pub capacity: usize,
    /// The hash key, for tests; `None`: random.
    pub seed: Option<u64>,
}

impl Default for ConnConfig {
    /// 256 shards, a million connections, a random key.
    fn default() -> Self {
        Self { shards: 256, capacity: 1 << 20, seed: None }
    }
}

/// The table holds as many connections as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection table is full")]
pub struct TableFull;

/// Two cache lines to itself (the prefetcher fetches pairs), so that workers in different shards do not disturb each
/// other.
#[repr(align(128))]
struct Padded(Mutex<Shard>);

/// All connections of a director, shared by its workers.
pub struct ConnTable {
    hashes: Hashes,
    shards: Box<[Padded]>,
    len: AtomicUsize,
    capacity: usize,
}

impl fmt::Debug for ConnTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnTable")
            .field("shards", &self.shards.len())
            .field("len", &self.len())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl ConnTable {
    /// An empty table.
    pub fn new(config: ConnConfig) -> Self {
        let shards = config.shards.clamp(1, 1 << 16).next_power_of_two();
        Self {
            hashes: Hashes::new(config.seed),
            shards: (0..shards).map(|_| Padded(Mutex::new(Shard::new()))).collect(),
            len: AtomicUsize::new(0),
            capacity: config.capacity.clamp(1, 1 << 31),
        }
    }

    /// Connections in the table.
    pub fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// No connection at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Most connections that it may hold.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many shards there are: a power of two.
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Locks the shard that a client's connections are in, whichever direction the packet goes.
    pub fn shard_of(&self, protocol: Protocol, client: &Endpoint) -> ShardGuard<'_> {
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are enough for the mask")]
        let number = self.hashes.client(protocol, client) as usize;
        self.lock(number)
    }

    /// Ends the connections of shard `number` (modulo their number) that have outlived their time. `each` is called
    /// under the shard's lock. Bounded in work, see [`Expiry::behind`].
    ///
    /// Called at least once a second, no connection outlives its time by a second or more; none ends early.
    pub fn expire_shard(&self, number: usize, now: Tick, each: &mut impl FnMut(Closed)) -> Expiry {
        let mut guard = self.lock(number);
        let expiry = guard.shard.expire(&self.hashes, now, EXPIRE_BUDGET, each);
        self.len.fetch_sub(expiry.expired, Relaxed);
        expiry
    }

    /// Ends connections of shard `number` (modulo their number) whose real server `is_over` names, at the places from
    /// `from` on; returns where to go on, `None` at the end. Bounded in work. `each` is called under the shard's lock.
    pub fn sweep_shard(
        &self,
        number: usize,
        from: u32,
        is_over: impl Fn(ServerId) -> bool,
        each: &mut impl FnMut(Closed),
    ) -> Option<u32> {
        let mut guard = self.lock(number);
        let mut ended = 0;
        let next = guard.shard.sweep(
            &self.hashes,
            from,
            SWEEP_BUDGET,
            |conn| is_over(conn.server()),
            &mut |closed| {
                ended += 1;
                each(closed);
            },
        );
        self.len.fetch_sub(ended, Relaxed);
        next
    }

    /// `drop_entry` for shard `number` (modulo their number), to be called once a second: looks at 1/32 of its
    /// connections, chosen by `dice`, and ends those half-open, and of those idle for a minute after one to eight packets
    /// one in so many as it had packets (`ipvs.md` §5). Bounded in work. `each` is called under the shard's lock.
    pub fn thin_shard(&self, number: usize, now: Tick, dice: &mut u64, each: &mut impl FnMut(Closed)) {
        let mut guard = self.lock(number);
        let mut ended = 0;
        guard.shard.thin(&self.hashes, now, THIN_BUDGET, dice, &mut |closed| {
            ended += 1;
            each(closed);
        });
        self.len.fetch_sub(ended, Relaxed);
    }

    /// Shows every connection, shard by shard, each shard under its lock: for listings. Those of one shard are of one
    /// moment, the whole is not.
    pub fn for_each(&self, now: Tick, mut each: impl FnMut(ConnView)) {
        for number in 0..self.shards.len() {
            for conn in self.lock(number).shard.iter() {
                each(ConnView::of(conn, now));
            }
        }
    }

    /// A worker that panicked between two steps leaves a shard whose entries are still each in order: go on with it.
    fn lock(&self, number: usize) -> ShardGuard<'_> {
        let Padded(shard) = &self.shards[number & (self.shards.len() - 1)];
        ShardGuard { table: self, shard: shard.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

/// One shard under its lock. Use it only for the client that it was asked for.
pub struct ShardGuard<'t> {
    table: &'t ConnTable,
    shard: MutexGuard<'t, Shard>,
}

impl fmt::Debug for ShardGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardGuard").finish_non_exhaustive()
    }
}

impl ShardGuard<'_> {
    /// The connection of a request.
    pub fn find_inbound(&self, flow: &Flow) -> Option<ConnIndex> {
        self.shard.find_inbound(&self.table.hashes, &InboundKey::of(flow)).map(ConnIndex)
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
        let hashes = &self.table.hashes;
        let key = OutboundKey {
            client_addr: to_bytes(client.addr),
            client_port: client.port,
            real_port: real.port,
            real_tag: hashes.real_tag(real.addr),
            protocol: protocol.number(),
            is_v6: client.addr.is_ipv6(),
        };
        self.shard.find_outbound(hashes, &key, is_server).map(ConnIndex)
    }

    /// Opens a connection for a flow that has none: inactive, in state NONE, to live three seconds unless
    /// [`advance`](Self::advance) follows. The caller binds it to its real server.
    ///
    /// # Errors
    /// The table is full.
    pub fn open(&mut self, flow: &Flow, new: NewConn, now: Tick) -> Result<ConnIndex, TableFull> {
        let table = self.table;
        if table.len.fetch_add(1, Relaxed) >= table.capacity {
            table.len.fetch_sub(1, Relaxed);
            return Err(TableFull);
        }
        let conn = Conn::new(flow, &new, &table.hashes, now);
        self.shard.open(&table.hashes, conn, now).map(ConnIndex).ok_or_else(|| {
            table.len.fetch_sub(1, Relaxed);
            TableFull
        })
    }

    /// Makes room in a full table: ends one connection of this shard that may go rather than a new one be refused. Half-open
    /// ones go first, then those that are idle for a minute after no more than eight packets; a few places, chosen by
    /// `dice`, are looked at. The caller unbinds it from its real server. `None`: none of those may go.
    pub fn evict(&mut self, now: Tick, dice: &mut u64) -> Option<Closed> {
        let closed = self.shard.evict(&self.table.hashes, now, EVICT_PROBES, dice)?;
        self.table.len.fetch_sub(1, Relaxed);
        Some(closed)
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
        self.shard.advance(index.0, event, direction, now, timeouts)
    }

    /// Ends a connection now. The caller unbinds it from its real server. `None`: there is none (any more).
    pub fn close(&mut self, index: ConnIndex) -> Option<Closed> {
        let closed = self.shard.close(&self.table.hashes, index.0)?;
        self.table.len.fetch_sub(1, Relaxed);
        Some(closed)
    }
}
