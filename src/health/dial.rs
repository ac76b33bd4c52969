//! Sockets that come from where a check wants them to come from.

use crate::lvs::Origin;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};

/// A TCP connection. Ended without lingering: many checks must not fill the host's table of old connections.
///
/// # Errors
/// The system's, with what was tried.
pub(super) async fn tcp(at: SocketAddr, origin: &Origin) -> io::Result<TcpStream> {
    let socket = prepared(at, origin, Type::STREAM, Protocol::TCP)?;
    TcpSocket::from_std_stream(socket.into()).connect(at).await
}

/// A UDP socket that hears of ICMP errors, since it is connected.
///
/// # Errors
/// The system's, with what was tried.
pub(super) async fn udp(at: SocketAddr, origin: &Origin) -> io::Result<UdpSocket> {
    let socket = prepared(at, origin, Type::DGRAM, Protocol::UDP)?;
    let socket = UdpSocket::from_std(socket.into())?;
    socket.connect(at).await?;
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
