use super::*;
use crate::lvs::VrrpAuth;
use crate::vrrp::fixture::{SECOND, TENTH, instance, ip, now};
use crate::vrrp::{Burst, Directed, Group};
use VrrpVersion::{V2, V3};
use proptest::prelude::*;

/// One alone, and the moments since it began.
struct One {
    group: Group,
    begun: Instant,
    now: Instant,
}

impl One {
    fn started(instance: &VrrpInstance) -> Self {
        let now = now();
        let group = Group::new(vec![Machine::new(instance, ip("10.9.0.5"))]);
        let mut one = Self { group, begun: now, now };
        let first = one.hand(Input::Start);
        let role = Role::Backup;
        if instance.priority < 255 {
            let told = Action::Tell(Event::Entering { role, is_first: true });
            assert_eq!(first, [told, Action::Became { from: None, to: Some(role), why: Why::Start }]);
        }
        one
    }

    fn master(instance: &VrrpInstance) -> Self {
        let mut one = Self::started(instance);
        one.expire();
        assert_eq!(one.machine().role(), Some(Role::Master));
        one
    }

    fn machine(&self) -> &Machine {
        &self.group.members()[0]
    }

    fn hand(&mut self, input: Input) -> Vec<Action> {
        let directed = self.group.handle(Some(0), input, self.now);
        let member = |directed| match directed {
            Directed::Member(0, action) => action,
            other => panic!("{other:?} of a group of one"),
        };
        directed.into_iter().map(member).collect()
    }

    fn after(&mut self, time: Duration) -> &mut Self {
        self.now += time;
        self
    }

    /// A nanosecond before its deadline nothing happens; then, what does.
    fn expire(&mut self) -> Vec<Action> {
        let deadline = self.group.deadline().unwrap();
        self.now = deadline - Duration::from_nanos(1);
        assert_eq!(self.hand(Input::Timer), []);
        self.now = deadline;
        self.hand(Input::Timer)
    }

    fn hear(&mut self, from: &str, priority: u8) -> Vec<Action> {
        let interval = self.machine().interval;
        self.hand(Input::Heard { from: ip(from), priority, interval })
    }

    /// Until its deadline.
    fn left(&self) -> Duration {
        self.group.deadline().unwrap() - self.now
    }
}

fn rising(from: Role, why: Why, priority: u8) -> [Action; 6] {
    [
        Action::Tell(Event::Entering { role: Role::Master, is_first: false }),
        Action::Became { from: Some(from), to: Some(Role::Master), why },
        Action::Tell(Event::SettingVips),
        Action::Take,
        Action::Advertise { priority },
        Action::Announce(Burst::Master),
    ]
}

fn sinking(why: Why) -> [Action; 4] {
    [
        Action::Tell(Event::Entering { role: Role::Backup, is_first: false }),
        Action::Became { from: Some(Role::Master), to: Some(Role::Backup), why },
        Action::Tell(Event::RemovingVips),
        Action::Release,
    ]
}

const BETTER: &str = "10.9.0.9";

#[test]
fn a_backup_waits_for_three_intervals_and_its_skew() {
    let mut one = One::started(&instance(V2, 100));
    assert_eq!(one.left(), Duration::from_micros(3_609_375));
    let rise = one.expire();
    assert_eq!(rise[0], Action::Tell(Event::Silence));
    assert_eq!(rise[1..], rising(Role::Backup, Why::Silence, 100));
    assert_eq!(one.left(), SECOND);
    assert_eq!(one.expire(), [Action::Advertise { priority: 100 }]);
    assert_eq!(one.left(), SECOND);
    assert_eq!(One::started(&instance(V3, 100)).left(), Duration::from_nanos(360_937_500));
    let patient = VrrpInstance { patience: 10, ..instance(V3, 100) };
    assert_eq!(One::started(&patient).left(), Duration::from_nanos(1_060_937_500));
}

/// As keepalived: an interval, and a 256th of a second.
#[test]
fn who_wishes_to_be_master_waits_for_one_interval() {
    let wishes = VrrpInstance { begins: Role::Master, ..instance(V2, 100) };
    let mut one = One::started(&wishes);
    assert_eq!(one.left(), Duration::from_nanos(1_003_906_250));
    assert_eq!(one.hear(BETTER, 150), [], "the wish is not a right");
    assert_eq!(one.left(), Duration::from_micros(3_609_375));
    // It could not know which sequence number to begin with.
    let sealed = VrrpInstance { auth: VrrpAuth::Header([1; 8]), ..wishes };
    assert_eq!(One::started(&sealed).left(), Duration::from_micros(3_609_375));
}

