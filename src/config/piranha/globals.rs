//! What stands outside of the blocks, and what else Piranha has that is not, or not yet, done here.

use super::block::{Block, Head};
use super::reader::{Reader, short};
use crate::control::command::Intent;
use crate::lvs::{
    ForwardingMethod, Script, ScriptLine, SyncRole, SyncSetup, SyncSides, Timeouts, is_interface_name,
};

/// Longest timeout: 31 days in seconds.
const MAX_TIMEOUT_SECONDS: u32 = 31 * 24 * 3600;

/// `network`.
pub(super) fn method(globals: &Block<'_>) -> ForwardingMethod {
    match globals.text("network") {
        Some(("direct", _)) => ForwardingMethod::DirectRoute,
        Some(("tunnel", _)) => ForwardingMethod::Tunnel,
        _ => ForwardingMethod::Nat,
    }
}

/// `service = fos`: the virtual servers are not served.
pub(super) fn is_failover(globals: &Block<'_>) -> bool {
    globals.text("service").is_some_and(|(service, _)| service == "fos")
}

/// The command that reads a host's load for `load_monitor = uptime`.
pub(super) fn rsh<'t>(globals: &Block<'t>) -> &'t str {
    globals.text("rsh_command").map_or("rsh", |(command, _)| command)
}

