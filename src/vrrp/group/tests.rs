use super::*;
use crate::lvs::{VrrpInstance, VrrpVersion};
use crate::vrrp::fixture::{SECOND, instance, ip, now};
use std::time::Duration;

struct Pair {
    group: Group,
    now: Instant,
}

/// Priorities 100 and 50: master-down times of 3.609 and 3.805 seconds.
fn pair(first: u8, second: u8) -> Pair {
    let machine = |name: &str, priority| {
        let instance = VrrpInstance { name: name.into(), ..instance(VrrpVersion::V2, priority) };
        Machine::new(&instance, ip("10.9.0.5"))
    };
    let mut pair = Pair { group: Group::new(vec![machine("A", first), machine("B", second)]), now: now() };
    assert_eq!(pair.group.role(), None);
    pair.hand(None, Input::Start);
    pair
}

impl Pair {
    fn hand(&mut self, member: Option<usize>, input: Input) -> Vec<Directed> {
        self.group.handle(member, input, self.now)
    }

    fn hear(&mut self, member: usize, priority: u8) -> Vec<Directed> {
        self.hand(Some(member), Input::Heard { from: ip("10.9.0.9"), priority, interval: SECOND })
    }

    fn after(&mut self, time: Duration) -> Vec<Directed> {
        self.now += time;
        self.hand(None, Input::Timer)
    }

    fn roles(&self) -> Vec<Role> {
        self.group.members().iter().map(|machine| machine.role().unwrap()).collect()
    }
}

fn takes(directed: &[Directed]) -> Vec<(usize, Action)> {
    let wanted =
        |action: &Action| matches!(action, Action::Take | Action::Release | Action::Advertise { .. });
    let actions = directed.iter().filter_map(|directed| match directed {
        Directed::Member(index, action) if wanted(action) => Some((*index, action.clone())),
        _ => None,
    });
    actions.collect()
}

#[test]
fn all_become_master_when_the_last_one_may() {
    let mut pair = pair(100, 50);
    let first = pair.after(Duration::from_micros(3_609_375));
    assert_eq!(first, [Directed::Member(0, Action::Tell(Event::Silence))], "B holds A back");
    assert_eq!(pair.roles(), [Role::Backup; 2]);
    let both = pair.after(Duration::from_nanos(195_312_500));
    assert_eq!(
        takes(&both),
        [
            (0, Action::Take),
            (0, Action::Advertise { priority: 100 }),
            (1, Action::Take),
            (1, Action::Advertise { priority: 50 }),
        ]
    );
    assert!(both.contains(&Directed::Tell(Event::GroupSyncs { role: Role::Master })));
    assert_eq!(both.last(), Some(&Directed::Became(Some(Role::Master))));
    assert_eq!(pair.group.role(), Some(Role::Master));
}

#[test]
fn a_better_master_of_one_holds_all_back() {
    let mut pair = pair(100, 50);
    for _ in 0..20 {
        pair.after(SECOND);
        pair.hear(1, 60);
        assert_eq!(pair.roles(), [Role::Backup; 2]);
    }
    assert_eq!(pair.group.members()[0].deadline(), None, "A waits for B");
    // A hears a better one after all, and has to wait for its silence, too.
    pair.hear(0, 200);
    let directed = pair.after(Duration::from_micros(3_609_375));
    assert_eq!(takes(&directed), []);
    let directed = pair.after(Duration::from_micros(195_313));
    assert_eq!(takes(&directed).len(), 4);
}

/// Only those that were waiting; a farewell to who is held back changes nothing.
#[test]
fn a_farewell_to_one_that_waits() {
    let mut pair = pair(100, 50);
    pair.after(Duration::from_micros(3_609_375));
    pair.hear(0, 0);
    assert_eq!(pair.group.members()[0].deadline(), None);
    pair.hear(1, 0);
    let directed = pair.after(Duration::from_nanos(804_687_500));
    assert_eq!(takes(&directed).len(), 4);
}

#[test]
fn one_that_yields_pulls_all_down() {
    let mut pair = pair(100, 50);
    pair.after(4 * SECOND);
    assert_eq!(pair.roles(), [Role::Master; 2]);
    let directed = pair.hear(1, 60);
    assert_eq!(takes(&directed), [(1, Action::Release), (0, Action::Release)], "no farewells");
    assert!(directed.contains(&Directed::Tell(Event::GroupSyncs { role: Role::Backup })));
    assert_eq!(directed.last(), Some(&Directed::Became(Some(Role::Backup))));
    let deadline = |index: usize| pair.group.members()[index].deadline().unwrap() - pair.now;
    assert_eq!(deadline(0), Duration::from_micros(3_609_375));
    assert_eq!(deadline(1), Duration::from_nanos(3_804_687_500));
}

