//! What a text may say: typed facts, each with the row or the argument it comes from.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::given::{self, Given, Locale, Reason, Resolution, Topic};
use super::money;
pub use super::names::{one_line, sayable};
use super::theme::{Interest, Theme};

/// First names are shorter; longer ones are something else that stands in their place.
const MAX_FIRST_NAME_CHARS: usize = 30;
const MAX_FIRST_NAME_WORDS: usize = 2;

/// What follows the number of a package size.
const UNITS: &[&str] = &[
    "oz", "ounce", "ounces", "lb", "lbs", "pound", "pounds", "g", "kg", "ml", "l", "liter", "liters",
    "litre", "litres", "gal", "gallon", "gallons", "qt", "quart", "pt", "pint", "fl", "ct", "count", "pk",
    "pack", "packs", "pieces", "pcs", "dz", "dozen", "ft", "in", "inch", "cm", "mm", "m", "sq", "sheets",
    "rolls",
];

/// What the queries `sql/queries/generation_*.sql` gather for one text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Gathered {
    /// NULL for a customer nobody knows: the text then claims nothing personal.
    pub customer: Option<Customer>,
    pub product: Option<Product>,
    pub campaign: Option<Campaign>,
    /// What the caller says beyond the tables.
    #[serde(default)]
    pub given: Given,
    #[serde(default)]
    pub locale: Locale,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Customer {
    /// As text: JSON numbers lose digits of 63-bit ids in many readers.
    pub profile_id: String,
    pub first_name: Option<String>,
    pub orders: u64,
    pub days_since_order: Option<f64>,
    pub days_between_orders: Option<f64>,
    /// Discounts divided by order value before discounts.
    pub discount_share: Option<f64>,
    pub coupons_used: u64,
    pub favourite_categories: Option<Vec<String>>,
    pub loyalty_tier: Option<String>,
    /// What was bought and looked at lately, see [`super::theme`].
    pub interests: Vec<Interest>,
    /// How many products of the latest orders have a price to compare, and the share of them that are among the dearest
    /// quarter of their category.
    pub compared: u64,
    pub dear_share: Option<f64>,
    /// What a policy, or a person, chose for this customer.
    pub theme: Option<Theme>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    pub product_id: String,
    pub name: String,
    pub category: Option<String>,
    pub brand: Option<String>,
    pub price: Option<Decimal>,
    pub currency: Option<String>,
    pub compare_at_price: Option<Decimal>,
    pub relation: Relation,
    /// As the catalog has them; those that [`given::ATTRIBUTES`] names can be said.
    pub attributes: serde_json::Map<String, serde_json::Value>,
    pub released_on: Option<String>,
    /// Whether that was lately.
    pub is_new: bool,
}

/// Why this product for this customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Bought before, not in the latest order.
    BoughtBefore,
    /// From the customer's favourite categories, not bought yet.
    FavouriteCategory,
    /// Many customers buy it.
    Popular,
    /// The caller named it.
    #[default]
    Given,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Campaign {
    pub campaign: String,
    pub name: Option<String>,
}

/// One thing a text may say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub fact: Role,
    #[serde(flatten)]
    pub value: Value,
    /// Table, key and column.
    pub source: String,
}

/// What the fact is in the text; a price in the place of an old price is as wrong as an invented one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    FirstName,
    Product,
    Category,
    Brand,
    Price,
    CompareAt,
    /// The difference of the two.
    Saving,
    Relation,
    Campaign,
    /// A percentage or an amount off, and why this customer gets it.
    Offer,
    Reason,
    /// How many are left.
    Stock,
    ShipDays,
    Event,
    EventDate,
    /// What to take when the product is gone.
    Alternative,
    AlternativePrice,
    BundleItem,
    /// Of all products of the bundle together.
    BundlePrice,
    Attribute,
    /// That the product came to the shop lately.
    New,
    Description,
    Ticket,
    Topic,
    Resolution,
    RefundAmount,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Value {
    Name(String),
    Category(String),
    Brand(String),
    Money {
        amount: Decimal,
        currency: String,
    },
    Relation(Relation),
    Percent(Decimal),
    Count(u32),
    Days(u32),
    /// `date` as ISO 8601 writes it, `spelled` as the text does.
    Date {
        date: String,
        spelled: String,
    },
    Attribute {
        name: String,
        text: String,
    },
    /// A sentence that is said word for word or not at all.
    Quote(String),
    /// Told to the shop, never said.
    Text(String),
    Reason(Reason),
    Topic(Topic),
    Resolution(Resolution),
    New,
}

/// Amounts, in the order in which a role is looked for.
pub const AMOUNTS: [Role; 7] = [
    Role::Price,
    Role::CompareAt,
    Role::Saving,
    Role::Offer,
    Role::AlternativePrice,
    Role::BundlePrice,
    Role::RefundAmount,
];

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(pub Vec<Fact>);

