use super::{PacketSocket, RingError};
use rustix::net::{SendFlags, send};
use std::io;

/// Sends single frames on one interface, and receives none. For what is not in a worker's way.
#[derive(Debug)]
pub struct Caller(PacketSocket);

impl Caller {
    /// Opens it on an interface.
    ///
    /// # Errors
    /// Without CAP_NET_RAW; there is no such interface.
    pub fn open(ifindex: u32) -> Result<Self, RingError> {
        let socket = PacketSocket::new()?;
        socket.bind_to_send(ifindex)?;
        Ok(Self(socket))
    }

    /// Sends a frame as it is, from its Ethernet header on.
    ///
    /// # Errors
    /// `ENETDOWN`, `ENXIO`, `EMSGSIZE`; `EAGAIN`: the interface's queue is full.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        send(&self.0, frame, SendFlags::DONTWAIT)?;
        Ok(())
    }
}
