//! What the keeper has done in the world: by the hands, the workers, the health checks, the courier and the scribe.

use super::beacon::Beacon;
use super::patrol::Rounds;
use super::synchrony::Synchrony;
use crate::alert::{Courier, words};
use crate::cli::decisions::Scribe;
use crate::cli::maintenance::Lookout;
use crate::control::Outside;
use crate::control::command::{Decision, IntakeStatus, Intent, RouterStatus};
use crate::control::effect::{ClaimPlan, ClaimReport, DoorPlan, Effect, SyncWish};
use crate::control::happening::{Beat, Happening, RouterChange, What};
use crate::host::memory;
use crate::lvs::{PortId, SyncDaemon, SyncRole};
use crate::standby::Standby;
use crate::worker::Crew;
use crossbeam_channel::{Receiver, Sender};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the keeper has done in the world.
pub(super) struct World {
    pub effects: Sender<Effect>,
    /// How claims stand, from the hands.
    pub reports: Receiver<Vec<ClaimReport>>,
    /// Whether doors are as they were planned, from the hands.
    pub doors: Receiver<bool>,
    pub crew: Crew,
    pub rounds: Rounds,
    pub lookout: Lookout,
    pub scribe: Option<Scribe>,
    pub courier: Courier,
    pub routers: Arc<Standby>,
    pub synchrony: Synchrony,
    pub beacon: Option<Arc<Beacon>>,
}

/// How long the hands may take to install a claim or a door before the keeper goes on without their word.
const HANDS_TIME: Duration = Duration::from_secs(5);

impl Outside for World {
    fn claim(&mut self, plan: ClaimPlan) -> Vec<ClaimReport> {
        while self.reports.try_recv().is_ok() {}
        // Before the host is kept off it, so that nobody is without.
        self.crew.admit(&plan);
        if self.effects.send(Effect::Claim(plan.clone())).is_err() {
            return Vec::new();
        }
        self.crew.steer(&plan);
        self.reports.recv_timeout(HANDS_TIME).unwrap_or_default()
    }

    fn door(&mut self, plan: DoorPlan) -> bool {
        while self.doors.try_recv().is_ok() {}
        self.effects.send(Effect::Door(plan)).is_ok() && self.doors.recv_timeout(HANDS_TIME).unwrap_or(false)
    }

    fn effect(&mut self, effect: Effect) {
        // The hands live until this sender is dropped.
        let _ = self.effects.send(effect);
    }

    fn wake_workers(&mut self) {
        self.crew.wake();
    }

    fn free_pages(&mut self) -> Option<u64> {
        memory::free_pages().ok()
    }

    fn announce(&mut self, port: PortId, vips: &[IpAddr]) {
        self.crew.announce(port, vips);
    }

    fn reopen(&mut self, port: PortId, ifindex: u32) {
        if let Err(error) = self.crew.reopen(port, ifindex) {
            tracing::error!(%error, "an interface that came back could not be opened");
        }
    }

    fn close(&mut self, port: PortId) {
        self.crew.close(port);
    }

    fn claim_no_more(&mut self) {
        self.crew.admit_no_more();
    }

    fn show(&mut self, vips: &BTreeSet<IpAddr>) {
        if let Some(beacon) = &self.beacon {
            beacon.show(vips);
        }
    }

    fn tick(&mut self) {
        self.crew.tell();
    }

    fn watch(&mut self, beats: Vec<Beat>) {
        self.rounds.set(&beats);
    }

    fn look_at(&mut self, folders: Vec<(PathBuf, Duration)>) {
        self.lookout.set(folders);
    }

    fn decided(&mut self, decisions: Vec<Decision>) {
        if let Some(scribe) = &self.scribe {
            scribe.note(decisions);
        }
    }

    fn tell(&mut self, happening: Happening) {
        match happening.what {
            What::ServerDown { .. } | What::QuorumLost { .. } | What::SorryAdded => {
                tracing::warn!("{happening}")
            }
            _ => tracing::info!("{happening}"),
        }
        // What watches the log of the program whose configuration this is goes on matching.
        words::lines(&happening).iter().for_each(|line| tracing::info!("{line}"));
        self.courier.tell(happening);
    }

    fn tell_of_router(&mut self, change: RouterChange) {
        if change.what.is_some() {
            tracing::info!("{change}");
        }
        for line in &change.lines {
            if change.is_warning { tracing::warn!("{line}") } else { tracing::info!("{line}") }
        }
        self.courier.tell_of_router(change);
    }

    fn roles_stand(&mut self, held: &BTreeSet<IpAddr>) {
        self.routers.stand(held.clone());
    }

    fn routers(&self) -> Vec<RouterStatus> {
        self.routers.status()
    }

    fn configured(&mut self, wanted: &Intent) {
        self.routers.configured(&wanted.vrrp);
        self.courier.configured(&wanted.upkeep, &wanted.farms, &wanted.vrrp.fifos);
    }

    #[expect(clippy::disallowed_methods, reason = "the time of day, for whoever is told of a change")]
    fn unix_time(&mut self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn synchronise(&mut self, wish: &SyncWish) -> Result<SyncDaemon, String> {
        self.synchrony.keep(wish)
    }

    fn synchronise_no_more(&mut self, role: SyncRole) {
        self.synchrony.end(role);
    }

    fn synchronised(&self) -> Vec<(String, u64)> {
        self.synchrony.counters()
    }

    fn intake(&self) -> IntakeStatus {
        self.crew.intake()
    }

    fn io(&self, port: PortId) -> String {
        self.crew.io(port)
    }
}
