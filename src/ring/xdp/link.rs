//! What must be known of an interface before the program is hooked to it.
#![allow(unsafe_code, reason = "interface ioctls have no safe wrapper")]

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const ETHTOOL_GCHANNELS: u32 = 0x3c;
const SIOCETHTOOL: libc::c_ulong = 0x8946;

/// An interface, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its MAC address.
    pub mac: [u8; 6],
    /// Its MTU in bytes.
    pub mtu: u32,
    /// Queues that it receives by: 1 where the driver does not say.
    pub queues: u32,
}

/// `struct ethtool_channels`.
#[repr(C)]
#[derive(Default)]
struct Channels {
    command: u32,
    max: [u32; 4],
    receive: u32,
    transmit: u32,
    other: u32,
    combined: u32,
}

/// Asks about an interface of the calling thread's network namespace.
///
/// # Errors
/// The errno; ENODEV if there is none with this index.
pub fn facts(ifindex: u32) -> io::Result<Facts> {
    // SAFETY: takes no pointers.
    let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a descriptor that the kernel has just made for us; nobody else owns it.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    // SAFETY: all-zero bytes are a valid ifreq.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_ifru.ifru_ifindex = c_int::try_from(ifindex).unwrap_or(0);
    ask(&fd, libc::SIOCGIFNAME, &mut request)?;
    ask(&fd, libc::SIOCGIFMTU, &mut request)?;
    // SAFETY: SIOCGIFMTU has written this member; any bytes are an integer.
    let mtu = unsafe { request.ifr_ifru.ifru_mtu };
    ask(&fd, libc::SIOCGIFHWADDR, &mut request)?;
    // SAFETY: SIOCGIFHWADDR has written this member; any bytes are a sockaddr.
    let address = unsafe { request.ifr_ifru.ifru_hwaddr.sa_data };
    let mut mac = [0; 6];
    for (place, byte) in mac.iter_mut().zip(address) {
        *place = byte.to_ne_bytes()[0];
    }
    let mut channels = Channels { command: ETHTOOL_GCHANNELS, ..Channels::default() };
    request.ifr_ifru.ifru_data = (&raw mut channels).cast();
    // SAFETY: the request points to live ethtool_channels, which the command fills in.
    let known = unsafe { libc::ioctl(fd.as_raw_fd(), SIOCETHTOOL as _, &raw mut request) } == 0;
    let queues = if known { channels.receive.saturating_add(channels.combined).max(1) } else { 1 };
    Ok(Facts { mac, mtu: u32::try_from(mtu).unwrap_or(0), queues })
}

/// One of the requests that read and write the request itself alone.
fn ask(fd: &OwnedFd, what: libc::c_ulong, request: &mut libc::ifreq) -> io::Result<()> {
    // SAFETY: a live ifreq; these requests follow no pointer in it.
    let answer = unsafe { libc::ioctl(fd.as_raw_fd(), what as _, &raw mut *request) };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
