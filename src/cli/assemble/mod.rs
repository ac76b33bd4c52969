//! Puts the rooms together for `ulvs run`, and takes them apart again. The one place that may know all of them.

mod beacon;
mod legacy;
mod passage;
mod patrol;
mod synchrony;
mod world;

use super::decisions::Scribe;
use super::maintenance::{Lookout, Sight, addresses};
use super::reload::{self, Reloads};
use super::run::{self, Fanout, Io, RunOptions};
use crate::alert::Courier;
use crate::api::{genl, server};
use crate::conn::{ConnConfig, ConnTable};
use crate::control::command::{Intent, Reply, Request};
use crate::control::effect::DoorNames;
use crate::control::{Board, ControlError, Event, Keeper};
use crate::host::hands::{Hands, Report};
use crate::host::signal::{Signal, SignalWatch};
use crate::host::watch::Watch;
use crate::host::{interrupt, links::Links, memory, privilege, systemd};
use crate::lvs::{LinkFact, Machine};
use crate::program::{self, Runner};
use crate::ring::{FanoutMode, RingConfig};
use crate::standby::{News, Standby};
use crate::worker::{Asked, Crew, CrewConfig, ExpressWay, Intake, IntakeWish, Profile, choose};
use anyhow::{Context, anyhow, bail};
use beacon::Beacon;
pub(super) use beacon::run as beacon;
use crossbeam_channel::{Receiver, Sender, TrySendError, after, bounded, never};
use legacy::Legacy;
use passage::Way;
use patrol::Rounds;
use std::collections::BTreeMap;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use synchrony::Synchrony;
use world::World;

/// A machine with so many bytes of memory for each connection that there may be has room for huge pages, of which the
/// index (7 bytes each) takes all with the first few connections.
const BYTES_FOR_HUGE: u64 = 1024;
/// Events that wait for the keeper at most.
const EVENTS: usize = 1024;
/// Facts about the host that wait for the keeper at most; the watcher waits when it is full.
const FACTS: usize = 4096;
/// Effects that wait for the hands at most.
const EFFECTS: usize = 4096;

