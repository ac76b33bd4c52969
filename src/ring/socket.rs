//! The packet socket: options, binding, errors, statistics.
#![allow(unsafe_code, reason = "packet socket options have no safe wrapper")]

use super::{Fanout, Layout, RingConfig, RingError};
use std::ffi::c_int;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::Arc;

/// What has happened to the interface below a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkTrouble {
    /// The interface is down; the same ring goes on when it is up again.
    Down,
    /// The interface is gone; the ring must be bound to another or replaced.
    Gone,
    /// Another error (an errno).
    Other(i32),
}

/// A handle on a ring's packet socket, by which frames are sent. Clones are the same socket.
#[derive(Clone, Debug)]
pub struct PacketSocket(Arc<OwnedFd>);

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What PACKET_STATISTICS has counted since it was last asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Counted {
    /// Frames put into the ring.
    pub received: u32,
    /// Frames lost because the ring was full.
    pub dropped: u32,
}

impl PacketSocket {
    #[cfg(test)]
    pub(super) fn play(fd: OwnedFd) -> Self {
        Self(Arc::new(fd))
    }

    /// Makes a socket that receives nothing yet (protocol 0), so that no frame can precede the options.
    pub(super) fn new() -> Result<Self, RingError> {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: takes no pointers.
        let fd = unsafe { libc::socket(libc::AF_PACKET, kind, 0) };
        if fd < 0 {
            let source = io::Error::last_os_error();
            return Err(match source.raw_os_error() {
                Some(libc::EPERM | libc::EACCES) => RingError::NotPermitted { source },
                _ => RingError::Socket { source },
            });
        }
        // SAFETY: a descriptor that the kernel has just made for us; nobody else owns it.
        Ok(Self(Arc::new(unsafe { OwnedFd::from_raw_fd(fd) })))
    }

    /// Sets every option and makes the ring; returns its shape.
    pub(super) fn prepare(&self, config: &RingConfig) -> Result<Layout, RingError> {
        const PACKET_IGNORE_OUTGOING: c_int = 23;
        const OLD: &str = "this kernel or sandbox does not know it; Linux 4.20 or later is needed";
        const RESERVE: c_int = 64;
        const COPY_THRESHOLD: c_int = 1 << 16;

        self.packet_option("PACKET_VERSION", libc::PACKET_VERSION, &libc::tpacket_versions::TPACKET_V2, OLD)?;
        self.packet_option("PACKET_VNET_HDR", libc::PACKET_VNET_HDR, &(1 as c_int), OLD)?;
        self.packet_option("PACKET_RESERVE", libc::PACKET_RESERVE, &RESERVE, OLD)?;
        self.packet_option("PACKET_IGNORE_OUTGOING", PACKET_IGNORE_OUTGOING, &(1 as c_int), OLD)?;

        let forced = self.buffer(libc::SO_RCVBUFFORCE, libc::SO_RCVBUF, config.receive_buffer)?;
        self.buffer(libc::SO_SNDBUFFORCE, libc::SO_SNDBUF, config.send_buffer)?;
        let layout = Layout::choose(config, forced)?;
        if layout.has_small_slots() {
            self.packet_option("PACKET_COPY_THRESH", libc::PACKET_COPY_THRESH, &COPY_THRESHOLD, OLD)?;
        }
        let small = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let request = libc::tpacket_req {
            tp_block_size: small(layout.block_len()),
            tp_block_nr: small(layout.blocks()),
            tp_frame_size: small(layout.slot_len()),
            tp_frame_nr: small(layout.slots()),
        };
        let remedy = "too little memory for the ring: choose a smaller one";
        self.packet_option("PACKET_RX_RING", libc::PACKET_RX_RING, &request, remedy)?;
        Ok(layout)
    }

    /// Binds to an interface and receives every protocol. (A tap on one protocol would stand behind netdev ingress
    /// and see nothing of what is dropped there.)
    pub(super) fn bind(&self, ifindex: u32) -> Result<(), RingError> {
        self.bind_for(ifindex, libc::ETH_P_ALL as u16)
    }

    /// Binds to an interface to send there, and receives nothing.
    pub(super) fn bind_to_send(&self, ifindex: u32) -> Result<(), RingError> {
        self.bind_for(ifindex, 0)
    }

    fn bind_for(&self, ifindex: u32, protocol: u16) -> Result<(), RingError> {
        let Ok(index @ 1..) = i32::try_from(ifindex) else {
            return Err(RingError::NoSuchDevice { ifindex }); // 0 would mean: all of them
        };
        let address = libc::sockaddr_ll {
            sll_family: libc::AF_PACKET as u16,
            sll_protocol: protocol.to_be(),
            sll_ifindex: index,
            sll_hatype: 0,
            sll_pkttype: 0,
            sll_halen: 0,
            sll_addr: [0; 8],
        };
        // SAFETY: a live sockaddr_ll and its true length.
        let answer = unsafe {
            libc::bind(
                self.0.as_raw_fd(),
                (&raw const address).cast(),
                size_of_val(&address) as libc::socklen_t,
            )
        };
        if answer == 0 {
            return Ok(());
        }
        let source = io::Error::last_os_error();
        Err(match source.raw_os_error() {
            Some(libc::ENODEV | libc::ENXIO) => RingError::NoSuchDevice { ifindex },
            _ => RingError::Bind { ifindex, source },
        })
    }

