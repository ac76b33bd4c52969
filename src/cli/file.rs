//! `ulvs check FILE` and `ulvs diff FILE`.

use super::{FAILED, INVALID, OK, REFUSED, client_status, complain, render, say};
use crate::api::client::Client;
use crate::config::{Context, Diagnostics, Format, Names, Source};
use crate::control::acceptable;
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
    let format = Format::detect(&source);
    let intent = format.dialect().read(&source, &Context::of_host(&Names::system()), &mut out);
    out.sort();
    complain(&render::diagnostics(&out, false));
    if out.has_errors() {
        let errors = counted(out.errors(), "error");
        complain(&format!("{}: {errors}; nothing of it is used\n", path.display()));
        return None;
    }
    if let Err(error) = acceptable(&intent) {
        complain(&format!("{}: {error}; nothing of it is used\n", path.display()));
        return None;
    }
    Some((intent, format.name()))
}

/// Prints whether a file is valid; returns the exit status.
pub fn check(path: &Path) -> u8 {
    let Some((intent, dialect)) = load(path) else { return INVALID };
    let services = intent.services.len();
    let servers: usize = intent.services.values().map(|(_, servers)| servers.len()).sum();
    let (services, servers) = (counted(services, "service"), counted(servers, "real server"));
    say(&format!("{}: valid ({dialect}): {services}, {servers}\n", path.display()));
    OK
}

/// `1 service`, `2 services`.
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
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
