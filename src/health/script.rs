use super::script_user::{Identity, identity};
use super::{Outcome, Target, Weight};
use crate::lvs::{Script, ScriptKind, ScriptLine, ScriptProbe, ServiceKey};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;

/// Bytes of its output that are read.
const OUTPUT_LIMIT: usize = 64 << 10;
/// Between TERM and KILL.
const GRACE: Duration = Duration::from_secs(2);
/// Where programs are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs the program. If the future is dropped before the program has ended, all that it has started is ended too.
pub(super) async fn ask(probe: &ScriptProbe, target: &Target) -> Outcome {
    let reads = matches!(probe.kind, ScriptKind::Output { .. } | ScriptKind::Load);
    let line = completed(&probe.script.line, &probe.kind, target);
    match run(line, &probe.script, reads).await {
        Ok((status, output)) => judge(&probe.kind, status, &output),
        Err(fault) => amiss(&probe.kind, fault),
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

async fn run(line: ScriptLine, script: &Script, reads: bool) -> Result<(ExitStatus, Vec<u8>), String> {
    let (user, group) = (script.user.clone(), script.group.clone());
    // Names are files, and starting a process out of a large one takes a while: not on a thread that serves others.
    let start = move || {
        let identity = identity(user.as_deref(), group.as_deref())?;
        Running::start(&line, identity.as_ref(), reads)
    };
    let mut running = tokio::task::spawn_blocking(start).await.map_err(|error| error.to_string())??;
    let mut output = Vec::new();
    if let Some(pipe) = running.child.as_mut().and_then(|child| child.stdout.take()) {
        let mut pipe = pipe.take(OUTPUT_LIMIT as u64 + 1);
        pipe.read_to_end(&mut output).await.map_err(|error| format!("its output: {error}"))?;
        if output.len() > OUTPUT_LIMIT {
            return Err(format!("more than {OUTPUT_LIMIT} bytes of output"));
        }
    }
    Ok((running.end().await?, output))
}

fn command(line: &ScriptLine) -> Result<Command, String> {
    Ok(match line {
        ScriptLine::Words(words) => {
            let (program, arguments) = words.split_first().ok_or("no program")?;
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
        ScriptLine::Shell(line) => {
            let mut command = Command::new("/bin/sh");
            command.arg("-c").arg(line);
            command
        }
    })
}

/// A program in a process group of its own, which ends with this.
struct Running {
    child: Option<Child>,
    group: Option<Pid>,
}

impl Running {
    fn start(line: &ScriptLine, identity: Option<&Identity>, reads: bool) -> Result<Self, String> {
        let mut command = command(line)?;
        // Nothing of the director's own: neither its environment nor its open files (all are closed on exec).
        command.env_clear().env("PATH", PATH).env("LANG", "C").current_dir("/");
        command.stdin(Stdio::null()).stderr(Stdio::null()).process_group(0);
        command.stdout(if reads { Stdio::piped() } else { Stdio::null() });
        if let Some(identity) = identity {
            command.env("USER", &identity.name).env("LOGNAME", &identity.name).env("HOME", &identity.home);
            // As root this also takes away all other groups.
            command.uid(identity.uid).gid(identity.gid);
        }
        let child = command.spawn().map_err(|error| format!("cannot be run: {error}"))?;
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Ok(Self { child: Some(child), group })
    }

    async fn end(&mut self) -> Result<ExitStatus, String> {
        let child = self.child.as_mut().ok_or("gone")?;
        let status = child.wait().await.map_err(|error| error.to_string())?;
        // What it leaves running on purpose may stay, and its number may soon be somebody else's.
        self.child = None;
        self.group = None;
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let (Some(child), Some(group)) = (self.child.take(), self.group.take()) else { return };
        let doomed = Doomed { child, group: Some(group) };
        let _ = kill_process_group(group, Signal::TERM);
        let wait = async move {
            let mut doomed = doomed;
            // All of the group have so long, not only its leader: then what is left is killed with the guard.
            let until = tokio::time::Instant::now() + GRACE;
            let _ = tokio::time::timeout_at(until, doomed.child.wait()).await;
            while tokio::time::Instant::now() < until {
                // Once nobody is left the number may be given to others.
                if test_kill_process_group(group).is_err() {
                    doomed.group = None;
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        // Without a runtime, or one that ends, the guard goes at once.
        if let Ok(handle) = Handle::try_current() {
            handle.spawn(wait);
        }
    }
}

/// Kills the whole group when it goes.
struct Doomed {
    child: Child,
    group: Option<Pid>,
}

impl Drop for Doomed {
    fn drop(&mut self) {
        let Some(group) = self.group else { return };
        let _ = kill_process_group(group, Signal::KILL);
        // No zombie stays behind; what was killed is gone within a moment.
        for _ in 0..20 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn judge(kind: &ScriptKind, status: ExitStatus, output: &[u8]) -> Outcome {
    let Some(code) = status.code() else { return amiss(kind, format!("ended by {status}")) };
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
