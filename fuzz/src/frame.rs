//! Target `frame`: up to a dozen frames before a director with services of every kind.
//!
//! ```text
//! input: SETTING (STEP FRAME)*       STEP even: packet::raw; odd: packet::made; 247, 249: dialogue; above 250: a second passes
//! ```

use super::bytes::Bytes;
use super::dialogue;
use super::packet;
use super::path::Path;
use super::rig::{CAPACITY, Rig, SETTINGS};
use std::sync::Arc;
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::service::Snapshot;
use ulvs::time::Tick;

/// Frames that one input may hold.
const FRAMES: usize = 12;

thread_local! {
    /// One snapshot for each of the settings. They are kept: what an input leaves in them (whose turn it is, and what has
    /// been counted) is checked to be nothing that matters.
    static VIEWS: Vec<Arc<Snapshot>> = (0..SETTINGS.len()).map(|setting| Rig::with_services(setting).view()).collect();
}

/// Runs it.
///
/// # Panics
/// The director does what it must not.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    VIEWS.with(|views| {
        let view = &views[bytes.below(views.len())];
        let conns = ConnTable::new(ConnConfig {
            shards: 1,
            capacity: CAPACITY,
            seed: Some(1),
            ..ConnConfig::default()
        })
        .expect("address space");
        let mut path = Path::new(Tick(1000));
        path.look(view);
        let mut port = dialogue::FIRST_PORT;
        for _ in 0..FRAMES {
            if bytes.is_empty() {
                break;
            }
            match bytes.byte() {
                251.. => path.let_time_pass(path.now.plus_seconds(1), view, &conns),
                247 => {
                    dialogue::sip(&mut bytes).iter().for_each(|given| drop(path.send(given, view, &conns)))
                }
                249 => {
                    port += 1;
                    dialogue::ftp(&mut bytes, port, &mut |given| path.send(given, view, &conns));
                }
                step if step & 1 == 0 => drop(path.send(&packet::raw(&mut bytes), view, &conns)),
                _ => packet::made(&mut bytes).iter().for_each(|given| drop(path.send(given, view, &conns))),
            }
        }
        path.check(view, &conns);
        path.end(view, &conns);
    });
}
