//! What may happen to a master: killed, back again, stopped for a while, cut off, ended; and who is master then.

use super::PATIENCE;
use super::duo::HOSTS;
use super::end::Program::Ulvs;
use super::end::{Program, now};
use super::kind::{ALL, CLAIMED, Kind, PRIORITIES, config};
use super::story::Story;
use super::wire::{self, Advert};
use crate::programs::{command, output};
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use std::collections::BTreeMap;
use testnet::capture::write_pcaps;

pub fn two_ulvs() -> Result<String> {
    let mut story = Story::begin([Ulvs, Ulvs], &ALL)?;
    story.kill()?;
    story.comes_back()?;
    story.sleeps()?;
    story.is_parted()?;
    story.group_follows()?;
    story.reads_anew()?;
    story.stops()?;
    story.is_decoded()?;
    story.end()
}

pub fn claimed() -> Result<String> {
    let mut story = Story::begin([Ulvs, Ulvs], &CLAIMED)?;
    story.kill()?;
    story.comes_back()?;
    story.sleeps()?;
    story.is_parted()?;
    story.loses_its_link()?;
    story.stops()?;
    story.end()
}

/// `programs`: of which one is keepalived.
pub fn with_keepalived(programs: [Program; 2]) -> Result<String> {
    let mut story = Story::begin(programs, &ALL)?;
    story.kill()?;
    story.comes_back()?;
    story.is_parted()?;
    story.group_follows()?;
    story.stops()?;
    story.end()
}

impl Story {
    pub fn kill(&mut self) -> Result<()> {
        self.chapter();
        self.duo.until_heard(0, self.mark, 1)?;
        self.duo.ends[0].kill()?;
        self.duo.until_role(1, "master")?;
        self.duo.until_heard(1, self.mark, 1)?;
        let late = self.gaps(Kind::master_down)?;
        self.masters_were(&[0, 1], |_| true)?;
        self.duo.until_told(1)?;
        self.duo.all_answer(1)?;
        self.neighbours_are_told(1, 10)?;
        self.told.push(format!(
            "killed: taken over after 3 intervals and the skew, at most {late:.0?} later; 5 + 5 told"
        ));
        Ok(())
    }

    fn comes_back(&mut self) -> Result<()> {
        self.chapter();
        self.duo.until_heard(1, self.mark, 1)?;
        self.duo.start(0)?;
        self.duo.until_role(0, "master")?;
        self.is_settled(0)?;
        self.masters_were(&[1, 0], |_| true)?;
        if self.duo.ends[0].program == Ulvs && !self.duo.kinds.iter().any(|kind| kind.is_claimed) {
            ensure!(self.duo.ends[0].count("of a director that died here are taken away") == 1);
        }
        self.told.push("back: preempts".to_owned());
        Ok(())
    }

    /// SIGSTOP, and SIGCONT when another is master.
    fn sleeps(&mut self) -> Result<()> {
        self.chapter();
        self.duo.until_heard(0, self.mark, 1)?;
        self.duo.ends[0].signal(Signal::STOP)?;
        self.duo.until_role(1, "master")?;
        self.duo.until_told(1)?;
        let woken = now();
        self.duo.ends[0].signal(Signal::CONT)?;
        self.is_settled(0)?;
        self.masters_were(&[0, 1, 0], |_| true)?;
        let adverts = self.duo.adverts(woken);
        for kind in &self.duo.kinds {
            let mut own = adverts.iter().filter(|advert| advert.vrid == kind.vrid && advert.host == HOSTS[0]);
            let first = own.next().context("it says nothing")?.at.saturating_sub(woken);
            ensure!(first >= kind.interval(), "{}: advertises {first:?} after it woke", kind.name);
        }
        let listens = self.duo.ends[0].count("others have taken over, listening first");
        // Of a group one says so, and the others follow it.
        let alone = self.duo.kinds.iter().filter(|kind| !kind.is_grouped).count();
        ensure!(listens == alone + usize::from(alone < self.duo.kinds.len()), "{listens} listen first");
        self.told.push(format!("stopped and woken: {listens} of {listens} listen for an interval first"));
        Ok(())
    }

