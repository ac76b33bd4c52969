//! ldirectord by itself, and what we make of its file.

use super::backend::PATH;
use super::drive::drive;
use super::failures::Fault::{Closed, Pieces, Script, Silent, Slow, Status, Weight, Words};
use super::farm::{Service, Sorry, WEIGHTS, port};
use super::pair::Pair;
use crate::originals::telling;
use crate::programs::{Daemon, command};
use anyhow::Result;
use std::fmt::Write as _;
use std::fs::File;
use std::net::IpAddr;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;

const START: &str = "ldirectord adds each real server at its whole weight before anybody has asked it, and takes it out at \
                     once until its first check succeeds; here it comes when that does";

fn services() -> Vec<Service> {
    let page = &[Closed, Silent, Slow, Pieces, Words, Status][..];
    vec![
        Service::new("negotiate", page, "checktype=negotiate\nquiescent=no\nHTTP\nFALLBACK").sorry(Sorry::Beside),
        Service::new(
            "negotiate, quiescent, failurecount 3",
            page,
            "checktype=negotiate\nquiescent=yes\nfailurecount=3\nHTTP\nFALLBACK",
        )
        .after(3)
        .quiescing()
        .sorry(Sorry::Beside),
        Service::new("connect", &[Closed, Silent], "checktype=connect\nquiescent=no"),
        Service::new(
            "connect, quiescent, failurecount 2",
            &[Closed, Silent],
            "checktype=connect\nquiescent=yes\nfailurecount=2\nFALLBACK",
        )
        .quiescing()
        .sorry(Sorry::Beside),
        Service::new("ping", &[Silent], "checktype=ping\ncheckcount=2\nquiescent=no\nFALLBACK")
            .silent()
            .sorry(Sorry::Beside),
        Service::new("two connects between negotiates", page, "checktype=2\nquiescent=yes\nHTTP").quiescing(),
        Service::new("external", &[Script, Weight], "checktype=external\ncheckcommand=SCRIPT\nquiescent=no\nFALLBACK")
            .silent()
            .sorry(Sorry::Beside),
        Service::new("on", &[], "checktype=on\nquiescent=no\nFALLBACK").silent().sorry(Sorry::Beside),
        Service::new("a mark", page, "checktype=negotiate\nquiescent=no\nHTTP\nFALLBACK")
            .marked(17)
            .sorry(Sorry::Beside),
        Service::new(
            "HEAD, failurecount 2",
            &[Closed, Silent, Slow, Pieces, Status],
            "checktype=negotiate\nservice=http\nhttpmethod=HEAD\nrequest=\"PAGE\"\nquiescent=no\nfailurecount=2",
        )
        .after(2),
    ]
}

fn config(pair: &Pair, vip: IpAddr, log: &Path, script: &Path) -> String {
    let rips = pair.rips();
    let mut text = format!(
        "checktimeout=2\nnegotiatetimeout=2\ncheckinterval=1\nautoreload=no\nfork=yes\nlogfile=\"{}\"\n",
        log.display()
    );
    for (place, service) in services().iter().enumerate() {
        let port = port(place);
        let (name, words) = match service.mark {
            Some(mark) => (mark.to_string(), format!("protocol=fwm\n\tcheckport={port}")),
            None => (format!("{vip}:{port}"), "protocol=tcp".to_owned()),
        };
        let _ = write!(text, "\nvirtual={name}\n\tscheduler=wrr\n\t{words}\n");
        for (rip, weight) in rips.iter().zip(WEIGHTS) {
            let _ = writeln!(text, "\treal={rip}:{port} gate {weight}");
        }
        let http = format!("service=http\n\trequest=\"{PATH}\"\n\treceive=\"^all\\sis well$\"");
        let lines = service.lines.replace('\n', "\n\t");
        let lines = lines.replace("HTTP", &http).replace("PAGE", PATH);
        let lines = lines.replace("FALLBACK", &format!("fallback={}:{port} gate", rips[WEIGHTS.len()]));
        let _ = writeln!(text, "\t{}", lines.replace("SCRIPT", &script.display().to_string()));
    }
    text
}

fn start(pair: &Pair, config: &str) -> Result<Daemon> {
    let rig = &pair.rig;
    let place = rig.directory.path().join("ld");
    std::fs::create_dir(&place)?;
    // With -d it takes the ipvsadm of the directory that it is started in, and stays in the foreground.
    symlink(std::fs::read_link(rig.directory.path().join("bin/ipvsadm"))?, place.join("ipvsadm"))?;
    let path = place.join(format!("beside-{}.cf", std::process::id()));
    std::fs::write(&path, config)?;
    let said = File::create(place.join("said"))?;
    let mut program = command("ldirectord");
    program.arg("-d").arg(&path).arg("start").current_dir(&place).process_group(0);
    program.env("ULVS_SOCKET", rig.director.socket());
    program.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
    Ok(Daemon(rig.host()?.spawn(program)?))
}

pub fn run() -> Result<String> {
    let services = services();
    let mut pair = Pair::start(services.len())?;
    let directory = pair.rig.directory.path().to_owned();
    let script = directory.join("external");
    std::fs::write(&script, format!("#!/bin/sh\nexit $(cat {}$3)\n", pair.codes().display()))?;
    super::pair::make_executable(&script)?;
    let [there, here] = pair.vips();
    pair.start_second(&config(&pair, here, &directory.join("second.log"), &script))?;
    let _original = start(&pair, &config(&pair, there, &directory.join("ldirectord.log"), &script))?;
    let said = directory.join("ldirectord.log");
    drive(&pair, &services, &[], Some(START))
        .map_err(|error| telling(&pair.rig, &error, &std::fs::read_to_string(said).unwrap_or_default()))
}
