//! Lets all of it happen, and compares.

use super::failures::{Fault, Step, World, steps};
use super::farm::{Service, port};
use super::pair::Pair;
use super::record::{Change, table, told};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long both may take until their tables are as they are to be.
const PATIENCE: Duration = Duration::from_secs(60);

type Tables = BTreeMap<String, BTreeMap<String, i32>>;

/// A difference between the original and us that is known: this fault takes real servers out here, and not there, in the
/// services that say so.
pub struct Known {
    pub fault: Fault,
    pub reason: &'static str,
}

struct Drive<'a> {
    pair: &'a Pair,
    services: &'a [Service],
    known: &'a [Known],
    world: World,
    /// There and here.
    has_quorum: [Vec<bool>; 2],
    /// Changes of both that have been compared.
    seen: [usize; 2],
    compared: usize,
    report: Vec<String>,
    different: Vec<String>,
    /// How often a known difference showed.
    shown: usize,
}

/// Waits until both are up, then goes through all steps.
///
/// `start`: why the two tables come to where they are at first by other ways; `None`: they do not.
pub fn drive(
    pair: &Pair,
    services: &[Service],
    known: &[Known],
    start: Option<&'static str>,
) -> Result<String> {
    let mut drive = Drive {
        pair,
        services,
        known,
        world: World::default(),
        has_quorum: [vec![true; services.len()], vec![true; services.len()]],
        seen: [0, 0],
        compared: 0,
        report: Vec::new(),
        different: Vec::new(),
        shown: 0,
    };
    let expected = drive.expected();
    drive.wait("start", &expected, None)?;
    drive.compare("start", None)?;
    if let Some(reason) = start {
        ensure!(!drive.different.is_empty(), "no longer so: {reason}");
        drive
            .report
            .push(format!("  {} services otherwise, known: {reason}. For example", drive.different.len()));
        let example = drive.different.swap_remove(0);
        drive.report.push(example);
        drive.different.clear();
    }
    for step in steps() {
        drive.go(&step).with_context(|| step.what.clone())?;
    }
    let Drive { report: mut lines, different, shown, compared, .. } = drive;
    ensure!(different.is_empty(), "{} sequences differ:\n{}", different.len(), different.join("\n"));
    ensure!(known.is_empty() == (shown == 0), "known differences showed {shown} times");
    let steps = steps().len();
    lines.push(format!(
        "{} services, {steps} steps: the same {compared} changes in both tables, {shown} times a known difference",
        services.len()
    ));
    lines.extend(known.iter().map(|known| format!("known: {:?}: {}", known.fault, known.reason)));
    Ok(lines.join("\n"))
}

