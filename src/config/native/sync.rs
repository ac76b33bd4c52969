//! `[sync]`: synchronisation of connections with other directors.

use super::reader::Reader;
use super::{Table, Value, keys};
use crate::lvs::{SyncRole, SyncSetup, SyncSides, Vrrp, is_interface_name};
use std::net::IpAddr;
use std::ops::Range;

impl Reader<'_, '_> {
    pub(super) fn sync(&mut self, value: &Value<'_>, vrrp: &Vrrp) -> Option<SyncSetup> {
        let table = self.table(value)?;
        self.known(table, &[keys::SYNC]);
        let interface = match table.get("interface") {
            Some(said) => self.word(said).map(str::to_owned).filter(|name| {
                let may_be = is_interface_name(name);
                if !may_be {
                    self.error(said.span(), "cannot be the name of an interface");
                }
                may_be
            }),
            None => {
                self.error(value.span(), "`interface` is missing: where messages are sent and heard");
                None
            }
        };
        let sides = self.sync_sides(table, value.span(), vrrp);
        let mut number = |key, range| table.get(key).and_then(|value| self.integer(value, range));
        let short = |number: Option<u32>| number.and_then(|number| u16::try_from(number).ok());
        let byte = |number: Option<u32>| number.and_then(|number| u8::try_from(number).ok());
        let (sync_id, ttl) = (byte(number("id", 0..=255)), byte(number("ttl", 1..=255)));
        let (max_len, port) = (short(number("max_len", 1..=65_507)), short(number("port", 1..=65_535)));
        let group = table.get("group").and_then(|value| {
            let group: Option<IpAddr> = self.address(value);
            if group.is_some_and(|group| !group.is_multicast()) {
                self.error(value.span(), "must be a multicast address");
                return None;
            }
            group
        });
        Some(SyncSetup {
            sides: sides?,
            interface: interface?,
            sync_id: sync_id.unwrap_or(0),
            max_len,
            group,
            port,
            ttl,
        })
    }

    /// `follows = "NAME"`, or `daemons = "master"`, `"backup"`, `"both"`.
    fn sync_sides(&mut self, table: &Table<'_>, span: Range<usize>, vrrp: &Vrrp) -> Option<SyncSides> {
        match (table.get("follows"), table.get("daemons")) {
            (Some(_), Some(_)) => {
                self.error(span, "one of follows and daemons is possible");
                None
            }
            (Some(said), None) => {
                let name = self.text(said)?;
                if vrrp.instances.iter().all(|instance| instance.name != name) {
                    self.error(said.span(), format!("there is no virtual router `{name}`"));
                    return None;
                }
                Some(SyncSides::Follows(name.to_owned()))
            }
            (None, Some(said)) => {
                let choices =
                    [("both", None), ("master", Some(SyncRole::Master)), ("backup", Some(SyncRole::Backup))];
                self.choice(said, &choices).map(|role| role.map_or(SyncSides::Both, SyncSides::Only))
            }
            (None, None) => Some(SyncSides::Both),
        }
    }
}
