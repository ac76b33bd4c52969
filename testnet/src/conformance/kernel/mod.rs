//! The kernel's IPVS, in user-mode Linux on one end of a cable; the scripted network is the other end.
//!
//! One boot serves any number of scenarios: each gets a network namespace of its own inside, with tables, counters,
//! sysctls and connections that are new. That the director has done all that it was given is asked of it, not waited
//! for: behind every batch of frames comes a ping from the rig's witness, and what arrives before its echo is the
//! answer.

mod uml;

pub use uml::{Image, LeftOut, Uml, end_on_signals, prepare, ready};

use super::play::{Subject, Told};
use super::script::Change;
use super::{build, describe, rig, spec};
use crate::checksum::{fold, sum};
use crate::lab::Lab;
use crate::sys;
use crate::topology::{Cable, HostSpec, InterfaceSpec, Port, Topology};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};
use ulvs::lvs::Mac;

/// How long the director may take for a batch of frames; only a machine that is very busy comes near.
const PATIENCE: Duration = Duration::from_secs(20);
/// Two ticks of the kernel and some.
const SETTLE: Duration = Duration::from_millis(25);

/// No limit on ICMP errors. Newer kernels have one per namespace.
const UNLIMITED: &str = "for k in icmp_msgs_burst icmp_msgs_per_sec; do [ ! -e /proc/sys/net/ipv4/$k ] || \
                         echo 1000000 >/proc/sys/net/ipv4/$k; done";

/// Bytes of the virtio header in front of every frame.
const VNET: usize = 10;

/// A kernel on its cable.
pub struct Kernel {
    uml: Uml,
    socket: OwnedFd,
    pings: u16,
    version: String,
    is_clean: bool,
    // Dropped last: the kernel lives in it.
    _lab: Lab,
}

impl Kernel {
    /// Boots one. `image` is what [`prepare`] made.
    ///
    /// # Errors
    /// No right to make network namespaces, or the kernel does not boot.
    pub fn boot(image: &Image) -> Result<Self> {
        let lab = Lab::build(topology()).context("the cable")?;
        let uml = Uml::start(lab.host("kernel")?, image, &["kernel0"])?;
        let socket = lab.host("wire")?.run(|| sys::switch_socket("wire0"))??;
        let mut kernel = Self { uml, socket, pings: 0, version: String::new(), is_clean: true, _lab: lab };
        let release = kernel.must("uname -r")?;
        let tool = kernel.must("ipvsadm -v")?;
        let tool = tool.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        kernel.version = format!("Linux {} (user-mode Linux), {tool}", release.trim());
        kernel.must(&format!("$IP link set vec0 address {}", rig::DIRECTOR))?;
        // Joined segments would come behind the witness's ping, and as one.
        kernel.must("ethtool -K vec0 gro off")?;
        kernel.must(UNLIMITED)?;
        kernel.fresh()?;
        Ok(kernel)
    }

    /// Who is asked: `Linux 6.1… (user-mode Linux), ipvsadm v1.31`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Begins anew: the next scenario finds nothing of what was before. Does nothing on a kernel that was not used since.
    ///
    /// # Errors
    /// The kernel does not answer.
    pub fn fresh(&mut self) -> Result<()> {
        if self.uml.is_inside() {
            if self.is_clean {
                return Ok(());
            }
            self.uml.leave()?;
            self.must("$IP -n play link set vec0 netns 1; $IP netns del play")?;
        }
        self.must("$IP netns add play && $IP link set vec0 netns play")?;
        self.uml.enter("play")?;
        self.must(&setup())?;
        self.drain()?;
        self.is_clean = true;
        Ok(())
    }

    /// A command that must succeed without a word, or the kernel is of no use.
    fn must(&mut self, command: &str) -> Result<String> {
        let (status, output) = self.uml.shell(command, Duration::from_secs(30))?;
        ensure!(status == 0, "in the kernel: {command}: {output}");
        Ok(output)
    }

    /// Throws away what has come until all is done that was to be done.
    fn drain(&mut self) -> Result<()> {
        self.exchange(&[]).map(drop)
    }

    fn send(&self, frame: &[u8]) -> Result<()> {
        let with_header = [&[0; VNET], frame].concat();
        rustix::net::send(&self.socket, &with_header, rustix::net::SendFlags::empty())
            .context("sending a frame")?;
        Ok(())
    }

    /// The witness's ping number `number`.
    fn ping(number: u16) -> Result<Vec<u8>> {
        let (witness, [(dip, _), _]) = (rig::WITNESS_ADDR, rig::DIPS);
        let line = format!("{} icmp {witness} > {dip} 8/0 echo=9/{number}", rig::WITNESS);
        let mut frames = build::frames(&spec::FrameSpec::parse(&line)?, &build::Past::default())?;
        frames.pop().context("no ping")
    }
}

