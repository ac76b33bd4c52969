//! The network of the lab, in each of the three modes, with the addresses that the narration calls by name.
//!
//! ```text
//!   DR     client ── router ──┬── director        one segment; servers answer the client through the router
//!                             ├── rs1 … rsN
//!
//!   NAT    client ── router ──┬── director ──┬── rs1 … rsN      servers' gateway is the director
//!
//!   TUN    client ── router ──┬── director        servers behind the router, anywhere that IP reaches
//!                        └────┬── rs1 … rsN
//! ```

use crate::topology::{HostSpec, Port, Topology};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use ulvs::lvs::{ForwardingMethod, Mac, Tunnel};

/// Address family of the whole lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// What the lab is to be.
#[derive(Clone, Debug)]
pub struct Wish {
    /// How the director forwards: `DirectRoute`, `Nat` or `Tunnel`.
    pub method: ForwardingMethod,
    /// What the tunnels look like, where that is tunnelling; [`Tunnel::Gue`] to [`crate::packet::GUE_PORT`] only.
    pub tunnel: Tunnel,
    /// Address family.
    pub family: Family,
    /// How many real servers, 1..=9.
    pub servers: u8,
    /// The VIP is also an address of the director's interface, and the director's kernel forwards.
    pub vip_on_host: bool,
}

/// A real server of the plan.
#[derive(Clone, Debug)]
pub struct ServerPlan {
    /// `rs1`…
    pub name: String,
    /// Its RIP.
    pub rip: IpAddr,
}

/// The addresses that have a name in LVS, and the topology that has them.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The wish that this fulfils.
    pub wish: Wish,
    /// The network.
    pub topology: Topology,
    /// The client's address.
    pub cip: IpAddr,
    /// The virtual service: VIP and port 80.
    pub service: SocketAddr,
    /// The director's address on the segment that the VIP is on.
    pub dip: IpAddr,
    /// The director's address on the real servers' segment (NAT only).
    pub inner_dip: Option<IpAddr>,
    /// The real servers.
    pub servers: Vec<ServerPlan>,
    /// Port on which real servers listen: 80, and 8080 for NAT, which can translate it.
    pub real_port: u16,
}

/// The name of the director's host.
pub const DIRECTOR: &str = "director";
/// The name of the client's host.
pub const CLIENT: &str = "client";
/// The name of the router's host.
pub const ROUTER: &str = "router";
/// Inside a tunnel-mode real server: the end at which the unpacked packets arrive.
pub const DECAP_INNER: &str = "decap0";
/// Inside a tunnel-mode real server: the end at which the decapsulator puts them in.
pub const DECAP_OUTER: &str = "decap1";

const OUTSIDE: u8 = 1;
const FRONT: u8 = 2;
const BACK: u8 = 3;
const FRONT_SWITCH: &str = "switch";
const BACK_SWITCH: &str = "inner-switch";

