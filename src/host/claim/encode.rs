//! nf_tables' netlink messages: the few that a claim needs.

use super::ruleset::{Expression, Set};
use crate::host::netlink::Message;

/// NFNL_SUBSYS_NFTABLES.
const SUBSYSTEM: u16 = 10;
/// NFPROTO_NETDEV.
const NETDEV: u8 = 5;
const NLM_F_CREATE: u16 = 0x400;
const NLM_F_APPEND: u16 = 0x800;

const NFNL_MSG_BATCH_BEGIN: u16 = 16;
const NFNL_MSG_BATCH_END: u16 = 17;
const NEWTABLE: u16 = 0;
const GETTABLE: u16 = 1;
const DELTABLE: u16 = 2;
const NEWCHAIN: u16 = 3;
const GETCHAIN: u16 = 4;
const NEWRULE: u16 = 6;
const GETRULE: u16 = 7;
const NEWSET: u16 = 9;
const NEWSETELEM: u16 = 12;
const GETSETELEM: u16 = 13;

/// Name of the table, in messages about tables, chains, rules, sets and elements alike.
pub const TABLE: u16 = 1;
/// In messages about tables: the owner's note, a list of (kind, length, bytes).
pub const TABLE_USERDATA: u16 = 6;
/// In messages about chains: the chain's name.
pub const CHAIN_NAME: u16 = 3;
/// In messages about chains: where it is hooked.
pub const CHAIN_HOOK: u16 = 4;
/// In a hook: its only device.
pub const HOOK_DEV: u16 = 3;
/// In a hook: the list of its devices.
pub const HOOK_DEVS: u16 = 4;
/// In messages about rules: their chain.
pub const RULE_CHAIN: u16 = 2;
/// In messages about elements: the list of them.
pub const ELEMENTS: u16 = 3;
/// In an element: its key.
pub const ELEMENT_KEY: u16 = 1;
/// In data: the value.
pub const DATA_VALUE: u16 = 1;
/// An item of a list.
const ITEM: u16 = 1;
/// In the owner's note of a table: the comment that nft(8) shows.
pub const COMMENT: u8 = 0;

/// Before everything else at ingress: nobody shall count or answer what is the director's.
const PRIORITY: i32 = -400;
/// Keys to a message: the list's length field has 16 bits.
const KEYS_PER_MESSAGE: usize = 1000;

fn message(what: u16, flags: u16) -> Message {
    Message::new(SUBSYSTEM << 8 | what, flags).body(&[NETDEV, 0, 0, 0])
}

/// The start of a batch: what follows happens at once, or not at all.
pub fn begin() -> Message {
    batch_edge(NFNL_MSG_BATCH_BEGIN)
}

/// The end of a batch.
pub fn end() -> Message {
    batch_edge(NFNL_MSG_BATCH_END)
}

fn batch_edge(kind: u16) -> Message {
    let [high, low] = SUBSYSTEM.to_be_bytes();
    Message::new(kind, 0).body(&[0, 0, high, low])
}

/// Makes a table (or lets it be, if there is one) with a comment.
pub fn new_table(name: &str, comment: &str) -> Message {
    let mut note = vec![COMMENT, u8::try_from(comment.len() + 1).unwrap_or(u8::MAX)];
    note.extend(comment.bytes().take(usize::from(u8::MAX) - 1).chain([0]));
    message(NEWTABLE, NLM_F_CREATE).text(TABLE, name).attribute(TABLE_USERDATA, &note)
}

/// Takes a table away, with all that is in it. If it were not there, the batch would fail: so it is made first.
pub fn remove_table(name: &str) -> [Message; 2] {
    [message(NEWTABLE, NLM_F_CREATE).text(TABLE, name), message(DELTABLE, 0).text(TABLE, name)]
}

/// Makes the chain at a device's ingress, with the device's name.
pub fn new_chain(table: &str, device: &str) -> Message {
    const NF_ACCEPT: u32 = 1;
    message(NEWCHAIN, NLM_F_CREATE)
        .text(TABLE, table)
        .text(CHAIN_NAME, device)
        .nest(CHAIN_HOOK, |hook| {
            // 1: the hook (0 is ingress), 2: the priority.
            hook.number_be(1, 0).number_be(2, PRIORITY.cast_unsigned()).text(HOOK_DEV, device)
        })
        // 5: policy, 7: type.
        .number_be(5, NF_ACCEPT)
        .text(7, "filter")
}

