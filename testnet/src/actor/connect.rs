//! Connecting from an address of one's own choice, which the standard library cannot.

use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_reuseaddr, set_socket_timeout};
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// As [`TcpStream::connect_timeout`], from this end. `patience` bounds later sends too.
///
/// # Errors
/// `ETIMEDOUT` when `patience` is over; those of bind and connect.
pub fn connect_from(from: SocketAddr, to: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    set_socket_reuseaddr(&socket, true)?;
    // Linux bounds connecting by it as well.
    set_socket_timeout(&socket, Timeout::Send, Some(patience))?;
    rustix::net::bind(&socket, &from)?;
    match rustix::net::connect(&socket, &to) {
        Ok(()) => Ok(socket.into()),
        // The word of a blocking connect whose time is over.
        Err(Errno::INPROGRESS | Errno::AGAIN) => Err(Errno::TIMEDOUT.into()),
        Err(other) => Err(other.into()),
    }
}
