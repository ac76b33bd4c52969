//! What is still to be told to the keeper.

use super::News;
use crate::control::happening::RouterChange;
use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;

/// So many changes wait at most while the keeper has no room, and more are not told. Addresses that are ours are never left out.
const WAITING: usize = 4096;

/// News in the order in which they are told.
#[derive(Debug, Default)]
pub(super) struct Outbox(VecDeque<News>);

impl Outbox {
    /// These addresses are ours: told before all that waits, which may wait for this. What was said of it before is old.
    pub fn hold(&mut self, held: BTreeSet<IpAddr>) {
        self.0.retain(|news| !matches!(news, News::Roles(_)));
        self.0.push_front(News::Roles(held));
    }

    /// A change, if there is room.
    pub fn change(&mut self, change: RouterChange) {
        if self.0.len() < WAITING {
            self.0.push_back(News::Change(Box::new(change)));
        }
    }

    /// What is to be told next. Changes rest while addresses wait to come to their interfaces: who hears of a new master finds
    /// its addresses, and scripts may bind to them.
    pub fn next(&mut self, addresses_wait: bool) -> Option<News> {
        let is_change = matches!(self.0.front(), Some(News::Change(_)));
        if addresses_wait && is_change { None } else { self.0.pop_front() }
    }

    /// There was no room for it.
    pub fn put_back(&mut self, news: News) {
        self.0.push_front(news);
    }

    /// Is all told?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::happening::Cause;
    use crate::lvs::Words;

    fn change(name: &str) -> RouterChange {
        RouterChange {
            cause: Cause::Time,
            name: name.to_owned(),
            is_group: false,
            what: None,
            words: Words::Ulvs,
            lines: Vec::new(),
            is_warning: false,
            scripts: Vec::new(),
            pipe: None,
        }
    }

    fn said(news: Option<News>) -> String {
        match news {
            Some(News::Roles(held)) => format!("{held:?}"),
            Some(News::Change(change)) => change.name,
            None => "nothing".to_owned(),
        }
    }

    #[test]
    fn changes_rest_while_addresses_wait_and_roles_do_not() {
        let mut outbox = Outbox::default();
        let held = |last: u8| BTreeSet::from([IpAddr::from([192, 0, 2, last])]);
        outbox.change(change("first"));
        outbox.hold(held(8));
        outbox.hold(held(9));
        outbox.change(change("second"));
        // What the change waits for is told although the change came first; and only the last of it.
        assert_eq!(said(outbox.next(true)), "{192.0.2.9}");
        assert_eq!(said(outbox.next(true)), "nothing");
        assert!(!outbox.is_empty());
        assert_eq!(said(outbox.next(false)), "first");
        outbox.put_back(News::Change(Box::new(change("first"))));
        assert_eq!(said(outbox.next(false)), "first", "in their order");
        assert_eq!(said(outbox.next(true)), "nothing");
        assert_eq!(said(outbox.next(false)), "second");
        assert!(outbox.is_empty());
    }

    #[test]
    fn no_more_changes_wait_than_there_is_room_for() {
        let mut outbox = Outbox::default();
        (0..=WAITING).for_each(|_| outbox.change(change("one")));
        outbox.hold(BTreeSet::new());
        let count = std::iter::from_fn(|| outbox.next(false)).count();
        assert_eq!(count, WAITING + 1, "roles find room always");
    }
}
