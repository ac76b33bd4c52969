//! Mark rules as people have them: `iptables-save` (and `ip6tables-save`) output, and `iptables` command lines.
//!
//! What counts is mangle PREROUTING. A rule there that cannot be expressed is an error; so is one that sets a mark where
//! IPVS would see it but we have no such place. All else (other tables' filters and translations, marks of outgoing
//! packets) is skipped and counted.

use super::diagnostic::Diagnostics;
use super::mark::{self, Words};
use super::names::Names;
use super::source::Source;
use crate::lvs::{Family, MarkRule, SetMark};
use std::ops::Range;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Imported {
    /// Mark rules, in order.
    pub rules: Vec<MarkRule>,
    /// Rules that have nothing to do with marks for services.
    pub skipped: usize,
}

/// Reads a text; what cannot be expressed goes to `out`, and then nothing must be used. `ipv6`: rules without an address
/// are IPv6's, unless the text itself says which they are.
pub fn read(source: &Source, ipv6: bool, names: &Names, out: &mut Diagnostics) -> Imported {
    let mut reader = Reader {
        source,
        names,
        out,
        table: None,
        family: if ipv6 { Family::V6 } else { Family::V4 },
        found: Imported::default(),
    };
    for (start, line) in source.lines() {
        reader.line(start, line);
    }
    reader.found
}

/// A word of a line and where it stands.
#[derive(Clone, Debug)]
struct Token {
    text: String,
    span: Range<usize>,
}

struct Reader<'r> {
    source: &'r Source,
    names: &'r Names,
    out: &'r mut Diagnostics,
    /// The table between `*mangle` and `COMMIT`; `None` in command lines.
    table: Option<String>,
    family: Family,
    found: Imported,
}

/// Why a line is not taken, and where.
type Refusal = (Range<usize>, String);

/// A rule's words, sorted by meaning.
#[derive(Debug, Default)]
struct Rule<'t> {
    destinations: Option<&'t Token>,
    sources: Option<&'t Token>,
    protocol: Option<&'t Token>,
    dports: Option<&'t Token>,
    sports: Option<&'t Token>,
    interface: Option<&'t Token>,
    target: Option<&'t Token>,
    set: Option<SetMark>,
    /// The first word that cannot be expressed.
    strange: Option<Refusal>,
}

/// Targets that neither end the walk nor touch the mark.
const HARMLESS: &[&str] = &[
    "LOG", "NFLOG", "ULOG", "TRACE", "TOS", "DSCP", "ECN", "TTL", "HL", "TCPMSS", "CLASSIFY", "CT", "NOTRACK",
];

