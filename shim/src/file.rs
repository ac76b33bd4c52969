//! Files below `/proc/net` that IPVS has: a text that the director makes, in memory.

use crate::director::{self, file_name};
use crate::fail;
use crate::next::{self, Mode};
use libc::{FILE, c_char, c_int, c_void};
use std::ffi::CStr;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::ptr::null_mut;

/// A descriptor with the text of this path; `None` if it is not one of ours, or if it is to be written to.
///
/// # Safety
/// `path` is null or a C string.
unsafe fn substitute(path: *const c_char, flags: c_int) -> Option<Result<OwnedFd, c_int>> {
    if path.is_null() || flags & libc::O_ACCMODE != libc::O_RDONLY {
        return None;
    }
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) };
    let name = file_name(path.to_bytes())?;
    Some(director::text(name).and_then(|text| in_memory(&text, flags)))
}

fn in_memory(text: &[u8], flags: c_int) -> Result<OwnedFd, c_int> {
    let error = || std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO);
    let close = if flags & libc::O_CLOEXEC != 0 { libc::MFD_CLOEXEC } else { 0 };
    // SAFETY: the name is a C string.
    let fd = unsafe { libc::memfd_create(c"ip_vs".as_ptr(), close) };
    if fd < 0 {
        return Err(error());
    }
    // SAFETY: the descriptor has just been made and belongs to nobody else.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let mut written = 0;
    while let Some(rest) = text.get(written..).filter(|rest| !rest.is_empty()) {
        // SAFETY: the buffer is as long as said.
        let more = unsafe { libc::write(fd.as_raw_fd(), rest.as_ptr().cast::<c_void>(), rest.len()) };
        written += usize::try_from(more).map_err(|_| error())?;
    }
    // SAFETY: no pointers.
    unsafe { libc::lseek(fd.as_raw_fd(), 0, libc::SEEK_SET) };
    Ok(fd)
}

fn as_c(opened: Result<OwnedFd, c_int>) -> c_int {
    match opened {
        Ok(fd) => fd.into_raw_fd(),
        Err(errno) => fail(errno),
    }
}

// C declares `open` with `...`. The mode is passed as a third argument would be, on every architecture of Linux that
// this is built for; if the caller did not give one, what is read is of no use to anybody and is not used.
macro_rules! open {
    ($($name:ident($($at:ident: $at_type:ty)?) => $next:ident;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.\n\n# Safety\nAs for `open(2)`.")]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($at: $at_type,)? path: *const c_char, flags: c_int, mode: Mode) -> c_int {
            // SAFETY: the caller promises a C string.
            match unsafe { substitute(path, flags) } {
                Some(opened) => as_c(opened),
                // SAFETY: the caller's promises are those that open asks for.
                None => unsafe { next::$next()($($at,)? path, flags, mode) },
            }
        }
    )*};
}

open! {
    open() => open;
    open64() => open64;
    openat(directory: c_int) => openat;
    openat64(directory: c_int) => openat64;
}

macro_rules! open_2 {
    ($($name:ident($($at:ident: $at_type:ty)?) => $next:ident;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.\n\n# Safety\nAs for `open(2)`.")]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($at: $at_type,)? path: *const c_char, flags: c_int) -> c_int {
            // SAFETY: the caller promises a C string.
            match unsafe { substitute(path, flags) } {
                Some(opened) => as_c(opened),
                // SAFETY: the caller's promises are those that open asks for.
                None => unsafe { next::$next()($($at,)? path, flags) },
            }
        }
    )*};
}

open_2! {
    __open_2() => open_2;
    __open64_2() => open64_2;
    __openat_2(directory: c_int) => openat_2;
    __openat64_2(directory: c_int) => openat64_2;
}

/// A stream with the text of this path, as [`substitute`].
///
/// # Safety
/// Both are null or C strings.
unsafe fn substitute_stream(path: *const c_char, mode: *const c_char) -> Option<*mut FILE> {
    if mode.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let letters = unsafe { CStr::from_ptr(mode) }.to_bytes();
    if letters.first() != Some(&b'r') || letters.contains(&b'+') {
        return None;
    }
    let close = if letters.contains(&b'e') { libc::O_CLOEXEC } else { 0 };
    // SAFETY: the caller's promise.
    let fd = match unsafe { substitute(path, libc::O_RDONLY | close) }? {
        Ok(fd) => fd,
        Err(errno) => {
            fail(errno);
            return Some(null_mut());
        }
    };
    // SAFETY: the descriptor is open; if the stream takes it, it is the stream's.
    let stream = unsafe { libc::fdopen(fd.as_raw_fd(), mode) };
    if !stream.is_null() {
        let _ = fd.into_raw_fd();
    }
    Some(stream)
}

/// `fopen(3)`.
///
/// # Safety
/// As for `fopen(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fopen(path: *const c_char, mode: *const c_char) -> *mut FILE {
    // SAFETY: the caller promises C strings.
    match unsafe { substitute_stream(path, mode) } {
        Some(stream) => stream,
        // SAFETY: the caller's promises are those that fopen asks for.
        None => unsafe { next::fopen()(path, mode) },
    }
}

/// `fopen64(3)`.
///
/// # Safety
/// As for `fopen(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fopen64(path: *const c_char, mode: *const c_char) -> *mut FILE {
    // SAFETY: the caller promises C strings.
    match unsafe { substitute_stream(path, mode) } {
        Some(stream) => stream,
        // SAFETY: the caller's promises are those that fopen asks for.
        None => unsafe { next::fopen64()(path, mode) },
    }
}
