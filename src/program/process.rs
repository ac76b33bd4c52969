//! Starts the process.

use super::Runner;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The process that runs programs, and the way to it.
pub struct Process {
    pub(super) child: Child,
    pub(super) stream: UnixStream,
}

impl Process {
    /// Starts it: `program` with these arguments must call [`serve`](super::serve) with its standard input. It has a process
    /// group of its own, so that a key that ends the director ends it by way of the director.
    ///
    /// # Errors
    /// Those of starting a process.
    pub fn start(program: &Path, called: &str, arguments: &[String]) -> io::Result<Self> {
        let (stream, theirs) = UnixStream::pair()?;
        let mut command = Command::new(program);
        command.arg0(called).args(arguments).process_group(0).current_dir("/");
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null());
        Ok(Self { child: command.spawn()?, stream })
    }

    /// Starts it out of this process's own file, to run on these CPUs (empty: any).
    ///
    /// # Errors
    /// Those of starting a process.
    pub fn of_this_program(cpus: &[usize]) -> io::Result<Self> {
        let cpus = cpus.iter().map(ToString::to_string);
        let arguments: Vec<String> = std::iter::once("programs".to_owned()).chain(cpus).collect();
        Self::start(Path::new("/proc/self/exe"), "ulvs", &arguments)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Begins to give it orders.
    ///
    /// # Errors
    /// The thread that hears its answers cannot be started.
    pub fn runner(self) -> io::Result<Runner> {
        Runner::begin(self)
    }
}
