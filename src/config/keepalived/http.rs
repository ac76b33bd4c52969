//! HTTP_GET and SSL_GET.

use super::draft::{Checker, Real};
use super::keys_lvs::{HTTP, URL};
use super::line::Statement;
use super::reader::Reader;
use super::remark::At;
use super::script::words;
use crate::config::pattern::NoPattern;
use crate::lvs::{BodyPattern, HttpProbe, HttpUrl, HttpVersion, Pattern, Probe, Tls};
use std::time::Duration;

/// What keepalived calls itself.
pub(super) const USER_AGENT: &str = "KeepAliveClient";

/// A pattern and what is said of it.
#[derive(Default)]
struct Regex {
    pattern: Option<(String, At)>,
    absent: bool,
    /// Letters of `(?…)`.
    flags: String,
    min_offset: u64,
    max_offset: u64,
    /// Where something is said of it.
    at: Option<At>,
}

impl Reader<'_, '_> {
    pub fn http(&mut self, real: &mut Real, head: &Statement, tls: bool) {
        let mut probe = HttpProbe {
            tls: tls.then(Tls::default),
            user_agent: USER_AGENT.to_owned(),
            ..HttpProbe::default()
        };
        let delay = Some(Duration::from_secs(3));
        let mut checker = Checker { retry_delay: delay, ..Checker::new(Probe::Tcp) };
        let mut name = None;
        while let Some((key, statement)) = self.entry(&HTTP) {
            match key.map_or("", |key| key.name) {
                "url" => probe.urls.extend(self.url(&statement)),
                "http_protocol" => match statement.text().to_ascii_uppercase().as_str() {
                    "1.0" => (probe.version, probe.says_close) = (HttpVersion::V1_0, false),
                    "1.0C" => (probe.version, probe.says_close) = (HttpVersion::V1_0, true),
                    "1.1" | "1.1C" => (probe.version, probe.says_close) = (HttpVersion::V1_1, true),
                    other => {
                        let message = format!("there is no version `{other}`");
                        self.bad_value(&statement, message, "write 1.0, 1.0C or 1.1; the line is left out");
                    }
                },
                word @ ("enable_sni" | "sni_name") if !tls => {
                    let message = format!("`{word}` has no effect: HTTP_GET does not use TLS");
                    self.remarks.note(statement.at(), message).help("SSL_GET does");
                }
                "enable_sni" => checker.says_name = statement.switch(),
                "sni_name" => name = Some(statement.text()),
                _ => drop(checker.takes(&statement)),
            }
        }
        if probe.urls.is_empty() {
            let message = "this check has no url: it is left out";
            self.remarks.warning(head.from(0), message).strict();
            return;
        }
        if let (Some(tls), true) = (&mut probe.tls, checker.says_name) {
            tls.server_name = name;
        }
        checker.probe = Probe::Http(probe);
        real.checks.push(checker);
    }

