mod write;

use super::diagnostic::Diagnostics;
use super::dialect::{Context, Dialect};
use super::ipvsadm::{AdmRequest, parse};
use super::names::Names;
use super::source::Source;
use crate::control::command::{Command, Intent};
use crate::control::{acceptable_server, acceptable_service};
use crate::lvs::{Endpoint, ServiceKey, Timeouts};
use std::collections::HashSet;
use std::ops::Range;
pub use write::write;

/// The format of `ipvsadm -S`: one `-A` or `-a` line per service and real server. Besides, blank lines, comments from
/// `#` at the beginning of a line, and `--set`. A file says what shall be, so lines that delete or edit are errors.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules;

impl Dialect for Rules {
    fn name(&self) -> &'static str {
        "rules"
    }

    fn read(&self, source: &Source, context: &Context<'_>, out: &mut Diagnostics) -> Intent {
        let mut intent = Intent::default();
        let mut servers = HashSet::new();
        for (start, line) in source.lines() {
            if !line.trim_start().starts_with('#') {
                if line.len() > MAX_LINE {
                    let at = start..start + line.len();
                    out.error(source, at, "this line is longer than 64 KiB: no rule is");
                    continue;
                }
                let (spans, words) = split(start, line);
                if !words.is_empty() {
                    let mut reader = Reader {
                        source,
                        names: context.names,
                        intent: &mut intent,
                        servers: &mut servers,
                        out,
                    };
                    reader.rule(&spans, &words);
                }
            }
        }
        intent
    }
}

/// Bytes of the longest line whose words are looked at: each of them takes many times its own memory.
const MAX_LINE: usize = 64 << 10;

/// The words of a line and where they are; `ipvsadm` itself is dropped, as -R does.
fn split(start: usize, line: &str) -> (Vec<Range<usize>>, Vec<String>) {
    let mut spans = Vec::new();
    let mut words = Vec::new();
    for word in line.split_whitespace().filter(|word| *word != "ipvsadm") {
        // `split_whitespace` yields parts of `line`, so the distance of the two pointers is the offset in it.
        let at = start + (word.as_ptr() as usize - line.as_ptr() as usize);
        spans.push(at..at + word.len());
        words.push(word.to_owned());
    }
    (spans, words)
}

/// Reads one rule after the other.
struct Reader<'r> {
    source: &'r Source,
    names: &'r Names,
    intent: &'r mut Intent,
    /// The real servers that are there, with their services.
    servers: &'r mut HashSet<(ServiceKey, Endpoint)>,
    out: &'r mut Diagnostics,
}

impl Reader<'_> {
    fn rule(&mut self, spans: &[Range<usize>], words: &[String]) {
        let source = self.source;
        let whole = spans.first().map_or(0, |first| first.start)..spans.last().map_or(0, |last| last.end);
        let command = match parse(words, self.names) {
            Ok(AdmRequest::Change(command)) => command,
            Ok(_) => {
                let message = "this command does not belong into a file";
                self.out.error(source, whole, message).help(ONLY_THESE);
                return;
            }
            Err(misuse) => {
                let span = misuse.word.and_then(|word| spans.get(word).cloned()).unwrap_or(whole);
                self.out.error(source, span, misuse.error.to_string().trim_end());
                return;
            }
        };
        match command {
            Command::AddService(spec) if self.intent.services.contains_key(&spec.key) => {
                self.out.error(source, whole, "the service is defined twice");
            }
            Command::AddService(spec) => {
                if let Err(refusal) = acceptable_service(&spec) {
                    self.out.error(source, whole.clone(), refusal.to_string());
                }
                self.out.place(spec.key, source, whole.start);
                self.intent.services.insert(spec.key, (spec, Vec::new()));
            }
            Command::AddServer(key, spec) => {
                let Some((_, servers)) = self.intent.services.get_mut(&key) else {
                    let message = "the service of this real server is not defined above";
                    self.out.error(source, whole, message);
                    return;
                };
                if spec.thresholds.lower > spec.thresholds.upper {
                    self.out.error(source, whole, "the lower threshold is above the upper");
                } else if let Err(refusal) = acceptable_server(&key, &spec) {
                    self.out.error(source, whole, refusal.to_string());
                } else if self.servers.insert((key, spec.endpoint)) {
                    servers.push(spec);
                } else {
                    let message =
                        format!("the real server {} is defined twice in its service", spec.endpoint);
                    self.out.error(source, whole, message);
                }
            }
            Command::SetTimeouts { tcp, tcp_fin, udp } => {
                let timeouts = self.intent.timeouts.get_or_insert_with(Timeouts::default);
                timeouts.tcp = tcp.unwrap_or(timeouts.tcp);
                timeouts.tcp_fin = tcp_fin.unwrap_or(timeouts.tcp_fin);
                timeouts.udp = udp.unwrap_or(timeouts.udp);
            }
            _ => {
                self.out.error(source, whole, "a file cannot edit, delete or zero").help(ONLY_THESE);
            }
        }
    }
}

