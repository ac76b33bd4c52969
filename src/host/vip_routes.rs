//! Routes to VIPs, from which a routing daemon learns what this director serves.
//!
//! They are `blackhole` routes: nothing is ever to follow them, for what comes to a VIP is the director's before the host routes
//! it; and what is left when there is no director is better dropped than sent round. They carry a number (`rtm_protocol`) by
//! which a routing daemon can tell them, and by which those of a dead predecessor are found.

use super::links::{family, octets};
use super::netlink::{Message, Netlink, NetlinkError, ROUTE};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// `rtm_protocol` of the routes, for filters of routing daemons.
pub const PROTOCOL: u8 = 111;
/// `NLM_F_CREATE | NLM_F_REPLACE`.
const SET: u16 = 0x500;

/// Routes to VIPs in one table of the kernel.
pub struct VipRoutes {
    netlink: Netlink,
    table: u32,
    vips: BTreeSet<IpAddr>,
}

impl VipRoutes {
    /// Opens it in the calling thread's network namespace; there are no routes yet. Those that a predecessor left are taken
    /// away. `table` is the kernel's number, 254: main.
    ///
    /// # Errors
    /// Netlink cannot be opened; `EPERM` without CAP_NET_ADMIN if there is something to take away.
    pub fn open(table: u32) -> Result<Self, NetlinkError> {
        let mut routes = Self { netlink: Netlink::open(ROUTE, 0)?, table, vips: BTreeSet::new() };
        for vip in routes.left()? {
            routes.ask(libc::RTM_DELROUTE, 0, vip)?;
        }
        Ok(routes)
    }

    /// From now on there are routes to these VIPs and no others. All that can be done is done.
    ///
    /// # Errors
    /// The first that could not; it is tried again the next time.
    pub fn follow(&mut self, vips: &BTreeSet<IpAddr>) -> Result<(), NetlinkError> {
        let mut outcome = Ok(());
        // What is not served any more first: others may serve it.
        for vip in self.vips.difference(vips).copied().collect::<Vec<_>>() {
            match self.ask(libc::RTM_DELROUTE, 0, vip) {
                Err(error) if error.errno() != Some(libc::ESRCH) => outcome = outcome.and(Err(error)),
                _ => _ = self.vips.remove(&vip),
            }
        }
        for vip in vips.difference(&self.vips.clone()) {
            match self.ask(libc::RTM_NEWROUTE, SET, *vip) {
                Err(error) => outcome = outcome.and(Err(error)),
                Ok(()) => _ = self.vips.insert(*vip),
            }
        }
        outcome
    }

    fn ask(&mut self, kind: u16, flags: u16, vip: IpAddr) -> Result<(), NetlinkError> {
        self.netlink.request(message(kind, flags, self.table, vip))
    }

    /// Destinations of routes of our number in our table.
    fn left(&mut self) -> Result<Vec<IpAddr>, NetlinkError> {
        let mut left = Vec::new();
        for family in [libc::AF_INET, libc::AF_INET6] {
            let body = [u8::try_from(family).unwrap_or(0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            for route in self.netlink.dump(Message::new(libc::RTM_GETROUTE, 0).body(&body))? {
                let Some([_, _, _, _, _, protocol, _, kind]) = route.fixed() else { continue };
                let attributes = route.attributes(12);
                let number = attributes.get(libc::RTA_TABLE).and_then(super::netlink::number);
                if (protocol, kind) != (PROTOCOL, libc::RTN_BLACKHOLE) || number != Some(self.table) {
                    continue;
                }
                left.extend(attributes.get(libc::RTA_DST).and_then(|octets| {
                    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
                    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
                }));
            }
        }
        Ok(left)
    }
}

fn message(kind: u16, flags: u16, table: u32, vip: IpAddr) -> Message {
    let mut body = [0; 12];
    body[0] = family(vip);
    body[1] = if vip.is_ipv4() { 32 } else { 128 };
    body[4] = u8::try_from(table).unwrap_or(libc::RT_TABLE_UNSPEC);
    body[5] = PROTOCOL;
    body[6] = if kind == libc::RTM_DELROUTE { libc::RT_SCOPE_NOWHERE } else { libc::RT_SCOPE_UNIVERSE };
    body[7] = libc::RTN_BLACKHOLE;
    Message::new(kind, flags)
        .body(&body)
        .number(libc::RTA_TABLE, table)
        .attribute(libc::RTA_DST, &octets(vip))
}
