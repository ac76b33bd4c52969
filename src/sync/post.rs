//! Messages on their way into the sockets.

use std::collections::VecDeque;
use std::io;
use std::net::UdpSocket;

/// Messages on their way into the sockets.
pub(super) struct Post<'s> {
    pub sockets: &'s [UdpSocket],
    pub waiting: VecDeque<(usize, Vec<u8>)>,
    /// Messages that may wait.
    pub most: usize,
}

impl Post<'_> {
    /// Sends a message, or keeps it while the socket is full. False: it is lost.
    pub fn send(&mut self, number: usize, message: &[u8]) -> bool {
        if self.waiting.is_empty() {
            match self.try_send(number, message) {
                Ok(()) => return true,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
        if self.waiting.len() >= self.most {
            return false;
        }
        self.waiting.push_back((number, message.to_vec()));
        true
    }

    /// Sends what waits, as far as the sockets take it.
    pub fn go_on(&mut self) {
        while let Some((number, message)) = self.waiting.pop_front() {
            if let Err(error) = self.try_send(number, &message)
                && error.kind() == io::ErrorKind::WouldBlock
            {
                self.waiting.push_front((number, message));
                return;
            }
        }
    }

    fn try_send(&self, number: usize, message: &[u8]) -> io::Result<()> {
        let socket = self.sockets.get(number).ok_or(io::ErrorKind::NotFound)?;
        // What a peer answered to an earlier one (port unreachable) is told with this one.
        match socket.send(message) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => socket.send(message).map(drop),
            other => other.map(drop),
        }
    }
}
