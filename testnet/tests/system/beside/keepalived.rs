//! keepalived by itself, and what we make of its file.

use super::backend::{DIGEST, PATH};
use super::drive::{Known, drive};
use super::failures::Fault::{Closed, Pieces, Script, Silent, Slow, Status, Weight, Words};
use super::farm::{Service, Sorry, WEIGHTS, port};
use super::pair::{Pair, make_executable};
use crate::originals::{start, telling, under_shim};
use anyhow::Result;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::Path;

const KNOWN: [Known; 1] = [Known {
    fault: Pieces,
    reason: "keepalived's connect_timeout is for each wait, so that a page that goes on coming may take any time; here it \
             is for the whole try",
}];

/// The lines are of the service; behind `real` those of each real server.
fn services() -> Vec<Service> {
    vec![
        Service::new("TCP_CHECK", &[Closed, Silent], "real TCP_CHECK { TIMES; retry 0 }"),
        Service::new(
            "TCP_CHECK, inhibit, retry 2, sorry server",
            &[Closed, Silent],
            "SORRY; inhibit_on_failure; real TCP_CHECK { TIMES; retry 2 }",
        )
        .quiescing()
        .sorry(Sorry::Instead),
        Service::new(
            "HTTP_GET, status",
            &[Closed, Silent, Slow, Status],
            "SORRY; real HTTP_GET { url { path PAGE; status_code 200 }; TIMES; retry 0 }",
        )
        .only_here(&[Pieces])
        .sorry(Sorry::Instead),
        Service::new(
            "HTTP_GET, digest, retry 2",
            &[Closed, Silent, Slow, Words, Status],
            "real HTTP_GET { url { path PAGE; digest DIGEST }; TIMES; retry 2 }",
        )
        .only_here(&[Pieces])
        .after(3),
        Service::new(
            "HTTP_GET, regex, inhibit, retry 1",
            &[Closed, Silent, Slow, Words, Status],
            "inhibit_on_failure; real HTTP_GET { url { path PAGE; regex \"all is w[a-f]ll\" }; \
             TIMES; retry 1 }",
        )
        .only_here(&[Pieces])
        .after(2)
        .quiescing(),
        Service::new(
            "HTTP_GET, two urls",
            &[Closed, Silent, Slow, Status],
            "real HTTP_GET { url { path PAGE; status_code 200 }; \
             url { path /other; status_code 200-299 }; TIMES; retry 1 }",
        )
        .only_here(&[Pieces])
        .after(2),
        Service::new(
            "MISC_CHECK, sorry server, inhibit",
            &[Script, Weight],
            "SORRY; sorry_server_inhibit; real MISC_CHECK { SCRIPT; misc_timeout 5 }",
        )
        .silent()
        .sorry(Sorry::Waiting),
        Service::new(
            "MISC_CHECK, dynamic",
            &[Script],
            "real MISC_CHECK { SCRIPT; misc_timeout 5; misc_dynamic }",
        )
        .weighing(),
        Service::new(
            "alpha, quorum 4, hysteresis 1, sorry server",
            &[Closed, Silent],
            "SORRY; alpha; quorum 4; hysteresis 1; real TCP_CHECK { TIMES; retry 0 }",
        )
        .sorry(Sorry::Instead)
        .quorum(4, 1),
        Service::new(
            "quorum 3, sorry server, all inhibit",
            &[Closed, Silent],
            "SORRY; sorry_server_inhibit; inhibit_on_failure; quorum 3; real TCP_CHECK { TIMES; retry 1 }",
        )
        .quiescing()
        .sorry(Sorry::Waiting)
        .quorum(3, 0),
        Service::new(
            "TCP_CHECK and MISC_CHECK, quorum 2",
            &[Closed, Silent, Script, Weight],
            "SORRY; quorum 2; real TCP_CHECK { TIMES; retry 0 }; MISC_CHECK { SCRIPT; misc_timeout 5 }",
        )
        .sorry(Sorry::Instead)
        .quorum(2, 0),
        Service::new(
            "a mark",
            &[Closed, Silent],
            "SORRY; real TCP_CHECK { connect_port PORT; TIMES; retry 0 }",
        )
        .marked(17)
        .sorry(Sorry::Instead),
        Service::new("PING_CHECK", &[Silent], "SORRY; real PING_CHECK { TIMES; retry 1 }")
            .silent()
            .sorry(Sorry::Instead),
    ]
}

fn config(pair: &Pair, vip: IpAddr, script: &Path) -> String {
    let rips = pair.rips();
    let mut text = "global_defs {\n  router_id beside\n  script_user root\n}\n".to_owned();
    for (place, service) in services().iter().enumerate() {
        let port = port(place);
        // A mark's real servers have no port.
        let (name, port_word) = match service.mark {
            Some(mark) => (format!("fwmark {mark}"), String::new()),
            None => (format!("{vip} {port}"), port.to_string()),
        };
        let fill = |text: &str, rip: IpAddr| {
            text.replace("SORRY", &format!("sorry_server {} {port_word}", rips[WEIGHTS.len()]))
                .replace("TIMES", "connect_timeout 2; delay_before_retry 1")
                .replace("PAGE", PATH)
                .replace("DIGEST", DIGEST)
                .replace("PORT", &port.to_string())
                .replace("SCRIPT", &format!("misc_path \"{} {rip}\"", script.display()))
                .replace("; ", "\n")
                .replace("{ ", "{\n")
                .replace(" }", "\n}")
        };
        let (own, check) = service.lines.split_once("real ").unwrap_or(("", service.lines));
        let _ = write!(
            text,
            "virtual_server {name} {{\ndelay_loop 1\nlb_algo wrr\nlb_kind DR\nprotocol TCP\n{}",
            fill(own, vip)
        );
        for (rip, weight) in rips.iter().zip(WEIGHTS) {
            let _ = write!(
                text,
                "real_server {rip} {port_word} {{\nweight {weight}\n{}\n}}\n",
                fill(check, *rip)
            );
        }
        text.push_str("}\n");
    }
    text
}

pub fn run() -> Result<String> {
    let services = services();
    let mut pair = Pair::start(services.len())?;
    let directory = pair.rig.directory.path().to_owned();
    let script = directory.join("misc");
    std::fs::write(&script, format!("#!/bin/sh\nexit $(cat {}$1)\n", pair.codes().display()))?;
    make_executable(&script)?;
    let [there, here] = pair.vips();
    pair.start_second(&config(&pair, here, &script))?;
    let path = |name: &str| directory.join(name);
    std::fs::write(path("keepalived.conf"), config(&pair, there, &script))?;
    let mut program = under_shim(&pair.rig, "keepalived")?;
    program.args(["-n", "-l", "-C", "-f"]).arg(path("keepalived.conf"));
    program.arg("-p").arg(path("keepalived.pid")).arg("-c").arg(path("checkers.pid"));
    let _original = start(&pair.rig, program, "keepalived.log")?;
    drive(&pair, &services, &KNOWN, None).map_err(|error| {
        telling(&pair.rig, &error, &std::fs::read_to_string(path("keepalived.log")).unwrap_or_default())
    })
}
