use super::*;
use proptest::prelude::*;

/// An answer with records of one kind each; the names of all point to the question.
fn reply(question: &[u8], flags: [u8; 2], records: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = question.to_vec();
    bytes[2..4].copy_from_slice(&flags);
    bytes[7] = records.len() as u8;
    for (kind, data) in records {
        bytes.extend([0xc0, 12]);
        bytes.extend(kind.to_be_bytes());
        bytes.extend([0, 1, 0, 0, 1, 0]);
        bytes.extend((data.len() as u16).to_be_bytes());
        bytes.extend(*data);
    }
    bytes
}

#[test]
fn questions() {
    let root = question(0x1234, ".", "SOA").unwrap();
    assert_eq!(root, [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1]);
    let name = question(1, "www.example.", "TYPE65").unwrap();
    assert_eq!(name[12..], *b"\x03www\x07example\x00\x00\x41\x00\x01");
    assert_eq!(question(1, "a", "a").unwrap()[15..], [0, 1, 0, 1]);
    assert_eq!(question(1, "a", "B").unwrap_err(), "`B` is not a record type");
    for wrong in ["a..b", "", &"x".repeat(64), &"abcdefg.".repeat(40)] {
        assert!(question(1, wrong, "A").is_err(), "{wrong}");
    }
}

#[test]
fn answers_as_text() {
    let asked = question(7, "a.example", "ANY").unwrap();
    let soa = [
        &b"\x02ns\xc0\x0c\x04root\xc0\x0c"[..],
        &[0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5],
    ]
    .concat();
    let bytes = reply(
        &asked,
        [0x84, 0],
        &[
            (1, &[192, 0, 2, 1]),
            (28, &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            (5, b"\x01b\xc0\x0c"),
            (15, b"\x00\x0a\x04mail\x00"),
            (16, b"\x02ab\x03cde"),
            (6, &soa),
            (33, b"\x00\x01\x00\x02\x00\x50\xc0\x0c"),
            (257, &[1, 0xff]),
            (2, &[0]),
        ],
    );
    let answer = answer(&asked, &bytes).unwrap();
    assert_eq!((answer.rcode, answer.is_cut), (0, false));
    assert_eq!(
        answer.texts,
        [
            "192.0.2.1",
            "2001:db8::1",
            "b.a.example",
            "10 mail",
            "abcde",
            "ns.a.example root.a.example 1 2 3 4 5",
            "1 2 80 a.example",
            "01ff",
            "."
        ]
    );
}

#[test]
fn answers_to_something_else_are_none() {
    let asked = question(7, "a.example", "A").unwrap();
    let good = reply(&asked, [0x80, 3], &[]);
    assert_eq!(answer(&asked, &good).unwrap().rcode, 3);
    let mut case = good.clone();
    case[13] = b'A';
    assert!(answer(&asked, &case).is_some());
    for (at, what) in [(1, "the id"), (2, "the answer bit"), (13, "the name"), (24, "the type")] {
        let mut other = good.clone();
        other[at] ^= 0x87;
        assert_eq!(answer(&asked, &other), None, "{what}");
    }
    let mut bare = good[..12].to_vec();
    bare[5] = 0;
    assert_eq!(answer(&asked, &bare).unwrap().rcode, 3, "a refusal without the question");
}

#[test]
fn names_that_go_in_circles_end() {
    let asked = question(7, "a", "NS").unwrap();
    let at = asked.len() as u8 + 12;
    let bytes = reply(&asked, [0x80, 0], &[(2, &[0xc0, at])]);
    assert_eq!(answer(&asked, &bytes).unwrap().texts, [format!("c0{at:02x}")]);
}

proptest! {
    #[test]
    fn any_bytes_end(tail: Vec<u8>, answers: u8) {
        let asked = question(7, "a.example", "A").unwrap();
        let mut bytes = asked.clone();
        bytes[2] = 0x80;
        bytes[7] = answers;
        bytes.extend(tail);
        prop_assert!(answer(&asked, &bytes).is_some());
        let _ = answer(&asked, &bytes[12..]);
    }
}
