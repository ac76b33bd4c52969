//! The grammar of ipvsadm 1.31: words → [`AdmRequest`]. Shared by the command line and by files of rules.

mod check;
mod error;
mod option;
mod popt;
mod request;
mod value;

pub use error::{Misuse, UsageError};
pub use request::{AdmRequest, ListFormat, ListOptions, ListWhat, parse};
pub use value::scheduler_flags;
