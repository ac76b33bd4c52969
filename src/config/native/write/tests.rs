//! What is written is read as it was.

use super::*;
use crate::config::arbitrary;
use crate::config::{Context, Diagnostics, Dialect, Names, Native, Source};
use crate::lvs::{Endpoint, Protocol, RealServerSpec, ServiceKey, ServiceSpec};
use proptest::prelude::*;

fn read(text: &str) -> (Intent, Vec<String>) {
    let mut out = Diagnostics::default();
    let names = Names::default();
    let intent = Native.read(&Source::from_text("f.toml", text), &Context::of_names(&names), &mut out);
    (intent, out.iter().map(ToString::to_string).collect())
}

proptest! {
    #[test]
    fn any_intent_comes_back(intent in arbitrary::intent()) {
        let Written { text, unsaid } = write(&intent);
        prop_assert_eq!(unsaid, Vec::<String>::new());
        let (back, remarks) = read(&text);
        prop_assert_eq!(remarks, Vec::<String>::new(), "{}", text);
        prop_assert_eq!(back, intent, "{}", text);
    }
}

/// Not of interest how long it takes, but that it is done: 100,000 real servers, and 20,000 services with one each.
#[test]
fn large_tables_come_back() {
    let key = |n: u32| {
        let virt = Endpoint::new(std::net::Ipv4Addr::from_bits(0x0a00_0000 | n).into(), 80);
        ServiceKey::Tuple { protocol: Protocol::Tcp, virt }
    };
    let server = |n: u32| {
        let addr = std::net::Ipv4Addr::from_bits(0xac10_0000 | n).into();
        RealServerSpec::new(Endpoint::new(addr, 80))
    };
    let mut intent = Intent { marks: Some(Vec::new()), ..Intent::default() };
    let many = (0..100_000).map(server).collect();
    intent.services.insert(key(0), (ServiceSpec::new(key(0)), many));
    intent.services.extend((1..=20_000).map(|n| (key(n), (ServiceSpec::new(key(n)), vec![server(n)]))));
    let Written { text, unsaid } = write(&intent);
    let (back, remarks) = read(&text);
    assert_eq!((remarks, unsaid), (Vec::new(), Vec::new()));
    assert!(back == intent);
}
