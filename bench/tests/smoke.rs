//! The benchmark as people start it, but for a moment only: it measures everything, says so, and leaves nothing behind.
//! Nothing here depends on how fast the machine is.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

/// The benchmark's exit status where no network can be built.
const CANNOT: i32 = 3;
/// Marks the processes of a run, so that survivors can be told from others' processes.
const MARK: &str = "ULVS_BENCH_SMOKE";

/// A directory for one run, gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ulvs-bench-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Runs the benchmark in it; `None`, said loudly, where no namespaces are to be had.
    fn run(&self, args: &[&str]) -> Option<Output> {
        let output = Command::new(env!("CARGO_BIN_EXE_bench"))
            .args(args)
            .current_dir(&self.0)
            .env(MARK, &self.0)
            .output()
            .unwrap();
        if output.status.code() == Some(CANNOT) {
            // Not by a macro of the standard library: the test harness would keep that to itself.
            writeln!(
                std::io::stderr().lock(),
                "\n*** LEFT OUT: bench smoke: {}\nRun it with: sudo -E cargo test -p bench\n",
                String::from_utf8_lossy(&output.stderr)
            )
            .unwrap();
            return None;
        }
        Some(output)
    }

    /// Processes that this run started and that still live.
    fn survivors(&self) -> Vec<String> {
        let mark = format!("{MARK}={}", self.0.display());
        let processes = fs::read_dir("/proc").unwrap().flatten();
        processes
            .filter(|process| {
                fs::read(process.path().join("environ"))
                    .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|word| word == mark.as_bytes()))
            })
            .map(|process| process.path().display().to_string())
            .collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_figure_is_there_and_nothing_is_left() {
    let scratch = Scratch::new("all");
    let args = [
        "--quick",
        "--rounds",
        "2",
        "--time",
        "5",
        "--flows",
        "4",
        "--many",
        "500",
        "--json",
        "figures.json",
    ];
    let Some(output) = scratch.run(&args) else { return };
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{errors}");
    for words in ["kernel routing", "reflector", "ulvs DR", "ulvs NAT", "ulvs TUN", "past the director"] {
        assert!(text.contains(words), "{words} is missing in:\n{text}");
    }

    let report: Value = serde_json::from_slice(&fs::read(scratch.0.join("figures.json")).unwrap()).unwrap();
    assert_eq!(report["format"], 2);
    assert!(report["machine"]["cpus"].as_u64().unwrap() > 0);
    let figures = report["figures"].as_array().unwrap();
    let mut seen = BTreeSet::new();
    for figure in figures {
        let word = |name: &str| figure[name].as_str().unwrap_or_default().to_owned();
        let size = figure["size"].as_u64().unwrap_or(0);
        let load = word("traffic");
        let what = format!("{} {} {}{load} {size}", word("quantity"), word("way"), word("reply"));
        assert_eq!(figure["samples"].as_array().unwrap().len(), 2, "{what}");
        let median = figure["median"].as_f64().unwrap();
        if word("quantity").ends_with("loss") {
            assert!((0.0..=1.0).contains(&median), "{what}: {median}");
        } else {
            // 0 is possible: in so short a time somebody else may have had the CPU.
            assert!(median >= 0.0 && median.is_finite(), "{what}: {median}");
        }
        assert!(seen.insert(what));
    }
    let mut missing = BTreeSet::new();
    let has_nft = !text.contains("nft is not installed");
    let nft: &[_] = if has_nft { &["dnat", "masquerade"] } else { &[] };
    for size in [64, 1500] {
        for &way in ["kernel", "reflector", "dr", "nat", "tun"].iter().chain(nft) {
            let replies: &[_] = match way {
                "kernel" | "reflector" => &["direct", "through"],
                "nat" | "dnat" | "masquerade" => &["through"],
                _ => &["direct"],
            };
            let mut wanted = Vec::new();
            let loads: &[_] = if size == 64 {
                &["4 flows in runs", "500 flows in turn", "each a new flow"]
            } else {
                &["4 flows in runs"]
            };
            for load in loads {
                wanted.extend(["cpu_ns", "loss"].map(|quantity| format!("{quantity} {way} {load} {size}")));
                if report["machine"]["cpus"].as_u64() != Some(1) && *load != "each a new flow" {
                    let quantities = ["pps", "pps_of_busy_core"];
                    wanted.extend(quantities.map(|quantity| format!("{quantity} {way} {load} {size}")));
                }
            }
            for reply in replies {
                let trip = ["rtt_p50", "rtt_p99", "rtt_p999", "rtt_loss"];
                wanted.extend(trip.map(|quantity| format!("{quantity} {way} {reply} {size}")));
                wanted.extend((way != "tun").then(|| format!("tcp_gbit {way} {reply} 0")));
            }
            missing.extend(wanted.into_iter().filter(|what| !seen.contains(what)));
        }
    }
    assert!(missing.is_empty(), "missing: {missing:?}");

    let left: Vec<_> = fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["figures.json"]);
    assert_eq!(scratch.survivors(), [""; 0]);
}

