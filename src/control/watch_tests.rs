//! Findings in, tables and tidings out.

use super::ControlError;
use super::command::{Command, HoldKind, Reply, Request, ServerCondition, WeightReason};
use super::happening::{Finding, MaintenanceFile, WeightWish};
use super::keeper::Event;
use super::watch_scene::{Scene, at, every, intent, key};
use crate::lvs::{AddressFact, Farm, HostFact, Quorum, RealServerSpec, SlowStart, Sorry, WhenDown, Words};
use crossbeam_channel::{bounded, never, unbounded};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn who_is_down_leaves_and_comes_back() {
    let mut scene = Scene::new(&intent(|_| ()));
    assert_eq!(scene.table(), "11:1 12:3");
    scene.find(11, true);
    assert_eq!(scene.told(), [""; 0], "nothing has changed");
    scene.find(11, false);
    assert_eq!(scene.table(), "12:3");
    scene.find(11, false);
    assert_eq!(scene.told(), ["TCP 10.9.0.100:80 10.9.0.11:80: down: refused (check)"]);
    scene.find(11, true);
    assert_eq!(scene.table(), "12:3 11:1");
    assert_eq!(scene.told(), ["TCP 10.9.0.100:80 10.9.0.11:80: up with weight 1: fine (check)"]);
}

#[test]
fn who_is_quiesced_stays_with_weight_0() {
    let mut scene = Scene::new(&intent(every(|server| server.when_down = WhenDown::Quiesce)));
    scene.find(11, false);
    assert_eq!(scene.table(), "11:0 12:3");
    scene.find(11, true);
    assert_eq!(scene.table(), "11:1 12:3");
}

#[test]
fn who_begins_down_is_added_when_it_is_up() {
    let mut scene = Scene::new(&intent(every(|server| server.checks[0].begins_down = true)));
    assert_eq!(scene.table(), "");
    scene.find(12, true);
    assert_eq!(scene.table(), "12:3");
    assert_eq!(
        scene.told(),
        [
            "TCP 10.9.0.100:80 10.9.0.12:80: up with weight 3: fine (check)",
            "TCP 10.9.0.100:80: quorum gained: weight 3 is up (check)"
        ]
    );
}

/// ldirectord tells of them, for it takes them out of the table; keepalived and nanny do not.
#[test]
fn who_is_down_from_the_start_is_told_of_once() {
    for (words, is_told) in
        [(Words::Ulvs, true), (Words::Ldirectord, true), (Words::Keepalived, false), (Words::Piranha, false)]
    {
        let mut scene = Scene::new(&intent(|farm| {
            farm.words = words;
            every(|server| server.checks[0].begins_down = true)(farm);
        }));
        scene.find(11, false);
        let told: &[&str] =
            if is_told { &["TCP 10.9.0.100:80 10.9.0.11:80: down: refused (check)"] } else { &[] };
        assert_eq!(scene.told(), told, "{words:?}");
        scene.find(11, false);
        assert_eq!(scene.told(), [""; 0], "{words:?}");
        scene.find(11, true);
        scene.told();
        scene.find(11, false);
        let again = [
            "TCP 10.9.0.100:80 10.9.0.11:80: down: refused (check)",
            "TCP 10.9.0.100:80: quorum lost: weight 0 is up (check)",
        ];
        assert_eq!(scene.told(), again, "{words:?}");
    }
}

#[test]
fn a_sorry_server_serves_while_the_quorum_is_lost() {
    let sorry = |replaces, quiesces| {
        move |farm: &mut Farm| {
            farm.quorum = Quorum { weight: 3, hysteresis: 1 };
            farm.sorry = Some(Sorry { server: RealServerSpec::new(at(99)), replaces, quiesces });
        }
    };
    let mut scene = Scene::new(&intent(sorry(true, false)));
    scene.find(11, false);
    assert_eq!(scene.table(), "12:3", "3 is not below 3 - 1");
    scene.told();
    scene.find(12, false);
    assert_eq!(scene.table(), "99:1");
    scene.find(11, true);
    assert_eq!(scene.table(), "99:1", "1 is not 3 + 1: who is up waits");
    scene.find(12, true);
    assert_eq!(scene.table(), "11:1 12:3");
    assert_eq!(
        scene.told(),
        [
            "TCP 10.9.0.100:80 10.9.0.12:80: down: refused (check)",
            "TCP 10.9.0.100:80: quorum lost: weight 0 is up (check)",
            "TCP 10.9.0.100:80: the sorry server serves (check)",
            "TCP 10.9.0.100:80 10.9.0.11:80: up with weight 0: fine (check)",
            "TCP 10.9.0.100:80 10.9.0.12:80: up with weight 3: fine (check)",
            "TCP 10.9.0.100:80: quorum gained: weight 4 is up (check)",
            "TCP 10.9.0.100:80: the sorry server serves no longer (check)",
        ]
    );
    // Those that are up stay beside it, or leave as they do when they are down.
    let mut scene = Scene::new(&intent(sorry(false, false)));
    scene.find(12, false);
    assert_eq!(scene.table(), "11:1 99:1");
    let mut scene = Scene::new(&intent(|farm| {
        sorry(true, false)(farm);
        farm.servers[0].when_down = WhenDown::Quiesce;
    }));
    scene.find(12, false);
    assert_eq!(scene.table(), "11:0 99:1");
    // One that waits is there with weight 0.
    let mut scene = Scene::new(&intent(sorry(true, true)));
    assert_eq!(scene.table(), "11:1 12:3 99:0");
    scene.find(12, false);
    assert_eq!(scene.table(), "99:1");
    scene.find(12, true);
    assert_eq!(scene.table(), "99:0 11:1 12:3");
}

