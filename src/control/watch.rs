//! What follows from findings: real servers leave and come back, sorry servers serve, weights grow.

use super::ControlError;
use super::command::{Command, HappeningRecord, Intent};
use super::farms::{Farms, ServerList, lists};
use super::happening::{Cause, Finding, Happening, What};
use super::keeper::{Keeper, Outside};
use super::plan::{describe, plan_servers};
use super::through;
use crate::lvs::{Endpoint, Farm, MailTopic, ServiceKey, Words};
use crate::service::Snapshot;
use crate::time::Tick;
use std::sync::Arc;

/// Changes that are remembered for whoever asks what happened.
const REMEMBERED: usize = 4096;

impl<O: Outside> Keeper<O> {
    /// Makes the running configuration equal to `wanted`, as far as its real servers are up: all of it or, if any of it is
    /// refused, nothing. What checks found of what stays the same is kept.
    pub(super) fn replace(&mut self, wanted: &Intent, cause: &Cause) -> Result<Vec<String>, ControlError> {
        self.check_wanted(wanted)?;
        let now = self.board.now();
        let farms = self.succession(wanted);
        let changes = super::plan(&self.tables.intent(), &farms.effective(wanted, now));
        let mut told: Vec<String> = changes.iter().map(describe).collect();
        told.extend(super::besides::changes(&self.configured, wanted));
        changes.into_iter().try_for_each(|change| self.change(change))?;
        let before = std::mem::replace(&mut self.farms, farms);
        self.tell_forgotten(&before);
        self.configured = wanted.clone();
        self.outside.configured(wanted);
        self.is_dirty |= self.roles.follow(&wanted.vrrp);
        self.follow_sync();
        let through = through::all(wanted);
        self.is_dirty |= self.tables.through != through;
        self.tables.through = through;
        self.drains_changed |= !before.holds.is_empty();
        for place in 0..self.farms.list.len() {
            self.remember(place, now);
            self.tell_of_quorum(place, &before, cause);
        }
        self.note_drains();
        self.send_beats();
        self.keep_decisions();
        Ok(told)
    }

    /// Tells what another configuration made of a farm's quorum and its sorry server.
    fn tell_of_quorum(&mut self, place: usize, before: &Farms, cause: &Cause) {
        let Some(farm) = self.farms.list.get(place) else { return };
        let old = farm.farm.services.iter().find_map(|key| before.list.get(before.of_service(key)?));
        // Of a new farm everybody expects that it serves.
        let had = old.is_none_or(|old| old.has_quorum);
        let had_sorry = old.is_some_and(|old| old.sorry().is_some());
        let (has, has_sorry) = (farm.has_quorum, farm.sorry().is_some());
        let weight = farm.weight_up(&self.configured, &self.farms.holds);
        match (had, has) {
            (true, false) if old.is_some() => {
                self.happened(place, None, What::QuorumLost { weight }, cause);
            }
            (false, true) => self.happened(place, None, What::QuorumGained { weight }, cause),
            _ => {}
        }
        match (had_sorry, has_sorry) {
            (false, true) => self.happened(place, None, What::SorryAdded, cause),
            (true, false) if farm_has_sorry(&self.farms, place) => {
                self.happened(place, None, What::SorryRemoved, cause);
            }
            _ => {}
        }
    }

    /// What [`Self::replace`] would change.
    pub(super) fn difference(&self, wanted: &Intent) -> Result<Vec<String>, ControlError> {
        super::check::validate(wanted, &self.world)?;
        let effective = self.succession(wanted).effective(wanted, self.board.now());
        let mut told: Vec<String> =
            super::plan(&self.tables.intent(), &effective).iter().map(describe).collect();
        told.extend(super::besides::changes(&self.configured, wanted));
        Ok(told)
    }

    /// The farms of a configuration, with what is known of them already. Decisions about real servers that it no longer names
    /// are forgotten.
    fn succession(&self, wanted: &Intent) -> Farms {
        let mut watched = wanted.farms.clone();
        for (key, _) in self.farms.holds.keys() {
            let is_watched = watched.iter().any(|farm| farm.services.contains(key));
            if let Some((_, servers)) = wanted.services.get(key).filter(|_| !is_watched) {
                watched.push(Farm::unwatched(*key, servers.iter().map(|spec| spec.endpoint)));
            }
        }
        let mut farms = self.farms.successor(&watched);
        farms.holds.retain(|(key, server), _| {
            let servers = wanted.services.get(key).map_or(&[][..], |(_, servers)| servers);
            servers.iter().any(|spec| spec.endpoint == *server)
        });
        let holds = farms.holds.clone();
        for farm in &mut farms.list {
            farm.has_quorum = farm.would_have_quorum(farm.weight_up(wanted, &holds));
        }
        farms
    }

