//! Target `ipvsadm`: command lines, and texts for -R.
//!
//! ```text
//! input: HOW TEXT       even: words between blanks and zero bytes; odd: lines for ipvsadm-restore
//! ```
//!
//! The program itself runs before a socket that is not there; what it would have asked goes to a keeper.

use super::rig::Rig;
use std::path::Path;
use ulvs::cli::ipvsadm::{Program, Streams, run as run_program};
use ulvs::config::Names;
use ulvs::config::ipvsadm::{AdmRequest, parse};
use ulvs::control::command::{Reply, Request};

/// Lines of a text that are carried out.
const LINES: usize = 64;

/// Runs it.
///
/// # Panics
/// A line ends as none should.
pub fn run(data: &[u8]) {
    let Some((how, text)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    let names = Names::from_text("http 80/tcp\nftp 21/tcp\ndomain 53/udp\n", "10.9.0.100 vip\n");
    if how & 1 == 0 {
        let words: Vec<String> =
            text.split(['\0', ' ', '\n']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let program =
            [Program::Ipvsadm, Program::Ipvsadm, Program::Save, Program::Restore][usize::from(how >> 1 & 3)];
        tell(program, &words, "", &names);
        let mut rig = if how & 8 == 0 { Rig::new() } else { Rig::with_services(usize::from(how >> 4)) };
        carry_out(&mut rig, &words, &names);
        rig.check_fixpoint();
    } else {
        tell(Program::Restore, &[], &text, &names);
        let mut rig = Rig::new();
        for line in text.lines().take(LINES) {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            carry_out(&mut rig, &words, &names);
        }
        rig.check_fixpoint();
    }
}

/// What the program says when there is no director.
fn tell(program: Program, words: &[String], stdin: &str, names: &Names) {
    let (mut input, mut stdout, mut stderr) = (stdin.as_bytes(), Vec::new(), Vec::new());
    let streams = Streams { stdin: &mut input, stdout: &mut stdout, stderr: &mut stderr };
    let status = run_program(program, words, streams, Path::new("/nowhere/ulvs.sock"), names);
    assert!(matches!(status, 0 | 1 | 2 | 255), "exit status {status}");
    assert!(status == 0 || !stderr.is_empty() || !stdout.is_empty(), "status {status} without a word");
    assert!(std::str::from_utf8(&stdout).is_ok() && std::str::from_utf8(&stderr).is_ok(), "no text");
}

fn carry_out(rig: &mut Rig, words: &[String], names: &Names) {
    let request = match parse(words, names) {
        Err(misuse) => {
            assert!(misuse.word.is_none_or(|word| word <= words.len()), "no such word: {misuse:?}");
            assert!(!misuse.error.to_string().is_empty());
            return;
        }
        Ok(AdmRequest::Change(command)) => Request::Command(command),
        Ok(AdmRequest::List(_) | AdmRequest::Save { .. }) => Request::Services(None),
        Ok(_) => return,
    };
    match rig.ask(request) {
        Reply::Done | Reply::Refused(_) | Reply::Services(_) => {}
        other => panic!("{other:?} to a command line"),
    }
}
