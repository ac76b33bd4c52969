//! One datagram while its pieces come in.

use super::{Datagram, Piece, Refusal};
use crate::lvs::{Family, PortId};
use crate::time::Tick;
use crate::wire::fragment::{self, Fragment};
use std::collections::BTreeMap;

/// Longest IP packet in bytes.
const MAX_PACKET: usize = 65_535;
/// What a datagram costs beside its bytes: its entries in the tables, generously.
const COST: usize = 512;
/// What a piece costs beside its bytes.
const PIECE_COST: usize = 64;
/// ECN of a set of fragments (RFC 3168 §5.3), bits by code point: 0 not capable, 1 and 2 capable, 3 congestion experienced.
const NOT_CAPABLE: u8 = 1;
const EXPERIENCED: u8 = 1 << 3;

/// How a datagram had been cut: it leaves in the same pieces where nothing forbids it, and never in larger ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// The longest fragment in bytes, from its IP header on.
    pub longest: usize,
    /// Payload bytes of each fragment but the first, which has what is left.
    pub after_first: Vec<u16>,
}

/// Bytes that fit the buffer of a first fragment, from its IP header on. That depends on the driver; so many are usual where
/// the buffer has 2 KiB.
const BUFFER: usize = 1720;

impl Pieces {
    /// What Linux does with a datagram for itself, a VIP's included: pieces that still fit the buffer of the first one are
    /// joined to it. `whole` is the length of the datagram, from its IP header on.
    pub fn join_first(&mut self, whole: usize) {
        let mut first = whole.saturating_sub(self.after_first.iter().map(|len| usize::from(*len)).sum());
        let joined = self.after_first.iter().take_while(|len| {
            let fits = first + usize::from(**len) <= BUFFER;
            first += usize::from(**len);
            fits
        });
        let joined = joined.count();
        self.after_first.drain(..joined);
    }
}

/// What adding a piece came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It waits.
    Kept,
    /// Nothing is missing any more.
    Complete,
    /// It is of no use; what is there stays.
    Useless(Refusal),
    /// The whole datagram is of no use any more.
    Spoilt(Refusal),
}

/// The head that came with the first fragment.
#[derive(Debug)]
struct First {
    port: PortId,
    /// Ethernet header and what stands before the payload, as it came.
    head: Box<[u8]>,
    ethernet_len: usize,
    place: Fragment,
}

/// A datagram of which something is missing.
#[derive(Debug)]
pub(super) struct Incomplete {
    since: Tick,
    age: u64,
    first: Option<First>,
    /// Pieces as they came: where they begin, and their bytes.
    pieces: Vec<(usize, Box<[u8]>)>,
    /// Stretches that came in order, start to end. One grows at its end only, and only the hindmost: so it is in Linux, and
    /// it decides what counts as a repetition and what as an overlap.
    runs: BTreeMap<usize, usize>,
    /// Payload bytes of the datagram, once its last fragment is there.
    len: Option<usize>,
    /// End of the hindmost piece.
    reach: usize,
    /// Payload bytes that are there.
    have: usize,
    bytes: usize,
    longest: usize,
    /// The longest of those with the DF bit.
    longest_df: usize,
    ecn: u8,
}

impl Incomplete {
    pub(super) const fn new(since: Tick, age: u64) -> Self {
        Self {
            since,
            age,
            first: None,
            pieces: Vec::new(),
            runs: BTreeMap::new(),
            len: None,
            reach: 0,
            have: 0,
            bytes: 0,
            longest: 0,
            longest_df: 0,
            ecn: 0,
        }
    }

    pub(super) const fn since(&self) -> Tick {
        self.since
    }