#[test]
fn two_runs_are_compared() {
    let scratch = Scratch::new("compare");
    let report = |format: u32, way: &str, medians: [f64; 3]| {
        let figure = |(number, median): (usize, f64)| {
            let quantity = ["cpu_ns", "pps", "tcp_gbit"][number];
            let ratio = format!(r#"{{"median": {0}, "min": {0}, "max": {0}}}"#, median / 2.0);
            format!(
                r#"{{"quantity": "{quantity}", "traffic": null, "size": 64, "reply": null, "way": "{way}",
                "median": {median}, "min": {}, "max": {}, "to_reflector": {ratio}, "samples": []}}"#,
                median - 1.0,
                median + 1.0
            )
        };
        let figures: Vec<_> = medians.into_iter().enumerate().map(figure).collect();
        format!(
            r#"{{"format": {format}, "machine": {{"cpu": "a", "cpus": 2, "kernel": "b", "notes": []}},
            "figures": [{}]}}"#,
            figures.join(",")
        )
    };
    let files = [
        ("a", report(2, "dr", [100.0, 100.0, 100.0])),
        ("b", report(2, "dr", [110.0, 110.0, 100.5])),
        ("old", report(1, "dr", [100.0; 3])),
        ("other", report(2, "nat", [100.0; 3])),
        ("none", "{".to_owned()),
    ];
    for (name, text) in files {
        fs::write(scratch.0.join(name), text).unwrap();
    }
    let compare = |before: &str, after: &str| {
        let output = scratch.run(&["compare", before, after]).unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, said, errors) = compare("a", "b");
    assert_eq!(code, Some(0), "{errors}");
    let line = |quantity: &str| said.lines().find(|line| line.contains(quantity)).unwrap().to_owned();
    let verdicts = |line: &str| (line.matches("better").count(), line.matches("worse").count());
    assert_eq!(verdicts(&line("cpu_ns, 64")), (0, 2), "{said}");
    assert_eq!(verdicts(&line("pps, 64")), (2, 0), "{said}");
    assert_eq!(verdicts(&line("tcp_gbit, 64")), (1, 0), "the ratios have no spread: {said}");
    assert!(line("cpu_ns, 64").contains("1.100"), "{said}");
    for (before, after, words) in [
        ("a", "old", "old: a report of format 1; this program knows 2"),
        ("a", "other", "a and other have no figure in common"),
        ("none", "a", "none: EOF"),
        ("a", "nowhere", "nowhere: No such file"),
    ] {
        let (code, said, errors) = compare(before, after);
        assert_eq!((code, said.as_str()), (Some(1), ""), "{errors}");
        assert!(errors.contains(words), "{errors}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_said_before_anything_is_measured() {
    let scratch = Scratch::new("file");
    fs::write(scratch.0.join("file"), "").unwrap();
    let Some(output) = scratch.run(&["--quick", "--json", "file/figures.json"]) else { return };
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("file/figures.json"), "{errors}");
}
