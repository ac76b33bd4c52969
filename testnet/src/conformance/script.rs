//! Files of scenarios: read, and written back with other answers.
//!
//! ```text
//! # A comment. The recorder keeps the line `# Recorded from …` up to date.
//!
//! ## name-of-the-scenario
//! One sentence that states how IPVS behaves.
//! differs: name-of-a-section-of-docs/differences.md
//!
//! $ ipvsadm -A -t 10.9.0.100:80 -s rr
//! > gw tcp 172.16.0.5:40001 > 10.9.0.100:80 S
//!   rs1 tcp …                                    the kernel's answer, indented by two
//! ~ (nothing)                                    ours, where it differs
//! ```

use anyhow::{Context, Result, bail};
use ipnet::IpNet;
use std::net::IpAddr;

/// Beginning of the line that says who was asked.
pub const RECORDED: &str = "# Recorded from ";

/// One file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Lines before the first scenario, without [`RECORDED`]'s.
    pub header: Vec<String>,
    /// Who was asked: what follows [`RECORDED`]; empty if nobody yet.
    pub recorded: String,
    /// In the order of the file.
    pub scenarios: Vec<Scenario>,
}

/// One scenario.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// Short and unique in its file.
    pub name: String,
    /// Its line in the file, counted from 1.
    pub line: usize,
    /// How IPVS behaves: the lines below the name.
    pub statement: Vec<String>,
    /// The section of docs/differences.md that explains why ulvs differs.
    pub differs: Option<String>,
    /// Steps, comments, blank lines.
    pub items: Vec<Item>,
}

/// A line of a scenario with what belongs to it.
#[derive(Clone, Debug)]
pub enum Item {
    /// A comment or a blank line.
    Note(String),
    /// Something is done and answered.
    Step(Step),
}

/// Something is done and answered.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its line in the file, counted from 1.
    pub line: usize,
    /// As written.
    pub text: String,
    /// Standard input of the command.
    pub stdin: Vec<String>,
    /// What to do.
    pub action: Action,
    /// How often, each time with patterns expanded.
    pub times: u32,
    /// What the kernel answered.
    pub kernel: Vec<String>,
    /// What ulvs answers, where it is not the same.
    pub ours: Option<Vec<String>>,
}

/// What a step does. Text still has its patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `$ ipvsadm ARGS`.
    Ipvsadm(String),
    /// `$ sysctl NAME=VALUE`: below net/ipv4/vs.
    Sysctl(String, String),
    /// `$ sysctl NAME`: what it is now.
    Tunable(String),
    /// `$ mark add …`, as `ulvs mark` has it.
    Mark(String),
    /// `> FRAME`.
    Send(String),
    /// `picks N FRAME`: N frames (`times`); the answer is who got each.
    Picks(String),
    /// `conns`: the connections without their expiry, sorted.
    Conns,
    /// `timers`: the same with seconds left.
    Timers,
    /// `wait SECONDS`.
    Wait(u32),
    /// The host has other addresses, routes, …
    World(Change),
}

/// A change of the director's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// `vip ADDR`: one more virtual address (the kernel needs it on an interface).
    Vip(IpAddr),
    /// `local ADDR`: one more address of the host itself, for both.
    Local(IpAddr),
    /// `route NET via ADDR [mtu N]`.
    Route(IpNet, IpAddr, Option<u32>),
    /// `mtu N`: of the interface.
    Mtu(u32),
    /// `forwarding on|off`: does the host forward packets (both families).
    Forwarding(bool),
    /// `deliver mark N`: packets with this mark are delivered on the host, wherever they go to (the kernel's IPVS sees
    /// no others).
    Deliver(u32),
}

impl File {
    /// Reads a file's text.
    ///
    /// # Errors
    /// What is wrong, with the line.
    pub fn parse(text: &str) -> Result<Self> {
        let mut file = Self::default();
        for (number, line) in text.lines().enumerate() {
            file.take(number + 1, line).with_context(|| format!("line {}: {line}", number + 1))?;
        }
        for scenario in &file.scenarios {
            scenario.check().with_context(|| format!("line {}: {}", scenario.line, scenario.name))?;
        }
        for (at, scenario) in file.scenarios.iter().enumerate() {
            if file.scenarios.iter().take(at).any(|other| other.name == scenario.name) {
                bail!("line {}: there are two scenarios {}", scenario.line, scenario.name);
            }
        }
        Ok(file)
    }

