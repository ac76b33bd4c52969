//! ipvsadm's face, byte for byte: transcripts that were recorded from ipvsadm 1.31 on a kernel with IPVS
//! (`tests/ipvsadm/*.t`) are played against it, with a small strict keeper behind a real control socket.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use ulvs::api::server::{Handle, Peer, bind, serve};
use ulvs::cli::ipvsadm::{Program, Streams, run};
use ulvs::config::Names;
use ulvs::control::ControlError;
use ulvs::control::command::{Command, ConnectionState, Reply, Request, ServerState, ServiceState};
use ulvs::lvs::{
    ClientMask, Endpoint, ForwardingMethod, Persistence, Protocol, Rates, RealServerSpec, SchedulerName,
    ServiceKey, ServiceSpec, Stats, Timeouts,
};

const SERVICES: &str = "http 80/tcp\nhttps 443/tcp\ndomain 53/tcp\ndomain 53/udp\ntftp 69/udp\nhttp-alt 8080/tcp\n\
                        ssh 22/tcp\nkerberos 88/tcp\n";
const SCHEDULERS: [&str; 13] =
    ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq", "fo", "ovf"];

/// Keeps services as the kernel does: strict, real servers newest first.
#[derive(Debug, Default)]
struct SmallKeeper {
    services: Vec<ServiceState>,
    timeouts: Timeouts,
}

impl SmallKeeper {
    fn answer(&mut self, request: Request) -> Reply {
        match request {
            Request::Command(command) => self.change(command).map_or_else(Reply::Refused, |()| Reply::Done),
            Request::Commands(commands) => {
                Reply::Each(commands.into_iter().map(|command| self.change(command).err()).collect())
            }
            Request::Services(None) => Reply::Services(self.services.clone()),
            Request::Services(Some(key)) => match self.find(key) {
                Ok(at) => Reply::Services(vec![self.services[at].clone()]),
                Err(error) => Reply::Refused(error),
            },
            Request::Timeouts => Reply::Timeouts(self.timeouts),
            Request::Connections => Reply::Connections(Vec::new()),
            Request::Daemons => Reply::Daemons(Vec::new()),
            _ => Reply::Refused(ControlError::NotSupported("not asked here".to_owned())),
        }
    }

    fn find(&self, key: ServiceKey) -> Result<usize, ControlError> {
        self.services.iter().position(|service| service.spec.key == key).ok_or(ControlError::NoSuchService)
    }

    fn find_server(&self, key: ServiceKey, endpoint: Endpoint) -> Result<(usize, usize), ControlError> {
        let at = self.find(key)?;
        let server = self.services[at].servers.iter().position(|server| server.spec.endpoint == endpoint);
        Ok((at, server.ok_or(ControlError::NoSuchServer)?))
    }

    fn change(&mut self, command: Command) -> Result<(), ControlError> {
        match command {
            Command::AddService(spec) => {
                if self.find(spec.key).is_ok() {
                    return Err(ControlError::ServiceExists);
                }
                check_scheduler(&spec)?;
                let (stats, rates) = (Stats::default(), Rates::default());
                self.services.push(ServiceState { spec, stats, rates, servers: Vec::new() });
            }
            Command::EditService(spec) => {
                let at = self.find(spec.key)?;
                check_scheduler(&spec)?;
                self.services[at].spec = spec;
            }
            Command::DeleteService(key) => {
                let at = self.find(key)?;
                self.services.remove(at);
            }
            Command::Flush => self.services.clear(),
            Command::AddServer(key, spec) => {
                let at = self.find(key)?;
                check_thresholds(&spec)?;
                if self.find_server(key, spec.endpoint).is_ok() {
                    return Err(ControlError::ServerExists);
                }
                self.services[at].servers.insert(0, state(spec));
            }
            Command::EditServer(key, spec) => {
                self.find(key)?;
                check_thresholds(&spec)?;
                let (at, server) = self.find_server(key, spec.endpoint)?;
                self.services[at].servers[server].spec = spec;
            }
            Command::DeleteServer(key, endpoint) => {
                let (at, server) = self.find_server(key, endpoint)?;
                self.services[at].servers.remove(server);
            }
            Command::Zero(None) => {}
            // ipvsadm knows no mark rules.
            Command::AddMarks(_)
            | Command::DeleteMark(_)
            | Command::DeleteMarkAt(_)
            | Command::FlushMarks => return Err(ControlError::NoSuchMark),
            Command::Zero(Some(key)) => drop(self.find(key)?),
            Command::SetTimeouts { tcp, tcp_fin, udp } => {
                self.timeouts.tcp = tcp.unwrap_or(self.timeouts.tcp);
                self.timeouts.tcp_fin = tcp_fin.unwrap_or(self.timeouts.tcp_fin);
                self.timeouts.udp = udp.unwrap_or(self.timeouts.udp);
            }
            // ipvsadm knows no tunables.
            Command::SetTunable { .. } => return Err(ControlError::NotPermitted),
            Command::StartDaemon(_) => return Err(ControlError::NotSupported("no sync yet".to_owned())),
            Command::StopDaemon(_) => return Err(ControlError::NoDaemon),
        }
        Ok(())
    }
}

