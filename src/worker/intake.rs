//! What stands before the rings: the filter that keeps foreign frames out, and the way in which workers share frames out.
//! Both are kept to what is claimed. Where the kernel does not take them, the director goes on without.

use crate::control::command::IntakeStatus;
use crate::control::effect::ClaimPlan;
use crate::ring::{Concern, Duties, Fanout, FanoutMode, RingConfig, RingError, RxRing, Sieve, Valve};
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

/// How frames are to come to the rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntakeWish {
    /// Workers that share an interface's frames, at least 1.
    pub workers: usize,
    /// How they share them, if there are several.
    pub fanout: FanoutMode,
    /// Keep frames that do not concern the director out of the rings.
    pub filter: bool,
    /// Have the filter shed connection requests where a worker cannot keep up.
    pub shed: bool,
}

/// How frames come to the rings.
#[derive(Debug)]
pub struct Intake {
    sieve: Option<Sieve>,
    fanout: Option<FanoutMode>,
    /// Why there is less than was wished.
    refusal: Option<String>,
    wish: IntakeWish,
    concern: Concern,
    /// The kernel holds all of [`Self::concern`].
    is_held: bool,
    story: Story,
}

/// What the log is told of shedding: when it begins and when it is over, however often it comes and goes between.
#[derive(Debug, Default)]
struct Story {
    /// Requests shed when it was last looked.
    known: u64,
    /// While it is going on: how many had been shed before it, and for how many looks there were none.
    begun: Option<(u64, u32)>,
}

/// A line of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Begins,
    /// So many were shed.
    Ends(u64),
}

impl Story {
    /// Looks without any shed after which it is over.
    const QUIET: u32 = 10;

    /// `shed` is how many there have been by now. To be called once a second.
    fn go_on(&mut self, shed: u64) -> Option<Line> {
        let before = std::mem::replace(&mut self.known, shed);
        match &mut self.begun {
            None if shed > before => {
                self.begun = Some((before, 0));
                Some(Line::Begins)
            }
            Some((_, quiet)) if shed > before => {
                *quiet = 0;
                None
            }
            Some((first, quiet)) => {
                *quiet += 1;
                let line = (*quiet >= Self::QUIET).then_some(Line::Ends(shed - *first))?;
                self.begun = None;
                Some(line)
            }
            None => None,
        }
    }
}

impl Intake {
    /// Loads the programs that the wish needs. It may need CAP_BPF, so it comes before privileges are given up. Where they
    /// are refused, a line in the log says why: every frame is taken then, and shared out by the kernel's own hash.
    pub fn load(wish: IntakeWish) -> Self {
        let deal = wish.workers > 1 && wish.fanout == FanoutMode::Client;
        let duties = Duties { filter: wish.filter, deal, shed: wish.filter && wish.shed };
        let loaded = (duties != Duties::default()).then(|| Sieve::load(duties, wish.workers));
        let (sieve, refusal) = match loaded.transpose() {
            Ok(sieve) => (sieve, None),
            Err(error) => {
                let without = match (duties.filter, duties.deal) {
                    (true, true) => "no filter before the rings, and no fan-out by client, by hash instead",
                    (true, false) => "no filter before the rings",
                    _ => "no fan-out by client, by hash instead",
                };
                tracing::warn!("{without}: {error}");
                (None, Some(error.to_string()))
            }
        };
        let fanout = (wish.workers > 1).then_some(match wish.fanout {
            FanoutMode::Client if sieve.is_none() => FanoutMode::Hash,
            mode => mode,
        });
        let (concern, story) = (Concern::default(), Story::default());
        Self { sieve, fanout, refusal, wish, concern, is_held: true, story }
    }

