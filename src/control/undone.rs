use super::command::Intent;
use crate::lvs::{Check, Farm};

/// What a configuration asks for, and this version takes in, tells of and does not do: a line each.
pub fn undone(wanted: &Intent) -> Vec<String> {
    let farm = |name: &str, has: fn(&Farm) -> bool| wanted.farms.iter().any(has).then(|| name.to_owned());
    let check = |name: &str, has: fn(&Check) -> bool| {
        let servers = wanted.farms.iter().flat_map(|farm| &farm.servers);
        servers.flat_map(|server| &server.checks).any(has).then(|| name.to_owned())
    };
    [
        farm("services do not stay when the director ends: its table ends with it", |farm| farm.stays),
        check("checks through the VIP ask the real server's own address", |check| check.through_vip),
    ]
    .into_iter()
    .flatten()
    .collect()
}
