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

/// The kernel takes no more messages in one call (UIO_MAXIOV).
const MOST: usize = 1024;

/// No room for another message, or its head is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no room for another message in this sweep")]
pub struct Full;

/// Storage for the messages of one sweep to one interface; lives as long as its worker.
#[derive(Debug)]
pub struct Gather {
    queued: Vec<Queued>,
    heads: Box<[[u8; VNET_LEN + HEAD_LEN]]>,
    pieces: Vec<[libc::iovec; 2]>,
    messages: Vec<libc::mmsghdr>,
}

/// One message: where its body lies.
#[derive(Clone, Copy, Debug)]
struct Queued {
    group: u8,
    head_len: usize,
    body: *const u8,
    body_len: usize,
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
            pieces: Vec::with_capacity(capacity),
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
        self.pieces.clear();
        self.messages.clear();
    }
}

/// The messages of one sweep to one interface. Their bodies are borrowed until it is flushed or dropped.
#[derive(Debug)]
pub struct GatherList<'g, 'f> {
    gather: &'g mut Gather,
    bodies: PhantomData<&'f [u8]>,
}

impl<'f> GatherList<'_, 'f> {
    /// Queues a message: virtio header and head are copied, the body is sent from where it lies.
    /// `group` numbers the received frame that it comes from.
    ///
    /// # Errors
    /// [`Full`] if the storage is used up or `head` is longer than [`HEAD_LEN`].
    pub fn push(
        &mut self,
        group: u8,
        vnet: &[u8; VNET_LEN],
        head: &[u8],
        body: &'f [u8],
    ) -> Result<(), Full> {
        let gather = &mut *self.gather;
        let place = gather.heads.get_mut(gather.queued.len()).ok_or(Full)?;
        let (vnet_place, head_place) = place.split_at_mut(VNET_LEN);
        head_place.get_mut(..head.len()).ok_or(Full)?.copy_from_slice(head);
        vnet_place.copy_from_slice(vnet);
        let head_len = VNET_LEN + head.len();
        gather.queued.push(Queued { group, head_len, body: body.as_ptr(), body_len: body.len() });
        Ok(())
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
    /// rest is lost. A message that is refused for itself is lost alone.
    pub fn flush(&mut self, socket: BorrowedFd<'_>) -> FlushReport {
        let mut report = FlushReport::default();
        if self.is_empty() {
            return report;
        }
        let Gather { queued, heads, pieces, messages } = &mut *self.gather;
        for (queued, head) in queued.iter().zip(heads.iter_mut()) {
            pieces.push([
                libc::iovec { iov_base: head.as_mut_ptr().cast::<c_void>(), iov_len: queued.head_len },
                libc::iovec { iov_base: queued.body.cast_mut().cast::<c_void>(), iov_len: queued.body_len },
            ]);
        }
        for pair in pieces.iter_mut() {
            // SAFETY: all-zero bytes are a valid mmsghdr: null pointers, zero lengths.
            let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
            message.msg_hdr.msg_iovlen = if pair[1].iov_len == 0 { 1 } else { 2 };
            message.msg_hdr.msg_iov = pair.as_mut_ptr();
            messages.push(message);
        }
        let mut retried = false;
        let mut rest = &mut messages[..];
        let mut groups = queued.iter().map(|queued| queued.group);
        while !rest.is_empty() {
            // SAFETY: `rest` are initialised headers, each pointing to one or two iovecs in `pieces`, which does not
            // grow any more; these point into `heads` and to bodies that 'f keeps alive and unmoved. The kernel only
            // reads the bytes, and writes nothing but `msg_len`.
            let sent = unsafe {
                libc::sendmmsg(
                    socket.as_raw_fd(),
                    rest.as_mut_ptr(),
                    u32::try_from(rest.len()).unwrap_or(1),
                    libc::MSG_DONTWAIT,
                )
            };
            let skip = if let Ok(sent @ 1..) = usize::try_from(sent) {
                let sent = sent.min(rest.len());
                report.sent += u32::try_from(sent).unwrap_or(0);
                groups.by_ref().take(sent).for_each(drop);
                sent
            } else {
                let errno = io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO);
                if errno == libc::EINTR {
                    continue;
                }
                let why = Lost::from_errno(errno);
                let hits_all = matches!(why, Lost::NoBuffer | Lost::LinkDown);
                if hits_all && !retried {
                    retried = true;
                    continue;
                }
                let lost = if hits_all { rest.len() } else { 1 };
                groups.by_ref().take(lost).for_each(|group| report.lose(group, why));
                lost
            };
            rest = rest.split_at_mut(skip).1;
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
    /// Messages that the kernel took.
    pub sent: u32,
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
        self.lost_no_buffer += other.lost_no_buffer;
        self.lost_link_down += other.lost_link_down;
        self.lost_too_long += other.lost_too_long;
        self.lost_other += other.lost_other;
        for (mine, theirs) in self.groups.iter_mut().zip(other.groups) {
            *mine |= theirs;
        }
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
        assert_eq!(list.push(0, &[0; VNET_LEN], &[0; HEAD_LEN], b""), Ok(()));
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
