//! Frames that leave joined: with all offloads off, the kernel cuts what the director joined before it is on a cable. So
//! what arrives is compared, frame by frame and byte by byte, with what the client sent.

use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, bail, ensure};
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};
use testnet::actor::connect_from;
use testnet::capture::{Capture, Crossing};
use testnet::checksum::{fold, pseudo, sum};
use testnet::host::Host;
use testnet::plan::{CLIENT, DIRECTOR, Family, ROUTER};
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};

/// Datagrams that the client sends, their length, and after how many it waits for the others to catch up.
const DATAGRAMS: u32 = 3000;
const DATAGRAM_LEN: usize = 1000;
const PAUSE_AFTER: u32 = 60;
/// Bytes of TCP each way.
const STREAM_LEN: usize = 4 << 20;
/// What stands still so long has failed.
const PATIENCE: Duration = Duration::from_secs(5);
const PORT: u16 = 5001;
const ETHERNET: usize = 14;

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (method, family) in
        [(DirectRoute, Family::V4), (DirectRoute, Family::V6), (Nat, Family::V4), (Nat, Family::V6)]
    {
        let setup = Setup { workers: 1, servers: 1, ..Setup::new(method, family) };
        let off = Setup { options: vec!["--coalesce".to_owned(), "off".to_owned()], ..setup.clone() };
        cases.push(case(format!("coalesce_{}", setup.name()), &["ethtool"], move || through(&setup, true)));
        if (method, family) == (Nat, Family::V4) {
            cases.push(case(format!("coalesce_off_{}", off.name()), &["ethtool"], move || {
                through(&off, false)
            }));
        }
    }
    cases
}

/// UDP one way, TCP both ways.
fn through(setup: &Setup, joins: bool) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    let server = rig.plan.servers[0].name.clone();
    for (host, interface) in
        [(CLIENT, "eth0"), (ROUTER, "eth0"), (ROUTER, "eth1"), (DIRECTOR, "eth0"), (&server, "eth0")]
    {
        offloads_off(rig.lab.host(host)?, interface)?;
    }
    if setup.method == Nat {
        offloads_off(rig.host()?, "eth1")?;
    }
    for option in ["-u", "-t"] {
        rig.add_service(option, PORT, PORT, 1)?;
    }
    let client = SocketAddr::new(rig.plan.cip, 0);
    let served = if setup.method == Nat { rig.plan.servers[0].rip } else { rig.plan.service.ip() };
    let (listen, vip) = (SocketAddr::new(served, PORT), SocketAddr::new(rig.plan.service.ip(), PORT));

    warm_up(&rig, &server, client, vip, listen)?;
    let capture = Capture::start(&rig.lab)?;
    datagrams(&rig, &server, client, vip, listen)?;
    let after_udp = joined(&rig)?;
    let (frames, missed) = capture.frames();
    ensure!(missed == 0, "{missed} frames were not captured");
    let compared = compare(&frames, &server)?;
    drop(capture);
    stream(&rig, &server, client, vip, listen)?;
    let after_tcp = joined(&rig)?;

    let account = rig.account()?;
    account.check()?;
    let counters = rig.counters()?;
    let refused = counters.get("runs_refused").copied().unwrap_or(0);
    ensure!(refused == 0, "the kernel refused {refused} super-frames");
    ensure!(account.dropped == 0, "dropped: {account}");
    if joins {
        ensure!(
            after_udp > 0 && after_tcp > after_udp,
            "joined: {after_udp} of UDP, then {after_tcp} in all"
        );
    } else {
        ensure!(after_tcp == 0, "{after_tcp} were joined though it is off");
    }
    rig.stop()?;
    Ok(format!(
        "{compared} datagrams arrived byte for byte; joined: {after_udp} of UDP, {} of TCP; {account}",
        after_tcp - after_udp
    ))
}

