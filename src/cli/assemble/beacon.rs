//! `ulvs beacon`: the process that keeps routes to VIPs in the kernel for as long as the director lives.
//!
//! The director tells it over a pipe which VIPs can be served, all of them in each line. When the pipe ends, for whatever
//! reason, so do the routes: a director that is killed does not go on attracting packets. A process of its own, because a
//! thread would be killed with the others, and the kernel has no route that goes with a process.

use super::super::{FAILED, INVALID, OK, complain};
use crate::host::vip_routes::VipRoutes;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::net::IpAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

/// Runs until the standard input ends; the exit status.
pub(in crate::cli) fn run(table: u32) -> u8 {
    match keep(table, io::stdin().lock()) {
        Ok(()) => OK,
        Err(error) => {
            complain(&format!("ulvs beacon: {error}\n"));
            if error.kind() == io::ErrorKind::InvalidData { INVALID } else { FAILED }
        }
    }
}

fn keep(table: u32, lines: impl BufRead) -> io::Result<()> {
    // A service manager asks all processes to end; the director still has the routes taken away before it stops to forward.
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    let mut routes = VipRoutes::open(table).map_err(io::Error::other)?;
    for line in lines.lines() {
        // Whatever comes next: the routes do not stay.
        let Some(vips) = line.and_then(|line| read(&line)).ok() else { break };
        if let Err(error) = routes.follow(&vips) {
            complain(&format!("ulvs beacon: a route in table {table}: {error}\n"));
        }
    }
    routes.follow(&BTreeSet::new()).map_err(io::Error::other)
}

fn read(line: &str) -> io::Result<BTreeSet<IpAddr>> {
    line.split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{line:?}: {error}")))
}

/// The process, as the director has it.
pub(super) struct Beacon {
    pipe: Mutex<Option<ChildStdin>>,
    child: Mutex<Child>,
}

impl Beacon {
    /// Starts it; no VIP has a route yet. To be called while there are all privileges.
    ///
    /// # Errors
    /// Those of starting a process.
    pub fn start(table: u32) -> io::Result<Self> {
        let mut command = Command::new("/proc/self/exe");
        command.arg0("ulvs").args(["beacon", &table.to_string()]).process_group(0).current_dir("/");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        Ok(Self { pipe: Mutex::new(child.stdin.take()), child: Mutex::new(child) })
    }

    /// These VIPs can be served, and no others.
    pub fn show(&self, vips: &BTreeSet<IpAddr>) {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = pipe.as_mut() else { return };
        if let Err(error) = open.write_all(line(vips).as_bytes()) {
            tracing::error!(%error, "the process that keeps routes to VIPs is gone: they stay as they are");
            *pipe = None;
        }
    }

    /// No VIP is served any more. Returns when the routes are gone.
    pub fn put_out(&self) {
        self.pipe.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ended = self.child.lock().unwrap_or_else(PoisonError::into_inner).wait();
        if !ended.as_ref().is_ok_and(std::process::ExitStatus::success) {
            tracing::error!(?ended, "routes to VIPs may be left");
        }
    }
}

fn line(vips: &BTreeSet<IpAddr>) -> String {
    let words: Vec<_> = vips.iter().map(ToString::to_string).collect();
    words.join(" ") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let vips: BTreeSet<IpAddr> = ["10.2.0.100", "fd00:2::100"].map(|vip| vip.parse().unwrap()).into();
        assert_eq!(read(line(&vips).trim_end()).unwrap(), vips);
        assert_eq!(read("").unwrap(), BTreeSet::new(), "none is served");
        assert!(read("10.2.0.100 x").is_err());
    }
}
