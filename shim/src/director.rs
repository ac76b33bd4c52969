//! Connections to the director, and how one is told from other descriptors.

use crate::next;
use libc::{c_int, c_void, sockaddr, sockaddr_un, socklen_t};
use std::ffi::OsString;
use std::mem::{offset_of, size_of};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the control socket is, if the environment does not say; `ulvs exec` always says.
const DEFAULT_SOCKET: &str = "/run/ulvs.sock";
/// Our connections' own names begin with this, behind the zero byte of an abstract name.
const MARK: &[u8] = b"\0ulvs/genl/";
/// Names that are tried before a connection is given up.
const ATTEMPTS: u32 = 100;

/// The path of the director's netlink socket.
fn path() -> Vec<u8> {
    let named = std::env::var_os("ULVS_SOCKET").filter(|path| !path.is_empty());
    let mut path = named.unwrap_or_else(|| OsString::from(DEFAULT_SOCKET)).into_vec();
    path.extend_from_slice(b".genl");
    path
}

/// A unix address, with its length; `None` if it is too long for one.
fn address(name: &[u8]) -> Option<(sockaddr_un, socklen_t)> {
    let mut address = sockaddr_un { sun_family: libc::AF_UNIX as libc::sa_family_t, sun_path: [0; 108] };
    // A path needs its final zero byte.
    if name.len() >= address.sun_path.len() {
        return None;
    }
    for (place, byte) in address.sun_path.iter_mut().zip(name) {
        *place = byte.cast_signed();
    }
    let is_abstract = name.first() == Some(&0);
    let length = offset_of!(sockaddr_un, sun_path) + name.len() + usize::from(!is_abstract);
    Some((address, socklen_t::try_from(length).ok()?))
}

/// Connects to the director. `flags`: those of a socket's type (close-on-exec, non-blocking).
///
/// # Errors
/// The errno.
pub(crate) fn connect(flags: c_int) -> Result<OwnedFd, c_int> {
    let error = || std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EPROTONOSUPPORT);
    let (there, there_len) = address(&path()).ok_or(libc::ENAMETOOLONG)?;
    // Waiting a moment for a director that is busy is better than EAGAIN, so non-blocking comes later.
    let kind = libc::SOCK_SEQPACKET | (flags & libc::SOCK_CLOEXEC);
    // SAFETY: no pointers.
    let fd = unsafe { next::socket()(libc::AF_UNIX, kind, 0) };
    if fd < 0 {
        return Err(error());
    }
    // SAFETY: the descriptor has just been made and belongs to nobody else.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    mark(&fd)?;
    // SAFETY: the address lives on the stack and is as long as said.
    let connected =
        unsafe { next::connect()(fd.as_raw_fd(), (&raw const there).cast::<sockaddr>(), there_len) };
    if connected < 0 {
        return Err(error());
    }
    if flags & libc::SOCK_NONBLOCK != 0 {
        // SAFETY: no pointers.
        let set = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
        if set < 0 {
            return Err(error());
        }
    }
    Ok(fd)
}

/// Gives our end a name by which [`is_ours`] knows it. It is a descriptor's, not a process's: whoever inherits the
/// descriptor, by fork or otherwise, inherits the name.
fn mark(fd: &OwnedFd) -> Result<(), c_int> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    for _ in 0..ATTEMPTS {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut name = MARK.to_vec();
        name.extend_from_slice(format!("{}/{number}", std::process::id()).as_bytes());
        let (own, own_len) = address(&name).ok_or(libc::ENAMETOOLONG)?;
        // SAFETY: the address lives on the stack and is as long as said.
        let bound = unsafe { next::bind()(fd.as_raw_fd(), (&raw const own).cast::<sockaddr>(), own_len) };
        if bound == 0 {
            return Ok(());
        }
        // Another process by this number may have this name: process ids are not unique among containers.
        let error = std::io::Error::last_os_error().raw_os_error();
        if error != Some(libc::EADDRINUSE) {
            return Err(error.unwrap_or(libc::EPROTONOSUPPORT));
        }
    }
    Err(libc::EADDRINUSE)
}

/// Is this descriptor one of [`connect`]'s? Leaves `errno` alone.
pub(crate) fn is_ours(fd: c_int) -> bool {
    let mut own = sockaddr_un { sun_family: 0, sun_path: [0; 108] };
    let mut length = size_of::<sockaddr_un>() as socklen_t;
    // SAFETY: errno's place is this thread's.
    let errno = unsafe { *libc::__errno_location() };
    // SAFETY: the address has room for as many bytes as are said.
    let known = unsafe { next::getsockname()(fd, (&raw mut own).cast::<sockaddr>(), &raw mut length) };
    if known < 0 {
        // SAFETY: errno's place is this thread's.
        unsafe { *libc::__errno_location() = errno };
        return false;
    }
    c_int::from(own.sun_family) == libc::AF_UNIX
        && length as usize >= offset_of!(sockaddr_un, sun_path) + MARK.len()
        && own.sun_path.iter().zip(MARK).all(|(byte, mark)| byte.cast_unsigned() == *mark)
}

