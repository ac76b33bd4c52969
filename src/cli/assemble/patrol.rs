//! The keeper's checks as the health room has them, and its findings as the keeper knows them and as files of results
//! have them.

use super::passage::Way;
use crate::alert::{Checked, Courier};
use crate::control::Event;
use crate::control::happening::{Beat, Finding, WeightWish};
use crate::health::{self, Bounds, Patrol, Target, Via, Weight};
use crate::lvs::{Endpoint, Probe, ScriptKind, ServiceKey};
use crate::program::Runner;
use crossbeam_channel::Sender;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// By a beat's number: the file that its results go to, and what they are of.
type Monitored = Arc<Mutex<HashMap<u64, (PathBuf, String)>>>;

/// Goes the rounds once there is something to ask.
pub(super) struct Rounds {
    patrol: Option<Patrol>,
    /// CPUs that no worker has.
    cpus: Vec<usize>,
    events: Sender<Event>,
    runner: Runner,
    courier: Courier,
    monitored: Monitored,
    way: Way,
}

impl Rounds {
    /// Nothing is asked yet.
    pub(super) fn new(
        cpus: Vec<usize>,
        events: Sender<Event>,
        runner: Runner,
        courier: Courier,
        way: Way,
    ) -> Self {
        Self { patrol: None, cpus, events, runner, courier, monitored: Monitored::default(), way }
    }

    /// These checks are to run.
    pub(super) fn set(&mut self, beats: &[Beat]) {
        let monitored = beats.iter().filter_map(|beat| Some((beat.id, monitored(beat)?))).collect();
        *self.monitored.lock().unwrap_or_else(PoisonError::into_inner) = monitored;
        let beats: Vec<_> = beats.iter().filter_map(|beat| translated(beat, &self.way)).collect();
        if self.patrol.is_none() && !beats.is_empty() {
            let events = self.events.clone();
            let (courier, monitored) = (self.courier.clone(), Arc::clone(&self.monitored));
            let tell = move |finding: health::Finding| {
                let file = monitored.lock().unwrap_or_else(PoisonError::into_inner).get(&finding.id).cloned();
                if let Some((file, what)) = file {
                    let (is_up, detail) = (finding.outcome.is_up, finding.outcome.detail.clone());
                    courier.checked(Checked { file, what, is_up, detail });
                }
                // A keeper that has ended wants no findings.
                let _ = events.send(Event::Found(known(finding)));
            };
            match Patrol::begin(&self.cpus, Bounds::of_host(), self.runner.clone(), tell) {
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
        target.via = Some(Via::new(spec, Arc::new(way.to(virt))));
    }
    let (id, check, begins_up) = (beat.id, check.clone(), beat.begins_up);
    Some(health::Beat { id, check, target, enabled: beat.is_on, begins_up })
}

/// The file that a check's results go to, and what they are of: as ldirectord has it, from the kind of the check to the
/// real server's port.
fn monitored(beat: &Beat) -> Option<(PathBuf, String)> {
    let file = beat.farm.monitor.clone()?;
    let server = beat.farm.servers.get(beat.server)?;
    let protocol = match beat.farm.services.first()? {
        ServiceKey::Tuple { protocol, .. } => protocol.listing().to_lowercase(),
        ServiceKey::Fwmark { .. } => "fwm".to_owned(),
    };
    let kind = kind(&server.checks.get(beat.check)?.probe);
    Some((file, format!("{kind} {protocol} {} {}", server.endpoint.addr, server.endpoint.port)))
}

/// What ldirectord calls a check: its `checktype`, and the `service`.
fn kind(probe: &Probe) -> String {
    let negotiate = |service: &str| format!("negotiate {service}");
    match probe {
        Probe::Fixed { up: true } => "on".to_owned(),
        Probe::Fixed { up: false } => "off".to_owned(),
        Probe::Tcp => "connect".to_owned(),
        Probe::Ping { .. } => "ping".to_owned(),
        Probe::Script(script) if script.kind == ScriptKind::External => "external".to_owned(),
        Probe::Script(_) => "script".to_owned(),
        Probe::Combined { full, .. } => kind(full).replace("negotiate", "combined"),
        Probe::Http(http) if http.tls.is_some() => negotiate("https"),
        Probe::Http(_) => negotiate("http"),
        Probe::Smtp { .. } => negotiate("smtp"),
        Probe::Dns(_) => negotiate("dns"),
        Probe::Udp(_) => negotiate("udp"),
        Probe::File { .. } => "file".to_owned(),
        Probe::Exchange(_) => "exchange".to_owned(),
        Probe::Lines { .. } => negotiate("simpletcp"),
        Probe::Ftp { .. } => negotiate("ftp"),
        Probe::Pop { tls, .. } => negotiate(if *tls { "pops" } else { "pop" }),
        Probe::Imap { tls, .. } => negotiate(if *tls { "imaps" } else { "imap" }),
        Probe::Nntp => negotiate("nntp"),
        Probe::Ldap { tls, .. } => negotiate(if *tls { "ldaps" } else { "ldap" }),
        Probe::Sql(sql) if sql.kind == crate::lvs::SqlKind::Mysql => negotiate("mysql"),
        Probe::Sql(_) => negotiate("pgsql"),
        Probe::Radius { .. } => negotiate("radius"),
        Probe::Sip { .. } => negotiate("sip"),
    }
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