impl Reader<'_> {
    fn line(&mut self, start: usize, line: &str) {
        let text = line.trim();
        if let Some(comment) = text.strip_prefix('#') {
            if comment.contains("ip6tables-save") {
                self.family = Family::V6;
            } else if comment.contains("iptables-save") {
                self.family = Family::V4;
            }
            return;
        }
        if text.is_empty() {
            return;
        }
        if let Some(table) = text.strip_prefix('*') {
            self.table = Some(table.to_owned());
            return;
        }
        if text == "COMMIT" {
            self.table = None;
            return;
        }
        let end = start + line.trim_end().len();
        let begin = end - text.len();
        if let Some(chain) = text.strip_prefix(':') {
            let drops = chain.split_whitespace().take(2).eq(["PREROUTING", "DROP"]);
            if drops && self.table.as_deref() == Some("mangle") {
                self.out.error(
                    self.source,
                    begin..end,
                    "a chain that drops what no rule matches cannot be expressed",
                );
            }
            return;
        }
        let outcome = split(begin, text).and_then(|tokens| self.command(&tokens, begin..end));
        if let Err((span, why)) = outcome {
            self.out.error(self.source, span, why);
        }
    }

    /// A rule of a saved table, or a command line.
    fn command(&mut self, tokens: &[Token], whole: Range<usize>) -> Result<(), Refusal> {
        let mut tokens = tokens;
        // The counters of iptables-save -c.
        if self.table.is_some() && tokens.first().is_some_and(|token| token.text.starts_with('[')) {
            tokens = tokens.get(1..).unwrap_or_default();
        }
        let mut table = self.table.clone();
        let mut family = self.family;
        if table.is_none() {
            if tokens.first().is_some_and(|token| token.text == "sudo") {
                tokens = tokens.get(1..).unwrap_or_default();
            }
            let program = tokens.first().map_or("", |token| token.text.rsplit('/').next().unwrap_or(""));
            family = match program {
                "iptables" | "iptables-legacy" | "iptables-nft" => Family::V4,
                "ip6tables" | "ip6tables-legacy" | "ip6tables-nft" => Family::V6,
                _ if program.starts_with('-') => family,
                _ => {
                    return Err((
                        whole,
                        "neither a command of iptables nor output of iptables-save".to_owned(),
                    ));
                }
            };
            if !program.starts_with('-') {
                tokens = tokens.get(1..).unwrap_or_default();
            }
        }
        let mut words = Vec::with_capacity(tokens.len());
        let mut action = None;
        let mut rest = tokens.iter().peekable();
        while let Some(token) = rest.next() {
            let is_number = |token: &&&Token| token.text.bytes().all(|byte| byte.is_ascii_digit());
            match token.text.as_str() {
                "-t" | "--table" => table = rest.next().map(|token| token.text.clone()),
                "-w" | "--wait" | "-W" | "--wait-interval" => drop(rest.next_if(|next| is_number(&next))),
                "-4" | "--ipv4" => family = Family::V4,
                "-6" | "--ipv6" => family = Family::V6,
                "-n" | "-v" | "--verbose" | "--numeric" => {}
                "-A" | "--append" | "-I" | "--insert" | "-D" | "--delete" | "-R" | "--replace" | "-C"
                | "--check" | "-P" | "--policy" | "-F" | "--flush" | "-N" | "--new-chain" | "-X"
                | "--delete-chain" | "-Z" | "--zero" | "-L" | "--list" | "-S" | "--list-rules" | "-E"
                | "--rename-chain"
                    if action.is_none() =>
                {
                    let chain = rest.next_if(|next| !next.text.starts_with('-'));
                    let inserts = matches!(token.text.as_str(), "-I" | "--insert");
                    let place = if inserts { rest.next_if(|next| is_number(&next)) } else { None };
                    action = Some((token, chain, place));
                }
                _ => words.push(token),
            }
        }
        let Some((action, chain, place)) = action else {
            return Err((whole, "neither a rule nor a command of iptables".to_owned()));
        };
        let table = table.unwrap_or_else(|| "filter".to_owned());
        let chain = chain.map_or("", |chain| chain.text.as_str());
        let is_marking = table == "mangle" && chain == "PREROUTING";
        match action.text.as_str() {
            "-A" | "--append" | "-I" | "--insert" => {
                let rule = sort(&words);
                if !is_marking {
                    return self.elsewhere(&rule, &table, chain, whole);
                }
                let rules = self.express(&rule, family, whole)?;
                let at = if action.text.contains('A') || action.text == "--append" {
                    self.found.rules.len()
                } else {
                    let number = place.map_or(Ok(1), |place| place.text.parse::<usize>());
                    let at = number.ok().and_then(|number| number.checked_sub(1));
                    let at = at.filter(|at| *at <= self.found.rules.len());
                    at.ok_or_else(|| (action.span.clone(), "there are not so many rules above".to_owned()))?
                };
                self.found.rules.splice(at..at, rules);
                Ok(())
            }
            "-F" | "--flush" if table == "mangle" && (chain.is_empty() || is_marking) => {
                self.found.rules.clear();
                Ok(())
            }
            "-P" | "--policy" if is_marking && words.iter().any(|word| word.text == "DROP") => {
                Err((whole, "a chain that drops what no rule matches cannot be expressed".to_owned()))
            }
            "-D" | "--delete" | "-R" | "--replace" | "-E" | "--rename-chain" if is_marking => {
                Err((action.span.clone(), "only what adds rules can be imported".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// A rule outside mangle PREROUTING: of no concern, unless it sets a mark that IPVS would see.
    fn elsewhere(
        &mut self,
        rule: &Rule<'_>,
        table: &str,
        chain: &str,
        whole: Range<usize>,
    ) -> Result<(), Refusal> {
        let marks = rule.target.is_some_and(|target| matches!(target.text.as_str(), "MARK" | "CONNMARK"));
        let is_on_the_way = matches!(chain, "PREROUTING" | "INPUT");
        if marks
            && is_on_the_way
            && rule.target.is_some_and(|target| target.text == "MARK" || rule.strange.is_some())
        {
            let why = format!("sets a mark in {table} {chain}; only mangle PREROUTING can be imported");
            return Err((rule.target.map_or(whole, |target| target.span.clone()), why));
        }
        self.found.skipped += 1;
        Ok(())
    }

    /// The mark rules that a rule of mangle PREROUTING amounts to: none if it does nothing to marks.
    fn express(
        &mut self,
        rule: &Rule<'_>,
        family: Family,
        whole: Range<usize>,
    ) -> Result<Vec<MarkRule>, Refusal> {
        let Some(target) = rule.target.filter(|target| !HARMLESS.contains(&target.text.as_str())) else {
            self.found.skipped += 1;
            return Ok(Vec::new());
        };
        if target.text != "MARK" {
            let why = match target.text.as_str() {
                "ACCEPT" | "RETURN" | "DROP" | "REJECT" => "ends the walk over the rules".to_owned(),
                "CONNMARK" | "TPROXY" | "TEE" | "QUEUE" | "NFQUEUE" => {
                    "does more than to set a mark".to_owned()
                }
                chain => format!("`{chain}`: only rules that set a mark themselves"),
            };
            return Err((target.span.clone(), format!("cannot be expressed: {why}")));
        }
        if let Some(refusal) = &rule.strange {
            return Err(refusal.clone());
        }
        let Some(set) = rule.set else {
            return Err((target.span.clone(), "MARK without --set-mark or --set-xmark".to_owned()));
        };
        let everywhere = match family {
            Family::V4 => "0.0.0.0/0",
            Family::V6 => "::/0",
        };
        let list = |token: Option<&Token>| -> Vec<Option<String>> {
            token.map_or_else(
                || vec![None],
                |token| token.text.split(',').map(|net| Some(net.to_owned())).collect(),
            )
        };
        // iptables, too, makes one rule for each pair of a list.
        let mut rules = Vec::new();
        for source in list(rule.sources) {
            for destination in list(rule.destinations) {
                let has_address = source.is_some() || destination.is_some();
                let destination = destination.unwrap_or_else(|| match &source {
                    Some(source) if source.contains(':') => "::/0".to_owned(),
                    _ => everywhere.to_owned(),
                });
                let text = |token: Option<&'_ Token>| token.map(|token| token.text.clone());
                let (protocol, dports, sports) = (text(rule.protocol), text(rule.dports), text(rule.sports));
                let interface = text(rule.interface);
                let words = Words {
                    destination: Some(&destination),
                    source: source.as_deref(),
                    protocol: protocol.as_deref(),
                    dports: dports.as_deref(),
                    sports: sports.as_deref(),
                    interface: interface.as_deref(),
                    set_mark: Some("0"),
                    set_xmark: None,
                };
                let read = words.read(self.names).map_err(|(word, why)| {
                    let token = match word {
                        mark::Word::Destination => rule.destinations,
                        mark::Word::Source => rule.sources,
                        mark::Word::Protocol => rule.protocol,
                        mark::Word::Dports => rule.dports,
                        mark::Word::Sports => rule.sports,
                        mark::Word::Mark => None,
                    };
                    (token.map_or_else(|| whole.clone(), |token| token.span.clone()), why)
                })?;
                if has_address && family == Family::V6 && read.family() == Family::V4 {
                    let at = rule
                        .destinations
                        .or(rule.sources)
                        .map_or_else(|| whole.clone(), |token| token.span.clone());
                    return Err((at, "an IPv4 address in a rule of ip6tables".to_owned()));
                }
                rules.push(MarkRule { set, ..read });
            }
        }
        Ok(rules)
    }
}

/// Sorts a rule's words by meaning.
fn sort<'t>(words: &[&'t Token]) -> Rule<'t> {
    let mut rule = Rule::default();
    let mut rest = words.iter().copied();
    let mut module = "";
    while let Some(word) = rest.next() {
        let place = match word.text.as_str() {
            "-d" | "--destination" | "--dst" => &mut rule.destinations,
            "-s" | "--source" | "--src" => &mut rule.sources,
            "-p" | "--protocol" | "--proto" => &mut rule.protocol,
            "--dport" | "--destination-port" | "--dports" | "--destination-ports" => &mut rule.dports,
            "--sport" | "--source-port" | "--sports" | "--source-ports" => &mut rule.sports,
            "-i" | "--in-interface" => &mut rule.interface,
            "-j" | "--jump" => &mut rule.target,
            "-m" | "--match" => {
                if let Some(name) = rest.next() {
                    module = name.text.as_str();
                    if !matches!(module, "tcp" | "udp" | "sctp" | "multiport" | "comment") {
                        rule.strange(name, format!("`-m {module}` cannot be expressed"));
                    }
                }
                continue;
            }
            "--comment" if module == "comment" => {
                rest.next();
                continue;
            }
            "-c" | "--set-counters" => {
                rest.next();
                rest.next();
                continue;
            }
            "-g" | "--goto" => {
                // A target like any chain's name.
                &mut rule.target
            }
            option @ ("--set-mark" | "--set-xmark" | "--and-mark" | "--or-mark" | "--xor-mark") => {
                if let Some(value) = rest.next() {
                    match set_mark(option, &value.text) {
                        Ok(set) if rule.set.is_none() => rule.set = Some(set),
                        Ok(_) => rule.strange(word, "a rule sets a mark once".to_owned()),
                        Err(why) => rule.strange(value, why),
                    }
                }
                continue;
            }
            "!" => {
                rule.strange(word, "a negation (!) cannot be expressed".to_owned());
                continue;
            }
            other => {
                rule.strange(word, format!("`{other}` cannot be expressed"));
                continue;
            }
        };
        match rest.next() {
            Some(value) if value.text == "!" => {
                rule.strange(value, "a negation (!) cannot be expressed".to_owned())
            }
            Some(value) if place.is_none() => *place = Some(value),
            Some(value) => rule.strange(value, format!("`{}` twice", word.text)),
            None => rule.strange(word, format!("`{}` without a value", word.text)),
        }
    }
    rule
}

impl Rule<'_> {
    fn strange(&mut self, token: &Token, why: String) {
        self.strange.get_or_insert((token.span.clone(), why));
    }
}

