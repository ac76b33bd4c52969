//! Reads what the machine counts: frames of an interface, CPU time of threads, what the machine is.

use anyhow::{Context, Result, anyhow, ensure};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use std::fs;
use std::time::Duration;
use testnet::host::Host;
use ulvs::host::netlink::{Message, Netlink, ROUTE};

/// `IFLA_STATS64`.
const IFLA_STATS64: u16 = 23;
/// Length of `struct ifinfomsg`.
const IFINFO_LEN: usize = 16;

/// A load average above this is not this program's own.
const IDLE: f64 = 0.5;

/// An interface's own counters.
pub struct Counters {
    netlink: Netlink,
    interface: String,
}

impl Counters {
    /// Of an interface of that host.
    ///
    /// # Errors
    /// The netlink socket could not be had.
    pub fn open(host: &Host, interface: &str) -> Result<Self> {
        host.run(|| Self::here(interface))?
    }

    /// Of an interface of the calling thread's network namespace.
    ///
    /// # Errors
    /// The netlink socket could not be had.
    pub fn here(interface: &str) -> Result<Self> {
        Ok(Self { netlink: Netlink::open(ROUTE, 0)?, interface: interface.to_owned() })
    }

    /// Frames received so far.
    ///
    /// # Errors
    /// The interface is gone.
    pub fn received(&mut self) -> Result<u64> {
        Ok(self.frames_and_bytes()?.0)
    }

    /// Frames so far that came in and for which the kernel had no room in its queues.
    ///
    /// # Errors
    /// The interface is gone.
    pub fn dropped(&mut self) -> Result<u64> {
        Ok(self.statistics()?[6])
    }

    /// Packets received so far. Where `payload` is their length behind UDP's header, a super-frame is as many packets as it
    /// was joined from; only differences mean something then.
    ///
    /// # Errors
    /// The interface is gone.
    pub fn packets(&mut self, payload: Option<u16>) -> Result<u64> {
        let (frames, bytes) = self.frames_and_bytes()?;
        Ok(payload.map_or(frames, |payload| joined_from(frames, bytes, payload)))
    }

    fn frames_and_bytes(&mut self) -> Result<(u64, u64)> {
        let [frames, _, bytes, ..] = self.statistics()?;
        Ok((frames, bytes))
    }

    /// The first numbers of `struct rtnl_link_stats64`: rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors,
    /// rx_dropped.
    fn statistics(&mut self) -> Result<[u64; 7]> {
        let question = Message::new(libc::RTM_GETLINK, 0)
            .body(&[0; IFINFO_LEN])
            .text(libc::IFLA_IFNAME, &self.interface);
        let answer = self.netlink.get(question)?;
        let attributes = answer.attributes(IFINFO_LEN);
        let stats = attributes.get(IFLA_STATS64).unwrap_or_default();
        let mut numbers = [0; 7];
        let (words, _) = stats.as_chunks::<8>();
        ensure!(words.len() >= numbers.len(), "{} has no statistics", self.interface);
        for (number, word) in numbers.iter_mut().zip(words) {
            *number = u64::from_ne_bytes(*word);
        }
        Ok(numbers)
    }
}

/// How many UDP packets over IPv4 of this payload so many frames of so many bytes were joined from: each frame has its
/// headers once.
fn joined_from(frames: u64, bytes: u64, payload: u16) -> u64 {
    const HEADERS: u64 = 14 + 20 + 8;
    bytes.saturating_sub(frames * HEADERS) / u64::from(payload.max(1))
}

/// CPU time of everything that works for a measurement on one CPU: the calling thread with the soft interrupts that run
/// in it, and the kernel's own soft interrupt thread of that CPU.
pub struct CpuClock {
    softirq_thread: Option<String>,
}

