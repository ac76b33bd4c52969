//! Sending: one `sendmmsg` for all the frames of a sweep, straight from where they lie.
#![allow(unsafe_code, reason = "hands pointers to the kernel")]

use super::VNET_LEN;
use super::xdp::XskSender;
use std::ffi::c_void;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Most bytes of a message's head, without the virtio header.
pub const HEAD_LEN: usize = 256;

/// The kernel takes no more messages in one call, and no more pieces in one message (UIO_MAXIOV).
const MOST: usize = 1024;

/// Room for a message's head, the virtio header before it.
type Head = [u8; VNET_LEN + HEAD_LEN];

/// No room for another message, or its head is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no room for another message in this sweep")]
pub struct Full;

/// Storage for the messages of one sweep to one interface; lives as long as its worker.
#[derive(Debug)]
pub struct Gather {
    queued: Vec<Queued>,
    heads: Box<[Head]>,
    runs: Vec<Run>,
    run_heads: Box<[Head]>,
    pieces: Vec<libc::iovec>,
    batch: Vec<Parcel>,
    messages: Vec<libc::mmsghdr>,
}

/// One message: where its body lies.
#[derive(Clone, Copy, Debug)]
struct Queued {
    group: u8,
    head_len: usize,
    body: *const u8,
    body_len: usize,
    part: Part,
}

/// Does a message leave by itself?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Yes.
    Alone,
    /// The run with this number begins with it; the next message of the run.
    First { run: usize, next: usize },
    /// It goes with a run; the next message of it, if any.
    Member { next: Option<usize> },
}

/// Messages that leave as one.
#[derive(Clone, Copy, Debug)]
struct Run {
    kind: u8,
    head_len: usize,
    /// Bytes of each body for which the run's head stands.
    skip: usize,
}

/// What the kernel is given as one message.
#[derive(Clone, Copy, Debug)]
struct Parcel {
    /// The message, or the first of its run.
    first: usize,
    run: Option<usize>,
    messages: u32,
    pieces: usize,
}

// SAFETY: the pointers mean something only while a GatherList borrows the storage, and that list cannot outlive the
// bodies; between lists none of them is used. Nothing else here belongs to a thread.
unsafe impl Send for Gather {}

impl Gather {
    /// Storage for up to `capacity` messages (at most 1024).
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.clamp(1, MOST);
        Self {
            queued: Vec::with_capacity(capacity),
            heads: vec![[0; VNET_LEN + HEAD_LEN]; capacity].into_boxed_slice(),
            runs: Vec::with_capacity(capacity / 2),
            run_heads: vec![[0; VNET_LEN + HEAD_LEN]; capacity / 2].into_boxed_slice(),
            pieces: Vec::with_capacity(2 * capacity),
            batch: Vec::with_capacity(capacity),
            messages: Vec::with_capacity(capacity),
        }
    }

    /// An empty list for one sweep.
    pub fn list<'f>(&mut self) -> GatherList<'_, 'f> {
        self.clear(); // a list that was forgotten instead of dropped has left its pointers here
        GatherList { gather: self, bodies: PhantomData }
    }

    fn clear(&mut self) {
        self.queued.clear();
        self.runs.clear();
        self.pieces.clear();
        self.batch.clear();
        self.messages.clear();
    }

    /// Lays out what is queued as the kernel wants it: pieces, and messages that point to them.
    fn lay_out(&mut self) {
        let Self { queued, heads, runs, run_heads, pieces, batch, messages } = self;
        for (number, (first, head)) in queued.iter().zip(heads.iter_mut()).enumerate() {
            let before = pieces.len();
            let (run, messages) = match first.part {
                Part::Member { .. } => continue,
                Part::Alone => {
                    pieces.extend(first.pieces(head));
                    (None, 1)
                }
                Part::First { run, .. } => {
                    let (Some(joined), Some(head)) = (runs.get(run), run_heads.get_mut(run)) else {
                        continue;
                    };
                    pieces.push(piece_of_head(head, joined.head_len));
                    let mut messages = 0;
                    for (_, member) in members(queued, number) {
                        pieces.push(member.rest(joined.skip));
                        messages += 1;
                    }
                    (Some(run), messages)
                }
            };
            batch.push(Parcel { first: number, run, messages, pieces: pieces.len() - before });
        }
        let mut rest = &mut pieces[..];
        for parcel in batch.iter() {
            let (mine, behind) = rest.split_at_mut(parcel.pieces);
            rest = behind;
            messages.push(message(mine));
        }
    }
}