    /// One ring per worker on an interface, in one fan-out group if there are several. By the door comes nothing that is
    /// foreign, and its frames go to nobody's MAC address: `is_door` has no filter.
    ///
    /// # Errors
    /// A ring was refused.
    pub fn open(&self, config: &RingConfig, ifindex: u32, is_door: bool) -> Result<Vec<RxRing>, RingError> {
        /// Groups are shared by all programs of a namespace: start at a number of this process, count up for every opening.
        static GROUPS: AtomicU16 = AtomicU16::new(0);
        #[expect(clippy::cast_possible_truncation, reason = "any 16 bits of it will do")]
        let group = (std::process::id() as u16).wrapping_mul(31).wrapping_add(GROUPS.fetch_add(1, Relaxed));
        let fanout = self.fanout.map(|mode| Fanout { group, mode });
        let open = |worker| match &self.sieve {
            Some(sieve) => RxRing::open_behind(sieve, (!is_door).then_some(worker), ifindex, config, fanout),
            None => RxRing::open(ifindex, config, fanout),
        };
        (0..self.wish.workers).map(open).collect()
    }

    /// By what a worker has connection requests shed, if it may.
    pub fn valve(&self, worker: usize) -> Option<Valve> {
        self.sieve.as_ref()?.valve(worker)
    }

    /// Connection requests that were shed so far.
    pub fn requests_shed(&self) -> u64 {
        self.sieve.as_ref().and_then(|sieve| sieve.shed().ok()).unwrap_or(0)
    }

    /// Tells the log when shedding begins and when it is over. To be called once a second.
    pub fn tell_of_shedding(&mut self) {
        match self.story.go_on(self.requests_shed()) {
            Some(Line::Begins) => tracing::warn!(
                "more connections are asked for than can be forwarded: requests are shed before the rings (requests_shed)"
            ),
            Some(Line::Ends(requests)) => tracing::warn!(requests, "connection requests are shed no more"),
            None => {}
        }
    }

    /// Lets in what this claim adds: before anybody relies on it.
    pub fn widen(&mut self, plan: &ClaimPlan) {
        self.concern = concern(plan);
        if let Some(sieve) = &mut self.sieve {
            let outcome = sieve.widen(&self.concern);
            self.note(outcome);
        }
    }

    /// Lets in no more than the last claim: when workers go by it.
    pub fn narrow(&mut self) {
        if let Some(sieve) = &mut self.sieve {
            let outcome = sieve.narrow(&self.concern);
            self.note(outcome);
        }
    }

    fn note(&mut self, outcome: std::io::Result<()>) {
        if let Err(error) = &outcome
            && self.is_held
        {
            tracing::warn!(%error, "filter and fan-out do not follow what is claimed: their maps do not take it; every frame is received");
        }
        self.is_held = outcome.is_ok();
    }

    /// How frames come, in words (but for the profile), and how many did not concern the director.
    pub fn status(&self) -> IntakeStatus {
        let because = |why: &Option<String>| why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let duties = self.sieve.as_ref().map(Sieve::duties).unwrap_or_default();
        let fanout = match self.fanout {
            None => "none: one worker".to_owned(),
            Some(FanoutMode::Client) if !self.is_held => {
                "client, but of addresses that may be out of date (see the log)".to_owned()
            }
            Some(FanoutMode::Client) => "client".to_owned(),
            Some(FanoutMode::Cpu) => "cpu".to_owned(),
            Some(FanoutMode::Hash) if self.wish.fanout == FanoutMode::Client => {
                format!("hash{}", because(&self.refusal))
            }
            Some(FanoutMode::Hash) => "hash".to_owned(),
        };
        let filter = match (self.wish.filter, duties.filter) {
            (false, _) => "off".to_owned(),
            (true, false) => format!("off{}", because(&self.refusal)),
            (true, true) if !self.is_held => "on, but takes every frame (see the log)".to_owned(),
            (true, true) if self.concern.everything => {
                "on, but takes every frame for the marks' sake".to_owned()
            }
            (true, true) => "on".to_owned(),
        };
        let frames_filtered = self.sieve.as_ref().and_then(|sieve| sieve.refused().ok()).unwrap_or(0);
        let shedding = match (self.wish.shed, duties.shed) {
            (true, true) if !self.is_held || self.concern.everything => {
                "on, but not while every frame is taken".to_owned()
            }
            (true, true) => "on".to_owned(),
            (true, false) if self.wish.filter => format!("off{}", because(&self.refusal)),
            (true, false) => "off (it is the filter's work)".to_owned(),
            (false, _) => "off".to_owned(),
        };
        let requests_shed = self.requests_shed();
        let profile = String::new();
        IntakeStatus { profile, fanout, filter, shedding, frames_filtered, requests_shed }
    }
}

