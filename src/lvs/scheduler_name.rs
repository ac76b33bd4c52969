use serde::{Deserialize, Serialize};
use std::fmt;

/// A scheduler's name, at most 15 bytes (IPVS: IP_VS_SCHEDNAME_MAXLEN less the terminator).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SchedulerName(String);

impl SchedulerName {
    /// Takes a name as it is written; whether such a scheduler exists is the catalogue's to say.
    ///
    /// # Errors
    /// More than 15 bytes.
    pub fn new(name: &str) -> Result<Self, SchedulerNameTooLong> {
        if name.len() > 15 { Err(SchedulerNameTooLong) } else { Ok(Self(name.to_owned())) }
    }

    /// ipvsadm's default: weighted least-connection.
    pub fn wlc() -> Self {
        Self("wlc".to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A scheduler's name had more than 15 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scheduler's name has at most 15 bytes")]
pub struct SchedulerNameTooLong;

impl TryFrom<String> for SchedulerName {
    type Error = SchedulerNameTooLong;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(&name)
    }
}

impl From<SchedulerName> for String {
    fn from(name: SchedulerName) -> Self {
        name.0
    }
}

impl fmt::Display for SchedulerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