impl Queued {
    /// Head and body; no second piece for an empty body.
    fn pieces(&self, head: &mut Head) -> impl Iterator<Item = libc::iovec> + use<> {
        let body = (self.body_len > 0).then(|| self.rest(0));
        std::iter::once(piece_of_head(head, self.head_len)).chain(body)
    }

    /// The body without its first bytes.
    fn rest(&self, skip: usize) -> libc::iovec {
        let skip = skip.min(self.body_len);
        let at = self.body.wrapping_add(skip);
        libc::iovec { iov_base: at.cast_mut().cast::<c_void>(), iov_len: self.body_len - skip }
    }
}

fn piece_of_head(head: &mut Head, len: usize) -> libc::iovec {
    libc::iovec { iov_base: head.as_mut_ptr().cast::<c_void>(), iov_len: len.min(head.len()) }
}

/// A message of these pieces, of which it keeps the address.
fn message(pieces: &mut [libc::iovec]) -> libc::mmsghdr {
    // SAFETY: all-zero bytes are a valid mmsghdr: null pointers, zero lengths.
    let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
    message.msg_hdr.msg_iov = pieces.as_mut_ptr();
    message.msg_hdr.msg_iovlen = pieces.len();
    message
}

/// The messages of the run that begins with `first`, with their numbers; of one that leaves alone, itself.
fn members(queued: &[Queued], first: usize) -> impl Iterator<Item = (usize, &Queued)> {
    let mut next = Some(first);
    std::iter::from_fn(move || {
        let number = next?;
        let message = queued.get(number)?;
        next = match message.part {
            Part::Alone => None,
            Part::First { next, .. } => Some(next),
            Part::Member { next } => next,
        };
        Some((number, message))
    })
}

/// The messages of one sweep to one interface. Their bodies are borrowed until it is flushed or dropped.
#[derive(Debug)]
pub struct GatherList<'g, 'f> {
    gather: &'g mut Gather,
    bodies: PhantomData<&'f [u8]>,
}

