//! The fence of one request: what [`Steering`] lets the model write, from the facts and the limits of the kind.

use super::claims;
use super::facts::{self, Facts, Role, Value};
use super::kind::Kind;
use super::money;
use super::steer::Steering;
use super::theme::Theme;

pub fn steering(kind: &Kind, facts: &Facts, theme: Theme, draft: &str) -> Steering {
    Steering {
        names: names(facts),
        numbers: facts::spellings(facts),
        words: words(facts, theme),
        banned: claims::unlicensed(facts, theme).map(str::to_owned).collect(),
        required: required(kind, facts, draft),
        min_chars: kind.min_chars,
        max_chars: kind.max_chars,
        max_sentences: kind.max_sentences,
        full_sentences: kind.full_sentences,
    }
}

fn names(facts: &Facts) -> Vec<String> {
    let codes = facts.0.iter().filter_map(|f| match &f.value {
        // A currency without a sign is written by its code.
        Value::Money { currency, .. } if money::sign(currency).is_none() => Some(currency.clone()),
        _ => None,
    });
    facts.names().map(str::to_owned).chain(codes).collect()
}

fn words(facts: &Facts, theme: Theme) -> Vec<String> {
    let category = facts.name(Role::Category).unwrap_or_default().to_lowercase();
    claims::licensed_words(facts, theme)
        .map(str::to_owned)
        .chain(
            category
                .split(' ')
                .filter(|w| w.chars().all(|c| c.is_alphabetic() || c == '-'))
                .map(str::to_owned),
        )
        .filter(|w| !w.is_empty())
        .collect()
}

/// What the caller gives; where the draft says it, the text must.
const GIVEN: [Role; 12] = [
    Role::Offer,
    Role::Stock,
    Role::ShipDays,
    Role::Event,
    Role::EventDate,
    Role::Alternative,
    Role::AlternativePrice,
    Role::BundleItem,
    Role::BundlePrice,
    Role::Attribute,
    Role::Description,
    Role::RefundAmount,
];

/// Groups of ways to say what must be said: what the kind requires, the price or the saving where the draft makes it its
/// point, and what was given and the draft says.
pub fn required(kind: &Kind, facts: &Facts, draft: &str) -> Vec<Vec<String>> {
    let said = |group: &Vec<String>| group.iter().any(|way| says(draft, way));
    // An invitation is about its event, whatever the shop sells.
    let is_event = facts.of(Role::Event).next().is_some();
    let roles = kind.required.iter().filter(|role| !(is_event && **role == Role::Product));
    let mut groups: Vec<Vec<String>> = roles.flat_map(|role| ways(*role, facts)).collect();
    let point = [Role::Price, Role::Saving].into_iter().map(|role| ways(role, facts));
    groups.extend(
        point
            .map(|groups| groups.into_iter().filter(said).collect::<Vec<_>>())
            .find(|g| !g.is_empty())
            .unwrap_or_default(),
    );
    groups.extend(GIVEN.into_iter().flat_map(|role| ways(role, facts)).filter(said));
    let mut seen = Vec::new();
    for group in groups {
        if !seen.contains(&group) {
            seen.push(group);
        }
    }
    seen
}

/// The ways to say each fact of a role; nothing where none is known.
fn ways(role: Role, facts: &Facts) -> Vec<Vec<String>> {
    let way = |value: &Value| match value {
        Value::Money { amount, currency } => Some(money::spellings(*amount, currency)),
        Value::Name(text) | Value::Category(text) | Value::Brand(text) | Value::Quote(text) => {
            Some(vec![text.clone()])
        }
        Value::Attribute { text, .. } | Value::Date { spelled: text, .. } => Some(vec![text.clone()]),
        Value::Percent(percent) => Some(vec![format!("{}%", percent.normalize())]),
        Value::Count(count) | Value::Days(count) => Some(vec![count.to_string()]),
        Value::Text(_)
        | Value::Relation(_)
        | Value::Reason(_)
        | Value::Topic(_)
        | Value::Resolution(_)
        | Value::New => None,
    };
    facts.of(role).filter_map(way).collect()
}

/// `3` of `3 left`, not of `$39`.
fn says(draft: &str, way: &str) -> bool {
    draft.match_indices(way).any(|(at, _)| {
        let before = draft[..at].chars().next_back();
        let mut after = draft[at + way.len()..].chars();
        let (next, second) = (after.next(), after.next());
        let grows_left = before.is_some_and(|c| c.is_alphanumeric() || "$€£¥.,".contains(c));
        let grows_right = next.is_some_and(|c| c.is_alphanumeric() || c == '%')
            || (matches!(next, Some('.' | ',')) && second.is_some_and(|c| c.is_ascii_digit()));
        !grows_left && !grows_right
    })
}
