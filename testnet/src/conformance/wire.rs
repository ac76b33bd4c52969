//! A cable between a scenario and the director in this process: its frames come in and go out by the real rings and
//! sockets, over a veth pair in a network namespace of the calling thread's own.

use super::rig;
use anyhow::{Context, Result, ensure};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use ulvs::frame::packet::{PacketIo, TxSet};
use ulvs::frame::{Frame, VnetHeader};
use ulvs::host::links::{LinkChange, Links, VethEnd};
use ulvs::host::netns;
use ulvs::lvs::PortId;
use ulvs::ring::{FanoutMode, RingConfig, RxRing};
use ulvs::worker::{ExpressWay, Intake, IntakeWish, Profile, Wake, wait};

const ONE: PortId = PortId(0);
/// Room for the longest frames of scenarios; native XDP on veth takes no more than some 3500.
const MTU: u32 = 3500;
const ETHERNET: usize = 14;
const PATIENCE: Duration = Duration::from_secs(3);
/// How long one worker is waited for before the next one: a frame is there as soon as it is sent.
const GLANCE: Duration = Duration::from_micros(100);

/// How scenarios' frames come to the director.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Io {
    /// From memory: no network, no root.
    #[default]
    Memory,
    /// By packet rings.
    Packet,
    /// By AF_XDP what the program leads there, the rest by packet rings.
    AfXdp,
}

/// What workers are tuned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Tuning {
    /// As `ulvs run --profile latency`.
    #[default]
    Latency,
    /// As `ulvs run --profile pps`.
    Pps,
}

/// By which way scenarios' frames come, and to how many workers.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Way {
    /// How frames come and go: all but memory needs root.
    #[arg(long, value_enum, value_name = "WAY", default_value = "memory")]
    pub io: Io,
    /// What workers are tuned for; not for frames from memory.
    #[arg(long, value_enum, value_name = "PROFILE", default_value = "latency")]
    pub profile: Tuning,
    /// Workers that share the frames, by the client; not for frames from memory.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    pub workers: u8,
    /// Keep frames that do not concern the director out of the rings.
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub filter: bool,
    /// Join frames of one flow that leave together.
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub coalesce: bool,
}

impl Default for Way {
    fn default() -> Self {
        let (io, profile) = (Io::Memory, Tuning::Latency);
        Self { io, profile, workers: 1, filter: true, coalesce: true }
    }
}

/// Frames that went over cables so far: by AF_XDP, by the ring, and those that the filter refused.
static CARRIED: [AtomicU64; 3] = [AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0)];

/// The cable, with both ends.
pub struct Wire {
    gate: PacketIo,
    /// One for each worker.
    directors: Vec<PacketIo>,
    wake: Wake,
    spin: Duration,
    /// What stands before the rings, shared with the keeper's outside.
    pub intake: Arc<Mutex<Intake>>,
    /// What leads frames to AF_XDP, shared with the keeper's outside.
    pub express: Option<Arc<Mutex<ExpressWay>>>,
}

impl Wire {
    /// Lays it, in a new network namespace that the calling thread enters for good.
    ///
    /// # Errors
    /// No privilege, no veth; or no AF_XDP where that is wanted.
    pub fn lay(way: &Way) -> Result<Self> {
        netns::unshare_net().context("a network namespace (run as root)")?;
        for whose in ["all", "default"] {
            // Where there is no IPv6 nobody speaks unasked.
            let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{whose}/disable_ipv6"), "1");
        }
        let mut links = Links::open()?;
        let end = |name, mac| VethEnd { name, mac: Some(mac), netns: None };
        links.add_veth(&end("vec0", rig::DIRECTOR), &end("gate0", rig::GATEWAY))?;
        let up = LinkChange { up: Some(true), mtu: Some(MTU), ..LinkChange::default() };
        let (here, there) = (links.find("vec0")?.ifindex, links.find("gate0")?.ifindex);
        links.change(here, &up)?;
        links.change(there, &up)?;
        let config = RingConfig { ring_len: 1 << 20, ..RingConfig::default() };
        let gate = PacketIo::new(vec![Some(RxRing::open(there, &config, None)?)]);
        let profile = match way.profile {
            Tuning::Latency => Profile::Latency,
            Tuning::Pps => Profile::Pps,
        };
        let workers = usize::from(way.workers);
        let intake =
            Intake::load(IntakeWish { workers, fanout: FanoutMode::Client, filter: way.filter, shed: true });
        let told = intake.status();
        ensure!(!way.filter || told.filter == "on", "no filter: {}", told.filter);
        ensure!(workers == 1 || told.fanout == "client", "no fan-out by client: {}", told.fanout);
        let config = RingConfig { ring_len: profile.ring_len(), ..RingConfig::default() };
        let rings = intake.open(&config, here, false)?;
        let rings = rings.into_iter().map(|ring| PacketIo::new(vec![Some(ring)]).coalesce(way.coalesce));
        let mut directors: Vec<PacketIo> = rings.collect();
        let mut express = None;
        if way.io == Io::AfXdp {
            let mut way = ExpressWay::load(1, MTU)?;
            let sockets = way.open(ONE, here, workers);
            ensure!(sockets.iter().any(Option::is_some), "no AF_XDP: {}", way.describe(ONE));
            for (director, socket) in directors.iter_mut().zip(sockets) {
                if let Some(socket) = socket {
                    director.add_express(ONE, socket);
                }
            }
            express = Some(Arc::new(Mutex::new(way)));
        }
        wait_running(&mut links)?;
        let (wake, intake) = (Wake::new()?, Arc::new(Mutex::new(intake)));
        let mut wire = Self { gate, directors, wake, spin: profile.spin(), intake, express };
        wire.prove()?;
        Ok(wire)
    }