/// Runs the director until a signal ends it.
///
/// # Errors
/// Why it could not start, each with what to do about it.
pub(super) fn direct(options: &RunOptions) -> anyhow::Result<()> {
    privilege::check()?;
    let links = find_links(&options.interfaces)?;
    let choice = choose(&asked(options), &machine(options));
    let others: Vec<usize> =
        machine(options).cpus.into_iter().filter(|cpu| !choice.cpus.contains(&Some(*cpu))).collect();
    // While there are all privileges, and neither threads nor memory to speak of.
    let programs = program::Process::of_this_program(&others);
    let beacon = options.vip_routes.map(Beacon::start).transpose();
    let beacon = beacon.context("starting the process that keeps routes to VIPs")?.map(Arc::new);
    privilege::prefer();
    let standby = Standby::start(&others).context("starting the thread of virtual routers")?;
    tracing::info!("{}", choice.describe());
    let intake = Intake::load(IntakeWish {
        workers: choice.cpus.len(),
        fanout: choice.fanout,
        filter: options.filter,
        shed: options.shed,
    });
    let express = if options.io == Io::AfXdp { express_way(&links) } else { None };
    privilege::keep_only_needed(express.is_some())?;
    let read = match options.config.as_slice() {
        [] => None,
        files => Some(reload::first(files, options.format).map_err(anyhow::Error::msg)?),
    };
    let read = read.map(|(intent, from)| (forced(intent, options.force_active), from));
    let wanted = read.as_ref().map(|(intent, _)| intent);
    let _held = hold(&links)?;
    let kept = options.decisions.as_deref().map(Scribe::start);
    let kept = kept.transpose().map_err(anyhow::Error::msg)?;
    let runner = programs.and_then(program::Process::runner).unwrap_or_else(|error| {
        tracing::error!(%error, "no scripts are run: their process cannot be started");
        Runner::none()
    });
    let courier = Courier::start(runner.clone(), log_name(options)).context("starting the courier")?;
    if let Some(script) = wanted.as_ref().and_then(|wanted| wanted.upkeep.startup.as_ref()) {
        courier.run(script);
    }
    let bound = server::bind(&options.socket)?;
    let netlink = genl::server::bind(&options.socket)?;
    let (signal_sender, signals) = bounded(16);
    let _signals = SignalWatch::start(signal_sender).context("receiving signals")?;

    let (event_sender, events) = bounded(EVENTS);
    let (fact_sender, facts) = bounded(FACTS);
    let (effects, effect_receiver) = bounded(EFFECTS);
    let (report_sender, reports) = bounded(16);
    let (door_sender, doors) = bounded(16);
    let claims = event_sender.clone();
    // A keeper that has ended wants no reports.
    let door = DoorNames::of(links.first().map_or(0, |link| link.ifindex));
    let hands = Hands::start(door.clone(), effect_receiver, move |report| match report {
        // It waits for these: by the other way they might come behind newer ones.
        Report::Claimed(reports) => drop(report_sender.try_send(reports)),
        Report::Door(is_made) => drop(door_sender.try_send(is_made)),
        Report::Healed(reports) => drop(claims.try_send(Event::Claimed(reports))),
    })
    .context("netlink")?;

    let huge_pages =
        memory::total_bytes().is_some_and(|bytes| bytes / u64::from(options.connections) >= BYTES_FOR_HUGE);
    let capacity = options.connections as usize;
    let config = ConnConfig { capacity, huge_pages, ..ConnConfig::default() };
    let table = options.table.as_deref().map(Legacy::take).transpose()?;
    let conns = match &table {
        None => ConnTable::new(config),
        Some(table) => ConnTable::in_file(config, table.fresh()?),
    };
    let conns = conns.context("fewer --connections need less")?;
    let board = Arc::new(Board::new(conns, choice.cpus.len()));
    let config = CrewConfig {
        ifindices: links.iter().map(|link| link.ifindex).collect(),
        cpus: choice.cpus.clone(),
        ring: RingConfig { ring_len: choice.ring_len, ..RingConfig::default() },
        spin: choice.spin,
        profile: choice.profile.name(),
        coalesce: options.coalesce,
    };
    let crew = Crew::start(config, intake, express, &board, &event_sender, give_up_privileges)?;
    let watch = Watch::start(fact_sender).context("watching links and routes by netlink")?;

    let ports: Vec<_> = links.iter().map(|link| (link.name.clone(), link.ifindex)).collect();
    let config_name = config_name(options);
    let way = Way::new(Arc::clone(&board.passes), door.mark());
    let for_virtual_routers = runner.clone();
    let rounds = Rounds::new(others, event_sender.clone(), runner, courier.clone(), way);
    let seen = event_sender.clone();
    // A keeper that has ended wants no sights.
    let lookout = Lookout::start(move |folder, files| drop(seen.send(Event::Maintained(folder, files))))
        .context("starting the thread that looks at folders of maintenance")?;
    let (scribe, decisions) = kept.unzip();
    let news = event_sender.clone();
    standby.begin(for_virtual_routers, Box::new(move |word| pass(&news, word)), bound.was_stale);
    let standby = Arc::new(standby);
    let world = World {
        effects,
        reports,
        doors,
        crew,
        rounds,
        lookout,
        scribe,
        courier: courier.clone(),
        routers: Arc::clone(&standby),
        synchrony: Synchrony::new(Arc::clone(&board)),
        beacon: beacon.clone(),
    };
    let uptime = board.uptime();
    let mut keeper = Keeper::new(board, &ports, door, config_name, world);
    keeper.recall(decisions.unwrap_or_default());
    if !options.claim {
        keeper.claim_none();
    }
    if let Some(table) = table {
        keeper.inherit(table.inheritance(uptime));
    }
    for (folder, sight) in wanted.map(first_sights).unwrap_or_default() {
        keeper.maintain(folder, sight.files);
    }
    if bound.was_stale {
        tracing::warn!(
            "a director died here: what it claimed is taken over, connections that are not known get silence for a while"
        );
    }
    let begun = keeper.begin(&facts, wanted, bound.was_stale);
    let keeper = std::thread::Builder::new()
        .name("keeper".to_owned())
        .spawn(move || keeper.run(&events, &facts))
        .context("starting the keeper")?;
    let asking = event_sender.clone();
    let (reload_sender, reloads) = bounded(16);
    let answer = move |request: Request, peer: server::Peer| {
        if !peer.may(&request) {
            return Reply::Refused(ControlError::NotPermitted);
        }
        match request {
            Request::Reload => pass_on(&reload_sender),
            request => ask(&asking, request),
        }
    };
    let api = server::serve(bound.listener, answer.clone())
        .and_then(|api| Ok((api, genl::server::serve(netlink.listener, answer)?)));

    let served = match (begun, &api) {
        (Ok(()), Ok(_)) => {
            announce_ready(options, &links, choice.cpus.len());
            let ask = |request| ask(&event_sender, request);
            let call_back = |file: &Path| courier.callback(&file.to_string_lossy());
            let mut files = Reloads::new(&options.config, options.format, ask, call_back);
            if let Some((intent, from)) = read {
                files = files.begun_with(from, intent.upkeep);
            }
            obey(&signals, &reloads, &mut files);
            Ok(())
        }
        (Err(error), _) => Err(anyhow::Error::from(error).context("the configuration is refused")),
        (_, Err(_)) => Ok(()),
    };

    systemd::stopping();
    let api = api.context("serving the control socket").map(drop);
    // Others take over while this one still forwards.
    standby.finish();
    if let Some(beacon) = beacon {
        beacon.put_out();
        std::thread::sleep(options.linger);
    }
    let _ = event_sender.send(Event::Stop);
    let mut last = None;
    if let Ok(world) = keeper.join() {
        // The backups learn what there is to learn while workers still add to it.
        drop(world.synchrony);
        drop(world.rounds);
        drop(world.lookout);
        drop(world.scribe);
        drop(world.effects);
        let _ = hands.join();
        world.crew.stop();
        last = courier.finish();
    }
    drop(watch);
    if let Some(script) = last {
        courier.run(&script);
    }
    served.and(api)
}

