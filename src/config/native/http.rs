//! Health checks over HTTP.

use super::layers::Layers;
use super::reader::{Reader, cut};
use super::{Value, keys};
use crate::lvs::{BodyPattern, HttpMethod, HttpProbe, HttpUrl, HttpVersion, Tls};
use toml::de::DeValue;

/// `User-Agent` of a check that does not say.
pub(super) const DEFAULT_USER_AGENT: &str = "ulvs";
/// Names of the versions.
pub(super) const VERSIONS: [(&str, HttpVersion); 2] =
    [("1.0", HttpVersion::V1_0), ("1.1", HttpVersion::V1_1)];
/// The version of a check that does not say.
pub(super) const DEFAULT_VERSION: HttpVersion = HttpVersion::V1_1;
/// Names of the methods.
pub(super) const METHODS: [(&str, HttpMethod); 2] = [("GET", HttpMethod::Get), ("HEAD", HttpMethod::Head)];
/// Redirects that can be asked for at most.
pub(super) const MAX_REDIRECTS: u32 = 100;
/// Bytes of memory that a URL counts as, besides its texts.
const URL_LEN: usize = 256;

impl Reader<'_, '_> {
    pub(super) fn http(&mut self, with_tls: bool, layers: Layers<'_, '_>) -> Option<HttpProbe> {
        let tls = with_tls.then(|| Tls {
            server_name: layers.wanted("server_name").and_then(|value| self.word(value)).map(str::to_owned),
            authorities: layers.wanted("authorities").and_then(|value| self.path(value)),
        });
        let version = match layers.get("version") {
            Some(value) => self.choice(value, &VERSIONS)?,
            None => DEFAULT_VERSION,
        };
        let says_close = layers.get("says_close").and_then(|value| self.boolean(value)).unwrap_or(true);
        let user_agent = match layers.get("user_agent") {
            Some(value) => self.header(value)?,
            None => DEFAULT_USER_AGENT.to_owned(),
        };
        let redirects =
            layers.get("redirects").and_then(|value| self.integer(value, 0..=MAX_REDIRECTS)).unwrap_or(0);
        let login = self.login_if_any(layers)?;
        let urls = match layers.get("url") {
            Some(value) => self.urls(value, layers)?,
            None => vec![self.url(layers)?],
        };
        Some(HttpProbe { tls, urls, version, says_close, user_agent, redirects, login })
    }

    /// An array of paths or tables; what these do not say the check says.
    fn urls<'i>(&mut self, value: &Value<'i>, layers: Layers<'_, 'i>) -> Option<Vec<HttpUrl>> {
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(value, "an array of tables");
            return None;
        };
        if list.is_empty() {
            self.error(value.span(), "a check needs at least one URL");
        }
        let urls: Vec<_> = list
            .iter()
            .map(|entry| {
                let table = self.table(entry)?;
                self.known(table, &[keys::URL]);
                self.url(layers.under(table))
            })
            .collect();
        urls.into_iter().collect()
    }

    fn url(&mut self, layers: Layers<'_, '_>) -> Option<HttpUrl> {
        let method = layers.get("method").map(|value| self.choice(value, &METHODS));
        let path = layers.get("path").map(|value| self.header(value));
        let host = layers.wanted("host").map(|value| self.header(value));
        let status = layers.get("status").map(|value| self.statuses(value));
        let digest = layers.wanted("digest").map(|value| self.digest(value));
        let body = layers.wanted("body").map(|value| self.body(value));
        // All have been looked at: from here on, what is wrong has been told.
        let method = method.unwrap_or(Some(HttpMethod::Get))?;
        let path = path.unwrap_or_else(|| Some("/".to_owned()))?;
        let status = status.unwrap_or_else(|| Some(Vec::new()))?;
        let (host, digest, body) = (all_or_none(host)?, all_or_none(digest)?, all_or_none(body)?);
        if method == HttpMethod::Head
            && let Some(value) = layers.wanted("digest").or_else(|| layers.wanted("body"))
        {
            self.warning(value.span(), "the answer to HEAD has no body: this is compared with nothing");
        }
        self.take(URL_LEN, 0..0).then_some(HttpUrl { method, path, host, status, digest, body })
    }

    /// What goes into a line of a request: no blanks at the ends, nothing that ends the line.
    fn header(&mut self, value: &Value<'_>) -> Option<String> {
        let text = self.text(value)?;
        if text.contains(|c: char| c.is_control()) {
            self.error(value.span(), "must fit into one line of a request");
            return None;
        }
        Some(text.to_owned())
    }

    /// `200`, `"200-299"`, or an array of such.
    fn statuses(&mut self, value: &Value<'_>) -> Option<Vec<(u16, u16)>> {
        let Some(list) = value.get_ref().as_array() else {
            return self.status(value).map(|range| vec![range]);
        };
        let ranges: Vec<_> = list.iter().map(|entry| self.status(entry)).collect();
        ranges.into_iter().collect()
    }

    fn status(&mut self, value: &Value<'_>) -> Option<(u16, u16)> {
        let range = match value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => {
                integer.as_str().parse().ok().map(|code: u16| (code, code))
            }
            DeValue::String(text) => {
                let (first, last) = text.split_once('-').unwrap_or((text, text));
                let code = |text: &str| text.trim().parse::<u16>().ok();
                code(first).zip(code(last))
            }
            _ => {
                self.wrong_type(value, "an integer or a string");
                return None;
            }
        };
        let range = range.filter(|(first, last)| *first >= 100 && first <= last && *last <= 999);
        if range.is_none() {
            let help = "write 200, \"200-299\", or several: [200, \"301-303\"]; from 100 to 999";
            self.error_with_help(value.span(), "no range of status codes", help);
        }
        range
    }

    fn digest(&mut self, value: &Value<'_>) -> Option<String> {
        let text = self.text(value)?;
        if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(text.to_owned());
        }
        let message = format!("`{}` is no MD5 digest", cut(text));
        self.error_with_help(value.span(), message, "32 hexadecimal digits, as md5sum prints them");
        None
    }

    /// A pattern, or a table with one.
    fn body(&mut self, value: &Value<'_>) -> Option<BodyPattern> {
        if value.get_ref().as_str().is_some() {
            return self.pattern(value).map(|pattern| BodyPattern { pattern, ..BodyPattern::default() });
        }
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(value, "a string or a table");
            return None;
        };
        self.known(table, &[keys::BODY]);
        let pattern = match table.get("pattern") {
            Some(value) => self.pattern(value)?,
            None => {
                self.error_with_help(
                    value.span(),
                    "a pattern is needed",
                    "{ pattern = 'OK', absent = true }",
                );
                return None;
            }
        };
        let absent = table.get("absent").and_then(|value| self.boolean(value)).unwrap_or(false);
        let mut offset = |key| {
            let offset = table.get(key).and_then(|value| self.signed(value, 0..=i64::MAX));
            offset.and_then(|offset| u64::try_from(offset).ok()).unwrap_or(0)
        };
        let (min_offset, max_offset) = (offset("min_offset"), offset("max_offset"));
        if let (true, Some(max)) = (max_offset > 0 && min_offset >= max_offset, table.get("max_offset")) {
            self.warning(max.span(), "nothing begins before this byte and behind min_offset");
        }
        Some(BodyPattern { pattern, absent, min_offset, max_offset })
    }
}

/// What was said and is no good is told; what was not said is fine.
#[allow(clippy::option_option, reason = "said or not, good or not")]
fn all_or_none<T>(said: Option<Option<T>>) -> Option<Option<T>> {
    match said {
        Some(good) => good.map(Some),
        None => Some(None),
    }
}
