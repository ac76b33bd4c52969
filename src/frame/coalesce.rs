//! The coalescer: frames of one flow that follow each other within a sweep leave as one super-frame, so that the kernel's
//! price for sending is paid once for all of them.
//!
//! ```text
//! in    | Eth IP TCP seq 1000 | a |   | Eth IP TCP seq 2460 | b |   | Eth IP TCP seq 3920 PSH | c |
//! out   | virtio: TCP over IPv4, cut every 1460 bytes, sum unfinished | Eth IP TCP seq 1000 PSH | a | b | c |
//! ```
//!
//! Whoever cuts it, the link's hardware or the kernel, makes the same frames of it again, byte for byte. That is the rule
//! from which all others follow ([`segment`]): joined is only what the cutting restores, and whose checksum was right
//! before, since it will be right behind. Nothing is held back: what a sweep brought leaves at its end, and no frame
//! overtakes another of its flow.
//!
//! Frames of other flows may come in between: every flow's last run is found by a fingerprint. Flows whose fingerprints
//! share a place end each other's runs; that costs speed and nothing else.

mod segment;
#[cfg(test)]
mod tests;

use self::segment::{MOST_HEADERS, Seen, Segment};
use super::VnetHeader;
use crate::ring::GatherList;

/// Most frames in one super-frame.
const MOST_FRAMES: u16 = 64;
/// Most bytes of the IP packet in a super-frame: what its length field can say.
const MOST_BYTES: usize = 65_535;
/// Places for runs, by fingerprint.
const PLACES: usize = 256;
/// Super-frames of one kind that the kernel may refuse before no more of it are made.
const PATIENCE: u8 = 16;

/// Joins the frames of one interface's sweeps. Lives as long as its worker: nothing is allocated in a sweep.
#[derive(Debug)]
pub(super) struct Coalescer {
    /// One for every message in the list, in its order.
    notes: Vec<Note>,
    /// The message with which a flow's last run began, by fingerprint. Some are of sweeps past: the note tells.
    latest: Box<[u16; PLACES]>,
    /// Runs that began before this message take no more.
    closed_below: usize,
    /// Messages with which runs of several began.
    runs: Vec<u16>,
    /// How often the kernel refused each kind of super-frame.
    refusals: [u8; 8],
    /// Kinds that are no longer made, and nobody was told yet.
    given_up: u8,
}

/// What is remembered of a message; the default: nothing, it leaves alone. All but `next` is of a run's first message,
/// and about the run.
#[derive(Clone, Copy, Debug, Default)]
struct Note {
    /// The next message of its run; 0: none.
    next: u16,
    fingerprint: u32,
    /// Messages in the run; 0 in a message that is no run's first.
    frames: u16,
    /// The last of them.
    last: u16,
    /// May more join?
    is_open: bool,
    /// The last one has the PSH flag.
    pushes: bool,
    /// The first one's checksum is unfinished.
    is_partial: bool,
    kind: u8,
    ip_len: u8,
    headers_len: u8,
    /// Payload bytes of the first; all but the last have as many, and the last no more.
    size: u16,
    /// Identification (IPv4) that comes next.
    next_id: u16,
    /// Sequence number (TCP) that comes next.
    next_sequence: u32,
    /// Bytes of the super-frame's IP packet.
    len: usize,
}

impl Coalescer {
    /// For lists of up to `capacity` messages (at most 65,535).
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            notes: Vec::with_capacity(capacity),
            latest: Box::new([0; PLACES]),
            closed_below: 0,
            runs: Vec::with_capacity(capacity / 2),
            refusals: [0; 8],
            given_up: 0,
        }
    }

    /// Forgets the list before: another one begins.
    pub(super) fn begin(&mut self) {
        self.notes.clear();
        self.runs.clear();
        self.closed_below = 0;
    }

    /// Takes note of a message that was pushed as number `number`: it continues a run, begins one, or neither.
    #[inline]
    pub(super) fn note(
        &mut self,
        list: &GatherList<'_, '_>,
        number: usize,
        vnet: &VnetHeader,
        head: &[u8],
        body: &[u8],
    ) {
        // A message that was never noted, because something failed in between, leaves alone.
        self.notes.resize(number, Note::default());
        let note = match segment::read(vnet, head, body) {
            Seen::Foreign => Note::default(),
            Seen::Unclear => {
                self.closed_below = number;
                Note::default()
            }
            Seen::Of(segment) => self.place(list, number, head, &segment),
        };
        self.notes.push(note);
    }

    /// Finds the run that a segment continues; else it is the first of one.
    fn place(
        &mut self,
        list: &GatherList<'_, '_>,
        number: usize,
        head: &[u8],
        segment: &Segment<'_>,
    ) -> Note {
        let Ok(number) = u16::try_from(number) else { return Note::default() };
        let [low, ..] = segment.fingerprint.to_le_bytes();
        let Some(latest) = self.latest.get_mut(usize::from(low)) else { return Note::default() };
        let first = usize::from(*latest);
        if first >= self.closed_below
            && let Some(run) = self.notes.get_mut(first)
            && run.fingerprint == segment.fingerprint
            && run.awaits(segment)
            && list.head(first) == Some(head)
            && run.continues(list.body(first).unwrap_or_default(), segment)
        {
            let before = usize::from(run.last);
            run.take(number, segment);
            if run.frames == 2 {
                self.runs.push(*latest);
            }
            if let Some(before) = self.notes.get_mut(before) {
                before.next = number;
            }
            return Note::default();
        }
        *latest = number;
        let mut note = Note::first(number, segment);
        note.is_open &= self.refusals.get(usize::from(segment.kind)).is_some_and(|count| *count < PATIENCE);
        note
    }

    /// Has the list send every run as one message.
    pub(super) fn join(&mut self, list: &mut GatherList<'_, '_>) {
        for first in &self.runs {
            let first = usize::from(*first);
            let Some(run) = self.notes.get(first) else { continue };
            let mut place = [0; MOST_HEADERS];
            let (Some(ethernet), Some(body)) = (list.head(first), list.body(first)) else { continue };
            let Some((vnet, head)) = run.super_frame(ethernet, body, &mut place) else { continue };
            let notes = &self.notes;
            let following = |number: &usize| {
                notes.get(*number).map(|note| usize::from(note.next)).filter(|next| *next != 0)
            };
            let members = std::iter::successors(Some(first), following);
            // If there is no room, they leave one by one.
            let _ = list.join(members, usize::from(run.headers_len), run.kind, &vnet.to_raw(), head);
        }
    }

    /// Hears which kinds of super-frames (bit n for GSO type n) the kernel has refused in a flush. What they were joined
    /// from was not lost; but a kind that is refused too often is no longer made.
    pub(super) fn heed(&mut self, refused: u8) {
        for (kind, count) in self.refusals.iter_mut().enumerate() {
            if refused & (1 << kind) != 0 && *count < PATIENCE {
                *count += 1;
                self.given_up |= u8::from(*count == PATIENCE) << kind;
            }
        }
    }

    /// The kinds (bits as in [`Self::heed`]) that are no longer made since this was last asked.
    pub(super) fn take_given_up(&mut self) -> u8 {
        std::mem::take(&mut self.given_up)
    }
}

