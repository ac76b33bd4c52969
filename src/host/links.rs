//! Links, addresses, routes and neighbours: listing and changing them.
//!
//! The director itself changes nothing here; the lab builds its networks with it.

use super::netlink::{Message, Netlink, NetlinkError, ROUTE};
use crate::lvs::{LinkFact, Mac};
use ipnet::IpNet;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

/// `NLM_F_CREATE | NLM_F_EXCL`.
const CREATE: u16 = 0x600;
/// `NLM_F_CREATE | NLM_F_REPLACE`.
const REPLACE: u16 = 0x500;
/// Within `IFLA_INFO_DATA` of a veth: its peer.
const VETH_INFO_PEER: u16 = 1;

/// Something that could not be done: to which object, and why.
#[derive(Debug, thiserror::Error)]
#[error("{object}: cannot {action}: {cause}")]
pub struct LinkError {
    /// Such as `link veth0` or `route 10.0.0.0/8`.
    pub object: String,
    /// Such as `create`.
    pub action: &'static str,
    /// Why.
    #[source]
    pub cause: NetlinkError,
}

/// Changes to a link; `None` keeps.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LinkChange {
    /// New name, at most 15 bytes.
    pub name: Option<String>,
    /// Administratively up or down.
    pub up: Option<bool>,
    /// New Ethernet address.
    pub mac: Option<Mac>,
    /// New MTU in bytes.
    pub mtu: Option<u32>,
}

/// One end of a veth pair that is to be made.
#[derive(Clone, Debug)]
pub struct VethEnd<'a> {
    /// Its name, at most 15 bytes.
    pub name: &'a str,
    /// Its Ethernet address; `None`: the kernel rolls dice.
    pub mac: Option<Mac>,
    /// The network namespace it is made in; `None`: that of the socket.
    pub netns: Option<BorrowedFd<'a>>,
}

/// The kernel's networking of one namespace: that in which it was opened.
pub struct Links {
    netlink: Netlink,
}

impl Links {
    /// Opens it for the calling thread's network namespace.
    ///
    /// # Errors
    /// The errno of the netlink socket.
    pub fn open() -> io::Result<Self> {
        Ok(Self { netlink: Netlink::open(ROUTE, 0)? })
    }

    /// All links.
    ///
    /// # Errors
    /// Names the dump that failed.
    pub fn list(&mut self) -> Result<Vec<LinkFact>, LinkError> {
        let dump = self
            .netlink
            .dump(Message::new(libc::RTM_GETLINK, 0).body(&[0; 16]))
            .map_err(|cause| LinkError { object: "links".to_owned(), action: "list", cause })?;
        Ok(dump.iter().filter_map(super::fact::link).collect())
    }

    /// The link of this name.
    ///
    /// # Errors
    /// `ENODEV` if there is none.
    pub fn find(&mut self, name: &str) -> Result<LinkFact, LinkError> {
        let found = self.list()?.into_iter().find(|link| link.name == name);
        found.ok_or_else(|| LinkError {
            object: format!("link {name}"),
            action: "find",
            cause: NetlinkError::Refused { errno: libc::ENODEV, hint: String::new() },
        })
    }

    /// Creates a pair of veth, each end in its own namespace.
    ///
    /// # Errors
    /// `EEXIST` if a name is taken, `EPERM` without CAP_NET_ADMIN in both namespaces, `EOPNOTSUPP` without the driver.
    pub fn add_veth(&mut self, here: &VethEnd<'_>, peer: &VethEnd<'_>) -> Result<(), LinkError> {
        let message = veth_end(Message::new(libc::RTM_NEWLINK, CREATE).body(&[0; 16]), here).nest(
            libc::IFLA_LINKINFO,
            |info| {
                info.attribute(libc::IFLA_INFO_KIND, b"veth").nest(libc::IFLA_INFO_DATA, |data| {
                    data.nest(VETH_INFO_PEER, |end| veth_end(end.body(&[0; 16]), peer))
                })
            },
        );
        self.ask(message, || format!("veth pair {} and {}", here.name, peer.name), "create")
    }

