//! Signals as events in a channel.

use crossbeam_channel::Sender;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::io;
use std::thread::JoinHandle;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM, SIGINT: end.
    Stop,
    /// SIGHUP: read the configuration anew.
    Reload,
}

/// The thread that receives signals. Dropping it ends the thread; the signals are then ignored.
pub struct SignalWatch {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl SignalWatch {
    /// Receives SIGTERM, SIGINT and SIGHUP for the process from now on and sends what they ask for to `events`.
    ///
    /// # Errors
    /// Those of sigaction and of starting a thread.
    pub fn start(events: Sender<Signal>) -> io::Result<Self> {
        let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
        let handle = signals.handle();
        let thread = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                let event = if signal == SIGHUP { Signal::Reload } else { Signal::Stop };
                // A full channel already holds as many reasons as anybody can act upon.
                if let Err(error) = events.try_send(event)
                    && error.is_disconnected()
                {
                    return;
                }
            }
        })?;
        Ok(Self { handle, thread: Some(thread) })
    }
}

impl Drop for SignalWatch {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn signals_become_events() {
        let (sender, events) = crossbeam_channel::bounded(4);
        let watch = SignalWatch::start(sender).expect("signals");
        for (number, event) in [(SIGHUP, Signal::Reload), (SIGTERM, Signal::Stop), (SIGINT, Signal::Stop)] {
            signal_hook::low_level::raise(number).expect("raise");
            assert_eq!(events.recv_timeout(Duration::from_secs(20)), Ok(event));
        }
        drop(watch);
        assert!(events.recv_timeout(Duration::from_secs(20)).is_err_and(|e| e.is_disconnected()));
    }
}
