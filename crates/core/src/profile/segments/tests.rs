use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::kernel::Error;
use crate::profile::traits::{Plan, Scope};

fn known() -> Known {
    let named = |pairs: &[(&str, Value)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<BTreeMap<_, _>>()
    };
    let columns = [
        ("orders", "bigint"),
        ("email", "text"),
        ("last_seen", "timestamp with time zone"),
        ("traits", "jsonb"),
        ("favourite_categories", "text[]"),
    ];
    Known {
        traits: named(&[
            ("views", json!({"kind": "count", "event": "Product Viewed"})),
            ("category", json!({"kind": "last", "of": "properties.category"})),
        ]),
        segments: named(&[("buyers", json!({"did": "Order Completed"})), ("vip", json!({"segment": "own"}))]),
        columns: columns.map(|(name, of)| (name.to_owned(), of.to_owned())).into(),
        name: Some("own".into()),
    }
}

fn plan(rule: Value) -> Plan {
    compile(&rule, &known(), Scope::All).unwrap()
}

fn refused(rule: Value) -> Error {
    let error = compile(&rule, &known(), Scope::All).unwrap_err();
    assert_eq!(error.code.sqlstate(), "22023", "{error}");
    assert!(error.hint.is_some(), "{error} has no hint");
    error
}

#[test]
fn each_mistake_is_shown() {
    for (rule, shown) in [
        (json!([]), "[]"),
        (json!({}), "{}"),
        (json!({"did": "a", "segment": "b"}), "not one condition"),
        (json!({"did": "a", "at_leest": 2}), "at_leest"),
        (json!({"did": "a", "at_least": 3, "at_most": 2}), "at_most 2"),
        (json!({"did": "a", "at_least": -1}), "-1"),
        (json!({"did_not": "a", "at_least": 1}), "at_least"),
        (json!({"did": {"event": "a"}, "where": {"channel": "web"}}), "where"),
        (json!({"trait": "veiws", ">": 1}), "veiws"),
        (json!({"trait": "views"}), "views"),
        (json!({"trait": "views", ">": "1"}), "\"1\""),
        (json!({"trait": {"kind": "sum"}, ">": 1}), "of"),
        (json!({"profile": "ordres", ">": 1}), "ordres"),
        (json!({"profile": "orders", ">": "1"}), "\"1\""),
        (json!({"profile": "orders", "within": "1 day"}), "orders"),
        (json!({"profile": "orders.a", "=": 1}), "orders"),
        (json!({"profile": "last_seen", ">": "2024-01-01"}), "last_seen"),
        (json!({"profile": "favourite_categories", "=": "Tea"}), "favourite_categories"),
        (json!({"segment": "nobody"}), "nobody"),
        (json!({"funnel": ["a"]}), "funnel"),
        (json!({"funnel": ["a", "b"], "within": "soon"}), "soon"),
        (json!({"and": []}), "and"),
        (json!({"or": [{"not": {"segment": "nobody"}}]}), "nobody"),
    ] {
        let error = refused(rule.clone());
        assert!(error.message.contains(shown), "{rule}: {error}");
    }
}

#[test]
fn a_segment_cannot_be_part_of_itself() {
    assert!(refused(json!({"segment": "own"})).message.contains("own → own"));
    assert!(refused(json!({"not": {"segment": "vip"}})).message.contains("own → vip → own"));
}

#[test]
fn a_plan_tells_what_it_depends_on() {
    let plan = plan(
        json!({"and": [{"trait": "views", ">=": 3}, {"segment": "buyers"}, {"profile": "orders", ">": 1}]}),
    );
    assert_eq!(plan.uses_traits, ["views"]);
    assert_eq!(plan.uses_segments, ["buyers"]);
    assert!(plan.uses_profile);
}

#[test]
fn names_of_columns_are_quoted_and_values_are_parameters() {
    let mut known = known();
    known.columns.insert("a\"b".into(), "text".into());
    let rule = json!({"profile": "a\"b", "=": "x'y"});
    let plan = compile(&rule, &known, Scope::All).unwrap();
    assert!(plan.sql.contains("p.\"a\"\"b\"") && !plan.sql.contains("x'y"), "{}", plan.sql);
}

#[test]
fn segments_that_double_each_other_end_at_the_limit() {
    let mut known = known();
    known.segments.insert("s0".into(), json!({"did": "a"}));
    for n in 1..40 {
        let inner = format!("s{}", n - 1);
        known.segments.insert(format!("s{n}"), json!({"or": [{"segment": inner}, {"segment": inner}]}));
    }
    let error = compile(&json!({"segment": "s39"}), &known, Scope::All).unwrap_err();
    assert_eq!(error.code.sqlstate(), "54000");
}
