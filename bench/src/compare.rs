//! `bench-lab compare`: what changed between two runs, and whether more than the rounds of one run differ by themselves.

use anyhow::{Context, Result, ensure};
use comfy_table::{Cell, CellAlignment, Table, presets};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// A report as [`crate::report::json`] writes it, as far as it is compared.
#[derive(Debug, Deserialize)]
struct Report {
    format: u32,
    machine: Machine,
    figures: Vec<Reported>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Machine {
    cpu: String,
    cpus: usize,
    kernel: String,
}

/// A figure, or a ratio, with its spread.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

#[derive(Debug, Deserialize)]
struct Reported {
    quantity: String,
    traffic: Option<String>,
    size: Option<u16>,
    reply: Option<String>,
    way: String,
    median: f64,
    min: f64,
    max: f64,
    to_reflector: Option<Spread>,
}

/// What a figure is of, in the order of the table.
type What = (String, Option<String>, Option<u16>, Option<String>, String);

impl Reported {
    fn split(self) -> (What, (Spread, Option<Spread>)) {
        let figure = Spread { median: self.median, min: self.min, max: self.max };
        ((self.quantity, self.traffic, self.size, self.reply, self.way), (figure, self.to_reflector))
    }
}

/// How the second of two figures stands to the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// The two spreads have something in common.
    Within,
    More,
    Less,
}

impl Change {
    fn of(before: Spread, after: Spread) -> Self {
        if after.min > before.max {
            Self::More
        } else if after.max < before.min {
            Self::Less
        } else {
            Self::Within
        }
    }

    /// In a word, for a quantity of which more is better or worse.
    const fn word(self, more_is_better: bool) -> &'static str {
        match (self, more_is_better) {
            (Self::Within, _) => "",
            (Self::More, true) | (Self::Less, false) => "better",
            _ => "worse",
        }
    }
}

/// The comparison as text.
///
/// # Errors
/// A file cannot be read, is no report, is of another version's shape, or has nothing in common with the other.
pub fn text(before: &Path, after: &Path) -> Result<String> {
    let (first, second) = (read(before)?, read(after)?);
    let mut out = String::new();
    if first.machine != second.machine {
        // Writing to a String does not fail.
        let _ = writeln!(
            out,
            "note: two machines ({:?}, {:?}): ratios may be compared, figures may not",
            first.machine, second.machine
        );
    }
    let second: BTreeMap<_, _> = second.figures.into_iter().map(Reported::split).collect();
    let first: BTreeMap<_, _> = first.figures.into_iter().map(Reported::split).collect();
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header([
        "figure",
        "way",
        "before",
        "after",
        "after ÷ before",
        "",
        "÷ reflector before",
        "after",
        "",
    ]);
    let (mut rows, mut alone) = (0, 0);
    for (what, (old, old_ratio)) in &first {
        let Some((new, new_ratio)) = second.get(what) else {
            alone += 1;
            continue;
        };
        rows += 1;
        if old.median == 0.0 && new.median == 0.0 {
            continue; // nothing was lost, and still is not
        }
        table.add_row(row(what, (*old, *old_ratio), (*new, *new_ratio)));
    }
    ensure!(rows > 0, "{} and {} have no figure in common", before.display(), after.display());
    alone += second.keys().filter(|what| !first.contains_key(*what)).count();
    let _ = writeln!(out, "{table}");
    if alone > 0 {
        let _ = writeln!(out, "{alone} figures stand in one of the two only.");
    }
    let _ = writeln!(
        out,
        "better, worse: the rounds of the two runs (min..max) have nothing in common. What disturbs a machine disturbs \
         figures more than ratios."
    );
    Ok(out)
}

fn read(path: &Path) -> Result<Report> {
    let name = || path.display().to_string();
    let bytes = std::fs::read(path).with_context(name)?;
    let report: Report = serde_json::from_slice(&bytes).with_context(name)?;
    let (is, wanted) = (report.format, crate::report::FORMAT);
    ensure!(is == wanted, "{}: a report of format {is}; this program knows {wanted}", name());
    Ok(report)
}

fn row(what: &What, old: (Spread, Option<Spread>), new: (Spread, Option<Spread>)) -> Vec<Cell> {
    let (quantity, traffic, size, reply, way) = what;
    let more_is_better = matches!(
        quantity.as_str(),
        "pps"
            | "pps_of_busy_core"
            | "pps_known"
            | "scaled_pps"
            | "steady_pps"
            | "tcp_gbit"
            | "new_connections"
            | "keep_alive"
    );
    let size = size.map(|size| format!("{size} bytes"));
    let words = [Some(quantity.clone()), traffic.clone(), size, reply.clone()];
    let figure: Vec<String> = words.into_iter().flatten().collect();
    let quotient =
        if old.0.median > 0.0 { format!("{:.3}", new.0.median / old.0.median) } else { String::new() };
    let ratio =
        |spread: Option<Spread>| spread.map(|spread| format!("{:.3}", spread.median)).unwrap_or_default();
    let verdict = old.1.zip(new.1).map_or("", |(old, new)| Change::of(old, new).word(more_is_better));
    vec![
        Cell::new(figure.join(", ")),
        Cell::new(way),
        right(short(old.0.median)),
        right(short(new.0.median)),
        right(quotient),
        Cell::new(Change::of(old.0, new.0).word(more_is_better)),
        right(ratio(old.1)),
        right(ratio(new.1)),
        Cell::new(verdict),
    ]
}

/// Four digits or so.
fn short(value: f64) -> String {
    if value >= 1e6 {
        format!("{:.3} M", value / 1e6)
    } else if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_spreads_apart_are_a_change() {
        let spread = |min, max| Spread { median: (min + max) / 2.0, min, max };
        assert_eq!(Change::of(spread(1.0, 2.0), spread(2.0, 3.0)), Change::Within);
        assert_eq!(Change::of(spread(1.0, 2.0), spread(2.1, 3.0)), Change::More);
        assert_eq!(Change::of(spread(1.0, 2.0), spread(0.1, 0.9)), Change::Less);
        assert_eq!(Change::Less.word(false), "better");
        assert_eq!(Change::Less.word(true), "worse");
        assert_eq!(Change::Within.word(true), "");
    }
}
