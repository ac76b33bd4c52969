//! Piranha's lvs.cf.

mod block;
mod build;
mod check;
mod globals;
mod pair;
mod reader;
mod shared;
mod value;
mod virtual_server;
mod words;
mod write;

use super::diagnostic::Diagnostics;
use super::dialect::{Context, Dialect};
use super::source::Source;
use crate::control::command::Intent;
use block::{Block, GLOBAL_KEYS};
use build::Builder;
use reader::Reader;
pub use write::write;

/// The format of Piranha's lvs.cf, which pulse, lvsd and nanny read. What becomes of each key: docs/dialects/piranha.md.
#[derive(Clone, Copy, Debug, Default)]
pub struct Piranha;

impl Dialect for Piranha {
    fn name(&self) -> &'static str {
        "piranha"
    }

    fn read(&self, source: &Source, context: &Context<'_>, out: &mut Diagnostics) -> Intent {
        let mut intent = Intent::default();
        if source.text().is_empty() {
            out.error(source, 0..0, "empty configuration");
            return intent;
        }
        let mut reader = Reader::new(source, context.names, out);
        let mut globals = Block::default();
        let mut virtuals = Vec::new();
        let mut failovers = None;
        while let Some(line) = reader.line() {
            let Some(first) = line.words.first() else { continue };
            if !first.is("virtual") && !first.is("failover") {
                reader.assignment(&line, GLOBAL_KEYS, &mut globals, "outside of a virtual server");
                continue;
            }
            let Some(head) = reader.head(&line) else {
                globals.is_broken = true;
                reader.skip_headless(&line);
                continue;
            };
            let found = reader.virtual_server(head);
            if found.is_failover {
                failovers.get_or_insert(found.start..found.start + "failover".len());
            } else if !found.is_active {
                if !found.is_broken {
                    let message =
                        format!("the virtual server `{}` is not active: it is left out", found.name);
                    reader.note(found.name_at, message);
                }
            } else {
                virtuals.push(found);
            }
        }
        reader.globals(&globals, &mut intent);
        if let Some(at) = failovers {
            reader.warning(at, "failover services are not in this version: they are left out");
        }
        if globals::is_failover(&globals) {
            let at = globals.get("service").map_or(0..0, |said| said.at.clone());
            let message = "`service = fos` serves failover services alone: no virtual server is served";
            reader.warning(at, message).help("`service = lvs` serves the virtual servers");
        } else {
            if virtuals.is_empty() {
                let message = "no active lvs services defined: pulse would not start";
                reader.warning(0..0, message).strict().help("`active = 1` in a virtual server");
            }
            let mut builder = Builder::new(globals::method(&globals), globals::rsh(&globals));
            for found in virtuals.iter().filter(|found| !found.is_broken) {
                builder.add(&mut reader, found);
            }
            builder.finish(&mut intent);
            reader.pair(&globals, &virtuals, &mut intent);
        }
        reader.tell_comments();
        intent
    }
}

/// Is a file, by its content, of this kind? The head of a block decides; where none is near, a key outside of blocks.
pub(super) fn is_ours(source: &Source) -> bool {
    let lines = source.lines().map(|(_, text)| text.trim_start()).filter(|text| !text.starts_with('#'));
    let mut has_key = false;
    for text in lines.filter(|text| !text.is_empty()).take(LOOKED_AT) {
        let words: Vec<&str> = text.split_whitespace().take(3).collect();
        match words.as_slice() {
            ["virtual" | "failover", _, "{"] => return true,
            ["service", "=", what] => has_key |= ["lvs", "fos"].contains(what),
            [key, "=", _] => has_key |= GLOBAL_KEYS.iter().any(|(name, _)| name == key),
            // Forks of keepalived begin with a `serial_no`, too.
            [block, ..] if KEEPALIVED.iter().any(|word| block.starts_with(word)) => return false,
            _ => {}
        }
    }
    has_key
}

/// Blocks of keepalived begin so.
const KEEPALIVED: [&str; 4] = ["global_defs", "virtual_server", "vrrp_", "static_"];

/// So many lines are looked at to tell what a file is.
const LOOKED_AT: usize = 200;

#[cfg(test)]
mod tests;
