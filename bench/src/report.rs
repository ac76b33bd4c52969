//! Tables for people, JSON for programs.

use crate::figures::{Figure, Figures, Key};
use crate::grid::Grid;
use crate::observe::Machine;
use crate::scenario::{Quantity, Reply, Traffic, Way};
use crate::session::Plan;
use crate::{goals, html};
use serde::Serialize;
use std::fmt::Write;

/// Version of the JSON's shape.
pub const FORMAT: u32 = 3;

/// A quantity's column: heading, factor of the unit, decimals.
struct Column {
    quantity: Quantity,
    heading: &'static str,
    factor: f64,
    decimals: usize,
}

const fn column(quantity: Quantity, heading: &'static str, factor: f64, decimals: usize) -> Column {
    Column { quantity, heading, factor, decimals }
}

/// The tables: what is in one is measured together.
const TABLES: [(&str, &[Column]); 12] = [
    (
        "one core: CPU time of a packet, load and all",
        &[column(Quantity::CpuNs, "ns/packet", 1.0, 0), column(Quantity::Loss, "lost %", 100.0, 3)],
    ),
    (
        "two cores: packets per second of a core that does nothing but forward",
        &[column(Quantity::PpsOfBusyCore, "Mpps", 1e-6, 3), column(Quantity::Pps, "arrived Mpps", 1e-6, 3)],
    ),
    (
        "round trip of a lone packet",
        &[
            column(Quantity::RttP50, "p50 µs", 1.0, 1),
            column(Quantity::RttP99, "p99 µs", 1.0, 1),
            column(Quantity::RttP999, "p99.9 µs", 1.0, 1),
            column(Quantity::RttLoss, "lost %", 100.0, 3),
        ],
    ),
    ("TCP bulk, one connection", &[column(Quantity::TcpGbit, "Gbit/s", 1.0, 2)]),
    ("web requests, each on a new connection", &[column(Quantity::NewConnections, "per second", 1.0, 0)]),
    ("web requests on connections that stay", &[column(Quantity::KeepAlive, "per second", 1.0, 0)]),
    ("every core makes load and forwards it", &[column(Quantity::ScaledPps, "Mpps", 1e-6, 3)]),
    (
        "an established stream beside a flood of SYNs",
        &[
            column(Quantity::FloodLoss, "lost %", 100.0, 3),
            column(Quantity::FloodFactor, "offered ÷ taken", 1.0, 2),
        ],
    ),
    (
        "loss at 80 % of the maximum rate",
        &[column(Quantity::SteadyLoss, "lost %", 100.0, 5), column(Quantity::SteadyPps, "Mpps", 1e-6, 3)],
    ),
    (
        "connections that are known",
        &[column(Quantity::PpsKnown, "Mpps", 1e-6, 3), column(Quantity::ProcessMib, "process MiB", 1.0, 1)],
    ),
    (
        "memory and idle CPU time",
        &[
            column(Quantity::ConnectionBytes, "bytes/connection", 1.0, 1),
            column(Quantity::IdlePercent, "idle CPU %", 1.0, 3),
        ],
    ),
    (
        "round trips while something happens to the connections",
        &[
            column(Quantity::EventP999, "p99.9 µs", 1.0, 1),
            column(Quantity::QuietP999, "p99.9 µs before", 1.0, 1),
            column(Quantity::EventP50, "p50 µs", 1.0, 1),
        ],
    ),
];

/// Those that the others are compared with.
const OTHERS: [Way; 6] = [Way::Kernel, Way::Dnat, Way::Masquerade, Way::Reflector, Way::Haproxy, Way::Ipvs];

/// What the figures mean.
const LEGEND: &str = "\
Each figure is the median of the rounds, with min..max; ÷ is the median of the rounds' ratios: to kernel routing, to the\n\
kernel's own address translation (nft), to the bare reflector (the same rings, no director: the floor).\n\
64: 60-byte frames; 1500: IP packets of 1500 bytes. In runs: bursts of 64 packets of one flow, cut by the client's link;\n\
in turn, or each a new flow: every frame is made by itself, which alone costs twice as much.\n\
one core: one thread makes 64 packets, forwards them, makes the next; 'over load' is without what making them costs.\n\
two cores: one core offers all it can, another forwards: packets per second of its CPU time, and by the clock (less\n\
where other programs take its time). What the kernel forwards is done by the core that offers.\n\
round trip: one packet at a time; endpoints and worker share one core and block.\n\
TCP: endpoints run where the kernel puts them, the worker on its core; super-frames as veth makes them, or segments that\n\
leave the client one by one and are joined at the director's interface (offloads off, GRO).\n\
web requests: wrk with 64 connections and nginx on one CPU, whoever directs on the other (the kernel: where packets are).\n\
known: that many connections are in the table, and every packet is of another; memory is the process's growth.\n";

/// All tables, the goals, and what they mean, as text.
pub fn text(plan: &Plan, machine: &Machine, figures: &Figures) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = writeln!(out, "{}; {} CPUs; Linux {}", machine.cpu, machine.cpus, machine.kernel);
    let _ = writeln!(
        out,
        "{} rounds of {} ms each; load on CPU {}, worker on CPU {}",
        figures.rounds(),
        plan.time.as_millis(),
        plan.cpus.0,
        plan.cpus.1
    );
    for note in &machine.notes {
        let _ = writeln!(out, "note: {note}");
    }
    for grid in grids(figures) {
        let _ = write!(out, "\n{}", grid.text());
    }
    let _ = write!(out, "\n{LEGEND}\n{}", goals::grid(&goals::goals(plan, figures)).text());
    out
}

