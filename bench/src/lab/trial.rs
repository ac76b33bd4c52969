//! One measurement: load at a pace, and what arrived of it.

use super::forwarder::{Counted, Forwarder};
use super::measured::Measured;
use super::mix::Mix;
use super::sender::Sender;
use super::sink::Sink;
use super::tape::Tape;
use crate::bed::Bed;
use crate::load::BURST;
use crate::process::TELLS;
use anyhow::Result;
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What has not arrived after so long a silence is lost.
pub const SILENCE: Duration = Duration::from_millis(200);
/// And whatever still comes after this belongs to nobody.
const END: Duration = Duration::from_secs(10);
/// A pace that lags behind by more packets, and by longer, is not caught up with: that would be another load.
const MOST_BEHIND: (f64, Duration) = (256.0, Duration::from_millis(1));
/// How much the load is preferred to other programs (nice value), as a director is.
const NICE: i32 = -10;
/// Packets that leave together leave within so much time of when each would be due.
const TOGETHER: f64 = 50e-6;
/// Most packets that leave together where each is stamped.
const STAMPED: usize = 8;

/// Where packets come from.
pub enum Source {
    /// Made up.
    Mix(Mix),
    /// As captured.
    Tape(Tape),
}

/// How fast they are sent.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// Packets per second; `None`: as many as can be made. For so long.
    Rate(Option<f64>, Duration),
    /// As captured, so many times as fast, so many rounds, at most for so long.
    Recorded(f64, u32, Duration),
}

/// Both ends of the load, and who is between them.
pub struct Rig<'r> {
    /// One end.
    pub sender: Sender,
    /// The other.
    pub sink: Sink,
    /// What is sent.
    pub source: Source,
    /// Who forwards.
    pub forwarder: &'r Forwarder,
    /// The network, if it is the lab's own.
    pub bed: Option<&'r Bed>,
    /// Whether packets are stamped.
    pub stamps: bool,
    /// Whether load and forwarder share one CPU.
    pub shares_cpu: bool,
    /// Set when all shall end.
    pub stop: &'r AtomicBool,
}

