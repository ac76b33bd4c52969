use super::*;
use crate::wire::{fragment, ip};
use proptest::prelude::*;
use std::net::{Ipv4Addr, Ipv6Addr};

const ETHERNET: [u8; 14] = [2; 14];

/// A fragment of a UDP datagram, in bytes from the IP header on.
fn cut_v4(source: [u8; 4], id: u16, offset: usize, payload: &[u8], more: bool) -> Vec<u8> {
    let header = ip::NewV4 {
        tos: 0,
        total_len: u16::try_from(20 + payload.len()).unwrap(),
        id,
        dont_fragment: false,
        more_fragments: more,
        offset: u16::try_from(offset / 8).unwrap(),
        ttl: 9,
        protocol: 17,
        source: source.into(),
        destination: Ipv4Addr::new(10, 9, 0, 100),
    };
    [&header.to_bytes(), payload].concat()
}

fn cut_v6(source: Ipv6Addr, id: u32, offset: usize, payload: &[u8], more: bool) -> Vec<u8> {
    let len = u16::try_from(8 + payload.len()).unwrap();
    let header = ip::new_v6(0, len, 44, 9, source, "fd00:9::100".parse().unwrap());
    [&header[..], &fragment::header_v6(17, offset, more, id), payload].concat()
}

fn take(defrag: &Defrag, packet: &[u8], now: Tick) -> (Fate, u32) {
    let head = if packet[0] >> 4 == 4 { ip::read_v4(packet) } else { ip::read_v6(packet) }.unwrap();
    let place = fragment::read(packet, &head).unwrap();
    defrag.take(&Piece { port: PortId(3), ethernet: &ETHERNET, packet, head, place }, now)
}

const A: [u8; 4] = [172, 16, 0, 5];

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|n| u8::try_from((n * 7 + n / 251) % 256).unwrap()).collect()
}

/// The pieces of a payload cut at these places.
fn pieces(payload: &[u8], cuts: &[usize], make: impl Fn(usize, &[u8], bool) -> Vec<u8>) -> Vec<Vec<u8>> {
    let ends: Vec<usize> = cuts.iter().copied().chain([payload.len()]).collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, end)| make(start, &payload[start..*end], *end < payload.len())).collect()
}

fn v4(payload: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    pieces(payload, cuts, |offset, piece, more| cut_v4(A, 7, offset, piece, more))
}

/// What comes of these packets, one after the other: k(ept), w(hole), or the refusal's first letter, small.
fn fates(defrag: &Defrag, packets: &[&[u8]]) -> String {
    let letter = |packet: &&[u8]| match take(defrag, packet, Tick(0)).0 {
        Fate::Kept => 'k',
        Fate::Whole(_) => 'w',
        Fate::Refused(why, _) => format!("{why:?}").to_lowercase().chars().next().unwrap(),
    };
    packets.iter().map(letter).collect()
}

fn fresh(packets: &[&[u8]]) -> String {
    let defrag = Defrag::default();
    let fates = fates(&defrag, packets);
    let left = defrag.frames();
    assert_eq!(defrag.bytes() == 0, left == 0, "{fates}");
    defrag.expire(Tick(10_000), |_| {});
    assert_eq!((defrag.frames(), defrag.bytes()), (0, 0), "{fates}");
    fates
}

#[test]
fn whole_as_it_was_before_it_was_cut() {
    let payload = bytes(3000);
    let defrag = Defrag::default();
    let cut = v4(&payload, &[1480, 2960]);
    assert!(matches!(take(&defrag, &cut[2], Tick(0)), (Fate::Kept, 0)));
    assert!(matches!(take(&defrag, &cut[0], Tick(0)), (Fate::Kept, 0)));
    assert_eq!(defrag.frames(), 2);
    let (Fate::Whole(whole), 0) = take(&defrag, &cut[1], Tick(0)) else { panic!("not whole") };
    assert_eq!(whole.bytes, [&ETHERNET[..], &cut_v4(A, 7, 0, &payload, false)].concat());
    assert_eq!(whole.pieces, Pieces { longest: 1500, after_first: vec![1480, 40] });
    assert_eq!((whole.port, whole.frames, whole.is_late), (PortId(3), 3, false));
    assert_eq!((defrag.frames(), defrag.bytes()), (0, 0));
}