#[test]
fn an_owner_is_master_at_once() {
    let owner = instance(V3, 255);
    let mut one =
        One { group: Group::new(vec![Machine::new(&owner, ip("10.9.0.5"))]), begun: now(), now: now() };
    let first = one.hand(Input::Start);
    assert_eq!(first[2..], rising(Role::Backup, Why::Owner, 255));
    assert_eq!(one.left(), TENTH);
    // Nothing lowers it.
    assert_eq!(one.hand(Input::Wellness { is_well: true, priority: 10 }), []);
    assert_eq!(one.machine().priority(), 255);
    // But what it needs, it needs: and is master at once again.
    assert_eq!(
        one.hand(Input::Wellness { is_well: false, priority: 255 })[0],
        Action::Advertise { priority: 0 }
    );
    let back = one.hand(Input::Wellness { is_well: true, priority: 255 });
    assert_eq!(back[2..], rising(Role::Backup, Why::Owner, 255));
}

#[test]
fn a_backup_believes_whoever_is_not_lower() {
    for priority in [100, 101, 255] {
        let mut one = One::started(&instance(V2, 100));
        assert_eq!(one.after(SECOND).hear("10.9.0.1", priority), []);
        assert_eq!(one.left(), Duration::from_micros(3_609_375));
        assert_eq!(one.machine().master(), Some((ip("10.9.0.1"), priority)));
        let (from, to) = (ip("10.9.0.1"), ip(BETTER));
        assert_eq!(one.hear(BETTER, 200), [Action::Tell(Event::MasterChanged { from, to })]);
    }
}

/// It keeps its time, and takes over when that is over. It is told of once.
#[test]
fn a_backup_discards_lower_ones() {
    let mut one = One::started(&instance(V2, 100));
    let from = ip(BETTER);
    assert_eq!(
        one.after(SECOND).hear(BETTER, 99),
        [Action::Tell(Event::LowerDiscarded { from, priority: 99 })]
    );
    assert_eq!(one.after(SECOND).hear(BETTER, 99), []);
    assert_eq!(one.left(), Duration::from_micros(1_609_375));
    assert_eq!(one.machine().master(), None);
    let told = one.hear(BETTER, 98);
    assert_eq!(told, [Action::Tell(Event::LowerDiscarded { from, priority: 98 })]);
    assert_eq!(one.expire().len(), 7);
}

#[test]
fn without_preemption_a_backup_believes_lower_ones_too() {
    let meek = VrrpInstance { preempts: false, ..instance(V2, 100) };
    let mut one = One::started(&meek);
    assert_eq!(one.after(SECOND).hear(BETTER, 1), []);
    assert_eq!(one.left(), Duration::from_micros(3_609_375));
    // Who wishes to be master preempts: keepalived takes `nopreempt` from him.
    let mut one = One::started(&VrrpInstance { begins: Role::Master, ..meek });
    assert_eq!(one.after(TENTH).hear(BETTER, 1).len(), 1);
    assert_eq!(one.left(), Duration::from_nanos(903_906_250));
}

#[test]
fn preemption_waits_for_its_delay() {
    let delayed = VrrpInstance { preempt_delay: 10 * SECOND, ..instance(V2, 100) };
    let mut one = One::started(&delayed);
    for _ in 0..9 {
        assert_eq!(one.after(SECOND).hear(BETTER, 50), []);
        assert_eq!(one.left(), Duration::from_micros(3_609_375));
    }
    one.after(SECOND - Duration::from_nanos(1));
    assert_eq!(one.hear(BETTER, 50), []);
    assert_eq!(one.after(Duration::from_nanos(1)).hear(BETTER, 50).len(), 1, "discarded");
    assert_eq!(one.left(), Duration::from_nanos(3_609_374_999));
    // A better master, and then a lesser one again: the delay counts from there.
    assert_eq!(one.hear("10.9.0.1", 200).len(), 1);
    one.after(SECOND).hear(BETTER, 50);
    assert_eq!(one.after(9 * SECOND).hear(BETTER, 50), []);
    assert_eq!(one.left(), Duration::from_micros(3_609_375));
    assert_eq!(one.after(SECOND).hear(BETTER, 50).len(), 1);
    assert_eq!(one.left(), Duration::from_micros(2_609_375));
}

/// Nobody there is no master of lower priority: the delay is not for that.
#[test]
fn preempt_delay_does_not_delay_a_fail_over() {
    let delayed = VrrpInstance { preempt_delay: 1000 * SECOND, ..instance(V2, 100) };
    let mut one = One::started(&delayed);
    one.hear(BETTER, 50);
    assert_eq!(one.expire().len(), 7);
    assert_eq!(one.now - one.begun, Duration::from_micros(3_609_375));
}

