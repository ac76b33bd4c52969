//! The table: shards, their locks, the cap over all of them.

use super::due::Dues;
use super::ended::{Closed, End, Expiry};
use super::entry::{Conn, ConnView};
use super::guard::ShardGuard;
use super::index::Index;
use super::kept::{Era, Kept, ServerName};
use super::key::{Hashes, InboundKey};
use super::kin::{ConnId, TemplateKey, number_of};
use super::shard::{Common, Shard};
use crate::lvs::{Endpoint, Protocol};
use crate::memory::{BLOCK, Estate, prefetch};
use crate::service::{Flow, ServerId};
use crate::time::Tick;
use std::fmt;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Entries that one call of [`ConnTable::expire_shard`] looks at: some ten microseconds under the shard's lock.
const EXPIRE_BUDGET: usize = 256;

/// Places that one call of [`ConnTable::sweep_shard`] or [`ConnTable::thin_shard`] looks at, at most: for the latter 1/32
/// of the 16,384 that a shard has when four million connections fill 256 shards.
const HOUSEKEEPING_BUDGET: u32 = 512;
/// Places that [`ConnTable::for_each`] looks at under a shard's lock: some ten microseconds.
const VIEW_BUDGET: u32 = 256;

/// Connections for which memory is taken ahead: two huge pages.
pub const AHEAD: usize = 1 << 16;

/// How a table is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnConfig {
    /// Shards: rounded up to a power of two, 1..=65536. Many more than workers, so that workers seldom meet.
    pub shards: usize,
    /// Most connections that the whole table holds, 1..=2^31.
    pub capacity: usize,
    /// The hash key, for tests; `None`: random.
    pub seed: Option<u64>,
    /// Ask the kernel for huge pages: faster with more than some ten thousand connections, at the price of memory taken two
    /// megabytes at a time.
    pub huge_pages: bool,
}

impl Default for ConnConfig {
    /// 256 shards, a million connections, a random key, no huge pages.
    fn default() -> Self {
        Self { shards: 256, capacity: 1 << 20, seed: None, huge_pages: false }
    }
}

/// The system grants no address space for the table.
#[derive(Debug, thiserror::Error)]
#[error("no address space for a table of {capacity} connections")]
pub struct NoRoom {
    /// So many were asked for.
    pub capacity: usize,
    /// What the system said.
    pub source: io::Error,
}

/// The table holds as many connections as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection table is full")]
pub struct TableFull;

/// Two cache lines to itself (the prefetcher fetches pairs), so that workers in different shards do not disturb each
/// other.
#[repr(align(128))]
struct Padded {
    shard: Mutex<Shard>,
    /// Where its next connection is likely to lie, for those who do not hold the lock: a hint.
    next: AtomicU32,
}

/// All connections of a director, shared by its workers.
pub struct ConnTable {
    pub(super) common: Common,
    estate: Arc<Estate<Conn>>,
    shards: Box<[Padded]>,
    pub(super) len: AtomicUsize,
    pub(super) capacity: usize,
    /// Places of entries: above all numbers of places.
    places: usize,
    /// Memory is taken ahead.
    is_prepared: bool,
    /// Connections whose client's port is not known yet: almost always 0.
    pub(super) any_port: AtomicUsize,
    /// The file that entries lie in; `None`: they end with the process.
    kept: Option<Kept>,
    /// The tick after the one at which it was last pressed ([`ConnTable::press`]); 0: never.
    pressed: AtomicU64,
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
    /// An empty table. Address space for all of it is reserved now, for entries twice over, since shards fill unevenly;
    /// memory is taken as connections come.
    ///
    /// # Errors
    /// [`NoRoom`], where address space is limited.
    pub fn new(config: ConnConfig) -> Result<Self, NoRoom> {
        Self::in_memory_or(config, None)
    }

    /// As [`new`](Self::new), in a file that outlives the process, which should be on tmpfs: it is emptied, and is a table's file from
    /// [`declare`](Self::declare) on. It must be this process's alone for as long as the table lives.
    ///
    /// # Errors
    /// [`NoRoom`], where address space or the length of files is limited.
    pub fn in_file(config: ConnConfig, file: File) -> Result<Self, NoRoom> {
        Self::in_memory_or(config, Some(file))
    }

