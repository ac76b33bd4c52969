//! One measurement: load at a pace, and what arrived of it.

use super::forwarder::{Counted, Forwarder};
use super::mix::Mix;
use super::sender::Sender;
use super::sink::{Seen, Sink};
use super::tape::Tape;
use crate::bed::Bed;
use crate::load::BURST;
use anyhow::{Result, ensure};
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What has not arrived after so long a silence is lost.
const SILENCE: Duration = Duration::from_millis(200);
/// And whatever still comes after this belongs to nobody.
const END: Duration = Duration::from_secs(10);
/// A pace that lags behind by more packets, and by longer, is not caught up with: that would be another load.
const MOST_BEHIND: (f64, Duration) = (256.0, Duration::from_millis(1));
/// A director tells what only the kernel counts once a second, and sleeps half of one when nothing comes.
const TELLS: Duration = Duration::from_millis(2200);
/// How much the load is preferred to other programs (nice value), as a director is.
const NICE: i32 = -10;
/// Packets that leave together leave within so much time of when each would be due.
const TOGETHER: f64 = 50e-6;
/// Most packets that leave together where each is stamped.
const STAMPED: usize = 8;
/// Packets on their way while flows are opened: fewer than the smallest ring has slots.
const WINDOW: u64 = 128;
/// How often flows are opened whose packets were lost.
const PASSES: usize = 5;
/// A generator that made less of what was asked for was the limit.
pub const ENOUGH: f64 = 0.98;

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

/// What came of it.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Packets per second that were wanted, if a number was.
    pub asked: Option<f64>,
    /// Packets that were sent, and in what time.
    pub sent: u64,
    /// As above.
    pub time: Duration,
    /// Packets that the kernel refused to send: they do not count as sent.
    pub refused: u64,
    /// Frames that arrived, but for which the receiver's ring had no room: they count as arrived.
    pub missed: u64,
    /// What was seen of those that arrived.
    pub seen: Seen,
    /// Where packets ended that were not forwarded, as far as anybody says.
    pub ends: BTreeMap<String, u64>,
    /// Flows that have begun since the director started, and connections that it opened since.
    pub begun: u64,
    /// As above.
    pub opened: Option<u64>,
}

impl Measured {
    /// Packets per second that were sent.
    pub fn offered(&self) -> f64 {
        self.sent as f64 / self.time.as_secs_f64().max(1e-9)
    }

    /// Packets that arrived.
    pub fn arrived(&self) -> u64 {
        self.seen.packets + self.missed
    }

    /// Packets that did not.
    pub fn lost(&self) -> u64 {
        self.sent.saturating_sub(self.arrived())
    }

    /// Those of all that were sent, 0 to 1.
    pub fn loss(&self) -> f64 {
        self.lost() as f64 / self.sent.max(1) as f64
    }

    /// Packets per second that arrived, by the receiver's clock.
    pub fn rate(&self) -> f64 {
        match self.seen.times {
            Some((first, last)) if last > first => (self.arrived() - 1) as f64 * 1e9 / (last - first) as f64,
            _ => 0.0,
        }
    }

    /// Microseconds within which this share of those that arrived did so.
    pub fn latency_us(&self, quantile: f64) -> Option<f64> {
        let latency = self.seen.latency.as_ref().filter(|latency| !latency.is_empty())?;
        Some(latency.value_at_quantile(quantile) as f64 / 1000.0)
    }

    /// As [`Measured::latency_us`], but of those that were sent: what is lost is later than anything.
    pub fn latency_of_all_us(&self, quantile: f64) -> Option<f64> {
        let known = self.seen.latency.as_ref().map_or(0, hdrhistogram::Histogram::len);
        let wanted = (quantile * self.sent as f64).ceil();
        if known == 0 || wanted > known as f64 { None } else { self.latency_us(wanted / known as f64) }
    }

    /// True if less was sent than wanted: what was measured is the generator.
    pub fn is_generators(&self) -> bool {
        self.asked.is_some_and(|asked| self.offered() < ENOUGH * asked)
    }
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
    fn counted(&mut self) -> Result<Counted> {
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
    fn settle(&mut self, before: &Counted, lost: u64) -> Result<(Counted, BTreeMap<String, u64>)> {
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

    fn check_stop(&self) -> Result<()> {
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
    fn drain(&mut self, sent: u64) {
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