impl<'f> GatherList<'_, 'f> {
    /// Queues a message: virtio header and head are copied, the body is sent from where it lies.
    /// `group` numbers the received frame that it comes from. Returns the message's number in this list.
    ///
    /// # Errors
    /// [`Full`] if the storage is used up or `head` is longer than [`HEAD_LEN`].
    pub fn push(
        &mut self,
        group: u8,
        vnet: &[u8; VNET_LEN],
        head: &[u8],
        body: &'f [u8],
    ) -> Result<usize, Full> {
        let gather = &mut *self.gather;
        let number = gather.queued.len();
        let place = gather.heads.get_mut(number).ok_or(Full)?;
        let head_len = fill(place, vnet, head)?;
        let (body, body_len, part) = (body.as_ptr(), body.len(), Part::Alone);
        gather.queued.push(Queued { group, head_len, body, body_len, part });
        Ok(number)
    }

    /// Has several messages leave as one: this head, then of each body what follows its first `skip` bytes. They leave
    /// where the first of them stood. What is no message, does not come behind the one before, or is joined already is
    /// left out and leaves by itself. Should the kernel refuse the joint message, each of them is sent as it was pushed,
    /// and the report names `kind` (below 8).
    ///
    /// # Errors
    /// [`Full`] if there are fewer than two, no room is left, or `head` is longer than [`HEAD_LEN`]: nothing is joined.
    pub fn join(
        &mut self,
        members: impl IntoIterator<Item = usize>,
        skip: usize,
        kind: u8,
        vnet: &[u8; VNET_LEN],
        head: &[u8],
    ) -> Result<(), Full> {
        let Gather { queued, runs, run_heads, .. } = &mut *self.gather;
        let run = runs.len();
        let head_len = fill(run_heads.get_mut(run).ok_or(Full)?, vnet, head)?;
        let mut first = None;
        let mut last: Option<usize> = None;
        for number in members {
            let is_behind = last.is_none_or(|last| last < number);
            let is_free = queued.get(number).is_some_and(|message| message.part == Part::Alone);
            if !is_behind || !is_free {
                continue;
            }
            if let Some(before) = last.and_then(|last| queued.get_mut(last)) {
                before.part = match last == first {
                    true => Part::First { run, next: number },
                    false => Part::Member { next: Some(number) },
                };
            }
            first = first.or(Some(number));
            last = Some(number);
        }
        if last == first {
            return Err(Full);
        }
        if let Some(last) = last.and_then(|last| queued.get_mut(last)) {
            last.part = Part::Member { next: None };
        }
        runs.push(Run { kind: kind & 7, head_len, skip });
        Ok(())
    }

    /// The head of a message as it was pushed, without the virtio header.
    pub fn head(&self, number: usize) -> Option<&[u8]> {
        let message = self.gather.queued.get(number)?;
        self.gather.heads.get(number)?.get(VNET_LEN..message.head_len)
    }

    /// The body of a message as it was pushed.
    pub fn body(&self, number: usize) -> Option<&'f [u8]> {
        let message = self.gather.queued.get(number)?;
        // SAFETY: pointer and length are those of a `&'f [u8]` that was pushed to this very list: a new one begins empty.
        Some(unsafe { std::slice::from_raw_parts(message.body, message.body_len) })
    }

    /// What the kernel would be given, without giving it: every message with its virtio header.
    #[cfg(test)]
    pub(crate) fn laid_out(&mut self) -> Vec<Vec<u8>> {
        self.gather.lay_out();
        let pieces = |message: &libc::mmsghdr| {
            // SAFETY: as in `flush`: they lie in `pieces`, and there are so many.
            let pieces =
                unsafe { std::slice::from_raw_parts(message.msg_hdr.msg_iov, message.msg_hdr.msg_iovlen) };
            let bytes = pieces.iter().map(|piece| {
                // SAFETY: as in `flush`: they point into the heads, and to bodies that are alive.
                unsafe { std::slice::from_raw_parts(piece.iov_base.cast::<u8>().cast_const(), piece.iov_len) }
            });
            bytes.collect::<Vec<_>>().concat()
        };
        self.gather.messages.iter().map(pieces).collect()
    }

    /// Number of messages queued.
    pub fn len(&self) -> usize {
        self.gather.queued.len()
    }

    /// True if no message is queued.
    pub fn is_empty(&self) -> bool {
        self.gather.queued.is_empty()
    }

    /// What is queued.
    pub(super) fn messages(&self) -> impl Iterator<Item = Message<'_>> {
        self.gather.queued.iter().zip(&self.gather.heads).map(|(queued, head)| Message { queued, head })
    }

    /// Sends what is queued by AF_XDP where that carries it, else as [`flush`](Self::flush) does. The list is empty
    /// afterwards.
    pub fn flush_by(&mut self, express: &mut XskSender, socket: BorrowedFd<'_>) -> FlushReport {
        if self.is_empty() || !express.carries(self) {
            return self.flush(socket);
        }
        let report = express.send(self);
        self.gather.clear();
        report
    }

    /// Sends what is queued, in as few system calls as possible, and never waits. The list is empty afterwards.
    ///
    /// A lack of buffers or a downed link is retried once (a pending error of the past may have spoken), then all the
    /// rest is lost. A message that is refused for itself is lost alone; of messages that were joined, each is tried by
    /// itself before.
    pub fn flush(&mut self, socket: BorrowedFd<'_>) -> FlushReport {
        let mut report = FlushReport::default();
        if self.is_empty() {
            return report;
        }
        self.gather.lay_out();
        let Gather { queued, heads, runs, batch, messages, .. } = &mut *self.gather;
        let mut retried = false;
        let (mut rest, mut parcels) = (&mut messages[..], &batch[..]);
        while let Some((parcel, behind)) = parcels.split_first() {
            // SAFETY: `rest` are initialised headers whose iovecs lie in `pieces`, which does not grow any more; these
            // point into `heads` and `run_heads`, and to bodies that 'f keeps alive and unmoved.
            let why = match unsafe { send(socket, rest) } {
                Ok(sent) => {
                    let (gone, left) = parcels.split_at(sent.clamp(1, parcels.len()));
                    gone.iter().for_each(|parcel| report.send(parcel));
                    rest = rest.split_at_mut(gone.len()).1;
                    parcels = left;
                    continue;
                }
                Err(why) => why,
            };
            if why.hits_all() && !retried {
                retried = true;
                continue;
            }
            let stop = if let Some(run) = parcel.run.and_then(|run| runs.get(run)) {
                if !why.hits_all() {
                    report.runs_refused += 1;
                    report.kinds_refused |= 1 << run.kind;
                }
                send_apart(socket, queued, heads, parcel.first, &mut report)
            } else {
                queued.get(parcel.first).iter().for_each(|message| report.lose(message.group, why));
                why.hits_all().then_some(why)
            };
            if let Some(why) = stop {
                let lost = behind.iter().flat_map(|parcel| members(queued, parcel.first));
                lost.for_each(|(_, message)| report.lose(message.group, why));
                break;
            }
            rest = rest.split_at_mut(1).1;
            parcels = behind;
        }
        self.gather.clear();
        report
    }
}

