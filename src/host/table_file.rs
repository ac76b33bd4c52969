//! The file of the connection table: who may have it, and how the next one takes its place.

use rustix::fs::{FlockOperation, flock, fstatfs};
use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// `TMPFS_MAGIC` of statfs(2).
const TMPFS: u64 = 0x0102_1994;
/// How often a file may be replaced under our hands by others before we give up.
const TRIES: u32 = 10;

/// Why a file cannot hold the table.
#[derive(Debug, thiserror::Error)]
pub enum TableFileError {
    /// It cannot be opened, made or locked.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Another process holds it.
    #[error("another director has it; stop that one first, or name another file")]
    Held,
    /// Writing connections to a disk would have packets wait for it.
    #[error("it must lie on tmpfs (as /run and /dev/shm are)")]
    NotTmpfs,
    /// A folder, a device, ...
    #[error("it is no regular file")]
    NotRegular,
}

/// A file for the table, held by this process.
#[derive(Debug)]
pub struct TableFile {
    path: PathBuf,
    /// What is there: locked, as long as this lives.
    old: File,
    /// What takes its place: locked, as long as somebody has it open.
    new: File,
    new_path: PathBuf,
}

impl TableFile {
    /// Takes the file, which is made if it is not there, and makes another beside it (`FILE.new`).
    ///
    /// # Errors
    /// Somebody else has it, or it is no place for a table.
    pub fn take(path: &Path) -> Result<Self, TableFileError> {
        let old = lock(path)?;
        let mut new_path = path.as_os_str().to_owned();
        new_path.push(".new");
        let new_path = PathBuf::from(new_path);
        // What somebody left who died while he began; only who holds the file comes here.
        match std::fs::remove_file(&new_path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let new = options().create_new(true).open(&new_path)?;
        flock(&new, FlockOperation::NonBlockingLockExclusive).map_err(io::Error::from)?;
        Ok(Self { path: path.to_owned(), old, new, new_path })
    }

    /// What another process left, to be read.
    ///
    /// # Errors
    /// No more files may be open.
    pub fn found(&self) -> io::Result<File> {
        self.old.try_clone()
    }

    /// What is to hold the table of this process.
    ///
    /// # Errors
    /// No more files may be open.
    pub fn fresh(&self) -> io::Result<File> {
        self.new.try_clone()
    }

    /// The fresh file takes the place of the one that was found, at once and whole.
    ///
    /// # Errors
    /// The system's.
    pub fn replace(self) -> io::Result<()> {
        std::fs::rename(&self.new_path, &self.path)
    }
}

impl Drop for TableFile {
    fn drop(&mut self) {
        // Not there any more if it took the place: then this does nothing.
        let _ = std::fs::remove_file(&self.new_path);
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options
}

fn lock(path: &Path) -> Result<File, TableFileError> {
    for _ in 0..TRIES {
        let file = options().create(true).truncate(false).open(path)?;
        let there = file.metadata()?;
        if !there.is_file() {
            return Err(TableFileError::NotRegular);
        }
        let kind = fstatfs(&file).map_err(io::Error::from)?.f_type;
        if u64::try_from(kind).ok() != Some(TMPFS) {
            return Err(TableFileError::NotTmpfs);
        }
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Err(TableFileError::Held),
            locked => locked.map_err(io::Error::from)?,
        }
        // Whoever had it may have put another in its place between our opening and our lock.
        if std::fs::metadata(path).is_ok_and(|now| (now.dev(), now.ino()) == (there.dev(), there.ino())) {
            return Ok(file);
        }
    }
    Err(TableFileError::Held)
}

/// Which boot of the machine this is.
///
/// # Errors
/// There is no `/proc`.
pub fn boot() -> io::Result<[u8; 16]> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let id = u128::from_str_radix(&digits, 16).map_err(|_| io::Error::other("the boot id is no number"))?;
    Ok(id.to_be_bytes())
}

/// The system's monotonic clock in milliseconds.
pub fn monotonic_millis() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let (seconds, nanos) = (now.tv_sec.cast_unsigned(), now.tv_nsec.cast_unsigned());
    seconds * 1000 + nanos / 1_000_000
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::Builder::new().prefix("ulvs-table-").tempdir_in("/dev/shm").unwrap()
    }

    #[test]
    fn one_holder_at_a_time_and_the_fresh_one_takes_the_place() {
        let folder = folder();
        let path = folder.path().join("table");
        let first = TableFile::take(&path).unwrap();
        let kept = first.fresh().unwrap();
        let inode = kept.metadata().unwrap().ino();
        assert!(matches!(TableFile::take(&path), Err(TableFileError::Held)), "before it is replaced");
        first.replace().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().ino(), inode);
        assert!(matches!(TableFile::take(&path), Err(TableFileError::Held)), "and after");
        drop(kept);
        let second = TableFile::take(&path).unwrap();
        assert_eq!(second.found().unwrap().metadata().unwrap().ino(), inode);
        drop(second);
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["table"], "who did not replace it leaves no other");
    }

    #[test]
    fn what_is_no_place_for_a_table() {
        let folder = folder();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        assert!(matches!(TableFile::take(&link), Err(TableFileError::Io(_))));
        assert!(matches!(TableFile::take(Path::new("/dev/null")), Err(TableFileError::NotRegular)));
        assert!(matches!(TableFile::take(folder.path()), Err(TableFileError::Io(_))));
        assert!(matches!(TableFile::take(Path::new("/proc/self/comm")), Err(TableFileError::NotTmpfs)));
        assert!(matches!(TableFile::take(&folder.path().join("no/table")), Err(TableFileError::Io(_))));
    }

    #[test]
    fn the_boot_and_the_clock() {
        assert_eq!(boot().unwrap(), boot().unwrap());
        let before = monotonic_millis();
        assert!(before > 0 && monotonic_millis() >= before);
    }
}
