use super::ServerList;
use crate::control::command::{HoldKind, Then};
use crate::control::happening::{Beat, Finding, MaintenanceFile, WeightWish};
use crate::lvs::{Check, Endpoint, Farm, FarmServer, ServiceKey, Words};
use crate::time::Tick;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How often a folder of maintenance is looked at, at least and at most.
const LOOK: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// All farms of a configuration, and what operators decided about any real server.
#[derive(Debug, Default)]
pub struct Farms {
    /// In the configuration's order.
    pub list: Vec<FarmState>,
    /// Operators' decisions; they outlive configurations.
    pub holds: BTreeMap<(ServiceKey, Endpoint), Hold>,
    /// What there is in folders of maintenance.
    pub maintained: BTreeMap<PathBuf, Vec<MaintenanceFile>>,
    /// The last number that a check got.
    last_id: u64,
    /// Where each check is: farm, server, check.
    places: BTreeMap<u64, (usize, usize, usize)>,
    /// Where each service is.
    services: HashMap<ServiceKey, usize>,
}

/// One farm.
#[derive(Debug)]
pub struct FarmState {
    /// As configured.
    pub farm: Arc<Farm>,
    /// Parallel to the farm's own list.
    pub servers: Vec<ServerState>,
    /// Enough weight is up.
    pub has_quorum: bool,
    /// What was put into the table for each of its services, in the farm's order.
    pub current: Vec<(ServiceKey, ServerList)>,
}

/// One real server of a farm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerState {
    /// Parallel to the server's own list.
    pub checks: Vec<CheckState>,
    /// Since when its weight grows.
    pub grows_since: Option<Tick>,
    /// The file that keeps it in maintenance.
    pub maintenance: Option<String>,
}

/// One check of a real server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckState {
    /// Its number.
    pub id: u64,
    /// What it says.
    pub is_up: bool,
    /// The weight that it asks for.
    pub weight: Option<WeightWish>,
    /// Its last try, and when that was.
    pub last: Option<(Tick, Finding)>,
    /// What it says is known from another check of the same real server, that it came in the place of.
    pub is_carried: bool,
}

/// An operator's decision about a real server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// What was decided.
    pub kind: HoldKind,
    /// By whom.
    pub by: String,
    /// Unix seconds.
    pub since_seconds: u64,
    /// Of a drain: when its connections shall have ended.
    pub deadline: Option<HoldDeadline>,
}

/// When a drained real server's connections shall have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldDeadline {
    /// Then.
    pub at: Tick,
    /// The same in Unix seconds.
    pub unix_seconds: u64,
    /// What becomes of the rest.
    pub then: Then,
    /// It has passed, and that was told.
    pub has_passed: bool,
}

impl Hold {
    /// What it has is to be reset.
    pub fn resets(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline.has_passed && deadline.then == Then::Reset)
    }
}

impl ServerState {
    /// Do all checks say so, and does no file say otherwise?
    pub fn is_up(&self) -> bool {
        self.maintenance.is_none() && self.checks.iter().all(|check| check.is_up)
    }

    /// No check's last try found it down, as far as there was one, and no file says so.
    pub fn nobody_found_it_down(&self) -> bool {
        let is_well = |check: &CheckState| check.last.as_ref().is_none_or(|(_, last)| last.is_up);
        self.maintenance.is_none() && self.checks.iter().all(is_well)
    }
}

impl Farms {
    /// The farms of another configuration: what is the same keeps what is known of it. Nothing is put into the table.
    pub fn successor(&self, wanted: &[Farm]) -> Self {
        let (holds, maintained) = (self.holds.clone(), self.maintained.clone());
        let mut next = Self { holds, maintained, last_id: self.last_id, ..Self::default() };
        for farm in wanted {
            let before = farm.services.iter().filter_map(|key| self.of_service(key)).min();
            let before = before.and_then(|place| self.list.get(place));
            let servers = farm.servers.iter().map(|server| {
                let maintenance = next.file_of(farm, server);
                ServerState { maintenance, ..next.server(farm, server, before) }
            });
            let servers = servers.collect();
            for key in &farm.services {
                next.services.entry(*key).or_insert(next.list.len());
            }
            next.list.push(FarmState {
                farm: Arc::new(farm.clone()),
                servers,
                has_quorum: before.is_none_or(|before| before.has_quorum),
                current: Vec::new(),
            });
        }
        for (farm, state) in next.list.iter().enumerate() {
            for (server, state) in state.servers.iter().enumerate() {
                for (check, state) in state.checks.iter().enumerate() {
                    next.places.insert(state.id, (farm, server, check));
                }
            }
        }
        next
    }