impl Drive<'_> {
    /// What both tables are to hold.
    fn expected(&mut self) -> [Tables; 2] {
        [false, true].map(|is_here| {
            let has_quorum = &mut self.has_quorum[usize::from(is_here)];
            let services = self.services.iter().enumerate().zip(has_quorum);
            let table = |((place, service), quorum): ((usize, &Service), &mut bool)| {
                (service.key(place), service.expected(&self.world, is_here, quorum))
            };
            services.map(table).collect()
        })
    }

    fn go(&mut self, step: &Step) -> Result<()> {
        let before = self.world.faults[step.server];
        self.world.faults[step.server] = step.fault;
        self.world.weights[step.server] = step.weight();
        let begun = second_of_day();
        self.pair.let_happen(step, before == Some(Fault::Silent))?;
        let expected = self.expected();
        self.wait(&step.what, &expected, Some(step))?;
        self.compare(&step.what, Some((step, before, begun)))
    }

    /// Waits until both tables are as they are to be, and both have seen what has happened.
    fn wait(&self, what: &str, expected: &[Tables; 2], step: Option<&Step>) -> Result<()> {
        let begun = Instant::now();
        loop {
            let held = self.pair.records()?.map(|changes| by_service(self.services, &changes));
            let is_seen = step.is_none_or(|step| self.have_seen(step));
            if held == *expected && is_seen {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                let [there, here] = [0, 1].map(|side| differing(self.services, &expected[side], &held[side]));
                bail!(
                    "{what}: not within {PATIENCE:?} (asked often enough: {is_seen}).\nthere: {there}\nhere: {here}\n{}",
                    self.report.join("\n")
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Checks that find nothing wrong leave no trace in the table: the real server counts them.
    fn have_seen(&self, step: &Step) -> bool {
        let is_reachable = step.manner.listens && step.fault != Some(Fault::Silent);
        let needed = step.manner.wrong_first + 2;
        !is_reachable
            || self.services.iter().enumerate().filter(|(_, service)| service.connects).all(|(place, _)| {
                let backend = &self.pair.backends[step.server];
                self.pair.dips().iter().all(|dip| backend.connections(port(place), *dip) >= needed)
            })
    }

    /// Compares what has happened since the last step.
    fn compare(&mut self, what: &str, step: Option<(&Step, Option<Fault>, f64)>) -> Result<()> {
        let records = self.pair.records()?;
        let since = [&records[0][self.seen[0]..], &records[1][self.seen[1]..]];
        self.seen = [records[0].len(), records[1].len()];
        let mut other_order = Vec::new();
        for (place, service) in self.services.iter().enumerate() {
            let key = service.key(place);
            let [there, here] = since
                .map(|changes| changes.iter().filter(|change| change.service == key).collect::<Vec<_>>());
            self.compared += there.len();
            if let Some((step, ..)) = step {
                let flaps =
                    step.manner.wrong_first >= service.tries && service.notices.contains(&Fault::Words);
                if step.manner.wrong_first > 0 && there.is_empty() == flaps {
                    bail!("{}: {what}: there `{}`", service.label, told(there));
                }
            }
            let (there_told, here_told) = (told(there.iter().copied()), told(here.iter().copied()));
            if there_told == here_told {
                continue;
            }
            if by_server(&there) == by_server(&here) {
                other_order.push(format!("{}: there `{there_told}`, here `{here_told}`", service.label));
                continue;
            }
            let faults = step.map_or([None, None], |(step, before, _)| [step.fault, before]);
            let is_known = self
                .known
                .iter()
                .any(|known| service.only_here.contains(&known.fault) && faults.contains(&Some(known.fault)));
            if is_known && there.is_empty() {
                self.shown += 1;
                continue;
            }
            let label = service.label;
            self.different
                .push(format!("{what}: {label} ({key}):\n  there `{there_told}`\n  here  `{here_told}`"));
        }
        let after = step.map_or(String::new(), |(_, _, begun)| {
            let times = since.map(|changes| first_and_last(changes, begun));
            format!(": after {} s there, {} s here", times[0], times[1])
        });
        self.report.push(format!("{what}: {} changes{after}", since[1].len()));
        self.report
            .extend(other_order.into_iter().map(|line| format!("  at once here, one by one there: {line}")));
        Ok(())
    }
}

/// Each real server's own changes, in order.
fn by_server<'a>(changes: &[&'a Change]) -> BTreeMap<&'a str, Vec<Option<i32>>> {
    let mut servers = BTreeMap::<&str, Vec<_>>::new();
    for change in changes {
        servers.entry(&change.server).or_default().push(change.weight);
    }
    servers
}

fn by_service(services: &[Service], changes: &[Change]) -> Tables {
    let mut tables: Tables =
        services.iter().enumerate().map(|(place, service)| (service.key(place), BTreeMap::new())).collect();
    for ((service, server), weight) in table(changes) {
        tables.entry(service).or_default().insert(server, weight);
    }
    tables
}

/// The tables that are not as they are to be.
fn differing(services: &[Service], expected: &Tables, held: &Tables) -> String {
    let services = services.iter().enumerate().map(|(place, service)| (service.key(place), service.label));
    let lines = services.filter(|(key, _)| expected.get(key) != held.get(key)).map(|(key, label)| {
        format!("\n  {label} ({key}): {:?}, expected {:?}", held.get(&key), expected.get(&key))
    });
    lines.collect()
}

/// How long after the step the first and the last change came.
fn first_and_last(changes: &[Change], begun: f64) -> String {
    let after = |change: &Change| (change.at - begun).rem_euclid(86_400.0);
    match (changes.first(), changes.last()) {
        (Some(first), Some(last)) => format!("{:.1} to {:.1}", after(first), after(last)),
        _ => "-".to_owned(),
    }
}

fn second_of_day() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64().rem_euclid(86_400.0)
}