/// All tables, the goals, plots, and what they mean, as a page.
pub fn page(plan: &Plan, machine: &Machine, figures: &Figures) -> String {
    html::page(plan, machine, figures, &grids(figures), LEGEND)
}

/// The tables of what was measured.
fn grids(figures: &Figures) -> Vec<Grid> {
    TABLES.iter().filter_map(|(title, columns)| grid(title, columns, figures)).collect()
}

/// One table; `None` if nothing of it was measured.
fn grid(title: &str, columns: &[Column], figures: &Figures) -> Option<Grid> {
    let first = columns.first()?;
    let rows: Vec<Key> =
        figures.iter().map(|(key, _)| *key).filter(|key| key.quantity == first.quantity).collect();
    if rows.is_empty() {
        return None;
    }
    let has_size = rows.iter().any(|row| row.size.is_some());
    let has_traffic = rows.iter().any(|row| row.traffic.is_some());
    let has_reply = rows.iter().any(|row| row.reply.is_some());
    let others: Vec<Way> =
        OTHERS.into_iter().filter(|other| rows.iter().any(|row| row.way == *other)).collect();
    let is_cost = first.quantity == Quantity::CpuNs;
    let mut heading = vec!["way".to_owned()];
    heading.extend(has_traffic.then(|| "load".to_owned()));
    heading.extend(has_size.then(|| "bytes".to_owned()));
    heading.extend(has_reply.then(|| "replies".to_owned()));
    let words = heading.len();
    for (number, column) in columns.iter().enumerate() {
        heading.push(column.heading.to_owned());
        if number == 0 {
            heading.push("min..max".to_owned());
            heading.extend(is_cost.then(|| "over load".to_owned()));
            heading.extend(others.iter().map(|other| format!("÷ {}", other.name())));
        }
    }
    let mut grid = Grid { title: title.to_owned(), heading, words, rows: Vec::new() };
    for row in rows {
        let mut cells = vec![row.way.name().to_owned()];
        cells.extend(has_traffic.then(|| row.traffic.map_or_else(String::new, Traffic::name)));
        cells.extend(has_size.then(|| row.size.map(|size| size.to_string()).unwrap_or_default()));
        cells.extend(has_reply.then(|| row.reply.map_or("", Reply::name).to_owned()));
        for (number, column) in columns.iter().enumerate() {
            let key = Key { quantity: column.quantity, ..row };
            let figure = figures.get(&key);
            let show = |value: f64| format!("{:.*}", column.decimals, value * column.factor);
            cells.push(figure.map(|figure| show(figure.median)).unwrap_or_default());
            if number == 0 {
                let spread = figure.map(|figure| format!("{}..{}", show(figure.min), show(figure.max)));
                cells.push(spread.unwrap_or_default());
                let load = figures.get(&Key { way: Way::Load, ..key });
                let over = || figure.zip(load).map(|(figure, load)| show(figure.median - load.median));
                cells.extend(is_cost.then(|| over().unwrap_or_default()));
                for other in &others {
                    let ratio = figures.ratio(&key, *other).map(|ratio| format!("{:.2}", ratio.median));
                    cells.push(ratio.unwrap_or_default());
                }
            }
        }
        grid.rows.push(cells);
    }
    Some(grid)
}

#[derive(Serialize)]
struct Json<'r> {
    format: u32,
    version: &'static str,
    machine: &'r Machine,
    rounds: usize,
    time_ms: u128,
    flows: u16,
    many: u32,
    load_cpu: usize,
    worker_cpu: usize,
    figures: Vec<JsonFigure<'r>>,
}

#[derive(Serialize)]
struct JsonFigure<'r> {
    #[serde(flatten)]
    key: &'r Key,
    #[serde(flatten)]
    figure: Option<Figure>,
    to_kernel: Option<Figure>,
    to_nft_dnat: Option<Figure>,
    to_nft_masquerade: Option<Figure>,
    to_reflector: Option<Figure>,
    to_haproxy: Option<Figure>,
    to_ipvs: Option<Figure>,
    samples: Vec<f64>,
}

/// Everything, with every sample, as JSON.
///
/// # Errors
/// None that these types can have.
pub fn json(plan: &Plan, machine: &Machine, figures: &Figures) -> serde_json::Result<String> {
    let rounds = figures.rounds();
    let figures = figures.iter().map(|(key, samples)| JsonFigure {
        key,
        figure: figures.get(key),
        to_kernel: figures.ratio(key, Way::Kernel),
        to_nft_dnat: figures.ratio(key, Way::Dnat),
        to_nft_masquerade: figures.ratio(key, Way::Masquerade),
        to_reflector: figures.ratio(key, Way::Reflector),
        to_haproxy: figures.ratio(key, Way::Haproxy),
        to_ipvs: figures.ratio(key, Way::Ipvs),
        samples,
    });
    serde_json::to_string_pretty(&Json {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION"),
        machine,
        rounds,
        time_ms: plan.time.as_millis(),
        flows: plan.flows,
        many: plan.many,
        load_cpu: plan.cpus.0,
        worker_cpu: plan.cpus.1,
        figures: figures.collect(),
    })
}
