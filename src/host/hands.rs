//! Carries out the keeper's [`Effect`]s.

use super::claim::Claim;
use super::door::Door;
use super::neighbour::Neighbours;
use super::netlink::{NETFILTER, Netlink};
use super::solicited::SolicitedGroups;
use crate::control::effect::{ClaimPlan, ClaimReport, DoorNames, Effect};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two looks at whether somebody changed nf_tables.
const LOOK: Duration = Duration::from_millis(500);
/// Group of nf_tables' notifications (`NFNLGRP_NFTABLES`, 7) as a bit.
const NFT_GROUP: u32 = 1 << 6;

/// What the hands have to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// An [`Effect::Claim`] was carried out: how it stands on each device.
    Claimed(Vec<ClaimReport>),
    /// Somebody had broken the claim, and it was installed again: how it stands.
    Healed(Vec<ClaimReport>),
    /// An [`Effect::Door`] was carried out: true if the door is as it was planned.
    Door(bool),
}

/// What acts on the kernel for the director. Opened in the network namespace that it acts in.
pub struct Hands {
    claim: Option<Claim>,
    plan: Option<ClaimPlan>,
    neighbours: Neighbours,
    /// Neighbours that the kernel was asked to keep resolved.
    resolved: BTreeSet<(u32, IpAddr)>,
    /// Solicited-node groups of claimed IPv6 VIPs; `None` where there is no IPv6.
    groups: Option<SolicitedGroups>,
    /// Notifications of nf_tables; `None` where there are none to have.
    changes: Option<Netlink>,
    /// The way into the host's own stack.
    door: Door,
}

impl Hands {
    /// Opens them in the calling thread's network namespace. Changes nothing, but for removing a dead director's door of
    /// this name. That there is no nf_tables shows in the
    /// reports, when something is to be claimed.
    ///
    /// # Errors
    /// The errno of the netlink socket.
    pub fn open(door: DoorNames) -> io::Result<Self> {
        Ok(Self {
            claim: None,
            plan: None,
            neighbours: Neighbours::open()?,
            resolved: BTreeSet::new(),
            groups: SolicitedGroups::open().ok(),
            changes: Netlink::open(NETFILTER, NFT_GROUP).ok(),
            door: Door::new(door)?,
        })
    }

    /// Carries out one effect. To send the plan again that stands already means: look whether the kernel still holds it,
    /// and heal it. There is a report of claims and doors.
    pub fn carry_out(&mut self, effect: Effect) -> Option<Report> {
        match effect {
            Effect::Claim(plan) => return Some(Report::Claimed(self.claim(plan))),
            Effect::Resolve { ifindex, addr } => match self.neighbours.resolve(ifindex, addr) {
                Ok(()) => {
                    self.resolved.insert((ifindex, addr));
                }
                Err(error) => {
                    tracing::warn!(ifindex, %addr, %error, "the kernel does not resolve a neighbour");
                }
            },
            Effect::Door(plan) => {
                let followed = self.door.follow(&plan);
                if let Err(error) = &followed {
                    tracing::error!(%error, "no way into this host's own stack: its real servers and clients are cut off");
                }
                return Some(Report::Door(followed.is_ok()));
            }
            Effect::Withdraw => self.withdraw(),
        }
        None
    }

    /// Heals the claim if somebody changed nf_tables since the last look. `None`: nobody did, or all stands.
    pub fn look_after_claim(&mut self) -> Option<Vec<ClaimReport>> {
        if !self.forget_changes() {
            return None;
        }
        let (claim, plan) = (self.claim.as_mut()?, self.plan.as_ref()?);
        let before = claim.verify();
        if before.iter().all(|report| report.outcome.is_ok()) {
            return None;
        }
        for broken in before.iter().filter_map(|report| report.outcome.as_ref().err()) {
            tracing::warn!(reason = %broken, "the claim was broken; installing it again");
        }
        let after = claim.apply(plan.clone());
        self.forget_changes();
        Some(after)
    }

    /// Starts a thread that carries out what comes through the channel, in the calling thread's network namespace, looks
    /// after the claim meanwhile, and hands the reports to `report`: for every [`Effect::Claim`], also one that names no
    /// device, for every [`Effect::Door`], and whenever it had to heal the claim by itself. It ends when the channel's senders are dropped; the claim
    /// stands then as it stood ([`Effect::Withdraw`] takes it away).
    ///
    /// # Errors
    /// As [`Hands::open`], and those of starting a thread.
    #[expect(
        clippy::disallowed_methods,
        reason = "a deadline for the next look, not for the path of a frame"
    )]
    pub fn start(
        door: DoorNames,
        effects: Receiver<Effect>,
        mut report: impl FnMut(Report) + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        let mut hands = Self::open(door)?;
        std::thread::Builder::new().name("hands".to_owned()).spawn(move || {
            let mut next_look = Instant::now() + LOOK;
            loop {
                match effects.recv_deadline(next_look) {
                    Ok(effect) => {
                        if let Some(done) = hands.carry_out(effect) {
                            report(done);
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {
                        if let Some(reports) = hands.look_after_claim() {
                            report(Report::Healed(reports));
                        }
                        next_look = Instant::now() + LOOK;
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        })
    }

    fn claim(&mut self, plan: ClaimPlan) -> Vec<ClaimReport> {
        if let Some(groups) = &mut self.groups {
            groups.follow(plan.devices.iter(), &plan.addresses);
        }
        let claim = match &mut self.claim {
            Some(claim) => claim,
            None => match Claim::open() {
                Ok(claim) => self.claim.insert(claim),
                Err(error) => {
                    let outcome = Err(error.to_string());
                    let devices = plan.devices.into_iter();
                    return devices.map(|device| ClaimReport { device, outcome: outcome.clone() }).collect();
                }
            },
        };
        let reports =
            if self.plan.as_ref() == Some(&plan) { claim.heal() } else { claim.apply(plan.clone()) };
        self.plan = Some(plan);
        self.forget_changes();
        reports
    }

    fn withdraw(&mut self) {
        if let Some(groups) = &mut self.groups {
            groups.follow(std::iter::empty(), &BTreeSet::new());
        }
        self.plan = None;
        self.door.shut();
        if let Some(mut claim) = self.claim.take()
            && let Err(error) = claim.withdraw()
        {
            tracing::error!(%error, "the claim could not be taken away");
        }
        for (ifindex, addr) in std::mem::take(&mut self.resolved) {
            if let Err(error) = self.neighbours.release(ifindex, addr) {
                tracing::debug!(ifindex, %addr, %error, "a neighbour could not be released");
            }
        }
        self.forget_changes();
    }

    /// Reads away the notifications; true if there were any, or if some were lost.
    fn forget_changes(&mut self) -> bool {
        let Some(changes) = &mut self.changes else { return false };
        let mut any = false;
        loop {
            match changes.receive_now() {
                Ok(None) => return any,
                Ok(Some(_)) => any = true,
                Err(error) if error.is_overrun() => any = true,
                Err(_) => return any,
            }
        }
    }
}
