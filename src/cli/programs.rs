//! `ulvs programs`: the process that runs programs for a director.

use super::{FAILED, INVALID, OK, complain};
use crate::program;
use rustix::net::{AddressFamily, sockopt};
use rustix::thread::{CpuSet, sched_setaffinity};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Runs until the director is gone; returns the exit status.
pub(super) fn run(cpus: &[usize]) -> u8 {
    let stdin = io::stdin();
    if sockopt::socket_domain(stdin.as_fd()) != Ok(AddressFamily::UNIX) {
        complain("ulvs programs: this is started by `ulvs run`\n");
        return INVALID;
    }
    match prepare(cpus).and_then(|()| program::serve(&UnixStream::from(stdin.as_fd().try_clone_to_owned()?)))
    {
        Ok(()) => OK,
        Err(error) => {
            complain(&format!("ulvs programs: {error}\n"));
            FAILED
        }
    }
}

fn prepare(cpus: &[usize]) -> io::Result<()> {
    // It ends when the director does, which may still have something to be run when both are asked to end. Signals that are
    // handled, unlike those that are ignored, are as usual again for the programs.
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    // What a service manager gives the director to serve with is not for scripts. There is none before Linux 4.3.
    let _ = caps::clear(None, caps::CapSet::Ambient);
    if !cpus.is_empty() {
        let mut set = CpuSet::new();
        cpus.iter().filter(|cpu| **cpu < CpuSet::MAX_CPU).for_each(|cpu| set.set(*cpu));
        // Then they run anywhere: slower for somebody, not wrong.
        if let Err(error) = sched_setaffinity(None, &set) {
            complain(&format!("ulvs programs: they cannot be kept off other CPUs: {error}\n"));
        }
    }
    Ok(())
}
