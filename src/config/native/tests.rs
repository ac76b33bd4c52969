//! The dialect, read.

use super::*;
use crate::config::Names;
use crate::lvs::{SyncRole, SyncSetup, SyncSides, Thresholds};

fn read(text: &str) -> (Intent, Vec<String>) {
    let mut out = Diagnostics::default();
    let names = Names::default();
    let intent = Native.read(&Source::from_text("f.toml", text), &Context::of_names(&names), &mut out);
    (intent, out.iter().map(ToString::to_string).collect())
}

#[test]
fn tunables() {
    let (intent, remarks) = read(
        "[sysctl]\ndrop_entry = 1\nsloppy_tcp = true\n\"net.ipv4.vs.am_droprate\" = 0x10\nreset_guard = 0\n",
    );
    assert_eq!(remarks, Vec::<String>::new());
    let named: Vec<_> = intent.tunables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(named, [("am_droprate", 16), ("drop_entry", 1), ("reset_guard", 0), ("sloppy_tcp", 1)]);
    for (text, remark) in [
        ("sloppy_tpc = 1", "f.toml:2:1: error: unknown key `sloppy_tpc`"),
        ("drop_entry = 4", "f.toml:2:14: error: must lie between 0 and 3"),
        ("drop_entry = true", "f.toml:2:14: error: an integer expected, found boolean"),
        ("sloppy_tcp = \"on\"", "f.toml:2:14: error: a boolean or an integer expected, found string"),
        (
            "backup_only = 1",
            "f.toml:2:1: error: backup_only: not in ulvs: who has the VIP forwards; a backup may do so too",
        ),
        ("drop_entry = 1\n\"net.ipv4.vs.drop_entry\" = 2", "f.toml:3:1: error: drop_entry is set twice"),
    ] {
        assert_eq!(read(&format!("[sysctl]\n{text}\n")).1, [remark], "{text}");
    }
    assert_eq!(read("sysctl = 1\n").1, ["f.toml:1:10: error: a table expected, found integer"]);
}

#[test]
fn a_whole_file() {
    let (intent, remarks) = read(
        "[timeouts]\ntcp = 60\n[[service]]\naddress = \"tcp 10.0.0.1:80\"\nscheduler = \"sh\"\n\
         scheduler_flags = [\"sh-port\"]\n[[service.server]]\naddress = \"10.0.0.11\"\n\
         [[service.server]]\naddress = \"10.0.0.12:8080\"\nmethod = \"Masq\"\nweight = 0\n\
         upper_threshold = 9\nlower_threshold = 5\n[[service]]\naddress = \"fwm 3 ipv6\"\n[[service.server]]\naddress = \"[fd00::1]\"\n",
    );
    assert_eq!(remarks, Vec::<String>::new());
    assert_eq!(intent.timeouts, Some(Timeouts { tcp: 60, ..Timeouts::default() }));
    let thresholds: Vec<_> = intent
        .services
        .values()
        .flat_map(|(_, servers)| servers.iter().map(|server| server.thresholds))
        .collect();
    assert!(thresholds.contains(&Thresholds { upper: 9, lower: 5 }), "{thresholds:?}");
    let shown: Vec<_> = intent
        .services
        .values()
        .map(|(spec, servers)| {
            let servers: Vec<_> = servers
                .iter()
                .map(|server| format!("{} {} {}", server.endpoint, server.method.listing(), server.weight))
                .collect();
            (spec.scheduler.to_string(), spec.scheduler_flags.second, servers.join(", "))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("sh".to_owned(), true, "10.0.0.11:80 Route 1, 10.0.0.12:8080 Masq 0".to_owned()),
            ("wlc".to_owned(), false, "[fd00::1]:0 Route 1".to_owned())
        ]
    );
}

#[test]
fn persistence_and_one_packet_scheduling() {
    let (intent, remarks) = read(
        "[[service]]\naddress = \"tcp 10.0.0.1:0\"\npersistence = 60\npersistence_mask = 24\n\
         [[service]]\naddress = \"tcp 10.0.0.1:80\"\npersistence = 60\npersistence_mask = \"255.0.255.0\"\n\
         [[service]]\naddress = \"udp [fd00::1]:53\"\none_packet = true\npersistence = 60\n\
         [[service]]\naddress = \"tcp [fd00::1]:53\"\npersistence = 60\npersistence_mask = 64\n",
    );
    assert_eq!(remarks, Vec::<String>::new());
    let shown = intent.services.values().map(|(spec, _)| {
        let persistence = spec.persistence.as_ref().map(|p| (p.timeout_seconds, p.mask.to_string()));
        (persistence, spec.one_packet)
    });
    let mut masks: Vec<_> = shown.collect();
    masks.sort();
    let sixty = |mask: &str, one_packet| (Some((60, mask.to_owned())), one_packet);
    assert_eq!(
        masks,
        [sixty("128", true), sixty("255.0.255.0", false), sixty("255.255.255.0", false), sixty("64", false)]
    );
    let (_, remarks) = read(
        "[[service]]\naddress = \"tcp 10.0.0.1:0\"\n\
         [[service]]\naddress = \"tcp 10.0.0.1:80\"\none_packet = true\n\
         [[service]]\naddress = \"tcp 10.0.0.1:81\"\npersistence = 0\n\
         [[service]]\naddress = \"tcp [fd00::1]:82\"\npersistence = 9\npersistence_mask = \"255.255.255.0\"\n",
    );
    assert_eq!(remarks.len(), 4, "{remarks:#?}");
}