/// One queued message, as long as its list.
pub(super) struct Message<'l> {
    queued: &'l Queued,
    head: &'l [u8; VNET_LEN + HEAD_LEN],
}

impl<'l> Message<'l> {
    /// Number of the received frame that it comes from.
    pub(super) const fn group(&self) -> u8 {
        self.queued.group
    }

    /// True if its virtio header leaves the kernel nothing to do.
    pub(super) fn is_plain(&self) -> bool {
        const NEEDS_CSUM: u8 = 1;
        self.head.first().is_some_and(|flags| flags & NEEDS_CSUM == 0)
            && self.head.get(1).is_some_and(|gso_type| *gso_type == 0)
    }

    /// The frame's bytes, in pieces.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &'l [u8]> {
        let head = self.head.get(VNET_LEN..self.queued.head_len).unwrap_or_default();
        // SAFETY: the body was lent to the list for 'f, which the list, and so 'l, does not outlive; nobody writes to it
        // meanwhile.
        let body = unsafe { std::slice::from_raw_parts(self.queued.body, self.queued.body_len) };
        [head, body].into_iter()
    }
}

impl Drop for GatherList<'_, '_> {
    fn drop(&mut self) {
        self.gather.clear();
    }
}

/// Copies a virtio header and a head to their place; returns their length.
fn fill(place: &mut Head, vnet: &[u8; VNET_LEN], head: &[u8]) -> Result<usize, Full> {
    let (vnet_place, head_place) = place.split_at_mut(VNET_LEN);
    head_place.get_mut(..head.len()).ok_or(Full)?.copy_from_slice(head);
    vnet_place.copy_from_slice(vnet);
    Ok(VNET_LEN + head.len())
}