/// A frame behind its virtio header, with the checksum that the kernel leaves to the card.
fn finished(received: &[u8]) -> Vec<u8> {
    let Some((header, frame)) = received.split_at_checked(VNET) else { return Vec::new() };
    let mut frame = frame.to_vec();
    let field = |at: usize| {
        let bytes = header.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
        usize::from(u16::from_ne_bytes(bytes))
    };
    let (start, at) = (field(6), field(6) + field(8));
    if header.first().is_some_and(|flags| flags & 1 == 1) && at + 2 <= frame.len() {
        let right = match !fold(sum(frame.get(start..).unwrap_or_default())) {
            0 => 0xffff,
            right => right,
        };
        frame[at..at + 2].copy_from_slice(&right.to_be_bytes());
    }
    frame
}

/// Is it the echo to the witness's ping number `number`?
fn is_echo(frame: &[u8], number: u16) -> bool {
    is_for_witness(frame) && frame.get(34) == Some(&0) && frame.get(40..42) == Some(&number.to_be_bytes())
}

fn is_for_witness(frame: &[u8]) -> bool {
    frame.get(..6) == Some(&rig::WITNESS.0)
}

impl Subject for Kernel {
    fn ipvsadm(&mut self, args: &str, stdin: &str) -> Result<Told> {
        self.is_clean = false;
        let words: Vec<String> = args.split_whitespace().map(quoted).collect();
        let mut command = format!("ipvsadm {}", words.join(" "));
        if !stdin.is_empty() {
            command = format!("{command} <<'STANDARD-INPUT'\n{stdin}STANDARD-INPUT\n");
        }
        self.uml.shell(&command, Duration::from_secs(30))
    }

    fn sysctl(&mut self, name: &str, value: &str) -> Result<Told> {
        self.is_clean = false;
        let command = format!("{{ echo {} >{}; }} 2>/dev/null", quoted(value), quoted(tunable_path(name)));
        let (status, _) = self.uml.shell(&command, Duration::from_secs(30))?;
        Ok((u8::from(status != 0), String::new()))
    }

    fn tunable(&mut self, name: &str) -> Result<Told> {
        let command = format!("cat {} 2>/dev/null", quoted(tunable_path(name)));
        let (status, value) = self.uml.shell(&command, Duration::from_secs(30))?;
        Ok((u8::from(status != 0), value))
    }

    fn mark(&mut self, args: &str) -> Result<Told> {
        self.is_clean = false;
        let command = iptables(args)?;
        let (status, output) = self.uml.shell(&command, Duration::from_secs(30))?;
        ensure!(status == 0, "{command}: {output}");
        Ok((0, String::new()))
    }

    fn change(&mut self, change: Change) -> Result<()> {
        self.is_clean = false;
        let command = match change {
            Change::Vip(addr) | Change::Local(addr) => {
                let (len, nodad) = if addr.is_ipv4() { (32, "") } else { (128, " nodad") };
                format!("$IP addr add {addr}/{len} dev vec0{nodad}")
            }
            Change::Route(net, via, mtu) => {
                let mtu = mtu.map(|mtu| format!(" mtu {mtu}")).unwrap_or_default();
                format!("$IP route replace {net} via {via} dev vec0{mtu}")
            }
            Change::Mtu(mtu) => format!("$IP link set vec0 mtu {mtu}"),
            Change::Deliver(mark) => format!(
                "for family in -4 -6; do $IP $family rule add fwmark {mark} lookup 100; done; \
                 $IP route add local 0.0.0.0/0 dev lo table 100; $IP route add local ::/0 dev lo table 100"
            ),
            Change::Forwarding(on) => {
                let on = u8::from(on);
                format!(
                    "echo {on} >/proc/sys/net/ipv4/ip_forward; echo {on} >/proc/sys/net/ipv6/conf/all/forwarding"
                )
            }
        };
        self.must(&command).map(drop)
    }

    fn exchange(&mut self, frames: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
        self.is_clean &= frames.is_empty();
        for frame in frames {
            self.send(frame)?;
        }
        self.pings = self.pings.wrapping_add(1);
        self.send(&Self::ping(self.pings)?)?;
        let begun = Instant::now();
        let mut emitted = Vec::new();
        let mut buffer = vec![0; 70_000];
        while begun.elapsed() < PATIENCE {
            let Some(received) = sys::receive(self.socket.as_fd(), &mut buffer)? else {
                wait_readable(&self.socket)?;
                continue;
            };
            let frame = finished(buffer.get(..received.stored).unwrap_or_default());
            if is_echo(&frame, self.pings) {
                return Ok(emitted);
            }
            if !received.is_outgoing && !is_for_witness(&frame) {
                emitted.push(frame);
            }
        }
        let seen: Vec<_> = emitted.iter().filter_map(|f| describe::frame(f, &BTreeSet::new())).collect();
        bail!("the kernel does not answer the witness's ping; it sent {seen:?}");
    }

    fn settle(&mut self) {
        std::thread::sleep(SETTLE);
    }

