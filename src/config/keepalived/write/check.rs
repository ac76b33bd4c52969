//! Checkers.

use super::super::farm::{CONNECT_TIMEOUT, FILE_INTERVAL};
use super::Writer;
use super::text::{escaped, quoted, script};
use crate::lvs::{
    Check, HttpMethod, HttpProbe, HttpUrl, HttpVersion, Pattern, Probe, ScriptKind, Timing, UdpProbe,
};
use std::fmt::Write as _;
use std::time::Duration;

/// The types that DNS_CHECK knows.
const DNS_TYPES: &[&str] = &["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA"];

impl Writer {
    pub(super) fn check(&mut self, check: &Check, whose: &str) {
        match &check.probe {
            // Without a check a real server is always up.
            Probe::Fixed { up: true } => return,
            Probe::Tcp => self.out.open("TCP_CHECK"),
            Probe::Ping { tries } => {
                self.out.open("PING_CHECK");
                if *tries != 1 {
                    self.unsaid(format!("{whose}: that a ping is {tries} requests"));
                }
            }
            Probe::Http(http) => self.http(http, whose),
            Probe::Smtp { helo } => {
                self.out.open("SMTP_CHECK");
                self.out.line(&format!("helo_name {}", quoted(helo)));
            }
            Probe::Dns(dns) if DNS_TYPES.contains(&dns.kind.as_str()) && !dns.tcp => {
                self.out.open("DNS_CHECK");
                self.out.line(&format!("type {}", dns.kind));
                self.out.line(&format!("name {}", quoted(&dns.name)));
                if dns.expect.is_some() {
                    self.unsaid(format!("{whose}: what the answer of a name server must be"));
                }
            }
            Probe::Udp(udp) => self.udp(udp),
            Probe::Script(probe) => match probe.kind {
                ScriptKind::Misc { weight } => {
                    self.out.open("MISC_CHECK");
                    let bare = crate::lvs::Script { user: None, group: None, ..probe.script.clone() };
                    self.out.line(&format!("misc_path {}", script(&bare)));
                    if let Some(user) = &probe.script.user {
                        let group = probe
                            .script
                            .group
                            .as_ref()
                            .map_or(String::new(), |group| format!(" {}", quoted(group)));
                        self.out.line(&format!("user {}{group}", quoted(user)));
                    }
                    if weight {
                        self.out.line("misc_dynamic");
                    }
                }
                _ => return self.unsaid(format!("{whose}: a script that is no MISC_CHECK")),
            },
            Probe::File { path, weight } => {
                self.out.open("FILE_CHECK");
                let name = self.track_files.get(path).cloned().unwrap_or_default();
                self.out.line(&format!("track_file {name}"));
                self.out.line(&format!("weight {}", weight.unwrap_or(0)));
            }
            other => {
                let kind = match other {
                    Probe::Fixed { .. } => "that it is always down",
                    Probe::Dns(_) => "a DNS check over TCP, or of a type that DNS_CHECK does not know",
                    Probe::Exchange(_) => "a check that sends and expects a text",
                    Probe::Lines { .. } => "a simpletcp check",
                    Probe::Ftp { .. } => "an FTP check",
                    Probe::Pop { .. } => "a POP check",
                    Probe::Imap { .. } => "an IMAP check",
                    Probe::Nntp => "an NNTP check",
                    Probe::Ldap { .. } => "an LDAP check",
                    Probe::Sql(_) => "an SQL check",
                    Probe::Radius { .. } => "a RADIUS check",
                    _ => "a check of a kind that keepalived has not",
                };
                return self.unsaid(format!("{whose}: {kind}"));
            }
        }
        self.said_of_all(check, whose);
        self.out.close();
    }

    fn said_of_all(&mut self, check: &Check, whose: &str) {
        let is_script = matches!(check.probe, Probe::Script(_));
        let is_file = matches!(check.probe, Probe::File { .. });
        let connects = !is_script && !is_file;
        if check.through_vip {
            self.unsaid(format!("{whose}: that the VIP is asked, the way packets go"));
        }
        if connects {
            if let Some(addr) = check.addr {
                self.out.line(&format!("connect_ip {addr}"));
            }
            if let Some(port) = check.port {
                self.out.line(&format!("connect_port {port}"));
            }
            if let Some(addr) = check.from.addr {
                self.out.line(&format!("bindto {addr}"));
            }
            if let Some(port) = check.from.port {
                self.out.line(&format!("bind_port {port}"));
            }
            if let Some(interface) = &check.from.interface {
                self.out.line(&format!("bind_if {}", quoted(interface)));
            }
            if let Some(mark) = check.from.mark {
                self.out.line(&format!("fwmark {mark}"));
            }
        }
        self.timing(check, whose, is_script, is_file);
        if check.begins_down {
            self.out.line("alpha");
        }
        if check.tells_all && !is_file {
            self.out.line("log_all_failures");
        }
    }

