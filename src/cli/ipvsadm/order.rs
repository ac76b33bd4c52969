//! The order of ipvsadm's listings. It compares 32-bit words by **signed subtraction**, which is no order at all
//! (192.0.2.80 comes before 10.0.0.1, and a < b < c < a happens), so the result depends on the sorting algorithm as well:
//! a top-down merge sort, which is what the C library's `qsort` does.

use crate::control::command::{ServerState, ServiceState};
use crate::lvs::{Endpoint, Family, ServiceKey};
use std::net::IpAddr;

/// Services: by mark, family, protocol, address, port.
pub fn sort_services(services: &mut Vec<ServiceState>) {
    merge_sort(services, &|left, right| words_differ(service_words(left), service_words(right)));
}

/// Real servers: by address, port.
pub fn sort_servers(servers: &mut Vec<ServerState>) {
    merge_sort(servers, &|left, right| {
        words_differ(endpoint_words(left.spec.endpoint), endpoint_words(right.spec.endpoint))
    });
}

fn service_words(service: &ServiceState) -> [u32; 8] {
    let family = |family| match family {
        Family::V4 => 2,
        Family::V6 => 10,
    };
    match service.spec.key {
        ServiceKey::Fwmark { family: of, mark } => [mark, family(of), 0, 0, 0, 0, 0, 0],
        ServiceKey::Tuple { protocol, virt } => {
            let [a, b, c, d, port] = endpoint_words(virt);
            [0, family(virt.family()), u32::from(protocol.number()), a, b, c, d, port]
        }
    }
}

fn endpoint_words(endpoint: Endpoint) -> [u32; 5] {
    let port = u32::from(endpoint.port);
    match endpoint.addr {
        IpAddr::V4(addr) => [u32::from(addr), 0, 0, 0, port],
        IpAddr::V6(addr) => {
            let word = |at: u32| {
                let shifted = u128::from(addr) >> (96 - 32 * at);
                u32::try_from(shifted & u128::from(u32::MAX)).unwrap_or(0)
            };
            [word(0), word(1), word(2), word(3), port]
        }
    }
}

/// The difference of the first words that differ, as a signed number.
fn words_differ<const N: usize>(left: [u32; N], right: [u32; N]) -> i32 {
    left.into_iter()
        .zip(right)
        .map(|(left, right)| left.wrapping_sub(right).cast_signed())
        .find(|difference| *difference != 0)
        .unwrap_or(0)
}

/// `compare` need not be an order (which the standard library's sort would not forgive).
fn merge_sort<T>(list: &mut Vec<T>, compare: &impl Fn(&T, &T) -> i32) {
    if list.len() < 2 {
        return;
    }
    let mut right = list.split_off(list.len() / 2);
    let mut left = std::mem::take(list);
    merge_sort(&mut left, compare);
    merge_sort(&mut right, compare);
    let mut left = left.into_iter().peekable();
    let mut right = right.into_iter().peekable();
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let next = if compare(first, second) <= 0 { left.next() } else { right.next() };
        list.extend(next);
    }
    list.extend(left);
    list.extend(right);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(list: &str) -> Vec<String> {
        let mut endpoints: Vec<Endpoint> = list
            .split_whitespace()
            .map(|text| {
                let both: std::net::SocketAddr = text.parse().unwrap();
                Endpoint::new(both.ip(), both.port())
            })
            .collect();
        merge_sort(&mut endpoints, &|a, b| words_differ(endpoint_words(*a), endpoint_words(*b)));
        endpoints.iter().map(ToString::to_string).collect()
    }

    /// What ipvsadm 1.31 made of lists whose unsorted order (--nosort) was known.
    #[test]
    fn the_order_is_that_of_the_original() {
        let unsorted = "[8000::1]:80 [1::1]:80 [2001:db8:1::1]:80 [2001:db8::2]:80 [2001:db8::1]:80 128.0.0.1:80 \
                        127.0.0.1:80 1.1.1.1:80 203.0.113.1:80 192.168.0.1:80 172.16.0.1:80 192.0.2.80:80 10.0.0.1:80";
        let expected = "[1::1]:80 [2001:db8::1]:80 [2001:db8::2]:80 [2001:db8:1::1]:80 127.0.0.1:80 [8000::1]:80 \
                        128.0.0.1:80 172.16.0.1:80 192.0.2.80:80 192.168.0.1:80 203.0.113.1:80 1.1.1.1:80 10.0.0.1:80";
        assert_eq!(sorted(unsorted), expected.split_whitespace().collect::<Vec<_>>());
        let unsorted = "10.0.0.1:90 [8000::1]:80 [1::1]:80 [2001:db8:1::1]:80 [2001:db8::2]:79 [2001:db8::2]:80 \
                        [2001:db8::1]:80 128.0.0.1:0 127.0.0.1:0 1.1.1.1:0 203.0.113.1:0 192.168.0.1:0 172.16.0.1:0 \
                        192.0.2.80:0 10.0.0.1:0";
        let expected = "[1::1]:80 10.0.0.1:90 [2001:db8::1]:80 [2001:db8::2]:79 [2001:db8::2]:80 [2001:db8:1::1]:80 \
                        127.0.0.1:0 [8000::1]:80 128.0.0.1:0 172.16.0.1:0 192.0.2.80:0 192.168.0.1:0 203.0.113.1:0 \
                        1.1.1.1:0 10.0.0.1:0";
        assert_eq!(sorted(unsorted), expected.split_whitespace().collect::<Vec<_>>());
    }
}