/// Advice.
const ONLY_THESE: &str = "rules say what shall be: only -A, -a and --set make sense here";

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn read(text: &str) -> (Intent, Vec<String>) {
        let mut out = Diagnostics::default();
        let names = Names::from_text("http 80/tcp\n", "");
        let source = Source::from_text("f.rules", text);
        let intent = Rules.read(&source, &Context::of_names(&names), &mut out);
        (intent, out.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_saved_table_is_read_in_order() {
        let (intent, remarks) = read(
            "# saved\n\n-A -t 10.9.0.100:http -s wrr\n-a -t 10.9.0.100:80 -r 10.9.0.11:80 -g -w 1\n  # indented\n\
             ipvsadm -a -t 10.9.0.100:80 -r 10.9.0.12:8080 -m -w 3\r\n--set 5 0 7\n",
        );
        assert_eq!(remarks, Vec::<String>::new());
        let (spec, servers) = intent.services.values().next().unwrap();
        assert_eq!(spec.scheduler.as_str(), "wrr");
        let shown: Vec<_> = servers.iter().map(|s| format!("{} {}", s.endpoint, s.weight)).collect();
        assert_eq!(shown, ["10.9.0.11:80 1", "10.9.0.12:8080 3"]);
        assert_eq!(intent.timeouts, Some(Timeouts { tcp: 5, tcp_fin: 120, udp: 7 }));
    }

    #[test]
    fn every_error_is_told_with_line_and_column() {
        let mut text = String::from("-A -t 10.0.0.1:80\n");
        for port in 2..40 {
            writeln!(text, "-A -t 10.0.0.1:{}", port + 80).unwrap();
        }
        text += "-a -t 10.0.0.1:80  -r 10.0.0.2 -w many\n\
                 -A -t 10.0.0.1:80 -s rr\n\
                 -a -t 10.0.0.9:80 -r 10.0.0.2\n\
                 -D -t 10.0.0.1:80\n\
                 -L -n\n\
                 nonsense\n\
                 -A\n\
                 -a -t 10.0.0.1:80 -r 10.0.0.2\n\
                 -a -t 10.0.0.1:80 -r 10.0.0.2:80 -w 2\n\
                 -a -t 10.0.0.1:80 -r 224.0.0.2:80 -w 2\n\
                 -A -t 0.0.0.0:80\n";
        let (_, remarks) = read(&text);
        assert_eq!(
            remarks,
            [
                "f.rules:40:35: error: illegal weight specified",
                "f.rules:41:1: error: the service is defined twice",
                "f.rules:42:1: error: the service of this real server is not defined above",
                "f.rules:43:1: error: a file cannot edit, delete or zero",
                "f.rules:44:1: error: this command does not belong into a file",
                "f.rules:45:1: error: Try `ipvsadm -h' or 'ipvsadm --help' for more information.",
                "f.rules:46:1: error: You need to supply the 'service-address' option for the 'add-service' command",
                "f.rules:48:1: error: the real server 10.0.0.2:80 is defined twice in its service",
                "f.rules:49:1: error: 224.0.0.2 cannot be a real server",
                "f.rules:50:1: error: 0.0.0.0 cannot be a VIP",
            ]
        );
    }
}