    /// Nothing passes between the two, and both are master; then there is one again, and who follows the other learns it.
    fn is_parted(&mut self) -> Result<()> {
        self.chapter();
        self.duo.part(0, true)?;
        self.duo.until_role(1, "master")?;
        self.duo.until_told(1)?;
        self.duo.all_answer(1)?;
        self.duo.until_role(0, "master")?;
        self.chapter();
        self.duo.part(0, false)?;
        self.duo.until_role(1, "backup")?;
        self.is_settled(0)?;
        let count = |kind: &Kind| wire::announced(&self.duo.frames(self.mark), HOSTS[0], kind.vip()).len();
        self.duo
            .until("neighbours are told anew", || Ok(self.duo.kinds.iter().all(|kind| count(kind) >= 5)))?;
        let heard_lower = "lower priority 100, ours 150";
        self.duo.until("the first one heard the lower one", || {
            Ok(self.duo.ends[0].count(heard_lower) >= self.duo.kinds.len())
        })?;
        self.chapter();
        self.duo.until_heard(0, self.mark, 2)?;
        self.masters_were(&[0], |_| true)?;
        self.told.push("parted: two masters; healed: one, and neighbours are told".to_owned());
        Ok(())
    }

    /// The link is pulled out: at fault, and back when it is in again.
    fn loses_its_link(&mut self) -> Result<()> {
        self.chapter();
        self.duo.until_heard(0, self.mark, 1)?;
        self.duo.pull(0, true)?;
        self.duo.until_role(0, "fault")?;
        self.duo.until_role(1, "master")?;
        let status = self.duo.ends[0].status(self.duo.host(0)?)?;
        for kind in &self.duo.kinds {
            let reasons = &status[kind.name]["reasons"];
            ensure!(reasons[0] == "interface eth0 is not ready", "{}: {reasons}", kind.name);
        }
        self.duo.addresses_are_on(1)?;
        self.duo.all_answer(1)?;
        self.duo.pull(0, false)?;
        self.is_settled(0)?;
        self.masters_were(&[0, 1, 0], |_| true)?;
        self.told.push("link out: at fault; in: master again".to_owned());
        Ok(())
    }

    /// What one of the group needs is gone: both go, and both come back. The others stay.
    fn group_follows(&mut self) -> Result<()> {
        self.chapter();
        self.duo.until_heard(0, self.mark, 1)?;
        self.duo.set_other(0, "down")?;
        let until = |place: usize, role: &str| {
            self.duo.until(&format!("the group is {role}"), || {
                let roles = self.duo.ends[place].roles(self.duo.host(place)?)?;
                let mut grouped = self.duo.kinds.iter().filter(|kind| kind.is_grouped);
                Ok(grouped.all(|kind| roles.get(kind.name).is_some_and(|is| is == role)))
            })
        };
        until(0, "fault")?;
        until(1, "master")?;
        self.duo.set_other(0, "up")?;
        until(0, "master")?;
        self.is_settled(0)?;
        self.masters_were(&[0, 1, 0], |kind| kind.is_grouped)?;
        self.masters_were(&[0], |kind| !kind.is_grouped)?;
        self.told.push("a member's interface down: its group follows, the others stay".to_owned());
        Ok(())
    }

    /// Another priority, by a reload: nothing else changes.
    fn reads_anew(&mut self) -> Result<()> {
        self.chapter();
        let before = self.duo.ends[0].states().len();
        let (old, new) = (format!("priority {}\n", PRIORITIES[0]), "priority 149\n");
        self.duo.ends[0].configure(&config(&self.duo.kinds, 0).replace(&old, new))?;
        self.duo.ends[0].reload(self.duo.host(0)?)?;
        self.duo.until("the priority is heard", || {
            let adverts = self.adverts();
            Ok(self
                .duo
                .kinds
                .iter()
                .all(|kind| adverts.iter().any(|advert| advert.vrid == kind.vrid && advert.priority == 149)))
        })?;
        ensure!(self.adverts().iter().all(|advert| advert.priority >= 149), "somebody else advertises");
        ensure!(self.duo.ends[0].states().len() == before, "{:?}", self.duo.ends[0].states());
        self.is_settled(0)?;
        self.told.push("reload: another priority, the same master".to_owned());
        Ok(())
    }

