//! Messages: to the kernel, as the program has it, and from it.

use crate::director::{is_ours, netlink_address, put_address};
use crate::{fail, gone, next};
use libc::{c_int, c_void, msghdr, size_t, sockaddr, socklen_t, ssize_t};
use std::ptr::{null, null_mut};

/// Has the director gone? (The kernel never does.) An empty read says so, or an error if requests of ours were left unread.
fn is_gone(length: ssize_t, room: usize) -> bool {
    let is_reset = || std::io::Error::last_os_error().raw_os_error() == Some(libc::ECONNRESET);
    length == 0 && room > 0 || length < 0 && is_reset()
}

/// As much of the answer of a director that has gone as there is room for; its length, or what of it was read. An error if
/// nobody waits for one.
///
/// # Safety
/// There is `room` behind `bytes`.
unsafe fn answer_of_nobody(fd: c_int, bytes: *mut u8, room: usize, flags: c_int) -> ssize_t {
    let Some(answer) = gone::answer(fd, flags & libc::MSG_PEEK != 0) else {
        return fail(libc::ECONNRESET) as ssize_t;
    };
    let read = answer.len().min(room);
    // SAFETY: the caller's promise.
    unsafe { std::ptr::copy_nonoverlapping(answer.as_ptr(), bytes, read) };
    let told = if flags & libc::MSG_TRUNC != 0 { answer.len() } else { read };
    told as ssize_t
}

/// Bytes of the caller's; none if it has none.
///
/// # Safety
/// There are so many, or the pointer is null.
unsafe fn read_by_caller<'b>(bytes: *const c_void, length: usize) -> &'b [u8] {
    if bytes.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(bytes.cast(), length) }
}

/// `sendmsg(2)`: without the address (the connection has one) and without credentials (the director asks the kernel for
/// them).
///
/// # Safety
/// As for `sendmsg(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> ssize_t {
    if message.is_null() || !is_ours(fd) {
        // SAFETY: the caller's promises are those that sendmsg asks for.
        return unsafe { next::sendmsg()(fd, message, flags) };
    }
    // SAFETY: the caller promises a message that may be read. What is changed is a copy.
    let mut bare = unsafe { *message };
    bare.msg_name = null_mut();
    bare.msg_namelen = 0;
    bare.msg_control = null_mut();
    bare.msg_controllen = 0;
    if bare.msg_iovlen > 0 && !bare.msg_iov.is_null() {
        // SAFETY: the caller promises buffers as long as they say.
        let first = unsafe { *bare.msg_iov };
        // SAFETY: as above.
        gone::note(fd, unsafe { read_by_caller(first.iov_base, first.iov_len) });
    }
    // SAFETY: what is left of the message is the caller's.
    unsafe { next::sendmsg()(fd, &raw const bare, flags | libc::MSG_NOSIGNAL) }
}

/// `recvmsg(2)`: from netlink's port 0, which is the kernel.
///
/// # Safety
/// As for `recvmsg(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> ssize_t {
    if message.is_null() || !is_ours(fd) {
        // SAFETY: the caller's promises are those that recvmsg asks for.
        return unsafe { next::recvmsg()(fd, message, flags) };
    }
    // SAFETY: the caller promises a message that may be read and written.
    let message = unsafe { &mut *message };
    let (name, mut name_len) = (message.msg_name, message.msg_namelen);
    message.msg_name = null_mut();
    message.msg_namelen = 0;
    // SAFETY: the rest of the message is the caller's.
    let mut length = unsafe { next::recvmsg()(fd, message, flags) };
    if message.msg_iovlen > 0 && !message.msg_iov.is_null() && is_gone(length, message.msg_iovlen) {
        // SAFETY: the caller promises buffers as long as they say.
        let first = unsafe { *message.msg_iov };
        // SAFETY: as above.
        length = unsafe { answer_of_nobody(fd, first.iov_base.cast(), first.iov_len, flags) };
        message.msg_controllen = 0;
        message.msg_flags = if first.iov_len < gone::ANSWER { libc::MSG_TRUNC } else { 0 };
    }
    message.msg_name = name;
    message.msg_namelen = name_len;
    if length > 0 && !name.is_null() {
        // SAFETY: the caller promises so much room for a name.
        unsafe { put_address(&netlink_address(0), name.cast::<sockaddr>(), &raw mut name_len) };
        message.msg_namelen = name_len;
    }
    length
}

/// `sendto(2)`: as [`sendmsg`].
///
/// # Safety
/// As for `sendto(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sendto(
    fd: c_int,
    bytes: *const c_void,
    length: size_t,
    flags: c_int,
    address: *const sockaddr,
    address_len: socklen_t,
) -> ssize_t {
    let is_ours = is_ours(fd);
    let (address, address_len) = if is_ours { (null(), 0) } else { (address, address_len) };
    let flags = if is_ours { flags | libc::MSG_NOSIGNAL } else { flags };
    if is_ours {
        // SAFETY: the caller promises so many bytes.
        gone::note(fd, unsafe { read_by_caller(bytes, length) });
    }
    // SAFETY: the caller's promises are those that sendto asks for; no address is a good one.
    unsafe { next::sendto()(fd, bytes, length, flags, address, address_len) }
}

/// `recvfrom(2)`: as [`recvmsg`].
///
/// # Safety
/// As for `recvfrom(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn recvfrom(
    fd: c_int,
    bytes: *mut c_void,
    room: size_t,
    flags: c_int,
    address: *mut sockaddr,
    address_len: *mut socklen_t,
) -> ssize_t {
    if !is_ours(fd) {
        // SAFETY: the caller's promises are those that recvfrom asks for.
        return unsafe { next::recvfrom()(fd, bytes, room, flags, address, address_len) };
    }
    // SAFETY: the caller's promises for the bytes; no address is wanted.
    let mut length = unsafe { next::recvfrom()(fd, bytes, room, flags, null_mut(), null_mut()) };
    if is_gone(length, room) {
        // SAFETY: the caller promises so much room.
        length = unsafe { answer_of_nobody(fd, bytes.cast(), room, flags) };
    }
    if length > 0 {
        // SAFETY: the caller's promises for the address.
        unsafe { put_address(&netlink_address(0), address, address_len) };
    }
    length
}