/// All options of the MARK target, as what they do.
fn set_mark(option: &str, text: &str) -> Result<SetMark, String> {
    Ok(match option {
        "--set-mark" => mark::mark(text).map(|(value, mask)| SetMark::or(value, mask))?,
        "--set-xmark" => mark::mark(text).map(|(value, mask)| SetMark { value, mask })?,
        "--and-mark" => SetMark { value: 0, mask: !mark::number(text)? },
        "--or-mark" => mark::number(text).map(|bits| SetMark { value: bits, mask: bits })?,
        _ => SetMark { value: mark::number(text)?, mask: 0 },
    })
}

/// The words of a line, with quotes and backslashes as a shell has them.
fn split(start: usize, line: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = line.char_indices().peekable();
    while let Some((begin, first)) = rest.next_if(|_| true) {
        if first.is_whitespace() {
            continue;
        }
        if first == '#' {
            break;
        }
        let (mut text, mut quote, mut end) = (String::new(), None, begin);
        let mut next = Some((begin, first));
        while let Some((at, c)) = next {
            end = at + c.len_utf8();
            match (quote, c) {
                (None | Some('"'), '\\') => {
                    if let Some((at, escaped)) = rest.next() {
                        end = at + escaped.len_utf8();
                        text.push(escaped);
                    }
                }
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                (_, c) => text.push(c),
            }
            next = rest.next_if(|(_, c)| quote.is_some() || !c.is_whitespace());
        }
        if quote.is_some() {
            return Err((start + begin..start + end, "a quote that does not end".to_owned()));
        }
        tokens.push(Token { text, span: start + begin..start + end });
    }
    Ok(tokens)
}
