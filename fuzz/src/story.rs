//! Target `story`: what happens to a director in its life, in any order: frames, ipvsadm, tunables, the host's network,
//! and time. After every step all sums come out right; at the end nothing is left.

use super::bytes::Bytes;
use super::dialogue;
use super::packet;
use super::path::Path;
use super::rig::{self, Rig, server_addr};
use ulvs::config::Names;
use ulvs::config::ipvsadm::{AdmRequest, parse};
use ulvs::config::mark::Words;
use ulvs::control::command::{Command, Reply, Request};
use ulvs::lvs::{
    ClientMask, Endpoint, ForwardingMethod, Persistence, Protocol, RealServerSpec, SchedulerFlags,
    SchedulerName, ServiceKey, ServiceSpec, TUNABLES, Thresholds,
};

/// Steps that one input may have.
const STEPS: usize = 64;
/// Seconds of a long wait that pass one by one; a longer one takes longer strides.
const STRIDES: u32 = 8;

const SCHEDULERS: [&str; 15] =
    ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq", "fo", "ovf", "twos", "none"];

struct Story {
    rig: Rig,
    path: Path,
    epoch: u64,
    /// Port of the next client who speaks FTP: nobody spoke from it before.
    port: u16,
}

/// Runs it.
///
/// # Panics
/// The director does what it must not.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let how = bytes.byte();
    let rig = if how & 1 == 0 { Rig::new() } else { Rig::with_services(usize::from(how >> 1)) };
    let path = Path::new(rig.board.now());
    let mut story = Story { rig, path, epoch: u64::MAX, port: dialogue::FIRST_PORT };
    for _ in 0..STEPS {
        if bytes.is_empty() {
            break;
        }
        story.step(&mut bytes);
        story.check();
    }
    story.end();
}

impl Story {
    fn step(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.byte() {
            0 => self.ipvsadm(bytes),
            1 => self.send(&[packet::raw(bytes)]),
            2 => self.wait(u32::from(bytes.byte())),
            3 => self.wait(u32::from(bytes.word()) * 10),
            4 => self.tune(bytes),
            5 | 6 => self.edit(bytes),
            7 => self.happen(bytes),
            8 => self.ask(bytes),
            9 => {
                // The same again and again, from one client.
                let given = packet::made(bytes);
                for _ in 0..bytes.below(40) {
                    self.send(&given);
                }
            }
            10 => self.mark(bytes),
            11 => self.speak_ftp(bytes),
            12 => self.send(&dialogue::sip(bytes)),
            _ => self.send(&packet::made(bytes)),
        }
    }

    /// Mark rules come and go.
    fn mark(&mut self, bytes: &mut Bytes<'_>) {
        let words = Words {
            destination: Some(bytes.pick(&[
                "10.9.0.100",
                "fd00:9::100",
                "10.9.0.0/24",
                "0.0.0.0/0",
                "fd00:9::/64",
            ])),
            source: bytes.pick(&[None, None, Some("172.50.7.0/24"), Some("2001:db8::/32")]),
            protocol: bytes.pick(&[
                None,
                Some("tcp"),
                Some("udp"),
                Some("sctp"),
                Some("icmp"),
                Some("ipv6-icmp"),
            ]),
            dports: bytes.pick(&[None, None, Some("80"), Some("80,81,53"), Some("1:1024")]),
            set_mark: Some(bytes.pick(&["1", "2", "0", "0x1/0xff", "4294967295"])),
            ..Words::default()
        };
        let command = match bytes.below(8) {
            0 => Command::FlushMarks,
            1 => Command::DeleteMarkAt(bytes.below(4)),
            how => match words.read(&Names::default()) {
                Ok(rule) if how == 2 => Command::DeleteMark(rule),
                Ok(rule) => Command::AddMarks(vec![rule]),
                Err(_) => return,
            },
        };
        self.change(command);
    }

