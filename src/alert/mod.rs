//! What follows a change: the log in familiar words, scripts, pipes, mail.
//!
//! [`follow`] says what, [`Courier`] does it, on a thread of its own.

mod courier;
mod date;
pub mod follow;
mod journal;
mod pipes;
mod post;
mod reminders;
mod rows;
pub mod smtp;
pub mod words;

pub use courier::{Checked, Courier};
