//! `cargo lab MODE`: shows an LVS forwarding mode on a network of namespaces, frame by frame.

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use testnet::conformance;
use testnet::director;
use testnet::lesson::{Lesson, how_to_enter, say};
use testnet::narrate::Ink;
use testnet::packet::GUE_PORT;
use testnet::plan::{Family, Wish};
use testnet::sandbox::{self, Refusal};
use testnet::state::{self, State};
use ulvs::lvs::{ForwardingMethod, Tunnel, TunnelChecksum};

/// Ends the output of a lab in the background and carries its verdict to the foreground.
const VERDICT: &str = "\u{4}verdict ";
/// Exit code when the network cannot be built here.
const CANNOT: u8 = 2;

/// A whole LVS network in namespaces: it shows a forwarding mode, frame by frame.
#[derive(Parser)]
#[command(name = "lab", version)]
struct Cli {
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Subcommand)]
enum Mode {
    /// Direct routing: the director changes the MAC address only.
    Dr(Options),
    /// Network address translation: out and back through the director.
    Nat(Options),
    /// IP tunnelling: the director puts the packet into another.
    Tun(TunOptions),
    /// Ends the labs that were kept with --keep.
    Down,
    /// Scenarios with the kernel's answers: play them on ulvs, or ask the kernel anew.
    #[command(subcommand)]
    Conformance(conformance::command::Verb),
}

#[derive(Args, Clone)]
struct Options {
    /// Leave the network up and say how to enter each host.
    #[arg(long)]
    keep: bool,
    /// Write a capture per host into this directory.
    #[arg(long, value_name = "DIR")]
    pcap: Option<PathBuf>,
    /// The VIP is also an address of the director's interface, and its kernel forwards.
    #[arg(long)]
    vip_on_host: bool,
    /// Address family.
    #[arg(long, value_enum, default_value = "4")]
    family: CliFamily,
    /// Scheduler, by ipvsadm's name.
    #[arg(long, default_value = "rr")]
    scheduler: String,
    /// How many real servers.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    servers: u8,
    /// How many requests the client makes.
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=1000))]
    requests: u16,
    /// Run in the background for --keep (started by it, not by hand).
    #[arg(long, hide = true)]
    background: bool,
    /// Mark changes in bold although the output is no terminal.
    #[arg(long, hide = true)]
    bold: bool,
}

#[derive(Args, Clone)]
struct TunOptions {
    /// What the packet is put into: IP alone, GRE, or UDP and GUE.
    #[arg(long, value_enum, default_value = "ipip")]
    tun_type: CliTunnel,
    /// The outer header has a checksum (GRE and GUE).
    #[arg(long)]
    tun_csum: bool,
    #[command(flatten)]
    others: Options,
}

impl TunOptions {
    fn tunnel(&self) -> Result<Tunnel> {
        let checksum = if self.tun_csum { TunnelChecksum::Full } else { TunnelChecksum::None };
        match self.tun_type {
            CliTunnel::Ipip if self.tun_csum => {
                bail!("--tun-csum: IP in IP has no checksum; gre and gue have")
            }
            CliTunnel::Ipip => Ok(Tunnel::Ipip),
            CliTunnel::Gre => Ok(Tunnel::Gre { checksum }),
            CliTunnel::Gue => Ok(Tunnel::Gue { port: GUE_PORT, checksum }),
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum CliTunnel {
    Ipip,
    Gre,
    Gue,
}

#[derive(Clone, Copy, ValueEnum)]
enum CliFamily {
    #[value(name = "4")]
    V4,
    #[value(name = "6")]
    V6,
}

fn main() -> ExitCode {
    if director::is_called(std::env::args_os().next().as_ref()) {
        return director::entry(std::env::args_os());
    }
    match run(&Cli::parse().mode) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lab: {error:#}");
            // A lab that cannot be built here is not a promise broken.
            ExitCode::from(if error.is::<Refusal>() { CANNOT } else { 1 })
        }
    }
}

fn run(mode: &Mode) -> Result<ExitCode> {
    match mode {
        Mode::Dr(options) => lesson("dr", ForwardingMethod::DirectRoute, Tunnel::Ipip, options),
        Mode::Nat(options) => lesson("nat", ForwardingMethod::Nat, Tunnel::Ipip, options),
        Mode::Tun(options) => lesson("tun", ForwardingMethod::Tunnel, options.tunnel()?, &options.others),
        Mode::Conformance(verb) => conformance::command::entry(verb),
        Mode::Down => {
            let ended = state::down(&state::base()?)?;
            for lab in &ended {
                say(&format!("ended: {lab}\n"));
            }
            if ended.is_empty() {
                say("no lab was kept\n");
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn lesson(mode: &str, method: ForwardingMethod, tunnel: Tunnel, options: &Options) -> Result<ExitCode> {
    if options.keep && !options.background {
        return in_background(options);
    }
    let base = state::base()?; // in the sandbox everybody is root
    let privilege = sandbox::enter()?;
    if options.background {
        rustix::process::setsid().context("a session of its own")?;
    }
    let mut state = State::create(&base, mode)?;
    state::clean_up_on_signals(&state)?;
    let lesson = Lesson {
        wish: Wish {
            method,
            tunnel,
            family: match options.family {
                CliFamily::V4 => Family::V4,
                CliFamily::V6 => Family::V6,
            },
            servers: options.servers,
            vip_on_host: options.vip_on_host,
        },
        scheduler: options.scheduler.clone(),
        requests: options.requests.into(),
        pcap: options.pcap.clone(),
        ink: if options.bold || std::io::stdout().is_terminal() { Ink::Ansi } else { Ink::Plain },
        say,
    };
    let (running, kept_promises) = lesson.run(&state)?;
    if options.background {
        say(&format!("\n{}", how_to_enter(&running, &state, privilege)?));
        state.keep()?;
        running.capture().pause();
        say(&format!("{VERDICT}{}\n", u8::from(!kept_promises)));
        stand_by();
    }
    Ok(ExitCode::from(u8::from(!kept_promises)))
}

/// Keeps the lab alive until a signal ends the process.
fn stand_by() -> ! {
    loop {
        std::thread::park();
    }
}

/// Starts the same lab as a process of its own, passes on what it says until it has said all, and leaves it running.
fn in_background(options: &Options) -> Result<ExitCode> {
    let mut command = Command::new(std::env::current_exe().context("finding this program")?);
    command.args(std::env::args_os().skip(1)).arg("--background");
    if !options.bold && std::io::stdout().is_terminal() {
        command.arg("--bold");
    }
    // Its errors come the same way, so that nothing of this terminal stays open in it.
    let (reader, writer) = std::io::pipe().context("a pipe")?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().context("starting the lab in the background")?;
    drop(command); // our ends of the pipe
    end_with_us(&child)?;
    for line in BufReader::new(reader).lines() {
        let line = line?;
        match line.strip_prefix(VERDICT) {
            Some(code) => return Ok(ExitCode::from(code.parse::<u8>().unwrap_or(1))),
            None => say(&format!("{line}\n")),
        }
    }
    let status = child.wait()?;
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) if code > 0 => Ok(ExitCode::from(code)),
        _ => bail!("the lab in the background ended early: {status}"),
    }
}

/// Ctrl-C while the lab is not yet up ends it too.
fn end_with_us(child: &Child) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{SIGINT, SIGTERM};
    let pid = Pid::from_child(child);
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let _ = kill_process(pid, Signal::TERM);
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}
