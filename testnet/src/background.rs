//! A lab's beginning, and its life in the background when it is kept.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, IsTerminal};
use std::process::{Child, Command, ExitCode, Stdio};
use testnet::lesson::say;
use testnet::sandbox::{self, Privilege};
use testnet::state::{self, State};

/// Ends the output of a lab in the background and carries its verdict to the foreground.
const VERDICT: &str = "\u{4}verdict ";

/// Goes to where networks may be built, and makes the state directory.
pub(crate) fn begin(mode: &str, is_background: bool) -> Result<(State, Privilege)> {
    let base = state::base()?; // in the sandbox everybody is root
    let privilege = sandbox::enter()?;
    if is_background {
        rustix::process::setsid().context("a session of its own")?;
    }
    let state = State::create(&base, mode)?;
    state::clean_up_on_signals(&state)?;
    Ok((state, privilege))
}

/// Tells the foreground how it ended, and keeps the lab alive until a signal ends the process.
pub(crate) fn stay(state: &mut State, kept_promises: bool) -> Result<()> {
    state.keep()?;
    say(&format!("{VERDICT}{}\n", u8::from(!kept_promises)));
    stand_by();
}

/// Keeps the lab alive until a signal ends the process.
fn stand_by() -> ! {
    loop {
        std::thread::park();
    }
}

/// Starts the same lab as a process of its own, passes on what it says until it has said all, and leaves it running.
pub(crate) fn in_background(is_bold: bool) -> Result<ExitCode> {
    let mut command = Command::new(std::env::current_exe().context("finding this program")?);
    command.args(std::env::args_os().skip(1)).arg("--background");
    if !is_bold && std::io::stdout().is_terminal() {
        command.arg("--bold");
    }
    // Its errors come the same way, so that nothing of this terminal stays open in it.
    let (reader, writer) = std::io::pipe().context("a pipe")?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().context("starting the lab in the background")?;
    drop(command); // our ends of the pipe
    end_with_us(&child)?;
    for line in BufReader::new(reader).lines() {
        let line = line?;
        match line.strip_prefix(VERDICT) {
            Some(code) => return Ok(ExitCode::from(code.parse::<u8>().unwrap_or(1))),
            None => say(&format!("{line}\n")),
        }
    }
    let status = child.wait()?;
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) if code > 0 => Ok(ExitCode::from(code)),
        _ => bail!("the lab in the background ended early: {status}"),
    }
}

/// Ctrl-C while the lab is not yet up ends it too.
fn end_with_us(child: &Child) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{SIGINT, SIGTERM};
    let pid = Pid::from_child(child);
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let _ = kill_process(pid, Signal::TERM);
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}