    /// tshark finds nothing wrong with what passed, and reads what we read.
    fn is_decoded(&mut self) -> Result<()> {
        let mut frames = self.duo.frames(std::time::Duration::ZERO);
        frames.retain(|frame| wire::is_advert(&frame.bytes));
        let directory = self.duo.directory.path().join("pcap");
        write_pcaps(&directory, &frames, |host| self.duo.lab.topology().is_switch(host))?;
        let pcap = directory.join("second.pcap");
        let tshark = |args: &[&str]| {
            let mut tshark = command("tshark");
            tshark.arg("-r").arg(&pcap).args(["-o", "ip.check_checksum:TRUE"]).args(args);
            let done = output(self.duo.host(1)?, tshark, PATIENCE)?;
            ensure!(done.status.success(), "tshark: {}", String::from_utf8_lossy(&done.stderr));
            anyhow::Ok(String::from_utf8_lossy(&done.stdout).into_owned())
        };
        let bad =
            tshark(&["-Y", "_ws.malformed or _ws.expert.severity >= 0x600000 or ip.checksum.status == 0"])?;
        ensure!(bad.is_empty(), "tshark: {bad}");
        let rows =
            tshark(&["-Y", "vrrp", "-T", "fields", "-e", "vrrp.virt_rtr_id", "-e", "vrrp.checksum.status"])?;
        let mut read: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows.lines() {
            let (vrid, status) = row.split_once('\t').context("two fields")?;
            ensure!(matches!(status, "1" | "Good"), "a checksum is not good: {row}");
            *read.entry(vrid).or_default() += 1;
        }
        let passed = |frame: &&testnet::capture::Crossing| {
            [&frame.from.host, &frame.to.host].iter().any(|host| **host == HOSTS[1])
        };
        for kind in &self.duo.kinds {
            let vrid = |frame: &&testnet::capture::Crossing| wire::vrid(&frame.bytes) == Some(kind.vrid);
            let ours = frames.iter().filter(passed).filter(vrid).count();
            let theirs = read.get(kind.vrid.to_string().as_str()).copied().unwrap_or(0);
            ensure!(ours == theirs && ours > 0, "{}: {ours} adverts, tshark reads {theirs}", kind.name);
        }
        self.told.push(format!("tshark: {} adverts, all checksums good", rows.lines().count()));
        Ok(())
    }

    /// A clean stop.
    fn stops(&mut self) -> Result<()> {
        self.chapter();
        self.duo.until_heard(0, self.mark, 1)?;
        self.duo.ends[0].stop()?;
        self.duo.until_role(1, "master")?;
        self.duo.until_heard(1, self.mark, 1)?;
        let late = self.gaps(Kind::skew)?;
        self.masters_were(&[0, 1], |_| true)?;
        let adverts = self.adverts();
        for kind in &self.duo.kinds {
            let farewell = |advert: &&Advert| {
                advert.vrid == kind.vrid && advert.host == HOSTS[0] && advert.priority == 0
            };
            let farewells = adverts.iter().filter(farewell).count();
            ensure!(farewells == 1, "{}: {farewells} farewells", kind.name);
        }
        self.duo.until_told(1)?;
        self.duo.all_answer(1)?;
        self.duo.addresses_are_on(1)?;
        self.told
            .push(format!("stopped: 1 farewell each, taken over after the skew, at most {late:.0?} later"));
        Ok(())
    }

    /// What was counted, and how it ends.
    fn end(mut self) -> Result<String> {
        if self.duo.ends[1].program == Ulvs {
            self.counters_are_right()?;
        }
        self.duo.ends[1].stop()?;
        self.duo.addresses_are_on(2)?;
        Ok(self.told.join("\n"))
    }
}