impl Plan {
    /// Draws the network for a wish.
    pub fn new(wish: Wish) -> Self {
        let at = |net: u8, host: u8| address(wish.family, net, host);
        let vip = at(FRONT, 100).addr();
        let is_direct = wish.method == ForwardingMethod::DirectRoute;
        let is_nat = wish.method == ForwardingMethod::Nat;
        let server_net = if is_direct { FRONT } else { BACK };
        let mut topology = Topology { switches: vec![FRONT_SWITCH.to_owned()], ..Topology::default() };
        if !is_direct {
            topology.switches.push(BACK_SWITCH.to_owned());
        }

        let client = quiet(HostSpec::new(CLIENT), wish.family)
            .interface("eth0", mac(1, 0), &[at(OUTSIDE, 10)])
            .gateway(at(OUTSIDE, 1).addr());
        let mut router = forwarding(quiet(HostSpec::new(ROUTER), wish.family), wish.family)
            .interface("eth0", mac(2, 0), &[at(OUTSIDE, 1)])
            .interface("eth1", mac(2, 1), &[at(FRONT, 1)]);
        let mut director = quiet(HostSpec::new(DIRECTOR), wish.family).gateway(at(FRONT, 1).addr());
        let mut outer = vec![at(FRONT, 2)];
        if wish.vip_on_host {
            outer.push(IpNet::from(vip));
            director = forwarding(director, wish.family);
        }
        director = director.interface("eth0", mac(3, 0), &outer);

        topology.cable(Port::new(CLIENT, "eth0"), Port::new(ROUTER, "eth0"));
        topology.plug(Port::new(ROUTER, "eth1"), FRONT_SWITCH);
        topology.plug(Port::new(DIRECTOR, "eth0"), FRONT_SWITCH);
        match wish.method {
            ForwardingMethod::Nat => {
                director = director.interface("eth1", mac(3, 1), &[at(BACK, 1)]);
                topology.plug(Port::new(DIRECTOR, "eth1"), BACK_SWITCH);
            }
            ForwardingMethod::Tunnel => {
                router = router.interface("eth2", mac(2, 2), &[at(BACK, 1)]);
                topology.plug(Port::new(ROUTER, "eth2"), BACK_SWITCH);
            }
            _ => {}
        }
        topology.hosts = vec![client, router, director];

        let mut servers = Vec::new();
        for number in 1..=wish.servers {
            let name = format!("rs{number}");
            let rip = at(server_net, 10 + number);
            let host = real_server(&wish, &name, number, rip, at(server_net, 1).addr(), vip);
            topology.plug(Port::new(&name, "eth0"), if is_direct { FRONT_SWITCH } else { BACK_SWITCH });
            if wish.method == ForwardingMethod::Tunnel {
                topology.cable(Port::new(&name, DECAP_INNER), Port::new(&name, DECAP_OUTER));
            }
            topology.hosts.push(host);
            servers.push(ServerPlan { name, rip: rip.addr() });
        }
        Self {
            cip: at(OUTSIDE, 10).addr(),
            service: SocketAddr::new(vip, 80),
            dip: at(FRONT, 2).addr(),
            inner_dip: is_nat.then(|| at(BACK, 1).addr()),
            servers,
            real_port: if is_nat { 8080 } else { 80 },
            wish,
            topology,
        }
    }

    /// The interfaces that the director works on.
    pub fn director_interfaces(&self) -> &'static [&'static str] {
        if self.inner_dip.is_some() { &["eth0", "eth1"] } else { &["eth0"] }
    }

    /// An address by its LVS name: `CIP`, `VIP`, `DIP`, `RIP1`…
    pub fn name_of(&self, addr: IpAddr) -> Option<String> {
        if addr == self.service.ip() {
            return Some("VIP".to_owned());
        }
        if addr == self.cip {
            return Some("CIP".to_owned());
        }
        if addr == self.dip || Some(addr) == self.inner_dip {
            return Some("DIP".to_owned());
        }
        self.servers.iter().position(|s| s.rip == addr).map(|i| format!("RIP{}", i + 1))
    }
}

/// A real server as the how-tos set it up.
fn real_server(wish: &Wish, name: &str, number: u8, rip: IpNet, gateway: IpAddr, vip: IpAddr) -> HostSpec {
    let host = quiet(HostSpec::new(name), wish.family)
        .interface("eth0", mac(10 + number, 0), &[rip])
        .gateway(gateway);
    if wish.method == ForwardingMethod::Nat {
        return host; // knows nothing of the VIP
    }
    // The ARP problem: the VIP is ours, but nobody on the segment may hear so. arp_ignore=1: answer only for addresses
    // of the interface asked; arp_announce=2: never use the VIP as the sender of an ARP request. IPv6 needs neither:
    // a neighbour solicitation is answered only for an address of the interface that it arrives on, and `lo` is not.
    let mut host = host.on_loopback(IpNet::from(vip));
    if wish.family == Family::V4 {
        for interface in ["lo", "all"] {
            host = host
                .sysctl(&format!("net/ipv4/conf/{interface}/arp_ignore"), "1")
                .sysctl(&format!("net/ipv4/conf/{interface}/arp_announce"), "2");
        }
    }
    if wish.method == ForwardingMethod::Tunnel {
        // The client's packet comes out of the tunnel, its answer leaves by eth0: the reverse path filter must be off.
        host = host
            .interface(DECAP_INNER, mac(10 + number, 0xd0), &[])
            .interface(DECAP_OUTER, mac(10 + number, 0xd1), &[])
            .sysctl(&format!("net/ipv4/conf/{DECAP_INNER}/rp_filter"), "0");
    }
    host
}

