//! Looks at the files of the configuration from time to time. No clock: who calls it keeps the time.

use crate::config::{Footprint, Look};
use crate::lvs::{Script, Upkeep};
use std::path::PathBuf;
use std::time::Duration;

/// How long a file that has changed must look the same before it is read: editors truncate before they write.
const SETTLE: Duration = Duration::from_millis(300);
/// Files are not looked at more often than this.
const LEAST: Duration = Duration::from_millis(100);

/// The files of a running configuration, and what is to be done when they change.
#[derive(Debug, Default)]
pub(super) struct Autoreload {
    upkeep: Upkeep,
    from: Footprint,
    /// How they looked when they looked otherwise than before; taken for what it is when they still look so.
    restless: Option<Look>,
}

/// What a look at the files found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Nothing new, or nothing that has come to rest.
    Same,
    /// These have changed, and shall be read anew.
    Taken(Vec<PathBuf>),
    /// These have changed, and it is only told.
    Told(Vec<PathBuf>),
    /// These have nothing in them any more.
    Emptied(Vec<PathBuf>),
}

impl Autoreload {
    /// The configuration was read from there, by whatever way. Without `upkeep` it was not taken, and what the last one
    /// says of its files goes on.
    pub(super) fn note(&mut self, from: Footprint, upkeep: Option<Upkeep>) {
        self.upkeep = upkeep.unwrap_or_else(|| std::mem::take(&mut self.upkeep));
        self.from = from;
        self.restless = None;
    }

    /// How long until the next look; `None`: nobody wants one.
    pub(super) fn wait(&self) -> Option<Duration> {
        let every = self.upkeep.autoreload?.max(LEAST);
        Some(if self.restless.is_some() { every.min(SETTLE) } else { every })
    }

    /// What is run after a change.
    pub(super) const fn callback(&self) -> Option<&Script> {
        self.upkeep.callback.as_ref()
    }

    /// Looks. Each change is found once.
    pub(super) fn look(&mut self) -> Sight {
        let look = self.from.look();
        if self.from.looks_like(&look) {
            self.restless = None;
            return Sight::Same;
        }
        if self.restless.as_ref() != Some(&look) {
            self.restless = Some(look);
            return Sight::Same;
        }
        self.restless = None;
        let news = self.from.news(look);
        match (news.changed.is_empty(), news.emptied.is_empty(), self.upkeep.watch_only) {
            (true, ..) => Sight::Same,
            (_, false, _) => Sight::Emptied(news.emptied),
            (_, _, true) => Sight::Told(news.changed),
            _ => Sight::Taken(news.changed),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::config::{Files, Noting};
    use std::fs;

    struct Desk {
        _folder: tempfile::TempDir,
        file: PathBuf,
        watch: Autoreload,
    }

    impl Desk {
        fn new(watch_only: bool) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("ulvs.toml");
            fs::write(&file, "one\n").unwrap();
            let mut desk = Self { _folder: folder, file, watch: Autoreload::default() };
            let autoreload = Some(Duration::from_secs(5));
            desk.read(Some(Upkeep { autoreload, watch_only, ..Upkeep::default() }));
            desk
        }

        fn read(&mut self, upkeep: Option<Upkeep>) {
            let noting = Noting::default();
            let _ = noting.load(&self.file);
            self.watch.note(noting.into_footprint(), upkeep);
        }

        fn wait(&self) -> Option<u128> {
            self.watch.wait().map(|wait| wait.as_millis())
        }
    }

    #[test]
    fn a_change_is_taken_when_it_has_come_to_rest() {
        let mut desk = Desk::new(false);
        assert_eq!((desk.watch.look(), desk.wait()), (Sight::Same, Some(5000)));
        // An editor truncates, and writes later.
        fs::write(&desk.file, "").unwrap();
        assert_eq!((desk.watch.look(), desk.wait()), (Sight::Same, Some(300)));
        fs::write(&desk.file, "two, and more\n").unwrap();
        assert_eq!((desk.watch.look(), desk.wait()), (Sight::Same, Some(300)), "not as it was a moment ago");
        let file = vec![desk.file.clone()];
        assert_eq!((desk.watch.look(), desk.wait()), (Sight::Taken(file), Some(5000)));
        // It was not valid: what the last one said of looking goes on, and nothing is found twice.
        desk.read(None);
        assert_eq!((desk.watch.look(), desk.wait()), (Sight::Same, Some(5000)));
        // The same content, written anew.
        let copy = desk.file.with_extension("new");
        fs::write(&copy, "two, and more\n").unwrap();
        fs::rename(&copy, &desk.file).unwrap();
        assert_eq!((desk.watch.look(), desk.watch.look()), (Sight::Same, Sight::Same));
        assert_eq!(desk.wait(), Some(5000));
        // Another configuration that does not want it.
        desk.read(Some(Upkeep::default()));
        assert_eq!(desk.wait(), None);
    }

    #[test]
    fn a_change_is_told_only() {
        let mut desk = Desk::new(true);
        fs::write(&desk.file, "three\n").unwrap();
        let file = vec![desk.file.clone()];
        assert_eq!((desk.watch.look(), desk.watch.look()), (Sight::Same, Sight::Told(file)));
        assert_eq!((desk.watch.look(), desk.watch.look()), (Sight::Same, Sight::Same));
    }

    #[test]
    fn nothing_is_no_configuration() {
        let mut desk = Desk::new(false);
        fs::write(&desk.file, "\n").unwrap();
        let file = vec![desk.file.clone()];
        assert_eq!((desk.watch.look(), desk.watch.look()), (Sight::Same, Sight::Emptied(file.clone())));
        assert_eq!((desk.watch.look(), desk.watch.look()), (Sight::Same, Sight::Same));
        fs::remove_file(&desk.file).unwrap();
        assert_eq!((desk.watch.look(), desk.watch.look()), (Sight::Same, Sight::Taken(file)));
    }
}
