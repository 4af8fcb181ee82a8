use serde_json::{Value, json};

use super::*;
use crate::kernel::Error;

fn plan(definition: Value) -> Plan {
    compile(&definition, Scope::All).unwrap()
}

fn refused(definition: Value) -> Error {
    let error = compile(&definition, Scope::All).unwrap_err();
    assert_eq!(error.code.sqlstate(), "22023");
    assert!(error.hint.is_some(), "{error} has no hint");
    error
}

#[test]
fn what_a_user_wrote_is_a_parameter_and_never_text_of_the_query() {
    let evil = "x'; DROP TABLE journey.events; --\" $1 {}";
    let plan = plan(json!({
        "kind": "first", "of": format!("properties.a[].{}", evil.replace('.', "")), "event": [evil, evil],
        "where": {"channel": {"contains": evil}, "or": [{"source": {"<": evil}}, {"properties.p": {"in": [evil]}}]},
        "window": "30 days", "time_zone": evil}));
    assert!(!plan.sql.contains("DROP"), "{}", plan.sql);
    assert!(plan.parameters.iter().filter(|p| p.to_string().contains("DROP")).count() >= 6);
}

#[test]
fn each_mistake_is_shown() {
    for (definition, shown) in [
        (json!("count"), "count"),
        (json!({}), "kind"),
        (json!({"kind": "cuont"}), "cuont"),
        (json!({"kind": "count", "windwo": "30 days"}), "windwo"),
        (json!({"kind": "count", "of": "properties.a"}), "\"of\""),
        (json!({"kind": "sum"}), "of"),
        (json!({"kind": "sum", "of": "property.a"}), "property.a"),
        (json!({"kind": "sum", "of": "properties..a"}), "properties..a"),
        (json!({"kind": "count", "event": []}), "[]"),
        (json!({"kind": "count", "event": 5}), "5"),
        (json!({"kind": "count", "window": "30 dyas"}), "30 dyas"),
        (json!({"kind": "count", "window": "0 days"}), "0 days"),
        (json!({"kind": "count", "window": "101 years"}), "101 years"),
        (json!({"kind": "count", "time_zone": "Europe/Berlin"}), "Europe/Berlin"),
        (json!({"kind": "count", "where": {"chanel": "web"}}), "chanel"),
        (json!({"kind": "count", "where": {"channel": {"==": "web"}}}), "=="),
        (json!({"kind": "count", "where": {"channel": ["web"]}}), "channel"),
        (json!({"kind": "count", "where": {"channel": null}}), "channel"),
        (json!({"kind": "count", "where": {"channel": {"in": [null]}}}), "null"),
        (json!({"kind": "count", "where": {"channel": {"<": true}}}), "true"),
        (json!({"kind": "count", "where": {"and": []}}), "and"),
        (json!({"kind": "rate", "per": "1 month"}), "1 month"),
        (json!({"kind": "count", "per": "1 day"}), "per"),
        (json!({"kind": "time_since", "unit": "months"}), "months"),
    ] {
        let error = refused(definition.clone());
        assert!(error.message.contains(shown), "{definition}: {error}");
    }
}

#[test]
fn the_shortest_definition_counts_everything() {
    let plan = plan(json!({"kind": "count"}));
    assert_eq!(plan.value_type, "number");
    assert!(plan.parameters.is_empty());
}

#[test]
fn one_person_is_found_by_index() {
    let definition = json!({"kind": "count", "window": "session"});
    assert!(compile(&definition, Scope::One).unwrap().sql.contains("e.person_id = $2"));
    assert!(!compile(&definition, Scope::All).unwrap().sql.contains("$2"));
}

#[test]
fn lengths_of_time_are_read_in_singular_and_plural() {
    for text in ["1 day", "1 days", "30 minutes", "12 months", " 2 years"] {
        Span::read("window", &json!(text)).unwrap();
    }
    assert_eq!(Span::read_seconds("per", &json!("2 weeks")).unwrap(), 14 * 86_400);
    for text in ["day", "1day", "-1 days", "1.5 days", "1 fortnight", "99999999999999999999 days"] {
        assert!(Span::read("window", &json!(text)).is_err(), "{text}");
    }
}
