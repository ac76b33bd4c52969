use super::command::Intent;
use crate::lvs::{Check, Farm, FarmServer};

/// What a configuration asks for, and this version takes in, tells of and does not do: a line each.
pub fn undone(wanted: &Intent) -> Vec<String> {
    let farm = |name: &str, has: fn(&Farm) -> bool| wanted.farms.iter().any(has).then(|| name.to_owned());
    let server = |name: &str, has: fn(&FarmServer) -> bool| {
        wanted.farms.iter().flat_map(|farm| &farm.servers).any(has).then(|| name.to_owned())
    };
    let check = |name: &str, has: fn(&Check) -> bool| {
        let servers = wanted.farms.iter().flat_map(|farm| &farm.servers);
        servers.flat_map(|server| &server.checks).any(has).then(|| name.to_owned())
    };
    let upkeep = |name: &str, has: bool| has.then(|| name.to_owned());
    let up = &wanted.upkeep;
    [
        server("scripts that follow a real server's change are not run", |server| {
            server.notify_up.is_some() || server.notify_down.is_some()
        }),
        farm("scripts that follow a quorum or a fallback are not run", |farm| {
            let scripts = &farm.scripts;
            scripts.quorum_up.is_some() || scripts.quorum_down.is_some() || scripts.fallback.is_some()
        }),
        farm("mail is not sent", |farm| farm.mail.is_some()),
        farm("no file of changes is written", |farm| farm.monitor.is_some()),
        farm("services do not stay when the director ends: its table ends with it", |farm| farm.stays),
        check("checks through the VIP ask the real server's own address", |check| check.through_vip),
        upkeep("callback is not run", up.callback.is_some()),
        upkeep("programs at start and stop are not run", up.startup.is_some() || up.shutdown.is_some()),
        upkeep("nothing is written to pipes", !up.fifos.is_empty()),
        upkeep("changes are logged to the director's own log only", up.logs.is_some()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
