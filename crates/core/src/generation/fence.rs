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
        required: required_roles(kind, facts, draft)
            .into_iter()
            .filter_map(|role| required(role, facts))
            .collect(),
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

/// What the kind requires, and the price or the saving where the draft makes it its point.
pub fn required_roles(kind: &Kind, facts: &Facts, draft: &str) -> Vec<Role> {
    let said = |role: &Role| {
        let ways = facts
            .money(*role)
            .map(|(amount, currency)| money::spellings(amount, currency))
            .unwrap_or_default();
        ways.iter().any(|way| draft.contains(way.as_str()))
    };
    let point = [Role::Price, Role::Saving].into_iter().find(said);
    let mut roles = kind.required.clone();
    roles.extend(point.filter(|role| !kind.required.contains(role)));
    roles
}

/// The ways to name a required fact; nothing where it is not known.
pub fn required(role: Role, facts: &Facts) -> Option<Vec<String>> {
    match facts.money(role) {
        Some((amount, currency)) => Some(money::spellings(amount, currency)),
        None => facts.name(role).map(|name| vec![name.to_owned()]),
    }
}
