//! A document being followed: its network running, its commands given on its machines, what it shows compared with what
//! is seen.

use super::furnish::Root;
use super::listing;
use super::site::Site;
use super::tools::HOSTNAME;
use super::web::Web;
use crate::actor::greeter::Greeter;
use crate::capture::Capture;
use crate::director::{self, Director};
use crate::enter::Place;
use crate::host::Host;
use crate::lab::Lab;
use crate::narrate::Ink;
use crate::promise::Promise;
use crate::sandbox::Privilege;
use crate::state::State;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often what is waited for is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Where commands are found: [`crate::howto::tools`] stand in the first of these.
const PATH: &str = "/sbin:/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin:/bin";

/// How a document is to be followed.
#[derive(Clone, Debug)]
pub struct Wish {
    /// This scheduler instead of the document's: then it shows what is promised no longer.
    pub scheduler: Option<String>,
    /// The lab's own web servers also where nginx is installed.
    pub own_servers: bool,
    /// Where to write a capture per host of the first request.
    pub pcap: Option<PathBuf>,
    /// How changes are marked.
    pub ink: Ink,
    /// Where what is told goes.
    pub say: fn(&str),
}

/// The running network. Fields are dropped in this order: directors first, the network last.
pub struct Course<'a> {
    pub(super) directors: BTreeMap<String, Director>,
    pub(super) webs: BTreeMap<String, Web>,
    pub(super) greeters: Vec<Greeter>,
    pub(super) capture: Capture,
    roots: BTreeMap<String, Root>,
    pub(super) lab: Lab,
    pub(super) state: &'a State,
    pub(super) site: Site,
    pub(super) wish: &'a Wish,
    scheduler: &'static str,
    pub(super) promises: Vec<Promise>,
}

impl<'a> Course<'a> {
    /// Builds the network. `scheduler` is the document's.
    ///
    /// # Errors
    /// Names what could not be built.
    pub fn start(site: Site, scheduler: &'static str, wish: &'a Wish, state: &'a State) -> Result<Self> {
        let lab = Lab::build(site.plan.topology.clone())?;
        let mut roots = BTreeMap::new();
        for host in lab.hosts() {
            let directory = state.path().join("hosts").join(host.name());
            roots.insert(host.name().to_owned(), Root::new(host, &directory, &state.path().join("bin"))?);
        }
        lab.wait_running()?;
        let capture = Capture::start(&lab)?;
        capture.pause();
        Ok(Self {
            directors: BTreeMap::new(),
            webs: BTreeMap::new(),
            greeters: Vec::new(),
            capture,
            roots,
            lab,
            state,
            site,
            wish,
            scheduler,
            promises: Vec::new(),
        })
    }

    /// A headline.
    pub fn headline(&self, text: &str) {
        (self.wish.say)(&self.wish.ink.headline(text));
    }

    /// Tells something.
    pub fn say(&self, text: &str) {
        (self.wish.say)(text);
    }

    /// Why, in lines of their own.
    pub fn why(&self, text: &str) {
        self.say(&format!("{}\n", text.trim_end()));
    }

    /// A promise of the document, and whether it was kept.
    pub fn promise(&mut self, text: &'static str, seen: Result<(), String>) {
        self.promises.push(Promise { text, broken: seen.err() });
    }

