//! Which real servers can stand in one virtual server: those that are asked the same.

use crate::config::piranha::check::{check, encode, load_check, quoted, timing};
use crate::config::piranha::shared::is_load;
use crate::lvs::{
    Check, FarmServer, Probe, RealServerSpec, ScriptKind, ScriptLine, ScriptProbe, ServiceKey, Timing,
};
use std::net::IpAddr;

/// A real server, what watches it, and the port that is checked.
type Member<'f> = (RealServerSpec, Option<&'f FarmServer>, u16);

/// What one virtual server asks, and whom.
pub(super) struct Shape<'f> {
    /// Without its port; `None`: nothing is asked.
    check: Option<Check>,
    /// How many checks of the same kind come before it.
    place: usize,
    load: Option<String>,
    pub servers: Vec<Member<'f>>,
}

/// The shapes of a service. One by address has one; one by mark can have several virtual servers.
pub(super) fn shapes<'f>(
    key: ServiceKey,
    entries: &[(RealServerSpec, Option<&'f FarmServer>)],
) -> Vec<Shape<'f>> {
    let is_mark = matches!(key, ServiceKey::Fwmark { .. });
    let mut shapes: Vec<Shape<'f>> = Vec::new();
    for (server, watched) in entries {
        let checks = watched.map_or(&[][..], |watched| watched.checks.as_slice());
        let mut asked: Vec<Check> = Vec::new();
        if checks.iter().all(|check| is_load(&check.probe)) {
            enter(&mut shapes, is_mark, None, 0, (*server, *watched, server.endpoint.port));
        }
        let mut current = 0;
        for check in checks {
            if is_load(&check.probe) {
                if let Some(shape) = shapes.get_mut(current) {
                    shape.load = shape.load.take().or_else(|| load_of(check));
                }
            } else if is_mark || asked.is_empty() {
                let rport = check.port.unwrap_or(server.endpoint.port);
                let plain = Check { port: None, ..check.clone() };
                let place = asked.iter().filter(|other| **other == plain).count();
                asked.push(plain.clone());
                current = enter(&mut shapes, is_mark, Some(plain), place, (*server, *watched, rport));
            }
        }
    }
    if shapes.is_empty() {
        shapes.push(Shape { check: None, place: 0, load: None, servers: Vec::new() });
    }
    shapes
}

/// Puts a server into its shape. Where there is one shape only, into that; one that nothing asks fits into any.
fn enter<'f>(
    shapes: &mut Vec<Shape<'f>>,
    is_mark: bool,
    check: Option<Check>,
    place: usize,
    member: Member<'f>,
) -> usize {
    let fits = |shape: &Shape<'_>| match (&shape.check, &check) {
        (Some(first), Some(second)) => first == second && shape.place == place,
        _ => true,
    };
    let at = shapes.iter().position(|shape| !is_mark || fits(shape)).unwrap_or(shapes.len());
    match shapes.get_mut(at) {
        Some(shape) => {
            shape.servers.push(member);
            shape.check = shape.check.take().or(check);
        }
        None => shapes.push(Shape { check, place, load: None, servers: vec![member] }),
    }
    at
}

impl Shape<'_> {
    /// Is it asked by UDP?
    pub fn is_udp(&self) -> bool {
        matches!(&self.check, Some(Check { probe: Probe::Exchange(exchange), .. }) if exchange.udp)
    }

    /// The keys that say it.
    pub fn lines(&self, port: u16) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let probe = self.check.as_ref().map(|check| &check.probe);
        match probe {
            Some(Probe::Exchange(exchange)) if !exchange.send.is_empty() || !exchange.expect.is_empty() => {
                for (key, text) in [("send", &exchange.send), ("expect", &exchange.expect)] {
                    if let Some(text) = encode(text).filter(|_| !text.is_empty()) {
                        lines.push((key, text));
                    }
                }
                lines.push(("use_regex", u8::from(exchange.regex).to_string()));
            }
            Some(Probe::Script(ScriptProbe { script, kind: ScriptKind::Output { expect } })) => {
                if let ScriptLine::Words(words) = &script.line
                    && let Some(program) = quoted(&words.join(" "))
                {
                    lines.push(("send_program", program));
                }
                if let Some(expect) = encode(expect.as_bytes()).filter(|_| !expect.is_empty()) {
                    lines.push(("expect", expect));
                }
            }
            // Otherwise nanny would ask port 80 for a page.
            _ if port == 80 => lines.push(("send", "\"\"".to_owned())),
            _ => {}
        }
        lines.push(("load_monitor", self.load.clone().unwrap_or_else(|| "none".to_owned())));
        let (timeout, reentry) = self.check.as_ref().map_or((6, 15), |check| seconds(&check.timing));
        lines.push(("timeout", timeout.to_string()));
        lines.push(("reentry", reentry.to_string()));
        lines
    }
}

/// nanny's two numbers for these times.
fn seconds(timing: &Timing) -> (u64, u64) {
    let longest = u64::from(i32::MAX.unsigned_abs());
    let timeout = timing.interval.as_secs().clamp(1, longest);
    (timeout, timeout.saturating_mul(u64::from(timing.rises)).clamp(1, longest))
}

/// The command that reads a load, if nanny would call it so.
fn load_of(given: &Check) -> Option<String> {
    let Probe::Script(ScriptProbe { script, .. }) = &given.probe else { return None };
    let ScriptLine::Words(words) = &script.line else { return None };
    let (command, rip) = (words.first()?, words.get(1)?.parse::<IpAddr>().ok()?);
    let IpAddr::V4(rip) = rip else { return None };
    let again = load_check(command, rip, timing(1, 1));
    let is_same = again.probe == given.probe && check(again.probe, again.timing).port == given.port;
    let is_word = !command.is_empty() && !command.contains([' ', '\t', '"', '\'']);
    (is_same && is_word && command != "uptime" && command != "none").then(|| command.clone())
}
