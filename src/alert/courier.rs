//! The thread that carries out what follows changes, so that the keeper never waits for a script, a disk or a mail server.

use super::follow::{Errand, errands, subject};
use super::journal::{Journal, append};
use super::pipes::Pipes;
use super::post::{Letter, Post};
use super::reminders::Reminders;
use super::rows::{Rows, complain, order, shown};
use super::words;
use crate::control::happening::{Happening, RouterChange};
use crate::lvs::{Farm, Mail, Script, ScriptLine, Upkeep, Words};
use crate::program::{Order, Runner};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Changes that wait to be followed at most.
const WAITING: usize = 4096;
/// How long scripts and mail may take once the director has been told to end.
const LAST_TIME: Duration = Duration::from_secs(3);
/// How long a script at the start or at the end may take that has no limit of its own (keepalived's).
const OWN_TIME: Duration = Duration::from_secs(10);
/// How often it is looked whether they are done.
const LOOK: Duration = Duration::from_millis(20);
/// The row of scripts that follow no farm's change.
const OWN_ROW: &str = "the director";

/// The way to the thread. Nothing here waits but [`Courier::finish`] and [`Courier::run`].
#[derive(Clone)]
pub struct Courier {
    words: Sender<Word>,
    /// The newest configuration, if the thread has not taken it yet: it must not be lost for want of room.
    newest: Newest,
    /// What found no room.
    dropped: Arc<AtomicU64>,
    runner: Runner,
}

type Newest = Arc<Mutex<Option<(Upkeep, Vec<Farm>, Vec<PathBuf>)>>>;

/// What the thread is told.
enum Word {
    Happened(Box<Happening>),
    Routed(Box<RouterChange>),
    Configured,
    Checked(Checked),
    Callback(String),
    Finish(Sender<Option<Script>>),
}

/// A result of a health check, for the file that wants each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The file.
    pub file: PathBuf,
    /// What was asked of whom: `negotiate http tcp 10.0.0.1 80`.
    pub what: String,
    /// The try was a success.
    pub is_up: bool,
    /// In a few words.
    pub detail: String,
}

impl Courier {
    /// Starts the thread. Programs are run by `runner`; `config` is what ldirectord's log would call the configuration.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(runner: Runner, config: String) -> io::Result<Self> {
        let (words, heard) = bounded(WAITING);
        let (newest, dropped) = (Newest::default(), Arc::new(AtomicU64::new(0)));
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let desk = Desk {
            rows: Rows::new(runner.clone()),
            post: Post::new(&host),
            pipes: Pipes::default(),
            routers: Pipes::default(),
            journal: Journal::new(config),
            monitors: super::journal::Troubles::default(),
            reminders: Reminders::default(),
            upkeep: Upkeep::default(),
            newest: Arc::clone(&newest),
            dropped: Arc::clone(&dropped),
            told_of: 0,
        };
        std::thread::Builder::new().name("courier".to_owned()).spawn(move || desk.work(&heard))?;
        Ok(Self { words, newest, dropped, runner })
    }

    /// Something changed: log, scripts, pipes and mail follow.
    pub fn tell(&self, happening: Happening) {
        self.say(Word::Happened(Box::new(happening)));
    }

    /// A virtual router changed: log, scripts and pipes follow.
    pub fn tell_of_router(&self, change: RouterChange) {
        self.say(Word::Routed(Box::new(change)));
    }

    /// This is the configuration from now on; `pipes`: those that virtual routers' changes are written to.
    pub fn configured(&self, upkeep: &Upkeep, farms: &[Farm], pipes: &[PathBuf]) {
        let newest = Some((upkeep.clone(), farms.to_vec(), pipes.to_vec()));
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = newest;
        // If there is no room the thread looks all the same, at the next word.
        let _ = self.words.try_send(Word::Configured);
    }

    /// A check's result is to be written to a file.
    pub fn checked(&self, checked: Checked) {
        self.say(Word::Checked(checked));
    }

    /// A changed file was taken: the configuration's callback, if it has one, is run with the file's name.
    pub fn callback(&self, file: &str) {
        self.say(Word::Callback(file.to_owned()));
    }

    /// Who tells must not wait.
    fn say(&self, word: Word) {
        if let Err(TrySendError::Full(_)) = self.words.try_send(word) {
            self.dropped.fetch_add(1, Relaxed);
        }
    }

    /// Runs a script and waits for its end; it has 10 seconds, if it says nothing else. What went wrong is logged.
    pub fn run(&self, script: &Script) {
        let limit = script.timeout.unwrap_or(OWN_TIME);
        complain(&shown(script), &self.runner.run(Order { limit, ..order(script) }));
    }

    /// Carries out what is still to be carried out, for some seconds at most; what is left is said. Pipes that were made are
    /// taken away. Returns the script that is to follow everything else.
    pub fn finish(&self) -> Option<Script> {
        let (done, is_done) = bounded(1);
        if self.words.send_timeout(Word::Finish(done), LAST_TIME).is_err() {
            tracing::error!("scripts and mail that were to follow the last changes are dropped");
            return None;
        }
        // A file system that hangs may hold it up; not the director.
        is_done.recv_timeout(2 * LAST_TIME).unwrap_or_default()
    }
}

/// The thread's own.
struct Desk {
    rows: Rows,
    post: Post,
    pipes: Pipes,
    /// Those of virtual routers.
    routers: Pipes,
    journal: Journal,
    monitors: super::journal::Troubles,
    reminders: Reminders,
    upkeep: Upkeep,
    newest: Newest,
    dropped: Arc<AtomicU64>,
    /// So many of the dropped were said.
    told_of: u64,
}

