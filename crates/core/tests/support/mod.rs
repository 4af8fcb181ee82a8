//! The kinds and prompts as they are shipped, read from the step of journey_setup() that inserts them.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses its part; what is shipped parses")]

use pg_journey_core::generation::facts::{Customer, Gathered, Product, Relation};
use pg_journey_core::generation::kind::Kind;
use pg_journey_core::generation::prompt::Prompt;
use serde_json::{Value, json};

const SETUP: &str = include_str!("../../../../sql/setup/0070_generation.sql");

/// What stands between the dollar quotes with this tag, in order.
fn quoted(tag: &str) -> Vec<&'static str> {
    SETUP.split(&format!("${tag}$")).skip(1).step_by(2).collect()
}

pub fn kinds() -> Vec<(Kind, Prompt)> {
    ["subject", "message"].iter().enumerate().map(|(at, name)| (kind(name), prompt(at))).collect()
}

fn kind(name: &str) -> Kind {
    let row = SETUP.split(&format!("('{name}', '")).nth(1).unwrap().split("$").next().unwrap();
    let fields: Vec<&str> = row.split(", ").collect();
    let templates: Value = serde_json::from_str(quoted(name)[0]).unwrap();
    serde_json::from_value(json!({
        "kind": name, "templates": templates, "required": ["product"],
        "min_chars": fields[1].parse::<u16>().unwrap(), "max_chars": fields[2].parse::<u16>().unwrap(),
        "max_sentences": fields[3].parse::<u8>().unwrap(), "full_sentences": fields[4] == "true",
        "max_tokens": fields[6].trim_end_matches(',').trim().parse::<u16>().unwrap(),
        "candidates": 4, "temperature": 0.7, "top_p": 0.9,
    }))
    .unwrap()
}

fn prompt(at: usize) -> Prompt {
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
    ]
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
            }));
        }
    }
    all
}

/// Every combination.
pub fn cases(name: &str, category: &str) -> Vec<Gathered> {
    let mut all = Vec::new();
    for customer in customers() {
        for product in products(name, category) {
            all.push(Gathered { customer: customer.clone(), product, campaign: None });
        }
    }
    all
}
