//! Plots as SVG that stands in the page itself: nothing is loaded from anywhere.

use crate::grid::escaped;
use std::fmt::Write;

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 380.0;
/// Room for the numbers and names around a plot.
const LEFT: f64 = 72.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 52.0;
/// A bar with its gap.
const BAR: f64 = 26.0;

/// How one direction is scaled.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it is, with its unit.
    pub label: String,
    /// Equal ratios are equally far apart.
    pub is_log: bool,
    /// Where there are numbers, and which; none: chosen by the values.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From 0, by the values.
    pub fn linear(label: &str) -> Self {
        Self { label: label.to_owned(), is_log: false, ticks: Vec::new() }
    }

    /// By powers of ten.
    pub fn log(label: &str) -> Self {
        Self { label: label.to_owned(), is_log: true, ticks: Vec::new() }
    }
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    /// In the legend.
    pub name: String,
    /// CSS colour.
    pub colour: &'static str,
    /// Drawn thicker.
    pub is_strong: bool,
    /// In ascending order.
    pub points: Vec<(f64, f64)>,
}

/// A scale from values to places.
struct Scale {
    is_log: bool,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    ticks: Vec<(f64, String)>,
}

impl Scale {
    fn new(axis: &Axis, values: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Self {
        let values: Vec<f64> =
            values.filter(|value| value.is_finite() && (!axis.is_log || *value > 0.0)).collect();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = if !most.is_finite() {
            (1.0, 10.0)
        } else if !axis.ticks.is_empty() {
            (least, most)
        } else if axis.is_log {
            (10f64.powf(least.log10().floor()), 10f64.powf((most.log10() + 1e-9).ceil()))
        } else {
            (0.0, most * 1.05)
        };
        let mut scale = Self { is_log: axis.is_log, low, high, from, to, ticks: axis.ticks.clone() };
        if scale.high <= scale.low {
            scale.high = if scale.is_log { scale.low * 10.0 } else { scale.low + 1.0 };
        }
        if scale.ticks.is_empty() {
            scale.ticks = scale.own_ticks();
        }
        scale.ticks.retain(|(value, _)| (scale.low..=scale.high).contains(value));
        scale
    }

    fn own_ticks(&self) -> Vec<(f64, String)> {
        if self.is_log {
            let powers = self.low.log10().round() as i32..=self.high.log10().round() as i32;
            return powers.map(|power| 10f64.powi(power)).map(|value| (value, short(value))).collect();
        }
        let raw = (self.high - self.low) / 6.0;
        let power = 10f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= raw);
        let step = step.unwrap_or(raw);
        (0..=(self.high / step) as u32)
            .map(|number| f64::from(number) * step)
            .map(|v| (v, short(v)))
            .collect()
    }

    fn place(&self, value: f64) -> f64 {
        let (value, low, high) = if self.is_log {
            (value.max(self.low).log10(), self.low.log10(), self.high.log10())
        } else {
            (value, self.low, self.high)
        };
        self.from + (value - low) / (high - low) * (self.to - self.from)
    }
}

/// Lines, with a legend at their right.
pub fn lines(x: &Axis, y: &Axis, lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    let across = Scale::new(x, points().map(|point| point.0), (LEFT, right));
    let up = Scale::new(y, points().map(|point| point.1), (bottom, TOP));
    let mut out = begin(HEIGHT);
    // Writing to a String does not fail.
    for (value, text) in &up.ticks {
        let at = up.place(*value);
        let _ =
            write!(out, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>");
        let (to, at) = (LEFT - 8.0, at + 4.0);
        let _ = writeln!(out, "<text x=\"{to}\" y=\"{at:.1}\" text-anchor=\"end\">{}</text>", escaped(text));
    }
    for (value, text) in &across.ticks {
        let at = across.place(*value);
        let _ =
            write!(out, "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>");
        let below = bottom + 18.0;
        let _ = writeln!(
            out,
            "<text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{}</text>",
            escaped(text)
        );
    }
    let (middle, below) = ((LEFT + right) / 2.0, HEIGHT - 10.0);
    let _ = writeln!(
        out,
        "<text class=\"axis\" x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{}</text>",
        escaped(&x.label)
    );
    let middle = f64::midpoint(TOP, bottom);
    let _ = writeln!(
        out,
        "<text class=\"axis\" transform=\"translate(16 {middle}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        escaped(&y.label)
    );
    for line in lines {
        let width = if line.is_strong { 3.0 } else { 1.5 };
        let colour = line.colour;
        let places: Vec<_> = line.points.iter().map(|(a, b)| (across.place(*a), up.place(*b))).collect();
        let path: Vec<_> = places.iter().map(|(a, b)| format!("{a:.1},{b:.1}")).collect();
        let _ = write!(
            out,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" points=\"{}\"/>",
            path.join(" ")
        );
        if places.len() <= 12 {
            for (a, b) in places {
                let _ = write!(out, "<circle cx=\"{a:.1}\" cy=\"{b:.1}\" r=\"{width}\" fill=\"{colour}\"/>");
            }
        }
        out += "\n";
    }
    for (number, line) in (0u32..).zip(lines) {
        let (at, colour) = (TOP + 8.0 + 20.0 * f64::from(number), line.colour);
        let (from, to, words) = (right + 14.0, right + 38.0, right + 44.0);
        let width = if line.is_strong { 4.0 } else { 2.0 };
        let _ = writeln!(
            out,
            "<line x1=\"{from}\" x2=\"{to}\" y1=\"{at}\" y2=\"{at}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\
             <text x=\"{words}\" y=\"{}\">{}</text>",
            at + 4.0,
            escaped(&line.name)
        );
    }
    out + "</svg>\n"
}

/// A bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// At its left.
    pub name: String,
    /// CSS colour.
    pub colour: &'static str,
    /// The length.
    pub value: f64,
    /// Least and most of the rounds.
    pub spread: (f64, f64),
}