impl Desk {
    fn work(mut self, heard: &Receiver<Word>) {
        loop {
            let never = Duration::from_secs(3600);
            let pause = self.reminders.next().map_or(never, |due| due.saturating_duration_since(now()));
            select! {
                recv(heard) -> word => {
                    self.configure();
                    match word {
                        Ok(Word::Finish(done)) => {
                            self.finish();
                            self.pipes.set(&[]);
                            self.routers.set(&[]);
                            let _ = done.send(self.upkeep.shutdown.take());
                            return;
                        }
                        Ok(word) => self.hear(word),
                        Err(_) => return,
                    }
                }
                recv(self.rows.ended) -> ended => if let Ok((row, end)) = ended {
                    self.rows.next(&row, &end);
                },
                default(pause) => {}
            }
            for (mail, text, words) in self.reminders.take_due(now()) {
                let subject = subject(&mail, &text);
                self.mail(mail, subject, format!("{text}\n"), words);
            }
            self.tell_of_dropped();
        }
    }

    fn hear(&mut self, word: Word) {
        match word {
            Word::Happened(happening) => self.follow(&happening),
            Word::Routed(change) => self.follow_router(*change),
            Word::Checked(Checked { file, what, is_up, detail }) => {
                let (time, state) = (self.journal.time(unix_seconds()), if is_up { "up" } else { "down" });
                let line = format!("[{time}] [{}] {what} [{state}] {detail}\n", std::process::id());
                self.monitors.note(&file.display().to_string(), &append(&file, &line));
            }
            Word::Callback(file) => {
                if let Some(script) = &self.upkeep.callback {
                    self.rows.run(OWN_ROW, with_argument(script, &file));
                }
            }
            Word::Configured | Word::Finish(_) => {}
        }
    }

    /// Takes the newest configuration, if there is one.
    fn configure(&mut self) {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((upkeep, farms, pipes)) = newest else { return };
        self.journal.set(upkeep.logs.clone());
        self.pipes.set(&upkeep.fifos);
        self.routers.set(&pipes);
        self.reminders.set(&farms);
        let servers: BTreeSet<_> =
            farms.iter().filter_map(|farm| Some(farm.mail.as_ref()?.server.clone())).collect();
        self.post.keep(&servers);
        self.upkeep = upkeep;
    }

    fn follow(&mut self, happening: &Happening) {
        let unix_seconds = unix_seconds();
        let lines = match happening.farm.words {
            Words::Ulvs => vec![happening.to_string()],
            _ => words::lines(happening),
        };
        for line in lines {
            self.journal.line(happening.farm.words, &line, unix_seconds);
        }
        self.reminders.note(happening, now());
        for errand in errands(happening) {
            match errand {
                Errand::Run(script) => self.rows.run(&happening.farm.name, script),
                Errand::Pipe(line) => self.pipes.line(&line),
                Errand::Send { mail, subject, body } => self.mail(mail, subject, body, happening.farm.words),
            }
        }
    }

    /// Of one virtual router one script after the other, in the order of its changes.
    fn follow_router(&mut self, change: RouterChange) {
        let unix_seconds = unix_seconds();
        let told = change.what.as_ref().filter(|_| change.words == Words::Ulvs).map(|_| change.to_string());
        for line in told.iter().chain(&change.lines) {
            self.journal.line(change.words, line, unix_seconds);
        }
        if let Some(line) = change.pipe {
            self.routers.line(&line);
        }
        for script in change.scripts {
            self.rows.run(&change.name, script);
        }
    }

    fn mail(&mut self, mail: Mail, subject: String, body: String, words: Words) {
        let unix_seconds = unix_seconds();
        if words == Words::Ldirectord {
            let text = subject.strip_prefix(mail.subject.trim()).unwrap_or(&subject).trim();
            self.journal.line(words, &format!("emailalert: {text}"), unix_seconds);
        }
        // It has said so if there was no room.
        let _ = self.post.send(Letter { mail, subject, body, unix_seconds });
    }

    fn tell_of_dropped(&mut self) {
        let dropped = self.dropped.load(Relaxed);
        if dropped > self.told_of {
            tracing::error!(
                "more than {WAITING} changes and results waited: nothing followed {}",
                dropped - self.told_of
            );
            self.told_of = dropped;
        }
    }

    /// Waits for what runs, for some time.
    fn finish(&mut self) {
        let until = now() + LAST_TIME;
        self.post.hurry();
        while self.rows.open() + self.post.open() > 0 && now() < until {
            if let Ok((row, end)) = self.rows.ended.recv_timeout(LOOK) {
                self.rows.next(&row, &end);
            }
        }
        let (scripts, letters) = (self.rows.open(), self.post.open());
        if scripts + letters > 0 {
            tracing::error!(
                "not done within {LAST_TIME:?}, and dropped: {scripts} scripts, {letters} messages by mail"
            );
        }
        self.tell_of_dropped();
    }
}

/// The script with one more argument.
fn with_argument(script: &Script, argument: &str) -> Script {
    let line = match &script.line {
        ScriptLine::Words(words) => {
            ScriptLine::Words(words.iter().cloned().chain([argument.to_owned()]).collect())
        }
        ScriptLine::Shell(line) => {
            // Whole, whatever is in it.
            ScriptLine::Shell(format!("{line} '{}'", argument.replace('\'', "'\\''")))
        }
    };
    Script { line, ..script.clone() }
}

#[expect(clippy::disallowed_methods, reason = "reminders and deadlines")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the time of day, for logs and mail")]
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
#[path = "courier_tests.rs"]
mod tests;
