use super::command::Intent;
use crate::lvs::Farm;

/// What a configuration asks for, and this version takes in, tells of and does not do: a line each.
pub fn undone(wanted: &Intent) -> Vec<String> {
    let farm = |name: &str, has: fn(&Farm) -> bool| wanted.farms.iter().any(has).then(|| name.to_owned());
    // This line goes when somebody runs them.
    let routers = (!wanted.vrrp.instances.is_empty()).then(|| "virtual routers: nobody runs VRRP".to_owned());
    let own_mac = wanted.vrrp.instances.iter().any(|instance| instance.vmac.is_some());
    let vmac = own_mac
        .then(|| "virtual routers have no MAC of their own: their frames have the interface's".to_owned());
    [
        routers,
        vmac,
        farm("services do not stay when the director ends: its table ends with it", |farm| farm.stays),
    ]
    .into_iter()
    .flatten()
    .collect()
}