/// Each as Linux 6.1 does it.
#[test]
fn repetitions_overlaps_and_lengths_that_cannot_be() {
    let payload = bytes(1000);
    let cut = |offset: usize, len: usize, more| cut_v4(A, 7, offset, &payload[offset..offset + len], more);
    let (a, b, c) = (&cut(0, 400, true)[..], &cut(400, 400, true)[..], &cut(800, 200, false)[..]);
    assert_eq!(fresh(&[a, a, b, b, a, c]), "kdkddw");
    assert_eq!(fresh(&[a, &cut(200, 96, true), b, c]), "kdkw", "within another");
    assert_eq!(fresh(&[a, b, &cut(200, 400, true), c]), "kkdw", "within two that came in order");
    assert_eq!(fresh(&[b, a, &cut(200, 400, true), c]), "kkok", "within two that did not");
    assert_eq!(fresh(&[c, a, b, a]), "kkwk");
    assert_eq!(fresh(&[a, &cut(392, 400, true), b, c]), "kokk");
    assert_eq!(fresh(&[c, b, &cut(0, 408, true)]), "kko");
    assert_eq!(fresh(&[b, &cut(0, 1000, false)]), "ko", "around another");
    assert_eq!(fresh(&[a, c, &cut(800, 192, false)]), "kkl", "two ends");
    assert_eq!(fresh(&[a, c, &cut_v4(A, 7, 1000, &[0; 8], true)]), "kkl", "behind the end");
    assert_eq!(fresh(&[b, &cut(0, 400, false)]), "kl", "the end before another");
    assert_eq!(fresh(&[a, &cut(400, 0, true)]), "kl", "nothing");
    assert_eq!(fresh(&[&cut(0, 397, true), &cut(392, 608, false)]), "kw", "only whole eights count");
    let (beyond, not) = (cut_v4(A, 7, 65_512, &[0; 8], false), cut_v4(A, 7, 65_512, &[0; 3], false));
    let almost: Vec<Vec<u8>> =
        (0..65_512).step_by(1424).map(|at| cut_v4(A, 7, at, &bytes(1424.min(65_512 - at)), true)).collect();
    let with = |last: &[u8]| {
        let all: Vec<&[u8]> = almost.iter().map(Vec::as_slice).chain([last]).collect();
        fresh(&all).chars().last()
    };
    assert_eq!((with(&beyond), with(&not)), (Some('l'), Some('w')), "65,535 bytes and not one more");
    let short = cut_v6(Ipv6Addr::LOCALHOST, 7, 0, &payload[..397], true);
    assert_eq!(fresh(&[&short]), "l", "IPv6");
    let six = |offset, len, more| cut_v6(Ipv6Addr::LOCALHOST, 7, offset, &payload[..len], more);
    let (a, c) = (&six(0, 400, true)[..], &six(400, 600, false)[..]);
    assert_eq!(fresh(&[a, &six(400, 0, false), c]), "klw", "IPv6 goes on after nothing");
    assert_eq!(fresh(&[c, &six(400, 500, false), a]), "klw", "and after two ends");
    assert_eq!(fresh(&[a, &six(400, 397, true), c]), "klk", "but not after odd lengths");
}

#[test]
fn congestion_experienced_is_not_lost_and_contradictions_are_not_believed() {
    let with_tos = |tos: [u8; 2]| {
        let defrag = Defrag::default();
        let mut cut = v4(&bytes(1000), &[400]);
        for (piece, tos) in cut.iter_mut().zip(tos) {
            piece[1] = tos;
            ip::sum_v4_header(&mut piece[..20]);
        }
        take(&defrag, &cut[1], Tick(0));
        match take(&defrag, &cut[0], Tick(0)).0 {
            Fate::Whole(whole) => Some(whole.bytes[15]),
            _ => None,
        }
    };
    assert_eq!(with_tos([0x48, 0]), Some(0x48), "the first one's");
    assert_eq!(with_tos([2, 3]), Some(3));
    assert_eq!(with_tos([3, 1]), Some(3));
    assert_eq!(with_tos([2, 1]), Some(2));
    assert_eq!(with_tos([3, 3]), Some(3));
    assert_eq!(with_tos([0, 3]), None);
    assert_eq!(with_tos([2, 0]), None);
}

#[test]
fn df_is_kept_if_a_longest_fragment_had_it() {
    let with_df = |df: [bool; 2]| {
        let defrag = Defrag::default();
        let mut cut = v4(&bytes(1000), &[800]);
        for (piece, df) in cut.iter_mut().zip(df) {
            piece[6] |= u8::from(df) << 6;
            ip::sum_v4_header(&mut piece[..20]);
        }
        take(&defrag, &cut[1], Tick(0));
        let Fate::Whole(whole) = take(&defrag, &cut[0], Tick(0)).0 else { panic!("not whole") };
        ip::read_v4(&whole.bytes[14..]).unwrap().dont_fragment
    };
    assert!(with_df([true, true]) && with_df([true, false]));
    assert!(!with_df([false, true]) && !with_df([false, false]));
}

