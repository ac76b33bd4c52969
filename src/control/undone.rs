use super::command::Intent;
use crate::lvs::{Check, Farm};

/// What a configuration asks for, and this version takes in, tells of and does not do: a line each.
pub fn undone(wanted: &Intent) -> Vec<String> {
    let farm = |name: &str, has: fn(&Farm) -> bool| wanted.farms.iter().any(has).then(|| name.to_owned());
    let check = |name: &str, has: fn(&Check) -> bool| {
        let servers = wanted.farms.iter().flat_map(|farm| &farm.servers);
        servers.flat_map(|server| &server.checks).any(has).then(|| name.to_owned())
    };
    let upkeep = |name: &str, has: bool| has.then(|| name.to_owned());
    let up = &wanted.upkeep;
    [
        farm("files of maintenance are not looked at", |farm| farm.maintenance.is_some()),
        farm(
            "real servers that somebody took out of the table come back when they are up, not with weight 0",
            |farm| farm.readds,
        ),
        check("checks through the VIP ask the real server's own address", |check| check.through_vip),
        upkeep(
            "files are not looked at for changes: use SIGHUP or `ulvs reload`",
            up.autoreload.is_some() || up.watch_only,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
