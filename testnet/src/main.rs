//! `cargo lab MODE`: shows an LVS forwarding mode on a network of namespaces, frame by frame; `cargo lab howto-N`: follows a
//! published how-to there.

mod background;

use anyhow::{Result, bail};
use background::{begin, in_background, stay};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use testnet::conformance;
use testnet::director;
use testnet::ecmp::Ecmp;
use testnet::failover::{self, Failover, Peer};
use testnet::howto::{self, HOWTOS, Howto};
use testnet::lesson::{Lesson, how_to_enter, say};
use testnet::narrate::Ink;
use testnet::packet::GUE_PORT;
use testnet::plan::{Family, Wish};
use testnet::pulse;
use testnet::sandbox::Refusal;
use testnet::state;
use ulvs::lvs::{ForwardingMethod, Tunnel, TunnelChecksum};

/// Exit code when the network cannot be built here.
const CANNOT: u8 = 2;

/// A whole LVS network in namespaces: it shows a forwarding mode, frame by frame, or follows a published how-to.
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
    /// Two directors, one VIP: a kill, a return, a partition, a heal and an end, under load.
    Failover(FailoverOptions),
    /// Three directors at once behind a router that learns of them by BGP (needs BIRD): a kill, a return, an end, under load.
    Ecmp(EcmpOptions),
    /// Document 0, configure-lvs: telnet and www by direct routing, rr.
    #[command(name = "howto-1")]
    HowtoConfigureLvs(HowtoOptions),
    /// Document 1, keepalived: wlc with persistence, health checks, timeouts.
    #[command(name = "howto-2")]
    HowtoKeepalived(HowtoOptions),
    /// Document 2, ipvsadm: direct routing set up by hand, step by step.
    #[command(name = "howto-3")]
    HowtoByHand(HowtoOptions),
    /// Document 3, Piranha: real servers that die leave the table, and come back.
    #[command(name = "howto-4")]
    HowtoPiranha(HowtoOptions),
    /// Document 4, ldirectord: test pages, weights, a fallback, a firewall mark, a file edited live.
    #[command(name = "howto-5")]
    HowtoLdirectord(HowtoOptions),
    /// A pair of directors with one lvs.cf: the active one dies, returns, the other ends, a partition comes and heals.
    Pulse(PulseOptions),
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

#[derive(Args, Clone)]
struct FailoverOptions {
    /// Who decides on the second director's host who is master: ulvs, or keepalived, which must be installed.
    #[arg(long, value_enum, default_value = "ulvs")]
    peer: CliPeer,
    /// Instead: so many kills of the master, one after the other, and how soon the backup takes over; beside keepalived's
    /// times where it is installed.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    takeovers: Option<u16>,
    /// Mark headlines although the output is no terminal.
    #[arg(long, hide = true)]
    bold: bool,
}

#[derive(Args, Clone)]
struct EcmpOptions {
    /// Mark headlines although the output is no terminal.
    #[arg(long, hide = true)]
    bold: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum CliPeer {
    Ulvs,
    Keepalived,
}

#[derive(Args, Clone)]
struct PulseOptions {
    /// By NAT instead of direct routing: `nat_router` moves with the VIP.
    #[arg(long)]
    nat: bool,
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
        Mode::Failover(options) => {
            let (state, _) = begin("failover", false)?;
            let peer = match options.peer {
                CliPeer::Ulvs => Peer::Ulvs,
                CliPeer::Keepalived => Peer::Keepalived,
            };
            let lab = Failover { peer, ink: ink(options.bold), say };
            let kept_promises = match options.takeovers {
                None => lab.run(&state)?,
                Some(rounds) => failover::takeovers::run(&lab, &state, rounds)?,
            };
            Ok(ExitCode::from(u8::from(!kept_promises)))
        }
        Mode::Ecmp(options) => {
            let (state, _) = begin("ecmp", false)?;
            let kept_promises = Ecmp { ink: ink(options.bold), say }.run(&state)?;
            Ok(ExitCode::from(u8::from(!kept_promises)))
        }
        Mode::HowtoConfigureLvs(options) => follow(&HOWTOS[0], options),
        Mode::HowtoKeepalived(options) => follow(&HOWTOS[1], options),
        Mode::HowtoByHand(options) => follow(&HOWTOS[2], options),
        Mode::HowtoPiranha(options) => follow(&HOWTOS[3], options),
        Mode::HowtoLdirectord(options) => follow(&HOWTOS[4], options),
        Mode::Pulse(options) => pulse_lab(options),
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

fn pulse_lab(options: &PulseOptions) -> Result<ExitCode> {
    let (state, _) = begin("pulse", false)?;
    let method = if options.nat { ForwardingMethod::Nat } else { ForwardingMethod::DirectRoute };
    let kept_promises = pulse::tell(pulse::Story { method, ink: ink(false), say }, &state)?;
    Ok(ExitCode::from(u8::from(!kept_promises)))
}

fn ink(is_bold: bool) -> Ink {
    if is_bold || std::io::stdout().is_terminal() { Ink::Ansi } else { Ink::Plain }
}