#[test]
fn every_error_is_told_with_line_and_column() {
    let (_, remarks) = read(
        "colour = 1\n[timeouts]\ntcp = 0\nicmp = 3\n[[service]]\nscheduler = \"rr\"\n[[service]]\n\
         address = \"tcp 10.0.0.1\"\n[[service]]\naddress = \"tcp 10.0.0.1:80\"\nwieght = 1\n\
         [[service.server]]\naddress = \"10.0.0.11:81\"\n[[service.server]]\nweight = -1\n\
         [[service.server]]\naddress = \"fd00::1\"\n[[service.server]]\naddress = \"10.0.0.3\"\n\
         method = \"teleport\"\n[[service.server]]\naddress = \"10.0.0.4\"\n\
         [[service.server]]\naddress = \"10.0.0.4:80\"\n\
         [[service]]\naddress = \"10.0.0.1:80/tcp\"\nscheduler_flags = [\"mh-port\"]\n\
         [[service]]\naddress = \"10.0.0.2:80/tcp\"\n[[service.server]]\naddress = \"10.0.0.4\"\n\
         lower_threshold = 1\n",
    );
    let mut remarks = remarks;
    let line = |remark: &String| remark.split(':').nth(1).and_then(|line| line.parse::<u32>().ok());
    remarks.sort_by_key(line);
    insta::assert_snapshot!(remarks.join("\n"));
}

#[test]
fn marks_in_order() {
    let (intent, remarks) = read(
        "[[mark]]\ndst = \"10.0.0.1\"\nproto = \"tcp\"\ndports = \"80,443\"\nset_mark = 10\n\
         [[mark]]\ndst = \"fd00::/64\"\nsrc = \"fd01::1\"\niif = \"eth+\"\nset_mark = \"0x10/0xf0\"\n\
         [[mark]]\ndst = \"10.0.0.1\"\nproto = \"udp\"\ndports = 53\nsports = \"1024:\"\nset_xmark = \"1/0\"\n",
    );
    assert_eq!(remarks, Vec::<String>::new());
    let shown: Vec<_> = intent.marks.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "--dst 10.0.0.1 --proto tcp --dports 80,443 --set-mark 10",
            "--dst fd00::/64 --src fd01::1 --iif eth+ --set-xmark 0x10/0xf0",
            "--dst 10.0.0.1 --proto udp --dports 53 --sports 1024:65535 --set-xmark 0x1/0x0",
        ]
    );
    assert_eq!(read("").0.marks, Some(Vec::new()), "no mark in the file: none shall be");
}

#[test]
fn wrong_marks_are_told_with_line_and_column() {
    let (_, remarks) = read(
        "[[mark]]\nset_mark = 1\n[[mark]]\ndst = \"10.0.0.1\"\n[[mark]]\ndst = \"www\"\nset_mark = 1\n\
         [[mark]]\ndst = \"10.0.0.1\"\ndports = \"80\"\nset_mark = 1\n\
         [[mark]]\ndst = \"10.0.0.1\"\nset_mark = \"ten\"\n[[mark]]\ndst = \"10.0.0.1\"\nset_mark = 4294967296\n\
         [[mark]]\ndst = \"10.0.0.1\"\nmark = 1\n[[mark]]\ndst = true\nset_mark = 1\n",
    );
    assert_eq!(
        remarks,
        [
            "f.toml:1:1: error: a mark rule needs a destination",
            "f.toml:3:1: error: a mark rule needs a mark to set",
            "f.toml:6:7: error: `www` is no address (names are not looked up)",
            "f.toml:10:10: error: ports need a protocol: tcp, udp or sctp",
            "f.toml:14:12: error: `ten` is no mark: a number from 0 to 4294967295, decimal or 0x…",
            "f.toml:17:12: error: must lie between 0 and 4294967295",
            "f.toml:20:1: error: unknown key `mark`",
            "f.toml:22:7: error: a string expected, found boolean",
        ]
    );
}

#[test]
fn broken_toml_is_told_with_line_and_column() {
    let (_, remarks) = read("[timeouts]\ntcp = = 3\n");
    assert!(remarks.iter().any(|remark| remark.starts_with("f.toml:2:7: error: ")), "{remarks:?}");
}

#[test]
fn thresholds_are_compared_where_both_are_known() {
    let of = |server: &str| {
        read(&format!(
            "[[service]]\naddress = \"tcp 10.0.0.1:80\"\nlower_threshold = 5\nserver = [{server}]\n"
        ))
    };
    let (intent, remarks) = of("{ address = \"10.0.0.2\", upper_threshold = 9 }");
    assert_eq!(remarks, Vec::<String>::new());
    let all: Vec<_> = intent.services.values().flat_map(|(_, servers)| servers.clone()).collect();
    assert_eq!(all[0].thresholds, Thresholds { upper: 9, lower: 5 });
    let (_, remarks) = of("{ address = \"10.0.0.2\", upper_threshold = 4 }");
    assert_eq!(remarks, ["f.toml:3:19: error: the lower threshold is above the upper one"]);
}

