//! The program as people call it: exit statuses and messages of `ulvs check`, `diff`, `status`, and its other names.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Output;
use ulvs::api::server::{Peer, bind, serve};
use ulvs::control::ControlError;
use ulvs::control::command::{
    Command, Deadline, FarmServerStatus, FarmStatus, HappeningRecord, HoldKind, Reply, Request,
    ServerCondition, ServerConnections, Then,
};
use ulvs::control::happening::{Cause, What};
use ulvs::lvs::{Endpoint, MEANINGLESS, Protocol, Quorum, ServiceKey, TUNABLES, Timeouts, Tunable, Tunables};

fn ulvs(socket: &Path, args: &[&str]) -> Output {
    called("ulvs", socket, args)
}

fn called(name: &str, socket: &Path, args: &[&str]) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ulvs"));
    command.arg0(name).args(args).env("ULVS_SOCKET", socket).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn check_tells_valid_from_invalid() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let file = folder.path().join("f.rules");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "# one\n-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.0.0.2 -m\n").unwrap();
    let output = ulvs(&socket, &["check", path]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), format!("{path}: valid (rules): 1 service, 1 real server\n"));
    std::fs::write(&file, "-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.0.0.2 -w x\n-A\n").unwrap();
    let output = ulvs(&socket, &["check", path]);
    assert_eq!(output.status.code(), Some(2));
    let errors = text(&output.stderr);
    assert!(errors.contains(&format!("{path}:2:34: error: illegal weight specified\n")), "{errors}");
    assert!(errors.contains(&format!("{path}:3:1: error: ")), "{errors}");
    assert!(errors.contains("2 errors; nothing of it is used"), "{errors}");
    assert_eq!(ulvs(&socket, &["check", "/dev/zero"]).status.code(), Some(2));
    assert_eq!(ulvs(&socket, &["check", "/no/such/file"]).status.code(), Some(2));
}

#[test]
fn check_counts_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let file = folder.path().join("keepalived.conf");
    let path = file.to_str().unwrap();
    let lines = "virtual_server 10.0.0.1 80 {\n lb_kind NAT\n protocol TCP\n odd\n real_server 10.0.0.2 80 {\n }\n}\n";
    std::fs::write(&file, lines).unwrap();
    let output = ulvs(&socket, &["check", path]);
    let valid = "valid (keepalived): 1 service, 1 real server; 1 warning, 1 note";
    assert_eq!(text(&output.stdout), format!("{path}: {valid}\n"));
    let output = ulvs(&socket, &["check", "--strict", path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).ends_with(&format!("{path}: 2 errors; nothing of it is used\n")));
    std::fs::write(&file, format!("{lines}global_defs {{\n router_id\n}}\n")).unwrap();
    let output = ulvs(&socket, &["check", path]);
    assert!(
        text(&output.stderr)
            .ends_with(&format!("{path}: 1 error, 1 warning, 1 note; nothing of it is used\n"))
    );
    let json = text(&ulvs(&socket, &["check", "-j", path]).stdout);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&value["errors"], &value["warnings"], &value["notes"]), (&1.into(), &1.into(), &1.into()));
}

#[test]
fn several_files_make_one_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let one = file("one.toml", "# web\n[[service]]\naddress = \"tcp 10.0.0.1:80\"\n");
    let two = file("two", "-A -u 10.0.0.1:53\n");
    let output = ulvs(&socket, &["check", &one, &two]);
    assert_eq!(
        text(&output.stdout),
        format!("{one}, {two}: valid (ulvs, rules): 2 services, 0 real servers\n")
    );
    let three = file("three", "# again\n-A -t 10.0.0.1:80 -s rr\n");
    let four = file("four", "-A -t 10.0.0.1:80\n");
    let output = ulvs(&socket, &["check", &four, &two, &three]);
    assert_eq!(output.status.code(), Some(2));
    let errors = text(&output.stderr);
    let twice = format!("{three}:2:1: error: TCP 10.0.0.1:80 is defined in two files (first {four}:1:1)");
    assert!(errors.contains(&twice), "{errors}");
    // By another name than its content tells.
    let output = ulvs(&socket, &["check", "--format", "ulvs", &two]);
    assert_eq!(output.status.code(), Some(2));
    let output = ulvs(&socket, &["check", "--format", "nonsense", &two]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no such format; there are "));
}

