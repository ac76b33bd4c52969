//! What a service of these tests is, and what its table holds when all is said and done: a third opinion beside those of
//! the two programs.

use super::failures::{Fault, World};
use std::collections::BTreeMap;

/// Real servers of each service, and their weights. Behind them comes the one that serves when they do not.
pub const WEIGHTS: [i32; 3] = [1, 2, 3];
/// The name of the one behind them.
pub const SORRY: &str = "rs4";
/// The port of the first service; the others follow.
const FIRST_PORT: u16 = 8001;

/// Who serves while there are too few.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sorry {
    Nobody,
    /// Beside real servers that are still there.
    Beside,
    /// Real servers that are still up leave.
    Instead,
    /// Likewise; and it has weight 0 while it does not serve.
    Waiting,
}

/// A virtual service.
#[derive(Clone, Debug)]
pub struct Service {
    /// What is special.
    pub label: &'static str,
    /// What makes its real servers be down.
    pub notices: &'static [Fault],
    /// What does so only here: a difference that is known.
    pub only_here: &'static [Fault],
    /// Tries that must fail.
    pub tries: u32,
    /// A real server that is down has weight 0; otherwise it is gone.
    pub quiesces: bool,
    pub sorry: Sorry,
    /// Lost below the first less the second, gained from their sum.
    pub quorum: (i32, i32),
    /// Its checks connect to its port.
    pub connects: bool,
    /// The script's status makes the weight.
    pub weighs: bool,
    /// It is this mark, not a port.
    pub mark: Option<u32>,
    /// Its own lines of the file.
    pub lines: &'static str,
}

impl Service {
    /// One whose checks connect, with a quorum of 1.
    pub const fn new(label: &'static str, notices: &'static [Fault], lines: &'static str) -> Self {
        let (tries, quiesces, sorry, quorum, only_here) = (1, false, Sorry::Nobody, (1, 0), &[]);
        Self {
            label,
            notices,
            only_here,
            tries,
            quiesces,
            sorry,
            quorum,
            connects: true,
            weighs: false,
            mark: None,
            lines,
        }
    }

    /// It notices these, too, and the original does not.
    pub const fn only_here(self, only_here: &'static [Fault]) -> Self {
        Self { only_here, ..self }
    }

    pub const fn after(self, tries: u32) -> Self {
        Self { tries, ..self }
    }

    pub const fn quiescing(self) -> Self {
        Self { quiesces: true, ..self }
    }

    pub const fn sorry(self, sorry: Sorry) -> Self {
        Self { sorry, ..self }
    }

    pub const fn quorum(self, weight: i32, hysteresis: i32) -> Self {
        Self { quorum: (weight, hysteresis), ..self }
    }

    /// Its checks do not connect.
    pub const fn silent(self) -> Self {
        Self { connects: false, ..self }
    }

    pub const fn weighing(self) -> Self {
        Self { weighs: true, connects: false, ..self }
    }

    pub const fn marked(self, mark: u32) -> Self {
        Self { mark: Some(mark), ..self }
    }

    /// What the record calls it.
    pub fn key(&self, place: usize) -> String {
        self.mark.map_or_else(|| port(place).to_string(), |mark| format!("fwm {mark}"))
    }

    fn is_up(&self, world: &World, server: usize, is_here: bool) -> bool {
        let notices = |fault| self.notices.contains(&fault) || (is_here && self.only_here.contains(&fault));
        !world.faults[server].is_some_and(notices)
    }

    /// What its table is to hold. `has_quorum` is from before, and for the next time.
    pub fn expected(&self, world: &World, is_here: bool, has_quorum: &mut bool) -> BTreeMap<String, i32> {
        let weight = |server: usize| match world.weights[server] {
            Some(weight) if self.weighs => weight,
            _ => WEIGHTS[server],
        };
        let sum: i32 =
            (0..WEIGHTS.len()).filter(|server| self.is_up(world, *server, is_here)).map(weight).sum();
        let (quorum, hysteresis) = self.quorum;
        let least = if *has_quorum { quorum - hysteresis } else { quorum + hysteresis };
        *has_quorum = sum > 0 && sum >= least;
        let is_alone = !*has_quorum && matches!(self.sorry, Sorry::Instead | Sorry::Waiting);
        let mut table = BTreeMap::new();
        for server in 0..WEIGHTS.len() {
            let name = format!("rs{}", server + 1);
            let row = match self.is_up(world, server, is_here) && !is_alone {
                true => Some(weight(server)),
                false => self.quiesces.then_some(0),
            };
            table.extend(row.map(|row| (name, row)));
        }
        let sorry = match self.sorry {
            Sorry::Nobody => None,
            Sorry::Waiting => Some(i32::from(!*has_quorum)),
            Sorry::Beside | Sorry::Instead => (!*has_quorum).then_some(1),
        };
        table.extend(sorry.map(|weight| (SORRY.to_owned(), weight)));
        table
    }
}

/// The port of the service at this place, and of its real servers.
pub fn port(place: usize) -> u16 {
    FIRST_PORT + u16::try_from(place).unwrap_or(0)
}
