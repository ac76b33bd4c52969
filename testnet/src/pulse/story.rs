//! `cargo lab pulse`: what happens to a pair, a line for each moment, and whether it was what pulse promises.

use super::network::{NAMES, OTHER, lvs_cf, plan, plug, virtuals};
use super::wire::{RUNNING, STOPPED, arps, beats};
use crate::actor::http_client;
use crate::actor::http_server::HttpServer;
use crate::capture::{Capture, Crossing};
use crate::director::Director;
use crate::host::Host;
use crate::lab::Lab;
use crate::lesson::judge;
use crate::narrate::{self, Ink};
use crate::plan::{CLIENT, DIRECTOR, Plan, ROUTER};
use crate::promise::Promise;
use crate::state::State;
use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use ulvs::lvs::ForwardingMethod;

const KEEPALIVE: Duration = Duration::from_secs(1);
const DEADTIME: Duration = Duration::from_secs(3);
/// What is waited for takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two requests of a client, and how long it waits for an answer: less than TCP waits with a SYN that was lost.
const PACE: Duration = Duration::from_millis(50);
const ANSWER: Duration = Duration::from_millis(700);
/// Clients. They are out of step, so that one of them sees an answer soon while others still wait.
const CLIENTS: u32 = 4;
/// How long nothing happens between two steps.
const REST: Duration = Duration::from_secs(5);
/// Clocks of two processes, and a busy machine.
const SLACK: Duration = Duration::from_millis(50);
/// Lines of the directors' logs that belong to the story.
const TOLD: [&str; 8] = [
    "STARTING PULSE",
    "activating lvs",
    "deactivating LVS",
    "resending arps",
    "arps finished",
    "shutting down lvs",
    "Local NIC",
    "marked inactive",
];

/// What is told, and how.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// By direct routing or NAT.
    pub method: ForwardingMethod,
    /// How headlines are marked.
    pub ink: Ink,
    /// Where it goes.
    pub say: fn(&str),
}

/// A moment, since 1970, and what happened.
type Moment = (Duration, String);

struct Stage<'s> {
    directors: BTreeMap<&'static str, Director>,
    plan: &'s Plan,
    lab: &'s Lab,
    state: &'s State,
    moments: Mutex<Vec<Moment>>,
}

/// Leads a pair through all of it; true: everything was as promised. Takes a minute.
///
/// # Errors
/// Something could not be built or started, or did not happen at all.
pub fn tell(story: Story, state: &State) -> Result<bool> {
    let plan = plan(story.method)?;
    (story.say)(&story.ink.headline("The pair of an lvs.cf: the network"));
    (story.say)(&narrate::network(&plan));
    (story.say)(&story.ink.headline("lvs.cf, the same on both"));
    (story.say)(&format!("{}{}", lvs_cf(&plan, ""), virtuals(&plan)));
    let lab = Lab::build(plan.topology.clone())?;
    lab.wait_running()?;
    let at = SocketAddr::new([0; 4].into(), plan.real_port);
    let servers = plan.servers.iter().map(|server| HttpServer::start(lab.host(&server.name)?, at));
    let _servers: Vec<_> = servers.collect::<Result<_>>()?;
    let capture = Capture::start(&lab)?;
    let mut stage =
        Stage { directors: BTreeMap::new(), plan: &plan, lab: &lab, state, moments: Mutex::default() };
    let client = lab.host(CLIENT)?;
    // When, and whether it was answered.
    let (requests, service) = (Mutex::new(Vec::new()), plan.service);
    let is_over = AtomicBool::new(false);
    let steps = std::thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (requests, is_over) = (&requests, &is_over);
            scope.spawn(move || {
                std::thread::sleep(ANSWER / CLIENTS * number);
                ask(client, service, requests, is_over);
            });
        }
        let steps = stage.play();
        is_over.store(true, Relaxed);
        steps
    });
    let steps = steps.inspect_err(|_| (story.say)(&stage.logs()))?;
    let (frames, missed) = capture.frames();
    if missed > 0 {
        bail!("{missed} frames were too many to keep");
    }
    let seen = Seen { frames: &frames, plan: &plan, steps };
    let mut requests = requests.into_inner().unwrap_or_default();
    requests.sort();
    let mut moments = stage.moments.into_inner().unwrap_or_default();
    moments.extend(seen.moments());
    moments.extend(answers(&requests));
    (story.say)(&story.ink.headline("What happened"));
    show(moments, story.say);
    Ok(judge(story.say, story.ink, "Was it what pulse promises?", &seen.promises(&requests)))
}

