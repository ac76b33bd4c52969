//! What `ulvs status` shows: a look at everything, that changes nothing.

use super::command::{IntakeStatus, InterfaceStatus, Status, WorkerStatus};
use super::tables::Tables;
use super::world::World;
use super::{Board, WorkerBoard};
use crate::director::{CATALOGUE, NOTICES};
use crate::lvs::PortId;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::Ordering::Relaxed;

/// The whole state of the director.
pub(super) fn status(
    board: &Board,
    world: &World,
    tables: &Tables,
    claims: &BTreeMap<String, Result<(), String>>,
    config: Option<String>,
    intake: IntakeStatus,
    io: impl Fn(PortId) -> String,
) -> Status {
    let view = board.snapshot.load_full();
    // The door is none of the interfaces that were asked for: shown while it is there, and nobody else sees its frames.
    let shown = (0..).map(PortId).zip(world.port_links());
    let shown = shown.filter(|(port, (_, link))| link.is_some() || !world.is_door(*port));
    let interfaces = shown.map(|(port, (name, link))| InterfaceStatus {
        name: name.to_owned(),
        ifindex: link.map_or(0, |link| link.ifindex),
        mac: link.map_or_else(|| "absent".to_owned(), |link| link.mac.to_string()),
        mtu: link.map_or(0, |link| link.mtu),
        running: link.is_some_and(|link| link.running),
        io: io(port),
        claim: match claims.get(name) {
            None if world.is_door(port) => "needs none: the door to this host".to_owned(),
            None => "none".to_owned(),
            Some(Ok(())) => "nftables ingress drop, verified".to_owned(),
            Some(Err(why)) => why.clone(),
        },
    });
    let workers = board.workers.iter().map(|worker| WorkerStatus {
        cpu: u32::try_from(worker.cpu.load(Relaxed)).ok(),
        turns: worker.turns.load(Relaxed),
        frames: worker.tally.received(),
        forwarded: forwarded(worker),
        panics: worker.panics.load(Relaxed),
    });
    let mut claimed_vips: Vec<IpAddr> = view.claimed.iter().collect();
    claimed_vips.sort();
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        uptime_seconds: board.uptime_seconds(),
        epoch: view.epoch,
        config,
        interfaces: interfaces.collect(),
        workers: workers.collect(),
        claimed_vips,
        marks: tables.marks.rules().to_vec(),
        connections: board.conns.len() as u64,
        counters: counters(board, &intake),
        intake,
        latency_ns: latency(board),
    }
}

/// Frames that a worker has sent on.
fn forwarded(worker: &WorkerBoard) -> u64 {
    let rows = CATALOGUE.iter().zip(worker.tally.verdicts());
    rows.filter(|(row, _)| row.family == "frames_forwarded").map(|(_, count)| count).sum()
}

/// Counters of all workers together, and what never reached them.
fn counters(board: &Board, intake: &IntakeStatus) -> Vec<(String, u64)> {
    let workers = &board.workers;
    let sum = |of: &dyn Fn(&WorkerBoard) -> u64| workers.iter().map(of).sum::<u64>();
    let mut counters = vec![
        ("frames_received".to_owned(), sum(&|worker| worker.tally.received())),
        ("frames_received_by_af_xdp".to_owned(), sum(&|worker| worker.express.load(Relaxed))),
        ("frames_held".to_owned(), sum(&|worker| worker.held.load(Relaxed))),
        ("frames_filtered".to_owned(), intake.frames_filtered),
        ("requests_shed".to_owned(), intake.requests_shed),
        ("frames_dropped_by_kernel".to_owned(), sum(&|worker| worker.kernel_drops.load(Relaxed))),
        ("ring_slots_bad".to_owned(), sum(&|worker| worker.bad_slots.load(Relaxed))),
    ];
    let noticed: Vec<_> = workers.iter().map(|worker| worker.tally.notices()).collect();
    for (number, (_, name)) in NOTICES.iter().enumerate() {
        let total = noticed.iter().filter_map(|counts| counts.get(number)).sum();
        counters.push(((*name).to_owned(), total));
    }
    let verdicts: Vec<_> = workers.iter().map(|worker| worker.tally.verdicts()).collect();
    for (number, row) in CATALOGUE.iter().enumerate() {
        let total = verdicts.iter().filter_map(|counts| counts.get(number)).sum();
        counters.push((format!("{}{{{}=\"{}\"}}", row.family, row.label, row.value), total));
    }
    counters
}

/// Quantiles 0.5, 0.99, 0.999 and the most, in nanoseconds; `None`: no frame yet.
fn latency(board: &Board) -> Option<[u64; 4]> {
    let mut all = WorkerBoard::new_histogram();
    for worker in &board.workers {
        let one = worker.latency.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.add(&*one).ok()?;
    }
    let at = |quantile| all.value_at_quantile(quantile);
    (!all.is_empty()).then(|| [at(0.5), at(0.99), at(0.999), all.max()])
}
