//! Looks at files and processes, on a thread of its own: a file system that hangs must not hold up an advert.

use super::Bell;
use crate::lvs::{Watched, WatchedKind};
use crate::vrrp::number_in;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Bytes of a file that are read: a number.
const FILE_LEN: u64 = 64;
/// Bytes of a command line that are looked at.
const LINE_LEN: u64 = 64 << 10;

/// What was found: the watched thing's name, and a file's number or how many processes there are.
pub(super) type Sight = (String, i64);

/// The way to the thread, which ends when this is dropped.
pub(super) struct Scout {
    wanted: Sender<Vec<Watched>>,
    /// What it found.
    pub sights: Receiver<Sight>,
}

impl Scout {
    /// Starts the thread; it rings when it has found something.
    pub fn start(bell: Bell) -> io::Result<Self> {
        let (wanted, all) = unbounded();
        let (tell, sights) = unbounded();
        std::thread::Builder::new().name("vrrp-scout".to_owned()).spawn(move || look(&all, &tell, &bell))?;
        Ok(Self { wanted, sights })
    }

    /// Looks at these from now on, and at nothing else.
    pub fn follow(&self, watched: &[Watched]) {
        let _ = self.wanted.send(watched.to_vec());
    }
}

fn look(all: &Receiver<Vec<Watched>>, tell: &Sender<Sight>, bell: &Bell) {
    let mut watched: Vec<Watched> = Vec::new();
    loop {
        let is_idle = !watched.iter().any(|own| !matches!(own.kind, WatchedKind::Script { .. }));
        let next = if is_idle {
            all.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            all.recv_timeout(LOOK)
        };
        match next {
            Ok(next) => watched = next,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let lines =
            watched.iter().any(|own| matches!(own.kind, WatchedKind::Process { .. })).then(command_lines);
        let mut any = false;
        for own in &watched {
            let found = match &own.kind {
                WatchedKind::Script { .. } => continue,
                WatchedKind::File { path } => number_of(path),
                WatchedKind::Process { name, parameters, whole_line, .. } => {
                    let is_one = |line: &&Vec<u8>| matches(line, name, parameters, *whole_line);
                    lines.iter().flatten().filter(is_one).count() as i64
                }
            };
            any = true;
            let _ = tell.send((own.name.clone(), found));
        }
        if any {
            bell.ring();
        }
    }
}

/// The number that a file begins with; 0 without any.
fn number_of(path: &Path) -> i64 {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_LEN).read_to_end(&mut bytes));
    read.map_or(0, |_| number_in(&bytes))
}

/// Command lines of all processes: arguments, each ended by a zero byte. Of kernel threads there are none.
fn command_lines() -> Vec<Vec<u8>> {
    let Ok(folder) = fs::read_dir("/proc") else { return Vec::new() };
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let processes = folder.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_number));
    let line = |entry: fs::DirEntry| {
        let mut line = Vec::new();
        File::open(entry.path().join("cmdline")).ok()?.take(LINE_LEN).read_to_end(&mut line).ok()?;
        (!line.is_empty()).then_some(line)
    };
    processes.filter_map(line).collect()
}

/// Is this the command line of such a process?
fn matches(line: &[u8], name: &str, parameters: &[String], whole_line: bool) -> bool {
    let mut words = line.split(|byte| *byte == 0);
    let program = words.next().unwrap_or_default();
    let base = program.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let is_named =
        if whole_line || name.contains('/') { program == name.as_bytes() } else { base == name.as_bytes() };
    is_named && parameters.iter().all(|wanted| words.next() == Some(wanted.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_by_name_and_parameters() {
        let line = b"/usr/sbin/haproxy\0-W\0-f\0/etc/haproxy.cfg\0";
        let is = |name: &str, parameters: &[&str], whole| {
            let parameters: Vec<String> = parameters.iter().map(|text| (*text).to_owned()).collect();
            matches(line, name, &parameters, whole)
        };
        assert!(is("haproxy", &[], false) && is("/usr/sbin/haproxy", &[], true));
        assert!(is("haproxy", &["-W", "-f"], false));
        assert!(!is("haproxy", &["-f"], false), "from the first parameter on");
        assert!(!is("proxy", &[], false) && !is("haproxy", &[], true));
        assert!(command_lines().iter().any(|line| !line.is_empty()), "this test is one");
    }

    #[test]
    fn a_file_without_number_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("number");
        assert_eq!(number_of(&path), 0);
        fs::write(&path, "-20\n").unwrap();
        assert_eq!(number_of(&path), -20);
    }
}
