//! Sockets that come from where a check wants them to come from.

use super::Target;
use crate::lvs::{self, Origin};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};

/// A TCP connection. Ended without lingering, by a reset if the server has not closed it before: many checks must not
/// fill the host's table of old connections.
///
/// # Errors
/// The system's, with what was tried.
pub(super) async fn tcp(at: SocketAddr, target: &Target) -> io::Result<TcpStream> {
    let socket = led(at, target, Type::STREAM, Protocol::TCP, lvs::Protocol::Tcp).await?;
    socket.set_linger(Some(Duration::ZERO))?;
    TcpSocket::from_std_stream(socket.into()).connect(at).await
}

/// A UDP socket that hears of ICMP errors, since it is connected.
///
/// # Errors
/// The system's, with what was tried.
pub(super) async fn udp(at: SocketAddr, target: &Target) -> io::Result<UdpSocket> {
    let socket = led(at, target, Type::DGRAM, Protocol::UDP, lvs::Protocol::Udp).await?;
    let socket = UdpSocket::from_std(socket.into())?;
    socket.connect(at).await?;
    Ok(socket)
}

/// A socket for ICMP or ICMPv6 that hears the peer alone, and whether it is a raw one: not where the host lets the
/// director ping without.
///
/// # Errors
/// The system's, with what was tried.
pub(super) async fn icmp(at: IpAddr, origin: &Origin) -> io::Result<(UdpSocket, bool)> {
    let at = SocketAddr::new(at, 0);
    let origin = Origin { port: None, ..origin.clone() };
    let protocol = if at.is_ipv4() { Protocol::ICMPV4 } else { Protocol::ICMPV6 };
    let (socket, is_raw) = match prepared(at, &origin, Type::DGRAM, protocol) {
        Ok(socket) => (socket, false),
        Err(_) => (prepared(at, &origin, Type::RAW, protocol)?, true),
    };
    let socket = UdpSocket::from_std(socket.into())?;
    socket.connect(at).await?;
    Ok((socket, is_raw))
}

/// A UDP socket as a stream: each write is a datagram, and what comes is read one after the other.
///
/// # Errors
/// The system's, with what was tried.
pub(super) async fn datagrams(at: SocketAddr, target: &Target) -> io::Result<Datagrams> {
    udp(at, target).await.map(Datagrams)
}

/// See [`datagrams`].
pub(super) struct Datagrams(UdpSocket);

impl AsyncRead for Datagrams {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.poll_recv(task, into)
    }
}

impl AsyncWrite for Datagrams {
    fn poll_write(self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.poll_send(task, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A socket that comes from where the check wants it, and goes through the VIP if the check does.
async fn led(
    at: SocketAddr,
    target: &Target,
    kind: Type,
    protocol: Protocol,
    named: lvs::Protocol,
) -> io::Result<Socket> {
    let Some(via) = &target.via else { return prepared(at, &target.origin, kind, protocol) };
    let origin = via.origin(at, &target.origin).await?;
    let socket = prepared(at, &origin, kind, protocol)?;
    let from = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    via.admit(named, from, at);
    Ok(socket)
}

fn prepared(at: SocketAddr, origin: &Origin, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let named = |what: &str| {
        let what = what.to_owned();
        move |error: io::Error| io::Error::new(error.kind(), format!("{what}: {error}"))
    };
    let socket = Socket::new(Domain::for_address(at), kind.nonblocking().cloexec(), Some(protocol))
        .map_err(named("no socket"))?;
    if let Some(interface) = &origin.interface {
        let bound = socket.bind_device(Some(interface.as_bytes()));
        bound.map_err(named(&format!("interface {interface}")))?;
    }
    if let Some(mark) = origin.mark {
        socket.set_mark(mark).map_err(named(&format!("mark {mark}")))?;
    }
    if origin.addr.is_some() || origin.port.is_some() {
        let any = match at {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let from = SocketAddr::new(origin.addr.unwrap_or(any), origin.port.unwrap_or(0));
        if origin.port.is_some() {
            socket.set_reuse_address(true).map_err(named("reuse of the port"))?;
        }
        socket.bind(&SockAddr::from(from)).map_err(named(&format!("source {from}")))?;
    }
    Ok(socket)
}