/// Frames that left joined so far; a turn of the worker may still be going on.
fn joined(rig: &Rig) -> Result<u64> {
    std::thread::sleep(Duration::from_millis(700));
    rig.counters()?.get("frames_coalesced").copied().context("no counter frames_coalesced")
}

fn offloads_off(host: &Host, interface: &str) -> Result<()> {
    let mut command = Command::new("ethtool");
    command.args(["-K", interface, "tx", "off", "tso", "off", "gso", "off", "gro", "off"]);
    command
        .args(["tx-udp-segmentation", "off"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let output = host.spawn(command)?.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "ethtool -K {interface} on {}: {said}", host.name());
    Ok(())
}

fn numbered(number: u32) -> Vec<u8> {
    let pattern =
        (0..DATAGRAM_LEN - 4).map(|at| (at as u32).wrapping_mul(31).wrapping_add(number).to_le_bytes()[0]);
    number.to_be_bytes().into_iter().chain(pattern).collect()
}

/// A socket of the server's, and one of the client's that sends to the VIP.
fn sockets(
    rig: &Rig,
    server: &str,
    client: SocketAddr,
    vip: SocketAddr,
    listen: SocketAddr,
) -> Result<(UdpSocket, UdpSocket)> {
    let receiver = rig.lab.host(server)?.run(|| UdpSocket::bind(listen))?.context("a UDP server")?;
    let sender = rig.client()?.run(|| -> std::io::Result<_> {
        let socket = UdpSocket::bind(client)?;
        socket.connect(vip)?;
        Ok(socket)
    })??;
    Ok((receiver, sender))
}

/// Everybody on the way learns everybody's MAC: until then packets wait, and some are lost.
fn warm_up(rig: &Rig, server: &str, client: SocketAddr, vip: SocketAddr, listen: SocketAddr) -> Result<()> {
    let (receiver, sender) = sockets(rig, server, client, vip, listen)?;
    receiver.set_read_timeout(Some(Duration::from_millis(200)))?;
    for _ in 0..25 {
        sender.send(b"?")?;
        if receiver.recv(&mut [0; 16]).is_ok() {
            while receiver.recv(&mut [0; 16]).is_ok() {}
            return Ok(());
        }
    }
    bail!("no datagram arrives")
}

/// All arrive, in order, as they were sent.
fn datagrams(rig: &Rig, server: &str, client: SocketAddr, vip: SocketAddr, listen: SocketAddr) -> Result<()> {
    let (receiver, sender) = sockets(rig, server, client, vip, listen)?;
    receiver.set_read_timeout(Some(PATIENCE))?;
    let (arrived, begun) = (AtomicU32::new(0), Instant::now());
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| -> Result<()> {
            for number in 0..DATAGRAMS {
                // The last is shorter, as the last of a message is.
                let datagram = numbered(number);
                let len = if number % PAUSE_AFTER == PAUSE_AFTER - 1 { 500 } else { DATAGRAM_LEN };
                sender.send(&datagram[..len])?;
                // No more are on their way than the lab's switches can hold, however busy the machine is.
                while number % PAUSE_AFTER == PAUSE_AFTER - 1 && arrived.load(Relaxed) <= number {
                    ensure!(begun.elapsed() < 6 * PATIENCE, "datagrams up to {number} do not all arrive");
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            Ok(())
        });
        let mut buffer = [0; 2 * DATAGRAM_LEN];
        for number in 0..DATAGRAMS {
            let len = receiver.recv(&mut buffer).with_context(|| format!("datagram {number}"))?;
            let first = u32::from_be_bytes(*buffer.first_chunk().context("no datagram")?);
            ensure!(first == number, "datagram {first} came in the place of {number}");
            ensure!(
                len >= 500 && numbered(number).starts_with(&buffer[..len]),
                "datagram {number} is another"
            );
            arrived.store(number + 1, Relaxed);
        }
        sending.join().unwrap_or_else(|_| bail!("the sender panicked"))
    })
}

