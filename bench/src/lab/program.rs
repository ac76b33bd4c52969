//! A director that is somebody else's program, on the director's host of the lab's own network.

use super::spec::Foreign;
use crate::bed::{
    Bed, CIP, CLIENT_MAC, DIP_CLIENT, DIP_SERVER, INNER_MAC, OUTER_MAC, VIP_SINK, server_mac, server_rip,
};
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use ulvs::lvs::Protocol;

const LOG: &str = "/run/command.log";
/// How long it may take to end when asked to.
const STOP: Duration = Duration::from_secs(3);

/// A running program, or what one left running; dropping it ends all of it.
pub struct Program {
    child: Child,
    /// The director's host, by which whatever it started is found.
    namespace: PathBuf,
}

impl Program {
    /// Starts it, in a process group of its own.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(bed: &Bed, foreign: &Foreign, services: &[(Protocol, u16)]) -> Result<Self> {
        let director = bed.director()?;
        let log = File::create(LOG).context(LOG)?;
        let (program, arguments) = foreign.command.split_first().context("no program")?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(environment(foreign.servers, services))
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let namespace = fs::read_link(format!("/proc/self/task/{}/ns/net", director.tid()))?;
        Ok(Self { child: director.spawn(command)?, namespace })
    }

    /// Fails if it has ended with an error. It may end without: what it set up, or started, works on.
    ///
    /// # Errors
    /// With what it said.
    pub fn check(&self) -> Result<()> {
        // It is not waited for: nobody else shall get its number as long as its group is to be ended.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(Pid::from_child(&self.child)), options)? {
            Some(status) if status.exit_status() != Some(0) => {
                let how = status
                    .exit_status()
                    .map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
                bail!("the command ended with {how}: {}", self.said().unwrap_or_default().trim())
            }
            _ => Ok(()),
        }
    }

    /// What it has said, if anything: the end of it.
    pub fn said(&self) -> Option<String> {
        let said = String::from_utf8_lossy(&fs::read(LOG).ok()?).into_owned();
        let lines: Vec<_> = said.lines().collect();
        let last = lines[lines.len().saturating_sub(20)..].join("\n");
        (!last.is_empty()).then_some(last)
    }

    /// Processes on the director's host, this program's own not counted.
    fn others(&self) -> Vec<Pid> {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let there = ids.filter(|id| {
            fs::read_link(format!("/proc/{id}/ns/net")).is_ok_and(|namespace| namespace == self.namespace)
        });
        there
            .filter_map(Pid::from_raw)
            .filter(|id| *id != rustix::process::getpid() && self.is_alive(*id))
            .collect()
    }

    /// What has ended and is only not waited for has no namespace any more, but for a moment.
    fn is_alive(&self, id: Pid) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).unwrap_or_default();
        !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X']))
            && !stat.is_empty()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.child);
        let _ = kill_process_group(group, Signal::TERM);
        // What left the group is on the director's host still.
        for id in self.others() {
            let _ = kill_process(id, Signal::TERM);
        }
        let deadline = Instant::now() + STOP;
        while !self.others().is_empty() {
            if Instant::now() > deadline {
                let _ = kill_process_group(group, Signal::KILL);
                for id in self.others() {
                    let _ = kill_process(id, Signal::KILL);
                }
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.wait();
    }
}

/// What the program is told of the network, in environment variables.
fn environment(servers: u8, services: &[(Protocol, u16)]) -> Vec<(&'static str, String)> {
    let each = |what: &dyn Fn(u8) -> String| (0..servers).map(what).collect::<Vec<_>>().join(" ");
    let names = services
        .iter()
        .map(|(protocol, port)| format!("{}:{port}", if *protocol == Protocol::Tcp { "tcp" } else { "udp" }));
    vec![
        ("LAB_VIP", VIP_SINK.to_string()),
        ("LAB_SERVICES", names.collect::<Vec<_>>().join(" ")),
        ("LAB_SERVERS", each(&|number| server_rip(number).to_string())),
        ("LAB_SERVER_MACS", each(&|number| server_mac(number).to_string())),
        ("LAB_CLIENT", CIP.to_string()),
        ("LAB_CLIENT_MAC", CLIENT_MAC.to_string()),
        ("LAB_CLIENTS", "10.64.0.0/10".to_owned()),
        ("LAB_CLIENT_INTERFACE", "eth0".to_owned()),
        ("LAB_CLIENT_INTERFACE_MAC", INNER_MAC.to_string()),
        ("LAB_CLIENT_INTERFACE_ADDRESS", DIP_CLIENT.to_string()),
        ("LAB_SERVER_INTERFACE", "eth1".to_owned()),
        ("LAB_SERVER_INTERFACE_MAC", OUTER_MAC.to_string()),
        ("LAB_SERVER_INTERFACE_ADDRESS", DIP_SERVER.to_string()),
    ]
}
