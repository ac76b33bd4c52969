//! The claim: the host's stack does not see what the director handles.
//!
//! An nf_tables table of the netdev family, with a chain at the ingress of every device of the director, drops the
//! frames *behind* the packet taps: the director's own `ETH_P_ALL` sockets have them, ARP, IP and the sockets of the
//! host do not. So nobody else answers for a VIP, resets the connections of others, or forwards the replies of NAT
//! real servers unchanged.
//!
//! The table outlives its director, on purpose: clients of a director that died see silence, and try again, instead of
//! resets. The next director on the same devices takes the table over in the transaction that installs its own.

mod encode;
mod layout;
mod owner;
mod ruleset;

use super::links::{LinkError, Links};
use super::netlink::{Attributes, Message, NETFILTER, Netlink, NetlinkError, text};
use crate::control::effect::{ClaimPlan, ClaimReport};
use owner::Owner;
use ruleset::Ruleset;
use std::collections::{BTreeMap, BTreeSet};

/// What the names of our tables begin with; the name of a device follows.
const PREFIX: &str = "ulvs-";
/// Room for the largest batch: about 100,000 keys. Without privilege over the machine the kernel grants less (208 KiB,
/// about 4,000 keys).
const BATCH_LEN: usize = 8 << 20;
/// Length of `struct nfgenmsg`.
const NFGENMSG_LEN: usize = 4;

/// Why a claim does not stand, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// No nf_tables.
    #[error(
        "this kernel has no nf_tables for network devices: load it (modprobe nf_tables; CONFIG_NF_TABLES, \
         CONFIG_NF_TABLES_NETDEV and CONFIG_NETFILTER_INGRESS), or keep the virtual addresses off this host's \
         interfaces and net.ipv4.ip_forward off"
    )]
    NoNfTables,
    /// No privilege.
    #[error("not permitted to change nf_tables: CAP_NET_ADMIN is needed in this network namespace")]
    NotPermitted,
    /// Too much at once.
    #[error(
        "{0} addresses and endpoints are more than the socket takes at once: raise net.core.wmem_max, or run with \
         CAP_NET_ADMIN in the initial user namespace"
    )]
    TooLarge(usize),
    /// Two directors want one name.
    #[error(
        "the table {table} is held by a director that runs, pid {pid}: stop it, or use another interface"
    )]
    Held {
        /// The table.
        table: String,
        /// The other director.
        pid: u32,
    },
    /// The kernel's list of links is not to be had.
    #[error(transparent)]
    Links(#[from] LinkError),
    /// Anything else.
    #[error("nf_tables refused the claim: {0}")]
    Refused(NetlinkError),
}

/// The claim of one director. Dropping it leaves the kernel's side alone; [`Claim::withdraw`] takes that away.
pub struct Claim {
    netlink: Netlink,
    links: Links,
    me: Owner,
    /// Name of the table, fixed by the first plan that has a device.
    table: Option<String>,
    plan: ClaimPlan,
}

/// A table of a director as the kernel lists it.
struct Found {
    name: String,
    owner: Option<Owner>,
    /// Devices that its chains name.
    devices: BTreeSet<String>,
}

impl Claim {
    /// Opens it in the calling thread's network namespace. Nothing is installed yet.
    ///
    /// # Errors
    /// [`ClaimError::NoNfTables`] where the kernel has no netfilter at all.
    pub fn open() -> Result<Self, ClaimError> {
        let netlink = Netlink::open(NETFILTER, 0).map_err(|error| judged(error.into(), 0))?;
        netlink.enlarge(BATCH_LEN);
        let links = Links::open().map_err(|error| ClaimError::Refused(error.into()))?;
        Ok(Self { netlink, links, me: Owner::me(), table: None, plan: ClaimPlan::default() })
    }

    /// Makes the kernel hold exactly this plan, in one transaction: at no moment is nothing claimed that was claimed
    /// before and still is. Takes over what dead directors left on these devices. Devices that do not exist are
    /// reported; the others are claimed. The reports are of a reading back.
    pub fn apply(&mut self, plan: ClaimPlan) -> Vec<ClaimReport> {
        self.plan = plan;
        // A device may vanish between the look and the transaction: then look again.
        let mut outcome = self.install();
        if matches!(&outcome, Err(ClaimError::Refused(error)) if error.errno() == Some(libc::ENOENT)) {
            outcome = self.install();
        }
        match outcome {
            Ok(()) => self.verify(),
            Err(error) => self.report_all(&error),
        }
    }

    /// Reads the claim back from the kernel: the table, a chain on each device, the rules in it, the keys of the sets.
    pub fn verify(&mut self) -> Vec<ClaimReport> {
        match self.read_back() {
            Ok(reports) => reports,
            Err(error) => self.report_all(&error),
        }
    }