    /// The network.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// A host.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn host(&self, host: &str) -> Result<&Host> {
        self.lab.host(host)
    }

    /// The director on a host.
    ///
    /// # Errors
    /// None runs there.
    pub fn director(&self, host: &str) -> Result<&Director> {
        self.directors.get(host).with_context(|| format!("no director runs on {host}"))
    }

    /// The VIP with a port.
    pub fn vip(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.site.plan.service.ip(), port)
    }

    /// The document's text, with the scheduler that is wished for.
    fn wished(&self, text: &str) -> String {
        match &self.wish.scheduler {
            None => text.to_owned(),
            Some(other) => replace_word(text, self.scheduler, other),
        }
    }

    /// Writes a file of the document on a host, and shows it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn file(&self, host: &str, path: &str, text: &str) -> Result<()> {
        let text = self.wished(text);
        self.say(&format!("{} on {}:\n", path, self.site.name(host)));
        for line in text.lines() {
            self.say(&format!("  | {line}\n"));
        }
        self.root(host)?.write(path, &text)
    }

    /// Writes a file on a host, and says nothing.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn quiet_file(&self, host: &str, path: &str, text: &str) -> Result<()> {
        self.root(host)?.write(path, &self.wished(text))
    }

    /// What a file on a host says; nothing if it is not there.
    ///
    /// # Errors
    /// There is no such host.
    pub fn read(&self, host: &str, path: &str) -> Result<String> {
        let path = self.root(host)?.at(path.as_ref());
        Ok(std::fs::read_to_string(path).unwrap_or_default())
    }

    pub(super) fn root(&self, host: &str) -> Result<&Root> {
        self.roots.get(host).with_context(|| format!("no host {host}"))
    }

    /// Shows the prompt of a machine with a command.
    pub fn prompt(&self, host: &str, command: &str) {
        self.say(&format!("[root@{} ~]# {command}\n", self.site.name(host)));
    }

    /// Gives a command on a host, and shows it with what it says; that, and whether it succeeded.
    ///
    /// # Errors
    /// It could not be started.
    pub fn shell(&self, host: &str, command: &str) -> Result<(String, bool)> {
        let command = self.wished(command);
        self.prompt(host, &command);
        let (said, done) = self.run(host, &command)?;
        self.say(&said);
        Ok((said, done))
    }

    /// As [`Self::shell`]; a command that fails ends the lab.
    ///
    /// # Errors
    /// It failed.
    pub fn must(&self, host: &str, command: &str) -> Result<String> {
        let (said, done) = self.shell(host, command)?;
        ensure!(done, "`{command}` failed on {}", self.site.name(host));
        Ok(said)
    }

    /// Gives a command on a host, and shows nothing.
    ///
    /// # Errors
    /// It could not be started.
    pub fn run(&self, host: &str, line: &str) -> Result<(String, bool)> {
        // The documents' shell is bash; what they use of it, every other understands as well.
        let (mut reader, writer) = std::io::pipe()?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]).current_dir(self.root(host)?.at("/home".as_ref()));
        command.env("PATH", PATH).env("LC_ALL", "C").env(HOSTNAME, self.site.name(host));
        if let Some(director) = self.directors.get(host) {
            command.env("ULVS_SOCKET", director.socket());
        }
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let mut child = self.host(host)?.spawn(command)?;
        let mut said = Vec::new();
        reader.read_to_end(&mut said)?;
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok((said, child.wait()?.success()))
    }

    /// Waits until a listing is the document's, and shows it; what differs if it never is.
    ///
    /// # Errors
    /// The command cannot be started.
    pub fn listing(
        &self,
        host: &str,
        command: &str,
        document: &str,
        patience: Duration,
    ) -> Result<Result<(), String>> {
        let begun = Instant::now();
        loop {
            let (listing, done) = self.run(host, command)?;
            let verdict = if done { listing::same(document, &listing) } else { Err(listing.clone()) };
            if verdict.is_ok() || begun.elapsed() > patience {
                if begun.elapsed() > Duration::from_secs(1) {
                    self.say(&format!("  ({} s later)\n", begun.elapsed().as_secs()));
                }
                self.prompt(host, command);
                self.say(&listing);
                return Ok(verdict);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Whether a director's log has lines that end so, in this order; shows those that it has, behind the document's
    /// command.
    ///
    /// # Errors
    /// No director runs there.
    pub fn log_has(&self, host: &str, command: &str, wanted: &[&str]) -> Result<Result<(), String>> {
        self.prompt(host, command);
        self.say("  here: the director's own log\n");
        let log = self.director(host)?.log();
        let mut lines = log.lines();
        for wanted in wanted {
            match lines.find(|line| line.contains(wanted)) {
                Some(line) => self.say(&format!("{line}\n")),
                None => return Ok(Err(format!("no `{wanted}` there"))),
            }
        }
        Ok(Ok(()))
    }

    /// As [`Self::log_has`], once the director has said it, or it is too late for that.
    ///
    /// # Errors
    /// No director runs there.
    pub fn wait_for_log(
        &self,
        host: &str,
        wanted: &[&str],
        patience: Duration,
    ) -> Result<Result<(), String>> {
        let begun = Instant::now();
        let is_there = |log: &str| wanted.iter().all(|line| log.contains(line));
        while !is_there(&self.director(host)?.log()) && begun.elapsed() < patience {
            std::thread::sleep(LOOK);
        }
        if begun.elapsed() > Duration::from_secs(1) {
            self.say(&format!("  ({} s later)\n", begun.elapsed().as_secs()));
        }
        self.log_has(host, "grep pulse /var/log/messages", wanted)
    }

    /// How to get at the lab by hand, while it stays up.
    ///
    /// # Errors
    /// No director runs any longer.
    pub fn how_to_enter(&self, privilege: Privilege) -> Result<String> {
        let (host, director) = self.directors.first_key_value().context("no director runs")?;
        let place = Place { lab: &self.lab, director, host, has_mounts: true };
        place.how_to_enter(self.site.plan.service, self.state, privilege)
    }

    /// All directors' last words.
    pub fn logs(&self) -> String {
        self.directors.values().map(director::Director::log_tail).collect::<Vec<_>>().join("\n")
    }
}

/// Replaces a word that stands by itself.
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut new = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, found) = rest.split_at(at);
        let after = &found[word.len()..];
        new.push_str(before);
        let is_whole = !new.ends_with(is_part) && !after.starts_with(is_part);
        new.push_str(if is_whole { by } else { word });
        rest = after;
    }
    new + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_replaced_whole() {
        assert_eq!(replace_word("-s rr\nwrr error rr", "rr", "sh"), "-s sh\nwrr error sh");
        assert_eq!(replace_word("scheduler='wrr'", "wrr", "rr"), "scheduler='rr'");
    }
}
