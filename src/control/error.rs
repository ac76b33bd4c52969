use serde::{Deserialize, Serialize};

/// Why a command was refused: IPVS's errno where IPVS has one. The texts that people read are the faces' business.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ControlError {
    /// EEXIST on adding a service.
    #[error("service already exists")]
    ServiceExists,
    /// ESRCH: no such service.
    #[error("no such service")]
    NoSuchService,
    /// EEXIST on adding a real server.
    #[error("real server already exists")]
    ServerExists,
    /// ENOENT: no such real server.
    #[error("no such real server")]
    NoSuchServer,
    /// ENOENT: no such mark rule.
    #[error("no such mark rule")]
    NoSuchMark,
    /// ENOENT: no such scheduler or persistence engine.
    #[error("no such scheduler or persistence engine")]
    NoSuchScheduler,
    /// ERANGE: weight below 0, or lower threshold above the upper.
    #[error("value out of range")]
    OutOfRange,
    /// EINVAL, with what was wrong.
    #[error("{0}")]
    Invalid(String),
    /// EPERM: the caller may read but not change.
    #[error("permission denied")]
    NotPermitted,
    /// ESRCH: no such connection sync daemon runs.
    #[error("no daemon is running")]
    NoDaemon,
    /// EEXIST: such a connection sync daemon runs already.
    #[error("such a daemon runs already")]
    DaemonRuns,
    /// ENODEV: no such interface.
    #[error("no such interface")]
    NoInterface,
    /// EOPNOTSUPP: known to IPVS but not done by this version; the text names it.
    #[error("{0}")]
    NotSupported(String),
}

impl ControlError {
    /// The errno that IPVS would return (Linux numbers).
    pub const fn to_errno(&self) -> i32 {
        match self {
            Self::ServiceExists | Self::ServerExists | Self::DaemonRuns => libc::EEXIST,
            Self::NoInterface => libc::ENODEV,
            Self::NoSuchService | Self::NoDaemon => libc::ESRCH,
            Self::NoSuchServer | Self::NoSuchScheduler | Self::NoSuchMark => libc::ENOENT,
            Self::OutOfRange => libc::ERANGE,
            Self::Invalid(_) => libc::EINVAL,
            Self::NotPermitted => libc::EPERM,
            Self::NotSupported(_) => libc::EOPNOTSUPP,
        }
    }
}
