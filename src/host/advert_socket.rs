//! The sockets of virtual routers: raw ones for protocol 112, and 51 where adverts have an authentication header.

use nix::cmsg_space;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn6, recvmsg, sendmsg, setsockopt, sockopt,
};
use rustix::net::{SendFlags, sendto};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Class of service of adverts (RFC 791's "internetwork control").
const CONTROL_CLASS: u8 = 0xc0;
/// Longest packet that is taken: 255 IPv6 addresses, and all headers.
const PACKET_LEN: usize = 8192;

/// A raw socket on one interface, by which adverts come and go. It does not hear what it sends.
#[derive(Debug)]
pub struct AdvertSocket {
    socket: Socket,
    is_v6: bool,
    ifindex: u32,
    joined: Vec<IpAddr>,
    buffer: Vec<u8>,
}

/// A packet that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came<'a> {
    /// The whole of it.
    V4(&'a [u8]),
    /// What is behind the IPv6 header, and what that said.
    V6 {
        /// Who sent it.
        from: Ipv6Addr,
        /// To whom.
        to: Ipv6Addr,
        /// Hop limit as it came; 0: unknown.
        hops: u8,
        /// Behind the header.
        message: &'a [u8],
    },
}

impl AdvertSocket {
    /// Opens one for this protocol number, of the family of IPv6 if `is_v6`, bound to an interface.
    ///
    /// # Errors
    /// `EPERM` without CAP_NET_RAW, `ENODEV`, `EAFNOSUPPORT` where there is no IPv6.
    pub fn open(interface: &str, ifindex: u32, is_v6: bool, number: u8) -> io::Result<Self> {
        let domain = if is_v6 { Domain::IPV6 } else { Domain::IPV4 };
        let socket = Socket::new(domain, Type::RAW, Some(Protocol::from(i32::from(number))))?;
        socket.set_nonblocking(true)?;
        socket.bind_device(Some(interface.as_bytes()))?;
        if is_v6 {
            socket.set_multicast_loop_v6(false)?;
            socket.set_multicast_if_v6(ifindex)?;
            setsockopt(&socket, sockopt::Ipv6RecvHopLimit, &true)?;
            setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
        } else {
            // The header is the sender's: an authentication header covers most of it.
            socket.set_header_included_v4(true)?;
            socket.set_multicast_loop_v4(false)?;
            rustix::net::sockopt::set_ip_multicast_if_with_ifindex(
                &socket,
                &Ipv4Addr::UNSPECIFIED,
                &Ipv4Addr::UNSPECIFIED,
                ifindex,
            )?;
            socket.set_multicast_all_v4(false)?;
        }
        Ok(Self { socket, is_v6, ifindex, joined: Vec::new(), buffer: vec![0; PACKET_LEN] })
    }

    /// Hears this group from now on.
    ///
    /// # Errors
    /// `ENODEV`, `EADDRNOTAVAIL`.
    pub fn join(&mut self, group: IpAddr) -> io::Result<()> {
        if self.joined.contains(&group) {
            return Ok(());
        }
        match group {
            IpAddr::V4(group) => {
                self.socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(self.ifindex))?;
            }
            IpAddr::V6(group) => self.socket.join_multicast_v6(&group, self.ifindex)?,
        }
        self.joined.push(group);
        Ok(())
    }

    /// Sends a whole IPv4 packet.
    ///
    /// # Errors
    /// `ENETDOWN`, `ENETUNREACH`, `EADDRNOTAVAIL`; `EAGAIN`: the interface's queue is full.
    pub fn send_v4(&self, to: Ipv4Addr, packet: &[u8]) -> io::Result<()> {
        sendto(&self.socket, packet, SendFlags::DONTWAIT, &SocketAddr::V4(SocketAddrV4::new(to, 0)))?;
        Ok(())
    }

    /// Sends what is behind the IPv6 header, with this source and hop limit.
    ///
    /// # Errors
    /// See [`AdvertSocket::send_v4`].
    pub fn send_v6(&self, source: Ipv6Addr, to: Ipv6Addr, hops: u8, packet: &[u8]) -> io::Result<()> {
        let (hops, class) = (i32::from(hops), i32::from(CONTROL_CLASS));
        let info = libc::in6_pktinfo {
            ipi6_addr: libc::in6_addr { s6_addr: source.octets() },
            ipi6_ifindex: self.ifindex,
        };
        let control = [
            ControlMessage::Ipv6PacketInfo(&info),
            ControlMessage::Ipv6HopLimit(&hops),
            ControlMessage::Ipv6TClass(&class),
        ];
        let scope = if is_link_local(to) { self.ifindex } else { 0 };
        let to = SockaddrIn6::from(SocketAddrV6::new(to, 0, 0, scope));
        sendmsg(
            self.socket.as_raw_fd(),
            &[IoSlice::new(packet)],
            &control,
            MsgFlags::MSG_DONTWAIT,
            Some(&to),
        )?;
        Ok(())
    }

    /// Takes a packet that came; `None`: there is none.
    ///
    /// # Errors
    /// `ENETDOWN` once when the interface went down.
    pub fn receive(&mut self) -> io::Result<Option<Came<'_>>> {
        if self.is_v6 { self.receive_v6() } else { self.receive_v4() }
    }

    fn receive_v4(&mut self) -> io::Result<Option<Came<'_>>> {
        let len =
            match rustix::net::recv(&self.socket, &mut self.buffer[..], rustix::net::RecvFlags::DONTWAIT) {
                Ok((len, _)) => len,
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
        Ok(Some(Came::V4(self.buffer.get(..len).unwrap_or_default())))
    }

    fn receive_v6(&mut self) -> io::Result<Option<Came<'_>>> {
        let mut control = cmsg_space!(i32, libc::in6_pktinfo);
        let (mut to, mut hops) = (Ipv6Addr::UNSPECIFIED, 0);
        let (len, from) = {
            let mut parts = [IoSliceMut::new(&mut self.buffer)];
            let (fd, flags) = (self.socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
            let message = match recvmsg::<SockaddrIn6>(fd, &mut parts, Some(&mut control), flags) {
                Ok(message) => message,
                Err(nix::Error::EAGAIN | nix::Error::EINTR) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            for part in message.cmsgs()? {
                match part {
                    ControlMessageOwned::Ipv6HopLimit(limit) => hops = u8::try_from(limit).unwrap_or(0),
                    ControlMessageOwned::Ipv6PacketInfo(info) => to = Ipv6Addr::from(info.ipi6_addr.s6_addr),
                    _ => {}
                }
            }
            (message.bytes, message.address.map_or(Ipv6Addr::UNSPECIFIED, |addr| addr.ip()))
        };
        Ok(Some(Came::V6 { from, to, hops, message: self.buffer.get(..len).unwrap_or_default() }))
    }
}

impl AsFd for AdvertSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

const fn is_link_local(addr: Ipv6Addr) -> bool {
    addr.is_unicast_link_local() || addr.segments()[0] & 0xff0f == 0xff02
}
