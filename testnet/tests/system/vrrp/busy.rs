//! Adverts many times a second, while the director forwards all that it can.

use super::duo::{CLIENT, HOSTS};
use super::end::Program::Ulvs;
use super::kind::{Kind, PLAIN};
use super::story::Story;
use super::{PATIENCE, wire};
use crate::load::Requests;
use anyhow::{Context, Result, ensure};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const KINDS: [Kind; 3] = [
    Kind { name: "FIFTY", vrid: 81, interval: 5, lines: "track_interface {\neth1\n}\n", ..PLAIN },
    Kind { name: "HUNDRED", vrid: 82, interval: 10, lines: "track_interface {\neth1\n}\n", ..PLAIN },
    Kind { name: "SIX", vrid: 83, interval: 10, is_v6: true, lines: "track_interface {\neth1\n}\n", ..PLAIN },
];
/// How long the load lasts, and how many datagrams it has at most.
const LOAD: Duration = Duration::from_secs(5);
const DATAGRAMS: usize = 2_000_000;
/// A service of datagrams, which real servers refuse and the director forwards.
const UDP: u16 = 9;

pub fn run() -> Result<String> {
    let mut story = Story::begin_with([Ulvs, Ulvs], &KINDS, |duo| {
        duo.configure(|_, text| {
            let vip = KINDS[0].vip();
            let servers = [0, 1].map(|place| {
                format!("real_server {} {UDP} {{\nweight 1\n}}\n", super::duo::real_server(place, false))
            });
            let service = servers.concat();
            format!(
                "{text}virtual_server {vip} {UDP} {{\nlb_algo rr\nlb_kind DR\nprotocol UDP\n{service}}}\n"
            )
        })
    })?;
    story.chapter();
    let states = || [0, 1].map(|place| story.duo.ends[place].states().len());
    let before = states();
    let forwarded = forwards(&story)?;
    // The wire is full of other things.
    story.duo.capture.pause();
    let client = story.duo.lab.host(CLIENT)?;
    let target = SocketAddr::new(KINDS[0].vip(), 80);
    let requests = Requests::start(client, target, 4, Duration::ZERO, PATIENCE)?;
    let sent = flood(&story)?;
    let (done, failed, why) = requests.finish();
    story.duo.capture.clear();
    ensure!(failed == 0, "{failed} requests failed: {why}");
    let forwarded = forwards(&story)? - forwarded;
    ensure!(
        forwarded > sent as u64 / 100 && done > 0,
        "{forwarded} of {sent} datagrams are forwarded, {done} requests done"
    );
    ensure!(states() == before, "a transition under load: {:?}", story.duo.ends[1].states());
    story.duo.all_answer(0)?;

    // It ceases, so that nothing is on its way when both are asked.
    story.chapter();
    story.duo.until_heard(0, story.mark, 1)?;
    story.duo.set_other(0, "down")?;
    story.duo.until_role(0, "fault")?;
    story.duo.until_role(1, "master")?;
    story.duo.until("all is shown", || {
        let status = story.duo.ends[1].status(story.duo.host(1)?)?;
        Ok(KINDS.iter().all(|kind| count(&status[kind.name], "pri_zero_rcvd") == Some(1)))
    })?;
    let status = |place: usize| story.duo.ends[place].status(story.duo.host(place)?);
    let (first, second) = (status(0)?, status(1)?);
    let mut told = Vec::new();
    for kind in &KINDS {
        let sent = count(&first[kind.name], "advert_sent").context("advert_sent")?;
        let came = count(&second[kind.name], "advert_rcvd").context("advert_rcvd")?;
        ensure!(sent == came, "{}: {sent} adverts sent, {came} came", kind.name);
        let least = LOAD.as_millis() / kind.interval().as_millis() * 9 / 10;
        ensure!(u128::from(sent) >= least, "{}: {sent} adverts, expected {least} at least", kind.name);
        told.push(format!("{} of {}: {sent} of {sent}", kind.name, HOSTS[0]));
    }
    ensure!(wire::masters(&story.adverts(), KINDS[0].vrid, KINDS[0].interval()).len() == 2);
    story.duo.ends[1].stop()?;
    story.duo.ends[0].stop()?;
    Ok(format!(
        "{sent} datagrams sent, {forwarded} frames forwarded, {done} requests answered meanwhile\n\
         no transition; adverts heard: {}",
        told.join(", ")
    ))
}

fn count(router: &serde_json::Value, name: &str) -> Option<u64> {
    router["counters"][name].as_u64()
}

/// Datagrams to the VIP for a while, as many as go; how many.
fn flood(story: &Story) -> Result<usize> {
    let target = SocketAddr::new(KINDS[0].vip(), UDP);
    let client = story.duo.lab.host(CLIENT)?;
    client.run(|| {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        let begun = Instant::now();
        let mut sent = 0;
        while begun.elapsed() < LOAD && sent < DATAGRAMS {
            // Refusals come back as errors.
            let _ = socket.send_to(&[0; 64], target);
            sent += 1;
        }
        Ok(sent)
    })?
}

/// Frames that the first one has forwarded.
fn forwards(story: &Story) -> Result<u64> {
    let text = story.duo.ends[0].ulvs(story.duo.host(0)?, &["status", "-j"])?;
    let status: serde_json::Value = serde_json::from_str(&text)?;
    let counters = status["counters"].as_object().context("counters")?;
    let own = counters.iter().filter(|(name, _)| name.starts_with("frames_forwarded{"));
    Ok(own.filter_map(|(_, count)| count.as_u64()).sum())
}
