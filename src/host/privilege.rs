//! The process's privileges: it needs CAP_NET_RAW (packet sockets) and CAP_NET_ADMIN (nf_tables, neighbours, rings), and
//! keeps no other. Capabilities belong to threads; a thread inherits those of the one that starts it.
#![allow(unsafe_code, reason = "sched_setscheduler has no safe wrapper")]

use caps::{CapSet, Capability, CapsHashSet};
use rustix::thread::set_no_new_privs;

/// What the director needs.
const NEEDED: [Capability; 2] = [Capability::CAP_NET_RAW, Capability::CAP_NET_ADMIN];

/// Why the process cannot run with the privileges that it has.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeError {
    /// A capability is not there.
    #[error(
        "{missing} not permitted: run as root, or grant it once with `setcap cap_net_raw,cap_net_admin=ep` on the \
         program, or run inside a user namespace with a network of its own (`unshare -Urn`)"
    )]
    Missing {
        /// `CAP_NET_RAW`, `CAP_NET_ADMIN`, or both.
        missing: String,
    },
    /// The kernel does not tell, or does not let them be dropped.
    #[error("cannot {action} capabilities: {cause}")]
    Refused {
        /// `read` or `drop`.
        action: &'static str,
        /// Why.
        cause: String,
    },
}

/// Checks that CAP_NET_RAW and CAP_NET_ADMIN are effective.
///
/// # Errors
/// Names what is missing and what to do.
pub fn check() -> Result<(), PrivilegeError> {
    let effective = caps::read(None, CapSet::Effective).map_err(|e| refused("read", &e))?;
    let missing: Vec<_> =
        NEEDED.iter().filter(|&need| !effective.contains(need)).map(ToString::to_string).collect();
    if missing.is_empty() { Ok(()) } else { Err(PrivilegeError::Missing { missing: missing.join(" and ") }) }
}

/// How much the director's threads are preferred to ordinary ones (nice value). They sleep most of the time; a packet
/// that came should not wait for a compiler's time slice.
const NICE: i32 = -10;

/// Prefers this process's threads to ordinary ones, for all that are started from now on. Without the right to do so
/// (an ordinary user's) nothing changes. To be called before the capabilities are dropped.
pub fn prefer() {
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "the priority stays as it is");
    }
}

/// Real-time priority of who has deadlines: above all ordinary threads, below whatever is given a real one on purpose.
const REAL_TIME: i32 = 10;

/// Prefers the calling thread to all ordinary ones; threads that it starts are ordinary. To be called before the
/// capabilities are dropped.
///
/// # Errors
/// `EPERM` without CAP_SYS_NICE and RLIMIT_RTPRIO.
pub fn prefer_to_all_others() -> std::io::Result<()> {
    let param = libc::sched_param { sched_priority: REAL_TIME };
    // SAFETY: 0 means the calling thread; the parameter lives for as long as the call.
    let answer =
        unsafe { libc::sched_setscheduler(0, libc::SCHED_RR | libc::SCHED_RESET_ON_FORK, &raw const param) };
    if answer == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// Drops every capability but the two that the director needs, for the calling thread and all threads that it starts
/// from now on, and forbids to gain any by executing a program. To be called before the first thread is started.
///
/// `locks_memory`: keep CAP_IPC_LOCK, too, where it is there. AF_XDP sockets lock their memory, and are opened again when
/// a link comes back; without it they are limited (`ulimit -l`).
///
/// # Errors
/// If the kernel refuses; then the process should not go on.
pub fn keep_only_needed(locks_memory: bool) -> Result<(), PrivilegeError> {
    keep_only(locks_memory.then_some(Capability::CAP_IPC_LOCK))
}

/// The same, and CAP_NET_BIND_SERVICE, where it is there: for the one thread that binds ports below 1024, and must be able
/// to when the configuration is read anew or an address comes later.
///
/// # Errors
/// See [`keep_only_needed`].
pub fn keep_only_needed_and_ports() -> Result<(), PrivilegeError> {
    keep_only(Some(Capability::CAP_NET_BIND_SERVICE))
}

fn keep_only(besides: Option<Capability>) -> Result<(), PrivilegeError> {
    let mut needed: CapsHashSet = NEEDED.into_iter().collect();
    let permitted = caps::read(None, CapSet::Permitted).map_err(|e| refused("read", &e))?;
    needed.extend(besides.filter(|capability| permitted.contains(capability)));
    // The bounding set first, for that needs CAP_SETPCAP, which goes next. Without it, no_new_privs does as well.
    for capability in caps::all().difference(&needed) {
        let _ = caps::drop(None, CapSet::Bounding, *capability);
    }
    set_no_new_privs(true).map_err(|e| refused("drop", &e))?;
    // Kernels before 4.3 have no ambient set.
    let _ = caps::clear(None, CapSet::Ambient);
    for (set, keep) in [
        (CapSet::Inheritable, &CapsHashSet::new()),
        (CapSet::Effective, &needed),
        (CapSet::Permitted, &needed),
    ] {
        caps::set(None, set, keep).map_err(|e| refused("drop", &e))?;
    }
    Ok(())
}

/// Drops every capability of the calling thread, for ever. Workers need none once their sockets are open.
///
/// # Errors
/// If the kernel refuses.
pub fn drop_all_for_this_thread() -> Result<(), PrivilegeError> {
    set_no_new_privs(true).map_err(|e| refused("drop", &e))?;
    let _ = caps::clear(None, CapSet::Ambient);
    for set in [CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
        caps::clear(None, set).map_err(|e| refused("drop", &e))?;
    }
    Ok(())
}

fn refused(action: &'static str, cause: &dyn std::error::Error) -> PrivilegeError {
    PrivilegeError::Refused { action, cause: cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a thread of its own, for it loses what it has.
    #[test]
    fn a_thread_without_capabilities_is_told_what_is_missing() {
        let outcome = std::thread::spawn(|| {
            if check().is_ok() {
                keep_only_needed(false).expect("drop");
                check().expect("the two are kept");
                let left = caps::read(None, CapSet::Permitted).expect("read");
                assert_eq!(left, NEEDED.into_iter().collect());
            }
            drop_all_for_this_thread().expect("drop");
            check()
        });
        let error = outcome.join().expect("no panic").expect_err("nothing is left").to_string();
        assert!(error.contains("CAP_NET_RAW and CAP_NET_ADMIN"), "{error}");
        assert!(error.contains("setcap"), "{error}");
    }
}
