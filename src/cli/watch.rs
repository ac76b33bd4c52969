//! `ulvs watch`: changes as they come.

use super::{FAILED, OK, client_status, complain, say};
use crate::api::client::Client;
use crate::control::command::{HappeningRecord, Reply, Request};
use clap::Args;
use std::path::Path;
use std::time::Duration;

/// How often the director is asked.
const LOOK: Duration = Duration::from_millis(250);

/// What is shown.
#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    /// Begin behind the change of this number [default: only what is new]
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,
    /// Show what there is and end
    #[arg(long)]
    once: bool,
    /// Print JSON, a line each
    #[arg(short = 'j', long)]
    json: bool,
}

/// Shows changes until it is ended; returns the exit status.
pub(super) fn watch(args: &WatchArgs, socket: &Path) -> u8 {
    let mut after = args.after.or(args.once.then_some(0));
    loop {
        let asked = Client::connect(socket)
            .and_then(|mut client| client.ask(&Request::Events { after: after.unwrap_or(0) }));
        match asked {
            Ok(Reply::Events(events)) => {
                if after.is_some() {
                    events.iter().for_each(|event| say(&format!("{}\n", shown(event, args.json))));
                }
                after = Some(events.last().map_or(after.unwrap_or(0), |event| event.number));
            }
            Ok(_) => {
                complain(
                    "ulvs watch: the director answered another question; are both of the same version?\n",
                );
                return FAILED;
            }
            Err(error) => {
                complain(&format!("ulvs watch: {error}\n"));
                return client_status(&error);
            }
        }
        if args.once {
            return OK;
        }
        std::thread::sleep(LOOK);
    }
}

fn shown(event: &HappeningRecord, json: bool) -> String {
    if json {
        return serde_json::to_string(event).unwrap_or_default();
    }
    let server = event.server.map_or_else(String::new, |server| format!(" {server}"));
    format!("{} {}{server}: {} ({})", event.number, event.farm, event.what, event.cause)
}
