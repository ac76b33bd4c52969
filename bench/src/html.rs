//! The report as one page that needs nothing else: goals, plots, tables, and how to read them.

use crate::figures::{Figures, Key};
use crate::goals::{self, Goal};
use crate::grid::{Grid, escaped};
use crate::observe::Machine;
use crate::plot::{self, Axis, Bar, Line};
use crate::scenario::{Quantity, Reply, Size, Traffic, Way};
use crate::session::Plan;
use std::fmt::Write;

/// How a page looks.
pub const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:58rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.5rem;border-bottom:1px solid #ccc}\
h3{font-size:1.05rem;margin:1.8rem 0 .2rem}p{margin:.4rem 0 .8rem}.note{background:#fff6dd;padding:.4rem .8rem}\
table{border-collapse:collapse;font-size:.82rem;margin:.6rem 0 1.4rem;width:100%}caption{text-align:left;font-weight:600}\
th,td{padding:.15rem .5rem;border-bottom:1px solid #e3e3e3;text-align:left;vertical-align:top}\
td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
td.aim{background:#cfeedd}td.must{background:#fdf0c4}td.short{background:#f9d3cd}\
svg{width:100%;height:auto;font:12px system-ui,sans-serif}svg .grid{stroke:#e3e3e3}svg .axis{font-weight:600}\
svg .spread{stroke:#1b1b1b;stroke-width:1.5}details{margin:1rem 0}summary{cursor:pointer;font-weight:600}";

const HOW_TO_READ: &str = "\
<p>A client, a load balancer (the <em>director</em>) and a server stand in three network namespaces of one machine, joined \
by virtual cables. The same load is sent through this project's director and through what people would use instead. One \
CPU makes the load, the other forwards, unless it says otherwise.</p>\
<p>Each figure is the <em>median of several rounds</em>. The machine may do other things at the same time, so figures \
differ from run to run, by a quarter even. <em>Ratios</em> are steadier: the ways are measured in turn within seconds, \
in the opposite order in every second round, and each ratio is taken within one round. Trust ratios, and those most \
whose least and most (min..max) lie close together.</p>";

/// The whole page.
pub fn page(plan: &Plan, machine: &Machine, figures: &Figures, grids: &[Grid], legend: &str) -> String {
    let goals = goals::goals(plan, figures);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>ulvs: benchmark</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\n\
         <h1>ulvs beside what one would use instead</h1>\n<p>{}; {} CPUs; Linux {}; ulvs {}; {} round(s) of {} ms a measurement.</p>\n",
        escaped(&machine.cpu),
        machine.cpus,
        escaped(&machine.kernel),
        env!("CARGO_PKG_VERSION"),
        figures.rounds(),
        plan.time.as_millis()
    );
    // Writing to a String does not fail.
    for note in &machine.notes {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(note));
    }
    let _ = writeln!(out, "<h2>How to read this</h2>\n{HOW_TO_READ}");
    out += &ways(plan);
    out += &goals_section(&goals);
    out += "<h2>Plots</h2>\n";
    for (title, words, plot) in plots(plan, figures).into_iter().flatten() {
        let _ = writeln!(out, "<h3>{title}</h3><p>{words}</p>\n{plot}");
    }
    out += "<h2>All figures</h2>\n";
    for grid in grids {
        out += &grid.html();
    }
    let _ = writeln!(out, "<p>{}</p>\n</body></html>", escaped(legend));
    out
}

fn ways(plan: &Plan) -> String {
    let rows = plan.ways.iter().map(|way| vec![way.name().to_owned(), way.explained().to_owned()]);
    let title = "What is compared".to_owned();
    let heading = ["way", "what it is"].map(str::to_owned).to_vec();
    Grid { title, heading, words: 2, rows: rows.collect() }.html()
}

fn goals_section(goals: &[Goal]) -> String {
    format!(
        "<h2>Goals</h2>\n<p>What this project set itself: what <em>must</em> be reached, and what it <em>aims</em> at. \
         The verdict is by the median; \"short\" is less than must. A goal that this run did not measure is said to be so.\
         </p>\n{}",
        goals::grid(goals).html()
    )
}

/// By Okabe and Ito, for eyes of all kinds.
const fn colour(way: Way) -> &'static str {
    match way {
        Way::Load => "#bbbbbb",
        Way::Kernel => "#000000",
        Way::Dnat => "#56b4e9",
        Way::Masquerade => "#0072b2",
        Way::Reflector => "#8a8a8a",
        Way::Dr => "#d55e00",
        Way::Nat => "#009e73",
        Way::Tun => "#e69f00",
        Way::Haproxy => "#cc79a7",
        Way::Nginx => "#7e57c2",
        Way::Ipvs => "#a0522d",
    }
}

const fn is_ours(way: Way) -> bool {
    way.method().is_some()
}

type Plotted = Option<(&'static str, String, String)>;

/// All plots: title, words, picture; `None` where there is nothing to show.
fn plots(plan: &Plan, figures: &Figures) -> Vec<Plotted> {
    let rate = |value: f64| value / 1e6;
    let flows = |key: &Key| match key.traffic {
        Some(Traffic::Flows(flows)) if key.size.is_none_or(|size| size == Size::ALL[0].name) => {
            Some(f64::from(flows))
        }
        _ => None,
    };
    let runs = Traffic::Runs(plan.flows);
    let sizes = |key: &Key| key.size.filter(|_| key.traffic == Some(runs)).map(f64::from);
    let mpps = Axis::linear("million packets/s of a busy core");
    vec![
        by(figures, Quantity::PpsOfBusyCore, flows, rate, &Axis::log("flows"), &mpps).map(|plot| {
            let words = "60-byte frames, each of another flow than the one before. More flows, more waiting for memory. \
                         Higher is better."
                .to_owned();
            ("Throughput against the number of flows", words, plot)
        }),
        by(figures, Quantity::PpsOfBusyCore, sizes, rate, &Axis::linear("bytes of a frame"), &mpps).map(|plot| {
            let words = format!(
                "{} flows, in runs of 64 packets of the same flow. Higher is better; that lines are nearly flat says that \
                 it is packets that cost, not bytes.",
                plan.flows
            );
            ("Throughput against packet size", words, plot)
        }),
        by(figures, Quantity::PpsKnown, flows, rate, &Axis::log("connections known"), &mpps).map(|plot| {
            let words = "The director knows so many connections, and every packet is of another of them, in no order that \
                         a cache could guess. Higher is better; flat is best."
                .to_owned();
            ("Throughput against known connections", words, plot)
        }),
        by(figures, Quantity::ProcessMib, flows, |mib| mib, &Axis::log("connections known"), &Axis::log("MiB of the process")).map(
            |plot| {
                let words = "All that the director's process has in memory; its rings alone are some 20 MiB. Lower is better.".to_owned();
                ("Memory against known connections", words, plot)
            },
        ),
        latency(figures, Quantity::RttP50, Reply::Direct).map(|plot| {
            let words = "One 64-byte packet at a time to an echo server; the answer comes back past the director. 99 means \
                         that 99 of 100 round trips were faster. Lower is better. What all lines have in common at the right \
                         is the machine: other programs, interrupts, its host."
                .to_owned();
            ("Round trips, replies past the director", words, plot)
        }),
        latency(figures, Quantity::RttP50, Reply::Through).map(|plot| {
            let words = "The same with answers that come back through the director. Lower is better.".to_owned();
            ("Round trips, replies through the director", words, plot)
        }),
        events(figures),
        bars(figures, Quantity::NewConnections, None, "requests/s").map(|plot| {
            let words = "wrk asks nginx, both on one CPU, 64 at a time; every request has a new TCP connection. Higher is \
                         better; the black line is least to most of the rounds."
                .to_owned();
            ("Web requests, each on a new connection", words, plot)
        }),
        bars(figures, Quantity::KeepAlive, None, "requests/s").map(|plot| {
            let words = "The same on 64 connections that stay. Higher is better.".to_owned();
            ("Web requests on connections that stay", words, plot)
        }),
        bars(figures, Quantity::CpuNs, Some(Traffic::Flows(plan.many)), "ns").map(|plot| {
            let words = format!(
                "One CPU does everything: makes a 60-byte packet of one of {} flows, forwards it, makes the next. Lower is \
                 better; \"{}\" is what making it costs.",
                plan.many,
                Way::Load.name()
            );
            ("CPU time of a packet", words, plot)
        }),
    ]
}

/// A line per way, of this quantity by `x`.
fn by(
    figures: &Figures,
    quantity: Quantity,
    x: impl Fn(&Key) -> Option<f64>,
    y: impl Fn(f64) -> f64,
    across: &Axis,
    up: &Axis,
) -> Option<String> {
    let lines: Vec<Line> = Way::ALL
        .into_iter()
        .filter_map(|way| {
            let keys =
                figures.iter().map(|(key, _)| key).filter(|key| key.quantity == quantity && key.way == way);
            let mut points: Vec<_> =
                keys.filter_map(|key| Some((x(key)?, y(figures.get(key)?.median)))).collect();
            points.sort_by(|one, other| one.0.total_cmp(&other.0));
            let line =
                Line { name: way.name().to_owned(), colour: colour(way), is_strong: is_ours(way), points };
            (line.points.len() > 1).then_some(line)
        })
        .collect();
    (!lines.is_empty()).then(|| plot::lines(across, up, &lines))
}

/// The shares of round trips at which the plots of latency have their marks: 1 of so many is slower.
const SLOWER: [(f64, &str); 6] =
    [(1.0, "0"), (2.0, "50"), (10.0, "90"), (100.0, "99"), (1000.0, "99.9"), (10_000.0, "99.99")];

fn percentiles(histogram: &hdrhistogram::Histogram<u64>) -> Vec<(f64, f64)> {
    let steps = (0..=40).map(|step| 10f64.powf(f64::from(step) / 10.0));
    let steps = steps.filter(|one_of| *one_of <= histogram.len() as f64);
    steps.map(|one_of| (one_of, histogram.value_at_quantile(1.0 - 1.0 / one_of) as f64 / 1000.0)).collect()
}

fn percentile_axes() -> (Axis, Axis) {
    let ticks = SLOWER.map(|(one_of, percent)| (one_of, percent.to_owned())).to_vec();
    let across = Axis { ticks, ..Axis::log("percent of round trips that are faster") };
    (across, Axis::log("microseconds"))
}

fn latency(figures: &Figures, quantity: Quantity, reply: Reply) -> Option<String> {
    let mut lines: Vec<_> = figures
        .trips()
        .filter(|(key, _)| key.quantity == quantity && key.reply == Some(reply))
        .filter(|(key, _)| key.size == Some(Size::ALL[0].name))
        .map(|(key, trips)| Line {
            name: key.way.name().to_owned(),
            colour: colour(key.way),
            is_strong: is_ours(key.way),
            points: percentiles(trips),
        })
        .collect();
    lines.retain(|line| line.points.len() > 1);
    let (across, up) = percentile_axes();
    (!lines.is_empty()).then(|| plot::lines(&across, &up, &lines))
}

fn events(figures: &Figures) -> Plotted {
    const COLOURS: [&str; 6] = ["#000000", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7"];
    let lines: Vec<_> = figures
        .trips()
        .filter(|(key, _)| key.quantity == Quantity::EventP50)
        .zip(COLOURS)
        .map(|((key, trips), colour)| Line {
            name: key.traffic.map_or_else(String::new, Traffic::name),
            colour,
            is_strong: false,
            points: percentiles(trips),
        })
        .collect();
    let (across, up) = percentile_axes();
    (!lines.is_empty()).then(|| {
        let words = "Round trips through a director that knows very many connections, while they expire, are listed, are \
                     cleared and so on. All lines should lie on the black one. Lower is better."
            .to_owned();
        ("Round trips while something happens", words, plot::lines(&across, &up, &lines))
    })
}

fn bars(figures: &Figures, quantity: Quantity, traffic: Option<Traffic>, label: &str) -> Option<String> {
    let size = traffic.map(|_| Size::ALL[0].name);
    let found: Vec<_> = Way::ALL
        .into_iter()
        .filter_map(|way| {
            let figure = figures.get(&Key { traffic, size, ..Key::of(way, quantity) })?;
            Some(Bar {
                name: way.name().to_owned(),
                colour: colour(way),
                value: figure.median,
                spread: (figure.min, figure.max),
            })
        })
        .collect();
    (!found.is_empty()).then(|| plot::bars(label, &found))
}
