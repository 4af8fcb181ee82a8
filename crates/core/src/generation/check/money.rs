//! Rules on numbers: each is an amount of the facts, in its currency and its role.

use rust_decimal::Decimal;

use super::{Case, Text, Word};
use crate::generation::facts::Role;
use crate::generation::money;

const SIGNS: &str = "$€£¥";

pub fn numbers(text: &Text, case: &Case) -> Option<String> {
    let wrong = text.words.iter().find(|word| {
        !word.named
            && word.raw.contains(|c: char| c.is_numeric() || SIGNS.contains(c) || c == '%')
            && roles(word, case).is_empty()
    })?;
    Some(format!("{:?} is no number of the facts", wrong.raw))
}

/// Other currencies, and amounts in words.
pub fn currency(text: &Text, case: &Case) -> Option<String> {
    const WORDS: &[&str] = &[
        "dollar", "dollars", "cent", "cents", "buck", "bucks", "euro", "euros", "pound", "pounds", "yen",
        "usd", "eur", "gbp", "chf", "jpy", "quid", "pence",
    ];
    let own = case.facts.money(Role::Price).map(|(_, currency)| currency.to_lowercase()).unwrap_or_default();
    let word = text.words.iter().find(|w| !w.named && WORDS.contains(&w.bare.as_str()) && w.bare != own)?;
    Some(format!("{:?} is not how amounts are written", word.raw))
}

/// An amount stands in the role that the words around it give it.
pub fn relations(text: &Text, case: &Case) -> Option<String> {
    text.words.iter().enumerate().filter(|(_, w)| !w.named).find_map(|(at, word)| {
        let possible = roles(word, case);
        if possible.is_empty() {
            return None;
        }
        let before: Vec<&str> =
            text.words[at.saturating_sub(3)..at].iter().map(|w| w.bare.as_str()).collect();
        let after = text.words.get(at + 1).map_or("", |w| w.bare.as_str());
        match claimed(&before.join(" "), after) {
            Claimed::Role(role) if possible.contains(&role) => None,
            Claimed::Role(role) => Some(format!("{} is said to be the {}", word.raw, name(role))),
            Claimed::Vague(how) => Some(format!("{how:?} {} is not what the facts say", word.raw)),
        }
    })
}

const fn name(role: Role) -> &'static str {
    match role {
        Role::CompareAt => "price before",
        Role::Saving => "saving",
        _ => "price",
    }
}

enum Claimed {
    Role(Role),
    Vague(&'static str),
}

fn claimed(before: &str, after: &str) -> Claimed {
    const VAGUE: &[&str] = &[
        "up to",
        "under",
        "below",
        "over",
        "above",
        "more than",
        "less than",
        "about",
        "around",
        "nearly",
        "almost",
        "starting at",
        "starting from",
        "at least",
        "as low as",
        "as little as",
        "within",
    ];
    const FORMER: &[&str] = &[
        "instead of",
        "from",
        "was",
        "were",
        "rather than",
        "not",
        "regularly",
        "originally",
        "usually",
        "before",
        "than",
        "of the usual",
    ];
    const SAVED: &[&str] = &[
        "save",
        "saves",
        "saving",
        "save you",
        "saves you",
        "saving you",
        "saving of",
        "savings of",
        "discount of",
        "you save",
        "off by",
        "by",
    ];
    let ends = |list: &[&'static str]| {
        list.iter().copied().find(|p| format!(" {before}").ends_with(&format!(" {p}")))
    };
    if let Some(how) = ends(VAGUE) {
        Claimed::Vague(how)
    } else if ends(FORMER).is_some() {
        Claimed::Role(Role::CompareAt)
    } else if ends(SAVED).is_some()
        || matches!(after, "off" | "less" | "saving" | "savings" | "discount" | "cheaper" | "saved")
    {
        Claimed::Role(Role::Saving)
    } else {
        Claimed::Role(Role::Price)
    }
}

/// The roles of the facts that have this amount.
fn roles(word: &Word, case: &Case) -> Vec<Role> {
    let Some((sign, amount)) = parse(&word.bare) else {
        return Vec::new();
    };
    [Role::Price, Role::CompareAt, Role::Saving]
        .into_iter()
        .filter(|role| {
            case.facts.money(*role).is_some_and(|(fact, currency)| {
                fact == amount && money::sign(currency).unwrap_or_default() == sign
            })
        })
        .collect()
}

/// `$1,299.50` as its sign and amount; nothing for what is not written like an amount.
fn parse(word: &str) -> Option<(&str, Decimal)> {
    let digits = word.find(|c: char| c.is_ascii_digit())?;
    let (sign, rest) = word.split_at(digits);
    let plain = rest.replace(',', "");
    let amount: Decimal = plain.parse().ok()?;
    (plain.chars().all(|c| c.is_ascii_digit() || c == '.')).then_some((sign, amount))
}
