//! A pair that can be, as far as that does not depend on the host.

use super::ControlError;
use crate::lvs::{Place, Pulse, PulseHost, is_interface_name};
use std::time::Duration;

/// Longest interval: a day.
const MAX_INTERVAL: Duration = Duration::from_secs(24 * 3600);

/// Would a director accept it?
///
/// # Errors
/// Why not.
pub fn acceptable_pulse(pulse: &Pulse) -> Result<(), ControlError> {
    let invalid = |why: &str| Err(ControlError::Invalid(format!("pulse: {why}")));
    let is_possible = |time: Duration| (Duration::from_secs(1)..=MAX_INTERVAL).contains(&time);
    if pulse.port == 0 || !is_possible(pulse.keepalive) || !is_possible(pulse.deadtime) {
        return invalid("port 1 to 65535, keepalive and deadtime from a second to a day");
    }
    if pulse.backup.is_some_and(|backup| backup.public == pulse.primary.public) {
        return invalid("primary and backup are the same address");
    }
    for address in pulse.addresses() {
        // One that is alone may serve on its own address.
        let is_own = |host: PulseHost| address.addr == host.public;
        if pulse.backup.is_some_and(is_own) || pulse.backup.is_some() && is_own(pulse.primary) {
            return invalid("an address of one of the two cannot go with the active one");
        }
        if !address.addr.is_ipv4() || !(1..=32).contains(&address.prefix) {
            return invalid("addresses are of IPv4, in a network of 1 to 32 bits");
        }
        if let Place::OnInterface { device, label, .. } = &address.place
            && !(device.as_ref().is_some_and(|name| is_interface_name(name))
                && label.as_ref().is_none_or(|label| is_interface_name(label)))
        {
            return invalid("the name of an interface has 1 to 15 bytes, without blanks and /");
        }
    }
    Ok(())
}
