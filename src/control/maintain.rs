//! What others do about real servers by files and by hand: files of maintenance, and tables that they change.

use super::command::{Command, HoldKind};
use super::happening::{Cause, MaintenanceFile, What};
use super::keeper::{Keeper, Outside};
use crate::lvs::WhenDown;
use std::path::PathBuf;

impl<O: Outside> Keeper<O> {
    /// What there is in a folder of maintenance: real servers that a file is named as are down until it is gone.
    pub fn maintain(&mut self, folder: PathBuf, files: Vec<MaintenanceFile>) {
        self.farms.maintained.insert(folder.clone(), files);
        let now = self.board.now();
        for place in 0..self.farms.list.len() {
            let Some(farm) = self.farms.list.get(place).map(|farm| farm.farm.clone()) else { continue };
            if farm.maintenance.as_ref() != Some(&folder) {
                continue;
            }
            for (number, server) in farm.servers.iter().enumerate() {
                let file = self.farms.file_of(&farm, server);
                let state = self.farms.list.get_mut(place).and_then(|farm| farm.servers.get_mut(number));
                let Some(state) = state else { continue };
                let was_up = state.is_up();
                let before = std::mem::replace(&mut state.maintenance, file.clone());
                let what = match (was_up, state.is_up()) {
                    (true, false) => {
                        let detail = format!("maintenance file {}", file.unwrap_or_default());
                        What::ServerDown { detail }
                    }
                    (false, true) => {
                        state.grows_since = Some(now);
                        let detail = format!("maintenance file {} is gone", before.unwrap_or_default());
                        What::ServerUp { detail, weight: 0 }
                    }
                    _ => continue,
                };
                self.settle_farm(place, Some(server.endpoint), Some(what), &Cause::Check);
            }
        }
    }

    /// A real server is down still: if somebody has taken it out of the table meanwhile, where it shall stay with weight 0,
    /// it is put back, if the farm wants that.
    pub(super) fn readd(&mut self, place: usize, server: usize) {
        let Some(farm) = self.farms.list.get(place).filter(|farm| farm.farm.readds) else { return };
        let Some(own) = farm.farm.servers.get(server) else { return };
        if own.when_down != WhenDown::Quiesce {
            return;
        }
        let endpoint = own.endpoint;
        let wanted = farm.current.iter().filter_map(|(key, list)| {
            let spec = list.iter().find(|spec| spec.endpoint == endpoint)?;
            let hold = self.farms.holds.get(&(*key, endpoint)).map(|hold| hold.kind);
            (hold != Some(HoldKind::Maint) && self.tables.holds(key, endpoint) == Some(false))
                .then_some((*key, *spec))
        });
        let wanted: Vec<_> = wanted.collect();
        if wanted.is_empty() {
            return;
        }
        for (key, spec) in wanted {
            self.put(Command::AddServer(key, spec));
        }
        self.drains_changed = true;
        self.note_drains();
        self.happened(place, Some(endpoint), What::Readded, &Cause::Check);
    }
}