    /// A health check has found something.
    pub(super) fn found(&mut self, finding: Finding) {
        let Some((place, server, check)) = self.farms.place_of(finding.id) else { return };
        let now = self.board.now();
        let Some(farm) = self.farms.list.get_mut(place) else { return };
        let shared = Arc::clone(&farm.farm);
        let Some(state) = farm.servers.get_mut(server) else { return };
        let was_up = state.is_up();
        let is_new_to_all = tells_of_beginners(&shared) && state.nobody_found_it_down();
        let Some(own) = state.checks.get_mut(check) else { return };
        // It begins down, and is found so: nothing changes, and yet somebody should know.
        let is_down_from_the_start = is_new_to_all && own.last.is_none() && !own.is_up && !finding.is_up;
        let has_changed = own.is_up != finding.is_up || own.weight != finding.weight;
        let failures_before = own.last.as_ref().map_or(0, |(_, last)| last.failures);
        let recovers = own.is_up && !finding.has_failed && failures_before > 0;
        own.is_up = finding.is_up;
        own.weight = finding.weight;
        own.last = Some((now, finding.clone()));
        let is_up = state.is_up();
        if is_up && !was_up {
            state.grows_since = Some(now);
        }
        let Some(spec) = shared.servers.get(server) else { return };
        let Some(rules) = spec.checks.get(check) else { return };
        let endpoint = Some(spec.endpoint);
        if finding.has_failed && (finding.is_up || rules.tells_all) {
            let Finding { detail, failures, .. } = finding.clone();
            let what = What::CheckFailed { detail, failures, of: rules.timing.falls };
            self.happened(place, endpoint, what, &Cause::Check);
        }
        if recovers {
            let what = What::CheckRecovered { failures: failures_before };
            self.happened(place, endpoint, what, &Cause::Check);
        }
        if is_down_from_the_start {
            let what = What::ServerDown { detail: finding.detail.clone() };
            self.happened(place, endpoint, what, &Cause::Check);
        }
        if !is_up && !has_changed {
            self.readd(place, server);
        }
        if !has_changed {
            return;
        }
        if was_up && !is_up {
            let what = What::ServerDown { detail: finding.detail };
            self.settle_farm(place, endpoint, Some(what), &Cause::Check);
        } else if is_up && !was_up {
            let what = What::ServerUp { detail: finding.detail, weight: 0 };
            self.settle_farm(place, endpoint, Some(what), &Cause::Check);
        } else {
            self.settle_farm(place, endpoint, None, &Cause::Check);
        }
    }

    /// Puts a farm's real servers into the table as they now stand, and tells of it: first of the real server, then of the
    /// quorum, then of the sorry server.
    pub(super) fn settle_farm(
        &mut self,
        place: usize,
        server: Option<Endpoint>,
        what: Option<What>,
        cause: &Cause,
    ) {
        let now = self.board.now();
        let Some(farm) = self.farms.list.get(place) else { return };
        let had_sorry = farm.sorry().is_some();
        let weight = farm.weight_up(&self.configured, &self.farms.holds);
        let (had, has) = (farm.has_quorum, farm.would_have_quorum(weight));
        let before = farm.current.clone();
        if let Some(farm) = self.farms.list.get_mut(place) {
            farm.has_quorum = has;
        }
        let Some(farm) = self.farms.list.get(place) else { return };
        let has_sorry = farm.sorry().is_some();
        let after = lists(&self.configured, &self.farms, farm, now);
        for ((key, old), (_, new)) in before.iter().zip(&after) {
            for command in plan_servers(*key, old, new) {
                self.put(command);
            }
        }
        self.drains_changed |= before != after && !self.farms.holds.is_empty();
        self.note_drains();
        let weight_of = |lists: &[(ServiceKey, ServerList)]| {
            let (_, list) = lists.first()?;
            list.iter().find(|spec| Some(spec.endpoint) == server).map(|spec| spec.weight)
        };
        let (from, to) = (weight_of(&before), weight_of(&after));
        if let Some(farm) = self.farms.list.get_mut(place) {
            farm.current = after;
        }
        match what {
            Some(What::ServerUp { detail, .. }) => {
                let what = What::ServerUp { detail, weight: to.unwrap_or(0) };
                self.happened(place, server, what, cause);
            }
            Some(what) => self.happened(place, server, what, cause),
            None => {
                if let (Some(from), Some(to)) = (from, to)
                    && from != to
                {
                    self.happened(place, server, What::Weight { from, to }, cause);
                }
            }
        }
        match (had, has) {
            (true, false) => self.happened(place, None, What::QuorumLost { weight }, cause),
            (false, true) => self.happened(place, None, What::QuorumGained { weight }, cause),
            _ => {}
        }
        match (had_sorry, has_sorry) {
            (false, true) => self.happened(place, None, What::SorryAdded, cause),
            (true, false) => self.happened(place, None, What::SorryRemoved, cause),
            _ => {}
        }
    }

    /// Makes one change that findings ask for. Somebody may have changed the table by hand meanwhile: what is wanted counts.
    pub(super) fn put(&mut self, command: Command) {
        let again = match (&command, self.change(command.clone())) {
            (_, Ok(())) => return,
            (Command::AddServer(key, spec), Err(ControlError::ServerExists)) => {
                self.change(Command::EditServer(*key, *spec))
            }
            (Command::EditServer(key, spec), Err(ControlError::NoSuchServer)) => {
                self.change(Command::AddServer(*key, *spec))
            }
            (Command::DeleteServer(..), Err(ControlError::NoSuchServer)) => return,
            (_, refused) => refused,
        };
        if let Err(error) = again {
            tracing::warn!("{}: {error}", describe(&command));
        }
    }

