use super::schema::Block;
use super::*;
use crate::config::names::Names;
use std::collections::BTreeSet;

/// All keys of a block and of those in it.
fn keys(block: &'static Block, seen: &mut BTreeSet<&'static str>, all: &mut BTreeSet<&'static str>) {
    for key in block.keys {
        all.insert(key.name);
        if let Some(body) = key.body.filter(|body| seen.insert(body.name)) {
            keys(body, seen, all);
        }
    }
}

#[test]
fn every_key_has_its_place_in_the_docs() {
    let docs = include_str!("../../../docs/dialects/keepalived.md");
    let mut all = BTreeSet::new();
    keys(&keys_global::ROOT, &mut BTreeSet::new(), &mut all);
    assert!(all.len() > 250, "{}", all.len());
    let missing: Vec<_> = all.into_iter().filter(|key| !docs.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "not in docs/dialects/keepalived.md: {missing:?}");
}

#[test]
fn no_key_is_there_twice() {
    fn walk(block: &'static Block, seen: &mut BTreeSet<&'static str>) {
        let names: BTreeSet<_> = block.keys.iter().map(|key| key.name).collect();
        assert_eq!(names.len(), block.keys.len(), "{}", block.name);
        for body in block.keys.iter().filter_map(|key| key.body) {
            if seen.insert(body.name) {
                walk(body, seen);
            }
        }
    }
    walk(&keys_global::ROOT, &mut BTreeSet::new());
}

#[test]
fn remarks_point_through_variables_at_what_is_written() {
    let names = Names::from_text("", "");
    let mut out = Diagnostics::default();
    let text = "$W=abc\nvirtual_server 192.0.2.1 80 {\n  delay_loop ${W} x\n  quorum 1$W 7\n}\n";
    let source = Source::from_text("f", text);
    Keepalived.read(&source, &Context::of_names(&names), &mut out);
    let remarks: Vec<_> = out
        .iter()
        .map(|remark| {
            format!(
                "{}:{} {} {}",
                remark.line,
                remark.column,
                &remark.text[remark.caret.clone()],
                remark.message
            )
        })
        .collect();
    assert_eq!(
        remarks,
        [
            "3:14 ${W} `abc` is no number of seconds",
            "4:10 1$W `1abc` is no whole number",
            "2:1 virtual_server 192.0.2.1 80 this virtual server has no real servers: it is left out",
        ]
    );
}