#[test]
fn check_prints_json_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let path = folder.path().join("f.toml");
    std::fs::write(&path, "[[service]]\naddress = \"tcp 10.0.0.1:80\"\nnonsense = 1\n").unwrap();
    let output = ulvs(&socket, &["check", "-j", path.to_str().unwrap(), "/no/such/file"]);
    assert_eq!(output.status.code(), Some(2));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&value["valid"], &value["schema"]), (&false.into(), &1.into()));
    let remark = &value["remarks"][0];
    assert_eq!(
        (&remark["line"], &remark["column"], &remark["severity"]),
        (&3.into(), &1.into(), &"error".into())
    );
    assert_eq!(
        value["remarks"][1]["message"],
        "/no/such/file: cannot open: No such file or directory (os error 2)"
    );
}

#[test]
fn apply_reload_and_decisions_ask_the_director() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let file = folder.path().join("ulvs.toml");
    std::fs::write(&file, "").unwrap();
    let path = file.to_str().unwrap();
    for args in [&["apply", path][..], &["reload"], &["drain", "10.0.0.11"], &["watch", "--once"]] {
        assert_eq!(ulvs(&socket, args).status.code(), Some(3), "nobody there: {args:?}");
    }
    let keeper = |request: Request, _peer: Peer| match request {
        Request::Replace(_) => Reply::Changes(vec!["replaced".to_owned()]),
        Request::Diff(_) => Reply::Changes(vec!["would be replaced".to_owned()]),
        Request::Reload => Reply::Refused(ControlError::Invalid("no".to_owned())),
        Request::Services(_) => Reply::Services(Vec::new()),
        Request::Farms => Reply::Farms(Vec::new()),
        Request::Events { after } => Reply::Events(if after == 0 { vec![record()] } else { Vec::new() }),
        _ => Reply::Done,
    };
    let _server = serve(bind(&socket).unwrap().listener, keeper).unwrap();
    let said = |args: &[&str], status: i32| {
        let output = ulvs(&socket, args);
        assert_eq!(output.status.code(), Some(status), "{args:?}");
        text(&output.stdout) + &text(&output.stderr)
    };
    assert_eq!(said(&["apply", path], 0), "replaced\n");
    assert_eq!(said(&["apply", "--dry-run", path], 0), "would be replaced\n");
    assert_eq!(said(&["reload"], 4), "ulvs reload: refused: no\n");
    assert_eq!(said(&["drain", "10.0.0.11"], 4), "ulvs drain: no service has the real server 10.0.0.11\n");
    assert!(said(&["maint", "rs1"], 2).starts_with("ulvs maint: `rs1` is no real server: "));
    assert_eq!(said(&["watch", "--once"], 0), "1 web 10.0.0.11:80: down: refused (check)\n");
    assert_eq!(said(&["watch", "--once", "--after", "1"], 0), "");
    let line: serde_json::Value = serde_json::from_str(&said(&["watch", "--once", "-j"], 0)).unwrap();
    assert_eq!((&line["number"], &line["what"]["server_down"]["detail"]), (&1.into(), &"refused".into()));
    std::fs::write(&file, "x").unwrap();
    assert!(said(&["apply", path], 2).contains("nothing of it is used"));
}

