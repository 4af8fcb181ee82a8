//! What a text says of prices and stock.

use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::fold::visible;
use super::terms::{Read, Terms};
use crate::kernel::Result;

/// Which statements a rule lets pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Those that the facts of the text hold.
    #[default]
    Known,
    None,
    Any,
}

/// `price_claims`: amounts of money and percentages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PriceClaims {
    pub amounts: Allowed,
    pub percent: Allowed,
}

/// `stock_claims`: how much there is, and for how long.
#[derive(Debug, Clone)]
pub struct StockClaims {
    allowed: Allowed,
    phrases: Terms,
}

const STOCK: &[&str] = &[
    "in stock",
    "out of stock",
    "back in stock",
    "low stock",
    "last one",
    "last ones",
    "last few",
    "few left",
    "almost gone",
    "selling out",
    "sells out",
    "selling fast",
    "sold out",
    "running out",
    "running low",
    "while stocks last",
    "while supplies last",
    "limited stock",
    "limited quantity",
    "limited quantities",
    "limited supply",
    "until it is gone",
    "before it is gone",
    "before it s gone",
    "only a few",
    "last chance",
];

// One symbol or code beside a number; the number in group 1 or 2, the percentage in group 1.
const AMOUNT: &str = r"(?i)[$€£¥₹]\s?(\d[\d.,]*)|\b(\d[\d.,]*)\s?(?:[$€£¥₹]|(?:usd|eur|gbp|chf|jpy|dollars?|euros?|pounds? sterling|cents?|bucks)\b)";
const PERCENT: &str = r"(?i)(\d+(?:[.,]\d+)?)\s?(?:%|percent\b|per cent\b)";
const LEFT: &str = r"(?i)\b(?:only|just)\s+(\d+|one|two|three|a few|a handful)\s+(?:\w+\s+)?(?:left|remaining)\b|\b\d+\s+(?:left|remaining) in stock\b";

/// Patterns of ours compile; a test says so.
static PATTERNS: LazyLock<Option<[Regex; 3]>> =
    LazyLock::new(|| Some([Regex::new(AMOUNT).ok()?, Regex::new(PERCENT).ok()?, Regex::new(LEFT).ok()?]));

impl PriceClaims {
    /// The first amount or percentage that may not be said.
    pub fn find(&self, text: &str, amounts: &[Decimal], percentages: &[Decimal]) -> Option<String> {
        let text = visible(text);
        let [amount, percent, _] = PATTERNS.as_ref()?;
        refused(&text, amount, self.amounts, amounts)
            .or_else(|| refused(&text, percent, self.percent, percentages))
    }
}

fn refused(text: &str, pattern: &Regex, allowed: Allowed, known: &[Decimal]) -> Option<String> {
    let holds = |number: &str| match allowed {
        Allowed::Any => true,
        Allowed::None => false,
        Allowed::Known => value(number).is_some_and(|value| known.contains(&value)),
    };
    pattern.captures_iter(text).find_map(|found| {
        let number = found.iter().skip(1).flatten().next()?.as_str();
        (!holds(number)).then(|| found[0].to_owned())
    })
}

/// `1,299.00` and `1.299,00`: the last sign before two or fewer digits divides.
fn value(number: &str) -> Option<Decimal> {
    let number = number.trim_end_matches(['.', ',']);
    let cents = number.rfind(['.', ',']).filter(|at| number.len() - at <= 3);
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    match cents {
        Some(at) => format!("{}.{}", digits(&number[..at]), digits(&number[at..])).parse().ok(),
        None => digits(number).parse().ok(),
    }
}

impl StockClaims {
    pub fn new(allowed: Allowed) -> Result<Self> {
        let phrases: Vec<String> = STOCK.iter().map(|phrase| (*phrase).to_owned()).collect();
        Ok(StockClaims { allowed, phrases: Terms::new(&phrases)? })
    }

    /// The first statement on stock that may not be made.
    pub fn find(&self, text: &str, read: &Read, is_known: bool) -> Option<String> {
        if self.allowed == Allowed::Any || (self.allowed == Allowed::Known && is_known) {
            return None;
        }
        let phrase = self.phrases.find(read).first().map(|hit| text[hit.source.clone()].to_owned());
        phrase.or_else(|| {
            let text = visible(text);
            PATTERNS.as_ref()?[2].find(&text).map(|found| found.as_str().to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_compared_by_value() {
        let known: Vec<Decimal> = ["2.99", "1299", "5"].iter().map(|n| n.parse().unwrap()).collect();
        let claims = PriceClaims::default();
        for text in [
            "now $2.99",
            "2,99 €",
            "€ 2.99.",
            "$1,299.00 or 1.299,00 EUR",
            "5 dollars",
            "no price",
            "12 eggs, size 40",
        ] {
            assert_eq!(claims.find(text, &known, &[]), None, "{text}");
        }
        for text in ["now $2.98", "3 euros", "＄９", "20% off", "20 percent off"] {
            assert!(claims.find(text, &known, &[]).is_some(), "{text}");
        }
        assert!(claims.find("20% off", &[], &["20".parse().unwrap()]).is_none());
        let never = PriceClaims { amounts: Allowed::None, percent: Allowed::Any };
        assert!(never.find("$5", &known, &[]).is_some() && never.find("20% off", &known, &[]).is_none());
    }

    #[test]
    fn stock_may_be_named_where_it_is_known() {
        let claims = StockClaims::new(Allowed::Known).unwrap();
        for text in [
            "Only 3 left",
            "just two pairs left",
            "IN ST0CK now",
            "sell ing fast",
            "while stocks last!",
            "last-chance",
        ] {
            assert!(claims.find(text, &Read::new(text), false).is_some(), "{text}");
            assert!(claims.find(text, &Read::new(text), true).is_none(), "{text}");
        }
        for text in ["turn left", "chicken stock", "in stockings", "nothing left to wish for"] {
            assert!(claims.find(text, &Read::new(text), false).is_none(), "{text}");
        }
    }
}
