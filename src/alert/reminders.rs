//! Real servers that are down, of which mail is to remind.

use super::words::plain_service;
use crate::control::happening::{Happening, What};
use crate::lvs::{Endpoint, Farm, Mail, MailTopic, Words};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// By farm and real server: when the next reminder is due.
#[derive(Default)]
pub(super) struct Reminders {
    due: BTreeMap<(String, Endpoint), Instant>,
    farms: BTreeMap<String, Arc<Farm>>,
}

impl Reminders {
    /// These are the farms from now on. Who is down stays down.
    pub fn set(&mut self, farms: &[Farm]) {
        let reminding = farms.iter().filter(|farm| every(farm).is_some());
        self.farms = reminding.map(|farm| (farm.name.clone(), Arc::new(farm.clone()))).collect();
        let farms = &self.farms;
        self.due.retain(|(farm, server), _| {
            farms.get(farm).is_some_and(|farm| farm.servers.iter().any(|own| own.endpoint == *server))
        });
    }

    /// Something has changed.
    pub fn note(&mut self, happening: &Happening, now: Instant) {
        let Some(server) = happening.server else { return };
        let key = (happening.farm.name.clone(), server);
        match (&happening.what, every(&happening.farm)) {
            (What::ServerDown { .. }, Some(every)) => drop(self.due.insert(key, now + every)),
            (What::ServerUp { .. } | What::ServerDown { .. }, _) => drop(self.due.remove(&key)),
            _ => {}
        }
    }

    /// When something is due.
    pub fn next(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }

    /// What is due: mail and its subject. The next one is due as much later.
    pub fn take_due(&mut self, now: Instant) -> Vec<(Mail, String, Words)> {
        let mut letters = Vec::new();
        for ((name, server), due) in &mut self.due {
            let Some(farm) = self.farms.get(name).filter(|_| *due <= now) else { continue };
            let (Some(every), Some(mail)) = (every(farm), &farm.mail) else { continue };
            *due = now + every;
            let is_wanted = farm.servers.iter().any(|own| own.endpoint == *server && own.mails);
            if is_wanted && mail.about.contains(&MailTopic::Running) {
                let service = farm.services.first().map(plain_service).unwrap_or_default();
                let text = format!("Inaccessible real server: {server} ({service})");
                letters.push((mail.clone(), text, farm.words));
            }
        }
        letters
    }
}

fn every(farm: &Farm) -> Option<Duration> {
    farm.mail.as_ref()?.reminder.filter(|every| !every.is_zero())
}
