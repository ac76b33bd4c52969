//! `ulvs check FILE` and `ulvs diff FILE`.

use super::{FAILED, INVALID, OK, REFUSED, client_status, render};
use crate::api::client::Client;
use crate::config::{Diagnostics, Names, Source, detect};
use crate::control::command::{Intent, Reply, Request};
use std::path::Path;

/// Reads a file; prints what is wrong with it. `None` if it must not be used.
fn load(path: &Path) -> Option<(Intent, &'static str)> {
    let source = match Source::load(path) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("{error}");
            return None;
        }
    };
    let mut out = Diagnostics::default();
    let dialect = detect(&source, &Names::system());
    let intent = dialect.read(&source, &mut out);
    eprint!("{}", render::diagnostics(&source, &out));
    if out.has_errors() {
        eprintln!("{}: {} errors; nothing of it is used", path.display(), out.errors());
        return None;
    }
    Some((intent, dialect.name()))
}

/// Prints whether a file is valid; returns the exit status.
pub fn check(path: &Path) -> u8 {
    let Some((intent, dialect)) = load(path) else { return INVALID };
    let services = intent.services.len();
    let servers: usize = intent.services.values().map(|(_, servers)| servers.len()).sum();
    println!("{}: valid ({dialect}): {services} services, {servers} real servers", path.display());
    OK
}

/// Prints what a file would change; returns the exit status.
pub fn diff(path: &Path, socket: &Path) -> u8 {
    let Some((intent, _)) = load(path) else { return INVALID };
    match Client::connect(socket).and_then(|mut client| client.ask(&Request::Diff(intent))) {
        Ok(Reply::Changes(changes)) => {
            for change in &changes {
                println!("{change}");
            }
            if changes.is_empty() { OK } else { FAILED }
        }
        Ok(Reply::Refused(error)) => {
            eprintln!("ulvs diff: refused: {error}");
            REFUSED
        }
        Ok(_) => {
            eprintln!("ulvs diff: the director answered another question; are both of the same version?");
            // Not 1: that would mean "differs".
            INVALID
        }
        Err(error) => {
            eprintln!("ulvs diff: {error}");
            client_status(&error).max(INVALID)
        }
    }
}
