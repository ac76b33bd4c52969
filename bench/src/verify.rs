//! Right at speed: a load as fast as it is taken, of which every packet is looked at where it arrives, by NAT both ways;
//! and a director whose counters must add up.

use crate::answers::{Answered, Answers};
use crate::audit::{Audit, Right, Seen, Side};
use crate::bed::{Bed, RIP_SINK, VIP_SINK};
use crate::grid::Grid;
use crate::load::BURST;
use crate::numbered::Load;
use crate::observe::{pinned, resident};
use crate::process::{TELLS, UlvsRun, option};
use crate::scenario::{SINK_PORT, Way};
use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use std::net::SocketAddrV4;
use std::time::{Duration, Instant};
use testnet::host::Host;
use ulvs::control::command::{Command, Request};
use ulvs::frame::VnetHeader;
use ulvs::host::links::Links;
use ulvs::lvs::ForwardingMethod;
use ulvs::ring::{RingConfig, RxRing};

/// What has not arrived after this is not waited for before more is sent.
const LOST: Duration = Duration::from_millis(200);
/// Between looks at rings to which little comes.
const PAUSE: Duration = Duration::from_millis(1);
/// The service's port at the real server behind NAT: another than the VIP's, so that an answer shows whose it is.
const REAL_PORT: u16 = 9009;
/// Frames taken from a ring at once.
const SWEEP: usize = 64;
/// Bytes of a ring that is looked at: more than the window.
const RING: usize = 16 << 20;
/// How many bytes a process may have grown from its second quarter to its last: for allocators, which take and keep what
/// was needed for a moment; and for each connection that there are more.
const SLACK: u64 = 4 << 20;
const EACH: u64 = 160;

/// What is done.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// How long.
    pub time: Duration,
    /// Different flows of frames: each comes again after all others.
    pub flows: u32,
    /// Seconds that a connection lives after its last packet, if not by default.
    pub life: Option<u32>,
    /// How many CPUs the director has.
    pub workers: usize,
}

/// What came of it.
#[derive(Clone, Debug)]
struct Found {
    sent: u64,
    /// At the real server.
    there: Seen,
    answered: Answered,
    /// At the client.
    back: Seen,
    /// Frames that the rings of who looks had no room for.
    missed: u64,
    /// Bytes of the process, every second or so.
    memory: Vec<u64>,
    /// Connections, likewise.
    connections: Vec<u64>,
    counters: Vec<(String, u64)>,
}

impl Found {
    fn counted(&self, family: &str) -> u64 {
        let counters = self.counters.iter().filter(|(name, _)| name.starts_with(family));
        counters.map(|(_, count)| count).sum()
    }

    fn lost(&self) -> u64 {
        (self.sent + self.answered.packets).saturating_sub(self.there.packets + self.back.packets)
    }

    /// The director's counters that are not 0.
    fn counters(&self) -> String {
        let counters = self.counters.iter().filter(|(_, count)| *count > 0);
        counters.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    }

    /// What is wrong, one line each.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (seen, place) in [(self.there, "real server"), (self.back, "client")] {
            let mut count = |count: u64, what: &str| {
                if count > 0 {
                    faults.push(format!("{count} {what} at the {place}"));
                }
            };
            count(seen.strange, "packets that make no sense");
            count(seen.wrong_sum, "packets with a wrong checksum");
            count(seen.spoilt, "packets with other content");
            count(seen.out_of_order, "packets out of order within their flow");
        }
        let ends =
            ["frames_forwarded", "frames_answered", "frames_passed", "frames_dropped{", "frames_joined"]
                .map(|family| self.counted(family));
        let (received, held) = (self.counted("frames_received"), self.counted("frames_held"));
        let ended = ends.iter().sum::<u64>() + held;
        if received != ended {
            faults.push(format!("received {received} frames, but {ended} have an end"));
        }
        let (came, missed) = (self.sent + self.answered.frames, self.counted("frames_dropped_by_kernel"));
        if received + missed != came {
            faults
                .push(format!("{came} frames came, but {received} are received and {missed} found no room"));
        }
        let back = self.counted("frames_forwarded{method=\"masq_reply\"}");
        if back > self.answered.frames {
            faults.push(format!("{back} frames went back, but {} were answers", self.answered.frames));
        }
        // An answer that is lost may have been a super-frame.
        let told = missed + self.counted("frames_dropped{") + self.missed;
        let lost = self.lost();
        if lost > told * self.answered.most.max(1) {
            let all = self.sent + self.answered.packets;
            faults.push(format!("of {all} packets {lost} did not arrive, but {told} are said to be dropped"));
        }
        faults.extend(grown(&self.memory, &self.connections));
        faults
    }
}

