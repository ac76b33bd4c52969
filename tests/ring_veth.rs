//! The ring against a real kernel: frames through two veth pairs in a network namespace of this test's own.
//!
//! The test starts itself again inside the namespace: as an ordinary user in a user namespace (large ring slots, since
//! the big receive buffer is not granted there), and as root also in a plain network namespace (small slots and copies).
//! Nothing outside the namespace is touched, and it vanishes with the process.
#![allow(unsafe_code, reason = "unshare between fork and exec")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use rustix::event::{EventfdFlags, eventfd};
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};
use ulvs::frame::packet::{PacketIo, Turn};
use ulvs::frame::{FrameSink, VnetHeader};
use ulvs::lvs::PortId;
use ulvs::ring::{Fanout, FanoutMode, LinkTrouble, Oversize, RingConfig, RingError, RxRing};

const INSIDE: &str = "ULVS_RING_VETH_INSIDE";
/// Where frames are fed in, and where they must come out.
const FEED: PortId = PortId(0);
const DRAIN: PortId = PortId(1);
/// The reflector's two interfaces.
const IN: PortId = PortId(0);
const OUT: PortId = PortId(1);
/// An EtherType for local experiments, which no host stack answers.
const EXPERIMENT: [u8; 2] = [0x88, 0xb5];
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn in_a_user_namespace() {
    run_inside(libc::CLONE_NEWUSER | libc::CLONE_NEWNET, "user");
}

#[test]
fn in_a_plain_namespace_as_root() {
    run_inside(libc::CLONE_NEWNET, "root");
}

/// Runs [`inside`] in a child in new namespaces; says loudly if they are not permitted.
fn run_inside(namespaces: i32, how: &str) {
    if std::env::var_os(INSIDE).is_some() {
        return;
    }
    let uid = rustix::process::geteuid().as_raw();
    let map = format!("0 {uid} 1");
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "inside", "--nocapture", "--test-threads=1"]).env(INSIDE, how);
    // SAFETY: the closure runs between fork and exec; it makes system calls only and allocates nothing.
    unsafe {
        child.pre_exec(move || {
            if libc::unshare(namespaces) != 0 {
                return Err(std::io::Error::last_os_error());
            }
            if namespaces & libc::CLONE_NEWUSER == 0 {
                return Ok(());
            }
            let fd = libc::open(c"/proc/self/uid_map".as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
            let wrote = libc::write(fd, map.as_ptr().cast(), map.len());
            if wrote < 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
        });
    }
    match child.output() {
        Ok(output) => {
            print!("{}", String::from_utf8_lossy(&output.stdout));
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        }
        // Not by a macro of the standard library: the test harness would keep that to itself.
        Err(error) => writeln!(
            std::io::stderr().lock(),
            "\n*** LEFT OUT: ring_veth ({how}): no namespace may be made here: {error}. \
             Run it with: sudo -E cargo test --test ring_veth\n"
        )
        .unwrap(),
    }
}

/// Everything below happens in the namespace.
#[test]
fn inside() {
    let Ok(how) = std::env::var(INSIDE) else { return };
    let _ = std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1"); // less noise, where permitted
    let mut links = Links::new();
    for (one, other) in [("feed", "in"), ("drain", "out")] {
        links.add_pair(one, other);
    }
    let bed = &mut Bed::new(&links, &RingConfig::default());
    let small = bed.reflector.ring_mut(IN).unwrap().layout().has_small_slots();
    println!("{how}: {} slots", if small { "small" } else { "large" });
    if how == "user" {
        assert!(!small, "an unprivileged ring must not rely on copies");
    }

    small_frames(bed, 2000);
    super_frames(bed, 40);
    too_long_is_lost_alone(bed);
    nonsense_is_lost_alone(bed);
    down_and_up(bed, &mut links);
    deleted_and_made_again(bed, &mut links);
    overrun_is_counted_exactly(bed);
    if small {
        let config = RingConfig { oversize: Oversize::LargeSlots, ..RingConfig::default() };
        let bed = &mut Bed::new(&links, &config);
        super_frames(bed, 40);
    }
    refusals(&links);
    fan_out(&links);
}