/// Makes a set; `id` is any number that no other set of the batch has.
pub fn new_set(table: &str, set: &Set, id: u32) -> Message {
    message(NEWSET, NLM_F_CREATE)
        .text(TABLE, table)
        .text(2, set.name)
        // 3: flags, 4: type of the key, 5: its length, 10: id.
        .number_be(3, 0)
        .number_be(4, set.key_type)
        .number_be(5, set.key_len)
        .number_be(10, id)
}

/// Fills a set.
pub fn new_elements(table: &str, set: &Set) -> Vec<Message> {
    let keys: Vec<_> = set.keys.iter().collect();
    let fill = |keys: &[&Vec<u8>]| {
        message(NEWSETELEM, NLM_F_CREATE).text(TABLE, table).text(2, set.name).nest(ELEMENTS, |list| {
            keys.iter().fold(list, |list, key| {
                list.nest(ITEM, |element| element.nest(ELEMENT_KEY, |data| data.attribute(DATA_VALUE, key)))
            })
        })
    };
    keys.chunks(KEYS_PER_MESSAGE).map(fill).collect()
}

/// Appends a rule to a chain.
pub fn new_rule(table: &str, chain: &str, rule: &[Expression]) -> Message {
    message(NEWRULE, NLM_F_CREATE | NLM_F_APPEND).text(TABLE, table).text(RULE_CHAIN, chain).nest(4, |list| {
        rule.iter().fold(list, |list, expression| list.nest(ITEM, |item| encode(item, expression)))
    })
}

/// An expression: its name (1) and its own attributes (2).
fn encode(item: Message, expression: &Expression) -> Message {
    const REG: u32 = 1;
    match expression {
        Expression::Meta { key, to } => {
            item.text(1, "meta").nest(2, |data| data.number_be(2, *key).number_be(1, *to))
        }
        Expression::Payload { base, offset, len, to } => item.text(1, "payload").nest(2, |data| {
            data.number_be(1, *to).number_be(2, *base).number_be(3, *offset).number_be(4, *len)
        }),
        Expression::Compare { how, with } => item.text(1, "cmp").nest(2, |data| {
            data.number_be(1, REG).number_be(2, *how).nest(3, |value| value.attribute(DATA_VALUE, with))
        }),
        Expression::Lookup { set, absent } => item.text(1, "lookup").nest(2, |data| {
            let data = data.text(1, set).number_be(2, REG);
            // 5: flags; 1 inverts.
            if *absent { data.number_be(5, 1) } else { data }
        }),
        Expression::Bitwise { mask, xor } => item.text(1, "bitwise").nest(2, |data| {
            // 1: from, 2: to, 3: bytes, 4: what is kept, 5: what is flipped.
            data.number_be(1, REG)
                .number_be(2, REG)
                .number_be(3, u32::try_from(mask.len()).unwrap_or(0))
                .nest(4, |value| value.attribute(DATA_VALUE, mask))
                .nest(5, |value| value.attribute(DATA_VALUE, xor))
        }),
        // 2: the key, 3: the register that it is written from.
        Expression::SetMeta { key } => {
            item.text(1, "meta").nest(2, |data| data.number_be(2, *key).number_be(3, REG))
        }
        Expression::Count => item.text(1, "counter").nest(2, |data| data),
        // A verdict (2) of code (1) NF_DROP (0), into the verdict register (0).
        Expression::Drop => item.text(1, "immediate").nest(2, |data| {
            data.number_be(1, 0).nest(2, |value| value.nest(2, |verdict| verdict.number_be(1, 0)))
        }),
    }
}

/// Asks for all tables of the netdev family.
pub fn list_tables() -> Message {
    message(GETTABLE, 0)
}

/// Asks for all chains of the netdev family.
pub fn list_chains() -> Message {
    message(GETCHAIN, 0)
}

/// Asks for the rules of a table.
pub fn list_rules(table: &str) -> Message {
    message(GETRULE, 0).text(TABLE, table)
}

/// Asks for the elements of a set.
pub fn list_elements(table: &str, set: &str) -> Message {
    message(GETSETELEM, 0).text(TABLE, table).text(2, set)
}
