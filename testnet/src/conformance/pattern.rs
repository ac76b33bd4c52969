//! Patterns in braces: what a line says the `k`-th time.
//!
//! `{20000+}` counts up by one, `{20000+7}` by seven, also addresses (`{172.16.0.1+7}`); `{a,b,c}` takes turns;
//! `{1..3}` takes turns from 1 to 3.

use anyhow::{Context, Result, bail};
use std::net::IpAddr;

/// The line as it is the `turn`-th time, counted from 0.
///
/// # Errors
/// A brace is not closed, or what is in it is no pattern.
pub fn expand(line: &str, turn: u32) -> Result<String> {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, behind) = after.split_once('}').context("a brace is not closed")?;
        out += before;
        out += &one(inside, turn).with_context(|| format!("{{{inside}}} is no pattern"))?;
        rest = behind;
    }
    Ok(out + rest)
}

fn one(inside: &str, turn: u32) -> Result<String> {
    if let Some((start, step)) = inside.split_once('+') {
        let step: u32 = if step.is_empty() { 1 } else { step.parse()? };
        let by = step.checked_mul(turn).context("too far")?;
        if let Ok(number) = start.parse::<u32>() {
            return Ok(number.checked_add(by).context("too far")?.to_string());
        }
        return Ok(match start.parse::<IpAddr>()? {
            IpAddr::V4(addr) => IpAddr::V4((u32::from(addr).wrapping_add(by)).into()),
            IpAddr::V6(addr) => IpAddr::V6((u128::from(addr).wrapping_add(by.into())).into()),
        }
        .to_string());
    }
    if let Some((first, last)) = inside.split_once("..") {
        let (first, last): (u32, u32) = (first.parse()?, last.parse()?);
        if last < first {
            bail!("{last} is before {first}");
        }
        return Ok((first + turn % (last - first + 1)).to_string());
    }
    let choices: Vec<&str> = inside.split(',').collect();
    let count = u32::try_from(choices.len())?;
    let choice = choices.get(usize::try_from(turn % count)?).copied().unwrap_or("");
    Ok(choice.to_owned())
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn patterns() {
        for (turn, expected) in [
            (0, "a 172.16.0.1:20000 fd00::1 x 1"),
            (1, "a 172.16.0.8:20001 fd00::2 y 2"),
            (2, "a 172.16.0.15:20002 fd00::3 x 3"),
            (3, "a 172.16.0.22:20003 fd00::4 y 1"),
        ] {
            assert_eq!(expand("a {172.16.0.1+7}:{20000+} {fd00::1+} {x,y} {1..3}", turn).unwrap(), expected);
        }
        assert!(expand("{1", 0).is_err());
        assert!(expand("{a+}", 0).is_err());
    }
}
