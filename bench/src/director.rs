//! The director on its host: the control plane and the workers that `ulvs run` has, in this process.

use crate::bed::{Bed, RIP, RIP_SINK, VIP, VIP_SINK};
use crate::forward::open_rings;
use crate::latency::ECHO_PORT;
use crate::load::SINK_PORT;
use crate::tcp::BULK_PORT;
use anyhow::{Context, Result, bail, ensure};
use crossbeam_channel::{Sender, bounded, unbounded};
use std::net::IpAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::control::command::{Intent, Reply, Request};
use ulvs::control::effect::Effect;
use ulvs::control::{Board, Event, Keeper, Outside};
use ulvs::director::{Director, Memory};
use ulvs::frame::packet::PacketIo;
use ulvs::host::hands::Hands;
use ulvs::host::watch::Watch;
use ulvs::lvs::{
    Endpoint, ForwardingMethod, PortId, Protocol, RealServerSpec, SchedulerName, ServiceKey, ServiceSpec,
};
use ulvs::ring::{FanoutMode, RingConfig};
use ulvs::worker::{Crew, CrewConfig};

/// As the worker's.
const SWEEP: usize = 64;
/// What the status says of an interface whose claim stands.
const CLAIMED: &str = "nftables ingress drop, verified";
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
struct BedOutside {
    hands: Hands,
    reports: Sender<Event>,
}

impl Outside for BedOutside {
    fn effect(&mut self, effect: Effect) {
        let reports = self.hands.carry_out(effect);
        // The keeper itself is the receiver.
        let _ = self.reports.send(Event::Claimed(reports));
    }
    fn wake_workers(&mut self) {}
    fn announce(&mut self, _: PortId, _: &[IpAddr]) {}
    fn reopen(&mut self, _: PortId, _: u32) {}
    fn close(&mut self, _: PortId) {}
}

impl Control {
    /// Starts it with one service of each kind that the measurements use, all by one method.
    ///
    /// # Errors
    /// Names what could not be had, or what the director refused.
    pub fn start(bed: &Bed, method: ForwardingMethod) -> Result<Self> {
        let ports = bed.director_ports()?;
        // All of it inside: threads are born in the namespace of the one that starts them.
        bed.director()?.run(|| Self::start_here(&ports, method))?
    }

    fn start_here(ports: &[(String, u32)], method: ForwardingMethod) -> Result<Self> {
        let board = Arc::new(Board::new(ConnTable::new(ConnConfig::default()), 1));
        let (events, inbox) = unbounded();
        let (facts_in, facts) = bounded(1024);
        let watch = Watch::start(facts_in)?;
        let outside = BedOutside { hands: Hands::open()?, reports: events.clone() };
        let mut keeper = Keeper::new(Arc::clone(&board), ports, None, outside);
        ensure!(keeper.learn_the_host(&facts), "the host's links and routes are not to be had");
        let keeper = std::thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || keeper.run(&inbox, &facts))?;
        let control = Self { board, events, keeper: Some(keeper), _watch: watch };
        match control.ask(Request::Replace(services(method)?))? {
            Reply::Changes(_) => {}
            other => bail!("the director refused its services: {other:?}"),
        }
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

    /// Starts one pinned worker: the director as it runs in production.
    ///
    /// # Errors
    /// No rings or no thread.
    pub fn start_worker(&self, bed: &Bed, cpu: usize) -> Result<CrewAtWork> {
        let config = CrewConfig {
            ifindices: bed.director_ports()?.map(|(_, ifindex)| ifindex).into(),
            cpus: vec![Some(cpu)],
            ring: RingConfig::default(),
            fanout: FanoutMode::Hash,
        };
        let crew = bed.director()?.run(|| Crew::start(config, &self.board, &self.events, || {}))??;
        Ok(CrewAtWork(Some(crew)))
    }
}

/// The services of the measurements, each with one real server by this method.
fn services(method: ForwardingMethod) -> Result<Intent> {
    let mut intent = Intent::default();
    for (protocol, virt, rip, port) in [
        (Protocol::Udp, VIP_SINK, RIP_SINK, SINK_PORT),
        (Protocol::Udp, VIP, RIP, ECHO_PORT),
        (Protocol::Tcp, VIP, RIP, BULK_PORT),
    ] {
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

/// A worker that is stopped when this is dropped.
pub struct CrewAtWork(Option<Crew>);

impl Drop for CrewAtWork {
    fn drop(&mut self) {
        if let Some(crew) = self.0.take() {
            crew.stop();
        }
    }
}

/// The director's path of a frame in the calling thread: the same rings and the same [`Director::handle`] as in a
/// worker, so that load and forwarding can be measured together on one core.
pub struct InlineDirector {
    control: Control,
    io: PacketIo,
    memory: Memory,
}

impl InlineDirector {
    /// Opens its rings.
    ///
    /// # Errors
    /// No rings.
    pub fn open(bed: &Bed, control: Control) -> Result<Self> {
        let io = PacketIo::new(open_rings(bed)?);
        let mut memory = Memory { dice: 1, ..Memory::default() };
        memory.tally.fit(&control.board.snapshot.load());
        Ok(Self { control, io, memory })
    }

    /// Handles and sends on what is there now; returns how many frames.
    pub fn turn(&mut self) -> usize {
        let Self { control: Control { board, .. }, io, memory } = self;
        let view = board.snapshot.load();
        let now = board.now();
        let mut frames = 0;
        for port in [PortId(0), PortId(1)] {
            let turn = io.turn(port, SWEEP, |frame, out| {
                memory.tally.receive();
                let verdict = Director { now, view: &view, conns: &board.conns, memory }.handle(frame, out);
                memory.tally.count(verdict);
            });
            frames += turn.frames;
        }
        if frames > 0
            && let Some(worker) = board.workers.first()
        {
            memory.tally.publish(&view, &worker.tally);
        }
        frames
    }

    /// Closes the rings; the control plane goes on.
    pub fn into_control(self) -> Control {
        self.control
    }
}
