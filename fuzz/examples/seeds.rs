//! Writes what fuzzing begins with: the conformance scenarios as inputs of `story`, `frame`, `ipvsadm`, `control` and
//! `config`, and the lines of tests/ipvsadm. Give it a folder; then minimise (see docs/fuzzing.md).
//!
//! ```sh
//! cargo run --release --example seeds -- work/seeds
//! ```

use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use testnet::conformance::play::{self, Subject, Told};
use testnet::conformance::script::Change;
use testnet::conformance::{inside::Inside, library};
use ulvs::config::Names;
use ulvs::config::ipvsadm::{AdmRequest, parse};
use ulvs::control::command::{Command, Request};
use ulvs_fuzz::{packet, rig};

/// Writes down what is done to a director, as the targets read it.
struct Writer {
    /// It answers, so that the scenario can go on.
    inside: Inside,
    story: Vec<u8>,
    frame: Vec<u8>,
    lines: Vec<String>,
    requests: Vec<Request>,
}

impl Subject for Writer {
    fn ipvsadm(&mut self, args: &str, stdin: &str) -> Result<Told> {
        for line in std::iter::once(args).chain(stdin.lines()) {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            if let (Ok(len), Ok(AdmRequest::Change(change))) =
                (u8::try_from(line.len()), parse(&words, &Names::default()))
            {
                self.story.extend([0, len]);
                self.story.extend(line.as_bytes());
                self.requests.push(Request::Command(change));
            }
            self.lines.push(line.to_owned());
        }
        self.inside.ipvsadm(args, stdin)
    }

    fn sysctl(&mut self, name: &str, value: &str) -> Result<Told> {
        if let Ok(value) = value.parse() {
            self.requests.push(Request::Command(Command::SetTunable { name: name.to_owned(), value }));
        }
        self.inside.sysctl(name, value)
    }

    fn tunable(&mut self, name: &str) -> Result<Told> {
        self.inside.tunable(name)
    }

    fn mark(&mut self, args: &str) -> Result<Told> {
        self.inside.mark(args)
    }

    fn change(&mut self, change: Change) -> Result<()> {
        self.inside.change(change)
    }

    fn exchange(&mut self, frames: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
        for frame in frames {
            self.story.push(1);
            self.story.extend(packet::as_raw(frame));
            self.frame.push(0);
            self.frame.extend(packet::as_raw(frame));
        }
        self.inside.exchange(frames)
    }

    fn wait(&mut self, tenths: u32) -> Result<()> {
        match u8::try_from(tenths) {
            Ok(tenths) => self.story.extend([2, tenths]),
            Err(_) => {
                self.story.push(3);
                self.story.extend(u16::try_from(tenths / 10)?.to_be_bytes());
            }
        }
        self.inside.wait(tenths)
    }
}

struct Shelf(PathBuf);

impl Shelf {
    fn put(&self, target: &str, bytes: &[u8]) -> Result<()> {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let folder = self.0.join(target);
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{:016x}", hasher.finish()));
        std::fs::write(&path, bytes).with_context(|| path.display().to_string())
    }
}

fn main() -> Result<()> {
    let shelf = Shelf(std::env::args_os().nth(1).context("usage: seeds FOLDER")?.into());
    for book in library::books(&library::folder())? {
        for scenario in &book.file.scenarios {
            let mut writer = Writer {
                inside: Inside::start()?,
                story: vec![0],
                frame: vec![0],
                lines: Vec::new(),
                requests: Vec::new(),
            };
            if let Err(error) = play::scenario(&mut writer, scenario) {
                eprintln!("{}: {error:#}", book.name_of(scenario));
            }
            shelf.put("story", &writer.story)?;
            shelf.put("frame", &writer.frame)?;
            let text = writer.lines.join("\n");
            shelf.put("ipvsadm", &[b"\x01", text.as_bytes()].concat())?;
            let adding: Vec<&str> =
                text.lines().filter(|line| line.starts_with("-A") || line.starts_with("-a")).collect();
            shelf.put("config", &[b"\x01", adding.join("\n").as_bytes()].concat())?;
            let requests: Vec<String> =
                writer.requests.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
            shelf.put("control", &[b"\x00", requests.join("\n").as_bytes()].concat())?;
        }
    }
    requests(&shelf)?;
    lines(&shelf, &library::root().join("tests/ipvsadm"))?;
    made(&shelf)?;
    files(&shelf)
}

