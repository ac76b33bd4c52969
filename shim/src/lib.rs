//! Preloaded (`LD_PRELOAD`, see `ulvs exec`), lets unmodified programs that talk to the kernel's IPVS talk to a ulvs
//! director instead:
//!
//! - A socket of the generic netlink protocol becomes a connection to the director's `.genl` socket. It is a descriptor
//!   like any other, so that poll, epoll, dup, fork and threads need nothing of us; what is particular about netlink
//!   (`socket`: addresses and options; `message`: who a message is from) is put on where the program looks.
//!   Whether a descriptor is one of these is asked of the kernel, each time. All that is remembered is the number of the last
//!   request, for the case that its director goes away (`gone`).
//! - The older way into the kernel, socket options, is shut: a program must never change the kernel's IPVS when it was
//!   meant to change the director.
//! - Opening the files below `/proc/net` that IPVS has opens a text that the director makes (`file`).
//!
//! Everything else goes on to the next library. It does nothing for statically linked programs and for those that make
//! system calls by themselves (Go).

#![allow(unsafe_code, reason = "every function here is called by C, with C's promises")]

mod director;
mod file;
mod gone;
mod message;
mod next;
mod socket;

/// Sets `errno`, and is what C returns for a failure.
fn fail(errno: libc::c_int) -> libc::c_int {
    // SAFETY: glibc gives each thread a place of its own, which lives as long as the thread.
    unsafe { *libc::__errno_location() = errno };
    -1
}
