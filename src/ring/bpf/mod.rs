//! bpf(2), as much of it as is needed: maps, two kinds of programs, the hook of one of them. The programs are put together
//! from instructions ([`asm`]), so that no compiler is needed.
#![allow(unsafe_code, reason = "bpf(2) has no safe wrapper")]

pub(super) mod asm;
mod shared;
pub(super) mod wire;

pub(super) use shared::Shared;

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const MAP_CREATE: u32 = 0;
const MAP_LOOKUP: u32 = 1;
const MAP_UPDATE: u32 = 2;
const MAP_DELETE: u32 = 3;
const PROG_LOAD: u32 = 5;
#[cfg(test)]
const PROG_TEST_RUN: u32 = 10;
const LINK_CREATE: u32 = 28;

const ATTACH_XDP: u32 = 37;
/// BPF_F_NO_PREALLOC: a hash's memory grows with it.
const NO_PREALLOC: u32 = 1;
/// BPF_F_MMAPABLE: an array's memory can be mapped (Linux 5.5).
const MMAPABLE: u32 = 1 << 10;
/// The program calls nothing that asks for another.
const LICENCE: &[u8] = b"MIT OR Apache-2.0\0";
const LOG_LEN: usize = 64 << 10;

/// Why a map or a program could not be had.
#[derive(Debug, thiserror::Error)]
pub enum BpfError {
    /// The right to load programs is missing.
    #[error(
        "{object}: {source}; loading a BPF program needs CAP_BPF (an XDP program: and CAP_NET_ADMIN) of the initial user namespace (run as root)"
    )]
    NotPermitted {
        /// What was refused.
        object: &'static str,
        /// EPERM or EACCES.
        source: io::Error,
    },
    /// A map or the program was refused for another reason.
    #[error(
        "{object}: {source}; Linux 5.9 or later with CONFIG_BPF_SYSCALL (and CONFIG_XDP_SOCKETS) is needed{log}"
    )]
    Refused {
        /// What was refused.
        object: &'static str,
        /// What the kernel said.
        source: io::Error,
        /// The last line of the verifier's log, after a colon; empty if there is none.
        log: String,
    },
}

/// A kind of map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ring) enum MapKind {
    Hash,
    Array,
    /// An array whose memory can be mapped ([`Shared`]). Values of 8 bytes.
    SharedArray,
    /// Values of 8 bytes, one for each CPU.
    PerCpuArray,
    Sockets,
}

impl MapKind {
    /// The kernel's number, and flags.
    const fn described(self) -> (u32, u32) {
        match self {
            Self::Hash => (1, NO_PREALLOC),
            Self::Array => (2, 0),
            Self::SharedArray => (2, MMAPABLE),
            Self::PerCpuArray => (6, 0),
            Self::Sockets => (17, 0),
        }
    }
}

/// A kind of program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ring) enum ProgramKind {
    /// Looks at what a socket is to receive, or at whose turn it is in a fan-out group.
    SocketFilter = 1,
    /// Stands at an interface's entrance.
    Xdp = 6,
}

impl ProgramKind {
    const fn name(self) -> &'static str {
        match self {
            Self::SocketFilter => "BPF socket filter",
            Self::Xdp => "XDP program",
        }
    }
}

#[repr(C)]
struct MapCreate {
    kind: u32,
    key_len: u32,
    value_len: u32,
    entries: u32,
    flags: u32,
    inner: u32,
    node: u32,
    name: [u8; 16],
    rest: u32,
}

#[repr(C)]
struct MapElement {
    map: u32,
    pad: u32,
    key: u64,
    value: u64,
    flags: u64,
}

#[repr(C)]
struct ProgLoad {
    kind: u32,
    count: u32,
    instructions: u64,
    licence: u64,
    log_level: u32,
    log_len: u32,
    log: u64,
    kernel: u32,
    flags: u32,
    name: [u8; 16],
}

#[repr(C)]
struct LinkCreate {
    program: u32,
    ifindex: u32,
    attach: u32,
    flags: u32,
}