/// A feeder and a drain on the outer ends, a reflector on the inner ends.
struct Bed {
    ends: PacketIo,
    reflector: PacketIo,
    wake: OwnedFd,
}

impl Bed {
    fn new(links: &Links, config: &RingConfig) -> Self {
        let open = |name| Some(RxRing::open(links.index(name), config, None).unwrap());
        Self {
            ends: PacketIo::new(vec![open("feed"), open("drain")]),
            reflector: PacketIo::new(vec![open("in"), open("out")]),
            wake: eventfd(0, EventfdFlags::CLOEXEC).unwrap(),
        }
    }

    /// One turn of the reflector, after a wait.
    fn reflect(&mut self) -> Turn {
        self.reflector.wait(self.wake.as_fd(), Duration::from_millis(10));
        self.reflector.turn(IN, 64, |frame, out| {
            if frame.meta.wire_len as usize == frame.bytes.len() && is_ours(frame.bytes) {
                out.emit(OUT, &frame.meta.vnet, &[], frame.bytes).unwrap();
            }
        })
    }

    /// Reflects until `count` of our frames have come out; returns them.
    fn collect(&mut self, count: usize) -> Vec<(VnetHeader, Vec<u8>)> {
        let mut got = Vec::new();
        let started = Instant::now();
        while got.len() < count {
            assert!(started.elapsed() < PATIENCE, "{} of {count} frames came out", got.len());
            let turn = self.reflect();
            assert_eq!(turn.flush.lost(), 0, "{turn:?}");
            self.ends.wait(self.wake.as_fd(), Duration::from_millis(1));
            self.ends.turn(DRAIN, 64, |frame, _| {
                if is_ours(frame.bytes) {
                    assert_eq!(frame.meta.wire_len as usize, frame.bytes.len());
                    got.push((frame.meta.vnet, frame.bytes.to_vec()));
                }
            });
        }
        got
    }

    fn feed(&mut self, frame: &[u8]) {
        assert_eq!(self.ends.send(FEED, &VnetHeader::default(), frame).sent, 1);
    }

    /// Waits until frames come out again, however often one has to be fed.
    fn flows_again(&mut self) {
        let started = Instant::now();
        loop {
            assert!(started.elapsed() < PATIENCE, "frames do not flow again");
            let fed = self.ends.send(FEED, &VnetHeader::default(), &numbered(7)).sent;
            let sent = self.reflect().flush.sent;
            self.ends.wait(self.wake.as_fd(), Duration::from_millis(10));
            let mut got = 0;
            self.ends.turn(DRAIN, 64, |frame, _| got += usize::from(is_ours(frame.bytes)));
            if fed > 0 && sent > 0 && got > 0 {
                break;
            }
        }
        for _ in 0..20 {
            self.reflect();
            self.ends.wait(self.wake.as_fd(), Duration::from_millis(1));
            self.ends.turn(DRAIN, 64, |_, _| {});
        }
    }
}

fn small_frames(bed: &mut Bed, count: u32) {
    for start in (0..count).step_by(50) {
        for number in start..start + 50 {
            bed.feed(&numbered(number));
        }
        for (number, (vnet, bytes)) in (start..).zip(bed.collect(50)) {
            assert_eq!(bytes, numbered(number));
            assert!(!vnet.is_super());
        }
    }
    assert_eq!(bed.reflector.kernel_drops() + bed.ends.kernel_drops(), 0);
    assert_eq!(bed.reflector.bad_slots(), 0);
}