#[test]
fn a_farewell_leaves_the_skew() {
    for preempts in [true, false] {
        let mut one = One::started(&VrrpInstance { preempts, ..instance(V3, 100) });
        one.after(TENTH).hear(BETTER, 150);
        let from = ip(BETTER);
        assert_eq!(one.hear(BETTER, 0), [Action::Tell(Event::ZeroHeardByBackup { from })]);
        assert_eq!(one.left(), Duration::from_nanos(60_937_500));
        assert_eq!(one.expire().len(), 7);
    }
}

#[test]
fn a_master_answers_a_farewell_and_lower_ones_at_once() {
    let mut one = One::master(&instance(V2, 100));
    let from = ip(BETTER);
    let now = Duration::from_millis(500);
    assert_eq!(
        one.after(now).hear(BETTER, 0),
        [Action::Tell(Event::ZeroHeardByMaster { from }), Action::Advertise { priority: 100 }]
    );
    assert_eq!(one.left(), SECOND);
    let lower = |from, priority| {
        [
            Action::Tell(Event::LowerHeard { from, priority, ours: 100, answers: true }),
            Action::Advertise { priority: 100 },
            Action::Announce(Burst::Lower),
            Action::Notify(Topic::LowerHeard),
        ]
    };
    assert_eq!(one.after(now).hear(BETTER, 99), lower(from, 99));
    assert_eq!(one.left(), SECOND);
    // Equal, and from a lower address.
    assert_eq!(one.after(now).hear("10.9.0.4", 100), lower(ip("10.9.0.4"), 100));
}

/// Whoever floods us with farewells or lower priorities gets sixteen answers an interval.
#[test]
fn answers_are_bounded() {
    let mut one = One::master(&instance(V2, 100));
    let mut answers = 0;
    for _ in 0..1000 {
        let actions = one.after(Duration::from_millis(1)).hear(BETTER, 50);
        answers += actions.iter().filter(|action| matches!(action, Action::Advertise { .. })).count();
    }
    assert_eq!(answers, 16);
}

#[test]
fn a_calm_master_does_not_answer() {
    let mut one = One::master(&VrrpInstance { is_calm: true, ..instance(V2, 100) });
    let from = ip(BETTER);
    let left = one.after(TENTH).left();
    assert_eq!(
        one.hear(BETTER, 50),
        [
            Action::Tell(Event::LowerHeard { from, priority: 50, ours: 100, answers: false }),
            Action::Announce(Burst::Lower),
            Action::Notify(Topic::LowerHeard),
        ]
    );
    assert_eq!(one.left(), left);
}

#[test]
fn a_master_yields_to_a_better_one() {
    for (from, priority) in [(BETTER, 101), ("10.9.0.1", 101), (BETTER, 100)] {
        for preempts in [true, false] {
            let mut one = One::master(&VrrpInstance { preempts, ..instance(V2, 100) });
            let yields = one.after(TENTH).hear(from, priority);
            let from = ip(from);
            assert_eq!(yields[0], Action::Tell(Event::HigherHeard { from, priority, ours: 100 }));
            assert_eq!(yields[1..], sinking(Why::Better));
            assert_eq!(one.left(), Duration::from_micros(3_609_375));
            assert_eq!(one.machine().master(), Some((from, priority)));
        }
    }
    let mut one = One::master(&VrrpInstance { answers_higher: true, ..instance(V2, 100) });
    let yields = one.hear(BETTER, 150);
    assert_eq!(yields[1], Action::Advertise { priority: 100 });
    assert_eq!(yields[2..], sinking(Why::Better));
}

#[test]
fn version_3_takes_its_master_s_interval_and_version_2_does_not() {
    let slower = |version| {
        let mut one = One::started(&instance(version, 100));
        let told = one.hand(Input::Heard { from: ip(BETTER), priority: 150, interval: 4 * SECOND });
        (one, told)
    };
    let (mut one, told) = slower(V3);
    assert_eq!(told, [Action::Tell(Event::Interval { from: TENTH, to: 4 * SECOND })]);
    assert_eq!(one.left(), Duration::from_micros(14_437_500));
    one.expire();
    assert_eq!((one.left(), one.machine().master_interval()), (TENTH, TENTH), "its own as master");
    let (one, told) = slower(V2);
    assert_eq!((one.left(), told.len()), (Duration::from_micros(3_609_375), 0));
}

