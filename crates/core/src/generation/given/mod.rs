//! Facts that the caller gives with `options.facts`, for a case that no table holds.
//!
//! Names are checked at the door and refused with their value. The text of a ticket or a description was written by
//! strangers: a ticket only tells the topic, of a description whole sentences are quoted or nothing is.

mod catalog;
mod read;
mod words;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::facts::{self, Fact, Product, Role, Value};
use super::money;
pub use catalog::of_catalog;
use read::{maybe_number, mentions};

/// `options.facts`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    /// Instead of a product of the catalog.
    pub product: Option<Item>,
    /// What a category page is about.
    pub category: Option<String>,
    pub offer: Option<Offer>,
    pub stock: Option<u32>,
    pub ship_days: Option<u32>,
    pub event: Option<Event>,
    pub ticket: Option<Ticket>,
    pub alternative: Option<Mention>,
    pub bundle: Option<Bundle>,
    #[serde(deserialize_with = "read::attributes")]
    pub attributes: BTreeMap<String, Vec<String>>,
    pub description: Option<String>,
}

/// A product by what is said of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Item {
    pub name: String,
    pub category: Option<String>,
    pub brand: Option<String>,
    #[serde(deserialize_with = "maybe_number")]
    pub price: Option<Decimal>,
    #[serde(deserialize_with = "maybe_number")]
    pub compare_at_price: Option<Decimal>,
    pub currency: Option<String>,
}