    fn url(&mut self, head: &Statement) -> Option<HttpUrl> {
        let mut url = HttpUrl::default();
        let mut regex = Regex::default();
        while let Some((key, statement)) = self.entry(&URL) {
            match key.map_or("", |key| key.name) {
                "path" => url.path = statement.text(),
                "virtualhost" => url.host = Some(statement.text()),
                "digest" => {
                    let digest = statement.text();
                    if digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                        url.digest = Some(digest.to_ascii_lowercase());
                    } else {
                        let message = format!("`{digest}` is no MD5 digest");
                        self.bad_value(
                            &statement,
                            message,
                            "32 hex digits are expected; the line is left out",
                        );
                    }
                }
                "status_code" => self.status(&mut url, &statement),
                name => self.regex(&mut regex, name, &statement),
            }
        }
        if url.path.is_empty() {
            let message = "this url has no path: it is left out";
            self.remarks.warning(head.from(0), message).strict();
            return None;
        }
        match regex.pattern {
            Some((pattern, at)) => {
                let flags = regex.flags;
                let regex_text = if flags.is_empty() { pattern } else { format!("(?{flags}){pattern}") };
                let pattern = Pattern { regex: regex_text };
                self.look_at_pattern(&pattern, at);
                url.body = Some(BodyPattern {
                    pattern,
                    absent: regex.absent,
                    min_offset: regex.min_offset,
                    max_offset: regex.max_offset,
                });
            }
            None => {
                if let Some(at) = regex.at {
                    self.remarks.warning(at, "there is no `regex` that this would be for").strict();
                }
            }
        }
        Some(url)
    }

    /// Says what is wrong with a pattern; keepalived says it only when it checks.
    fn look_at_pattern(&mut self, pattern: &Pattern, at: At) {
        match self.patterns.look_at(pattern) {
            Ok(()) | Err(NoPattern::TogetherTooLarge { is_first: false }) => {}
            Err(NoPattern::TooLarge) => {
                let message = "this regular expression is too large: whether it is one is not looked at";
                self.remarks.warning(at, message).help("fewer or smaller numbers of repetitions");
            }
            Err(NoPattern::TogetherTooLarge { .. }) => {
                let message = "with this, all regular expressions together are too large: whether this and those \
                               behind it are some is not looked at";
                self.remarks.warning(at, message);
            }
            Err(NoPattern::Wrong { why, .. }) => {
                let message = format!("no regular expression: {}; the check always fails", cut(&why));
                let help = format!("this is the pattern `{}`", cut(&pattern.regex));
                self.remarks.warning(at, message).help(help);
            }
        }
    }

    fn status(&mut self, url: &mut HttpUrl, statement: &Statement) {
        for word in statement.words.iter().skip(1) {
            let (first, last) = word.text.split_once('-').unwrap_or((&word.text, &word.text));
            let code = |text: &str| text.parse::<u16>().ok().filter(|code| (100..=599).contains(code));
            match (code(first), code(last)) {
                (Some(first), Some(last)) if first <= last => url.status.push((first, last)),
                _ => {
                    let message = format!("`{}` is no status code: 100 to 599, or a range", word.text);
                    self.remarks.warning(word.at, message).strict().help("it is left out");
                }
            }
        }
    }

    fn regex(&mut self, regex: &mut Regex, name: &str, statement: &Statement) {
        regex.at.get_or_insert(statement.at());
        match name {
            "regex" => {
                let parts = words(&statement.raw);
                if parts.len() > 2 {
                    let help = "a pattern with blanks needs quotes; the first word is used";
                    let message = "there is more than one pattern here";
                    self.remarks.warning(statement.from(1), message).help(help);
                }
                let pattern = parts.into_iter().nth(1).unwrap_or_default();
                if has_lost_class(&statement.raw) {
                    let help = "write two backslashes: keepalived takes one away";
                    self.remarks
                        .warning(statement.from(1), format!("this is the pattern `{pattern}`"))
                        .help(help);
                }
                regex.pattern = Some((pattern, statement.from(1)));
            }
            "regex_no_match" => regex.absent = statement.switch(),
            "regex_min_offset" => regex.min_offset = statement.count().unwrap_or(0).into(),
            "regex_max_offset" => regex.max_offset = statement.count().unwrap_or(0).into(),
            _ => {
                for word in statement.words.iter().skip(1) {
                    let flag = match word.text.as_str() {
                        "caseless" => "i",
                        "dotall" => "s",
                        "multiline" => "m",
                        "extended" => "x",
                        "ungreedy" => "U",
                        // What is always so here, or makes no difference to whether something matches.
                        "utf" | "ucp" | "no_auto_capture" | "no_auto_possess" | "no_dotstar_anchor"
                        | "no_start_optimize" | "auto_callout" | "never_utf" | "never_ucp" | "dupnames"
                        | "never_backslash_c" => {
                            self.remarks.note(word.at, format!("`{}` makes no difference here", word.text));
                            continue;
                        }
                        other => {
                            let message =
                                format!("`{other}` has no effect: patterns have no such option here");
                            let help = "caseless, dotall, multiline, extended and ungreedy are known";
                            self.remarks.warning(word.at, message).help(help);
                            continue;
                        }
                    };
                    if !regex.flags.contains(flag) {
                        regex.flags.push_str(flag);
                    }
                }
            }
        }
    }
}

/// The first characters of a text.
fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Is there a single backslash before a letter that would mean a class in a pattern (`\d`) if it were two?
fn has_lost_class(raw: &str) -> bool {
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && bytes.next().is_some_and(|next| b"dDsSwWBAzZ".contains(&next)) {
            return true;
        }
    }
    false
}