#[test]
fn one_at_fault_pulls_all_and_its_return_frees_all() {
    let mut pair = pair(100, 50);
    pair.after(4 * SECOND);
    let ill = |is_well| Input::Wellness { is_well, priority: 50 };
    let directed = pair.hand(Some(1), ill(false));
    assert_eq!(
        takes(&directed),
        [
            (1, Action::Advertise { priority: 0 }),
            (1, Action::Release),
            (0, Action::Advertise { priority: 0 }),
            (0, Action::Release),
        ]
    );
    assert!(directed.contains(&Directed::Tell(Event::GroupSyncs { role: Role::Fault })));
    assert_eq!((pair.roles(), pair.group.role()), (vec![Role::Fault; 2], Some(Role::Fault)));
    assert_eq!(pair.group.deadline(), None);
    // A second one; and the first one comes back, which is not enough.
    pair.hand(Some(0), Input::Wellness { is_well: false, priority: 100 });
    pair.hand(Some(1), ill(true));
    assert_eq!(pair.roles(), [Role::Fault; 2]);
    let directed = pair.hand(Some(0), Input::Wellness { is_well: true, priority: 100 });
    assert_eq!(pair.roles(), [Role::Backup; 2]);
    assert_eq!(directed.last(), Some(&Directed::Became(Some(Role::Backup))));
    assert_eq!(takes(&pair.after(4 * SECOND)).len(), 4);
}

#[test]
fn an_owner_waits_for_its_group() {
    let mut pair = pair(255, 50);
    assert_eq!(pair.roles(), [Role::Backup; 2]);
    assert_eq!(takes(&pair.after(4 * SECOND)).len(), 4);
}

#[test]
fn the_end_of_one_is_the_end_of_none_else_but_as_master() {
    let mut pair = pair(100, 50);
    pair.after(4 * SECOND);
    let directed = pair.hand(None, Input::Stop);
    assert_eq!(
        takes(&directed),
        [
            (0, Action::Advertise { priority: 0 }),
            (0, Action::Release),
            (1, Action::Advertise { priority: 0 }),
            (1, Action::Release),
        ]
    );
    assert_eq!(pair.group.role(), None);
}

#[test]
fn nobody_is_no_group() {
    let mut group = Group::new(Vec::new());
    assert_eq!(group.handle(None, Input::Timer, now()), []);
    assert_eq!((group.role(), group.deadline()), (None, None));
}

/// Two were master of all, as after a partition: whoever stays tells the neighbours of all addresses, though only one of
/// them heard the other; and whoever goes says so for each of them, if he is to.
#[test]
fn a_heal_is_told_of_all_addresses() {
    let lower = |directed: &[Directed]| -> Vec<usize> {
        let index = |directed: &Directed| match directed {
            Directed::Member(index, Action::Announce(Burst::Lower)) => Some(*index),
            _ => None,
        };
        let mut all: Vec<_> = directed.iter().filter_map(index).collect();
        all.sort_unstable();
        all
    };
    let mut stays = pair(100, 50);
    stays.after(4 * SECOND);
    assert_eq!(lower(&stays.hear(1, 40)), [0, 1]);
    assert_eq!(lower(&stays.hear(0, 40)), [0, 1]);
    assert_eq!(lower(&stays.hear(0, 200)), [0; 0]);

    let mut goes = pair(100, 50);
    goes.after(4 * SECOND);
    assert_eq!(takes(&goes.hear(1, 60)), [(1, Action::Release), (0, Action::Release)]);
    let machine = |name: &str| {
        let instance =
            VrrpInstance { name: name.into(), answers_higher: true, ..instance(VrrpVersion::V2, 100) };
        Machine::new(&instance, ip("10.9.0.5"))
    };
    let mut goes = Pair { group: Group::new(vec![machine("A"), machine("B")]), now: now() };
    goes.hand(None, Input::Start);
    goes.after(4 * SECOND);
    let advert = Action::Advertise { priority: 100 };
    let expected = [(1, advert.clone()), (1, Action::Release), (0, advert), (0, Action::Release)];
    assert_eq!(takes(&goes.hear(1, 160)), expected);
}

#[test]
fn its_end_is_the_group_s() {
    let mut pair = pair(100, 50);
    let end = pair.hand(None, Input::Stop);
    assert_eq!(end.last(), Some(&Directed::Became(None)));
    assert_eq!(pair.hand(None, Input::Stop), []);
}
