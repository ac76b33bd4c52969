//! `[[service]]`: services with their real servers, those that are checked together, and those that are checked with
//! others.

use super::layers::Layers;
use super::reader::Reader;
use super::server::Of;
use super::service::service_address;
use super::{Shared, Table, Value, keys};
use crate::control::command::Intent;
use crate::lvs::{Endpoint, Farm, RealServerSpec, ServiceKey};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Most real servers, counted in each of their services.
const MAX_SERVERS: usize = 1 << 20;

/// Most real servers that are looked up to say which are missing.
const MAX_COMPARED: usize = 4 << 20;

/// What has been read of all services.
#[derive(Default)]
struct Read {
    /// Farms by name.
    farms: HashMap<String, usize>,
    /// Real servers, counted in each of their services.
    servers: usize,
    /// Real servers that have been looked up because those of two services differ.
    compared: usize,
}

/// A real server with its table.
type Row<'v, 'i> = (RealServerSpec, Range<usize>, &'v Table<'i>);

impl Reader<'_, '_> {
    pub(super) fn services<'i>(&mut self, value: &Value<'i>, shared: &Shared<'_, 'i>, intent: &mut Intent) {
        let mut read = Read::default();
        let tables = self.tables(value, "service");
        let (followers, leaders): (Vec<_>, Vec<_>) =
            tables.into_iter().partition(|(table, _)| table.contains_key("with"));
        for (table, span) in leaders {
            self.leader(table, span, shared, intent, &mut read);
        }
        // Behind all others, so that they may also stand before those that they are checked with.
        for (table, span) in followers {
            self.follower(table, span, shared, intent, &mut read);
        }
    }

    /// Services that stand for themselves.
    fn leader<'i>(
        &mut self,
        table: &Table<'i>,
        span: Range<usize>,
        shared: &Shared<'_, 'i>,
        intent: &mut Intent,
        read: &mut Read,
    ) {
        self.known(
            table,
            &[
                keys::SERVICE,
                keys::SERVICE_SHARED,
                keys::FARM_SHARED,
                keys::SERVER_SHARED,
                keys::WATCH_SHARED,
            ],
        );
        let layers = Layers::new([Some(table), shared.defaults, None]);
        let added = self.added(table, span.clone(), layers, intent);
        let services: Vec<ServiceKey> = added.iter().map(|(key, _)| *key).collect();
        let of = Of { services: &services, alone: services.len() == 1 };
        let rows = self.rows(table, shared.defaults, of);
        self.shared(table, shared);
        for (key, _) in &added {
            self.put(*key, rows.iter().map(|(spec, ..)| *spec), &span, intent, read);
        }
        let watched = layers.has_any(&[keys::FARM_SHARED, keys::WATCH_SHARED, &["name", "comment"]].concat())
            || rows.iter().any(|(_, _, server)| {
                keys::WATCH_SHARED.iter().chain(&["name"]).any(|key| server.contains_key(*key))
            });
        let Some(first) = services.first().filter(|_| watched) else { return };
        let name = table.get("name").and_then(|value| self.word(value));
        let name = name.map_or_else(|| service_address(first), str::to_owned);
        let farm = self.farm(name.clone(), layers, of, span.clone(), shared);
        let servers = rows
            .iter()
            .map(|(spec, _, server)| {
                let layers = Layers::new([Some(server), Some(table), shared.defaults]);
                self.watched(
                    (spec.endpoint, Some((*first, spec.method))),
                    server,
                    layers,
                    farm.mail.is_some(),
                    shared,
                )
            })
            .collect();
        if read.farms.insert(name, intent.farms.len()).is_some() {
            let at = table.get("name").map_or(span, toml::Spanned::span);
            self.error(at, format!("the name `{}` is given twice", farm.name));
        }
        intent.farms.push(Farm { servers, ..farm });
    }

    /// `[defaults]`: told even if there is no service.
    pub(super) fn defaults<'i>(&mut self, table: &Table<'i>, shared: &Shared<'_, 'i>) {
        self.known(
            table,
            &[keys::SERVICE_SHARED, keys::FARM_SHARED, keys::SERVER_SHARED, keys::WATCH_SHARED],
        );
        self.shared(table, shared);
        let layers = Layers::new([None, Some(table), None]);
        let of = Of { services: &[], alone: false };
        self.farm(String::new(), layers, of, 0..0, shared);
    }

    /// Reads what a table says for many real servers, so that mistakes are told even if there are none of these.
    fn shared<'i>(&mut self, table: &Table<'i>, shared: &Shared<'_, 'i>) {
        // A table that is empty, and this one behind it: a tunnel may be said of real servers of which some are not.
        let layers = Layers::new([None, Some(table), None]);
        self.shared_by_servers(layers);
        let nobody = Endpoint::new([0, 0, 0, 0].into(), 0);
        self.watched((nobody, None), &Table::new(), layers, false, shared);
    }

    /// Services that are checked with others.
    fn follower<'i>(
        &mut self,
        table: &Table<'i>,
        span: Range<usize>,
        shared: &Shared<'_, 'i>,
        intent: &mut Intent,
        read: &mut Read,
    ) {
        for key in table.keys().filter(|key| {
            let key = key.get_ref().as_ref();
            keys::FARM_SHARED.contains(&key)
                || keys::WATCH_SHARED.contains(&key)
                || key == "name"
                || key == "comment"
        }) {
            let message = format!("`{}` belongs to the service that this one is checked with", key.get_ref());
            self.error(key.span(), message);
        }
        self.known(
            table,
            &[
                keys::SERVICE,
                keys::SERVICE_SHARED,
                keys::SERVER_SHARED,
                keys::FARM_SHARED,
                keys::WATCH_SHARED,
            ],
        );
        let layers = Layers::new([Some(table), shared.defaults, None]);
        let added = self.added(table, span.clone(), layers, intent);
        let services: Vec<ServiceKey> = added.iter().map(|(key, _)| *key).collect();
        let rows = self.rows(table, shared.defaults, Of { services: &services, alone: false });
        self.shared(table, shared);
        let Some(with) = table.get("with") else { return };
        let Some(name) = self.word(with) else { return };
        let Some(place) = read.farms.get(name).copied() else {
            let help = "the name of a service with checks: name = \"…\" there, or its address as text";
            return self.error_with_help(with.span(), "no service of that name is checked", help);
        };
        for (_, _, server) in &rows {
            self.known(server, &[&["address"], keys::SERVER_SHARED]);
        }
        let theirs = intent.farms.get(place).map(|farm| (farm.services.first().copied(), farm.servers.len()));
        let Some((Some(leader), count)) = theirs else { return };
        let own = table.contains_key("server");
        if own {
            let farm = intent.farms.get(place);
            farm.into_iter().for_each(|farm| self.compare_servers(&rows, farm, with.span(), read));
        }
        for (key, _) in added {
            if own {
                self.put(key, rows.iter().map(|(spec, ..)| *spec), &span, intent, read);
            } else {
                let servers = intent.services.get(&leader).map(|(_, servers)| servers);
                let servers = servers.filter(|servers| servers.len() <= MAX_SERVERS - read.servers);
                let servers = servers.cloned().unwrap_or_default();
                let short = servers.len() != count;
                self.put(key, servers.into_iter(), &span, intent, read);
                if short {
                    self.too_many(span.clone());
                }
            }
            if let Some(farm) = intent.farms.get_mut(place) {
                farm.services.push(key);
            }
        }
    }

    /// Tells if a service that is checked with others has other real servers than they.
    fn compare_servers(&mut self, rows: &[Row<'_, '_>], farm: &Farm, at: Range<usize>, read: &mut Read) {
        if rows.iter().map(|(spec, ..)| spec.endpoint).eq(farm.servers.iter().map(|s| s.endpoint)) {
            return;
        }
        read.compared += rows.len() + farm.servers.len();
        if read.compared > MAX_COMPARED {
            return self.warning(at, "has other real servers than the service that it is checked with");
        }
        let own: HashSet<Endpoint> = rows.iter().map(|(spec, ..)| spec.endpoint).collect();
        let theirs: HashSet<Endpoint> = farm.servers.iter().map(|server| server.endpoint).collect();
        let of = &farm.name;
        if let Some((spec, at, _)) = rows.iter().find(|(spec, ..)| !theirs.contains(&spec.endpoint)) {
            let message = format!("nothing checks {}: `{of}` does not have it", spec.endpoint);
            self.warning(at.clone(), &message);
        }
        if let Some(server) = farm.servers.iter().find(|server| !own.contains(&server.endpoint)) {
            let message =
                format!("the real server {} of `{of}` is not among those of this service", server.endpoint);
            self.error(at, message);
        }
    }

    /// Puts the services of a table into the intent, without real servers.
    fn added(
        &mut self,
        table: &Table<'_>,
        span: Range<usize>,
        layers: Layers<'_, '_>,
        intent: &mut Intent,
    ) -> Vec<(ServiceKey, Range<usize>)> {
        let Some(address) = table.get("address") else {
            self.error(span, "a service needs an address, such as address = \"tcp 10.0.0.1:80\"");
            return Vec::new();
        };
        let mut added = Vec::new();
        for (key, at) in self.service_keys(address) {
            let Some(spec) = self.spec(key, at.clone(), layers) else { continue };
            if intent.services.contains_key(&key) {
                self.error(at, "the service is defined twice");
                continue;
            }
            self.out.place(key, self.source, at.start);
            intent.services.insert(key, (spec, Vec::new()));
            added.push((key, at));
        }
        added
    }

    /// The real servers of a table.
    fn rows<'v, 'i>(
        &mut self,
        table: &'v Table<'i>,
        defaults: Option<&Table<'i>>,
        of: Of<'_>,
    ) -> Vec<Row<'v, 'i>> {
        let Some(value) = table.get("server") else { return Vec::new() };
        let mut seen = HashSet::new();
        let mut rows = Vec::new();
        for (server, span) in self.tables(value, "service.server") {
            self.known(server, &[keys::SERVER, keys::SERVER_SHARED, keys::WATCH_SHARED]);
            let layers = Layers::new([Some(server), Some(table), defaults]);
            let Some((spec, at)) = self.real_server(server.get("address"), span, layers, of) else {
                continue;
            };
            if !seen.insert(spec.endpoint) {
                let message = format!("the real server {} is defined twice in its service", spec.endpoint);
                self.error(at, message);
                continue;
            }
            rows.push((spec, at, server));
        }
        rows
    }

    /// Gives real servers to a service.
    fn put(
        &mut self,
        key: ServiceKey,
        servers: impl ExactSizeIterator<Item = RealServerSpec>,
        span: &Range<usize>,
        intent: &mut Intent,
        read: &mut Read,
    ) {
        if servers.len() > MAX_SERVERS - read.servers {
            return self.too_many(span.clone());
        }
        read.servers += servers.len();
        if let Some((_, list)) = intent.services.get_mut(&key) {
            list.extend(servers);
        }
    }

    fn too_many(&mut self, span: Range<usize>) {
        let message = format!("with this there are more than {MAX_SERVERS} real servers in all services");
        self.error(span, message);
    }
}