/// Says so if memory is above what it was in the second quarter, by more than connections explain.
fn grown(memory: &[u64], connections: &[u64]) -> Option<String> {
    let quarter = memory.len() / 4;
    if quarter < 2 || connections.len() != memory.len() {
        return None; // too short to tell
    }
    let most = |part: &[u64]| part.iter().copied().max().unwrap_or(0);
    let early = |all: &[u64]| most(&all[quarter..2 * quarter]);
    let late = |all: &[u64]| most(&all[all.len() - quarter..]);
    let more = late(connections).saturating_sub(early(connections));
    let (early, late) = (early(memory), late(memory));
    (late > early + SLACK + EACH * more).then(|| format!("memory grew from {early} to {late} bytes"))
}

/// Does it in each mode; the table with what the director counted, and whether all was right.
///
/// # Errors
/// The director does not start, or load cannot be made.
pub fn run(
    bed: &Bed,
    ways: &[Way],
    task: Task,
    cpus: (usize, usize),
    progress: &ProgressBar,
) -> Result<(String, bool)> {
    let heading = [
        "way",
        "workers",
        "sent",
        "arrived",
        "in super-frames",
        "answered",
        "came back",
        "in super-frames",
        "lost",
        "connections",
        "process MiB",
        "verdict",
    ];
    let mut grid = Grid {
        title: "every packet looked at: addresses, checksums, order; counters add up".to_owned(),
        heading: heading.map(str::to_owned).to_vec(),
        words: 1,
        rows: Vec::new(),
    };
    let (mut is_right, mut counters) = (true, String::new());
    bed.segment_at_client(true)?;
    let _dam = bed.expect_answers(SocketAddrV4::new(VIP_SINK, SINK_PORT))?;
    for &way in ways {
        let Some(method) = way.method() else { continue };
        progress.set_message(way.name());
        let found = pinned(cpus.0, || one(bed, method, task, cpus, progress)).context(way.name())?;
        let faults = found.faults();
        is_right &= faults.is_empty();
        counters += &format!("{} counted {}\n", way.name(), found.counters());
        let range = |values: &[u64], unit: u64| {
            let (least, most) = (values.iter().min().unwrap_or(&0), values.iter().max().unwrap_or(&0));
            format!("{}..{}", least / unit, most / unit)
        };
        let of_nat =
            |count: u64| if method == ForwardingMethod::Nat { count.to_string() } else { "-".to_owned() };
        grid.rows.push(vec![
            way.name().to_owned(),
            task.workers.to_string(),
            found.sent.to_string(),
            found.there.packets.to_string(),
            found.there.supers.to_string(),
            of_nat(found.answered.packets),
            of_nat(found.back.packets),
            of_nat(found.back.supers),
            found.lost().to_string(),
            range(&found.connections, 1),
            range(&found.memory, 1 << 20),
            if faults.is_empty() { "right".to_owned() } else { faults.join("; ") },
        ]);
    }
    Ok((grid.text() + &counters, is_right))
}

