//! The sockets of a daemon: UDP, on one interface, of one group or peer.

use crate::lvs::SyncDaemon;
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// The kernel's group, port and TTL.
pub const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 81));
pub const PORT: u16 = 8848;
pub const TTL: u8 = 1;

/// Where port number `number` of a daemon is.
fn place(daemon: &SyncDaemon, number: usize) -> io::Result<SocketAddr> {
    let first = daemon.port.unwrap_or(PORT);
    let port = u16::try_from(number).ok().and_then(|number| first.checked_add(number));
    let beyond = || io::Error::new(io::ErrorKind::InvalidInput, "ports beyond 65535");
    Ok(SocketAddr::new(daemon.group.unwrap_or(GROUP), port.ok_or_else(beyond)?))
}

fn open(daemon: &SyncDaemon, to: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(to), Type::DGRAM, Some(Protocol::UDP))?;
    socket.bind_device(Some(daemon.interface.as_bytes()))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A socket that sends to a port of the group. `size`: bytes of its buffer, 0: the system's choice.
pub(super) fn sender(daemon: &SyncDaemon, ifindex: u32, number: usize, size: usize) -> io::Result<UdpSocket> {
    let to = place(daemon, number)?;
    let socket = open(daemon, to)?;
    let ttl = u32::from(daemon.ttl.unwrap_or(TTL));
    if to.is_ipv4() {
        socket.set_multicast_loop_v4(false)?;
        socket.set_multicast_ttl_v4(ttl)?;
    } else {
        socket.set_only_v6(true)?;
        socket.set_multicast_loop_v6(false)?;
        socket.set_multicast_hops_v6(ttl)?;
        socket.set_multicast_if_v6(ifindex)?;
    }
    if size != 0 {
        socket.set_send_buffer_size(size)?;
    }
    socket.connect(&to.into())?;
    Ok(socket.into())
}

/// A socket that hears what is sent to a port of the group.
pub(super) fn receiver(
    daemon: &SyncDaemon,
    ifindex: u32,
    number: usize,
    size: usize,
) -> io::Result<UdpSocket> {
    let at = place(daemon, number)?;
    let socket = open(daemon, at)?;
    socket.set_reuse_address(true)?;
    match at.ip() {
        IpAddr::V4(group) => {
            socket.bind(&at.into())?;
            socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(ifindex))?;
        }
        IpAddr::V6(group) => {
            socket.set_only_v6(true)?;
            socket.bind(&at.into())?;
            socket.join_multicast_v6(&group, ifindex)?;
        }
    }
    if size != 0 {
        socket.set_recv_buffer_size(size)?;
    }
    Ok(socket.into())
}