#[test]
fn a_sorry_server_may_be_a_real_server() {
    let mut scene = Scene::new(&intent(|farm| {
        farm.sorry = Some(Sorry { server: RealServerSpec::new(at(11)), replaces: true, quiesces: false });
    }));
    scene.find(11, false);
    scene.find(12, false);
    assert_eq!(scene.table(), "11:1");
    scene.find(11, true);
    assert_eq!(scene.table(), "11:1");
    scene.find(12, true);
    assert_eq!(scene.table(), "11:1 12:3");
}

#[test]
fn another_configuration_keeps_what_is_known() {
    let mut scene = Scene::new(&intent(|_| ()));
    assert_eq!(scene.begins(), [None, None], "nothing is known: the first result may count at once");
    scene.find(11, false);
    let id = scene.id(11);
    assert_eq!(scene.take(&intent(|_| ())), [""; 0], "nothing changes");
    assert_eq!(scene.begins(), [Some(false), None]);
    assert_eq!((scene.id(11), scene.table().as_str()), (id, "12:3"));
    // A further service, checked together with the first: what is down is down there, too.
    let both = intent(|farm| farm.services.push(key(81)));
    assert_eq!(
        scene.take(&both),
        [
            "add service TCP 10.9.0.100:81 wlc",
            "add server TCP 10.9.0.100:81 -> 10.9.0.12:80 Route weight 3",
            "watch TCP 10.9.0.100:80 otherwise"
        ]
    );
    assert_eq!((scene.id(11), scene.table_of(81).as_str()), (id, "12:3"));
    // Another check begins anew.
    let other = intent(every(|server| server.checks[0].timing.falls = 4));
    scene.take(&other);
    assert_ne!(scene.id(11), id);
    assert_eq!(scene.table(), "12:3 11:1");
    // What is not allowed changes nothing.
    let mut bad = intent(|_| ());
    bad.farms[0].services.push(key(99));
    let refused = scene.keeper.serve(Request::Replace(bad));
    assert!(
        matches!(&refused, Reply::Refused(ControlError::Invalid(why)) if why.ends_with("is not defined")),
        "{refused:?}"
    );
    assert_eq!(scene.keeper.serve(Request::Diff(other)), Reply::Changes(Vec::new()));
}

#[test]
fn weights_follow_checks() {
    let mut scene = Scene::new(&intent(|_| ()));
    scene.find_with(12, true, Some(WeightWish::Absolute(5)));
    assert_eq!(scene.table(), "11:1 12:5");
    assert_eq!(scene.told(), ["TCP 10.9.0.100:80 10.9.0.12:80: weight 3 -> 5 (check)"]);
    scene.find_with(12, true, Some(WeightWish::More(-10)));
    assert_eq!(scene.table(), "11:1 12:0");
    scene.find_with(12, true, None);
    assert_eq!(scene.table(), "11:1 12:3");
}

#[test]
fn what_was_changed_by_hand_is_no_obstacle() {
    let mut scene = Scene::new(&intent(|_| ()));
    let by_hand =
        |scene: &mut Scene, command| assert_eq!(scene.keeper.serve(Request::Command(command)), Reply::Done);
    by_hand(&mut scene, Command::DeleteServer(key(80), at(11)));
    scene.find(11, false);
    scene.find(11, true);
    assert_eq!(scene.table(), "12:3 11:1");
    scene.find(11, false);
    by_hand(
        &mut scene,
        Command::AddServer(key(80), RealServerSpec { weight: 7, ..RealServerSpec::new(at(11)) }),
    );
    scene.find(11, true);
    assert_eq!(scene.table(), "12:3 11:1");
    by_hand(&mut scene, Command::DeleteService(key(80)));
    scene.find(11, false);
    assert_eq!(scene.told().len(), 5);
}

