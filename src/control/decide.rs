//! What operators decide about real servers: now, at a drain's deadline, and over a restart.

use super::ControlError;
use super::command::{Deadline, Decision, HoldKind, Then};
use super::farms::{Farms, Hold, HoldDeadline};
use super::happening::{Cause, What};
use super::keeper::{Keeper, Outside};
use crate::lvs::{Endpoint, Farm, ServiceKey};
use crate::time::Tick;

/// The longest deadline: 31 days, as IPVS's timeouts.
const MAX_DEADLINE_SECONDS: u32 = 31 * 24 * 3600;

impl<O: Outside> Keeper<O> {
    /// An operator decides about real servers: of all of them or, if one is not there, of none.
    ///
    /// # Errors
    /// There is no such service or real server, or the deadline is no drain's or too far away.
    pub(super) fn hold(
        &mut self,
        servers: &[(ServiceKey, Endpoint)],
        kind: Option<HoldKind>,
        by: &str,
        deadline: Option<Deadline>,
    ) -> Result<(), ControlError> {
        if let Some(deadline) = deadline {
            if kind != Some(HoldKind::Drain) {
                return Err(ControlError::Invalid("only a drain has a deadline".to_owned()));
            }
            if !(1..=MAX_DEADLINE_SECONDS).contains(&deadline.seconds) {
                let most = MAX_DEADLINE_SECONDS;
                return Err(ControlError::Invalid(format!("a deadline lies 1 to {most} seconds ahead")));
            }
        }
        for (key, server) in servers {
            self.make_farm(key)?;
            let place = self.farms.of_service(key).ok_or(ControlError::NoSuchService)?;
            let farm = self.farms.list.get(place).ok_or(ControlError::NoSuchService)?;
            if !farm.farm.servers.iter().any(|own| own.endpoint == *server) {
                return Err(ControlError::NoSuchServer);
            }
        }
        let (now, since_seconds) = (self.board.now(), self.outside.unix_time().as_secs());
        let held = deadline.map(|Deadline { seconds, then }| HoldDeadline {
            at: now.plus_seconds(seconds),
            unix_seconds: since_seconds + u64::from(seconds),
            then,
            has_passed: false,
        });
        let state = match kind {
            Some(HoldKind::Drain) => "drain",
            Some(HoldKind::Maint) => "maint",
            None => "ready",
        };
        for (key, server) in servers {
            let Some(place) = self.farms.of_service(key) else { continue };
            let before = match kind {
                Some(kind) => {
                    let hold = Hold { kind, by: by.to_owned(), since_seconds, deadline: held };
                    self.farms.holds.insert((*key, *server), hold)
                }
                None => self.farms.holds.remove(&(*key, *server)),
            };
            let had_deadline = before.as_ref().is_some_and(|hold| hold.deadline.is_some());
            if before.map(|hold| hold.kind) != kind || had_deadline || deadline.is_some() {
                self.drains_changed = true;
                let what = What::Held { state: state.to_owned(), deadline };
                self.settle_farm(place, Some(*server), Some(what), &Cause::Operator(by.to_owned()));
            }
        }
        self.keep_decisions();
        Ok(())
    }

    /// A service that no configuration watches has a farm for as long as operators decide about its real servers: what
    /// the table holds when the first decision comes is what comes back.
    fn make_farm(&mut self, key: &ServiceKey) -> Result<(), ControlError> {
        let is_configured = self.configured.farms.iter().any(|farm| farm.services.contains(key));
        let is_held = self.farms.holds.keys().any(|(own, _)| own == key);
        if is_configured || (is_held && self.farms.of_service(key).is_some()) {
            return Ok(());
        }
        let running = self.tables.intent();
        let (spec, servers) = running.services.get(key).ok_or(ControlError::NoSuchService)?;
        let farm = Farm::unwatched(*key, servers.iter().map(|spec| spec.endpoint));
        self.farms.list.retain(|farm| !farm.farm.services.contains(key));
        self.configured.services.insert(*key, (spec.clone(), servers.clone()));
        let mut wanted: Vec<Farm> = self.farms.list.iter().map(|farm| Farm::clone(&farm.farm)).collect();
        wanted.push(farm);
        let mut next = self.farms.successor(&wanted);
        for (farm, before) in next.list.iter_mut().zip(&self.farms.list) {
            farm.current.clone_from(&before.current);
        }
        self.farms = next;
        self.remember(self.farms.list.len() - 1, self.board.now());
        Ok(())
    }

