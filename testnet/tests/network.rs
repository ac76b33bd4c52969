//! The network without a director: what the lab promises the director to find. Its own `main`, because a user namespace
//! can only be entered by a process with one thread, which the usual test harness is not.

use anyhow::{Context, Result, ensure};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use testnet::actor::http_client;
use testnet::capture::Capture;
use testnet::lab::{Lab, Switching};
use testnet::lesson::start_servers;
use testnet::plan::{CLIENT, DIRECTOR, Family, Plan, ROUTER, Wish};
use testnet::sandbox;
use ulvs::lvs::ForwardingMethod::{self, DirectRoute, Nat, Tunnel};

const PATIENCE: Duration = Duration::from_secs(3);

type Case = (&'static str, fn(Family) -> Result<()>);

const CASES: [Case; 7] = [
    ("a_switch_in_user_space_does_as_well", a_switch_in_user_space_does_as_well),
    ("dr_client_reaches_each_rip", dr_client_reaches_each_rip),
    ("nat_director_is_the_servers_gateway", nat_director_is_the_servers_gateway),
    ("servers_keep_silent_about_the_vip", servers_keep_silent_about_the_vip),
    ("decapsulator_unpacks_and_the_reply_passes_by", decapsulator_unpacks_and_the_reply_passes_by),
    ("processes_end_with_their_host", processes_end_with_their_host),
    ("an_impossible_network_says_which_host", an_impossible_network_says_which_host),
];

fn main() -> ExitCode {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    if std::env::args().any(|arg| arg == "--list") {
        for (name, _) in CASES {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    match sandbox::enter() {
        Ok(privilege) => println!("network tests, as {privilege:?}"),
        Err(refusal) => {
            println!("*** LEFT OUT: network: {refusal}");
            return ExitCode::SUCCESS;
        }
    }
    let mut failed = false;
    for (name, case) in CASES {
        if filter.as_ref().is_some_and(|filter| !name.contains(filter.as_str())) {
            continue;
        }
        for family in [Family::V4, Family::V6] {
            match case(family) {
                Ok(()) => println!("test {name} {family:?} ... ok"),
                Err(error) => {
                    println!("test {name} {family:?} ... FAILED: {error:#}");
                    failed = true;
                }
            }
        }
    }
    ExitCode::from(u8::from(failed))
}

fn plan(method: ForwardingMethod, family: Family) -> Plan {
    Plan::new(Wish { method, tunnel: Default::default(), family, servers: 2, vip_on_host: false })
}

fn dr_client_reaches_each_rip(family: Family) -> Result<()> {
    let plan = plan(DirectRoute, family);
    let lab = Lab::build(plan.topology.clone())?;
    let (_servers, _) = start_servers(&lab, &plan)?;
    for server in &plan.servers {
        let target = SocketAddr::new(server.rip, plan.real_port);
        let response = http_client::get(lab.host(CLIENT)?, target, "/", PATIENCE)?;
        ensure!(response.status == 200 && response.real_server == server.name, "{response:?}");
        let large = http_client::get(lab.host(CLIENT)?, target, "/bytes/3000000", PATIENCE)?;
        ensure!(large.body_len == 3_000_000, "{} bytes", large.body_len);
        ensure!(http_client::get(lab.host(CLIENT)?, target, "/bytes/many", PATIENCE)?.status == 400);
    }
    Ok(())
}

fn a_switch_in_user_space_does_as_well(family: Family) -> Result<()> {
    let plan = plan(DirectRoute, family);
    let lab = Lab::build_with(plan.topology.clone(), Switching::Userspace)?;
    let (_servers, _) = start_servers(&lab, &plan)?;
    for server in &plan.servers {
        let target = SocketAddr::new(server.rip, plan.real_port);
        let large = http_client::get(lab.host(CLIENT)?, target, "/bytes/3000000", PATIENCE)?;
        ensure!(large.body_len == 3_000_000 && large.real_server == server.name, "{} bytes", large.body_len);
    }
    Ok(())
}

fn nat_director_is_the_servers_gateway(family: Family) -> Result<()> {
    let plan = plan(Nat, family);
    let lab = Lab::build(plan.topology.clone())?;
    let (_servers, _) = start_servers(&lab, &plan)?;
    let target = SocketAddr::new(plan.servers[0].rip, plan.real_port);
    let response = http_client::get(lab.host(DIRECTOR)?, target, "/", PATIENCE)?;
    ensure!(response.real_server == "rs1", "{response:?}");
    // The director's kernel forwards nothing: what comes through is the director's work.
    let patience = Duration::from_millis(300);
    ensure!(http_client::get(lab.host(CLIENT)?, target, "/", patience).is_err(), "the kernel forwarded");
    Ok(())
}

fn servers_keep_silent_about_the_vip(family: Family) -> Result<()> {
    let plan = plan(DirectRoute, family);
    let lab = Lab::build(plan.topology.clone())?;
    let capture = Capture::start(&lab)?;
    // The router asks the segment who has the VIP, and who has a RIP.
    let any: IpAddr = if plan.cip.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
    let router = lab.host(ROUTER)?;
    for target in [plan.service.ip(), plan.servers[0].rip] {
        router.run(|| -> std::io::Result<usize> {
            UdpSocket::bind(SocketAddr::new(any, 0))?.send_to(b"?", SocketAddr::new(target, 9))
        })??;
    }
    let answers = |addr: IpAddr| {
        let (frames, _) = capture.frames();
        frames.iter().filter(|f| f.to.host == ROUTER && announces(&f.bytes, addr)).count()
    };
    // On a busy machine the first one takes its time; the VIP was asked for before it.
    let begun = Instant::now();
    while answers(plan.servers[0].rip) == 0 {
        ensure!(begun.elapsed() < PATIENCE, "nobody answers for RIP1");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    ensure!(answers(plan.service.ip()) == 0, "a real server answered for the VIP");
    Ok(())
}

/// True for an ARP reply or neighbour advertisement about this address.
fn announces(frame: &[u8], addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => {
            frame.get(12..14) == Some(&[8, 6])
                && frame.get(21) == Some(&2)
                && frame.get(28..32) == Some(&addr.octets())
        }
        IpAddr::V6(addr) => {
            frame.get(12..14) == Some(&[0x86, 0xdd])
                && frame.get(54) == Some(&136)
                && frame.get(62..78) == Some(&addr.octets())
        }
    }
}

/// A UDP datagram from the client to the VIP, wrapped by hand and sent from the director to a RIP.
fn decapsulator_unpacks_and_the_reply_passes_by(family: Family) -> Result<()> {
    let plan = plan(Tunnel, family);
    let lab = Lab::build(plan.topology.clone())?;
    let (_servers, tunnels) = start_servers(&lab, &plan)?;
    let capture = Capture::start(&lab)?;
    let vip = SocketAddr::new(plan.service.ip(), 7);
    let server = lab.host("rs1")?.run(|| UdpSocket::bind(vip))??;
    server.set_read_timeout(Some(PATIENCE))?;
    let client = lab.host(CLIENT)?.run(|| UdpSocket::bind(SocketAddr::new(plan.cip, 4000)))??;
    client.set_read_timeout(Some(PATIENCE))?;

    let inner = udp_packet(SocketAddr::new(plan.cip, 4000), vip, b"hello");
    let (domain, protocol) = match family {
        Family::V4 => (rustix::net::AddressFamily::INET, rustix::net::ipproto::IPIP),
        Family::V6 => (rustix::net::AddressFamily::INET6, rustix::net::ipproto::IPV6),
    };
    lab.host(DIRECTOR)?.run(|| -> Result<()> {
        let raw = rustix::net::socket(domain, rustix::net::SocketType::RAW, Some(protocol))?;
        let rip = SocketAddr::new(plan.servers[0].rip, 0);
        rustix::net::sendto(&raw, &inner, rustix::net::SendFlags::empty(), &rip)?;
        Ok(())
    })??;
    let mut buffer = [0; 64];
    let (len, from) = server.recv_from(&mut buffer).context("the real server got nothing")?;
    ensure!(&buffer[..len] == b"hello" && from == SocketAddr::new(plan.cip, 4000), "{from}");
    server.send_to(b"world", from)?;
    let (len, from) = client.recv_from(&mut buffer).context("the client got nothing")?;
    ensure!(&buffer[..len] == b"world" && from == vip, "{from}");
    ensure!(tunnels[0].unpacked() == 1 && tunnels[1].unpacked() == 0);
    let (frames, _) = capture.frames();
    let replies = |host: &str| {
        frames.iter().filter(|f| f.to.host == host && f.bytes.windows(5).any(|w| w == b"world")).count()
    };
    ensure!((replies(ROUTER), replies(DIRECTOR)) == (1, 0), "the reply went another way");
    Ok(())
}

/// A UDP packet whose checksum is left unfinished, as a sender with offloads leaves it.
fn udp_packet(from: SocketAddr, to: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let udp_len = (8 + payload.len()) as u16;
    let mut packet = Vec::new();
    let mut pseudo = 17 + u32::from(udp_len);
    let mut addresses = Vec::new();
    for addr in [from.ip(), to.ip()] {
        match addr {
            IpAddr::V4(addr) => addresses.extend_from_slice(&addr.octets()),
            IpAddr::V6(addr) => addresses.extend_from_slice(&addr.octets()),
        }
    }
    let sum = |bytes: &[u8]| bytes.chunks(2).map(|p| u32::from(p[0]) << 8 | u32::from(p[1])).sum::<u32>();
    let fold = |sum: u32| ((sum & 0xffff) + (sum >> 16)) as u16;
    pseudo += sum(&addresses);
    if from.is_ipv4() {
        packet.extend_from_slice(&[0x45, 0]);
        packet.extend_from_slice(&(20 + udp_len).to_be_bytes());
        packet.extend_from_slice(&[0, 1, 0, 0, 63, 17, 0, 0]);
        packet.extend_from_slice(&addresses);
        let checksum = !fold(sum(&packet));
        packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    } else {
        packet.extend_from_slice(&[0x60, 0, 0, 0]);
        packet.extend_from_slice(&udp_len.to_be_bytes());
        packet.extend_from_slice(&[17, 63]);
        packet.extend_from_slice(&addresses);
    }
    for word in [from.port(), to.port(), udp_len, fold(pseudo)] {
        packet.extend_from_slice(&word.to_be_bytes());
    }
    packet.extend_from_slice(payload);
    packet
}

fn processes_end_with_their_host(family: Family) -> Result<()> {
    let lab = Lab::build(plan(DirectRoute, family).topology)?;
    let mut command = std::process::Command::new("sleep");
    command.arg("60");
    let mut child = lab.host(DIRECTOR)?.spawn(command)?;
    let inside = std::fs::read_link(format!("/proc/{}/ns/net", child.id()))?;
    let host = std::fs::read_link(format!("/proc/{}/ns/net", lab.host(DIRECTOR)?.tid()))?;
    ensure!(inside == host, "{inside:?} is not {host:?}");
    drop(lab);
    ensure!(!child.wait()?.success(), "it was not ended");
    Ok(())
}

fn an_impossible_network_says_which_host(family: Family) -> Result<()> {
    let mut topology = plan(DirectRoute, family).topology;
    let client = topology.hosts.iter_mut().find(|host| host.name == CLIENT).context("a client")?;
    client.sysctls.push(("net/no/such".to_owned(), "1".to_owned()));
    let error = Lab::build(topology).err().context("it was built")?;
    ensure!(format!("{error:#}").contains("host client: cannot write /proc/sys/net/no/such"), "{error:#}");
    Ok(())
}
