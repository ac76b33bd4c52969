//! What of a farm got lost on the way.

use crate::config::piranha::build::SLOW_START;
use crate::lvs::{Farm, FarmServer, WhenDown};

/// What of a farm is not in another one that was read from what was written.
pub(super) fn differences(farm: &Farm, again: &Farm) -> Vec<&'static str> {
    let servers = |farm: &Farm, part: fn(&FarmServer) -> FarmServer| -> Vec<FarmServer> {
        farm.servers.iter().map(part).collect()
    };
    let differs = |part| servers(farm, part) != servers(again, part);
    let plain = |server: &FarmServer| FarmServer {
        checks: Vec::new(),
        slow_start: Some(SLOW_START),
        name: None,
        ..server.clone()
    };
    let checks = |server: &FarmServer| FarmServer { checks: server.checks.clone(), ..bare_server(server) };
    let slow = |server: &FarmServer| FarmServer { slow_start: server.slow_start, ..bare_server(server) };
    let mut lost = Vec::new();
    for (is_lost, what) in [
        (differs(checks), "checks as they are (Piranha has nanny's alone, one kind for all real servers)"),
        (
            differs(slow),
            "how weights grow (with Piranha always from a thirty-second part, doubled every 20 seconds)",
        ),
        (differs(plain), "scripts, mail, or what becomes of real servers that are down"),
        (farm.sorry != again.sorry, "the sorry server as it is"),
        (farm.quorum != again.quorum, "the quorum"),
        (farm.scripts != again.scripts, "scripts"),
        (farm.mail != again.mail, "mail"),
        (farm.only_with_vip || farm.stays || farm.readds, "when it is checked, put back, or kept at the end"),
        (farm.maintenance != again.maintenance, "the folder of maintenance"),
        (farm.monitor != again.monitor, "the file that changes are written to"),
        (farm.comment != again.comment, "the comment"),
        (farm.words != again.words, "in whose words changes are told"),
    ] {
        if is_lost {
            lost.push(what);
        }
    }
    lost
}

fn bare_server(server: &FarmServer) -> FarmServer {
    FarmServer {
        endpoint: server.endpoint,
        name: None,
        checks: Vec::new(),
        when_down: WhenDown::Remove,
        slow_start: None,
        notify_up: None,
        notify_down: None,
        mails: false,
    }
}
