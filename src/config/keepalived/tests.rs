use super::schema::Block;
use super::*;
use crate::config::names::Names;
use crate::lvs::{SyncSetup, SyncSides};
use std::collections::BTreeSet;

/// All keys of a block and of those in it.
fn keys(block: &'static Block, seen: &mut BTreeSet<&'static str>, all: &mut BTreeSet<&'static str>) {
    for key in block.keys {
        all.insert(key.name);
        if let Some(body) = key.body.filter(|body| seen.insert(body.name)) {
            keys(body, seen, all);
        }
    }
}

#[test]
fn every_key_has_its_place_in_the_docs() {
    let docs = include_str!("../../../docs/dialects/keepalived.md");
    let mut all = BTreeSet::new();
    keys(&keys_global::ROOT, &mut BTreeSet::new(), &mut all);
    assert!(all.len() > 250, "{}", all.len());
    let missing: Vec<_> = all.into_iter().filter(|key| !docs.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "not in docs/dialects/keepalived.md: {missing:?}");
}

#[test]
fn no_key_is_there_twice() {
    fn walk(block: &'static Block, seen: &mut BTreeSet<&'static str>) {
        let names: BTreeSet<_> = block.keys.iter().map(|key| key.name).collect();
        assert_eq!(names.len(), block.keys.len(), "{}", block.name);
        for body in block.keys.iter().filter_map(|key| key.body) {
            if seen.insert(body.name) {
                walk(body, seen);
            }
        }
    }
    walk(&keys_global::ROOT, &mut BTreeSet::new());
}

#[test]
fn remarks_point_through_variables_at_what_is_written() {
    let names = Names::from_text("", "");
    let mut out = Diagnostics::default();
    let text = "$W=abc\nvirtual_server 192.0.2.1 80 {\n  delay_loop ${W} x\n  quorum 1$W 7\n}\n";
    let source = Source::from_text("f", text);
    Keepalived.read(&source, &Context::of_names(&names), &mut out);
    let remarks: Vec<_> = out
        .iter()
        .map(|remark| {
            format!(
                "{}:{} {} {}",
                remark.line,
                remark.column,
                &remark.text[remark.caret.clone()],
                remark.message
            )
        })
        .collect();
    assert_eq!(
        remarks,
        [
            "3:14 ${W} `abc` is no number of seconds",
            "4:10 1$W `1abc` is no whole number",
            "2:1 virtual_server 192.0.2.1 80 this virtual server has no real servers: it is left out",
        ]
    );
}

/// What a file with this line, and a `vrrp_instance VI_1` of number 51, wants, and what is said of it.
fn sync(line: &str) -> (Option<SyncSetup>, Vec<String>) {
    let names = Names::from_text("", "");
    let mut out = Diagnostics::default();
    let text = format!(
        "global_defs {{\n {line}\n}}\nvrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n \
         virtual_ipaddress {{\n  10.0.0.1\n }}\n}}\n"
    );
    let intent = Keepalived.read(&Source::from_text("f", text), &Context::of_names(&names), &mut out);
    (intent.sync, out.iter().map(|remark| format!("{}:{}", remark.column, remark.message)).collect())
}

#[test]
fn sync_daemons() {
    let follows = SyncSides::Follows("VI_1".to_owned());
    let bare = SyncSetup {
        sides: follows,
        interface: "eth1".to_owned(),
        sync_id: 51,
        max_len: None,
        group: None,
        port: None,
        ttl: None,
    };
    let both = SyncSetup { sides: SyncSides::Both, sync_id: 0, ..bare.clone() };
    let with_id = |sync_id| SyncSetup { sync_id, ..bare.clone() };
    let whole = SyncSetup {
        max_len: Some(1400),
        group: Some([224, 0, 0, 90].into()),
        port: Some(9000),
        ttl: Some(3),
        ..with_id(0)
    };
    for (line, setup) in [
        ("eth1 VI_1", &bare),
        ("eth1 inst VI_1", &bare),
        ("eth1", &both),
        ("eth1 id 7", &SyncSetup { sync_id: 7, ..both.clone() }),
        ("eth1 id 7 inst VI_1", &with_id(7)),
        ("eth1 VI_1 id 0 maxlen 1400 port 9000 ttl 3 group 224.0.0.90", &whole),
    ] {
        assert_eq!(sync(&format!("lvs_sync_daemon {line}")), (Some(setup.clone()), Vec::new()), "{line}");
    }
    for (line, setup, told) in [
        ("eth1 VI_1 5", Some(&with_id(5)), "28:`id` is missing before this number"),
        ("eth1 VI_1 id 256", Some(&bare), "31:`256` is no number from 0 to 255"),
        ("eth1 VI_1 id", Some(&bare), "28:nothing stands behind `id`"),
        ("eth1 VI_1 maxlen 0", Some(&bare), "35:`0` is no number from 1 to 65507"),
        ("eth1 VI_1 port 65536", Some(&bare), "33:`65536` is no number from 1 to 65535"),
        ("eth1 VI_1 ttl 0", Some(&bare), "32:`0` is no number from 1 to 255"),
        ("eth1 VI_1 group 10.0.0.1", Some(&bare), "34:`10.0.0.1` is no multicast address"),
        ("eth1 VI_1 id 51 more", Some(&bare), "34:`more` is none of inst, id, maxlen, port, ttl, group"),
        ("eth1 VI_1 inst VI_1", Some(&bare), "33:it follows `VI_1` already"),
        ("eth1 VI_2", None, "2:there is no vrrp_instance `VI_2`: connections are not synchronised"),
        ("much/too/much", None, "18:this cannot be the name of an interface"),
        ("eth1 VI_1\n lvs_sync_daemon eth2", Some(&bare), "18:a daemon on eth1 is there already"),
    ] {
        let (read, remarks) = sync(&format!("lvs_sync_daemon {line}"));
        assert_eq!((read.as_ref(), remarks), (setup, vec![told.to_owned()]), "{line}");
    }
}
