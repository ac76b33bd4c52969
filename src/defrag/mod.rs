//! Puts IP fragments together: the datagram goes on as one packet, as it does in IPVS (`ipvs.md` §4.7).
//!
//! Pieces may come in any order, by whatever worker: all share one [`Defrag`]. What a sender may do with it is bounded
//! (reliability T5):
//!
//! | bound | value | beyond |
//! |---|---|---|
//! | bytes in all, bookkeeping included | [`BYTES`] | the oldest datagram of all is given up |
//! | bytes of one source | [`BYTES_PER_SOURCE`] | the oldest datagram of that source is given up |
//! | time | 30 s, IPv6 60 s | the datagram is given up, and its sender told |
//! | a datagram | 65,535 bytes | it is dropped |
//!
//! A piece that is there already is dropped; one that overlaps another in part makes the whole datagram drop (RFC 5722), for
//! nobody can tell which of the two to believe. All that is Linux's own behaviour, which was asked for each case; only the
//! shares are ours: Linux refuses newcomers once its memory is full, so that a flood locks everybody out for half a minute.

mod datagram;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

pub use datagram::Pieces;

use crate::lvs::{Family, PortId};
use crate::time::Tick;
use crate::wire::fragment::Fragment;
use crate::wire::ip::IpHead;
use ahash::AHashMap;
use datagram::{Added, Incomplete};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most bytes that wait in all.
pub const BYTES: usize = 4 << 20;
/// Most bytes that one source (IPv6: one /64) may have waiting: eight datagrams of the longest.
pub const BYTES_PER_SOURCE: usize = BYTES / 8;
/// Seconds that the pieces of an IPv4 datagram wait for each other (Linux: `ipfrag_time`).
const SECONDS_V4: u32 = 30;
/// The same for IPv6 (RFC 8200 §4.5).
const SECONDS_V6: u32 = 60;

/// One fragment, as it was received.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The interface it came in on.
    pub port: PortId,
    /// Its Ethernet header.
    pub ethernet: &'a [u8],
    /// Its IP packet.
    pub packet: &'a [u8],
    /// What the IP header says.
    pub head: IpHead,
    /// Where it belongs.
    pub place: Fragment,
}

/// Why a fragment, or a datagram, is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// That piece is there already.
    Duplicate,
    /// It overlaps another piece in part.
    Overlap,
    /// Lengths and offsets that cannot be: empty, beyond 65,535 bytes, two ends, behind the end; in IPv6 also a piece that is
    /// not the last and no multiple of 8 bytes long.
    Length,
    /// The pieces contradict each other about congestion (RFC 3168 §5.3): some allow marking, some do not.
    Ecn,
    /// There was no room, or too much came from one source.
    NoRoom,
    /// The others did not come in time.
    Timeout,
}

/// What became of a fragment.
#[derive(Debug)]
pub enum Fate {
    /// It waits for the others.
    Kept,
    /// It was the last that was missing.
    Whole(Box<Datagram>),
    /// It is of no use; so many others that had waited went with it.
    Refused(Refusal, u32),
}

/// A datagram that is whole, or one that is given up.
#[derive(Debug)]
pub struct Datagram {
    /// The interface that its first fragment came in on.
    pub port: PortId,
    /// From the Ethernet header of the first fragment on: the datagram; or, given up, the first fragment as it came.
    pub bytes: Vec<u8>,
    /// How it had been cut.
    pub pieces: Pieces,
    /// How many frames it came in (given up: had come in).
    pub frames: u32,
    /// It is given up: the time is over.
    pub is_late: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    /// IPv4 counts identifications by protocol; 0 in IPv6.
    protocol: u8,
}

impl Key {
    fn of(piece: &Piece<'_>) -> Self {
        let head = &piece.head;
        let protocol = if head.family() == Family::V4 { head.protocol } else { 0 };
        Self { source: head.source, destination: head.destination, id: piece.place.id, protocol }
    }

    /// Whose share it counts to: nobody has one IPv6 address only.
    fn sender(&self) -> IpAddr {
        match self.source {
            IpAddr::V4(_) => self.source,
            IpAddr::V6(addr) => IpAddr::V6((addr.to_bits() >> 64 << 64).into()),
        }
    }
}

/// What one source has waiting.
#[derive(Debug, Default)]
struct Sender {
    bytes: usize,
    /// Its datagrams by age.
    datagrams: BTreeSet<u64>,
}

#[derive(Debug, Default)]
struct Table {
    waiting: AHashMap<Key, Incomplete>,
    /// Datagrams by age: IPv4 and IPv6 wait differently long.
    by_age: [BTreeMap<u64, Key>; 2],
    senders: AHashMap<IpAddr, Sender>,
    bytes: usize,
    frames: u64,
    born: u64,
}

/// The fragments that wait for others, shared by all workers.
#[derive(Debug, Default)]
pub struct Defrag {
    table: Mutex<Table>,
    frames: AtomicU64,
}

impl Defrag {
    /// Takes a fragment. The second answer: so many frames that had waited were given up to make room.
    pub fn take(&self, piece: &Piece<'_>, now: Tick) -> (Fate, u32) {
        let mut table = self.lock();
        let taken = table.take(piece, now);
        self.tell(&table);
        taken
    }

