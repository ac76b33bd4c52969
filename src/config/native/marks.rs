//! Mark rules.

use super::reader::Reader;
use super::{Value, keys};
use crate::config::mark::{Word, Words};
use crate::config::names::Names;
use crate::lvs::MarkRule;
use std::ops::Range;
use toml::de::DeTable;

impl Reader<'_, '_> {
    pub(super) fn marks(&mut self, value: &Value<'_>) -> Vec<MarkRule> {
        let tables = self.tables(value, "mark");
        tables.into_iter().filter_map(|(table, span)| self.mark(table, span)).collect()
    }

    fn mark(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<MarkRule> {
        let mut texts: [Given; 8] = Default::default();
        let mut is_whole = true;
        for (key, value) in table {
            let place = keys::MARK.iter().position(|known| *known == key.get_ref().as_ref());
            let Some(place) = place.and_then(|place| texts.get_mut(place)) else {
                self.unknown(key, keys::MARK);
                is_whole = false;
                continue;
            };
            // Marks and single ports may be numbers.
            let text = match value.get_ref().as_integer() {
                Some(integer) => {
                    u32::from_str_radix(integer.as_str(), integer.radix()).ok().map(|n| n.to_string())
                }
                None => self.text(value).map(str::to_owned),
            };
            if text.is_none() && value.get_ref().as_integer().is_some() {
                self.error(value.span(), "must lie between 0 and 4294967295");
            }
            is_whole &= text.is_some();
            *place = text.map(|text| (text, value.span()));
        }
        let [dst, src, proto, dports, sports, iif, set_mark, set_xmark] = &texts;
        let words = Words {
            destination: text_of(dst),
            source: text_of(src),
            protocol: text_of(proto),
            dports: text_of(dports),
            sports: text_of(sports),
            interface: text_of(iif),
            set_mark: text_of(set_mark),
            set_xmark: text_of(set_xmark),
        };
        match words.read(&Names::default()) {
            Ok(rule) => Some(rule).filter(|_| is_whole),
            // What was no text has been told.
            Err(_) if !is_whole => None,
            Err((word, why)) => {
                let given = match word {
                    Word::Destination => dst,
                    Word::Source => src,
                    Word::Protocol => proto,
                    Word::Dports => dports,
                    Word::Sports => sports,
                    Word::Mark if set_mark.is_some() => set_mark,
                    Word::Mark => set_xmark,
                };
                self.error(given.as_ref().map_or(span, |(_, span)| span.clone()), why);
                None
            }
        }
    }
}

/// A value as text, and where it stands.
type Given = Option<(String, Range<usize>)>;

fn text_of(given: &Given) -> Option<&str> {
    given.as_ref().map(|(text, _)| text.as_str())
}
