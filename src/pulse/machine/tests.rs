//! Line by line: what pulse's documents and its source's behaviour say, and where we differ.

use super::Action::{Activate, Again, Announce, Beat, Deactivate, Rest, Tell};
use super::*;
use PulseNode::{Backup, Primary};
use Word::{Running, Stopped};

const KEEPALIVE: Duration = Duration::from_secs(2);
const DEADTIME: Duration = Duration::from_secs(5);
const MOMENT: Duration = Duration::from_nanos(1);

/// One host, and time.
struct Rig {
    machine: Machine,
    now: Instant,
}

impl Rig {
    #[allow(
        clippy::disallowed_methods,
        reason = "there is no other way to an Instant; nothing depends on which"
    )]
    fn new() -> Self {
        Self { machine: Machine::new(Pace { keepalive: KEEPALIVE, deadtime: DEADTIME }), now: Instant::now() }
    }

    fn begun(node: PulseNode) -> Self {
        let mut rig = Self::new();
        rig.start(node, true, false);
        assert_eq!(rig.hand(Input::Timer), [Beat(Stopped)]);
        rig
    }

    /// Active because the partner was silent.
    fn active(node: PulseNode) -> Self {
        let mut rig = Self::begun(node);
        rig.pass(DEADTIME);
        assert!(rig.machine.is_active());
        rig
    }

    fn start(&mut self, node: PulseNode, has_partner: bool, is_forced: bool) -> Vec<Action> {
        self.hand(Input::Start { node, has_partner, is_forced })
    }

    fn hand(&mut self, input: Input) -> Vec<Action> {
        self.machine.handle(input, self.now)
    }

    /// Time passes, and everything is done at its time.
    fn pass(&mut self, time: Duration) -> Vec<Action> {
        let until = self.now + time;
        let mut all = Vec::new();
        while let Some(at) = self.machine.deadline().filter(|at| *at <= until) {
            self.now = at;
            all.extend(self.hand(Input::Timer));
        }
        self.now = until;
        all
    }
}

#[test]
fn it_says_as_which_it_begins_and_rests() {
    for node in [Primary, Backup] {
        let mut rig = Rig::new();
        assert_eq!(rig.start(node, true, false), [Tell(Event::Starting { node }), Rest]);
        assert!(!rig.machine.is_active());
    }
}

#[test]
fn every_start_waits_for_the_deadtime() {
    for node in [Primary, Backup] {
        let mut rig = Rig::begun(node);
        assert_eq!(rig.pass(DEADTIME - MOMENT), [Beat(Stopped), Beat(Stopped)], "every keepalive");
        assert_eq!(
            rig.pass(MOMENT),
            [Tell(Event::PartnerDead), Activate(Why::PartnerDead), Beat(Running)],
            "silence"
        );
        assert_eq!(rig.pass(KEEPALIVE), [Beat(Running)]);
    }
}

#[test]
fn the_primary_needs_one_stopped_word_and_the_backup_two() {
    let mut rig = Rig::begun(Primary);
    let event = Event::PartnerInactive { partner: Backup };
    assert_eq!(rig.hand(Input::Heard(Stopped)), [Tell(event), Activate(Why::PartnerInactive), Beat(Running)]);
    assert_eq!(event.to_string(), "backup inactive: activating lvs");

    let mut rig = Rig::begun(Backup);
    assert_eq!(rig.hand(Input::Heard(Stopped)), []);
    assert_eq!(rig.hand(Input::Heard(Stopped)), [], "the same one, twice");
    rig.pass(KEEPALIVE);
    let event = Event::PartnerInactive { partner: Primary };
    assert_eq!(rig.hand(Input::Heard(Stopped)), [Tell(event), Activate(Why::PartnerInactive), Beat(Running)]);
    assert_eq!(event.to_string(), "primary inactive: activating lvs");
}

/// Without that a pair that is started together would change its mind at once.
#[test]
fn of_two_that_begin_together_the_primary_is_active_at_once() {
    let (mut primary, mut backup) = (Rig::begun(Primary), Rig::begun(Backup));
    assert_eq!(backup.hand(Input::Heard(Stopped)), []);
    assert_eq!(primary.hand(Input::Heard(Stopped))[2], Beat(Running));
    assert_eq!(backup.hand(Input::Heard(Running)), []);
    for _ in 0..10 {
        assert_eq!(backup.pass(KEEPALIVE), [Beat(Stopped)]);
        assert_eq!(primary.hand(Input::Heard(Stopped)), [], "an active one does not mind");
        assert_eq!(primary.pass(KEEPALIVE), [Beat(Running)]);
        assert_eq!(backup.hand(Input::Heard(Running)), []);
    }
}

