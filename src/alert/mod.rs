//! What follows a change: the log in familiar words, scripts, mail.

mod date;
pub mod follow;
pub mod smtp;
pub mod words;
