//! Getting to a place where networks may be built: namespaces of our own, by user namespace where we are not root.

use crate::sys;
use rustix::io::Errno;
use rustix::thread::UnshareFlags;
use std::fs;
use std::io;

/// By what right this process builds networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    /// The process had CAP_SYS_ADMIN already (root).
    Root,
    /// The process is root of a user namespace of its own.
    UserNamespace,
}

/// Why the sandbox could not be entered.
#[derive(Debug)]
pub enum Refusal {
    /// The kernel's policy forbids user namespaces to this user.
    Forbidden(io::Error),
    /// Something else.
    Failed(&'static str, io::Error),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Forbidden(error) => write!(
                f,
                "this kernel does not let you make a user namespace ({error}).\n\
                 Either run it as root (sudo -E env \"PATH=$PATH\" cargo lab …), or allow user namespaces:\n  \
                   sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   (Ubuntu 23.10 and later)\n  \
                   sudo sysctl -w kernel.unprivileged_userns_clone=1               (Debian 10 and older)\n  \
                   sudo sysctl -w user.max_user_namespaces=10000                   (RHEL and others that set it to 0)"
            ),
            Self::Failed(what, error) => write!(f, "{what}: {error}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Leaves the machine's network and mounts for new, empty ones, so that nothing done later can touch them.
/// Call it first in `main`: while the process has one thread only.
///
/// # Errors
/// [`Refusal`]; the process is then as it was, except after a failure in the middle ([`Refusal::Failed`]).
pub fn enter() -> Result<Privilege, Refusal> {
    let place = UnshareFlags::NEWNET | UnshareFlags::NEWNS;
    match sys::unshare(place) {
        Ok(()) => {
            keep_mounts_private();
            return Ok(Privilege::Root);
        }
        Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => {}
        Err(error) => return Err(Refusal::Failed("new network and mount namespaces", error)),
    }
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    sys::unshare(place | UnshareFlags::NEWUSER).map_err(|error| {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            // ENOSPC: user.max_user_namespaces; EUSERS: nested too deep; EINVAL: the kernel has none (or threads).
            Some(Errno::PERM | Errno::ACCESS | Errno::NOSPC | Errno::USERS) => Refusal::Forbidden(error),
            _ => Refusal::Failed("a new user namespace", error),
        }
    })?;
    // AppArmor's restriction lets the unshare pass and refuses the capabilities: the maps fail then.
    let map = |path: &str, text: String| fs::write(path, text).map_err(Refusal::Forbidden);
    map("/proc/self/setgroups", "deny".to_owned())?;
    map("/proc/self/uid_map", format!("0 {user} 1"))?;
    map("/proc/self/gid_map", format!("0 {group} 1"))?;
    keep_mounts_private();
    Ok(Privilege::UserNamespace)
}

/// What is mounted by us shall not propagate to the machine. Where even this is refused nothing gets mounted either.
fn keep_mounts_private() {
    use rustix::mount::{MountPropagationFlags, mount_change};
    let _ = mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC);
}
