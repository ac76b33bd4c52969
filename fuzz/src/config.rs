//! Target `config`: configuration files, in every dialect.
//!
//! ```text
//! input: DIALECT TEXT
//! ```
//!
//! Every remark is about a place in the text; what is read without error is accepted or refused as a whole, and once it
//! runs nothing is left to change.

use super::rig::Rig;
use ulvs::config::{Context, Diagnostics, Format, Names, Source};
use ulvs::control::command::{Reply, Request};

/// Runs it.
///
/// # Panics
/// A remark is about nothing, or what was taken in is not what was wanted.
pub fn run(data: &[u8]) {
    let Some((dialect, text)) = data.split_first() else { return };
    // Files that are no text are refused before they are read (`Source::load`).
    let Ok(text) = std::str::from_utf8(text) else { return };
    if text.contains('\0') {
        return;
    }
    let name = ["ulvs.toml", "ipvsadm.rules", "unknown"][usize::from(dialect % 3)];
    let names = Names::from_text("http 80/tcp\nftp 21/tcp\ndomain 53/udp\n", "10.9.0.100 vip\n");
    let source = Source::from_text(name, text);
    let mut out = Diagnostics::default();
    let wanted = Format::detect(&source).dialect().read(&source, &Context::of_names(&names), &mut out);
    for remark in &out {
        assert!(
            remark.text.get(remark.caret.clone()).is_some(),
            "{remark}: {:?} of {:?}",
            remark.caret,
            remark.text
        );
        assert!(remark.line >= 1 && remark.line <= 1 + text.matches('\n').count(), "{remark}: no such line");
        assert!(remark.column >= 1 && !remark.message.is_empty(), "{remark}");
    }
    if out.has_errors() {
        return;
    }
    assert!(ulvs::control::plan(&wanted, &wanted).is_empty(), "plan(x, x)");
    let acceptable = ulvs::control::acceptable(&wanted);
    let mut rig = Rig::new();
    match rig.ask(Request::Replace(wanted.clone())) {
        Reply::Changes(_) => {
            assert_eq!(acceptable, Ok(()), "accepted, though it was said that it would not be");
            assert_eq!(rig.ask(Request::Diff(wanted)), Reply::Changes(Vec::new()), "still different");
            rig.check_fixpoint();
        }
        Reply::Refused(_) => assert!(rig.services().is_empty(), "refused, and yet there are services"),
        other => panic!("a replacement: {other:?}"),
    }
}
