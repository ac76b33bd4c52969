//! What may happen to a master: killed, back again, stopped for a while, cut off, ended; and who is master then.

use super::duo::Duo;
use super::end::Program::Ulvs;
use super::kind::ALL;
use anyhow::Result;

pub fn two_ulvs() -> Result<String> {
    let mut duo = Duo::new([Ulvs, Ulvs], &ALL, "keepalived.conf")?;
    duo.start(0)?;
    duo.start(1)?;
    duo.until_role(0, "master")?;
    duo.until_role(1, "backup")?;
    duo.all_answer(0)?;
    duo.ends[0].kill()?;
    duo.until_role(1, "master")?;
    duo.until_told(1)?;
    duo.all_answer(1)?;
    Ok("ok".to_owned())
}
