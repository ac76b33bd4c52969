use super::{Outcome, Weight};
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// Bytes that are read.
const READ_LIMIT: u64 = 64;
/// Files that are read at the same time. A file system that hangs holds so many threads, and no more.
static READERS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(8)));

/// Reads a number.
pub(super) async fn ask(path: &Path, weight: Option<i32>) -> Outcome {
    let path = path.to_owned();
    let Ok(seat) = Arc::clone(&READERS).acquire_owned().await else {
        return Outcome::down("no reader");
    };
    let read = move || {
        let value = value(&path);
        drop(seat);
        value
    };
    match tokio::task::spawn_blocking(read).await.map_err(io::Error::other).flatten() {
        Ok(value) => judge(value, weight),
        Err(error) => Outcome::down(error.to_string()),
    }
}

/// What is not there, or empty, is 0.
fn value(path: &Path) -> io::Result<i32> {
    // A FIFO or a device must not make it wait.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let file = match OpenOptions::new().read(true).custom_flags(nonblocking).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
    }
    let mut text = Vec::new();
    file.take(READ_LIMIT).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let word = text.split_whitespace().next().unwrap_or("0");
    word.parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("`{word}` is not a number")))
}

fn judge(value: i32, weight: Option<i32>) -> Outcome {
    let said = format!("value {value}");
    match weight {
        None if value == 0 => Outcome::up(said),
        None => Outcome::down(said),
        Some(weight) => {
            Outcome { weight: Some(Weight::More(value.saturating_mul(weight))), ..Outcome::up(said) }
        }
    }
}
