//! What a run leaves for other processes to find: a directory with the director's socket and the `bin` links, and for a
//! lab that was kept, the process to end. It goes with the lab, whatever ends it; what SIGKILL leaves is removed by the
//! next run or by `down`.

use crate::director;
use anyhow::{Context, Result, bail};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const RECORD: &str = "lab.json";
const MEMORY: &str = "memory";

/// Where labs leave their state: `$XDG_RUNTIME_DIR/ulvs-lab`, else for root `/run/ulvs-lab`, else in `/tmp`. Ask before
/// entering the sandbox, where everybody is root.
///
/// # Errors
/// The directory cannot be made, or belongs to somebody else.
pub fn base() -> Result<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let mut places = Vec::new();
    // After sudo the variable may still be another user's.
    if let Some(directory) = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)
        && directory.is_absolute()
        && fs::metadata(&directory).is_ok_and(|meta| meta.uid() == user)
    {
        places.push(directory.join("ulvs-lab"));
    }
    if user == 0 {
        places.push(PathBuf::from("/run/ulvs-lab"));
    }
    places.push(std::env::temp_dir().join(format!("ulvs-lab-{user}")));
    let mut last = None;
    for place in places {
        match private_directory(&place, user) {
            Ok(()) => return Ok(place),
            Err(error) => last = Some(error.context(format!("state directory {}", place.display()))),
        }
    }
    last.map_or_else(|| bail!("no place for the state directory"), Err)
}

fn private_directory(path: &Path, user: u32) -> Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.into()),
    }
    let meta = fs::symlink_metadata(path)?;
    if !meta.is_dir() || meta.uid() != user || meta.mode() & 0o077 != 0 {
        bail!("exists, but is not a directory of ours alone");
    }
    Ok(())
}

/// A process, safe from its number being used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Process {
    pid: i32,
    /// Clock ticks since the machine started.
    started: u64,
}

impl Process {
    fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may contain anything; the fields after it are counted from 3.
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        if fields.first() == Some(&"Z") {
            return None;
        }
        Some(Self { pid, started: fields.get(19)?.parse().ok()? })
    }

    fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    supervisor: Process,
    mode: String,
    kept: bool,
}

/// The state directory of one run; removed on drop.
pub struct State {
    path: PathBuf,
    record: Record,
}

impl State {
    /// Makes `BASE/lab-PID` with `bin/` links to this program under the director's names.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn create(base: &Path, mode: &str) -> Result<Self> {
        remove_stale(base);
        let pid = std::process::id();
        let path = base.join(format!("lab-{pid}"));
        // Recursive: another lab's end may just have removed the empty base.
        fs::DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(&path)
            .with_context(|| format!("creating {}", path.display()))?;
        let supervisor =
            i32::try_from(pid).ok().and_then(Process::of).context("reading /proc about this process")?;
        let state = Self { path, record: Record { supervisor, mode: mode.to_owned(), kept: false } };
        state.write()?;
        let bin = state.path.join("bin");
        fs::create_dir(&bin)?;
        let program = std::env::current_exe().context("finding this program")?;
        for name in director::NAMES {
            symlink(&program, bin.join(name))?;
        }
        Ok(state)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An empty folder in it that lies in memory, whatever the directory itself lies on.
    ///
    /// # Errors
    /// The tmpfs cannot be mounted: this is not the sandbox.
    pub fn memory(&self) -> Result<PathBuf> {
        let folder = self.path.join(MEMORY);
        // One that an earlier network of this run had.
        let _ = unmount(&folder, UnmountFlags::DETACH);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        mount("tmpfs", &folder, "tmpfs", flags, None)
            .with_context(|| format!("a tmpfs on {}", folder.display()))?;
        Ok(folder)
    }

    /// From now on `down` ends this lab.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn keep(&mut self) -> Result<()> {
        self.record.kept = true;
        self.write()
    }

    fn write(&self) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.record)?;
        let path = self.path.join(RECORD);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes a run's directory, and the base if that was the last.
fn remove(path: &Path) {
    let _ = unmount(path.join(MEMORY), UnmountFlags::DETACH); // most have none
    let _ = fs::remove_dir_all(path);
    if let Some(base) = path.parent() {
        let _ = fs::remove_dir(base); // refused while there are others
    }
}

/// On SIGINT, SIGTERM or SIGHUP: removes the directory and ends the process; the hosts and all that runs on them end
/// with it. Call it after entering the sandbox: it starts a thread.
///
/// # Errors
/// The handlers cannot be installed.
pub fn clean_up_on_signals(state: &State) -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let path = state.path.clone();
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            remove(&path);
            std::process::exit(128 + signal);
        }
    })?;
    Ok(())
}

/// Ends every kept lab of this user; their modes.
///
/// # Errors
/// A lab does not end.
pub fn down(base: &Path) -> Result<Vec<String>> {
    let mut ended = Vec::new();
    for (path, record) in records(base)? {
        if record.supervisor.is_alive() {
            if !record.kept {
                continue; // somebody is looking at it in another window
            }
            end(record.supervisor)?;
            ended.push(format!("{} (process {})", record.mode, record.supervisor.pid));
        }
        remove(&path);
    }
    let _ = fs::remove_dir(base);
    Ok(ended)
}

fn end(process: Process) -> Result<()> {
    let Some(pid) = Pid::from_raw(process.pid) else { return Ok(()) };
    for (signal, patience) in [(Signal::TERM, 5), (Signal::KILL, 5)] {
        if process.is_alive() {
            let _ = kill_process(pid, signal);
        }
        let deadline = Instant::now() + Duration::from_secs(patience);
        while Instant::now() < deadline {
            if !process.is_alive() || test_kill_process(pid).is_err() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    bail!("process {} does not end", process.pid)
}

fn remove_stale(base: &Path) {
    for (path, record) in records(base).unwrap_or_default() {
        if !record.supervisor.is_alive() {
            let _ = fs::remove_dir_all(path);
        }
    }
}

fn records(base: &Path) -> Result<Vec<(PathBuf, Record)>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(base) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found), // another lab took it along
        entries => entries.with_context(|| format!("reading {}", base.display()))?,
    };
    for entry in entries {
        let path = entry?.path();
        let text = fs::read_to_string(path.join(RECORD)).unwrap_or_default();
        if let Ok(record) = serde_json::from_str(&text) {
            found.push((path, record));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_another_with_its_number() {
        let me = Process::of(std::process::id() as i32).expect("this process");
        assert!(me.is_alive());
        assert!(!Process { started: me.started + 1, ..me }.is_alive());
    }

    #[test]
    fn down_leaves_running_labs_alone_and_removes_dead_ones() {
        let base = tempfile::tempdir().expect("a directory");
        let state = State::create(base.path(), "dr").expect("a state");
        let dead = base.path().join("lab-dead");
        fs::create_dir(&dead).expect("a directory");
        let record = r#"{"supervisor":{"pid":1,"started":99999999999},"mode":"nat","kept":true}"#;
        fs::write(dead.join(RECORD), record).expect("a record");
        assert!(down(base.path()).expect("down").is_empty());
        assert!(!dead.exists());
        assert!(state.path().join("bin/ipvsadm").is_symlink());
        let path = state.path().to_owned();
        drop(state);
        assert!(!path.exists());
    }
}
