//! What ldirectord itself makes of files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use ulvs::control::command::Intent;
use ulvs::lvs::{Family, ForwardingMethod, Probe, ServiceKey};

/// What ldirectord says of some files: per file whether it takes it, and a line for each thing in it.
pub(crate) fn original(files: &[PathBuf]) -> Option<Vec<(bool, Vec<String>)>> {
    const PROGRAM: &str = "/usr/sbin/ldirectord";
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialects/ldirectord/original.pl");
    let mut command = Command::new("perl");
    let ran = command.env("PERLIO", "perlio").arg(script).arg(PROGRAM).args(files).output();
    let Some(output) = ran.ok().filter(|output| output.status.success() && Path::new(PROGRAM).exists())
    else {
        eprintln!(
            "LEFT OUT: ldirectord with its Perl modules is not on this machine; nothing was compared with it"
        );
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let mut all = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("FILE ") {
            Some(head) => all.push((head.contains(" fine "), Vec::new())),
            None => all.last_mut().unwrap().1.push(line.trim().to_owned()),
        }
    }
    assert_eq!(all.len(), files.len(), "{text}");
    Some(all)
}

/// The same lines of what we made of it.
pub(crate) fn as_original(intent: &Intent) -> Vec<String> {
    let mut lines = Vec::new();
    for farm in &intent.farms {
        let key = farm.services[0];
        let (spec, servers) = &intent.services[&key];
        let mut line = "virtual ".to_owned()
            + &match key {
                ServiceKey::Tuple { protocol, virt } if protocol.listing() == "UDP" => format!("-u {virt} "),
                ServiceKey::Tuple { virt, .. } => format!("-t {virt} "),
                ServiceKey::Fwmark { family: Family::V6, mark } => format!("-f {mark} -6 "),
                ServiceKey::Fwmark { mark, .. } => format!("-f {mark} "),
            };
        line += if spec.one_packet { "-o " } else { "" };
        write!(line, "-s {} ", spec.scheduler).unwrap();
        if let Some(persistence) = &spec.persistence {
            write!(line, "-p {} ", persistence.timeout_seconds).unwrap();
            if !persistence.mask.is_whole() {
                write!(line, "-M {} ", persistence.mask).unwrap();
            }
        }
        lines.push(line);
        for (server, watched) in servers.iter().zip(&farm.servers) {
            assert_eq!(server.endpoint, watched.endpoint);
            lines.push(format!(
                "real {} {} {} {} {}",
                server.endpoint.addr,
                method(server.method),
                server.weight,
                server.thresholds.upper,
                server.thresholds.lower
            ));
            let check = &watched.checks[0];
            let timeout = match check.probe {
                Probe::Fixed { .. } => "-".to_owned(),
                _ => check.timing.timeout.as_secs().to_string(),
            };
            let port = check.port.unwrap_or(server.endpoint.port);
            lines.push(format!("check {port} {timeout} {}", check.timing.falls));
        }
        if let Some(sorry) = &farm.sorry {
            lines.push(format!("fallback {} {}", sorry.server.endpoint.addr, method(sorry.server.method)));
        }
    }
    lines
}

pub(crate) fn method(method: ForwardingMethod) -> &'static str {
    match method {
        ForwardingMethod::Nat => "masq",
        ForwardingMethod::Tunnel => "ipip",
        _ => "gate",
    }
}

/// The original's lines in the shape of [`as_original`].
pub(crate) fn plain(lines: &[String], ours: &[String]) -> Vec<String> {
    let mut plain = Vec::new();
    let (mut kind, mut service, mut timing) = (String::new(), String::new(), Vec::new());
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "virtual" => {
                let (flags, rest) = line.split_once('|').unwrap();
                let rest: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
                (kind, service, timing) = (rest[0].clone(), rest[2].clone(), rest[3..].to_vec());
                // Flags of the scheduler are compared elsewhere.
                let flags = flags.split(" -b ").next().unwrap().trim_end().to_owned() + " ";
                plain.push(flags);
            }
            "real" => {
                let (addr, _) = words[1].rsplit_once(':').unwrap();
                let addr = addr.trim_matches(['[', ']']);
                plain.push(format!("real {addr} {} {} {} {}", words[2], words[3], words[4], words[5]));
                let is_talk = kind == "negotiate" || kind == "combined";
                let short = timing[0].parse::<u64>().unwrap().min(timing[1].parse().unwrap()).to_string();
                let timeout = match (is_talk, service.as_str()) {
                    (true, "none") => "-".to_owned(),
                    (true, "ldap" | "ldaps" | "radius") => short,
                    (true, _) => timing[1].clone(),
                    (false, _) if kind == "on" || kind == "off" => "-".to_owned(),
                    (false, _) => timing[0].clone(),
                };
                // Checks without a port, and those that never are up.
                let own = ours.get(plain.len()).cloned().unwrap_or_default();
                let own: Vec<&str> = own.split(' ').collect();
                let port = if is_talk && service != "none" || kind == "connect" { words[6] } else { own[1] };
                plain.push(format!("check {port} {timeout} {}", timing[2]));
            }
            _ => {
                let (addr, _) = words[1].rsplit_once(':').unwrap();
                plain.push(format!("fallback {} {}", addr.trim_matches(['[', ']']), words[2]));
            }
        }
    }
    plain
}
