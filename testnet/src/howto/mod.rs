//! Five published how-tos, followed with their own addresses, files and commands: `cargo lab howto-1` to `howto-5`.
//!
//! Bottom up: [`addresses`] and [`tools`] are what the documents' scripts call, [`furnish`] gives each host its own
//! `/etc`, `/var` and `/sbin`; [`site`] draws a document's network, [`web`] are its real servers; [`course`] follows the
//! document, `machines` starts what runs, `client` asks, `listing` compares; and each document is a story of its own.

pub mod addresses;
mod by_hand;
mod client;
mod configure_lvs;
pub mod course;
pub mod furnish;
mod keepalived;
mod ldirectord;
mod listing;
mod machines;
mod piranha;
pub mod site;
pub mod tools;
pub mod web;

use crate::lesson::judge;
use crate::state::State;
use anyhow::Result;
use course::{Course, Wish};
use site::Site;

/// A document and how it is followed.
pub struct Howto {
    /// The lab's name: `howto-1`.
    pub name: &'static str,
    /// What the document is about.
    pub title: &'static str,
    /// Its scheduler, which `--scheduler` replaces.
    scheduler: &'static str,
    site: fn() -> Result<Site>,
    follow: fn(&mut Course<'_>) -> Result<()>,
}

/// All five, in the order of their numbers.
pub const HOWTOS: [Howto; 5] = [
    Howto {
        name: "howto-1",
        title: "configure-lvs: telnet and www by direct routing",
        scheduler: "rr",
        site: configure_lvs::site,
        follow: configure_lvs::follow,
    },
    Howto {
        name: "howto-2",
        title: "keepalived: wlc with persistence, health checks, timeouts",
        scheduler: "wlc",
        site: keepalived::site,
        follow: keepalived::follow,
    },
    Howto {
        name: "howto-3",
        title: "ipvsadm by hand: the set-up of direct routing, step by step",
        scheduler: "rr",
        site: by_hand::site,
        follow: by_hand::follow,
    },
    Howto {
        name: "howto-4",
        title: "Piranha: real servers that die leave the table",
        scheduler: "rr",
        site: piranha::site,
        follow: piranha::follow,
    },
    Howto {
        name: "howto-5",
        title: "ldirectord: test pages, weights, a fallback, one service for two ports",
        scheduler: "wrr",
        site: ldirectord::site,
        follow: ldirectord::follow,
    },
];

impl Howto {
    /// Follows it, telling everything; the running network, and whether all was seen that the document shows.
    ///
    /// # Errors
    /// Something could not be built, started or asked.
    pub fn run<'a>(&self, wish: &'a Wish, state: &'a State) -> Result<(Course<'a>, bool)> {
        let site = (self.site)()?;
        (wish.say)(&wish.ink.headline(&format!("{}: the network", self.title)));
        (wish.say)(&site.describe());
        let mut course = Course::start(site, self.scheduler, wish, state)?;
        (self.follow)(&mut course)?;
        let kept = judge(wish.say, wish.ink, "Was it what the document shows?", &course.promises);
        if !kept {
            (wish.say)(&format!("\nthe director's log:\n{}\n", course.logs()));
        }
        Ok((course, kept))
    }
}
