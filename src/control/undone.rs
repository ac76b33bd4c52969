use super::command::Intent;
use crate::lvs::{Farm, VrrpInstance};

/// What a configuration asks for, and this version takes in, tells of and does not do: a line each.
pub fn undone(wanted: &Intent) -> Vec<String> {
    let farm = |name: &str, has: fn(&Farm) -> bool| wanted.farms.iter().any(has).then(|| name.to_owned());
    let router = |text: &str, has: fn(&VrrpInstance) -> bool| {
        wanted.vrrp.instances.iter().any(has).then(|| text.to_owned())
    };
    let has_vmac = |own: &VrrpInstance| own.vmac.is_some();
    [
        router("virtual routers have no MAC of their own: their frames have the interface's", has_vmac),
        router("no mail tells of virtual routers: scripts and pipes do", |own| own.mails),
        farm("services do not stay when the director ends: its table ends with it", |farm| farm.stays),
    ]
    .into_iter()
    .flatten()
    .collect()
}