#[test]
fn ipv6_loses_its_fragment_header_even_alone() {
    let defrag = Defrag::default();
    let source = "2001:db8::5".parse().unwrap();
    let payload = bytes(1000);
    let (Fate::Whole(whole), 0) = take(&defrag, &cut_v6(source, 9, 0, &payload, false), Tick(0)) else {
        panic!("not whole")
    };
    let head = ip::read_v6(&whole.bytes[14..]).unwrap();
    assert_eq!((head.protocol, head.packet_len, head.is_fragment), (17, 1040, false));
    assert_eq!(whole.bytes[54..], payload);
    assert_eq!(whole.pieces, Pieces { longest: 1048, after_first: vec![] });
    let cut = pieces(&payload, &[400, 800], |offset, piece, more| cut_v6(source, 9, offset, piece, more));
    assert_eq!(fresh(&[&cut[1], &cut[2], &cut[0]]), "kkw");
}

#[test]
fn keys_tell_datagrams_apart() {
    let defrag = Defrag::default();
    let payload = bytes(16);
    let first = cut_v4(A, 7, 0, &payload[..8], true);
    let mut last = cut_v4(A, 7, 8, &payload[8..], false);
    for (at, value) in [(15, 6), (19, 99), (5, 8), (9, 6)] {
        let mut other = last.clone();
        other[at] = value;
        ip::sum_v4_header(&mut other[..20]);
        assert!(matches!(take(&defrag, &other, Tick(0)).0, Fate::Kept));
    }
    assert!(matches!(take(&defrag, &first, Tick(0)).0, Fate::Kept));
    last[1] = 8;
    ip::sum_v4_header(&mut last[..20]);
    assert!(matches!(take(&defrag, &last, Tick(0)).0, Fate::Whole(_)), "TOS does not");
}

#[test]
fn time_ends_it_and_the_first_fragment_is_shown() {
    let defrag = Defrag::default();
    let cut = v4(&bytes(1000), &[400]);
    let source = "2001:db8::5".parse().unwrap();
    take(&defrag, &cut[0], Tick(5));
    take(&defrag, &cut_v4(A, 8, 8, &[1; 8], false), Tick(5));
    let six = cut_v6(source, 1, 0, &[1; 8], true);
    take(&defrag, &six, Tick(5));
    let gone = |now: u32| {
        let mut gone = Vec::new();
        defrag.expire(Tick(now), |late| gone.push(late));
        gone
    };
    assert!(gone(5 + 299).is_empty());
    let late = gone(5 + 300);
    assert_eq!(late.len(), 2);
    assert!(late.iter().all(|late| late.is_late && late.frames == 1));
    assert_eq!(late[0].bytes, [&ETHERNET[..], &cut[0]].concat());
    assert!(late[1].bytes.is_empty(), "no first fragment");
    assert!(gone(5 + 599).is_empty());
    let late = gone(5 + 600);
    assert_eq!(late[0].bytes, [&ETHERNET[..], &six].concat());
    assert_eq!((defrag.frames(), defrag.bytes()), (0, 0));
}

/// 100,000 first fragments, from one source and from as many: memory stays bounded, all frames are accounted for, and who
/// behaves gets through.
#[test]
fn a_flood_of_first_fragments() {
    for spoofed in [false, true] {
        let defrag = Defrag::default();
        let (mut kept, mut lost) = (0u64, 0u64);
        for n in 0..100_000u32 {
            let [.., high, low] = n.to_be_bytes();
            let source =
                if spoofed { (0x0b00_0000 + n).to_be_bytes() } else { [11, 0, 0, u8::from(n > 65_535)] };
            let (fate, given_up) = take(
                &defrag,
                &cut_v4(source, u16::from_be_bytes([high, low]), 0, &[7; 64], true),
                Tick(n / 1000),
            );
            assert!(matches!(fate, Fate::Kept));
            (kept, lost) = (kept + 1, lost + u64::from(given_up));
            assert!(defrag.bytes() <= if spoofed { BYTES } else { 2 * BYTES_PER_SOURCE }, "{n}");
            if n.is_multiple_of(1000) {
                let mut cut = v4(&bytes(3000), &[1480, 2960]);
                cut.reverse();
                let mut whole = false;
                for piece in &cut {
                    let (fate, given_up) = take(&defrag, piece, Tick(n / 1000));
                    whole = matches!(fate, Fate::Whole(_));
                    lost += u64::from(given_up);
                }
                assert!(whole, "{n}");
            }
        }
        assert_eq!(kept - lost, defrag.frames());
        defrag.expire(Tick(400), |late| lost += u64::from(late.frames));
        assert_eq!((kept, defrag.frames(), defrag.bytes()), (lost, 0, 0));
    }
}

