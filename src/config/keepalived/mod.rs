//! keepalived.conf, as keepalived 2 reads it.
//!
//! `feed` makes one row of words and braces of all files, with conditions, variables and templates; `reader` goes through
//! blocks by the tables of their keys (`keys_*`), and hands what is done to the room of its block, which notes it in a
//! `Draft`; `finish` and `farm` make services and farms of the whole.

mod checker;
mod draft;
mod expand;
mod farm;
mod feed;
mod finish;
mod global;
mod http;
mod keys_global;
mod keys_lvs;
mod keys_vrrp;
mod line;
mod reader;
mod real_server;
mod remark;
mod schema;
mod script;
mod specs;
mod sync;
mod value;
mod variable;
mod virtual_server;
mod vrrp;
mod write;

use super::diagnostic::Diagnostics;
use super::dialect::{Context, Dialect};
use super::source::Source;
use crate::control::command::Intent;
use draft::Draft;
use feed::Feed;
use reader::Reader;
use remark::Remarks;
use std::rc::Rc;
pub use write::write;

/// keepalived.conf.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keepalived;

impl Dialect for Keepalived {
    fn name(&self) -> &'static str {
        "keepalived"
    }

    fn read(&self, source: &Source, context: &Context<'_>, out: &mut Diagnostics) -> Intent {
        let mut remarks = Remarks::new(out);
        let feed = Feed::new(Rc::new(source.clone()), context, &mut remarks);
        let mut reader = Reader::new(feed, remarks, Draft::default());
        reader.root();
        if reader.draft.script_user.is_none() {
            reader.draft.script_user = context.script_user.clone().map(|user| (user, None));
        }
        reader.finish()
    }
}

/// Is this keepalived.conf: does a line begin with a keyword that only it has at the top?
pub(super) fn is_ours(text: &str) -> bool {
    text.lines().take(10_000).any(|line| {
        let line = line::without_comment(line).trim_start();
        // A condition may be before it.
        let line = match line.strip_prefix('@') {
            Some(rest) => rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start()),
            None => line,
        };
        let word = line.split(|char: char| char.is_whitespace() || char == '{').next().unwrap_or_default();
        !word.is_empty() && word != "instance" && keys_global::ROOT.key(word).is_some()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