#[test]
fn checks_that_want_the_vip_here_wait_for_it() {
    let mut scene = Scene::new(&intent(|farm| farm.only_with_vip = true));
    let on =
        |scene: &Scene| scene.heard.lock().unwrap().beats.iter().map(|beat| beat.is_on).collect::<Vec<_>>();
    assert_eq!(on(&scene), [false, false]);
    let net = "10.9.0.100/32".parse().unwrap();
    scene.keeper.inform(HostFact::Address(AddressFact { ifindex: 2, net }));
    assert_eq!(on(&scene), [true, true]);
    scene.keeper.inform(HostFact::AddressGone(AddressFact { ifindex: 2, net }));
    assert_eq!(on(&scene), [false, false]);
}

#[test]
fn a_slow_start_doubles() {
    let slow = SlowStart { divisor: 4, step: Duration::from_secs(20) };
    let mut scene = Scene::new(&intent(|farm| {
        farm.servers[1].slow_start = Some(slow);
        farm.servers[1].checks[0].begins_down = true;
    }));
    scene.find(12, true);
    assert_eq!(scene.table(), "11:1 12:1", "3 / 4, but not less than 1");
    let mut weights = Vec::new();
    for second in 1..=70 {
        scene.keeper.board.set_uptime(Duration::from_secs(second));
        scene.keeper.pass_second();
        weights.push(scene.table());
    }
    let at = |second: usize| weights[second - 1].as_str();
    assert_eq!(
        [at(19), at(21), at(39), at(41), at(70)],
        ["11:1 12:1", "11:1 12:2", "11:1 12:2", "11:1 12:3", "11:1 12:3"]
    );
}

fn file(last: u8) -> MaintenanceFile {
    let name = format!("10.9.0.{last}");
    MaintenanceFile { host: name.clone(), name, addrs: vec![at(last).addr], port: None }
}

#[test]
fn a_file_of_maintenance_takes_a_real_server_down() {
    let folder = PathBuf::from("/maintenance");
    let watched = || {
        let folder = folder.clone();
        intent(move |farm| {
            farm.maintenance = Some(folder);
            farm.servers[1].when_down = WhenDown::Quiesce;
        })
    };
    let mut scene = Scene::before(0);
    // Known before the configuration: nobody comes to it first.
    scene.keeper.maintain(folder.clone(), vec![file(11), file(77)]);
    scene.take(&watched());
    assert_eq!(scene.table(), "12:3");
    let second = Duration::from_secs(1);
    assert_eq!(scene.heard.lock().unwrap().folders, [(folder.clone(), second)], "as often as it is checked");
    let held = scene.status(11);
    assert_eq!(
        (held.condition, held.maintenance.as_deref(), held.reasons),
        (ServerCondition::Maint, Some("10.9.0.11"), vec![WeightReason::MaintenanceFile])
    );
    scene.find(11, true);
    assert_eq!(scene.table(), "12:3", "whatever its check says");
    scene.keeper.maintain(folder.clone(), vec![file(12)]);
    assert_eq!(scene.table(), "12:0 11:1");
    assert_eq!(
        scene.told(),
        [
            "TCP 10.9.0.100:80 10.9.0.11:80: up with weight 1: maintenance file 10.9.0.11 is gone (check)",
            "TCP 10.9.0.100:80 10.9.0.12:80: down: maintenance file 10.9.0.12 (check)"
        ]
    );
    // A reload keeps it; another folder is another matter.
    scene.take(&watched());
    assert_eq!(scene.table(), "12:0 11:1");
    scene.keeper.maintain("/other".into(), vec![file(11)]);
    assert_eq!(scene.table(), "12:0 11:1");
    // What is down besides stays down when the file goes.
    scene.find(12, false);
    scene.keeper.maintain(folder, Vec::new());
    assert_eq!((scene.table().as_str(), scene.told().len()), ("12:0 11:1", 0));
    scene.find(12, true);
    assert_eq!(scene.table(), "12:3 11:1");
    scene.take(&intent(|_| ()));
    assert_eq!(scene.heard.lock().unwrap().folders, []);
}

