//! `ulvs proc`: the files that the kernel's IPVS has below `/proc/net`.

use super::{FAILED, OK, REFUSED, client_status, complain, say};
use crate::api::client::Client;
use crate::api::proc::File;
use crate::control::command::Reply;
use std::path::Path;

/// Prints one of them; the exit status.
pub(super) fn print(file: File, socket: &Path) -> u8 {
    let reply = Client::connect(socket).and_then(|mut client| client.ask(&file.request()));
    match reply {
        Ok(reply) => match (file.text(&reply), reply) {
            (Some(text), _) => {
                say(&text);
                OK
            }
            (None, Reply::Refused(error)) => {
                complain(&format!("ulvs proc: {error}\n"));
                REFUSED
            }
            (None, _) => {
                complain("ulvs proc: the director gave an answer to another question\n");
                FAILED
            }
        },
        Err(error) => {
            complain(&format!("ulvs proc: {error}\n"));
            client_status(&error)
        }
    }
}

/// Reads a file's name, with or without its directory.
pub(super) fn file(text: &str) -> Result<File, String> {
    let name = text.strip_prefix("/proc/net/").unwrap_or(text);
    File::by_name(name).ok_or_else(|| {
        let names: Vec<_> = File::ALL.iter().map(|file| file.name()).collect();
        format!("there are {}", names.join(", "))
    })
}
