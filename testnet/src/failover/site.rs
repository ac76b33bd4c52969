//! The network of the pair, and what the directors are told.
//!
//! ```text
//!   client ── router ──┬── switch ── trunk ── d1        the trunk is what a partition cuts
//!                      ├── d2
//!                      └── rs1, rs2
//! ```

use crate::plan::{CLIENT, Family, ROUTER, forwarding, mac, quiet};
use crate::topology::{HostSpec, Port, Topology};
use anyhow::Result;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The directors' hosts; the first has the higher priority.
pub const DIRECTORS: [&str; 2] = ["d1", "d2"];
/// Their priorities.
pub const PRIORITIES: [u8; 2] = [150, 100];
/// The virtual IP.
pub const VIP: Ipv4Addr = Ipv4Addr::new(10, 2, 0, 100);
/// Between two adverts.
pub const INTERVAL: Duration = Duration::from_millis(200);
/// How long the first one, back again, leaves the VIP where it is: long enough to hear of all connections.
pub const PREEMPT_DELAY: Duration = Duration::from_secs(4);
/// The switch that all but the first director are at, and that one's own.
pub const SWITCHES: [&str; 2] = ["switch", "far-switch"];
/// Port of each of them at the other's end of the trunk.
pub const TRUNK: [&str; 2] = ["trunk", "trunk"];

/// Real servers.
const SERVERS: u8 = 2;
const PORT: u16 = 80;

/// The virtual service.
pub fn service() -> SocketAddr {
    SocketAddr::new(VIP.into(), PORT)
}

/// Name and RIP of each real server.
pub fn servers() -> impl Iterator<Item = (String, Ipv4Addr)> {
    (1..=SERVERS).map(|number| (format!("rs{number}"), Ipv4Addr::new(10, 2, 0, 10 + number)))
}

fn net(third: u8, last: u8) -> IpNet {
    IpNet::new_assert(Ipv4Addr::new(10, third, 0, last).into(), 24)
}

/// Draws the network.
pub fn topology() -> Topology {
    let plain = |name: &str| quiet(HostSpec::new(name), Family::V4);
    let gateway = IpAddr::from(Ipv4Addr::new(10, 2, 0, 1));
    let mut topology = Topology { switches: SWITCHES.map(str::to_owned).into(), ..Topology::default() };
    topology.hosts = vec![
        plain(CLIENT).interface("eth0", mac(1, 0), &[net(1, 10)]).gateway(Ipv4Addr::new(10, 1, 0, 1).into()),
        forwarding(plain(ROUTER), Family::V4).interface("eth0", mac(2, 0), &[net(1, 1)]).interface(
            "eth1",
            mac(2, 1),
            &[net(2, 1)],
        ),
    ];
    topology.cable(Port::new(CLIENT, "eth0"), Port::new(ROUTER, "eth0"));
    topology.plug(Port::new(ROUTER, "eth1"), SWITCHES[0]);
    topology.cable(Port::new(SWITCHES[1], TRUNK[1]), Port::new(SWITCHES[0], TRUNK[0]));
    for (number, name) in (0_u8..).zip(DIRECTORS) {
        let host = plain(name).interface("eth0", mac(3 + number, 0), &[net(2, 2 + number)]).gateway(gateway);
        topology.hosts.push(host);
        topology.plug(Port::new(name, "eth0"), SWITCHES[usize::from(number == 0)]);
    }
    for (number, (name, rip)) in (1..).zip(servers()) {
        // The ARP problem: see the lab of direct routing.
        let mut host = plain(&name).on_loopback(IpNet::from(IpAddr::from(VIP)));
        for interface in ["lo", "all"] {
            host = host
                .sysctl(&format!("net/ipv4/conf/{interface}/arp_ignore"), "1")
                .sysctl(&format!("net/ipv4/conf/{interface}/arp_announce"), "2");
        }
        let rip = IpNet::new_assert(rip.into(), 24);
        topology.hosts.push(host.interface("eth0", mac(10 + number, 0), &[rip]).gateway(gateway));
        topology.plug(Port::new(&name, "eth0"), SWITCHES[0]);
    }
    topology
}

/// A director's configuration: `which` is 0 or 1. `routes`: with the virtual router.
///
/// # Errors
/// There is no such director.
pub fn config(which: usize, routes: bool) -> Result<String> {
    let priority = PRIORITIES.get(which).ok_or_else(|| anyhow::anyhow!("no director {which}"))?;
    let servers: Vec<_> = servers().map(|(_, rip)| format!("  {{ address = \"{rip}\" }},\n")).collect();
    let router = format!(
        "[[vrrp]]\nname = \"pair\"\nid = 51\ninterface = \"eth0\"\npriority = {priority}\ninterval = \"{}s\"\n\
         preempt_delay = \"{}s\"\naddresses = [\"{VIP}/24\"]\n",
        INTERVAL.as_secs_f64(),
        PREEMPT_DELAY.as_secs(),
    );
    Ok(format!(
        "[[service]]\naddress = \"tcp {}\"\nscheduler = \"rr\"\nserver = [\n{}]\n\n{}",
        service(),
        servers.concat(),
        if routes { router.as_str() } else { "" },
    ))
}

/// What keepalived on the second director's host is told: the same virtual router, the VIP on the interface. After a
/// partition it shall say once more that it was master, too; else the other one would not tell the neighbours again.
pub fn keepalived_config() -> String {
    format!(
        "vrrp_instance pair {{\n  state BACKUP\n  interface eth0\n  version 3\n  virtual_router_id 51\n  priority {}\n  \
         advert_int {}\n  higher_prio_send_advert\n  virtual_ipaddress {{\n    {VIP}/24\n  }}\n}}\n",
        PRIORITIES[1],
        INTERVAL.as_secs_f64(),
    )
}

/// How long after its last advert a director is missed: three intervals and the other's skew (RFC 9568 §6.1).
pub fn down_interval(waits: usize) -> Duration {
    let priority = PRIORITIES.get(waits).copied().unwrap_or(0);
    INTERVAL * 3 + INTERVAL * (256 - u32::from(priority)) / 256
}
