use super::http_wire::{Answer, KEPT_LIMIT, Wanted, exchange, request};
use super::{Outcome, Target, dial, search, tls};
use crate::lvs::{BodyPattern, HttpProbe, HttpUrl, ServiceKey, Tls};
use std::net::{IpAddr, SocketAddr};

/// Asks for each url, one connection each; all must be answered well.
pub(super) async fn ask(probe: &HttpProbe, target: &Target) -> Outcome {
    let mut said = "no url".to_owned();
    for url in &probe.urls {
        let name = if probe.urls.len() > 1 { format!("{}: ", url.path) } else { String::new() };
        match one(probe, url, target).await {
            Ok(detail) => said = format!("{name}{detail}"),
            Err(fault) => return Outcome::down(format!("{name}{fault}")),
        }
    }
    if probe.urls.is_empty() { Outcome::down(said) } else { Outcome::up(said) }
}

/// Where a request goes: changes with each redirect.
struct Place {
    at: SocketAddr,
    tls: Option<Tls>,
    host: Option<String>,
    path: String,
}

async fn one(probe: &HttpProbe, url: &HttpUrl, target: &Target) -> Result<String, String> {
    let mut place =
        Place { at: target.at, tls: probe.tls.clone(), host: url.host.clone(), path: url.path.clone() };
    let mut redirects = probe.redirects;
    loop {
        let (answer, days_left) = visit(probe, url, target, &place).await?;
        let is_redirect = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        let is_expected = url.status.iter().any(|(from, to)| (*from..=*to).contains(&answer.status));
        if let Some(location) =
            answer.location.as_ref().filter(|_| is_redirect && !is_expected && redirects > 0)
        {
            redirects -= 1;
            place = redirected(place, location, target)?;
            continue;
        }
        judge(url, &answer).await?;
        let mut said = format!("status {}, {} bytes", answer.status, answer.length);
        match days_left {
            Some(days) if days < 0 => said += ", the certificate has expired",
            Some(days) => said += &format!(", the certificate expires in {days} days"),
            None => {}
        }
        return Ok(said);
    }
}

async fn visit(
    probe: &HttpProbe,
    url: &HttpUrl,
    target: &Target,
    place: &Place,
) -> Result<(Answer, Option<i64>), String> {
    let own = if place.tls.is_some() { 443 } else { 80 };
    let host = place.host.clone().unwrap_or_else(|| authority(place.at, own));
    let request = request(probe, url, &place.path, &host)?;
    let wanted = Wanted { text: url.body.is_some(), digest: url.digest.is_some() };
    let stream = dial::tcp(place.at, target).await.map_err(|error| format!("connection: {error}"))?;
    let Some(how) = &place.tls else {
        return Ok((exchange(stream, &request, url.method, wanted).await?, None));
    };
    let secured = tls::over(stream, how, place.at.ip()).await.map_err(|error| format!("TLS: {error}"))?;
    let answer = exchange(secured.stream, &request, url.method, wanted).await?;
    Ok((answer, secured.days_left))
}

/// The address, and the port where it is not the protocol's own.
fn authority(at: SocketAddr, own: u16) -> String {
    let host = match at.ip() {
        IpAddr::V4(addr) => addr.to_string(),
        IpAddr::V6(addr) => format!("[{addr}]"),
    };
    if at.port() == own { host } else { format!("{host}:{}", at.port()) }
}