/// A rebooted primary stays in reserve until the backup stops.
#[test]
fn no_failback() {
    for node in [Primary, Backup] {
        let mut rig = Rig::begun(node);
        for _ in 0..20 {
            assert_eq!(rig.hand(Input::Heard(Running)), []);
            assert_eq!(rig.pass(KEEPALIVE), [Beat(Stopped)]);
        }
        assert_eq!(rig.machine.partner(), Some(Running));
        // The last one was heard KEEPALIVE ago.
        assert_eq!(rig.pass(DEADTIME - KEEPALIVE - MOMENT), [Beat(Stopped)]);
        assert_eq!(rig.pass(MOMENT)[0], Tell(Event::PartnerDead));
        assert_eq!(rig.machine.partner(), None);
    }
}

#[test]
fn a_forced_primary_is_active_at_once_and_a_forced_backup_is_not() {
    let mut rig = Rig::new();
    let forced = [Tell(Event::Forced), Activate(Why::Forced), Beat(Running)];
    assert_eq!(rig.start(Primary, true, true)[2..], forced);
    let mut rig = Rig::new();
    assert_eq!(rig.start(Backup, true, true).len(), 2);
}

#[test]
fn an_active_backup_gives_way_after_one_more_heartbeat() {
    let mut rig = Rig::active(Backup);
    assert_eq!(
        rig.hand(Input::Heard(Running)),
        [Beat(Running), Tell(Event::GivingWay), Deactivate(Why::PartnerActive)]
    );
    assert_eq!(rig.hand(Input::Heard(Running)), [], "it is inactive now");
    assert_eq!(rig.pass(KEEPALIVE), [Beat(Stopped)]);
    assert_eq!(rig.hand(Input::Heard(Running)), []);
}

#[test]
fn an_active_primary_tells_its_neighbours_again_once_for_each_heartbeat() {
    let mut rig = Rig::active(Primary);
    let again = [Tell(Event::Resending), Again];
    assert_eq!(rig.hand(Input::Heard(Running)), again);
    for _ in 0..1000 {
        assert_eq!(rig.hand(Input::Heard(Running)), [], "a flood");
    }
    rig.pass(KEEPALIVE);
    assert_eq!(rig.hand(Input::Heard(Running)), again);
    assert!(rig.machine.is_active());
}

#[test]
fn an_active_one_does_not_mind_a_partner_that_is_not() {
    for node in [Primary, Backup] {
        let mut rig = Rig::active(node);
        rig.hand(Input::Heard(Stopped));
        assert_eq!(rig.hand(Input::Heard(Stopped)), []);
        assert!(rig.machine.is_active());
    }
}

/// A partner that was active meanwhile says so once, and that heartbeat may be lost: links work one way first.
#[test]
fn who_was_not_heard_for_long_makes_an_active_one_tell_its_neighbours_again() {
    let returned = [Tell(Event::Returned), Announce];
    for node in [Primary, Backup] {
        let mut rig = Rig::active(node);
        assert_eq!(rig.hand(Input::Heard(Stopped)), returned);
        rig.pass(DEADTIME - MOMENT);
        assert_eq!(rig.hand(Input::Heard(Stopped)), [], "not that long");
        rig.pass(DEADTIME + KEEPALIVE);
        assert_eq!(rig.hand(Input::Heard(Stopped)), returned);
        assert!(rig.machine.is_active());
    }
}

#[test]
fn a_lost_link_disables_and_a_restored_one_makes_it_listen() {
    let mut rig = Rig::active(Primary);
    assert_eq!(rig.hand(Input::Links(false)), [Tell(Event::LinkFailure), Deactivate(Why::Link)]);
    assert_eq!(rig.hand(Input::Links(false)), []);
    let beats = rig.pass(10 * DEADTIME);
    assert!(beats.iter().all(|action| *action == Beat(Stopped)), "{beats:?}");
    assert_eq!(rig.hand(Input::Heard(Stopped)), [], "it is disabled");
    assert_eq!(rig.hand(Input::Links(true)), [Tell(Event::LinkRestored)]);
    rig.pass(DEADTIME - MOMENT);
    assert!(!rig.machine.is_active());
    rig.pass(MOMENT);
    assert!(rig.machine.is_active());
}

