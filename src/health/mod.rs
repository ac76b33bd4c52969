//! Looks at real servers. Nothing here decides what becomes of them: findings go to the keeper.

mod dial;
mod outcome;

pub use outcome::{Outcome, Target, Weight};
