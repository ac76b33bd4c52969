//! Addresses and routes that come to an interface with a virtual router's mastership, and go with it.
//!
//! What is ours carries a number (`IFA_PROTO`, `rtm_protocol`) by which a director finds again what its dead predecessor
//! left. Kernels before 5.18 do not keep it for addresses: there the predecessor's are those that the configuration names.

use super::fact;
use super::links::{family, octets};
use super::netlink::{Message, Netlink, NetlinkError, ROUTE, Received};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;

/// The number of what is ours: the protocol's own.
const OURS: u8 = 112;
/// `IFA_PROTO`.
const IFA_PROTO: u16 = 11;
/// `NLM_F_CREATE | NLM_F_EXCL`.
const CREATE: u16 = 0x600;

/// An address on an interface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The interface.
    pub ifindex: u32,
    /// The address and its network.
    pub net: IpNet,
    /// As `ip address` has it; at most 15 bytes. IPv4 alone.
    pub label: Option<String>,
    /// IPv4 alone.
    pub broadcast: Option<IpAddr>,
    /// `global` 0 … `host` 254.
    pub scope: u8,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The destination.
    pub to: IpNet,
    /// The next hop; `None`: it is on the link.
    pub via: Option<IpAddr>,
    /// The interface; `None`: as the next hop is reached.
    pub ifindex: Option<u32>,
    /// The source address that is preferred.
    pub source: Option<IpAddr>,
    /// 0: the kernel's own choice.
    pub metric: u32,
    /// The table; 254 is the main one.
    pub table: u32,
}

/// What a virtual router has put on the host.
pub struct Places {
    netlink: Netlink,
    addresses: BTreeSet<Address>,
    routes: BTreeSet<Route>,
}

impl Places {
    /// Opens it for the calling thread's network namespace; nothing is put anywhere yet.
    ///
    /// # Errors
    /// The errno of the netlink socket.
    pub fn open() -> io::Result<Self> {
        Ok(Self { netlink: Netlink::open(ROUTE, 0)?, addresses: BTreeSet::new(), routes: BTreeSet::new() })
    }

    /// Puts an address on its interface, an IPv6 address without duplicate address detection. One that is there already is
    /// somebody else's and stays so; true: it is ours.
    ///
    /// # Errors
    /// `ENODEV`; `EACCES` where IPv6 is disabled; `EPERM` without CAP_NET_ADMIN.
    pub fn add(&mut self, address: &Address) -> Result<bool, NetlinkError> {
        match self.netlink.request(message(libc::RTM_NEWADDR, CREATE, address)) {
            Ok(()) => {
                self.addresses.insert(address.clone());
                Ok(true)
            }
            Err(error) if error.errno() == Some(libc::EEXIST) => Ok(self.addresses.contains(address)),
            Err(error) => Err(error),
        }
    }

    /// Takes an address away, if it is ours. That it is gone already, or its interface, is fine.
    ///
    /// # Errors
    /// `EPERM` without CAP_NET_ADMIN.
    pub fn remove(&mut self, address: &Address) -> Result<(), NetlinkError> {
        if self.addresses.remove(address) { self.delete(address) } else { Ok(()) }
    }

    /// Adds a route. One that is there already stays somebody else's.
    ///
    /// # Errors
    /// `ENETUNREACH` if the next hop is on no link, `ENODEV`, `ENETDOWN`.
    pub fn add_route(&mut self, route: &Route) -> Result<bool, NetlinkError> {
        match self.netlink.request(route_message(libc::RTM_NEWROUTE, CREATE, route)) {
            Ok(()) => {
                self.routes.insert(route.clone());
                Ok(true)
            }
            Err(error) if error.errno() == Some(libc::EEXIST) => Ok(self.routes.contains(route)),
            Err(error) => Err(error),
        }
    }

    /// Takes a route away, if it is ours.
    ///
    /// # Errors
    /// `EPERM` without CAP_NET_ADMIN.
    pub fn remove_route(&mut self, route: &Route) -> Result<(), NetlinkError> {
        if !self.routes.remove(route) {
            return Ok(());
        }
        gone(self.netlink.request(route_message(libc::RTM_DELROUTE, 0, route)))
    }

    /// Takes away what a dead predecessor left on these interfaces: addresses that carry our number and, if `also` names
    /// them, those that do not (of kernels that do not keep it); and every route of our number. Returns how many.
    ///
    /// # Errors
    /// What is there cannot be listed.
    pub fn clear(
        &mut self,
        ifindices: &BTreeSet<u32>,
        also: &BTreeSet<IpAddr>,
    ) -> Result<usize, NetlinkError> {
        let mut cleared = 0;
        let dump = self.netlink.dump(Message::new(libc::RTM_GETADDR, 0).body(&[0; 8]))?;
        for there in dump.iter().filter_map(|message| Some((fact::address(message)?, mark(message)))) {
            let (found, mark) = there;
            let is_ours = mark == Some(OURS) || mark.is_none() && also.contains(&found.net.addr());
            if is_ours && ifindices.contains(&found.ifindex) {
                let address = Address {
                    ifindex: found.ifindex,
                    net: found.net,
                    label: None,
                    broadcast: None,
                    scope: 0,
                };
                self.delete(&address)?;
                cleared += 1;
            }
        }
        let dump = self.netlink.dump(Message::new(libc::RTM_GETROUTE, 0).body(&[0; 12]))?;
        for message in dump.iter().filter(|message| message.body.get(5) == Some(&OURS)) {
            // As it was told: whatever it is, that is how it is taken away.
            let request = Message::new(libc::RTM_DELROUTE, 0).body(&message.body);
            gone(self.netlink.request(request))?;
            cleared += 1;
        }
        Ok(cleared)
    }