/// The longest datagram in the smallest pieces exceeds its sender's share: it goes, and nothing with it.
#[test]
fn who_takes_too_much_loses_his_own() {
    let defrag = Defrag::default();
    take(&defrag, &cut_v4([9, 9, 9, 9], 1, 0, &[1; 8], true), Tick(0));
    let mut lost = 0;
    for offset in (8..65_000).step_by(16) {
        lost += take(&defrag, &cut_v4(A, 7, offset, &[1; 8], true), Tick(0)).1;
        lost += take(&defrag, &cut_v4(A, 8, offset, &[1; 8], true), Tick(0)).1;
    }
    assert!(lost > 0);
    assert!(defrag.bytes() <= BYTES_PER_SOURCE + 1000);
    let mut others = 0;
    defrag.expire(Tick(300), |late| others += u32::from(!late.bytes.is_empty()));
    assert_eq!(others, 1, "the other's fragment is still there");
}

#[test]
fn what_still_fits_the_first_buffer_is_joined_to_it() {
    let joined = |whole: usize, after_first: &[u16]| {
        let mut pieces = Pieces { longest: 0, after_first: after_first.to_vec() };
        pieces.join_first(whole);
        pieces.after_first
    };
    assert!(joined(1028, &[400, 208]).is_empty());
    assert_eq!(joined(3028, &[320, 200, 1008]), [320, 200, 1008]);
    assert_eq!(joined(3028, &[400, 1480, 520, 208]), [1480, 520, 208]);
    assert!(joined(10, &[400]).is_empty(), "lengths that lie");
}

proptest! {
    /// Any order, any repetition: the same datagram once, and nothing left of it.
    #[test]
    fn in_any_order_with_any_repetition(
        len in 16usize..4000,
        cuts in proptest::collection::btree_set(1usize..500, 1..12),
        order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..40),
        six in any::<bool>(),
    ) {
        let payload = bytes(len);
        let cuts: Vec<usize> = cuts.into_iter().map(|cut| cut * 8).filter(|cut| *cut < len).collect();
        let source: Ipv6Addr = "2001:db8::5".parse().unwrap();
        let make = |offset, piece: &[u8], more| if six {
            cut_v6(source, 9, offset, piece, more)
        } else {
            cut_v4(A, 9, offset, piece, more)
        };
        prop_assume!(!cuts.is_empty());
        let cut = pieces(&payload, &cuts, make);
        let defrag = Defrag::default();
        let mut seen = vec![false; cut.len()];
        // As it happens to be drawn, with repetitions, until all but one are there; then the rest in order.
        let drawn = order.iter().map(|index| index.index(cut.len())).chain(0..cut.len());
        let mut whole = None;
        for number in drawn {
            let (fate, given_up) = take(&defrag, &cut[number], Tick(0));
            prop_assert_eq!(given_up, 0);
            match fate {
                Fate::Whole(datagram) => { seen[number] = true; whole = Some(datagram); break; }
                Fate::Kept => { prop_assert!(!seen[number]); seen[number] = true; }
                Fate::Refused(why, lost) => {
                    prop_assert!(seen[number]);
                    prop_assert_eq!((why, lost), (Refusal::Duplicate, 0));
                }
            }
        }
        prop_assert!(seen.iter().all(|seen| *seen));
        let whole = whole.unwrap();
        let head = if six { 54 } else { 34 };
        prop_assert_eq!(&whole.bytes[head..], &payload[..]);
        let lens: Vec<usize> = whole.pieces.after_first.iter().map(|len| usize::from(*len)).collect();
        let expected: Vec<usize> =
            cuts.iter().zip(cuts.iter().skip(1).chain([&len])).map(|(start, end)| end - start).collect();
        prop_assert_eq!(lens, expected);
        prop_assert_eq!((defrag.frames(), defrag.bytes()), (0, 0));
    }
}
