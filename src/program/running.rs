//! One program, from its start to the end of all that is left of its process group.

use super::identity::{Identity, identity};
use super::{End, OUTPUT_LIMIT, Order};
use crate::lvs::ScriptLine;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, test_kill_process_group};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Between TERM and KILL.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// How often it is looked whether a group that is to end has ended, once its leader has.
const LOOK: Duration = Duration::from_millis(20);
/// Where programs are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A program that runs, in a process group of its own.
pub(super) struct Running {
    leader: Child,
    group: Pid,
    /// Readable when the leader has ended.
    ended: OwnedFd,
    output: Option<ChildStdout>,
    printed: Vec<u8>,
    limit: Instant,
    status: Option<ExitStatus>,
    /// It is to end: why, and when by KILL.
    doom: Option<(End, Instant)>,
}

impl Running {
    /// Starts it.
    ///
    /// # Errors
    /// Why it cannot be run.
    pub fn start(order: &Order, now: Instant) -> Result<Self, String> {
        let mut command = command(&order.line)?;
        // Nothing of the director's own: neither its environment nor its open files (all are closed on exec).
        command.env_clear().env("PATH", PATH).env("LANG", "C").current_dir("/");
        command.stdin(Stdio::null()).stderr(Stdio::null()).process_group(0);
        command.stdout(if order.wants_output { Stdio::piped() } else { Stdio::null() });
        if let Some(identity) = identity(order.user.as_deref(), order.group.as_deref())? {
            command.env("USER", &identity.name).env("LOGNAME", &identity.name).env("HOME", &identity.home);
            if !is_all_there_is(&identity) {
                // As root this also takes away all other groups.
                command.uid(identity.uid).gid(identity.gid);
            }
        }
        let mut leader = command.spawn().map_err(|error| format!("cannot be run: {error}"))?;
        let output = leader.stdout.take();
        let group = Pid::from_child(&leader);
        let ended = output
            .as_ref()
            .map_or(Ok(()), do_not_wait)
            .and_then(|()| Ok(pidfd_open(group, PidfdFlags::empty())?));
        match ended {
            Ok(ended) => {
                let limit = now + order.limit;
                Ok(Self {
                    leader,
                    group,
                    ended,
                    output,
                    printed: Vec::new(),
                    limit,
                    status: None,
                    doom: None,
                })
            }
            Err(error) => {
                let _ = kill_process_group(group, Signal::KILL);
                let _ = leader.wait();
                Err(format!("cannot be watched: {error}"))
            }
        }
    }

    /// What to wait for.
    pub fn watched(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let ended = self.status.is_none().then(|| self.ended.as_fd());
        ended.into_iter().chain(self.output.as_ref().map(AsFd::as_fd))
    }

    /// When to look again, whatever is watched.
    pub fn due(&self, now: Instant) -> Instant {
        match &self.doom {
            None => self.limit,
            Some((_, kill)) if self.status.is_none() => *kill,
            Some((_, kill)) => (now + LOOK).min(*kill),
        }
    }

    /// It is to end; the first reason counts.
    pub fn end(&mut self, why: End, now: Instant) {
        if self.doom.is_none() {
            self.output = None;
            let _ = kill_process_group(self.group, Signal::TERM);
            self.doom = Some((why, now + GRACE));
        }
    }

    /// Looks at it: how it ended, once it has.
    pub fn look(&mut self, now: Instant) -> Option<End> {
        if self.status.is_none() {
            match self.leader.try_wait() {
                Ok(status) => self.status = status,
                Err(error) => return Some(End::NotRun(format!("cannot be waited for: {error}"))),
            }
        }
        if self.doom.is_none() {
            let is_too_much = !self.read();
            if is_too_much {
                self.end(End::PrintedTooMuch, now);
            } else if let Some(status) = self.status {
                // What it leaves running on purpose may stay, and its number may soon be somebody else's.
                let output = std::mem::take(&mut self.printed);
                return Some(match (status.code(), status.signal()) {
                    (Some(code), _) => End::Exited { code, output },
                    (None, signal) => End::Signalled(signal.unwrap_or(0)),
                });
            } else if now >= self.limit {
                self.end(End::TimedOut, now);
            }
        }
        let (why, kill) = self.doom.as_ref()?;
        // Once nobody is left the number may be given to others. A leader that nobody has waited for is still there.
        if self.status.is_some() && test_kill_process_group(self.group).is_err() {
            return Some(why.clone());
        }
        if now >= *kill {
            let _ = kill_process_group(self.group, Signal::KILL);
            // What was killed is gone within a moment.
            if self.status.is_none() {
                self.status = self.leader.wait().ok();
            }
            return Some(why.clone());
        }
        None
    }

    /// Reads what there is; false: it is too much.
    fn read(&mut self) -> bool {
        let Some(output) = &mut self.output else { return true };
        let mut bytes = [0; 4096];
        while self.printed.len() <= OUTPUT_LIMIT {
            match output.read(&mut bytes) {
                Ok(0) => {
                    self.output = None;
                    return true;
                }
                Ok(read) => self.printed.extend(&bytes[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return true,
            }
        }
        false
    }
}

fn do_not_wait(output: &ChildStdout) -> io::Result<()> {
    Ok(fcntl_setfl(output, fcntl_getfl(output)? | OFlags::NONBLOCK)?)
}

/// This process runs as these already, and its kernel lets nobody change groups: the case in a user namespace that an
/// ordinary user has made.
fn is_all_there_is(identity: &Identity) -> bool {
    use rustix::process::{getegid, geteuid};
    geteuid().as_raw() == identity.uid
        && getegid().as_raw() == identity.gid
        && std::fs::read_to_string("/proc/self/setgroups").is_ok_and(|text| text.trim() == "deny")
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
