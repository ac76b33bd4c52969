//! The keeper's checks as the health room has them, and its findings as the keeper knows them.

use crate::control::Event;
use crate::control::happening::{Beat, Finding, WeightWish};
use crate::health::{self, Bounds, Carriage, Passage, Patrol, Target, Via, Weight};
use crate::lvs::{Endpoint, Protocol, RealServerSpec, ServiceKey};
use crate::service::{Flow, Pass, Passes};
use crossbeam_channel::Sender;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Goes the rounds once there is something to ask.
pub(super) struct Rounds {
    patrol: Option<Patrol>,
    /// CPUs that no worker has.
    cpus: Vec<usize>,
    events: Sender<Event>,
    way: Way,
}

/// The way of checks through the VIP.
#[derive(Clone)]
pub(super) struct Way {
    /// Where it is noted for the workers.
    pub passes: Arc<Passes>,
    /// The mark by which the host leads packets to the director.
    pub mark: u32,
    /// The VIP, and the port that NAT translates.
    pub virt: Endpoint,
}

impl Passage for Way {
    fn is_open(&self) -> bool {
        self.passes.is_open()
    }

    fn mark(&self) -> u32 {
        self.mark
    }

    fn admit(
        &self,
        protocol: Protocol,
        from: SocketAddr,
        to: SocketAddr,
        server: &RealServerSpec,
    ) -> Box<dyn Carriage> {
        let end = |addr: SocketAddr| Endpoint::new(addr.ip(), addr.port());
        let flow = Flow { protocol, client: end(from), virt: end(to) };
        let RealServerSpec { endpoint, method, tunnel, .. } = *server;
        let is_translated = endpoint.port != 0 && to.port() == self.virt.port;
        let port = if is_translated { endpoint.port } else { to.port() };
        Box::new(Carried(self.passes.issue(Pass::new(
            flow,
            Endpoint::new(endpoint.addr, port),
            method,
            tunnel,
        ))))
    }
}

/// A pass that ends with the flow.
struct Carried(Arc<Pass>);

impl Carriage for Carried {
    fn has_carried(&self) -> bool {
        self.0.has_carried()
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Rounds {
    /// Nothing is asked yet.
    pub(super) fn new(cpus: Vec<usize>, events: Sender<Event>, passes: Arc<Passes>, mark: u32) -> Self {
        let nobody = Endpoint::new(Ipv4Addr::UNSPECIFIED.into(), 0);
        Self { patrol: None, cpus, events, way: Way { passes, mark, virt: nobody } }
    }

    /// These checks are to run.
    pub(super) fn set(&mut self, beats: &[Beat]) {
        let beats: Vec<_> = beats.iter().filter_map(|beat| translated(beat, &self.way)).collect();
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

fn translated(beat: &Beat, way: &Way) -> Option<health::Beat> {
    let server = beat.farm.servers.get(beat.server)?;
    let check = server.checks.get(beat.check)?;
    let service = *beat.farm.services.first()?;
    let port = check.port.unwrap_or_else(|| port(server.endpoint, &service));
    let mut target = Target {
        at: SocketAddr::new(check.addr.unwrap_or(server.endpoint.addr), port),
        origin: check.from.clone(),
        server: server.endpoint,
        service,
        via: None,
    };
    if check.through_vip {
        // One that has no VIP has been refused.
        let (ServiceKey::Tuple { virt, .. }, Some(spec)) = (service, beat.through) else { return None };
        let vport = if virt.port == 0 { server.endpoint.port } else { virt.port };
        target.at = SocketAddr::new(virt.addr, check.port.unwrap_or(vport));
        target.via = Some(Via::new(spec, Arc::new(Way { virt, ..way.clone() })));
    }
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
