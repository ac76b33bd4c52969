//! The test bed: three hosts in a row, and a second cable for replies that pass the director by.
//!
//! ```text
//! client eth0 ──── eth0 director eth1 ──── eth0 server
//!    │ eth1                                 eth1 │
//!    └───────────────────────────────────────────┘
//! ```
//!
//! Nothing is resolved while figures are taken: every neighbour is permanent. Two addresses of the server are sinks:
//! what comes for them is dropped at the very ingress of the server, cheaply and alike in all modes, so that the figures
//! are of the way there and not of a socket at its end.

use crate::frames::{CLIENTS, CLIENTS_LEN};
use crate::sys::{self, Offload};
use anyhow::{Context, Result};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use testnet::host::Host;
use testnet::lab::Lab;
use testnet::topology::{HostSpec, Port, Topology};
use ulvs::control::effect::ClaimPlan;
use ulvs::host::claim::Claim;
use ulvs::host::links::{LinkChange, Links};
use ulvs::host::netlink::{Message, Netlink, ROUTE};
use ulvs::lvs::{Endpoint, Mac, Protocol};
use ulvs::ring::{RingConfig, RxRing};

/// The client on the director's side: replies to it come back through the director.
pub const CIP: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 2);
/// The client on the cable to the server: replies to it pass the director by.
pub const CIP_DIRECT: Ipv4Addr = Ipv4Addr::new(10, 3, 0, 2);
/// The VIP of the services that answer.
pub const VIP: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 101);
/// The VIP of services that answer past the director: the client asks it as [`CIP_DIRECT`].
pub const VIP_DIRECT: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 102);
/// The VIP whose packets end at the server's ingress.
pub const VIP_SINK: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 100);
/// The server's address.
pub const RIP: Ipv4Addr = Ipv4Addr::new(10, 2, 0, 2);
/// The server's address whose packets end at its ingress.
pub const RIP_SINK: Ipv4Addr = Ipv4Addr::new(10, 2, 0, 9);

/// The director's side of the two cables.
pub const CLIENT_MAC: Mac = mac(1, 2);
/// The director's interface toward the client.
pub const INNER_MAC: Mac = mac(1, 1);
/// The director's interface toward the server.
pub const OUTER_MAC: Mac = mac(2, 1);
/// The server's interface toward the director.
pub const SERVER_MAC: Mac = mac(2, 2);

/// Where one server plays several: the Ethernet address of each real server by its number, from 0. The first is the
/// server's own; what is for the others arrives there, too.
pub const fn server_mac(number: u8) -> Mac {
    mac(2, 2 + number)
}

/// The address of each real server whose packets end at the server's ingress.
pub const fn server_rip(number: u8) -> Ipv4Addr {
    let [a, b, c, d] = RIP_SINK.octets();
    Ipv4Addr::new(a, b, c, d + number)
}

/// The director's address on the client's side.
pub const DIP_CLIENT: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 1);
/// The director's address on the server's side.
pub const DIP_SERVER: Ipv4Addr = Ipv4Addr::new(10, 2, 0, 1);
const SERVER_DIRECT: Ipv4Addr = Ipv4Addr::new(10, 3, 0, 1);
/// A packet of 1500 bytes and an outer header fit: as on a network made for tunnelling.
const SERVER_SIDE_MTU: u32 = 1600;
/// `IFLA_GSO_MAX_SEGS`.
const IFLA_GSO_MAX_SEGS: u16 = 40;
/// What links have by themselves.
const GSO_MAX_SEGS: u32 = 65535;

const fn mac(segment: u8, host: u8) -> Mac {
    Mac([2, 0, 0, 0, segment, host])
}

/// The network, up. Dropping it takes everything away.
pub struct Bed {
    lab: Lab,
    /// Held to be dropped.
    _sink: Dam,
}

/// What holds traffic back at an ingress, behind the packet taps, until dropped.
pub struct Dam(Claim);

