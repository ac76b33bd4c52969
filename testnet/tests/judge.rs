//! Who judges the judge? Whole lessons with a stand-in for the director: one that keeps a mode's promises must pass, and
//! each way of breaking them must be noticed. The stand-in is this program under the name `ulvs`; it knows the plan, so
//! it needs no control plane.

use anyhow::{Context, Result, ensure};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use testnet::director;
use testnet::lesson::Lesson;
use testnet::narrate::Ink;
use testnet::packet::{Packet, finish_checksum};
use testnet::plan::{DIRECTOR, Family, Plan, Wish};
use testnet::state::State;
use testnet::{sandbox, sys};
use ulvs::lvs::ForwardingMethod::{self, DirectRoute, Nat, Tunnel};
use ulvs::lvs::Mac;

const METHOD: &str = "STAND_IN_METHOD";
const FAMILY: &str = "STAND_IN_FAMILY";
const FAULT: &str = "STAND_IN_FAULT";

/// Method, how the stand-in errs, whether the lesson is to pass.
const CASES: [(ForwardingMethod, Family, &str, bool); 12] = [
    (DirectRoute, Family::V4, "none", true),
    (Nat, Family::V4, "none", true),
    (Tunnel, Family::V4, "none", true),
    (DirectRoute, Family::V6, "none", true),
    (Nat, Family::V6, "none", true),
    (Tunnel, Family::V6, "none", true),
    (DirectRoute, Family::V4, "ttl", false),
    (DirectRoute, Family::V4, "one-server", false),
    (DirectRoute, Family::V4, "astray", false),
    (Nat, Family::V4, "ttl", false),
    (Nat, Family::V4, "not-back", false),
    (Tunnel, Family::V4, "ttl", false),
];

/// What the lesson under test has told: of interest only if its verdict is wrong.
static TOLD: Mutex<String> = Mutex::new(String::new());

fn remember(text: &str) {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
}

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    if director::is_called(args.next().as_ref()) {
        return match stand_in(&std::env::args().collect::<Vec<_>>()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("stand-in: {error:#}");
                ExitCode::FAILURE
            }
        };
    }
    if args.any(|arg| arg == "--list") {
        println!("judge: test");
        return ExitCode::SUCCESS;
    }
    if let Err(refusal) = sandbox::enter() {
        println!("*** LEFT OUT: judge: {refusal}");
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    for (method, family, fault, passes) in CASES {
        TOLD.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let why = match lesson(method, family, fault) {
            Ok(passed) if passed == passes => {
                println!("test judge {method:?} {family:?} {fault} ... ok");
                continue;
            }
            Ok(passed) => format!("the lesson's verdict is {passed}"),
            Err(error) => format!("{error:#}"),
        };
        let told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
        println!("{told}\ntest judge {method:?} {family:?} {fault} ... FAILED: {why}");
        failed = true;
    }
    ExitCode::from(u8::from(failed))
}

fn wish(method: ForwardingMethod, family: Family) -> Wish {
    Wish { method, tunnel: Default::default(), family, servers: 2, vip_on_host: false }
}

fn lesson(method: ForwardingMethod, family: Family, fault: &str) -> Result<bool> {
    let base = tempfile::tempdir()?;
    let state = State::create(base.path(), "judge")?;
    // The stand-in gets its orders by files beside its socket: the environment is shared by all threads.
    std::fs::write(state.path().join(METHOD), format!("{method:?}"))?;
    std::fs::write(state.path().join(FAMILY), format!("{family:?}"))?;
    std::fs::write(state.path().join(FAULT), fault)?;
    let pcap = base.path().join("pcap");
    let lesson = Lesson {
        wish: wish(method, family),
        scheduler: "rr".to_owned(),
        requests: 4,
        pcap: Some(pcap.clone()),
        ink: Ink::Plain,
        say: remember,
    };
    let (running, passed) = lesson.run(&state)?;
    drop(running);
    for host in ["client", "router", "director", "rs1", "rs2"] {
        let size =
            std::fs::metadata(pcap.join(format!("{host}.pcap"))).with_context(|| host.to_owned())?.len();
        ensure!(size > 24, "the capture of {host} is empty");
    }
    Ok(passed)
}