    fn take(&mut self, number: usize, line: &str) -> Result<()> {
        if let Some(name) = line.strip_prefix("## ") {
            let name = name.trim().to_owned();
            if name.contains(char::is_whitespace) || name.contains(':') {
                bail!("the name of a scenario is one word, with - between its parts");
            }
            self.scenarios.push(Scenario { name, line: number, ..Scenario::default() });
            return Ok(());
        }
        let Some(scenario) = self.scenarios.last_mut() else {
            match line.strip_prefix(RECORDED) {
                Some(who) => self.recorded = who.to_owned(),
                None if line.is_empty() || line.starts_with('#') => self.header.push(line.to_owned()),
                None => bail!("before the first scenario there are comments only"),
            }
            return Ok(());
        };
        scenario.take(number, line)
    }

    /// The text of the file.
    pub fn render(&self) -> String {
        let mut out = String::new();
        let mut header = self.header.iter().map(String::as_str).collect::<Vec<_>>();
        while header.last().is_some_and(|line| line.is_empty()) {
            header.pop();
        }
        for line in header {
            out += &format!("{line}\n");
        }
        if !self.recorded.is_empty() {
            out += &format!("{RECORDED}{}\n", self.recorded);
        }
        for scenario in &self.scenarios {
            if !out.is_empty() {
                out += "\n";
            }
            scenario.render(&mut out);
        }
        out
    }
}

impl Scenario {
    fn take(&mut self, number: usize, line: &str) -> Result<()> {
        if self.items.is_empty() && !line.is_empty() {
            match line.strip_prefix("differs: ") {
                Some(name) => self.differs = Some(name.trim().to_owned()),
                None => self.statement.push(line.to_owned()),
            }
            return Ok(());
        }
        let last = match self.items.last_mut() {
            Some(Item::Step(step)) => Some(step),
            _ => None,
        };
        if let Some(answer) = line.strip_prefix("  ") {
            last.context("an answer without a step above it")?.kernel.push(answer.to_owned());
        } else if let Some(answer) = line.strip_prefix("~ ") {
            let step = last.context("an answer without a step above it")?;
            step.ours.get_or_insert_default().push(answer.to_owned());
        } else if let Some(input) = line.strip_prefix("| ").or_else(|| line.strip_prefix("|")) {
            let step = last.context("input without a command above it")?;
            if !matches!(step.action, Action::Ipvsadm(_)) || !step.kernel.is_empty() {
                bail!("input belongs directly below an ipvsadm line");
            }
            step.stdin.push(input.to_owned());
        } else if line.is_empty() || line.starts_with('#') {
            self.items.push(Item::Note(line.to_owned()));
        } else {
            let (action, times) = parse_step(line)?;
            let step = Step {
                line: number,
                text: line.to_owned(),
                stdin: Vec::new(),
                action,
                times,
                kernel: Vec::new(),
                ours: None,
            };
            self.items.push(Item::Step(step));
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        if self.statement.is_empty() {
            bail!("a scenario begins with a sentence that states the behaviour");
        }
        let differing = self.steps().any(|step| step.ours.is_some());
        if differing != self.differs.is_some() {
            bail!("`differs: NAME` and answers with ~ belong together");
        }
        if let Some(step) = self.steps().find(|step| step.ours.as_ref() == Some(&step.kernel)) {
            bail!("line {}: the answer with ~ is the kernel's own", step.line);
        }
        Ok(())
    }

    /// The steps in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.items.iter().filter_map(|item| match item {
            Item::Step(step) => Some(step),
            Item::Note(_) => None,
        })
    }

    /// The steps in order.
    pub fn steps_mut(&mut self) -> impl Iterator<Item = &mut Step> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Step(step) => Some(step),
            Item::Note(_) => None,
        })
    }

    /// Seconds that the kernel's side must wait, at least.
    pub fn waits(&self) -> u32 {
        let seconds = |step: &Step| match &step.action {
            Action::Wait(seconds) => *seconds,
            Action::Ipvsadm(args) if needs_estimate(args) => 3,
            _ => 0,
        };
        self.steps().map(seconds).sum()
    }

    fn render(&self, out: &mut String) {
        *out += &format!("## {}\n", self.name);
        for line in &self.statement {
            *out += &format!("{line}\n");
        }
        if let Some(name) = &self.differs {
            *out += &format!("differs: {name}\n");
        }
        let mut items: &[Item] = &self.items;
        while let [rest @ .., Item::Note(line)] = items
            && line.is_empty()
        {
            items = rest;
        }
        for item in items {
            match item {
                Item::Note(line) => *out += &format!("{line}\n"),
                Item::Step(step) => step.render(out),
            }
        }
    }
}

impl Step {
    fn render(&self, out: &mut String) {
        *out += &format!("{}\n", self.text);
        for line in &self.stdin {
            *out += format!("| {line}").trim_end();
            *out += "\n";
        }
        for line in &self.kernel {
            *out += &format!("  {line}\n");
        }
        for line in self.ours.iter().flatten() {
            *out += &format!("~ {line}\n");
        }
    }

    /// What ulvs is to answer.
    pub fn expected(&self) -> &[String] {
        self.ours.as_ref().unwrap_or(&self.kernel)
    }
}

