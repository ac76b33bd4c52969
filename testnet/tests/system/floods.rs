//! Floods at a running director, while a connection lives and others are to be opened: half-open and established ones,
//! datagrams, fragments, blind resets. The director holds no more than it was allowed to, says by name what it dropped,
//! and the connection goes on. Floods are counted, not timed: each batch is sent when the one before has been handled.

use crate::accounting::{frame, mac_of, put, sealed, tcp_at, wire};
use crate::load::Echo;
use crate::programs::run;
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};
use testnet::lesson::start_servers;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};
use ulvs::lvs::Mac;

/// What the director may hold.
const CONNECTIONS: usize = 10_000;
/// More than that.
const FLOOD: u32 = 15_000;
/// Bytes that a connection may cost.
const BYTES_EACH: usize = 160;
/// Bytes that fragments may take, and what an allocator and a busy program need besides.
const BYTES_BESIDES: usize = (4 << 20) + (24 << 20);
/// Frames that are sent at once.
const BATCH: u64 = 1000;
/// For what is sure to come.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub const ECHO: u16 = 7000;
const ONE_SIDED: u16 = 7001;
const DATAGRAMS: u16 = 7002;

pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;
pub const ACK: u8 = 0x10;

pub fn cases() -> Vec<Case> {
    [(Nat, 2), (DirectRoute, 1)]
        .map(|(method, workers)| {
            let options = vec!["--connections".to_owned(), CONNECTIONS.to_string()];
            let setup = Setup { workers, options, ..Setup::new(method, Family::V4) };
            case(format!("floods_{}", setup.name()), &["curl"], move || floods(&setup))
        })
        .into()
}

fn floods(setup: &Setup) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    let (_servers, _) = start_servers(&rig.lab, &rig.plan)?;
    let vip = rig.plan.service.ip();
    let echo_address = if setup.method == Nat { rig.plan.servers[0].rip } else { vip };
    let _echo = Echo::start(rig.lab.host("rs1")?, SocketAddr::new(echo_address, ECHO))?;
    rig.add_service("-t", rig.plan.service.port(), rig.plan.real_port, 2)?;
    rig.add_service("-t", ECHO, ECHO, 1)?;
    let scene = Scene::new(&rig, CONNECTIONS)?;
    let mut live = Live::open(&rig)?;
    live.speak()?;
    scene.request()?;
    let memory = scene.memory()?;

    let report = [
        half_open(&scene, &mut live)?,
        datagrams(&scene, &mut live)?,
        established(&scene, &mut live)?,
        fragments(&scene, &mut live)?,
        blind_resets(&scene, &mut live)?,
    ];
    let grown = scene.memory()?.saturating_sub(memory);
    let most = CONNECTIONS * BYTES_EACH + BYTES_BESIDES;
    ensure!(grown <= most, "{grown} bytes more than before, {most} are allowed");
    let account = rig.account()?;
    account.check()?;
    rig.stop()?;
    Ok(format!("{}\naccounting: {account}; {} KiB more than before", report.join("\n"), grown / 1024))
}

/// T2: SYNs from everywhere, to the service that others use. Half-open ones make room for whoever comes.
fn half_open(scene: &Scene, live: &mut Live) -> Result<String> {
    let before = scene.count("connections_ended{cause=\"table_full\"}")?;
    let target = scene.rig.plan.service;
    let syns = (0..FLOOD).map(|n| scene.frame(&tcp_at(source(n), target, SYN, n)));
    scene.flood(syns, || {
        live.speak()?;
        scene.request()
    })?;
    let held = scene.connections()?;
    ensure!(held > CONNECTIONS * 9 / 10, "no flood: {held} connections");
    let evicted = scene.count("connections_ended{cause=\"table_full\"}")? - before;
    ensure!(evicted > 0, "nobody made room");

    // The kernel's own defences, against what is left of it and what comes.
    scene.sysctl("drop_entry=3")?;
    scene.wait_for("connections_ended{cause=\"drop_entry\"}")?;
    scene.sysctl("drop_entry=0")?;
    scene.sysctl("drop_packet=3")?;
    scene.flood((0..100).map(|n| scene.frame(&tcp_at(source(FLOOD + n), target, SYN, n))), || Ok(()))?;
    scene.wait_for("frames_dropped{reason=\"defence\"}")?;
    scene.sysctl("drop_packet=0")?;
    live.speak()?;
    scene.request()?;
    Ok(format!("{FLOOD} SYNs: {evicted} half-open connections made room"))
}

