use super::{Outcome, Target, Weight};
use crate::lvs::{ScriptKind, ScriptLine, ScriptProbe, ServiceKey};
use crate::program::{End, Order, Runner};
use std::time::Duration;
use tokio::sync::oneshot;

/// Has the program run, for at most `limit`. If the future is dropped before the program has ended, all that it has started
/// is ended too.
pub(super) async fn ask(probe: &ScriptProbe, limit: Duration, target: &Target, runner: &Runner) -> Outcome {
    let order = Order {
        line: completed(&probe.script.line, &probe.kind, target),
        user: probe.script.user.clone(),
        group: probe.script.group.clone(),
        limit,
        wants_output: matches!(probe.kind, ScriptKind::Output { .. } | ScriptKind::Load),
    };
    let (tell, told) = oneshot::channel();
    // Who does not wait any more wants no answer.
    let _ticket = runner.start(order, move |end| drop(tell.send(end)));
    match told.await.unwrap_or(End::Cancelled) {
        End::Exited { code, output } => judge(&probe.kind, code, &output),
        End::TimedOut => {
            silence(&probe.kind).unwrap_or_else(|| Outcome::down(format!("no answer within {limit:?}")))
        }
        other => amiss(&probe.kind, other.complaint().unwrap_or_default()),
    }
}

/// What it means that the program did not end in time, where that is not a failure.
pub(super) fn silence(kind: &ScriptKind) -> Option<Outcome> {
    matches!(kind, ScriptKind::Load).then(|| amiss(kind, "no load in time".to_owned()))
}

/// A load monitor that cannot be run says nothing of the server.
fn amiss(kind: &ScriptKind, fault: String) -> Outcome {
    if matches!(kind, ScriptKind::Load) { Outcome::up(fault) } else { Outcome::down(fault) }
}

fn completed(line: &ScriptLine, kind: &ScriptKind, target: &Target) -> ScriptLine {
    let (addr, port) = (target.server.addr.to_string(), target.server.port.to_string());
    match kind {
        ScriptKind::Misc { .. } => line.clone(),
        ScriptKind::External => {
            let (vip, vport) = match target.service {
                ServiceKey::Tuple { virt, .. } => (virt.addr.to_string(), virt.port),
                ServiceKey::Fwmark { mark, .. } => (mark.to_string(), 0),
            };
            let more = [vip, vport.to_string(), addr, port];
            match line {
                ScriptLine::Words(words) => ScriptLine::Words(words.iter().cloned().chain(more).collect()),
                ScriptLine::Shell(line) => ScriptLine::Shell(format!("{line} {}", more.join(" "))),
            }
        }
        ScriptKind::Output { .. } | ScriptKind::Load => {
            let fill = |text: &String| text.replace("%h", &addr).replace("%p", &port);
            match line {
                ScriptLine::Words(words) => ScriptLine::Words(words.iter().map(fill).collect()),
                ScriptLine::Shell(line) => ScriptLine::Shell(fill(line)),
            }
        }
    }
}

fn judge(kind: &ScriptKind, code: i32, output: &[u8]) -> Outcome {
    let said = format!("exit status {code}");
    match kind {
        ScriptKind::Misc { weight: true } if code >= 2 => {
            Outcome { weight: Some(Weight::Absolute(code - 2)), ..Outcome::up(said) }
        }
        ScriptKind::Misc { .. } | ScriptKind::External if code == 0 => Outcome::up(said),
        ScriptKind::Misc { .. } | ScriptKind::External => Outcome::down(said),
        ScriptKind::Output { expect } => {
            let printed = output.split_last().map_or(&[][..], |(_, before)| before);
            if printed == expect.as_bytes() {
                Outcome::up("the expected output")
            } else {
                Outcome::down(format!("output `{}`, not `{expect}`", String::from_utf8_lossy(printed)))
            }
        }
        ScriptKind::Load => match load(&String::from_utf8_lossy(output)) {
            Some(hundredths) => Outcome {
                weight: Some(Weight::Load(hundredths)),
                ..Outcome::up(format!("load {}.{:02}", hundredths / 100, hundredths % 100))
            },
            None => amiss(kind, "no load in the output".to_owned()),
        },
    }
}

/// The first number behind `load` (`uptime`, `rup` and `ruptime` write it so), or the first of all: in hundredths.
fn load(output: &str) -> Option<u32> {
    let rest = output.find("load").map_or(output, |at| &output[at..]);
    let from = rest.find(|c: char| c.is_ascii_digit())?;
    let number = &rest[from..];
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let load: f64 = number[..end].trim_end_matches('.').parse().ok()?;
    Some((load * 100.0).round() as u32)
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
