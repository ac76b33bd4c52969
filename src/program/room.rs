//! The process's own loop: one thread, which never waits for any one of its programs.

use super::message::{self, Answer, Wish};
use super::running::Running;
use super::{End, MAX_ORDERED, MAX_RUNNING, Order};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// How long the director may take to read an answer. It always reads; a director that does not is none.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Runs what is asked for over this socket until its other end closes; then ends all that still runs, and returns.
///
/// # Errors
/// What came is no message, or too many programs were ordered, or the other end does not read: everything has been ended,
/// too.
pub fn serve(stream: &UnixStream) -> io::Result<()> {
    stream.set_write_timeout(Some(ANSWER_TIME))?;
    let mut room = Room { stream, come: Vec::new(), waiting: VecDeque::new(), running: BTreeMap::new() };
    let outcome = room.work();
    room.close();
    outcome
}

struct Room<'s> {
    stream: &'s UnixStream,
    /// Of the next message.
    come: Vec<u8>,
    waiting: VecDeque<(u64, Order)>,
    running: BTreeMap<u64, Running>,
}

impl Room<'_> {
    fn work(&mut self) -> io::Result<()> {
        loop {
            self.wait(true)?;
            if !self.hear()? {
                return Ok(());
            }
            while let Some(wish) = message::take(&mut self.come)? {
                self.obey(wish)?;
            }
            for answer in self.look(now()) {
                message::write(self.stream, &answer)?;
            }
            self.begin_waiting()?;
        }
    }

    /// Until something can be read, a program has ended, or time has come.
    fn wait(&self, hears: bool) -> io::Result<()> {
        let now = now();
        let due = self.running.values().map(|running| running.due(now)).min();
        let left = due.map(|due| due.saturating_duration_since(now));
        // A little late rather than a little early, and then again.
        let timeout = left.map(|left| Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        });
        let watched = self.running.values().flat_map(Running::watched);
        let mut fds: Vec<_> = watched.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)).collect();
        if hears {
            fds.push(PollFd::new(self.stream, PollFlags::IN));
        }
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes what has come; false: nothing will any more.
    fn hear(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 65_536];
        match recv(self.stream, &mut bytes[..], RecvFlags::DONTWAIT) {
            Ok((0, _)) => Ok(false),
            Ok((read, _)) => {
                self.come.extend(&bytes[..read]);
                Ok(true)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(true),
            // It went without having read all answers.
            Err(Errno::CONNRESET) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn obey(&mut self, wish: Wish) -> io::Result<()> {
        match wish {
            Wish::Run(number, order) => {
                // The director counts, too: this is somebody else, or out of its mind.
                if self.waiting.len() + self.running.len() >= MAX_ORDERED {
                    return Err(io::Error::other("too many programs are ordered"));
                }
                self.waiting.push_back((number, order));
            }
            Wish::Cancel(number) => {
                if let Some(running) = self.running.get_mut(&number) {
                    running.end(End::Cancelled, now());
                } else if let Some(at) = self.waiting.iter().position(|(own, _)| *own == number) {
                    self.waiting.remove(at);
                    message::write(self.stream, &Answer { number, end: End::Cancelled })?;
                }
            }
        }
        Ok(())
    }

    fn look(&mut self, now: Instant) -> Vec<Answer> {
        let mut answers = Vec::new();
        self.running.retain(|number, running| {
            let end = running.look(now);
            answers.extend(end.clone().map(|end| Answer { number: *number, end }));
            end.is_none()
        });
        answers
    }

    fn begin_waiting(&mut self) -> io::Result<()> {
        while self.running.len() < MAX_RUNNING
            && let Some((number, order)) = self.waiting.pop_front()
        {
            match Running::start(&order, now()) {
                Ok(running) => drop(self.running.insert(number, running)),
                Err(why) => message::write(self.stream, &Answer { number, end: End::NotRun(why) })?,
            }
        }
        Ok(())
    }

    /// Ends everything.
    fn close(&mut self) {
        self.running.values_mut().for_each(|running| running.end(End::Cancelled, now()));
        self.look(now());
        while !self.running.is_empty() {
            // Without it there is nothing to wait by; each look still has its time.
            if self.wait(false).is_err() {
                std::thread::sleep(Duration::from_millis(20));
            }
            self.look(now());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "time limits of programs")]
fn now() -> Instant {
    Instant::now()
}
