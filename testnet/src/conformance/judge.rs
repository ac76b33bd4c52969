//! Are two answers the same?

use super::script::{Action, Step};

/// Seconds that a timer may be off: the kernel's clock goes on while it is asked.
const TIMER_TOLERANCE: u32 = 2;

/// True if `got` is what is `expected` of this step.
pub fn same(step: &Step, expected: &[String], got: &[String]) -> bool {
    if step.action != Action::Timers {
        return expected == got;
    }
    let close = |(one, other): (&String, &String)| match (timer(one), timer(other)) {
        (Some((line, left)), Some((other_line, other_left))) => {
            line == other_line && left.abs_diff(other_left) <= TIMER_TOLERANCE
        }
        _ => one == other,
    };
    expected.len() == got.len() && expected.iter().zip(got).all(close)
}

/// A line of `timers`: what is timed, and the seconds left.
fn timer(line: &str) -> Option<(&str, u32)> {
    let (what, left) = line.rsplit_once(' ')?;
    Some((what, left.strip_suffix('s')?.parse().ok()?))
}

/// The lines of `wanted` with a `-` and those of `got` with a `+`, in order; common lines with a blank.
pub fn difference(wanted: &[String], got: &[String]) -> Vec<String> {
    // The longest common subsequence by the textbook: answers are short.
    let (rows, columns) = (wanted.len(), got.len());
    let mut table = vec![vec![0_usize; columns + 1]; rows + 1];
    for (row, want) in wanted.iter().enumerate().rev() {
        for (column, have) in got.iter().enumerate().rev() {
            table[row][column] = if want == have {
                table[row + 1][column + 1] + 1
            } else {
                table[row + 1][column].max(table[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut lines = Vec::new();
    while row < rows || column < columns {
        if row < rows && column < columns && wanted[row] == got[column] {
            lines.push(format!("  {}", wanted[row]));
            (row, column) = (row + 1, column + 1);
        } else if row < rows && (column == columns || table[row + 1][column] >= table[row][column + 1]) {
            lines.push(format!("- {}", wanted[row]));
            row += 1;
        } else {
            lines.push(format!("+ {}", got[column]));
            column += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn differences_in_order() {
        let lines = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        assert_eq!(difference(&lines("abcd"), &lines("abxd")), ["  a", "  b", "- c", "+ x", "  d"]);
        assert_eq!(difference(&lines(""), &lines("x")), ["+ x"]);
    }
}
