//! Entries of a found table become entries of this one.

use super::found::{CHUNK, Found};
use super::header::Era;
use super::sound::Content;
use crate::conn::ended::End;
use crate::conn::entry::{Conn, ConnFlags, has_replies};
use crate::conn::kin::ConnId;
use crate::conn::table::{AHEAD, ConnTable};
use crate::service::ServerId;
use crate::time::Tick;
use ahash::AHashMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::Ordering::Relaxed;

/// Milliseconds in a tick.
const TICK_MILLIS: u64 = 1000 / Tick::PER_SECOND as u64;
/// An entry may be so many ticks ahead of the clock: it is rounded.
const AHEAD_TICKS: u32 = 10;

/// What the real server of a found table's connections is called here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heir {
    /// Its number.
    pub server: ServerId,
    /// RIP.
    pub real: IpAddr,
    /// How new connections reach it: one that was opened by another method does not go on.
    pub method: crate::lvs::ForwardingMethod,
    /// The VIP of its service; `None`: that is one by mark, of many VIPs.
    pub vip: Option<IpAddr>,
}

/// What became of the entries that were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adoption {
    /// Connections and templates that go on.
    pub adopted: u64,
    /// Of these, so many were told anew whether they are active: a kill came between two words of a packet's step.
    pub mended: u64,
    /// Of these, so many go on without the parent that they had.
    pub orphaned: u64,
    /// Their time was over.
    pub expired: u64,
    /// Their real server is configured no more, or with another forwarding method.
    pub gone: u64,
    /// Half written, or half removed, when the process was killed.
    pub torn: u64,
    /// No connection: a field, or what it says of another, is impossible.
    pub unsound: u64,
    /// Found twice.
    pub twice: u64,
    /// They need what lay in the dead process's memory: shifted sequence numbers, a persistence engine's data.
    pub bereft: u64,
    /// The table is full.
    pub no_room: u64,
}

impl Adoption {
    /// Places that were not empty.
    pub const fn found(&self) -> u64 {
        self.adopted + self.left_out()
    }

    /// Of these, what does not go on.
    pub const fn left_out(&self) -> u64 {
        self.expired + self.gone + self.torn + self.unsound + self.twice + self.bereft + self.no_room
    }
}

impl fmt::Display for Adoption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} connections go on", self.adopted, self.found())?;
        let parts = [
            ("expired", self.expired),
            ("of real servers that are gone", self.gone),
            ("torn", self.torn),
            ("unsound", self.unsound),
            ("found twice", self.twice),
            ("without what lay in memory", self.bereft),
            ("for which there is no room", self.no_room),
            ("(of those that go on) mended", self.mended),
            ("(of those that go on) without their parent", self.orphaned),
        ];
        for (what, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
            write!(f, "; {count} {what}")?;
        }
        Ok(())
    }
}

/// Where an entry lies now: shard and place.
#[derive(Clone, Copy)]
struct Here {
    shard: usize,
    place: u32,
}

/// An adoption at work.
struct Work<'t> {
    table: &'t ConnTable,
    heirs: &'t [Option<Heir>],
    now: Tick,
    /// From the dead process's ticks to ours.
    shift: u32,
    done: Adoption,
    /// Where possible parents lie now, by their places in the file.
    parents: AHashMap<u32, Here>,
    /// Who had a parent, and at which place of the file.
    children: Vec<(Here, u32)>,
    /// Possible parents whose time is over unless they have children.
    late: Vec<Here>,
}

impl ConnTable {
    /// Enters what stands every check of what was found; `heirs` says for each of its real servers who that is now, and
    /// `era` when our own ticks began. Nothing of what the file says of its order is believed: everything is entered anew. Nobody else may use
    /// the table meanwhile. The caller then counts the entries on their real servers.
    ///
    /// # Errors
    /// The file cannot be read to its end; what was read before goes on.
    pub fn adopt(
        &self,
        found: &Found,
        heirs: &[Option<Heir>],
        era: Era,
        now: Tick,
    ) -> (Adoption, io::Result<()>) {
        let millis = era.began_millis.wrapping_sub(found.era.began_millis).cast_signed();
        #[expect(clippy::cast_possible_truncation, reason = "ticks wrap")]
        let shift = (millis / TICK_MILLIS.cast_signed()).wrapping_neg() as u32;
        let mut work = Work {
            table: self,
            heirs,
            now,
            shift,
            done: Adoption::default(),
            parents: AHashMap::new(),
            children: Vec::new(),
            late: Vec::new(),
        };
        let read = work.read(found);
        work.give_parents();
        work.end_late();
        (work.done, read)
    }
}

