//! Hearing neighbour solicitations for VIPs that are on no interface: they go to the solicited-node group of the address
//! (RFC 4291 §2.7.1), and neither the network card nor a switch that snoops MLD passes on a group that nobody joined.

use rustix::net::netdevice::name_to_index;
use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv6Addr, UdpSocket};

/// The groups that are joined: by membership of one socket, so that they are left when it is closed.
#[derive(Debug)]
pub struct SolicitedGroups {
    socket: UdpSocket,
    joined: BTreeSet<(u32, Ipv6Addr)>,
}

impl SolicitedGroups {
    /// None joined yet, in the calling thread's network namespace.
    ///
    /// # Errors
    /// There is no IPv6.
    pub fn open() -> io::Result<Self> {
        Ok(Self { socket: UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?, joined: BTreeSet::new() })
    }

    /// Joins the groups of these addresses on these devices, and leaves all others. What cannot be joined is told in the
    /// log: most likely the device just went away, and the next claim will know.
    pub fn follow<'a>(&mut self, devices: impl Iterator<Item = &'a String>, addresses: &BTreeSet<IpAddr>) {
        let indices: Vec<u32> = devices.filter_map(|name| name_to_index(&self.socket, name).ok()).collect();
        let groups: BTreeSet<Ipv6Addr> = addresses.iter().filter_map(solicited_group).collect();
        let wanted: BTreeSet<(u32, Ipv6Addr)> =
            indices.iter().flat_map(|index| groups.iter().map(|group| (*index, *group))).collect();
        for (index, group) in self.joined.difference(&wanted) {
            // A link that is gone has taken its memberships with it.
            let _ = self.socket.leave_multicast_v6(group, *index);
        }
        let held = |membership: &&(u32, Ipv6Addr)| {
            let (index, group) = **membership;
            self.joined.contains(&(index, group))
                || self
                    .socket
                    .join_multicast_v6(&group, index)
                    .inspect_err(|error| {
                        tracing::warn!(index, %group, %error, "solicitations for a VIP may not be heard");
                    })
                    .is_ok()
        };
        self.joined = wanted.iter().filter(held).copied().collect();
    }
}

/// ff02::1:ff00:0/104 with the last 24 bits of the address.
fn solicited_group(addr: &IpAddr) -> Option<Ipv6Addr> {
    let IpAddr::V6(addr) = addr else { return None };
    let base = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 0).to_bits();
    Some(Ipv6Addr::from_bits(base | addr.to_bits() & 0x00ff_ffff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_of_an_address() {
        let group =
            |text: &str| solicited_group(&text.parse().expect("an address")).map(|group| group.to_string());
        assert_eq!(group("fd00:9::100").as_deref(), Some("ff02::1:ff00:100"));
        assert_eq!(group("2001:db8::abcd:ef01:2345").as_deref(), Some("ff02::1:ff01:2345"));
        assert_eq!(group("10.0.0.1"), None);
    }
}
