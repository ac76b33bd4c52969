//! The functions that would have been called without us.

use libc::{FILE, c_char, c_int, c_void, mode_t, msghdr, size_t, sockaddr, socklen_t, ssize_t};
use std::ffi::CStr;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A function of the libraries behind this one, looked up when first needed.
struct Next {
    name: &'static CStr,
    found: AtomicPtr<c_void>,
}

impl Next {
    const fn new(name: &'static CStr) -> Self {
        Self { name, found: AtomicPtr::new(null_mut()) }
    }

    fn address(&self) -> *mut c_void {
        let known = self.found.load(Ordering::Relaxed);
        if !known.is_null() {
            return known;
        }
        // SAFETY: the name is a C string; dlsym may be called at any time.
        let found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
        if found.is_null() {
            // Only glibc has callers of all of these, and glibc has all of them.
            std::process::abort();
        }
        self.found.store(found, Ordering::Relaxed);
        found
    }
}

macro_rules! next {
    ($($(#[$meta:meta])* $name:ident = $symbol:literal: $type:ty;)*) => {$(
        $(#[$meta])*
        pub(crate) fn $name() -> $type {
            static NEXT: Next = Next::new($symbol);
            // SAFETY: a function pointer is as wide as a data pointer wherever there is dlsym; it is not null; the
            // type is the one that the C library documents for this name.
            unsafe { std::mem::transmute::<*mut c_void, $type>(NEXT.address()) }
        }
    )*};
}

next! {
    socket = c"socket": unsafe extern "C" fn(c_int, c_int, c_int) -> c_int;
    bind = c"bind": unsafe extern "C" fn(c_int, *const sockaddr, socklen_t) -> c_int;
    connect = c"connect": unsafe extern "C" fn(c_int, *const sockaddr, socklen_t) -> c_int;
    getsockname = c"getsockname": unsafe extern "C" fn(c_int, *mut sockaddr, *mut socklen_t) -> c_int;
    setsockopt = c"setsockopt": unsafe extern "C" fn(c_int, c_int, c_int, *const c_void, socklen_t) -> c_int;
    getsockopt = c"getsockopt": unsafe extern "C" fn(c_int, c_int, c_int, *mut c_void, *mut socklen_t) -> c_int;
    sendmsg = c"sendmsg": unsafe extern "C" fn(c_int, *const msghdr, c_int) -> ssize_t;
    recvmsg = c"recvmsg": unsafe extern "C" fn(c_int, *mut msghdr, c_int) -> ssize_t;
    sendto = c"sendto":
        unsafe extern "C" fn(c_int, *const c_void, size_t, c_int, *const sockaddr, socklen_t) -> ssize_t;
    recvfrom = c"recvfrom":
        unsafe extern "C" fn(c_int, *mut c_void, size_t, c_int, *mut sockaddr, *mut socklen_t) -> ssize_t;
    open = c"open": unsafe extern "C" fn(*const c_char, c_int, ...) -> c_int;
    open64 = c"open64": unsafe extern "C" fn(*const c_char, c_int, ...) -> c_int;
    openat = c"openat": unsafe extern "C" fn(c_int, *const c_char, c_int, ...) -> c_int;
    openat64 = c"openat64": unsafe extern "C" fn(c_int, *const c_char, c_int, ...) -> c_int;
    /// What `open` is with `_FORTIFY_SOURCE` and flags that the compiler does not know.
    open_2 = c"__open_2": unsafe extern "C" fn(*const c_char, c_int) -> c_int;
    /// As [`open_2`].
    open64_2 = c"__open64_2": unsafe extern "C" fn(*const c_char, c_int) -> c_int;
    /// As [`open_2`].
    openat_2 = c"__openat_2": unsafe extern "C" fn(c_int, *const c_char, c_int) -> c_int;
    /// As [`open_2`].
    openat64_2 = c"__openat64_2": unsafe extern "C" fn(c_int, *const c_char, c_int) -> c_int;
    fopen = c"fopen": unsafe extern "C" fn(*const c_char, *const c_char) -> *mut FILE;
    fopen64 = c"fopen64": unsafe extern "C" fn(*const c_char, *const c_char) -> *mut FILE;
}

/// The third argument of `open`, which is there only if the flags say that a file may be made.
pub(crate) type Mode = mode_t;