fn super_frames(bed: &mut Bed, count: u8) {
    for number in 0..count {
        let (vnet, frame) = super_frame(number);
        assert_eq!(bed.ends.send(FEED, &vnet, &frame).sent, 1);
        bed.feed(&numbered(u32::from(number)));
        if number % 4 == 3 {
            for (index, (seen, bytes)) in (u32::from(number) * 2 - 6..).zip(bed.collect(8)) {
                let of = index / 2;
                if index % 2 == 1 {
                    assert_eq!(bytes, numbered(of));
                } else {
                    assert_eq!(bytes, super_frame(of as u8).1);
                    assert!(seen.is_super() && seen.is_partial());
                    assert_eq!((seen.gso_type, seen.gso_size), (vnet.gso_type, vnet.gso_size));
                    assert_eq!((seen.csum_start, seen.csum_offset), (vnet.csum_start, vnet.csum_offset));
                }
            }
        }
    }
}

fn too_long_is_lost_alone(bed: &mut Bed) {
    let report = bed.ends.send(FEED, &VnetHeader::default(), &ethernet(EXPERIMENT, &[0; 5000]));
    assert_eq!((report.sent, report.lost_too_long), (0, 1), "{report:?}");
    // In the midst of others: a reflector that makes the third of five too long.
    for number in 0..5 {
        bed.feed(&numbered(number));
    }
    let (mut seen, mut sent, mut lost, mut hit) = (0, 0, 0, 0);
    let started = Instant::now();
    while seen < 5 && started.elapsed() < PATIENCE {
        bed.reflector.wait(bed.wake.as_fd(), Duration::from_millis(10));
        let turn = bed.reflector.turn(IN, 64, |frame, out| {
            if is_ours(frame.bytes) {
                seen += 1;
                let body: &[u8] = if seen == 3 { &[0; 5000] } else { frame.bytes };
                out.emit(OUT, &frame.meta.vnet, &[0; 14], body).unwrap();
            }
        });
        sent += turn.flush.sent;
        lost += turn.flush.lost_too_long;
        hit += turn.flush.groups_hit();
    }
    assert_eq!((seen, sent, lost, hit), (5, 4, 1, 1));
    discard(bed);
}

fn nonsense_is_lost_alone(bed: &mut Bed) {
    let lie = VnetHeader { flags: VnetHeader::NEEDS_CSUM, csum_start: 60_000, ..VnetHeader::default() };
    let report = bed.ends.send(FEED, &lie, &numbered(1));
    assert_eq!((report.sent, report.lost_other), (0, 1), "{report:?}");
    bed.flows_again();
}

fn down_and_up(bed: &mut Bed, links: &mut Links) {
    links.set_up("out", false);
    let ready = bed.reflector.wait(bed.wake.as_fd(), PATIENCE);
    assert!(ready.failed.contains(OUT), "{ready:?}");
    assert_eq!(bed.reflector.trouble(OUT), Some(LinkTrouble::Down));
    no_spin(bed);
    bed.feed(&numbered(1));
    let turn = bed.reflect();
    assert_eq!((turn.flush.sent, turn.flush.lost_link_down), (0, 1), "{turn:?}");
    links.set_up("out", true);
    bed.flows_again();
}

fn deleted_and_made_again(bed: &mut Bed, links: &mut Links) {
    links.delete("out");
    let ready = bed.reflector.wait(bed.wake.as_fd(), PATIENCE);
    assert!(ready.failed.contains(OUT), "{ready:?}");
    assert_eq!(bed.reflector.trouble(OUT), Some(LinkTrouble::Gone));
    no_spin(bed);
    let report = bed.reflector.send(OUT, &VnetHeader::default(), &numbered(1));
    assert_eq!((report.sent, report.lost_link_down), (0, 1), "{report:?}");
    links.add_pair("drain", "out");
    // One by binding the old ring again, one by a new ring.
    bed.reflector.ring_mut(OUT).unwrap().rebind(links.index("out")).unwrap();
    let ring = RxRing::open(links.index("drain"), &RingConfig::default(), None).unwrap();
    bed.ends.replace(DRAIN, Some(ring));
    bed.flows_again();
}