/// T3: datagrams from everywhere. Nobody can tell them from honest ones: newcomers find the table full, those who are in
/// it go on; when the flood is over, others come in again.
fn datagrams(scene: &Scene, live: &mut Live) -> Result<String> {
    let full = "frames_dropped{reason=\"table_full\"}";
    let before = scene.count(full)?;
    scene.rig.add_service("-u", DATAGRAMS, DATAGRAMS, 2)?;
    let target = SocketAddr::new(scene.vip(), DATAGRAMS);
    scene.flood((0..FLOOD).map(|n| scene.frame(&udp(source(n), target))), || live.speak())?;
    let refused = scene.count(full)? - before;
    ensure!(refused > 0, "nobody was refused");
    scene.end_service("-u", DATAGRAMS, CONNECTIONS / 2)?;
    live.speak()?;
    scene.request()?;
    Ok(format!("{FLOOD} datagrams: {refused} found the table full"))
}

/// T3: whole handshakes of clients that are not there, with a director that sees the client's half only.
fn established(scene: &Scene, live: &mut Live) -> Result<String> {
    let flood = FLOOD / 3;
    scene.rig.add_service("-t", ONE_SIDED, ONE_SIDED, 2)?;
    let target = SocketAddr::new(scene.vip(), ONE_SIDED);
    let both = |n| [(SYN, n), (ACK, n + 1)].map(|(flags, seq)| tcp_at(source(n), target, flags, seq));
    let frames = (0..flood).flat_map(both).map(|packet| scene.frame(&packet));
    scene.flood(frames, || {
        live.speak()?;
        scene.request()
    })?;
    let held = scene.connections()?;
    scene.end_service("-t", ONE_SIDED, CONNECTIONS / 2)?;
    live.speak()?;
    scene.request()?;
    Ok(format!("{flood} handshakes of nobody: {held} connections"))
}

/// T5: first fragments without any other, from everywhere and from one source.
fn fragments(scene: &Scene, live: &mut Live) -> Result<String> {
    let dropped = "frames_dropped{reason=\"fragment_no_room\"}";
    let before = scene.count(dropped)?;
    let target = scene.rig.plan.service;
    let first = |n: u32| {
        let from = if n.is_multiple_of(2) { source(n) } else { source(1) };
        let mut packet = udp(from, target);
        packet.resize(1020, 0);
        packet[2..4].copy_from_slice(&1020_u16.to_be_bytes());
        packet[4..6].copy_from_slice(&(n as u16).to_be_bytes());
        packet[6] = 0x20;
        sealed(packet)
    };
    scene.flood((0..FLOOD / 2).map(|n| scene.frame(&first(n))), || {
        live.speak()?;
        scene.request()
    })?;
    let given_up = scene.count(dropped)? - before;
    ensure!(given_up > 0, "all of them found room");
    let held = scene.count("frames_held")?;
    ensure!(held < (4 << 20) / 1000, "{held} fragments wait");
    Ok(format!("{} first fragments: {given_up} given up, {held} wait", FLOOD / 2))
}

/// T6: resets with all sequence numbers, in steps of 65,536, at the one connection.
fn blind_resets(scene: &Scene, live: &mut Live) -> Result<String> {
    let before = scene.count("segments_doubted")?;
    let (from, to) = (live.stream.local_addr()?, live.stream.peer_addr()?);
    let resets = (0..1 << 16).map(|step: u32| scene.frame(&tcp_at(from, to, RST, (step << 16) + 4711)));
    scene.flood(resets, || Ok(()))?;
    let doubted = scene.count("segments_doubted")? - before;
    ensure!(doubted > 0, "no reset was doubted");
    // It has not spoken meanwhile: its state is what one reset that is believed makes of it.
    let listing = scene.rig.ipvsadm("-Lnc")?;
    let line = listing.lines().find(|line| line.contains(&from.to_string())).context("the connection")?;
    ensure!(line.contains("ESTABLISHED"), "{line}");
    live.speak()?;
    scene.request()?;
    Ok(format!("65536 blind resets: {doubted} doubted"))
}

/// Who is not there: of the benchmark's net (RFC 2544), which the lab has nobody in.
pub fn source(number: u32) -> SocketAddr {
    let addr = Ipv4Addr::from(0xc612_0000 + number % 0x1_0000);
    SocketAddr::new(addr.into(), 20_000 + (number / 0x1_0000) as u16)
}

/// A datagram without data or checksum.
fn udp(from: SocketAddr, to: SocketAddr) -> Vec<u8> {
    let (IpAddr::V4(from_addr), IpAddr::V4(to_addr)) = (from.ip(), to.ip()) else { return Vec::new() };
    let mut packet = vec![0x45, 0, 0, 28, 0, 1, 0, 0, 63, 17, 0, 0];
    packet.extend_from_slice(&from_addr.octets());
    packet.extend_from_slice(&to_addr.octets());
    packet.extend_from_slice(&from.port().to_be_bytes());
    packet.extend_from_slice(&to.port().to_be_bytes());
    packet.extend_from_slice(&[0, 8, 0, 0]);
    sealed(packet)
}