#[test]
fn checks_that_cannot_go_through_the_vip() {
    let of = |service: &str, method: &str, check: &str| {
        let text = format!(
            "[[service]]\naddress = \"{service}\"\nmethod = \"{method}\"\nserver = [{{ address = \"10.0.0.2\" }}]\ncheck = {{ through_vip = true, {check} }}\n"
        );
        read(&text).1
    };
    let tcp = "tcp 10.0.0.1:80";
    let own = "a check through the VIP has its own way to the director: no interface, no mark";
    let ftp = "type = \"ftp\", login = { name = \"a\", password = \"b\" }, file = \"f\", expect = \"x\"";
    for (service, method, check, remark) in [
        (tcp, "route", "type = \"tcp\"", None),
        (tcp, "nat", "type = \"dns\", from = { address = \"10.0.0.9\", port = 5000 }", None),
        (
            tcp,
            "route",
            "type = \"ping\"",
            Some((25, "a ping cannot go through the VIP: the director itself answers those")),
        ),
        (tcp, "route", "type = \"up\"", Some((25, "a check of this type sends nothing through the VIP"))),
        (tcp, "route", "type = \"tcp\", from = { mark = 7 }", Some((25, own))),
        (tcp, "route", "type = \"tcp\", from = { interface = \"eth0\" }", Some((25, own))),
        (
            "fwm 3",
            "route",
            "type = \"tcp\", port = 80",
            Some((9, "a service by firewall mark has no VIP that a check could go through")),
        ),
        (tcp, "route", ftp, None),
        (
            tcp,
            "nat",
            ftp,
            Some((
                9,
                "FTP cannot be asked through the VIP and NAT: its data connections have ports of their own",
            )),
        ),
    ] {
        let remark: Vec<_> =
            remark.iter().map(|(column, why)| format!("f.toml:5:{column}: error: {why}")).collect();
        assert_eq!(of(service, method, check), remark, "{check}");
    }
}

#[test]
fn synchronisation() {
    let router = "[[vrrp]]\nname = \"inside\"\nid = 51\ninterface = \"eth1\"\naddresses = [\"10.0.0.1\"]\n";
    let read_sync = |lines: &str| {
        let (intent, remarks) = read(&format!("[sync]\n{lines}\n{router}"));
        (intent.sync, remarks)
    };
    let bare = SyncSetup {
        sides: SyncSides::Both,
        interface: "eth1".to_owned(),
        sync_id: 0,
        max_len: None,
        group: None,
        port: None,
        ttl: None,
    };
    let whole = SyncSetup {
        sides: SyncSides::Follows("inside".to_owned()),
        sync_id: 7,
        max_len: Some(1400),
        group: Some([0xff02, 0, 0, 0, 0, 0, 0, 0x81].into()),
        port: Some(9000),
        ttl: Some(3),
        ..bare.clone()
    };
    for (lines, setup) in [
        ("interface = \"eth1\"", bare.clone()),
        ("interface = \"eth1\"\ndaemons = \"both\"", bare.clone()),
        (
            "interface = \"eth1\"\ndaemons = \"backup\"",
            SyncSetup { sides: SyncSides::Only(SyncRole::Backup), ..bare },
        ),
        (
            "interface = \"eth1\"\nfollows = \"inside\"\nid = 7\nmax_len = 1400\ngroup = \"ff02::81\"\nport = 9000\n\
             ttl = 3",
            whole,
        ),
    ] {
        assert_eq!(read_sync(lines), (Some(setup), Vec::new()), "{lines}");
    }
    for (lines, remark) in [
        ("id = 7", "1:1: error: `interface` is missing: where messages are sent and heard"),
        ("interface = \"a/b\"", "2:13: error: cannot be the name of an interface"),
        ("interface = \"eth1\"\nfollows = \"nobody\"", "3:11: error: there is no virtual router `nobody`"),
        (
            "interface = \"eth1\"\nfollows = \"inside\"\ndaemons = \"both\"",
            "1:1: error: one of follows and daemons is possible",
        ),
        ("interface = \"eth1\"\nid = 256", "3:6: error: must lie between 0 and 255"),
        ("interface = \"eth1\"\nport = 0", "3:8: error: must lie between 1 and 65535"),
        ("interface = \"eth1\"\nttl = 0", "3:7: error: must lie between 1 and 255"),
        ("interface = \"eth1\"\nmax_len = 65508", "3:11: error: must lie between 1 and 65507"),
        ("interface = \"eth1\"\ngroup = \"10.0.0.1\"", "3:9: error: must be a multicast address"),
        ("interface = \"eth1\"\npeer = 1", "3:1: error: unknown key `peer`"),
    ] {
        assert_eq!(read_sync(lines).1, [format!("f.toml:{remark}")], "{lines}");
    }
}
