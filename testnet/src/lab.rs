//! A [`Topology`] made real: namespaces, veth pairs, bridges. Dropping the [`Lab`] takes it all away.

use crate::actor::switch::Switch;
use crate::host::Host;
use crate::topology::{Cable, HostSpec, Port, Topology};
use anyhow::{Context, Result, anyhow, ensure};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use ulvs::host::bridge::Bridges;
use ulvs::host::links::{LinkChange, Links, VethEnd};
use ulvs::host::sysctl;
use ulvs::lvs::Mac;

/// The kernel knows no such kind of link.
const EOPNOTSUPP: i32 = libc::EOPNOTSUPP;
/// How long links may take until they run.
const CARRIER: Duration = Duration::from_secs(5);
/// Name of the bridge inside a switch's namespace.
const BRIDGE: &str = "bridge";

/// A running network.
///
/// Segments are switches, one namespace each: kernel bridges where the kernel has them (ordinary users may make them in
/// their user namespace, and frames pass at the kernel's speed), else [`Switch`]es in user space. Both learn and flood,
/// and keep super-frames and unfinished checksums as they are.
pub struct Lab {
    /// Dropped before the hosts.
    _switches: Vec<Switch>,
    topology: Topology,
    hosts: BTreeMap<String, Host>,
}

/// What the segments are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switching {
    /// The kernel's bridge.
    Bridge,
    /// [`Switch`]: a thread of this process.
    Userspace,
}

impl Lab {
    /// Builds the network. The process must be in the sandbox ([`crate::sandbox::enter`]).
    ///
    /// # Errors
    /// Names the host and the thing that could not be made. What was made is gone again.
    pub fn build(topology: Topology) -> Result<Self> {
        let switching = if has_bridge()? { Switching::Bridge } else { Switching::Userspace };
        Self::build_with(topology, switching)
    }

    /// As [`Lab::build`], with switches of this kind.
    ///
    /// # Errors
    /// As [`Lab::build`].
    pub fn build_with(topology: Topology, switching: Switching) -> Result<Self> {
        let mut hosts = BTreeMap::new();
        for name in topology.hosts.iter().map(|h| &h.name).chain(&topology.switches) {
            hosts.insert(name.clone(), Host::new(name)?);
        }
        let mut lab = Self { _switches: Vec::new(), topology, hosts };
        for spec in &lab.topology.hosts {
            lab.on(&spec.name, || set_sysctls(spec, true))?;
        }
        for switch in &lab.topology.switches {
            lab.on(switch, || make_switch(switching))?;
        }
        for cable in &lab.topology.cables {
            lab.lay(cable, switching)?;
        }
        if switching == Switching::Userspace {
            lab._switches = lab.start_switches()?;
        }
        for spec in &lab.topology.hosts {
            lab.on(&spec.name, || configure(spec))?;
        }
        Ok(lab)
    }