fn check_scheduler(spec: &ServiceSpec) -> Result<(), ControlError> {
    if spec.engine.is_some() || !SCHEDULERS.contains(&spec.scheduler.as_str()) {
        return Err(ControlError::NoSuchScheduler);
    }
    Ok(())
}

fn check_thresholds(spec: &RealServerSpec) -> Result<(), ControlError> {
    if spec.thresholds.lower > spec.thresholds.upper { Err(ControlError::OutOfRange) } else { Ok(()) }
}

fn state(spec: RealServerSpec) -> ServerState {
    ServerState {
        spec,
        active: 0,
        inactive: 0,
        persistent: 0,
        stats: Stats::default(),
        rates: Rates::default(),
    }
}

/// A keeper behind a real socket, and the programs against it.
struct Stage {
    socket: PathBuf,
    _server: Option<Handle>,
    _folder: TempDir,
    names: Names,
}

impl Stage {
    fn with(keeper: impl Fn(Request) -> Reply + Send + Sync + Clone + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("ulvs.sock");
        let server =
            serve(bind(&socket).unwrap().listener, move |request, _peer: Peer| keeper(request)).unwrap();
        let names = Names::from_text(SERVICES, "10.1.2.3 client.lab\n");
        Self { socket, _server: Some(server), _folder: folder, names }
    }

    fn with_small_keeper() -> Self {
        let keeper = Arc::new(Mutex::new(SmallKeeper::default()));
        Self::with(move |request| keeper.lock().unwrap().answer(request))
    }

    fn without_director() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("ulvs.sock");
        Self { socket, _server: None, _folder: folder, names: Names::default() }
    }

    /// Status, standard output, standard error.
    fn call(&self, program: Program, args: &str, stdin: &str) -> (u8, String, String) {
        let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let streams = Streams { stdin: &mut stdin.as_bytes(), stdout: &mut stdout, stderr: &mut stderr };
        let status = run(program, &args, streams, &self.socket, &self.names);
        (status, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    fn ipvsadm(&self, args: &str) -> (u8, String, String) {
        self.call(Program::Ipvsadm, args, "")
    }
}

/// Plays the commands of a transcript and returns the transcript that they make.
fn replay(text: &str) -> String {
    let stage = Stage::with_small_keeper();
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with('#') {
            out += &format!("{line}\n");
        }
        let Some(args) = line.strip_prefix('$') else { continue };
        out += &format!("{line}\n");
        let mut stdin = String::new();
        while let Some(input) = lines.next_if(|line| line.starts_with('<')) {
            out += &format!("{input}\n");
            stdin += &format!("{}\n", input.strip_prefix("< ").unwrap_or(""));
        }
        let (status, stdout, stderr) = stage.call(Program::Ipvsadm, args, &stdin);
        for line in stdout.lines() {
            out += &format!("O|{line}|\n");
        }
        for line in stderr.lines() {
            out += &format!("E|{line}|\n");
        }
        out += &format!("= {status}\n");
    }
    out
}

fn play(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ipvsadm").join(name);
    let recorded = std::fs::read_to_string(path).unwrap();
    let played = replay(&recorded);
    for (number, (wanted, got)) in recorded.lines().zip(played.lines()).enumerate() {
        assert_eq!(got, wanted, "{name}:{}", number + 1);
    }
    assert_eq!(played.lines().count(), recorded.lines().count(), "{name}");
}