/// A map. Lengths of keys and values are checked here, for the kernel reads as many bytes as it was told.
#[derive(Debug)]
pub(in crate::ring) struct Map {
    fd: OwnedFd,
    key_len: usize,
    value_len: usize,
    /// Of a [`MapKind::PerCpuArray`]: how many values there are of each.
    cpus: usize,
}

impl Map {
    pub(in crate::ring) fn new(
        kind: MapKind,
        key_len: usize,
        value_len: usize,
        entries: u32,
        name: &str,
    ) -> Result<Self, BpfError> {
        let small = |len: usize| u32::try_from(len).unwrap_or(0);
        let (number, flags) = kind.described();
        let attributes = MapCreate {
            kind: number,
            key_len: small(key_len),
            value_len: small(value_len),
            entries,
            flags,
            inner: 0,
            node: 0,
            name: named(name),
            rest: 0,
        };
        // SAFETY: no pointers in it.
        let fd =
            unsafe { call(MAP_CREATE, &attributes) }.map_err(|source| refused("BPF map", source, &[]))?;
        let cpus = match kind {
            MapKind::PerCpuArray => possible_cpus().map_err(|source| refused("BPF map", source, &[]))?,
            _ => 0,
        };
        Ok(Self { fd, key_len, value_len, cpus })
    }

    pub(in crate::ring) fn fd(&self) -> i32 {
        self.fd.as_raw_fd()
    }