/// The configuration that a director begins with, where it is to become active at once.
fn forced(mut intent: Intent, is_forced: bool) -> Intent {
    match &mut intent.vrrp.pulse {
        Some(pulse) => pulse.is_forced = is_forced,
        None if is_forced => tracing::warn!("--force-active does nothing: no lvs.cf names a `primary`"),
        None => {}
    }
    intent
}

/// What there is in the folders of maintenance at the start: who is named there is down from the first moment.
fn first_sights(wanted: &Intent) -> BTreeMap<PathBuf, Sight> {
    let mut sights: BTreeMap<PathBuf, Sight> = BTreeMap::new();
    for folder in wanted.farms.iter().filter_map(|farm| farm.maintenance.as_ref()) {
        if !sights.contains_key(folder) {
            sights.entry(folder.clone()).or_default().look(folder, addresses);
        }
    }
    sights
}

/// AF_XDP for these links, or a line that says why not.
fn express_way(links: &[LinkFact]) -> Option<ExpressWay> {
    let mtu = links.iter().map(|link| link.mtu).max().unwrap_or(0);
    match ExpressWay::load(u8::try_from(links.len()).unwrap_or(0), mtu) {
        Ok(express) => Some(express),
        Err(error) => {
            tracing::warn!("no AF_XDP, by AF_PACKET alone: {error}");
            None
        }
    }
}

/// Workers need no privilege once their rings are open.
fn give_up_privileges() {
    if let Err(error) = privilege::drop_all_for_this_thread() {
        tracing::warn!(%error, "a worker keeps its capabilities");
    }
}

/// The configuration files' names.
fn config_name(options: &RunOptions) -> Option<String> {
    (!options.config.is_empty()).then(|| reload::names(&options.config))
}

/// What ldirectord's log would call the configuration: its first file's name, without folders.
fn log_name(options: &RunOptions) -> String {
    let name = options.config.first().and_then(|path| path.file_name());
    name.map_or_else(|| "ulvs".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The links of the named interfaces.
fn find_links(names: &[String]) -> anyhow::Result<Vec<LinkFact>> {
    let mut links = Links::open().context("netlink")?;
    let all = links.list()?;
    let mut found = Vec::new();
    for name in names {
        let Some(link) = all.iter().find(|link| link.name == *name) else {
            let there: Vec<_> =
                all.iter().filter(|link| link.ethernet).map(|link| link.name.as_str()).collect();
            bail!("no interface {name}; there are: {}", there.join(", "));
        };
        if !link.ethernet {
            bail!("{name} is no Ethernet interface; the director needs one (not lo, tun, ppp or wireguard)");
        }
        found.push(link.clone());
    }
    Ok(found)
}

/// Makes sure that no other director is at work on these interfaces: two would both answer for their VIPs. The lock is an
/// abstract socket's name, which belongs to the network namespace and vanishes with the process, however it ends.
fn hold(links: &[LinkFact]) -> anyhow::Result<Vec<UnixListener>> {
    let hold = |link: &LinkFact| {
        let name = SocketAddr::from_abstract_name(format!("ulvs/interface/{}", link.ifindex))?;
        UnixListener::bind_addr(&name)
    };
    let held = |link: &LinkFact| {
        hold(link).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => anyhow!("{} has a director already; stop that one first", link.name),
            _ => anyhow!("{}: cannot be locked: {error}", link.name),
        })
    };
    links.iter().map(held).collect()
}