    /// A real server: checks that are equal to one that it had go on, each but once. One that begins down does not take a
    /// real server away that was up before its check was edited: ldirectord takes whoever is in the table for up. (Only
    /// keepalived's `alpha` begins anew.)
    fn server(&mut self, farm: &Farm, server: &FarmServer, before: Option<&FarmState>) -> ServerState {
        let known = before.and_then(|before| {
            let place = before.farm.servers.iter().position(|old| old.endpoint == server.endpoint)?;
            Some((before.farm.servers.get(place)?, before.servers.get(place)?))
        });
        let was_up = farm.words != Words::Keepalived
            && known.is_some_and(|(_, state)| state.checks.iter().all(|check| check.is_up));
        let mut left: Vec<(&Check, &CheckState)> =
            known.map_or_else(Vec::new, |(old, state)| old.checks.iter().zip(&state.checks).collect());
        let checks = server.checks.iter().map(|check| {
            if let Some(place) = left.iter().position(|(old, _)| *old == check) {
                return left.remove(place).1.clone();
            }
            self.last_id += 1;
            let is_carried = was_up && check.begins_down;
            let is_up = is_carried || !check.begins_down;
            CheckState { id: self.last_id, is_up, weight: None, last: None, is_carried }
        });
        let grows_since = known.and_then(|(_, state)| state.grows_since);
        ServerState { checks: checks.collect(), grows_since, maintenance: None }
    }

    /// The file that keeps a real server in maintenance.
    pub fn file_of(&self, farm: &Farm, server: &FarmServer) -> Option<String> {
        let files = self.maintained.get(farm.maintenance.as_ref()?)?;
        files.iter().find(|file| file.names(server, &farm.services)).map(|file| file.name.clone())
    }

    /// The folders of maintenance, and how often each is looked at: as often as the quickest check whose result it
    /// overrides, at least every ten seconds.
    pub fn folders(&self) -> Vec<(PathBuf, Duration)> {
        let mut folders = BTreeMap::new();
        for farm in &self.list {
            let Some(folder) = &farm.farm.maintenance else { continue };
            let checks = farm.farm.servers.iter().flat_map(|server| &server.checks);
            let quickest =
                checks.map(|check| check.timing.interval).min().unwrap_or(LOOK).clamp(LOOK_AGAIN, LOOK);
            let every = folders.entry(folder.clone()).or_insert(quickest);
            *every = quickest.min(*every);
        }
        folders.into_iter().collect()
    }

    /// Where a check is: farm, server, check.
    pub fn place_of(&self, id: u64) -> Option<(usize, usize, usize)> {
        self.places.get(&id).copied()
    }

    /// The checks that are to run. Those of a farm that wants its VIP here run only while `is_here` says that it is.
    pub fn beats(&self, is_here: impl Fn(&ServiceKey) -> bool) -> Vec<Beat> {
        let mut beats = Vec::with_capacity(self.places.len());
        for farm in &self.list {
            let is_on = !farm.farm.only_with_vip || farm.farm.services.iter().any(&is_here);
            for (server, state) in farm.servers.iter().enumerate() {
                for (check, state) in state.checks.iter().enumerate() {
                    let farm = Arc::clone(&farm.farm);
                    let is_known = state.last.is_some() || state.is_carried;
                    let begins_up = is_known.then_some(state.is_up);
                    beats.push(Beat { id: state.id, farm, server, check, begins_up, is_on, through: None });
                }
            }
        }
        beats
    }

    /// Which checks run depends on the host's addresses.
    pub fn follow_addresses(&self) -> bool {
        self.list.iter().any(|farm| farm.farm.only_with_vip)
    }

    /// The farm that has this service.
    pub fn of_service(&self, key: &ServiceKey) -> Option<usize> {
        self.services.get(key).copied()
    }
}