#[test]
fn who_was_taken_out_while_it_is_down_is_put_back_if_that_is_wanted() {
    for readds in [false, true] {
        let mut scene = Scene::new(&intent(|farm| {
            farm.readds = readds;
            farm.servers[0].when_down = WhenDown::Quiesce;
        }));
        scene.find(11, false);
        scene.find(12, false);
        assert_eq!(scene.table(), "11:0");
        scene.told();
        let delete = Command::DeleteServer(key(80), at(11));
        assert_eq!(scene.keeper.serve(Request::Command(delete)), Reply::Done);
        scene.find(12, false);
        assert_eq!(scene.table(), "", "one that shall leave is not put back");
        scene.find(11, false);
        scene.find(11, false);
        assert_eq!(scene.table(), if readds { "11:0" } else { "" });
        let told = scene.told();
        if readds {
            let line = "TCP 10.9.0.100:80 10.9.0.11:80: in the table again, with weight 0 (check)";
            assert_eq!(told, [line], "once");
        } else {
            assert_eq!(told, [""; 0]);
        }
        scene.find(11, true);
        assert_eq!(scene.table(), "11:1");
    }
}

#[test]
fn failures_that_did_not_count_are_forgotten() {
    let mut scene = Scene::new(&intent(|_| ()));
    let finding = |scene: &Scene, has_failed, is_up, failures| Finding {
        id: scene.id(11),
        is_up,
        has_failed,
        weight: None,
        detail: "timed out".to_owned(),
        failures,
        took: Duration::ZERO,
        next_in: Duration::from_secs(1),
    };
    for (has_failed, is_up, failures) in [
        (true, true, 1),
        (true, true, 2),
        (false, true, 0),
        (false, true, 0),
        (true, true, 1),
        (true, false, 2),
        (false, true, 0),
    ] {
        let finding = finding(&scene, has_failed, is_up, failures);
        scene.keeper.found(finding);
    }
    let told: Vec<_> =
        scene.told().iter().map(|line| line.replace("TCP 10.9.0.100:80 10.9.0.11:80: ", "")).collect();
    assert_eq!(
        told,
        [
            "check failed, 1 of 3: timed out (check)",
            "check failed, 2 of 3: timed out (check)",
            "check succeeds again, 2 failures forgotten (check)",
            "check failed, 1 of 3: timed out (check)",
            "down: timed out (check)",
            "up with weight 1: timed out (check)",
        ]
    );
}

#[test]
fn a_weight_that_is_not_the_configured_one_has_its_reasons() {
    let slow = SlowStart { divisor: 4, step: Duration::from_secs(20) };
    let mut scene = Scene::new(&intent(|farm| farm.servers[1].slow_start = Some(slow)));
    let reasons = |scene: &mut Scene, last| {
        let status = scene.status(last);
        (status.weight, status.checked_weight, status.reasons)
    };
    assert_eq!(reasons(&mut scene, 11), (Some(1), 1, vec![]));
    scene.find_with(11, true, Some(WeightWish::Absolute(5)));
    assert_eq!(reasons(&mut scene, 11), (Some(5), 5, vec![WeightReason::CheckWeight]));
    scene.find(12, false);
    assert_eq!(reasons(&mut scene, 12), (None, 3, vec![WeightReason::Down]));
    scene.find(12, true);
    assert_eq!(reasons(&mut scene, 12), (Some(1), 3, vec![WeightReason::SlowStart]));
    scene.hold(12, Some(HoldKind::Drain));
    assert_eq!(reasons(&mut scene, 12).2[0], WeightReason::Operator);
    let spec = RealServerSpec { weight: 9, ..RealServerSpec::new(at(11)) };
    scene.keeper.serve(Request::Command(Command::EditServer(key(80), spec)));
    assert_eq!(reasons(&mut scene, 11).2, [WeightReason::CheckWeight, WeightReason::ByHand]);
}

#[test]
fn a_check_that_was_edited_takes_nobody_away() {
    let falls = |falls, words| {
        intent(move |farm| {
            farm.words = words;
            for server in &mut farm.servers {
                server.checks[0].begins_down = true;
                server.checks[0].timing.falls = falls;
            }
        })
    };
    let mut scene = Scene::new(&falls(3, Words::Ldirectord));
    scene.find(11, true);
    assert_eq!(scene.table(), "11:1");
    scene.take(&falls(4, Words::Ldirectord));
    assert_eq!(scene.table(), "11:1", "who was down stays down, who was up stays up");
    assert_eq!(scene.begins(), [Some(true), None], "and its first result is like any other");
    // keepalived's alpha begins anew.
    let mut scene = Scene::new(&falls(3, Words::Keepalived));
    scene.find(11, true);
    scene.take(&falls(4, Words::Keepalived));
    assert_eq!((scene.table().as_str(), scene.begins()), ("", vec![None, None]));
}

