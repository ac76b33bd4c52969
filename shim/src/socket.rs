//! Sockets of the generic netlink protocol: made, named, asked about their options.

use crate::director::{self, is_ours, netlink_address, put_address};
use crate::{fail, next};
use libc::{c_int, c_void, sockaddr, socklen_t};
use std::mem::size_of;
use std::os::fd::IntoRawFd;

/// `IP_VS_BASE_CTL` and how many options IPVS has there (`ipvs.md` §7.4).
const IPVS_OPTIONS: std::ops::Range<c_int> = 1152..1216;

/// `socket(2)`.
#[unsafe(no_mangle)]
pub extern "C" fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int {
    if domain != libc::AF_NETLINK || protocol != libc::NETLINK_GENERIC {
        // SAFETY: no pointers.
        return unsafe { next::socket()(domain, kind, protocol) };
    }
    match director::connect(kind & (libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK)) {
        Ok(fd) => fd.into_raw_fd(),
        Err(errno) => fail(errno),
    }
}

/// `bind(2)`: netlink's own address is the program's to choose, and of no meaning to us.
///
/// # Safety
/// As for `bind(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bind(fd: c_int, address: *const sockaddr, length: socklen_t) -> c_int {
    if is_ours(fd) {
        return 0;
    }
    // SAFETY: the caller's promises are those that bind asks for.
    unsafe { next::bind()(fd, address, length) }
}

/// `connect(2)`: netlink sockets are connected to the kernel, as ours to the director.
///
/// # Safety
/// As for `connect(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn connect(fd: c_int, address: *const sockaddr, length: socklen_t) -> c_int {
    if is_ours(fd) {
        return 0;
    }
    // SAFETY: the caller's promises are those that connect asks for.
    unsafe { next::connect()(fd, address, length) }
}

/// `getsockname(2)`.
///
/// # Safety
/// As for `getsockname(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getsockname(fd: c_int, address: *mut sockaddr, length: *mut socklen_t) -> c_int {
    if is_ours(fd) {
        // SAFETY: the caller's promises are those that getsockname asks for.
        unsafe { put_address(&netlink_address(std::process::id()), address, length) };
        return 0;
    }
    // SAFETY: the caller's promises are those that getsockname asks for.
    unsafe { next::getsockname()(fd, address, length) }
}

/// `setsockopt(2)`: netlink's options are accepted, IPVS's are unknown. Those of all sockets are set.
///
/// # Safety
/// As for `setsockopt(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn setsockopt(
    fd: c_int,
    level: c_int,
    option: c_int,
    value: *const c_void,
    length: socklen_t,
) -> c_int {
    if level == libc::IPPROTO_IP && IPVS_OPTIONS.contains(&option) {
        return fail(libc::ENOPROTOOPT);
    }
    if level == libc::SOL_NETLINK && is_ours(fd) {
        return 0;
    }
    // SAFETY: the caller's promises are those that setsockopt asks for.
    unsafe { next::setsockopt()(fd, level, option, value, length) }
}

/// `getsockopt(2)`: what kind of socket it is, and netlink's options (all off); IPVS's are unknown.
///
/// # Safety
/// As for `getsockopt(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getsockopt(
    fd: c_int,
    level: c_int,
    option: c_int,
    value: *mut c_void,
    length: *mut socklen_t,
) -> c_int {
    if level == libc::IPPROTO_IP && IPVS_OPTIONS.contains(&option) {
        return fail(libc::ENOPROTOOPT);
    }
    let pretended = match (level, option) {
        (libc::SOL_SOCKET, libc::SO_DOMAIN) => Some(libc::AF_NETLINK),
        (libc::SOL_SOCKET, libc::SO_PROTOCOL) => Some(libc::NETLINK_GENERIC),
        (libc::SOL_SOCKET, libc::SO_TYPE) => Some(libc::SOCK_RAW),
        (libc::SOL_NETLINK, _) => Some(0),
        _ => None,
    };
    if let Some(number) = pretended
        && !value.is_null()
        && !length.is_null()
        && is_ours(fd)
    {
        // SAFETY: the caller promises that `length` may be read and written, and that there is so much room.
        unsafe {
            let room = (*length as usize).min(size_of::<c_int>());
            std::ptr::copy_nonoverlapping((&raw const number).cast::<u8>(), value.cast::<u8>(), room);
            *length = room as socklen_t;
        }
        return 0;
    }
    // SAFETY: the caller's promises are those that getsockopt asks for.
    unsafe { next::getsockopt()(fd, level, option, value, length) }
}
