//! `ulvs sysctl`: what sysctl(8) is for the kernel's `net.ipv4.vs`.

use super::{FAILED, INVALID, OK, REFUSED, client_status, complain, say};
use crate::api::client::{Client, ClientError};
use crate::control::ControlError;
use crate::control::command::{Command, Reply, Request};
use crate::lvs::{SYSCTL_PREFIX, TUNABLES, Tunable, TunableError, Tunables, bare_name};
use clap::Args;
use std::path::Path;

/// Version of the JSON that `-j` prints; raised when a field changes its meaning or goes.
const SCHEMA: u32 = 1;

/// What `ulvs sysctl` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Each NAME may have the prefix net.ipv4.vs. or net/ipv4/vs/. Output is as sysctl(8)'s: \
    net.ipv4.vs.NAME = VALUE. Words are done in order, each for itself: one that is refused does not stop those after \
    it. Exit status: 0 all done, 2 no such tunable or no such value, 3 no director answers, 4 refused."
)]
pub(super) struct SysctlArgs {
    /// Tunables to show (NAME) or to set (NAME=VALUE)
    #[arg(value_name = "NAME[=VALUE]", required_unless_present = "all", conflicts_with = "all")]
    words: Vec<String>,
    /// Show all
    #[arg(short, long)]
    all: bool,
    /// Print values only
    #[arg(short = 'n', long)]
    values: bool,
    /// Do not print what was set
    #[arg(short, long)]
    quiet: bool,
    /// Only set: a NAME without a value is an error
    #[arg(short, long, conflicts_with = "all")]
    write: bool,
    /// Print JSON: one object, name → value
    #[arg(short, long, conflicts_with = "values")]
    json: bool,
}

/// One word of the command line, understood.
enum Word {
    Show(&'static Tunable),
    Set(&'static Tunable, i64),
}

/// Does it; returns the exit status: the highest of all words'.
pub(super) fn sysctl(args: &SysctlArgs, socket: &Path) -> u8 {
    let mut status = OK;
    let mut words = Vec::new();
    for word in &args.words {
        match understand(word, args.write) {
            Ok(word) => words.push(word),
            Err((text, code)) => {
                complain(&format!("ulvs sysctl: {text}\n"));
                status = status.max(code);
            }
        }
    }
    if words.is_empty() && !args.all {
        return status;
    }
    let done = Client::connect(socket).map_err(|error| of_client(&error)).and_then(|mut client| {
        let mut shown: Vec<&'static Tunable> = if args.all { TUNABLES.iter().collect() } else { Vec::new() };
        for word in words {
            match word {
                Word::Show(tunable) => shown.push(tunable),
                Word::Set(tunable, value) => match set(&mut client, tunable, value) {
                    Ok(()) if args.quiet => {}
                    Ok(()) => shown.push(tunable),
                    Err(failure) => status = status.max(failure.tell()),
                },
            }
        }
        if !shown.is_empty() {
            let now = read(&mut client)?;
            say(&if args.json { as_json(&shown, &now) } else { as_lines(&shown, &now, args.values) });
        }
        Ok(())
    });
    match done {
        Ok(()) => status,
        Err(failure) => status.max(failure.tell()),
    }
}

/// What went wrong while asking the director, and the exit status for it.
struct Failure {
    text: String,
    status: u8,
}

impl Failure {
    fn tell(&self) -> u8 {
        complain(&format!("ulvs sysctl: {}\n", self.text));
        self.status
    }
}

fn of_client(error: &ClientError) -> Failure {
    Failure { text: error.to_string(), status: client_status(error) }
}

fn other_question() -> Failure {
    let text = "the director answered another question; are both of the same version?";
    Failure { text: text.to_owned(), status: FAILED }
}

/// `NAME`, or `NAME=VALUE`; what is wrong with it, and the exit status.
fn understand(word: &str, must_set: bool) -> Result<Word, (String, u8)> {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    let name = name.trim();
    let wrong = |error: TunableError| {
        let code = if matches!(error, TunableError::Meaningless(_)) { REFUSED } else { INVALID };
        (format!("{SYSCTL_PREFIX}{}: {error}", bare_name(name)), code)
    };
    let tunable = Tunable::find(name).map_err(wrong)?;
    match value {
        Some(value) => tunable.parse(value).map(|value| Word::Set(tunable, value)).map_err(wrong),
        None if must_set => Err((format!("-w sets: write {name}=VALUE"), INVALID)),
        None => Ok(Word::Show(tunable)),
    }
}

fn set(client: &mut Client, tunable: &Tunable, value: i64) -> Result<(), Failure> {
    let command = Command::SetTunable { name: tunable.name.to_owned(), value };
    match client.ask(&Request::Command(command)) {
        Ok(Reply::Done) => Ok(()),
        Ok(Reply::Refused(error)) => {
            let text = match &error {
                ControlError::Invalid(text) | ControlError::NotSupported(text) => text.clone(),
                other => format!("{SYSCTL_PREFIX}{}: {other}", tunable.name),
            };
            Err(Failure { text, status: REFUSED })
        }
        Ok(_) => Err(other_question()),
        Err(error) => Err(of_client(&error)),
    }
}

fn read(client: &mut Client) -> Result<Tunables, Failure> {
    match client.ask(&Request::Tunables) {
        Ok(Reply::Tunables(tunables)) => Ok(tunables),
        Ok(Reply::Refused(error)) => Err(Failure { text: error.to_string(), status: REFUSED }),
        Ok(_) => Err(other_question()),
        Err(error) => Err(of_client(&error)),
    }
}

fn as_lines(shown: &[&Tunable], now: &Tunables, values_only: bool) -> String {
    let line = |tunable: &&Tunable| match values_only {
        true => format!("{}\n", tunable.get(now)),
        false => format!("{SYSCTL_PREFIX}{} = {}\n", tunable.name, tunable.get(now)),
    };
    shown.iter().map(line).collect()
}

fn as_json(shown: &[&Tunable], now: &Tunables) -> String {
    let values = shown.iter().map(|tunable| (tunable.name.to_owned(), tunable.get(now).into()));
    let tunables = serde_json::Value::Object(values.collect());
    format!("{}\n", serde_json::json!({ "schema": SCHEMA, "tunables": tunables }))
}