/// Bars from left to right, each with its number.
pub fn bars(label: &str, bars: &[Bar]) -> String {
    const NAMES: f64 = 150.0;
    const NUMBERS: f64 = 90.0;
    let rows = bars.len() as f64;
    let height = TOP + BAR * rows + BOTTOM - 10.0;
    let axis = Axis::linear(label);
    let values = bars.iter().map(|bar| bar.spread.1.max(bar.value));
    let across = Scale::new(&axis, values, (NAMES, WIDTH - NUMBERS));
    let (mut out, bottom) = (begin(height), TOP + BAR * rows);
    for (value, text) in &across.ticks {
        let at = across.place(*value);
        let _ =
            write!(out, "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>");
        let below = bottom + 16.0;
        let _ = writeln!(
            out,
            "<text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{}</text>",
            escaped(text)
        );
    }
    for (number, bar) in (0u32..).zip(bars) {
        let (top, colour) = (TOP + BAR * f64::from(number) + 4.0, bar.colour);
        let (long, thick) = (across.place(bar.value) - NAMES, BAR - 8.0);
        let middle = top + thick / 2.0;
        let (least, most) = (across.place(bar.spread.0), across.place(bar.spread.1));
        let _ = writeln!(
            out,
            "<rect x=\"{NAMES}\" y=\"{top}\" width=\"{long:.1}\" height=\"{thick}\" fill=\"{colour}\"/>\
             <line class=\"spread\" x1=\"{least:.1}\" x2=\"{most:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <text x=\"{:.1}\" y=\"{}\">{}</text>",
            NAMES - 8.0,
            middle + 4.0,
            escaped(&bar.name),
            most.max(NAMES + long) + 6.0,
            middle + 4.0,
            short(bar.value)
        );
    }
    let (middle, below) = (f64::midpoint(NAMES, WIDTH - NUMBERS), height - 4.0);
    let _ = writeln!(
        out,
        "<text class=\"axis\" x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{}</text>",
        escaped(label)
    );
    out + "</svg>\n"
}

fn begin(height: f64) -> String {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n")
}

/// Three digits or so.
pub fn short(value: f64) -> String {
    let scaled = |value: f64, suffix: &str| {
        let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
        let text = format!("{value:.decimals$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        format!("{text}{suffix}")
    };
    match value.abs() {
        size if size >= 1e6 => scaled(value / 1e6, " M"),
        size if size >= 1e4 => scaled(value / 1e3, " k"),
        size if size >= 0.01 || size == 0.0 => scaled(value, ""),
        _ => format!("{value:.0e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lie_within_the_plot_and_in_order() {
        for is_log in [false, true] {
            let axis = Axis { is_log, ..Axis::linear("") };
            for values in [vec![1.0, 10.0, 4e6], vec![0.37, 0.38], vec![5.0], vec![]] {
                let scale = Scale::new(&axis, values.iter().copied(), (100.0, 500.0));
                let places: Vec<_> = values.iter().map(|value| scale.place(*value)).collect();
                assert!(places.is_sorted(), "{values:?}: {places:?}");
                assert!(places.iter().all(|at| (99.9..500.1).contains(at)), "{values:?}: {places:?}");
                assert!((2..=12).contains(&scale.ticks.len()), "{values:?}: {:?}", scale.ticks);
            }
        }
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.25, 3.0, 14.27, 980.4, 27_641.8, 1.5e6, 0.00001].map(short);
        assert_eq!(shown, ["0", "0.25", "3", "14.3", "980", "27.6 k", "1.5 M", "1e-5"]);
    }
}
