//! Rules on numbers: each is an amount of the facts, in its currency and its role.

use rust_decimal::Decimal;

use super::{Case, Text, Word, dates, owner};
use crate::generation::facts::{AMOUNTS, Role, Value};
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
    let own: Vec<String> = case.facts.amounts().map(|(_, currency)| currency.to_lowercase()).collect();
    let word =
        text.words.iter().find(|w| !w.named && WORDS.contains(&w.bare.as_str()) && !own.contains(&w.bare))?;
    Some(format!("{:?} is not how amounts are written", word.raw))
}

/// A number stands in the role that the words around it give it.
pub fn relations(text: &Text, case: &Case) -> Option<String> {
    let dated = text.words.iter().enumerate().find_map(|(at, word)| dates::wrong(text, at, word));
    dated.or_else(|| {
        text.words.iter().enumerate().filter(|(_, w)| !w.named).find_map(|(at, word)| {
            let possible = roles(word, case);
            if possible.is_empty() { None } else { misplaced(text, case, at, &possible) }
        })
    })
}

fn misplaced(text: &Text, case: &Case, at: usize, possible: &[Role]) -> Option<String> {
    let word = &text.words[at];
    let around = Around::of(text, at);
    let claimed = if word.bare.ends_with('%') {
        around.percent()
    } else if let Some(claimed) = around.counted(case).filter(|_| around.is_bare) {
        claimed
    } else {
        around.amount(possible)
    };
    match claimed {
        Claimed::Role(role) if !possible.iter().any(|p| stands_for(*p, role)) => {
            Some(format!("{} is said to be the {}", word.raw, name(role)))
        }
        Claimed::Role(Role::Price) => owner::wrong(text, case, at, possible),
        Claimed::Role(Role::Stock) => owner::not_the_product(text, at),
        Claimed::Role(_) => None,
        Claimed::Vague(how) => Some(format!("{how:?} {} is not what the facts say", word.raw)),
    }
}

/// An amount off is said as a saving is, the price of another product as a price is.
fn stands_for(fact: Role, claimed: Role) -> bool {
    fact == claimed
        || match claimed {
            Role::Saving => fact == Role::Offer,
            Role::Price => matches!(fact, Role::AlternativePrice | Role::BundlePrice),
            _ => false,
        }
}

const fn name(role: Role) -> &'static str {
    match role {
        Role::CompareAt => "price before",
        Role::Saving => "saving",
        Role::Stock => "number left",
        Role::ShipDays => "days to ship",
        Role::RefundAmount => "refund",
        Role::Offer => "offer",
        _ => "price",
    }
}

/// The words before and after a number.
struct Around<'a> {
    before: Vec<&'a str>,
    after: Vec<&'a str>,
    /// Written without the sign of a currency.
    is_bare: bool,
}

impl<'a> Around<'a> {
    fn of(text: &'a Text, at: usize) -> Self {
        let bare = |w: &'a Word| w.bare.as_str();
        let begins = (0..=at).rev().find(|i| text.words[*i].initial).unwrap_or(0);
        let ends = (at + 1..text.words.len()).find(|i| text.words[*i].initial);
        Around {
            before: text.words[begins.max(at.saturating_sub(6))..at].iter().map(bare).collect(),
            after: text.words[at + 1..ends.unwrap_or(text.words.len())].iter().take(6).map(bare).collect(),
            is_bare: !text.words[at].bare.starts_with(|c| SIGNS.contains(c)),
        }
    }

    fn last(&self, words: usize) -> String {
        self.before[self.before.len().saturating_sub(words)..].join(" ")
    }

    fn follows(&self, within: usize, wanted: &[&str]) -> bool {
        self.after.iter().take(within).any(|w| wanted.contains(w))
    }

    fn precedes(&self, within: usize, wanted: &[&str]) -> bool {
        self.before.iter().rev().take(within).any(|w| wanted.contains(w))
    }

    /// A percentage is an offer, and nothing else.
    fn percent(&self) -> Claimed {
        const OFF: &[&str] =
            &["off", "discount", "less", "saving", "savings", "reduction", "offer", "cheaper"];
        const SAVE: &[&str] = &["save", "saves", "saving", "discount"];
        const VAGUE: &[&str] =
            &["up", "over", "least", "more", "about", "nearly", "almost", "another", "extra"];
        if self.precedes(2, VAGUE) || self.follows(1, &["more", "of"]) {
            Claimed::Vague("a percentage")
        } else if self.follows(3, OFF) || self.precedes(2, SAVE) {
            Claimed::Role(Role::Offer)
        } else {
            Claimed::Vague("a percentage without an offer")
        }
    }

    /// A number without a currency: how many are left, or in how many days it ships.
    fn counted(&self, case: &Case) -> Option<Claimed> {
        const SHIPS: &[&str] = &["ship", "ships", "shipping", "shipped"];
        if self.follows(2, &["day", "days"]) {
            let ships = self.precedes(6, SHIPS) || self.follows(6, SHIPS);
            return Some(if ships { Claimed::Role(Role::ShipDays) } else { Claimed::Vague("days of what") });
        }
        let left = self.follows(4, &["left", "remaining", "remain", "pieces"]) || self.follows(2, &["stock"]);
        if left {
            return Some(Claimed::Role(Role::Stock));
        }
        // CHF 5 and 5 CHF are amounts; other bare numbers say nothing.
        let currency = case.facts.0.iter().find_map(|f| match &f.value {
            Value::Money { currency, .. } if money::sign(currency).is_none() => Some(currency.to_lowercase()),
            _ => None,
        });
        let is_amount = currency.is_some_and(|c| self.follows(1, &[&c]) || self.precedes(1, &[&c]));
        (!is_amount).then_some(Claimed::Vague("a bare number"))
    }

    fn amount(&self, possible: &[Role]) -> Claimed {
        // `2 CHF off`
        let code = |w: &&&str| w.len() == 3 && self.is_bare && !matches!(**w, "off");
        let after = self.after.iter().find(|w| !code(w)).copied().unwrap_or("");
        let said = claimed(&self.last(3), after);
        if possible == [Role::RefundAmount] {
            let refunds = |w: &&str| w.starts_with("refund");
            return if self.before.iter().any(refunds) || self.after.iter().any(refunds) {
                Claimed::Role(Role::RefundAmount)
            } else {
                Claimed::Role(Role::Price)
            };
        }
        said
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

/// The roles of the facts that have this number.
fn roles(word: &Word, case: &Case) -> Vec<Role> {
    if let Some(percent) = word.bare.strip_suffix('%') {
        let percent: Option<Decimal> = percent.parse().ok();
        return percent
            .filter(|p| case.facts.percent() == Some(*p))
            .map(|_| Role::Offer)
            .into_iter()
            .collect();
    }
    let Some((sign, amount)) = parse(&word.bare) else {
        return Vec::new();
    };
    let counts = [(Role::Stock, case.facts.stock()), (Role::ShipDays, case.facts.ship_days())];
    AMOUNTS
        .into_iter()
        .filter(|role| {
            case.facts.money(*role).is_some_and(|(fact, currency)| {
                fact == amount && money::sign(currency).unwrap_or_default() == sign
            })
        })
        .chain(
            counts
                .into_iter()
                .filter(|(_, count)| sign.is_empty() && count.is_some_and(|n| Decimal::from(n) == amount))
                .map(|(role, _)| role),
        )
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
