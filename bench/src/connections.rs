//! Web requests per second: wrk asks, nginx answers, both on one CPU; whoever directs has another for itself.

use crate::bed::Bed;
use crate::forward::Apart;
use crate::programs::{self, spawn_on};
use crate::scenario::{HTTP_PORT, Way};
use anyhow::{Context, Result, bail, ensure};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use testnet::program;

/// Connections at a time.
const AT_ONCE: u32 = 64;
/// How much longer than told the client may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Requests {
    /// Requests per second, each on a connection of its own.
    pub new: f64,
    /// Requests per second on connections that stay.
    pub kept: f64,
}

/// Measures both for so many seconds each.
///
/// # Errors
/// A program is missing or fails, or too many requests do.
pub fn measure(bed: &Bed, way: Way, running: &mut Apart, seconds: u64, cpu: usize) -> Result<Requests> {
    let _server = programs::web_server(bed, cpu)?;
    running.forget()?;
    let new = ask(bed, way, seconds, cpu, true)?;
    running.forget()?;
    let kept = ask(bed, way, seconds, cpu, false)?;
    Ok(Requests { new, kept })
}

fn ask(bed: &Bed, way: Way, seconds: u64, cpu: usize, each_new: bool) -> Result<f64> {
    let mut wrk = Command::new(program::find("wrk").context("wrk is not installed")?);
    wrk.arg("-t1").arg(format!("-c{AT_ONCE}")).arg(format!("-d{seconds}s")).args(["--timeout", "2s"]);
    if each_new {
        wrk.args(["-H", "Connection: close"]);
    }
    wrk.arg(format!("http://{}:{HTTP_PORT}/", way.web()));
    wrk.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = spawn_on(bed.client()?, wrk, cpu)?;
    rate(&output(child, Duration::from_secs(seconds) + PATIENCE)?)
}

/// What a child says until it ends; it is ended when it takes too long.
fn output(mut child: Child, limit: Duration) -> Result<String> {
    let deadline = Instant::now() + limit;
    while child.try_wait()?.is_none() {
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            bail!("wrk does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut text = String::new();
    if let Some(mut out) = child.stdout.take() {
        out.read_to_string(&mut text)?;
    }
    if let Some(mut errors) = child.stderr.take() {
        errors.read_to_string(&mut text)?;
    }
    Ok(text)
}

/// Requests per second that were answered as they should be, out of what wrk prints.
fn rate(said: &str) -> Result<f64> {
    const TOO_MANY: f64 = 0.05;
    let word =
        |line: &str, number: usize| line.split_whitespace().nth(number).and_then(|word| word.parse().ok());
    let rate: f64 = said
        .lines()
        .find(|line| line.starts_with("Requests/sec:"))
        .and_then(|line| word(line, 1))
        .with_context(|| format!("wrk said: {said}"))?;
    let done: f64 = said
        .lines()
        .find(|line| line.contains(" requests in "))
        .and_then(|line| word(line, 0))
        .with_context(|| format!("wrk said: {said}"))?;
    // "Socket errors: connect 0, read 1, write 0, timeout 0", "Non-2xx or 3xx responses: 1": only where there were some.
    let failed: f64 = said
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("Socket errors:") || line.starts_with("Non-2xx"))
        .flat_map(|line| line.split([' ', ',']).filter_map(|word| word.parse::<f64>().ok()))
        .sum();
    ensure!(
        done > 0.0 && failed <= done * TOO_MANY,
        "{failed} of {} web requests failed: {said}",
        failed + done
    );
    Ok(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Running 1s test @ http://10.1.0.101:80/\n  1 threads and 64 connections\n  \
        Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency     2.29ms  362.15us   6.52ms   82.61%\n    \
        Req/Sec    27.80k     1.48k   30.07k    80.00%\n  27713 requests in 1.00s, 4.60MB read\n";

    #[test]
    fn the_rate_is_read_and_failures_are_seen() {
        let with =
            |more: &str| rate(&format!("{SAID}{more}Requests/sec:  27641.83\nTransfer/sec:      4.59MB\n"));
        assert_eq!(with("").unwrap(), 27641.83);
        assert_eq!(with("  Socket errors: connect 0, read 20, write 0, timeout 0\n").unwrap(), 27641.83);
        let error = with("  Socket errors: connect 0, read 20, write 0, timeout 9000\n").unwrap_err();
        assert!(error.to_string().starts_with("9020 of 36733 web requests failed"), "{error}");
        assert!(with("  Non-2xx or 3xx responses: 27713\n").is_err());
        let none = SAID.replace("27713", "0");
        assert!(rate(&format!("{none}Requests/sec: 0.00\n")).is_err());
        assert!(rate("unable to connect to 10.1.0.101:http Connection refused").is_err());
    }
}