    /// Real servers that are drained must know it, also those that are new in the table.
    pub(super) fn note_drains(&mut self) {
        if std::mem::take(&mut self.drains_changed) {
            let holds = &self.farms.holds;
            self.tables.note_drains(|key, server| {
                let hold = holds.get(&(key, server)).filter(|hold| hold.kind == HoldKind::Drain);
                (hold.is_some(), hold.is_some_and(Hold::resets))
            });
        }
    }

    /// Drains whose deadline has come: what they have goes on, or is reset from now on.
    pub(super) fn meet_deadlines(&mut self, now: Tick) {
        let is_due = |deadline: &HoldDeadline| {
            !deadline.has_passed && (now == deadline.at || now.since(deadline.at) > 0)
        };
        let due = self.farms.holds.iter_mut().filter_map(|(whose, hold)| {
            let deadline = hold.deadline.as_mut().filter(|deadline| is_due(deadline))?;
            deadline.has_passed = true;
            Some((*whose, deadline.then))
        });
        let due: Vec<((ServiceKey, Endpoint), Then)> = due.collect();
        for ((key, server), then) in due {
            let left = self.tables.connections_of(key, server);
            let left = u64::from(left.active) + u64::from(left.inactive);
            self.drains_changed = true;
            self.note_drains();
            let Some(place) = self.farms.of_service(&key) else { continue };
            self.happened(place, Some(server), What::DeadlinePassed { left, then }, &Cause::Time);
        }
    }

    /// Takes in what operators decided before the director was started; before [`begin`](Self::begin). Of real servers that
    /// its configuration does not name nothing is kept.
    pub fn recall(&mut self, decisions: Vec<Decision>) {
        let (now, unix) = (self.board.now(), self.outside.unix_time().as_secs());
        for decision in &decisions {
            let deadline = decision.deadline.map(|(unix_seconds, then)| {
                let left = unix_seconds.saturating_sub(unix).min(u64::from(MAX_DEADLINE_SECONDS));
                let at = now.plus_seconds(u32::try_from(left).unwrap_or(MAX_DEADLINE_SECONDS));
                HoldDeadline { at, unix_seconds, then, has_passed: false }
            });
            let Decision { service, server, hold: kind, since_unix_seconds: since_seconds, .. } = *decision;
            let hold = Hold { kind, by: decision.by.clone(), since_seconds, deadline };
            self.farms.holds.insert((service, server), hold);
        }
        self.decisions_known = decisions;
    }

    /// Says which decisions of before are forgotten, since no configuration names their real servers any more.
    pub(super) fn tell_forgotten(&self, before: &Farms) {
        for ((key, server), hold) in &before.holds {
            if !self.farms.holds.contains_key(&(*key, *server)) {
                let (service, by) = (key.describe(), &hold.by);
                tracing::warn!("{service} {server}: what {by} decided is forgotten: not configured any more");
            }
        }
    }

    /// Tells the outside of decisions that have changed.
    pub(super) fn keep_decisions(&mut self) {
        let decision = |((service, server), hold): (&(ServiceKey, Endpoint), &Hold)| Decision {
            service: *service,
            server: *server,
            hold: hold.kind,
            by: hold.by.clone(),
            since_unix_seconds: hold.since_seconds,
            deadline: hold.deadline.map(|deadline| (deadline.unix_seconds, deadline.then)),
        };
        let decisions: Vec<_> = self.farms.holds.iter().map(decision).collect();
        if decisions != self.decisions_known {
            self.decisions_known.clone_from(&decisions);
            self.outside.decided(decisions);
        }
    }
}
