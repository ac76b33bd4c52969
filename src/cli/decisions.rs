//! Operators' decisions over a restart: `ulvs run --decisions FILE`.

use crate::control::command::Decision;
use crossbeam_channel::{Receiver, Sender, unbounded};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

/// Version of the file; raised when a field changes its meaning or goes.
const SCHEMA: u32 = 1;
/// The longest file that is read: 16 MiB.
const MAX_LEN: u64 = 16 << 20;
/// Damaged files that are kept aside at most.
const MAX_ASIDE: u32 = 100;

#[derive(Serialize, Deserialize)]
struct Content {
    schema: u32,
    decisions: Vec<Decision>,
}

/// Writes decisions down, on a thread of its own: a slow disk delays nobody.
pub(super) struct Scribe {
    sender: Option<Sender<Vec<Decision>>>,
    thread: Option<JoinHandle<()>>,
}

impl Scribe {
    /// Reads what there is, and is ready to write.
    ///
    /// # Errors
    /// The file can be neither read nor made, or what is damaged cannot be kept aside, in words.
    pub(super) fn start(path: &Path) -> Result<(Self, Vec<Decision>), String> {
        let because = |error: io::Error| format!("--decisions {}: {error}", path.display());
        let decisions = read(path).map_err(because)?;
        // Whether it can be written is better known now than at the first decision.
        write(path, &decisions).map_err(because)?;
        let (sender, receiver) = unbounded();
        let path = path.to_owned();
        let thread = std::thread::Builder::new().name("decisions".to_owned());
        let thread = thread.spawn(move || serve(&path, &receiver)).map_err(because)?;
        Ok((Self { sender: Some(sender), thread: Some(thread) }, decisions))
    }

    /// These are the decisions now.
    pub(super) fn note(&self, decisions: Vec<Decision>) {
        if let Some(sender) = &self.sender {
            // The thread lives as long as this.
            let _ = sender.send(decisions);
        }
    }
}

impl Drop for Scribe {
    /// Waits until the last ones are written.
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(path: &Path, receiver: &Receiver<Vec<Decision>>) {
    while let Ok(mut decisions) = receiver.recv() {
        // Only the last counts.
        while let Ok(later) = receiver.try_recv() {
            decisions = later;
        }
        if let Err(error) = write(path, &decisions) {
            tracing::error!("{}: decisions are not kept: {error}", path.display());
        }
    }
}

/// What the file says; a damaged one is kept aside, and says nothing.
fn read(path: &Path) -> io::Result<Vec<Decision>> {
    let file = match OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_LEN + 1).read_to_end(&mut bytes)?;
    let why = match serde_json::from_slice::<Content>(&bytes) {
        _ if bytes.len() as u64 > MAX_LEN => "longer than 16 MiB".to_owned(),
        Ok(content) if content.schema == SCHEMA => return Ok(content.decisions),
        Ok(content) => format!("schema {} is not {SCHEMA}", content.schema),
        Err(error) => error.to_string(),
    };
    let aside = keep_aside(path)?;
    tracing::warn!(
        "{}: damaged, kept aside as {}: no decision of before holds: {why}",
        path.display(),
        aside.display()
    );
    Ok(Vec::new())
}

/// Renames a file to one that there is not yet.
fn keep_aside(path: &Path) -> io::Result<PathBuf> {
    for number in 1..=MAX_ASIDE {
        let aside = beside(path, &format!(".damaged.{number}"));
        if !aside.try_exists()? {
            std::fs::rename(path, &aside)?;
            return Ok(aside);
        }
    }
    Err(io::Error::other(format!("{MAX_ASIDE} damaged ones are kept aside already; look at them")))
}

/// Writes the file anew: whoever reads it, also after a crash, reads the old one or the new one.
fn write(path: &Path, decisions: &[Decision]) -> io::Result<()> {
    let content = Content { schema: SCHEMA, decisions: decisions.to_vec() };
    let mut text = serde_json::to_vec_pretty(&content)?;
    text.push(b'\n');
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
    let new = beside(path, ".new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(&new)?;
    file.write_all(&text)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    // Only then is the new name on the disk, too.
    File::open(folder)?.sync_all()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::control::command::{HoldKind, Then};
    use crate::lvs::{Endpoint, Family, ServiceKey};

    fn decision(mark: u32) -> Decision {
        Decision {
            service: ServiceKey::Fwmark { family: Family::V4, mark },
            server: Endpoint::new([10, 9, 0, 11].into(), 80),
            hold: HoldKind::Drain,
            by: "ann".to_owned(),
            since_unix_seconds: 1_700_000_000,
            deadline: Some((1_700_000_060, Then::Reset)),
        }
    }

    #[test]
    fn what_was_decided_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/decisions.json");
        let (scribe, known) = Scribe::start(&path).unwrap();
        assert_eq!(known, []);
        for mark in 1..=100 {
            scribe.note(vec![decision(mark), decision(0)]);
        }
        drop(scribe);
        let (scribe, known) = Scribe::start(&path).unwrap();
        assert_eq!(known, [decision(100), decision(0)]);
        drop(scribe);
        let names = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(names, 1, "nothing is left beside it");
    }

    #[test]
    fn what_is_damaged_is_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d");
        let aside = |number: u32| folder.path().join(format!("d.damaged.{number}"));
        for (number, text) in
            [(1, ""), (2, "{\"schema\":1,\"decisions\":[{"), (3, r#"{"schema":9,"decisions":[]}"#)]
        {
            std::fs::write(&path, text).unwrap();
            let (_scribe, known) = Scribe::start(&path).unwrap();
            assert_eq!(known, []);
            assert_eq!(std::fs::read_to_string(aside(number)).unwrap(), text);
        }
        assert_eq!(std::fs::read_to_string(aside(1)).unwrap(), "", "the first is still there");
    }

    #[test]
    fn what_cannot_be_kept_is_said_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Scribe::start(folder.path()).err().unwrap().contains("not a regular file"));
        std::fs::write(folder.path().join("f"), "").unwrap();
        let below_a_file = folder.path().join("f/decisions");
        assert!(Scribe::start(&below_a_file).err().unwrap().starts_with("--decisions "));
    }
}
