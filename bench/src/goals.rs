//! What the figures shall reach, and whether they do. All ratios are of one run, taken round by round.

use crate::figures::{Figure, Figures, Key};
use crate::grid::Grid;
use crate::scenario::{Event, Quantity, Reply, Size, Traffic, Way};
use crate::session::Plan;

/// In what a goal is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Ratio,
    Bytes,
    Micros,
    Percent,
    /// Of 1.
    Share,
}

/// How far a goal is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What is aimed at.
    Aim,
    /// What must be.
    Must,
    /// Less.
    Short,
    /// This run cannot tell.
    NotMeasured,
}

impl Verdict {
    /// As in the report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Aim => "aim",
            Self::Must => "must",
            Self::Short => "short",
            Self::NotMeasured => "not measured",
        }
    }
}

/// A goal and what was measured of it.
#[derive(Clone, Debug)]
pub struct Goal {
    row: u8,
    what: String,
    must: f64,
    aim: f64,
    unit: Unit,
    more_is_better: bool,
    /// What was measured, if it was.
    pub measured: Option<Figure>,
}

impl Goal {
    /// By the median.
    pub fn verdict(&self) -> Verdict {
        let Some(Figure { median, .. }) = self.measured else { return Verdict::NotMeasured };
        let reaches = |goal: f64| if self.more_is_better { median >= goal } else { median <= goal };
        match (reaches(self.aim), reaches(self.must)) {
            (true, _) => Verdict::Aim,
            (_, true) => Verdict::Must,
            _ => Verdict::Short,
        }
    }

    fn show(&self, value: f64) -> String {
        match self.unit {
            Unit::Ratio => format!("{value:.2}"),
            Unit::Bytes => format!("{value:.0} B"),
            Unit::Micros => format!("{value:.1} µs"),
            Unit::Percent => format!("{value:.2} %"),
            Unit::Share if value == 0.0 => "0".to_owned(),
            Unit::Share if value < 0.001 => format!("{value:.0e}"),
            Unit::Share => format!("{:.1} %", value * 100.0),
        }
    }

    fn bound(&self, value: f64) -> String {
        let sign = match (self.more_is_better, value == 0.0) {
            (true, _) => "≥ ",
            (false, true) => "",
            (false, false) => "≤ ",
        };
        format!("{sign}{}", self.show(value))
    }
}

/// What the goals are computed from.
struct Scale<'s> {
    plan: &'s Plan,
    figures: &'s Figures,
    goals: Vec<Goal>,
}

impl Scale<'_> {
    fn add(&mut self, row: u8, what: &str, (must, aim): (f64, f64), unit: Unit, measured: Option<Figure>) {
        let more_is_better = must < aim;
        self.goals.push(Goal { row, what: what.to_owned(), must, aim, unit, more_is_better, measured });
    }

    /// A ratio of two figures.
    fn ratio(&mut self, row: u8, what: &str, goal: (f64, f64), one: Key, other: Key) {
        self.add(row, what, goal, Unit::Ratio, self.figures.quotient(&one, &other));
    }

    /// Of as many flows as the goal is about, or nothing.
    fn many(&self) -> Option<Traffic> {
        (self.plan.many >= 60_000).then_some(Traffic::Flows(self.plan.many))
    }
}

/// All goals in order.
pub fn goals(plan: &Plan, figures: &Figures) -> Vec<Goal> {
    let mut scale = Scale { plan, figures, goals: Vec::new() };
    packets(&mut scale);
    streams(&mut scale);
    connections(&mut scale);
    scale.goals
}

/// Rows 1 to 4.
fn packets(scale: &mut Scale<'_>) {
    let [small, large] = Size::ALL;
    let runs = Traffic::Runs(scale.plan.flows);
    // A load that this run has not makes the keys that nothing is found under.
    let many = scale.many().unwrap_or(Traffic::Flows(0));
    let of = |way, quantity, traffic, size| Key::of(way, quantity).with(traffic, Some(size));
    for (way, goal) in [(Way::Dr, (0.93, 0.97)), (Way::Nat, (0.90, 0.95)), (Way::Tun, (0.88, 0.93))] {
        let key = |way| of(way, Quantity::PpsOfBusyCore, many, small);
        let what = format!("{} ÷ reflector: packets/s, 60 B, 100 k flows", way.name());
        scale.ratio(1, &what, goal, key(way), key(Way::Reflector));
    }
    for way in [Way::Dr, Way::Nat] {
        for (other, goal) in [(Way::Kernel, (0.75, 0.85)), (Way::Masquerade, (1.20, 1.35))] {
            let key = |way| of(way, Quantity::PpsOfBusyCore, runs, small);
            let what = format!("{} ÷ {}: packets/s, 60 B, two cores", way.name(), other.name());
            scale.ratio(2, &what, goal, key(way), key(other));
        }
    }
    for way in [Way::Dr, Way::Nat] {
        let loads = [("established flows", many, (0.88, 0.97)), ("new flows", Traffic::New, (1.35, 1.55))];
        for (load, traffic, goal) in loads {
            // Time per packet: the other's over ours is our rate over the other's.
            let key = |way| of(way, Quantity::CpuNs, traffic, small);
            let what = format!("{} ÷ nft DNAT: packets/s of one core, {load}", way.name());
            scale.ratio(3, &what, goal, key(Way::Dnat), key(way));
        }
    }
    let key = |way| of(way, Quantity::CpuNs, runs, large);
    let what = "ulvs DR ÷ kernel routing: bulk of the same flow, UDP";
    scale.ratio(4, what, (0.85, 1.10), key(Way::Kernel), key(Way::Dr));
    let key = |way| of(way, Quantity::CpuNs, Traffic::Joined(scale.plan.flows), large);
    let what = "ulvs DR ÷ kernel routing: bulk of the same flow, UDP, GRO";
    scale.ratio(4, what, (0.85, 1.10), key(Way::Kernel), key(Way::Dr));
    let key = |way| Key { reply: Some(Reply::Direct), ..cut(way) };
    let what = "ulvs DR ÷ kernel routing: bulk of the same flow, TCP";
    scale.ratio(4, what, (0.85, 1.10), key(Way::Dr), key(Way::Kernel));
}