/// What arrives at the server is what arrived at the director, but for what forwarding changes. Returns how many frames.
fn compare(frames: &[Crossing], server: &str) -> Result<usize> {
    let of = |is_wanted: &dyn Fn(&Crossing) -> bool| -> Result<Vec<Vec<u8>>> {
        let ours = frames.iter().filter(|crossing| is_wanted(crossing));
        ours.filter_map(|crossing| neutral(&crossing.bytes).transpose()).collect()
    };
    let came = of(&|crossing| crossing.to.host == DIRECTOR)?;
    let arrived = of(&|crossing| crossing.to.host == server)?;
    ensure!(came.len() == DATAGRAMS as usize, "{} datagrams came to the director", came.len());
    ensure!(arrived.len() == came.len(), "{} datagrams left as {} frames", came.len(), arrived.len());
    for (number, (came, arrived)) in came.iter().zip(&arrived).enumerate() {
        ensure!(came == arrived, "frame {number} came as {came:02x?} and arrived as {arrived:02x?}");
    }
    Ok(arrived.len())
}

/// A frame of the datagrams, from its IP header on, without what forwarding may change: TTL, addresses, the two checksums,
/// which must be right. `None` for any other frame.
fn neutral(frame: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut packet = frame.get(ETHERNET..).unwrap_or_default().to_vec();
    let (len, protocol) = match packet.first() {
        Some(0x45) if packet.len() >= 28 => (20, packet[9]),
        Some(first) if first >> 4 == 6 && packet.len() >= 48 => (40, packet[6]),
        _ => return Ok(None),
    };
    if protocol != 17 || packet[len + 2..len + 4] != PORT.to_be_bytes() {
        return Ok(None);
    }
    let (ip, udp) = packet.split_at_mut(len);
    let addr = |at: usize| -> Result<IpAddr> {
        Ok(if len == 20 {
            <[u8; 4]>::try_from(&ip[at..at + 4])?.into()
        } else {
            <[u8; 16]>::try_from(&ip[at..at + 16])?.into()
        })
    };
    let (from, to) = if len == 20 { (addr(12)?, addr(16)?) } else { (addr(8)?, addr(24)?) };
    let whole = pseudo(from, to, 17, udp.len()) + sum(udp);
    ensure!(fold(whole) == 0xffff && udp[6..8] != [0, 0], "a wrong UDP checksum: {udp:02x?}");
    ensure!(len == 40 || fold(sum(ip)) == 0xffff, "a wrong header checksum: {ip:02x?}");
    if len == 20 {
        ip[8] = 0;
        ip[10..20].fill(0);
    } else {
        ip[7..40].fill(0);
    }
    udp[6..8].fill(0);
    Ok(Some(packet))
}

/// A stream each way, every byte looked at.
fn stream(rig: &Rig, server: &str, client: SocketAddr, vip: SocketAddr, listen: SocketAddr) -> Result<()> {
    let listener = rig.lab.host(server)?.run(|| TcpListener::bind(listen))?.context("a TCP server")?;
    let mut near = rig.client()?.run(|| connect_from(client, vip, PATIENCE))?.context("connecting")?;
    let (mut far, _) = listener.accept()?;
    for side in [&near, &far] {
        side.set_read_timeout(Some(PATIENCE))?;
        side.set_write_timeout(Some(PATIENCE))?;
    }
    let bytes: Vec<u8> = (0..STREAM_LEN as u32).map(|at| (at ^ (at >> 11)).to_le_bytes()[0]).collect();
    for _ in 0..2 {
        std::thread::scope(|scope| -> Result<()> {
            let sending = scope.spawn(|| near.write_all(&bytes));
            let mut got = vec![0; STREAM_LEN];
            far.read_exact(&mut got).context("the stream")?;
            ensure!(got == bytes, "the stream arrived otherwise");
            sending.join().map_err(|_| anyhow::anyhow!("the sender panicked"))?.context("sending the stream")
        })?;
        std::mem::swap(&mut near, &mut far);
    }
    Ok(())
}
