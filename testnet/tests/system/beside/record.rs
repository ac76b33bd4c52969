//! What became of a director's table, as its own log tells it, change by change.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// A real server's weight in a service; `None`: it is not there.
pub type Weight = Option<i32>;

/// One change of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Seconds of the day, UTC.
    pub at: f64,
    /// The port, or `fwm N`: without the VIP, which each director has its own.
    pub service: String,
    /// The real server's name.
    pub server: String,
    /// What it has from now on.
    pub weight: Weight,
}

/// The changes that a log tells of, without those that change nothing.
pub fn changes(log: &str, name_of: &dyn Fn(IpAddr) -> String) -> Vec<Change> {
    let mut table: BTreeMap<(String, String), i32> = BTreeMap::new();
    let mut changes = Vec::new();
    for line in log.lines() {
        let Some((head, words)) = line.split_once(" changed: ") else { continue };
        let Some((verb, rest)) = words.split_once(" server ") else { continue };
        let Some((service, rest)) = rest.split_once(" -> ") else { continue };
        let service = match service.strip_prefix("FWM ") {
            Some(mark) => format!("fwm {mark}"),
            None => service.rsplit(':').next().unwrap_or_default().to_owned(),
        };
        let mut rest = rest.split(' ');
        let endpoint = rest.next().unwrap_or_default();
        let addr = endpoint.rsplit_once(':').and_then(|(addr, _)| addr.parse().ok());
        let server = addr.map_or_else(|| endpoint.to_owned(), name_of);
        let weight = match verb {
            "delete" => None,
            _ => rest.skip_while(|word| *word != "weight").nth(1).and_then(|weight| weight.parse().ok()),
        };
        let key = (service.clone(), server.clone());
        let before = match weight {
            Some(weight) => table.insert(key, weight),
            None => table.remove(&key),
        };
        if before != weight {
            changes.push(Change { at: second_of_day(head), service, server, weight });
        }
    }
    changes
}

/// The time that a line of the log begins with.
fn second_of_day(head: &str) -> f64 {
    let time = head.split('T').nth(1).and_then(|rest| rest.split('Z').next()).unwrap_or_default();
    time.split(':').filter_map(|part| part.parse::<f64>().ok()).fold(0.0, |sum, part| sum * 60.0 + part)
}

/// What the table holds after these changes, by service and real server.
pub fn table(changes: &[Change]) -> BTreeMap<(String, String), i32> {
    let mut table = BTreeMap::new();
    for change in changes {
        let key = (change.service.clone(), change.server.clone());
        match change.weight {
            Some(weight) => table.insert(key, weight),
            None => table.remove(&key),
        };
    }
    table
}

/// A sequence of changes of one service in a word each.
pub fn told<'a>(changes: impl IntoIterator<Item = &'a Change>) -> String {
    let word = |change: &Change| {
        let weight = change.weight.map_or_else(|| "gone".to_owned(), |weight| weight.to_string());
        format!("{}={weight}", change.server)
    };
    changes.into_iter().map(word).collect::<Vec<_>>().join(" ")
}
