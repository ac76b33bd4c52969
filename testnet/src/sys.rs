//! The system calls that have no safe wrapper: packet sockets with kernel timestamps, `unshare`, `pre_exec`.
#![allow(unsafe_code)] // sockaddr_ll, control messages and unshare have no safe wrapper in rustix or std.

use rustix::process::Signal;
use rustix::thread::UnshareFlags;
use std::ffi::CString;
use std::io;
use std::mem::{size_of, zeroed};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

/// Moves the calling thread (for a user namespace: the process, which must have one thread) into new namespaces.
///
/// # Errors
/// `EPERM` where the kernel's policy forbids it, `EINVAL` for a user namespace with several threads.
pub fn unshare(flags: UnshareFlags) -> io::Result<()> {
    // SAFETY: the danger named by rustix is CLONE_FILES; descriptors are never unshared here.
    unsafe { rustix::thread::unshare_unsafe(flags) }.map_err(io::Error::from)
}

/// Makes the kernel end the command's process when the thread that starts it ends.
pub fn die_with_parent(command: &mut Command) {
    // SAFETY: the closure runs between fork and exec; prctl is async-signal-safe and allocates nothing.
    unsafe {
        command.pre_exec(|| {
            rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)
        });
    }
}

/// Opens a packet socket that sends to and hears one interface of the calling thread's network namespace: every
/// frame that *arrives* there (outgoing ones are left out), with the kernel's timestamps. Non-blocking.
///
/// # Errors
/// No such interface, or no CAP_NET_RAW in the namespace.
pub fn packet_socket(interface: &str) -> io::Result<OwnedFd> {
    let socket = open_packet_socket()?;
    set_option(&socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
    bind_to(socket, interface)
}

/// As [`packet_socket`], but each frame, both ways, has its virtio header in front (in this machine's byte order), so
/// super-frames and unfinished checksums pass. Linux 4.20 and later.
///
/// # Errors
/// As [`packet_socket`].
pub fn switch_socket(interface: &str) -> io::Result<OwnedFd> {
    let socket = open_packet_socket()?;
    set_option(&socket, libc::SOL_PACKET, libc::PACKET_VNET_HDR, 1)?;
    set_option(&socket, libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, 1)?;
    bind_to(socket, interface)
}

/// Makes a socket take nothing: what would reach it is discarded before it counts against its buffer.
///
/// # Errors
/// The kernel's, of `SO_ATTACH_FILTER`.
pub fn take_nothing(socket: &OwnedFd) -> io::Result<()> {
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let mut reject = libc::sock_filter { code: RETURN, jt: 0, jf: 0, k: 0 };
    let program = libc::sock_fprog { len: 1, filter: &raw mut reject };
    // SAFETY: `program` names one instruction that outlives the call; the kernel copies both.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_FILTER,
            (&raw const program).cast(),
            size_of::<libc::sock_fprog>() as libc::socklen_t,
        )
    };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Opens a UDP socket over IPv6 alone that takes datagrams without a checksum as well (RFC 6935: tunnels' outer headers).
///
/// # Errors
/// The port is taken, or the kernel has no IPv6.
pub fn udp6_socket(address: SocketAddr) -> io::Result<OwnedFd> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with, sockopt};
    let fd = socket_with(AddressFamily::INET6, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_ipv6_v6only(&fd, true)?;
    set_option(&fd, libc::SOL_UDP, libc::UDP_NO_CHECK6_RX, 1)?;
    bind(&fd, &address)?;
    Ok(fd)
}

fn open_packet_socket() -> io::Result<OwnedFd> {
    // Protocol 0 until bound: no frame of another interface gets in before bind.
    // SAFETY: a plain system call; the result is checked before use.
    let fd = unsafe {
        libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK, 0)
    };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just given us this descriptor; nobody else owns it.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    set_option(&fd, libc::SOL_SOCKET, libc::SO_RCVBUF, 8 << 20)?;
    // Linux 4.20 and later; on older kernels `receive` tells outgoing frames.
    let _ = set_option(&fd, libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, 1);
    Ok(fd)
}

fn bind_to(fd: OwnedFd, interface: &str) -> io::Result<OwnedFd> {
    let name = CString::new(interface)?;
    // SAFETY: the pointer is that of a live C string.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    if index == 0 {
        return Err(io::Error::last_os_error());
    }
    let protocol = (libc::ETH_P_ALL as u16).to_be();
    // SAFETY: all-zero bytes are a valid sockaddr_ll.
    let mut address: libc::sockaddr_ll = unsafe { zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = protocol;
    address.sll_ifindex = index as i32;
    // SAFETY: the address is a live sockaddr_ll and its own size is passed.
    let bound = unsafe {
        libc::bind(
            fd.as_raw_fd(),
            (&raw const address).cast::<libc::sockaddr>(),
            size_of::<libc::sockaddr_ll>() as u32,
        )
    };
    if bound < 0 { Err(io::Error::last_os_error()) } else { Ok(fd) }
}

fn set_option(fd: &OwnedFd, level: i32, option: i32, value: i32) -> io::Result<()> {
    // SAFETY: the value is a live i32 and its own size is passed.
    let result = unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            level,
            option,
            (&raw const value).cast::<libc::c_void>(),
            size_of::<i32>() as u32,
        )
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// One frame taken from a packet socket.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// Bytes stored in the buffer.
    pub stored: usize,
    /// Bytes that the frame had on the wire.
    pub original: usize,
    /// The kernel's receive time, since the Unix epoch.
    pub at: Duration,
    /// True for a frame that the host itself sends.
    pub is_outgoing: bool,
}

/// Takes the next waiting frame; `None` when there is none.
///
/// # Errors
/// Those of `recvmsg`, for instance `ENETDOWN`.
pub fn receive(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Option<Received>> {
    // SAFETY: all-zero bytes are a valid sockaddr_ll.
    let mut from: libc::sockaddr_ll = unsafe { zeroed() };
    let mut control = [0_u64; 16];
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: all-zero bytes are a valid msghdr.
    let mut message: libc::msghdr = unsafe { zeroed() };
    message.msg_name = (&raw mut from).cast();
    message.msg_namelen = size_of::<libc::sockaddr_ll>() as u32;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control) as _;
    // SAFETY: every pointer in the message is to a live local of the length stated beside it.
    let taken =
        unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut message, libc::MSG_TRUNC | libc::MSG_DONTWAIT) };
    if taken < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::WouldBlock { Ok(None) } else { Err(error) };
    }
    let mut at = Duration::ZERO;
    // SAFETY: the message is the one the kernel has just filled in.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    while !header.is_null() {
        // SAFETY: not null, and within `control` by CMSG_FIRSTHDR's and CMSG_NXTHDR's contract.
        let (level, kind) = unsafe { ((*header).cmsg_level, (*header).cmsg_type) };
        if level == libc::SOL_SOCKET && kind == libc::SCM_TIMESTAMPNS {
            // SAFETY: the payload of SCM_TIMESTAMPNS is a timespec; it may be unaligned.
            let time = unsafe { libc::CMSG_DATA(header).cast::<libc::timespec>().read_unaligned() };
            at = Duration::new(time.tv_sec as u64, time.tv_nsec as u32);
        }
        // SAFETY: the same message, and a header of it.
        header = unsafe { libc::CMSG_NXTHDR(&raw const message, header) };
    }
    let original = taken as usize;
    let is_outgoing = from.sll_pkttype == libc::PACKET_OUTGOING;
    Ok(Some(Received { stored: original.min(buffer.len()), original, at, is_outgoing }))
}
