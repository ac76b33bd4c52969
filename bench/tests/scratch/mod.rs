//! A directory for one run of the benchmark, and the run itself.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// The benchmark's exit status where no network can be built.
const CANNOT: i32 = 3;
/// Marks the processes of a run, so that survivors can be told from others' processes.
const MARK: &str = "ULVS_BENCH_SMOKE";

/// A directory for one run, gone afterwards.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ulvs-bench-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The benchmark in it, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
        command.args(args).current_dir(&self.0).env(MARK, &self.0);
        command
    }

    /// Runs the benchmark in it; `None`, said loudly, where no namespaces are to be had.
    pub fn run(&self, args: &[&str]) -> Option<Output> {
        seen(self.command(args).output().unwrap())
    }

    /// Starts the benchmark in it.
    #[allow(dead_code, reason = "not all tests need it")]
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Processes that this run started and that still live.
    pub fn survivors(&self) -> Vec<String> {
        let mark = format!("{MARK}={}", self.0.display());
        let processes = fs::read_dir("/proc").unwrap().flatten();
        processes
            .filter(|process| {
                fs::read(process.path().join("environ"))
                    .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|word| word == mark.as_bytes()))
            })
            .map(|process| process.path().display().to_string())
            .collect()
    }
}

/// What a run said, if it could be one.
pub fn seen(output: Output) -> Option<Output> {
    if output.status.code() == Some(CANNOT) {
        // Not by a macro of the standard library: the test harness would keep that to itself.
        writeln!(
            std::io::stderr().lock(),
            "\n*** LEFT OUT: bench smoke: {}\nRun it with: sudo -E cargo test -p bench\n",
            String::from_utf8_lossy(&output.stderr)
        )
        .unwrap();
        return None;
    }
    Some(output)
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An ordinary user's rings have a few large slots and lose what comes fast: what counts single packets is for root.
#[allow(dead_code, reason = "not every test program has such tests")]
pub fn is_ordinary_user(what: &str) -> bool {
    let is_ordinary = !rustix::process::geteuid().is_root();
    if is_ordinary {
        writeln!(std::io::stderr().lock(), "\n*** LEFT OUT: bench (root): {what}\n").unwrap();
    }
    is_ordinary
}