    /// Gives up what has waited too long: `each` gets every such datagram. To be called once a second.
    pub fn expire(&self, now: Tick, mut each: impl FnMut(Datagram)) {
        if self.frames() == 0 {
            return;
        }
        let mut table = self.lock();
        table.expire(now, &mut each);
        self.tell(&table);
    }

    /// How many frames wait.
    pub fn frames(&self) -> u64 {
        self.frames.load(Relaxed)
    }

    /// How many bytes they take, bookkeeping included.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// What a panic left behind is at worst a datagram that nobody completes.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, table: &Table) {
        self.frames.store(table.frames, Relaxed);
    }
}

impl Table {
    fn take(&mut self, piece: &Piece<'_>, now: Tick) -> (Fate, u32) {
        let key = Key::of(piece);
        let age = self.born;
        let datagram = self.waiting.entry(key).or_insert_with(|| Incomplete::new(now, age));
        if datagram.age() == age {
            self.born += 1;
            if let Some(by_age) = self.by_age.get_mut(family_index(&key)) {
                by_age.insert(age, key);
            }
            self.senders.entry(key.sender()).or_default().datagrams.insert(age);
        }
        let before = (datagram.bytes(), datagram.frames());
        let added = datagram.add(piece);
        let (grown, age) = (datagram.bytes().saturating_sub(before.0), datagram.age());
        self.bytes += grown;
        self.frames += u64::from(datagram.frames().saturating_sub(before.1));
        if let Some(sender) = self.senders.get_mut(&key.sender()) {
            sender.bytes += grown;
        }
        match added {
            Added::Kept => (Fate::Kept, self.make_room(&key, age)),
            Added::Useless(why) => {
                if before.1 == 0 {
                    self.remove(&key);
                }
                (Fate::Refused(why, 0), 0)
            }
            Added::Spoilt(why) => {
                let lost = self.remove(&key).map_or(0, |datagram| datagram.frames());
                (Fate::Refused(why, lost), 0)
            }
            Added::Complete => match self.remove(&key).map(Incomplete::join) {
                Some(Ok(whole)) => (Fate::Whole(Box::new(whole)), 0),
                Some(Err((why, frames))) => (Fate::Refused(why, frames.saturating_sub(1)), 0),
                None => (Fate::Refused(Refusal::NoRoom, 0), 0),
            },
        }
    }

    /// Gives up old datagrams until there is room again, that of `key` and `age` last; returns how many frames were lost.
    fn make_room(&mut self, key: &Key, age: u64) -> u32 {
        let mut lost = 0;
        while let Some(sender) = self.senders.get(&key.sender())
            && sender.bytes > BYTES_PER_SOURCE
            && let Some(oldest) =
                sender.datagrams.iter().find(|oldest| **oldest != age).or(Some(&age)).copied()
            && let Some(victim) = self.by_age.get(family_index(key)).and_then(|by_age| by_age.get(&oldest))
        {
            let victim = *victim;
            lost += self.remove(&victim).map_or(0, |datagram| datagram.frames());
        }
        while self.bytes > BYTES {
            let oldest =
                self.by_age.iter().filter_map(BTreeMap::first_key_value).min_by_key(|(age, _)| **age);
            let Some((_, victim)) = oldest else { break };
            let victim = *victim;
            lost += self.remove(&victim).map_or(0, |datagram| datagram.frames());
        }
        lost
    }

    fn remove(&mut self, key: &Key) -> Option<Incomplete> {
        let datagram = self.waiting.remove(key)?;
        self.bytes = self.bytes.saturating_sub(datagram.bytes());
        self.frames = self.frames.saturating_sub(u64::from(datagram.frames()));
        if let Some(by_age) = self.by_age.get_mut(family_index(key)) {
            by_age.remove(&datagram.age());
        }
        if let Some(sender) = self.senders.get_mut(&key.sender()) {
            sender.bytes = sender.bytes.saturating_sub(datagram.bytes());
            sender.datagrams.remove(&datagram.age());
            if sender.datagrams.is_empty() {
                self.senders.remove(&key.sender());
            }
        }
        Some(datagram)
    }

    fn expire(&mut self, now: Tick, each: &mut impl FnMut(Datagram)) {
        for (family, seconds) in [SECONDS_V4, SECONDS_V6].into_iter().enumerate() {
            while let Some((_, key)) = self.by_age.get(family).and_then(BTreeMap::first_key_value)
                && self
                    .waiting
                    .get(key)
                    .is_none_or(|datagram| now.since(datagram.since()) >= seconds * Tick::PER_SECOND)
            {
                let key = *key;
                match self.remove(&key) {
                    Some(datagram) => each(datagram.give_up()),
                    None => break,
                }
            }
        }
        if self.waiting.is_empty() {
            *self = Self { born: self.born, ..Self::default() };
        }
    }
}

const fn family_index(key: &Key) -> usize {
    match key.destination {
        IpAddr::V4(_) => 0,
        IpAddr::V6(_) => 1,
    }
}
