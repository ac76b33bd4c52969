//! The grammar of ipvsadm 1.31: words → [`AdmRequest`]. Shared by the command line and by files of rules.

mod check;
mod error;
mod line;
mod option;
mod popt;
mod request;
mod value;
mod whole;

pub use error::{Misuse, UsageError};
pub use request::{AdmRequest, ListFormat, ListOptions, ListWhat, parse};
pub use value::{client_mask, inet_aton, scheduler_flags};