    pub(super) const fn age(&self) -> u64 {
        self.age
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn frames(&self) -> u32 {
        u32::try_from(self.pieces.len()).unwrap_or(u32::MAX)
    }

    /// Takes a piece in.
    pub(super) fn add(&mut self, piece: &Piece<'_>) -> Added {
        let Piece { head, place, .. } = piece;
        let mut payload = piece.packet.get(place.payload..).unwrap_or_default();
        if place.more && !payload.len().is_multiple_of(8) {
            if head.family() == Family::V6 {
                return Added::Spoilt(Refusal::Length);
            }
            payload = payload.get(..payload.len() & !7).unwrap_or_default();
        }
        let (start, end) = (place.offset, place.offset + payload.len());
        // IPv4's Linux sees that the whole is too long when it is whole; it matters to what else comes meanwhile.
        let too_long = head.family() == Family::V6 && place.head_len + end > MAX_PACKET;
        if payload.is_empty() || too_long || !self.fits(end, place.more) {
            return match head.family() {
                Family::V4 => Added::Spoilt(Refusal::Length),
                Family::V6 => Added::Useless(Refusal::Length),
            };
        }
        match self.enter(start, end) {
            Ok(()) => {}
            Err(Refusal::Duplicate) => return Added::Useless(Refusal::Duplicate),
            Err(other) => return Added::Spoilt(other),
        }
        if self.pieces.is_empty() {
            self.bytes += COST;
        }
        if start == 0 {
            let before = piece.packet.get(..place.payload).unwrap_or_default();
            let head = [piece.ethernet, before].concat().into_boxed_slice();
            self.bytes += head.len();
            let ethernet_len = piece.ethernet.len();
            self.first = Some(First { port: piece.port, head, ethernet_len, place: *place });
        }
        self.bytes += PIECE_COST + payload.len();
        self.have += payload.len();
        self.pieces.push((start, payload.into()));
        let fragment_len = place.payload + payload.len();
        self.longest = self.longest.max(fragment_len);
        if head.family() == Family::V4 && head.dont_fragment {
            self.longest_df = self.longest_df.max(fragment_len);
        }
        self.ecn |= 1 << (head.tos & 3);
        if self.first.is_some() && self.len == Some(self.have) { Added::Complete } else { Added::Kept }
    }

    /// Does the end of a piece agree with what is known of the datagram's?
    fn fits(&mut self, end: usize, more: bool) -> bool {
        if more {
            if end > self.reach && self.len.is_some() {
                return false;
            }
            self.reach = self.reach.max(end);
            return true;
        }
        if end < self.reach || self.len.is_some_and(|len| len != end) {
            return false;
        }
        (self.len, self.reach) = (Some(end), end);
        true
    }

    /// Enters where a piece lies.
    fn enter(&mut self, start: usize, end: usize) -> Result<(), Refusal> {
        if let Some(mut hindmost) = self.runs.last_entry()
            && start >= *hindmost.get()
        {
            if start == *hindmost.get() {
                *hindmost.get_mut() = end;
            } else {
                self.runs.insert(start, end);
            }
            return Ok(());
        }
        if let Some((_, before_end)) = self.runs.range(..=start).next_back() {
            if end <= *before_end {
                return Err(Refusal::Duplicate);
            }
            if start < *before_end {
                return Err(Refusal::Overlap);
            }
        }
        if self.runs.range(start..).next().is_some_and(|(next, _)| *next < end) {
            return Err(Refusal::Overlap);
        }
        self.runs.insert(start, end);
        Ok(())
    }

    /// Puts the pieces together; the count of frames comes with the refusal too.
    pub(super) fn join(mut self) -> Result<Datagram, (Refusal, u32)> {
        let frames = self.frames();
        let congested = self.ecn & EXPERIENCED != 0;
        if self.ecn & NOT_CAPABLE != 0 && self.ecn != NOT_CAPABLE {
            return Err((Refusal::Ecn, frames));
        }
        let tos = if congested && self.ecn != EXPERIENCED { 3 } else { 0 };
        let Some(First { port, head, ethernet_len, place }) = self.first else {
            return Err((Refusal::Length, frames));
        };
        if place.head_len + self.have > MAX_PACKET {
            return Err((Refusal::Length, frames));
        }
        self.pieces.sort_unstable_by_key(|(start, _)| *start);
        let head_len = ethernet_len + place.head_len;
        let mut bytes = Vec::with_capacity(head_len + self.have);
        bytes.extend_from_slice(head.get(..head_len).unwrap_or_default());
        let family = if place.payload == place.head_len { Family::V4 } else { Family::V6 };
        let df = self.longest_df == self.longest;
        if let Some(ip) = bytes.get_mut(ethernet_len..) {
            fragment::make_whole(ip, family, &place, self.have, df, tos);
        }
        for (_, piece) in &self.pieces {
            bytes.extend_from_slice(piece);
        }
        let lens = self.pieces.iter().skip(1).map(|(_, piece)| u16::try_from(piece.len()).unwrap_or(0));
        let pieces = Pieces { longest: self.longest, after_first: lens.collect() };
        Ok(Datagram { port, bytes, pieces, frames, is_late: false })
    }

    /// The end of one whose pieces did not come in time: its first fragment, if it is there, to be told about.
    pub(super) fn give_up(mut self) -> Datagram {
        let frames = self.frames();
        let mut datagram =
            Datagram { port: PortId(0), bytes: Vec::new(), pieces: Pieces::default(), frames, is_late: true };
        if let Some(First { port, head, .. }) = self.first.take() {
            datagram.port = port;
            datagram.bytes = head.into_vec();
            if let Some((_, payload)) = self.pieces.iter().find(|(start, _)| *start == 0) {
                datagram.bytes.extend_from_slice(payload);
            }
        }
        datagram
    }
}
