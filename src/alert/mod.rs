//! What follows a change: the log in familiar words.

pub mod words;