/// Turns off what would talk on the wire by itself, and what depends on the machine's own settings.
pub(crate) fn quiet(host: HostSpec, family: Family) -> HostSpec {
    let host = host
        .sysctl("net/ipv4/conf/all/rp_filter", "0")
        .sysctl("net/ipv4/conf/default/rp_filter", "0")
        .sysctl("net/ipv4/ip_forward", "0");
    match family {
        // IPv6's own chatter has no place in an IPv4 lesson.
        Family::V4 => host.sysctl("net/ipv6/conf/all/disable_ipv6", "1"),
        // Addresses are ours alone: usable at once, without duplicate address detection.
        Family::V6 => ["all", "default"].into_iter().fold(host, |host, scope| {
            host.sysctl(&format!("net/ipv6/conf/{scope}/disable_ipv6"), "0")
                .sysctl(&format!("net/ipv6/conf/{scope}/forwarding"), "0")
                .sysctl(&format!("net/ipv6/conf/{scope}/accept_dad"), "0")
                .sysctl(&format!("net/ipv6/conf/{scope}/dad_transmits"), "0")
                .sysctl(&format!("net/ipv6/conf/{scope}/accept_ra"), "0")
                .sysctl(&format!("net/ipv6/conf/{scope}/router_solicitations"), "0")
        }),
    }
}

/// Makes the host forward packets.
pub(crate) fn forwarding(host: HostSpec, family: Family) -> HostSpec {
    match family {
        Family::V4 => host.sysctl("net/ipv4/ip_forward", "1"),
        Family::V6 => host.sysctl("net/ipv6/conf/all/forwarding", "1"),
    }
}

/// Host `host` of network `net`: `10.net.0.host/24` or `fd00:net::host/64` (the host in decimal digits).
fn address(family: Family, net: u8, host: u8) -> IpNet {
    match family {
        Family::V4 => IpNet::new_assert(Ipv4Addr::new(10, net, 0, host).into(), 24),
        Family::V6 => {
            let digits = u16::from(host / 100) << 8 | u16::from(host / 10 % 10) << 4 | u16::from(host % 10);
            IpNet::new_assert(Ipv6Addr::new(0xfd00, u16::from(net), 0, 0, 0, 0, 0, digits).into(), 64)
        }
    }
}

/// A locally administered Ethernet address that tells its owner.
pub(crate) const fn mac(host: u8, interface: u8) -> Mac {
    Mac([0x02, 0, 0, 0, host, interface])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(method: ForwardingMethod, family: Family) -> Plan {
        Plan::new(Wish { method, tunnel: Tunnel::Ipip, family, servers: 3, vip_on_host: false })
    }

    #[test]
    fn addresses_read_the_same_in_both_families() {
        assert_eq!(address(Family::V4, 2, 100).addr().to_string(), "10.2.0.100");
        assert_eq!(address(Family::V6, 2, 100).addr().to_string(), "fd00:2::100");
        assert_eq!(address(Family::V6, 3, 13).addr().to_string(), "fd00:3::13");
    }

    #[test]
    fn every_interface_has_a_cable_and_every_mac_one_owner() {
        for method in [ForwardingMethod::DirectRoute, ForwardingMethod::Nat, ForwardingMethod::Tunnel] {
            let topology = plan(method, Family::V4).topology;
            let mut macs: Vec<_> = topology.macs().map(|(mac, _)| mac).collect();
            macs.sort();
            macs.dedup();
            assert_eq!(macs.len(), topology.macs().count());
            for (_, port) in topology.macs() {
                let cables = topology.cables.iter().filter(|c| c.a == port || c.b == port).count();
                assert_eq!(cables, 1, "{port} in {method:?}");
            }
        }
    }

    #[test]
    fn direct_routing_has_all_on_one_segment_and_nat_has_the_director_as_gateway() {
        let dr = plan(ForwardingMethod::DirectRoute, Family::V4);
        assert_eq!(dr.topology.switches.len(), 1);
        let nat = plan(ForwardingMethod::Nat, Family::V4);
        let server = nat.topology.hosts.iter().find(|h| h.name == "rs1");
        assert_eq!(server.map(|s| s.routes[0].via), nat.inner_dip);
        assert!(server.is_some_and(|s| s.loopback.is_empty()), "NAT servers do not know the VIP");
        assert_eq!(nat.name_of(nat.servers[1].rip).as_deref(), Some("RIP2"));
    }
}
