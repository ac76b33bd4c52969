//! Exact accounting: every frame that the kernel says arrived is found again, once, in the director's counters; and
//! what `ipvsadm --stats` says is what the real servers and the client got.

use crate::crash::roll;
use crate::programs::{run, start_web};
use crate::rig::{Account, Rig, Setup};
use crate::{Case, case, is_long};
use anyhow::{Context, Result, bail, ensure};
use rustix::net::{SendFlags, send};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::time::Duration;
use testnet::capture::Capture;
use testnet::packet::{self, Packet};
use testnet::plan::{CLIENT, DIRECTOR, Family};
use testnet::sys;
use testnet::topology::Port;
use ulvs::host::links::Links;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat, Tunnel};
use ulvs::lvs::Mac;

const REQUESTS: usize = 60;

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (method, family, workers) in [
        (DirectRoute, Family::V4, 2),
        (DirectRoute, Family::V6, 1),
        (Nat, Family::V4, 1),
        (Nat, Family::V6, 2),
        (Tunnel, Family::V4, 2),
        (Tunnel, Family::V6, 1),
    ] {
        let setup = Setup { workers, ..Setup::new(method, family) };
        cases.push(case(format!("accounting_{}", setup.name()), &["nginx", "curl"], move || exact(&setup)));
    }
    cases
}

fn exact(setup: &Setup) -> Result<String> {
    let rig = Rig::start(setup.clone())?;
    let web = start_web(&rig, rig.directory.path(), &[])?;
    std::fs::write(rig.directory.path().join("bulk"), vec![b'x'; 3_000_000])?;
    rig.add_service("-t", 80, rig.plan.real_port, 2)?;
    rig.wait_for_service(Duration::from_secs(3))?;
    let (start, begun) = at_rest(&rig)?;

    let statistics = statistics(&rig)?;
    let injected = disturb(&rig)?;
    bulk(&rig)?;
    drop(web);
    let (end, ended) = at_rest(&rig)?;
    ended.check()?;
    let (by_kernel, by_us) = (end - start, frames(&ended) - frames(&begun));
    ensure!(by_kernel == by_us, "the kernel counts {by_kernel} frames, the director {by_us}");
    // One of the odd IPv4 frames is a fragment: it still waits for the others, which will not come.
    let waiting = u64::from(setup.family == Family::V4);
    ensure!(ended.bad_slots == 0 && ended.held == waiting, "{ended:?}");
    let reasons = rig.counters()?;
    let reasons: Vec<_> = reasons
        .iter()
        .filter(|(name, count)| **count > 0 && name.contains('{') && !name.starts_with("frames_forwarded"))
        .map(|(name, count)| format!("{}={count}", name.trim_start_matches("frames_")))
        .collect();
    Ok(format!(
        "{by_kernel} frames by the kernel's link counters = {by_us} by the director's ({injected} of them odd)\n\
         accounting: {ended}\n{}\n{statistics}",
        reasons.join(" ")
    ))
}

pub fn frames(account: &Account) -> u64 {
    account.received + account.dropped_by_kernel + account.filtered + account.shed
}

/// The kernel's count and ours, of a moment at which both stood still.
pub fn at_rest(rig: &Rig) -> Result<(u64, Account)> {
    for _ in 0..20 {
        let before = arrived(rig)?;
        let account = rig.account()?;
        if before == arrived(rig)? {
            return Ok((before, account));
        }
    }
    bail!("the network does not come to rest")
}

/// Frames that arrived at the director's interfaces, by the kernel's counters.
fn arrived(rig: &Rig) -> Result<u64> {
    rig.host()?.run(|| -> Result<u64> {
        let text = std::fs::read_to_string("/proc/thread-self/net/dev")?;
        let mut sum = 0;
        for line in text.lines() {
            let Some((name, numbers)) = line.split_once(':') else { continue };
            if name.trim().starts_with("eth") {
                sum += numbers.split_whitespace().nth(1).context("packets")?.parse::<u64>()?;
            }
        }
        Ok(sum)
    })?
}

