//! One AF_XDP socket on one queue of one interface: opened here, then used by halves.
#![allow(unsafe_code, reason = "AF_XDP sockets have no safe wrapper")]

use super::chunks::Chunks;
use super::memory::Mapping;
use super::queue::{Consumer, Entry, Producer, Shape};
use super::{XdpError, XskReceiver, XskSender};
use std::ffi::c_int;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::Arc;

/// Entries of the rings for receiving, and chunks: as many as a packet ring of 4 MiB has slots.
const RECEIVE: u32 = 2048;
/// The same for sending: several sweeps.
const SEND: u32 = 1024;
/// Bytes of send buffer to ask for: frames on their way in the kernel.
const SEND_BUFFER: c_int = 8 << 20;
/// Option: frames that one call to send may take (Linux 6.17; before, and without it, 32).
const XDP_MAX_TX_SKB_BUDGET: c_int = 9;
const TOO_OLD: &str = "this kernel or sandbox does not know it; Linux 5.9 or later is needed";
const MEMORY: &str = "too little memory, or too little of it may be locked (ulimit -l)";

/// A bound socket, as both halves have it. Closed when the second of them is dropped.
#[derive(Clone, Debug)]
pub(super) struct Socket(Arc<OwnedFd>);

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Opens a socket on a queue of an interface, in copy mode, over memory of its own in chunks of `chunk_len` bytes (2048
/// or 4096). All chunks for receiving are with the kernel at once; frames come when the program leads them here.
///
/// # Errors
/// [`XdpError::Socket`].
pub fn open(ifindex: u32, queue: u32, chunk_len: usize) -> Result<(XskReceiver, XskSender), XdpError> {
    let receive_len = RECEIVE as usize * chunk_len;
    let send_len = SEND as usize * chunk_len;
    let memory = Mapping::anonymous(receive_len + send_len).map_err(|source| XdpError::Socket {
        part: "memory for frames",
        source,
        remedy: MEMORY,
    })?;
    let memory = Arc::new(memory);
    // SAFETY: takes no pointers.
    let fd = unsafe { libc::socket(libc::AF_XDP, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return Err(failed("socket", TOO_OLD));
    }
    // SAFETY: a descriptor that the kernel has just made for us; nobody else owns it.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let region = libc::xdp_umem_reg {
        addr: memory.start() as u64,
        len: memory.len() as u64,
        chunk_size: u32::try_from(chunk_len).unwrap_or(0),
        headroom: 0,
        flags: 0,
        tx_metadata_len: 0,
    };
    set(&fd, libc::SOL_XDP, libc::XDP_UMEM_REG, &region, "XDP_UMEM_REG", MEMORY)?;
    for (option, name, size) in [
        (libc::XDP_UMEM_FILL_RING, "XDP_UMEM_FILL_RING", RECEIVE),
        (libc::XDP_UMEM_COMPLETION_RING, "XDP_UMEM_COMPLETION_RING", SEND),
        (libc::XDP_RX_RING, "XDP_RX_RING", RECEIVE),
        (libc::XDP_TX_RING, "XDP_TX_RING", SEND),
    ] {
        set(&fd, libc::SOL_XDP, option, &size, name, MEMORY)?;
    }
    // Where there is none, a sweep takes two calls.
    let _ = set(&fd, libc::SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &SEND, "", "");
    if set(&fd, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, &SEND_BUFFER, "", "").is_err() {
        set(&fd, libc::SOL_SOCKET, libc::SO_SNDBUF, &SEND_BUFFER, "SO_SNDBUF", "a sandbox may forbid it")?;
    }
    let offsets = offsets(&fd)?;
    let fill_at = libc::XDP_UMEM_PGOFF_FILL_RING.cast_signed();
    let completion_at = libc::XDP_UMEM_PGOFF_COMPLETION_RING.cast_signed();
    let ready = consumer(&fd, &offsets.rx, RECEIVE, libc::XDP_PGOFF_RX_RING)?;
    let fill = producer(&fd, &offsets.fr, RECEIVE, fill_at)?;
    let transmit = producer(&fd, &offsets.tx, SEND, libc::XDP_PGOFF_TX_RING)?;
    let completion = consumer(&fd, &offsets.cr, SEND, completion_at)?;
    bind(&fd, ifindex, queue)?;
    let socket = Socket(Arc::new(fd));
    let received = Chunks::new(0, RECEIVE as usize, chunk_len);
    let sent = Chunks::new(receive_len, SEND as usize, chunk_len);
    Ok((
        XskReceiver::new(socket.clone(), memory.clone(), received, ready, fill),
        XskSender::new(socket, memory, sent, transmit, completion),
    ))
}

fn bind(fd: &OwnedFd, ifindex: u32, queue: u32) -> Result<(), XdpError> {
    let address = libc::sockaddr_xdp {
        sxdp_family: libc::AF_XDP as u16,
        sxdp_flags: libc::XDP_COPY | libc::XDP_USE_NEED_WAKEUP,
        sxdp_ifindex: ifindex,
        sxdp_queue_id: queue,
        sxdp_shared_umem_fd: 0,
    };
    let len = size_of_val(&address) as libc::socklen_t;
    // SAFETY: a live sockaddr_xdp and its true length.
    let answer = unsafe { libc::bind(fd.as_raw_fd(), (&raw const address).cast(), len) };
    if answer == 0 {
        return Ok(());
    }
    Err(failed("bind", "the queue may be another program's, or the interface down or gone"))
}

impl Socket {
    #[cfg(test)]
    pub(super) fn play(fd: OwnedFd) -> Self {
        Self(Arc::new(fd))
    }

    /// Has the kernel send what the transmit ring holds; some of it at least, or it says why not.
    pub(super) fn kick(&self) -> io::Result<()> {
        let (fd, nothing) = (self.0.as_raw_fd(), std::ptr::null::<u8>());
        // SAFETY: no bytes are passed, and no address.
        let answer = unsafe { libc::sendto(fd, nothing.cast(), 0, libc::MSG_DONTWAIT, std::ptr::null(), 0) };
        if answer >= 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Frames that were led here and lost so far: no chunk was free, or the receive ring was full.
    pub(super) fn drops(&self) -> u64 {
        // SAFETY: all-zero bytes are valid counters.
        let mut counted: libc::xdp_statistics = unsafe { std::mem::zeroed() };
        match ask(&self.0, libc::XDP_STATISTICS, &mut counted) {
            Ok(()) => counted.rx_dropped.saturating_add(counted.rx_ring_full),
            Err(_) => 0,
        }
    }
}

fn offsets(fd: &OwnedFd) -> Result<libc::xdp_mmap_offsets, XdpError> {
    // SAFETY: all-zero bytes are valid offsets.
    let mut offsets: libc::xdp_mmap_offsets = unsafe { std::mem::zeroed() };
    ask(fd, libc::XDP_MMAP_OFFSETS, &mut offsets).map_err(|source| XdpError::Socket {
        part: "XDP_MMAP_OFFSETS",
        source,
        remedy: TOO_OLD,
    })?;
    Ok(offsets)
}

fn shape(offset: &libc::xdp_ring_offset, size: u32) -> Shape {
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    Shape { producer: at(offset.producer), consumer: at(offset.consumer), entries: at(offset.desc), size }
}

fn map<T>(fd: &OwnedFd, shape: Shape, offset: libc::off_t) -> Result<Mapping, XdpError> {
    let len = shape.entries.saturating_add(shape.size as usize * size_of::<T>());
    Mapping::of_socket(fd.as_fd(), len, offset).map_err(|source| XdpError::Socket {
        part: "mapping a ring",
        source,
        remedy: MEMORY,
    })
}

fn producer<T: Entry>(
    fd: &OwnedFd,
    offset: &libc::xdp_ring_offset,
    size: u32,
    at: libc::off_t,
) -> Result<Producer<T>, XdpError> {
    let shape = shape(offset, size);
    Producer::new(map::<T>(fd, shape, at)?, shape).ok_or_else(misshapen)
}

fn consumer<T: Entry>(
    fd: &OwnedFd,
    offset: &libc::xdp_ring_offset,
    size: u32,
    at: libc::off_t,
) -> Result<Consumer<T>, XdpError> {
    let shape = shape(offset, size);
    Consumer::new(map::<T>(fd, shape, at)?, shape).ok_or_else(misshapen)
}

fn misshapen() -> XdpError {
    let source = io::Error::from(io::ErrorKind::InvalidData);
    XdpError::Socket { part: "a ring's shape", source, remedy: "this kernel's rings are laid out otherwise" }
}

fn failed(part: &'static str, remedy: &'static str) -> XdpError {
    XdpError::Socket { part, source: io::Error::last_os_error(), remedy }
}

fn set<T: Copy>(
    fd: &OwnedFd,
    level: c_int,
    option: c_int,
    value: &T,
    part: &'static str,
    remedy: &'static str,
) -> Result<(), XdpError> {
    let len = size_of::<T>() as libc::socklen_t;
    // SAFETY: a live value and its true length; the kernel only reads it.
    let answer = unsafe { libc::setsockopt(fd.as_raw_fd(), level, option, (&raw const *value).cast(), len) };
    if answer == 0 { Ok(()) } else { Err(failed(part, remedy)) }
}

/// `T` must be plain integers, so that whatever the kernel writes is a valid value: used for two types above.
fn ask<T: Copy>(fd: &OwnedFd, option: c_int, value: &mut T) -> io::Result<()> {
    let mut len = size_of::<T>() as libc::socklen_t;
    // SAFETY: a live value of plain integers and its true length, which the kernel does not exceed.
    let answer = unsafe {
        libc::getsockopt(fd.as_raw_fd(), libc::SOL_XDP, option, (&raw mut *value).cast(), &raw mut len)
    };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