/// After the trouble was told, waiting waits.
fn no_spin(bed: &mut Bed) {
    let quiet = (0..50).filter(|_| {
        let ready = bed.reflector.wait(bed.wake.as_fd(), Duration::from_millis(1));
        ready.frames.is_empty() && ready.failed.is_empty() && !ready.woken
    });
    assert!(quiet.count() >= 45, "the error wakes again and again");
}

fn overrun_is_counted_exactly(bed: &mut Bed) {
    discard(bed);
    let before = bed.reflector.ring_mut(IN).unwrap().kernel_counts();
    let fed = 4000;
    for number in 0..fed {
        bed.feed(&numbered(number));
    }
    std::thread::sleep(Duration::from_millis(50)); // the last soft interrupt
    let mut seen = 0;
    loop {
        let turn = bed.reflector.turn(IN, 64, |_, _| {});
        assert!(turn.frames <= 64);
        seen += turn.frames as u64;
        if turn.frames == 0 {
            break;
        }
    }
    let after = bed.reflector.ring_mut(IN).unwrap().kernel_counts();
    assert_eq!(after.0 - before.0, seen);
    assert_eq!(after.0 + after.1 - before.0 - before.1, u64::from(fed));
    assert!(after.1 > before.1, "the ring was meant to overflow");
    bed.flows_again();
}

fn refusals(links: &Links) {
    let config = RingConfig::default();
    assert!(matches!(RxRing::open(9999, &config, None), Err(RingError::NoSuchDevice { ifindex: 9999 })));
    assert!(matches!(RxRing::open(0, &config, None), Err(RingError::NoSuchDevice { .. })));
    let fanout = |mode| Some(Fanout { group: 3, mode });
    let one = RxRing::open(links.index("in"), &config, fanout(FanoutMode::Hash)).unwrap();
    let other = RxRing::open(links.index("out"), &config, fanout(FanoutMode::Cpu));
    assert!(matches!(other, Err(RingError::Option { option: "PACKET_FANOUT", .. })));
    drop(one);
}

fn fan_out(links: &Links) {
    let config = RingConfig::default();
    let feed = RxRing::open(links.index("feed"), &config, None).unwrap();
    let fanout = Some(Fanout { group: 9, mode: FanoutMode::Hash });
    let worker = || RxRing::open(links.index("in"), &config, fanout).unwrap();
    let mut rings = [worker(), worker()];
    assert!(matches!(rings[0].rebind(links.index("in")), Err(RingError::InFanout)));
    let mut io = PacketIo::new(vec![Some(feed)]);
    for port in 0..200u16 {
        assert_eq!(io.send(FEED, &VnetHeader::default(), &udp(port)).sent, 1);
    }
    let mut seen = [0, 0];
    let started = Instant::now();
    while seen[0] + seen[1] < 200 {
        assert!(started.elapsed() < PATIENCE, "{seen:?}");
        for (ring, seen) in rings.iter_mut().zip(&mut seen) {
            *seen += ring.sweep(64).frames().filter(|frame| is_ours(frame.bytes)).count();
        }
    }
    assert!(seen[0] > 20 && seen[1] > 20, "both workers get their share: {seen:?}");
    assert_eq!(seen[0] + seen[1], 200);
}

/// Empties every ring.
fn discard(bed: &mut Bed) {
    for _ in 0..100 {
        bed.reflector.turn(IN, 64, |_, _| {});
        bed.reflector.turn(OUT, 64, |_, _| {});
        bed.ends.turn(DRAIN, 64, |_, _| {});
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn is_ours(frame: &[u8]) -> bool {
    frame.get(..6) == Some(&[2, 0, 0, 0, 0, 9])
}

fn ethernet(kind: [u8; 2], payload: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8], &kind[..], payload].concat()
}

