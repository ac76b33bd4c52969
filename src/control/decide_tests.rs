//! What operators decide: now, at a deadline, and over a restart.

use super::ControlError;
use super::command::{Command, Deadline, Decision, HoldKind, Intent, Reply, Request, ServerCondition, Then};
use super::watch_scene::{Scene, at, intent, key};
use crate::lvs::{RealServerSpec, ServiceSpec};

#[test]
fn an_operators_decision_survives_findings_and_configurations() {
    let mut scene = Scene::new(&intent(|_| ()));
    assert_eq!(scene.hold(11, Some(HoldKind::Drain)), Reply::Done);
    assert_eq!(scene.table(), "11:0 12:3");
    assert_eq!(scene.told(), ["TCP 10.9.0.100:80 10.9.0.11:80: drain (by ann)"]);
    scene.take(&intent(|farm| farm.comment = Some("other".into())));
    assert_eq!(scene.table(), "11:0 12:3");
    scene.find(11, false);
    assert_eq!(scene.table(), "12:3");
    scene.find(11, true);
    assert_eq!(scene.table(), "12:3 11:0");
    assert_eq!(scene.hold(11, Some(HoldKind::Maint)), Reply::Done);
    assert_eq!(scene.table(), "12:3");
    let Reply::Farms(farms) = scene.keeper.serve(Request::Farms) else { panic!("farms") };
    let held = &farms[0].servers[0];
    assert_eq!((held.condition, held.weight, held.configured_weight), (ServerCondition::Maint, None, 1));
    assert_eq!(held.hold.as_ref().map(|hold| hold.by.as_str()), Some("ann"));
    assert_eq!(scene.hold(11, None), Reply::Done);
    assert_eq!(scene.table(), "12:3 11:1");
    assert_eq!(scene.hold(77, None), Reply::Refused(ControlError::NoSuchServer));
}

#[test]
fn real_servers_that_nobody_watches_can_be_held() {
    let mut scene = Scene::new(&Intent::default());
    for command in [
        Command::AddService(ServiceSpec::new(key(80))),
        Command::AddServer(key(80), RealServerSpec { weight: 7, ..RealServerSpec::new(at(11)) }),
    ] {
        assert_eq!(scene.keeper.serve(Request::Command(command)), Reply::Done);
    }
    scene.hold(11, Some(HoldKind::Maint));
    assert_eq!(scene.table(), "");
    scene.hold(11, None);
    assert_eq!(scene.table(), "11:7");
    // A configuration that names it leaves the decision as it is; one that does not forgets it.
    let with = |weight| {
        let spec = RealServerSpec { weight, ..RealServerSpec::new(at(11)) };
        let mut intent = Intent::default();
        intent.services.insert(key(80), (ServiceSpec::new(key(80)), vec![spec]));
        intent
    };
    scene.hold(11, Some(HoldKind::Maint));
    assert_eq!(scene.take(&with(8)), [""; 0]);
    assert_eq!(scene.table(), "");
    assert_eq!(scene.hold(11, None), Reply::Done);
    assert_eq!(scene.table(), "11:8");
    scene.hold(11, Some(HoldKind::Maint));
    scene.take(&Intent::default());
    scene.take(&with(7));
    assert_eq!(scene.table(), "11:7");
    // What was changed by hand since counts.
    let spec = RealServerSpec { weight: 9, ..RealServerSpec::new(at(11)) };
    scene.keeper.serve(Request::Command(Command::EditServer(key(80), spec)));
    scene.hold(11, Some(HoldKind::Drain));
    assert_eq!(scene.table(), "11:0");
    scene.hold(11, None);
    assert_eq!(scene.table(), "11:9");
}

fn deadline(seconds: u32, then: Then) -> Option<Deadline> {
    Some(Deadline { seconds, then })
}

