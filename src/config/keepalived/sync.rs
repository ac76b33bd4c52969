//! `lvs_sync_daemon`: `INTERFACE [[inst] VRRP_INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]`.

use super::line::{Statement, Word};
use super::reader::Reader;
use super::remark::At;
use super::value::parse_number;
use crate::lvs::{SyncSetup, SyncSides, Vrrp, is_interface_name};
use std::net::IpAddr;
use std::ops::RangeInclusive;

const KEYWORDS: [&str; 6] = ["inst", "id", "maxlen", "port", "ttl", "group"];

/// What a line says.
#[derive(Clone, Debug)]
pub(super) struct SyncDraft {
    at: At,
    setup: SyncSetup,
    /// `id` is said; otherwise it is the virtual router's number.
    has_id: bool,
}

impl Reader<'_, '_> {
    pub(super) fn sync_daemon(&mut self, statement: &Statement) {
        if let Some(known) = &self.draft.sync {
            let message = format!("a daemon on {} is there already", known.setup.interface);
            return self.bad_value(statement, message, "the line is left out");
        }
        let interface = statement.word(1).map(|word| word.text.clone()).unwrap_or_default();
        if !is_interface_name(&interface) {
            let message = "this cannot be the name of an interface";
            return self.bad_value(statement, message, "the line is left out");
        }
        let setup = SyncSetup {
            sides: SyncSides::Both,
            interface,
            sync_id: 0,
            max_len: None,
            group: None,
            port: None,
            ttl: None,
        };
        let mut draft = SyncDraft { at: statement.at(), setup, has_id: false };
        let mut words = statement.words.iter().skip(2).peekable();
        // The instance may stand there by itself, and behind it a bare number, as in old files.
        if let Some(name) = words.next_if(|word| !KEYWORDS.contains(&word.text.as_str())) {
            draft.setup.sides = SyncSides::Follows(name.text.clone());
        }
        if let Some(number) = words.next_if(|word| !KEYWORDS.contains(&word.text.as_str())) {
            self.remarks.warning(number.at, "`id` is missing before this number").strict();
            self.sync_id(number, &mut draft);
        }
        while let Some(word) = words.next() {
            if !KEYWORDS.contains(&word.text.as_str()) {
                let message = format!("`{}` is none of {}", word.text, KEYWORDS.join(", "));
                self.remarks.warning(word.at, message).strict().help("it is left out");
                continue;
            }
            let Some(value) = words.next() else {
                let message = format!("nothing stands behind `{}`", word.text);
                self.remarks.warning(word.at, message).strict().help("it is left out");
                continue;
            };
            self.sync_option(&word.text, value, &mut draft);
        }
        self.draft.sync = Some(draft);
    }

    fn sync_option(&mut self, option: &str, value: &Word, draft: &mut SyncDraft) {
        let setup = &mut draft.setup;
        match option {
            "inst" => match &setup.sides {
                SyncSides::Follows(name) => {
                    let message = format!("it follows `{name}` already");
                    self.remarks.warning(value.at, message).strict().help("it is left out");
                }
                _ => setup.sides = SyncSides::Follows(value.text.clone()),
            },
            "id" => self.sync_id(value, draft),
            "maxlen" => setup.max_len = self.sync_number(value, 1..=65_507),
            "port" => setup.port = self.sync_number(value, 1..=65_535),
            "ttl" => setup.ttl = self.sync_number(value, 1..=255),
            _ => match value.text.parse::<IpAddr>() {
                Ok(group) if group.is_multicast() => setup.group = Some(group),
                _ => {
                    let message = format!("`{}` is no multicast address", value.text);
                    self.remarks.warning(value.at, message).strict().help("it is left out");
                }
            },
        }
    }

    fn sync_id(&mut self, value: &Word, draft: &mut SyncDraft) {
        if let Some(id) = self.sync_number(value, 0..=255) {
            (draft.setup.sync_id, draft.has_id) = (id, true);
        }
    }

    fn sync_number<T: TryFrom<i64>>(&mut self, value: &Word, range: RangeInclusive<i64>) -> Option<T> {
        let number = parse_number(&value.text).filter(|number| range.contains(number));
        if number.is_none() {
            let message = format!("`{}` is no number from {} to {}", value.text, range.start(), range.end());
            self.remarks.warning(value.at, message).strict().help("it is left out");
        }
        number.and_then(|number| number.try_into().ok())
    }

    /// What becomes of it once all virtual routers are known.
    pub(super) fn finish_sync(&mut self, vrrp: &Vrrp) -> Option<SyncSetup> {
        let SyncDraft { at, mut setup, has_id } = self.draft.sync.take()?;
        if let SyncSides::Follows(name) = &setup.sides {
            let Some(instance) = vrrp.instances.iter().find(|instance| instance.name == *name) else {
                let message = format!("there is no vrrp_instance `{name}`: connections are not synchronised");
                self.remarks.warning(at, message).strict();
                return None;
            };
            if !has_id {
                setup.sync_id = instance.vrid;
            }
        }
        Some(setup)
    }
}