/// Gives messages to the kernel without waiting; returns how many it took. The error is about the first.
///
/// # Safety
/// Each message points to iovecs, and these to bytes, that live and stay where they are until this returns. The kernel
/// only reads the bytes, and writes nothing but `msg_len`.
unsafe fn send(socket: BorrowedFd<'_>, messages: &mut [libc::mmsghdr]) -> Result<usize, Lost> {
    let count = u32::try_from(messages.len()).unwrap_or(1);
    loop {
        // SAFETY: a live slice and its true length; for the rest the caller vouches.
        let sent =
            unsafe { libc::sendmmsg(socket.as_raw_fd(), messages.as_mut_ptr(), count, libc::MSG_DONTWAIT) };
        if let Ok(sent @ 1..) = usize::try_from(sent) {
            return Ok(sent);
        }
        match io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO) {
            libc::EINTR => {}
            errno => return Err(Lost::from_errno(errno)),
        }
    }
}

/// Sends the messages of a run one by one, as they were pushed. If one is lost for a reason that hits all, so are those
/// behind it, and the answer is that reason.
fn send_apart(
    socket: BorrowedFd<'_>,
    queued: &[Queued],
    heads: &mut [Head],
    first: usize,
    report: &mut FlushReport,
) -> Option<Lost> {
    let mut stop = None;
    for (number, queued) in members(queued, first) {
        if let Some(why) = stop {
            report.lose(queued.group, why);
            continue;
        }
        let Some(head) = heads.get_mut(number) else { continue };
        let mut pieces = [piece_of_head(head, queued.head_len), queued.rest(0)];
        // SAFETY: the iovecs are `pieces`, which outlives the call; they point into `heads` and to a body that is alive
        // for as long as the list that `queued` belongs to.
        match unsafe { send(socket, &mut [message(&mut pieces)]) } {
            Ok(_) => report.sent += 1,
            Err(why) => {
                report.lose(queued.group, why);
                stop = why.hits_all().then_some(why);
            }
        }
    }
    stop
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// No buffer: the device or its queue is full.
    NoBuffer,
    /// The link is down or gone.
    LinkDown,
    /// Longer than the device allows.
    TooLong,
    /// Anything else: most often a virtio header that does not fit its frame.
    Other,
}

impl Lost {
    /// What is sent next will fare no better.
    const fn hits_all(self) -> bool {
        matches!(self, Self::NoBuffer | Self::LinkDown)
    }

    fn from_errno(errno: i32) -> Self {
        match errno {
            libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM => Self::NoBuffer,
            libc::ENETDOWN | libc::ENXIO | libc::ENODEV => Self::LinkDown,
            libc::EMSGSIZE => Self::TooLong,
            _ => Self::Other,
        }
    }
}

/// What became of the messages of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FlushReport {
    /// Messages that the kernel took, each by itself or joined to others.
    pub sent: u32,
    /// Of these, messages that left joined to others.
    pub joined: u32,
    /// Joint messages that the kernel refused for themselves; what they were joined from was sent one by one.
    pub runs_refused: u32,
    /// The kinds of these: bit n for kind n.
    pub kinds_refused: u8,
    /// Messages lost for lack of buffers.
    pub lost_no_buffer: u32,
    /// Messages lost because the link is down or gone.
    pub lost_link_down: u32,
    /// Messages lost because they are longer than the device allows.
    pub lost_too_long: u32,
    /// Messages lost for other reasons.
    pub lost_other: u32,
    groups: [u64; 4],
}

impl FlushReport {
    /// Messages lost for whatever reason.
    pub const fn lost(&self) -> u32 {
        self.lost_no_buffer + self.lost_link_down + self.lost_too_long + self.lost_other
    }

    /// Received frames of which at least one message was lost.
    pub fn groups_hit(&self) -> u32 {
        self.groups.iter().map(|word| word.count_ones()).sum()
    }

