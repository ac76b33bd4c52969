//! The one socket option that has no safe wrapper: segmentation of a large UDP send into datagrams.
#![allow(unsafe_code)] // UDP_SEGMENT has no safe wrapper in std or rustix.

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
