//! How all virtual routers stand, for who asks.

use super::{Duty, SHOW, now};
use crate::control::command::RouterStatus;
use crate::lvs::Role;
use crate::standby::pair::Pair;
use crate::vrrp::Counters;

impl Duty {
    /// Shows how all stand.
    pub(super) fn show(&mut self) {
        let now = now();
        if now < self.next_show {
            return;
        }
        let rows = self.packs.iter().flat_map(|pack| pack.routers.iter().zip(pack.group.members()));
        let rows = rows.map(|(router, machine)| RouterStatus {
            name: router.spec.name.clone(),
            interface: router.spec.interface.clone(),
            vrid: router.spec.vrid,
            role: machine.role().unwrap_or_default(),
            since_unix_seconds: router.since,
            configured_priority: router.spec.priority,
            priority: machine.priority(),
            reasons: router.reasons.clone(),
            master: match machine.role() {
                Some(Role::Master) => Some((router.post.source(), machine.priority())),
                _ => machine.master(),
            },
            addresses: router.addresses().map(|own| own.addr).collect(),
            counters: counted(router.post.counters()),
        });
        let rows = rows.chain(self.pair.as_ref().map(Pair::status)).collect();
        // Whoever reads it at this moment is not waited for.
        if let Ok(mut board) = self.board.try_lock() {
            *board = rows;
            self.next_show = now + SHOW;
        }
    }
}

/// By name, those of keepalived first.
fn counted(counters: &Counters) -> Vec<(String, u64)> {
    let Ok(serde_json::Value::Object(all)) = serde_json::to_value(counters) else { return Vec::new() };
    all.into_iter().map(|(name, count)| (name, count.as_u64().unwrap_or(0))).collect()
}
