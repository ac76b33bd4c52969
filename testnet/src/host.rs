//! A host of the lab: a network namespace, held by a thread.
//!
//! The thread lives as long as the [`Host`]; `/proc/TID/ns/net` is how people enter it (`nsenter -t TID -n`).
//! Processes are started from that thread, so they are born inside and die with it, whatever ends the lab: the
//! kernel sends them SIGKILL when their parent thread is gone. No name is left anywhere in the file system.

use crate::sys;
use anyhow::{Context, Result, anyhow};
use rustix::thread::UnshareFlags;
use std::io;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use ulvs::host::netns::NetNs;

/// One birth asked of the holder thread, and where the answer goes.
struct Birth {
    command: Command,
    answer: mpsc::SyncSender<io::Result<Child>>,
}

/// A network namespace with a name. Dropping it ends its processes and, with them, the namespace.
pub struct Host {
    name: String,
    tid: i32,
    namespace: NetNs,
    births: Option<mpsc::Sender<Birth>>,
    holder: Option<JoinHandle<()>>,
}

impl Host {
    /// Makes a new, empty network namespace (its `lo` is down).
    ///
    /// # Errors
    /// No CAP_SYS_ADMIN (see [`crate::sandbox::enter`]), or no threads or namespaces left.
    pub fn new(name: &str) -> Result<Self> {
        let (births, orders) = mpsc::channel::<Birth>();
        let (ready, born) = mpsc::sync_channel(1);
        let holder = thread::Builder::new()
            .name(format!("host-{name}"))
            .spawn(move || {
                let place = enter_new();
                let failed = place.is_err();
                if ready.send(place).is_err() || failed {
                    return;
                }
                while let Ok(Birth { mut command, answer }) = orders.recv() {
                    let _ = answer.send(command.spawn());
                }
            })
            .context("a thread for a host")?;
        let (tid, namespace) = born
            .recv()
            .context("the holder thread ended")?
            .with_context(|| format!("a network namespace for host {name}"))?;
        Ok(Self { name: name.to_owned(), tid, namespace, births: Some(births), holder: Some(holder) })
    }

    /// The host's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The thread id by which other tools find the namespace: `/proc/TID/ns/net`.
    pub fn tid(&self) -> i32 {
        self.tid
    }

    /// The namespace itself, for moving links into it.
    pub fn namespace(&self) -> &NetNs {
        &self.namespace
    }

    /// Runs a closure on a fresh thread inside the namespace and returns what it returns. Sockets opened there
    /// belong to this host for good, and may be used from any thread.
    ///
    /// # Errors
    /// The thread could not be started or moved, or the closure panicked.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        self.namespace.run(work).with_context(|| format!("a task on host {}", self.name))
    }

    /// Starts a command inside the namespace. It dies with the host at the latest.
    ///
    /// # Errors
    /// Those of [`Command::spawn`].
    pub fn spawn(&self, mut command: Command) -> Result<Child> {
        let program = command.get_program().to_string_lossy().into_owned();
        sys::die_with_parent(&mut command);
        let (answer, born) = mpsc::sync_channel(1);
        self.births
            .as_ref()
            .and_then(|births| births.send(Birth { command, answer }).ok())
            .ok_or_else(|| anyhow!("host {} is going down", self.name))?;
        born.recv()
            .context("the holder thread ended")?
            .with_context(|| format!("starting {program} on host {}", self.name))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.births = None; // the holder's loop ends
        if let Some(holder) = self.holder.take() {
            let _ = holder.join();
        }
    }
}

/// Moves the calling thread into a new network namespace; its thread id and the namespace.
fn enter_new() -> io::Result<(i32, NetNs)> {
    sys::unshare(UnshareFlags::NEWNET | UnshareFlags::NEWNS)?;
    show_own_devices();
    Ok((rustix::thread::gettid().as_raw_nonzero().get(), NetNs::current()?))
}

/// Lets `/sys/class/net` show this namespace's devices. Containers may refuse it; then it shows the machine's, which
/// matters only to people who look there by hand.
fn show_own_devices() {
    use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
    if mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC).is_ok() {
        let _ = mount(
            "sysfs",
            "/sys",
            "sysfs",
            MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC,
            None,
        );
    }
}
