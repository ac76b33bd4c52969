//! What real servers are to answer: regular expressions that ldirectord finds to be wrong only when it checks.

use super::kinds::{CheckType, Talk};
use super::line::Word;
use super::probe::{Asked, Asker};
use super::remarks::Remarks;
use crate::config::pattern::{NoPattern, Patterns};
use crate::lvs::{Pattern, Protocol};
use std::collections::BTreeSet;
use std::ops::Range;

/// What was looked at in one reading.
#[derive(Debug, Default)]
pub(super) struct Receives {
    patterns: Patterns,
    /// Places in this text that were told of: a line counts for many real servers.
    told: BTreeSet<usize>,
}

impl Receives {
    /// Another text begins.
    pub fn begin(&mut self) {
        self.told.clear();
    }

    /// Says what is wrong with the pattern of a check. `line`: the real server's line.
    pub fn look_at(
        &mut self,
        asker: &Asker<'_, '_>,
        asked: &Asked<'_>,
        line: Word<'_>,
        remarks: &mut Remarks<'_>,
    ) {
        if !is_compared(asker) {
            return;
        }
        let (regex, place) = match (asked.asks, &asker.service.receive) {
            (Some((_, receive)), _) => (receive, line),
            (None, Some((receive, at))) => (receive, *at),
            (None, None) => return,
        };
        let pattern = Pattern { regex: regex.clone() };
        let Err(fault) = self.patterns.look_at(&pattern) else { return };
        if !self.told.insert(place.at) {
            return;
        }
        let span = span_of(regex, place, None);
        match fault {
            NoPattern::TooLarge => {
                let message = "this regular expression is too large: whether it is one is not looked at";
                remarks.warning(span, message).help("fewer or smaller numbers of repetitions");
            }
            NoPattern::TogetherTooLarge { is_first: true } => {
                let message = "with this, all regular expressions together are too large: whether this and those \
                               behind it are some is not looked at";
                remarks.warning(span, message);
            }
            NoPattern::TogetherTooLarge { .. } => {}
            NoPattern::Wrong { at, why } => {
                let why: String = why.chars().take(80).collect();
                let message = format!("no regular expression: {why}; the check always fails");
                let help = "in Perl's language: put a backslash before characters that stand for themselves";
                remarks.warning(span_of(regex, place, at), message).help(help);
            }
        }
    }
}

/// Is the answer compared with what the file says?
fn is_compared(asker: &Asker<'_, '_>) -> bool {
    let talks = matches!(asker.service.check_type, CheckType::Negotiate | CheckType::Combined(_));
    let compares = match asker.talk {
        Talk::Http | Talk::Https | Talk::HttpProxy | Talk::Ftp | Talk::Ldap | Talk::Ldaps | Talk::Dns => true,
        Talk::SimpleTcp => asker.protocol != Some(Protocol::Udp),
        _ => false,
    };
    talks && compares
}

/// The byte of a pattern in the text, or all of it; the whole place if it is written otherwise than it reads. Of a line the
/// last that reads so: a request may stand before it.
fn span_of(regex: &str, place: Word<'_>, at: Option<usize>) -> Range<usize> {
    let Some(begin) = place.text.rfind(regex).map(|found| place.at + found) else { return place.span() };
    let wrong = at.and_then(|at| Some((at, regex.get(at..)?.chars().next()?)));
    match wrong {
        Some((at, c)) => begin + at..begin + at + c.len_utf8(),
        None => begin..begin + regex.len(),
    }
}
