//! Where a shard's entries lie: blocks of 64 places in the table's one mapping, and what is noted beside each block.

use super::entry::Conn;
use super::kin::ConnId;
use crate::memory::{BLOCK, Holding, prefetch};
use std::iter;

/// What some entries have besides: parents, and their children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kin {
    /// Who its parent is, where [`ConnFlags::CHILD`](super::ConnFlags::CHILD) is set.
    pub parent: ConnId,
    /// Children that live.
    pub children: u32,
    /// Which of the parents that this shard ever had it is; 0: none.
    pub generation: u32,
}

impl Kin {
    const NONE: Self =
        Self { parent: ConnId { shard: 0, index: u32::MAX, generation: 0 }, children: 0, generation: 0 };
}

/// A block of places and what is noted of them.
struct Plot {
    /// The block's first place.
    first: u32,
    /// A bit for each place in use; none: the plot has no block.
    used: u64,
    /// The turn of the wheel at which each is looked at.
    due: [u16; BLOCK],
    /// Made when the first of them has any, and gone with the block.
    kin: Option<Box<[Kin; BLOCK]>>,
}

/// The entries of one shard, by place.
pub(super) struct Arena {
    holding: Holding<Conn>,
    plots: Vec<Plot>,
    /// A bit for each plot that has a block with a place left.
    room: Vec<u64>,
    live: usize,
    /// Where the next entry is likely to lie; `u32::MAX`: not known.
    next: u32,
    /// Parents so far.
    generations: u32,
}

impl Arena {
    pub const fn new(holding: Holding<Conn>) -> Self {
        Self { holding, plots: Vec::new(), room: Vec::new(), live: 0, next: u32::MAX, generations: 0 }
    }

    /// Entries in use.
    pub const fn live(&self) -> usize {
        self.live
    }

    /// Where the next entry is likely to lie; `u32::MAX`: not known.
    pub const fn next(&self) -> u32 {
        self.next
    }

    /// Seats, in use or not: a multiple of 64. (Seats are numbered from 0 on in each shard; a place has its number among
    /// those of all shards.)
    pub fn seats(&self) -> u32 {
        // There are never more than 2^32 places.
        u32::try_from(self.plots.len() * BLOCK).unwrap_or(u32::MAX)
    }

    /// The place of a seat that is in use.
    pub fn at_seat(&self, seat: u32) -> Option<u32> {
        let plot = self.plots.get(seat as usize / BLOCK)?;
        let bit = seat % BLOCK as u32;
        (plot.used >> bit & 1 == 1).then_some(plot.first + bit)
    }

    #[inline]
    pub fn get(&self, place: u32) -> Option<&Conn> {
        self.holding.get(place).filter(|conn| conn.is_hashed())
    }

    #[inline]
    pub fn get_mut(&mut self, place: u32) -> Option<&mut Conn> {
        self.holding.get_mut(place).filter(|conn| conn.is_hashed())
    }

    /// Has the processor fetch an entry that is to be read soon.
    pub fn prefetch(&self, place: u32) {
        if let Some(conn) = self.holding.get(place) {
            prefetch(conn);
        }
    }

    /// Takes a place for an entry that is to be looked at at turn `due`; `None` when there is none left.
    #[inline]
    pub fn insert(&mut self, conn: &Conn, due: u16) -> Option<u32> {
        let number = match self.first_with_room() {
            Some(number) => number,
            None => self.grow()?,
        };
        let plot = self.plots.get_mut(number)?;
        let bit = plot.used.trailing_ones() as usize;
        let place = plot.first + bit as u32;
        self.holding.get_mut(place)?.lay(conn);
        plot.used |= 1 << bit;
        *plot.due.get_mut(bit)? = due;
        let is_full = plot.used == u64::MAX;
        self.next = if is_full { u32::MAX } else { plot.first + plot.used.trailing_ones() };
        self.set_room(number, !is_full);
        self.live += 1;
        Some(place)
    }

    /// Gives a place back.
    pub fn remove(&mut self, place: u32) {
        let Some(conn) = self.holding.get_mut(place) else { return };
        conn.vacate();
        let Some((number, bit)) = self.seat_of(place) else { return };
        let Some(plot) = self.plots.get_mut(number) else { return };
        plot.used &= !(1 << bit);
        if let Some(kin) = plot.kin.as_mut().and_then(|kin| kin.get_mut(bit)) {
            *kin = Kin::NONE;
        }
        self.live -= 1;
        let before = self.first_with_room();
        self.set_room(number, true);
        // One empty block is kept at most: that with room which comes first, for it is the next to be used.
        let first = self.first_with_room();
        for number in [before, Some(number)].into_iter().flatten() {
            if first != Some(number) && self.plots.get(number).is_some_and(|plot| plot.used == 0) {
                self.leave(number);
            }
        }
    }

