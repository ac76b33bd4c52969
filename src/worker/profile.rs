//! What a crew is tuned for: short ways for single packets, or many packets. Chosen by what the machine has.

use crate::lvs::Machine;
use crate::ring::FanoutMode;
use std::fmt::Write;
use std::time::Duration;

/// What workers are tuned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Single packets: a worker on every CPU, asleep until one comes, woken where it came in.
    Latency,
    /// Many packets: workers on CPUs that do not take them in, long rings, and some looking before they sleep.
    Pps,
}

/// What was asked for by itself, whatever the profile says.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Asked {
    /// The profile; `None`: by the machine.
    pub profile: Option<Profile>,
    /// Workers, at least 1.
    pub workers: Option<usize>,
    /// Their CPUs, in that order.
    pub cpus: Option<Vec<usize>>,
    /// How they share an interface's frames.
    pub fanout: Option<FanoutMode>,
}

/// How a crew is to work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it is tuned for.
    pub profile: Profile,
    /// Each worker's CPU; `None`: wherever the kernel puts it.
    pub cpus: Vec<Option<usize>>,
    /// How they share an interface's frames.
    pub fanout: FanoutMode,
    /// Bytes of each ring.
    pub ring_len: usize,
    /// How long a worker that has just had frames looks for more before it sleeps.
    pub spin: Duration,
    /// Why, in words.
    pub why: &'static str,
}

impl Profile {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Pps => "pps",
        }
    }

    /// Bytes of a ring: one that the second-level cache nearly holds, or one for longer bursts.
    pub const fn ring_len(self) -> usize {
        match self {
            Self::Latency => 4 << 20,
            Self::Pps => 16 << 20,
        }
    }

    /// How long to look before sleeping, where a worker has its CPU for itself.
    pub const fn spin(self) -> Duration {
        match self {
            Self::Latency => Duration::ZERO,
            Self::Pps => Duration::from_micros(30),
        }
    }
}

/// Chooses by what was asked for and what the machine has.
pub fn choose(asked: &Asked, machine: &Machine) -> Choice {
    let (profile, why) = match asked.profile {
        Some(profile) => (profile, "asked for"),
        None => by_machine(machine),
    };
    let own = quiet_cpus(machine);
    let preferred = match profile {
        Profile::Pps if !own.is_empty() => own.clone(),
        _ => machine.cpus.clone(),
    };
    let workers = asked.workers.unwrap_or(asked.cpus.as_ref().map_or(preferred.len(), Vec::len)).max(1);
    let cpus: Vec<usize> = match &asked.cpus {
        Some(cpus) => cpus.clone(),
        // More workers than the profile has CPUs for get the others.
        None => {
            let others = machine.cpus.iter().copied().filter(|cpu| !preferred.contains(cpu));
            preferred.iter().copied().chain(others).collect()
        }
    };
    let cpus: Vec<Option<usize>> = (0..workers).map(|number| cpus.get(number).copied()).collect();
    // Nobody may be kept waiting by one who only looks: not the one who takes the interrupts, nor a second worker, and
    // one CPU is left for everybody else.
    let has_own = cpus.iter().all(|cpu| cpu.is_some_and(|cpu| own.contains(&cpu)));
    let has_own = has_own && cpus.len() < machine.cpus.len();
    Choice {
        profile,
        fanout: asked.fanout.unwrap_or_else(|| share(profile, &cpus, machine)),
        ring_len: profile.ring_len(),
        spin: if has_own { profile.spin() } else { Duration::ZERO },
        cpus,
        why,
    }
}

/// Many packets are worth it where half of the CPUs, two at least, take no receive interrupts: there workers are alone.
fn by_machine(machine: &Machine) -> (Profile, &'static str) {
    let quiet = quiet_cpus(machine).len();
    match &machine.interrupted {
        _ if machine.cpus.len() <= 1 => (Profile::Latency, "there is one CPU"),
        None => (Profile::Latency, "which CPUs take the receive interrupts is not known"),
        Some(_) if quiet >= 2 && 2 * quiet >= machine.cpus.len() => {
            (Profile::Pps, "at least half of the CPUs take no receive interrupts")
        }
        Some(_) => (Profile::Latency, "too few CPUs take no receive interrupts"),
    }
}

/// CPUs that take no receive interrupts; if that is not known, all but the first, where they mostly end up. None of one.
fn quiet_cpus(machine: &Machine) -> Vec<usize> {
    let is_quiet = |cpu: &usize| match &machine.interrupted {
        Some(interrupted) => !interrupted.contains(cpu),
        None => machine.cpus.first() != Some(cpu),
    };
    if machine.cpus.len() > 1 { machine.cpus.iter().copied().filter(is_quiet).collect() } else { Vec::new() }
}

/// By the CPU, where the NIC deals out flows over all workers' CPUs itself and a packet had better stay where it came in;
/// else by the client.
fn share(profile: Profile, cpus: &[Option<usize>], machine: &Machine) -> FanoutMode {
    let takes_interrupts = |cpu: &Option<usize>| {
        machine.interrupted.as_ref().zip(*cpu).is_some_and(|(interrupted, cpu)| interrupted.contains(&cpu))
    };
    match profile {
        Profile::Latency if cpus.len() > 1 && cpus.iter().all(takes_interrupts) => FanoutMode::Cpu,
        _ => FanoutMode::Client,
    }
}