    /// Reads the claim back and installs it anew where anything is missing: after a rename, after a device came back,
    /// after somebody flushed the ruleset.
    pub fn heal(&mut self) -> Vec<ClaimReport> {
        let reports = self.verify();
        if reports.iter().all(|report| report.outcome.is_ok()) {
            reports
        } else {
            self.apply(self.plan.clone())
        }
    }

    /// Takes the table away. Nothing is left.
    ///
    /// # Errors
    /// Those of the kernel; then the table stands as before.
    pub fn withdraw(&mut self) -> Result<(), ClaimError> {
        let Some(table) = self.table.clone() else { return Ok(()) };
        if self.found()?.into_iter().any(|found| found.name == table && self.is_mine(&found)) {
            self.transact(encode::remove_table(&table).into(), 0)?;
        }
        self.table = None;
        self.plan = ClaimPlan::default();
        Ok(())
    }

    fn is_mine(&self, found: &Found) -> bool {
        found.owner.as_ref() == Some(&self.me)
    }

    fn install(&mut self) -> Result<(), ClaimError> {
        let Some(first) = self.plan.devices.first() else {
            return self.withdraw();
        };
        let table = self.table.get_or_insert_with(|| format!("{PREFIX}{first}")).clone();
        let mut messages = Vec::new();
        for found in self.found()? {
            let other = found.owner.as_ref().filter(|owner| !self.is_mine(&found) && owner.is_alive());
            if found.name == table {
                if let Some(owner) = other {
                    return Err(ClaimError::Held { table, pid: owner.pid });
                }
            } else if other.is_none()
                && (found.devices.is_empty() || !found.devices.is_disjoint(&self.plan.devices))
            {
                messages.extend(encode::remove_table(&found.name));
            }
        }
        let present: BTreeSet<String> = self.links.list()?.into_iter().map(|link| link.name).collect();
        let ruleset = Ruleset::from_plan(&self.plan);
        messages.extend(encode::remove_table(&table));
        messages.push(encode::new_table(&table, &self.me.to_comment()));
        for (set, id) in ruleset.sets.iter().zip(1..) {
            messages.push(encode::new_set(&table, set, id));
            messages.extend(encode::new_elements(&table, set));
        }
        for device in self.plan.devices.intersection(&present) {
            messages.push(encode::new_chain(&table, device));
            messages.extend(ruleset.rules.iter().map(|rule| encode::new_rule(&table, device, rule)));
        }
        self.transact(messages, ruleset.sets.iter().map(|set| set.keys.len()).sum())
    }

    /// Sends a batch. `keys`: how many, for the message if they are too many.
    fn transact(&mut self, messages: Vec<Message>, keys: usize) -> Result<(), ClaimError> {
        #[expect(clippy::cast_possible_truncation, reason = "4")]
        let acknowledged = libc::NLM_F_ACK as u16;
        let mut batch = vec![encode::begin()];
        batch.extend(messages);
        if let Some(last) = batch.pop() {
            batch.push(last.flagged(acknowledged));
        }
        batch.push(encode::end());
        self.netlink.batch(batch).map_err(|error| judged(error, keys))
    }

    /// All tables that directors made.
    fn found(&mut self) -> Result<Vec<Found>, ClaimError> {
        // EINVAL is how nfnetlink says that it knows no nf_tables.
        let tables = self.netlink.dump(encode::list_tables()).map_err(|error| match error.errno() {
            Some(libc::EINVAL) => ClaimError::NoNfTables,
            _ => judged(error, 0),
        })?;
        let mut chains = self.chains()?;
        let found = tables.iter().filter_map(|table| {
            let attributes = table.attributes(NFGENMSG_LEN);
            let name = attributes.get(encode::TABLE).map(text).filter(|name| name.starts_with(PREFIX))?;
            let note = attributes.get(encode::TABLE_USERDATA).and_then(comment);
            let devices = chains.remove(&name).unwrap_or_default().into_values().flatten().collect();
            Some(Found { name, owner: note.as_deref().and_then(Owner::from_comment), devices })
        });
        Ok(found.collect())
    }

    /// Table → chain → devices that it is hooked to.
    fn chains(&mut self) -> Result<BTreeMap<String, BTreeMap<String, Vec<String>>>, ClaimError> {
        let mut tables = BTreeMap::<String, BTreeMap<_, _>>::new();
        for chain in self.netlink.dump(encode::list_chains()).map_err(|error| judged(error, 0))? {
            let attributes = chain.attributes(NFGENMSG_LEN);
            let (Some(table), Some(name)) =
                (attributes.get(encode::TABLE), attributes.get(encode::CHAIN_NAME))
            else {
                continue;
            };
            let hook = attributes.nested(encode::CHAIN_HOOK);
            let mut devices: Vec<_> = hook.get(encode::HOOK_DEV).map(text).into_iter().collect();
            devices.extend(hook.nested(encode::HOOK_DEVS).map(|(_, device)| text(device)));
            devices.dedup();
            tables.entry(text(table)).or_default().insert(text(name), devices);
        }
        Ok(tables)
    }

