use super::{FarmState, Farms, Hold, ServerState};
use crate::control::command::{HoldKind, Intent};
use crate::control::happening::WeightWish;
use crate::lvs::{Endpoint, FarmServer, RealServerSpec, ServiceKey, SlowStart, Sorry, WhenDown};
use crate::time::Tick;
use std::collections::BTreeMap;
use std::time::Duration;

/// Real servers of one service, in the order in which they are added.
pub type ServerList = Vec<RealServerSpec>;

/// The largest weight that a check can make.
const MAX_WEIGHT: i64 = 65_535;

/// What the table shall hold for a service: what the configuration says, less what is down, as operators decided. The
/// services of farms are of `farm`; without one every real server is up.
pub fn lists(
    configured: &Intent,
    farms: &Farms,
    farm: &FarmState,
    now: Tick,
) -> Vec<(ServiceKey, ServerList)> {
    let of = |key: &ServiceKey| {
        let servers = configured.services.get(key).map_or(&[][..], |(_, servers)| servers);
        (*key, list(key, servers, farm, &farms.holds, now))
    };
    farm.farm.services.iter().map(of).collect()
}

impl Farms {
    /// The configuration with all that is known of its real servers put in: what the table shall hold.
    pub fn effective(&self, configured: &Intent, now: Tick) -> Intent {
        let mut wanted = configured.clone();
        for (key, (_, servers)) in &mut wanted.services {
            *servers = servers.iter().filter_map(|spec| held(key, *spec, &self.holds)).collect();
        }
        for farm in &self.list {
            for (key, list) in lists(configured, self, farm, now) {
                if let Some((_, servers)) = wanted.services.get_mut(&key) {
                    *servers = list;
                }
            }
        }
        wanted
    }
}

impl FarmState {
    /// The sum of the weights of real servers that are up, by the first service's list.
    pub fn weight_up(&self, configured: &Intent, holds: &BTreeMap<(ServiceKey, Endpoint), Hold>) -> u64 {
        let Some(key) = self.farm.services.first() else { return 0 };
        let specs = configured.services.get(key).map_or(&[][..], |(_, servers)| servers);
        let up = self.farm.servers.iter().zip(&self.servers).filter(|(_, state)| state.is_up());
        let weights = up.filter_map(|(server, state)| {
            let spec = specs.iter().find(|spec| spec.endpoint == server.endpoint)?;
            if holds.contains_key(&(*key, spec.endpoint)) {
                return None;
            }
            u64::try_from(wished(spec.weight, state)).ok()
        });
        weights.sum()
    }

    /// Whether there is enough weight, by what there was before (keepalived's hysteresis).
    pub fn would_have_quorum(&self, weight: u64) -> bool {
        // Nobody would do anything about it.
        if self.farm.sorry.is_none() && self.farm.servers.iter().all(|server| server.checks.is_empty()) {
            return true;
        }
        let quorum = self.farm.quorum;
        let (least, most) = (
            u64::from(quorum.weight.saturating_sub(quorum.hysteresis)),
            u64::from(quorum.weight) + u64::from(quorum.hysteresis),
        );
        match self.has_quorum {
            true => weight > 0 && weight >= least,
            false => weight > 0 && weight >= most,
        }
    }

    /// Real servers whose weight grows. Those that have come to their whole weight grow no longer, and are told of a last
    /// time.
    pub fn growing(&mut self, now: Tick) -> Vec<Endpoint> {
        let mut growing = Vec::new();
        for (server, state) in self.farm.servers.iter().zip(&mut self.servers) {
            let Some(since) = state.grows_since.filter(|_| state.is_up()) else { continue };
            let Some(slow) = server.slow_start else { continue };
            growing.push(server.endpoint);
            // No weight has more than 31 doublings.
            let doublings = slow.divisor.max(1).ilog2() + 1;
            if Duration::from_millis(100) * now.since(since) >= slow.step * doublings {
                state.grows_since = None;
            }
        }
        growing
    }