impl Rig<'_> {
    /// Measures at this pace.
    ///
    /// # Errors
    /// The director does not answer, or all shall end.
    pub fn measure(&mut self, pace: Pace) -> Result<Measured> {
        self.sink.restart(self.stamps);
        let before = self.counted()?;
        let (sent, refused, time) = self.offer(pace)?;
        self.drain(sent);
        let lost = self.lost(sent);
        let (counted, ends) = self.settle(&before, lost)?;
        let asked = match pace {
            Pace::Rate(rate, _) => rate,
            Pace::Recorded(speed, ..) => self.recorded(speed),
        };
        let begun = match &self.source {
            Source::Mix(mix) => mix.begun(),
            Source::Tape(tape) => tape.flows,
        };
        let (missed, seen) = (self.sink.missed(), self.sink.seen.clone());
        Ok(Measured { asked, sent, time, refused, missed, seen, ends, begun, opened: counted.opened })
    }

    /// Sends at this pace; nothing is measured.
    ///
    /// # Errors
    /// As [`Rig::measure`].
    pub fn warm_up(&mut self, pace: Pace) -> Result<()> {
        self.sink.restart(false);
        let before = self.counted()?;
        let (sent, ..) = self.offer(pace)?;
        self.drain(sent);
        let lost = self.lost(sent);
        self.settle(&before, lost)?;
        if let Source::Tape(tape) = &mut self.source {
            tape.rewind();
        }
        Ok(())
    }

    /// What everybody has counted.
    ///
    /// # Errors
    /// The director does not answer.
    pub fn counted(&mut self) -> Result<Counted> {
        let mut counted = self.forwarder.counted(self.bed)?;
        counted.ends.insert("the kernel's queue before the server".to_owned(), self.sink.dropped()?);
        Ok(counted)
    }

    /// How many of so many packets have not arrived.
    fn lost(&mut self, sent: u64) -> u64 {
        sent.saturating_sub(self.sink.seen.packets + self.sink.missed())
    }

    /// Waits until it is told where so many packets were lost, or nobody will tell; returns what is counted then, and
    /// what of it since `before`.
    ///
    /// # Errors
    /// As [`Rig::measure`].
    pub fn settle(&mut self, before: &Counted, lost: u64) -> Result<(Counted, BTreeMap<String, u64>)> {
        let begun = Instant::now();
        loop {
            let counted = self.counted()?;
            let ends = counted.since(before);
            if ends.values().sum::<u64>() >= lost || counted.opened.is_none() || begun.elapsed() > TELLS {
                return Ok((counted, ends));
            }
            self.check_stop()?;
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Prefers the calling thread, which makes the load, to other programs, if that is allowed and does not keep whoever
    /// forwards from its CPU.
    pub fn prefer_load(&self) {
        if !self.shares_cpu {
            // An ordinary user may not: then others take some of its time, and the generator is the limit more often.
            let _ = rustix::process::setpriority_process(None, NICE);
        }
    }

    /// Fails if all shall end.
    ///
    /// # Errors
    /// [`super::Stopped`].
    pub fn check_stop(&self) -> Result<()> {
        if self.stop.load(Relaxed) { Err(super::Stopped.into()) } else { Ok(()) }
    }

    /// The average rate of a capture.
    fn recorded(&self, speed: f64) -> Option<f64> {
        let Source::Tape(tape) = &self.source else { return None };
        let round = tape.round().as_secs_f64() / speed;
        (round > 0.0).then(|| tape.len() as f64 / round)
    }

    /// Sends; returns how many packets the kernel took, how many it did not, and how long it took.
    fn offer(&mut self, pace: Pace) -> Result<(u64, u64, Duration)> {
        let begun = Instant::now();
        if let Source::Mix(mix) = &mut self.source {
            mix.restart();
        }
        let (mut sent, mut refused, mut due, mut round) = (0, 0, begun, 0u32);
        let most = if self.stamps { STAMPED } else { BURST };
        let mut time = Duration::ZERO;
        loop {
            self.check_stop()?;
            let now = Instant::now();
            let running = now - begun;
            let count = match pace {
                // What was due in time is sent, if late.
                Pace::Rate(Some(_), limit) if due >= begun + limit => break,
                Pace::Rate(None, limit) | Pace::Recorded(.., limit) if running >= limit => break,
                Pace::Rate(None, _) => self.choose(most),
                Pace::Rate(Some(_), _) if now < due => 0,
                Pace::Rate(Some(rate), _) => {
                    let count = self.choose(((rate * TOGETHER) as usize).clamp(1, most));
                    due += Duration::from_secs_f64(count as f64 / rate);
                    if now > due + MOST_BEHIND.1.max(Duration::from_secs_f64(MOST_BEHIND.0 / rate)) {
                        due = now;
                    }
                    count
                }
                Pace::Recorded(speed, rounds, _) => {
                    let Source::Tape(tape) = &mut self.source else { break };
                    let into = running.as_secs_f64() * speed - tape.round().as_secs_f64() * f64::from(round);
                    let (count, is_last) = tape.take_due(Duration::from_secs_f64(into.max(0.0)), BURST);
                    round += u32::from(is_last);
                    if count == 0 && round >= rounds {
                        break;
                    }
                    count
                }
            };
            if count == 0 {
                if self.sink.take() == 0 {
                    if self.shares_cpu { std::thread::yield_now() } else { std::hint::spin_loop() }
                }
                continue;
            }
            if let Source::Mix(mix) = &mut self.source {
                mix.churn(running);
                let stamps = self.stamps;
                mix.make(count, || if stamps { now_ns() } else { 0 });
            }
            let Self { source, sender, .. } = self;
            let taken = match source {
                Source::Mix(mix) => sender.send(mix.burst()),
                Source::Tape(tape) => sender.send(tape.burst()),
            };
            sent += taken;
            refused += (count as u64).saturating_sub(taken);
            time = begun.elapsed();
            self.sink.take();
            if let Pace::Recorded(_, rounds, _) = pace
                && round >= rounds
            {
                break;
            }
        }
        self.sender.discard();
        // As many as can be made end with the last packet; others last as long as they shall.
        let shall = match (pace, &self.source) {
            (Pace::Rate(Some(_), limit), _) => limit,
            (Pace::Recorded(speed, rounds, limit), Source::Tape(tape)) => {
                Duration::from_secs_f64(tape.round().as_secs_f64() / speed * f64::from(rounds)).min(limit)
            }
            _ => time,
        };
        Ok((sent, refused, shall.max(time)))
    }

    /// Chooses up to so many packets of a capture; of what is made up there are always enough.
    fn choose(&mut self, count: usize) -> usize {
        match &mut self.source {
            Source::Mix(_) => count,
            Source::Tape(tape) => tape.take(count),
        }
    }

    /// Takes what is still on its way, up to so many packets in all.
    pub fn drain(&mut self, sent: u64) {
        let begun = Instant::now();
        let mut moved = Instant::now();
        while self.sink.seen.packets < sent && moved.elapsed() < SILENCE && begun.elapsed() < END {
            if self.sink.take() > 0 {
                moved = Instant::now();
            } else {
                std::thread::sleep(Duration::from_micros(100));
            }
        }
    }
}

/// Nanoseconds since 1970: the clock by which the kernel stamps what arrives.
fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Realtime);
    (now.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(now.tv_nsec as u64)
}