/// TCP whose segments leave the client one by one.
fn cut(way: Way) -> Key {
    Key::of(way, Quantity::TcpGbit).with(Traffic::Offloads(false), None)
}

/// Rows 5 to 8.
fn streams(scale: &mut Scale<'_>) {
    let bulk = |way| Key::of(way, Quantity::TcpGbit).with(Traffic::Offloads(true), None);
    for (way, reply) in [(Way::Dr, Reply::Direct), (Way::Nat, Reply::Through)] {
        let name = way.name();
        for (offloads, goal, key) in
            [("offloads on", (0.75, 0.84), bulk as fn(Way) -> Key), ("offloads off", (0.60, 0.73), cut)]
        {
            let key = |way| Key { reply: Some(reply), ..key(way) };
            let what = format!("{name} ÷ kernel routing: TCP bulk, {offloads}");
            scale.ratio(5, &what, goal, key(way), key(Way::Kernel));
        }
    }
    for way in [Way::Dr, Way::Nat] {
        for (other, goal) in
            [(Way::Haproxy, (1.8, 2.2)), (Way::Masquerade, (1.2, 1.5)), (Way::Ipvs, (3.0, 4.0))]
        {
            let key = |way| Key::of(way, Quantity::NewConnections);
            let what = format!("{} ÷ {}: new connections/s", way.name(), other.name());
            scale.ratio(6, &what, goal, key(way), key(other));
        }
    }
    for (way, reply) in [(Way::Dr, Reply::Direct), (Way::Nat, Reply::Through)] {
        let proxy = Key { reply: Some(Reply::Through), ..bulk(Way::Haproxy) };
        let what = format!("{} ÷ HAProxy: TCP bulk", way.name());
        scale.ratio(7, &what, (2.0, 2.3), Key { reply: Some(reply), ..bulk(way) }, proxy);
        for (other, goal) in [(Way::Haproxy, (1.2, 1.35)), (Way::Ipvs, (1.6, 2.0))] {
            let key = |way| Key::of(way, Quantity::KeepAlive);
            let what = format!("{} ÷ {}: requests/s on connections that stay", way.name(), other.name());
            scale.ratio(7, &what, goal, key(way), key(other));
        }
    }
    for (way, reply) in [(Way::Dr, Reply::Direct), (Way::Nat, Reply::Through)] {
        let key = |way, quantity| Key {
            reply: Some(reply),
            size: Some(Size::ALL[0].name),
            ..Key::of(way, quantity)
        };
        let what = format!("{} ÷ kernel routing: round trip, p50", way.name());
        scale.ratio(8, &what, (3.0, 2.4), key(way, Quantity::RttP50), key(Way::Kernel, Quantity::RttP50));
        let p99 = scale.figures.get(&key(way, Quantity::RttP99));
        scale.add(8, &format!("{}: round trip, p99", way.name()), (40.0, 25.0), Unit::Micros, p99);
    }
}

