//! A small blocking netlink client.
//!
//! A netlink socket belongs for ever to the network namespace in which it was opened. Only messages from the kernel
//! (port id 0) are believed: any local process with the right capability could send us one that looks like news.

mod message;

pub use message::{Attributes, Message, Received, number, number_be, split, text};

use netlink_sys::{Socket, SocketAddr};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// NETLINK_ROUTE.
pub const ROUTE: isize = libc::NETLINK_ROUTE as isize;
/// NETLINK_NETFILTER.
pub const NETFILTER: isize = libc::NETLINK_NETFILTER as isize;
/// Largest datagram accepted. The kernel makes dumps of at most 32 KiB.
const DATAGRAM_LEN: usize = 64 << 10;
/// The kernel answers within the call; a longer wait means that there is no answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Extended errors: the kernel's sentence about what was wrong.
const NLMSGERR_ATTR_MSG: u16 = 1;
/// The dump was cut by a change meanwhile.
const NLM_F_DUMP_INTR: u16 = 0x10;
/// The error does not echo the request.
const NLM_F_CAPPED: u16 = 0x100;
/// The error has attributes.
const NLM_F_ACK_TLVS: u16 = 0x200;

/// Why netlink did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum NetlinkError {
    /// The kernel refused.
    #[error("{}{}{hint}", io::Error::from_raw_os_error(*.errno), if .hint.is_empty() { "" } else { ": " })]
    Refused {
        /// Positive errno.
        errno: i32,
        /// The kernel's own sentence, or empty.
        hint: String,
    },
    /// The socket failed; `ENOBUFS` means that messages were lost.
    #[error("netlink socket: {0}")]
    Socket(#[from] io::Error),
    /// No answer, or one that cannot be read.
    #[error("the kernel's answer over netlink cannot be read")]
    Unreadable,
}

impl NetlinkError {
    /// The errno, where there is one.
    pub fn errno(&self) -> Option<i32> {
        match self {
            Self::Refused { errno, .. } => Some(*errno),
            Self::Socket(error) => error.raw_os_error(),
            Self::Unreadable => None,
        }
    }

    /// Messages were lost: what is known must be read anew.
    pub fn is_overrun(&self) -> bool {
        matches!(self, Self::Socket(error) if error.raw_os_error() == Some(libc::ENOBUFS))
    }
}

