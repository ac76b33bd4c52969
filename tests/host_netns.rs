//! What the `host` room does with a real kernel, each test in a user and network namespace of its own: no privileges are
//! needed, nothing of the machine is touched, and nothing is left behind however a test ends.
#![allow(unsafe_code, reason = "pre_exec: the namespaces must be made before the test's process has threads")]

use rustix::net::{AddressFamily, Protocol as Number, RecvFlags, SocketType};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;
use ulvs::control::effect::{ClaimPlan, ClaimReport};
use ulvs::host::claim::Claim;
use ulvs::host::links::{LinkChange, Links, VethEnd};
use ulvs::host::netns::{self, NetNs};
use ulvs::host::watch::Watch;
use ulvs::lvs::{Endpoint, HostFact, Mac, Protocol};

/// Set in the child that has namespaces of its own.
const INSIDE: &str = "ULVS_TEST_INSIDE";
/// Long enough for anything that happens at all.
const PATIENCE: Duration = Duration::from_secs(20);
const HERE: Mac = Mac([2, 0, 0, 0, 0, 1]);
const THERE: Mac = Mac([2, 0, 0, 0, 0, 2]);

/// Runs the test of this name again, in a child with namespaces of its own; there, runs `body`.
fn in_namespaces(test: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program);
    child.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(INSIDE, "1");
    // SAFETY: the child between fork and exec has one thread and only makes system calls on constant or short data.
    unsafe { child.pre_exec(netns::unshare_user_and_net) };
    match child.output() {
        Ok(output) => assert!(
            output.status.success(),
            "{test}: {}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => eprintln!(
            "\n*** NOT TESTED: {test}: this machine does not permit user namespaces ({error}); \
             see user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns ***\n"
        ),
    }
}

/// A client in a namespace of its own, linked to us: `d0` (10.9.0.1, fd09::1) – `c0` (10.9.0.2, fd09::2). On `d0` are
/// also 10.9.0.100 and fd09::100. Each knows the other's MAC addresses for good.
struct Net {
    client: NetNs,
    links: Links,
    d0: u32,
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("address")
}

impl Net {
    fn new() -> Self {
        let client = NetNs::create().expect("a namespace");
        let mut links = Links::open().expect("netlink");
        let here = VethEnd { name: "d0", mac: Some(HERE), netns: None };
        let there = VethEnd { name: "c0", mac: Some(THERE), netns: Some(client.as_fd()) };
        links.add_veth(&here, &there).expect("veth");
        let d0 = links.find("d0").expect("d0").ifindex;
        let up = LinkChange { up: Some(true), ..LinkChange::default() };
        links.change(d0, &up).expect("up");
        for net in ["10.9.0.1/24", "10.9.0.100/32", "fd09::1/64", "fd09::100/128"] {
            links.add_address(d0, net.parse().expect("net")).expect("address");
        }
        for addr in ["10.9.0.2", "fd09::2"] {
            links.replace_neighbour(d0, ip(addr), THERE).expect("neighbour");
        }
        client
            .run(|| {
                let mut links = Links::open().expect("netlink");
                let c0 = links.find("c0").expect("c0").ifindex;
                links.change(c0, &up).expect("up");
                for net in ["10.9.0.2/24", "fd09::2/64"] {
                    links.add_address(c0, net.parse().expect("net")).expect("address");
                }
                for addr in ["10.9.0.1", "10.9.0.100", "fd09::1", "fd09::100"] {
                    links.replace_neighbour(c0, ip(addr), HERE).expect("neighbour");
                }
            })
            .expect("inside");
        Self { client, links, d0 }
    }

    /// A socket of the client.
    fn client_udp(&self, from: &str) -> UdpSocket {
        self.client.run(|| UdpSocket::bind(from).expect("bind")).expect("inside")
    }

    /// What the client finds when it connects where nobody listens.
    fn client_connects(&self, to: &str) -> std::io::ErrorKind {
        let to: SocketAddr = to.parse().expect("address");
        let connect = || TcpStream::connect_timeout(&to, Duration::from_millis(300));
        self.client.run(connect).expect("inside").expect_err("nobody listens").kind()
    }
}

/// A packet socket that sees all frames of all links.
fn tap() -> std::os::fd::OwnedFd {
    const ETH_P_ALL: u32 = 3;
    let number = Number::from_raw(std::num::NonZeroU32::new(ETH_P_ALL << 8).expect("not 0"));
    let tap =
        rustix::net::socket(AddressFamily::PACKET, SocketType::RAW, Some(number)).expect("packet socket");
    let timeout = rustix::net::sockopt::Timeout::Recv;
    rustix::net::sockopt::set_socket_timeout(&tap, timeout, Some(PATIENCE)).expect("timeout");
    tap
}

