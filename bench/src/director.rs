//! The director within one thread of this program: its control plane beside, its path of a frame in the thread that makes
//! the load, so that both can be measured together on one core.

use crate::bed::Bed;
use crate::forward::open_rings;
use crate::process::CLAIMED;
use crate::scenario::SERVICES;
use anyhow::{Context, Result, bail, ensure};
use crossbeam_channel::{Sender, bounded, unbounded};
use std::net::IpAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::control::command::{Intent, Reply, Request};
use ulvs::control::effect::{ClaimPlan, ClaimReport, DoorNames, DoorPlan, Effect};
use ulvs::control::{Board, Event, Keeper, Outside};
use ulvs::director::{Director, Memory, look_ahead};
use ulvs::frame::packet::{Ahead, PacketIo};
use ulvs::host::hands::{Hands, Report};
use ulvs::host::watch::Watch;
use ulvs::lvs::{Endpoint, ForwardingMethod, PortId, RealServerSpec, SchedulerName, ServiceKey, ServiceSpec};
use ulvs::ring::RxRing;

/// As the worker's.
const SWEEP: usize = 64;
/// How long the keeper may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Keeper and watch of a director with its services added and its traffic claimed.
pub struct Control {
    board: Arc<Board>,
    events: Sender<Event>,
    keeper: Option<JoinHandle<()>>,
    _watch: Watch,
}

/// What the keeper may do to the world of the bed: install the claim, at once, so that it stands when a request is
/// answered. Links never change there, and every neighbour is permanent.
struct BedOutside(Hands);

impl Outside for BedOutside {
    fn claim(&mut self, plan: ClaimPlan) -> Vec<ClaimReport> {
        match self.0.carry_out(Effect::Claim(plan)) {
            Some(Report::Claimed(reports)) => reports,
            _ => Vec::new(),
        }
    }
    fn door(&mut self, plan: DoorPlan) -> bool {
        self.0.carry_out(Effect::Door(plan)) == Some(Report::Door(true))
    }
    fn effect(&mut self, effect: Effect) {
        self.0.carry_out(effect);
    }
    fn wake_workers(&mut self) {}
    fn free_pages(&mut self) -> Option<u64> {
        None
    }
    fn announce(&mut self, _: PortId, _: &[IpAddr]) {}
    fn reopen(&mut self, _: PortId, _: u32) {}
    fn close(&mut self, _: PortId) {}
}

impl Control {
    /// Starts it for so many workers, with one service of each kind that the measurements use, all by one method.
    ///
    /// # Errors
    /// Names what could not be had, or what the director refused.
    pub fn start(bed: &Bed, method: ForwardingMethod, workers: usize) -> Result<Self> {
        let ports = bed.director_ports()?;
        // All of it inside: threads are born in the namespace of the one that starts them.
        bed.director()?.run(|| Self::start_here(&ports, method, workers))?
    }

    fn start_here(ports: &[(String, u32)], method: ForwardingMethod, workers: usize) -> Result<Self> {
        let conns = ConnTable::new(ConnConfig { huge_pages: true, ..ConnConfig::default() })?;
        let board = Arc::new(Board::new(conns, workers));
        let (events, inbox) = unbounded();
        let (facts_in, facts) = bounded(1024);
        let watch = Watch::start(facts_in)?;
        let door = DoorNames::of(ports.first().map_or(0, |(_, ifindex)| *ifindex));
        let mut keeper =
            Keeper::new(Arc::clone(&board), ports, door.clone(), None, BedOutside(Hands::open(door)?));
        keeper.begin(&facts, Some(&services(method)?), false)?;
        let keeper = std::thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || drop(keeper.run(&inbox, &facts)))?;
        let control = Self { board, events, keeper: Some(keeper), _watch: watch };
        control.check_claim()?;
        Ok(control)
    }

    fn ask(&self, request: Request) -> Result<Reply> {
        let (answer, answered) = bounded(1);
        self.events.send(Event::Request(Box::new(request), answer)).context("the keeper ended")?;
        answered.recv_timeout(PATIENCE).context("the keeper does not answer")
    }

    /// Without the claim every packet would be the host's too.
    fn check_claim(&self) -> Result<()> {
        let Reply::Status(status) = self.ask(Request::Status)? else { bail!("the keeper has no status") };
        for interface in &status.interfaces {
            ensure!(interface.claim == CLAIMED, "{}: claim: {}", interface.name, interface.claim);
        }
        Ok(())
    }
}

/// The services of the measurements, each with one real server by this method.
fn services(method: ForwardingMethod) -> Result<Intent> {
    let mut intent = Intent::default();
    for (protocol, virt, rip, port) in SERVICES {
        let endpoint = |addr| Endpoint::new(IpAddr::V4(addr), port);
        let key = ServiceKey::Tuple { protocol, virt: endpoint(virt) };
        let spec = ServiceSpec { scheduler: SchedulerName::new("rr")?, ..ServiceSpec::new(key) };
        let server = RealServerSpec { method, ..RealServerSpec::new(endpoint(rip)) };
        intent.services.insert(key, (spec, vec![server]));
    }
    Ok(intent)
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Stop);
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }
}

/// The director's path of a frame in the calling thread: the same rings and the same [`Director::handle`] as in a
/// worker, so that load and forwarding can be measured together on one core.
pub struct InlineDirector {
    control: Arc<Control>,
    number: usize,
    io: PacketIo,
    memory: Memory,
}

impl InlineDirector {
    /// Opens one with rings of its own.
    ///
    /// # Errors
    /// No rings.
    pub fn open(bed: &Bed, control: Control) -> Result<Self> {
        let rings = open_rings(bed, 1)?.pop().context("a ring for the worker")?;
        Ok(Self::new(Arc::new(control), 0, rings))
    }

    /// The worker of this number, with these rings.
    pub fn new(control: Arc<Control>, number: usize, rings: Vec<Option<RxRing>>) -> Self {
        let mut memory = Memory { dice: 1 + number as u64, ..Memory::default() };
        memory.tally.fit(&control.board.snapshot.load());
        Self { control, number, io: PacketIo::new(rings).coalesce(true), memory }
    }

    /// Connections that it knows.
    pub fn connections(&self) -> u64 {
        self.control.board.conns.len() as u64
    }

    /// Handles and sends on what is there now; returns how many frames.
    pub fn turn(&mut self) -> usize {
        let Self { control, number, io, memory } = self;
        let board = &control.board;
        let view = board.snapshot.load();
        let now = board.now();
        let mut frames = 0;
        for port in [PortId(0), PortId(1)] {
            let ahead = |sweep: Ahead<'_>| match sweep {
                Ahead::Ring(sweep) => look_ahead(&view, &board.conns, sweep.peek()),
                Ahead::Express(sweep) => look_ahead(&view, &board.conns, sweep.peek()),
            };
            let turn = io.turn_ahead(port, SWEEP, ahead, |frame, out| {
                memory.tally.receive();
                let verdict = Director { now, view: &view, conns: &board.conns, memory }.handle(frame, out);
                memory.tally.count(verdict);
            });
            frames += turn.frames;
        }
        if frames > 0
            && let Some(worker) = board.workers.get(*number)
        {
            memory.tally.publish(&view, &worker.tally);
        }
        frames
    }
}