#[test]
fn what_it_needs_may_come_and_go() {
    let ill = Input::Wellness { is_well: false, priority: 100 };
    let well = Input::Wellness { is_well: true, priority: 100 };
    let fault = |from| {
        [
            Action::Tell(Event::Entering { role: Role::Fault, is_first: false }),
            Action::Became { from: Some(from), to: Some(Role::Fault), why: Why::Wellness },
        ]
    };
    let mut one = One::master(&instance(V2, 100));
    let actions = one.hand(ill);
    assert_eq!(actions[..2], [Action::Advertise { priority: 0 }, Action::Tell(Event::ZeroSent)]);
    assert_eq!(actions[2..4], fault(Role::Master));
    assert_eq!(actions[4..], [Action::Tell(Event::RemovingVips), Action::Release]);
    assert_eq!(one.group.deadline(), None);
    assert_eq!(one.hand(ill), []);
    assert_eq!(one.hear(BETTER, 150), [], "at fault, it does not listen");
    let back = one.after(SECOND).hand(well);
    let became = Action::Became { from: Some(Role::Fault), to: Some(Role::Backup), why: Why::Wellness };
    assert_eq!(back, [Action::Tell(Event::Entering { role: Role::Backup, is_first: false }), became]);
    assert_eq!(one.left(), Duration::from_micros(3_609_375));
    assert_eq!(one.hand(ill), fault(Role::Backup));

    // From before the start.
    let mut one =
        One { group: Group::new(vec![Machine::new(&instance(V2, 9), ip(BETTER))]), begun: now(), now: now() };
    one.hand(ill);
    let role = Role::Fault;
    let became = Action::Became { from: None, to: Some(role), why: Why::Start };
    assert_eq!(one.hand(Input::Start), [Action::Tell(Event::Entering { role, is_first: true }), became]);
}

#[test]
fn a_changed_priority_goes_out_with_the_next_advertisement() {
    let mut one = One::master(&instance(V2, 100));
    let told = [Action::Tell(Event::Priority { from: 100, to: 90 }), Action::Notify(Topic::Priority)];
    assert_eq!(one.hand(Input::Wellness { is_well: true, priority: 90 }), told);
    assert_eq!(one.hand(Input::Wellness { is_well: true, priority: 90 }), []);
    assert_eq!(one.expire(), [Action::Advertise { priority: 90 }]);
    one.hand(Input::Wellness { is_well: true, priority: 255 });
    assert_eq!(one.machine().priority(), 254, "nobody becomes an owner");
    one.hand(Input::Wellness { is_well: true, priority: 0 });
    assert_eq!(one.machine().priority(), 1);
}

#[test]
fn the_end_is_told_by_a_master_alone() {
    let mut one = One::master(&instance(V2, 100));
    let end = |from| Action::Became { from: Some(from), to: None, why: Why::Stop };
    assert_eq!(
        one.hand(Input::Stop),
        [
            Action::Advertise { priority: 0 },
            Action::Tell(Event::ZeroSent),
            Action::Tell(Event::Stopped),
            end(Role::Master),
            Action::Tell(Event::RemovingVips),
            Action::Release,
        ]
    );
    assert_eq!((one.machine().role(), one.group.deadline()), (None, None));
    assert_eq!(one.hand(Input::Stop), []);
    assert_eq!(one.hear(BETTER, 50), []);
    let mut one = One::started(&instance(V2, 100));
    assert_eq!(one.hand(Input::Stop), [Action::Tell(Event::Stopped), end(Role::Backup)]);
}

/// Its last advertisement is as old as others wait for.
#[test]
fn a_master_that_overslept_listens() {
    let mut one = One::master(&instance(V2, 100));
    one.after(Duration::from_micros(3_609_374));
    assert_eq!(one.hand(Input::Timer), [Action::Advertise { priority: 100 }], "late, but not too late");
    one.after(Duration::from_micros(3_609_375));
    let late = Duration::from_micros(2_609_375);
    let sinks = one.hand(Input::Timer);
    assert_eq!(sinks[0], Action::Tell(Event::Overslept { late }));
    assert_eq!(sinks[1..], sinking(Why::Overslept));
    assert_eq!(one.left(), Duration::from_nanos(1_003_906_250));
}

#[test]
fn between_equals_a_new_address_of_ours_decides() {
    let mut one = One::master(&instance(V2, 100));
    assert_eq!(one.hear("10.9.0.4", 100).len(), 4, "lower than 10.9.0.5");
    one.hand(Input::Source(ip("10.9.0.3")));
    assert_eq!(one.hear("10.9.0.4", 100).len(), 5, "yields");
    let mut one = One::master(&instance(V2, 100));
    assert_eq!(one.hear("10.9.0.5", 100), [], "nobody but we ourselves");
}

