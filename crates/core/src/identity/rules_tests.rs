//! What rules make of the ids of a message.

use super::*;
use crate::kernel::json::Value;

fn rules() -> Rules {
    let rule = |kind: &str, normalizer| {
        let blocked = ["null", "anonymous"].map(str::to_owned).to_vec();
        Rule::new(kind, normalizer).block(blocked, &["^[0-]*0[0-]*$".to_owned()]).unwrap()
    };
    let mut user_id = rule(USER_ID, Normalizer::Trim);
    user_id.limit = Some(1);
    Rules(vec![
        user_id,
        rule("email", Normalizer::Email),
        rule("card", Normalizer::Lower),
        rule(ANONYMOUS_ID, Normalizer::Trim),
    ])
}

fn ids<'a>(user_id: &'a str, anonymous_id: &'a str, traits: &'a str) -> Ids<'a> {
    let some = |text: &'a str| (!text.is_empty()).then_some(Cow::Borrowed(text));
    Ids {
        user_id: some(user_id),
        anonymous_id: some(anonymous_id),
        traits: (!traits.is_empty()).then(|| Value::of_text(traits).unwrap()),
        ..Ids::default()
    }
}

fn place(ids: &Ids) -> (String, Vec<String>) {
    let place = rules().place(ids).unwrap();
    (place.atom.value, place.members.into_iter().map(|m| m.value).collect())
}

const ANN: &str = r#"{"email":"Ann@Example.org","card":"C-1"}"#;

#[test]
fn the_strongest_identifier_gathers_the_others() {
    assert_eq!(
        place(&ids(" 7 ", "a1", ANN)),
        ("7".into(), vec!["ann@example.org".into(), "c-1".into(), "a1".into()])
    );
    assert_eq!(place(&ids("", "a1", ANN)), ("ann@example.org".into(), vec!["c-1".into(), "a1".into()]));
    assert_eq!(place(&ids("", "a1", "")), ("a1".into(), vec![]));
}

#[test]
fn values_that_name_nobody_are_passed_over() {
    for nobody in ["null", "NULL", "0", "00000000-0000-0000-0000-000000000000", "Anonymous"] {
        assert_eq!(place(&ids(nobody, "a1", "")).0, "a1");
        let error = rules().place(&ids(nobody, nobody, "")).unwrap_err();
        assert_eq!(error.code.sqlstate(), "22023");
        assert!(error.message.contains(nobody), "{}", error.message);
    }
    let error = rules().place(&ids("", "", r#"{"email":"not an address"}"#)).unwrap_err();
    assert_eq!(error.message, "email \"not an address\" names nobody");
}

#[test]
fn an_alias_links_the_name_before() {
    let alias = |previous: &'static str| Ids { previous_id: Some(previous.into()), ..ids("7", "", "") };
    assert_eq!(rules().place(&alias("a0")).unwrap().members, [Atom::new(ANONYMOUS_ID, "a0".to_owned())]);
    // A second user_id only where a person may have two.
    let mut several = rules();
    several.0[0].limit = None;
    let kinds = |previous| several.place(&alias(previous)).unwrap().members.into_iter().map(|m| m.kind);
    assert_eq!(kinds("a0").collect::<Vec<_>>(), [USER_ID, ANONYMOUS_ID]);
    assert_eq!(kinds("7").collect::<Vec<_>>(), [ANONYMOUS_ID]);
}

#[test]
fn a_customer_is_a_user_id_unless_it_names_its_kind() {
    let atom = |text| rules().customer(text).map(|a| (a.kind, a.value));
    let some = |kind: &str, value: &str| Some((kind.to_owned(), value.to_owned()));
    assert_eq!(atom("7"), some(USER_ID, "7"));
    assert_eq!(atom("google:7"), some(USER_ID, "google:7"));
    assert_eq!(atom("anonymous_id:a1"), some(ANONYMOUS_ID, "a1"));
    assert_eq!(atom("email:Ann@Example.org"), some("email", "ann@example.org"));
    assert_eq!(atom("null"), None);
}

#[test]
fn an_identifier_that_cannot_be_meant_is_refused() {
    let message = |kind, value| rules().identifier(kind, value).unwrap_err();
    assert_eq!(
        message("fax", "1").hint.unwrap(),
        "The kinds of journey.identity_rules are user_id, email, card, anonymous_id."
    );
    assert_eq!(message("email", "ann").message, "email \"ann\" names nobody");
}

#[test]
fn a_bad_pattern_is_named() {
    let error = Rule::new("email", Normalizer::Email).block(vec![], &["(".to_owned()]).unwrap_err();
    assert_eq!(error.code.sqlstate(), "2201B");
    assert!(error.message.starts_with("blocked_patterns \"(\" of email: "), "{}", error.message);
}