/// Another product: its product_id in the catalog, or what is said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Mention {
    Id(String),
    Item(Item),
    /// A product_id that was looked up.
    Found {
        product: Product,
    },
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Offer {
    #[serde(deserialize_with = "maybe_number")]
    pub percent: Option<Decimal>,
    #[serde(deserialize_with = "maybe_number")]
    pub amount: Option<Decimal>,
    pub currency: Option<String>,
    pub reason: Option<Reason>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Loyalty,
    PriceDrop,
    Birthday,
    WinBack,
    Welcome,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Event {
    pub name: String,
    /// As ISO 8601 writes it.
    pub date: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ticket {
    pub text: String,
    /// None: what the text says.
    pub topic: Option<Topic>,
    pub resolution: Option<Resolution>,
    /// What was refunded.
    #[serde(deserialize_with = "maybe_number")]
    pub amount: Option<Decimal>,
    pub currency: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Delivery,
    Damaged,
    WrongItem,
    Size,
    Billing,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The money went back.
    Refund,
    /// Another one was sent.
    Replacement,
    /// It can be exchanged.
    Exchange,
    /// Somebody looks into it.
    Investigating,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bundle {
    #[serde(deserialize_with = "mentions")]
    pub products: Vec<Mention>,
    /// Of all together.
    #[serde(deserialize_with = "maybe_number")]
    pub price: Option<Decimal>,
    pub currency: Option<String>,
}

/// How dates are written in English.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// `May 3`
    #[default]
    MonthFirst,
    /// `3 May`
    DayFirst,
}

impl Locale {
    /// `en`, `en-GB`, `en_AU`; nothing for another language.
    pub fn of_english(name: &str) -> Option<Self> {
        let name = name.to_lowercase().replace('_', "-");
        let mut tags = name.split('-');
        let is_english = tags.next() == Some("en");
        // Where long dates begin with the month, by the CLDR; `en` alone is American there, too.
        let month_first = ["", "us", "ca", "ph", "pr", "gu", "vi", "as", "mp", "um", "mh"];
        let is_month_first = month_first.contains(&tags.next_back().unwrap_or_default());
        is_english.then_some(if is_month_first { Locale::MonthFirst } else { Locale::DayFirst })
    }
}

/// Which words and marks a text may use beyond what is true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    #[default]
    Warm,
    /// Matter-of-fact: no exclamation marks.
    Plain,
    /// The same, and drafts that suit expensive things.
    Elegant,
}

/// How the attributes may be called, and nothing else: each has sentences of its own.
pub const ATTRIBUTES: [&str; 11] = [
    "material",
    "colour",
    "size",
    "capacity",
    "weight",
    "dimensions",
    "origin",
    "scent",
    "flavour",
    "battery",
    "feature",
];

impl Item {
    pub fn product(&self) -> Product {
        Product {
            product_id: String::new(),
            name: self.name.clone(),
            category: self.category.clone(),
            brand: self.brand.clone(),
            price: self.price,
            currency: self.currency.clone(),
            compare_at_price: self.compare_at_price,
            ..Product::default()
        }
    }
}

impl Mention {
    fn product(&self) -> Option<(Product, String)> {
        match self {
            Mention::Id(_) => None,
            Mention::Item(item) => Some((item.product(), "options.facts".into())),
            Mention::Found { product } => {
                Some((product.clone(), format!("journey.products {}", product.product_id)))
            }
        }
    }
}

impl Given {
    /// Those of other products than the one of the text, and of a page; none: of a product that has none.
    pub fn categories(&self) -> Vec<Option<String>> {
        let bundle = self.bundle.iter().flat_map(|b| &b.products);
        let others = self.alternative.iter().chain(bundle).filter_map(Mention::product);
        let page = self.category.clone().map(Some);
        others.map(|(product, _)| product.category).chain(page).collect()
    }

    /// Other products that are named by their product_id only.
    pub fn mentions(&mut self) -> impl Iterator<Item = &mut Mention> {
        self.alternative.iter_mut().chain(self.bundle.iter_mut().flat_map(|b| b.products.iter_mut()))
    }

    /// `currency`: the product's, for amounts that name none.
    pub fn facts(&self, currency: Option<&str>, locale: Locale) -> Vec<Fact> {
        let currency = |own: &Option<String>| own.clone().or_else(|| currency.map(str::to_owned));
        let money = |role, amount: Option<Decimal>, own: &Option<String>, source: &str| {
            let (amount, currency) = (amount?, currency(own)?);
            let amount = money::round(amount, &currency);
            Some(fact(role, Value::Money { amount, currency }, source))
        };
        let mut facts = Vec::new();
        facts.extend(self.category.as_deref().and_then(|category| {
            facts::named(Some(category), Role::Category, Value::Category, || "options.facts category".into())
        }));
        if let Some(offer) = &self.offer {
            let percent = offer.percent.map(|p| fact(Role::Offer, Value::Percent(p), "offer percent"));
            facts.extend(
                percent.or_else(|| money(Role::Offer, offer.amount, &offer.currency, "offer amount")),
            );
            facts.extend(offer.reason.map(|r| fact(Role::Reason, Value::Reason(r), "offer reason")));
        }
        facts.extend(self.stock.map(|n| fact(Role::Stock, Value::Count(n), "stock")));
        facts.extend(self.ship_days.map(|n| fact(Role::ShipDays, Value::Days(n), "ship_days")));
        facts.extend(self.event.iter().flat_map(|event| event.facts(locale)));
        if let Some(ticket) = &self.ticket {
            facts.extend(ticket.facts());
            facts.extend(money(Role::RefundAmount, ticket.amount, &ticket.currency, "ticket amount"));
        }
        let other = |mention: &Mention, name, price| -> Vec<Fact> {
            let Some((product, source)) = mention.product() else { return Vec::new() };
            of_other(&product, name, price, &source)
        };
        facts.extend(
            self.alternative
                .iter()
                .flat_map(|mention| other(mention, Role::Alternative, Some(Role::AlternativePrice))),
        );
        if let Some(bundle) = &self.bundle {
            facts.extend(bundle.products.iter().flat_map(|mention| other(mention, Role::BundleItem, None)));
            facts.extend(money(Role::BundlePrice, bundle.price, &bundle.currency, "bundle price"));
        }
        facts.extend(self.attribute_facts());
        if let Some(text) = &self.description {
            facts.push(fact(Role::Description, Value::Text(text.clone()), "description"));
            facts.extend(
                words::quotable(text)
                    .map(|quote| fact(Role::Description, Value::Quote(quote), "description")),
            );
        }
        facts
    }

    fn attribute_facts(&self) -> impl Iterator<Item = Fact> {
        self.attributes.iter().flat_map(|(name, texts)| {
            texts.iter().map(move |text| Fact {
                fact: Role::Attribute,
                value: Value::Attribute { name: name.clone(), text: text.clone() },
                source: format!("options.facts attributes {name}"),
            })
        })
    }
}

impl Event {
    fn facts(&self, locale: Locale) -> Vec<Fact> {
        let name = facts::named(Some(&self.name), Role::Event, Value::Name, || "options.facts event".into());
        let date = self.date.as_ref().and_then(|date| {
            let spelled = words::spelled_date(date, locale)?;
            Some(fact(Role::EventDate, Value::Date { date: date.clone(), spelled }, "event date"))
        });
        name.into_iter().chain(date).collect()
    }
}

impl Ticket {
    fn facts(&self) -> Vec<Fact> {
        let topic = self.topic.unwrap_or_else(|| words::topic_of(&self.text));
        let mut facts = vec![
            fact(Role::Ticket, Value::Text(self.text.clone()), "ticket text"),
            fact(Role::Topic, Value::Topic(topic), "ticket topic"),
        ];
        facts.extend(
            self.resolution.map(|r| fact(Role::Resolution, Value::Resolution(r), "ticket resolution")),
        );
        facts
    }
}

fn fact(fact: Role, value: Value, source: &str) -> Fact {
    Fact { fact, value, source: format!("options.facts {source}") }
}

/// Another product's name and, where it is wanted, price.
fn of_other(product: &Product, name: Role, price: Option<Role>, source: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(facts::named(Some(facts::without_size(&product.name)), name, Value::Name, || {
        format!("{source} name")
    }));
    if let (Some(role), Some(amount), Some(currency)) = (price, product.price, &product.currency) {
        let amount = money::round(amount, currency);
        let value = Value::Money { amount, currency: currency.clone() };
        facts.push(Fact { fact: role, value, source: format!("{source} price") });
    }
    facts
}
