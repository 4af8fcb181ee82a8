//! Reading and refusing: every value that cannot be meant is shown, with a hint.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::{ATTRIBUTES, Bundle, Given, Item, Mention, Offer, Ticket, words};
use crate::generation::names::{self, sayable};
use crate::kernel::{Code, Error, Result, money};

const HINT: &str = "The keys are product, category, offer, stock, ship_days, event, ticket, alternative, bundle, attributes and \
    description; docs/texts.md shows each.";
/// Longer texts are no description and no complaint, but a document.
const MAX_TEXT_CHARS: usize = 4000;
const MAX_SHIP_DAYS: u32 = 90;
/// More than any sentence holds.
const MAX_BUNDLE: usize = 4;
pub(super) const MAX_FEATURES: usize = 3;

impl Given {
    pub fn read(value: Value) -> Result<Self> {
        if !value.is_object() {
            return Err(Error::invalid(format!("options.facts {value} is no object")).hint(HINT));
        }
        let mut given: Given = serde_json::from_value(value)
            .map_err(|e| Error::invalid(format!("options.facts: {e}")).hint(HINT))?;
        given.check()?;
        Ok(given)
    }

    fn check(&mut self) -> Result<()> {
        self.product.as_mut().map(|item| checked_item("product", item)).transpose()?;
        self.category.as_ref().map(|name| checked_name("category", name)).transpose()?;
        self.offer.as_mut().map(checked_offer).transpose()?;
        in_range("stock", self.stock, 1_000_000)?;
        in_range("ship_days", self.ship_days, MAX_SHIP_DAYS)?;
        if let Some(event) = &self.event {
            checked_name("event name", &event.name)?;
            let unreadable =
                event.date.as_ref().filter(|d| words::spelled_date(d, super::Locale::MonthFirst).is_none());
            if let Some(date) = unreadable {
                return Err(Error::new(
                    Code::InvalidTextRepresentation,
                    format!("options.facts: event date is \"{date}\""),
                )
                .hint("Give a day such as 2026-05-03."));
            }
        }
        self.ticket.as_mut().map(checked_ticket).transpose()?;
        if let Some(Mention::Item(item)) = &mut self.alternative {
            checked_item("alternative", item)?;
        }
        self.bundle.as_mut().map(checked_bundle).transpose()?;
        checked_text("description", self.description.as_deref())
    }
}

fn checked_item(what: &str, item: &mut Item) -> Result<()> {
    checked_name(&format!("{what} name"), &item.name)?;
    for (part, text) in [("category", &item.category), ("brand", &item.brand)] {
        text.as_ref().map(|text| checked_name(&format!("{what} {part}"), text)).transpose()?;
    }
    for (part, amount) in [("price", item.price), ("compare_at_price", item.compare_at_price)] {
        checked_amount(&format!("{what} {part}"), amount)?;
    }
    if item.price.is_some() && item.currency.is_none() {
        return Err(no_currency(&format!("{what} price")));
    }
    checked_currency(&mut item.currency)
}

fn checked_offer(offer: &mut Offer) -> Result<()> {
    checked_amount("offer amount", offer.amount)?;
    if offer.percent.is_some() == offer.amount.is_some() {
        return Err(Error::invalid("options.facts: offer is neither a percentage nor an amount, or both")
            .hint("Give {\"percent\": 20} or {\"amount\": 5, \"currency\": \"USD\"}."));
    }
    if let Some(percent) = offer.percent.filter(|p| *p <= Decimal::ZERO || *p >= Decimal::ONE_HUNDRED) {
        return Err(Error::invalid(format!("options.facts: offer percent is {percent}"))
            .hint("Give more than 0 and less than 100."));
    }
    checked_currency(&mut offer.currency)
}

fn checked_ticket(ticket: &mut Ticket) -> Result<()> {
    checked_text("ticket text", Some(&ticket.text))?;
    checked_amount("ticket amount", ticket.amount)?;
    if ticket.amount.is_some() && ticket.currency.is_none() {
        return Err(no_currency("ticket amount"));
    }
    checked_currency(&mut ticket.currency)
}

fn checked_bundle(bundle: &mut Bundle) -> Result<()> {
    if !(2..=MAX_BUNDLE).contains(&bundle.products.len()) {
        return Err(Error::invalid(format!("options.facts: bundle has {} products", bundle.products.len()))
            .hint(format!("A bundle has 2 to {MAX_BUNDLE}.")));
    }
    for mention in &mut bundle.products {
        if let Mention::Item(item) = mention {
            checked_item("bundle", item)?;
        }
    }
    checked_amount("bundle price", bundle.price)?;
    checked_currency(&mut bundle.currency)
}

