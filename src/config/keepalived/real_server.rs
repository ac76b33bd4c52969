//! `real_server`.

use super::draft::{Real, Virtual};
use super::global::port_at;
use super::keys_lvs::REAL_SERVER;
use super::line::Statement;
use super::reader::Reader;
use super::virtual_server::common_key;
use crate::lvs::Thresholds;

impl Reader<'_, '_> {
    pub fn real_server(&mut self, virt: &mut Virtual, statement: &Statement) {
        let port = match port_at(statement, 2) {
            Ok(port) => port,
            Err(message) => {
                self.bad_value(statement, message, "the real server is left out");
                return self.skip();
            }
        };
        if !self.count(statement) {
            return self.skip();
        }
        if statement.words.len() > 3 {
            self.remarks.note(statement.from(3), "the rest of the line means nothing");
        }
        let addr = statement.word(1).and_then(|word| word.text.parse().ok());
        let mut real = Real { addr, port, at: statement.from(1), ..Real::default() };
        let mut lower_at = None;
        while let Some((key, statement)) = self.entry(&REAL_SERVER) {
            if common_key(&mut real.common, &statement) {
                continue;
            }
            match key.map_or("", |key| key.name) {
                "weight" => real.weight = statement.number().and_then(|weight| i32::try_from(weight).ok()),
                "lvs_method" => real.way = self.way(&statement).or(real.way),
                "uthreshold" => real.thresholds.upper = statement.count().unwrap_or(0),
                "lthreshold" => {
                    real.thresholds.lower = statement.count().unwrap_or(0);
                    lower_at = Some(statement.from(1));
                }
                "inhibit_on_failure" => real.inhibit = Some(statement.switch()),
                name @ ("notify_up" | "notify_down") => {
                    let script = self.script(&statement);
                    let field = if name == "notify_up" { &mut real.notify_up } else { &mut real.notify_down };
                    if field.is_some() && script.is_some() {
                        let message = format!("`{name}` is there already: this one is left out");
                        self.remarks.warning(statement.from(0), message).strict();
                    } else {
                        *field = script;
                    }
                }
                "smtp_alert" => real.mails = Some(statement.switch()),
                _ => self.checker(&mut real, &statement),
            }
        }
        if let Some(at) = lower_at.filter(|_| real.thresholds.lower > real.thresholds.upper) {
            // IPVS refuses the whole real server, and keepalived does not look.
            let message = "the lower threshold is above the upper one: both are left out";
            self.remarks.warning(at, message).help("write an lthreshold that is not above uthreshold");
            real.thresholds = Thresholds::default();
        }
        virt.servers.push(real);
    }
}
