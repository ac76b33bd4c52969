//! Starts workers and passes them their orders.

use super::express::ExpressWay;
use super::intake::Intake;
use super::turn::{Order, Worker};
use super::wake::Wake;
use crate::control::command::IntakeStatus;
use crate::control::effect::ClaimPlan;
use crate::control::{Board, Event};
use crate::frame::packet::PacketIo;
use crate::frame::xdp::Express;
use crate::lvs::PortId;
use crate::ring::{RingConfig, RingError, RxRing};
use core_affinity::CoreId;
use crossbeam_channel::{Sender, bounded};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Orders that a worker may have before it looks: it looks every turn.
const MAILBOX: usize = 256;

/// How a crew is to be made.
#[derive(Clone, Debug)]
pub struct CrewConfig {
    /// Link indices of the director's interfaces, in the order of their [`PortId`]s.
    pub ifindices: Vec<u32>,
    /// CPU of each worker; `None`: not pinned.
    pub cpus: Vec<Option<usize>>,
    /// Shape of the rings.
    pub ring: RingConfig,
    /// How long a worker that has just had frames looks for more before it sleeps.
    pub spin: Duration,
    /// What it is tuned for, in a word.
    pub profile: &'static str,
    /// Join frames of one flow that leave together ([`PacketIo::coalesce`]).
    pub coalesce: bool,
}

/// Why a crew could not start.
#[derive(Debug, thiserror::Error)]
pub enum CrewError {
    /// A ring could not be opened.
    #[error("interface {ifindex}: {source}")]
    Ring {
        /// The link.
        ifindex: u32,
        /// Why.
        source: RingError,
    },
    /// A thread or an eventfd could not be made.
    #[error("starting a worker: {0}")]
    Thread(#[from] io::Error),
}

/// The workers of a director.
#[derive(Debug)]
pub struct Crew {
    config: CrewConfig,
    /// What stands before the rings.
    intake: Intake,
    /// AF_XDP, if it is wanted and can be had.
    express: Option<ExpressWay>,
    mailboxes: Vec<Sender<Order>>,
    wakes: Vec<Wake>,
    threads: Vec<JoinHandle<()>>,
}

impl Crew {
    /// Opens all rings behind `intake`, which is made for as many workers, and beside them what `express` has, and starts
    /// one pinned thread per CPU given. `settle_in` runs first in each of them (it gives up privileges).
    ///
    /// # Errors
    /// A ring, an eventfd or a thread could not be had; nothing is left running then.
    pub fn start(
        config: CrewConfig,
        intake: Intake,
        mut express: Option<ExpressWay>,
        board: &Arc<Board>,
        events: &Sender<Event>,
        settle_in: impl Fn() + Send + Clone + 'static,
    ) -> Result<Self, CrewError> {
        let workers = config.cpus.len();
        let mut rings: Vec<Vec<Option<RxRing>>> = (0..workers).map(|_| Vec::new()).collect();
        for ifindex in &config.ifindices {
            let opened = open_rings(&config, &intake, *ifindex, false)?;
            for (mine, ring) in rings.iter_mut().zip(opened) {
                mine.push(Some(ring));
            }
        }
        let mut sockets: Vec<Vec<Option<Express>>> = (0..workers).map(|_| Vec::new()).collect();
        if let Some(way) = &mut express {
            for (port, ifindex) in (0..).map(PortId).zip(&config.ifindices) {
                for (mine, socket) in sockets.iter_mut().zip(way.open(port, *ifindex, workers)) {
                    mine.push(socket);
                }
            }
        }
        let mut crew =
            Self { config, intake, express, mailboxes: Vec::new(), wakes: Vec::new(), threads: Vec::new() };
        for (number, (rings, sockets)) in rings.into_iter().zip(sockets).enumerate() {
            let mut io = PacketIo::new(rings).coalesce(crew.config.coalesce);
            for (port, socket) in (0..).map(PortId).zip(sockets) {
                if let Some(socket) = socket {
                    io.add_express(port, socket);
                }
            }
            let (mailbox, orders) = bounded(MAILBOX);
            let wake = Wake::new()?;
            let worker = Worker::new(number, board.clone(), io, orders, wake.clone(), events.clone())
                .looking(crew.config.spin)
                .shedding(crew.intake.valve(number));
            let cpu = crew.config.cpus.get(number).copied().flatten();
            let settle_in = settle_in.clone();
            let thread =
                std::thread::Builder::new().name(format!("ulvs-worker-{number}")).spawn(move || {
                    let pinned = cpu.filter(|id| core_affinity::set_for_current(CoreId { id: *id }));
                    settle_in();
                    worker.run(pinned);
                })?;
            crew.mailboxes.push(mailbox);
            crew.wakes.push(wake);
            crew.threads.push(thread);
        }
        Ok(crew)
    }