#[test]
fn another_configuration_tells_what_became_of_the_quorum() {
    let quorum = |weight| {
        intent(move |farm| {
            farm.quorum = Quorum { weight, hysteresis: 0 };
            farm.sorry =
                Some(Sorry { server: RealServerSpec::new(at(99)), replaces: false, quiesces: false });
        })
    };
    let mut scene = Scene::new(&quorum(4));
    assert_eq!(scene.told(), [""; 0]);
    scene.take(&quorum(5));
    assert_eq!(scene.table(), "11:1 12:3 99:1");
    assert_eq!(
        scene.told(),
        [
            "TCP 10.9.0.100:80: quorum lost: weight 4 is up (reload)",
            "TCP 10.9.0.100:80: the sorry server serves (reload)"
        ]
    );
    scene.take(&quorum(3));
    assert_eq!(scene.table(), "11:1 12:3");
    assert_eq!(
        scene.told(),
        [
            "TCP 10.9.0.100:80: quorum gained: weight 4 is up (reload)",
            "TCP 10.9.0.100:80: the sorry server serves no longer (reload)"
        ]
    );
}

/// The end is told where something follows it, and of what still stands.
#[test]
fn the_end_is_a_change_where_it_is_to_be() {
    let ends = |change: fn(&mut Farm), finds: &[u8]| {
        let mut scene = Scene::new(&intent(change));
        finds.iter().for_each(|last| scene.find(*last, false));
        scene.told();
        scene.keeper.tell_of_the_end();
        scene.told().into_iter().map(|line| line.replace("TCP 10.9.0.100:80", "VS")).collect::<Vec<_>>()
    };
    let at_end: fn(&mut Farm) = |farm| farm.scripts.at_end = true;
    assert_eq!(ends(|_| (), &[]), [""; 0]);
    let down = |last: u8| format!("VS 10.9.0.{last}:80: down: the director ends (stop)");
    let lost = "VS: quorum lost: weight 0 is up (stop)".to_owned();
    assert_eq!(ends(at_end, &[]), [down(11), down(12), lost.clone()]);
    assert_eq!(ends(at_end, &[11]), [down(12), lost]);
    assert_eq!(ends(at_end, &[11, 12]), [""; 0], "nothing stands");
    let fallback: fn(&mut Farm) = |farm| {
        let server = RealServerSpec::new(at(99));
        farm.sorry = Some(Sorry { server, replaces: false, quiesces: false });
        farm.scripts.fallback = Some(crate::lvs::Script::new(crate::lvs::ScriptLine::Shell("x".into())));
    };
    assert_eq!(ends(fallback, &[11]), [""; 0], "the fallback does not serve");
    assert_eq!(ends(fallback, &[11, 12]), ["VS: the sorry server serves no longer (stop)"]);
}

/// A thousand real servers fail at once: workers get one new snapshot, not a thousand.
#[test]
fn findings_that_wait_are_published_together() {
    let scene = Scene::new(&intent(|_| ()));
    let board = Arc::clone(&scene.keeper.board);
    let (sender, events) = unbounded();
    for is_up in [false, true, false, true, false] {
        sender.send(Event::Found(scene.finding(11, is_up, None))).unwrap();
    }
    sender.send(Event::Found(scene.finding(12, false, None))).unwrap();
    let (reply, answer) = bounded(1);
    sender.send(Event::Request(Box::new(Request::Services(None)), reply)).unwrap();
    sender.send(Event::Found(scene.finding(12, true, None))).unwrap();
    sender.send(Event::Stop).unwrap();
    let epoch = || board.snapshot.load().epoch;
    let before = epoch();
    drop(scene.keeper.run(&events, &never()));
    let Reply::Services(services) = answer.recv().unwrap() else { panic!("services") };
    assert!(
        services[0].servers.is_empty(),
        "a request comes after the findings before it, and before those after it"
    );
    // The answer waits until what is before it is published; the last finding came with the end.
    assert_eq!(epoch(), before + 1);
}

/// Who has a snapshot, and has it no longer, does not free it: that takes too long between two packets.
#[test]
fn snapshots_are_freed_by_the_keeper() {
    let mut scene = Scene::new(&intent(|_| ()));
    scene.keeper.pass_second();
    let worker = scene.keeper.board.snapshot.load_full();
    let watch = Arc::downgrade(&worker);
    scene.find(11, false);
    scene.keeper.pass_second();
    scene.keeper.pass_second();
    drop(worker);
    assert!(watch.upgrade().is_some());
    scene.keeper.pass_second();
    assert!(watch.upgrade().is_none());
}
