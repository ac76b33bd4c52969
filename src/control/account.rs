//! What was counted, as listings show it: since the last -Z, with rates, while estimation goes on; and the connections.

use super::check::ENGINE;
use super::command::{ConnectionState, HelperState, ServerState, ServiceState, Totals};
use super::estimate::Estimator;
use super::publish::FTP;
use super::tables::{Service, Tables};
use super::{Board, ControlError};
use crate::conn::Conn;
use crate::lvs::{Endpoint, Family, ForwardingMethod, Protocol, ServiceKey, Stats};
use crate::service::SharedStats;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Statistics with the memory that -Z and the estimator need.
#[derive(Debug, Default)]
pub(super) struct Counted {
    base: Stats,
    estimator: Estimator,
    /// Estimation is stopped (`run_estimation`): listings show what the estimator saw last.
    is_stopped: bool,
}

impl Counted {
    /// Of something new.
    pub fn new(is_estimating: bool) -> Self {
        Self { is_stopped: !is_estimating, ..Self::default() }
    }

    /// -Z: from here on listings begin anew.
    pub fn zero(&mut self, now: Stats) {
        let seen = self.seen(now);
        self.base = seen;
        self.estimator.zero(&seen);
    }

    /// Counts for a service that was made anew. As in IPVS it begins with what the estimator saw last: what came in the
    /// last moments before the deletion counts for the new one.
    pub fn begin_anew(&mut self) {
        let seen = self.estimator.last();
        self.zero(seen);
    }

    /// What of `now` listings show.
    fn seen(&self, now: Stats) -> Stats {
        if self.is_stopped { self.estimator.last() } else { now }
    }

    /// Since the last -Z.
    pub fn listed(&self, now: Stats) -> Stats {
        self.seen(now).since(&self.base)
    }
}

/// What all services together have counted.
#[derive(Debug, Default)]
pub(super) struct AllServices {
    /// Of all of them.
    pub counted: Counted,
    /// By services that no worker knows any more.
    pub retired: Stats,
    /// Counters of deleted services, and the epochs of their deletion: workers that have not heard of it still count.
    pub retiring: Vec<(u64, Arc<SharedStats>)>,
}

impl Tables {
    /// Lets estimation of all services and real servers go on, or stops it.
    pub(super) fn set_estimating(&mut self, is_estimating: bool) {
        let services = self.services.values_mut().map(|service| &mut service.counted);
        let servers = self.slots.iter_mut().flatten().map(|slot| &mut slot.counted);
        for counted in services.chain(servers).chain([&mut self.all.counted]) {
            counted.is_stopped = !is_estimating;
        }
    }

    /// Lets the estimators of all services and real servers take in what was counted since the last time. Those of deleted
    /// real servers stand still.
    pub fn estimate(&mut self) {
        if !self.tunables.run_estimation.is_on() {
            return;
        }
        for service in self.services.values_mut() {
            service.counted.estimator.update(&service.current.stats.read());
        }
        for slot in self.slots.iter_mut().flatten().filter(|slot| slot.deleted.is_none()) {
            slot.counted.estimator.update(&slot.real.stats.read());
        }
        let all = self.counted_by_all();
        self.all.counted.estimator.update(&all);
    }

    /// What all services together counted, ever.
    pub(super) fn counted_by_all(&self) -> Stats {
        let running = self.services.values().map(|service| &service.current.stats);
        let retiring = self.all.retiring.iter().map(|(_, stats)| stats);
        running.chain(retiring).fold(self.all.retired, |sum, stats| sum.plus(&stats.read()))
    }

    /// What all services together have counted.
    pub fn totals(&self) -> Totals {
        Totals {
            stats: self.all.counted.listed(self.counted_by_all()),
            rates: self.all.counted.estimator.rates(),
        }
    }

    /// Services as they run, all or one.
    pub fn services(&self, key: Option<ServiceKey>) -> Result<Vec<ServiceState>, ControlError> {
        if let Some(key) = key
            && !self.services.contains_key(&key)
        {
            return Err(ControlError::NoSuchService);
        }
        let wanted = self.services.iter().filter(|(own, _)| key.is_none_or(|key| key == **own));
        Ok(wanted.map(|(_, service)| self.service_state(service)).collect())
    }

    fn service_state(&self, service: &Service) -> ServiceState {
        let servers = service.current.pool.servers().iter().filter_map(|real| self.slot(real.id));
        ServiceState {
            spec: service.current.spec.clone(),
            stats: service.counted.listed(service.current.stats.read()),
            rates: service.counted.estimator.rates(),
            servers: servers
                .map(|slot| ServerState {
                    spec: slot.spec,
                    active: u32::try_from(slot.real.active()).unwrap_or(0),
                    inactive: u32::try_from(slot.real.inactive()).unwrap_or(0),
                    persistent: u32::try_from(slot.real.persistent()).unwrap_or(0),
                    stats: slot.counted.listed(slot.real.stats.read()),
                    rates: slot.counted.estimator.rates(),
                })
                .collect(),
        }
    }

    /// The application helpers that are on, and how much each has to do.
    pub fn helpers(&self, board: &Board) -> Vec<HelperState> {
        let ftp = || HelperState {
            name: "ftp".to_owned(),
            protocol: Protocol::Tcp,
            port: FTP,
            connections: board.conns.count(Conn::is_ftp_control) as u64,
        };
        self.tunables.ftp_helper.is_on().then(ftp).into_iter().collect()
    }

    /// The connection table for a listing.
    pub fn connections(&self, board: &Board) -> Vec<ConnectionState> {
        let mut all = Vec::with_capacity(board.conns.len());
        board.conns.for_each(board.now(), |conn| {
            let real = match (conn.method, conn.virt.family()) {
                (ForwardingMethod::Bypass, Family::V4) => Some(Ipv4Addr::UNSPECIFIED.into()),
                (ForwardingMethod::Bypass, Family::V6) => Some(Ipv6Addr::UNSPECIFIED.into()),
                _ => self.slot(conn.server).map(|slot| slot.real.endpoint.addr),
            };
            let read = conn.engine_data.bytes();
            let engine =
                (!read.is_empty()).then(|| (ENGINE.to_owned(), String::from_utf8_lossy(read).into_owned()));
            all.push(ConnectionState {
                protocol: conn.protocol,
                expires_seconds: conn.expires_seconds,
                state: conn.state.to_owned(),
                client: conn.client,
                virt: conn.virt,
                real: Endpoint::new(real.unwrap_or(conn.virt.addr), conn.rport),
                engine,
                is_heard_of: conn.is_heard_of,
            });
        });
        all
    }
}
