use super::{FarmState, Farms, Hold, ServerState, wished};
use crate::control::command::{
    CheckStatus, DeadlineStatus, FarmServerStatus, FarmStatus, HoldKind, HoldStatus, Intent, LastTry,
    ServerCondition, WeightReason,
};
use crate::control::tables::Tables;
use crate::lvs::{FarmServer, Probe};
use crate::time::Tick;

impl Farms {
    /// How all farms stand.
    pub fn status(&self, configured: &Intent, tables: &Tables, now: Tick) -> Vec<FarmStatus> {
        self.list.iter().map(|farm| self.farm_status(farm, configured, tables, now)).collect()
    }

    fn farm_status(&self, farm: &FarmState, configured: &Intent, tables: &Tables, now: Tick) -> FarmStatus {
        let servers = (0..farm.farm.servers.len())
            .filter_map(|place| self.server_status(farm, place, configured, tables, now))
            .collect();
        FarmStatus {
            name: farm.farm.name.clone(),
            services: farm.farm.services.clone(),
            weight_up: farm.weight_up(configured, &self.holds),
            quorum: farm.farm.quorum,
            has_quorum: farm.has_quorum,
            sorry: farm.farm.sorry.map(|sorry| sorry.server.endpoint),
            sorry_serves: farm.sorry().is_some(),
            servers,
        }
    }

    fn server_status(
        &self,
        farm: &FarmState,
        place: usize,
        configured: &Intent,
        tables: &Tables,
        now: Tick,
    ) -> Option<FarmServerStatus> {
        let (server, state) = (farm.farm.servers.get(place)?, farm.servers.get(place)?);
        let key = farm.farm.services.first()?;
        let (_, specs) = configured.services.get(key)?;
        let spec = specs.iter().find(|spec| spec.endpoint == server.endpoint)?;
        let weight = tables.weight_of(key, server.endpoint);
        let hold = farm.farm.services.iter().find_map(|key| self.holds.get(&(*key, server.endpoint)));
        let condition = match (hold.map(|hold| hold.kind), state.is_up(), state.grows_since) {
            (Some(HoldKind::Maint), ..) => ServerCondition::Maint,
            (Some(HoldKind::Drain), ..) => ServerCondition::Drain,
            (None, false, _) if state.maintenance.is_some() => ServerCondition::Maint,
            (None, false, _) => ServerCondition::Down,
            (None, true, Some(_)) if server.slow_start.is_some() => ServerCondition::SlowStart,
            (None, true, _) if state.checks.iter().any(|check| check.last.is_none()) => {
                ServerCondition::Checking
            }
            (None, true, _) => ServerCondition::Up,
        };
        let checks = server.checks.iter().zip(&state.checks).map(|(check, state)| CheckStatus {
            probe: name(&check.probe).to_owned(),
            is_up: state.is_up,
            last: state.last.as_ref().map(|(at, finding)| LastTry {
                failed: finding.has_failed,
                detail: finding.detail.clone(),
                seconds_ago: now.since(*at) / Tick::PER_SECOND,
                took_seconds: finding.took.as_secs_f64(),
                failures: finding.failures,
                next_in_seconds: finding.next_in.as_secs_f64(),
            }),
        });
        let checked_weight = wished(spec.weight, state);
        let (_, put) = farm.current.first()?;
        let put = put.iter().find(|spec| spec.endpoint == server.endpoint).map(|spec| spec.weight);
        let reasons = [
            (WeightReason::Operator, hold.is_some()),
            (WeightReason::MaintenanceFile, state.maintenance.is_some()),
            (WeightReason::Down, state.checks.iter().any(|check| !check.is_up)),
            (WeightReason::SorryServer, is_about_sorry(farm, server, state)),
            (WeightReason::CheckWeight, state.is_up() && checked_weight != spec.weight),
            (WeightReason::SlowStart, condition == ServerCondition::SlowStart && put != Some(checked_weight)),
            (WeightReason::ByHand, weight != put),
        ];
        let reasons = reasons.into_iter().filter(|(_, applies)| *applies && weight != Some(spec.weight));
        let services = farm.farm.services.iter();
        Some(FarmServerStatus {
            server: server.endpoint,
            name: label(server),
            condition,
            is_up: state.is_up(),
            configured_weight: spec.weight,
            checked_weight,
            weight,
            reasons: reasons.map(|(reason, _)| reason).collect(),
            hold: hold.map(|hold| told(hold, now)),
            maintenance: state.maintenance.clone(),
            connections: services.map(|key| tables.connections_of(*key, server.endpoint)).collect(),
            checks: checks.collect(),
        })
    }
}

/// The sorry server serves in its place, or it is the one that serves.
fn is_about_sorry(farm: &FarmState, server: &FarmServer, state: &ServerState) -> bool {
    farm.sorry()
        .is_some_and(|sorry| sorry.server.endpoint == server.endpoint || sorry.replaces && state.is_up())
}

fn label(server: &FarmServer) -> String {
    server.name.clone().unwrap_or_else(|| server.endpoint.to_string())
}

fn told(hold: &Hold, now: Tick) -> HoldStatus {
    let deadline = hold.deadline.map(|deadline| DeadlineStatus {
        unix_seconds: deadline.unix_seconds,
        left_seconds: if deadline.has_passed { 0 } else { deadline.at.since(now) / Tick::PER_SECOND },
        has_passed: deadline.has_passed,
        then: deadline.then,
    });
    HoldStatus { by: hold.by.clone(), since_unix_seconds: hold.since_seconds, deadline }
}

/// A probe's name.
const fn name(probe: &Probe) -> &'static str {
    match probe {
        Probe::Fixed { .. } => "fixed",
        Probe::Tcp => "tcp",
        Probe::Http(http) if http.tls.is_some() => "https",
        Probe::Http(_) => "http",
        Probe::Smtp { .. } => "smtp",
        Probe::Dns(_) => "dns",
        Probe::Ping { .. } => "ping",
        Probe::Udp(_) => "udp",
        Probe::Script(_) => "script",
        Probe::File { .. } => "file",
        Probe::Combined { .. } => "combined",
        Probe::Exchange(_) => "exchange",
        Probe::Lines { .. } => "lines",
        Probe::Ftp { .. } => "ftp",
        Probe::Pop { .. } => "pop",
        Probe::Imap { .. } => "imap",
        Probe::Nntp => "nntp",
        Probe::Ldap { .. } => "ldap",
        Probe::Sql(_) => "sql",
        Probe::Radius { .. } => "radius",
        Probe::Sip { .. } => "sip",
    }
}
