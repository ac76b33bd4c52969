//! The network of several directors at work, and what BIRD on each host is told.
//!
//! ```text
//!   client ── router ──┬── d1, d2, d3       the router has a route to the VIP by each director that announces it,
//!                      └── rs1, rs2, rs3    and shares connections out among them
//! ```

use crate::plan::{CLIENT, Family, ROUTER, forwarding, mac, quiet};
use crate::topology::{HostSpec, Port, Topology};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use ulvs::host::vip_routes::PROTOCOL;

/// The directors' hosts.
pub const DIRECTORS: [&str; 3] = ["d1", "d2", "d3"];
/// The virtual IP: on no interface, and in no network of the router's.
pub const VIP: Ipv4Addr = Ipv4Addr::new(10, 9, 9, 100);

const SWITCH: &str = "switch";
const SERVERS: u8 = 3;
const PORT: u16 = 80;
/// Autonomous systems of the router and of the directors.
const SYSTEMS: [u32; 2] = [65000, 65001];

/// The virtual service.
pub fn service() -> SocketAddr {
    SocketAddr::new(VIP.into(), PORT)
}

/// Name and RIP of each real server.
pub fn servers() -> impl Iterator<Item = (String, Ipv4Addr)> {
    (1..=SERVERS).map(|number| (format!("rs{number}"), at(10 + number)))
}

/// A director's own address.
pub fn dip(which: usize) -> Ipv4Addr {
    at(2 + u8::try_from(which).unwrap_or(0))
}

const fn at(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 2, 0, last)
}

fn net(address: Ipv4Addr) -> IpNet {
    IpNet::new_assert(address.into(), 24)
}

/// Draws the network.
pub fn topology() -> Topology {
    let plain = |name: &str| quiet(HostSpec::new(name), Family::V4);
    let outside = |last| Ipv4Addr::new(10, 1, 0, last);
    let gateway = IpAddr::from(at(1));
    let mut topology = Topology { switches: vec![SWITCH.to_owned()], ..Topology::default() };
    topology.hosts = vec![
        plain(CLIENT).interface("eth0", mac(1, 0), &[net(outside(10))]).gateway(outside(1).into()),
        forwarding(plain(ROUTER), Family::V4)
            // By addresses and ports: connections are shared out, not packets, nor clients.
            .sysctl("net/ipv4/fib_multipath_hash_policy", "1")
            .interface("eth0", mac(2, 0), &[net(outside(1))])
            .interface("eth1", mac(2, 1), &[net(at(1))]),
    ];
    topology.cable(Port::new(CLIENT, "eth0"), Port::new(ROUTER, "eth0"));
    topology.plug(Port::new(ROUTER, "eth1"), SWITCH);
    for (number, name) in (0_u8..).zip(DIRECTORS) {
        let host =
            plain(name).interface("eth0", mac(3 + number, 0), &[net(dip(number.into()))]).gateway(gateway);
        topology.hosts.push(host);
        topology.plug(Port::new(name, "eth0"), SWITCH);
    }
    for (number, (name, rip)) in (1..).zip(servers()) {
        // The ARP problem: see the lab of direct routing.
        let mut host = plain(&name).on_loopback(IpNet::from(IpAddr::from(VIP)));
        for interface in ["lo", "all"] {
            host = host
                .sysctl(&format!("net/ipv4/conf/{interface}/arp_ignore"), "1")
                .sysctl(&format!("net/ipv4/conf/{interface}/arp_announce"), "2");
        }
        topology.hosts.push(host.interface("eth0", mac(10 + number, 0), &[net(rip)]).gateway(gateway));
        topology.plug(Port::new(&name, "eth0"), SWITCH);
    }
    topology
}

/// What each director is told: all the same. Whoever gets a connection's packets sends them to the same real server (`mh`), also
/// of a connection that began at another one (`sloppy_tcp`).
pub fn config() -> String {
    let servers: String = servers().map(|(_, rip)| format!("  {{ address = \"{rip}\" }},\n")).collect();
    format!(
        "[sysctl]\nsloppy_tcp = true\n\n[[service]]\naddress = \"tcp {}\"\nscheduler = \"mh\"\n\
         scheduler_flags = [\"mh-port\"]\nserver = [\n{servers}]\n",
        service()
    )
}

/// BIRD on a director's host: what the director has put into the kernel's table goes to the router.
pub fn director_bird(which: usize) -> String {
    let [router, own] = SYSTEMS;
    format!(
        "log stderr all;\nrouter id {dip};\nprotocol device {{ }}\n\
         protocol kernel {{\n  learn;\n  ipv4 {{ import where krt_source = {PROTOCOL}; export none; }};\n}}\n\
         protocol bgp uplink {{\n  local {dip} as {own};\n  neighbor {} as {router};\n  \
         ipv4 {{ import none; export where krt_source = {PROTOCOL}; next hop self; }};\n}}\n",
        at(1),
        dip = dip(which),
    )
}

/// BIRD on the router's host: a path by each director that announces the VIP.
pub fn router_bird() -> String {
    let [router, theirs] = SYSTEMS;
    let mut text = format!(
        "log stderr all;\nrouter id {};\nprotocol device {{ }}\n\
         protocol kernel {{\n  merge paths on;\n  ipv4 {{ import none; export where source = RTS_BGP; }};\n}}\n",
        at(1)
    );
    for (number, name) in DIRECTORS.iter().enumerate() {
        text += &format!(
            "protocol bgp {name} {{\n  local {} as {router};\n  neighbor {} as {theirs};\n  connect delay time 1;\n  \
             ipv4 {{ import filter {{ if net = {VIP}/32 then accept; reject; }}; export none; }};\n}}\n",
            at(1),
            dip(number),
        );
    }
    text
}

/// Arguments of BIRD for a folder.
pub fn bird_arguments(folder: &Path) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    ["-f", "-c", &file("bird.conf"), "-s", &file("bird.ctl"), "-P", &file("bird.pid")]
        .map(str::to_owned)
        .into()
}
