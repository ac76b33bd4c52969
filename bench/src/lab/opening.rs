//! Before anything is measured: whether packets arrive at all, and the first packets of the flows that there shall be.

use super::forwarder::Forwarder;
use super::trial::{Rig, SILENCE, Source};
use crate::load::BURST;
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

/// Packets on their way while flows are opened: fewer than the smallest ring has slots.
const WINDOW: u64 = 128;
/// How often flows are opened whose packets were lost.
const PASSES: usize = 5;

impl Rig<'_> {
    /// Sends packets one by one until one arrives.
    ///
    /// # Errors
    /// None does within `patience`.
    pub fn wait_ready(&mut self, patience: Duration) -> Result<()> {
        const AGAIN: Duration = Duration::from_millis(20);
        let begun = Instant::now();
        self.sink.restart(false);
        while self.sink.seen.packets == 0 {
            self.check_stop()?;
            if let Forwarder::Program(program) = self.forwarder {
                program.check()?;
            }
            let said = || {
                self.forwarder.said().map(|said| format!("; the command said: {said}")).unwrap_or_default()
            };
            ensure!(
                begun.elapsed() < patience,
                "none of the packets that were sent to see whether any arrives did so within {patience:?}{}",
                said()
            );
            match &mut self.source {
                Source::Mix(mix) => {
                    if mix.open(0) == 0 {
                        mix.make(1, || 0);
                    }
                }
                Source::Tape(tape) => drop(tape.take(1)),
            }
            let Self { source, sender, .. } = self;
            match source {
                Source::Mix(mix) => sender.send(mix.burst().take(1)),
                Source::Tape(tape) => sender.send(tape.burst()),
            };
            let sent = Instant::now();
            while sent.elapsed() < AGAIN && self.sink.take() == 0 {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        if let Source::Tape(tape) = &mut self.source {
            tape.rewind();
        }
        self.drain(u64::MAX);
        Ok(())
    }

    /// Sends the first packet of every flow that there shall be, no faster than they arrive.
    ///
    /// # Errors
    /// It shall end.
    pub fn open_flows(&mut self) -> Result<()> {
        let Source::Mix(mix) = &self.source else { return Ok(()) };
        let count = mix.to_open();
        let before = self.counted()?;
        let mut all_lost = 0;
        for _ in 0..PASSES {
            self.sink.restart(false);
            let (mut sent, mut lost, mut at) = (0u64, 0u64, 0);
            let mut moved = (0, Instant::now());
            while at < count || self.sink.seen.packets + lost < sent {
                self.check_stop()?;
                if at < count && sent.saturating_sub(self.sink.seen.packets + lost) + BURST as u64 <= WINDOW {
                    let Source::Mix(mix) = &mut self.source else { return Ok(()) };
                    at += mix.open(at);
                    sent += self.sender.send(mix.burst());
                }
                self.sink.take();
                if self.sink.seen.packets > moved.0 {
                    moved = (self.sink.seen.packets, Instant::now());
                } else if moved.1.elapsed() > SILENCE {
                    (lost, moved.1) = (sent.saturating_sub(moved.0), Instant::now());
                } else if self.shares_cpu {
                    std::thread::yield_now();
                }
            }
            all_lost += lost;
            if lost == 0 {
                break;
            }
        }
        // Or what was lost here would be told later, and taken for something else.
        self.settle(&before, all_lost)?;
        Ok(())
    }
}