impl Bed {
    /// Builds it. The process must be in the sandbox.
    ///
    /// # Errors
    /// Names the host and what it could not have.
    pub fn build() -> Result<Self> {
        Self::build_with(1)
    }

    /// As [`Bed::build`], with a server that plays so many real servers (at most 200).
    ///
    /// # Errors
    /// As there.
    pub fn build_with(servers: u8) -> Result<Self> {
        let lab = Lab::build(topology())?;
        for (host, neighbours) in NEIGHBOURS {
            lab.host(host)?.run(|| -> Result<()> {
                let mut links = Links::open()?;
                for (interface, addr, mac) in neighbours {
                    let index = links.find(interface)?.ifindex;
                    links.replace_neighbour(index, IpAddr::V4(*addr), *mac)?;
                }
                Ok(())
            })??;
        }
        lab.host("director")?.run(|| -> Result<()> {
            let mut links = Links::open()?;
            let index = links.find("eth1")?.ifindex;
            for number in 1..servers {
                links.replace_neighbour(index, IpAddr::V4(server_rip(number)), server_mac(number))?;
            }
            Ok(())
        })??;
        for (host, interface) in [("director", "eth1"), ("server", "eth0")] {
            let mtu = LinkChange { mtu: Some(SERVER_SIDE_MTU), ..LinkChange::default() };
            lab.host(host)?.run(|| -> Result<()> {
                let mut links = Links::open()?;
                let index = links.find(interface)?.ifindex;
                Ok(links.change(index, &mtu)?)
            })??;
        }
        let sinks: Vec<_> = [VIP_SINK].into_iter().chain((0..servers.max(1)).map(server_rip)).collect();
        let sink = lab.host("server")?.run(|| hold_back(&["eth0"], &sinks, &[]))?;
        lab.host("client")?.run(prefer_direct)??;
        lab.wait_running()?;
        Ok(Self { lab, _sink: sink.context("the sink at the server's ingress")? })
    }

    /// The client.
    ///
    /// # Errors
    /// Never, once built.
    pub fn client(&self) -> Result<&Host> {
        self.lab.host("client")
    }

    /// The director.
    ///
    /// # Errors
    /// Never, once built.
    pub fn director(&self) -> Result<&Host> {
        self.lab.host("director")
    }

    /// The server.
    ///
    /// # Errors
    /// Never, once built.
    pub fn server(&self) -> Result<&Host> {
        self.lab.host("server")
    }

    /// Gives the director a way back to the clients of [`crate::frames`], and keeps what comes from this endpoint off the
    /// client's stack, behind the packet taps, until what is returned is dropped.
    ///
    /// # Errors
    /// Those of netlink; no nf_tables.
    pub fn expect_answers(&self, from: SocketAddrV4) -> Result<Dam> {
        self.director()?.run(|| -> Result<()> {
            let mut links = Links::open()?;
            let index = links.find("eth0")?.ifindex;
            let clients = IpNet::new_assert(IpAddr::V4(Ipv4Addr::from(CLIENTS)), CLIENTS_LEN);
            Ok(links.replace_route(clients, Some(IpAddr::V4(CIP)), index)?)
        })??;
        let from = Endpoint::new(IpAddr::V4(*from.ip()), from.port());
        let sources = [Protocol::Udp, Protocol::Tcp].map(|protocol| (protocol, from));
        self.client()?
            .run(|| hold_back(&["eth0"], &[], &sources))?
            .context("the sink at the client's ingress")
    }

    /// Packets that may be on their way at once so that no ring loses any: half of what one holds, at most 1024. (Where the
    /// memory for copies is not to be had, as an ordinary user, a ring has a few large slots.)
    ///
    /// # Errors
    /// A ring cannot be had.
    pub fn window(&self) -> Result<u64> {
        const MOST: usize = 1024;
        let slots = self.server()?.run(|| -> Result<usize> {
            let index = Links::open()?.find("eth0")?.ifindex;
            Ok(RxRing::open(index, &RingConfig::default(), None).context("a ring to look at")?.slots())
        })??;
        Ok((slots / 2).min(MOST) as u64)
    }

