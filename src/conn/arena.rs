//! Where entries lie: chunks that never move, so growing copies nothing.

use super::entry::Conn;

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
}

const _: () = assert!(size_of::<Links>() == 16);

impl Links {
    const NONE: Self = Self { next: NIL, prev: NIL, older: NIL, slot: 0 };
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
        self.free = self.links(index).next;
        self.relink(index, |links| *links = Links::NONE);
        self.live += 1;
        Some(index)
    }

    /// Gives a place back.
    pub fn remove(&mut self, index: u32) {
        let free = self.free;
        let Some(place) = self.get_mut(index) else { return };
        *place = Conn::EMPTY;
        self.relink(index, |links| *links = Links { next: free, ..Links::NONE });
        self.free = index;
        self.live -= 1;
    }

    pub fn iter(&self) -> impl Iterator<Item = &Conn> {
        self.conns.iter().flat_map(|chunk| chunk.iter()).filter(|conn| conn.is_hashed())
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
