//! rtnetlink messages → [`crate::lvs`] facts. What is not Ethernet, IP or unicast is passed over (`None`).

use super::netlink::{Received, number, text};
use crate::lvs::{AddressFact, LinkFact, Mac, NeighbourFact, RouteFact};
use ipnet::IpNet;
use std::net::IpAddr;

/// Lengths of `ifinfomsg`, `ifaddrmsg`, `rtmsg`, `ndmsg`.
const LINK_LEN: usize = 16;
const ADDRESS_LEN: usize = 8;
const ROUTE_LEN: usize = 12;
const NEIGHBOUR_LEN: usize = 12;
/// Neighbour states in which the entry's MAC address may be used: REACHABLE, STALE, DELAY, PROBE, NOARP, PERMANENT.
const NUD_VALID: u16 = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80;
const NUD_FAILED: u16 = 0x20;

/// A link, from RTM_NEWLINK or RTM_DELLINK. Messages of other families about links (bridge ports) are passed over.
pub fn link(message: &Received) -> Option<LinkFact> {
    let body = message.fixed::<LINK_LEN>()?;
    if i32::from(body[0]) != libc::AF_UNSPEC {
        return None;
    }
    let attributes = message.attributes(LINK_LEN);
    let flags = number(&body[8..12])?;
    let wanted = (libc::IFF_UP | libc::IFF_RUNNING).unsigned_abs();
    Some(LinkFact {
        ifindex: number(&body[4..8])?,
        name: attributes.get(libc::IFLA_IFNAME).map(text)?,
        mac: attributes.get(libc::IFLA_ADDRESS).and_then(mac).unwrap_or_default(),
        mtu: attributes.get(libc::IFLA_MTU).and_then(number).unwrap_or(0),
        running: flags & wanted == wanted,
        ethernet: u16::from_ne_bytes([body[2], body[3]]) == libc::ARPHRD_ETHER,
    })
}

/// An address, from RTM_NEWADDR or RTM_DELADDR. On point-to-point links it is the local one.
pub fn address(message: &Received) -> Option<AddressFact> {
    let body = message.fixed::<ADDRESS_LEN>()?;
    let attributes = message.attributes(ADDRESS_LEN);
    let data = attributes.get(libc::IFA_LOCAL).or_else(|| attributes.get(libc::IFA_ADDRESS))?;
    let net = IpNet::new(ip(body[0], data)?, body[1]).ok()?;
    Some(AddressFact { ifindex: number(&body[4..8])?, net })
}

/// Routes, from RTM_NEWROUTE or RTM_DELROUTE: unicast, blackhole, unreachable and prohibit routes of the main and
/// default tables. A route with several next hops counts as its first.
pub fn route(message: &Received) -> Option<RouteFact> {
    let body = message.fixed::<ROUTE_LEN>()?;
    let attributes = message.attributes(ROUTE_LEN);
    let (family, prefix_len, kind, flags) = (body[0], body[1], body[7], number(&body[8..12])?);
    let table = attributes.get(libc::RTA_TABLE).and_then(number).unwrap_or(u32::from(body[4]));
    let known = table == u32::from(libc::RT_TABLE_MAIN) || table == u32::from(libc::RT_TABLE_DEFAULT);
    if !known || flags & libc::RTM_F_CLONED != 0 {
        return None;
    }
    let to = match attributes.get(libc::RTA_DST) {
        Some(data) => ip(family, data)?,
        None => unspecified(family)?,
    };
    let mut gateway = attributes.get(libc::RTA_GATEWAY).and_then(|data| ip(family, data));
    gateway = gateway.or_else(|| attributes.get(libc::RTA_VIA).and_then(via));
    let mut ifindex = attributes.get(libc::RTA_OIF).and_then(number);
    if let (None, Some(hops)) = (ifindex, attributes.get(libc::RTA_MULTIPATH)) {
        (ifindex, gateway) = first_hop(family, hops)?;
    }
    let ifindex = match kind {
        libc::RTN_UNICAST => ifindex?,
        libc::RTN_BLACKHOLE | libc::RTN_UNREACHABLE | libc::RTN_PROHIBIT => 0,
        _ => return None,
    };
    let metrics = attributes.nested(libc::RTA_METRICS);
    Some(RouteFact {
        to: IpNet::new(to, prefix_len).ok()?,
        gateway: if ifindex == 0 { None } else { gateway },
        ifindex,
        source: attributes.get(libc::RTA_PREFSRC).and_then(|data| ip(family, data)),
        metric: attributes.get(libc::RTA_PRIORITY).and_then(number).unwrap_or(0),
        mtu: metrics.get(RTAX_MTU).and_then(number).filter(|&mtu| mtu != 0),
    })
}

/// Within `RTA_METRICS`: the MTU.
const RTAX_MTU: u16 = 2;

/// A neighbour, from RTM_NEWNEIGH or RTM_DELNEIGH. Proxy entries and bridge forwarding entries are passed over.
pub fn neighbour(message: &Received) -> Option<NeighbourFact> {
    let body = message.fixed::<NEIGHBOUR_LEN>()?;
    let attributes = message.attributes(NEIGHBOUR_LEN);
    let state = u16::from_ne_bytes([body[8], body[9]]);
    if body[10] & libc::NTF_PROXY != 0 {
        return None;
    }
    let addr = attributes.get(libc::NDA_DST).and_then(|data| ip(body[0], data))?;
    let lladdr = attributes.get(libc::NDA_LLADDR).and_then(mac);
    Some(NeighbourFact {
        ifindex: number(&body[4..8])?,
        addr,
        mac: lladdr.filter(|_| state & NUD_VALID != 0),
        failed: state & NUD_FAILED != 0,
    })
}

