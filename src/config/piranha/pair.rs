//! Who is primary, who is backup, and what goes with the one that is active.

use super::block::Block;
use super::globals::method;
use super::reader::{Reader, short};
use super::virtual_server::Virtual;
use crate::control::acceptable_pulse;
use crate::control::command::Intent;
use crate::lvs::{
    ForwardingMethod, Place, Pulse, PulseHost, SyncSetup, SyncSides, VirtualAddress, is_interface_name,
};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// Longest `keepalive` and `deadtime`: a day in seconds.
const MAX_SECONDS: i64 = 24 * 3600;
/// Longest name of an interface, and of a label, in bytes.
const MAX_INTERFACE: usize = 15;

/// Keys that mean something to a pair alone.
const OF_PAIR: [&str; 10] = [
    "backup_active",
    "heartbeat",
    "backup",
    "primary_private",
    "backup_private",
    "heartbeat_port",
    "keepalive",
    "deadtime",
    "monitor_links",
    "syncdaemon",
];

impl<'r> Reader<'r, '_> {
    /// The pair, if the file names a primary; otherwise the director serves at once and alone.
    pub fn pair(&mut self, globals: &Block<'r>, virtuals: &[Virtual<'r>], intent: &mut Intent) {
        let primary = globals.address("primary").filter(|(addr, _)| !addr.is_unspecified());
        let Some((primary, primary_at)) = primary else { return self.without_primary(globals, virtuals) };
        let backup = self.active_backup(globals);
        let of = |key: &str| globals.address(key).map(|(addr, _)| addr).filter(|addr| !addr.is_unspecified());
        let (port, keepalive, deadtime) = self.heartbeat(globals, backup.is_some());
        let vips = self.vips(virtuals);
        let nat_router = self.nat_router(globals);
        // They are run when it changes, and not when the director begins and ends.
        let (active_cmd, inactive_cmd) = (intent.upkeep.startup.take(), intent.upkeep.shutdown.take());
        intent.sync = self.sync_daemon(globals, backup.is_some());
        let pulse = Pulse {
            primary: PulseHost {
                public: primary,
                private: of("primary_private").filter(|addr| *addr != primary),
            },
            backup: backup.map(|public| PulseHost {
                public,
                private: of("backup_private").filter(|addr| *addr != public),
            }),
            port,
            keepalive,
            deadtime,
            monitors_links: globals.is_on("monitor_links"),
            vips,
            nat_router,
            active_cmd,
            inactive_cmd,
            is_forced: false,
        };
        if let Err(error) = acceptable_pulse(&pulse) {
            self.error(primary_at, error.to_string());
        }
        intent.vrrp.pulse = Some(pulse);
    }

    fn without_primary(&mut self, globals: &Block<'_>, virtuals: &[Virtual<'_>]) {
        if let Some(said) = globals.get("primary").filter(|_| globals.address("primary").is_none()) {
            self.error(said.at.clone(), "invalid host name or IP address")
                .help("write its address, or name it in /etc/hosts");
        }
        if let Some(said) = OF_PAIR.iter().filter(|key| globals.is_on(key)).find_map(|key| globals.get(key))
            && globals.is_on("backup_active")
        {
            let message = "without `primary` there is no pair: the director serves at once and alone";
            self.warning(said.key_at.clone(), message)
                .strict()
                .help("`primary = ADDRESS`, and `backup = ADDRESS`");
        } else if let Some(said) = OF_PAIR.iter().find_map(|key| globals.get(key)) {
            let message = "without `primary` the director serves at once and alone: this does not matter";
            self.note(said.key_at.clone(), message);
        }
        let is_placed = |of: &&Virtual<'_>| of.device.is_some() || of.vip_nmask.is_some();
        if let Some((_, at)) = virtuals.iter().find(is_placed).and_then(|of| of.address.clone()) {
            let message = "interface and mask of a VIP are not needed: the director answers for it by itself";
            self.note(at, message);
        }
        if let Some((addr, at)) = globals.address("nat_router").filter(|(addr, _)| !addr.is_unspecified()) {
            let message = format!("without `primary` the director does not put {addr} on an interface");
            self.warning(at, message).help("`primary = ADDRESS`, one of this host");
        }
    }

    /// The partner, if the configuration has one that is active.
    fn active_backup(&mut self, globals: &Block<'_>) -> Option<Ipv4Addr> {
        let said = globals.get("backup_active").filter(|_| globals.is_on("backup_active"));
        let Some(said) = said else {
            let keys = ["backup_active", "heartbeat", "backup", "primary"];
            if let Some(said) = keys.iter().find_map(|key| globals.get(key)) {
                let message =
                    "there is no active backup: the host that has the address `primary` serves at once";
                self.note(said.key_at.clone(), message);
            }
            return None;
        };
        let backup = globals.address("backup").filter(|(addr, _)| !addr.is_unspecified());
        if let Some(said) = globals.get("backup").filter(|_| globals.address("backup").is_none()) {
            self.error(said.at.clone(), "invalid host name or IP address")
                .help("write its address, or name it in /etc/hosts");
        } else if backup.is_none() {
            let message = "`backup_active` without an address of the backup: there is no active backup";
            self.warning(said.key_at.clone(), message).help("`backup = ADDRESS`");
        } else if let Some(said) = globals.get("heartbeat").filter(|_| !globals.is_on("heartbeat")) {
            self.note(said.key_at.clone(), "`heartbeat` does nothing, as in Piranha: `backup_active` counts");
        }
        backup.map(|(addr, _)| addr)
    }

    /// Port, interval and patience. Only where there is a partner are wrong ones told.
    fn heartbeat(&mut self, globals: &Block<'_>, is_pair: bool) -> (u16, Duration, Duration) {
        let mut number = |key: &str, otherwise: i64, most: i64| {
            let Some((number, at)) = globals.number(key) else { return otherwise };
            if (1..=most).contains(&number) {
                return number;
            }
            if is_pair {
                self.error(at, format!("`{key}` must lie between 1 and {most}"));
            }
            otherwise
        };
        let port = number("heartbeat_port", 539, i64::from(u16::MAX));
        let keepalive = number("keepalive", 2, MAX_SECONDS);
        let deadtime = number("deadtime", 5, MAX_SECONDS);
        if is_pair && deadtime <= keepalive {
            let at = ["deadtime", "keepalive"]
                .iter()
                .find_map(|key| globals.get(key))
                .map_or(0..0, |said| said.at.clone());
            let message = "`deadtime` is not longer than `keepalive`: the partner counts as dead between two heartbeats";
            self.warning(at, message).help("three times as long bears the loss of two");
        }
        let seconds = |number: i64| Duration::from_secs(number.unsigned_abs());
        (u16::try_from(port).unwrap_or(539), seconds(keepalive), seconds(deadtime))
    }

    /// Each VIP once, where the file has it.
    fn vips(&mut self, virtuals: &[Virtual<'r>]) -> Vec<VirtualAddress> {
        let mut vips: Vec<VirtualAddress> = Vec::new();
        for of in virtuals.iter().filter(|of| !of.is_broken) {
            let Some((addr, at)) = of.address.clone() else { continue };
            let is_known = vips.iter().any(|vip| vip.addr == IpAddr::V4(addr));
            if is_known || addr.is_unspecified() || addr.is_multicast() || addr.is_loopback() {
                continue;
            }
            if let Some(placed) = self.placed(addr, of.vip_nmask, of.device, at) {
                vips.push(placed);
            }
        }
        vips.sort_by_key(|vip| vip.addr);
        vips
    }

    /// An address on its interface; without one the director answers for it.
    fn placed(
        &mut self,
        addr: Ipv4Addr,
        mask: Option<Ipv4Addr>,
        device: Option<&str>,
        at: std::ops::Range<usize>,
    ) -> Option<VirtualAddress> {
        let bits = mask.filter(|mask| !mask.is_unspecified()).map_or(u32::MAX, Ipv4Addr::to_bits);
        let prefix = bits.leading_ones();
        if bits.count_ones() != prefix {
            self.error(at, format!("the network mask of {addr} has holes"));
            return None;
        }
        let place = match device {
            None => Place::Claimed,
            Some(label) => {
                let device = label.split(':').next().unwrap_or(label);
                if device.is_empty() || label.len() > MAX_INTERFACE {
                    let message = format!("`{}` is no interface: its name has 1 to 15 bytes", short(label));
                    self.error(at, message);
                    return None;
                }
                let broadcast = (prefix < 31).then(|| IpAddr::V4((addr.to_bits() | !bits).into()));
                Place::OnInterface {
                    device: Some(device.to_owned()),
                    label: (device != label).then(|| label.to_owned()),
                    broadcast,
                    scope: 0,
                }
            }
        };
        Some(VirtualAddress { addr: IpAddr::V4(addr), prefix: u8::try_from(prefix).unwrap_or(32), place })
    }

    /// The address that real servers send their answers to.
    fn nat_router(&mut self, globals: &Block<'r>) -> Option<VirtualAddress> {
        let router = globals.address("nat_router").filter(|(addr, _)| !addr.is_unspecified());
        if method(globals) != ForwardingMethod::Nat {
            if let Some(said) = globals.get("nat_router").or_else(|| globals.get("nat_nmask")) {
                self.note(said.key_at.clone(), "it is for `network = nat` alone");
            }
            return None;
        }
        let mask = globals.address("nat_nmask");
        let Some((addr, at)) = router else {
            if let Some((_, at)) = mask {
                self.note(at, "it does nothing without `nat_router`");
            }
            return None;
        };
        self.placed(addr, mask.map(|(mask, _)| mask), globals.device("nat_router"), at)
    }

    fn sync_daemon(&mut self, globals: &Block<'_>, is_pair: bool) -> Option<SyncSetup> {
        let said = globals.get("syncdaemon").filter(|_| globals.is_on("syncdaemon"))?;
        if !is_pair {
            self.note(said.key_at.clone(), "`syncdaemon` does nothing without an active backup");
            return None;
        }
        let interface = globals.text("syncd_iface").map_or("eth0", |(name, _)| name);
        let (id, at) = globals.number("syncd_id").unwrap_or((0, said.at.clone()));
        let Ok(id) = u8::try_from(id) else {
            self.error(at, "`syncd_id` must lie between 0 and 255");
            return None;
        };
        if !is_interface_name(interface) {
            let at = globals.text("syncd_iface").map_or(said.at.clone(), |(_, at)| at);
            self.error(at, "this cannot be the name of an interface");
            return None;
        }
        Some(SyncSetup {
            sides: SyncSides::Follows(Pulse::NAME.to_owned()),
            interface: interface.to_owned(),
            sync_id: id,
            max_len: None,
            group: None,
            port: None,
            ttl: None,
        })
    }
}
