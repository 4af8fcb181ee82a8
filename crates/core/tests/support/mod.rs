//! The kinds and prompts as they are shipped, read from the step of journey_setup() that inserts them.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses its part; what is shipped parses")]

use pg_journey_core::generation::draft::Address;
use pg_journey_core::generation::facts::{Customer, Facts, Gathered, Product, Relation};
use pg_journey_core::generation::given::{Given, Tone};
use pg_journey_core::generation::kind::Kind;
use pg_journey_core::generation::prompt::Prompt;
use pg_journey_core::generation::theme::{self, Highlight, Interest, Theme};
use regex::Regex;
use serde_json::{Value, json};

const SETUP: &str = concat!(
    include_str!("../../../../sql/setup/0070_generation.sql"),
    include_str!("../../../../sql/setup/0071_generation_kinds.sql"),
    include_str!("../../../../sql/setup/0072_generation_pages.sql"),
);

/// What stands between the dollar quotes with this tag, in order.
fn quoted(tag: &str) -> Vec<&'static str> {
    SETUP.split(&format!("${tag}$")).skip(1).step_by(2).collect()
}

/// Every kind that has templates of its own.
pub fn kinds() -> Vec<Kind> {
    let row = Regex::new(r"(?m)^(?:VALUES| {6}) \('([a-z_]+)', '[^']*', \d+, .*\$([a-z_]+)\$\[$").unwrap();
    // A kind made of parts has none of its own, and another tag.
    let own = row.captures_iter(SETUP).filter(|c| c[1] == c[2]);
    let names: Vec<&str> = own.map(|c| c.get(1).unwrap().as_str()).collect();
    assert!(names.len() > 20, "{names:?}");
    names.into_iter().map(kind).collect()
}

/// The kinds that a model rewrites and that need no facts to be given, with their prompts.
pub fn written_kinds() -> Vec<(Kind, Prompt)> {
    let free = kinds().into_iter().filter(|kind| kind.rewrite && kind.inputs.is_empty());
    free.map(|kind| (kind.clone(), prompt(&prompt_of(&kind.kind)))).collect()
}

/// Every kind, with the prompt of those that a model rewrites.
pub fn all_kinds() -> Vec<(Kind, Option<Prompt>)> {
    let prompt = |kind: &Kind| kind.rewrite.then(|| prompt(&prompt_of(&kind.kind)));
    kinds().into_iter().map(|kind| (kind.clone(), prompt(&kind))).collect()
}

/// The columns after the description, from 1.
fn fields(name: &str) -> Vec<&'static str> {
    let row = SETUP.split(&format!("('{name}', '")).nth(1).unwrap().split('$').next().unwrap();
    std::iter::once("").chain(row.split_once("', ").unwrap().1.split(", ")).collect()
}

/// `'{a,b}'`
fn list(field: &str) -> Vec<&str> {
    field.trim_matches(['\'', '{', '}']).split(',').filter(|name| !name.is_empty()).collect()
}

fn prompt_of(name: &str) -> String {
    let own = fields(name).get(7).map(|field| field.trim_matches('\'').to_owned());
    own.filter(|other| !other.is_empty() && other != "NULL").unwrap_or_else(|| name.to_owned())
}

fn kind(name: &str) -> Kind {
    let fields = fields(name);
    let templates: Value = serde_json::from_str(quoted(name)[0]).unwrap();
    serde_json::from_value(json!({
        "kind": name, "templates": templates, "required": list(fields[5]),
        "min_chars": fields[1].parse::<u16>().unwrap(), "max_chars": fields[2].parse::<u16>().unwrap(),
        "max_sentences": fields[3].parse::<u8>().unwrap(), "full_sentences": fields[4] == "true",
        "max_tokens": fields[6].trim_end_matches(',').trim().parse::<u16>().unwrap(),
        "rewrite": fields.get(8) != Some(&"false"), "inputs": fields.get(9).map(|f| list(f)).unwrap_or_default(),
        "candidates": 4, "temperature": 0.7, "top_p": 0.9,
    }))
    .unwrap()
}

fn prompt(kind: &str) -> Prompt {
    let row = Regex::new(r"\('([a-z_]+)', 1, 'approved',").unwrap();
    let at = row.captures_iter(SETUP).position(|c| &c[1] == kind).unwrap();
    let examples: Value = serde_json::from_str(quoted("examples")[at]).unwrap();
    serde_json::from_value(json!({
        "version": 1, "system": quoted("system")[at], "instruction": quoted("instruction")[at], "examples": examples,
    }))
    .unwrap()
}

/// One customer a theme, and nobody.
pub fn customers() -> Vec<Option<Customer>> {
    let customer = |orders, since: f64, between: f64, share: f64| Customer {
        profile_id: "42".into(),
        first_name: Some("Maria".into()),
        orders,
        days_since_order: Some(since),
        days_between_orders: Some(between),
        discount_share: Some(share),
        ..Customer::default()
    };
    vec![
        None,
        Some(customer(1, 5.0, 7.0, 0.0)),
        Some(customer(30, 90.0, 7.0, 0.0)),
        Some(customer(30, 5.0, 7.0, 0.4)),
        Some(customer(60, 2.0, 4.0, 0.1)),
        Some(customer(20, 5.0, 14.0, 0.1)),
        Some(Customer { loyalty_tier: Some("gold".into()), ..customer(20, 5.0, 14.0, 0.1) }),
        Some(Customer { theme: Some(Theme::Newness), ..customer(20, 5.0, 14.0, 0.1) }),
        Some(Customer { interests: vec![organic()], ..customer(20, 5.0, 14.0, 0.1) }),
        Some(Customer { theme: Some(Theme::Performance), ..customer(20, 5.0, 14.0, 0.1) }),
        Some(Customer { theme: Some(Theme::Care), ..customer(20, 5.0, 14.0, 0.1) }),
    ]
}

