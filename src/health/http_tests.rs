use super::*;
use crate::lvs::{Endpoint, Origin, Pattern, Protocol};

fn target() -> Target {
    let vip = Endpoint::new("192.0.2.1".parse().unwrap(), 80);
    let server = Endpoint::new("10.0.0.1".parse().unwrap(), 8080);
    Target {
        at: SocketAddr::new(server.addr, server.port),
        origin: Origin::default(),
        server,
        service: ServiceKey::Tuple { protocol: Protocol::Tcp, virt: vip },
        via: None,
    }
}

fn body(regex: &str, min_offset: u64, max_offset: u64) -> BodyPattern {
    BodyPattern { pattern: Pattern { regex: regex.into() }, absent: false, min_offset, max_offset }
}

fn is_found(wanted: &BodyPattern, text: &[u8]) -> bool {
    searched(wanted, text, text.len() as u64).is_ok()
}

#[test]
fn offsets_are_bytes_and_bound_where_a_match_begins() {
    let text = b"one two two";
    for (min, max, found) in [
        (0, 0, true),
        (4, 0, true),
        (5, 0, true),
        (8, 0, true),
        (9, 0, false),
        (99, 0, false),
        (0, 4, false),
        (0, 5, true),
        (5, 8, false),
        (5, 9, true),
    ] {
        assert_eq!(is_found(&body("two", min, max), text), found, "{min} {max}");
    }
    // `ä` is two bytes, in UTF-8; where the text is not UTF-8 each byte is a character.
    let utf8 = "äätwo".as_bytes();
    assert!(is_found(&body("^ä", 0, 0), utf8));
    assert!(is_found(&body("two", 4, 5), utf8) && !is_found(&body("two", 5, 0), utf8));
    let latin = b"\xe4\xe4two";
    assert!(is_found(&body("^ä", 0, 0), latin));
    assert!(is_found(&body("two", 2, 3), latin) && !is_found(&body("two", 3, 0), latin));
    assert!(is_found(&body("^ä$", 0, 0), b"\xc3\xa4\xc3"), "cut within a character");
}

#[test]
fn absent_means_no_match() {
    let absent = BodyPattern { absent: true, ..body("error", 0, 0) };
    assert_eq!(searched(&absent, b"fine", 4), Ok(()));
    assert_eq!(searched(&absent, b"an error", 8).unwrap_err(), "a match for /error/");
    assert_eq!(searched(&body("x", 0, 0), b"y", 1).unwrap_err(), "no match for /x/");
    assert_eq!(searched(&body("x", 0, 0), b"y", 9).unwrap_err(), "no match for /x/ in the first 1 MiB");
}

#[test]
fn redirects_stay_with_the_real_server() {
    let from = |tls: Option<Tls>, location: &str| {
        let place = Place { at: target().at, tls, host: Some("www".into()), path: "/a/b?c".into() };
        redirected(place, location, &target()).map(|place| {
            let name = place.tls.map(|tls| tls.server_name.unwrap_or_default());
            (place.at.to_string(), name, place.host.unwrap(), place.path)
        })
    };
    let is = |at: &str, name: Option<&str>, host: &str, path: &str| {
        Ok((at.to_owned(), name.map(str::to_owned), host.to_owned(), path.to_owned()))
    };
    assert_eq!(from(None, "/x"), is("10.0.0.1:8080", None, "www", "/x"));
    assert_eq!(from(None, "x?y"), is("10.0.0.1:8080", None, "www", "/a/x?y"));
    assert_eq!(from(None, "http://o.example/x#y"), is("10.0.0.1:8080", None, "o.example", "/x"));
    assert_eq!(from(None, "http://o.example?x"), is("10.0.0.1:8080", None, "o.example", "/?x"));
    assert_eq!(from(None, "http://o:80/"), is("10.0.0.1:8080", None, "o:80", "/"), "the service's port");
    assert_eq!(from(None, "http://o:81/"), is("10.0.0.1:81", None, "o:81", "/"));
    assert_eq!(from(None, "https://o/x"), is("10.0.0.1:443", Some("o"), "o", "/x"));
    assert_eq!(from(None, "https://o:444"), is("10.0.0.1:444", Some("o"), "o:444", "/"));
    assert_eq!(from(None, "https://[2001:db8::1]/"), is("10.0.0.1:443", Some(""), "[2001:db8::1]", "/"));
    assert_eq!(from(Some(Tls::default()), "https://o/"), is("10.0.0.1:8080", Some("o"), "o", "/"));
    assert_eq!(from(Some(Tls::default()), "http://o/"), is("10.0.0.1:80", None, "o", "/"));
    assert!(
        from(None, "ftp://o/").is_err() && from(None, "//o/").is_err() && from(None, "http://o:x/").is_err()
    );
}

#[test]
fn hosts_carry_a_port_that_is_not_the_usual_one() {
    assert_eq!(authority("10.0.0.1:80".parse().unwrap(), 80), "10.0.0.1");
    assert_eq!(authority("10.0.0.1:80".parse().unwrap(), 443), "10.0.0.1:80");
    assert_eq!(authority("[2001:db8::1]:8080".parse().unwrap(), 80), "[2001:db8::1]:8080");
    assert_eq!(authority("[2001:db8::1]:443".parse().unwrap(), 443), "[2001:db8::1]");
}