/// True for listings of counters, and for their zeroing: the kernel folds them every two seconds, and neither shows nor
/// zeroes what came since.
pub fn needs_estimate(args: &str) -> bool {
    let mut words = args.split_whitespace();
    words.any(|word| ["--stats", "--rate", "-Z", "--zero"].contains(&word))
}

/// True for what may leave connections without a real server.
pub fn deletes(args: &str) -> bool {
    let mut words = args.split_whitespace();
    words.any(|word| ["-d", "-D", "-C", "--delete-server", "--delete-service", "--clear"].contains(&word))
}

fn parse_step(line: &str) -> Result<(Action, u32)> {
    if let Some(rest) = line.strip_prefix("repeat ") {
        let (times, rest) = count(rest)?;
        if !rest.starts_with("$ ipvsadm") && !rest.starts_with("> ") {
            bail!("only `$ ipvsadm …` and `> …` can be repeated");
        }
        return Ok((parse_step(rest)?.0, times));
    }
    if let Some(rest) = line.strip_prefix("picks ") {
        let (times, frame) = count(rest)?;
        return Ok((Action::Picks(frame.to_owned()), times));
    }
    if let Some(frame) = line.strip_prefix("> ") {
        return Ok((Action::Send(frame.to_owned()), 1));
    }
    if let Some(command) = line.strip_prefix("$ ") {
        let (program, args) = command.split_once(' ').unwrap_or((command, ""));
        let action = match program {
            "ipvsadm" => Action::Ipvsadm(args.to_owned()),
            "sysctl" => match args.split_once('=') {
                Some((name, value)) => Action::Sysctl(name.trim().to_owned(), value.trim().to_owned()),
                None => Action::Tunable(args.trim().to_owned()),
            },
            "mark" => Action::Mark(args.to_owned()),
            _ => bail!("commands are ipvsadm, sysctl and mark"),
        };
        return Ok((action, 1));
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let action = match words.as_slice() {
        ["conns"] => Action::Conns,
        ["timers"] => Action::Timers,
        ["wait", seconds] => Action::Wait(seconds.trim_end_matches('s').parse()?),
        ["vip", addr] => Action::World(Change::Vip(addr.parse()?)),
        ["local", addr] => Action::World(Change::Local(addr.parse()?)),
        ["mtu", bytes] => Action::World(Change::Mtu(bytes.parse()?)),
        ["forwarding", "on"] => Action::World(Change::Forwarding(true)),
        ["forwarding", "off"] => Action::World(Change::Forwarding(false)),
        ["deliver", "mark", mark] => Action::World(Change::Deliver(mark.parse()?)),
        ["route", net, "via", via] => Action::World(Change::Route(net.parse()?, via.parse()?, None)),
        ["route", net, "via", via, "mtu", mtu] => {
            Action::World(Change::Route(net.parse()?, via.parse()?, Some(mtu.parse()?)))
        }
        _ => bail!("no such step; see docs/conformance.md"),
    };
    Ok((action, 1))
}

fn count(text: &str) -> Result<(u32, &str)> {
    let (times, rest) = text.split_once(' ').context("how often?")?;
    let times = times.parse().context("how often?")?;
    if !(1..=5000).contains(&times) {
        bail!("from 1 to 5000 times");
    }
    Ok((times, rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# About rr.
# Recorded from nobody

## first
Real servers take turns.

$ ipvsadm -R
| -A -t 10.9.0.100:80 -s rr
picks 3 gw tcp 172.16.0.1:{1+} > 10.9.0.100:80 S
  1 2 1

## second
It differs.
differs: reason

# A comment.
> gw raw 0800
  (nothing)
~ rs1 raw
wait 3
";

    #[test]
    fn reading_and_writing_are_inverse() {
        let file = File::parse(TEXT).unwrap();
        assert_eq!(file.render(), TEXT);
        assert_eq!(file.scenarios[1].waits(), 3);
        assert_eq!(file.scenarios[0].steps().next().unwrap().stdin, ["-A -t 10.9.0.100:80 -s rr"]);
        assert_eq!(file.scenarios[1].steps().next().unwrap().expected(), ["rs1 raw"]);
    }

    #[test]
    fn what_does_not_belong_together() {
        for (from, to) in [
            ("differs: reason\n", ""),
            ("~ rs1 raw\n", ""),
            ("~ rs1 raw", "~ (nothing)"),
            ("## second", "## first"),
            ("wait 3", "wait"),
            ("Real servers take turns.\n", ""),
            ("  1 2 1", "1 2 1"),
        ] {
            assert_ne!(TEXT.replace(from, to), TEXT);
            assert!(File::parse(&TEXT.replace(from, to)).is_err(), "{from}");
        }
    }
}
