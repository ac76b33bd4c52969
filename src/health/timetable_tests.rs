use super::*;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn timing(falls: u32, rises: u32, first_counts: bool) -> Timing {
    Timing {
        interval: 10 * SECOND,
        retry_interval: Some(SECOND),
        timeout: 3 * SECOND,
        falls,
        rises,
        first_counts,
        warmup: Duration::ZERO,
    }
}

/// `+` and `-` are results; the answer holds `U` or `D` where a result changed something, `.` elsewhere, and the step in
/// seconds behind each.
fn play(mut table: Timetable, results: &str) -> String {
    results
        .chars()
        .map(|result| {
            let verdict = table.note(result == '+');
            let change = match (verdict.has_changed, verdict.is_up) {
                (false, _) => '.',
                (true, true) => 'U',
                (true, false) => 'D',
            };
            format!("{change}{} ", table.step().as_secs())
        })
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// keepalived: `retry 3` is four failures; the first failure ever downs at once; one success is enough.
#[test]
fn keepalived() {
    let plain = || Timetable::new(timing(4, 1, true), false, None);
    assert_eq!(play(plain(), "-"), "D10");
    assert_eq!(play(plain(), "+---+"), ".10 .1 .1 .1 .10");
    assert_eq!(play(plain(), "+----+"), ".10 .1 .1 .1 D10 U10");
    assert_eq!(play(plain(), "--+---"), "D10 .10 U10 .1 .1 .1");
    // alpha: down until the first success, and no failure is a change.
    let alpha = || Timetable::new(timing(4, 1, true), true, None);
    assert_eq!(play(alpha(), "--+"), ".10 .10 U10");
    assert_eq!(play(alpha(), "+----"), "U10 .1 .1 .1 D10");
    // A reload carries the state: the first result is no longer the first ever.
    let carried = Timetable::new(timing(4, 1, true), false, Some(true));
    assert_eq!(play(carried, "----"), ".1 .1 .1 D10");
    let carried = Timetable::new(timing(4, 1, true), false, Some(false));
    assert_eq!(play(carried, "-+"), ".10 U10");
}

/// ldirectord: `failurecount` failures in a row, no quicker retry, down until the first success.
#[test]
fn ldirectord() {
    let slow = |falls| Timing { retry_interval: None, ..timing(falls, 1, false) };
    assert_eq!(play(Timetable::new(slow(1), true, None), "+-+"), "U10 D10 U10");
    assert_eq!(play(Timetable::new(slow(3), true, None), "+--+---+"), "U10 .10 .10 .10 .10 .10 D10 U10");
    // What the table had with a weight counts as up.
    assert_eq!(play(Timetable::new(slow(2), true, Some(true)), "--"), ".10 D10");
}

/// nanny: the first success counts at once, later ones only so many in a row; one failure downs.
#[test]
fn nanny() {
    let table = || Timetable::new(Timing { retry_interval: None, ..timing(1, 3, true) }, true, None);
    assert_eq!(play(table(), "+-++-+++"), "U10 D10 .10 .10 .10 .10 .10 U10");
    assert_eq!(play(table(), "-+++"), ".10 .10 .10 U10");
}

#[test]
fn failures_are_counted_on_and_on() {
    let mut table = Timetable::new(timing(2, 1, false), false, None);
    let rows: Vec<u32> = [false, false, false, true, false].map(|r| table.note(r).failures_in_a_row).into();
    assert_eq!(rows, [1, 2, 3, 0, 1]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "some instant to begin with")]
fn the_next_try_is_counted_from_when_the_last_was_due() {
    let table = Timetable::new(timing(1, 1, false), false, None);
    let due = Instant::now();
    assert_eq!(table.next(due, due + SECOND), due + 10 * SECOND);
    assert_eq!(table.next(due, due + 12 * SECOND), due + 12 * SECOND, "at once, when it is late");
}

#[test]
fn warmup_is_a_share() {
    let table = Timetable::new(Timing { warmup: 10 * SECOND, ..timing(1, 1, false) }, false, None);
    assert_eq!(table.warmup(0), Duration::ZERO);
    assert_eq!(table.warmup(u32::MAX), 10 * SECOND);
    assert_eq!(table.warmup(u32::MAX / 2).as_millis(), 4_999);
}

proptest! {
    /// Against a judge that looks at the whole history each time.
    #[test]
    fn agrees_with_its_history(
        falls in 1_u32..5, rises in 1_u32..5, first_counts: bool, begins_down: bool,
        begins_up: Option<bool>, results in prop::collection::vec(any::<bool>(), 1..60),
    ) {
        let mut table = Timetable::new(timing(falls, rises, first_counts), begins_down, begins_up);
        let mut is_up = begins_up.unwrap_or(!begins_down);
        for end in 1..=results.len() {
            let past = &results[..end];
            let last = past[end - 1];
            let row = past.iter().rev().take_while(|result| **result == last).count() as u32;
            let is_first = end == 1 && begins_up.is_none() && first_counts;
            let counts = is_first || row >= if last { rises } else { falls };
            let was_up = is_up;
            if counts {
                is_up = last;
            }
            let verdict = table.note(last);
            prop_assert_eq!(verdict.is_up, is_up);
            prop_assert_eq!(verdict.has_changed, is_up != was_up);
            prop_assert_eq!(verdict.failures_in_a_row, if last { 0 } else { row });
            let is_in_doubt = is_up && !last;
            prop_assert_eq!(table.step(), if is_in_doubt { SECOND } else { 10 * SECOND });
        }
    }

    /// Never before the last try is over, never later than its step unless the try took longer.
    #[test]
    fn the_next_try_is_never_early(took in 0_u64..100_000, late in 0_u64..100_000, fails: bool) {
        let mut table = Timetable::new(timing(3, 1, false), false, None);
        table.note(!fails);
        #[expect(clippy::disallowed_methods, reason = "some instant to begin with")]
        let due = Instant::now();
        let over = due + Duration::from_millis(late + took);
        let next = table.next(due, over);
        prop_assert!(next >= over);
        prop_assert!(next == over || next == due + table.step());
    }
}