    fn timing(&mut self, check: &Check, whose: &str, is_script: bool, is_file: bool) {
        let Timing { interval, retry_interval, timeout, falls, rises, first_counts, warmup } = check.timing;
        if rises != 1 {
            self.unsaid(format!("{whose}: that {rises} successes count as up"));
        }
        if !first_counts {
            self.unsaid(format!("{whose}: that the first result of all does not count at once"));
        }
        if is_file {
            if interval != FILE_INTERVAL || falls != 1 {
                self.unsaid(format!("{whose}: how often a file is looked at"));
            }
            return;
        }
        self.timer("delay_loop", interval);
        self.out.line(&format!("retry {}", falls.saturating_sub(1)));
        self.timer("delay_before_retry", retry_interval.unwrap_or(interval));
        self.timer("warmup", warmup);
        if !is_script {
            if timeout != CONNECT_TIMEOUT {
                self.timer("connect_timeout", timeout);
            }
        } else if timeout != interval {
            if timeout.subsec_nanos() != 0 {
                self.unsaid(format!("{whose}: the fraction of a second in a script's time"));
            }
            let whole = timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0);
            self.timer("misc_timeout", Duration::from_secs(whole.max(1)));
        }
    }

    fn udp(&mut self, udp: &UdpProbe) {
        self.out.open("UDP_CHECK");
        let hex = |bytes: &[(u8, u8)]| {
            let mut text = String::new();
            for (byte, mask) in bytes {
                for (digit, mask) in [(byte >> 4, mask >> 4), (byte & 0xf, mask & 0xf)] {
                    let _ = if mask == 0 { write!(text, "X") } else { write!(text, "{digit:x}") };
                }
            }
            text
        };
        if let Some(payload) = &udp.payload {
            let bytes: Vec<(u8, u8)> = payload.iter().map(|byte| (*byte, 0xff)).collect();
            self.out.line(&format!("payload {}", hex(&bytes)));
        }
        if udp.needs_reply {
            self.out.line(format!("require_reply {}", hex(&udp.reply)).trim_end());
        }
        if udp.min_reply != 0 {
            self.out.line(&format!("min_reply_length {}", udp.min_reply));
        }
        self.out.line(&format!("max_reply_length {}", udp.max_reply));
    }

    fn http(&mut self, http: &HttpProbe, whose: &str) {
        self.out.open(if http.tls.is_some() { "SSL_GET" } else { "HTTP_GET" });
        match (http.version, http.says_close) {
            (HttpVersion::V1_0, false) => {}
            (HttpVersion::V1_0, true) => self.out.line("http_protocol 1.0C"),
            (HttpVersion::V1_1, close) => {
                self.out.line("http_protocol 1.1");
                if !close {
                    self.unsaid(format!("{whose}: HTTP/1.1 without Connection: close"));
                }
            }
        }
        if let Some(tls) = &http.tls {
            if let Some(name) = &tls.server_name {
                self.out.line("enable_sni");
                self.out.line(&format!("sni_name {}", quoted(name)));
            }
            if tls.authorities.is_some() {
                self.unsaid(format!("{whose}: that the certificate must be valid"));
            }
        }
        if http.login.is_some() {
            self.unsaid(format!("{whose}: the name and password of an HTTP check"));
        }
        if http.redirects > 0 {
            self.unsaid(format!("{whose}: that an HTTP check follows redirects"));
        }
        if http.user_agent != super::super::http::USER_AGENT {
            self.unsaid(format!("{whose}: the User-Agent of an HTTP check"));
        }
        for url in &http.urls {
            self.url(url, whose);
        }
    }

    fn url(&mut self, url: &HttpUrl, whose: &str) {
        self.out.open("url");
        self.out.line(&format!("path {}", quoted(&url.path)));
        if url.method != HttpMethod::Get {
            self.unsaid(format!("{whose}: that an HTTP check asks with HEAD"));
        }
        if let Some(host) = &url.host {
            self.out.line(&format!("virtualhost {}", quoted(host)));
        }
        if !url.status.is_empty() {
            let mut line = String::from("status_code");
            for (first, last) in &url.status {
                let _ =
                    if first == last { write!(line, " {first}") } else { write!(line, " {first}-{last}") };
            }
            self.out.line(&line);
        }
        if let Some(digest) = &url.digest {
            self.out.line(&format!("digest {digest}"));
        }
        if let Some(body) = &url.body {
            let Pattern { regex } = &body.pattern;
            self.out.line(&format!("regex {}", escaped(regex)));
            if body.absent {
                self.out.line("regex_no_match");
            }
            if body.min_offset != 0 {
                self.out.line(&format!("regex_min_offset {}", body.min_offset));
            }
            if body.max_offset != 0 {
                self.out.line(&format!("regex_max_offset {}", body.max_offset));
            }
        }
        self.out.close();
    }
}
