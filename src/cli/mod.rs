//! The commands that people type: `ulvs …`, and `ipvsadm` (by that name, or as `ulvs ipvsadm`).

mod assemble;
mod autoreload;
mod decisions;
mod exec;
mod file;
mod hold;
pub mod ipvsadm;
mod maintenance;
mod mark;
mod proc;
mod programs;
mod reload;
pub mod render;
pub mod run;
mod status;
mod sysctl;
mod watch;

use crate::api;
use crate::config::Names;
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Done.
const OK: u8 = 0;
/// The operation failed; for `diff`: there are differences.
const FAILED: u8 = 1;
/// Wrong usage, or a file that is not valid.
const INVALID: u8 = 2;
/// No director answers.
const UNREACHABLE: u8 = 3;
/// The director refused.
const REFUSED: u8 = 4;
/// Not all of it, or not in time.
const PARTIAL: u8 = 5;

/// The Linux Virtual Server in user space: a layer-4 director on packet rings.
#[derive(Debug, Parser)]
#[command(name = "ulvs", version, max_term_width = 100)]
struct Ulvs {
    /// The director's control socket [default: $ULVS_SOCKET, else /run/ulvs.sock]
    #[arg(long, global = true, value_name = "PATH")]
    socket: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the director in the foreground
    Run(run::RunArgs),
    /// Show and change the running configuration, exactly as ipvsadm 1.31 does
    #[command(disable_help_flag = true)]
    Ipvsadm {
        /// ipvsadm's own arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },
    /// Show and change firewall marks: packets that services by mark (ipvsadm -f) are for
    Mark(mark::MarkArgs),
    /// Check configuration files; exit status 2 if they are not valid
    Check(file::CheckArgs),
    /// Show what configuration files would change; exit status 1 if they would change something
    Diff(file::FileArgs),
    /// Make the running configuration that of these files: all of it or, if something is wrong, nothing
    Apply {
        #[command(flatten)]
        files: file::FileArgs,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Print a configuration, or the running table, in another format; exit status 5 if that cannot say all of it
    Convert(file::ConvertArgs),
    /// Have the director read its configuration files anew, as SIGHUP does, and show what changed
    Reload,
    /// No new connections for these real servers; those that there are go on
    Drain(hold::DrainArgs),
    /// Take these real servers out of the table
    Maint(hold::MaintArgs),
    /// End what drain or maint began: configuration and health checks count again
    Ready(hold::ReadyArgs),
    /// Show changes as they come: real servers, quorums, sorry servers, operators' decisions
    Watch(watch::WatchArgs),
    /// Show what the director is and what it has counted
    Status(status::StatusArgs),
    /// Show and set the director's tunables, as sysctl(8) does those of the kernel's IPVS
    Sysctl(sysctl::SysctlArgs),
    /// Print a file of /proc/net as the kernel's IPVS has it: ip_vs, ip_vs_conn, ip_vs_stats, ...
    Proc {
        /// ip_vs, ip_vs_conn, ip_vs_conn_sync, ip_vs_stats, ip_vs_stats_percpu or ip_vs_app
        #[arg(value_parser = proc::file)]
        name: api::proc::File,
    },
    /// Run an unmodified program (ipvsadm, keepalived, ...) with this director in the place of the kernel's IPVS
    Exec {
        /// The preload library [default: $ULVS_SHIM, else libulvs_shim.so beside ulvs, or in ../lib/ulvs or ../lib]
        #[arg(long, value_name = "PATH")]
        shim: Option<PathBuf>,
        /// The program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "PROGRAM")]
        program: Vec<OsString>,
    },
    /// Keep routes to VIPs for a director, which tells them over the standard input; `ulvs run` starts it
    #[command(hide = true)]
    Beacon {
        /// The kernel's routing table
        table: u32,
    },
    /// Run programs for a director, which talks over the standard input; `ulvs run` starts it
    #[command(hide = true)]
    Programs {
        /// CPUs to run them on [default: any]
        cpus: Vec<usize>,
    },
}

/// Runs the command that these words are (the first is the program's name) and returns its exit status. Called as
/// `ipvsadm`, `ipvsadm-save` or `ipvsadm-restore`, it is that.
pub fn entry(argv: impl IntoIterator<Item = OsString>) -> ExitCode {
    let argv: Vec<OsString> = argv.into_iter().collect();
    let name = argv.first().and_then(|path| Path::new(path).file_name()).and_then(|name| name.to_str());
    let rest = argv.get(1..).unwrap_or(&[]);
    if let Some(program) = name.and_then(ipvsadm::Program::by_name) {
        let called = argv.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return adm(&called, program, rest, &api::socket_path(None));
    }
    // Before clap sees them: what follows `ulvs ipvsadm` is ipvsadm's, `--` and all.
    if let [verb, rest @ ..] = rest
        && verb == "ipvsadm"
    {
        return adm("ipvsadm", ipvsadm::Program::Ipvsadm, rest, &api::socket_path(None));
    }
    let command = match Ulvs::try_parse_from(&argv) {
        Ok(command) => command,
        Err(error) => {
            // If the terminal is gone there is nobody left to tell.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { INVALID } else { OK });
        }
    };
    let socket = api::socket_path(command.socket);
    match command.verb {
        Verb::Run(args) => match args.into_options(socket) {
            Ok(options) => run::run(options),
            Err(message) => {
                complain(&format!("ulvs run: {message}\n"));
                ExitCode::from(INVALID)
            }
        },
        Verb::Ipvsadm { args } => adm("ipvsadm", ipvsadm::Program::Ipvsadm, &args, &socket),
        Verb::Mark(args) => ExitCode::from(mark::mark(args, &socket)),
        Verb::Check(args) => ExitCode::from(file::check(&args)),
        Verb::Diff(args) => ExitCode::from(file::diff(&args, &socket)),
        Verb::Apply { files, dry_run } => ExitCode::from(file::apply(&files, dry_run, &socket)),
        Verb::Convert(args) => ExitCode::from(file::convert(&args, &socket)),
        Verb::Reload => ExitCode::from(file::reload(&socket)),
        Verb::Drain(args) => ExitCode::from(hold::drain(args, &socket)),
        Verb::Maint(args) => ExitCode::from(hold::maint(args, &socket)),
        Verb::Ready(args) => ExitCode::from(hold::ready(args, &socket)),
        Verb::Watch(args) => ExitCode::from(watch::watch(&args, &socket)),
        Verb::Proc { name } => ExitCode::from(proc::print(name, &socket)),
        Verb::Exec { shim, program } => ExitCode::from(exec::exec(&program, shim, &socket)),
        Verb::Programs { cpus } => ExitCode::from(programs::run(&cpus)),
        Verb::Beacon { table } => ExitCode::from(assemble::beacon(table)),
        Verb::Status(args) => ExitCode::from(status::status(&args, &socket)),
        Verb::Sysctl(args) => ExitCode::from(sysctl::sysctl(&args, &socket)),
    }
}

fn adm(called: &str, program: ipvsadm::Program, args: &[OsString], socket: &Path) -> ExitCode {
    let args: Vec<String> = args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let streams = ipvsadm::Streams {
        stdin: &mut io::stdin().lock(),
        stdout: &mut io::stdout().lock(),
        stderr: &mut io::stderr().lock(),
    };
    ExitCode::from(ipvsadm::run_as(called, program, &args, streams, socket, &Names::system()))
}

/// Prints to standard output. If nobody reads it any more there is nobody left to tell.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints to standard error, as [`say`].
fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// The exit status for a director that could not be asked.
const fn client_status(error: &api::client::ClientError) -> u8 {
    use api::client::ClientError;
    match error {
        ClientError::NotRunning { .. } | ClientError::Silent { .. } => UNREACHABLE,
        ClientError::NotPermitted { .. } => REFUSED,
        ClientError::Broken { .. } | ClientError::Garbled { .. } => FAILED,
    }
}
