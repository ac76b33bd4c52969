//! Word to the service manager (`sd_notify`). Without one (`NOTIFY_SOCKET` absent) nothing happens.

use sd_notify::NotifyState;

/// The director serves.
pub fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// A reload begins; [`ready`] ends it.
pub fn reloading() {
    // systemd 253 wants to know when, to tell this reload from an earlier one.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "no monotonic clock"),
    }
}

/// The director ends.
pub fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// One line for `systemctl status`.
pub fn status(status: &str) {
    notify(&[NotifyState::Status(status)]);
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager was not reached");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_happens_without_a_service_manager() {
        super::ready("testing");
        super::reloading();
        super::status("still testing");
        super::stopping();
    }
}