impl Work<'_> {
    fn read(&mut self, found: &Found) -> io::Result<()> {
        let mut entries = Vec::with_capacity(CHUNK);
        let mut from = 0;
        while let Some(first) = found.next_chunk(from, &mut entries)? {
            from = first + CHUNK as u64;
            if self.table.wants_memory() {
                self.table.make_ready(AHEAD);
            }
            let parents = if entries.iter().any(|conn| conn.flags.has(ConnFlags::CHILD)) {
                found.parents(first)?
            } else {
                Vec::new()
            };
            let batch: Vec<_> =
                (0..).zip(&entries).filter_map(|(at, conn)| Some((at, self.take(conn)?))).collect();
            // So many buckets and locks are fetched at once.
            for some in batch.chunks(16) {
                let hashes: Vec<u64> =
                    some.iter().map(|(_, conn)| conn.client_hash(&self.table.common.hashes)).collect();
                hashes.iter().for_each(|hash| self.table.prefetch_hash(*hash));
                for ((at, conn), hash) in some.iter().zip(hashes) {
                    let old = u32::try_from(first).unwrap_or(u32::MAX).wrapping_add(*at);
                    self.enter(*conn, hash, old, parents.get(*at as usize).copied());
                }
            }
        }
        Ok(())
    }

    /// An entry as it is to be here, or a count of why not.
    fn take(&mut self, conn: &Conn) -> Option<Conn> {
        let mut conn = *conn;
        let done = &mut self.done;
        let mended = match conn.inspect() {
            Content::Vacant => return None,
            Content::Torn => {
                done.torn += 1;
                return None;
            }
            Content::Unsound => {
                done.unsound += 1;
                return None;
            }
            Content::Bereft => {
                done.bereft += 1;
                return None;
            }
            Content::Conn(mended) => u64::from(mended),
        };
        conn.last_seen = conn.last_seen.wrapping_add(self.shift);
        if self.now.0.wrapping_sub(conn.last_seen) > u32::MAX / 2 {
            if conn.last_seen.wrapping_sub(self.now.0) > AHEAD_TICKS {
                done.unsound += 1;
                return None;
            }
            conn.last_seen = self.now.0;
        }
        if conn.server != u32::MAX {
            let heir = self.heirs.get(conn.server as usize).copied().flatten();
            let Some(heir) = heir.filter(|heir| heir.method == conn.method()) else {
                done.gone += 1;
                return None;
            };
            if heir.vip.is_some_and(|vip| vip != conn.virt().addr) {
                done.unsound += 1;
                return None;
            }
            conn.server = heir.server.0;
            // The hash's key is another now.
            conn.real_tag =
                if has_replies(conn.flags) { self.table.common.hashes.real_tag(heir.real) } else { 0 };
        }
        if conn.is_due(self.now) && !may_have_children(&conn) {
            done.expired += 1;
            return None;
        }
        done.mended += mended;
        Some(conn)
    }

    fn enter(&mut self, mut conn: Conn, hash: u64, old: u32, parent: Option<u32>) {
        let is_child = conn.flags.has(ConnFlags::CHILD);
        conn.flags.set(ConnFlags::CHILD, false);
        let key = conn.inbound_key();
        let mut guard = self.table.lock_by(hash);
        let home = guard.home;
        if guard.shard.find_inbound(&self.table.common, home, || key).is_some() {
            self.done.twice += 1;
            return;
        }
        let Ok(entered) = guard.enter(&conn, self.now) else {
            self.done.no_room += 1;
            return;
        };
        if conn.flags.has(ConnFlags::NO_CPORT) {
            self.table.any_port.fetch_add(1, Relaxed);
        }
        let here = Here { shard: guard.number, place: entered.0 };
        drop(guard);
        self.done.adopted += 1;
        if is_child {
            self.children.push((here, parent.unwrap_or(u32::MAX)));
        }
        if may_have_children(&conn) {
            self.parents.insert(old, here);
            if conn.is_due(self.now) {
                self.late.push(here);
            }
        }
    }

    /// Children find their parents again.
    fn give_parents(&mut self) {
        for (child, parent) in std::mem::take(&mut self.children) {
            let name = self.parents.get(&parent).and_then(|parent| self.count_child(child, *parent));
            match name {
                Some(name) => self.table.lock(child.shard).set_parent(child.place, name),
                None => self.done.orphaned += 1,
            }
        }
    }

    /// Counts a child on what may be its parent: a template, or the control connection of what is none, of the same real
    /// server. So there are no rings.
    fn count_child(&self, child: Here, parent: Here) -> Option<ConnId> {
        let child = *self.table.lock(child.shard).get(child.place)?;
        let mut shard = self.table.lock(parent.shard);
        let conn = shard.get(parent.place)?;
        let is_older = conn.is_template() || conn.is_ftp_control() && !may_have_children(&child);
        if !is_older || conn.server != child.server {
            return None;
        }
        let generation = shard.adopt(parent.place)?;
        Some(ConnId { shard: u16::try_from(parent.shard).ok()?, index: parent.place, generation })
    }

    /// Whose time is over ends now, but for those with children.
    fn end_late(&mut self) {
        for late in std::mem::take(&mut self.late) {
            let closed = self.table.lock(late.shard).expire_one(&self.table.common, late.place, self.now);
            if let Some(closed) = closed {
                self.table.forget(&closed);
                self.done.adopted -= 1;
                self.done.expired += 1;
                // The end of a child whose time was over takes no parent with it.
                let _ = closed.parent.map(|parent| self.table.release(parent, End::Regular));
            }
        }
    }
}

fn may_have_children(conn: &Conn) -> bool {
    conn.is_template() || conn.is_ftp_control()
}