    /// Waits until the kernel calls both ends of every cable running: it does so a moment after they are up, sometimes only
    /// at the next full second, and what is sent before is lost.
    ///
    /// # Errors
    /// An end of the host that is named stays without carrier for five seconds.
    pub fn wait_running(&self) -> Result<()> {
        let deadline = Instant::now() + CARRIER;
        for port in self.topology.cables.iter().flat_map(|cable| [&cable.a, &cable.b]) {
            self.on(&port.host, || {
                let mut links = Links::open()?;
                while !links.find(&port.interface)?.running {
                    ensure!(Instant::now() < deadline, "{} stays without carrier", port.interface);
                    std::thread::sleep(Duration::from_millis(10));
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn start_switches(&self) -> Result<Vec<Switch>> {
        let start = |name: &String| {
            let ends = self.topology.cables.iter().flat_map(|cable| [&cable.a, &cable.b]);
            let ports: Vec<_> =
                ends.filter(|port| port.host == *name).map(|port| port.interface.as_str()).collect();
            Switch::start(self.host(name)?, &ports)
        };
        self.topology.switches.iter().map(start).collect()
    }

    /// What was built.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// A host (or switch) by name.
    ///
    /// # Errors
    /// There is no such host.
    pub fn host(&self, name: &str) -> Result<&Host> {
        self.hosts.get(name).ok_or_else(|| anyhow!("the lab has no host {name}"))
    }

    /// All hosts in the order of the topology, without the switches.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.topology.hosts.iter().filter_map(|spec| self.hosts.get(&spec.name))
    }

    /// Runs fallible work inside a host, naming the host in its error.
    fn on(&self, host: &str, work: impl FnOnce() -> Result<()> + Send) -> Result<()> {
        self.host(host)?.run(work)?.with_context(|| format!("host {host}"))
    }

    fn lay(&self, cable: &Cable, switching: Switching) -> Result<()> {
        let far = self.host(&cable.b.host)?.namespace();
        let (mac_a, mac_b) = (self.mac(&cable.a), self.mac(&cable.b));
        self.on(&cable.a.host, || {
            let here = VethEnd { name: &cable.a.interface, mac: mac_a, netns: None };
            let peer = VethEnd { name: &cable.b.interface, mac: mac_b, netns: Some(far.as_fd()) };
            Ok(Links::open()?.add_veth(&here, &peer)?)
        })?;
        for port in [&cable.a, &cable.b] {
            if self.topology.is_switch(&port.host) {
                self.on(&port.host, || plug_in(&port.interface, switching))?;
            }
        }
        Ok(())
    }

    fn mac(&self, port: &Port) -> Option<Mac> {
        self.topology.macs().find(|(_, owner)| owner == port).map(|(mac, _)| mac)
    }
}

/// Whether this kernel makes bridges; tried in a namespace of its own.
fn has_bridge() -> Result<bool> {
    let made = Host::new("trial")?.run(|| Ok::<_, std::io::Error>(Bridges::open()?.add(BRIDGE)))??;
    match made {
        Ok(()) => Ok(true),
        Err(error) if error.cause.errno() == Some(EOPNOTSUPP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn make_switch(switching: Switching) -> Result<()> {
    // A switch has no address and says nothing by itself.
    let _ = sysctl::write("net/ipv6/conf/all/disable_ipv6", "1");
    if switching == Switching::Bridge {
        Bridges::open()?.add(BRIDGE)?;
        let mut links = Links::open()?;
        let bridge = links.find(BRIDGE)?.ifindex;
        links.change(bridge, &up())?;
    }
    Ok(())
}

fn plug_in(port: &str, switching: Switching) -> Result<()> {
    let mut links = Links::open()?;
    let port = links.find(port)?.ifindex;
    if switching == Switching::Bridge {
        let bridge = links.find(BRIDGE)?.ifindex;
        Bridges::open()?.plug(port, bridge)?;
    }
    Ok(links.change(port, &up())?)
}

fn configure(spec: &HostSpec) -> Result<()> {
    set_sysctls(spec, false)?;
    let mut links = Links::open()?;
    let lo = links.find("lo")?.ifindex;
    links.change(lo, &up())?;
    for &address in &spec.loopback {
        links.add_address(lo, address)?;
    }
    for interface in &spec.interfaces {
        let index = links.find(&interface.name)?.ifindex;
        links.change(index, &up())?;
        for &address in &interface.addresses {
            links.add_address(index, address)?;
        }
    }
    for route in &spec.routes {
        let out = spec
            .interfaces
            .iter()
            .find(|i| i.addresses.iter().any(|net| net.prefix_len() > 0 && net.contains(&route.via)))
            .ok_or_else(|| anyhow!("no interface leads to the gateway {}", route.via))?;
        let index = links.find(&out.name)?.ifindex;
        links.replace_route(route.to, Some(route.via), index)?;
    }
    Ok(())
}

/// `early`: before the interfaces exist, so their own settings do not either.
fn set_sysctls(spec: &HostSpec, early: bool) -> Result<()> {
    for (name, value) in &spec.sysctls {
        match sysctl::write(name, value) {
            Err(error) if error.kind() == ErrorKind::NotFound && (early || is_optional(name)) => {}
            result => result?,
        }
    }
    Ok(())
}

/// A kernel without IPv6 has nothing to turn off.
fn is_optional(name: &str) -> bool {
    name.ends_with("/disable_ipv6")
}

fn up() -> LinkChange {
    LinkChange { up: Some(true), ..LinkChange::default() }
}