    /// Joins a fan-out group; the socket must be bound.
    pub(super) fn join(&self, fanout: Fanout) -> Result<(), RingError> {
        let remedy = "the group may be in use on another interface or in another mode: choose another number";
        self.packet_option("PACKET_FANOUT", libc::PACKET_FANOUT, &fanout.argument(), remedy)
    }

    /// Has the kernel show every frame to this program first, which says how much of it is wanted.
    pub(super) fn filter_by(&self, program: c_int) -> Result<(), RingError> {
        self.set(libc::SOL_SOCKET, libc::SO_ATTACH_BPF, &program).map_err(|source| RingError::Option {
            option: "SO_ATTACH_BPF",
            source,
            remedy: "do without it: --filter off",
        })
    }

    /// Has this program say which ring of the fan-out group a frame goes to.
    pub(super) fn deal_by(&self, program: c_int) -> Result<(), RingError> {
        const PACKET_FANOUT_DATA: c_int = 22;
        let remedy = "do without it: --fanout hash";
        self.packet_option("PACKET_FANOUT_DATA", PACKET_FANOUT_DATA, &program, remedy)
    }

    /// Counts since the last call: reading resets the kernel's counters, and its "packets" include the drops.
    pub(super) fn statistics(&self) -> io::Result<Counted> {
        let mut raw = libc::tpacket_stats { tp_packets: 0, tp_drops: 0 };
        self.ask(libc::SOL_PACKET, libc::PACKET_STATISTICS, &mut raw)?;
        Ok(Counted { received: raw.tp_packets.saturating_sub(raw.tp_drops), dropped: raw.tp_drops })
    }

    /// Takes the pending error off the socket, which ends POLLERR. 0 if there is none.
    pub(super) fn take_errno(&self) -> i32 {
        let mut errno: c_int = 0;
        match self.ask(libc::SOL_SOCKET, libc::SO_ERROR, &mut errno) {
            Ok(()) => errno,
            Err(error) => error.raw_os_error().unwrap_or(libc::EIO),
        }
    }

    /// Names an error: the kernel says ENETDOWN for a removed interface, too, but then the socket is bound to none.
    pub(super) fn name_trouble(&self, errno: i32) -> LinkTrouble {
        match errno {
            libc::ENODEV | libc::ENXIO => LinkTrouble::Gone,
            libc::ENETDOWN if self.bound_to() <= 0 => LinkTrouble::Gone,
            libc::ENETDOWN => LinkTrouble::Down,
            other => LinkTrouble::Other(other),
        }
    }

    /// The interface's index, or −1 if it is gone.
    fn bound_to(&self) -> i32 {
        // SAFETY: all-zero bytes are a valid sockaddr_ll.
        let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
        let mut len = size_of_val(&address) as libc::socklen_t;
        // SAFETY: a live sockaddr_ll and its true length, which the kernel does not exceed.
        let answer =
            unsafe { libc::getsockname(self.0.as_raw_fd(), (&raw mut address).cast(), &raw mut len) };
        if answer == 0 { address.sll_ifindex } else { -1 }
    }

    /// Receives one message into `buffer`; the answer is the message's whole length, even if it did not fit.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
        // SAFETY: a live, exclusively borrowed buffer and its true length.
        let len = unsafe { libc::recv(self.0.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), flags) };
        usize::try_from(len).map_err(|_| io::Error::last_os_error())
    }

    /// Asks for a buffer by force, else as much of it as is allowed; says whether force was granted.
    fn buffer(&self, force: c_int, ask: c_int, len: u32) -> Result<bool, RingError> {
        let len = c_int::try_from(len).unwrap_or(c_int::MAX);
        if self.set(libc::SOL_SOCKET, force, &len).is_ok() {
            return Ok(true);
        }
        let option = if ask == libc::SO_RCVBUF { "SO_RCVBUF" } else { "SO_SNDBUF" };
        self.set(libc::SOL_SOCKET, ask, &len).map(|()| false).map_err(|source| RingError::Option {
            option,
            source,
            remedy: "a sandbox may forbid it",
        })
    }

    fn packet_option<T: Copy>(
        &self,
        option: &'static str,
        number: c_int,
        value: &T,
        remedy: &'static str,
    ) -> Result<(), RingError> {
        self.set(libc::SOL_PACKET, number, value).map_err(|source| RingError::Option {
            option,
            source,
            remedy,
        })
    }

    fn set<T: Copy>(&self, level: c_int, number: c_int, value: &T) -> io::Result<()> {
        // SAFETY: a live value and its true length; the kernel only reads it.
        let answer = unsafe {
            libc::setsockopt(
                self.0.as_raw_fd(),
                level,
                number,
                (&raw const *value).cast(),
                size_of::<T>() as libc::socklen_t,
            )
        };
        if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// `T` must be plain integers, so that whatever the kernel writes is a valid value: used for two types above.
    fn ask<T: Copy>(&self, level: c_int, number: c_int, value: &mut T) -> io::Result<()> {
        let mut len = size_of::<T>() as libc::socklen_t;
        // SAFETY: a live value of plain integers and its true length, which the kernel does not exceed.
        let answer = unsafe {
            libc::getsockopt(self.0.as_raw_fd(), level, number, (&raw mut *value).cast(), &raw mut len)
        };
        if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}
