//! Making the kernel resolve neighbours. The answers arrive through [`super::watch`].

use super::links::{family, ndmsg, octets};
use super::netlink::{Message, Netlink, NetlinkError, ROUTE};
use std::io;
use std::net::IpAddr;

const NUD_PERMANENT: u16 = 0x80;
/// `NLM_F_CREATE`.
const CREATE: u16 = 0x400;
/// Attribute with more flags (Linux 5.16); older kernels pass it over.
const NDA_FLAGS_EXT: u16 = 15;
/// The kernel shall keep the entry resolved by itself.
const NTF_EXT_MANAGED: u32 = 1;

/// The kernel's neighbour tables of one network namespace: that in which it was opened.
pub struct Neighbours {
    netlink: Netlink,
}

impl Neighbours {
    /// Opens it for the calling thread's network namespace.
    ///
    /// # Errors
    /// The errno of the netlink socket.
    pub fn open() -> io::Result<Self> {
        Ok(Self { netlink: Netlink::open(ROUTE, 0)? })
    }

    /// Makes the kernel resolve this neighbour now, as if it had a packet for it, and keep it resolved where it can
    /// (Linux 5.16). A permanent entry is left alone.
    ///
    /// # Errors
    /// `ENODEV`; `ENETDOWN`; `EPERM` without CAP_NET_ADMIN; `EINVAL` for what can be no neighbour (multicast).
    pub fn resolve(&mut self, ifindex: u32, addr: IpAddr) -> Result<(), NetlinkError> {
        if self.is_permanent(ifindex, addr)? {
            // To "use" a permanent entry would make the kernel forget that it is permanent.
            return Ok(());
        }
        let managed = used(ifindex, addr, CREATE).number(NDA_FLAGS_EXT, NTF_EXT_MANAGED);
        match self.netlink.request(managed) {
            Err(error) if matches!(error.errno(), Some(libc::EINVAL | libc::EOPNOTSUPP)) => {
                self.netlink.request(used(ifindex, addr, CREATE))
            }
            other => other,
        }
    }

    /// Tells the kernel that it need not keep this neighbour resolved any longer.
    ///
    /// # Errors
    /// As [`Neighbours::resolve`]; that there is no such neighbour or link is none.
    pub fn release(&mut self, ifindex: u32, addr: IpAddr) -> Result<(), NetlinkError> {
        if self.is_permanent(ifindex, addr)? {
            return Ok(());
        }
        match self.netlink.request(used(ifindex, addr, 0)) {
            Err(error) if matches!(error.errno(), Some(libc::ENOENT | libc::ENODEV | libc::ENXIO)) => Ok(()),
            other => other,
        }
    }

    fn is_permanent(&mut self, ifindex: u32, addr: IpAddr) -> Result<bool, NetlinkError> {
        let question = Message::new(libc::RTM_GETNEIGH, 0).body(&ndmsg(ifindex, addr, 0, 0));
        match self.netlink.get(question.attribute(libc::NDA_DST, &octets(addr))) {
            Ok(entry) => {
                let state = entry.body.get(8..10).map_or(0, |state| u16::from_ne_bytes([state[0], state[1]]));
                Ok(entry.body.first() == Some(&family(addr)) && state & NUD_PERMANENT != 0)
            }
            Err(error) if matches!(error.errno(), Some(libc::ENOENT | libc::ENODEV)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn used(ifindex: u32, addr: IpAddr, flags: u16) -> Message {
    Message::new(libc::RTM_NEWNEIGH, flags)
        .body(&ndmsg(ifindex, addr, 0, libc::NTF_USE))
        .attribute(libc::NDA_DST, &octets(addr))
}