    /// Sends a frame that means nothing until one has come through each way: for a moment after a link runs, the kernel
    /// still drops what is sent by it.
    fn prove(&mut self) -> Result<()> {
        let probe = [&rig::DIRECTOR.0[..], &rig::GATEWAY.0[..], &[0x88, 0xb5], &[0; 46]].concat();
        let deadline = Instant::now() + PATIENCE;
        let (mut inward, mut outward) = (0, 0);
        // Both have come through, and nothing that was sent is still on its way.
        while inward == 0 || outward == 0 {
            ensure!(Instant::now() < deadline, "no frame comes through: {inward} inward, {outward} outward");
            if let Some(director) = self.directors.first_mut().filter(|_| outward == 0) {
                director.send(ONE, &VnetHeader::default(), &probe);
            }
            if inward == 0 {
                self.gate.send(ONE, &VnetHeader::default(), &probe);
            }
            std::thread::sleep(Duration::from_millis(5));
            outward += self.gate.turn(ONE, 64, |_, _| {}).frames;
            for director in &mut self.directors {
                inward += director.turn(ONE, 64, |_, _| {}).frames;
            }
        }
        std::thread::sleep(Duration::from_millis(20));
        self.gate.turn(ONE, 64, |_, _| {});
        for director in &mut self.directors {
            director.turn(ONE, 64, |_, _| {});
        }
        Ok(())
    }

    /// True if a frame of that length can be carried.
    pub fn carries(frame: &[u8]) -> bool {
        (ETHERNET..=ETHERNET + MTU as usize).contains(&frame.len())
    }

    /// Sends one frame to the director's end, shows what arrives there to `each` with the worker that it came to, and
    /// returns what comes back from it; `None` if the filter refused the frame.
    ///
    /// # Errors
    /// It did not arrive, or what was sent did not come back, in time.
    pub fn carry(
        &mut self,
        frame: &[u8],
        mut each: impl for<'f> FnMut(usize, Frame<'f>, &mut TxSet<'_, 'f>),
    ) -> Result<Option<Vec<Vec<u8>>>> {
        let refused = self.refused();
        let sent = self.gate.send(ONE, &VnetHeader::default(), frame);
        ensure!(sent.sent == 1, "a frame of {} bytes could not be sent: {sent:?}", frame.len());
        let deadline = Instant::now() + PATIENCE;
        let turn = 'arrived: loop {
            for (worker, io) in self.directors.iter_mut().enumerate() {
                wait(io, self.wake.as_fd(), GLANCE, self.spin);
                let turn = io.turn(ONE, 1, |frame, out| each(worker, frame, out));
                if turn.frames > 0 {
                    break 'arrived turn;
                }
            }
            if self.refused() > refused {
                CARRIED[2].fetch_add(1, Relaxed);
                return Ok(None);
            }
            ensure!(Instant::now() < deadline, "a frame of {} bytes did not arrive", frame.len());
        };
        if let Some(carried) = CARRIED.get(usize::from(!turn.is_express)) {
            carried.fetch_add(1, Relaxed);
        }
        ensure!(turn.flush.lost() == 0, "the kernel did not send an answer: {:?}", turn.flush);
        let mut back: Vec<Vec<u8>> = Vec::new();
        while back.len() < turn.flush.sent as usize {
            self.gate.wait(self.wake.as_fd(), PATIENCE);
            self.gate.turn(ONE, 64, |frame, _| back.push(frame.bytes.to_vec()));
            ensure!(Instant::now() < deadline, "{} of {} answers came back", back.len(), turn.flush.sent);
        }
        Ok(Some(back))
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.directors.len()
    }

    /// Frames that the filter has refused.
    fn refused(&self) -> u64 {
        self.intake.lock().unwrap_or_else(PoisonError::into_inner).status().frames_filtered
    }
}

/// How many frames went over cables by AF_XDP, how many by the ring, and how many the filter refused.
pub fn carried() -> [u64; 3] {
    [&CARRIED[0], &CARRIED[1], &CARRIED[2]].map(|count| count.load(Relaxed))
}

/// The kernel tells of carrier a moment after a link is up, sometimes only at the next full second.
fn wait_running(links: &mut Links) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !links.list()?.iter().all(|link| link.running || link.name == "lo") {
        ensure!(Instant::now() < deadline, "a link stays without carrier");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
