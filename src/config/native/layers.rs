//! Keys that may be said once for many: of the real server, of its service, of all services.

use super::{Table, Value};

/// Tables in which a key is looked for, one after the other.
#[derive(Clone, Copy)]
pub(super) struct Layers<'v, 'i> {
    tables: [Option<&'v Table<'i>>; 3],
}

impl<'v, 'i> Layers<'v, 'i> {
    /// These tables; the first goes before the others.
    pub(super) const fn new(tables: [Option<&'v Table<'i>>; 3]) -> Self {
        Self { tables }
    }

    /// With another table before these; the last one gives way.
    pub(super) const fn under(&self, table: &'v Table<'i>) -> Self {
        let [first, second, _] = self.tables;
        Self { tables: [Some(table), first, second] }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'v Value<'i>> {
        self.tables.iter().flatten().find_map(|table| table.get(key))
    }

    /// The value of a key, unless it is `false`: none, whatever the tables behind say.
    pub(super) fn wanted(&self, key: &str) -> Option<&'v Value<'i>> {
        self.get(key).filter(|value| value.get_ref().as_bool() != Some(false))
    }

    /// Is one of these keys there?
    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.get(key).is_some())
    }

    /// Is it said in the first table?
    pub(super) fn own(&self, key: &str) -> Option<&'v Value<'i>> {
        self.tables.first().copied().flatten().and_then(|table| table.get(key))
    }
}
