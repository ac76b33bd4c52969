//! Who judges the judge? Whole lessons with a stand-in for the director: one that keeps a mode's promises must pass, and
//! each way of breaking them must be noticed. The stand-in is this program under the name `ulvs`; it knows the plan, so
//! it needs no control plane.

use anyhow::{Context, Result, ensure};
use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::process::ExitCode;
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
const FAULT: &str = "STAND_IN_FAULT";

/// Method, how the stand-in errs, whether the lesson is to pass.
const CASES: [(ForwardingMethod, &str, bool); 9] = [
    (DirectRoute, "none", true),
    (Nat, "none", true),
    (Tunnel, "none", true),
    (DirectRoute, "ttl", false),
    (DirectRoute, "one-server", false),
    (DirectRoute, "astray", false),
    (Nat, "ttl", false),
    (Nat, "not-back", false),
    (Tunnel, "ttl", false),
];

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
        println!("JUDGE TESTS NOT RUN: {refusal}");
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    for (method, fault, passes) in CASES {
        match lesson(method, fault) {
            Ok(passed) if passed == passes => println!("test judge {method:?} {fault} ... ok"),
            Ok(passed) => {
                println!("test judge {method:?} {fault} ... FAILED: the lesson's verdict is {passed}");
                failed = true;
            }
            Err(error) => {
                println!("test judge {method:?} {fault} ... FAILED: {error:#}");
                failed = true;
            }
        }
    }
    ExitCode::from(u8::from(failed))
}

fn wish(method: ForwardingMethod) -> Wish {
    Wish { method, family: Family::V4, servers: 2, vip_on_host: false }
}

fn lesson(method: ForwardingMethod, fault: &str) -> Result<bool> {
    let base = tempfile::tempdir()?;
    let state = State::create(base.path(), "judge")?;
    // The stand-in gets its orders by files beside its socket: the environment is shared by all threads.
    std::fs::write(state.path().join(METHOD), format!("{method:?}"))?;
    std::fs::write(state.path().join(FAULT), fault)?;
    let pcap = base.path().join("pcap");
    let lesson = Lesson {
        wish: wish(method),
        scheduler: "rr".to_owned(),
        requests: 4,
        pcap: Some(pcap.clone()),
        ink: Ink::Plain,
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
    let plan = Plan::new(wish(method));
    if !is_run {
        println!("{}", plan.service);
        for server in &plan.servers {
            println!("  {}:{}", server.rip, plan.real_port);
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

impl StandIn {
    /// What to send for a received frame, and on which interface.
    fn forward(&mut self, frame: &[u8]) -> Option<(usize, Vec<u8>)> {
        let IpAddr::V4(vip) = self.plan.service.ip() else { return None };
        if frame.get(12..14) == Some(&[8, 6]) {
            return (frame.get(21) == Some(&1) && frame.get(38..42) == Some(&vip.octets()))
                .then(|| (0, arp_reply(frame, self.mac(DIRECTOR, "eth0"))));
        }
        let packet = Packet::read(frame)?;
        let mut frame = frame.to_vec();
        finish_checksum(&mut frame[14..]);
        if self.fault != "ttl" {
            frame[22] -= 1;
        }
        if packet.ip.to == IpAddr::V4(vip) {
            return self.inbound(frame, &packet);
        }
        // A NAT reply: from the inner interface to the client.
        if packet.ip.to != self.plan.cip
            || self.plan.inner_dip.is_none()
            || packet.mac_to != self.mac(DIRECTOR, "eth1")
        {
            return None;
        }
        if self.fault != "not-back" {
            frame[26..30].copy_from_slice(&vip.octets());
            frame[34..36].copy_from_slice(&80_u16.to_be_bytes());
        }
        Some((0, self.finish(frame, self.mac(DIRECTOR, "eth0"), self.mac("router", "eth1"))))
    }

    fn inbound(&mut self, mut frame: Vec<u8>, packet: &Packet) -> Option<(usize, Vec<u8>)> {
        let next = if self.fault == "one-server" { 0 } else { self.flows.len() % self.plan.servers.len() };
        let index = *self.flows.entry(packet.tcp.from).or_insert(next);
        let server = self.plan.servers[index].clone();
        let IpAddr::V4(rip) = server.rip else { return None };
        let (eth0, rs) = (self.mac(DIRECTOR, "eth0"), self.mac(&server.name, "eth0"));
        match self.plan.wish.method {
            Nat => {
                frame[30..34].copy_from_slice(&rip.octets());
                frame[36..38].copy_from_slice(&self.plan.real_port.to_be_bytes());
                Some((1, self.finish(frame, self.mac(DIRECTOR, "eth1"), rs)))
            }
            Tunnel => {
                let inner = self.finish(frame, eth0, rs).split_off(14);
                let IpAddr::V4(dip) = self.plan.dip else { return None };
                let mut outer = vec![0; 12];
                outer.extend_from_slice(&[8, 0, 0x45, 0]);
                outer.extend_from_slice(&((20 + inner.len()) as u16).to_be_bytes());
                outer.extend_from_slice(&[0, 1, 0, 0, 64, 4, 0, 0]);
                outer.extend_from_slice(&dip.octets());
                outer.extend_from_slice(&rip.octets());
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
        frame[..6].copy_from_slice(&to.0);
        frame[6..12].copy_from_slice(&from.0);
        frame[24..26].fill(0);
        let header = !sum(&frame[14..34]);
        frame[24..26].copy_from_slice(&header.to_be_bytes());
        if frame[23] == 6 {
            let length = u16::from_be_bytes([frame[16], frame[17]]) - 20;
            let pseudo = u32::from(sum(&frame[26..34])) + 6 + u32::from(length);
            frame[50..52].copy_from_slice(&((pseudo & 0xffff) as u16 + (pseudo >> 16) as u16).to_be_bytes());
            finish_checksum(&mut frame[14..]);
        }
        frame
    }

    fn mac(&self, host: &str, interface: &str) -> Mac {
        let mut macs = self.plan.topology.macs();
        macs.find(|(_, p)| p.host == host && p.interface == interface).map(|(mac, _)| mac).unwrap_or_default()
    }
}

fn sum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes.chunks(2).map(|p| u32::from(p[0]) << 8 | u32::from(p[1])).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

fn arp_reply(request: &[u8], mac: Mac) -> Vec<u8> {
    let mut reply = request[..42].to_vec();
    reply[..6].copy_from_slice(&request[6..12]);
    reply[6..12].copy_from_slice(&mac.0);
    reply[21] = 2;
    reply[22..28].copy_from_slice(&mac.0);
    reply[28..32].copy_from_slice(&request[38..42]);
    reply[32..42].copy_from_slice(&request[22..32]);
    reply
}