impl Facts {
    pub fn new(gathered: &Gathered) -> Self {
        let mut facts = Vec::new();
        if let Some(customer) = &gathered.customer {
            facts.extend(of_customer(customer));
        }
        if let Some(product) = &gathered.product {
            let category = product.category.clone().filter(|_| gathered.given.category.is_none());
            let product = &Product { category, ..product.clone() };
            facts.extend(of_product(product, gathered.customer.is_some()));
            // What the caller says of an attribute is meant, whatever the catalog has.
            let own = attributes(product).filter(|(name, _)| !gathered.given.attributes.contains_key(*name));
            facts.extend(own.map(|(_, fact)| fact));
        }
        if let Some(campaign) = &gathered.campaign {
            facts.extend(named(campaign.name.as_deref(), Role::Campaign, Value::Name, || {
                format!("journey.campaigns {} name", campaign.campaign)
            }));
        }
        let currency = gathered.product.as_ref().and_then(|p| p.currency.as_deref());
        facts.extend(gathered.given.facts(currency, gathered.locale));
        Facts(facts)
    }

    pub fn of(&self, role: Role) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |f| f.fact == role).map(|f| &f.value)
    }

    /// The text of a name, category or brand.
    pub fn name(&self, role: Role) -> Option<&str> {
        self.0.iter().find(|f| f.fact == role).and_then(|f| match &f.value {
            Value::Name(name) | Value::Category(name) | Value::Brand(name) => Some(name.as_str()),
            _ => None,
        })
    }

    pub fn money(&self, role: Role) -> Option<(Decimal, &str)> {
        self.0.iter().find(|f| f.fact == role).and_then(|f| match &f.value {
            Value::Money { amount, currency } => Some((*amount, currency.as_str())),
            _ => None,
        })
    }

    /// Every amount of money, with its currency.
    pub fn amounts(&self) -> impl Iterator<Item = (Decimal, &str)> {
        AMOUNTS.into_iter().filter_map(|role| self.money(role))
    }

    /// Whether the caller said so of an attribute, not the catalog.
    pub fn is_given(&self, attribute: &str) -> bool {
        let is_it = |f: &&Fact| matches!(&f.value, Value::Attribute { name, .. } if name == attribute);
        self.0.iter().find(is_it).is_some_and(|f| f.source.starts_with("options.facts"))
    }

    pub fn is_new(&self) -> bool {
        self.of(Role::New).next().is_some()
    }

    pub fn relation(&self) -> Option<Relation> {
        self.0.iter().find_map(|f| match f.value {
            Value::Relation(relation) => Some(relation),
            _ => None,
        })
    }

    pub fn percent(&self) -> Option<Decimal> {
        self.of(Role::Offer).find_map(|value| if let Value::Percent(p) = value { Some(*p) } else { None })
    }

    pub fn stock(&self) -> Option<u32> {
        self.of(Role::Stock).find_map(|value| if let Value::Count(n) = value { Some(*n) } else { None })
    }

    pub fn ship_days(&self) -> Option<u32> {
        self.of(Role::ShipDays).find_map(|value| if let Value::Days(n) = value { Some(*n) } else { None })
    }

    pub fn reason(&self) -> Option<Reason> {
        self.of(Role::Reason).find_map(|value| if let Value::Reason(r) = value { Some(*r) } else { None })
    }

    pub fn topic(&self) -> Option<Topic> {
        self.of(Role::Topic).find_map(|value| if let Value::Topic(t) = value { Some(*t) } else { None })
    }

    pub fn resolution(&self) -> Option<Resolution> {
        self.of(Role::Resolution).find_map(
            |value| {
                if let Value::Resolution(r) = value { Some(*r) } else { None }
            },
        )
    }

    /// What a text may quote as it stands: names, attributes, dates and approved sentences.
    pub fn quotable(&self) -> impl Iterator<Item = (Role, &str)> {
        self.0.iter().filter_map(|f| match &f.value {
            Value::Name(text) | Value::Brand(text) | Value::Quote(text) => Some((f.fact, text.as_str())),
            Value::Attribute { text, .. } | Value::Date { spelled: text, .. } => {
                Some((f.fact, text.as_str()))
            }
            _ => None,
        })
    }

    /// Names, and what a product is said to have: not sentences that are quoted.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let is_name = |role: &Role| !matches!(role, Role::Description | Role::EventDate);
        self.quotable().filter(move |(role, _)| is_name(role)).map(|(_, text)| text)
    }

    /// Names that a text may write with capitals.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.quotable().map(|(_, text)| text)
    }
}

fn of_customer(customer: &Customer) -> Vec<Fact> {
    let source = || format!("journey.profiles {} first_name", customer.profile_id);
    let first_name = customer.first_name.as_deref().map(str::trim).filter(|name| is_first_name(name));
    named(first_name, Role::FirstName, Value::Name, source).into_iter().collect()
}