/// The names of kinds of super-frames, for people.
pub(super) fn names(kinds: u8) -> impl Iterator<Item = &'static str> {
    let all = [
        (VnetHeader::GSO_TCPV4, "TCP over IPv4"),
        (VnetHeader::GSO_TCPV6, "TCP over IPv6"),
        (VnetHeader::GSO_UDP_L4, "UDP"),
    ];
    all.into_iter().filter(move |(kind, _)| kinds & (1 << kind) != 0).map(|(_, name)| name)
}

impl Note {
    /// Of a message with which a run may begin.
    fn first(number: u16, segment: &Segment<'_>) -> Self {
        Self {
            next: 0,
            fingerprint: segment.fingerprint,
            frames: 1,
            last: number,
            is_open: segment.is_plain && !segment.pushes,
            pushes: segment.pushes,
            is_partial: segment.is_partial,
            kind: segment.kind,
            ip_len: segment.ip_len,
            headers_len: segment.headers_len,
            size: segment.payload_len,
            next_id: segment.next_id(),
            next_sequence: segment.next_sequence(),
            len: segment.packet.len(),
        }
    }

    /// Is the segment the one that comes next, and is there room for it?
    fn awaits(&self, segment: &Segment<'_>) -> bool {
        self.is_open
            && segment.is_plain
            && self.kind == segment.kind
            && self.next_sequence == segment.sequence
            && self.next_id == segment.id
            && self.size >= segment.payload_len
            && self.headers_len == segment.headers_len
            && self.frames < MOST_FRAMES
            && self.len + usize::from(segment.payload_len) <= MOST_BYTES
    }

    /// Has it the headers of the run's first packet, and are the checksums right? The run is over if not: this is asked
    /// of the segment that comes next only.
    fn continues(&mut self, first: &[u8], segment: &Segment<'_>) -> bool {
        self.is_open = segment.has_headers_of(first)
            && segment.is_right()
            && (self.frames > 1 || segment.is_right_too(first, self.is_partial));
        self.is_open
    }

    /// Takes it in.
    fn take(&mut self, number: u16, segment: &Segment<'_>) {
        self.last = number;
        self.frames += 1;
        self.len += usize::from(segment.payload_len);
        self.next_id = segment.next_id();
        self.next_sequence = segment.next_sequence();
        self.pushes = segment.pushes;
        self.is_open = segment.payload_len == self.size && !segment.pushes;
    }

    /// Virtio header and head of the super-frame; `first` is the run's first packet.
    fn super_frame<'p>(
        &self,
        ethernet: &[u8],
        first: &[u8],
        place: &'p mut [u8; MOST_HEADERS],
    ) -> Option<(VnetHeader, &'p [u8])> {
        let (ip_len, headers_len) = (usize::from(self.ip_len), usize::from(self.headers_len));
        let head = place.get_mut(..ethernet.len() + headers_len)?;
        let (link, headers) = head.split_at_mut(ethernet.len());
        link.copy_from_slice(ethernet);
        headers.copy_from_slice(first.get(..headers_len)?);
        let csum_offset = segment::write_super(headers, ip_len, self.len, self.pushes)?;
        let vnet = VnetHeader {
            flags: VnetHeader::NEEDS_CSUM,
            gso_type: self.kind,
            hdr_len: u16::try_from(head.len()).ok()?,
            gso_size: self.size,
            csum_start: u16::try_from(ethernet.len() + ip_len).ok()?,
            csum_offset,
        };
        Some((vnet, head))
    }
}
