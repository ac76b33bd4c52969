//! The keeper's checks as the health room has them, and its findings as the keeper knows them.

use crate::control::Event;
use crate::control::happening::{Beat, Finding, WeightWish};
use crate::health::{self, Bounds, Patrol, Target, Weight};
use crate::lvs::{Endpoint, ServiceKey};
use crossbeam_channel::Sender;
use std::net::SocketAddr;

/// Goes the rounds once there is something to ask.
pub(super) struct Rounds {
    patrol: Option<Patrol>,
    /// CPUs that no worker has.
    cpus: Vec<usize>,
    events: Sender<Event>,
}

impl Rounds {
    /// Nothing is asked yet.
    pub(super) const fn new(cpus: Vec<usize>, events: Sender<Event>) -> Self {
        Self { patrol: None, cpus, events }
    }

    /// These checks are to run.
    pub(super) fn set(&mut self, beats: &[Beat]) {
        let beats: Vec<_> = beats.iter().filter_map(translated).collect();
        if self.patrol.is_none() && !beats.is_empty() {
            let events = self.events.clone();
            // A keeper that has ended wants no findings.
            let tell = move |finding: health::Finding| drop(events.send(Event::Found(known(finding))));
            match Patrol::begin(&self.cpus, Bounds::of_host(), tell) {
                Ok(patrol) => self.patrol = Some(patrol),
                Err(error) => tracing::error!(%error, "no health checks: their threads cannot be started"),
            }
        }
        if let Some(patrol) = &mut self.patrol {
            patrol.set(beats);
        }
    }
}

fn translated(beat: &Beat) -> Option<health::Beat> {
    let server = beat.farm.servers.get(beat.server)?;
    let check = server.checks.get(beat.check)?;
    let service = *beat.farm.services.first()?;
    let port = check.port.unwrap_or_else(|| port(server.endpoint, &service));
    let target = Target {
        at: SocketAddr::new(check.addr.unwrap_or(server.endpoint.addr), port),
        origin: check.from.clone(),
        server: server.endpoint,
        service,
    };
    let (id, check, begins_up) = (beat.id, check.clone(), beat.begins_up);
    Some(health::Beat { id, check, target, enabled: beat.is_on, begins_up })
}

/// The real server's port, or its service's where it has none.
const fn port(server: Endpoint, service: &ServiceKey) -> u16 {
    match (server.port, service) {
        (0, ServiceKey::Tuple { virt, .. }) => virt.port,
        (port, _) => port,
    }
}

fn known(finding: health::Finding) -> Finding {
    let weight = finding.outcome.weight.map(|weight| match weight {
        Weight::Absolute(weight) => WeightWish::Absolute(weight),
        Weight::More(more) => WeightWish::More(more),
        Weight::Load(hundredths) => WeightWish::Load(hundredths),
    });
    Finding {
        id: finding.id,
        is_up: finding.is_up,
        has_failed: !finding.outcome.is_up,
        weight,
        detail: finding.outcome.detail,
        failures: finding.failures_in_a_row,
        took: finding.took,
        next_in: finding.next_in,
    }
}
