//! Sync daemons that a configuration asks for: they follow their virtual router.

use super::command::{Command, Intent, Reply, Request};
use super::happening::{Cause, RouterChange, What};
use super::keeper_tests::{Stage, facts, link};
use crate::lvs::{HostFact, Role, SyncDaemon, SyncRole, SyncSetup, SyncSides, Vrrp, Words, vrrp_instance};

fn setup(sides: SyncSides) -> SyncSetup {
    SyncSetup {
        sides,
        interface: "eth0".to_owned(),
        sync_id: 7,
        max_len: None,
        group: None,
        port: None,
        ttl: None,
    }
}

fn wanted(sides: SyncSides) -> Intent {
    let instances = ["VI_1", "VI_2"].into_iter().zip(1..).map(|(name, id)| vrrp_instance(name, "eth0", id));
    let vrrp = Vrrp { instances: instances.collect(), ..Vrrp::default() };
    Intent { vrrp, sync: Some(setup(sides)), ..Intent::default() }
}

fn follows(name: &str) -> SyncSides {
    SyncSides::Follows(name.to_owned())
}

/// What was said of daemons since the last look.
fn said(stage: &Stage) -> Vec<String> {
    stage.lines().into_iter().filter(|line| line.contains("daemon")).collect()
}

fn became(stage: &mut Stage, name: &str, is_group: bool, role: Role) -> Vec<String> {
    let what = What::Role { role, priority: 100, detail: String::new() };
    stage.keeper.router_changed(RouterChange {
        cause: Cause::Time,
        name: name.to_owned(),
        is_group,
        what: Some(what),
        words: Words::Ulvs,
        lines: Vec::new(),
        is_warning: false,
        scripts: Vec::new(),
        pipe: None,
    });
    stage.keeper.settle();
    said(stage)
}

fn replace(stage: &mut Stage, intent: &Intent) -> Vec<String> {
    let answer = stage.keeper.serve(Request::Replace(intent.clone()));
    assert!(!matches!(answer, Reply::Refused(_)), "{answer:?}");
    said(stage)
}

#[test]
fn a_virtual_router_says_which_daemon_runs() {
    let mut stage = Stage::new(Ok(()));
    stage.begin(facts(false), Some(&wanted(follows("VI_1")))).unwrap();
    assert_eq!(said(&stage), ["Backup daemon 7 on 2"]);
    assert_eq!(became(&mut stage, "VI_2", false, Role::Master), Vec::<String>::new(), "another one");
    assert_eq!(became(&mut stage, "VI_1", true, Role::Master), Vec::<String>::new(), "a group of that name");
    let to_master = ["Backup daemon no more", "Master daemon 7 on 2"];
    assert_eq!(became(&mut stage, "VI_1", false, Role::Master), to_master);
    let Reply::Daemons(daemons) = stage.keeper.serve(Request::Daemons) else { panic!("no daemons") };
    assert_eq!(
        daemons.iter().map(|daemon| daemon.port).collect::<Vec<_>>(),
        [Some(8848)],
        "as it was settled"
    );
    assert_eq!(became(&mut stage, "VI_1", false, Role::Master), Vec::<String>::new(), "it is so already");
    let to_backup = ["Master daemon no more", "Backup daemon 7 on 2"];
    assert_eq!(became(&mut stage, "VI_1", false, Role::Fault), to_backup);
    assert_eq!(became(&mut stage, "VI_1", false, Role::Backup), Vec::<String>::new());

    // The same again changes nothing; the other virtual router is master since before.
    assert_eq!(replace(&mut stage, &wanted(follows("VI_1"))), Vec::<String>::new());
    assert_eq!(replace(&mut stage, &wanted(follows("VI_2"))), to_master);
    // Both: the one that runs goes on.
    assert_eq!(replace(&mut stage, &wanted(SyncSides::Both)), ["Backup daemon 7 on 2"]);
    assert_eq!(replace(&mut stage, &wanted(SyncSides::Only(SyncRole::Backup))), ["Master daemon no more"]);
    assert_eq!(replace(&mut stage, &Intent::default()), ["Backup daemon no more"]);
}

#[test]
fn what_an_operator_started_is_left_alone() {
    let mut stage = Stage::new(Ok(()));
    stage.begin(facts(false), Some(&Intent::default())).unwrap();
    let [_, own] = &setup(SyncSides::Both).daemons(|_| false)[..] else { panic!("not two") };
    let own = SyncDaemon { sync_id: 9, ..own.clone() };
    stage.keeper.serve(Request::Command(Command::StartDaemon(own)));
    assert_eq!(said(&stage), ["Backup daemon 9 on 2"]);
    assert_eq!(replace(&mut stage, &wanted(SyncSides::Only(SyncRole::Master))), ["Master daemon 7 on 2"]);
    assert_eq!(replace(&mut stage, &Intent::default()), ["Master daemon no more"]);
    // In the way.
    assert_eq!(
        replace(&mut stage, &wanted(follows("VI_1"))),
        ["Backup daemon no more", "Backup daemon 7 on 2"]
    );
}

#[test]
fn a_daemon_waits_for_its_interface() {
    let mut stage = Stage::new(Ok(()));
    let mut intent = wanted(SyncSides::Only(SyncRole::Master));
    intent.sync.as_mut().unwrap().interface = "eth7".to_owned();
    stage.begin(facts(false), Some(&intent)).unwrap();
    assert_eq!(said(&stage), Vec::<String>::new());
    stage.keeper.inform(link(9, "eth7", true));
    assert_eq!(said(&stage), ["Master daemon 7 on 9"]);
    stage.keeper.inform(HostFact::Forwarding { v4: true, v6: false });
    assert_eq!(said(&stage), Vec::<String>::new());
}

#[test]
fn what_cannot_be_is_refused() {
    let good = setup(SyncSides::Both);
    let refused = |setup: SyncSetup| {
        let intent = Intent { sync: Some(setup), ..wanted(SyncSides::Both) };
        super::acceptable(&intent).map_err(|error| error.to_string())
    };
    assert_eq!(refused(good.clone()), Ok(()));
    for (bad, why) in [
        (SyncSetup { interface: "a/b".to_owned(), ..good.clone() }, "name of an interface"),
        (SyncSetup { interface: "sixteen-letters-".to_owned(), ..good.clone() }, "name of an interface"),
        (SyncSetup { group: Some([10, 0, 0, 1].into()), ..good.clone() }, "no multicast address"),
        (SyncSetup { port: Some(0), ..good.clone() }, "more than 0"),
        (SyncSetup { ttl: Some(0), ..good.clone() }, "more than 0"),
        (SyncSetup { max_len: Some(65_508), ..good.clone() }, "1 to 65507 bytes"),
        (SyncSetup { sides: follows("VI_3"), ..good }, "no virtual router VI_3"),
    ] {
        let said = refused(bad).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}
