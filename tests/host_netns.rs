//! What the `host` room does with a real kernel, each test in a user and network namespace of its own: no privileges are
//! needed, nothing of the machine is touched, and nothing is left behind however a test ends.
#![allow(unsafe_code, reason = "pre_exec: the namespaces must be made before the test's process has threads")]

use rustix::net::{AddressFamily, Protocol as Number, RecvFlags, SocketType};
use std::collections::BTreeSet;
use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;
use ulvs::control::effect::{ClaimPlan, ClaimReport, DoorNames, Effect};
use ulvs::host::claim::Claim;
use ulvs::host::hands::{Hands, Report};
use ulvs::host::links::{LinkChange, Links, VethEnd};
use ulvs::host::neighbour::Neighbours;
use ulvs::host::netlink::{self, Message, Netlink};
use ulvs::host::netns::{self, NetNs};
use ulvs::host::watch::Watch;
use ulvs::lvs::{Endpoint, HostFact, Mac, Protocol};

/// Set in the child that has namespaces of its own.
const INSIDE: &str = "ULVS_TEST_INSIDE";
/// Long enough for anything that happens at all.
const PATIENCE: Duration = Duration::from_secs(20);
/// Until something is tried again.
const AGAIN: Duration = Duration::from_millis(20);
/// Long enough to call what never comes absent.
const SILENCE: Duration = Duration::from_millis(300);
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
        // Not by a macro of the standard library: the test harness would keep that to itself.
        Err(error) => writeln!(
            std::io::stderr().lock(),
            "\n*** LEFT OUT: {test}: this machine does not permit user namespaces ({error}); \
             see user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns\n"
        )
        .expect("standard error"),
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
        let mut net = Self { client, links, d0 };
        net.wait_until_frames_flow();
        for addr in ["10.9.0.1", "10.9.0.100", "fd09::1", "fd09::100"] {
            net.wait_until_answered(ip(addr));
        }
        net
    }

    /// Frames flow once the kernel has noticed the carrier on both ends, a moment after "up".
    fn wait_until_frames_flow(&mut self) {
        let flows = |links: &mut Links| {
            links.list().expect("links").iter().all(|link| link.running || link.name == "lo")
        };
        while !(flows(&mut self.links)
            && self.client.run(|| flows(&mut Links::open().expect("netlink"))).expect("inside"))
        {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A socket of the client.
    fn client_udp(&self, from: &str) -> UdpSocket {
        self.client.run(|| UdpSocket::bind(from).expect("bind")).expect("inside")
    }

    /// Waits until a datagram of the client arrives at an address of ours, and its answer at the client's. The kernel
    /// takes an IPv6 address into use by a work queue, and its route a moment later still: what comes before is lost.
    fn wait_until_answered(&self, addr: IpAddr) {
        let any = if addr.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let (here, there) = (UdpSocket::bind((addr, 0)), self.client_udp(any));
        let Ok(here) = here else {
            std::thread::sleep(AGAIN);
            return self.wait_until_answered(addr);
        };
        let to = here.local_addr().expect("an address");
        for socket in [&here, &there] {
            socket.set_read_timeout(Some(AGAIN)).expect("timeout");
        }
        loop {
            let _ = there.send_to(b"?", to);
            if let Ok((_, from)) = here.recv_from(&mut [0; 8])
                && here.send_to(b"!", from).is_ok()
                && there.recv(&mut [0; 8]).is_ok()
            {
                return;
            }
        }
    }

    /// What the client finds when it connects where nobody listens: a reset, if one comes at all.
    fn client_connects(&self, to: &str, patience: Duration) -> std::io::ErrorKind {
        let to: SocketAddr = to.parse().expect("address");
        let connect = || TcpStream::connect_timeout(&to, patience);
        self.client.run(connect).expect("inside").expect_err("nobody listens").kind()
    }

    #[track_caller]
    fn assert_refused(&self, to: &str, why: &str) {
        assert_eq!(self.client_connects(to, PATIENCE), std::io::ErrorKind::ConnectionRefused, "{why}");
    }

    #[track_caller]
    fn assert_silent(&self, to: &str, why: &str) {
        assert_eq!(self.client_connects(to, SILENCE), std::io::ErrorKind::TimedOut, "{why}");
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
        net.assert_refused("10.9.0.100:81", "nobody listens");

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
        net.assert_silent("10.9.0.100:81", "no reset");
        net.assert_refused("10.9.0.1:81", "nobody listens");

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
        std::thread::sleep(SILENCE);
        let known = net.client.run(neighbours_with_mac).expect("inside");
        assert!(!known.contains(&ip("10.9.0.100")) && !known.contains(&ip("fd09::100")), "{known:?}");

        claim.withdraw().expect("withdraw");
        // What waits for a neighbour is lost if the kernel gives it up just then: ask again.
        net.wait_until_answered(ip("10.9.0.100"));
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
            ..ClaimPlan::default()
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

/// Servers of a service of all ports, or by mark, answer from any port: nothing of that protocol that is not for the host
/// gets to its stack.
#[test]
fn what_all_port_servers_send_is_claimed() {
    in_namespaces("what_all_port_servers_send_is_claimed", || {
        let net = Net::new();
        let mut claim = Claim::open().expect("nf_tables");
        let on = |addr: &str, protocol| (protocol, Endpoint::new(ip(addr), 0));
        let plan = |protocol| ClaimPlan {
            devices: devices(&["d0"]),
            nat_sources: BTreeSet::from([on("10.9.0.2", protocol), on("fd09::2", protocol)]),
            host_addresses: BTreeSet::from([ip("10.9.0.1"), ip("fd09::1")]),
            ..ClaimPlan::default()
        };
        for (wildcard, own, other) in
            [("0.0.0.0", "10.9.0.1", "10.9.0.100"), ("[::]", "[fd09::1]", "[fd09::100]")]
        {
            let free = listener(&format!("{wildcard}:9100"));
            let server = net.client_udp(&format!("{wildcard}:0"));
            let gets = |text: &str| {
                server.send_to(text.as_bytes(), format!("{other}:9100")).expect("send");
                server.send_to(b"to the host itself", format!("{own}:9100")).expect("send");
                let first = next(&free);
                if first == text {
                    assert_eq!(next(&free), "to the host itself");
                }
                first == text
            };
            assert_stands(&claim.apply(plan(Protocol::Tcp)));
            assert!(gets("of another protocol"), "claimed: {wildcard}");
            assert_stands(&claim.apply(plan(Protocol::Udp)));
            assert!(!gets("a reply"), "not claimed: {wildcard}");
        }
    });
}

/// What goes to FTP's data connections on an address of the host; other ports, and other protocols, stay the host's.
#[test]
fn the_data_ports_of_ftp_are_claimed() {
    in_namespaces("the_data_ports_of_ftp_are_claimed", || {
        let net = Net::new();
        let mut claim = Claim::open().expect("nf_tables");
        assert_stands(&claim.apply(ClaimPlan {
            devices: devices(&["d0"]),
            ftp_addresses: BTreeSet::from([ip("10.9.0.1"), ip("fd09::1")]),
            ..ClaimPlan::default()
        }));
        for addr in ["10.9.0.1", "[fd09::1]"] {
            let open = |port: u16| TcpListener::bind(format!("{addr}:{port}")).expect("listen");
            let (low, high, datagrams) = (open(900), open(2000), listener(&format!("{addr}:2000")));
            let connect = |port: u16, patience| {
                let to = format!("{addr}:{port}").parse().expect("address");
                net.client.run(|| TcpStream::connect_timeout(&to, patience)).expect("inside")
            };
            assert!(connect(2000, SILENCE).is_err(), "{addr}: the host answers");
            connect(900, PATIENCE).expect("the host's own port");
            low.accept().expect("accept");
            high.set_nonblocking(true).expect("non-blocking");
            assert!(high.accept().is_err());
            net.client_udp(if addr.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" })
                .send_to(b"not TCP", format!("{addr}:2000"))
                .expect("send");
            assert_eq!(next(&datagrams), "not TCP");
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
            // Its table gets the name of an interface that is not there: only its chain tells whom it concerns.
            let plan = ClaimPlan { devices: devices(&["absent", "d0"]), ..plan("d0") };
            let reports = Claim::open().expect("nf_tables").apply(plan);
            assert!(reports[0].outcome.is_err());
            assert_stands(&reports[1..]);
            std::process::abort();
        }
        let mut net = Net::new();
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        child.args(std::env::args_os().skip(1)).env(DIE, "1");
        let died = child.output().expect("the director that dies");
        assert!(!died.status.success());
        net.assert_silent("10.9.0.100:81", "the claim outlives");

        assert_eq!(tables(), 1);
        let mut claim = Claim::open().expect("nf_tables");
        assert_stands(&claim.apply(plan("d0")));
        assert_stands(&claim.verify());
        assert_eq!(tables(), 1, "taken over, not added");
        let mut second = Claim::open().expect("nf_tables");
        assert_stands(&second.apply(plan("d0")));
        assert_stands(&claim.heal());

        let down = LinkChange { up: Some(false), ..LinkChange::default() };
        net.links.change(net.d0, &down).expect("down");
        let renamed = LinkChange { name: Some("d1".to_owned()), up: Some(true), ..LinkChange::default() };
        net.links.change(net.d0, &renamed).expect("rename");
        assert!(claim.verify()[0].outcome.is_err(), "d0 is gone");
        // There and back: the kernel must have hooked the chain again, or the look must find that it did not.
        net.links.change(net.d0, &down).expect("down");
        let back = LinkChange { name: Some("d0".to_owned()), up: Some(true), ..LinkChange::default() };
        net.links.change(net.d0, &back).expect("rename back");
        assert_stands(&claim.heal());
        net.wait_until_frames_flow();
        net.assert_silent("10.9.0.100:81", "claimed under its old name");
        net.links.change(net.d0, &down).expect("down");
        net.links.change(net.d0, &renamed).expect("rename");
        assert_stands(&claim.apply(plan("d1")));
        net.assert_silent("10.9.0.100:81", "claimed under its new name");

        let missing = claim.apply(ClaimPlan { devices: devices(&["d1", "none"]), ..plan("d1") });
        assert_eq!(missing[0].outcome, Ok(()));
        assert!(missing[1].outcome.as_ref().is_err_and(|why| why.contains("none")), "{missing:?}");

        assert_stands(&claim.apply(plan("d1")));
        claim.withdraw().expect("withdraw");
        assert!(claim.verify().is_empty());
        net.assert_refused("10.9.0.100:81", "nothing is left");
    });
}

/// Waits for a fact.
#[track_caller]
fn learns(facts: &crossbeam_channel::Receiver<HostFact>, wanted: impl Fn(&HostFact) -> bool) -> HostFact {
    let mut others = Vec::new();
    loop {
        match facts.recv_timeout(PATIENCE) {
            Ok(fact) if wanted(&fact) => return fact,
            Ok(fact) => others.push(fact),
            Err(error) => panic!("{error}; but: {:?}", &others[others.len().saturating_sub(20)..]),
        }
    }
}

#[test]
fn the_watch_tells_the_whole_truth_and_then_every_change() {
    in_namespaces("the_watch_tells_the_whole_truth_and_then_every_change", || {
        let mut net = Net::new();
        let d0 = net.d0;
        let (sender, facts) = crossbeam_channel::bounded(4);
        let watch = Watch::start(sender).expect("watch");
        let mut told = Vec::new();
        while told.last() != Some(&HostFact::Synced) {
            told.push(facts.recv_timeout(PATIENCE).expect("a fact"));
        }
        assert_eq!(told[0], HostFact::Resync);
        let has = |wanted: &dyn Fn(&HostFact) -> bool| assert!(told.iter().any(wanted), "{told:#?}");
        has(
            &|f| matches!(f, HostFact::Link(l) if l.name == "d0" && l.mac == HERE && l.running && l.ethernet),
        );
        has(&|f| matches!(f, HostFact::Link(l) if l.name == "lo" && !l.ethernet));
        has(&|f| matches!(f, HostFact::Address(a) if a.ifindex == d0 && a.net.to_string() == "10.9.0.1/24"));
        has(&|f| matches!(f, HostFact::Address(a) if a.net.to_string() == "fd09::100/128"));
        has(
            &|f| matches!(f, HostFact::Route(r) if r.ifindex == d0 && r.to.to_string() == "10.9.0.0/24" && r.gateway.is_none()),
        );
        has(&|f| matches!(f, HostFact::Neighbour(n) if n.addr == ip("10.9.0.2") && n.mac == Some(THERE)));
        has(&|f| matches!(f, HostFact::Forwarding { v4: false, v6: false }));

        ulvs::host::sysctl::write("net/ipv4/ip_forward", "1").expect("ip_forward");
        learns(&facts, |f| matches!(f, HostFact::Forwarding { v4: true, .. }));
        let links = &mut net.links;
        let to = "10.50.0.0/16".parse().expect("net");
        links.replace_route(to, Some(ip("10.9.0.2")), d0).expect("route");
        learns(
            &facts,
            |f| matches!(f, HostFact::Route(r) if r.to == to && r.gateway == Some(ip("10.9.0.2"))),
        );
        links.add_address(d0, "10.60.0.1/24".parse().expect("net")).expect("address");
        learns(&facts, |f| matches!(f, HostFact::Address(a) if a.net.addr() == ip("10.60.0.1")));
        learns(&facts, |f| matches!(f, HostFact::Route(r) if r.to.addr() == ip("10.60.0.0")));
        links.replace_neighbour(d0, ip("10.60.0.9"), THERE).expect("neighbour");
        learns(
            &facts,
            |f| matches!(f, HostFact::Neighbour(n) if n.addr == ip("10.60.0.9") && n.mac == Some(THERE)),
        );
        links.delete_neighbour(d0, ip("10.60.0.9")).expect("neighbour");
        learns(&facts, |f| {
            matches!(f, HostFact::NeighbourGone { addr, .. } if *addr == ip("10.60.0.9"))
                || matches!(f, HostFact::Neighbour(n) if n.addr == ip("10.60.0.9") && n.mac.is_none())
        });

        // The route through the gateway goes with the link, which the kernel announces to nobody.
        links.change(d0, &LinkChange { up: Some(false), ..LinkChange::default() }).expect("down");
        learns(&facts, |f| matches!(f, HostFact::Link(l) if l.ifindex == d0 && !l.running));
        learns(&facts, |f| matches!(f, HostFact::RouteGone(r) if r.to == to));
        let renamed = LinkChange { name: Some("d1".to_owned()), mtu: Some(1400), ..LinkChange::default() };
        links.change(d0, &renamed).expect("rename");
        learns(
            &facts,
            |f| matches!(f, HostFact::Link(l) if l.ifindex == d0 && l.name == "d1" && l.mtu == 1400),
        );
        links.delete(d0).expect("delete");
        learns(&facts, |f| *f == HostFact::LinkGone { ifindex: d0 });
        let end = |name| VethEnd { name, mac: None, netns: None };
        links.add_veth(&end("d1"), &end("e1")).expect("again");
        learns(&facts, |f| matches!(f, HostFact::Link(l) if l.ifindex != d0 && l.name == "d1"));

        drop(watch);
        while facts.try_recv().is_ok() {}
        assert!(facts.recv_timeout(PATIENCE).is_err_and(|e| e.is_disconnected()), "the thread has ended");
    });
}

#[test]
fn a_watch_that_lost_news_tells_everything_anew() {
    in_namespaces("a_watch_that_lost_news_tells_everything_anew", || {
        let mut net = Net::new();
        let (sender, facts) = crossbeam_channel::bounded(1);
        let _watch = Watch::start(sender).expect("watch");
        learns(&facts, |f| *f == HostFact::Synced);
        // Nobody listens meanwhile: more news than the kernel keeps.
        let to = |n: u32| {
            ipnet::IpNet::new(IpAddr::from((0x0b00_0000 + (n << 8)).to_be_bytes()), 24).expect("net")
        };
        for round in 0..15 {
            let gateway = if round % 2 == 0 { ip("10.9.0.2") } else { ip("10.9.0.3") };
            for n in 0..4000 {
                net.links.replace_route(to(n), Some(gateway), net.d0).expect("route");
            }
        }
        learns(&facts, |f| *f == HostFact::Resync);
        let mut told = BTreeSet::new();
        loop {
            match facts.recv_timeout(PATIENCE).expect("a fact") {
                HostFact::Route(route) => drop(told.insert(route.to)),
                HostFact::Resync => told.clear(),
                HostFact::Synced if told.contains(&to(0)) => break,
                _ => {}
            }
        }
        assert!((0..4000).all(|n| told.contains(&to(n))), "{} routes", told.len());
    });
}

/// Asks the kernel for the entry's state.
fn is_permanent(ifindex: u32, addr: IpAddr) -> bool {
    const NUD_PERMANENT: u16 = 0x80;
    let mut netlink = Netlink::open(netlink::ROUTE, 0).expect("netlink");
    let dump = netlink.dump(Message::new(libc::RTM_GETNEIGH, 0).body(&[0; 12])).expect("neighbours");
    let octets = match addr {
        IpAddr::V4(addr) => addr.octets().to_vec(),
        IpAddr::V6(addr) => addr.octets().to_vec(),
    };
    dump.iter().any(|entry| {
        entry.body[4..8] == ifindex.to_ne_bytes()
            && entry.body[8..10] == NUD_PERMANENT.to_ne_bytes()
            && entry.attributes(12).get(libc::NDA_DST) == Some(&octets[..])
    })
}

#[test]
fn neighbours_are_resolved_and_permanent_ones_stay_so() {
    in_namespaces("neighbours_are_resolved_and_permanent_ones_stay_so", || {
        let mut net = Net::new();
        let (sender, facts) = crossbeam_channel::bounded(64);
        let _watch = Watch::start(sender).expect("watch");
        learns(&facts, |f| *f == HostFact::Synced);
        let mut neighbours = Neighbours::open().expect("netlink");
        for addr in ["10.9.0.2", "fd09::2"] {
            neighbours.resolve(net.d0, ip(addr)).expect("resolve");
            assert!(is_permanent(net.d0, ip(addr)), "{addr}");
            net.links.delete_neighbour(net.d0, ip(addr)).expect("neighbour");
            neighbours.resolve(net.d0, ip(addr)).expect("resolve");
            learns(&facts, |f| matches!(f, HostFact::Neighbour(n) if n.addr == ip(addr) && n.mac.is_none()));
            learns(
                &facts,
                |f| matches!(f, HostFact::Neighbour(n) if n.addr == ip(addr) && n.mac == Some(THERE)),
            );
            neighbours.release(net.d0, ip(addr)).expect("release");
        }
        let error = neighbours.resolve(9999, ip("10.9.0.2")).expect_err("no such link");
        assert_eq!(error.errno(), Some(19), "ENODEV: {error}");
    });
}

#[test]
fn hands_heal_what_somebody_else_removes() {
    in_namespaces("hands_heal_what_somebody_else_removes", || {
        let net = Net::new();
        let (effects, to_do) = crossbeam_channel::bounded(4);
        let (sender, reports) = crossbeam_channel::bounded(4);
        let told = move |report| drop(sender.send(report));
        let hands = Hands::start(DoorNames::default(), to_do, told).expect("hands");
        let claimed = |what: &str| match reports.recv_timeout(PATIENCE) {
            Ok(Report::Claimed(reports)) => reports,
            other => panic!("{what}: {other:?}"),
        };
        let addresses = BTreeSet::from([ip("10.9.0.100")]);
        let plan = ClaimPlan { devices: devices(&["d0"]), addresses, ..ClaimPlan::default() };
        effects.send(Effect::Claim(plan.clone())).expect("send");
        assert_stands(&claimed("a report"));

        delete_all_tables();
        match reports.recv_timeout(PATIENCE) {
            Ok(Report::Healed(reports)) => assert_stands(&reports),
            other => panic!("healed unasked: {other:?}"),
        }
        net.assert_silent("10.9.0.100:81", "no reset");
        effects.send(Effect::Claim(plan.clone())).expect("send");
        assert_stands(&claimed("a look when asked"));

        // Whoever asks waits for the answer: there is one also when no device is left to claim on.
        effects.send(Effect::Claim(ClaimPlan { devices: devices(&[]), ..plan.clone() })).expect("send");
        assert!(claimed("nothing to claim on").is_empty());
        assert_eq!(tables(), 0, "no device, no table");
        effects.send(Effect::Claim(plan)).expect("send");
        assert_stands(&claimed("it is back"));

        Links::open().expect("netlink").delete_neighbour(net.d0, ip("10.9.0.2")).expect("neighbour");
        effects.send(Effect::Resolve { ifindex: net.d0, addr: ip("10.9.0.2") }).expect("send");
        effects.send(Effect::Withdraw).expect("send");
        drop(effects);
        hands.join().expect("the thread ends");
        assert_eq!(tables(), 0, "nothing is left");
        net.assert_refused("10.9.0.100:81", "nobody listens");
    });
}

/// `struct nfgenmsg` for the netdev family.
const NETDEV: [u8; 4] = [5, 0, 0, 0];

/// How many tables of the netdev family there are.
fn tables() -> usize {
    const GETTABLE: u16 = 10 << 8 | 1;
    let mut netlink = Netlink::open(netlink::NETFILTER, 0).expect("netlink");
    netlink.dump(Message::new(GETTABLE, 0).body(&NETDEV)).expect("tables").len()
}

/// What `nft flush ruleset` does.
fn delete_all_tables() {
    const DELTABLE: u16 = 10 << 8 | 2;
    const ACK: u16 = 4;
    let edge = |kind| Message::new(kind, 0).body(&[0, 0, 0, 10]);
    let mut netlink = Netlink::open(netlink::NETFILTER, 0).expect("netlink");
    let all = Message::new(DELTABLE, ACK).body(&[0; 4]);
    netlink.batch(vec![edge(16), all, edge(17)]).expect("flush");
}