    /// True if at least one message of the received frame with this number was lost.
    pub fn hit(&self, group: u8) -> bool {
        self.groups.get(usize::from(group / 64)).is_some_and(|word| word & (1 << (group % 64)) != 0)
    }

    /// Adds the report on the same sweep's messages to another interface.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.joined += other.joined;
        self.runs_refused += other.runs_refused;
        self.kinds_refused |= other.kinds_refused;
        self.lost_no_buffer += other.lost_no_buffer;
        self.lost_link_down += other.lost_link_down;
        self.lost_too_long += other.lost_too_long;
        self.lost_other += other.lost_other;
        for (mine, theirs) in self.groups.iter_mut().zip(other.groups) {
            *mine |= theirs;
        }
    }

    fn send(&mut self, parcel: &Parcel) {
        self.sent += parcel.messages;
        self.joined += if parcel.run.is_some() { parcel.messages } else { 0 };
    }

    pub(super) fn lose(&mut self, group: u8, why: Lost) {
        match why {
            Lost::NoBuffer => self.lost_no_buffer += 1,
            Lost::LinkDown => self.lost_link_down += 1,
            Lost::TooLong => self.lost_too_long += 1,
            Lost::Other => self.lost_other += 1,
        }
        if let Some(word) = self.groups.get_mut(usize::from(group / 64)) {
            *word |= 1 << (group % 64);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixDatagram;

    fn pair() -> (UnixDatagram, UnixDatagram) {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        (ours, theirs)
    }

    #[test]
    fn pieces_arrive_joined_and_in_order() {
        let (ours, theirs) = pair();
        let mut gather = Gather::new(64);
        let body = *b"payload";
        for round in 0..3u8 {
            let mut list = gather.list();
            list.push(0, &[round; VNET_LEN], b"head-", &body).unwrap();
            list.push(1, &[9; VNET_LEN], b"alone", b"").unwrap();
            let report = list.flush(ours.as_fd());
            assert_eq!((report.sent, report.lost(), report.groups_hit()), (2, 0, 0));
            let mut got = [0; 64];
            let len = theirs.recv(&mut got).unwrap();
            assert_eq!(&got[..VNET_LEN], &[round; VNET_LEN]);
            assert_eq!(&got[VNET_LEN..len], b"head-payload");
            let len = theirs.recv(&mut got).unwrap();
            assert_eq!(&got[VNET_LEN..len], b"alone");
        }
    }

    #[test]
    fn a_message_too_long_is_lost_alone() {
        let (ours, theirs) = pair();
        let mut gather = Gather::new(8);
        let huge = vec![0; 16 << 20];
        let mut list = gather.list();
        list.push(0, &[0; VNET_LEN], b"a", b"1").unwrap();
        list.push(1, &[0; VNET_LEN], b"b", &huge).unwrap();
        list.push(1, &[0; VNET_LEN], b"c", &huge).unwrap();
        list.push(2, &[0; VNET_LEN], b"d", b"4").unwrap();
        let report = list.flush(ours.as_fd());
        assert_eq!((report.sent, report.lost_too_long, report.lost(), report.groups_hit()), (2, 2, 2, 1));
        let mut got = [0; 64];
        assert_eq!(theirs.recv(&mut got).unwrap(), VNET_LEN + 2);
        assert_eq!(theirs.recv(&mut got).unwrap(), VNET_LEN + 2);
        assert_eq!(&got[VNET_LEN..VNET_LEN + 2], b"d4");
        assert!(theirs.recv(&mut got).is_err());
    }

    const KIND: u8 = 5;

    /// Heads `a`, `b`, … and bodies that begin with `-`, in groups 0, 1, ….
    fn list_of<'g, 'f>(gather: &'g mut Gather, bodies: &'f [Vec<u8>]) -> GatherList<'g, 'f> {
        let mut list = gather.list();
        for (number, body) in (0u8..).zip(bodies) {
            let head = [b'a' + number];
            assert_eq!(list.push(number, &[number; VNET_LEN], &head, body), Ok(usize::from(number)));
            assert_eq!(list.head(number.into()), Some(&head[..]));
            assert_eq!(list.body(number.into()), Some(&body[..]));
        }
        list
    }

    fn bodies<const N: usize>(of: [&str; N]) -> Vec<Vec<u8>> {
        of.iter().map(|text| text.as_bytes().to_vec()).collect()
    }

    #[test]
    fn joined_messages_leave_as_one_where_the_first_stood() {
        let (ours, theirs) = pair();
        let mut gather = Gather::new(8);
        let bodies = bodies(["-0", "-1", "-2", "-3", "-4", "-5"]);
        let mut list = list_of(&mut gather, &bodies);
        list.join([1, 3, 4], 1, KIND, &[9; VNET_LEN], b"J").unwrap();
        list.join([2, 5], 1, KIND, &[8; VNET_LEN], b"K").unwrap();
        let report = list.flush(ours.as_fd());
        assert_eq!((report.sent, report.joined, report.runs_refused, report.lost()), (6, 5, 0, 0));
        let mut got = [0; 64];
        for expected in [&b"a-0"[..], b"J134", b"K25"] {
            let len = theirs.recv(&mut got).unwrap();
            assert_eq!(&got[VNET_LEN..len], expected);
        }
        assert!(theirs.recv(&mut got).is_err());
    }

    #[test]
    fn only_what_can_be_is_joined() {
        let mut gather = Gather::new(8);
        let bodies = bodies(["-0", "-1", "-2", "-3", "-4", ""]);
        let mut list = list_of(&mut gather, &bodies);
        let vnet = [9; VNET_LEN];
        assert_eq!(list.join([0], 1, KIND, &vnet, b"J"), Err(Full), "one alone");
        assert_eq!(list.join([4, 4, 3, 99], 1, KIND, &vnet, b"J"), Err(Full), "nothing behind it");
        assert_eq!(list.join([0, 1], 1, KIND, &vnet, &[0; HEAD_LEN + 1]), Err(Full));
        assert_eq!(list.join([1, 1, 3, 2, 77, 5], 1, KIND, &vnet, b"J"), Ok(()));
        assert_eq!(list.join([0, 1, 3, 4], 9, KIND, &vnet, b"K"), Ok(()), "without 1 and 3, no body left");
        let texts: Vec<Vec<u8>> = list.laid_out().iter().map(|one| one[VNET_LEN..].to_vec()).collect();
        assert_eq!(texts, [&b"K"[..], b"J13", b"c-2"]);
    }

    /// What is too long with one of them is not too long without it.
    #[test]
    fn what_is_refused_joined_is_sent_apart_in_its_order() {
        let (ours, theirs) = pair();
        let mut gather = Gather::new(8);
        let mut bodies = bodies(["-0", "-1", "-2", "-3", "-4", "-5"]);
        bodies[3].resize(16 << 20, 0);
        let mut list = list_of(&mut gather, &bodies);
        list.join([0, 2, 3, 4], 1, KIND, &[9; VNET_LEN], b"J").unwrap();
        let report = list.flush(ours.as_fd());
        assert_eq!((report.runs_refused, report.kinds_refused, report.joined), (1, 1 << KIND, 0));
        assert_eq!((report.sent, report.lost_too_long, report.lost()), (5, 1, 1));
        assert!(report.hit(3) && report.groups_hit() == 1, "the one too long by itself");
        let mut got = [0; 64];
        for (number, expected) in [(0, "a-0"), (2, "c-2"), (4, "e-4"), (1, "b-1"), (5, "f-5")] {
            let len = theirs.recv(&mut got).unwrap();
            assert_eq!(got[..VNET_LEN], [number; VNET_LEN]);
            assert_eq!(&got[VNET_LEN..len], expected.as_bytes());
        }
    }

    /// The kernel takes 1024 pieces in a message at most; and of those sent apart the queue holds a few.
    #[test]
    fn a_run_that_is_sent_apart_may_meet_a_full_queue() {
        let (ours, theirs) = pair();
        let mut gather = Gather::new(1024);
        let mut list = gather.list();
        for index in 0..1024u32 {
            list.push((index / 4) as u8, &[0; VNET_LEN], b"x", b"y").unwrap();
        }
        list.join(0..1024, 0, KIND, &[9; VNET_LEN], b"J").unwrap();
        let report = list.flush(ours.as_fd());
        assert!(report.sent > 0 && report.lost_no_buffer > 0 && report.runs_refused == 1);
        assert_eq!(report.sent + report.lost(), 1024);
        let mut arrived = 0;
        while theirs.recv(&mut [0; 64]).is_ok() {
            arrived += 1;
        }
        assert_eq!(arrived, report.sent);
    }

    #[test]
    fn on_a_dead_link_all_of_a_run_are_lost() {
        let (ours, theirs) = pair();
        drop(theirs);
        let mut gather = Gather::new(8);
        let bodies = bodies(["-0", "-1", "-2"]);
        let mut list = list_of(&mut gather, &bodies);
        list.join([0, 2], 1, KIND, &[9; VNET_LEN], b"J").unwrap();
        let report = list.flush(ours.as_fd());
        assert_eq!((report.sent, report.lost(), report.groups_hit()), (0, 3, 3));
    }

    #[test]
    fn a_full_queue_loses_the_rest_and_wedges_nothing() {
        let (ours, theirs) = pair();
        let mut gather = Gather::new(1024);
        let mut list = gather.list();
        for index in 0..1024u32 {
            list.push((index / 4) as u8, &[0; VNET_LEN], b"x", b"y").unwrap();
        }
        assert_eq!(list.push(0, &[0; VNET_LEN], b"x", b"y"), Err(Full));
        let report = list.flush(ours.as_fd());
        assert!(report.sent > 0 && report.lost_no_buffer > 0);
        assert_eq!(report.sent + report.lost(), 1024);
        assert_eq!(report.groups_hit(), 256 - report.sent / 4);
        let mut got = [0; 64];
        let mut arrived = 0;
        while theirs.recv(&mut got).is_ok() {
            arrived += 1;
        }
        assert_eq!(arrived, report.sent);
        assert!(list.is_empty(), "a flushed list takes messages again");
        list.push(0, &[0; VNET_LEN], b"x", b"y").unwrap();
        assert_eq!(list.flush(ours.as_fd()).sent, 1);
    }

    #[test]
    fn a_head_too_long_is_refused() {
        let mut gather = Gather::new(2);
        let mut list = gather.list();
        assert_eq!(list.push(0, &[0; VNET_LEN], &[0; HEAD_LEN + 1], b""), Err(Full));
        assert_eq!(list.push(0, &[0; VNET_LEN], &[0; HEAD_LEN], b""), Ok(0));
        assert_eq!(list.len(), 1);
    }

    #[test]
    fn a_forgotten_list_leaves_nothing_to_send() {
        let (ours, theirs) = pair();
        let mut gather = Gather::new(2);
        {
            let body = vec![1, 2, 3];
            let mut list = gather.list();
            list.push(0, &[0; VNET_LEN], b"", &body).unwrap();
            std::mem::forget(list);
        }
        assert_eq!(gather.list().flush(ours.as_fd()), FlushReport::default());
        assert!(theirs.recv(&mut [0; 64]).is_err());
    }

    #[test]
    fn reports_of_two_interfaces_count_a_frame_once() {
        let mut one = FlushReport::default();
        one.lose(200, Lost::LinkDown);
        let mut two = FlushReport::default();
        two.lose(200, Lost::NoBuffer);
        two.lose(3, Lost::Other);
        one.add(&two);
        assert_eq!((one.lost(), one.groups_hit()), (3, 2));
    }
}
