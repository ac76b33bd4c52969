use super::command::Intent;
use crate::lvs::Farm;

/// What a configuration asks for, and this version takes in, tells of and does not do: a line each.
pub fn undone(wanted: &Intent) -> Vec<String> {
    let farm = |name: &str, has: fn(&Farm) -> bool| wanted.farms.iter().any(has).then(|| name.to_owned());
    [farm("services do not stay when the director ends: its table ends with it", |farm| farm.stays)]
        .into_iter()
        .flatten()
        .collect()
}
