//! A network as data: hosts, cables, switches, addresses, routes, sysctls. [`crate::lab::Lab::build`] makes it real.

use ipnet::IpNet;
use std::net::IpAddr;
use ulvs::lvs::Mac;

/// A network card of a host.
#[derive(Clone, Debug)]
pub struct InterfaceSpec {
    /// At most 15 bytes, unique on the host.
    pub name: String,
    /// Its Ethernet address.
    pub mac: Mac,
    /// Its addresses.
    pub addresses: Vec<IpNet>,
}

/// A default or network route through a gateway.
#[derive(Clone, Copy, Debug)]
pub struct RouteSpec {
    /// The destination network; prefix 0 is the default route.
    pub to: IpNet,
    /// The gateway, on-link.
    pub via: IpAddr,
}

/// A host: one network namespace.
#[derive(Clone, Debug, Default)]
pub struct HostSpec {
    /// Unique in the topology.
    pub name: String,
    /// Network cards, each of which needs a cable.
    pub interfaces: Vec<InterfaceSpec>,
    /// Addresses of `lo` besides the loopback ones.
    pub loopback: Vec<IpNet>,
    /// Routes besides the on-link ones.
    pub routes: Vec<RouteSpec>,
    /// Sysctls by path (`net/ipv4/ip_forward`) in the order in which they are set. Those that exist before
    /// the interfaces do are set before as well, so that `default` reaches the interfaces.
    pub sysctls: Vec<(String, String)>,
}

/// Where one end of a cable is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port {
    /// The host (or switch).
    pub host: String,
    /// The interface (or switch port; at most 15 bytes).
    pub interface: String,
}

impl Port {
    /// `host.interface`.
    pub fn new(host: &str, interface: &str) -> Self {
        Self { host: host.to_owned(), interface: interface.to_owned() }
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{}.{}", self.host, self.interface))
    }
}

/// A veth pair.
#[derive(Clone, Debug)]
pub struct Cable {
    /// One end: a host's interface, or a switch's port.
    pub a: Port,
    /// The other: another host's interface, the same host's, or a switch's port.
    pub b: Port,
}

/// The whole network.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// The hosts.
    pub hosts: Vec<HostSpec>,
    /// Names of the switches: one Ethernet segment each. Their ports are made by the cables.
    pub switches: Vec<String>,
    /// The cables.
    pub cables: Vec<Cable>,
}

impl HostSpec {
    /// A host without anything.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Adds an interface.
    pub fn interface(mut self, name: &str, mac: Mac, addresses: &[IpNet]) -> Self {
        self.interfaces.push(InterfaceSpec { name: name.to_owned(), mac, addresses: addresses.to_vec() });
        self
    }

    /// Adds a default route of the gateway's family.
    pub fn gateway(mut self, via: IpAddr) -> Self {
        let zero: IpAddr = if via.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
        self.routes.push(RouteSpec { to: IpNet::new_assert(zero, 0), via });
        self
    }

    /// Adds a sysctl.
    pub fn sysctl(mut self, name: &str, value: &str) -> Self {
        self.sysctls.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an address to `lo`.
    pub fn on_loopback(mut self, address: IpNet) -> Self {
        self.loopback.push(address);
        self
    }
}

impl Topology {
    /// Every interface's Ethernet address.
    pub fn macs(&self) -> impl Iterator<Item = (Mac, Port)> + '_ {
        self.hosts
            .iter()
            .flat_map(|host| host.interfaces.iter().map(|i| (i.mac, Port::new(&host.name, &i.name))))
    }

    /// Connects two ports.
    pub fn cable(&mut self, a: Port, b: Port) {
        self.cables.push(Cable { a, b });
    }

    /// Connects a host's interface to a switch; the port is named after the host.
    pub fn plug(&mut self, a: Port, switch: &str) {
        let b = Port::new(switch, &a.host.clone());
        self.cables.push(Cable { a, b });
    }

    /// True for the name of a switch.
    pub fn is_switch(&self, name: &str) -> bool {
        self.switches.iter().any(|switch| switch == name)
    }
}
