//! Virtual routers at work: the thread `vrrp`, which sends and hears adverts, puts addresses where they belong, looks at
//! what priorities depend on, and tells the keeper which addresses are the director's now.
//!
//! One thread for all of them, which waits for nobody: not for the keeper, whose channel it fills only while there is room;
//! not for a disk or a name server, which the scout looks at; not for a script, which [`crate::program`] runs. It is preferred
//! to all others by a real-time priority, where that is allowed, and kept off the workers' CPUs, where there are others.
//!
//! What is to be done, and when, is [`crate::vrrp`]'s; here it is done.

mod arrivals;
mod change;
mod duty;
mod outbox;
mod pair;
mod router;
mod scout;
mod tracker;
mod wires;

use crate::control::command::RouterStatus;
use crate::control::happening::RouterChange;
use crate::host::privilege;
use crate::lvs::Vrrp;
use crate::program::Runner;
use crossbeam_channel::{Receiver, Sender, unbounded};
use rustix::event::{EventfdFlags, eventfd};
use rustix::thread::{CpuSet, sched_setaffinity};
use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// What the thread has to tell.
#[derive(Debug)]
pub enum News {
    /// These addresses are this director's now, and no other ones of virtual routers.
    Roles(BTreeSet<IpAddr>),
    /// A virtual router, or a group, has changed, or has something to say.
    Change(Box<RouterChange>),
}

/// Where news goes; it comes back if there is no room at this moment.
pub type Tell = Box<dyn Fn(News) -> Result<(), News> + Send>;

/// What the thread is told.
enum Word {
    Begin {
        runner: Runner,
        tell: Tell,
        after_crash: bool,
    },
    Configured(Box<Vrrp>),
    /// What comes to these addresses is the director's.
    Stand(BTreeSet<IpAddr>),
    Finish,
}

/// The way to the thread.
pub struct Standby {
    words: Sender<Word>,
    bell: Bell,
    board: Arc<Mutex<Vec<RouterStatus>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Wakes the thread; may be rung by anybody.
#[derive(Clone)]
struct Bell(Arc<OwnedFd>);

impl Bell {
    fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    fn ring(&self) {
        // It fails only when it has been rung 2^64 times without being heard.
        let _ = rustix::io::write(&*self.0, &1_u64.to_ne_bytes());
    }

    fn silence(&self) {
        let _ = rustix::io::read(&*self.0, &mut [0; 8]);
    }
}

impl Standby {
    /// Starts the thread, which has nothing to do yet. To be called while the process still has its privileges: without
    /// them there is no real-time priority. `cpus`: those that no worker has; none: all are the workers'.
    ///
    /// # Errors
    /// The thread, or its event descriptor, cannot be made.
    pub fn start(cpus: &[usize]) -> io::Result<Self> {
        let (words, heard) = unbounded();
        let bell = Bell::new()?;
        let board = Arc::default();
        let (cpus, ours, shown) = (cpus.to_vec(), bell.clone(), Arc::clone(&board));
        let thread = std::thread::Builder::new().name("vrrp".to_owned()).spawn(move || {
            stand_apart(&cpus);
            work(&heard, ours, shown);
        })?;
        Ok(Self { words, bell, board, thread: Mutex::new(Some(thread)) })
    }

    /// From now on scripts are run by `runner`, and news goes to `tell`. `after_crash`: a director died here before, whose
    /// addresses may still be there.
    pub fn begin(&self, runner: Runner, tell: Tell, after_crash: bool) {
        self.say(Word::Begin { runner, tell, after_crash });
    }

    /// These are the virtual routers from now on.
    pub fn configured(&self, wanted: &Vrrp) {
        self.say(Word::Configured(Box::new(wanted.clone())));
    }

    /// How they stand: in the configuration's order, a second old at most.
    pub fn status(&self) -> Vec<RouterStatus> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What comes to these addresses is the director's: they may come to their interfaces.
    pub fn stand(&self, held: BTreeSet<IpAddr>) {
        self.say(Word::Stand(held));
    }

    /// Masters say that they are none any more, addresses and routes go, and the thread ends.
    pub fn finish(&self) {
        self.say(Word::Finish);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    fn say(&self, word: Word) {
        // A thread that has ended wants no words.
        let _ = self.words.send(word);
        self.bell.ring();
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Preferred to others, off the workers' CPUs, and without any privilege that is not needed.
fn stand_apart(cpus: &[usize]) {
    if !cpus.is_empty() {
        let mut set = CpuSet::new();
        cpus.iter().filter(|cpu| **cpu < CpuSet::MAX_CPU).for_each(|cpu| set.set(*cpu));
        if let Err(error) = sched_setaffinity(None, &set) {
            tracing::debug!(%error, "the thread of virtual routers runs on all CPUs");
        }
    }
    if let Err(error) = privilege::prefer_to_all_others() {
        tracing::debug!(%error, "virtual routers have no real-time priority");
    }
    if let Err(error) = privilege::keep_only_needed_and_ports() {
        tracing::warn!(%error, "the thread of virtual routers keeps its capabilities");
    }
}

/// Waits until there is something to do, and does it until the end.
fn work(heard: &Receiver<Word>, bell: Bell, board: Arc<Mutex<Vec<RouterStatus>>>) {
    let (mut begun, mut wanted) = (None, None);
    // A director without virtual routers has no socket of them.
    loop {
        match heard.recv() {
            Ok(Word::Begin { runner, tell, after_crash }) => begun = Some((runner, tell, after_crash)),
            Ok(Word::Configured(vrrp)) => wanted = Some(vrrp),
            Ok(Word::Stand(_)) => {}
            Ok(Word::Finish) | Err(_) => return,
        }
        bell.silence();
        let is_needed =
            wanted.as_ref().is_some_and(|vrrp| !vrrp.instances.is_empty() || vrrp.pulse.is_some());
        if is_needed && let (Some((runner, tell, after_crash)), Some(vrrp)) = (begun.take(), wanted.take()) {
            match duty::Duty::new(bell.clone(), runner, tell, board) {
                Ok(mut duty) => {
                    duty.clear(&vrrp, after_crash);
                    duty.configure(*vrrp);
                    duty.run(heard);
                }
                Err(error) => tracing::error!(%error, "no virtual router works: netlink cannot be opened"),
            }
            return;
        }
    }
}