/// The first next hop of a multipath route (`struct rtnexthop`): its link and gateway.
fn first_hop(family: u8, hops: &[u8]) -> Option<(Option<u32>, Option<IpAddr>)> {
    const HOP_LEN: usize = 8;
    let len = usize::from(u16::from_ne_bytes([*hops.first()?, *hops.get(1)?]));
    let ifindex = number(hops.get(4..HOP_LEN)?)?;
    let attributes = super::netlink::Attributes(hops.get(HOP_LEN..len)?);
    let gateway = attributes.get(libc::RTA_GATEWAY).and_then(|data| ip(family, data));
    Some((Some(ifindex), gateway.or_else(|| attributes.get(libc::RTA_VIA).and_then(via))))
}

/// `RTA_VIA`: a gateway of another family than the route's.
fn via(data: &[u8]) -> Option<IpAddr> {
    let family = u16::from_ne_bytes([*data.first()?, *data.get(1)?]);
    ip(u8::try_from(family).ok()?, data.get(2..)?)
}

fn ip(family: u8, data: &[u8]) -> Option<IpAddr> {
    match i32::from(family) {
        libc::AF_INET => Some(IpAddr::from(<[u8; 4]>::try_from(data).ok()?)),
        libc::AF_INET6 => Some(IpAddr::from(<[u8; 16]>::try_from(data).ok()?)),
        _ => None,
    }
}

fn unspecified(family: u8) -> Option<IpAddr> {
    ip(family, if i32::from(family) == libc::AF_INET { &[0; 4] } else { &[0; 16] })
}

fn mac(data: &[u8]) -> Option<Mac> {
    data.try_into().ok().map(Mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::netlink::{Message, split};

    fn received(message: &Message) -> Received {
        split(message.as_bytes()).remove(0)
    }

    #[test]
    fn a_neighbour_without_a_valid_state_has_no_mac() {
        let entry = |state: u16| {
            let body = crate::host::links::ndmsg(3, "10.0.0.1".parse().expect("address"), state, 0);
            let message = Message::new(libc::RTM_NEWNEIGH, 0).body(&body);
            let message =
                message.attribute(libc::NDA_DST, &[10, 0, 0, 1]).attribute(libc::NDA_LLADDR, &[2; 6]);
            neighbour(&received(&message)).expect("a neighbour")
        };
        for state in [0x02, 0x04, 0x08, 0x10, 0x40, 0x80] {
            assert_eq!(entry(state).mac, Some(Mac([2; 6])), "{state:#x}");
        }
        assert_eq!(entry(0x01).mac, None, "INCOMPLETE");
        assert_eq!((entry(0x20).mac, entry(0x20).failed), (None, true), "FAILED");
    }

    #[test]
    fn tables_and_kinds_of_routes() {
        let entry = |table: u8, kind: u8| {
            let body = [2, 24, 0, 0, table, 4, 0, kind, 0, 0, 0, 0];
            let message =
                Message::new(libc::RTM_NEWROUTE, 0).body(&body).attribute(libc::RTA_DST, &[10, 1, 2, 0]);
            let message = message.attribute(libc::RTA_GATEWAY, &[10, 0, 0, 1]).number(libc::RTA_OIF, 5);
            route(&received(&message.nest(libc::RTA_METRICS, |m| m.number(RTAX_MTU, 1400))))
        };
        let unicast = entry(254, libc::RTN_UNICAST).expect("main");
        assert_eq!((unicast.ifindex, unicast.mtu), (5, Some(1400)));
        assert_eq!(unicast.gateway, "10.0.0.1".parse().ok());
        assert_eq!(entry(254, libc::RTN_BLACKHOLE).map(|r| (r.ifindex, r.gateway)), Some((0, None)));
        assert!(entry(253, libc::RTN_UNICAST).is_some(), "default table");
        assert!(entry(255, libc::RTN_UNICAST).is_none(), "local table");
        assert!(entry(254, libc::RTN_LOCAL).is_none());
    }

    #[test]
    fn a_multipath_route_counts_as_its_first_hop() {
        let hop = |ifindex: u32, last: u8| {
            let mut bytes = vec![16, 0, 0, 0];
            bytes.extend_from_slice(&ifindex.to_ne_bytes());
            bytes.extend_from_slice(&[8, 0, 5, 0, 10, 0, 0, last]);
            bytes
        };
        let hops = [hop(7, 1), hop(8, 2)].concat();
        let message = Message::new(libc::RTM_NEWROUTE, 0).body(&[2, 0, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0]);
        let route = route(&received(&message.attribute(libc::RTA_MULTIPATH, &hops))).expect("a route");
        assert_eq!((route.ifindex, route.gateway), (7, "10.0.0.1".parse().ok()));
        assert_eq!(route.to.to_string(), "0.0.0.0/0");
    }
}
