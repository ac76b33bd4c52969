use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A program to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// What is run.
    pub line: ScriptLine,
    /// As whom; `None`: as whoever started the director.
    pub user: Option<String>,
    /// In whose group; `None`: the user's own.
    pub group: Option<String>,
    /// It is ended after this time, with all that it has started; `None`: its caller's own limit.
    pub timeout: Option<Duration>,
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScriptLine {
    /// A program and its arguments. Not empty.
    Words(Vec<String>),
    /// A line for `/bin/sh -c`.
    Shell(String),
}

impl Script {
    /// Without user, group or time limit.
    pub const fn new(line: ScriptLine) -> Self {
        Self { line, user: None, group: None, timeout: None }
    }
}
