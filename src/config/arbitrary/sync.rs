//! Any synchronisation of connections.

use crate::lvs::{SyncRole, SyncSetup, SyncSides, Vrrp};
use proptest::option;
use proptest::prelude::*;

/// Any, among these virtual routers; or none.
pub fn setup(vrrp: &Vrrp) -> BoxedStrategy<Option<SyncSetup>> {
    let mut sides =
        vec![SyncSides::Both, SyncSides::Only(SyncRole::Master), SyncSides::Only(SyncRole::Backup)];
    sides.extend(vrrp.instances.iter().map(|instance| SyncSides::Follows(instance.name.clone())));
    let group = prop_oneof![Just([224, 0, 0, 90].into()), Just([0xff02, 0, 0, 0, 0, 0, 0, 0x81].into())];
    let numbers = (any::<u8>(), option::of(1..=65_507u16), option::of(1..=u16::MAX), option::of(1..=u8::MAX));
    let any = (prop::sample::select(sides), "[a-z]{1,8}[0-9.]{0,6}", numbers, option::of(group));
    option::weighted(
        0.3,
        any.prop_map(|(sides, interface, (sync_id, max_len, port, ttl), group)| SyncSetup {
            sides,
            interface,
            sync_id,
            max_len,
            group,
            port,
            ttl,
        }),
    )
    .boxed()
}