/// What the options say of the workers.
fn asked(options: &RunOptions) -> Asked {
    Asked {
        profile: match options.profile {
            run::Profile::Auto => None,
            run::Profile::Latency => Some(Profile::Latency),
            run::Profile::Pps => Some(Profile::Pps),
        },
        workers: options.workers,
        cpus: options.cpus.clone(),
        fanout: options.fanout.map(|fanout| match fanout {
            Fanout::Client => FanoutMode::Client,
            Fanout::Hash => FanoutMode::Hash,
            Fanout::Cpu => FanoutMode::Cpu,
        }),
    }
}

/// What the machine has for the workers.
fn machine(options: &RunOptions) -> Machine {
    let usable = core_affinity::get_core_ids().unwrap_or_default();
    let mut cpus: Vec<usize> = usable.iter().map(|core| core.id).collect();
    cpus.sort_unstable();
    Machine { cpus, interrupted: interrupt::cpus_of(&options.interfaces) }
}

fn announce_ready(options: &RunOptions, links: &[LinkFact], workers: usize) {
    let names: Vec<_> = links.iter().map(|link| link.name.as_str()).collect();
    let status = format!("directing on {} with {workers} workers", names.join(", "));
    tracing::info!(socket = %options.socket.display(), "{status}");
    systemd::ready(&status);
}

/// Passes news of virtual routers to the keeper, if it has room for it.
fn pass(events: &Sender<Event>, news: News) -> Result<(), News> {
    let event = match news {
        News::Roles(held) => Event::Roles(held),
        News::Change(change) => Event::Router(change),
    };
    match events.try_send(event) {
        Err(TrySendError::Full(Event::Roles(held))) => Err(News::Roles(held)),
        Err(TrySendError::Full(Event::Router(change))) => Err(News::Change(change)),
        // A keeper that has ended wants no news.
        _ => Ok(()),
    }
}

/// Passes one request to the keeper and waits for the answer.
fn ask(events: &Sender<Event>, request: Request) -> Reply {
    let (reply, answer) = bounded(1);
    let ended = || Reply::Refused(ControlError::Invalid("the director is ending".to_owned()));
    if events.send(Event::Request(Box::new(request), reply)).is_err() {
        return ended();
    }
    answer.recv().unwrap_or_else(|_| ended())
}

/// Has the files read anew, and waits for what becomes of it.
fn pass_on(reloads: &Sender<Sender<Reply>>) -> Reply {
    let (reply, answer) = bounded(1);
    let ended = || Reply::Refused(ControlError::Invalid("the director is ending".to_owned()));
    if reloads.send(reply).is_err() {
        return ended();
    }
    answer.recv().unwrap_or_else(|_| ended())
}

/// Until SIGTERM or SIGINT; SIGHUP, `ulvs reload` and files that change have the configuration read anew.
fn obey<A, C>(signals: &Receiver<Signal>, reloads: &Receiver<Sender<Reply>>, files: &mut Reloads<A, C>)
where
    A: Fn(Request) -> Reply,
    C: Fn(&Path),
{
    loop {
        let look = files.wait().map_or_else(never, after);
        crossbeam_channel::select! {
            recv(signals) -> signal => match signal {
                Ok(Signal::Reload) => drop(told(|| files.now())),
                _ => return,
            },
            recv(reloads) -> who => {
                let Ok(who) = who else { return };
                // Who asked may have gone.
                let _ = who.send(told(|| files.now()));
            }
            recv(look) -> _ => {
                if let Some(changed) = files.look() {
                    drop(told(|| files.take(&changed)));
                }
            }
        }
    }
}

/// Tells the service manager of a reload while it goes on.
fn told(reload: impl FnOnce() -> (Reply, &'static str)) -> Reply {
    systemd::reloading();
    let (reply, told) = reload();
    systemd::ready(told);
    reply
}

/// Sets up the log on standard error.
pub(super) fn start_log(level: tracing::Level) {
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(terminal && std::env::var_os("NO_COLOR").is_none())
        .with_writer(std::io::stderr);
    // Fails only if there is a log already.
    let _ = log.try_init();
}
