//! One way by which heartbeats come and go: an address here, an address there.

use crate::host::vicinity::Vicinity;
use crate::pulse::Word;
use std::io;
use std::net::{IpAddr, SocketAddrV4, UdpSocket};

/// Datagrams that are read from one socket before deadlines are looked at again.
pub(super) const PACKETS: usize = 1000;

/// A way, and its socket once it could be opened.
#[derive(Debug)]
pub(super) struct Channel {
    own: SocketAddrV4,
    partner: SocketAddrV4,
    socket: Option<UdpSocket>,
}

impl Channel {
    /// Not open yet.
    pub const fn new(own: SocketAddrV4, partner: SocketAddrV4) -> Self {
        Self { own, partner, socket: None }
    }

    /// Opens it, if that was not done and the host has its address; closes it if the host has it no longer. The port is below 1024 as a rule, which needs a privilege
    /// that this thread keeps.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn open(&mut self, vicinity: &Vicinity) -> Result<(), String> {
        let own = IpAddr::V4(*self.own.ip());
        if !vicinity.indices().any(|ifindex| vicinity.has(ifindex, own)) {
            // Nothing can come to it: that is no silence of the partner's.
            self.socket = None;
            return Ok(());
        }
        if self.socket.is_some() {
            return Ok(());
        }
        let socket = UdpSocket::bind(self.own).and_then(|socket| {
            socket.set_nonblocking(true)?;
            Ok(socket)
        });
        self.socket = Some(socket.map_err(|error| self.cannot("heard", &error))?);
        Ok(())
    }

    /// The socket, if it is open.
    pub const fn socket(&self) -> Option<&UdpSocket> {
        self.socket.as_ref()
    }

    /// Sends a word to the partner.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn send(&self, word: Word) -> Result<(), String> {
        let Some(socket) = &self.socket else {
            return Err(self.cannot("sent", &io::ErrorKind::AddrNotAvailable.into()));
        };
        socket.send_to(&word.to_bytes(), self.partner).map_err(|error| self.cannot("sent", &error))?;
        Ok(())
    }

    fn cannot(&self, what: &str, error: &io::Error) -> String {
        format!("heartbeats between {} and {} cannot be {what}: {error}", self.own, self.partner.ip())
    }
}