impl Choice {
    /// A line for the log.
    pub fn describe(&self) -> String {
        let mut cpus = String::new();
        for cpu in self.cpus.iter().flatten() {
            let _ = write!(cpus, "{}{cpu}", if cpus.is_empty() { " on CPU " } else { "," });
        }
        let wait = match self.spin.as_micros() {
            0 => "asleep while there is nothing to do".to_owned(),
            micros => format!("awake for {micros} µs before they sleep"),
        };
        format!(
            "profile {} ({}): workers: {}{cpus}; rings of {} MiB; {wait}",
            self.profile.name(),
            self.why,
            self.cpus.len(),
            self.ring_len >> 20
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(cpus: std::ops::Range<usize>, interrupted: Option<&[usize]>) -> Machine {
        Machine { cpus: cpus.collect(), interrupted: interrupted.map(|cpus| cpus.iter().copied().collect()) }
    }

    #[test]
    fn what_machines_get() {
        use FanoutMode::{Client, Cpu};
        use Profile::{Latency, Pps};
        // CPUs, those that take interrupts, what is asked for → profile, workers' CPUs, fan-out, µs awake.
        for (cpus, interrupted, asked, profile, workers, fanout, spin) in [
            (1, None, None, Latency, &[0][..], Client, 0),
            (1, Some(&[0][..]), None, Latency, &[0], Client, 0),
            (1, Some(&[0]), Some(Pps), Pps, &[0], Client, 0),
            (2, None, None, Latency, &[0, 1], Client, 0),
            (2, Some(&[0]), None, Latency, &[0, 1], Client, 0),
            (2, Some(&[0, 1]), None, Latency, &[0, 1], Cpu, 0),
            (2, None, Some(Pps), Pps, &[1], Client, 30),
            (2, Some(&[1]), Some(Pps), Pps, &[0], Client, 30),
            (2, Some(&[0, 1]), Some(Pps), Pps, &[0, 1], Client, 0),
            (4, Some(&[0]), None, Pps, &[1, 2, 3], Client, 30),
            (4, Some(&[0, 1]), None, Pps, &[2, 3], Client, 30),
            (4, Some(&[0, 1, 2]), None, Latency, &[0, 1, 2, 3], Client, 0),
            (4, Some(&[0, 1, 2, 3]), None, Latency, &[0, 1, 2, 3], Cpu, 0),
            (4, Some(&[0]), Some(Latency), Latency, &[0, 1, 2, 3], Client, 0),
            (4, None, None, Latency, &[0, 1, 2, 3], Client, 0),
            (4, Some(&[9]), None, Pps, &[0, 1, 2, 3], Client, 0),
        ] {
            let asked = Asked { profile: asked, ..Asked::default() };
            let chosen = choose(&asked, &machine(0..cpus, interrupted));
            let told =
                format!("{cpus} CPUs, interrupts on {interrupted:?}, {asked:?}: {}", chosen.describe());
            assert_eq!((chosen.profile, chosen.fanout), (profile, fanout), "{told}");
            assert_eq!(chosen.cpus, workers.iter().copied().map(Some).collect::<Vec<_>>(), "{told}");
            assert_eq!(chosen.spin, Duration::from_micros(spin), "{told}");
            assert_eq!(chosen.ring_len, if profile == Pps { 16 << 20 } else { 4 << 20 }, "{told}");
        }
    }

    #[test]
    fn what_is_asked_for_goes_before() {
        let machine = machine(0..4, Some(&[0]));
        let pps = Asked { profile: Some(Profile::Pps), ..Asked::default() };
        let chosen = choose(&Asked { workers: Some(2), ..pps.clone() }, &machine);
        assert_eq!((chosen.cpus, chosen.spin), (vec![Some(1), Some(2)], Duration::from_micros(30)));
        // The fourth worker shares its CPU with the interrupts, a fifth has none: nobody looks.
        let chosen = choose(&Asked { workers: Some(5), ..pps.clone() }, &machine);
        assert_eq!(chosen.cpus, [Some(1), Some(2), Some(3), Some(0), None]);
        assert_eq!(chosen.spin, Duration::ZERO);
        let chosen = choose(&Asked { cpus: Some(vec![3, 1]), ..pps.clone() }, &machine);
        assert_eq!((chosen.cpus, chosen.spin), (vec![Some(3), Some(1)], Duration::from_micros(30)));
        let chosen = choose(&Asked { cpus: Some(vec![0]), workers: Some(2), ..pps.clone() }, &machine);
        assert_eq!((chosen.cpus, chosen.spin), (vec![Some(0), None], Duration::ZERO));
        let chosen = choose(&Asked { fanout: Some(FanoutMode::Hash), ..pps }, &machine);
        assert_eq!(chosen.fanout, FanoutMode::Hash);
    }

    #[test]
    fn a_line_that_says_what_and_why() {
        let chosen = choose(&Asked::default(), &machine(0..4, Some(&[0])));
        let line = "profile pps (at least half of the CPUs take no receive interrupts): workers: 3 on CPU 1,2,3; \
                    rings of 16 MiB; awake for 30 µs before they sleep";
        assert_eq!(chosen.describe(), line);
    }
}
