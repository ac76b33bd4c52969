//! The requests that have no safe wrapper: segmentation of a large UDP send into datagrams, and offloads of an interface.
#![allow(unsafe_code)] // UDP_SEGMENT and SIOCETHTOOL have no safe wrapper in std or rustix.

use std::io;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;

/// Makes every later send on this socket a run of datagrams of `payload_len` bytes each (at most 64 of them, and 64 KiB
/// together). The kernel builds headers once for the whole run, so that making load costs little beside moving it.
///
/// # Errors
/// `ENOPROTOOPT` on kernels before 4.18.
pub fn segment_sends(socket: &UdpSocket, payload_len: u16) -> io::Result<()> {
    let value = libc::c_int::from(payload_len);
    // SAFETY: the value is a live c_int and its own size is passed.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_UDP,
            libc::UDP_SEGMENT,
            (&raw const value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Puts the calling thread before all ordinary ones: it runs as soon as it wants to (`SCHED_FIFO`).
///
/// # Errors
/// No privilege.
pub fn go_first() -> io::Result<()> {
    let parameters = libc::sched_param { sched_priority: 1 };
    // SAFETY: a live sched_param; 0 is the calling thread.
    let result = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// What an interface may take over from the network stack, by `ethtool`'s number of the command that sets it.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub enum Offload {
    /// Cutting TCP streams (`ETHTOOL_STSO`).
    TcpSegmentation = 0x1f,
    /// Joining what is received (`ETHTOOL_SGRO`).
    Receive = 0x2c,
}

/// Turns an offload of an interface on or off, in the calling thread's network namespace.
///
/// # Errors
/// No such interface, or no privilege.
pub fn set_offload(interface: &str, offload: Offload, on: bool) -> io::Result<()> {
    let mut value = [offload as u32, u32::from(on)];
    // SAFETY: `struct ethtool_value`: the command and a number.
    unsafe { ethtool(interface, value.as_mut_ptr()) }
}

/// Has an interface join the UDP datagrams of a flow that it receives, also those that are to be forwarded (Linux 5.12), or
/// not; in the calling thread's network namespace.
///
/// # Errors
/// [`io::ErrorKind::Unsupported`] on older kernels; no such interface, or no privilege.
pub fn join_datagrams(interface: &str, on: bool) -> io::Result<()> {
    set_offload(interface, Offload::Receive, on)?;
    set_feature(interface, "rx-udp-gro-forwarding", on)
}

/// Turns a feature on or off, by the name that `ethtool -k` shows.
fn set_feature(interface: &str, name: &str, on: bool) -> io::Result<()> {
    const GSSET_INFO: u32 = 0x37;
    const GSTRINGS: u32 = 0x1b;
    const SFEATURES: u32 = 0x3b;
    /// `ETH_SS_FEATURES`.
    const FEATURES: u32 = 4;
    /// `ETH_GSTRING_LEN`, in numbers of 32 bits.
    const NAME_LEN: usize = 32 / 4;
    let mut info = [GSSET_INFO, 0, 1 << FEATURES, 0, 0];
    // SAFETY: `struct ethtool_sset_info`: the command, nothing, a mask of 64 bits, and one number for its one bit.
    unsafe { ethtool(interface, info.as_mut_ptr()) }?;
    let count = info[4];
    let mut names = vec![0u32; 3 + count as usize * NAME_LEN];
    names[..3].copy_from_slice(&[GSTRINGS, FEATURES, count]);
    // SAFETY: `struct ethtool_gstrings`: the command, which set, how many, and room for as many names.
    unsafe { ethtool(interface, names.as_mut_ptr()) }?;
    let bytes = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|word| word.to_ne_bytes()).collect() };
    let is_it = |words: &[u32]| bytes(words).split(|byte| *byte == 0).next() == Some(name.as_bytes());
    let bit = names[3..].chunks(NAME_LEN).position(is_it).ok_or(io::ErrorKind::Unsupported)?;
    let blocks = count.div_ceil(32);
    let mut wish = vec![0u32; 2 + 2 * blocks as usize];
    wish[..2].copy_from_slice(&[SFEATURES, blocks]);
    // Which are meant, and which of them shall be on.
    wish[2 + bit / 32 * 2] = 1 << (bit % 32);
    wish[3 + bit / 32 * 2] = u32::from(on) << (bit % 32);
    // SAFETY: `struct ethtool_sfeatures`: the command, how many blocks, and two numbers for each.
    unsafe { ethtool(interface, wish.as_mut_ptr()) }
}

/// A request to an interface's driver.
///
/// # Safety
/// `data` must point to what the command at its beginning reads and writes.
unsafe fn ethtool(interface: &str, data: *mut u32) -> io::Result<()> {
    /// `SIOCETHTOOL`.
    const ETHTOOL: libc::Ioctl = 0x8946;
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    // SAFETY: an ifreq of zeroes is a valid one.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    if interface.len() >= request.ifr_name.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for (to, from) in request.ifr_name.iter_mut().zip(interface.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request.ifr_ifru.ifru_data = data.cast();
    // SAFETY: the request is a live ifreq with a terminated name; the rest is the caller's promise.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), ETHTOOL, &raw mut request) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
