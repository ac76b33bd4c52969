//! `ulvs mark`: firewall marks without a firewall.

use super::{FAILED, INVALID, OK, REFUSED, client_status, complain, render, say};
use crate::api::client::Client;
use crate::config::mark::{Word, Words};
use crate::config::{Diagnostics, MAX_SOURCE_LEN, Names, Source, read_iptables};
use crate::control::ControlError;
use crate::control::command::{Command, Reply, Request};
use crate::lvs::MarkRule;
use clap::{Args, Subcommand};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Version of the JSON that `list -j` prints; raised when a field changes its meaning or goes.
const SCHEMA: u32 = 1;

#[derive(Debug, Args)]
pub(super) struct MarkArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a rule behind the others
    Add(Spec),
    /// Show the rules, numbered
    List {
        /// Print JSON
        #[arg(short = 'j', long)]
        json: bool,
    },
    /// Delete a rule: by its number in the list, or the first that says the same
    #[command(alias = "delete")]
    Del {
        /// Number in the list, from 1
        #[arg(value_name = "NUMBER", conflicts_with_all = ["dst", "src", "proto", "dports", "sports", "iif", "mark"])]
        number: Option<usize>,
        #[command(flatten)]
        spec: Spec,
    },
    /// Delete all rules
    Flush,
    /// Add the rules of `iptables-save` output or of iptables command lines (mangle PREROUTING): all of them or none
    Import {
        /// The file; `-` or nothing: standard input
        file: Option<PathBuf>,
        /// Rules without an address are IPv6's (as in the output of ip6tables-save)
        #[arg(short = '6', long)]
        ipv6: bool,
    },
}

#[derive(Debug, Args)]
struct Spec {
    /// Where packets go: an address or a network
    #[arg(long, value_name = "ADDR[/LEN]")]
    dst: Option<String>,
    /// Where they come from [default: anywhere]
    #[arg(long, value_name = "ADDR[/LEN]")]
    src: Option<String>,
    /// tcp, udp, sctp or icmp [default: any]
    #[arg(long, value_name = "PROTOCOL")]
    proto: Option<String>,
    /// Destination ports: 80,443,8000:8999
    #[arg(long, alias = "dport", value_name = "PORTS")]
    dports: Option<String>,
    /// Source ports
    #[arg(long, alias = "sport", value_name = "PORTS")]
    sports: Option<String>,
    /// The interface by which they come; eth+: all whose name begins so
    #[arg(long, value_name = "NAME")]
    iif: Option<String>,
    #[command(flatten)]
    mark: MarkWords,
}

#[derive(Debug, Args)]
#[group(id = "mark", multiple = false)]
struct MarkWords {
    /// Clear the bits of MASK (default: all), then set those of N
    #[arg(long, value_name = "N[/MASK]")]
    set_mark: Option<String>,
    /// Clear the bits of MASK (default: all), then flip those of N
    #[arg(long, value_name = "N[/MASK]")]
    set_xmark: Option<String>,
}

/// Carries out `ulvs mark …`; returns the exit status.
pub(super) fn mark(args: MarkArgs, socket: &Path) -> u8 {
    match args.verb {
        Verb::Add(spec) => match spec.read() {
            Ok(rule) => change(Command::AddMarks(vec![rule]), socket),
            Err(why) => misuse(&why),
        },
        Verb::List { json } => list(json, socket),
        Verb::Del { number: Some(number), .. } => change(Command::DeleteMarkAt(number), socket),
        Verb::Del { number: None, spec } => match spec.read() {
            Ok(rule) => change(Command::DeleteMark(rule), socket),
            Err(why) => misuse(&why),
        },
        Verb::Flush => change(Command::FlushMarks, socket),
        Verb::Import { file, ipv6 } => import(file.as_deref(), ipv6, socket),
    }
}