/// What of a claim addresses can say: VIPs, those on the host too, and NAT real servers. Rules of marks say more than that.
pub(super) fn concern(plan: &ClaimPlan) -> Concern {
    let on_host = plan.services.iter().map(|(_, virt)| virt.addr);
    Concern {
        vips: plan
            .addresses
            .iter()
            .copied()
            .chain(on_host)
            .chain(plan.ftp_addresses.iter().copied())
            .collect(),
        servers: plan.nat_sources.iter().map(|(_, server)| server.addr).collect(),
        everything: !plan.marks.rules.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::effect::MarkClaim;
    use crate::lvs::{Endpoint, MarkRule, Ports, Protocol, SetMark};
    use std::net::IpAddr;

    fn addr(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn what_a_claim_is_about() {
        let end = |text, port| Endpoint::new(addr(text), port);
        let plan = ClaimPlan {
            addresses: [addr("10.0.0.100")].into(),
            services: [(Protocol::Sctp, end("10.0.0.1", 7))].into(),
            nat_sources: [(Protocol::Tcp, end("fd00::11", 80)), (Protocol::Udp, end("fd00::11", 0))].into(),
            host_addresses: [addr("10.0.0.1"), addr("10.0.0.2")].into(),
            ..ClaimPlan::default()
        };
        let wanted = Concern {
            vips: [addr("10.0.0.1"), addr("10.0.0.100")].into(),
            servers: [addr("fd00::11")].into(),
            everything: false,
        };
        assert_eq!(concern(&plan), wanted);
        let rule = MarkRule {
            destination: "10.5.0.0/16".parse().expect("a network"),
            source: None,
            protocol: None,
            dports: Ports::default(),
            sports: Ports::default(),
            interface: None,
            set: SetMark { value: 7, mask: u32::MAX },
        };
        let marks = MarkClaim { rules: vec![rule], ..MarkClaim::default() };
        assert!(concern(&ClaimPlan { marks, ..plan }).everything);
    }

    #[test]
    fn the_log_is_told_once_when_shedding_begins_and_once_when_it_is_over() {
        let mut story = Story::default();
        assert_eq!(
            [0, 5, 9, 9, 12].map(|shed| story.go_on(shed)),
            [None, Some(Line::Begins), None, None, None]
        );
        let quiet: Vec<_> = (0..12).map(|_| story.go_on(12)).collect();
        assert_eq!(quiet.iter().flatten().collect::<Vec<_>>(), [&Line::Ends(12)]);
        assert_eq!(quiet[9], Some(Line::Ends(12)), "ten seconds without");
        assert_eq!(story.go_on(13), Some(Line::Begins));
    }

    #[test]
    fn shedding_is_the_filters_work() {
        let wish = IntakeWish { workers: 1, fanout: FanoutMode::Client, filter: false, shed: true };
        let intake = Intake::load(wish);
        assert!(intake.sieve.is_none() && intake.valve(0).is_none());
        assert_eq!(intake.status().shedding, "off (it is the filter's work)");
        assert_eq!(Intake::load(IntakeWish { shed: false, ..wish }).status().shedding, "off");
    }

    #[test]
    fn one_worker_shares_with_nobody() {
        let wish = IntakeWish { workers: 1, fanout: FanoutMode::Client, filter: false, shed: false };
        let intake = Intake::load(wish);
        assert!(intake.sieve.is_none(), "nothing was asked of the kernel");
        let words = IntakeStatus {
            fanout: "none: one worker".to_owned(),
            filter: "off".to_owned(),
            shedding: "off".to_owned(),
            ..IntakeStatus::default()
        };
        assert_eq!(intake.status(), words);
        let hashed = Intake::load(IntakeWish { workers: 2, fanout: FanoutMode::Hash, ..wish });
        assert_eq!((hashed.status().fanout.as_str(), hashed.sieve.is_none()), ("hash", true));
    }
}
