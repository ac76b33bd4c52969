//! `ulvs check FILE` and `ulvs diff FILE`.

use super::{FAILED, INVALID, OK, REFUSED, client_status, complain, render, say};
use crate::api::client::Client;
use crate::config::{Diagnostics, Names, Source, detect};
use crate::control::command::{Intent, Reply, Request};
use std::path::Path;

/// Reads a file; prints what is wrong with it. `None` if it must not be used.
pub(super) fn load(path: &Path) -> Option<(Intent, &'static str)> {
    let source = match Source::load(path) {
        Ok(source) => source,
        Err(error) => {
            complain(&format!("{error}\n"));
            return None;
        }
    };
    let mut out = Diagnostics::default();
    let dialect = detect(&source, &Names::system());
    let intent = dialect.read(&source, &mut out);
    complain(&render::diagnostics(&source, &out));
    if out.has_errors() {
        complain(&format!("{}: {} errors; nothing of it is used\n", path.display(), out.errors()));
        return None;
    }
    Some((intent, dialect.name()))
}

/// Prints whether a file is valid; returns the exit status.
pub fn check(path: &Path) -> u8 {
    let Some((intent, dialect)) = load(path) else { return INVALID };
    let services = intent.services.len();
    let servers: usize = intent.services.values().map(|(_, servers)| servers.len()).sum();
    say(&format!("{}: valid ({dialect}): {services} services, {servers} real servers\n", path.display()));
    OK
}

/// Prints what a file would change; returns the exit status.
pub fn diff(path: &Path, socket: &Path) -> u8 {
    let Some((intent, _)) = load(path) else { return INVALID };
    match Client::connect(socket).and_then(|mut client| client.ask(&Request::Diff(intent))) {
        Ok(Reply::Changes(changes)) => {
            for change in &changes {
                say(&format!("{change}\n"));
            }
            if changes.is_empty() { OK } else { FAILED }
        }
        Ok(Reply::Refused(error)) => {
            complain(&format!("ulvs diff: refused: {error}\n"));
            REFUSED
        }
        Ok(_) => {
            complain("ulvs diff: the director answered another question; are both of the same version?\n");
            // Not 1: that would mean "differs".
            INVALID
        }
        Err(error) => {
            complain(&format!("ulvs diff: {error}\n"));
            client_status(&error).max(INVALID)
        }
    }
}
