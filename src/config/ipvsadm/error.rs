/// What is wrong with an ipvsadm command line. The texts are ipvsadm 1.31's own: scripts compare them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// The first option is no command.
    #[error("Try `ipvsadm -h' or 'ipvsadm --help' for more information.")]
    NoCommand,
    /// A word with an option that does not exist.
    #[error("{0}: unknown option")]
    UnknownOption(String),
    /// An option that needs a value stands last.
    #[error("{0}: missing argument")]
    MissingValue(String),
    /// `--numeric=3`.
    #[error("{0}: option does not take an argument")]
    NoValueWanted(String),
    /// A second command.
    #[error("invalid option `{0}'")]
    SecondCommand(String),
    /// A word too many.
    #[error("unexpected argument {0}")]
    UnexpectedArgument(String),
    /// The same option twice (or two forwarding methods, two services).
    #[error("multiple '{0}' options specified")]
    Multiple(&'static str),
    /// An option that the command needs.
    #[error("You need to supply the '{option}' option for the '{of}' {what}")]
    Missing {
        /// The option.
        option: &'static str,
        /// Of which command or tunnel type.
        of: &'static str,
        /// `command` or `tunnel type`.
        what: &'static str,
    },
    /// An option that does not go with the command.
    #[error("Illegal '{option}' option with the '{of}' {what}")]
    Illegal {
        /// The option.
        option: &'static str,
        /// With which command or tunnel type.
        of: &'static str,
        /// `command` or `tunnel type`.
        what: &'static str,
    },
    /// Two options that exclude each other.
    #[error("The option '{option}' conflicts with the '{other}' option in the '{of}' {what}")]
    Conflict {
        /// The later one in checking order.
        option: &'static str,
        /// The earlier one.
        other: &'static str,
        /// In which command or tunnel type.
        of: &'static str,
        /// `command` or `tunnel type`.
        what: &'static str,
    },
    /// -L with formats that do not go together.
    #[error("options conflicts in the list command")]
    ListConflict,
    /// VIP.
    #[error("illegal virtual server address[:port] specified")]
    ServiceAddress,
    /// RIP.
    #[error("illegal real server address[:port] specified")]
    ServerAddress,
    /// -w.
    #[error("illegal weight specified")]
    Weight,
    /// -x.
    #[error("illegal u_threshold specified")]
    Upper,
    /// -y.
    #[error("illegal l_threshold specified")]
    Lower,
    /// -M for IPv4.
    #[error("illegal virtual server persistent mask specified")]
    Mask,
    /// -M for IPv6.
    #[error("illegal ipv6 netmask specified")]
    PrefixLength,
    /// -p and --set.
    #[error("invalid timeout value `{0}' specified")]
    Timeout(String),
    /// --set with fewer than three values.
    #[error("--set option requires 3 timeout values")]
    ThreeTimeouts,
    /// -f.
    #[error("invalid fwmark value `{0}' specified")]
    Fwmark(String),
    /// -6 without -f before it.
    #[error("-6 used before -f\n")]
    SixBeforeFwmark,
    /// -b with a word that is no flag.
    #[error("invalid scheduler flag `{0}'")]
    SchedulerFlag(String),
    /// -b with a flag of another scheduler.
    #[error("incompatible scheduler flag `{0}'")]
    ForeignSchedulerFlag(String),
    /// Port 0 needs persistence.
    #[error("Zero port specified for non-persistent service")]
    ZeroPort,
    /// -o for TCP or SCTP.
    #[error("One-Packet Scheduling is only for UDP virtual services")]
    OnePacket,
    /// VIP and RIP of different families.
    #[error("Different address family is allowed only for tunneling servers")]
    MixedFamilies,
    /// --tun-… without -i.
    #[error("Tunnel options conflict with forward method")]
    TunnelWithoutTunnelling,
    /// --tun-type.
    #[error("illegal tunnel type specified")]
    TunnelType,
    /// --tun-port.
    #[error("illegal tunnel port specified")]
    TunnelPort,
    /// --start-daemon.
    #[error("illegal start-daemon parameter specified")]
    StartDaemon,
    /// --stop-daemon.
    #[error("illegal start_daemon specified")]
    StopDaemon,
    /// --syncid.
    #[error("illegal syncid specified")]
    SyncId,
    /// --mcast-group.
    #[error("invalid {family} mcast-group `{group}'")]
    McastGroup {
        /// `IPv4` or `IPv6`.
        family: &'static str,
        /// What was given.
        group: String,
    },
    /// --mcast-port.
    #[error("illegal mcast-port specified")]
    McastPort,
    /// --mcast-ttl.
    #[error("illegal mcast-ttl specified")]
    McastTtl,
    /// --sync-maxlen.
    #[error("illegal sync-maxlen specified")]
    SyncMaxlen,
}

impl UsageError {
    /// ipvsadm's exit status for it: 255 for words that are no option list at all, 2 for the rest.
    pub const fn exit_status(&self) -> u8 {
        match self {
            Self::NoCommand | Self::UnknownOption(_) | Self::MissingValue(_) | Self::NoValueWanted(_) => 255,
            _ => 2,
        }
    }
}

/// A [`UsageError`] and where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Misuse {
    /// What is wrong.
    pub error: UsageError,
    /// Index of the word at fault; `None` if it is the whole line (something is missing).
    pub word: Option<usize>,
}
