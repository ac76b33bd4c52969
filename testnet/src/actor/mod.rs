//! Those who live on the hosts: a client, an HTTP server, the end of a tunnel; and a switch.
//!
//! Each is a thread of this process with sockets opened inside its host, and ends when it is dropped.

mod connect;
pub mod decapsulator;
pub mod greeter;
pub mod http_client;
pub mod http_server;
pub mod page_server;
pub mod steady_server;
pub mod switch;

pub use connect::connect_from;

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long an actor may wait before it looks whether it is to end.
const BREATH: Duration = Duration::from_millis(50);

/// The word that tells an actor's thread to end.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A thread that ends, and is waited for, when this is dropped.
pub(crate) struct Worker {
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts `work`, which must look at its [`Stop`] at least once a second.
    pub(crate) fn start(name: String, work: impl FnOnce(Stop) + Send + 'static) -> std::io::Result<Self> {
        let stop = Stop::default();
        let theirs = stop.clone();
        let thread = std::thread::Builder::new().name(name).spawn(move || work(theirs))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.set();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Waits until one of the descriptors can be read, at most a breath; which can.
pub(crate) fn wait_readable(fds: &[BorrowedFd<'_>]) -> Vec<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut polled: Vec<_> = fds.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
    let patience = Timespec { tv_sec: 0, tv_nsec: BREATH.subsec_nanos().into() };
    match poll(&mut polled, Some(&patience)) {
        Ok(_) => polled.iter().map(|p| !p.revents().is_empty()).collect(),
        Err(_) => vec![false; fds.len()], // interrupted: the caller looks again
    }
}
