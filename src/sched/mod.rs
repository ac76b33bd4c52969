//! The sched room.
