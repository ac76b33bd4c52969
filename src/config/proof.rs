//! What was written is read again: nobody shall find out when it is used that it is refused, or means something else.

use super::diagnostic::{Diagnostics, Severity};
use super::dialect::{Context, Dialect, Written};
use super::files::Files;
use super::names::Names;
use super::source::{Source, SourceError};
use crate::control::command::Intent;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// So many lines are said of it.
const MAX_TOLD: usize = 20;

/// Reads what was written, and adds to what is unsaid what would be refused, and, where nothing was left unsaid, what is not
/// the same.
pub(super) fn prove(dialect: &dyn Dialect, intent: &Intent, written: &mut Written) {
    let names = Names::default();
    let context = Context {
        names: &names,
        files: &Nowhere,
        config_id: String::new(),
        environment: BTreeMap::new(),
        script_user: None,
    };
    let mut out = Diagnostics::default();
    let again = dialect.read(&Source::from_text("written", written.text.as_str()), &context, &mut out);
    let errors = out.iter().filter(|remark| remark.severity == Severity::Error);
    let was_whole = written.unsaid.is_empty();
    let told = errors.map(|remark| format!("line {}: {}", remark.line, remark.message)).take(MAX_TOLD);
    written.unsaid.extend(told);
    if was_whole && written.unsaid.is_empty() && again != *intent {
        written.unsaid.extend(differences(intent, &again));
    }
}

/// What is not the same in another intent.
fn differences(intent: &Intent, other: &Intent) -> Vec<String> {
    let same = "read back it is not wholly the same";
    let mut found = Vec::new();
    for (key, service) in &intent.services {
        if other.services.get(key) != Some(service) {
            found.push(format!("{}: {same}", key.describe()));
        }
    }
    let farms = intent.farms.iter().filter(|farm| !other.farms.contains(farm));
    found.extend(farms.map(|farm| format!("{}: {same}", farm.name)));
    let routers = intent.vrrp.instances.iter().filter(|one| !other.vrrp.instances.contains(one));
    found.extend(routers.map(|one| format!("virtual router {}: {same}", one.name)));
    if found.is_empty() && intent.vrrp != other.vrrp {
        found.push(format!("what is said of virtual routers: {same}"));
    }
    // Marks and tunables are nobody's but ours, and what the others do not say of them stays as it is.
    let for_all = |intent: &Intent| (intent.timeouts, intent.upkeep.clone(), intent.sync.clone());
    if found.is_empty() && for_all(intent) != for_all(other) {
        found.push(format!("what is said for all: {same}"));
    }
    found.truncate(MAX_TOLD);
    found
}

/// What was written names no other texts.
struct Nowhere;

impl Files for Nowhere {
    fn load(&self, path: &Path) -> Result<Source, SourceError> {
        let name = path.display().to_string();
        Err(SourceError::Io { name, operation: "open", error: std::io::ErrorKind::NotFound.into() })
    }

    fn matching(&self, _pattern: &str) -> Vec<PathBuf> {
        Vec::new()
    }
}