/// `ulvs run … --socket PATH` forwards; `ipvsadm` lists what the plan says.
fn stand_in(args: &[String]) -> Result<()> {
    let is_run = args.get(1).is_some_and(|arg| arg == "run");
    let socket = if is_run { args.last().cloned() } else { std::env::var("ULVS_SOCKET").ok() };
    let socket = socket.context("no socket")?;
    let directory = std::path::Path::new(&socket).parent().context("no directory")?;
    let method = match std::fs::read_to_string(directory.join(METHOD))?.as_str() {
        "Nat" => Nat,
        "Tunnel" => Tunnel,
        _ => DirectRoute,
    };
    let family = match std::fs::read_to_string(directory.join(FAMILY))?.as_str() {
        "V6" => Family::V6,
        _ => Family::V4,
    };
    let plan = Plan::new(wish(method, family));
    if !is_run {
        println!("{}", plan.service);
        for server in &plan.servers {
            println!("  {}", SocketAddr::new(server.rip, plan.real_port));
        }
        return Ok(());
    }
    let fault = std::fs::read_to_string(directory.join(FAULT))?;
    let interfaces = plan.director_interfaces();
    let sockets = interfaces.iter().map(|i| sys::packet_socket(i)).collect::<std::io::Result<Vec<_>>>()?;
    std::fs::write(&socket, "")?;
    let mut forwarder = StandIn { plan, fault, flows: HashMap::new() };
    let mut buffer = vec![0; 65536];
    loop {
        let mut idle = true;
        for fd in &sockets {
            while let Some(received) = sys::receive(fd.as_fd(), &mut buffer)? {
                idle = false;
                if let Some((out, frame)) = forwarder.forward(&buffer[..received.stored]) {
                    rustix::net::send(&sockets[out], &frame, rustix::net::SendFlags::empty())?;
                }
            }
        }
        if idle {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

struct StandIn {
    plan: Plan,
    fault: String,
    flows: HashMap<u16, usize>,
}

/// Where things are in a frame of either family.
struct Layout {
    ttl: usize,
    from: usize,
    to: usize,
    transport: usize,
}

const V4: Layout = Layout { ttl: 22, from: 26, to: 30, transport: 34 };
const V6: Layout = Layout { ttl: 21, from: 22, to: 38, transport: 54 };

impl StandIn {
    fn layout(&self) -> &'static Layout {
        if self.plan.cip.is_ipv4() { &V4 } else { &V6 }
    }

    /// What to send for a received frame, and on which interface.
    fn forward(&mut self, frame: &[u8]) -> Option<(usize, Vec<u8>)> {
        let vip = self.plan.service.ip();
        if let Some(reply) = neighbour_reply(frame, vip, self.mac(DIRECTOR, "eth0")) {
            return Some((0, reply));
        }
        let packet = Packet::read(frame)?;
        let layout = self.layout();
        let mut frame = frame.to_vec();
        if self.fault != "ttl" {
            frame[layout.ttl] -= 1;
        }
        if packet.ip.to == vip {
            return self.inbound(frame, &packet);
        }
        // A NAT reply: from the inner interface to the client.
        let is_inner = self.plan.inner_dip.is_some() && packet.mac_to == self.mac(DIRECTOR, "eth1");
        if packet.ip.to != self.plan.cip || !is_inner {
            return None;
        }
        if self.fault != "not-back" {
            put(&mut frame, layout.from, &octets(vip));
            put(&mut frame, layout.transport, &80_u16.to_be_bytes());
        }
        Some((0, self.finish(frame, self.mac(DIRECTOR, "eth0"), self.mac("router", "eth1"))))
    }

    fn inbound(&mut self, mut frame: Vec<u8>, packet: &Packet) -> Option<(usize, Vec<u8>)> {
        let next = if self.fault == "one-server" { 0 } else { self.flows.len() % self.plan.servers.len() };
        let index = *self.flows.entry(packet.tcp.from).or_insert(next);
        let server = self.plan.servers[index].clone();
        let layout = self.layout();
        let (eth0, rs) = (self.mac(DIRECTOR, "eth0"), self.mac(&server.name, "eth0"));
        match self.plan.wish.method {
            Nat => {
                put(&mut frame, layout.to, &octets(server.rip));
                put(&mut frame, layout.transport + 2, &self.plan.real_port.to_be_bytes());
                Some((1, self.finish(frame, self.mac(DIRECTOR, "eth1"), rs)))
            }
            Tunnel => {
                let inner = self.finish(frame, eth0, rs).split_off(14);
                let mut outer = vec![0; 12];
                let len = inner.len() as u16;
                if self.plan.cip.is_ipv4() {
                    outer.extend_from_slice(&[8, 0, 0x45, 0]);
                    outer.extend_from_slice(&(20 + len).to_be_bytes());
                    outer.extend_from_slice(&[0, 1, 0, 0, 64, 4, 0, 0]);
                } else {
                    outer.extend_from_slice(&[0x86, 0xdd, 0x60, 0, 0, 0]);
                    outer.extend_from_slice(&len.to_be_bytes());
                    outer.extend_from_slice(&[41, 64]);
                }
                outer.extend_from_slice(&octets(self.plan.dip));
                outer.extend_from_slice(&octets(server.rip));
                outer.extend_from_slice(&inner);
                Some((0, self.finish(outer, eth0, self.mac("router", "eth1"))))
            }
            _ if self.fault == "astray" && packet.tcp.payload_len > 0 => {
                Some((0, self.finish(frame, eth0, Mac([2, 9, 9, 9, 9, 9]))))
            }
            _ => Some((0, self.finish(frame, eth0, rs))),
        }
    }

    /// New MAC addresses and right checksums.
    fn finish(&self, mut frame: Vec<u8>, from: Mac, to: Mac) -> Vec<u8> {
        put(&mut frame, 0, &to.0);
        put(&mut frame, 6, &from.0);
        let layout = self.layout();
        let is_v4 = self.plan.cip.is_ipv4();
        if is_v4 {
            frame[24..26].fill(0);
            let header = !sum(&frame[14..34]);
            put(&mut frame, 24, &header.to_be_bytes());
        }
        if frame[if is_v4 { 23 } else { 20 }] == 6 {
            let length = frame_length(&frame, is_v4);
            let addresses = &frame[layout.from..layout.transport];
            // As a card with checksum offload gets it; then the lab's own finisher is put to the test as well.
            let pseudo = fold(u32::from(sum(addresses)) + 6 + u32::from(length));
            put(&mut frame, layout.transport + 16, &pseudo.to_be_bytes());
            finish_checksum(&mut frame[14..]);
        }
        frame
    }

    fn mac(&self, host: &str, interface: &str) -> Mac {
        let mut macs = self.plan.topology.macs();
        macs.find(|(_, p)| p.host == host && p.interface == interface).map(|(mac, _)| mac).unwrap_or_default()
    }
}

/// Bytes of TCP.
fn frame_length(frame: &[u8], is_v4: bool) -> u16 {
    if is_v4 {
        u16::from_be_bytes([frame[16], frame[17]]) - 20
    } else {
        u16::from_be_bytes([frame[18], frame[19]])
    }
}

fn put(frame: &mut [u8], at: usize, bytes: &[u8]) {
    frame[at..at + bytes.len()].copy_from_slice(bytes);
}

fn octets(addr: IpAddr) -> Vec<u8> {
    match addr {
        IpAddr::V4(addr) => addr.octets().to_vec(),
        IpAddr::V6(addr) => addr.octets().to_vec(),
    }
}

fn sum(bytes: &[u8]) -> u16 {
    fold(bytes.chunks(2).map(|p| u32::from(p[0]) << 8 | u32::from(p[1])).sum())
}

fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

/// The answer to who has the VIP, asked by ARP or neighbour solicitation; `None` for other frames.
fn neighbour_reply(request: &[u8], vip: IpAddr, mac: Mac) -> Option<Vec<u8>> {
    let mut reply = request.to_vec();
    put(&mut reply, 0, request.get(6..12)?);
    put(&mut reply, 6, &mac.0);
    match vip {
        IpAddr::V4(vip) => {
            let asks = request.get(12..14)? == [8, 6] && request.get(21)? == &1;
            (asks && request.get(38..42)? == vip.octets()).then_some(())?;
            reply.truncate(42);
            reply[21] = 2;
            put(&mut reply, 22, &mac.0);
            put(&mut reply, 28, &vip.octets());
            put(&mut reply, 32, &request[22..32]);
        }
        IpAddr::V6(vip) => {
            let asks = request.get(12..14)? == [0x86, 0xdd] && request.get(54)? == &135;
            (asks && request.get(62..78)? == vip.octets()).then_some(())?;
            reply.truncate(78);
            put(&mut reply, 18, &32_u16.to_be_bytes());
            put(&mut reply, 22, &vip.octets());
            put(&mut reply, 38, &request[22..38]);
            put(&mut reply, 54, &[136, 0, 0, 0, 0x60, 0, 0, 0]);
            reply.extend_from_slice(&[2, 1]);
            reply.extend_from_slice(&mac.0);
            let checksum = !fold(u32::from(sum(&reply[22..86])) + 58 + 32);
            put(&mut reply, 56, &checksum.to_be_bytes());
        }
    }
    Some(reply)
}
