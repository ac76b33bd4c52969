//! Network namespaces: opening, making and entering them, thread by thread.
#![allow(unsafe_code, reason = "unshare(2) is unsafe in rustix, for what other flags can do")]

use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// A network namespace, held open: it lives at least as long as this.
#[derive(Debug)]
pub struct NetNs {
    fd: OwnedFd,
}

impl NetNs {
    /// That of the calling thread.
    ///
    /// # Errors
    /// Without /proc.
    pub fn current() -> io::Result<Self> {
        Self::open(Path::new("/proc/thread-self/ns/net"))
    }

    /// The one that a path names: `/run/netns/NAME`, `/proc/PID/ns/net`.
    ///
    /// # Errors
    /// Names the path.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)
            .map_err(|e| io::Error::new(e.kind(), format!("network namespace {}: {e}", path.display())))?;
        Ok(Self { fd: file.into() })
    }

    /// Makes a new one without a name, in which lo is down and nothing else is. It ends when the last descriptor, thread
    /// and link that holds it is gone: nothing is left behind, however the process ends.
    ///
    /// # Errors
    /// `EPERM` without CAP_SYS_ADMIN in the user namespace.
    pub fn create() -> io::Result<Self> {
        let made = std::thread::Builder::new().name("netns".to_owned()).spawn(|| {
            unshare_net()?;
            Self::current()
        })?;
        made.join()
            .unwrap_or_else(|_| Err(io::Error::other("the thread that makes a network namespace panicked")))
    }

    /// Moves the calling thread into it. Sockets that are open stay where they are.
    ///
    /// # Errors
    /// `EPERM` without CAP_SYS_ADMIN, `EINVAL` if it is no network namespace.
    pub fn enter(&self) -> io::Result<()> {
        Ok(move_into_link_name_space(self.fd.as_fd(), Some(LinkNameSpaceType::Network))?)
    }

    /// Runs `work` on a thread of its own inside, and waits for it.
    ///
    /// # Errors
    /// Those of [`NetNs::enter`]; a panic of `work`.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                self.enter()?;
                Ok(work())
            });
            inside
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("the thread inside the namespace panicked")))
        })
    }

    /// A second handle.
    ///
    /// # Errors
    /// `EMFILE`.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { fd: self.fd.try_clone()? })
    }
}

impl AsFd for NetNs {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Gives the calling thread a network namespace of its own.
///
/// # Errors
/// `EPERM` without CAP_SYS_ADMIN.
pub fn unshare_net() -> io::Result<()> {
    // SAFETY: only the thread's network namespace changes; descriptors (CLONE_FILES is not asked for) and memory stay
    // shared as Rust expects.
    Ok(unsafe { unshare_unsafe(UnshareFlags::NEWNET) }?)
}

/// Gives the calling process a user namespace in which it is root, and a network namespace. Only while it has a single
/// thread: at the start of `main`, or between fork and exec (`pre_exec`).
///
/// # Errors
/// `EPERM` or `ENOSPC` where the host forbids it (containers, `user.max_user_namespaces`, AppArmor), `EINVAL` with more
/// than one thread.
pub fn unshare_user_and_net() -> io::Result<()> {
    let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
    // SAFETY: as above; the user namespace concerns credentials only.
    unsafe { unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNET) }?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("0 {} 1", uid.as_raw()))?;
    std::fs::write("/proc/self/gid_map", format!("0 {} 1", gid.as_raw()))
}
