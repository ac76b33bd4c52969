//! Lets a user-mode Linux 6.1 run where a processor's extended state is larger than it knows (AMX: 11 KB).
//!
//! It asks for the registers of its processes with a buffer of its own size, which the host fills as far as it goes; but
//! to set them the host wants all of the state, or says EFAULT, and the kernel's first process dies. Preloaded, this
//! completes what is set by what is there: the part that user-mode Linux knows is its own, the rest stays as it is.
//! Built by `build.rs` and embedded in the program; only `conformance` and the benchmark's IPVS use it.
#![no_std]
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_long, c_uint, c_void};
use core::ptr::addr_of_mut;

const SYS_PTRACE: c_long = 101;
const PEEK_FIRST: c_uint = 1;
const PEEK_LAST: c_uint = 3;
const GET_REGISTER_SET: c_uint = 0x4204;
const SET_REGISTER_SET: c_uint = 0x4205;
const NT_X86_XSTATE: usize = 0x202;
/// More than any processor has so far.
const MOST: usize = 64 << 10;

unsafe extern "C" {
    /// The C library's: sets errno.
    fn syscall(number: c_long, ...) -> c_long;
}

/// As in `<sys/uio.h>`.
#[repr(C)]
struct Buffer {
    base: *mut c_void,
    len: usize,
}

/// The whole state, on its way. Not on the stack: those of user-mode Linux are small.
struct Whole(UnsafeCell<[u8; MOST]>);

// SAFETY: only the one thread of user-mode Linux that runs its processes calls `ptrace`, and signal handlers, which may
// interrupt it, do not.
unsafe impl Sync for Whole {}

static WHOLE: Whole = Whole(UnsafeCell::new([0; MOST]));

/// The C library's `ptrace`.
///
/// # Safety
/// As of `ptrace(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ptrace(request: c_uint, pid: c_int, addr: *mut c_void, data: *mut c_void) -> c_long {
    // SAFETY: the caller answers for the arguments; see ptrace(2).
    let call = |request: c_uint, data: *mut c_void| unsafe {
        syscall(SYS_PTRACE, c_long::from(request), c_long::from(pid), addr, data)
    };
    match request {
        // The system call stores the word; the C library's function returns it.
        PEEK_FIRST..=PEEK_LAST => {
            let mut word: c_long = 0;
            let status = call(request, addr_of_mut!(word).cast());
            if status < 0 { status } else { word }
        }
        SET_REGISTER_SET if addr as usize == NT_X86_XSTATE => {
            let mut whole = Buffer { base: WHOLE.0.get().cast(), len: MOST };
            // SAFETY: for this request `data` is an iovec of the caller's.
            let part = unsafe { &*data.cast::<Buffer>() };
            let is_there = call(GET_REGISTER_SET, addr_of_mut!(whole).cast()) >= 0;
            if !is_there || part.len >= whole.len {
                return call(request, data);
            }
            // SAFETY: the part is the caller's, `part.len` bytes of it; WHOLE is larger, and nobody else's now.
            unsafe { core::ptr::copy_nonoverlapping(part.base, whole.base, part.len) };
            call(request, addr_of_mut!(whole).cast())
        }
        _ => call(request, data),
    }
}

#[panic_handler]
fn never(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