/// The rig and a wire into it.
pub struct Scene<'r> {
    pub rig: &'r Rig,
    /// What the director may hold.
    most: usize,
    pub wire: OwnedFd,
    director: Mac,
}

impl<'r> Scene<'r> {
    pub fn new(rig: &'r Rig, most: usize) -> Result<Self> {
        Ok(Self { rig, most, wire: wire(rig)?, director: mac_of(rig)? })
    }

    pub fn vip(&self) -> IpAddr {
        self.rig.plan.service.ip()
    }

    pub fn frame(&self, packet: &[u8]) -> Vec<u8> {
        frame(self.director, Mac([2, 0, 0, 0, 2, 1]), self.vip(), packet)
    }

    /// Sends all of it, in batches; does something else now and then; looks at the bound each time.
    pub fn flood(
        &self,
        frames: impl Iterator<Item = Vec<u8>>,
        mut now_and_then: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let mut sent = 0;
        for frame in frames {
            sent += put(&self.wire, &frame)? as u64;
            if sent % BATCH == 0 {
                self.come_to_rest()?;
            }
            if sent % (5 * BATCH) == 0 {
                now_and_then()?;
                let held = self.connections()?;
                ensure!(held <= self.most, "{held} connections");
            }
        }
        self.come_to_rest()
    }

    /// Waits until the director has seen what was sent.
    pub fn come_to_rest(&self) -> Result<()> {
        let begun = Instant::now();
        let mut last = self.count("frames_received")?;
        loop {
            std::thread::sleep(Duration::from_millis(5));
            let now = self.count("frames_received")?;
            if now == last || begun.elapsed() > PATIENCE {
                return Ok(());
            }
            last = now;
        }
    }

    pub fn count(&self, name: &str) -> Result<u64> {
        self.rig.counters()?.get(name).copied().with_context(|| format!("no counter {name}"))
    }

    fn wait_for(&self, name: &str) -> Result<()> {
        let begun = Instant::now();
        while self.count(name)? == 0 {
            ensure!(begun.elapsed() < PATIENCE, "{name} does not move");
        }
        Ok(())
    }

    pub fn connections(&self) -> Result<usize> {
        Ok(usize::try_from(self.rig.status()?["connections"].as_u64().context("connections")?)?)
    }

    /// Resident memory of the director in bytes.
    fn memory(&self) -> Result<usize> {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.rig.director.pid()))?;
        let pages: usize = text.split_whitespace().nth(1).context("statm")?.parse()?;
        Ok(pages * rustix::param::page_size())
    }

    pub fn sysctl(&self, setting: &str) -> Result<()> {
        let done = self.rig.director.output(self.rig.host()?, "ulvs", &["sysctl", setting])?;
        ensure!(done.status.success(), "{setting}");
        Ok(())
    }

    /// A request of a new client.
    pub fn request(&self) -> Result<()> {
        let url = format!("http://{}/", self.rig.plan.service);
        let args = ["-s", "-f", "-o", "/dev/null", "--max-time", "20", &url];
        run(self.rig.client()?, "curl", &args, PATIENCE).map(drop)
    }

    /// Ends a service and its connections, until no more than so many of all are left: they go one after the other, beside
    /// the frames, so that whoever counts before sees some of them still.
    pub fn end_service(&self, option: &str, port: u16, left: usize) -> Result<()> {
        self.sysctl("expire_nodest_conn=1")?;
        self.rig.ipvsadm(&format!("-D {option} {}", SocketAddr::new(self.vip(), port)))?;
        let begun = Instant::now();
        loop {
            let held = self.connections()?;
            if held <= left {
                break;
            }
            ensure!(begun.elapsed() < PATIENCE, "{held} connections stay");
        }
        self.sysctl("expire_nodest_conn=0")
    }
}

/// The connection that goes on.
pub struct Live {
    stream: TcpStream,
    said: u64,
}

impl Live {
    pub fn open(rig: &Rig) -> Result<Self> {
        let target = SocketAddr::new(rig.plan.service.ip(), ECHO);
        let stream = rig.client()?.run(|| TcpStream::connect_timeout(&target, PATIENCE))??;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, said: 0 })
    }

    /// Its client's end.
    pub fn local(&self) -> Result<SocketAddr> {
        Ok(self.stream.local_addr()?)
    }

    /// Says something and hears the echo.
    pub fn speak(&mut self) -> Result<()> {
        self.said += 1;
        self.stream.write_all(&self.said.to_be_bytes()).context("the live connection")?;
        let mut heard = [0; 8];
        self.stream.read_exact(&mut heard).context("the live connection")?;
        ensure!(heard == self.said.to_be_bytes(), "an echo of something else");
        Ok(())
    }
}
