//! A better one that comes back, and is not to take over, or not at once.

use super::duo::HOSTS;
use super::end::{Program, now};
use super::kind::{Kind, PATIENT};
use super::story::Story;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;

/// One that does not preempt, or only after a while, comes back.
pub fn run(programs: [Program; 2]) -> Result<String> {
    let mut story = Story::idle(programs, &PATIENT)?;
    // The better one is there first: it could not take over from the other.
    story.duo.start(0)?;
    story.duo.until_role(0, "master")?;
    story.duo.start(1)?;
    story.is_settled(0)?;
    story.kill()?;
    story.chapter();
    story.duo.until_heard(1, story.mark, 1)?;
    let began = now();
    story.duo.start(0)?;
    story.duo.until("one of two preempts", || {
        let roles = |place: usize| story.duo.ends[place].roles(story.duo.host(place)?);
        let (first, second) = (roles(0)?, roles(1)?);
        let are = |roles: &BTreeMap<String, String>, never: &str, later: &str| {
            roles.get("NEVER").is_some_and(|is| is == never)
                && roles.get("LATER").is_some_and(|is| is == later)
        };
        Ok(are(&first, "backup", "master") && are(&second, "master", "backup"))
    })?;
    let later = |kind: &Kind| kind.name == "LATER";
    story.masters_were(&[1], |kind| !later(kind))?;
    story.masters_were(&[1, 0], later)?;
    let adverts = story.duo.adverts(began);
    let first = adverts.iter().find(|advert| advert.host == HOSTS[0]).context("it says nothing")?;
    let waited = first.at.saturating_sub(began);
    ensure!(waited.as_secs() >= 2, "took over after {waited:?}");
    story.told.push("back: nopreempt stays backup; preempt_delay 2 waits for it".to_owned());
    Ok(story.told.join("\n"))
}
