//! `ulvs status`.

use super::{FAILED, OK, REFUSED, client_status, complain, say};
use crate::api::client::Client;
use crate::control::command::{IntakeStatus, Reply, Request, Status};
use std::fmt::Write;
use std::path::Path;

/// Version of the JSON that `-j` prints; raised when a field changes its meaning or goes.
const SCHEMA: u32 = 1;

/// Asks the director and prints what it says; returns the exit status.
pub fn status(socket: &Path, json: bool) -> u8 {
    match Client::connect(socket).and_then(|mut client| client.ask(&Request::Status)) {
        Ok(Reply::Status(status)) if json => match as_json(&status) {
            Ok(text) => {
                say(&format!("{text}\n"));
                OK
            }
            Err(error) => {
                complain(&format!("ulvs status: {error}\n"));
                FAILED
            }
        },
        Ok(Reply::Status(status)) => {
            say(&as_table(&status));
            OK
        }
        Ok(Reply::Refused(error)) => {
            complain(&format!("ulvs status: refused: {error}\n"));
            REFUSED
        }
        Ok(_) => {
            complain("ulvs status: the director answered another question; are both of the same version?\n");
            FAILED
        }
        Err(error) => {
            complain(&format!("ulvs status: {error}\n"));
            client_status(&error)
        }
    }
}

/// One object; counters as an object of name → value, in the catalogue's order of names.
fn as_json(status: &Status) -> serde_json::Result<String> {
    let mut value = serde_json::to_value(status)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("schema".to_owned(), SCHEMA.into());
        let counters = status.counters.iter().map(|(name, count)| (name.clone(), (*count).into()));
        object.insert("counters".to_owned(), serde_json::Value::Object(counters.collect()));
        if let Some([p50, p99, p999, max]) = status.latency_ns {
            let latency = serde_json::json!({"p50": p50, "p99": p99, "p99_9": p999, "max": max});
            object.insert("latency_ns".to_owned(), latency);
        }
    }
    serde_json::to_string(&value)
}

fn as_table(status: &Status) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "ulvs {}, process {}, up {}, configuration {}, snapshot {}",
        status.version,
        status.pid,
        span(status.uptime_seconds),
        status.config.as_deref().unwrap_or("from the command line"),
        status.epoch
    );
    let _ = writeln!(
        out,
        "\n{:<16} {:>7} {:<17} {:>5} {:<5} {:<14} CLAIM",
        "INTERFACE", "INDEX", "MAC", "MTU", "STATE", "IO"
    );
    for link in &status.interfaces {
        let state = if link.running { "up" } else { "down" };
        let _ = writeln!(
            out,
            "{:<16} {:>7} {:<17} {:>5} {state:<5} {:<14} {}",
            link.name, link.ifindex, link.mac, link.mtu, link.io, link.claim
        );
    }
    let IntakeStatus { profile, fanout, filter, shedding, .. } = &status.intake;
    let _ = writeln!(out, "\nprofile       {profile}\nfan-out       {fanout}");
    let _ = writeln!(out, "filter        {filter}\nshedding      {shedding}");
    let _ = writeln!(
        out,
        "\n{:<6} {:>4} {:>14} {:>14} {:>14} {:>6}",
        "WORKER", "CPU", "TURNS", "FRAMES", "FORWARDED", "PANICS"
    );
    for (number, worker) in status.workers.iter().enumerate() {
        let cpu = worker.cpu.map_or_else(|| "-".to_owned(), |cpu| cpu.to_string());
        let _ = writeln!(
            out,
            "{number:<6} {cpu:>4} {:>14} {:>14} {:>14} {:>6}",
            worker.turns, worker.frames, worker.forwarded, worker.panics
        );
    }
    let vips: Vec<_> = status.claimed_vips.iter().map(ToString::to_string).collect();
    let vips = if vips.is_empty() { "none".to_owned() } else { vips.join(" ") };
    let _ = writeln!(out, "\nclaimed VIPs  {vips}\nconnections   {}", status.connections);
    if !status.marks.is_empty() {
        let _ = writeln!(out, "mark rules    {} (ulvs mark list)", status.marks.len());
    }
    if let Some([p50, p99, p999, max]) = status.latency_ns {
        let _ = writeln!(out, "latency (ns)  p50 {p50}, p99 {p99}, p99.9 {p999}, max {max}");
    }
    let counted: Vec<_> = status.counters.iter().filter(|(_, count)| *count > 0).collect();
    if !counted.is_empty() {
        let _ = writeln!(out, "\n{:>14} COUNTER (those at 0 are left out)", "VALUE");
    }
    for (name, count) in counted {
        let _ = writeln!(out, "{count:>14} {name}");
    }
    out
}

/// `3d 4h`, `5h 6m`, `7m 8s`, `9s`.
fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    if days > 0 {
        format!("{days}d {}h", hours % 24)
    } else if hours > 0 {
        format!("{hours}h {}m", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes}m {}s", seconds % 60)
    } else {
        format!("{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::command::{IntakeStatus, InterfaceStatus, WorkerStatus};

    fn sample() -> Status {
        Status {
            version: "0.1.0".to_owned(),
            pid: 4711,
            uptime_seconds: 3725,
            epoch: 7,
            config: Some("/etc/ulvs.toml".to_owned()),
            interfaces: vec![InterfaceStatus {
                name: "eth0".to_owned(),
                ifindex: 2,
                mac: "02:00:00:00:00:01".to_owned(),
                mtu: 1500,
                running: true,
                io: "AF_XDP native".to_owned(),
                claim: "held".to_owned(),
            }],
            intake: IntakeStatus {
                profile: "latency".to_owned(),
                fanout: "client".to_owned(),
                filter: "on".to_owned(),
                shedding: "on".to_owned(),
                frames_filtered: 5,
                requests_shed: 6,
            },
            workers: vec![
                WorkerStatus { cpu: Some(1), turns: 10, frames: 20, forwarded: 15, panics: 0 },
                WorkerStatus { cpu: None, turns: 0, frames: 0, forwarded: 0, panics: 0 },
            ],
            claimed_vips: vec!["10.9.0.100".parse().unwrap()],
            marks: Vec::new(),
            connections: 3,
            counters: vec![("frames_received".to_owned(), 20), ("frames_dropped".to_owned(), 0)],
            latency_ns: Some([1000, 2000, 3000, 4000]),
        }
    }

    #[test]
    fn a_table_for_people() {
        insta::assert_snapshot!(as_table(&sample()));
    }

    #[test]
    fn json_for_programs() {
        let value: serde_json::Value = serde_json::from_str(&as_json(&sample()).unwrap()).unwrap();
        assert_eq!(value["schema"], 1);
        assert_eq!(value["counters"]["frames_dropped"], 0);
        assert_eq!(value["latency_ns"]["p99"], 2000);
        assert_eq!(value["interfaces"][0]["mtu"], 1500);
        assert_eq!(
            (&value["intake"]["fanout"], &value["workers"][0]["forwarded"]),
            (&"client".into(), &15.into())
        );
    }
}