fn inputs() -> impl Strategy<Value = (u8, Input, u64)> {
    let from = (1u8..12).prop_map(|last| ip(&format!("10.9.0.{last}")));
    let interval = prop_oneof![Just(SECOND), Just(TENTH), Just(Duration::from_millis(10)), Just(41 * SECOND)];
    let heard = (from.clone(), any::<u8>(), interval).prop_map(|(from, priority, interval)| Input::Heard {
        from,
        priority,
        interval,
    });
    let wellness =
        (any::<bool>(), any::<u8>()).prop_map(|(is_well, priority)| Input::Wellness { is_well, priority });
    let input = prop_oneof![
        6 => Just(Input::Timer), 6 => heard, 3 => wellness, 1 => from.prop_map(Input::Source),
        1 => Just(Input::Start), 1 => Just(Input::Stop)
    ];
    let time = prop_oneof![Just(0u64), 1..5_000u64, 1..5_000_000u64];
    (0u8..5, input, time)
}

proptest! {
    /// Whatever comes: addresses are taken and released in turn, a master has them and nobody else, what goes out agrees
    /// with that, and either all of a group are master or none is.
    #[test]
    fn no_two_actions_contradict(
        version in prop_oneof![Just(V2), Just(V3)],
        priorities in proptest::collection::vec(1u8..=255, 1..4),
        (preempts, is_calm, answers_higher) in any::<(bool, bool, bool)>(),
        (delay, patience, wishes) in (0u64..3, 0u32..5, any::<bool>()),
        steps in proptest::collection::vec(inputs(), 1..120),
    ) {
        let begins = if wishes { Role::Master } else { Role::Backup };
        let machine = |priority: &u8| {
            let preempt_delay = Duration::from_secs(delay);
            let base = instance(version, *priority);
            let instance =
                VrrpInstance { preempts, is_calm, answers_higher, preempt_delay, patience, begins, ..base };
            Machine::new(&instance, ip("10.9.0.5"))
        };
        let mut group = Group::new(priorities.iter().map(machine).collect());
        let count = priorities.len();
        let mut holds = vec![false; count];
        let mut roles = vec![None; count];
        let mut time = now();
        for (to, input, micros) in std::iter::once((9, Input::Start, 0)).chain(steps) {
            time += Duration::from_micros(micros);
            let before = holds.clone();
            let mut changes = vec![0; count];
            let to = (usize::from(to) < count).then_some(usize::from(to));
            for directed in group.handle(to, input, time) {
                let Directed::Member(index, action) = directed else {
                    prop_assert!(count > 1);
                    continue;
                };
                match action {
                    Action::Take => {
                        prop_assert!(!holds[index]);
                        holds[index] = true;
                        changes[index] += 1;
                    }
                    Action::Release => {
                        prop_assert!(holds[index]);
                        holds[index] = false;
                        changes[index] += 1;
                    }
                    Action::Advertise { priority: 0 } => {
                        prop_assert!(before[index] && holds[index]);
                        prop_assert_ne!(group.members()[index].role(), Some(Role::Master));
                    }
                    Action::Advertise { priority } => {
                        prop_assert!(holds[index]);
                        prop_assert_eq!(priority, group.members()[index].priority());
                    }
                    Action::Became { from, to, .. } => {
                        prop_assert_eq!(from, roles[index]);
                        prop_assert_ne!(from, to);
                        roles[index] = to;
                    }
                    Action::Announce(_) => prop_assert!(holds[index]),
                    Action::Notify(_) | Action::Tell(_) => {}
                }
            }
            for (index, machine) in group.members().iter().enumerate() {
                prop_assert!(changes[index] <= 1, "{:?}", input);
                prop_assert_eq!(machine.role(), roles[index]);
                prop_assert_eq!(holds[index], roles[index] == Some(Role::Master));
                let waits = matches!(machine.role(), Some(Role::Master | Role::Backup));
                prop_assert!(machine.deadline().is_none() || waits);
                prop_assert!(machine.deadline().is_some() || !waits || count > 1);
                prop_assert!((1..=255).contains(&machine.priority()));
                prop_assert!(machine.priority() < 255 || priorities[index] == 255);
            }
            let masters = holds.iter().filter(|holds| **holds).count();
            prop_assert!(masters == 0 || masters == count || roles.contains(&None));
        }
    }
}