/// A client that asks without end.
fn ask(client: &Host, service: SocketAddr, requests: &Mutex<Vec<(Duration, bool)>>, is_over: &AtomicBool) {
    while !is_over.load(Relaxed) {
        let at = since_1970();
        let is_answered = http_client::get(client, service, "/", ANSWER).is_ok_and(|got| got.status == 200);
        if let Ok(mut all) = requests.lock() {
            all.push((at, is_answered));
        }
        std::thread::sleep(PACE);
    }
}

/// When each step was taken.
struct Steps {
    killed: Duration,
    returned: Duration,
    ended: Duration,
    begun_again: Duration,
    cut: Duration,
    healed: Duration,
    over: Duration,
}

impl Stage<'_> {
    fn play(&mut self) -> Result<Steps> {
        self.note("pulse is started on both");
        self.start(DIRECTOR)?;
        self.start(OTHER)?;
        self.wait("the primary is active", |stage| stage.is_active(DIRECTOR))?;
        std::thread::sleep(REST);
        let killed = self.note("kill -9: the primary");
        self.end(DIRECTOR, Signal::KILL)?;
        self.wait("the backup is active", |stage| stage.is_active(OTHER))?;
        std::thread::sleep(REST);
        let returned = self.note("the primary is started again");
        self.start(DIRECTOR)?;
        std::thread::sleep(REST);
        let ended = self.note("pulse is stopped on the backup (SIGTERM)");
        self.end(OTHER, Signal::TERM)?;
        self.wait("the primary is active", |stage| stage.is_active(DIRECTOR))?;
        std::thread::sleep(REST);
        let begun_again = self.note("the backup is started again");
        self.start(OTHER)?;
        std::thread::sleep(REST);
        let cut = self.note("the backup's cables are plugged out");
        self.plug_other(false)?;
        self.wait("the backup is active, too", |stage| stage.is_active(OTHER))?;
        std::thread::sleep(REST);
        let healed = self.note("they are plugged in");
        self.plug_other(true)?;
        self.wait("the backup gives way", |stage| Ok(!stage.is_active(OTHER)?))?;
        std::thread::sleep(2 * REST);
        let over = self.note("the end");
        for name in NAMES {
            self.keep_log(name)?;
        }
        Ok(Steps { killed, returned, ended, begun_again, cut, healed, over })
    }

    /// All cables of the backup: with NAT it would else take the gateway's address alone, and with it all answers.
    fn plug_other(&self, is_in: bool) -> Result<()> {
        let interfaces = self.plan.director_interfaces();
        interfaces.iter().try_for_each(|interface| plug(self.lab, OTHER, interface, is_in))
    }

    fn note(&self, what: &str) -> Duration {
        let at = since_1970();
        if let Ok(mut moments) = self.moments.lock() {
            moments.push((at, format!("{:<9} {what}", "STEP")));
        }
        at
    }

    fn start(&mut self, name: &'static str) -> Result<()> {
        let directory = self.state.path().join("directors").join(name);
        if !directory.exists() {
            std::fs::create_dir_all(&directory)?;
            symlink(self.state.path().join("bin"), directory.join("bin"))?;
        }
        let conf = directory.join("lvs.cf");
        std::fs::write(&conf, lvs_cf(self.plan, "") + &virtuals(self.plan))?;
        let conf = conf.display().to_string();
        let host = self.lab.host(name)?;
        let further = ["--config", conf.as_str()];
        let mut director = Director::spawn(host, &directory, self.plan.director_interfaces(), &further)?;
        director.wait_ready(host)?;
        self.directors.insert(name, director);
        Ok(())
    }

    fn end(&mut self, name: &'static str, signal: Signal) -> Result<()> {
        let mut director = self.directors.remove(name).context("a director")?;
        director.signal(signal)?;
        director.wait(PATIENCE)?;
        Ok(())
    }

    fn is_active(&self, name: &str) -> Result<bool> {
        let director = self.directors.get(name).context("a director")?;
        let output = director.output(self.lab.host(name)?, "ulvs", &["status", "-j"])?;
        let status: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        Ok(status["virtual_routers"][0]["role"] == "master")
    }

    fn wait(&self, what: &str, is_so: impl Fn(&Self) -> Result<bool>) -> Result<()> {
        let begun = Instant::now();
        while !is_so(self)? {
            if begun.elapsed() > PATIENCE {
                bail!("{what}: not within {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// What the director said, at its time of day.
    fn keep_log(&self, name: &str) -> Result<()> {
        let log = self.directors.get(name).context("a director")?.log();
        let midnight = since_1970().as_secs() / 86_400 * 86_400;
        for line in log.lines().filter(|line| TOLD.iter().any(|told| line.contains(told))) {
            let Some((head, text)) = line.split_once("Z ") else { continue };
            let Some(at) = head.split_once('T').and_then(|(_, time)| of_day(time)) else { continue };
            let text = text.trim_start().split_once(' ').map_or(text, |(_, text)| text);
            if let Ok(mut moments) = self.moments.lock() {
                moments.push((Duration::from_secs(midnight) + at, format!("{:<9} {text}", shown(name))));
            }
        }
        Ok(())
    }

    fn logs(&self) -> String {
        self.directors.iter().map(|(name, own)| format!("{}:\n{}\n", shown(name), own.log_tail())).collect()
    }
}

/// What was seen on the wire.
struct Seen<'s> {
    frames: &'s [Crossing],
    plan: &'s Plan,
    steps: Steps,
}

impl Seen<'_> {
    fn arps(&self, of: usize) -> Vec<Duration> {
        arps(self.frames, of, &self.plan.service.ip().to_string(), ROUTER)
    }

    /// The last heartbeat before this moment, and the first ARP reply of the other one behind it.
    fn take_over(&self, from: usize, at: Duration) -> Option<(Duration, Duration)> {
        let last =
            beats(self.frames, from).into_iter().map(|(at, _)| at).rfind(|beat| *beat <= at + SLACK)?;
        let first = self.arps(1 - from).into_iter().find(|arp| *arp > last)?;
        Some((last, first))
    }

    fn moments(&self) -> Vec<Moment> {
        let mut moments = Vec::new();
        for (of, name) in NAMES.iter().enumerate() {
            let mut before = None;
            for (at, word) in beats(self.frames, of) {
                if before.replace(word.clone()).as_ref() != Some(&word) {
                    let meaning = if word == RUNNING { "active" } else { "not active" };
                    moments.push((at, format!("{:<9} heartbeat: {meaning}", shown(name))));
                }
            }
            let mut last: Option<Duration> = None;
            for at in self.arps(of) {
                if last.is_none_or(|last| at - last > 2 * KEEPALIVE) {
                    moments.push((at, format!("{:<9} ARP: the VIP is at {}", shown(name), super::MACS[of])));
                }
                last = Some(at);
            }
        }
        for (what, from, at) in [("kill -9", 0, self.steps.killed), ("SIGTERM", 1, self.steps.ended)] {
            if let Some((last, first)) = self.take_over(from, at) {
                let text =
                    format!("{:<9} {:.3} s of silence since the {what}", "", (first - last).as_secs_f64());
                moments.push((first, text));
            }
        }
        moments
    }

    fn promises(&self, requests: &[(Duration, bool)]) -> Vec<Promise> {
        let Steps { killed, returned, ended, begun_again, cut, healed, over } = self.steps;
        let all: Vec<_> = (0..2).flat_map(|of| beats(self.frames, of)).collect();
        let others = all.iter().filter(|(_, word)| *word != RUNNING && *word != STOPPED).count();
        let running = |of: usize, from: Duration, to: Duration| {
            beats(self.frames, of)
                .iter()
                .filter(|(at, word)| *word == RUNNING && (from..to).contains(at))
                .count()
        };
        let silence = |from: usize, at: Duration| match self.take_over(from, at) {
            Some((last, first)) if (DEADTIME - SLACK..DEADTIME + KEEPALIVE).contains(&(first - last)) => None,
            Some((last, first)) => Some(format!("{:?}", first - last)),
            None => Some("nobody took over".to_owned()),
        };
        let count = |of: usize, from: Duration, to: Duration| {
            self.arps(of).iter().filter(|at| (from..to).contains(*at)).count()
        };
        let unless = |is_so: bool, seen: String| (!is_so).then_some(seen);
        let second = Duration::from_secs(1);
        // Behind a take-over the neighbours know it, and nothing is lost any more.
        let calm = [(killed + 5 * second, ended), (ended + 5 * second, cut), (healed + 6 * second, over)];
        let lost = requests.iter().filter(|(at, is_answered)| {
            !is_answered && calm.iter().any(|(from, to)| (*from..*to - ANSWER).contains(at))
        });
        let lost = lost.count();
        let early = running(1, Duration::ZERO, killed);
        let both = running(0, returned, ended);
        let again = count(0, healed, over);
        let five = [count(1, killed, returned), count(0, ended, begun_again)];
        let last_word = beats(self.frames, 1).into_iter().rfind(|(at, _)| *at < ended + 2 * second);
        let promise = |text, broken| Promise { text, broken };
        vec![
            promise(
                "each heartbeat is one of the two words",
                unless(others == 0, format!("{others} others")),
            ),
            promise(
                "of two that start together the primary is active, and the backup never was",
                unless(early == 0 && running(0, Duration::ZERO, killed) > 0, format!("{early} heartbeats")),
            ),
            promise(
                "after kill -9 the backup takes over when deadtime is over, and not before",
                silence(0, killed),
            ),
            promise(
                "a primary that returns stays in reserve",
                unless(both == 0, format!("{both} heartbeats")),
            ),
            promise(
                "there is no farewell: the last word of one that ends is that it is active",
                unless(
                    last_word.as_ref().is_some_and(|(_, word)| *word == RUNNING),
                    format!("{last_word:?}"),
                ),
            ),
            promise(
                "after SIGTERM the primary takes over when deadtime is over, and not before",
                silence(1, ended),
            ),
            promise(
                "each take-over is told by five ARP replies",
                unless(five == [5, 5], format!("{five:?}")),
            ),
            promise(
                "of two that are active after a partition the backup gives way",
                unless(running(1, healed + 3 * second, over) == 0, "it is still active".to_owned()),
            ),
            promise(
                "and the primary tells its neighbours again",
                unless((5..=10).contains(&again), format!("{again} ARP replies")),
            ),
            promise(
                "all requests are answered, but for those between a death and the end of deadtime",
                unless(lost == 0, format!("{lost} of {} are lost elsewhere", requests.len())),
            ),
        ]
    }
}

/// When answers cease, and when they come again.
fn answers(requests: &[(Duration, bool)]) -> Vec<Moment> {
    let mut moments = Vec::new();
    let (mut was_answered, mut lost, mut since) = (false, 0, None);
    for (at, is_answered) in requests {
        match (was_answered, *is_answered) {
            (true, false) => (lost, since) = (1, Some(*at)),
            (false, false) => lost += 1,
            (false, true) => {
                let gap = since.map_or_else(String::new, |since| {
                    format!(" after {:.3} s, {lost} requests lost", (*at - since).as_secs_f64())
                });
                moments.push((*at, format!("{:<9} answered{gap}", CLIENT)));
            }
            (true, true) => {}
        }
        if was_answered && !is_answered {
            moments.push((*at, format!("{:<9} no answer", CLIENT)));
        }
        was_answered = *is_answered;
    }
    moments
}

/// In the order of time, from the first on.
fn show(mut moments: Vec<Moment>, say: fn(&str)) {
    moments.sort();
    let first = moments.first().map_or(Duration::ZERO, |(at, _)| *at);
    for (at, text) in moments {
        say(&format!("{:>9.3} s  {text}\n", (at - first).as_secs_f64()));
    }
}

fn shown(name: &str) -> &'static str {
    if name == DIRECTOR { "primary" } else { "backup" }
}

/// `19:07:36.778764` as time since midnight.
fn of_day(time: &str) -> Option<Duration> {
    let mut parts = time.split(':');
    let (hours, minutes) = (parts.next()?.parse::<u64>().ok()?, parts.next()?.parse::<u64>().ok()?);
    let seconds = parts.next()?.parse::<f64>().ok()?;
    Some(Duration::from_secs(hours * 3600 + minutes * 60) + Duration::try_from_secs_f64(seconds).ok()?)
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