/// `Mary Ann`, `O'Neil`, `J.-P.`, but no sentence: customers type their names themselves.
fn is_first_name(name: &str) -> bool {
    name.chars().count() <= MAX_FIRST_NAME_CHARS
        && name.split_whitespace().count() <= MAX_FIRST_NAME_WORDS
        && name.chars().all(|c| c.is_alphabetic() || " '’-.".contains(c))
}

pub(super) fn of_product(product: &Product, personal: bool) -> Vec<Fact> {
    let from = |column: &str| match product.product_id.as_str() {
        "" => format!("options.facts product {column}"),
        id => format!("journey.products {id} {column}"),
    };
    let mut facts = Vec::new();
    facts.extend(named(Some(without_size(&product.name)), Role::Product, Value::Name, || from("name")));
    if let Some(text) = facts.first().and_then(|_| size_of(&product.name)) {
        let value = Value::Attribute { name: "pack".to_owned(), text };
        facts.push(Fact { fact: Role::Attribute, value, source: from("name") });
    }
    facts.extend(named(product.category.as_deref(), Role::Category, Value::Category, || from("category")));
    facts.extend(named(product.brand.as_deref(), Role::Brand, Value::Brand, || from("brand")));
    facts.extend(prices(product, from));
    let relation = if personal { product.relation } else { Relation::Given };
    facts.push(Fact {
        fact: Role::Relation,
        value: Value::Relation(relation),
        source: "journey.events of the customer".into(),
    });
    if product.is_new {
        facts.push(Fact { fact: Role::New, value: Value::New, source: from("released_on") });
    }
    facts
}

/// What the catalog says of a product and a text can say.
fn attributes(product: &Product) -> impl Iterator<Item = (&'static str, Fact)> {
    given::of_catalog(&product.attributes).map(|(name, text)| {
        let source = format!("journey.products {} attributes {name}", product.product_id);
        let value = Value::Attribute { name: name.to_owned(), text };
        (name, Fact { fact: Role::Attribute, value, source })
    })
}

/// What [`without_size`] takes away: a title tells `Strawberries 16 oz` from `Strawberries 32 oz`.
fn size_of(name: &str) -> Option<String> {
    let rest = name[without_size(name).len()..].trim_matches([' ', ',', '-', '(', ')']);
    super::names::attribute(rest).filter(|text| text.len() == rest.len())
}

/// The name without a package size at its end: texts say `Strawberries`, not `Strawberries 16 oz`.
pub(super) fn without_size(name: &str) -> &str {
    let words: Vec<&str> = name.split(' ').collect();
    let bare = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric() && c != '%').to_owned();
    let is_number = |w: &str| bare(w).starts_with(|c: char| c.is_ascii_digit()) && !w.contains('%');
    // `WH-1000XM5` and `360` are models; a bare number is a size where its unit follows.
    let is_size = |w: &str| is_number(w) && !bare(w).chars().all(|c| c.is_ascii_digit());
    let unit = |w: &str| UNITS.contains(&bare(w).to_lowercase().as_str());
    let mut kept = words.len();
    loop {
        if kept > 1 && is_size(words[kept - 1]) {
            kept -= 1;
        } else if kept > 2 && unit(words[kept - 1]) && is_number(words[kept - 2]) {
            kept -= 2;
        } else {
            break;
        }
    }
    let length: usize = words[..kept].iter().map(|w| w.len() + 1).sum();
    name[..length.saturating_sub(1)].trim_end_matches([' ', ',', '-', '('])
}

fn prices(product: &Product, from: impl Fn(&str) -> String) -> Vec<Fact> {
    let (Some(price), Some(currency)) = (product.price, &product.currency) else {
        return Vec::new();
    };
    let money = |fact, amount, column| Fact {
        fact,
        value: Value::Money { amount, currency: currency.clone() },
        source: from(column),
    };
    // Rounded here and nowhere else: what is written, what is checked and the difference of two amounts agree.
    let price = money::round(price, currency);
    // A price of nothing is a gap in the data more often than a gift.
    if price.is_zero() {
        return Vec::new();
    }
    let mut facts = vec![money(Role::Price, price, "price")];
    let before = product.compare_at_price.map(|before| money::round(before, currency));
    if let Some(before) = before.filter(|before| *before > price) {
        facts.push(money(Role::CompareAt, before, "compare_at_price"));
        facts.push(money(Role::Saving, before - price, "compare_at_price - price"));
    }
    facts
}

pub(super) fn named(
    text: Option<&str>,
    fact: Role,
    value: impl Fn(String) -> Value,
    source: impl Fn() -> String,
) -> Option<Fact> {
    let name = sayable(text?)?;
    Some(Fact { fact, value: value(name), source: source() })
}

/// Every way the texts may write the numbers of the facts.
pub fn spellings(facts: &Facts) -> Vec<String> {
    facts
        .amounts()
        .flat_map(|(amount, currency)| money::spellings(amount, currency))
        .chain(facts.percent().map(|percent| format!("{}%", percent.normalize())))
        .chain(facts.stock().map(|count| count.to_string()))
        .chain(facts.ship_days().map(|days| days.to_string()))
        .collect()
}
