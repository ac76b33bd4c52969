//! What comes by the sockets.

use super::acting::who;
use super::{Duty, PACKETS};
use crate::host::advert_socket::Came;
use crate::lvs::Family;
use crate::standby::router::{Pack, Router};
use crate::standby::wires::Key;
use crate::vrrp::{Fault, Input, Packet};

impl Duty {
    /// Reads what has come.
    pub(super) fn hear(&mut self) {
        let mut heard = Vec::new();
        let mut wrong = Vec::new();
        for (key, socket) in self.wires.all() {
            for _ in 0..PACKETS {
                let packet = match socket.receive() {
                    Ok(Some(Came::V4(bytes))) => match Packet::of_v4(bytes) {
                        Ok(packet) => packet,
                        Err(_) => continue,
                    },
                    Ok(Some(Came::V6 { from, to, hops, message })) => {
                        Packet::of_v6(from.into(), to.into(), hops, message)
                    }
                    // An interface that went down says so once.
                    Ok(None) | Err(_) => break,
                };
                let Some((place, member, router)) = find(&mut self.packs, key, &packet) else { continue };
                match router.post.read(&packet) {
                    Ok(advert) => {
                        let remark = advert.remark.map(|remark| remark.to_string());
                        wrong.extend(
                            remark.filter(|text| router.is_news(text)).map(|text| (place, member, text)),
                        );
                        let (priority, interval) = (advert.advert.priority, advert.advert.interval);
                        heard.push((place, member, Input::Heard { from: advert.from, priority, interval }));
                    }
                    Err(Fault::Own { .. }) => {}
                    Err(fault) => {
                        let text = fault.to_string();
                        if router.is_news(&text) {
                            wrong.push((place, member, text));
                        }
                    }
                }
            }
        }
        for (place, member, text) in wrong {
            if let Some(router) = self.packs.get(place).and_then(|pack| pack.routers.get(member)) {
                let change = who(router, router.spec.priority).warns(&text);
                self.say(change);
            }
        }
        for (place, member, input) in heard {
            self.handle(place, Some(member), input);
        }
    }
}

/// For whom a packet that came by this socket is.
fn find<'p>(packs: &'p mut [Pack], key: Key, packet: &Packet<'_>) -> Option<(usize, usize, &'p mut Router)> {
    let vrid = packet.vrid()?;
    packs.iter_mut().enumerate().find_map(|(place, pack)| {
        let mut routers = pack.routers.iter_mut().enumerate();
        let is_it = |router: &Router| {
            let is_v6 = router.spec.family == Family::V6;
            router.spec.vrid == vrid && router.ifindex == Some(key.ifindex) && is_v6 == key.is_v6
        };
        routers.find(|(_, router)| is_it(router)).map(|(member, router)| (place, member, router))
    })
}
