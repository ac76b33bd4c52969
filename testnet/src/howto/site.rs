//! The machines of a document, with its addresses and the names of its interfaces.

use crate::plan::{self, CLIENT, DIRECTOR, Family, Plan, ROUTER, ServerPlan, Wish};
use crate::topology::{HostSpec, Port, Topology};
use anyhow::{Context, Result};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use ulvs::lvs::{ForwardingMethod, Tunnel};

/// The one segment.
const SWITCH: &str = "switch";

/// A machine of the document on its one segment.
pub struct Machine {
    /// What the lab calls it: [`CLIENT`], [`DIRECTOR`], `backup`, or `rs1`, `rs2` for real servers.
    pub host: &'static str,
    /// What the document calls it.
    pub name: &'static str,
    /// Its interface.
    pub interface: &'static str,
    /// Its addresses there, with their prefixes.
    pub addresses: &'static [&'static str],
    /// Its default gateway.
    pub gateway: Option<&'static str>,
}

/// The network of a document.
pub struct Site {
    /// Topology and the addresses that have a name in LVS; the service is the VIP's port 80.
    pub plan: Plan,
    /// Whether the document gives the VIP to an interface of the director.
    names: BTreeMap<String, &'static str>,
}

impl Site {
    /// All machines on one switch.
    ///
    /// # Errors
    /// An address is none; client or director is missing.
    pub fn new(vip: &str, vip_on_host: bool, machines: &[Machine]) -> Result<Self> {
        let mut topology = Topology { switches: vec![SWITCH.to_owned()], ..Topology::default() };
        let (mut names, mut servers) = (BTreeMap::new(), Vec::new());
        for (number, machine) in (1..).zip(machines) {
            let addresses: Vec<IpNet> =
                machine.addresses.iter().map(|address| address.parse()).collect::<Result<_, _>>()?;
            let mut host = plan::quiet(HostSpec::new(machine.host), Family::V4);
            host = host.interface(machine.interface, plan::mac(number, 0), &addresses);
            if let Some(gateway) = machine.gateway {
                host = host.gateway(gateway.parse()?);
            }
            topology.plug(Port::new(machine.host, machine.interface), SWITCH);
            topology.hosts.push(host);
            names.insert(machine.host.to_owned(), machine.name);
            if machine.host.starts_with("rs") {
                let rip = addresses.first().context("a real server's address")?.addr();
                servers.push(ServerPlan { name: machine.host.to_owned(), rip });
            }
        }
        let first = |host: &str| -> Result<IpAddr> {
            let found = machines.iter().find(|machine| machine.host == host);
            let address = found.and_then(|machine| machine.addresses.first());
            Ok(address.with_context(|| format!("a machine {host}"))?.parse::<IpNet>()?.addr())
        };
        let plan = Plan {
            wish: Wish {
                method: ForwardingMethod::DirectRoute,
                tunnel: Tunnel::Ipip,
                family: Family::V4,
                servers: u8::try_from(servers.len())?,
                vip_on_host,
            },
            topology,
            cip: first(CLIENT).or_else(|_| first(ROUTER))?,
            service: SocketAddr::new(vip.parse()?, 80),
            dip: first(DIRECTOR)?,
            inner_dip: None,
            servers,
            real_port: 80,
        };
        Ok(Self { plan, names })
    }

    /// Makes the router forward, and puts the client behind it, on a cable of its own.
    ///
    /// # Errors
    /// An address is none; there is no router.
    pub fn client_behind_router(
        mut self,
        name: &'static str,
        address: &str,
        gateway: &str,
        gateway_address: &str,
    ) -> Result<Self> {
        let (address, gateway_address): (IpNet, IpNet) = (address.parse()?, gateway_address.parse()?);
        let topology = &mut self.plan.topology;
        let router = topology.hosts.iter_mut().find(|host| host.name == ROUTER).context("a router")?;
        *router = plan::forwarding(std::mem::take(router), Family::V4).interface(
            gateway,
            plan::mac(90, 0),
            &[gateway_address],
        );
        let client = plan::quiet(HostSpec::new(CLIENT), Family::V4)
            .interface("eth0", plan::mac(91, 0), &[address])
            .gateway(gateway_address.addr());
        topology.cable(Port::new(CLIENT, "eth0"), Port::new(ROUTER, gateway));
        topology.hosts.insert(0, client);
        self.plan.cip = address.addr();
        self.names.insert(CLIENT.to_owned(), name);
        Ok(self)
    }

    /// Gives a machine an interface without address and without a cable to anywhere, as `dummy0` is. (A pair of
    /// interfaces: not every kernel has the module for dummies.)
    pub fn dummy(&mut self, host: &str, interface: &str) {
        let end = format!("{interface}-end");
        let topology = &mut self.plan.topology;
        for (number, spec) in (1..).zip(&mut topology.hosts) {
            if spec.name == host {
                *spec = std::mem::take(spec).interface(interface, plan::mac(number, 0xd0), &[]).interface(
                    &end,
                    plan::mac(number, 0xd1),
                    &[],
                );
            }
        }
        topology.cable(Port::new(host, interface), Port::new(host, &end));
    }

    /// What the document calls a host.
    pub fn name<'a>(&'a self, host: &'a str) -> &'a str {
        self.names.get(host).copied().unwrap_or(host)
    }

    /// The first interface of a host.
    ///
    /// # Errors
    /// There is no such host.
    pub fn interface(&self, host: &str) -> Result<&str> {
        let spec = self.plan.topology.hosts.iter().find(|spec| spec.name == host);
        let interface = spec.and_then(|spec| spec.interfaces.first());
        Ok(&interface.with_context(|| format!("no host {host}"))?.name)
    }

    /// Who has which address, a line each.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for host in &self.plan.topology.hosts {
            for interface in host.interfaces.iter().filter(|interface| !interface.addresses.is_empty()) {
                let addresses: Vec<_> = interface.addresses.iter().map(ToString::to_string).collect();
                let name = self.name(&host.name);
                let role = if name == host.name { String::new() } else { format!("({})", host.name) };
                text += &format!("  {name:<26} {role:<11} {:<7} {}\n", interface.name, addresses.join(" "));
            }
        }
        text + &format!(
            "  {:<26} {:<11} {:<7} {}\n",
            "the virtual service",
            "",
            "VIP",
            self.plan.service.ip()
        )
    }
}