#[test]
fn a_drain_has_a_deadline() {
    let mut scene = Scene::new(&intent(|_| ()));
    scene.connect(11, 3);
    let drain = Some(HoldKind::Drain);
    assert_eq!(scene.hold_until(11, drain, deadline(60, Then::Leave)), Reply::Done);
    assert_eq!(scene.hold_until(12, drain, deadline(90, Then::Reset)), Reply::Done);
    scene.connect(12, 2);
    scene.told();
    scene.at_second(59);
    assert_eq!(scene.told(), [""; 0]);
    let held = scene.status(11);
    let left =
        held.hold.and_then(|hold| hold.deadline).map(|deadline| (deadline.left_seconds, deadline.has_passed));
    assert_eq!((left, held.connections[0].inactive), (Some((1, false)), 3));
    scene.at_second(60);
    assert_eq!(
        scene.told(),
        ["TCP 10.9.0.100:80 10.9.0.11:80: deadline passed, 3 connections are left (time)"]
    );
    assert_eq!((scene.flags(11), scene.flags(12)), ((true, false), (true, false)));
    scene.at_second(89);
    assert_eq!(scene.told(), [""; 0], "told once");
    scene.at_second(90);
    assert_eq!(
        scene.told(),
        ["TCP 10.9.0.100:80 10.9.0.12:80: deadline passed, 2 connections are reset (time)"]
    );
    assert_eq!((scene.flags(11), scene.flags(12)), ((true, false), (true, true)));
    // It fails, and leaves the table: what it has is reset all the same.
    scene.find(12, false);
    assert!(scene.flags(12).1);
    scene.find(12, true);
    assert_eq!((scene.table().as_str(), scene.flags(12)), ("11:0 12:0", (true, true)));
    // Another deadline begins anew; and whoever is ready has none.
    scene.hold_until(12, drain, deadline(30, Then::Reset));
    assert_eq!(scene.flags(12), (true, false));
    scene.at_second(121);
    assert_eq!(scene.flags(12), (true, true));
    scene.hold(12, None);
    assert_eq!((scene.table().as_str(), scene.flags(12)), ("11:0 12:3", (false, false)));
}

#[test]
fn a_deadline_is_a_drains_and_not_too_far() {
    let mut scene = Scene::new(&intent(|_| ()));
    for (kind, seconds) in [
        (Some(HoldKind::Maint), 60),
        (None, 60),
        (Some(HoldKind::Drain), 0),
        (Some(HoldKind::Drain), 2_678_401),
    ] {
        let refused = scene.hold_until(11, kind, deadline(seconds, Then::Leave));
        assert!(matches!(refused, Reply::Refused(ControlError::Invalid(_))), "{refused:?}");
    }
    assert_eq!((scene.table().as_str(), scene.told().len()), ("11:1 12:3", 0));
    assert_eq!(scene.hold_until(11, Some(HoldKind::Drain), deadline(2_678_400, Then::Leave)), Reply::Done);
}

#[test]
fn decisions_are_kept_and_taken_in_again() {
    let mut scene = Scene::before(1000);
    scene.take(&intent(|_| ()));
    scene.hold_until(11, Some(HoldKind::Drain), deadline(60, Then::Reset));
    scene.hold(12, Some(HoldKind::Maint));
    scene.hold(12, Some(HoldKind::Maint));
    let decided = std::mem::take(&mut scene.heard.lock().unwrap().decided);
    assert_eq!(decided.len(), 2, "the same again need not be written");
    let kept = decided[1].clone();
    let told = |decision: &Decision| {
        (decision.server, decision.hold, decision.since_unix_seconds, decision.deadline)
    };
    assert_eq!(
        kept.iter().map(told).collect::<Vec<_>>(),
        [(at(11), HoldKind::Drain, 1000, Some((1060, Then::Reset))), (at(12), HoldKind::Maint, 1000, None)]
    );
    // Another director begins 40 seconds later: who is held is held before anything is published.
    let mut scene = Scene::before(1040);
    scene.keeper.recall(kept.clone());
    scene.take(&intent(|_| ()));
    assert_eq!(scene.table(), "11:0");
    assert_eq!(scene.heard.lock().unwrap().decided.len(), 0, "nothing new");
    let hold = scene.status(11).hold.unwrap();
    assert_eq!((hold.by.as_str(), hold.since_unix_seconds), ("ann", 1000));
    scene.at_second(19);
    assert_eq!(scene.flags(11), (true, false));
    scene.at_second(20);
    assert_eq!(scene.flags(11), (true, true));
    // A configuration without that real server forgets what was decided about it.
    let mut without = intent(|farm| drop(farm.servers.remove(0)));
    without.services.get_mut(&key(80)).unwrap().1.remove(0);
    scene.take(&without);
    let decided = std::mem::take(&mut scene.heard.lock().unwrap().decided);
    assert_eq!(decided.last().unwrap(), &kept[1..]);
    scene.take(&intent(|_| ()));
    assert_eq!(scene.table(), "11:1");
}