    /// Moves an entry to another turn.
    pub fn set_due(&mut self, place: u32, turn: u16) {
        if let Some((number, bit)) = self.seat_of(place)
            && let Some(due) = self.plots.get_mut(number).and_then(|plot| plot.due.get_mut(bit))
        {
            *due = turn;
        }
    }

    /// The turn at which an entry is looked at.
    pub fn due(&self, place: u32) -> Option<u16> {
        let (number, bit) = self.seat_of(place)?;
        self.plots.get(number)?.due.get(bit).copied()
    }

    /// The first block, from plot `from` on, with entries that are to be looked at by turn `now`: its plot and their places.
    pub fn next_due(&self, from: usize, now: u16) -> Option<(usize, impl Iterator<Item = u32> + use<>)> {
        // Past and present turns are not negative.
        #[expect(clippy::cast_possible_wrap, reason = "turns are told apart by half the way round")]
        let ahead = |due: &u16| now.wrapping_sub(*due) as i16;
        for (number, plot) in self.plots.iter().enumerate().skip(from) {
            // Most blocks have none: the greatest of 64 takes a few instructions.
            if plot.due.iter().map(ahead).fold(i16::MIN, i16::max) < 0 {
                continue;
            }
            let bits = plot.due.iter().enumerate().map(|(bit, due)| u64::from(ahead(due) >= 0) << bit);
            let due = bits.fold(0, |all, bit| all | bit) & plot.used;
            if due != 0 {
                let first = plot.first;
                return Some((number, bits_of(due).map(move |bit| first + bit)));
            }
        }
        None
    }

    /// What an entry has besides, if anything.
    pub fn kin(&self, place: u32) -> Option<&Kin> {
        let (number, bit) = self.seat_of(place)?;
        self.plots.get(number)?.kin.as_ref()?.get(bit)
    }

    /// Changes what an entry has besides.
    pub fn change_kin(&mut self, place: u32, change: impl FnOnce(&mut Kin)) {
        if let Some((number, bit)) = self.seat_of(place)
            && let Some(plot) = self.plots.get_mut(number)
            && let Some(kin) = plot.kin.get_or_insert_with(|| Box::new([Kin::NONE; BLOCK])).get_mut(bit)
        {
            change(kin);
        }
    }

    /// Notes where an entry's parent lies, for whoever finds the table's file.
    pub fn note_parent(&self, place: u32, parent: u32) {
        self.holding.note_beside(place, parent);
    }

    /// How many children an entry has.
    pub fn children(&self, place: u32) -> u32 {
        self.kin(place).map_or(0, |kin| kin.children)
    }

    /// A number for the next parent, which none other has (until it wraps).
    pub const fn next_generation(&mut self) -> u32 {
        self.generations = match self.generations.wrapping_add(1) {
            0 => 1,
            next => next,
        };
        self.generations
    }

    /// The entries in use.
    pub fn iter(&self) -> impl Iterator<Item = &Conn> {
        self.plots.iter().flat_map(|plot| bits_of(plot.used).filter_map(|bit| self.get(plot.first + bit)))
    }

    /// Bytes of all blocks and notes.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        let blocks = self.plots.iter().filter(|plot| plot.used != 0).count();
        blocks * BLOCK * size_of::<Conn>() + self.plots.capacity() * size_of::<Plot>()
    }

    /// The number of a place's plot, and its bit there.
    fn seat_of(&self, place: u32) -> Option<(usize, usize)> {
        Some((self.holding.note_of(place)? as usize, place as usize % BLOCK))
    }

    /// Low plots first, so that high ones become empty.
    fn first_with_room(&self) -> Option<usize> {
        let (at, word) = self.room.iter().enumerate().find(|(_, word)| **word != 0)?;
        Some(at * 64 + word.trailing_zeros() as usize)
    }

    fn set_room(&mut self, number: usize, has_room: bool) {
        if let Some(word) = self.room.get_mut(number / 64) {
            let bit = 1 << (number % 64);
            *word = if has_room { *word | bit } else { *word & !bit };
        }
    }

    /// Takes one more block, into a plot that has none.
    fn grow(&mut self) -> Option<usize> {
        let vacant = self.plots.iter().position(|plot| plot.used == 0);
        let number = vacant.unwrap_or(self.plots.len());
        let first = self.holding.take(u32::try_from(number).ok()?)?;
        let plot = Plot { first, used: 0, due: [0; BLOCK], kin: None };
        match self.plots.get_mut(number) {
            Some(place) => *place = plot,
            None => self.plots.push(plot),
        }
        if self.room.len() * 64 <= number {
            self.room.push(0);
        }
        self.set_room(number, true);
        Some(number)
    }

    /// Gives a block back in which nothing is left.
    fn leave(&mut self, number: usize) {
        self.set_room(number, false);
        if let Some(plot) = self.plots.get_mut(number) {
            plot.kin = None;
            self.holding.give_back(plot.first);
        }
    }
}

fn bits_of(mut word: u64) -> impl Iterator<Item = u32> + use<> {
    iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros())?;
        word &= word - 1;
        Some(bit)
    })
}
