use super::*;

#[test]
fn a_panic_is_a_failure() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let outcome = runtime.block_on(caught(async {
        tokio::task::yield_now().await;
        panic!("on purpose")
    }));
    assert_eq!(outcome, Outcome::down("the probe panicked"));
    assert_eq!(runtime.block_on(caught(async { Outcome::up("x") })), Outcome::up("x"));
}