impl Spec {
    fn read(&self) -> Result<MarkRule, String> {
        let words = Words {
            destination: self.dst.as_deref(),
            source: self.src.as_deref(),
            protocol: self.proto.as_deref(),
            dports: self.dports.as_deref(),
            sports: self.sports.as_deref(),
            interface: self.iif.as_deref(),
            set_mark: self.mark.set_mark.as_deref(),
            set_xmark: self.mark.set_xmark.as_deref(),
        };
        words.read(&Names::system()).map_err(|(word, why)| {
            let option = match word {
                Word::Destination => "--dst",
                Word::Source => "--src",
                Word::Protocol => "--proto",
                Word::Dports => "--dports",
                Word::Sports => "--sports",
                Word::Mark if self.mark.set_xmark.is_some() => "--set-xmark",
                Word::Mark => "--set-mark",
            };
            format!("{option}: {why}")
        })
    }
}

fn misuse(why: &str) -> u8 {
    complain(&format!("ulvs mark: {why}\n"));
    INVALID
}

fn change(command: Command, socket: &Path) -> u8 {
    ask(&Request::Command(command), socket, |reply| matches!(reply, Reply::Done).then_some(OK))
}

fn list(json: bool, socket: &Path) -> u8 {
    ask(&Request::Marks, socket, |reply| {
        let Reply::Marks(rules) = reply else { return None };
        if json {
            let value = serde_json::json!({"schema": SCHEMA, "marks": rules});
            say(&format!("{value}\n"));
        } else {
            say(&table(&rules));
        }
        Some(OK)
    })
}

/// One line per rule, each of which `ulvs mark add` takes behind its number.
fn table(rules: &[MarkRule]) -> String {
    rules.iter().zip(1..).map(|(rule, number)| format!("{number:>4}  {rule}\n")).collect()
}

fn import(file: Option<&Path>, ipv6: bool, socket: &Path) -> u8 {
    let source = match file.filter(|path| *path != Path::new("-")) {
        Some(path) => Source::load(path).map_err(|error| error.to_string()),
        None => standard_input(),
    };
    let source = match source {
        Ok(source) => source,
        Err(why) => return misuse(&why),
    };
    let mut out = Diagnostics::default();
    let found = read_iptables(&source, ipv6, &Names::system(), &mut out);
    complain(&render::diagnostics(&out, false));
    if out.has_errors() {
        complain(&format!("{}: {} in error; nothing is imported\n", source.name(), lines(out.errors())));
        return INVALID;
    }
    let (imported, others) = (rules(found.rules.len()), found.skipped);
    let told = format!("{imported} imported; others, which mark nothing for a service: {others}\n");
    if found.rules.is_empty() {
        say(&told);
        return OK;
    }
    ask(&Request::Command(Command::AddMarks(found.rules)), socket, |reply| {
        matches!(reply, Reply::Done).then(|| {
            say(&told);
            OK
        })
    })
}

fn rules(number: usize) -> String {
    format!("{number} rule{}", if number == 1 { "" } else { "s" })
}

fn lines(number: usize) -> String {
    format!("{number} line{}", if number == 1 { "" } else { "s" })
}

fn standard_input() -> Result<Source, String> {
    let mut text = String::new();
    let limit = u64::try_from(MAX_SOURCE_LEN).unwrap_or(u64::MAX);
    let read = io::stdin().lock().take(limit + 1).read_to_string(&mut text);
    read.map_err(|error| format!("standard input: {error}"))?;
    if text.len() > MAX_SOURCE_LEN {
        return Err(format!("standard input: longer than {MAX_SOURCE_LEN} bytes"));
    }
    Ok(Source::from_text("-", text))
}

/// Asks the director; `done` knows the answer that was hoped for.
fn ask(request: &Request, socket: &Path, done: impl FnOnce(Reply) -> Option<u8>) -> u8 {
    match Client::connect(socket).and_then(|mut client| client.ask(request)) {
        Ok(Reply::Refused(error)) => {
            complain(&format!("ulvs mark: refused: {error}\n"));
            if error == ControlError::NoSuchMark { FAILED } else { REFUSED }
        }
        Ok(reply) => done(reply).unwrap_or_else(|| {
            complain("ulvs mark: the director answered another question; are both of the same version?\n");
            FAILED
        }),
        Err(error) => {
            complain(&format!("ulvs mark: {error}\n"));
            client_status(&error)
        }
    }
}
