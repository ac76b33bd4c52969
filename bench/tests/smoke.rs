//! The benchmark as people start it, but for a moment only: it measures everything, says so, and leaves nothing behind.
//! Nothing here depends on how fast the machine is.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod scratch;

use scratch::Scratch;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

#[test]
fn every_figure_is_there_and_nothing_is_left() {
    let scratch = Scratch::new("all");
    let args = [
        "--quick",
        "--only",
        "cpu,pps,latency,tcp",
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
    assert_eq!(report["format"], 3);
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
                let streams = ["offloads on", "offloads off, GRO"];
                wanted.extend(
                    streams
                        .iter()
                        .filter(|_| way != "tun")
                        .map(|stream| format!("tcp_gbit {way} {reply}{stream} 0")),
                );
            }
            missing.extend(wanted.into_iter().filter(|what| !seen.contains(what)));
        }
    }
    assert!(missing.is_empty(), "missing: {missing:?}");

    let left: Vec<_> = fs::read_dir(&scratch.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let left: BTreeSet<_> = left.into_iter().collect();
    assert_eq!(left, ["figures.html", "figures.json"].map(Into::into).into());
    assert_eq!(scratch.survivors(), [""; 0]);
    let page = fs::read_to_string(scratch.0.join("figures.html")).unwrap();
    for words in ["<svg", "How to read this", "Goals", "kernel routing", "</html>"] {
        assert!(page.contains(words), "{words} is missing in the page");
    }
    // It stands alone: nothing is loaded from anywhere.
    for word in ["<script", "<link", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(word), "{word} in the page");
    }
}

/// Whether a note of the report says that this was left out.
fn is_left_out(report: &Value, what: &str) -> bool {
    let notes = report["machine"]["notes"].as_array().unwrap();
    notes.iter().any(|note| note.as_str().unwrap().ends_with(&format!("{what} left out")))
}

#[test]
fn what_needs_two_cores_or_programs_is_there_or_said_to_be_missing() {
    let scratch = Scratch::new("more");
    let kinds = "connections,scaling,flood,loss,table,events";
    let args =
        ["--quick", "--only", kinds, "--rounds", "1", "--time", "5", "--many", "500", "--json", "more.json"];
    let Some(output) = scratch.run(&args) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let report: Value = serde_json::from_slice(&fs::read(scratch.0.join("more.json")).unwrap()).unwrap();
    let figures = report["figures"].as_array().unwrap();
    let has = |quantity: &str, way: &str| {
        figures.iter().any(|figure| {
            (figure["quantity"].as_str(), figure["way"].as_str()) == (Some(quantity), Some(way))
                && figure["median"].as_f64().is_some_and(f64::is_finite)
        })
    };
    if report["machine"]["cpus"].as_u64() != Some(1) {
        let of_all =
            ["connection_bytes", "idle_percent", "process_mib", "pps_known", "flood_loss", "steady_loss"];
        for quantity in of_all.iter().chain(&["scaled_pps"]) {
            assert!(has(quantity, "dr") && has(quantity, "nat"), "{quantity} is missing in:\n{text}");
        }
        assert!(has("event_p999", "dr"), "{text}");
        let bytes = figures.iter().filter(|figure| figure["quantity"] == "connection_bytes");
        for figure in bytes {
            // A connection's entry alone has 64; far more would be a leak.
            let bytes = figure["median"].as_f64().unwrap();
            assert!((16.0..1000.0).contains(&bytes), "{bytes} bytes per connection");
        }
    }
    let names = [
        ("kernel", "kernel routing"),
        ("dnat", "nft DNAT"),
        ("masquerade", "nft DNAT+masq."),
        ("reflector", "reflector"),
        ("dr", "ulvs DR"),
        ("nat", "ulvs NAT"),
        ("haproxy", "HAProxy"),
        ("nginx", "nginx stream"),
        ("ipvs", "IPVS in UML"),
    ];
    for (way, name) in names {
        let is_there = has("new_connections", way) && has("keep_alive", way);
        let is_missing =
            is_left_out(&report, &format!("{name} is")) || is_left_out(&report, "web requests are");
        assert!(
            is_there != is_missing,
            "{name}: measured: {is_there}, said to be missing: {is_missing}\n{text}"
        );
    }
    assert!(text.contains("not measured") && text.contains("goals"), "{text}");
    assert_eq!(scratch.survivors(), [""; 0]);
}

/// The cells of the rows about the director's modes.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter(|line| line.starts_with('│') && line.contains("ulvs "));
    rows.map(|row| row.split(['│', '┆']).map(str::trim).filter(|cell| !cell.is_empty()).collect()).collect()
}

/// Every packet has arrived or is said to be lost, and by NAT each that arrived was answered.
fn are_right(rows: &[Vec<&str>], ways: &[&str]) {
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), ways);
    for row in rows {
        let [sent, arrived, supers, lost] = [2, 3, 4, 8].map(|at| row[at].parse::<u64>().unwrap());
        assert!(sent > 0 && arrived > 0 && arrived <= sent, "{row:?}");
        if row[0] == "ulvs NAT" {
            let [answered, back, supers_back] = [5, 6, 7].map(|at| row[at].parse::<u64>().unwrap());
            assert_eq!(answered, arrived, "{row:?}");
            assert!(back > 0 && back <= answered && lost == sent - back, "{row:?}");
            // Some super-frames are answered whole.
            assert!(supers_back > 0 || supers == 0, "{row:?}");
        } else {
            assert_eq!(row[5..8], ["-"; 3]);
            assert_eq!(lost, sent - arrived, "{row:?}");
        }
        assert_eq!(row.last(), Some(&"right"), "{row:?}");
    }
}

#[test]
fn every_packet_is_right_and_the_counters_add_up() {
    let scratch = Scratch::new("verify");
    let Some(output) = scratch.run(&["verify", "--seconds", "1"]) else { return };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    are_right(&rows(&text), &["ulvs DR", "ulvs NAT", "ulvs TUN"]);
    for (way, method) in [("DR", "route"), ("NAT", "masq_reply"), ("TUN", "tunnel")] {
        let line = text.lines().find(|line| line.starts_with(&format!("ulvs {way} counted "))).unwrap();
        assert!(line.contains(&format!("frames_forwarded{{method=\"{method}\"}} ")), "{line}");
    }
    assert_eq!(scratch.survivors(), [""; 0]);
}

#[test]
fn connections_come_and_go_and_what_comes_back_is_right() {
    let scratch = Scratch::new("churn");
    let Some(output) = scratch.run(&["churn", "--seconds", "10", "--mode", "nat"]) else { return };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    are_right(&rows(&text), &["ulvs NAT"]);
    assert_eq!(scratch.survivors(), [""; 0]);
    // It could not say whether memory grows.
    let output = scratch.run(&["churn", "--seconds", "9"]).unwrap();
    assert_eq!(output.status.code(), Some(2));
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
        ("a", report(3, "dr", [100.0, 100.0, 100.0])),
        ("b", report(3, "dr", [110.0, 110.0, 100.5])),
        ("old", report(1, "dr", [100.0; 3])),
        ("other", report(3, "nat", [100.0; 3])),
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
        ("a", "old", "old: a report of format 1; this program knows 3"),
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