fn organic() -> Interest {
    let words = vec!["organic".into()];
    Interest { theme: Theme::Sustainability, words, min_products: 3, min_share: 0.4, products: 9, share: 0.7 }
}

/// How a draft addresses this customer: its theme, and what it speaks of.
pub fn spoken(gathered: &Gathered, facts: &Facts) -> (Theme, Option<Highlight>) {
    let theme = theme::of(gathered.customer.as_ref()).0;
    (theme, theme::highlight(theme, gathered.customer.as_ref(), facts))
}

pub fn address(theme: Theme, tone: Tone, highlight: Option<&Highlight>) -> Address<'_> {
    Address { theme, tone, highlight, is_highlighted: false }
}

/// The same product in every state that drafts tell apart.
pub fn products(name: &str, category: &str) -> Vec<Option<Product>> {
    let mut all = vec![None];
    for relation in [Relation::BoughtBefore, Relation::FavouriteCategory, Relation::Popular, Relation::Given]
    {
        for (price, before) in [(None, None), (Some("2.99"), None), (Some("2.99"), Some("3.50"))] {
            all.push(Some(Product {
                product_id: "p1".into(),
                name: name.into(),
                category: Some(category.into()),
                brand: None,
                price: price.map(|p| p.parse().unwrap()),
                currency: Some("USD".into()),
                compare_at_price: before.map(|p| p.parse().unwrap()),
                relation,
                released_on: None,
                is_new: relation == Relation::Given,
                attributes: attributes(relation),
            }));
        }
    }
    all
}

/// What the catalog says of it, which is something else of each.
fn attributes(relation: Relation) -> serde_json::Map<String, Value> {
    let attributes = match relation {
        Relation::BoughtBefore => json!({}),
        Relation::FavouriteCategory => {
            json!({"material": "Organic cotton", "made_in": "Portugal", "color": "navy"})
        }
        Relation::Popular => json!({"features": ["a zip pocket", "a hood"], "weight": "340 g"}),
        Relation::Given => json!({"battery": "12 hours", "capacity": "2 l"}),
    };
    attributes.as_object().unwrap().clone()
}

/// Every combination.
pub fn cases(name: &str, category: &str) -> Vec<Gathered> {
    let mut all = Vec::new();
    for customer in customers() {
        for product in products(name, category) {
            all.push(Gathered { customer: customer.clone(), product, ..Gathered::default() });
        }
    }
    all
}

/// What callers give, one set a line, and all attributes at once.
pub fn given() -> Vec<Given> {
    [
        json!({"offer": {"percent": 20}}),
        json!({"offer": {"amount": "5.50", "currency": "USD", "reason": "loyalty"}}),
        json!({"offer": {"percent": "12.5", "reason": "birthday"}, "category": "Desk Lamps"}),
        json!({"offer": {"percent": 10, "reason": "win_back"}, "stock": 1}),
        json!({"offer": {"percent": 10, "reason": "price_drop"}}),
        json!({"offer": {"amount": 3, "currency": "USD", "reason": "welcome"}}),
        json!({"stock": 3, "ship_days": 2, "alternative": {"name": "Maple Desk Lamp", "price": 45, "currency": "USD"}}),
        json!({"stock": 1, "ship_days": 1, "alternative": {"name": "Hiking Socks"}}),
        json!({"event": {"name": "Spring Fair", "date": "2026-05-03"}, "category": "Desk Lamps"}),
        json!({"event": {"name": "Open House"}, "offer": {"percent": 15}}),
        json!({"bundle": {"products": [{"name": "Copper Kettle"}, {"name": "Walnut Tray"}], "price": 80, "currency": "USD"}}),
        json!({"bundle": {"products": [{"name": "Trail Socks"}, {"name": "Cap"}, {"name": "Day Pack"}]}}),
        json!({"attributes": {"material": "organic cotton", "colour": "navy"}}),
        json!({"attributes": {"material": "wool", "size": "42", "weight": "340 g", "origin": "Portugal"},
               "description": "A soft throw for long evenings on the sofa."}),
        json!({"attributes": {"feature": ["a removable lid", "two handles"], "capacity": "12 l", "dimensions": "30 x 20 cm",
                              "scent": "lavender", "battery": "12 hours"}}),
        json!({"ticket": {"text": "My parcel is late", "resolution": "refund", "amount": 12.5, "currency": "USD"}}),
        json!({"ticket": {"text": "It is broken", "resolution": "replacement"}, "ship_days": 2}),
        json!({"ticket": {"text": "These are too small", "resolution": "exchange"}}),
        json!({"ticket": {"text": "I was charged twice for nothing", "resolution": "investigating"}}),
        json!({"ticket": {"text": "You sent the wrong item", "resolution": "refund"}}),
    ]
    .into_iter()
    .map(|value| Given::read(value).unwrap())
    .collect()
}