    fn in_memory_or(config: ConnConfig, file: Option<File>) -> Result<Self, NoRoom> {
        let shards = config.shards.clamp(1, 1 << 16).next_power_of_two();
        let capacity = config.capacity.clamp(1, 1 << 31);
        let refused = |source| NoRoom { capacity, source };
        let places = capacity.saturating_mul(2).saturating_add(shards * BLOCK);
        let kept = file.map(|file| Kept::new(file, places)).transpose().map_err(refused)?;
        let (estate, holdings) = match &kept {
            None => Estate::new(places, shards, config.huge_pages),
            Some(kept) => Estate::in_file(&kept.file, kept.regions(), places, shards, config.huge_pages),
        }
        .map_err(refused)?;
        // What a full file system has no room for is better known now than by a packet.
        let is_prepared = config.huge_pages || kept.is_some();
        let index = Index::new(capacity, shards, config.huge_pages).map_err(refused)?;
        if config.huge_pages {
            // One of them would be taken with each of the first connections: a flood of stalls.
            index.populate();
        }
        if is_prepared {
            estate.make_ready(AHEAD, capacity + shards * BLOCK / 2);
        }
        let shards = holdings.into_iter().enumerate().map(|(number, holding)| Padded {
            shard: Mutex::new(Shard::new(number, holding)),
            next: AtomicU32::new(u32::MAX),
        });
        Ok(Self {
            common: Common { hashes: Hashes::new(config.seed), index, dues: Dues::default() },
            places: places.next_multiple_of(BLOCK),
            estate,
            shards: shards.collect(),
            len: AtomicUsize::new(0),
            capacity,
            is_prepared,
            kept,
            any_port: AtomicUsize::new(0),
            pressed: AtomicU64::new(0),
        })
    }

    /// Is little left of the memory that was taken ahead of connections to come? Then somebody who is in no hurry should
    /// [make some ready](Self::make_ready).
    #[inline]
    pub fn wants_memory(&self) -> bool {
        self.is_prepared && self.estate.readiness() < AHEAD / 2
    }

    /// Takes memory for the next `ahead` connections (no more than there may be), so that their packets do not wait for it.
    /// With huge pages or in a file only: elsewhere memory is scarce, and taken as it is needed.
    pub fn make_ready(&self, ahead: usize) {
        if self.is_prepared {
            // A shard's last block is half empty.
            self.estate.make_ready(ahead, self.capacity + self.shards.len() * BLOCK / 2);
        }
    }

    /// Does it lie in a file?
    pub const fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Writes down what its real servers are called, by their numbers from 0 on: before connections are bound to them. Does
    /// nothing where the table lies in no file.
    ///
    /// # Errors
    /// The file cannot be written: it may be that the file system is full.
    pub fn name_servers(&self, names: impl Iterator<Item = Option<ServerName>>) -> io::Result<()> {
        self.kept.as_ref().map_or(Ok(()), |kept| kept.name(names))
    }

    /// From now on its file, if it lies in one, is a table that another process can find ([`Found`](super::Found)).
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn declare(&self, era: Era) -> io::Result<()> {
        self.kept.as_ref().map_or(Ok(()), |kept| kept.declare(era))
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

    /// Does it hold as many as it may?
    pub fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    /// A flow is forwarded without an entry, or an entry may go to make room: from now on there may be flows whose packets
    /// find none. (Of ticks, all workers write the same: it is written once per tick.)
    pub fn press(&self, now: Tick) {
        let mark = u64::from(now.0) + 1;
        if self.pressed.load(Relaxed) != mark {
            self.pressed.store(mark, Relaxed);
        }
    }

    /// Was it pressed in the last so many seconds?
    pub fn was_pressed(&self, now: Tick, seconds: u32) -> bool {
        let last = self.pressed.load(Relaxed).checked_sub(1).and_then(|tick| u32::try_from(tick).ok());
        last.is_some_and(|tick| now.since(Tick(tick)) < seconds.saturating_mul(Tick::PER_SECOND))
    }

    /// How many shards there are: a power of two.
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// The hash by which all connections of a client's endpoint are found.
    #[inline]
    pub fn client_hash(&self, protocol: Protocol, client: &Endpoint) -> ClientHash {
        ClientHash(self.common.hashes.client(protocol.number(), client))
    }

    /// The hash of a client's address alone, as persistence sees it: the same for all protocols and ports.
    pub fn address_hash(&self, key: &TemplateKey) -> ClientHash {
        ClientHash(self.common.hashes.client(0, &key.endpoint()))
    }

    /// Has the processor fetch where the connections of a client's endpoint are entered, and the lock before it. Takes no
    /// lock, changes nothing.
    #[inline]
    pub fn prefetch_index(&self, hash: ClientHash) {
        self.prefetch_hash(hash.0);
    }

    #[inline]
    pub(super) fn prefetch_hash(&self, hash: u64) {
        let number = self.shard_number(hash);
        if let Some(shard) = self.shards.get(number) {
            prefetch(shard);
        }
        self.common.index.prefetch(self.common.index.home(number, hash));
    }

    /// Has the processor fetch the connection that is likely to be the one of a client's endpoint, or to become it; useful some ten
    /// nanoseconds after [`prefetch_index`](Self::prefetch_index). Takes no lock, changes nothing.
    #[inline]
    pub fn prefetch_conn(&self, hash: ClientHash) {
        let home = self.common.index.home(self.shard_number(hash.0), hash.0);
        let next = || Some(self.shards.get(self.shard_number(hash.0))?.next.load(Relaxed));
        // A stranger's will lie where the shard has room.
        if let Some(place) = self.common.index.first_place(home).or_else(next) {
            self.estate.prefetch(place);
        }
    }

    /// Locks the shard that a client's connections are in, whichever direction the packet goes.
    pub fn shard_of(&self, protocol: Protocol, client: &Endpoint) -> ShardGuard<'_> {
        self.lock_for(protocol.number(), client)
    }

