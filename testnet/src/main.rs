//! `cargo lab MODE`: shows an LVS forwarding mode on a network of namespaces, frame by frame; `cargo lab howto-N`: follows a
//! published how-to there.

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use testnet::conformance;
use testnet::director;
use testnet::howto::{self, HOWTOS, Howto};
use testnet::lesson::{Lesson, how_to_enter, say};
use testnet::narrate::Ink;
use testnet::packet::GUE_PORT;
use testnet::plan::{Family, Wish};
use testnet::sandbox::{self, Privilege, Refusal};
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
    /// A how-to of configure-lvs: telnet and www by direct routing, rr.
    #[command(name = "howto-1")]
    HowtoConfigureLvs(HowtoOptions),
    /// A how-to of keepalived: wlc with persistence, health checks, timeouts.
    #[command(name = "howto-2")]
    HowtoKeepalived(HowtoOptions),
    /// A how-to of ipvsadm: direct routing set up by hand, step by step.
    #[command(name = "howto-3")]
    HowtoByHand(HowtoOptions),
    /// A how-to of Piranha: real servers that die leave the table, and come back.
    #[command(name = "howto-4")]
    HowtoPiranha(HowtoOptions),
    /// A how-to of ldirectord: test pages, weights, a fallback, a firewall mark, a file edited live.
    #[command(name = "howto-5")]
    HowtoLdirectord(HowtoOptions),
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

#[derive(Args, Clone)]
struct HowtoOptions {
    /// Leave the network up and say how to enter each host.
    #[arg(long)]
    keep: bool,
    /// Write a capture per host of the request that is shown hop by hop into this directory.
    #[arg(long, value_name = "DIR")]
    pcap: Option<PathBuf>,
    /// This scheduler instead of the document's, to see which of its promises depend on it.
    #[arg(long, value_name = "NAME")]
    scheduler: Option<String>,
    /// The lab's own web servers on the real servers, also where nginx is installed.
    #[arg(long)]
    own_servers: bool,
    /// Run in the background for --keep (started by it, not by hand).
    #[arg(long, hide = true)]
    background: bool,
    /// Mark changes in bold although the output is no terminal.
    #[arg(long, hide = true)]
    bold: bool,
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
    if howto::tools::is_called(std::env::args_os().next().as_ref()) {
        return howto::tools::entry(std::env::args_os());
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
        Mode::HowtoConfigureLvs(options) => follow(&HOWTOS[0], options),
        Mode::HowtoKeepalived(options) => follow(&HOWTOS[1], options),
        Mode::HowtoByHand(options) => follow(&HOWTOS[2], options),
        Mode::HowtoPiranha(options) => follow(&HOWTOS[3], options),
        Mode::HowtoLdirectord(options) => follow(&HOWTOS[4], options),
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
        return in_background(options.bold);
    }
    let (mut state, privilege) = begin(mode, options.background)?;
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
        ink: ink(options.bold),
        say,
    };
    let (running, kept_promises) = lesson.run(&state)?;
    if options.background {
        say(&format!("\n{}", how_to_enter(&running, &state, privilege)?));
        running.capture().pause();
        stay(&mut state, kept_promises)?;
    }
    Ok(ExitCode::from(u8::from(!kept_promises)))
}

fn follow(howto: &Howto, options: &HowtoOptions) -> Result<ExitCode> {
    if options.keep && !options.background {
        return in_background(options.bold);
    }
    let (mut state, privilege) = begin(howto.name, options.background)?;
    let wish = howto::course::Wish {
        scheduler: options.scheduler.clone(),
        own_servers: options.own_servers,
        pcap: options.pcap.clone(),
        ink: ink(options.bold),
        say,
    };
    let (course, kept_promises) = howto.run(&wish, &state)?;
    if options.background {
        say(&format!("\n{}", course.how_to_enter(privilege)?));
        // The network lives until the process ends: nobody unwinds it.
        std::mem::forget(course);
        stay(&mut state, kept_promises)?;
    }
    Ok(ExitCode::from(u8::from(!kept_promises)))
}

/// Goes to where networks may be built, and makes the state directory.
fn begin(mode: &str, is_background: bool) -> Result<(State, Privilege)> {
    let base = state::base()?; // in the sandbox everybody is root
    let privilege = sandbox::enter()?;
    if is_background {
        rustix::process::setsid().context("a session of its own")?;
    }
    let state = State::create(&base, mode)?;
    state::clean_up_on_signals(&state)?;
    Ok((state, privilege))
}

fn ink(is_bold: bool) -> Ink {
    if is_bold || std::io::stdout().is_terminal() { Ink::Ansi } else { Ink::Plain }
}

/// Tells the foreground how it ended, and keeps the lab alive until a signal ends the process.
fn stay(state: &mut State, kept_promises: bool) -> Result<()> {
    state.keep()?;
    say(&format!("{VERDICT}{}\n", u8::from(!kept_promises)));
    stand_by();
}

/// Keeps the lab alive until a signal ends the process.
fn stand_by() -> ! {
    loop {
        std::thread::park();
    }
}

/// Starts the same lab as a process of its own, passes on what it says until it has said all, and leaves it running.
fn in_background(is_bold: bool) -> Result<ExitCode> {
    let mut command = Command::new(std::env::current_exe().context("finding this program")?);
    command.args(std::env::args_os().skip(1)).arg("--background");
    if !is_bold && std::io::stdout().is_terminal() {
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
