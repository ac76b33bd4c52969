//! What a director takes over from one that is dead: its connections.

use super::command::Intent;
use super::keeper::{Keeper, Outside};
use super::tables::{Slot, Tables};
use crate::conn::{Adoption, Era, Found, Heir, ServerName};
use crate::lvs::{Endpoint, RealServerSpec, ServiceKey};
use crate::time::Tick;
use std::collections::BTreeMap;
use std::fmt;
use std::io;

/// What another process left, and what is to become of it.
pub struct Inheritance {
    /// When the ticks of this process began.
    pub era: Era,
    /// The table that was found; `None`: there is none that could be adopted.
    pub found: Option<Found>,
    /// Puts this process's table in the place of the one that was found: all that goes on is in it now.
    pub replace: Box<dyn FnOnce() -> io::Result<()> + Send>,
}

impl fmt::Debug for Inheritance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inheritance")
            .field("era", &self.era)
            .field("found", &self.found)
            .finish_non_exhaustive()
    }
}

impl Tables {
    /// What real servers are called, by their numbers.
    pub fn server_names(&self) -> impl Iterator<Item = Option<ServerName>> + '_ {
        let name = |slot: &Slot| ServerName { service: slot.service_key, endpoint: slot.real.endpoint };
        self.slots.iter().map(move |slot| slot.as_ref().map(name))
    }

    /// Who the real servers of a found table are now: those of the table; and those that are configured but out of it at
    /// this moment (down, or held by an operator), which get a place among the deleted ones, where connections wait for them.
    fn heirs(&mut self, names: &[Option<ServerName>], configured: &Intent, now: Tick) -> Vec<Option<Heir>> {
        let known = |slot: &Slot| ((slot.service_key, slot.real.endpoint), slot.heir());
        let mut known: BTreeMap<(ServiceKey, Endpoint), Heir> =
            self.slots.iter().flatten().map(known).collect();
        let mut heir = |name: &ServerName| {
            let key = (name.service, name.endpoint);
            if let Some(heir) = known.get(&key) {
                return Some(*heir);
            }
            let (_, servers) = configured.services.get(&name.service)?;
            let spec: &RealServerSpec = servers.iter().find(|spec| spec.endpoint == name.endpoint)?;
            let id = self.add_deleted(name.service, spec, now)?;
            let heir = self.slot(id)?.heir();
            known.insert(key, heir);
            Some(heir)
        };
        names.iter().map(|name| heir(name.as_ref()?)).collect()
    }
}

impl Slot {
    fn heir(&self) -> Heir {
        Heir {
            server: self.real.id,
            real: self.real.endpoint.addr,
            method: self.real.method(),
            vip: match self.service_key {
                ServiceKey::Tuple { virt, .. } => Some(virt.addr),
                ServiceKey::Fwmark { .. } => None,
            },
        }
    }
}

impl<O: Outside> Keeper<O> {
    /// Before [`begin`](Self::begin): what that is to take over.
    pub fn inherit(&mut self, inheritance: Inheritance) {
        self.inheritance = Some(inheritance);
    }

    /// The configuration is there, and nothing of it is published yet: the moment for connections that were found.
    pub(super) fn take_over(&mut self) {
        let Some(Inheritance { era, found, replace }) = self.inheritance.take() else { return };
        if let Some(found) = found {
            let now = self.board.now();
            let heirs = self.tables.heirs(found.names(), &self.configured, now);
            let (adoption, read) = self.board.conns.adopt(&found, &heirs, era, now);
            self.count_adopted();
            self.is_dirty = true;
            tell(&adoption);
            if let Err(error) = read {
                tracing::error!("the rest of the table that was found cannot be read: {error}");
            }
        }
        self.name_servers();
        let kept = self.board.conns.declare(era).and_then(|()| replace());
        if let Err(error) = kept {
            tracing::error!("the connection table will not outlive this process: {error}");
        }
    }

    /// Writes down what real servers are called, so that the next process knows whose connections it finds.
    pub(super) fn name_servers(&self) {
        if self.board.conns.is_kept()
            && let Err(error) = self.board.conns.name_servers(self.tables.server_names())
        {
            tracing::error!("connections of new real servers will not outlive this process: {error}");
        }
    }

    /// Nothing was bound before.
    fn count_adopted(&self) {
        self.board.conns.count(|conn| {
            let Some(slot) = self.tables.slot(conn.server()) else { return false };
            if conn.is_template() {
                slot.real.bind_template();
            } else {
                slot.real.bind();
                if conn.is_active() {
                    slot.real.set_active(true);
                }
            }
            true
        });
    }
}

fn tell(adoption: &Adoption) {
    if adoption.torn + adoption.unsound + adoption.twice > 0 {
        tracing::warn!("a table of connections was found: {adoption}");
    } else {
        tracing::info!("a table of connections was found: {adoption}");
    }
}