fn checked_name(what: &str, name: &str) -> Result<()> {
    if sayable(name).is_some() {
        return Ok(());
    }
    let shown: String = name.chars().take(60).collect();
    Err(Error::invalid(format!("options.facts: {what} \"{shown}\" cannot be said in a text"))
        .hint("Give a plain name: no sentence, link, promise or instruction."))
}

fn checked_text(what: &str, text: Option<&str>) -> Result<()> {
    match text.map(|t| t.chars().count()) {
        Some(0) => Err(Error::invalid(format!("options.facts: {what} is empty")).hint("Leave it out.")),
        Some(chars) if chars > MAX_TEXT_CHARS => {
            Err(Error::invalid(format!("options.facts: {what} has {chars} characters"))
                .hint(format!("Give at most {MAX_TEXT_CHARS}.")))
        }
        _ => Ok(()),
    }
}

fn checked_amount(what: &str, amount: Option<Decimal>) -> Result<()> {
    match amount {
        Some(amount) if amount <= Decimal::ZERO || amount > Decimal::from(100_000_000) => {
            Err(Error::invalid(format!("options.facts: {what} is {amount}"))
                .hint("Give an amount above 0, or leave it out."))
        }
        _ => Ok(()),
    }
}

fn checked_currency(currency: &mut Option<String>) -> Result<()> {
    if let Some(code) = currency.take() {
        *currency = Some(money::currency(&code)?.to_owned());
    }
    Ok(())
}

fn no_currency(what: &str) -> Error {
    Error::invalid(format!("options.facts: {what} has no currency"))
        .hint("Add \"currency\", an ISO 4217 code such as USD.")
}

fn in_range(what: &str, value: Option<u32>, most: u32) -> Result<()> {
    match value {
        Some(n) if n == 0 || n > most => Err(Error::invalid(format!("options.facts: {what} is {n}"))
            .hint(format!("Give 1 to {most}, or leave it out."))),
        _ => Ok(()),
    }
}

/// A number, or a string that holds one: JSON numbers lose digits in many writers.
pub(super) fn maybe_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    let text = match Value::deserialize(from)? {
        Value::Null => return Ok(None),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text,
        other => return Err(de::Error::custom(format!("{other} is no number"))),
    };
    money::amount("a number", &text).map(Some).map_err(|e| de::Error::custom(e.message))
}

pub(super) fn mentions<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Mention>, D::Error> {
    let items = Vec::<Value>::deserialize(from)?;
    items.into_iter().map(|v| serde_json::from_value(v).map_err(de::Error::custom)).collect()
}

/// `{"material": "wool", "feature": ["a zip pocket", "a hood"]}`
pub(super) fn attributes<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    let given = BTreeMap::<String, Value>::deserialize(from)?;
    given.into_iter().map(|(name, value)| attribute(name, value).map_err(de::Error::custom)).collect()
}

fn attribute(name: String, value: Value) -> Result<(String, Vec<String>), String> {
    let name = if name == "color" { "colour".to_owned() } else { name };
    if !ATTRIBUTES.contains(&name.as_str()) {
        return Err(format!("there is no attribute \"{name}\", there are {}", ATTRIBUTES.join(", ")));
    }
    let texts = match value {
        Value::Array(items) if name == "feature" && (1..=MAX_FEATURES).contains(&items.len()) => items,
        Value::String(_) | Value::Number(_) => vec![value],
        other => {
            return Err(format!("attribute {name} is {other}: give text, or up to {MAX_FEATURES} features"));
        }
    };
    let texts = texts.into_iter().map(|v| attribute_text(&name, &v)).collect::<Result<_, _>>()?;
    Ok((name, texts))
}

fn attribute_text(name: &str, value: &Value) -> Result<String, String> {
    let raw = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = sayable_as(name, &raw).ok_or_else(|| format!("attribute {name} cannot be said: {raw:?}"))?;
    // A bare number says nothing: `size 42`.
    Ok(if name == "size" && !text.starts_with("size") { format!("size {text}") } else { text })
}

/// What a text can say of an attribute; only measures may be little more than a number.
pub(super) fn sayable_as(name: &str, raw: &str) -> Option<String> {
    let is_measure = matches!(name, "size" | "capacity" | "weight" | "dimensions" | "battery");
    let is_said = |text: &String| is_measure || text.chars().filter(|c| c.is_alphabetic()).count() > 2;
    names::attribute(raw).filter(is_said)
}