/// The questions, and everything at once.
fn requests(shelf: &Shelf) -> Result<()> {
    let all = rig::rules(rig::RULES);
    let mut some = all.clone();
    some.services.retain(|key, _| key.family() == ulvs::lvs::Family::V6);
    some.tunables = rig::SETTINGS[1].iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    some.timeouts = Some(ulvs::lvs::Timeouts { tcp: 1, tcp_fin: 2, udp: 3 });
    let questions = [
        Request::Services(None),
        Request::Connections,
        Request::Timeouts,
        Request::Tunables,
        Request::Status,
        Request::Daemons,
        Request::Totals,
        Request::Diff(some.clone()),
        Request::Replace(some),
    ];
    let text: Vec<String> = questions.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    shelf.put("control", &[b"\x01", text.join("\n").as_bytes()].concat())?;
    shelf.put("control", &[b"\x00", serde_json::to_string(&Request::Replace(all))?.as_bytes()].concat())
}

/// Every command line of tests/ipvsadm.
fn lines(shelf: &Shelf, folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let text = std::fs::read_to_string(entry?.path())?;
        for line in text.lines() {
            let line = line.trim_start_matches(['$', ' ']).trim_start_matches("ipvsadm").trim();
            if line.starts_with('-') {
                shelf.put("ipvsadm", &[b"\x00", line.as_bytes()].concat())?;
            }
        }
    }
    Ok(())
}

/// One of each kind that the targets make by themselves.
fn made(shelf: &Shelf) -> Result<()> {
    let mut dice = 1_u64;
    let mut throw = || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 56) as u8
    };
    for number in 0..=255_u8 {
        let mut frame = vec![number % 8];
        let mut story = vec![number % 16 | 1];
        let mut genl = vec![number % 2];
        for _ in 0..8 {
            frame.push(1);
            story.push(throw() % 12);
            genl.extend([0xff, 0]);
            for _ in 0..24 {
                frame.push(throw());
                story.push(throw());
                genl.push(throw());
            }
        }
        shelf.put("frame", &frame)?;
        shelf.put("story", &story)?;
        shelf.put("genl", &genl)?;
    }
    Ok(())
}

/// Configuration files.
fn files(shelf: &Shelf) -> Result<()> {
    let native = "[timeouts]\ntcp = 900\ntcp_fin = 120\nudp = 300\n\n[sysctl]\ndrop_entry = 1\nsloppy_tcp = true\n\n\
        [[service]]\naddress = \"tcp 10.0.0.1:80\"\nscheduler = \"wlc\"\nscheduler_flags = [\"sh-port\"]\n\
        persistence = 300\n\n[[service.server]]\naddress = \"10.0.0.11:80\"\nmethod = \"nat\"\nweight = 1\n\
        upper_threshold = 5\nlower_threshold = 2\n\n[[service]]\naddress = \"fwm 3 ipv6\"\none_packet = true\n";
    shelf.put("config", &[b"\x00", native.as_bytes()].concat())?;
    shelf.put("config", &[b"\x01", rig::RULES.as_bytes()].concat())?;
    shelf.put("config", b"\x02# a comment\n--set 900 120 300\nipvsadm -A -t 10.9.0.100:http\n")?;
    let documents = library::root().join("docs/configuration.md");
    let text = std::fs::read_to_string(documents)?;
    for (number, block) in text.split("```").enumerate() {
        if number % 2 == 1 {
            let body = block.split_once('\n').map_or("", |(_, body)| body);
            shelf.put("config", &[&[u8::from(!block.starts_with("toml"))], body.as_bytes()].concat())?;
        }
    }
    Ok(())
}