#[test]
fn services_as_the_original() {
    play("services.t");
}

#[test]
fn real_servers_as_the_original() {
    play("servers.t");
}

#[test]
fn restoring_as_the_original() {
    play("restore.t");
}

/// A table with large numbers, persistence, and a name that resolves; the numbers of the fact sheet.
fn busy_table() -> Vec<ServiceState> {
    let endpoint = |text: &str| {
        let both: std::net::SocketAddr = text.parse().unwrap();
        Endpoint::new(both.ip(), both.port())
    };
    let tuple = |protocol, text| ServiceKey::Tuple { protocol, virt: endpoint(text) };
    let stats = Stats {
        conns: 123_456,
        in_pkts: 1_481_472,
        out_pkts: 1_111_104,
        in_bytes: 152_000_000_000,
        out_bytes: 12_345_000_000_000,
    };
    let rates = Rates {
        conns: 17_636,
        in_pkts: 123_456,
        out_pkts: 123_457,
        in_bytes: 12_345_600,
        out_bytes: 493_824_000,
    };
    let tunnelled = RealServerSpec {
        method: ForwardingMethod::Tunnel,
        weight: 100,
        ..RealServerSpec::new(endpoint("10.0.0.1:8080"))
    };
    let local =
        RealServerSpec { method: ForwardingMethod::Local, ..RealServerSpec::new(endpoint("10.1.2.3:8080")) };
    let server = |spec, persistent, stats, rates| ServerState {
        active: 24,
        inactive: 3456,
        persistent,
        stats,
        rates,
        ..state(spec)
    };
    let fast = Rates { conns: 123_456_789, in_bytes: 6_172_800, out_bytes: 1_234_567_890, ..rates };
    let persistence = Persistence { timeout_seconds: 300, mask: ClientMask::V6(64) };
    let sip = ServiceSpec {
        scheduler: SchedulerName::new("wlc").unwrap(),
        persistence: Some(persistence),
        engine: Some("sip".to_owned()),
        ..ServiceSpec::new(tuple(Protocol::Udp, "[2001:db8::53]:53"))
    };
    vec![
        ServiceState { spec: sip, stats: Stats::default(), rates: Rates::default(), servers: Vec::new() },
        ServiceState {
            spec: ServiceSpec::new(tuple(Protocol::Tcp, "192.168.0.100:80")),
            stats,
            rates,
            servers: vec![server(local, 0, Stats::default(), fast), server(tunnelled, 5, stats, rates)],
        },
    ]
}

fn conns() -> Vec<ConnectionState> {
    let endpoint = |text: &str| {
        let both: std::net::SocketAddr = text.parse().unwrap();
        Endpoint::new(both.ip(), both.port())
    };
    vec![
        ConnectionState {
            protocol: Some(Protocol::Tcp),
            expires_seconds: 899,
            state: "ESTABLISHED".to_owned(),
            client: endpoint("10.1.2.3:49153"),
            virt: endpoint("192.168.0.100:80"),
            real: endpoint("10.0.0.1:8080"),
            engine: None,
            is_heard_of: false,
        },
        ConnectionState {
            protocol: Some(Protocol::Udp),
            expires_seconds: 7505,
            state: "UDP".to_owned(),
            client: endpoint("[2001:db8::5]:4000"),
            virt: endpoint("[2001:db8::53]:53"),
            real: endpoint("[2001:db8::a]:53"),
            engine: None,
            is_heard_of: false,
        },
        ConnectionState {
            protocol: None,
            expires_seconds: 355,
            state: "ASSURED".to_owned(),
            client: endpoint("10.1.2.0:0"),
            virt: endpoint("0.0.0.7:0"),
            real: endpoint("10.0.0.2:0"),
            engine: None,
            is_heard_of: false,
        },
    ]
}