/// Redirects never lead to another machine: the name in them is the service's, and would lead back to the director. They
/// change the protocol, the `Host` and the path. A port is the one that clients see: the service's own stands for the
/// real server's.
fn redirected(place: Place, location: &str, target: &Target) -> Result<Place, String> {
    let (is_tls, rest) = if let Some(rest) = location.strip_prefix("https://") {
        (true, rest)
    } else if let Some(rest) = location.strip_prefix("http://") {
        (false, rest)
    } else if location.starts_with('/') && !location.starts_with("//") {
        return Ok(Place { path: location.to_owned(), ..place });
    } else if location.contains("://") || location.starts_with("//") {
        return Err(format!("redirected to {location}"));
    } else {
        let path = place.path.split(['?', '#']).next().unwrap_or_default();
        let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
        return Ok(Place { path: format!("{folder}{location}"), ..place });
    };
    let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    let path = path.split('#').next().unwrap_or_default();
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let said: Option<u16> = match authority.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => {
            Some(port.parse().map_err(|_| format!("redirected to {location}"))?)
        }
        _ => None,
    };
    let is_same_protocol = is_tls == place.tls.is_some();
    let own = if is_tls { 443 } else { 80 };
    let vport = match target.service {
        ServiceKey::Tuple { virt, .. } => Some(virt.port),
        ServiceKey::Fwmark { .. } => None,
    };
    let port = match said {
        None if is_same_protocol => place.at.port(),
        None => own,
        Some(port) if is_same_protocol && Some(port) == vport => place.at.port(),
        Some(port) => port,
    };
    let name = authority.rsplit_once(':').filter(|_| said.is_some()).map_or(authority, |(name, _)| name);
    let is_name = name.parse::<IpAddr>().is_err() && !name.starts_with('[');
    let tls = is_tls
        .then(|| place.tls.unwrap_or_default())
        .map(|tls| Tls { server_name: if is_name { Some(name.to_owned()) } else { tls.server_name }, ..tls });
    Ok(Place { at: SocketAddr::new(place.at.ip(), port), tls, host: Some(authority.to_owned()), path })
}

async fn judge(url: &HttpUrl, answer: &Answer) -> Result<(), String> {
    let status = answer.status;
    let default = [(200, 299)];
    let ranges = if url.status.is_empty() { &default[..] } else { &url.status };
    if !ranges.iter().any(|(from, to)| (*from..=*to).contains(&status)) {
        let ranges: Vec<String> = ranges
            .iter()
            .map(|(from, to)| if from == to { from.to_string() } else { format!("{from}..={to}") })
            .collect();
        return Err(format!("status {status}, not {}", ranges.join(" ")));
    }
    if let Some(digest) = url.digest.as_ref().filter(|digest| !digest.eq_ignore_ascii_case(&answer.digest)) {
        return Err(format!("MD5 {}, not {digest}", answer.digest));
    }
    let Some(wanted) = &url.body else { return Ok(()) };
    // Searching a large body takes a while: not on a thread that serves other checks.
    let (wanted, body, length) = (wanted.clone(), answer.body.clone(), answer.length);
    let search = move || searched(&wanted, &body, length);
    if answer.body.len() <= 16 << 10 {
        return search();
    }
    tokio::task::spawn_blocking(search).await.unwrap_or_else(|error| Err(error.to_string()))
}

/// Bytes that are no UTF-8 are taken as Latin-1. Offsets are in bytes either way.
fn searched(wanted: &BodyPattern, body: &[u8], length: u64) -> Result<(), String> {
    let latin: String;
    // The end may have been cut within a character.
    let valid = match std::str::from_utf8(body) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&body[..error.valid_up_to()]).ok(),
        Err(_) => None,
    };
    let text = if let Some(text) = valid {
        text
    } else {
        latin = body.iter().map(|byte| char::from(*byte)).collect();
        &latin
    };
    let is_latin = valid.is_none();
    let place_of = |byte: u64| {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        if is_latin {
            text.char_indices().nth(byte).map_or(text.len(), |(at, _)| at)
        } else {
            text.ceil_char_boundary(byte.min(text.len()))
        }
    };
    let regex = &wanted.pattern.regex;
    let found = if wanted.min_offset > body.len() as u64 {
        None
    } else {
        search::find(&wanted.pattern, text, place_of(wanted.min_offset))?
    };
    let found = found.filter(|at| wanted.max_offset == 0 || *at < place_of(wanted.max_offset));
    let cut = if length > body.len() as u64 {
        format!(" in the first {} MiB", KEPT_LIMIT >> 20)
    } else {
        String::new()
    };
    match (found, wanted.absent) {
        (None, false) => Err(format!("no match for /{regex}/{cut}")),
        (Some(_), true) => Err(format!("a match for /{regex}/")),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
