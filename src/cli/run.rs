//! `ulvs run`: its options, checked.

use super::{assemble, complain};
use crate::config::Format;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Interfaces that one director can have.
const MAX_INTERFACES: usize = 16;
/// Worker threads that one director can have.
const MAX_WORKERS: usize = 256;
/// The highest number of a CPU.
const MAX_CPU: usize = 1023;

/// What `ulvs run` takes.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// An interface to direct on, by name; may be given several times, or several names at once
    #[arg(short, long = "interface", required = true, num_args = 1.., value_delimiter = ',', value_name = "IFACE")]
    interfaces: Vec<String>,
    /// Start with this configuration; may be given several times: the files make one configuration
    #[arg(short, long, value_name = "FILE")]
    config: Vec<PathBuf>,
    /// The configuration's format [default: told by each file's content]
    #[arg(long, value_name = "FORMAT", value_parser = super::file::format)]
    format: Option<Format>,
    /// Keep operators' decisions (drain, maint) in this file, and begin with those that are in it
    #[arg(long, value_name = "FILE", requires = "config")]
    decisions: Option<PathBuf>,
    /// Keep the connection table in this file, which must lie on tmpfs, and begin with the connections that are in it
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// With an lvs.cf: as primary become active at once, also if the backup is active. Without it whoever is active stays so
    #[arg(long, alias = "forceactive", requires = "config")]
    force_active: bool,
    /// What to be tuned for: short ways for single packets, many packets, or whichever suits the machine
    #[arg(long, value_enum, value_name = "PROFILE", default_value = "auto")]
    profile: Profile,
    /// Worker threads [default: the profile's]
    #[arg(short, long, value_name = "N")]
    workers: Option<usize>,
    /// CPUs to pin the workers to, such as 0,2-3 [default: the profile's]
    #[arg(long, value_name = "LIST")]
    cpus: Option<String>,
    /// Connections at most, persistence templates included
    #[arg(long, value_name = "N", default_value_t = 4 << 20, value_parser = clap::value_parser!(u32).range(1..=1 << 31))]
    connections: u32,
    /// Join frames of one flow that leave together into one super-frame: on or off
    #[arg(long, value_name = "SWITCH", default_value = "on",
        value_parser = clap::builder::PossibleValuesParser::new(["on", "off"]))]
    coalesce: String,
    /// How frames come in and go out: by AF_PACKET alone, or with AF_XDP beside it for what is surely the director's
    #[arg(long, value_enum, value_name = "WAY", default_value = "packet")]
    io: Io,
    /// How several workers share an interface's frames: by the client, so that both directions of a NAT connection meet on
    /// one; by the kernel's hash of the flow; or by the CPU that received them [default: the profile's]
    #[arg(long, value_enum, value_name = "RULE")]
    fanout: Option<Fanout>,
    /// Keep frames that do not concern the director out of its rings: on or off
    #[arg(long, value_name = "SWITCH", default_value = "on",
        value_parser = clap::builder::PossibleValuesParser::new(["on", "off"]))]
    filter: String,
    /// While a worker cannot keep up, shed connection requests (SYNs) before its rings, so that packets of connections find
    /// room there; by the filter: on or off
    #[arg(long, value_name = "SWITCH", default_value = "on",
        value_parser = clap::builder::PossibleValuesParser::new(["on", "off"]))]
    shed: String,
    /// Answer for VIPs that no interface of the host has: on or off. With off a VIP is the director's only while the host
    /// has it, for those that somebody else moves from host to host (keepalived, pacemaker)
    #[arg(long, value_name = "SWITCH", default_value = "on",
        value_parser = clap::builder::PossibleValuesParser::new(["on", "off"]))]
    claim: String,
    /// Keep a route to each VIP that can be served now in this routing table of the kernel (254: main), for a routing
    /// daemon (BIRD, FRR) that announces it
    #[arg(long, value_name = "TABLE", value_parser = clap::value_parser!(u32).range(1..))]
    vip_routes: Option<u32>,
    /// Once told to end, go on for so many seconds after the routes of --vip-routes are gone
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(..=600))]
    linger: u16,
    /// How much to log: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info",
        value_parser = clap::builder::PossibleValuesParser::new(["error", "warn", "info", "debug", "trace"]))]
    log_level: String,
}

/// How frames come in and go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Io {
    /// By AF_PACKET rings.
    #[default]
    Packet,
    /// By AF_XDP what is surely the director's, the rest by AF_PACKET rings.
    AfXdp,
}

/// How several workers share an interface's frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Fanout {
    /// By the client's endpoint.
    Client,
    /// By the kernel's hash of the flow.
    Hash,
    /// By the CPU that received the frame.
    Cpu,
}

/// What the director is tuned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Profile {
    /// Whichever suits the machine.
    #[default]
    Auto,
    /// Short ways for single packets.
    Latency,
    /// Many packets.
    Pps,
}