/// What `drain`, `maint` and `ready` ask of the director, and what they answer.
#[test]
fn decisions_with_and_without_a_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let server = Endpoint::new([10, 0, 0, 11].into(), 80);
    let service =
        ServiceKey::Tuple { protocol: Protocol::Tcp, virt: Endpoint::new([10, 0, 0, 1].into(), 80) };
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = std::sync::Arc::clone(&asked);
    let keeper = move |request: Request, _peer: Peer| match request {
        Request::Services(_) => Reply::Services(Vec::new()),
        Request::Farms => Reply::Farms(vec![farm(service, server)]),
        Request::Hold { hold, deadline, .. } => {
            heard.lock().unwrap().push((hold, deadline));
            Reply::Done
        }
        _ => Reply::Refused(ControlError::NotPermitted),
    };
    let _server = serve(bind(&socket).unwrap().listener, keeper).unwrap();
    let said = |args: &[&str], status: i32| {
        let output = ulvs(&socket, args);
        assert_eq!(output.status.code(), Some(status), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout) + &text(&output.stderr)
    };
    let done = |verb: &str| format!("TCP 10.0.0.1:80 -> 10.0.0.11:80: {verb}\n");
    assert_eq!(said(&["drain", "10.0.0.11"], 0), done("drain"));
    assert_eq!(said(&["drain", "10.0.0.11", "--timeout", "60"], 0), done("drain"));
    assert_eq!(said(&["drain", "10.0.0.11", "--timeout", "60", "--then", "reset"], 0), done("drain"));
    assert_eq!(said(&["maint", "10.0.0.11"], 0), done("maint"));
    assert_eq!(said(&["ready", "10.0.0.11"], 0), done("ready"));
    let deadline = |then| Some(Deadline { seconds: 60, then });
    assert_eq!(
        *asked.lock().unwrap(),
        [
            (Some(HoldKind::Drain), None),
            (Some(HoldKind::Drain), deadline(Then::Leave)),
            (Some(HoldKind::Drain), deadline(Then::Reset)),
            (Some(HoldKind::Maint), None),
            (None, None),
        ]
    );
    // It has seven connections, and keeps them.
    let waited = said(&["drain", "10.0.0.11", "--timeout", "1", "--wait"], 5);
    assert!(waited.ends_with("ulvs drain: 7 connections left after 1 s\n"), "{waited}");
    for args in [
        &["drain", "10.0.0.11", "--then", "reset"][..],
        &["drain", "10.0.0.11", "--timeout", "0"],
        &["drain", "10.0.0.11", "--timeout", "2678401"],
        &["drain", "10.0.0.11", "--timeout", "60", "--then", "explode"],
        &["maint", "10.0.0.11", "--timeout", "60"],
        &["ready", "10.0.0.11", "--wait"],
        &["status", "-o", "yaml"],
        &["status", "-j", "-o", "json"],
        &["run", "--interface", "eth0", "--decisions", "/var/lib/ulvs/decisions.json"],
    ] {
        said(args, 2);
    }
}

fn farm(service: ServiceKey, server: Endpoint) -> FarmStatus {
    let connections = vec![ServerConnections { service, active: 3, inactive: 4, persistent: 2 }];
    FarmStatus {
        name: "web".to_owned(),
        services: vec![service],
        weight_up: 1,
        quorum: Quorum::default(),
        has_quorum: true,
        sorry: None,
        sorry_serves: false,
        servers: vec![FarmServerStatus {
            server,
            name: server.to_string(),
            condition: ServerCondition::Up,
            is_up: true,
            configured_weight: 1,
            checked_weight: 1,
            weight: Some(1),
            reasons: Vec::new(),
            hold: None,
            maintenance: None,
            connections,
            checks: Vec::new(),
        }],
    }
}

fn record() -> HappeningRecord {
    HappeningRecord {
        number: 1,
        unix_seconds: 1.5,
        epoch: 2,
        cause: Cause::Check,
        farm: "web".to_owned(),
        server: Some(Endpoint::new([10, 0, 0, 11].into(), 80)),
        what: What::ServerDown { detail: "refused".to_owned() },
    }
}