    fn read_back(&mut self) -> Result<Vec<ClaimReport>, ClaimError> {
        let Some(table) = self.table.clone() else { return Ok(Vec::new()) };
        let mine = self.found()?.into_iter().any(|found| found.name == table && self.is_mine(&found));
        if !mine {
            return Ok(self.reports(|_| Err(format!("the table {table} is gone"))));
        }
        let ruleset = Ruleset::from_plan(&self.plan);
        for set in &ruleset.sets {
            if self.keys(&table, set.name)? != set.keys {
                let what = format!("the set {} of table {table} was changed", set.name);
                return Ok(self.reports(|_| Err(what.clone())));
            }
        }
        let chains = self.chains()?.remove(&table).unwrap_or_default();
        let mut rules = BTreeMap::<String, usize>::new();
        let listed = self.netlink.dump(encode::list_rules(&table)).map_err(|error| judged(error, 0))?;
        for rule in listed {
            if let Some(chain) = rule.attributes(NFGENMSG_LEN).get(encode::RULE_CHAIN) {
                *rules.entry(text(chain)).or_default() += 1;
            }
        }
        let present: BTreeSet<String> = self.links.list()?.into_iter().map(|link| link.name).collect();
        Ok(self.reports(|device| {
            if !present.contains(device) {
                return Err(format!("there is no interface {device}"));
            }
            if !chains.get(device).is_some_and(|hooked| hooked.iter().any(|name| name == device)) {
                return Err(format!("the chain on {device} is gone from table {table}"));
            }
            match rules.get(device).copied().unwrap_or(0) {
                count if count == ruleset.rules.len() => Ok(()),
                count => Err(format!("the chain on {device} has {count} rules, not {}", ruleset.rules.len())),
            }
        }))
    }

    fn keys(&mut self, table: &str, set: &str) -> Result<BTreeSet<Vec<u8>>, ClaimError> {
        let listed = match self.netlink.dump(encode::list_elements(table, set)) {
            Err(error) if error.errno() == Some(libc::ENOENT) => return Ok(BTreeSet::new()),
            other => other.map_err(|error| judged(error, 0))?,
        };
        let lists = listed.iter().map(|message| message.attributes(NFGENMSG_LEN).nested(encode::ELEMENTS));
        let keys = lists.flatten().filter_map(|(_, element)| {
            Attributes(element).nested(encode::ELEMENT_KEY).get(encode::DATA_VALUE).map(<[u8]>::to_vec)
        });
        Ok(keys.collect())
    }

    fn reports(&self, mut outcome: impl FnMut(&str) -> Result<(), String>) -> Vec<ClaimReport> {
        let devices = self.plan.devices.iter();
        devices.map(|device| ClaimReport { device: device.clone(), outcome: outcome(device) }).collect()
    }

    fn report_all(&self, error: &ClaimError) -> Vec<ClaimReport> {
        self.reports(|_| Err(error.to_string()))
    }
}

/// The sentence for an errno.
fn judged(error: NetlinkError, keys: usize) -> ClaimError {
    match error.errno() {
        Some(libc::EOPNOTSUPP | libc::EPROTONOSUPPORT | libc::EAFNOSUPPORT) => ClaimError::NoNfTables,
        Some(libc::EPERM | libc::EACCES) => ClaimError::NotPermitted,
        Some(libc::EMSGSIZE | libc::ENOBUFS) => ClaimError::TooLarge(keys),
        _ => ClaimError::Refused(error),
    }
}

/// The comment in an owner's note: a list of (kind, length, bytes).
fn comment(note: &[u8]) -> Option<String> {
    let mut rest = note;
    while let [kind, len, tail @ ..] = rest {
        let value = tail.get(..usize::from(*len))?;
        if *kind == encode::COMMENT {
            return Some(text(value));
        }
        rest = tail.get(usize::from(*len)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_is_found_among_notes() {
        assert_eq!(comment(&[7, 1, 9, 0, 3, b'o', b'k', 0]).as_deref(), Some("ok"));
        assert_eq!(comment(&[0, 9, b'o']), None, "cut");
        assert_eq!(comment(&[]), None);
    }

    #[test]
    fn every_errno_has_its_sentence() {
        let refused = |errno| judged(NetlinkError::Refused { errno, hint: String::new() }, 7).to_string();
        assert!(refused(libc::EOPNOTSUPP).contains("modprobe nf_tables"));
        assert!(refused(libc::EPERM).contains("CAP_NET_ADMIN"));
        assert!(refused(libc::EMSGSIZE).contains("7 addresses"));
        assert!(refused(libc::EBUSY).contains("refused"));
    }
}