    /// The sorry server, while it serves.
    pub fn sorry(&self) -> Option<&Sorry> {
        self.farm.sorry.as_ref().filter(|_| !self.has_quorum)
    }
}

fn list(
    key: &ServiceKey,
    configured: &[RealServerSpec],
    farm: &FarmState,
    holds: &BTreeMap<(ServiceKey, Endpoint), Hold>,
    now: Tick,
) -> ServerList {
    let sorry = farm.sorry();
    let mut list = ServerList::new();
    for spec in configured {
        let watched = farm.farm.servers.iter().zip(&farm.servers);
        let Some((server, state)) = watched.into_iter().find(|(server, _)| server.endpoint == spec.endpoint)
        else {
            list.extend(held(key, *spec, holds));
            continue;
        };
        // One that leaves because of the sorry server leaves as if it were down.
        if state.is_up() && !sorry.is_some_and(|sorry| sorry.replaces) {
            let weight = grown(wished(spec.weight, state), server, state, now);
            list.extend(held(key, RealServerSpec { weight, ..*spec }, holds));
        } else if server.when_down == WhenDown::Quiesce {
            list.extend(held(key, RealServerSpec { weight: 0, ..*spec }, holds));
        }
    }
    let waits = farm.farm.sorry.filter(|sorry| sorry.quiesces && farm.has_quorum);
    let waiting = waits.map(|sorry| RealServerSpec { weight: 0, ..sorry.server });
    if let Some(last) = sorry.map(|sorry| sorry.server).or(waiting) {
        // It may be one of the real servers, too.
        match list.iter_mut().find(|spec| spec.endpoint == last.endpoint) {
            Some(spec) => spec.weight = spec.weight.max(last.weight),
            None => list.push(last),
        }
    }
    list
}

/// As an operator decided; `None`: not in the table.
fn held(
    key: &ServiceKey,
    spec: RealServerSpec,
    holds: &BTreeMap<(ServiceKey, Endpoint), Hold>,
) -> Option<RealServerSpec> {
    match holds.get(&(*key, spec.endpoint)).map(|hold| hold.kind) {
        None => Some(spec),
        Some(HoldKind::Drain) => Some(RealServerSpec { weight: 0, ..spec }),
        Some(HoldKind::Maint) => None,
    }
}

/// The weight that checks make of the configured one: all wishes are differences to it, and add up.
pub fn wished(configured: i32, state: &ServerState) -> i32 {
    let base = i64::from(configured);
    let wishes = state.checks.iter().filter_map(|check| check.weight);
    let difference: i64 = wishes
        .map(|wish| match wish {
            WeightWish::Absolute(weight) => i64::from(weight) - base,
            WeightWish::More(more) => i64::from(more),
            WeightWish::Load(load) => (base * 100 / i64::from(load.max(100))).max(base.min(1)) - base,
        })
        .sum();
    if difference == 0 {
        return configured;
    }
    i32::try_from((base + difference).clamp(0, MAX_WEIGHT)).unwrap_or(configured)
}

/// The part of a weight that a slow start has come to.
fn grown(weight: i32, server: &FarmServer, state: &ServerState, now: Tick) -> i32 {
    let (Some(SlowStart { divisor, step }), Some(since)) = (server.slow_start, state.grows_since) else {
        return weight;
    };
    let step_ticks = (step.as_secs_f64() * f64::from(Tick::PER_SECOND)).max(1.0);
    let steps = (f64::from(now.since(since)) / step_ticks) as u32;
    let first = (i64::from(weight) / i64::from(divisor.max(1))).max(1);
    let so_far = first.checked_shl(steps.min(32)).unwrap_or(i64::MAX);
    if weight == 0 { 0 } else { i32::try_from(so_far.min(i64::from(weight))).unwrap_or(weight) }
}