/// The address that netlink sockets have: this process's.
pub(crate) fn netlink_address(pid: u32) -> libc::sockaddr_nl {
    // SAFETY: a sockaddr_nl is numbers; all zero is one.
    let mut address: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
    address.nl_family = libc::AF_NETLINK as libc::sa_family_t;
    address.nl_pid = pid;
    address
}

/// Writes an address as the kernel does: as much of it as there is room for, and its whole length.
///
/// # Safety
/// `length` is null or points to the room that there is at `to`, in bytes.
pub(crate) unsafe fn put_address(address: &libc::sockaddr_nl, to: *mut sockaddr, length: *mut socklen_t) {
    if to.is_null() || length.is_null() {
        return;
    }
    let whole = size_of::<libc::sockaddr_nl>();
    // SAFETY: the caller promises that `length` may be read and written, and that there is so much room at `to`.
    unsafe {
        let room = (*length as usize).min(whole);
        std::ptr::copy_nonoverlapping((&raw const *address).cast::<u8>(), to.cast::<u8>(), room);
        *length = whole as socklen_t;
    }
}

/// The text of a file below `/proc/net`, asked of the director's own family (`src/api/genl`).
///
/// # Errors
/// The errno.
pub(crate) fn text(name: &[u8]) -> Result<Vec<u8>, c_int> {
    let fd = connect(libc::SOCK_CLOEXEC)?;
    let request = request(name);
    // SAFETY: the buffer is as long as said.
    let sent = unsafe {
        libc::send(fd.as_raw_fd(), request.as_ptr().cast::<c_void>(), request.len(), libc::MSG_NOSIGNAL)
    };
    if sent < 0 {
        return Err(libc::EIO);
    }
    let mut text = Vec::new();
    let mut buffer = vec![0_u8; 16 << 10];
    loop {
        // SAFETY: the buffer is as long as said.
        let length =
            unsafe { libc::recv(fd.as_raw_fd(), buffer.as_mut_ptr().cast::<c_void>(), buffer.len(), 0) };
        let datagram =
            usize::try_from(length).ok().and_then(|length| buffer.get(..length)).ok_or(libc::EIO)?;
        if datagram.is_empty() || take(datagram, &mut text)? {
            return if datagram.is_empty() { Err(libc::EIO) } else { Ok(text) };
        }
    }
}

/// `ULVS`'s id, and its one command.
const ULVS_FAMILY: u16 = 0x21;

/// The question for a file: a header, a generic header, the name as an attribute.
fn request(name: &[u8]) -> Vec<u8> {
    let attribute_len = 4 + name.len() + 1;
    let length = 20 + attribute_len.next_multiple_of(4);
    let mut bytes = Vec::with_capacity(length);
    bytes.extend((length as u32).to_ne_bytes());
    bytes.extend(ULVS_FAMILY.to_ne_bytes());
    bytes.extend(1_u16.to_ne_bytes()); // NLM_F_REQUEST
    bytes.extend([0; 8]);
    bytes.extend([1, 1, 0, 0]);
    bytes.extend((attribute_len as u16).to_ne_bytes());
    bytes.extend(1_u16.to_ne_bytes());
    bytes.extend(name);
    bytes.resize(length, 0);
    bytes
}

/// Takes the pieces of text out of a datagram; true at the end of the list.
fn take(mut datagram: &[u8], text: &mut Vec<u8>) -> Result<bool, c_int> {
    while let Some((length, rest)) = datagram.split_first_chunk::<4>() {
        let length = u32::from_ne_bytes(*length) as usize;
        let kind = rest.first_chunk::<2>().map_or(0, |kind| u16::from_ne_bytes(*kind));
        match c_int::from(kind) {
            libc::NLMSG_DONE => return Ok(true),
            libc::NLMSG_ERROR => {
                let code = datagram.get(16..20).and_then(<[u8]>::first_chunk);
                return Err(code.map_or(libc::EIO, |code| i32::from_ne_bytes(*code).wrapping_neg()));
            }
            _ => {}
        }
        // Header, generic header, and one attribute with its header.
        let value_len = datagram.get(20..22).and_then(<[u8]>::first_chunk).copied().map(u16::from_ne_bytes);
        let end = 20 + usize::from(value_len.unwrap_or(0));
        text.extend(datagram.get(24..end).ok_or(libc::EIO)?);
        datagram = datagram.get(length.next_multiple_of(4).max(4)..).unwrap_or(&[]);
    }
    Ok(false)
}

/// True if a path is that of a file that IPVS has; its name.
pub(crate) fn file_name(path: &[u8]) -> Option<&[u8]> {
    let name = path.strip_prefix(b"/proc/net/").or_else(|| path.strip_prefix(b"/proc/self/net/"))?;
    const NAMES: [&str; 6] =
        ["ip_vs", "ip_vs_conn", "ip_vs_conn_sync", "ip_vs_stats", "ip_vs_stats_percpu", "ip_vs_app"];
    NAMES.iter().any(|known| std::ffi::OsStr::from_bytes(name) == *known).then_some(name)
}
