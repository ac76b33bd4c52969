use crate::lvs::ScriptLine;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Bytes of its output that are read; a program that prints more is ended.
pub const OUTPUT_LIMIT: usize = 64 << 10;

/// A program to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What is run.
    pub line: ScriptLine,
    /// As whom, by name or number; `None`: as the process that runs it.
    pub user: Option<String>,
    /// In whose group, by name or number; `None`: the user's own.
    pub group: Option<String>,
    /// It is ended, with all of its process group, if it takes longer: by TERM, and two seconds later by KILL. More than 0.
    pub limit: Duration,
    /// Its output is wanted.
    pub wants_output: bool,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// By itself.
    Exited {
        /// Its exit status.
        code: i32,
        /// What it printed, if that was wanted.
        output: Vec<u8>,
    },
    /// By a signal of somebody else's.
    Signalled(i32),
    /// It took too long, and was ended.
    TimedOut,
    /// It printed too much, and was ended.
    PrintedTooMuch,
    /// Nobody wanted it any more: it was ended, or never began.
    Cancelled,
    /// It could not be run; why.
    NotRun(String),
}

impl End {
    /// In a few words, if it is not a success (exit status 0).
    pub fn complaint(&self) -> Option<String> {
        match self {
            Self::Exited { code: 0, .. } => None,
            Self::Exited { code, .. } => Some(format!("exit status {code}")),
            Self::Signalled(signal) => Some(format!("ended by signal {signal}")),
            Self::TimedOut => Some("not done in time: ended".to_owned()),
            Self::PrintedTooMuch => Some(format!("more than {OUTPUT_LIMIT} bytes of output")),
            Self::Cancelled => Some("cancelled".to_owned()),
            Self::NotRun(why) => Some(why.clone()),
        }
    }
}
