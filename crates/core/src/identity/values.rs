//! The identifiers that a message carries beside userId and anonymousId: in its traits and in `context.externalIds`.

use crate::capture::Ids;
use crate::kernel::json::{self, Value};
use std::borrow::Cow;

/// A longer value is data in the wrong place.
const MAX_BYTES: usize = 500;

/// The first value of each kind, in step with `kinds`: the message's own traits come before those of its context, and
/// externalIds last. A value of another type, or no value, is passed over: traits are the shop's own.
pub fn find<'a>(ids: &Ids<'a>, kinds: &[&str]) -> Vec<Option<Cow<'a, str>>> {
    let mut found = vec![None; kinds.len()];
    if kinds.is_empty() {
        return found;
    }
    for traits in [ids.traits, ids.context_traits].into_iter().flatten() {
        for (key, value) in members(traits) {
            keep(&mut found, kinds, &json::snake_case(key), value);
        }
    }
    let external = ids.external_ids.and_then(|list| json::array("externalIds", list).ok());
    for (kind, value) in external.into_iter().flatten().flatten().filter_map(external_id) {
        keep(&mut found, kinds, &kind, value);
    }
    found
}

/// None, where the value is no object.
fn members<'a>(value: Value<'a>) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
    value.members().into_iter().flatten().flatten()
}

/// Type and id of Segment's `{"id": …, "type": …, "collection": "users", "encoding": "none"}`.
fn external_id(one: Value<'_>) -> Option<(Cow<'_, str>, Value<'_>)> {
    let text = |name| one.member(name).and_then(|value| json::string(name, value).ok().flatten());
    let is_user = text("collection").is_none_or(|of| of == "users");
    is_user.then(|| Some((text("type")?, one.member("id")?))).flatten()
}

fn keep<'a>(found: &mut [Option<Cow<'a, str>>], kinds: &[&str], name: &str, value: Value<'a>) {
    let place = kinds.iter().zip(found).find(|(kind, _)| **kind == name);
    if let Some((_, place @ None)) = place {
        let value = json::scalar(name, value).ok().flatten();
        *place = value.filter(|v| v.len() <= MAX_BYTES && !v.chars().any(char::is_control));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [&str; 3] = ["email", "phone", "loyalty_card"];

    fn find_all(traits: &'static str, context: &'static str, external: &'static str) -> [String; 3] {
        let some = |text: &'static str| (!text.is_empty()).then(|| Value::of_text(text).unwrap());
        let ids = Ids {
            traits: some(traits),
            context_traits: some(context),
            external_ids: some(external),
            ..Ids::default()
        };
        let found = find(&ids, &KINDS).into_iter().map(|v| v.unwrap_or_default().into_owned());
        found.collect::<Vec<_>>().try_into().unwrap()
    }

    #[test]
    fn traits_come_before_the_context_and_that_before_external_ids() {
        let external = r#"[{"id":"e","type":"email","collection":"users","encoding":"none"},
            {"id":7,"type":"loyalty_card"},{"id":"p","type":"phone","collection":"accounts"}]"#;
        assert_eq!(find_all(r#"{"email":"a"}"#, r#"{"email":"b","phone":1}"#, external), ["a", "1", "7"]);
        assert_eq!(find_all("", "", external), ["e", "", "7"]);
        assert_eq!(find_all(r#"{"loyaltyCard":"x"}"#, "", ""), ["", "", "x"]);
    }

    #[test]
    fn what_is_no_identifier_is_passed_over() {
        assert_eq!(find_all(r#"{"email":{},"phone":null,"loyalty_card":["a"]}"#, "", "7"), ["", "", ""]);
        assert_eq!(find_all(r#"{"email":"a\nb"}"#, "", r#"[{"id":"x"}]"#), ["", "", ""]);
    }
}