/// What `ulvs run` shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// Names of the interfaces: 1 to 16, all different, each of 1 to 15 bytes.
    pub interfaces: Vec<String>,
    /// The files of the configuration to start with.
    pub config: Vec<PathBuf>,
    /// Their format; `None`: told by each file's content.
    pub format: Option<Format>,
    /// Where operators' decisions are kept; `None`: they end with the director.
    pub decisions: Option<PathBuf>,
    /// Where the connection table is kept; `None`: it ends with the director.
    pub table: Option<PathBuf>,
    /// A primary of an lvs.cf becomes active at once.
    pub force_active: bool,
    /// The control socket.
    pub socket: PathBuf,
    /// Worker threads: 1 to 256; `None`: as the profile says.
    pub workers: Option<usize>,
    /// CPUs to pin to, in the order of the workers, all different; `None`: as the profile says.
    pub cpus: Option<Vec<usize>>,
    /// Connections at most, 1 to 2^31. At about 80 bytes each (`conn`) the default of 4,194,304 is 340 MB, taken only as
    /// they come.
    pub connections: u32,
    /// Join frames of one flow that leave in one sweep.
    pub coalesce: bool,
    /// How frames come in and go out.
    pub io: Io,
    /// What to be tuned for.
    pub profile: Profile,
    /// How several workers share an interface's frames; `None`: as the profile says.
    pub fanout: Option<Fanout>,
    /// Keep frames that do not concern the director out of its rings.
    pub filter: bool,
    /// Shed connection requests before the rings while a worker cannot keep up.
    pub shed: bool,
    /// Answer for VIPs that the host does not have.
    pub claim: bool,
    /// The kernel's routing table that shows which VIPs are served; `None`: none does.
    pub vip_routes: Option<u32>,
    /// How long it goes on without these routes.
    pub linger: Duration,
    /// How much to log.
    pub log_level: tracing::Level,
}

impl RunArgs {
    /// Checks them.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn into_options(self, socket: PathBuf) -> Result<RunOptions, String> {
        check_interfaces(&self.interfaces)?;
        if let Some(workers) = self.workers
            && !(1..=MAX_WORKERS).contains(&workers)
        {
            return Err(format!("--workers must lie between 1 and {MAX_WORKERS}"));
        }
        Ok(RunOptions {
            cpus: self.cpus.as_deref().map(cpu_list).transpose()?,
            log_level: self.log_level.parse().map_err(|_| "unknown --log-level".to_owned())?,
            interfaces: self.interfaces,
            config: self.config,
            format: self.format,
            decisions: self.decisions,
            table: self.table,
            force_active: self.force_active,
            workers: self.workers,
            connections: self.connections,
            coalesce: self.coalesce == "on",
            io: self.io,
            profile: self.profile,
            fanout: self.fanout,
            filter: self.filter == "on",
            shed: self.shed == "on",
            claim: self.claim == "on",
            vip_routes: self.vip_routes,
            linger: Duration::from_secs(self.linger.into()),
            socket,
        })
    }
}

fn check_interfaces(names: &[String]) -> Result<(), String> {
    if names.len() > MAX_INTERFACES {
        return Err(format!("at most {MAX_INTERFACES} interfaces"));
    }
    for (at, name) in names.iter().enumerate() {
        let bad = |character: char| character == '/' || character.is_whitespace() || character.is_control();
        if name.is_empty() || name.len() > 15 || name.contains(bad) || name == "." || name == ".." {
            return Err(format!("`{name}` is no name of an interface"));
        }
        if names.iter().take(at).any(|before| before == name) {
            return Err(format!("interface {name} is named twice"));
        }
    }
    Ok(())
}

/// `0,2-3` → 0, 2, 3.
fn cpu_list(text: &str) -> Result<Vec<usize>, String> {
    let bad = || format!("`{text}` is no list of CPUs; write it like 0,2-3 (up to {MAX_CPU})");
    let mut cpus = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) =
            (first.parse().map_err(|_| bad())?, last.parse().map_err(|_| bad())?);
        if first > last || last > MAX_CPU {
            return Err(bad());
        }
        for cpu in first..=last {
            if cpus.contains(&cpu) {
                return Err(format!("CPU {cpu} is listed twice"));
            }
            cpus.push(cpu);
        }
    }
    Ok(cpus)
}

/// Runs the director until it is told to stop. Exit status: 0 after a clean stop, 1 if it could not start.
pub fn run(options: RunOptions) -> ExitCode {
    assemble::start_log(options.log_level);
    match assemble::direct(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("ulvs run: {error:#}\n"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus() {
        assert_eq!(cpu_list("0,2-3"), Ok(vec![0, 2, 3]));
        for text in ["", "a", "3-2", "1,", "0-99999999", "-1", "1,1", "0-2,2"] {
            assert!(cpu_list(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_of_interfaces() {
        let check =
            |names: &[&str]| check_interfaces(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(check(&["eth0", "eth1.100"]).is_ok());
        for names in [&["eth0", "eth0"][..], &[""], &["a/b"], &["averylongnameof16"], &["a b"], &[".."]] {
            assert!(check(names).is_err(), "{names:?}");
        }
        assert!(check(&[]).is_ok(), "clap requires one");
        let many: Vec<String> = (0..17).map(|n| format!("e{n}")).collect();
        assert!(check_interfaces(&many).is_err());
    }
}
