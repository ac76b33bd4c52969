//! What is written is read as it was.

use super::*;
use crate::config::arbitrary;
use crate::config::{Context, Diagnostics, Dialect, Names, Native, Source};
use proptest::prelude::*;

fn read(text: &str) -> (Intent, Vec<String>) {
    let mut out = Diagnostics::default();
    let names = Names::default();
    let intent = Native.read(&Source::from_text("f.toml", text), &Context::of_names(&names), &mut out);
    (intent, out.iter().map(ToString::to_string).collect())
}

proptest! {
    #[test]
    fn any_intent_comes_back(intent in arbitrary::intent()) {
        let Written { text, unsaid } = write(&intent);
        prop_assert_eq!(unsaid, Vec::<String>::new());
        let (back, remarks) = read(&text);
        prop_assert_eq!(remarks, Vec::<String>::new(), "{}", text);
        prop_assert_eq!(back, intent, "{}", text);
    }
}
