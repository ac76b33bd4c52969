//! Protocols that speak of addresses, calls or other packets: FTP, SIP, AH and ESP.

use super::invent::{Service, Session};

impl Session {
    /// An FTP control connection with one data connection, as it ought to be; it may end early. What is said again is a
    /// deliberate difference (`ftp-reply-sent-again`), and so is what netfilter takes for invalid (`ftp-tracked`).
    pub(super) fn ftp_dialogue(&mut self, service: &Service) {
        let Some(server) = self.dice.one(&service.servers).cloned() else { return };
        self.dialogues += 1;
        let turn = self.dialogues;
        let client = format!("172.16.0.{}", 1 + self.dice.below(4));
        let control = format!("{client}:{}", 42_000 + turn);
        let (vip, rip, rs) = (service.vip, server.addr(false), server.number);
        let port = server.port;
        let (seq, ack) = (turn * 10_000, turn * 10_000 + 5000);
        let commas = |addr: &str| addr.replace('.', ",");
        let data_port = 160 * 256 + turn % 256;
        let (low, high) = (turn % 256, 160);
        let passive = 43_000 + turn;
        let is_long = self.dice.often(50);
        let mut lines = vec![
            format!("> gw tcp {control} > {vip}:21 S seq={seq}"),
            format!("> rs{rs} tcp {rip}:{port} > {control} SA seq={ack} ack={}", seq + 1),
            format!("> gw tcp {control} > {vip}:21 A seq={} ack={}", seq + 1, ack + 1),
        ];
        let mut say = |from_client: bool, seq: usize, ack: usize, text: &str| {
            lines.push(match from_client {
                true => format!("> gw tcp {control} > {vip}:21 PA seq={seq} ack={ack} data=\"{text}\\r\\n\""),
                false => format!(
                    "> rs{rs} tcp {rip}:{port} > {control} PA seq={seq} ack={ack} data=\"{text}\\r\\n\""
                ),
            });
            text.len() + 2
        };
        if self.dice.often(50) {
            let text = match is_long {
                true => format!("EPRT |1|{client}|{data_port}|"),
                false => format!("PORT {},{high},{low}", commas(&client)),
            };
            let len = say(true, seq + 1, ack + 1, &text);
            say(false, ack + 1, seq + 1 + len, "200 ok");
            lines.push(format!("> rs{rs} tcp {rip}:20 > {client}:{data_port} S seq=7000"));
            lines.push(format!("> gw tcp {client}:{data_port} > {vip}:20 SA seq=9000 ack=7001"));
            lines.push(format!("> rs{rs} tcp {rip}:20 > {client}:{data_port} A seq=7001 ack=9001"));
        } else {
            let (question, answer) = match is_long {
                true => ("EPSV", format!("229 Entering Extended Passive Mode (|||{data_port}|)")),
                false => ("PASV", format!("227 Entering Passive Mode ({},{high},{low}).", commas(&rip))),
            };
            let len = say(true, seq + 1, ack + 1, question);
            let told = say(false, ack + 1, seq + 1 + len, &answer);
            lines.push(format!("> gw tcp {client}:{passive} > {vip}:{data_port} S seq=9000"));
            lines.push(format!("> rs{rs} tcp {rip}:{data_port} > {client}:{passive} SA seq=7000 ack=9001"));
            // All of it, or all but a byte or two if the longer VIP was put into it (which `secure_tcp` prevents).
            lines.push(format!(
                "> gw tcp {control} > {vip}:21 A seq={} ack={}",
                seq + 1 + len,
                ack + 1 + told
            ));
        }
        for line in lines {
            if self.dice.often(4) {
                return;
            }
            self.say(line);
        }
    }

    /// What a SIP message says, of one of few calls.
    pub(super) fn call(&mut self) -> String {
        let first = self.dice.word("INVITE BYE 200");
        let first = match first {
            "200" => "SIP/2.0 200 OK".to_owned(),
            verb => format!("{verb} sip:bob@biloxi SIP/2.0"),
        };
        let id = self.dice.word("one two three");
        let header = match self.dice.below(10) {
            0 => format!("i: {id}"),
            1 => format!("call-id:{id}"),
            2 => "Subject: none".to_owned(),
            3 => "Call-ID: ".to_owned(),
            _ => format!("Call-ID: {id}"),
        };
        format!(" data=\"{first}\\r\\nVia: SIP/2.0/UDP pc33\\r\\n{header}\\r\\nCSeq: 1 INVITE\\r\\n\\r\\n\"")
    }

    /// ESP or AH, which have no ports.
    pub(super) fn portless(&mut self, service: &Service) {
        // In IPv6, AH is a header on the way to another.
        let protocol = if service.is_v6 { "50" } else { self.dice.word("50 50 51") };
        let client = self.client(service);
        let (client, _) = client.rsplit_once(':').unwrap_or_default();
        let bare = |addr: &str| addr.trim_matches(['[', ']']).to_owned();
        let (client, vip) = (bare(client), bare(service.vip));
        let server = self.dice.one(&service.servers).cloned();
        let line = match server {
            Some(server) if server.method == "-m" && self.dice.often(40) => {
                let rip = bare(&server.addr(service.is_v6));
                format!("> rs{} ip {rip} > {client} proto={protocol} data=40", server.number)
            }
            _ => format!("> gw ip {client} > {vip} proto={protocol} data=40"),
        };
        self.say(line);
    }
}