    /// Lets every worker look at the snapshot and its mailbox.
    pub fn wake(&self) {
        self.wakes.iter().for_each(Wake::ring);
    }

    /// One worker tells an interface's neighbours that these VIPs are here.
    pub fn announce(&self, port: PortId, vips: &[IpAddr]) {
        self.order_first(Order::Announce(port, vips.to_vec()));
    }

    /// What is claimed is let in, from now on, and what was still is.
    pub fn admit(&mut self, plan: &ClaimPlan) {
        self.intake.widen(plan);
    }

    /// Workers go by the last claim: no more than that needs to be let in.
    pub fn admit_no_more(&mut self) {
        self.intake.narrow();
    }

    /// To be called once a second: what is happening before the rings goes to the log.
    pub fn tell(&mut self) {
        self.intake.tell_of_shedding();
    }

    /// How frames come.
    pub fn intake(&self) -> IntakeStatus {
        IntakeStatus { profile: self.config.profile.to_owned(), ..self.intake.status() }
    }

    /// What is claimed also takes the fast way, from now on.
    pub fn steer(&mut self, plan: &ClaimPlan) {
        if let Some(express) = &mut self.express {
            express.follow(plan);
        }
    }

    /// By which way the frames of an interface come.
    pub fn io(&self, port: PortId) -> String {
        self.express.as_ref().map_or_else(|| ExpressWay::NONE.to_owned(), |express| express.describe(port))
    }

    /// All workers let go of an interface.
    pub fn close(&mut self, port: PortId) {
        if let Some(express) = &mut self.express {
            express.close(port);
        }
        self.order_all(|| Order::Replace(port, None));
    }

    /// All workers get new rings on a link that came back.
    ///
    /// # Errors
    /// A ring could not be opened; the interface stays closed.
    pub fn reopen(&mut self, port: PortId, ifindex: u32) -> Result<(), CrewError> {
        let is_door = port.index() >= self.config.ifindices.len();
        let mut rings = open_rings(&self.config, &self.intake, ifindex, is_door)?.into_iter();
        let workers = self.config.cpus.len();
        let sockets = self.express.as_mut().map(|express| express.open(port, ifindex, workers));
        let mut sockets = sockets.into_iter().flatten();
        self.order_all(|| {
            let socket = sockets.next().flatten();
            Order::Replace(port, rings.next().map(|ring| Box::new((ring, socket))))
        });
        Ok(())
    }

    /// Ends all workers after their current turn and waits for them.
    pub fn stop(self) {
        self.order_all(|| Order::Stop);
        for thread in self.threads {
            let _ = thread.join();
        }
    }

    fn order_first(&self, order: Order) {
        if let (Some(mailbox), Some(wake)) = (self.mailboxes.first(), self.wakes.first()) {
            let _ = mailbox.send(order);
            wake.ring();
        }
    }

    fn order_all(&self, mut order: impl FnMut() -> Order) {
        for (mailbox, wake) in self.mailboxes.iter().zip(&self.wakes) {
            let _ = mailbox.send(order());
            wake.ring();
        }
    }
}

fn open_rings(
    config: &CrewConfig,
    intake: &Intake,
    ifindex: u32,
    is_door: bool,
) -> Result<Vec<RxRing>, CrewError> {
    intake.open(&config.ring, ifindex, is_door).map_err(|source| CrewError::Ring { ifindex, source })
}
