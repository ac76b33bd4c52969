//! The pair's keys.

use super::Writer;
use crate::control::command::Intent;
use crate::lvs::{Place, Pulse, ServiceKey, VirtualAddress};
use std::net::Ipv4Addr;

impl Writer {
    /// Who is primary, who is backup, and what goes with the active one.
    pub(super) fn pair(&mut self, pulse: &Pulse, intent: &Intent) {
        self.line(0, "primary", pulse.primary.public);
        if let Some(private) = pulse.primary.private {
            self.line(0, "primary_private", private);
        }
        self.line(0, "backup_active", u8::from(pulse.backup.is_some()));
        if let Some(backup) = pulse.backup {
            self.line(0, "backup", backup.public);
            if let Some(private) = backup.private {
                self.line(0, "backup_private", private);
            }
        }
        self.line(0, "heartbeat", 1);
        self.line(0, "heartbeat_port", pulse.port);
        self.line(0, "keepalive", pulse.keepalive.as_secs());
        self.line(0, "deadtime", pulse.deadtime.as_secs());
        if let Some(router) = &pulse.nat_router {
            self.placed(0, "nat_router", "nat_nmask", router);
        }
        self.line(0, "monitor_links", u8::from(pulse.monitors_links));
        let is_of_tuple = |vip: &VirtualAddress| {
            intent
                .services
                .keys()
                .any(|key| matches!(key, ServiceKey::Tuple { virt, .. } if virt.addr == vip.addr))
        };
        self.of_marks = pulse.vips.iter().filter(|vip| !is_of_tuple(vip)).cloned().collect();
        self.placed = pulse.vips.iter().map(|vip| (vip.addr, vip.clone())).collect();
    }

    /// An address with its interface and its mask.
    pub(super) fn placed(&mut self, indent: usize, key: &str, mask_key: &str, address: &VirtualAddress) {
        match &address.place {
            Place::OnInterface { device, label, .. } => {
                let device = label.as_ref().or(device.as_ref()).map_or("eth0", String::as_str);
                self.line(indent, key, format_args!("{} {device}", address.addr));
            }
            Place::Claimed => self.line(indent, key, address.addr),
        }
        let mask = u32::MAX.checked_shl(32 - u32::from(address.prefix.min(32))).unwrap_or(0);
        self.line(indent, mask_key, Ipv4Addr::from_bits(mask));
    }
}