#[test]
fn diff_and_status_ask_the_director() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let file = folder.path().join("ulvs.toml");
    std::fs::write(&file, "[[service]]\naddress = \"tcp 10.0.0.1:80\"\n").unwrap();
    let path = file.to_str().unwrap();
    assert_eq!(ulvs(&socket, &["diff", path]).status.code(), Some(3), "nobody there");
    assert_eq!(ulvs(&socket, &["status"]).status.code(), Some(3), "nobody there");
    let keeper = |request: Request, _peer: Peer| match request {
        Request::Diff(intent) if intent.services.is_empty() => Reply::Changes(Vec::new()),
        Request::Diff(_) => Reply::Changes(vec!["add service TCP 10.0.0.1:80".to_owned()]),
        _ => Reply::Done,
    };
    let _server = serve(bind(&socket).unwrap().listener, keeper).unwrap();
    let output = ulvs(&socket, &["diff", path]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "add service TCP 10.0.0.1:80\n");
    std::fs::write(&file, "").unwrap();
    assert_eq!(ulvs(&socket, &["diff", path]).status.code(), Some(0));
    assert_eq!(ulvs(&socket, &["status"]).status.code(), Some(1), "an answer to another question");
}

/// A director that knows tunables and nothing else.
fn tunables_keeper() -> impl Fn(Request, Peer) -> Reply + Clone + Send + 'static {
    let tunables = std::sync::Arc::new(std::sync::Mutex::new(Tunables::default()));
    move |request, _peer| match request {
        Request::Tunables => Reply::Tunables(*tunables.lock().unwrap()),
        Request::Command(Command::SetTunable { name, .. }) if name == "schedule_icmp" => {
            Reply::Refused(ControlError::NotPermitted)
        }
        Request::Command(Command::SetTunable { name, value }) => {
            let tunable = Tunable::find(&name).unwrap();
            tunable.set(&mut tunables.lock().unwrap(), value).unwrap();
            Reply::Done
        }
        _ => Reply::Timeouts(Timeouts::default()),
    }
}

#[test]
fn sysctl_shows_and_sets() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let _server = serve(bind(&socket).unwrap().listener, tunables_keeper()).unwrap();
    let good: &[(&[&str], &str)] = &[
        (&["conn_reuse_mode"], "net.ipv4.vs.conn_reuse_mode = 1\n"),
        (&["net.ipv4.vs.drop_entry"], "net.ipv4.vs.drop_entry = 0\n"),
        (&["net/ipv4/vs/drop_entry=3"], "net.ipv4.vs.drop_entry = 3\n"),
        (&["am_droprate = 0x10", "drop_entry"], "net.ipv4.vs.am_droprate = 16\nnet.ipv4.vs.drop_entry = 3\n"),
        (&["-w", "sloppy_tcp=7"], "net.ipv4.vs.sloppy_tcp = 7\n"),
        (&["-n", "drop_entry", "sloppy_tcp"], "3\n7\n"),
        (&["-q", "drop_entry=0"], ""),
        (&["-j", "drop_entry"], "{\"schema\":1,\"tunables\":{\"drop_entry\":0}}\n"),
    ];
    for (args, out) in good {
        let output = ulvs(&socket, &[&["sysctl"], *args].concat());
        assert_eq!((text(&output.stdout).as_str(), text(&output.stderr).as_str()), (*out, ""), "{args:?}");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
    }
    let all = text(&ulvs(&socket, &["sysctl", "-a"]).stdout);
    assert_eq!(all.lines().count(), TUNABLES.len());
    assert!(all.starts_with("net.ipv4.vs.am_droprate = 16\n"), "{all}");
}

