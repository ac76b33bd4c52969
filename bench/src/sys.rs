//! The two requests that have no safe wrapper: segmentation of a large UDP send into datagrams, and offloads of an interface.
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
    /// `SIOCETHTOOL`.
    const ETHTOOL: libc::Ioctl = 0x8946;
    #[repr(C)]
    struct Value {
        command: u32,
        data: u32,
    }
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    let mut value = Value { command: offload as u32, data: u32::from(on) };
    // SAFETY: an ifreq of zeroes is a valid one.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    if interface.len() >= request.ifr_name.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for (to, from) in request.ifr_name.iter_mut().zip(interface.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request.ifr_ifru.ifru_data = (&raw mut value).cast();
    // SAFETY: the request is a live ifreq with a terminated name, whose data is a live ethtool_value.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), ETHTOOL, &raw mut request) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