    /// A new snapshot is taken in before the next frame, as a worker does it.
    fn look(&mut self) {
        let view = self.rig.view();
        if view.epoch != self.epoch {
            self.epoch = view.epoch;
            self.path.look(&view);
            if let Some(mine) = self.rig.board.workers.first() {
                mine.epoch.store(view.epoch, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    fn send(&mut self, given: &[packet::Given]) {
        self.look();
        let view = self.rig.view();
        for given in given {
            self.path.send(given, &view, &self.rig.board.conns);
        }
        self.publish();
    }

    fn speak_ftp(&mut self, bytes: &mut Bytes<'_>) {
        self.look();
        self.port += 1;
        let (port, view, conns) = (self.port, self.rig.view(), &self.rig.board.conns);
        dialogue::ftp(bytes, port, &mut |given| self.path.send(given, &view, conns));
        self.publish();
    }

    fn publish(&mut self) {
        let view = self.rig.view();
        if let Some(mine) = self.rig.board.workers.first() {
            self.path.publish(&view, mine);
        }
    }

    fn wait(&mut self, tenths: u32) {
        if tenths < 10 {
            self.rig.advance(tenths);
            self.path.now = self.rig.board.now();
            return;
        }
        let stride = (tenths / 10).div_ceil(STRIDES) * 10;
        let mut left = tenths;
        while left >= 10 {
            let some = stride.min(left);
            left -= some;
            self.pass(some);
        }
        self.rig.advance(left);
        self.path.now = self.rig.board.now();
    }

    fn pass(&mut self, tenths: u32) {
        self.rig.advance(tenths);
        self.look();
        let view = self.rig.view();
        self.path.let_time_pass(self.rig.board.now(), &view, &self.rig.board.conns);
        self.publish();
        self.rig.pass_second();
    }

    fn ipvsadm(&mut self, bytes: &mut Bytes<'_>) {
        let len = usize::from(bytes.byte());
        let text = String::from_utf8_lossy(bytes.take(len)).into_owned();
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if let Ok(AdmRequest::Change(command)) = parse(&words, &Names::default()) {
            self.change(command);
        }
    }

    fn change(&mut self, command: Command) {
        let _ = self.rig.ask(Request::Command(command));
    }

    fn tune(&mut self, bytes: &mut Bytes<'_>) {
        let tunable = &TUNABLES[bytes.below(TUNABLES.len())];
        let value = bytes.pick(&[0, 1, 2, 3, -1, 50, 2000, 5000, i64::from(i32::MAX), i64::from(i32::MIN)]);
        self.change(Command::SetTunable { name: tunable.name.to_owned(), value });
    }

    fn edit(&mut self, bytes: &mut Bytes<'_>) {
        let key = self.key(bytes);
        let command = match bytes.below(16) {
            0 | 1 => Command::AddService(service(bytes, key)),
            2 => Command::EditService(service(bytes, key)),
            3 => Command::DeleteService(key),
            4..=6 => Command::AddServer(key, server(bytes, key)),
            7..=9 => Command::EditServer(key, server(bytes, key)),
            10 | 11 => Command::DeleteServer(key, server(bytes, key).endpoint),
            12 => Command::Zero(if bytes.rarely(2) { None } else { Some(key) }),
            13 => Command::Flush,
            14 => {
                let mut seconds =
                    || bytes.pick(&[None, Some(1), Some(2), Some(100), Some(2_678_400), Some(0)]);
                Command::SetTimeouts { tcp: seconds(), tcp_fin: seconds(), udp: seconds() }
            }
            _ => return self.replace(bytes),
        };
        self.change(command);
    }

    /// One of the services that there are, or another.
    fn key(&self, bytes: &mut Bytes<'_>) -> ServiceKey {
        let keys = self.rig.keys();
        if !keys.is_empty() && !bytes.rarely(4) {
            return bytes.pick(&keys);
        }
        let v6 = bytes.rarely(3);
        let addr = if v6 { [0xfd00, 9, 0, 0, 0, 0, 0, 0x100].into() } else { [10, 9, 0, 100].into() };
        let port = bytes.pick(&[80, 21, 0, 53, 22, 8000]);
        let protocol = bytes.pick(&[Protocol::Tcp, Protocol::Udp, Protocol::Sctp]);
        ServiceKey::Tuple { protocol, virt: Endpoint::new(addr, port) }
    }

    /// All at once: the rig's services, or what runs without some of it.
    fn replace(&mut self, bytes: &mut Bytes<'_>) {
        let mut wanted = if bytes.rarely(3) { rig::rules(rig::RULES) } else { self.rig.intent() };
        for _ in 0..bytes.below(4) {
            let number = bytes.below(wanted.services.len());
            let Some(key) = wanted.services.keys().nth(number).copied() else { break };
            if bytes.rarely(2) {
                wanted.services.remove(&key);
            } else if let Some((_, servers)) = wanted.services.get_mut(&key) {
                servers.reverse();
                servers.pop();
            }
        }
        match self.rig.ask(Request::Replace(wanted.clone())) {
            Reply::Changes(_) => match self.rig.ask(Request::Diff(wanted)) {
                Reply::Changes(changes) => assert!(changes.is_empty(), "still to be changed: {changes:?}"),
                other => panic!("a diff of what runs: {other:?}"),
            },
            Reply::Refused(_) => {}
            other => panic!("a replacement: {other:?}"),
        }
    }

    fn happen(&mut self, bytes: &mut Bytes<'_>) {
        self.rig.inform(rig::happening(bytes));
        self.look();
    }

    fn ask(&mut self, bytes: &mut Bytes<'_>) {
        let key = self.key(bytes);
        let request = match bytes.below(8) {
            0 => Request::Services(None),
            1 => Request::Services(Some(key)),
            2 => Request::Connections,
            3 => Request::Status,
            4 => Request::Totals,
            5 => Request::Tunables,
            6 => Request::Timeouts,
            _ => Request::Daemons,
        };
        let reply = self.rig.ask_by_wire(request);
        if let Reply::Connections(list) = reply {
            assert_eq!(list.len(), self.rig.board.conns.len(), "connections listed");
        }
    }

    fn check(&mut self) {
        self.look();
        self.path.check(&self.rig.view(), &self.rig.board.conns);
    }

    fn end(mut self) {
        self.rig.check_fixpoint();
        // No snapshot is kept beyond this: it would keep the schedulers in it, and they whom they remember.
        self.path.end(&self.rig.view(), &self.rig.board.conns);
        self.change(Command::Flush);
        // A deleted real server stays for as long as somebody may come back to it.
        for _ in 0..3 {
            self.pass(1300);
        }
        self.check();
        let left = self.rig.view().servers.iter().flatten().count();
        assert_eq!(left, 0, "real servers that are kept for nobody");
    }
}

fn service(bytes: &mut Bytes<'_>, key: ServiceKey) -> ServiceSpec {
    let mut spec = ServiceSpec::new(key);
    spec.scheduler = SchedulerName::new(bytes.pick(&SCHEDULERS)).expect("a short name");
    let how = bytes.byte();
    spec.scheduler_flags = SchedulerFlags { first: how & 1 != 0, second: how & 2 != 0, third: how & 4 != 0 };
    spec.one_packet = how & 8 != 0 && matches!(key, ServiceKey::Tuple { protocol: Protocol::Udp, .. });
    let no_port = matches!(key, ServiceKey::Tuple { virt: Endpoint { port: 0, .. }, .. });
    if how & 0x10 != 0 || no_port {
        let family = key.family();
        let mask = match (how & 0x20 != 0, ClientMask::whole(family)) {
            (true, ClientMask::V4(_)) => ClientMask::V4([255, 255, 255, 0].into()),
            (true, ClientMask::V6(_)) => ClientMask::V6(64),
            (false, whole) => whole,
        };
        spec.persistence = Some(Persistence { timeout_seconds: bytes.pick(&[1, 30, 300]), mask });
    }
    spec
}

fn server(bytes: &mut Bytes<'_>, key: ServiceKey) -> RealServerSpec {
    let v6 = key.family() == ulvs::lvs::Family::V6;
    let method = bytes.pick(&[
        ForwardingMethod::DirectRoute,
        ForwardingMethod::Nat,
        ForwardingMethod::Tunnel,
        ForwardingMethod::Nat,
    ]);
    let virt = match key {
        ServiceKey::Tuple { virt, .. } => virt.port,
        ServiceKey::Fwmark { .. } => 0,
    };
    let port = if method == ForwardingMethod::Nat { bytes.pick(&[virt, 8080, 0]) } else { virt };
    let number = bytes.below(10) as u8;
    let addr = match (number, v6) {
        (9, false) => [10, 9, 0, 2].into(),
        (9, true) => [0xfd00, 9, 0, 0, 0, 0, 0, 2].into(),
        (0, false) => [10, 40, 0, 1].into(),
        (0, true) => [0xfd00, 0x40, 0, 0, 0, 0, 0, 1].into(),
        (number, _) => server_addr(number, v6),
    };
    let mut spec = RealServerSpec::new(Endpoint::new(addr, port));
    spec.method = method;
    spec.weight = bytes.pick(&[1, 0, 2, 5, 100, 65535, i32::MAX]);
    let (upper, lower) = bytes.pick(&[(0, 0), (1, 0), (2, 1), (5, 5), (u32::MAX >> 1, 1)]);
    spec.thresholds = Thresholds { upper, lower };
    spec
}