#[test]
fn sysctl_refuses_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let output = ulvs(&socket, &["sysctl", "drop_entry"]);
    assert_eq!(output.status.code(), Some(3), "nobody there");
    let _server = serve(bind(&socket).unwrap().listener, tunables_keeper()).unwrap();
    let bad: &[(&[&str], i32, &str, &str)] = &[
        (&["drop_entry=4"], 2, "net.ipv4.vs.drop_entry: 4 is not between 0 and 3", ""),
        (&["drop_entry=-1"], 2, "net.ipv4.vs.drop_entry: -1 is not between 0 and 3", ""),
        (&["drop_entry="], 2, "net.ipv4.vs.drop_entry: `` is no number", ""),
        (&["drop_entry=on"], 2, "net.ipv4.vs.drop_entry: `on` is no number", ""),
        (&["frob=1"], 2, "net.ipv4.vs.frob: no such tunable", ""),
        (&["net.ipv4.ip_forward"], 2, "net.ipv4.vs.net.ipv4.ip_forward: no such tunable", ""),
        (
            &["amemthresh=2147483648"],
            2,
            "net.ipv4.vs.amemthresh: 2147483648 is not between -2147483648 and 2147483647",
            "",
        ),
        (&["lblc_expiration=-1"], 2, "net.ipv4.vs.lblc_expiration: -1 is not between 0 and 21474836", ""),
        (&["sync_ports=3"], 2, "net.ipv4.vs.sync_ports: 3 is no power of two", ""),
        (&["sync_retries=4"], 2, "net.ipv4.vs.sync_retries: 4 is not between 0 and 3", ""),
        (&["sync_threshold=3 2"], 2, "net.ipv4.vs.sync_threshold: `3 2` is no number", ""),
        (&["-w", "drop_entry"], 2, "-w sets: write drop_entry=VALUE", ""),
        (&["schedule_icmp=1"], 4, "net.ipv4.vs.schedule_icmp: permission denied", ""),
        (
            &["net.ipv4.vs.backup_only=1", "drop_entry"],
            4,
            "net.ipv4.vs.backup_only: not in ulvs: who has the VIP forwards; a backup may do so too",
            "net.ipv4.vs.drop_entry = 0\n",
        ),
    ];
    for (args, status, error, out) in bad {
        let output = ulvs(&socket, &[&["sysctl"], *args].concat());
        assert_eq!(text(&output.stderr), format!("ulvs sysctl: {error}\n"), "{args:?}");
        assert_eq!(text(&output.stdout), *out, "{args:?}");
        assert_eq!(output.status.code(), Some(*status), "{args:?}");
    }
    for (name, why) in &MEANINGLESS {
        for word in [(*name).to_owned(), format!("{name}=1")] {
            let output = ulvs(&socket, &["sysctl", &word]);
            assert_eq!(
                text(&output.stderr),
                format!("ulvs sysctl: net.ipv4.vs.{name}: not in ulvs: {why}\n")
            );
            assert_eq!(output.status.code(), Some(4), "{word}");
        }
    }
    for args in [&[][..], &["-a", "drop_entry"], &["-n", "-j", "-a"], &["-x"]] {
        let output = ulvs(&socket, &[&["sysctl"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn its_other_names() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    for (name, args) in
        [("ipvsadm", &["-v"][..]), ("/usr/sbin/ipvsadm", &["-v"]), ("ulvs", &["ipvsadm", "-v"])]
    {
        let output = called(name, &socket, args);
        assert_eq!(output.status.code(), Some(0), "{name}");
        assert!(text(&output.stdout).starts_with("ipvsadm v1.31 "), "{name}");
    }
    assert_eq!(called("ipvsadm-save", &socket, &["-x"]).status.code(), Some(1));
    assert_eq!(called("ipvsadm", &socket, &["-Ln"]).status.code(), Some(2));
    let output = ulvs(&socket, &["ipvsadm", "--set", "--", "-1", "2", "3"]);
    assert_eq!(text(&output.stderr), "invalid timeout value `-1' specified\n");
    let path = socket.to_str().unwrap();
    let output = ulvs(Path::new("/nowhere"), &["--socket", path, "ipvsadm", "-Ln"]);
    assert!(text(&output.stderr).contains(path), "{}", text(&output.stderr));
}

#[test]
fn wrong_usage_is_status_2() {
    let socket = Path::new("/nowhere");
    for args in [
        &[][..],
        &["frobnicate"],
        &["check"],
        &["run"],
        &["run", "--interface", "a/b"],
        &["run", "--interface", "eth0", "--cpus", "x"],
        &["run", "--interface", "eth0", "--workers", "0"],
        &["run", "--interface", "eth0", "--log-level", "loud"],
        &["status", "--yaml"],
    ] {
        assert_eq!(ulvs(socket, args).status.code(), Some(2), "{args:?}");
    }
    assert_eq!(ulvs(socket, &["--help"]).status.code(), Some(0));
    assert_eq!(ulvs(socket, &["--version"]).status.code(), Some(0));
}