/// Rows 9 to 15.
fn connections(scale: &mut Scale<'_>) {
    const MILLION: u32 = 1_000_000;
    const WHOLE_FLOOD: f64 = 2.8;
    const LOSS: f64 = 0.01;
    let figures = scale.figures;
    let of = |way, quantity, flows| Key::of(way, quantity).with(Traffic::Flows(flows), None);
    for (way, goal) in [(Way::Dr, (112.0, 80.0)), (Way::Nat, (128.0, 96.0))] {
        let found = figures.get(&of(way, Quantity::ConnectionBytes, MILLION));
        let what = format!("{}: memory per connection, 1 M connections", way.name());
        scale.add(9, &what, goal, Unit::Bytes, found);
    }
    for way in [Way::Dr, Way::Nat] {
        for (number, name, goal) in [(MILLION, "1 M", (0.93, 0.97)), (4 * MILLION, "4 M", (0.88, 0.93))] {
            let key = |flows| of(way, Quantity::PpsKnown, flows);
            let what = format!("{}: packets/s at {name} connections ÷ at 1 k", way.name());
            scale.ratio(10, &what, goal, key(number), key(1000));
        }
    }
    for way in [Way::Dr, Way::Nat] {
        let key = |traffic| Key::of(way, Quantity::PpsOfBusyCore).with(traffic, Some(Size::ALL[0]));
        let what = format!("{}: SYN packets/s ÷ established packets/s", way.name());
        let established = Traffic::Established(scale.plan.many);
        scale.ratio(11, &what, (0.80, 0.90), key(Traffic::Syn), key(established));
        let factor = figures.get(&Key::of(way, Quantity::FloodFactor)).map_or(0.0, |factor| factor.median);
        let here = if factor > 0.0 { format!(" (here {factor:.1} ×)") } else { String::new() };
        let what = format!("{}: loss beside a SYN flood of 3 × capacity{here}", way.name());
        let found = figures.get(&Key::of(way, Quantity::FloodLoss));
        // A flood that is too weak can show that a goal is missed, but not that it is reached.
        let found = found.filter(|loss| factor >= WHOLE_FLOOD || loss.median > LOSS);
        scale.add(11, &what, (LOSS, 0.0), Unit::Share, found);
    }
    let found = figures.get(&of(Way::Dr, Quantity::IdlePercent, MILLION));
    scale.add(12, "ulvs DR: idle CPU time, 1 M connections", (0.5, 0.1), Unit::Percent, found);
    for way in [Way::Dr, Way::Nat] {
        let key = |workers| Key::of(way, Quantity::ScaledPps).with(Traffic::Workers(workers), None);
        let what = format!("{}: packets/s of two workers ÷ one", way.name());
        scale.ratio(13, &what, (1.8, 1.95), key(2), key(1));
    }
    for way in [Way::Dr, Way::Nat] {
        let found = figures.get(&Key::of(way, Quantity::SteadyLoss));
        let seconds = scale.plan.seconds.loss;
        let what = format!("{}: loss at 80 % of the maximum rate, {seconds} s", way.name());
        scale.add(14, &what, (1e-5, 0.0), Unit::Share, found);
    }
    for event in Event::ALL.into_iter().filter(|event| *event != Event::Quiet) {
        let key = |quantity| Key {
            reply: Some(Reply::Direct),
            ..Key::of(Way::Dr, quantity).with(Traffic::During(event), None)
        };
        let found = (scale.plan.million >= MILLION)
            .then(|| figures.quotient(&key(Quantity::EventP999), &key(Quantity::QuietP999)))
            .flatten();
        let what = format!("ulvs DR: p99.9 round trip during {} ÷ without, 1 M connections", event.name());
        scale.add(15, &what, (2.0, 1.2), Unit::Ratio, found);
    }
}

/// The goals as a table.
pub fn grid(goals: &[Goal]) -> Grid {
    let heading = ["row", "what", "must", "aim", "measured", "min..max", "verdict"].map(str::to_owned);
    let rows = goals.iter().map(|goal| {
        let measured = goal.measured.map_or_else(String::new, |figure| goal.show(figure.median));
        let spread = goal.measured.map_or_else(String::new, |figure| {
            format!("{}..{}", goal.show(figure.min), goal.show(figure.max))
        });
        vec![
            goal.row.to_string(),
            goal.what.clone(),
            goal.bound(goal.must),
            goal.bound(goal.aim),
            measured,
            spread,
            goal.verdict().word().to_owned(),
        ]
    });
    Grid {
        title: "goals: ratios within this run".to_owned(),
        heading: heading.to_vec(),
        words: 2,
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(must: f64, aim: f64, measured: Option<f64>) -> Goal {
        Goal {
            row: 1,
            what: String::new(),
            must,
            aim,
            unit: Unit::Share,
            more_is_better: must < aim,
            measured: measured.map(|value| Figure { median: value, min: value, max: value }),
        }
    }

    #[test]
    fn verdicts_in_both_directions() {
        for (must, aim, measured, verdict) in [
            (0.9, 0.95, Some(0.95), Verdict::Aim),
            (0.9, 0.95, Some(0.94), Verdict::Must),
            (0.9, 0.95, Some(0.89), Verdict::Short),
            (0.01, 0.0, Some(0.0), Verdict::Aim),
            (0.01, 0.0, Some(0.001), Verdict::Must),
            (0.01, 0.0, Some(0.011), Verdict::Short),
            (0.9, 0.95, None, Verdict::NotMeasured),
        ] {
            assert_eq!(goal(must, aim, measured).verdict(), verdict, "{measured:?} of {must}, {aim}");
        }
    }

    #[test]
    fn small_shares_are_told_apart_from_none() {
        let goal = goal(1e-5, 0.0, None);
        assert_eq!([0.0, 3e-6, 0.25].map(|share| goal.show(share)), ["0", "3e-6", "25.0 %"]);
        assert_eq!((goal.bound(1e-5), goal.bound(0.0)), ("≤ 1e-5".to_owned(), "0".to_owned()));
    }
}