impl<'r> Reader<'r, '_> {
    /// What of the globals goes into the intent, and what is to be said of the others.
    pub fn globals(&mut self, globals: &Block<'r>, intent: &mut Intent) {
        intent.timeouts = self.timeouts(globals);
        for (key, script) in
            [("active_cmd", &mut intent.upkeep.startup), ("inactive_cmd", &mut intent.upkeep.shutdown)]
        {
            let words: Vec<String> = globals
                .text(key)
                .map(|(text, _)| {
                    text.split([' ', '\t']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
                })
                .unwrap_or_default();
            *script = Some(words)
                .filter(|words| !words.is_empty())
                .map(|words| Script::new(ScriptLine::Words(words)));
        }
        self.partner(globals);
        self.synchronisation(globals);
        intent.sync = self.sync_daemon(globals);
        self.nat_router(globals);
        self.without_meaning(globals);
    }

    fn timeouts(&mut self, globals: &Block<'_>) -> Option<Timeouts> {
        let mut timeouts = Timeouts::default();
        let mut is_any = false;
        for (key, field) in [
            ("tcp_timeout", &mut timeouts.tcp),
            ("tcpfin_timeout", &mut timeouts.tcp_fin),
            ("udp_timeout", &mut timeouts.udp),
        ] {
            // 0 leaves it as it is.
            let Some((seconds, at)) = globals.number(key).filter(|(seconds, _)| *seconds != 0) else {
                continue;
            };
            match u32::try_from(seconds).ok().filter(|seconds| *seconds <= MAX_TIMEOUT_SECONDS) {
                Some(seconds) => {
                    *field = seconds;
                    is_any = true;
                }
                None => {
                    let message =
                        format!("`{key}` must lie between 0 and {MAX_TIMEOUT_SECONDS}: it stays as it is");
                    self.warning(at, message).strict();
                }
            }
        }
        is_any.then_some(timeouts)
    }

    /// pulse's pair.
    fn partner(&mut self, globals: &Block<'_>) {
        const KEYS: [&str; 9] = [
            "backup_active",
            "heartbeat",
            "primary",
            "backup",
            "primary_private",
            "backup_private",
            "heartbeat_port",
            "keepalive",
            "deadtime",
        ];
        let Some(said) = KEYS.iter().find_map(|key| globals.get(key)) else { return };
        let at = said.key_at.clone();
        if globals.is_on("backup_active") {
            self.warning(at, "pulse's heartbeat and take-over are not in this version: the director serves at once and alone")
                .help("run it on one of the two hosts only");
        } else {
            self.note(at, "there is no active backup: who is primary, and heartbeats, do not matter");
        }
    }

    /// A director that serves alone is the one that tells of its connections.
    fn sync_daemon(&mut self, globals: &Block<'_>) -> Option<SyncSetup> {
        if !globals.is_on("syncdaemon") {
            return None;
        }
        let interface = globals.text("syncd_iface").map_or("eth0", |(name, _)| name);
        if !is_interface_name(interface) {
            let at = globals.text("syncd_iface").map(|(_, at)| at).unwrap_or_default();
            self.warning(at, "this cannot be the name of an interface: connections are not synchronised")
                .strict();
            return None;
        }
        let sync_id = match globals.number("syncd_id") {
            None => 0,
            Some((id, at)) => u8::try_from(id).unwrap_or_else(|_| {
                self.warning(at, "`syncd_id` must lie between 0 and 255: it is 0").strict();
                0
            }),
        };
        Some(SyncSetup {
            sides: SyncSides::Only(SyncRole::Master),
            interface: interface.to_owned(),
            sync_id,
            max_len: None,
            group: None,
            port: None,
            ttl: None,
        })
    }

    fn synchronisation(&mut self, globals: &Block<'_>) {
        if let Some(said) = globals.get("monitor_links").filter(|_| globals.is_on("monitor_links")) {
            self.warning(
                said.key_at.clone(),
                "`monitor_links`: a link that is lost does not end the service here",
            );
        }
        if let Some(said) = globals.get("sync").filter(|_| globals.is_on("sync")) {
            self.warning(said.key_at.clone(), "files are not copied to the backup")
                .help("copy them yourself");
        }
        let shared = ["primary_shared", "backup_shared", "reservation_conflict_action"];
        if let Some(said) = shared.iter().find_map(|key| globals.get(key)) {
            self.warning(said.key_at.clone(), "shared disks are not watched");
        }
    }

    /// The address that real servers send their answers to.
    fn nat_router(&mut self, globals: &Block<'_>) {
        let router = globals.address("nat_router");
        if method(globals) != ForwardingMethod::Nat {
            if let Some(said) = globals.get("nat_router").or_else(|| globals.get("nat_nmask")) {
                self.note(said.key_at.clone(), "it is for `network = nat` alone");
            }
        } else if let Some((addr, at)) = router.filter(|(addr, _)| !addr.is_unspecified()) {
            let bits =
                globals.address("nat_nmask").map_or(24, |(mask, _)| mask.to_bits().leading_ones()).max(1);
            let message = format!("the director does not put {addr} on an interface: the host must have it");
            self.warning(at, message)
                .help(format!("`ip address add {addr}/{bits} dev …`, where it is not there yet"));
        } else if let Some(said) = globals.get("nat_nmask") {
            self.note(said.key_at.clone(), "it does nothing without `nat_router`");
        }
    }

    fn without_meaning(&mut self, globals: &Block<'_>) {
        if let Some((_, at)) = globals.text("ipvsadm") {
            self.note(at, "no ipvsadm is run: the director is its own table");
        }
        if let Some(said) = globals.get("hard_shutdown").filter(|_| !globals.is_on("hard_shutdown")) {
            self.note(
                said.key_at.clone(),
                "there are no nannies that could die: a check cannot end the director",
            );
        }
        if let Some((_, at)) = globals.text("debug_level").filter(|(level, _)| *level != "NONE") {
            self.note(at, "`debug_level` does nothing, as in Piranha");
        }
    }

    /// Keys of a virtual server that mean nothing to a director.
    pub fn unused(&mut self, head: &Head<'_>, block: &Block<'_>) {
        if head.word.is("failover") || !block.is_on("active") {
            return;
        }
        let is_of_vip = ["address", "vip_nmask"].iter().find_map(|key| block.get(key));
        if let Some(said) = is_of_vip.filter(|_| self.is_first("interface")) {
            let message = "interface and mask of a VIP are not needed: the director answers for it by itself";
            self.note(said.key_at.clone(), message);
        }
        if let Some(said) = block.get("fwmark").filter(|_| block.is_on("fwmark") && self.is_first("mark")) {
            let message = "marks are given by the director's own rules: it sees packets before iptables does";
            self.note(said.at.clone(), message)
                .help("`ulvs mark import` takes over what iptables-save prints");
        }
        if let Some((monitor, at)) =
            block.text("client_monitor").filter(|(path, _)| *path != "/usr/sbin/nanny")
        {
            let message =
                format!("`{}` is not run: the director checks by itself, as nanny does", short(monitor));
            self.warning(at, message).help("`send_program` names a program that checks");
        }
        if let Some(said) = block.get("start_cmd").or_else(|| block.get("stop_cmd")) {
            self.note(said.key_at.clone(), "it is for `failover` alone");
        }
        if let Some(said) = block.get("master").or_else(|| block.get("dirs")) {
            self.warning(said.key_at.clone(), "files are not copied to real servers");
        }
    }
}
