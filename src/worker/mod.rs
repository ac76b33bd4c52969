//! The director's body: pinned threads that take frames from the rings, have the [`Director`](crate::director::Director)
//! decide, and send. [`Crew`] starts them and is how the keeper reaches them.

mod crew;
mod express;
mod intake;
mod profile;
mod shed;
mod spin;
mod turn;
mod wake;

pub use crew::{Crew, CrewConfig, CrewError};
pub use express::ExpressWay;
pub use intake::{Intake, IntakeWish};
pub use profile::{Asked, Choice, Profile, choose};
pub use spin::wait;
pub use wake::Wake;