    /// The director's interfaces with their link indices: toward the client, toward the server.
    ///
    /// # Errors
    /// Those of netlink.
    pub fn director_ports(&self) -> Result<[(String, u32); 2]> {
        self.director()?.run(|| -> Result<_> {
            let mut links = Links::open()?;
            let mut port = |name: &str| -> Result<_> { Ok((name.to_owned(), links.find(name)?.ifindex)) };
            Ok([port("eth0")?, port("eth1")?])
        })?
    }

    /// Says whether large sends leave the client as frames of wire size (as from a NIC that segments) or whole (as
    /// veth would have it).
    ///
    /// # Errors
    /// Those of netlink.
    pub fn segment_at_client(&self, yes: bool) -> Result<()> {
        self.client()?.run(|| -> Result<()> {
            let index = Links::open()?.find("eth0")?.ifindex;
            let mut info = [0; 16];
            info[4..8].copy_from_slice(&index.to_ne_bytes());
            let segments = if yes { 1 } else { GSO_MAX_SEGS };
            let change = Message::new(libc::RTM_NEWLINK, 0).body(&info).number(IFLA_GSO_MAX_SEGS, segments);
            Ok(Netlink::open(ROUTE, 0)?.request(change)?)
        })?
    }

    /// Says whether TCP segments go whole from end to end, as veth would have it, or leave the client one by one, and are
    /// joined at the director's interface.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn tcp_whole(&self, yes: bool) -> Result<()> {
        let client = self.client()?.run(|| sys::set_offload("eth0", Offload::TcpSegmentation, yes))?;
        let direct = self.client()?.run(|| sys::set_offload("eth1", Offload::TcpSegmentation, yes))?;
        let director = self.director()?.run(|| sys::set_offload("eth0", Offload::Receive, !yes))?;
        client.and(direct).and(director).context("offloads")
    }

    /// Has the director's interface join datagrams of a flow that follow each other, or not. False: the kernel cannot.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn join_datagrams(&self, yes: bool) -> Result<bool> {
        match self.director()?.run(|| sys::join_datagrams("eth0", yes))? {
            Err(error) if error.kind() == std::io::ErrorKind::Unsupported => Ok(false),
            done => done.map(|()| true).context("joining datagrams"),
        }
    }
}

impl Drop for Dam {
    fn drop(&mut self) {
        // What cannot be withdrawn goes with the namespace.
        let _ = self.0.withdraw();
    }
}

/// Holds back, in the calling thread's network namespace, what is for these addresses or comes from those endpoints.
///
/// # Errors
/// No nf_tables, or no privilege.
pub fn hold_back(devices: &[&str], addresses: &[Ipv4Addr], sources: &[(Protocol, Endpoint)]) -> Result<Dam> {
    let mut claim = Claim::open()?;
    let reports = claim.apply(ClaimPlan {
        devices: devices.iter().map(ToString::to_string).collect(),
        addresses: addresses.iter().map(|addr| IpAddr::V4(*addr)).collect(),
        nat_sources: sources.iter().copied().collect(),
        ..ClaimPlan::default()
    });
    for report in reports {
        report.outcome.map_err(anyhow::Error::msg).with_context(|| report.device)?;
    }
    Ok(Dam(claim))
}