/// One director under load.
fn one(
    bed: &Bed,
    method: ForwardingMethod,
    task: Task,
    (here, there): (usize, usize),
    progress: &ProgressBar,
) -> Result<Found> {
    let (cpus, workers) = ([there, here], task.workers.clamp(1, 2));
    let run = UlvsRun::start_rules(bed, (method, &rules(method)), (workers, &cpus[..workers]), &[])?;
    if let Some(life) = task.life {
        run.ask(&Request::Command(Command::SetTimeouts { tcp: None, tcp_fin: None, udp: Some(life) }))?;
    }
    let mut load = Load::open(bed, task.flows)?;
    let flows = load.flows(task.flows)?;
    let mut server = Place::open(bed.server()?, Audit::new(Side::Server, real(method), &flows))?;
    let mut answers = Answers::new(server.ring.socket());
    let virt = SocketAddrV4::new(VIP_SINK, SINK_PORT);
    let mut client = Place::open(bed.client()?, Audit::new(Side::Client, virt, &flows))?;
    let is_answered = method == ForwardingMethod::Nat;
    let window = bed.window()?;
    let (mut memory, mut connections) = (Vec::new(), Vec::new());
    let (begun, mut look, mut moved) = (Instant::now(), Instant::now(), Instant::now());
    let (mut sent, mut lost, mut seen) = (0u64, 0u64, 0u64);
    loop {
        // Packets that have made their way.
        let done = |server: &Place, client: &Place| {
            if is_answered { client.audit.seen.packets } else { server.audit.seen.packets }
        };
        let is_over = begun.elapsed() >= task.time;
        let on_their_way = sent.saturating_sub(done(&server, &client) + lost);
        if is_over && on_their_way == 0 {
            break;
        }
        if !is_over && on_their_way + BURST as u64 <= window {
            sent += load.burst()?;
        }
        server.look(is_answered.then_some(&mut answers))?;
        client.look(None)?;
        let done = done(&server, &client);
        if done > seen {
            (seen, moved) = (done, Instant::now());
        } else if moved.elapsed() > LOST {
            (lost, moved) = (sent.saturating_sub(seen), Instant::now());
        }
        if look.elapsed() >= Duration::from_secs(1) {
            look = Instant::now();
            memory.push(resident(run.pid())?);
            connections.push(run.status()?.connections);
            progress.inc(1);
        }
    }
    memory.push(resident(run.pid())?);
    // On a busy machine what was given up may only have been late.
    let over = Instant::now();
    while over.elapsed() < TELLS {
        server.look(is_answered.then_some(&mut answers))?;
        client.look(None)?;
        std::thread::sleep(PAUSE);
    }
    let status = run.status()?;
    connections.push(status.connections);
    let missed = server.ring.kernel_drops() + client.ring.kernel_drops();
    let (there, back, answered) = (server.audit.seen, client.audit.seen, answers.answered);
    Ok(Found { sent, there, answered, back, missed, memory, connections, counters: status.counters })
}

/// Where packets arrive to be looked at.
struct Place {
    ring: RxRing,
    audit: Audit,
}

impl Place {
    fn open(host: &Host, audit: Audit) -> Result<Self> {
        let ring = host.run(|| -> Result<RxRing> {
            let index = Links::open()?.find("eth0")?.ifindex;
            let config = RingConfig { ring_len: RING, ..RingConfig::default() };
            RxRing::open(index, &config, None).context("a ring to look at what arrives")
        })??;
        Ok(Self { ring, audit })
    }

    /// Looks at what is there, and has it answered.
    fn look(&mut self, answers: Option<&mut Answers>) -> Result<()> {
        let Self { ring, audit } = self;
        let mut sweep = ring.sweep(SWEEP);
        let right = sweep.frames().filter_map(|frame| -> Option<(&mut [u8], VnetHeader, Right)> {
            let vnet = VnetHeader::from_raw(frame.vnet);
            let right = audit.look(frame.bytes, &vnet)?;
            Some((frame.bytes, vnet, right))
        });
        match answers {
            Some(answers) => answers.give(right),
            None => {
                right.for_each(drop);
                Ok(())
            }
        }
    }
}

/// The real server's endpoint, as packets that arrive there have it.
fn real(method: ForwardingMethod) -> SocketAddrV4 {
    match method {
        ForwardingMethod::Nat => SocketAddrV4::new(RIP_SINK, REAL_PORT),
        _ => SocketAddrV4::new(VIP_SINK, SINK_PORT),
    }
}

/// The two services as `ipvsadm -S` would print them.
fn rules(method: ForwardingMethod) -> String {
    let real = SocketAddrV4::new(RIP_SINK, real(method).port());
    ["-u", "-t"]
        .map(|kind| {
            let service = format!("{kind} {VIP_SINK}:{SINK_PORT}");
            format!("-A {service} -s rr\n-a {service} -r {real} {} -w 1\n", option(method))
        })
        .concat()
}

