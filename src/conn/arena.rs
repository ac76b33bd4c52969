//! Where entries lie: chunks that never move, so growing copies nothing.

use super::entry::Conn;
use super::kin::ConnId;

/// No entry.
pub(super) const NIL: u32 = u32::MAX;

const CHUNK_BITS: u32 = 8;
const CHUNK: usize = 1 << CHUNK_BITS;

/// What packets seldom need of an entry.
#[derive(Clone, Copy)]
pub(super) struct Links {
    /// Next in the wheel's slot, or in the free list.
    pub next: u32,
    /// Before it in the wheel's slot.
    pub prev: u32,
    /// The next older entry with the same outbound key.
    pub older: u32,
    /// The wheel's slot.
    pub slot: u16,
    /// The parent's shard, where [`ConnFlags::CHILD`](super::ConnFlags::CHILD) is set.
    pub parent_shard: u16,
    /// The parent's place there.
    pub parent_index: u32,
    /// That place's generation while the parent lives.
    pub parent_generation: u32,
    /// Children that live.
    pub children: u32,
    /// Counts up each time that the place is given back; wraps.
    pub generation: u32,
}

const _: () = assert!(size_of::<Links>() == 32);

impl Links {
    const NONE: Self = Self {
        next: NIL,
        prev: NIL,
        older: NIL,
        slot: 0,
        parent_shard: 0,
        parent_index: NIL,
        parent_generation: 0,
        children: 0,
        generation: 0,
    };

    /// As of a place that has changed hands so often.
    const fn of_generation(generation: u32) -> Self {
        Self { generation, ..Self::NONE }
    }

    /// Who the parent is, if the entry says that it has one.
    pub const fn parent(&self) -> ConnId {
        ConnId { shard: self.parent_shard, index: self.parent_index, generation: self.parent_generation }
    }

    /// Notes the parent.
    pub const fn set_parent(&mut self, parent: ConnId) {
        self.parent_shard = parent.shard;
        self.parent_index = parent.index;
        self.parent_generation = parent.generation;
    }
}

/// The entries of one shard, by number.
pub(super) struct Arena {
    conns: Vec<Box<[Conn]>>,
    links: Vec<Box<[Links]>>,
    free: u32,
    live: usize,
}

impl Arena {
    pub const fn new() -> Self {
        Self { conns: Vec::new(), links: Vec::new(), free: NIL, live: 0 }
    }

    /// Entries in use.
    pub const fn live(&self) -> usize {
        self.live
    }

    /// Places, in use or not: entries have the numbers below. A multiple of 256.
    pub fn places(&self) -> u32 {
        // There are never more than 2^32 places, and then not as many.
        u32::try_from(self.conns.len() * CHUNK).unwrap_or(u32::MAX)
    }

    /// Bytes of all chunks.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.conns.len() * CHUNK * (size_of::<Conn>() + size_of::<Links>())
    }

    pub fn get(&self, index: u32) -> Option<&Conn> {
        self.conns.get(chunk_of(index))?.get(place_of(index)).filter(|conn| conn.is_hashed())
    }

    pub fn get_mut(&mut self, index: u32) -> Option<&mut Conn> {
        self.conns.get_mut(chunk_of(index))?.get_mut(place_of(index)).filter(|conn| conn.is_hashed())
    }

    pub fn links(&self, index: u32) -> Links {
        self.links
            .get(chunk_of(index))
            .and_then(|chunk| chunk.get(place_of(index)))
            .copied()
            .unwrap_or(Links::NONE)
    }

    /// Changes the links of an entry; does nothing for [`NIL`].
    pub fn relink(&mut self, index: u32, change: impl FnOnce(&mut Links)) {
        if let Some(links) =
            self.links.get_mut(chunk_of(index)).and_then(|chunk| chunk.get_mut(place_of(index)))
        {
            change(links);
        }
    }

    /// Takes a place; `None` when 2^32 places are not enough.
    pub fn insert(&mut self, conn: Conn) -> Option<u32> {
        if self.free == NIL {
            self.grow()?;
        }
        let index = self.free;
        let place = self.conns.get_mut(chunk_of(index))?.get_mut(place_of(index))?;
        *place = conn;
        let links = self.links(index);
        self.free = links.next;
        self.relink(index, |now| *now = Links::of_generation(links.generation));
        self.live += 1;
        Some(index)
    }

    /// Gives a place back.
    pub fn remove(&mut self, index: u32) {
        let free = self.free;
        let Some(place) = self.get_mut(index) else { return };
        *place = Conn::EMPTY;
        self.relink(index, |links| {
            *links = Links { next: free, ..Links::of_generation(links.generation.wrapping_add(1)) };
        });
        self.free = index;
        self.live -= 1;
    }

    /// The entries in use with their places, and how many children each has.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Conn, u32)> {
        let pairs = self.conns.iter().zip(&self.links).flat_map(|(conns, links)| conns.iter().zip(links));
        let numbered = (0..).zip(pairs);
        numbered
            .filter(|(_, (conn, _))| conn.is_hashed())
            .map(|(index, (conn, links))| (index, conn, links.children))
    }

    fn grow(&mut self) -> Option<()> {
        let base = u32::try_from(self.conns.len().checked_mul(CHUNK)?).ok()?;
        let end = base.checked_add(1 << CHUNK_BITS)?;
        let links =
            (base + 1..=end).map(|next| Links { next: if next == end { NIL } else { next }, ..Links::NONE });
        self.links.push(links.collect());
        self.conns.push(vec![Conn::EMPTY; CHUNK].into_boxed_slice());
        self.free = base;
        Some(())
    }
}

const fn chunk_of(index: u32) -> usize {
    (index >> CHUNK_BITS) as usize
}

const fn place_of(index: u32) -> usize {
    index as usize & (CHUNK - 1)
}
