//! Whoever forwards in the lab's own network, and what it counts.

use super::program::Program;
use super::spec::{Peer, Target, Ulvs};
use crate::bed::{Bed, VIP_SINK, server_rip};
use crate::nft::Nft;
use crate::observe::Counters;
use crate::process::{UlvsRun, option};
use crate::reflector::{Reflector, Running};
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use ulvs::control::command::{Reply, Request};
use ulvs::lvs::Protocol;

/// What a director's counters begin with that say where a packet of the load ended, if it was not forwarded.
const ENDS: [&str; 5] =
    ["frames_dropped", "frames_answered", "frames_passed", "frames_held", "requests_shed"];

/// Whoever forwards; dropping it ends it.
pub enum Forwarder {
    /// This project's director.
    Ulvs(UlvsRun),
    /// The kernel.
    Kernel,
    /// It translates besides.
    Nft {
        /// Held to be dropped.
        _nft: Nft,
    },
    /// The bare reflector.
    Reflector {
        /// Held to be dropped.
        _running: Running,
    },
    /// Somebody else's program.
    Program(Program),
    /// Somebody in a network that is not the lab's.
    Elsewhere,
}

/// What was counted so far. Only differences mean something.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Where packets ended that were not forwarded, as far as anybody says.
    pub ends: BTreeMap<String, u64>,
    /// Connections that were opened.
    pub opened: Option<u64>,
}

impl Forwarder {
    /// Starts it, with services of these protocols and ports, on these CPUs.
    ///
    /// # Errors
    /// It does not start, with what it said.
    pub fn start(bed: &Bed, target: &Target, services: &[(Protocol, u16)], cpus: &[usize]) -> Result<Self> {
        Ok(match target {
            Target::Ulvs(ulvs) => {
                let workers = usize::from(ulvs.workers);
                let cpus = &cpus[..workers.min(cpus.len())];
                let further: Vec<_> = ulvs.arguments.iter().map(String::as_str).collect();
                let rules = rules(ulvs, services);
                Self::Ulvs(UlvsRun::start_rules(bed, (ulvs.method, &rules), (workers, cpus), &further)?)
            }
            Target::Peer(Peer::Kernel) => Self::Kernel,
            Target::Peer(Peer::Dnat) => Self::Nft { _nft: Nft::start(bed, false)? },
            Target::Peer(Peer::Masquerade) => Self::Nft { _nft: Nft::start(bed, true)? },
            Target::Peer(Peer::Reflector) => {
                let cpu = cpus.first().copied().unwrap_or(0);
                Self::Reflector { _running: Reflector::open(bed)?.start(cpu)? }
            }
            Target::Command(foreign) => Self::Program(Program::start(bed, foreign, services)?),
            Target::Network(_) => Self::Elsewhere,
        })
    }

    /// What it has counted, and the kernel at its interfaces.
    ///
    /// # Errors
    /// It does not answer.
    pub fn counted(&self, bed: Option<&Bed>) -> Result<Counted> {
        let mut counted = Counted::default();
        if let Some(bed) = bed {
            let dropped = Counters::open(bed.director()?, "eth0")?.dropped()?;
            counted.ends.insert("the kernel's queue before the director".to_owned(), dropped);
        }
        let Self::Ulvs(run) = self else { return Ok(counted) };
        let status = run.status()?;
        let ends = |name: &String| ENDS.iter().any(|end| name.starts_with(end));
        counted.ends.extend(status.counters.into_iter().filter(|(name, _)| ends(name)));
        let Reply::Services(services) = run.ask(&Request::Services(None))? else {
            bail!("the director does not list its services")
        };
        counted.opened = Some(services.iter().map(|service| service.stats.conns).sum());
        Ok(counted)
    }

    /// What its program said, if it is one of somebody else.
    pub fn said(&self) -> Option<String> {
        if let Self::Program(program) = self { program.said() } else { None }
    }
}

impl Counted {
    /// What was counted since: only what grew.
    pub fn since(&self, before: &Self) -> BTreeMap<String, u64> {
        let grown = |(name, now): (&String, &u64)| {
            let more = now.saturating_sub(before.ends.get(name).copied().unwrap_or(0));
            (more > 0).then(|| (name.clone(), more))
        };
        self.ends.iter().filter_map(grown).collect()
    }
}

/// The services as `ipvsadm -S` would print them.
fn rules(ulvs: &Ulvs, services: &[(Protocol, u16)]) -> String {
    let how = option(ulvs.method);
    let flags = if ulvs.flags.is_empty() { String::new() } else { format!(" -b {}", ulvs.flags) };
    let mut rules = String::new();
    for (protocol, port) in services {
        let kind = if *protocol == Protocol::Tcp { "-t" } else { "-u" };
        let service = format!("{kind} {VIP_SINK}:{port}");
        rules += &format!("-A {service} -s {}{flags}\n", ulvs.scheduler);
        for (number, weight) in (0..).zip(&ulvs.weights) {
            rules += &format!("-a {service} -r {}:{port} {how} -w {weight}\n", server_rip(number));
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use ulvs::lvs::{ForwardingMethod, SchedulerName};

    #[test]
    fn every_service_has_every_server() {
        let ulvs = Ulvs {
            method: ForwardingMethod::Nat,
            scheduler: SchedulerName::wlc(),
            flags: String::new(),
            workers: 1,
            weights: vec![1, 3],
            arguments: Vec::new(),
        };
        assert_eq!(
            rules(&ulvs, &[(Protocol::Tcp, 80)]),
            "-A -t 10.1.0.100:80 -s wlc\n-a -t 10.1.0.100:80 -r 10.2.0.9:80 -m -w 1\n\
             -a -t 10.1.0.100:80 -r 10.2.0.10:80 -m -w 3\n"
        );
    }
}
