//! What stands outside of the blocks, and what else Piranha has that is not, or not yet, done here.

use super::block::{Block, Head};
use super::reader::{Reader, short};
use crate::control::command::Intent;
use crate::lvs::{ForwardingMethod, Script, ScriptLine, Timeouts};

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
        self.not_done(globals);
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

    /// What Piranha has besides, and is not done.
    fn not_done(&mut self, globals: &Block<'_>) {
        if let Some(said) = globals.get("sync").filter(|_| globals.is_on("sync")) {
            self.warning(said.key_at.clone(), "files are not copied to the backup")
                .help("copy them yourself");
        }
        let shared = ["primary_shared", "backup_shared", "reservation_conflict_action"];
        if let Some(said) = shared.iter().find_map(|key| globals.get(key)) {
            self.warning(said.key_at.clone(), "shared disks are not watched");
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