#[test]
fn columns_of_a_busy_table() {
    let stage = Stage::with(|request| match request {
        Request::Connections => Reply::Connections(conns()),
        _ => Reply::Services(busy_table()),
    });
    let mut shown = String::new();
    for args in [
        "-Ln",
        "-L",
        "-Ln --stats",
        "-Ln --stats --exact",
        "-Ln --rate",
        "-Ln --rate --exact",
        "-Ln --thresholds",
        "-Ln --persistent-conn",
        "-Ln --tun-info",
        "-Sn",
        "-Lnc",
        "-Lc",
        "-Lnc --persistent-conn",
    ] {
        let (status, stdout, stderr) = stage.ipvsadm(args);
        assert_eq!((status, stderr.as_str()), (0, ""), "{args}");
        let lines: String = stdout.lines().map(|line| format!("{line}|\n")).collect();
        shown += &format!("$ {args}\n{lines}");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn what_the_director_refuses() {
    let cases = [
        (ControlError::ServiceExists, "Service already exists"),
        (ControlError::NoSuchService, "No such service"),
        (ControlError::NoSuchScheduler, "Scheduler or persistence engine not found"),
        (ControlError::OutOfRange, "Numerical result out of range"),
        (ControlError::NotPermitted, "Permission denied (you must be root)"),
        (ControlError::NotSupported("no SCTP yet".to_owned()), "no SCTP yet"),
        (
            ControlError::Invalid(String::new()),
            "Invalid operation.  Possibly wrong module version, address not unicast, ...",
        ),
    ];
    for (error, text) in cases {
        let stage = Stage::with(move |_| Reply::Refused(error.clone()));
        assert_eq!(stage.ipvsadm("-A -t 10.0.0.1:80"), (255, String::new(), format!("{text}\n")));
        assert_eq!(stage.ipvsadm("-Ln"), (1, String::new(), format!("{text}\n")));
    }
    let stage = Stage::with(|_| Reply::Refused(ControlError::NoSuchService));
    let (status, _, stderr) = stage.ipvsadm("-d -t 10.0.0.1:80 -r 10.0.0.2");
    assert_eq!((status, stderr.as_str()), (255, "Service not defined\n"));
}

#[test]
fn without_a_director_there_is_one_clear_line() {
    let stage = Stage::without_director();
    for args in ["-Ln", "-A -t 10.0.0.1:80", "-Sn", "-C"] {
        let (status, stdout, stderr) = stage.ipvsadm(args);
        assert_eq!((status, stdout.as_str(), stderr.lines().count()), (2, "", 1), "{args}: {stderr}");
        assert!(stderr.contains("the director is not running") && stderr.contains("ulvs run"), "{stderr}");
    }
    let (status, _, stderr) = stage.call(Program::Restore, "", "-A -t 10.0.0.1:80\n-A -t 10.0.0.2:80\n");
    assert_eq!((status, stderr.lines().count()), (2, 1), "{stderr}");
    assert_eq!(stage.ipvsadm("-A -t 10.0.0.1:80 -w 3").0, 2);
    assert_eq!(stage.ipvsadm("-v").0, 0);
}

#[test]
fn the_two_scripts() {
    let stage = Stage::with_small_keeper();
    let rules = "# saved\n-A -t 10.9.0.100:80 -s wrr\n-a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 3\n";
    let (status, _, stderr) = stage.call(Program::Restore, "", rules);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let (status, _, stderr) = stage.call(Program::Restore, "", rules);
    assert_eq!((status, stderr.as_str()), (0, ""), "the old table is cleared first");
    let saved = stage.call(Program::Save, "-n", "");
    assert_eq!(saved, (0, rules.lines().skip(1).map(|line| format!("{line}\n")).collect(), String::new()));
    let (_, with_names, _) = stage.call(Program::Save, "", "");
    assert!(with_names.starts_with("-A -t 10.9.0.100:http -s wrr\n"), "{with_names}");
    assert_eq!(stage.call(Program::Save, "-x", "").0, 1);
}

#[test]
fn daemons_of_connection_sync() {
    let stage = Stage::with_small_keeper();
    let (status, _, stderr) = stage.ipvsadm("--start-daemon master --mcast-interface eth0");
    assert_eq!(status, 255);
    assert_eq!(stderr, "no sync yet\n");
    assert_eq!(stage.ipvsadm("--stop-daemon backup").2, "No daemon is running\n");
    assert_eq!(stage.ipvsadm("--start-daemon foo").0, 2);
}