    /// Changes a link.
    ///
    /// # Errors
    /// `ENODEV`; `EBUSY` or `EEXIST` for a name; `EINVAL` for an MTU out of the device's range.
    pub fn change(&mut self, ifindex: u32, change: &LinkChange) -> Result<(), LinkError> {
        let flags = change.up.map(|up| (u32::from(up), libc::IFF_UP.unsigned_abs()));
        let mut message = Message::new(libc::RTM_NEWLINK, 0).body(&ifinfo(ifindex, flags));
        if let Some(name) = &change.name {
            message = message.text(libc::IFLA_IFNAME, name);
        }
        if let Some(mac) = change.mac {
            message = message.attribute(libc::IFLA_ADDRESS, &mac.0);
        }
        if let Some(mtu) = change.mtu {
            message = message.number(libc::IFLA_MTU, mtu);
        }
        self.ask(message, || format!("link {ifindex}"), "change")
    }

    /// Moves a link into another network namespace; it arrives down and without addresses.
    ///
    /// # Errors
    /// `ENODEV`; `EEXIST` if its name is taken there; `EINVAL` for links that cannot move (lo).
    pub fn move_to(&mut self, ifindex: u32, netns: BorrowedFd<'_>) -> Result<(), LinkError> {
        let message = Message::new(libc::RTM_NEWLINK, 0)
            .body(&ifinfo(ifindex, None))
            .number(libc::IFLA_NET_NS_FD, netns.as_raw_fd().unsigned_abs());
        self.ask(message, || format!("link {ifindex}"), "move to another network namespace")
    }

    /// Deletes a link (a veth takes its peer with it).
    ///
    /// # Errors
    /// `ENODEV`; `EOPNOTSUPP` for links that cannot be deleted.
    pub fn delete(&mut self, ifindex: u32) -> Result<(), LinkError> {
        let message = Message::new(libc::RTM_DELLINK, 0).body(&ifinfo(ifindex, None));
        self.ask(message, || format!("link {ifindex}"), "delete")
    }

    /// Adds an address; an IPv6 address without duplicate address detection, so it works at once.
    ///
    /// # Errors
    /// `EEXIST`, `ENODEV`; `EACCES` where IPv6 is disabled.
    pub fn add_address(&mut self, ifindex: u32, net: IpNet) -> Result<(), LinkError> {
        let message = address(libc::RTM_NEWADDR, CREATE, ifindex, net);
        self.ask(message, || format!("address {net} on link {ifindex}"), "add")
    }

    /// Deletes an address.
    ///
    /// # Errors
    /// `EADDRNOTAVAIL`, `ENODEV`.
    pub fn delete_address(&mut self, ifindex: u32, net: IpNet) -> Result<(), LinkError> {
        let message = address(libc::RTM_DELADDR, 0, ifindex, net);
        self.ask(message, || format!("address {net} on link {ifindex}"), "delete")
    }

    /// Adds or replaces a unicast route of the main table. `via` is the gateway; `None`: destinations are on the link.
    /// A default route is one to `0.0.0.0/0` or `::/0`.
    ///
    /// # Errors
    /// `ENETUNREACH` if the gateway is not on a link, `ENODEV`, `ENETDOWN`.
    pub fn replace_route(&mut self, to: IpNet, via: Option<IpAddr>, ifindex: u32) -> Result<(), LinkError> {
        let message = route(libc::RTM_NEWROUTE, REPLACE, to, via, ifindex);
        self.ask(message, || route_name(to, via), "set")
    }

    /// Deletes a route of the main table.
    ///
    /// # Errors
    /// `ESRCH` if there is none.
    pub fn delete_route(&mut self, to: IpNet, via: Option<IpAddr>, ifindex: u32) -> Result<(), LinkError> {
        let message = route(libc::RTM_DELROUTE, 0, to, via, ifindex);
        self.ask(message, || route_name(to, via), "delete")
    }

    /// Adds or replaces a permanent neighbour.
    ///
    /// # Errors
    /// `ENODEV`; `EINVAL` for an address that can have no neighbour entry.
    pub fn replace_neighbour(&mut self, ifindex: u32, addr: IpAddr, mac: Mac) -> Result<(), LinkError> {
        const NUD_PERMANENT: u16 = 0x80;
        let message = Message::new(libc::RTM_NEWNEIGH, REPLACE)
            .body(&ndmsg(ifindex, addr, NUD_PERMANENT, 0))
            .attribute(libc::NDA_DST, &octets(addr))
            .attribute(libc::NDA_LLADDR, &mac.0);
        self.ask(message, || format!("neighbour {addr} on link {ifindex}"), "set")
    }