/// Its port is another's, or its address has not come yet: its own deafness is not the partner's death.
#[test]
fn who_is_deaf_concludes_nothing_from_silence() {
    let mut rig = Rig::new();
    rig.hand(Input::Hears(false));
    rig.start(Backup, true, false);
    rig.pass(10 * DEADTIME);
    assert!(!rig.machine.is_active() && !rig.machine.is_able());
    rig.hand(Input::Hears(true));
    rig.pass(DEADTIME - MOMENT);
    assert!(!rig.machine.is_active());
    rig.pass(MOMENT);
    assert!(rig.machine.is_active());
    let mut rig = Rig::new();
    rig.hand(Input::Hears(false));
    assert_eq!(rig.start(Primary, true, true).len(), 2, "not even a forced one");
}

#[test]
fn without_an_active_backup_the_primary_begins_at_once_and_the_backup_never() {
    let mut rig = Rig::new();
    assert_eq!(rig.start(Primary, false, false)[2..], [Tell(Event::Alone), Activate(Why::Alone)]);
    assert_eq!(rig.machine.deadline(), None, "no heartbeat");
    assert_eq!(rig.hand(Input::Heard(Running)), []);
    assert_eq!(rig.hand(Input::Links(false)), [Tell(Event::LinkFailure), Deactivate(Why::Link)]);
    assert_eq!(
        rig.hand(Input::Links(true)),
        [Tell(Event::LinkRestored), Tell(Event::Alone), Activate(Why::Alone)]
    );
    let mut rig = Rig::new();
    assert_eq!(rig.start(Backup, false, true)[2..], [Tell(Event::MarkedInactive)]);
    assert!(!rig.machine.is_able());
    assert_eq!((rig.machine.deadline(), rig.hand(Input::Heard(Stopped))), (None, vec![]));
}

#[test]
fn the_end_deactivates_and_says_no_farewell() {
    let mut rig = Rig::active(Primary);
    assert_eq!(rig.hand(Input::Stop), [Tell(Event::Stopped), Deactivate(Why::Stop)]);
    assert_eq!((rig.machine.deadline(), rig.machine.node()), (None, None));
    assert_eq!((rig.hand(Input::Timer), rig.hand(Input::Heard(Stopped))), (vec![], vec![]));
    assert_eq!(Rig::begun(Backup).hand(Input::Stop), [Tell(Event::Stopped)]);
}

/// Stopped for longer than the partner waits: nothing is announced, nothing is claimed, before it has listened.
#[test]
fn who_overslept_listens_first() {
    let late = DEADTIME - KEEPALIVE;
    let mut rig = Rig::active(Primary);
    rig.now += KEEPALIVE + late - MOMENT;
    assert_eq!(rig.hand(Input::Timer), [Beat(Running)], "late, and not too late");
    rig.now = rig.machine.deadline().unwrap() + late;
    // What the partner said meanwhile is heard first, and does not count as if it had been there.
    let overslept = [Tell(Event::Overslept { late }), Deactivate(Why::Overslept)];
    assert_eq!(rig.hand(Input::Heard(Running)), overslept);
    assert_eq!(rig.hand(Input::Timer), [Beat(Stopped)]);
    rig.pass(DEADTIME - MOMENT);
    assert!(!rig.machine.is_active());
    rig.pass(MOMENT);
    assert!(rig.machine.is_active());
    // One that is inactive gives its partner the whole time again.
    let mut rig = Rig::begun(Backup);
    rig.now += 100 * DEADTIME;
    assert!(matches!(rig.hand(Input::Timer)[..], [Tell(Event::Overslept { .. }), Beat(Stopped)]));
    rig.pass(DEADTIME - MOMENT);
    assert!(!rig.machine.is_active());
}

#[test]
fn a_heal_leaves_one() {
    let (mut primary, mut backup) = (Rig::active(Primary), Rig::active(Backup));
    let [Beat(word)] = primary.pass(KEEPALIVE)[..] else { panic!("one heartbeat") };
    backup.now = primary.now;
    let said = backup.hand(Input::Heard(word));
    assert_eq!(said[0], Beat(Running));
    assert_eq!(primary.hand(Input::Heard(Running)), [Tell(Event::Resending), Again]);
    assert!(primary.machine.is_active() && !backup.machine.is_active());
}
