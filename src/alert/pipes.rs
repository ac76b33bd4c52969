//! The pipes that changes are written to, as keepalived does: whoever reads them is not waited for.

use super::journal::Troubles;
use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, mkfifoat, open, stat};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A line of at most this many bytes goes into a pipe whole or not at all (`PIPE_BUF`).
const MAX_LINE: usize = 4096;

/// The pipes. One that was not there is made, and taken away again.
#[derive(Default)]
pub(super) struct Pipes(Vec<Pipe>);

struct Pipe {
    path: PathBuf,
    /// With the device and number of its node.
    file: Option<(File, (u64, u64))>,
    /// It was not there.
    is_ours: bool,
    troubles: Troubles,
}

impl Pipes {
    /// These are the pipes from now on.
    pub fn set(&mut self, paths: &[PathBuf]) {
        let before = std::mem::take(&mut self.0);
        let (mut staying, leaving): (Vec<_>, Vec<_>) =
            before.into_iter().partition(|pipe| paths.contains(&pipe.path));
        drop(leaving);
        for path in paths {
            if staying.iter().all(|pipe| pipe.path != *path) {
                let mut pipe =
                    Pipe { path: path.clone(), file: None, is_ours: false, troubles: Troubles::default() };
                // A reader may wait for it already. What is wrong is told with the first line that is lost.
                let _ = pipe.open();
                staying.push(pipe);
            }
        }
        self.0 = staying;
    }

    /// Writes a line to all of them.
    pub fn line(&mut self, line: &str) {
        for pipe in &mut self.0 {
            let outcome = pipe.line(line);
            pipe.troubles.note(&pipe.path.display().to_string(), &outcome);
        }
    }

    /// Lines lost since the last one that was written, per pipe.
    #[cfg(test)]
    fn lost(&self) -> Vec<u64> {
        self.0.iter().map(|pipe| pipe.troubles.lost()).collect()
    }
}

impl Pipe {
    fn line(&mut self, line: &str) -> io::Result<()> {
        let is_there = node(&self.path).ok();
        if self.file.as_ref().is_none_or(|(_, node)| Some(*node) != is_there) {
            self.open()?;
        }
        let Some((file, _)) = &mut self.file else { return Ok(()) };
        let mut bytes: Vec<u8> = line.bytes().take(MAX_LINE - 1).collect();
        bytes.push(b'\n');
        match file.write(&bytes) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Err(io::Error::new(error.kind(), "it is full and nobody reads"))
            }
            Err(error) => Err(error),
        }
    }

    /// For reading, too: so it is never without reader, and one that comes late finds what was written, as far as the pipe
    /// holds it.
    fn open(&mut self) -> io::Result<()> {
        self.file = None;
        match mkfifoat(CWD, &self.path, Mode::RUSR | Mode::WUSR) {
            Ok(()) => self.is_ours = true,
            Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let fd = open(&self.path, OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
        let stat = fstat(&fd)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::Fifo {
            return Err(io::Error::other("this is no pipe"));
        }
        self.file = Some((File::from(fd), (stat.st_dev, stat.st_ino)));
        Ok(())
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let own = self.file.as_ref().map(|(_, node)| *node);
        if self.is_ours && own.is_some() && node(&self.path).ok() == own {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn node(path: &Path) -> io::Result<(u64, u64)> {
    let stat = stat(path)?;
    Ok((stat.st_dev, stat.st_ino))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

    /// A reader that does not wait.
    fn reader(path: &Path) -> File {
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path).unwrap()
    }

    fn come(reader: &mut File) -> String {
        let mut bytes = vec![0; 1 << 20];
        let read = reader.read(&mut bytes).unwrap_or(0);
        String::from_utf8_lossy(&bytes[..read]).into_owned()
    }

    #[test]
    fn made_and_taken_away_again() {
        let dir = tempfile::tempdir().unwrap();
        let (new, old) = (dir.path().join("new"), dir.path().join("old"));
        mkfifoat(CWD, &old, Mode::RUSR | Mode::WUSR).unwrap();
        let mut pipes = Pipes::default();
        pipes.set(&[new.clone(), old.clone()]);
        assert!(new.metadata().unwrap().file_type().is_fifo());
        pipes.line("before anybody reads");
        let mut reader = reader(&new);
        pipes.line("and then");
        assert_eq!(come(&mut reader), "before anybody reads\nand then\n");
        pipes.set(&[]);
        assert!(!new.exists() && old.exists());
    }

    #[test]
    fn nobody_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe");
        let mut pipes = Pipes::default();
        pipes.set(std::slice::from_ref(&path));
        // A pipe holds 64 KiB, or less for a user who has many.
        let line = "x".repeat(1023);
        (0..80).for_each(|_| pipes.line(&line));
        let lost = pipes.lost()[0];
        assert!((16..80).contains(&lost), "{lost}");
        let mut reader = reader(&path);
        while !come(&mut reader).is_empty() {}
        pipes.line("there is room again");
        assert_eq!(pipes.lost(), [0]);
        assert_eq!(come(&mut reader), "there is room again\n");
    }

    #[test]
    fn another_node_is_opened_anew_and_a_file_is_not_written_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe");
        let mut pipes = Pipes::default();
        pipes.set(std::slice::from_ref(&path));
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "precious").unwrap();
        pipes.line("lost");
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), pipes.lost()), ("precious", vec![1]));
        std::fs::remove_file(&path).unwrap();
        pipes.line("made anew");
        assert_eq!(come(&mut reader(&path)), "made anew\n");
    }
}