/// `--stats` against what arrived at the real servers and at the client.
fn statistics(rig: &Rig) -> Result<String> {
    rig.ipvsadm("-Z")?;
    let capture = Capture::start(&rig.lab)?;
    for _ in 0..REQUESTS {
        ensure!(rig.get("/", Duration::from_secs(2))?.status == 200);
    }
    std::thread::sleep(Duration::from_millis(300));
    let (crossings, missed) = capture.frames();
    drop(capture);
    ensure!(missed == 0, "the capture missed {missed} frames");
    // Bytes are those of the packet that the client sent: without the tunnel's header.
    let count = |arrive: &dyn Fn(&str) -> bool, good: &dyn Fn(&Packet) -> bool| {
        let packets = crossings.iter().filter(|c| arrive(&c.to.host) && c.to.interface.starts_with("eth"));
        let packets = packets.filter_map(|c| Packet::read(&c.bytes)).filter(|p| good(p));
        packets.fold((0_u64, 0_u64), |(n, bytes), p| (n + 1, bytes + p.ip.total_len as u64))
    };
    let (vip, real_port) = (rig.plan.service, rig.plan.real_port);
    let inward =
        count(&|host| host.starts_with("rs"), &|p| p.tcp.to == real_port && p.ip.from == rig.plan.cip);
    let outward = count(&|host| host == CLIENT, &|p| p.ip.from == vip.ip() && p.tcp.from == vip.port());
    let outward = if rig.setup.method == Nat { outward } else { (0, 0) };
    std::thread::sleep(Duration::from_millis(700));
    let listing = rig.ipvsadm(&format!("-Ln --stats --exact -t {vip}"))?;
    let numbers =
        |line: &str| -> Vec<u64> { line.split_whitespace().filter_map(|word| word.parse().ok()).collect() };
    let service = listing.lines().find(|line| line.starts_with("TCP")).map(numbers).context("the service")?;
    let servers = listing.lines().filter(|line| line.contains("->") && !line.contains("RemoteAddress"));
    let sum = servers.map(numbers).fold(vec![0; 5], |sum, n| sum.iter().zip(n).map(|(a, b)| a + b).collect());
    let expected = vec![REQUESTS as u64, inward.0, outward.0, inward.1, outward.1];
    ensure!(service == expected, "--stats: {service:?}, captured: {expected:?}");
    ensure!(sum == service, "the real servers' sum is {sum:?}, the service's {service:?}");
    Ok(format!("--stats = captured at the real servers and the client: conns, packets, bytes {expected:?}"))
}

/// Good traffic in bulk, with super-frames.
fn bulk(rig: &Rig) -> Result<()> {
    let service = rig.plan.service;
    let file = rig.directory.path().join("bulk").display().to_string();
    let (up, down) = (format!("http://{service}/up/bulk"), format!("http://{service}/files/bulk"));
    for how in [["-T", &file, &up], ["-o", "/dev/null", &down]] {
        let args = [&["-s", "-f", "--max-time", "10"][..], &how[..]].concat();
        run(rig.client()?, "curl", &args, Duration::from_secs(12))?;
    }
    let url = format!("http://{service}/?[1-300]");
    let args = ["-s", "-Z", "-o", "/dev/null", "--max-time", "10", "-H", "Connection: close", &url];
    run(rig.client()?, "curl", &args, Duration::from_secs(12)).map(drop)
}