    /// What is on the host and ours.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.addresses.iter()
    }

    /// The interface is gone, and what was on it.
    pub fn forget(&mut self, ifindex: u32) {
        self.addresses.retain(|address| address.ifindex != ifindex);
        self.routes.retain(|route| route.ifindex != Some(ifindex));
    }

    fn delete(&mut self, address: &Address) -> Result<(), NetlinkError> {
        gone(self.netlink.request(message(libc::RTM_DELADDR, 0, address)))
    }
}

/// What is no longer there need not be taken away.
fn gone(outcome: Result<(), NetlinkError>) -> Result<(), NetlinkError> {
    match outcome {
        Err(error)
            if matches!(
                error.errno(),
                Some(libc::EADDRNOTAVAIL | libc::ENODEV | libc::ESRCH | libc::ENXIO)
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// By whom an address was put there; `None`: the kernel does not say.
fn mark(message: &Received) -> Option<u8> {
    message.attributes(8).get(IFA_PROTO).and_then(|data| data.first().copied())
}

fn message(kind: u16, flags: u16, address: &Address) -> Message {
    let Address { ifindex, net, label, broadcast, scope } = address;
    #[expect(clippy::cast_possible_truncation, reason = "2")]
    let nodad = if net.addr().is_ipv6() { libc::IFA_F_NODAD as u8 } else { 0 };
    let mut body = [0; 8];
    body[0] = family(net.addr());
    body[1] = net.prefix_len();
    body[2] = nodad;
    body[3] = *scope;
    body[4..8].copy_from_slice(&ifindex.to_ne_bytes());
    let octets_of = octets(net.addr());
    let mut message = Message::new(kind, flags)
        .body(&body)
        .attribute(libc::IFA_LOCAL, &octets_of)
        .attribute(libc::IFA_ADDRESS, &octets_of);
    if kind == libc::RTM_DELADDR {
        return message;
    }
    if net.addr().is_ipv4() {
        if let Some(label) = label {
            message = message.text(libc::IFA_LABEL, label);
        }
        if let Some(broadcast) = broadcast {
            message = message.attribute(libc::IFA_BROADCAST, &octets(*broadcast));
        }
    }
    message.attribute(IFA_PROTO, &[OURS])
}

fn route_message(kind: u16, flags: u16, route: &Route) -> Message {
    let Route { to, via, ifindex, source, metric, table } = route;
    let on_link = via.is_none() && to.addr().is_ipv4();
    let mut body = [0; 12];
    body[0] = family(to.addr());
    body[1] = to.prefix_len();
    body[4] = u8::try_from(*table).unwrap_or(libc::RT_TABLE_UNSPEC);
    body[5] = OURS;
    body[6] = match kind {
        libc::RTM_DELROUTE => libc::RT_SCOPE_NOWHERE,
        _ if on_link => libc::RT_SCOPE_LINK,
        _ => libc::RT_SCOPE_UNIVERSE,
    };
    body[7] = libc::RTN_UNICAST;
    let mut message = Message::new(kind, flags).body(&body).number(libc::RTA_TABLE, *table);
    if to.prefix_len() > 0 {
        message = message.attribute(libc::RTA_DST, &octets(to.network()));
    }
    if let Some(via) = via {
        message = message.attribute(libc::RTA_GATEWAY, &octets(*via));
    }
    if let Some(source) = source {
        message = message.attribute(libc::RTA_PREFSRC, &octets(*source));
    }
    if let Some(ifindex) = ifindex {
        message = message.number(libc::RTA_OIF, *ifindex);
    }
    if *metric > 0 { message.number(libc::RTA_PRIORITY, *metric) } else { message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_says() {
        let net: IpNet = "10.9.0.100/24".parse().unwrap();
        let address = Address {
            ifindex: 3,
            net,
            label: Some("eth0:1".into()),
            broadcast: Some("10.9.0.255".parse().unwrap()),
            scope: 253,
        };
        let bytes = message(libc::RTM_NEWADDR, CREATE, &address);
        let read = &super::super::netlink::split(bytes.as_bytes())[0];
        assert_eq!(read.body[..8], [2, 24, 0, 253, 3, 0, 0, 0]);
        assert_eq!(fact::address(read).map(|fact| (fact.ifindex, fact.net)), Some((3, net)));
        let attributes = read.attributes(8);
        assert_eq!(attributes.get(libc::IFA_LABEL), Some(&b"eth0:1\0"[..]));
        assert_eq!(attributes.get(libc::IFA_BROADCAST), Some(&[10, 9, 0, 255][..]));
        assert_eq!(mark(read), Some(OURS));
    }
}