    fn wait(&mut self, tenths: u32) -> Result<()> {
        // IPVS counts jiffies, which lag behind all clocks when the machine is busy. There are a hundred to the second.
        let command = format!(
            "j() {{ sed -n 's/^jiffies: //p' /proc/timer_list; }}; end=$(($(j) + {})); sleep {}.{}; \
             while [ $(j) -lt $end ]; do sleep 0.1; done",
            tenths * 10,
            tenths / 10,
            tenths % 10
        );
        let limit = Duration::from_millis(u64::from(tenths) * 400) + PATIENCE;
        let (status, output) = self.uml.shell(&command, limit)?;
        ensure!(status == 0 && output.is_empty(), "waiting in the kernel: {output}");
        Ok(())
    }
}

fn tunable_path(name: &str) -> String {
    format!("/proc/sys/net/ipv4/vs/{}", name.replace('.', "/"))
}

fn wait_readable(socket: &OwnedFd) -> Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut fds = [PollFd::new(socket, PollFlags::IN)];
    let limit = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
    match poll(&mut fds, Some(&limit)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error).context("waiting for frames"),
    }
}

fn quoted(word: impl AsRef<str>) -> String {
    format!("'{}'", word.as_ref().replace('\'', "'\\''"))
}

/// What makes a new namespace the rig's director.
fn setup() -> String {
    let mut lines = vec![
        "$IP link set lo up; $IP link set vec0 mtu 1500 up".to_owned(),
        "for i in all default vec0; do for k in rp_filter send_redirects accept_redirects; do \
         echo 0 >/proc/sys/net/ipv4/conf/$i/$k; done; echo 0 >/proc/sys/net/ipv6/conf/$i/accept_dad; \
         echo 0 >/proc/sys/net/ipv6/conf/$i/router_solicitations; done"
            .to_owned(),
        "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding".to_owned(),
        UNLIMITED.to_owned(),
        "echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit; \
         echo 0 >/proc/sys/net/ipv6/auto_flowlabels"
            .to_owned(),
    ];
    let mut batch = Vec::new();
    for (dip, len) in rig::DIPS {
        batch.push(format!("addr add {dip}/{len} dev vec0{}", if dip.is_ipv4() { "" } else { " nodad" }));
    }
    for vip in rig::VIPS {
        // Deprecated: the kernel would prefer a VIP to the DIP as source of what it sends by itself.
        let (len, nodad) = if vip.is_ipv4() { (32, "") } else { (128, " nodad preferred_lft 0") };
        batch.push(format!("addr add {vip}/{len} dev vec0{nodad}"));
    }
    for gateway in rig::GATEWAYS {
        let net = if gateway.is_ipv4() { "default" } else { "::/0" };
        batch.push(format!("route add {net} via {gateway} dev vec0"));
    }
    for (addr, mac) in rig::neighbours() {
        batch.push(format!("neigh replace {addr} lladdr {mac} dev vec0 nud permanent"));
    }
    lines.push(format!("$IP -batch - <<'BATCH'\n{}\nBATCH", batch.join("\n")));
    lines.join("\n")
}

/// `mark add --dst … --proto … --dports … --set-mark N` as iptables has it.
fn iptables(args: &str) -> Result<String> {
    let mut words = args.split_whitespace();
    ensure!(words.next() == Some("add"), "of `mark`, scenarios have `add` only");
    let (mut matches, mut is_v6, mut mark, mut protocol) = (String::new(), false, None, None);
    let mut later = String::new();
    while let Some(option) = words.next() {
        let value = words.next().with_context(|| format!("{option} needs a value"))?;
        match option {
            "--dst" | "--src" => {
                is_v6 |= value.contains(':');
                matches += &format!(" {} {value}", if option == "--dst" { "-d" } else { "-s" });
            }
            "--proto" => protocol = Some(value),
            "--dports" | "--sports" => later += &format!(" -m multiport {option} {value}"),
            "--set-mark" => mark = Some(value),
            _ => bail!("of `mark add`, scenarios have no {option}"),
        }
    }
    let mark = mark.context("--set-mark is missing")?;
    let protocol = protocol.map(|protocol| format!(" -p {protocol}")).unwrap_or_default();
    let program = if is_v6 { "ip6tables" } else { "iptables" };
    Ok(format!(
        "xtables-legacy-multi {program} -t mangle -A PREROUTING{matches}{protocol}{later} -j MARK --set-mark {mark}"
    ))
}

fn topology() -> Topology {
    let host = |name: &str, interface: &str, mac| HostSpec {
        name: name.to_owned(),
        interfaces: vec![InterfaceSpec { name: interface.to_owned(), mac, addresses: Vec::new() }],
        sysctls: vec![
            ("net/ipv6/conf/all/disable_ipv6".to_owned(), "1".to_owned()),
            ("net/ipv6/conf/default/disable_ipv6".to_owned(), "1".to_owned()),
        ],
        ..HostSpec::default()
    };
    Topology {
        hosts: vec![
            host("kernel", "kernel0", Mac([2, 0, 0, 0, 3, 1])),
            host("wire", "wire0", Mac([2, 0, 0, 0, 3, 2])),
        ],
        cables: vec![Cable { a: Port::new("kernel", "kernel0"), b: Port::new("wire", "wire0") }],
        ..Topology::default()
    }
}
