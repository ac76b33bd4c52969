//! What is common to many is said once: of real servers by their service, of services by `[defaults]` or by a name.

use super::service::{Block, BlockKind};
use super::value::{Pairs, Val};
use crate::config::native::keys;
use std::collections::HashMap;

/// Takes what all real servers of a service say to the service. A single one keeps what is rather its own.
pub(super) fn servers(block: &mut Block) {
    let Some(first) = block.servers.first() else { return };
    let is_single = block.servers.len() == 1;
    let is_own = |key: &str| matches!(key, "weight" | "upper_threshold" | "lower_threshold");
    let common: Pairs = first
        .iter()
        .filter(|(key, _)| keys::SERVER_SHARED.contains(key) || keys::WATCH_SHARED.contains(key))
        .filter(|(key, _)| !is_single || !is_own(key))
        .filter(|pair| block.servers.iter().all(|server| server.contains(pair)))
        .cloned()
        .collect();
    for server in &mut block.servers {
        server.retain(|pair| !common.contains(pair));
    }
    block.pairs.extend(common);
}

/// Takes the checks that most real servers of a service have to the service; those that have others say so.
pub(super) fn checks_of(block: &mut Block) {
    let said = |server: &Pairs| server.iter().find(|(key, _)| *key == "check").map(|(_, val)| val.clone());
    if block.pairs.iter().any(|(key, _)| *key == "check") {
        return;
    }
    let mut counts: Vec<(Val, usize)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for val in block.servers.iter().filter_map(said) {
        let place = *places.entry(val.inline()).or_insert(counts.len());
        match counts.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => counts.push((val, 1)),
        }
    }
    let without = block.servers.len() - counts.iter().map(|(_, count)| count).sum::<usize>();
    let Some((common, _)) = counts.into_iter().rev().max_by_key(|(_, count)| *count) else { return };
    let with = block.servers.iter().filter(|server| said(server).as_ref() == Some(&common)).count();
    if with < without || with == 1 && block.servers.len() > 1 {
        return;
    }
    for server in &mut block.servers {
        match server.iter().position(|(key, _)| *key == "check") {
            Some(place) if server.get(place).is_some_and(|(_, val)| *val == common) => {
                drop(server.remove(place));
            }
            Some(_) => {}
            None => server.push(("check", Val::List(Vec::new()))),
        }
    }
    block.pairs.push(("check", common));
}

/// Names the checks that are said more than once, and takes the names for them.
pub(super) fn name_checks(blocks: &mut [Block]) -> Vec<(String, Pairs)> {
    let mut names = Names::new();
    for_each(blocks, "check", &mut |val| match val {
        Val::List(list) => list.iter().for_each(|one| names.count(one)),
        one => names.count(one),
    });
    let kind_of = |pairs: &Pairs| match pairs.first() {
        Some((_, Val::Plain(kind))) => kind.trim_matches('"').to_owned(),
        _ => "check".to_owned(),
    };
    let named = names.give(kind_of);
    for_each(blocks, "check", &mut |val| match val {
        Val::List(list) => list.iter_mut().for_each(|one| names.replace(one)),
        one => names.replace(one),
    });
    named
}

/// The same for mail.
pub(super) fn name_mails(blocks: &mut [Block]) -> Vec<(String, Pairs)> {
    let mut names = Names::new();
    for_each(blocks, "mail", &mut |val| names.count(val));
    let named = names.give(|_| "mail".to_owned());
    for_each(blocks, "mail", &mut |val| names.replace(val));
    named
}

/// Every value of this key, in services and real servers.
fn for_each(blocks: &mut [Block], key: &str, what: &mut dyn FnMut(&mut Val)) {
    let tables =
        blocks.iter_mut().flat_map(|block| std::iter::once(&mut block.pairs).chain(&mut block.servers));
    tables.flatten().filter(|(known, _)| *known == key).for_each(|(_, val)| what(val));
}

/// Tables by what they say.
struct Names {
    /// How often each is said, and the name that it gets.
    of: HashMap<String, (usize, Option<String>)>,
    /// Those that are said twice, in the order in which they were.
    twice: Vec<Pairs>,
}

impl Names {
    fn new() -> Self {
        Self { of: HashMap::new(), twice: Vec::new() }
    }

    fn count(&mut self, val: &Val) {
        let Val::Table(pairs) = val else { return };
        let (count, _) = self.of.entry(val.inline()).or_insert((0, None));
        *count += 1;
        if *count == 2 {
            self.twice.push(pairs.clone());
        }
    }

    fn give(&mut self, kind: impl Fn(&Pairs) -> String) -> Vec<(String, Pairs)> {
        let mut named = Vec::new();
        for pairs in std::mem::take(&mut self.twice) {
            let name = format!("{}-{}", kind(&pairs), named.len() + 1);
            if let Some((_, given)) = self.of.get_mut(&Val::Table(pairs.clone()).inline()) {
                *given = Some(name.clone());
            }
            named.push((name, pairs));
        }
        named
    }

    fn replace(&self, val: &mut Val) {
        if let Val::Table(_) = val
            && let Some((_, Some(name))) = self.of.get(&val.inline())
        {
            *val = Val::text(name);
        }
    }
}

/// Takes what all services say to `[defaults]`.
pub(super) fn defaults(blocks: &mut [Block]) -> Pairs {
    let mut defaults = Pairs::new();
    let all_watched = blocks.iter().all(|block| block.kind != BlockKind::Unwatched);
    let watching = [keys::FARM_SHARED, keys::WATCH_SHARED].concat();
    let any = [keys::SERVICE_SHARED, keys::SERVER_SHARED].concat();
    for key in any.iter().chain(watching.iter().filter(|_| all_watched)) {
        let is_watching = watching.contains(key);
        let of_servers = keys::SERVER_SHARED.contains(key) || keys::WATCH_SHARED.contains(key);
        let mut concerned: Vec<&mut Block> = blocks
            .iter_mut()
            .filter(|block| !is_watching || block.kind == BlockKind::Leader)
            // What has no real servers says nothing of them.
            .filter(|block| !of_servers || !block.servers.is_empty())
            .collect();
        let val_of =
            |block: &Block| block.pairs.iter().find(|(known, _)| known == key).map(|(_, val)| val.clone());
        let Some(common) = concerned.first().and_then(|block| val_of(block)) else { continue };
        if concerned.len() < 2 || concerned.iter().any(|block| val_of(block).as_ref() != Some(&common)) {
            continue;
        }
        for block in &mut concerned {
            block.pairs.retain(|(known, _)| known != key);
        }
        defaults.push((key, common));
    }
    defaults
}