/// A netlink socket with its sequence number.
pub struct Netlink {
    socket: Socket,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Netlink {
    /// Opens a socket of this protocol ([`ROUTE`], [`NETFILTER`]) in the calling thread's network namespace, subscribed
    /// to the groups of the bit mask `groups` (`RTMGRP_…`; 0 for none).
    ///
    /// # Errors
    /// The errno of socket, setsockopt or bind.
    pub fn open(protocol: isize, groups: u32) -> io::Result<Self> {
        let mut socket = Socket::new(protocol)?;
        // Both only make errors clearer; kernels before 4.12 have neither.
        let _ = socket.set_ext_ack(true);
        let _ = socket.set_cap_ack(true);
        rustix::net::sockopt::set_socket_timeout(
            &socket,
            rustix::net::sockopt::Timeout::Recv,
            Some(PATIENCE),
        )?;
        socket.bind(&SocketAddr::new(0, groups))?;
        Ok(Self { socket, sequence: 0, buffer: Vec::with_capacity(DATAGRAM_LEN) })
    }

    /// Asks for room of so many bytes in each direction; the kernel may grant less.
    pub fn enlarge(&self, bytes: usize) {
        use rustix::net::sockopt;
        if sockopt::set_socket_recv_buffer_size_force(&self.socket, bytes).is_err() {
            let _ = sockopt::set_socket_recv_buffer_size(&self.socket, bytes);
        }
        if sockopt::set_socket_send_buffer_size_force(&self.socket, bytes).is_err() {
            let _ = sockopt::set_socket_send_buffer_size(&self.socket, bytes);
        }
    }

    /// Sends a request and waits until the kernel has done it or refused.
    ///
    /// # Errors
    /// [`NetlinkError::Refused`] with the kernel's errno; socket errors.
    pub fn request(&mut self, message: Message) -> Result<(), NetlinkError> {
        self.sequence = self.sequence.wrapping_add(1);
        #[expect(clippy::cast_possible_truncation, reason = "4")]
        let message = message.flagged(libc::NLM_F_ACK as u16).numbered(self.sequence);
        self.send(message.as_bytes())?;
        loop {
            for answer in self.receive()? {
                if answer.sequence == self.sequence
                    && let Some(outcome) = outcome(&answer)
                {
                    return outcome;
                }
            }
        }
    }

    /// Sends a request for a dump and collects it. A dump that the kernel marks as cut by a change is asked for again,
    /// at most four times; then it is returned as it is (the notification of that change is on its way).
    ///
    /// # Errors
    /// [`NetlinkError::Refused`] with the kernel's errno; socket errors.
    pub fn dump(&mut self, message: Message) -> Result<Vec<Received>, NetlinkError> {
        #[expect(clippy::cast_possible_truncation, reason = "0x300")]
        let message = message.flagged(libc::NLM_F_DUMP as u16);
        let mut last = Vec::new();
        for _ in 0..5 {
            let (messages, consistent) = self.dump_once(message.clone())?;
            last = messages;
            if consistent {
                break;
            }
        }
        Ok(last)
    }

    fn dump_once(&mut self, message: Message) -> Result<(Vec<Received>, bool), NetlinkError> {
        self.sequence = self.sequence.wrapping_add(1);
        self.send(message.numbered(self.sequence).as_bytes())?;
        let mut messages = Vec::new();
        let mut consistent = true;
        loop {
            for answer in self.receive()? {
                if answer.sequence != self.sequence {
                    continue;
                }
                consistent &= answer.flags & NLM_F_DUMP_INTR == 0;
                match i32::from(answer.kind) {
                    libc::NLMSG_DONE => {
                        // The end of a dump may carry the error that ended it.
                        return match answer.fixed().map_or(0, i32::from_ne_bytes) {
                            0 => Ok((messages, consistent)),
                            code => Err(refused(code, &answer)),
                        };
                    }
                    libc::NLMSG_ERROR => match outcome(&answer) {
                        Some(Err(error)) => return Err(error),
                        _ => return Ok((messages, consistent)),
                    },
                    _ => messages.push(answer),
                }
            }
        }
    }

    /// Sends a batch (nf_tables) and returns the first refusal among the answers. The kernel works a batch off before
    /// the call returns; so nobody waits here. The last message must ask for an acknowledgement.
    ///
    /// # Errors
    /// [`NetlinkError::Refused`] with the kernel's errno; socket errors (`EMSGSIZE`: too large for the socket's buffer).
    pub fn batch(&mut self, messages: Vec<Message>) -> Result<(), NetlinkError> {
        self.drain()?;
        let first = self.sequence.wrapping_add(1);
        let mut bytes = Vec::new();
        for message in messages {
            self.sequence = self.sequence.wrapping_add(1);
            bytes.extend_from_slice(message.numbered(self.sequence).as_bytes());
        }
        self.send(&bytes)?;
        let mut answered = false;
        let mut refusal = None;
        while let Some(answers) = self.receive_now()? {
            for answer in answers.iter().filter(|a| a.sequence.wrapping_sub(first) < 1 << 31) {
                match outcome(answer) {
                    Some(Ok(())) => answered = true,
                    Some(Err(error)) => refusal = refusal.or(Some(error)),
                    None => {}
                }
            }
        }
        match refusal {
            Some(error) => Err(error),
            None if answered => Ok(()),
            None => Err(NetlinkError::Unreadable),
        }
    }

    /// Sends a request for one object and returns it.
    ///
    /// # Errors
    /// [`NetlinkError::Refused`] with the kernel's errno; socket errors.
    pub fn get(&mut self, message: Message) -> Result<Received, NetlinkError> {
        self.sequence = self.sequence.wrapping_add(1);
        self.send(message.numbered(self.sequence).as_bytes())?;
        loop {
            for answer in self.receive()? {
                if answer.sequence == self.sequence {
                    return match outcome(&answer) {
                        None => Ok(answer),
                        Some(Err(error)) => Err(error),
                        Some(Ok(())) => Err(NetlinkError::Unreadable),
                    };
                }
            }
        }
    }

    /// Waits for a datagram from the kernel and splits it. Datagrams from anybody else are thrown away.
    ///
    /// # Errors
    /// Socket errors; `EAGAIN` after five seconds without anything, `ENOBUFS` when messages were lost.
    pub fn receive(&mut self) -> Result<Vec<Received>, NetlinkError> {
        loop {
            if let Some(messages) = self.receive_flagged(0)? {
                return Ok(messages);
            }
        }
    }

    /// As [`Netlink::receive`], but `None` if nothing is there.
    ///
    /// # Errors
    /// Socket errors; `ENOBUFS` when messages were lost.
    pub fn receive_now(&mut self) -> Result<Option<Vec<Received>>, NetlinkError> {
        loop {
            match self.receive_flagged(libc::MSG_DONTWAIT) {
                Ok(Some(messages)) => return Ok(Some(messages)),
                Ok(None) => {}
                Err(NetlinkError::Socket(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// `None`: a datagram that is not the kernel's.
    fn receive_flagged(&mut self, flags: i32) -> Result<Option<Vec<Received>>, NetlinkError> {
        self.buffer.clear();
        let (len, from) = loop {
            match self.socket.recv_from(&mut self.buffer, flags | libc::MSG_TRUNC) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        if from.port_number() != 0 {
            return Ok(None);
        }
        if len > self.buffer.len() {
            // Cut: as good as lost.
            return Err(io::Error::from_raw_os_error(libc::ENOBUFS).into());
        }
        Ok(Some(split(&self.buffer)))
    }

    /// Throws away what is left of earlier conversations.
    fn drain(&mut self) -> Result<(), NetlinkError> {
        while self.receive_now()?.is_some() {}
        Ok(())
    }

    fn send(&self, bytes: &[u8]) -> Result<(), NetlinkError> {
        loop {
            match self.socket.send_to(bytes, &SocketAddr::new(0, 0), 0) {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl AsFd for Netlink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// What an answer says, if it is an acknowledgement or an error.
fn outcome(answer: &Received) -> Option<Result<(), NetlinkError>> {
    if i32::from(answer.kind) != libc::NLMSG_ERROR {
        return None;
    }
    Some(match answer.fixed().map(i32::from_ne_bytes) {
        Some(0) => Ok(()),
        Some(code) => Err(refused(code, answer)),
        None => Err(NetlinkError::Unreadable),
    })
}

fn refused(code: i32, answer: &Received) -> NetlinkError {
    let hint = if answer.flags & NLM_F_ACK_TLVS == 0 {
        String::new()
    } else {
        // The request's header follows the code, and the whole request unless it was capped.
        let echoed = answer.body.get(4..8).and_then(number).map_or(16, |len| len as usize);
        let skip = if answer.flags & NLM_F_CAPPED == 0 { echoed } else { message::HEADER_LEN };
        answer.attributes(4_usize.saturating_add(skip)).get(NLMSGERR_ATTR_MSG).map(text).unwrap_or_default()
    };
    NetlinkError::Refused { errno: code.saturating_abs(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_message(code: i32, flags: u16, rest: &[u8]) -> Received {
        let mut body = code.to_ne_bytes().to_vec();
        body.extend_from_slice(rest);
        Received { kind: 2, flags, sequence: 1, body }
    }

    #[test]
    fn acknowledgement_and_refusal_are_told_apart() {
        assert!(matches!(outcome(&error_message(0, 0, &[0; 16])), Some(Ok(()))));
        let refused = outcome(&error_message(-libc::EEXIST, 0, &[0; 16]));
        assert!(matches!(refused, Some(Err(NetlinkError::Refused { errno: libc::EEXIST, .. }))));
        assert!(outcome(&Received { kind: 16, flags: 0, sequence: 1, body: vec![] }).is_none());
        let short = Received { kind: 2, flags: 0, sequence: 1, body: vec![0] };
        assert!(matches!(outcome(&short), Some(Err(NetlinkError::Unreadable))));
    }

    #[test]
    fn the_kernels_sentence_is_found() {
        let request = Message::new(16, 0).text(NLMSGERR_ATTR_MSG, "no such thing");
        let mut rest = vec![0; 16];
        rest.extend_from_slice(&request.as_bytes()[16..]);
        let refused = outcome(&error_message(-libc::ENODEV, NLM_F_CAPPED | NLM_F_ACK_TLVS, &rest));
        let Some(Err(error)) = refused else { panic!("{refused:?}") };
        assert!(error.to_string().ends_with(": no such thing"), "{error}");
    }

    #[test]
    fn what_another_process_sends_is_not_believed() {
        let mut netlink = Netlink::open(ROUTE, 0).expect("netlink is everywhere");
        let mut at = SocketAddr::new(0, 0);
        netlink.socket.get_address(&mut at).expect("address");
        let forger = Socket::new(ROUTE).expect("netlink is everywhere");
        let forged = Message::new(libc::RTM_DELLINK, 0).body(&[0; 16]);
        match forger.send_to(forged.as_bytes(), &at, 0) {
            Ok(_) => assert!(matches!(netlink.receive_now(), Ok(None))),
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(libc::EPERM), "the kernel forbids it by itself")
            }
        }
    }

    #[test]
    fn a_dump_of_links_has_the_loopback() {
        let mut netlink = Netlink::open(ROUTE, 0).expect("netlink is everywhere");
        let links = netlink.dump(Message::new(libc::RTM_GETLINK, 0).body(&[0; 16])).expect("dump");
        assert!(
            links
                .iter()
                .any(|link| link.attributes(16).get(libc::IFLA_IFNAME).map(text).as_deref() == Some("lo"))
        );
    }
}
