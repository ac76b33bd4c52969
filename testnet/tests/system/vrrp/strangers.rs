//! Packets of somebody who is no director, or one that is configured otherwise: they change nothing but a counter, and are told
//! of once.

use super::duo::HOSTS;
use super::end::Program::Ulvs;
use super::forge::{Wire, advert_v3, message, message_v2, packet, sealed};
use super::kind::{Auth, Kind, PLAIN};
use super::story::Story;
use super::wire;
use anyhow::{Context, Result, ensure};
use std::net::IpAddr;

const THREE: Kind = Kind { name: "THREE", vrid: 31, ..PLAIN };
const PASS: Kind = Kind { name: "PASS", vrid: 32, version: 2, interval: 100, auth: Auth::Pass, ..PLAIN };
const HEADER: Kind =
    Kind { name: "HEADER", vrid: 33, version: 2, interval: 100, auth: Auth::Header, ..PLAIN };
const TIMES: u64 = 3;

/// A packet, whose it is, what counts it, what is said.
struct Forgery {
    router: &'static str,
    packet: Vec<u8>,
    counter: &'static str,
    words: &'static str,
    /// The first one, whose packet it was, does not hear it: its host takes nothing from its own address.
    second_only: bool,
}

fn forgeries(sealed_one: &[u8]) -> Vec<Forgery> {
    let forged = |kind: &Kind, packet, counter, words| Forgery {
        router: kind.name,
        packet,
        counter,
        words,
        second_only: false,
    };
    let vip = [THREE.vip()];
    let three = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut message = message(3, THREE.vrid, 255, [0, 20], &vip);
        change(&mut message);
        sealed(message)
    };
    let plain = |message: Vec<u8>| packet(112, 255, &message);
    let pass =
        |auth: (u8, &[u8; 8]), seconds| plain(message_v2(PASS.vrid, 255, auth, seconds, &[PASS.vip()]));
    let mut broken = three(&|_| ());
    broken[7] ^= 1;
    // Newer, and so not sealed by who has the key.
    let mut unsealed = sealed_one.to_vec();
    unsealed[28] ^= 0x40;
    vec![
        forged(&THREE, packet(112, 254, &three(&|_| ())), "ip_ttl_err", "TTL/hop limit 254"),
        forged(&THREE, plain(three(&|m| m[0] = 0x21)), "version_err", "invalid version 2"),
        forged(&THREE, plain(three(&|m| m[0] = 0x32)), "invalid_type_rcvd", "invalid packet type 2"),
        forged(&THREE, plain(three(&|m| m[3] = 3)), "packet_len_err", "packet is 12 bytes long"),
        forged(&THREE, plain(broken), "checksum_err", "invalid checksum"),
        forged(
            &THREE,
            plain(three(&|m| m[5] = 0)),
            "advert_interval_err",
            "advertisement interval mismatch: 0ns",
        ),
        forged(&PASS, pass((1, b"guessed\0"), 1), "auth_failure", "authentication failure"),
        forged(&PASS, pass((0, &[0; 8]), 1), "authtype_mismatch", "authentication type 0, expected 1"),
        forged(&PASS, pass((3, &[0; 8]), 1), "invalid_authtype", "invalid authentication type 3"),
        forged(
            &PASS,
            pass((1, b"secret77"), 5),
            "advert_interval_err",
            "advertisement interval mismatch: 5s",
        ),
        Forgery { second_only: true, ..forged(&HEADER, unsealed, "auth_failure", "authentication failure") },
        Forgery {
            second_only: true,
            ..forged(&HEADER, sealed_one.to_vec(), "replayed", "already processed")
        },
    ]
}

pub fn run() -> Result<String> {
    let kinds = [THREE, PASS, HEADER];
    let mut story = Story::begin([Ulvs, Ulvs], &kinds)?;
    story.chapter();
    // One of the first one's own, which everybody on the LAN has heard.
    story.duo.until_heard(0, story.mark, 2)?;
    let frames = story.duo.frames(story.mark);
    let is_sealed = |frame: &&testnet::capture::Crossing| {
        frame.from.host == HOSTS[0] && wire::vrid(&frame.bytes) == Some(HEADER.vrid)
    };
    let heard = frames.iter().find(is_sealed).context("no sealed advert")?.bytes[14..].to_vec();
    let states = |story: &Story| [0, 1].map(|place| story.duo.ends[place].states());
    let before = states(&story);
    let card = Wire::open(&story.duo)?;
    let forgeries = forgeries(&heard);
    for _ in 0..TIMES {
        for forgery in &forgeries {
            card.put(&forgery.packet)?;
        }
        // A virtual router that nobody has here, and noise.
        card.put(&advert_v3(99, 255, &[THREE.vip()], 20))?;
        card.put(&packet(112, 255, &[0x31]))?;
        card.put(&packet(51, 255, &[112, 4, 0, 0]))?;
        // Another list of addresses: heard, as from one of lower priority, and said.
        card.put(&advert_v3(THREE.vrid, 50, &[IpAddr::from([10, 77, 0, 77])], 20))?;
    }
    let lists = "its addresses are not ours: 1 there, 1 here";
    let all_are_counted = |place: usize| -> Result<Vec<String>> {
        let status = story.duo.ends[place].status(story.duo.host(place)?)?;
        let mut wrong = Vec::new();
        for kind in &kinds {
            let counters = status[kind.name]["counters"].as_object().context("counters")?;
            for (name, count) in counters.iter().filter(|(name, _)| super::story::is_fault(name)) {
                let is_this = |f: &&Forgery| {
                    f.router == kind.name && f.counter == name && (place == 1 || !f.second_only)
                };
                let sent = forgeries.iter().filter(is_this).count() as u64 * TIMES;
                let sent = if kind.name == THREE.name && name == "addr_list_err" { TIMES } else { sent };
                if count.as_u64() != Some(sent) {
                    wrong.push(format!("{} {name}: {count} counted, {sent} sent", kind.name));
                }
            }
        }
        Ok(wrong)
    };
    for place in [0, 1] {
        let begun = std::time::Instant::now();
        while !all_are_counted(place)?.is_empty() && begun.elapsed() < std::time::Duration::from_secs(5) {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let wrong = all_are_counted(place)?;
        ensure!(wrong.is_empty(), "{}: {wrong:?}{}", HOSTS[place], story.duo.ends[place].tail());
        let said = |router: &str, words: &str| {
            let head = format!("({router}) ");
            let lines = story.duo.ends[place].lines();
            lines.iter().filter(|(_, line)| line.contains(&head) && line.contains(words)).count()
        };
        for forgery in forgeries.iter().filter(|forgery| place == 1 || !forgery.second_only) {
            let times = said(forgery.router, forgery.words);
            ensure!(
                times == 1,
                "{}: {} is said {times} times{}",
                HOSTS[place],
                forgery.words,
                story.duo.ends[place].tail()
            );
        }
        ensure!(said(THREE.name, lists) == 1, "{lists}: {}", said(THREE.name, lists));
    }
    ensure!(states(&story) == before, "a transition: {:?}", states(&story));
    story.is_settled(0)?;
    ensure!(
        story.duo.adverts(story.mark).iter().all(|advert| advert.host != HOSTS[1]),
        "the second one advertises"
    );
    story.duo.ends[1].stop()?;
    Ok(format!(
        "{} kinds of forgery, {TIMES} times each, and as many strangers: each counted {TIMES} times on both, said once",
        forgeries.len()
    ))
}