fn numbered(number: u32) -> Vec<u8> {
    let mut payload = [0x5a; 46];
    payload[..4].copy_from_slice(&number.to_be_bytes());
    ethernet(EXPERIMENT, &payload)
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = [0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    header[2..4].copy_from_slice(&u16::try_from(20 + payload.len()).unwrap().to_be_bytes());
    let sum: u32 = header.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    ethernet([8, 0], &[&header[..], payload].concat())
}

fn udp(port: u16) -> Vec<u8> {
    let mut datagram = [0; 26];
    datagram[..2].copy_from_slice(&(10_000 + port).to_be_bytes());
    datagram[2..6].copy_from_slice(&[0, 53, 0, 26]);
    ipv4(17, &datagram)
}

/// A TCP super-frame of 60 KB with an unfinished checksum, as a sender with segmentation offload makes it.
fn super_frame(number: u8) -> (VnetHeader, Vec<u8>) {
    let mut segment = vec![number; 20 + 60_000];
    segment[..20].copy_from_slice(&[0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0]);
    let vnet = VnetHeader {
        flags: VnetHeader::NEEDS_CSUM,
        gso_type: VnetHeader::GSO_TCPV4,
        hdr_len: 54,
        gso_size: 1448,
        csum_start: 34,
        csum_offset: 16,
    };
    (vnet, ipv4(6, &segment))
}

/// Links of this namespace, by a few rtnetlink messages written by hand.
struct Links {
    socket: Socket,
}

impl Links {
    const NEW: u16 = 16;
    const DELETE: u16 = 17;
    /// REQUEST | ACK.
    const ASK: u16 = 0x5;
    /// EXCL | CREATE.
    const CREATE: u16 = 0x600;

    fn new() -> Self {
        let mut socket = Socket::new(NETLINK_ROUTE).unwrap();
        socket.bind_auto().unwrap();
        Self { socket }
    }

    fn add_pair(&mut self, one: &str, other: &str) {
        let peer = attribute(1, &[info(0, 0, 0), attribute(3, &name(other))].concat());
        let kind = [attribute(1, b"veth"), attribute(2, &peer)].concat();
        let body = [info(0, 0, 0), attribute(3, &name(one)), attribute(18, &kind)].concat();
        self.ask(Self::NEW, Self::ASK | Self::CREATE, &body);
        self.set_up(one, true);
        self.set_up(other, true);
    }

    fn set_up(&mut self, link: &str, up: bool) {
        let body = info(self.index(link), u32::from(up), 1);
        self.ask(Self::NEW, Self::ASK, &body);
    }

    fn delete(&mut self, link: &str) {
        let body = info(self.index(link), 0, 0);
        self.ask(Self::DELETE, Self::ASK, &body);
    }

    fn index(&self, link: &str) -> u32 {
        rustix::net::netdevice::name_to_index(any_socket(), link).unwrap()
    }

    fn ask(&mut self, kind: u16, flags: u16, body: &[u8]) {
        let mut message = Vec::new();
        message.extend_from_slice(&u32::try_from(16 + body.len()).unwrap().to_ne_bytes());
        message.extend_from_slice(&kind.to_ne_bytes());
        message.extend_from_slice(&flags.to_ne_bytes());
        message.extend_from_slice(&[0; 8]);
        message.extend_from_slice(body);
        self.socket.send_to(&message, &SocketAddr::new(0, 0), 0).unwrap();
        let (answer, _) = self.socket.recv_from_full().unwrap();
        let errno = i32::from_ne_bytes(answer[16..20].try_into().unwrap());
        assert_eq!((answer[4], errno), (2, 0), "rtnetlink: {}", std::io::Error::from_raw_os_error(-errno));
    }
}

fn any_socket() -> OwnedFd {
    use rustix::net::{AddressFamily, SocketType, socket};
    socket(AddressFamily::INET, SocketType::DGRAM, None).unwrap()
}

fn name(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

/// struct ifinfomsg.
fn info(index: u32, flags: u32, change: u32) -> Vec<u8> {
    [[0; 4], index.to_ne_bytes(), flags.to_ne_bytes(), change.to_ne_bytes()].concat()
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let len = u16::try_from(4 + value.len()).unwrap();
    let mut bytes = [&len.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
