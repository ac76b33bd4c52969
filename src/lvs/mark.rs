use super::{Family, Protocol};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A rule that gives packets a firewall mark, as iptables' MARK does in mangle PREROUTING. All conditions must hold. A
/// rule that matches does not end the walk: the mark after all rules is the packet's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MarkRule {
    /// Where packets go; no bits behind the prefix.
    pub destination: IpNet,
    /// Where they come from; `None`: anywhere. Of the destination's family.
    pub source: Option<IpNet>,
    /// Their protocol; `None`: any.
    pub protocol: Option<MarkProtocol>,
    /// Destination ports (TCP, UDP and SCTP only).
    pub dports: Ports,
    /// Source ports (TCP, UDP and SCTP only).
    pub sports: Ports,
    /// Name of the interface by which they come; `eth+`: of all whose name begins with `eth`.
    pub interface: Option<String>,
    /// What happens to the mark.
    pub set: SetMark,
}

impl MarkRule {
    /// The family of its packets.
    pub const fn family(&self) -> Family {
        match self.destination {
            IpNet::V4(_) => Family::V4,
            IpNet::V6(_) => Family::V6,
        }
    }

    /// Does it name a single address as destination?
    pub fn is_single(&self) -> bool {
        self.destination.prefix_len() == self.destination.max_prefix_len()
    }

    /// Does it give a mark to packets to a whole network?
    pub fn marks_network(&self) -> bool {
        !self.is_single() && self.set.value != 0 && self.protocol != Some(MarkProtocol::Icmp)
    }

    /// Is this an interface that the rule speaks of?
    pub fn is_by(&self, interface: &str) -> bool {
        match &self.interface {
            None => true,
            Some(name) => match name.strip_suffix('+') {
                Some(begin) => interface.starts_with(begin),
                None => name == interface,
            },
        }
    }
}

/// As `ulvs mark add` takes it.
impl fmt::Display for MarkRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--dst {}", Net(&self.destination))?;
        if let Some(source) = &self.source {
            write!(f, " --src {}", Net(source))?;
        }
        if let Some(protocol) = self.protocol {
            write!(f, " --proto {}", protocol.name())?;
        }
        if !self.dports.is_any() {
            write!(f, " --dports {}", self.dports)?;
        }
        if !self.sports.is_any() {
            write!(f, " --sports {}", self.sports)?;
        }
        if let Some(interface) = &self.interface {
            write!(f, " --iif {interface}")?;
        }
        write!(f, " {}", self.set)
    }
}

/// `10.0.0.1`, `10.0.0.0/8`.
struct Net<'n>(&'n IpNet);

impl fmt::Display for Net<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            write!(f, "{}", self.0.addr())
        } else {
            write!(f, "{}", self.0)
        }
    }
}

/// A protocol that rules can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MarkProtocol {
    /// One that is balanced.
    Transport(Protocol),
    /// ICMP or ICMPv6. Such a rule is kept but moves nothing: no service is looked up for ICMP.
    Icmp,
}

impl MarkProtocol {
    /// `tcp`, `udp`, `sctp`, `icmp`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transport(Protocol::Tcp) => "tcp",
            Self::Transport(Protocol::Udp) => "udp",
            Self::Transport(Protocol::Sctp) => "sctp",
            Self::Icmp => "icmp",
        }
    }
}

/// What a matching rule does: `mark = (mark & !mask) ^ value`. All of iptables' MARK options come down to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SetMark {
    /// Bits to flip after that.
    pub value: u32,
    /// Bits to clear first.
    pub mask: u32,
}

impl SetMark {
    /// `--set-mark value/mask`: clears the bits of `mask`, then sets those of `value`.
    pub const fn or(value: u32, mask: u32) -> Self {
        Self { value, mask: mask | value }
    }

    /// The mark of a packet that had `mark`.
    pub const fn applied_to(self, mark: u32) -> u32 {
        (mark & !self.mask) ^ self.value
    }
}

impl fmt::Display for SetMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, mask } = self;
        if *mask == u32::MAX {
            write!(f, "--set-mark {value}")
        } else {
            write!(f, "--set-xmark {value:#x}/{mask:#x}")
        }
    }
}

/// A set of ports as ranges from first to last: ascending, apart from each other. Empty: any port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(u16, u16)>", into = "Vec<(u16, u16)>")]
pub struct Ports(Vec<(u16, u16)>);

impl From<Vec<(u16, u16)>> for Ports {
    /// Sorts, and joins ranges that touch. A range whose last is below its first is empty and left out.
    fn from(mut ranges: Vec<(u16, u16)>) -> Self {
        ranges.retain(|(first, last)| first <= last);
        ranges.sort_unstable();
        let mut joined: Vec<(u16, u16)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match joined.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }
}

impl From<Ports> for Vec<(u16, u16)> {
    fn from(ports: Ports) -> Self {
        ports.0
    }
}

impl Ports {
    /// Does it mean every port, and packets without ports too?
    pub const fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges, first and last port of each; none: any port.
    pub fn ranges(&self) -> &[(u16, u16)] {
        &self.0
    }

    /// Is this port among them?
    pub fn contains(&self, port: u16) -> bool {
        self.is_any() || self.0.iter().any(|(first, last)| (*first..=*last).contains(&port))
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            if first == last { write!(f, "{comma}{first}") } else { write!(f, "{comma}{first}:{last}") }?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_sorted_and_joined() {
        let ports = Ports::from(vec![
            (443, 443),
            (80, 80),
            (81, 90),
            (5, 4),
            (85, 100),
            (65535, 65535),
            (60000, 65535),
        ]);
        assert_eq!(ports.to_string(), "80:100,443,60000:65535");
        assert!(ports.contains(100) && !ports.contains(101));
        assert!(Ports::default().contains(7));
        let json = serde_json::to_string(&ports).unwrap();
        assert_eq!(serde_json::from_str::<Ports>(&json).unwrap(), ports);
        assert_eq!(
            serde_json::from_str::<Ports>("[[9,9],[8,8]]").unwrap().to_string(),
            "8:9",
            "not as it came"
        );
    }

    #[test]
    fn marks_are_set_as_iptables_sets_them() {
        assert_eq!(SetMark::or(1, u32::MAX).applied_to(0xffff), 1);
        assert_eq!(SetMark::or(0x10, 0xf0).applied_to(0xff), 0x1f);
        assert_eq!(SetMark::or(0x300, 0xf0).applied_to(0x1f0), 0x300, "value reaches beyond the mask");
        assert_eq!(SetMark { value: 0xff, mask: 0 }.applied_to(0xf0), 0x0f, "xor");
    }
}