/// The client asks [`VIP_DIRECT`] from the address to which replies pass the director by.
fn prefer_direct() -> Result<()> {
    const REPLACE: u16 = (libc::NLM_F_CREATE | libc::NLM_F_REPLACE) as u16;
    let index = Links::open()?.find("eth0")?.ifindex;
    let (family, len, table) = (libc::AF_INET as u8, 32, libc::RT_TABLE_MAIN);
    let (origin, scope, kind) = (libc::RTPROT_STATIC, libc::RT_SCOPE_LINK, libc::RTN_UNICAST);
    let route = Message::new(libc::RTM_NEWROUTE, REPLACE)
        .body(&[family, len, 0, 0, table, origin, scope, kind, 0, 0, 0, 0])
        .attribute(libc::RTA_DST, &VIP_DIRECT.octets())
        .attribute(libc::RTA_PREFSRC, &CIP_DIRECT.octets())
        .number(libc::RTA_OIF, index);
    Netlink::open(ROUTE, 0)?.request(route).context("the client's route to the VIP past the director")
}

type Neighbour = (&'static str, Ipv4Addr, Mac);

const NEIGHBOURS: [(&str, &[Neighbour]); 3] = [
    (
        "client",
        &[
            ("eth0", DIP_CLIENT, INNER_MAC),
            ("eth0", VIP, INNER_MAC),
            ("eth0", VIP_DIRECT, INNER_MAC),
            ("eth0", VIP_SINK, INNER_MAC),
            ("eth1", SERVER_DIRECT, mac(3, 1)),
        ],
    ),
    ("director", &[("eth0", CIP, CLIENT_MAC), ("eth1", RIP, SERVER_MAC), ("eth1", RIP_SINK, SERVER_MAC)]),
    ("server", &[("eth0", DIP_SERVER, OUTER_MAC), ("eth1", CIP_DIRECT, mac(3, 2))]),
];

fn topology() -> Topology {
    let net = |addr: Ipv4Addr, len: u8| IpNet::new_assert(IpAddr::V4(addr), len);
    let quiet = |host: HostSpec| {
        host.sysctl("net/ipv6/conf/all/disable_ipv6", "1")
            .sysctl("net/ipv6/conf/default/disable_ipv6", "1")
            .sysctl("net/ipv4/conf/all/rp_filter", "0")
            .sysctl("net/ipv4/conf/default/rp_filter", "0")
            // New connections by the ten thousand per second.
            .sysctl("net/ipv4/ip_local_port_range", "1024 65535")
            .sysctl("net/ipv4/tcp_tw_reuse", "1")
            // None in TIME_WAIT: to the server, one way's connections look like those of the way before, but for their
            // timestamps, which begin elsewhere for each address that the client asks. It would then wait for them to end.
            .sysctl("net/ipv4/tcp_max_tw_buckets", "0")
            .sysctl("net/ipv4/tcp_max_syn_backlog", "4096")
    };
    let client = quiet(HostSpec::new("client"))
        .interface("eth0", CLIENT_MAC, &[net(CIP, 24)])
        .interface("eth1", mac(3, 2), &[net(CIP_DIRECT, 24)])
        .gateway(IpAddr::V4(DIP_CLIENT));
    let director = quiet(HostSpec::new("director"))
        .interface("eth0", INNER_MAC, &[net(DIP_CLIENT, 24)])
        .interface("eth1", OUTER_MAC, &[net(DIP_SERVER, 24)])
        .sysctl("net/ipv4/ip_forward", "1");
    let server = quiet(HostSpec::new("server"))
        .interface("eth0", SERVER_MAC, &[net(RIP, 24), net(RIP_SINK, 24)])
        .interface("eth1", mac(3, 1), &[net(SERVER_DIRECT, 24)])
        .on_loopback(net(VIP, 32))
        .on_loopback(net(VIP_DIRECT, 32))
        .on_loopback(net(VIP_SINK, 32))
        .gateway(IpAddr::V4(DIP_SERVER));
    let mut topology = Topology { hosts: vec![client, director, server], ..Topology::default() };
    topology.cable(Port::new("client", "eth0"), Port::new("director", "eth0"));
    topology.cable(Port::new("director", "eth1"), Port::new("server", "eth0"));
    topology.cable(Port::new("client", "eth1"), Port::new("server", "eth1"));
    topology
}