/// Odd frames to the director, as if from the router: how many were sent. They are put on the wire at the switch's port,
/// for a bridge with netfilter looks into IP headers and keeps the worst ones.
fn disturb(rig: &Rig) -> Result<usize> {
    let socket = wire(rig)?;
    let (to, from) = (mac_of(rig)?, Mac([2, 0, 0, 0, 2, 1]));
    let vip = rig.plan.service.ip();
    let mut dice = 4711_u64;
    let rounds = if is_long() { 200 } else { 20 };
    let mut sent = 0;
    for round in 0..rounds {
        for packet in odd_packets(rig.plan.cip, vip, round) {
            sent += put(&socket, &frame(to, from, vip, &packet))?;
        }
        // A good SYN, cut at every length, and with random bytes.
        let syn = frame(to, from, vip, &tcp(rig.plan.cip, vip, 30_000 + round, 80, 2));
        for len in 14..syn.len() {
            sent += put(&socket, &syn[..len])?;
        }
        for _ in 0..20 {
            let mut spoilt = syn.clone();
            let at = 14 + usize::try_from(roll(&mut dice, (syn.len() - 14) as u64))?;
            spoilt[at] = u8::try_from(roll(&mut dice, 256))?;
            sent += put(&socket, &spoilt)?;
        }
        // Not IP, a VLAN tag, to nobody here, too short for ARP.
        for kind in [0x88cc_u16, 0x8100, 0x0806, 0x0000] {
            let mut other = syn.clone();
            other[12..14].copy_from_slice(&kind.to_be_bytes());
            sent += put(&socket, &other)?;
            other.truncate(20);
            sent += put(&socket, &other)?;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    // From the client's own sockets: a closed port, a port of no service, and ping as far as sockets can.
    let any: IpAddr = if vip.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
    rig.client()?.run(|| -> Result<()> {
        let udp = UdpSocket::bind(SocketAddr::new(any, 0))?;
        for port in 9000..9010 {
            let _ = udp.send_to(b"?", SocketAddr::new(vip, port)); // refused: the answer to the one before
            let _ = std::net::TcpStream::connect_timeout(&SocketAddr::new(vip, port), Duration::from_secs(1));
        }
        Ok(())
    })??;
    Ok(sent)
}

/// The switch's end of the cable to the director.
pub fn wire(rig: &Rig) -> Result<OwnedFd> {
    let cables = &rig.lab.topology().cables;
    let cable = cables.iter().find(|c| c.a == Port::new(DIRECTOR, "eth0")).context("the director's cable")?;
    Ok(rig.lab.host(&cable.b.host)?.run(|| sys::packet_socket(&cable.b.interface))??)
}

/// Sends a frame; 0 if the kernel does not take it.
pub fn put(socket: &OwnedFd, frame: &[u8]) -> Result<usize> {
    for _ in 0..100 {
        match send(socket, frame, SendFlags::empty()) {
            Ok(_) => return Ok(1),
            Err(rustix::io::Errno::INVAL) => return Ok(0),
            Err(rustix::io::Errno::NOBUFS | rustix::io::Errno::AGAIN) => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(0)
}

pub fn mac_of(rig: &Rig) -> Result<Mac> {
    rig.lab.host(DIRECTOR)?.run(|| -> Result<Mac> { Ok(Links::open()?.find("eth0")?.mac) })?
}

pub fn frame(to: Mac, from: Mac, vip: IpAddr, packet: &[u8]) -> Vec<u8> {
    let kind: u16 = if vip.is_ipv4() { 0x0800 } else { 0x86dd };
    [&to.0[..], &from.0[..], &kind.to_be_bytes(), packet].concat()
}

/// Strays and oddities to the VIP: ACK, RST, FIN and SYN+ACK of no connection, every flag, impossible fragments,
/// from the VIP itself, from a group, from loopback, to a port of no service, of a protocol that nobody balances.
fn odd_packets(client: IpAddr, vip: IpAddr, round: u16) -> Vec<Vec<u8>> {
    let port = 20_000 + round;
    let mut packets: Vec<_> =
        [0x10, 0x04, 0x01, 0x12, 0x00, 0x3f].map(|flags| tcp(client, vip, port, 80, flags)).into();
    packets.push(tcp(client, vip, port, 81, 2));
    packets.push(tcp(vip, vip, port, 80, 2));
    let (group, loopback): (IpAddr, IpAddr) = match vip {
        IpAddr::V4(_) => ([224, 0, 0, 5].into(), [127, 0, 0, 1].into()),
        IpAddr::V6(_) => (
            std::net::Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 5).into(),
            std::net::Ipv6Addr::LOCALHOST.into(),
        ),
    };
    packets.extend([group, loopback].map(|from| tcp(from, vip, port, 80, 2)));
    let mut other = tcp(client, vip, port, 80, 2);
    let (protocol_at, first) = if vip.is_ipv4() { (9, true) } else { (6, false) };
    other[protocol_at] = 132;
    packets.push(sealed(other));
    if first {
        // Beyond the end of any datagram: refused at once. Others would still wait when the books are closed.
        for word in [0x1ffe_u16, 0x1fff, 0x3fff] {
            let mut fragment = tcp(client, vip, port, 80, 2);
            fragment[6..8].copy_from_slice(&word.to_be_bytes());
            packets.push(sealed(fragment));
        }
        let mut dying = tcp(client, vip, port, 80, 2);
        dying[8] = 1;
        packets.push(sealed(dying));
        let mut wrong = tcp(client, vip, port, 80, 2);
        wrong[10] ^= 0xff;
        packets.push(wrong);
    }
    packets
}

/// Sets an IPv4 header's checksum anew.
pub fn sealed(mut packet: Vec<u8>) -> Vec<u8> {
    if packet[0] >> 4 == 4 {
        packet[10..12].fill(0);
        let sum: u32 = packet[..20].chunks(2).map(|p| u32::from(p[0]) << 8 | u32::from(p[1])).sum();
        let folded = (sum & 0xffff) + (sum >> 16);
        let folded = (folded & 0xffff) + (folded >> 16);
        packet[10..12].copy_from_slice(&(!(folded as u16)).to_be_bytes());
    }
    packet
}

/// A TCP packet without data, its checksum right.
fn tcp(from: IpAddr, to: IpAddr, from_port: u16, to_port: u16, flags: u8) -> Vec<u8> {
    tcp_at(SocketAddr::new(from, from_port), SocketAddr::new(to, to_port), flags, 1)
}

/// As [`tcp`], with this sequence number.
pub fn tcp_at(from: SocketAddr, to: SocketAddr, flags: u8, seq: u32) -> Vec<u8> {
    let (from, from_port, to, to_port) = (from.ip(), from.port(), to.ip(), to.port());
    let mut packet = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let mut packet = vec![0x45, 0, 0, 40, 0, 1, 0x40, 0, 63, 6, 0, 0];
            packet.extend_from_slice(&from.octets());
            packet.extend_from_slice(&to.octets());
            packet
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let mut packet = vec![0x60, 0, 0, 0, 0, 20, 6, 63];
            packet.extend_from_slice(&from.octets());
            packet.extend_from_slice(&to.octets());
            packet
        }
        _ => return Vec::new(),
    };
    let at = packet.len();
    packet.extend_from_slice(&from_port.to_be_bytes());
    packet.extend_from_slice(&to_port.to_be_bytes());
    packet.extend_from_slice(&seq.to_be_bytes());
    packet.extend_from_slice(&[0, 0, 0, 0, 0x50, flags, 0x72, 0x10, 0, 0, 0, 0]);
    // The pseudo header's sum, for `finish_checksum` to finish.
    let addresses = &packet[if at == 20 { 12..20 } else { 8..40 }];
    let sum: u32 = addresses.chunks(2).map(|p| u32::from(p[0]) << 8 | u32::from(p[1])).sum::<u32>() + 6 + 20;
    let folded = (sum & 0xffff) + (sum >> 16);
    let folded = ((folded & 0xffff) + (folded >> 16)) as u16;
    packet[at + 16..at + 18].copy_from_slice(&folded.to_be_bytes());
    packet::finish_checksum(&mut packet);
    sealed(packet)
}
