//! The document's client, and what it is shown.

use super::course::Course;
use crate::actor::http_client;
use crate::capture;
use crate::narrate;
use crate::plan::CLIENT;
use crate::promise;
use crate::trace::Trace;
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use ulvs::host::links::Links;
use ulvs::lvs::Mac;

/// How long a client waits.
const PATIENCE: Duration = Duration::from_secs(3);

impl Course<'_> {
    /// What a GET shows to a client: the page, or why there is none.
    ///
    /// # Errors
    /// There is no such host.
    pub fn get(&self, host: &str, to: SocketAddr, path: &str) -> Result<String> {
        Ok(match http_client::get(self.host(host)?, to, path, PATIENCE) {
            Ok(answer) if answer.status == 200 => text(&String::from_utf8_lossy(&answer.body)),
            Ok(answer) => format!("(status {})", answer.status),
            Err(error) => format!("({})", error.root_cause()),
        })
    }

    /// So many GETs, a connection each, shown behind the document's command.
    ///
    /// # Errors
    /// There is no such host.
    pub fn gets(
        &self,
        host: &str,
        command: &str,
        to: SocketAddr,
        path: &str,
        count: usize,
    ) -> Result<Vec<String>> {
        self.prompt(host, command);
        let pages: Vec<_> = (0..count).map(|_| self.get(host, to, path)).collect::<Result<_>>()?;
        self.say(&format!("{}\n", run_lengths(&pages)));
        Ok(pages)
    }

    /// Opens a connection and waits for what is said: a telnet window.
    ///
    /// # Errors
    /// No connection, or silence.
    pub fn telnet(&self, host: &str, to: SocketAddr) -> Result<(TcpStream, String)> {
        let host = self.host(host)?;
        let mut window =
            host.run(|| TcpStream::connect_timeout(&to, PATIENCE))?.with_context(|| format!("{to}"))?;
        window.set_read_timeout(Some(PATIENCE))?;
        let mut said = [0; 256];
        let length = window.read(&mut said).with_context(|| format!("{to}"))?;
        Ok((window, String::from_utf8_lossy(&said[..length]).into_owned()))
    }

    /// Why a connection does not come about; `None` if it does.
    ///
    /// # Errors
    /// There is no such host.
    pub fn refusal(&self, host: &str, to: SocketAddr) -> Result<Option<ErrorKind>> {
        let outcome = self.host(host)?.run(|| TcpStream::connect_timeout(&to, PATIENCE))?;
        Ok(outcome.err().map(|error| error.kind()))
    }

    /// One request of the client, shown hop by hop, and what direct routing promises of it.
    ///
    /// # Errors
    /// There is no client; captures cannot be written.
    pub fn hop_by_hop(&mut self) -> Result<()> {
        self.headline("One request on the wire (GET, hop by hop)");
        self.capture.clear();
        let _ = self.get(CLIENT, self.vip(80), "/")?;
        let (frames, _) = self.capture.frames();
        self.capture.pause();
        let plan = &self.site.plan;
        let traces = Trace::all(&frames, plan);
        if let Some(trace) = traces.first() {
            self.say(&narrate::way(plan, self.wish.ink, &trace.request()));
            self.say(&format!("{}\n", narrate::moral(plan)));
        }
        if let Some(directory) = &self.wish.pcap {
            let files = capture::write_pcaps(directory, &frames, |name| plan.topology.is_switch(name))?;
            self.say(&format!("captures: {}\n", files.join(" ")));
        }
        let found = promise::check(plan, &traces);
        self.promises.extend(found);
        Ok(())
    }

    /// A host of the segment forgets who has the VIP and asks anew: the director answers, and all real servers are
    /// silent.
    ///
    /// # Errors
    /// There is no such host.
    pub fn vip_is_directors(&self, host: &str, director: &str) -> Result<Result<(), String>> {
        let IpAddr::V4(vip) = self.site.plan.service.ip() else { bail!("ARP is for IPv4") };
        self.prompt(host, &format!("arp -d {vip}      # and a request: who says that he has it?"));
        let interface = self.site.interface(host)?;
        self.host(host)?.run(|| -> Result<()> {
            let mut links = Links::open()?;
            let index = links.find(interface)?.ifindex;
            Ok(links.delete_neighbour(index, vip.into())?)
        })??;
        self.capture.clear();
        let _ = self.get(CLIENT, self.vip(80), "/")?;
        let (frames, _) = self.capture.frames();
        self.capture.pause();
        let mut owners = BTreeSet::new();
        for crossing in frames.iter().filter(|crossing| crossing.to.host == host) {
            if let Some(mac) = arp_answer(&crossing.bytes, vip) {
                let mut ports = self.site.plan.topology.macs();
                let owner = ports.find(|(address, _)| *address == mac).map(|(_, port)| port.host);
                let owner = owner.unwrap_or_else(|| "nobody".to_owned());
                self.say(&format!("{vip} is at {mac}: {}\n", self.site.name(&owner)));
                owners.insert(owner);
            }
        }
        let seen: Vec<_> = owners.iter().map(String::as_str).collect();
        Ok(if seen == [director] { Ok(()) } else { Err(format!("answers of {seen:?}")) })
    }

    /// Looks again and again until something is so, or the time is over; the last look's finding.
    ///
    /// # Errors
    /// A look fails.
    pub fn wait_until(
        &self,
        patience: Duration,
        mut look: impl FnMut() -> Result<Result<(), String>>,
    ) -> Result<Result<(), String>> {
        let deadline = Instant::now() + patience;
        loop {
            let found = look()?;
            if found.is_ok() || Instant::now() > deadline {
                return Ok(found);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Who says in this frame that he has the address: an ARP reply's sender.
fn arp_answer(frame: &[u8], address: Ipv4Addr) -> Option<Mac> {
    const ARP: [u8; 2] = [0x08, 0x06];
    const REPLY: [u8; 2] = [0, 2];
    let is_answer = frame.get(12..14)? == ARP && frame.get(20..22)? == REPLY;
    let is_about = frame.get(28..32)? == address.octets();
    (is_answer && is_about).then_some(Mac(frame.get(22..28)?.try_into().ok()?))
}

/// What a browser shows of a page.
fn text(page: &str) -> String {
    let shown = page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    shown.collect::<String>().trim().to_owned()
}

/// Two pages in turn, beginning with either.
///
/// # Errors
/// Says what came instead.
pub fn alternate(pages: &[String], both: [&str; 2]) -> Result<(), String> {
    let known = pages.iter().all(|page| both.contains(&page.as_str()));
    let turns = pages.windows(2).all(|pair| pair[0] != pair[1]);
    if known && turns && pages.len() > 1 { Ok(()) } else { Err(run_lengths(pages)) }
}

/// Each page came so often, and no other did.
///
/// # Errors
/// Says what came instead.
pub fn shares(pages: &[String], wanted: &[(&str, usize)]) -> Result<(), String> {
    let count = |page: &str| pages.iter().filter(|seen| *seen == page).count();
    let total: usize = wanted.iter().map(|(_, number)| number).sum();
    if total == pages.len() && wanted.iter().all(|(page, number)| count(page) == *number) {
        Ok(())
    } else {
        Err(run_lengths(pages))
    }
}

/// `a a a b` as `a (3 times), b`; of many turns the first ones, and how often each came in all.
fn run_lengths(pages: &[String]) -> String {
    const SHOWN: usize = 8;
    let runs: Vec<_> = pages
        .chunk_by(|a, b| a == b)
        .map(|run| match run.len() {
            1 => run[0].clone(),
            many => format!("{} ({many} times)", run[0]),
        })
        .collect();
    if runs.len() <= SHOWN {
        return runs.join(", ");
    }
    let mut totals = BTreeMap::new();
    for page in pages {
        *totals.entry(page.as_str()).or_insert(0) += 1;
    }
    let totals: Vec<_> = totals.iter().map(|(page, count)| format!("{page} {count}")).collect();
    format!("{}, … in all: {}", runs[..SHOWN].join(", "), totals.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn turns_and_shares_are_told_from_others() {
        assert_eq!(alternate(&pages("a b a b a"), ["a", "b"]), Ok(()));
        assert!(alternate(&pages("a b b a"), ["a", "b"]).is_err());
        assert!(alternate(&pages("a c a c"), ["a", "b"]).is_err());
        assert_eq!(shares(&pages("a b b b"), &[("a", 1), ("b", 3)]), Ok(()));
        assert!(shares(&pages("a b b"), &[("a", 1), ("b", 3)]).is_err());
        assert_eq!(
            shares(&pages("a a b b b"), &[("a", 1), ("b", 3)]),
            Err("a (2 times), b (3 times)".to_owned())
        );
    }
}