    /// Tells of a change.
    pub(super) fn happened(&mut self, place: usize, server: Option<Endpoint>, what: What, cause: &Cause) {
        let Some(farm) = self.farms.list.get(place) else { return };
        let farm = Arc::clone(&farm.farm);
        self.record(|number, unix_seconds, epoch| HappeningRecord {
            number,
            unix_seconds,
            epoch,
            cause: cause.clone(),
            farm: farm.name.clone(),
            server,
            what: what.clone(),
        });
        self.outside.tell(Happening { number: self.told, cause: cause.clone(), farm, server, what });
    }

    /// Writes down a change, of this number, time (since 1970) and epoch.
    pub(super) fn record(&mut self, change: impl FnOnce(u64, f64, u64) -> HappeningRecord) {
        self.told += 1;
        if self.happenings.len() >= REMEMBERED {
            self.happenings.pop_front();
        }
        let unix_seconds = self.outside.unix_time().as_secs_f64();
        let record = change(self.told, unix_seconds, self.board.snapshot.load().epoch);
        self.happenings.push_back(record);
    }

    /// Tells of the end, where something follows it: real servers that are up no longer are, nor is there a quorum or a sorry
    /// server.
    pub(super) fn tell_of_the_end(&mut self) {
        for place in 0..self.farms.list.len() {
            let Some(farm) = self.farms.list.get(place) else { continue };
            let (spec, had_quorum, had_sorry) =
                (Arc::clone(&farm.farm), farm.has_quorum, farm.sorry().is_some());
            let mails = spec.mail.as_ref().is_some_and(|mail| mail.about.contains(&MailTopic::Stopping));
            let is_mailed = mails && spec.words != Words::Keepalived;
            let up: Vec<Endpoint> = match spec.scripts.at_end || (is_mailed && !spec.stays) {
                false => Vec::new(),
                true => {
                    let all = spec.servers.iter().zip(&farm.servers);
                    all.filter(|(_, state)| state.is_up()).map(|(server, _)| server.endpoint).collect()
                }
            };
            for server in up {
                let what = What::ServerDown { detail: "the director ends".to_owned() };
                self.happened(place, Some(server), what, &Cause::Stop);
            }
            if spec.scripts.at_end && had_quorum {
                self.happened(place, None, What::QuorumLost { weight: 0 }, &Cause::Stop);
            }
            if spec.scripts.fallback.is_some() && had_sorry {
                self.happened(place, None, What::SorryRemoved, &Cause::Stop);
            }
        }
    }

    /// Notes what the table holds for a farm.
    pub(super) fn remember(&mut self, place: usize, now: Tick) {
        let current = self.farms.list.get(place).map(|farm| lists(&self.configured, &self.farms, farm, now));
        if let (Some(farm), Some(current)) = (self.farms.list.get_mut(place), current) {
            farm.current = current;
        }
    }

    /// Lets weights grow whose time has come.
    pub(super) fn let_grow(&mut self, now: Tick) {
        for place in 0..self.farms.list.len() {
            let Some(farm) = self.farms.list.get_mut(place) else { continue };
            for endpoint in farm.growing(now) {
                self.settle_farm(place, Some(endpoint), None, &Cause::Time);
            }
        }
    }

    /// What is remembered of changes since this one.
    pub(super) fn events(&self, after: u64) -> Vec<HappeningRecord> {
        self.happenings.iter().filter(|record| record.number > after).cloned().collect()
    }

    /// Which checks are to run.
    pub(super) fn send_beats(&mut self) {
        let view: Arc<Snapshot> = self.board.snapshot.load_full();
        let here = |key: &ServiceKey| match key {
            ServiceKey::Tuple { virt, .. } => view.network.host_addresses.contains(&virt.addr),
            ServiceKey::Fwmark { .. } => true,
        };
        let mut beats = self.farms.beats(here);
        for beat in &mut beats {
            let Some(server) = beat.farm.servers.get(beat.server) else { continue };
            if server.checks.get(beat.check).is_some_and(|check| check.through_vip) {
                let key = beat.farm.services.first();
                beat.through = key.and_then(|key| through::spec_of(&self.configured, key, server));
            }
        }
        self.outside.watch(beats);
        let folders = self.farms.folders();
        self.farms.maintained.retain(|folder, _| folders.iter().any(|(own, _)| own == folder));
        self.outside.look_at(folders);
    }
}

/// Are real servers told of that are down from the start? ldirectord has them in the table for a moment, and tells of it when
/// it takes them out; keepalived and nanny say nothing of who never was up.
fn tells_of_beginners(farm: &Farm) -> bool {
    matches!(farm.words, Words::Ldirectord | Words::Ulvs)
}

/// Has a farm a sorry server at all? Of one that it has no longer nothing can be told in familiar words.
fn farm_has_sorry(farms: &Farms, place: usize) -> bool {
    farms.list.get(place).is_some_and(|farm| farm.farm.sorry.is_some())
}
