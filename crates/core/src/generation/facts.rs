//! What a text may say: typed facts, each with the row it comes from.
//!
//! Names come from data that anyone may have written, a seller's feed for instance. They are quoted in texts and
//! prompts, so [`sayable`] decides first whether they are names at all.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{claims, money};

/// Longer names are cut at a word: no title of a text holds more.
const MAX_NAME_CHARS: usize = 44;
const MAX_NAME_WORDS: usize = 8;
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
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Value {
    Name(String),
    Category(String),
    Brand(String),
    Money { amount: Decimal, currency: String },
    Relation(Relation),
}

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
            facts.extend(of_product(product, gathered.customer.is_some()));
        }
        if let Some(campaign) = &gathered.campaign {
            facts.extend(named(campaign.name.as_deref(), Role::Campaign, Value::Name, || {
                format!("journey.campaigns {} name", campaign.campaign)
            }));
        }
        Facts(facts)
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

    pub fn relation(&self) -> Option<Relation> {
        self.0.iter().find_map(|f| match f.value {
            Value::Relation(relation) => Some(relation),
            _ => None,
        })
    }

    /// Names that a text may write with capitals.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|f| match &f.value {
            Value::Name(name) | Value::Brand(name) => Some(name.as_str()),
            _ => None,
        })
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

fn of_product(product: &Product, personal: bool) -> Vec<Fact> {
    let from = |column: &str| format!("journey.products {} {column}", product.product_id);
    let mut facts = Vec::new();
    facts.extend(named(Some(without_size(&product.name)), Role::Product, Value::Name, || from("name")));
    facts.extend(named(product.category.as_deref(), Role::Category, Value::Category, || from("category")));
    facts.extend(named(product.brand.as_deref(), Role::Brand, Value::Brand, || from("brand")));
    facts.extend(prices(product, from));
    let relation = if personal { product.relation } else { Relation::Given };
    facts.push(Fact {
        fact: Role::Relation,
        value: Value::Relation(relation),
        source: "journey.events of the customer".into(),
    });
    facts
}

/// The name without a package size at its end: texts say `Strawberries`, not `Strawberries 16 oz`.
fn without_size(name: &str) -> &str {
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

fn named(
    text: Option<&str>,
    fact: Role,
    value: impl Fn(String) -> Value,
    source: impl Fn() -> String,
) -> Option<Fact> {
    let name = sayable(text?)?;
    Some(Fact { fact, value: value(name), source: source() })
}

/// The name as a text can say it, or nothing where it is no name: an instruction, a promise, a link, a chat marker.
pub fn sayable(text: &str) -> Option<String> {
    let line = text.lines().map(one_line).find(|line| !line.is_empty())?;
    let name = cut(&line);
    let lower = name.to_lowercase();
    // What joins words does not hide them: `Ignore-all-rules` is read as three.
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let is_name = name.chars().filter(|c| c.is_alphabetic()).count() >= 2
        && name.split(' ').count() <= MAX_NAME_WORDS
        && !words.iter().any(|w| is_suspicious(w))
        && !lower.split(' ').any(is_link)
        && !claims::promises(&lower)
        && (words.len() <= 3 || !reads_like_a_sentence(&words));
    is_name.then(|| name.to_owned())
}

/// Text from data as one line of letters, digits and the few signs that names are written with. What could be markup, a
/// placeholder, a quotation or a chat marker becomes a space.
pub fn one_line(text: &str) -> String {
    let cleaned: String = text
        .chars()
        .map(|c| match c {
            '’' | '‘' | '`' | '´' => '\'',
            c if c.is_alphanumeric() => c,
            '&' | '\'' | '-' | '.' | ',' | '!' | '?' | ':' | ';' | '%' | '+' | '/' | '$' | '€' | '£'
            | '®' | '™' | '½' | '¼' => c,
            _ => ' ',
        })
        .filter(|c| !matches!(c, '®' | '™'))
        .collect();
    cleaned.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Up to the first end of a sentence or clause, and not longer than a title holds.
fn cut(line: &str) -> &str {
    let clause = line.find([':', ';', '!', '?']).unwrap_or(line.len());
    let sentence = line.match_indices(". ").map(|(at, _)| at).find(|at| !is_title(&line[..*at]));
    let sentence = sentence.unwrap_or(line.len());
    let mut end = clause.min(sentence);
    if let Some((limit, _)) = line[..end].char_indices().nth(MAX_NAME_CHARS) {
        end = line[..limit].rfind(' ').unwrap_or(limit);
    }
    line[..end]
        .trim_end_matches([' ', '.', ',', '-', '/', '&', '+', '\''])
        .trim_start_matches([' ', '.', ',', '-', '/', '&', '+', '\''])
}

/// `Dr`, `St`: a full stop after these ends no sentence.
fn is_title(before: &str) -> bool {
    let word = before.rsplit(' ').next().unwrap_or_default();
    word.len() <= 3 && word.starts_with(char::is_uppercase)
}

/// Words of instructions to a model and of code, in lower case: no product is called so.
fn is_suspicious(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "ignore",
        "disregard",
        "forget",
        "override",
        "instruction",
        "instructions",
        "prompt",
        "prompts",
        "system",
        "assistant",
        "user",
        "jailbreak",
        "developer",
        "previous",
        "respond",
        "reply",
        "answer",
        "output",
        "print",
        "pretend",
        "roleplay",
        "im",
        "inst",
        "endoftext",
        "script",
        "javascript",
        "select",
        "drop",
        "delete",
        "you",
        "must",
        "your",
        "please",
        "always",
        "never",
        "tell",
        "say",
        "write",
        "rules",
        "null",
        "undefined",
    ];
    WORDS.contains(&word)
}

/// `www.`, `http` or `shop.com`, but not `2.5` or `Dr.`
fn is_link(word: &str) -> bool {
    let has_inner_dot = word.split('.').collect::<Vec<_>>().windows(2).any(|pair| {
        pair[0].ends_with(|c: char| c.is_alphabetic()) && pair[1].starts_with(|c: char| c.is_alphabetic())
    });
    has_inner_dot || word.contains("www.") || word.contains("http")
}

/// Names are nouns; two verbs, pronouns or the like in one are a sentence.
fn reads_like_a_sentence(words: &[&str]) -> bool {
    const GRAMMAR: &[&str] = &[
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "will",
        "can",
        "should",
        "has",
        "have",
        "had",
        "do",
        "does",
        "not",
        "this",
        "that",
        "these",
        "those",
        "it",
        "they",
        "them",
        "we",
        "our",
        "us",
        "now",
        "all",
        "any",
        "everything",
        "every",
        "new",
    ];
    words.iter().filter(|w| GRAMMAR.contains(w)).count() >= 2
}

/// A category in the middle of a sentence: `frozen pizza` of `Frozen Pizza`.
pub fn in_passing(name: &str) -> String {
    name.split(' ')
        .map(|w| if w.chars().skip(1).any(char::is_uppercase) { w.to_owned() } else { w.to_lowercase() })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Every way the texts may write the amounts of the facts.
pub fn spellings(facts: &Facts) -> Vec<String> {
    [Role::Price, Role::CompareAt, Role::Saving]
        .into_iter()
        .filter_map(|role| facts.money(role))
        .flat_map(|(amount, currency)| money::spellings(amount, currency))
        .collect()
}