/// The task of `churn`: connections that live shorter than it takes until their next packet.
///
/// # Errors
/// It would be over before memory can be called flat.
pub fn churn(time: Duration) -> Result<Task> {
    const LEAST: Duration = Duration::from_secs(10);
    ensure!(time >= LEAST, "memory cannot be called flat after less than {LEAST:?}");
    Ok(Task { time, flows: 3_000_000, life: Some(2), workers: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of so many packets that were sent, and this that was seen of them.
    fn found(sent: u64, there: Seen, counters: &[(&str, u64)]) -> Found {
        let counters = counters.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        let (answered, back, missed) = (Answered::default(), Seen::default(), 0);
        Found { sent, there, answered, back, missed, memory: Vec::new(), connections: Vec::new(), counters }
    }

    #[test]
    fn counters_that_do_not_add_up_are_told() {
        let seen = Seen { packets: 90, ..Seen::default() };
        let right = [
            ("frames_received", 95),
            ("frames_dropped_by_kernel", 5),
            ("frames_forwarded{method=\"route\"}", 90),
            ("frames_dropped{reason=\"table_full\"}", 5),
        ];
        assert_eq!(found(100, seen, &right).faults(), [""; 0]);
        assert_eq!(
            found(101, seen, &right).faults(),
            [
                "101 frames came, but 95 are received and 5 found no room",
                "of 101 packets 11 did not arrive, but 10 are said to be dropped"
            ]
        );
        let mut wrong = right;
        wrong[2].1 = 89;
        assert_eq!(found(100, seen, &wrong).faults(), ["received 95 frames, but 94 have an end"]);
        let bad = Seen { wrong_sum: 2, out_of_order: 1, ..seen };
        assert_eq!(
            found(100, bad, &right).faults(),
            [
                "2 packets with a wrong checksum at the real server",
                "1 packets out of order within their flow at the real server"
            ]
        );
    }

    #[test]
    fn counters_have_both_directions() {
        let seen = Seen { packets: 100, ..Seen::default() };
        let right = [
            ("frames_received", 150),
            ("frames_forwarded{method=\"masq\"}", 100),
            ("frames_forwarded{method=\"masq_reply\"}", 48),
            ("frames_dropped{reason=\"ttl\"}", 2),
        ];
        let both = |counters: &[_], back| Found {
            answered: Answered { packets: 100, frames: 50, most: 3 },
            back,
            ..found(100, seen, counters)
        };
        let faults = |counters: &[_], back| both(counters, Seen { packets: back, ..seen }).faults();
        assert_eq!(faults(&right, 96), [""; 0]);
        assert_eq!(both(&right, Seen { packets: 96, ..seen }).lost(), 4);
        assert_eq!(faults(&right, 93), ["of 200 packets 7 did not arrive, but 2 are said to be dropped"]);
        let mut wrong = right;
        (wrong[1].1, wrong[2].1) = (97, 51);
        assert_eq!(faults(&wrong, 96), ["51 frames went back, but 50 were answers"]);
        let late = Seen { out_of_order: 1, strange: 3, packets: 96, ..seen };
        assert_eq!(
            both(&right, late).faults(),
            [
                "3 packets that make no sense at the client",
                "1 packets out of order within their flow at the client"
            ]
        );
    }

    #[test]
    fn growth_is_told_from_a_table_that_fills() {
        let mib = |values: [u64; 8]| values.map(|value| value << 20);
        let (few, more) = ([1000; 8], [1000, 2000, 3000, 3000, 3000, 3000, 100_000, 100_000]);
        assert_eq!(grown(&mib([50, 90, 100, 100, 102, 103, 103, 104]), &few), None);
        let leak = mib([50, 90, 100, 101, 106, 110, 115, 120]);
        assert!(grown(&leak, &few).is_some());
        assert_eq!(grown(&mib([50, 90, 100, 101, 106, 110, 112, 115]), &more), None);
        assert_eq!(grown(&leak[..7], &few[..7]), None, "too short to tell");
    }
}
