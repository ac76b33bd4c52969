//! Whatever has a name is explained and tried: verdicts, schedulers, tunables.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use ulvs::director::{CATALOGUE, CatalogueRow, NOTICES, Verdict};
use ulvs::lvs::{MEANINGLESS, TUNABLES, TunableKind};
use ulvs::sched;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The cells of every row of a page's tables, by the heading above.
fn rows(page: &str) -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let mut heading = String::new();
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut heading);
        } else if let Some(cells) = line.strip_prefix("| `").or_else(|| line.strip_prefix("| [`")) {
            let cells: Vec<&str> = cells.trim_end_matches('|').split('|').map(str::trim).collect();
            let name = cells[0].split('`').next().unwrap().to_owned();
            let rest = cells[1..].iter().map(|cell| (*cell).to_owned());
            rows.push((heading.clone(), std::iter::once(name).chain(rest).collect()));
        }
    }
    rows
}

#[test]
fn every_verdict_has_its_row_and_every_row_its_verdict() {
    let rows = rows("docs/counters.md");
    for CatalogueRow { family, label, value, .. } in &CATALOGUE {
        let heading = format!("`{family}{{{label}=…}}`");
        let found: Vec<_> =
            rows.iter().filter(|(above, cells)| above.ends_with(&heading) && cells[0] == *value).collect();
        assert_eq!(found.len(), 1, "docs/counters.md: a row for {family} {value} under {heading}");
        let (_, cells) = found[0];
        assert_eq!(cells.len(), 3, "{family} {value}: name, what it was, what to do");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "{family} {value}: nothing may be empty");
    }
    assert_eq!(rows.len(), CATALOGUE.len(), "docs/counters.md has rows that nothing counts");
}

#[test]
fn every_notice_is_explained() {
    let text = fs::read_to_string(root().join("docs/counters.md")).unwrap();
    for (number, (notice, name)) in NOTICES.iter().enumerate() {
        assert_eq!(*notice as usize, number, "in the order of their numbers");
        assert!(text.contains(&format!("`{name}`")), "docs/counters.md: {name}");
    }
}

#[test]
fn every_fault_of_synchronisation_is_explained() {
    let rows = rows("docs/sync.md");
    let explained: Vec<_> = rows.iter().map(|(_, cells)| cells[0].as_str()).collect();
    for fault in ulvs::sync::fault::Fault::ALL {
        assert_eq!(explained.iter().filter(|name| **name == fault.name()).count(), 1, "{}", fault.name());
    }
}

#[test]
fn every_scheduler_has_its_row_and_its_section() {
    let text = fs::read_to_string(root().join("docs/schedulers.md")).unwrap();
    let names: BTreeSet<String> =
        rows("docs/schedulers.md").into_iter().map(|(_, cells)| cells[0].clone()).collect();
    for entry in sched::CATALOGUE {
        let (page, anchor) = entry.page.split_once('#').unwrap();
        assert!(root().join(page).exists() && anchor == entry.name, "{}", entry.page);
        assert!(
            text.lines().any(|line| line == format!("## {}", entry.name)),
            "a section for {}",
            entry.name
        );
        assert!(names.contains(entry.name), "a row for {}", entry.name);
    }
    assert_eq!(names.len(), sched::CATALOGUE.len(), "docs/schedulers.md has rows that nothing does");
}

#[test]
fn every_tunable_has_its_row() {
    let rows = rows("docs/sysctl.md");
    let under = |heading: &str| -> Vec<&Vec<String>> {
        rows.iter().filter(|(above, _)| above == heading).map(|(_, cells)| cells).collect()
    };
    let ours = under("Tunables of ulvs");
    assert_eq!(ours.len(), TUNABLES.len());
    for (tunable, cells) in TUNABLES.iter().zip(ours) {
        assert_eq!(cells[0], tunable.name, "in the catalogue's order");
        assert_eq!(cells[2], tunable.default_value().to_string(), "default of {}", tunable.name);
        let is_switch = tunable.kind == TunableKind::Switch;
        assert_eq!(cells[1] == "switch", is_switch, "{}", tunable.name);
        assert_eq!(cells[1] == "level", tunable.kind == TunableKind::Level, "{}", tunable.name);
        assert!(cells.len() == 4 && !cells[3].is_empty() && !tunable.meaning.is_empty(), "{}", tunable.name);
    }
    let others = under("Tunables of the kernel that ulvs does not have");
    let others: Vec<_> = others.iter().map(|cells| (cells[0].as_str(), cells[1].as_str())).collect();
    assert_eq!(others, MEANINGLESS);
}

/// The rows of the pipeline tests name what they expect, as `frames_dropped cut`.
#[test]
fn every_verdict_occurs_in_a_test() {
    let dir = root().join("tests/pipeline");
    let tests: String =
        fs::read_dir(dir).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    for row in &CATALOGUE {
        let name = match row.verdict {
            // These rows are written by their names alone.
            Verdict::Dropped(ulvs::director::DropReason::Malformed(_)) => format!("\"{}\"", row.value),
            _ => format!("\"{} {}\"", row.family, row.value),
        };
        let either = format!("\"{} {}\"", row.family, row.value);
        assert!(tests.contains(&name) || tests.contains(&either), "no test of {} {}", row.family, row.value);
    }
}

#[test]
fn every_counter_of_virtual_routers_is_explained() {
    let text = fs::read_to_string(root().join("docs/failover.md")).unwrap();
    let (_, table) = text.split_once("\n## Counters\n").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|line| line.split('|').nth(1).unwrap());
    let told: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let counters = serde_json::to_value(ulvs::vrrp::Counters::default()).unwrap();
    let counted: BTreeSet<&str> = counters.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), counted, "docs/failover.md: counters");
    assert_eq!(told.len(), counted.len(), "docs/failover.md: a counter is there twice");
}
