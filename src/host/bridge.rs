//! Ethernet switches made of the kernel's bridge: the lab's segments.

use super::links::LinkError;
use super::netlink::{Message, Netlink, ROUTE};
use std::io;

/// `NLM_F_CREATE | NLM_F_EXCL`.
const CREATE: u16 = 0x600;
/// Within `IFLA_INFO_DATA` of a bridge: snooping of group memberships.
const BRIDGE_MCAST_SNOOPING: u16 = 23;

/// Makes bridges in one network namespace: that in which it was opened.
pub struct Bridges {
    netlink: Netlink,
}

impl Bridges {
    /// Opens it for the calling thread's network namespace.
    ///
    /// # Errors
    /// The errno of the netlink socket.
    pub fn open() -> io::Result<Self> {
        Ok(Self { netlink: Netlink::open(ROUTE, 0)? })
    }

    /// Creates a bridge (down, no spanning tree: ports forward at once) that floods multicast as a plain switch does.
    ///
    /// # Errors
    /// `EEXIST` if the name is taken, `EPERM` without CAP_NET_ADMIN, `EOPNOTSUPP` if the kernel has no bridge.
    pub fn add(&mut self, name: &str) -> Result<(), LinkError> {
        let message = Message::new(libc::RTM_NEWLINK, CREATE)
            .body(&[0; 16])
            .text(libc::IFLA_IFNAME, name)
            .nest(libc::IFLA_LINKINFO, |info| {
                info.attribute(libc::IFLA_INFO_KIND, b"bridge")
                    .nest(libc::IFLA_INFO_DATA, |data| data.attribute(BRIDGE_MCAST_SNOOPING, &[0]))
            });
        self.netlink.request(message).map_err(|cause| LinkError {
            object: format!("bridge {name}"),
            action: "create",
            cause,
        })
    }

    /// Makes a link a port of a bridge.
    ///
    /// # Errors
    /// `ENODEV`; `EBUSY` if it is a port elsewhere; `EINVAL` for links that cannot be ports.
    pub fn plug(&mut self, port: u32, bridge: u32) -> Result<(), LinkError> {
        let mut body = [0; 16];
        body[4..8].copy_from_slice(&port.to_ne_bytes());
        let message = Message::new(libc::RTM_NEWLINK, 0).body(&body).number(libc::IFLA_MASTER, bridge);
        self.netlink.request(message).map_err(|cause| LinkError {
            object: format!("link {port}"),
            action: "plug into a bridge",
            cause,
        })
    }
}
