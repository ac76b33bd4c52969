//! Side by side with the originals: one director has a table that ldirectord or keepalived itself looks after, another
//! takes the same file. Both look at the same real servers, which fail and come back, one after the other. What becomes of
//! the two tables must be the same, service by service, change by change.

mod backend;
mod drive;
mod failures;
mod farm;
mod keepalived;
mod ldirectord;
mod pair;
mod record;

use crate::{Case, case};

pub fn cases() -> Vec<Case> {
    vec![
        case("beside_ldirectord", &["ldirectord", "ip"], ldirectord::run),
        case("beside_keepalived", &["keepalived", "ip"], keepalived::run),
    ]
}
