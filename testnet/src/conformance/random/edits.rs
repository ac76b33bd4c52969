//! What an operator does in a session.

use super::invent::Session;

impl Session {
    pub(super) fn edit(&mut self) {
        let at = self.dice.below(self.services.len());
        let Some(service) = self.services.get(at).cloned() else { return };
        let server = self.dice.one(&service.servers).cloned();
        match (self.dice.below(12), server) {
            (0..4, Some(server)) => {
                let weight = self.dice.below(5);
                let thresholds = self.thresholds();
                self.say(format!(
                    "$ ipvsadm -e {} -r {} {} -w {weight}{thresholds}",
                    service.name, server.name, server.method
                ));
            }
            (4..6, Some(server)) => {
                self.say(format!("$ ipvsadm -d {} -r {}", service.name, server.name));
                self.deleted.insert((service.name.clone(), server.name.clone()));
                if let Some(service) = self.services.get_mut(at) {
                    service.servers.retain(|other| other.name != server.name);
                }
            }
            (6, _) => {
                let scheduler =
                    if self.dice.often(50) { self.scheduler() } else { service.scheduler.clone() };
                let flags = self.service_flags(service.kind, service.protocol, service.is_v6);
                self.say(format!("$ ipvsadm -E {} -s {scheduler}{flags}", service.name));
                if let Some(service) = self.services.get_mut(at) {
                    (service.scheduler, service.flags) = (scheduler, flags);
                }
            }
            (8, _) => {
                self.say(format!("$ ipvsadm -D {}", service.name));
                self.say(format!("$ ipvsadm -A {} -s {}{}", service.name, service.scheduler, service.flags));
                let gone = service.servers.iter().map(|server| (service.name.clone(), server.name.clone()));
                self.deleted.extend(gone);
                if let Some(service) = self.services.get_mut(at) {
                    service.servers.clear();
                }
                self.add_server(at);
            }
            (7, _) => self.say("$ ipvsadm -Z".to_owned()),
            _ => self.add_server(at),
        }
    }

    pub(super) fn sysctl(&mut self) {
        let words = "conn_reuse_mode=0 conn_reuse_mode=1 conn_reuse_mode=3 expire_nodest_conn=1 \
                     expire_nodest_conn=0 expire_quiescent_template=1 sloppy_tcp=1 sloppy_tcp=0 sloppy_sctp=1 \
                     nat_icmp_send=1 pmtu_disc=0 pmtu_disc=1 cache_bypass=1 \
                     secure_tcp=3 secure_tcp=0";
        let words: Vec<_> = words.split_whitespace().collect();
        // Set after a deletion, it is a deliberate difference (`expired-and-reset`).
        let is_late = |word: &str| word == "expire_nodest_conn=1" && !self.deleted.is_empty();
        let words: Vec<_> = words.into_iter().filter(|word| !is_late(word)).collect();
        if let Some(word) = self.dice.one(&words) {
            self.say(format!("$ sysctl {word}"));
        }
    }
}