    /// Deletes a neighbour.
    ///
    /// # Errors
    /// `ENOENT` if there is none.
    pub fn delete_neighbour(&mut self, ifindex: u32, addr: IpAddr) -> Result<(), LinkError> {
        let message = Message::new(libc::RTM_DELNEIGH, 0)
            .body(&ndmsg(ifindex, addr, 0, 0))
            .attribute(libc::NDA_DST, &octets(addr));
        self.ask(message, || format!("neighbour {addr} on link {ifindex}"), "delete")
    }

    fn ask(
        &mut self,
        message: Message,
        object: impl FnOnce() -> String,
        action: &'static str,
    ) -> Result<(), LinkError> {
        self.netlink.request(message).map_err(|cause| LinkError { object: object(), action, cause })
    }
}

fn veth_end(message: Message, end: &VethEnd<'_>) -> Message {
    let mut message = message.text(libc::IFLA_IFNAME, end.name);
    if let Some(mac) = end.mac {
        message = message.attribute(libc::IFLA_ADDRESS, &mac.0);
    }
    if let Some(netns) = end.netns {
        message = message.number(libc::IFLA_NET_NS_FD, netns.as_raw_fd().unsigned_abs());
    }
    message
}

/// `struct ifinfomsg`; `flags`: (values, which of them to change).
fn ifinfo(ifindex: u32, flags: Option<(u32, u32)>) -> [u8; 16] {
    let (values, which) = flags.unwrap_or_default();
    let mut body = [0; 16];
    body[4..8].copy_from_slice(&ifindex.to_ne_bytes());
    body[8..12].copy_from_slice(&values.to_ne_bytes());
    body[12..16].copy_from_slice(&which.to_ne_bytes());
    body
}

fn address(kind: u16, flags: u16, ifindex: u32, net: IpNet) -> Message {
    #[expect(clippy::cast_possible_truncation, reason = "2")]
    let nodad = if net.addr().is_ipv6() { libc::IFA_F_NODAD as u8 } else { 0 };
    let mut body = [0; 8];
    body[0] = family(net.addr());
    body[1] = net.prefix_len();
    body[2] = nodad;
    body[4..8].copy_from_slice(&ifindex.to_ne_bytes());
    let octets = octets(net.addr());
    let message = Message::new(kind, flags).body(&body);
    message.attribute(libc::IFA_LOCAL, &octets).attribute(libc::IFA_ADDRESS, &octets)
}

fn route(kind: u16, flags: u16, to: IpNet, via: Option<IpAddr>, ifindex: u32) -> Message {
    let scope =
        if via.is_some() || to.addr().is_ipv6() { libc::RT_SCOPE_UNIVERSE } else { libc::RT_SCOPE_LINK };
    let mut body = [0; 12];
    body[0] = family(to.addr());
    body[1] = to.prefix_len();
    body[4] = libc::RT_TABLE_MAIN;
    body[5] = libc::RTPROT_STATIC;
    body[6] = if kind == libc::RTM_DELROUTE { libc::RT_SCOPE_NOWHERE } else { scope };
    body[7] = libc::RTN_UNICAST;
    let mut message = Message::new(kind, flags).body(&body);
    if to.prefix_len() > 0 {
        message = message.attribute(libc::RTA_DST, &octets(to.network()));
    }
    if let Some(via) = via {
        message = message.attribute(libc::RTA_GATEWAY, &octets(via));
    }
    message.number(libc::RTA_OIF, ifindex)
}

fn route_name(to: IpNet, via: Option<IpAddr>) -> String {
    via.map_or_else(|| format!("route {to}"), |via| format!("route {to} via {via}"))
}

/// `struct ndmsg`.
pub(super) fn ndmsg(ifindex: u32, addr: IpAddr, state: u16, flags: u8) -> [u8; 12] {
    let mut body = [0; 12];
    body[0] = family(addr);
    body[4..8].copy_from_slice(&ifindex.to_ne_bytes());
    body[8..10].copy_from_slice(&state.to_ne_bytes());
    body[10] = flags;
    body
}

/// `AF_INET` or `AF_INET6` as netlink's bodies carry it.
pub(super) fn family(addr: IpAddr) -> u8 {
    #[expect(clippy::cast_possible_truncation, reason = "2 and 10")]
    match addr {
        IpAddr::V4(_) => libc::AF_INET as u8,
        IpAddr::V6(_) => libc::AF_INET6 as u8,
    }
}

/// The bytes of an address.
pub(super) fn octets(addr: IpAddr) -> Vec<u8> {
    match addr {
        IpAddr::V4(addr) => addr.octets().to_vec(),
        IpAddr::V6(addr) => addr.octets().to_vec(),
    }
}
