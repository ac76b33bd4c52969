//! What happened when: the lab's own steps between what the wire shows.

use super::seen::{Seen, Sight, first};
use super::site::{DIRECTORS, down_interval};
use std::time::Duration;

/// Something that the lab did.
#[derive(Clone, Debug)]
pub struct Step {
    /// Since the Unix epoch.
    pub at: Duration,
    /// What, as it is told.
    pub text: String,
}

/// A director's time as master, by its adverts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reign {
    /// Who.
    pub director: &'static str,
    /// Its first advert.
    pub from: Duration,
    /// Its last one.
    pub to: Duration,
    /// The last one said that it ends.
    pub resigned: bool,
}

/// All reigns, in the order in which they began. One ends by an advert of priority 0, or when nothing is heard for as long as
/// a backup waits.
pub fn reigns(seen: &[Seen]) -> Vec<Reign> {
    let mut reigns: Vec<Reign> = Vec::new();
    let patience =
        DIRECTORS.iter().enumerate().map(|(number, _)| down_interval(number)).max().unwrap_or_default();
    for sight in seen {
        let Sight::Advert(director, priority) = sight.what else { continue };
        let last = reigns.iter_mut().rev().find(|reign| reign.director == director);
        match last {
            Some(reign) if !reign.resigned && sight.at.saturating_sub(reign.to) <= patience => {
                reign.to = sight.at;
                reign.resigned = priority == 0;
            }
            _ if priority > 0 => {
                reigns.push(Reign { director, from: sight.at, to: sight.at, resigned: false });
            }
            _ => {}
        }
    }
    reigns
}

/// The last packet through one director and the first through another, from a moment on.
pub fn gap(seen: &[Seen], from: &str, to: &str, at: Duration) -> Option<(Duration, Duration)> {
    let through =
        |name: &str, sight: &Sight| matches!(sight, Sight::Forwards(director, _) if *director == name);
    let first = first(seen, at, |sight| through(to, sight))?;
    let last = seen.iter().rev().find(|seen| seen.at <= first && through(from, &seen.what))?.at;
    Some((last, first))
}

/// Everything in the order of time, a line each.
pub fn lines(steps: &[Step], seen: &[Seen]) -> Vec<String> {
    let mut told: Vec<(Duration, String)> =
        steps.iter().map(|step| (step.at, format!("* {}", step.text))).collect();
    let reigns = reigns(seen);
    let end = seen.last().map_or(Duration::ZERO, |seen| seen.at);
    for reign in &reigns {
        let name = reign.director;
        told.push((reign.from, format!("  {name} is master: its first advert")));
        if let Some(at) = first(seen, reign.from, |sight| *sight == Sight::Claims(name)) {
            told.push((at, format!("  {name} says that the VIP is with it")));
        }
        let forwards = |sight: &Sight| matches!(sight, Sight::Forwards(director, _) if *director == name);
        if let Some(at) = first(seen, reign.from, forwards) {
            told.push((at, format!("  {name} forwards its first packet")));
        }
        if reign.resigned {
            told.push((reign.to, format!("  {name} says that it ends (an advert of priority 0)")));
        } else if end.saturating_sub(reign.to) > down_interval(1) {
            told.push((reign.to, format!("  {name}'s last advert")));
        }
    }
    told.sort_by_key(|(at, _)| *at);
    let begin = told.first().map_or(Duration::ZERO, |(at, _)| *at);
    told.into_iter().map(|(at, text)| format!("{:>9.3} s  {text}\n", (at - begin).as_secs_f64())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64, what: Sight) -> Seen {
        Seen { at: Duration::from_millis(millis), what }
    }

    fn reign(director: &'static str, from: u64, to: u64, resigned: bool) -> Reign {
        Reign { director, from: Duration::from_millis(from), to: Duration::from_millis(to), resigned }
    }

    #[test]
    fn silence_and_a_farewell_end_a_reign() {
        let mut seen: Vec<_> = (0..5).map(|number| at(number * 200, Sight::Advert("d1", 150))).collect();
        seen.extend((0..5).map(|number| at(1500 + number * 200, Sight::Advert("d2", 100))));
        seen.push(at(2350, Sight::Advert("d2", 0)));
        seen.push(at(2360, Sight::Advert("d1", 150)));
        assert_eq!(
            reigns(&seen),
            [reign("d1", 0, 800, false), reign("d2", 1500, 2350, true), reign("d1", 2360, 2360, false)]
        );
    }

    #[test]
    fn two_may_reign_at_once() {
        let both = (0..10).flat_map(|number| {
            [at(number * 200, Sight::Advert("d1", 150)), at(number * 200 + 9, Sight::Advert("d2", 100))]
        });
        assert_eq!(
            reigns(&both.collect::<Vec<_>>()),
            [reign("d1", 0, 1800, false), reign("d2", 9, 1809, false)]
        );
    }

    #[test]
    fn a_gap_is_from_the_last_packet_to_the_first() {
        let seen = [(10, "d1"), (120, "d1"), (900, "d2"), (910, "d2"), (920, "d1")]
            .map(|(millis, director)| at(millis, Sight::Forwards(director, 1)));
        let gap = gap(&seen, "d1", "d2", Duration::from_millis(100));
        assert_eq!(gap, Some((Duration::from_millis(120), Duration::from_millis(900))));
    }
}