    /// Locks the shard that a template is in (or would be).
    pub fn shard_of_template(&self, key: &TemplateKey) -> ShardGuard<'_> {
        self.lock_for(number_of(key.protocol), &key.endpoint())
    }

    /// A child of `parent` ended, or never came to be. If it was thrown out, its parent may go with it: then the caller
    /// has that on its hands, and so on. Call it without any shard's lock.
    #[must_use = "the counts of the parent's real server, and of its parent, must follow"]
    pub fn release(&self, parent: ConnId, end: End) -> Option<Closed> {
        let closed = self.lock(usize::from(parent.shard)).release(&self.common, parent, end)?;
        self.forget(&closed);
        Some(closed)
    }

    /// A child of `parent` proved itself ([`Advance::proved_to`](super::Advance::proved_to)). Call it without any shard's lock.
    pub fn assure(&self, parent: ConnId) {
        self.lock(usize::from(parent.shard)).assure(parent);
    }

    /// Is there a connection whose client's port is not known yet ([`ShardGuard::expect`])?
    pub fn expects_any_port(&self) -> bool {
        self.any_port.load(Relaxed) > 0
    }

    /// A connection that expects this flow from whatever port of the client becomes this flow's: from now on it is found
    /// by it, in its shard. True if there was one. Call it without any shard's lock. (Meanwhile, and only then, it is
    /// found in neither place.)
    pub fn meet(&self, flow: &Flow, now: Tick) -> bool {
        let anybody = Endpoint::new(flow.client.addr, 0);
        let mut old = self.shard_of(flow.protocol, &anybody);
        let found = old.shard.find_inbound(&self.common, old.home, || InboundKey::of_any_port(flow));
        let Some(mut taken) = found.and_then(|index| old.shard.take(&self.common, index)) else {
            return false;
        };
        drop(old);
        self.any_port.fetch_sub(1, Relaxed);
        taken.conn.set_client_port(flow.client.port);
        let mut new = self.shard_of(flow.protocol, &flow.client);
        // Places are 32-bit numbers and the capacity is far below: there is room.
        new.shard.put(&self.common, new.home, taken, now).is_some()
    }

    /// Ends the connections of shard `number` (modulo their number) that have outlived their time. `each` is called
    /// when the shard's lock is gone. Bounded in work, see [`Expiry::behind`].
    ///
    /// Called at least once a second, no connection outlives its time by a second or more; none ends early.
    pub fn expire_shard(&self, number: usize, now: Tick, each: &mut impl FnMut(Closed)) -> Expiry {
        let mut ended = [Closed::NOTHING; EXPIRE_BUDGET];
        let mut places = ended.iter_mut();
        let mut guard = self.lock(number);
        let expiry = guard.expire(&self.common, now, EXPIRE_BUDGET, |closed| {
            if let Some(place) = places.next() {
                *place = closed;
            }
        });
        drop(guard);
        for closed in ended.iter().take(expiry.expired) {
            self.forget(closed);
            each(*closed);
        }
        expiry
    }

    /// Ends connections of shard `number` (modulo their number) whose real server `is_over` names, at the places from
    /// `from` on; returns where to go on, `None` at the end. Bounded in work. `each` is called when the lock is gone.
    pub fn sweep_shard(
        &self,
        number: usize,
        from: u32,
        is_over: impl Fn(ServerId) -> bool,
        each: &mut impl FnMut(Closed),
    ) -> Option<u32> {
        self.end_some(number, each, |shard, each| {
            shard.sweep(&self.common, from, HOUSEKEEPING_BUDGET, |conn| is_over(conn.server()), each)
        })
    }

    /// `drop_entry` for shard `number` (modulo their number), to be called once a second: looks at 1/32 of its
    /// connections, chosen by `dice`, and ends those half-open, and of those idle for a minute after one to eight packets
    /// one in so many as it had packets (`ipvs.md` §5). Bounded in work. `each` is called when the lock is gone.
    pub fn thin_shard(&self, number: usize, now: Tick, dice: &mut u64, each: &mut impl FnMut(Closed)) {
        self.end_some(number, each, |shard, each| {
            shard.thin(&self.common, now, HOUSEKEEPING_BUDGET, dice, each);
        });
    }

    /// Lets `work` end up to [`HOUSEKEEPING_BUDGET`] connections of a shard, and tells of them when its lock is gone.
    fn end_some<T>(
        &self,
        number: usize,
        each: &mut impl FnMut(Closed),
        work: impl FnOnce(&mut Shard, &mut dyn FnMut(Closed)) -> T,
    ) -> T {
        let mut ended = [Closed::NOTHING; HOUSEKEEPING_BUDGET as usize];
        let mut places = ended.iter_mut();
        let mut count = 0;
        let mut guard = self.lock(number);
        let done = work(&mut guard, &mut |closed| {
            if let Some(place) = places.next() {
                *place = closed;
                count += 1;
            }
        });
        drop(guard);
        for closed in ended.iter().take(count) {
            self.forget(closed);
            each(*closed);
        }
        done
    }

    /// Counts the connections of which this is true, each shard under its lock.
    pub fn count(&self, is_counted: impl Fn(&Conn) -> bool) -> usize {
        let of_shard = |number| self.lock(number).iter().filter(|conn| is_counted(conn)).count();
        (0..self.shards.len()).map(of_shard).sum()
    }

    /// Shows every connection, shard by shard, for listings: some hundred at a time, of one moment, are copied under the
    /// shard's lock, so that no packet waits for long. One that comes or goes meanwhile may be missed.
    pub fn for_each(&self, now: Tick, mut each: impl FnMut(ConnView)) {
        let mut views = Vec::new();
        for number in 0..self.shards.len() {
            let mut seat = Some(0);
            while let Some(from) = seat {
                seat = self.lock(number).view(from, VIEW_BUDGET, now, &mut views);
                views.drain(..).for_each(&mut each);
            }
        }
    }

    /// Bytes of all that is in use, and of the whole index.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let shards: usize = (0..self.shards.len()).map(|number| self.lock(number).bytes()).sum();
        shards + size_of_val(&self.shards[..]) + self.common.index.bytes()
    }

    /// Connections in the shards' spills.
    #[cfg(test)]
    pub(super) fn spilled(&self) -> usize {
        (0..self.shards.len()).map(|number| self.lock(number).spilled()).sum()
    }

    /// Counts one less.
    pub(super) fn forget(&self, closed: &Closed) {
        self.len.fetch_sub(1, Relaxed);
        if closed.any_port {
            self.any_port.fetch_sub(1, Relaxed);
        }
    }

    /// The low bits choose the shard.
    #[inline]
    fn shard_number(&self, hash: u64) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are enough for the mask")]
        let number = hash as usize & (self.shards.len() - 1);
        number
    }

    /// Notes where a shard's next connection is likely to lie.
    pub(super) fn note_next(&self, number: usize, place: u32) {
        if let Some(shard) = self.shards.get(number) {
            shard.next.store(place, Relaxed);
        }
    }

    /// Places of entries, in use or not.
    pub(super) const fn places(&self) -> usize {
        self.places
    }

    /// Locks the shard that an entry is in.
    pub(super) fn lock_of(&self, conn: &Conn) -> MutexGuard<'_, Shard> {
        self.lock(self.shard_number(conn.client_hash(&self.common.hashes)))
    }

    /// A worker that panicked between two steps leaves a shard whose entries are still each in order: go on with it.
    pub(super) fn lock(&self, number: usize) -> MutexGuard<'_, Shard> {
        let Padded { shard, .. } = &self.shards[number & (self.shards.len() - 1)];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock_for(&self, protocol: u8, client: &Endpoint) -> ShardGuard<'_> {
        self.lock_by(self.common.hashes.client(protocol, client))
    }

    /// Locks the shard of a client's hash.
    #[inline]
    pub(super) fn lock_by(&self, hash: u64) -> ShardGuard<'_> {
        let number = self.shard_number(hash);
        ShardGuard {
            table: self,
            number,
            home: self.common.index.home(number, hash),
            shard: self.lock(number),
        }
    }
}

/// What all connections of one client's endpoint have in common: [`ConnTable::client_hash`]. Of meaning for one table only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientHash(u64);

impl ClientHash {
    /// As a number, to choose by. Another in each process.
    pub const fn number(self) -> u64 {
        self.0
    }
}
