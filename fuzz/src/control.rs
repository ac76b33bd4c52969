//! Target `control`: requests as they come over the control socket.
//!
//! ```text
//! input: RIG LINE (0x0a LINE)*       a line: JSON, as `Request` reads it
//! ```
//!
//! Besides: what is refused changes nothing, what was replaced has no difference left, and what runs can be read back.

use super::rig::Rig;
use ulvs::control::command::{Intent, Reply, Request};

/// Requests that one input may hold.
const REQUESTS: usize = 24;
/// Changes that one request may hold here: more are only slower.
const CHANGES: usize = 64;

/// Runs it.
///
/// # Panics
/// The keeper does what it must not.
pub fn run(data: &[u8]) {
    let Some((how, text)) = data.split_first() else { return };
    let mut rig = if how & 1 == 0 { Rig::new() } else { Rig::with_services(usize::from(how >> 1)) };
    let mut asked = 0;
    for line in text.split(|byte| *byte == b'\n').take(REQUESTS) {
        let Ok(request) = serde_json::from_slice::<Request>(line) else { continue };
        check_writing(&request);
        if let Request::Commands(changes) = &request
            && changes.len() > CHANGES
        {
            continue;
        }
        asked += 1;
        serve(&mut rig, request);
        rig.advance(10);
        rig.pass_second();
    }
    if asked > 0 {
        rig.check_fixpoint();
    }
}

/// What was read can be written, and read again as the same.
fn check_writing(request: &Request) {
    let text = serde_json::to_string(request).expect("every request can be written");
    let again: Request = serde_json::from_str(&text).expect("and read");
    assert_eq!(again, *request);
}

fn serve(rig: &mut Rig, request: Request) {
    let epoch = rig.view().epoch;
    let is_change = matches!(request, Request::Command(_) | Request::Commands(_) | Request::Replace(_));
    let before = rig.intent();
    let reply = rig.ask_by_wire(request.clone());
    match (&request, &reply) {
        (Request::Replace(wanted) | Request::Diff(wanted), Reply::Changes(changes)) => {
            check_plan(&before, wanted);
            if matches!(request, Request::Replace(_)) {
                assert_eq!(
                    rig.ask(Request::Diff(wanted.clone())),
                    Reply::Changes(Vec::new()),
                    "still different"
                );
            } else {
                let _ = changes;
            }
        }
        (_, Reply::Refused(_)) => {
            assert_eq!(rig.intent(), before, "refused, and yet something changed");
        }
        _ => {}
    }
    if !is_change {
        assert_eq!(rig.view().epoch, epoch, "a question changed something");
        assert_eq!(rig.ask(request), reply, "the same question, another answer");
    }
}

fn check_plan(running: &Intent, wanted: &Intent) {
    assert!(ulvs::control::plan(wanted, wanted).is_empty(), "plan(x, x)");
    assert!(ulvs::control::plan(running, running).is_empty(), "plan(x, x)");
}