    /// Sets or replaces an entry.
    pub(in crate::ring) fn set(&self, key: &[u8], value: &[u8]) -> io::Result<()> {
        if key.len() != self.key_len || value.len() != self.value_len {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: key and value have the lengths that the map was made with.
        unsafe { self.element(MAP_UPDATE, key.as_ptr() as u64, value.as_ptr() as u64) }
    }

    /// Removes an entry; none being there is no error.
    pub(in crate::ring) fn remove(&self, key: &[u8]) -> io::Result<()> {
        if key.len() != self.key_len {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: the key has the length that the map was made with.
        match unsafe { self.element(MAP_DELETE, key.as_ptr() as u64, 0) } {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
            outcome => outcome,
        }
    }

    /// The sum of a [`MapKind::PerCpuArray`]'s value over all CPUs.
    pub(in crate::ring) fn sum(&self, index: u32) -> io::Result<u64> {
        let mut values = vec![0u64; self.cpus];
        if values.is_empty() || self.key_len != 4 || self.value_len != 8 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: a key of 4 bytes, as checked, and 8 bytes for every CPU that there can be, as the kernel itself tells.
        unsafe {
            self.element(MAP_LOOKUP, (&raw const index) as u64, values.as_mut_ptr() as u64)?;
        }
        Ok(values.iter().sum())
    }

    /// # Safety
    /// `key` and `value`, where the command reads them, must point to as many bytes as the map was made with.
    unsafe fn element(&self, command: u32, key: u64, value: u64) -> io::Result<()> {
        let map = u32::try_from(self.fd()).unwrap_or(u32::MAX);
        let mut attributes = MapElement { map, pad: 0, key, value, flags: 0 };
        // SAFETY: the caller promises the pointers.
        unsafe { raw(command, &mut attributes) }.map(drop)
    }
}

/// A loaded program.
#[derive(Debug)]
pub(in crate::ring) struct Program(OwnedFd);

impl Program {
    pub(in crate::ring) fn load(
        kind: ProgramKind,
        instructions: &[u64],
        name: &str,
    ) -> Result<Self, BpfError> {
        let attempt = |log: &mut [u8]| {
            let attributes = ProgLoad {
                kind: kind as u32,
                count: u32::try_from(instructions.len()).unwrap_or(0),
                instructions: instructions.as_ptr() as u64,
                licence: LICENCE.as_ptr() as u64,
                log_level: u32::from(!log.is_empty()),
                log_len: u32::try_from(log.len()).unwrap_or(0),
                log: if log.is_empty() { 0 } else { log.as_mut_ptr() as u64 },
                kernel: 0,
                flags: 0,
                name: named(name),
            };
            // SAFETY: instructions with their count, a string that ends in 0, and a log with its length, all alive.
            unsafe { call(PROG_LOAD, &attributes) }
        };
        attempt(&mut []).map(Self).map_err(|source| {
            let mut log = vec![0; LOG_LEN];
            let _ = attempt(&mut log); // once more, to hear why
            refused(kind.name(), source, &log)
        })
    }

    pub(in crate::ring) fn fd(&self) -> i32 {
        self.0.as_raw_fd()
    }

    /// Hooks it to an interface for as long as the answer lives.
    pub(in crate::ring) fn hook(&self, ifindex: u32, flags: u32) -> io::Result<OwnedFd> {
        let program = u32::try_from(self.0.as_raw_fd()).unwrap_or(u32::MAX);
        let attributes = LinkCreate { program, ifindex, attach: ATTACH_XDP, flags };
        // SAFETY: no pointers in it.
        unsafe { call(LINK_CREATE, &attributes) }
    }

    /// What it says of a frame (BPF_PROG_TEST_RUN).
    #[cfg(test)]
    pub(in crate::ring) fn verdict(&self, frame: &[u8]) -> io::Result<u32> {
        #[repr(C)]
        struct TestRun {
            program: u32,
            verdict: u32,
            len_in: u32,
            len_out: u32,
            data_in: u64,
            data_out: u64,
            repeat: u32,
            duration: u32,
            rest: [u64; 5],
        }
        let mut attributes = TestRun {
            program: u32::try_from(self.0.as_raw_fd()).unwrap_or(u32::MAX),
            verdict: 0,
            len_in: u32::try_from(frame.len()).unwrap_or(0),
            len_out: 0,
            data_in: frame.as_ptr() as u64,
            data_out: 0,
            repeat: 1,
            duration: 0,
            rest: [0; 5],
        };
        // SAFETY: a frame with its length; nothing is written but the attributes themselves.
        unsafe { raw(PROG_TEST_RUN, &mut attributes) }?;
        Ok(attributes.verdict)
    }
}

/// How many CPUs the kernel keeps values for: one more than the highest number that a CPU can ever have.
fn possible_cpus() -> io::Result<usize> {
    let text = std::fs::read_to_string("/sys/devices/system/cpu/possible")?;
    let highest = text.trim().rsplit([',', '-']).next().and_then(|number| number.parse::<usize>().ok());
    highest.map(|highest| highest + 1).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn named(name: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().take(15).zip(name.bytes()) {
        *place = byte;
    }
    bytes
}

fn refused(object: &'static str, source: io::Error, log: &[u8]) -> BpfError {
    if matches!(source.raw_os_error(), Some(libc::EPERM | libc::EACCES)) && log.iter().all(|byte| *byte == 0)
    {
        return BpfError::NotPermitted { object, source };
    }
    let log = String::from_utf8_lossy(log);
    let last = log.trim_matches(['\0', '\n']).lines().rev().find(|line| !line.starts_with("processed "));
    let log = last.filter(|line| !line.is_empty()).map(|line| format!(": {line}")).unwrap_or_default();
    BpfError::Refused { object, source, log }
}

/// A command that answers with a descriptor.
///
/// # Safety
/// As for [`raw`].
unsafe fn call<T>(command: u32, attributes: &T) -> io::Result<OwnedFd> {
    // SAFETY: the caller's promise; these commands only read their attributes.
    let fd = unsafe { libc::syscall(libc::SYS_bpf, command, &raw const *attributes, size_of::<T>()) };
    match i32::try_from(fd) {
        // SAFETY: a descriptor that the kernel has just made for us (close-on-exec, always); nobody else owns it.
        Ok(fd @ 0..) => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// A command.
///
/// # Safety
/// `T` must be laid out as the kernel's attributes of that command; its pointers must be good for what the command does.
unsafe fn raw<T>(command: u32, attributes: &mut T) -> io::Result<i64> {
    // SAFETY: a live value and its true length; the rest is the caller's promise.
    let answer = unsafe { libc::syscall(libc::SYS_bpf, command, &raw mut *attributes, size_of::<T>()) };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}