impl CpuClock {
    /// For one CPU.
    pub fn new(cpu: usize) -> Self {
        let name = format!("ksoftirqd/{cpu}");
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let softirq_thread = processes
            .map(|entry| entry.path())
            .find(|path| fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.trim_end() == name))
            .map(|path| format!("{}/schedstat", path.display()));
        Self { softirq_thread }
    }

    /// CPU time so far. Only differences mean something.
    pub fn read(&self) -> Duration {
        let thread = clock_gettime(ClockId::ThreadCPUTime);
        let thread = Duration::try_from(thread).unwrap_or_default();
        thread + Duration::from_nanos(self.softirq_thread.as_deref().and_then(on_cpu).unwrap_or(0))
    }

    /// As [`CpuClock::read`], for all threads of another process, or for one thread of this one, instead of the caller.
    pub fn read_of(&self, worker: Worker) -> Duration {
        cpu_time(worker) + Duration::from_nanos(self.softirq_thread.as_deref().and_then(on_cpu).unwrap_or(0))
    }

    /// True if the kernel's soft interrupt thread could be found (not in a container with its own /proc).
    pub fn sees_softirqs(&self) -> bool {
        self.softirq_thread.as_deref().and_then(on_cpu).is_some()
    }
}

/// Who forwards, as `/proc` knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker {
    /// A thread of this process, by its id.
    Thread(i32),
    /// Another process, by its id.
    Process(u32),
}

/// CPU time that it has had so far, in all its threads that live.
pub fn cpu_time(worker: Worker) -> Duration {
    let nanoseconds = match worker {
        Worker::Thread(tid) => on_cpu(&format!("/proc/self/task/{tid}/schedstat")).unwrap_or(0),
        Worker::Process(pid) => fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|task| on_cpu(task.path().join("schedstat").to_str()?))
            .sum(),
    };
    Duration::from_nanos(nanoseconds)
}

/// Bytes of memory that a process has for itself or shares.
///
/// # Errors
/// It has ended.
pub fn resident(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the director's memory")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .map(|kib| kib * 1024)
        .context("the director's memory")
}

/// The first number of a schedstat file: nanoseconds on a CPU.
fn on_cpu(schedstat: &str) -> Option<u64> {
    fs::read_to_string(schedstat).ok()?.split_ascii_whitespace().next()?.parse().ok()
}

/// The machine that the figures are of.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// CPU model.
    pub cpu: String,
    /// CPUs that this process may use.
    pub cpus: usize,
    /// Kernel release.
    pub kernel: String,
    /// In one line each: what lessens the figures' worth.
    pub notes: Vec<String>,
}

impl Machine {
    /// This one.
    ///
    /// # Errors
    /// Without /proc.
    pub fn this(cpus: usize) -> Result<Self> {
        let info = fs::read_to_string("/proc/cpuinfo").context("/proc/cpuinfo")?;
        let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split_ascii_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(0.0);
        let mut notes = Vec::new();
        if load > IDLE {
            notes.push(format!(
                "the machine is busy with other things (load average {load:.1}): figures that need both cores are too low, \
                 and all are uncertain; trust ratios more than figures"
            ));
        }
        Ok(Self {
            cpu: model.map_or("unknown", |(_, model)| model).trim().to_owned(),
            cpus,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            notes,
        })
    }
}

/// Does some work on a thread of its own, pinned to a CPU.
///
/// # Errors
/// Those of the work, or it panicked.
pub fn pinned<T: Send>(cpu: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            pin(cpu);
            work()
        });
        thread.join().unwrap_or_else(|_| Err(anyhow!("the load panicked")))
    })
}

/// Pins the calling thread. False if it may not run there.
pub fn pin(cpu: usize) -> bool {
    core_affinity::set_for_current(core_affinity::CoreId { id: cpu })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_super_frame_counts_as_what_it_was_joined_from() {
        // Three frames by themselves, and one of 64.
        assert_eq!(joined_from(4, 3 * 60 + 42 + 64 * 18, 18), 67);
        assert_eq!((joined_from(5, 5 * 1514, 1472), joined_from(0, 0, 18)), (5, 0));
    }
}