/// Waits until the tap has a frame with these bytes in it.
fn sees(tap: &impl AsFd, bytes: &[u8]) {
    let mut frame = [0; 2048];
    loop {
        let (_, len) = rustix::net::recv(tap, &mut frame[..], RecvFlags::empty()).expect("the frame");
        if frame[..len].windows(bytes.len()).any(|window| window == bytes) {
            return;
        }
    }
}

fn listener(on: &str) -> UdpSocket {
    let listener = UdpSocket::bind(on).expect("bind");
    listener.set_read_timeout(Some(PATIENCE)).expect("timeout");
    listener
}

fn next(listener: &UdpSocket) -> String {
    let mut buffer = [0; 64];
    let (len, _) = listener.recv_from(&mut buffer).expect("a datagram");
    String::from_utf8_lossy(&buffer[..len]).into_owned()
}

fn devices(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[track_caller]
fn assert_stands(reports: &[ClaimReport]) {
    assert!(!reports.is_empty());
    for report in reports {
        assert_eq!(report.outcome, Ok(()), "{}", report.device);
    }
}

#[test]
fn claimed_addresses_are_silent_and_seen() {
    in_namespaces("claimed_addresses_are_silent_and_seen", || {
        let net = Net::new();
        let listeners = [listener("0.0.0.0:9000"), listener("[::]:9001")];
        let clients = [net.client_udp("0.0.0.0:0"), net.client_udp("[::]:0")];
        let (vips, own) = (["10.9.0.100:9000", "[fd09::100]:9001"], ["10.9.0.1:9000", "[fd09::1]:9001"]);
        for ((listener, client), vip) in listeners.iter().zip(&clients).zip(vips) {
            client.send_to(b"before the claim", vip).expect("send");
            assert_eq!(next(listener), "before the claim");
        }
        assert_eq!(net.client_connects("10.9.0.100:81"), std::io::ErrorKind::ConnectionRefused);

        let mut claim = Claim::open().expect("nf_tables");
        let addresses = BTreeSet::from([ip("10.9.0.100"), ip("fd09::100")]);
        assert_stands(&claim.apply(ClaimPlan {
            devices: devices(&["d0"]),
            addresses,
            ..ClaimPlan::default()
        }));
        let tap = tap();
        for (((listener, client), vip), own) in listeners.iter().zip(&clients).zip(vips).zip(own) {
            client.send_to(b"to a claimed address", vip).expect("send");
            sees(&tap, b"to a claimed address");
            // Frames keep their order: what comes first is what was let through.
            client.send_to(b"to the host", own).expect("send");
            assert_eq!(next(listener), "to the host");
        }
        assert_eq!(net.client_connects("10.9.0.100:81"), std::io::ErrorKind::TimedOut, "no reset");
        assert_eq!(net.client_connects("10.9.0.1:81"), std::io::ErrorKind::ConnectionRefused);

        // Without the known neighbour, the client asks; nobody answers.
        let forgotten = net.client.run(|| {
            let mut links = Links::open().expect("netlink");
            let c0 = links.find("c0").expect("c0").ifindex;
            for vip in ["10.9.0.100", "fd09::100"] {
                links.delete_neighbour(c0, ip(vip)).expect("neighbour");
            }
        });
        forgotten.expect("inside");
        for ((client, vip), question) in clients.iter().zip(vips).zip([
            &[0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 10, 9, 0, 2][..],
            &[0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 1, 0, 135, 0][..],
        ]) {
            client.send_to(b"who has it?", vip).expect("send");
            sees(&tap, question);
        }
        std::thread::sleep(Duration::from_millis(200));
        let known = net.client.run(neighbours_with_mac).expect("inside");
        assert!(!known.contains(&ip("10.9.0.100")) && !known.contains(&ip("fd09::100")), "{known:?}");

        claim.withdraw().expect("withdraw");
        clients[0].send_to(b"after the claim", vips[0]).expect("send");
        while next(&listeners[0]) != "after the claim" {}
    });
}

/// The neighbours of the calling thread's namespace that have a MAC address.
fn neighbours_with_mac() -> BTreeSet<IpAddr> {
    let (sender, facts) = crossbeam_channel::bounded(16);
    let _watch = Watch::start(sender).expect("watch");
    let mut known = BTreeSet::new();
    loop {
        match facts.recv_timeout(PATIENCE).expect("a fact") {
            HostFact::Neighbour(fact) if fact.mac.is_some() => {
                known.insert(fact.addr);
            }
            HostFact::Synced => return known,
            _ => {}
        }
    }
}

#[test]
fn services_and_nat_sources_are_claimed_alone() {
    in_namespaces("services_and_nat_sources_are_claimed_alone", || {
        let net = Net::new();
        let mut claim = Claim::open().expect("nf_tables");
        let on = |addr: &str, port| (Protocol::Udp, Endpoint::new(ip(addr), port));
        assert_stands(&claim.apply(ClaimPlan {
            devices: devices(&["d0"]),
            addresses: BTreeSet::new(),
            services: BTreeSet::from([on("10.9.0.1", 9000), on("fd09::1", 9000), on("fd09::100", 0)]),
            nat_sources: BTreeSet::from([on("10.9.0.2", 7000), on("fd09::2", 7000)]),
            host_addresses: BTreeSet::from([ip("10.9.0.1"), ip("fd09::1")]),
        }));
        let tap = tap();
        for (wildcard, own, other) in
            [("0.0.0.0", "10.9.0.1", "10.9.0.100"), ("[::]", "[fd09::1]", "[fd09::100]")]
        {
            let (claimed, free) =
                (listener(&format!("{wildcard}:9000")), listener(&format!("{wildcard}:9100")));
            let (client, server) =
                (net.client_udp(&format!("{wildcard}:0")), net.client_udp(&format!("{wildcard}:7000")));
            client.send_to(b"to a service", format!("{own}:9000")).expect("send");
            sees(&tap, b"to a service");
            client.send_to(b"to another port", format!("{own}:9100")).expect("send");
            assert_eq!(next(&free), "to another port");

            server.send_to(b"a reply", format!("{other}:9100")).expect("send");
            sees(&tap, b"a reply");
            server.send_to(b"to the host itself", format!("{own}:9100")).expect("send");
            assert_eq!(next(&free), "to the host itself");
            claimed.set_nonblocking(true).expect("non-blocking");
            assert!(claimed.recv(&mut [0; 64]).is_err(), "the service got what was claimed");
        }
    });
}

#[test]
fn a_dead_directors_claim_is_taken_over_and_a_flushed_one_healed() {
    in_namespaces("a_dead_directors_claim_is_taken_over_and_a_flushed_one_healed", || {
        const DIE: &str = "ULVS_TEST_DIE";
        let plan = |device: &str| ClaimPlan {
            devices: devices(&[device]),
            addresses: BTreeSet::from([ip("10.9.0.100")]),
            ..ClaimPlan::default()
        };
        if std::env::var_os(DIE).is_some() {
            assert_stands(&Claim::open().expect("nf_tables").apply(plan("d0")));
            std::process::abort();
        }
        let mut net = Net::new();
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        child.args(std::env::args_os().skip(1)).env(DIE, "1");
        let died = child.output().expect("the director that dies");
        assert!(!died.status.success());
        assert_eq!(net.client_connects("10.9.0.100:81"), std::io::ErrorKind::TimedOut, "the claim outlives");

        // The link got another name meanwhile: the table's name does not tell, its hook does (where the kernel keeps it).
        let mut claim = Claim::open().expect("nf_tables");
        assert_stands(&claim.apply(plan("d0")));
        assert_stands(&claim.verify());
        let mut second = Claim::open().expect("nf_tables");
        assert_stands(&second.apply(plan("d0")));
        assert_stands(&claim.heal());

        let down = LinkChange { up: Some(false), ..LinkChange::default() };
        net.links.change(net.d0, &down).expect("down");
        let renamed = LinkChange { name: Some("d1".to_owned()), up: Some(true), ..LinkChange::default() };
        net.links.change(net.d0, &renamed).expect("rename");
        assert!(claim.verify()[0].outcome.is_err(), "d0 is gone");
        assert_stands(&claim.apply(plan("d1")));
        assert_eq!(
            net.client_connects("10.9.0.100:81"),
            std::io::ErrorKind::TimedOut,
            "claimed under its new name"
        );

        let missing = claim.apply(ClaimPlan { devices: devices(&["d1", "none"]), ..plan("d1") });
        assert_eq!(missing[0].outcome, Ok(()));
        assert!(missing[1].outcome.as_ref().is_err_and(|why| why.contains("none")), "{missing:?}");

        assert_stands(&claim.apply(plan("d1")));
        claim.withdraw().expect("withdraw");
        assert!(claim.verify().is_empty());
        assert_eq!(
            net.client_connects("10.9.0.100:81"),
            std::io::ErrorKind::ConnectionRefused,
            "nothing is left"
        );
    });
}
