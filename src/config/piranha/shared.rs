//! Virtual servers that share a mark: one service for all of them.

use super::build::{Entry, Service};
use super::reader::Reader;
use super::virtual_server::Virtual;
use crate::lvs::{Endpoint, Farm, Probe, ScriptKind, ScriptProbe, ServiceSpec};
use std::collections::{BTreeSet, HashMap};

impl Service {
    /// Another virtual server with the same mark.
    pub fn join(
        &mut self,
        reader: &mut Reader<'_, '_>,
        of: &Virtual<'_>,
        spec: &ServiceSpec,
        farm: &Farm,
        entries: Vec<Entry>,
    ) {
        let at = of.fwmark.as_ref().map_or(of.name_at.clone(), |(_, at)| at.clone());
        let message = format!(
            "`{}` has the mark of `{}` (line {}): one service is for both, and a real server is up while the checks of both \
             succeed; lvsd would leave `{}` without real servers",
            of.name, self.farm.name, self.line, of.name
        );
        reader.note(at.clone(), message).strict();
        let mut differs = Vec::new();
        if spec.scheduler != self.spec.scheduler {
            differs.push("scheduler");
        }
        if spec.persistence != self.spec.persistence {
            differs.push("persistent, pmask");
        }
        if farm.sorry.map(|sorry| sorry.server.endpoint.addr)
            != self.farm.sorry.map(|sorry| sorry.server.endpoint.addr)
        {
            differs.push("sorry_server");
        }
        let said = |(spec, server): &Entry| (spec.endpoint.addr, (spec.weight, server.when_down));
        let weights = self.shared.get_or_insert_with(|| self.entries.iter().map(said).collect());
        for (rip, said) in entries.iter().map(said) {
            if *weights.entry(rip).or_insert(said) != said && !differs.contains(&"weight, quiesce_server") {
                differs.push("weight, quiesce_server");
            }
        }
        if !differs.is_empty() {
            let message =
                format!("of {} those of `{}` count for the mark", differs.join(", "), self.farm.name);
            reader.warning(at, message).help("give both the same");
        }
        self.entries.extend(entries);
    }
}

/// The real servers of virtual servers that share a mark: each once, with the checks of all. What has several ports gets
/// packets at the port that the client asked for.
pub(super) fn merged(entries: Vec<Entry>, farm: &mut Farm) -> Vec<Entry> {
    let ports: BTreeSet<u16> = entries.iter().map(|(spec, _)| spec.endpoint.port).collect();
    let keeps_port = ports.len() > 1;
    if keeps_port && let Some(sorry) = &mut farm.sorry {
        sorry.server.endpoint.port = 0;
    }
    let mut places: HashMap<Endpoint, usize> = HashMap::new();
    let mut all: Vec<Entry> = Vec::with_capacity(entries.len());
    for (mut spec, mut server) in entries {
        if keeps_port {
            for check in server.checks.iter_mut().filter(|check| !is_load(&check.probe)) {
                check.port.get_or_insert(spec.endpoint.port);
            }
            spec.endpoint.port = 0;
            server.endpoint.port = 0;
        }
        match places.get(&spec.endpoint).and_then(|place| all.get_mut(*place)) {
            Some((_, first)) => {
                for check in server.checks {
                    // Of very many not all are looked through.
                    if !first.checks.iter().rev().take(MAX_ALIKE).any(|other| *other == check) {
                        first.checks.push(check);
                    }
                }
            }
            None => {
                places.insert(spec.endpoint, all.len());
                all.push((spec, server));
            }
        }
    }
    all
}

/// So many checks are looked through for one that is equal.
const MAX_ALIKE: usize = 64;

/// Does it read a load, rather than check?
pub(super) const fn is_load(probe: &Probe) -> bool {
    matches!(probe, Probe::Script(ScriptProbe { kind: ScriptKind::Load, .. }))
}
