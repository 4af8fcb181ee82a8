//! How a text addresses a person, and what of a product it speaks of first: a rule over the profile that anyone can read
//! and check. A policy may choose instead of it.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::facts::{Customer, Facts, Role, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Nobody known: nothing personal.
    Generic,
    /// At most two orders so far, the first of them lately.
    Welcome,
    /// The latest order is much longer ago than usual.
    Return,
    /// Buys with discounts: the price comes first.
    Value,
    /// Of a high loyalty tier, or buys the dearest: what the product is comes first, and its price last.
    Premium,
    /// Buys what does its work well: what it can do.
    Performance,
    /// Buys organic, recycled, reusable things: what it is made of and where.
    Sustainability,
    /// Buys what has just come out: that it is new.
    Newness,
    /// Buys what is gentle: what makes it so.
    Care,
    /// Orders often: thanks, and what to buy again.
    Regular,
    Everyday,
}

/// A row of journey.interests, and how much of it this customer shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interest {
    pub theme: Theme,
    /// Words of names, categories and attributes, in lower case.
    pub words: Vec<String>,
    pub min_products: u64,
    pub min_share: f64,
    /// Different products bought or looked at lately, and the share of them that have one of the words.
    pub products: u64,
    pub share: f64,
}

/// Orders up to which a customer counts as new.
const NEW_ORDERS: u64 = 2;
/// And days since the first of them: two orders half a year apart are no beginning.
const NEW_DAYS: f64 = 90.0;
/// A customer is missed after this many of their usual intervals, but not within the first month: weekly shoppers skip weeks.
const MISSED_INTERVALS: f64 = 3.0;
const MISSED_DAYS: f64 = 30.0;
/// A fifth off over all orders is twice what the average shopper of the Complete Journey data gets.
const VALUE_DISCOUNT_SHARE: f64 = 0.2;
const VALUE_COUPONS: u64 = 5;
/// Tiers as shops call their highest ones.
const PREMIUM_TIERS: [&str; 7] = ["gold", "platinum", "diamond", "black", "vip", "premium", "elite"];
/// Of a customer who buys the dearest quarter of what there is most times.
const PREMIUM_SHARE: f64 = 0.6;
const PREMIUM_PRODUCTS: u64 = 4;
/// Twice a month for a year.
const REGULAR_ORDERS: u64 = 24;
const REGULAR_INTERVAL_DAYS: f64 = 10.0;

/// The first that fits, in this order, and why.
pub fn of(customer: Option<&Customer>) -> (Theme, String) {
    let Some(customer) = customer else {
        return (Theme::Generic, "the customer is unknown, or has declined personalization".into());
    };
    if let Some(theme) = customer.theme {
        return (theme, "chosen in journey.theme_choices".into());
    }
    let rules = [missed, new, value, premium, interest, regular];
    if customer.orders == 0 {
        return interest(customer).unwrap_or((Theme::Generic, "the customer has ordered nothing yet".into()));
    }
    let found = rules.into_iter().find_map(|rule| rule(customer));
    found.unwrap_or((Theme::Everyday, "no other rule fits".into()))
}

type Found = Option<(Theme, String)>;

fn missed(customer: &Customer) -> Found {
    let usual = customer.days_between_orders.unwrap_or(MISSED_DAYS);
    let since = customer.days_since_order?;
    (since > MISSED_DAYS && since > MISSED_INTERVALS * usual).then(|| {
        (Theme::Return, format!("the latest order is {since:.0} days ago, usually it is {usual:.0}"))
    })
}

fn new(customer: &Customer) -> Found {
    let between = customer.days_between_orders.unwrap_or(0.0) * customer.orders.saturating_sub(1) as f64;
    let since = customer.days_since_order.unwrap_or(0.0) + between;
    (customer.orders <= NEW_ORDERS && since <= NEW_DAYS).then(|| {
        (Theme::Welcome, format!("{} so far, the first {since:.0} days ago", count(customer.orders, "order")))
    })
}

fn value(customer: &Customer) -> Found {
    let share = customer.discount_share.unwrap_or(0.0);
    if share >= VALUE_DISCOUNT_SHARE {
        return Some((Theme::Value, at_least("the share of discounts", share, VALUE_DISCOUNT_SHARE)));
    }
    let coupons = customer.coupons_used;
    (coupons >= VALUE_COUPONS).then(|| (Theme::Value, at_least("coupons used", coupons, VALUE_COUPONS)))
}

fn premium(customer: &Customer) -> Found {
    let tier = customer.loyalty_tier.as_deref().unwrap_or_default().trim().to_lowercase();
    if PREMIUM_TIERS.contains(&tier.as_str()) {
        return Some((Theme::Premium, format!("the loyalty tier is {tier}")));
    }
    let share = customer.dear_share.filter(|_| customer.compared >= PREMIUM_PRODUCTS)?;
    let what = format!("of {} bought, the share from the dearest quarter of the category", customer.compared);
    (share >= PREMIUM_SHARE).then(|| (Theme::Premium, at_least(&what, share, PREMIUM_SHARE)))
}

/// The interest that goes furthest beyond its least share.
fn interest(customer: &Customer) -> Found {
    let shown = |i: &&Interest| i.products >= i.min_products && i.share >= i.min_share && i.share > 0.0;
    let beyond = |i: &Interest| i.share / i.min_share.max(f64::EPSILON);
    let found = customer.interests.iter().filter(shown).max_by(|a, b| beyond(a).total_cmp(&beyond(b)))?;
    let what =
        format!("of {} bought or looked at, the share with words of journey.interests", found.products);
    Some((found.theme, at_least(&what, found.share, found.min_share)))
}

fn regular(customer: &Customer) -> Found {
    let days = customer.days_between_orders?;
    (customer.orders >= REGULAR_ORDERS && days <= REGULAR_INTERVAL_DAYS)
        .then(|| (Theme::Regular, format!("{} orders, one in {days:.0} days", customer.orders)))
}

fn at_least(what: &str, is: impl Display, least: impl Display) -> String {
    format!("{what} is {is:.2}, at least {least:.2}")
}

fn count(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Attributes that say what a theme cares about whatever their words, first things first.
fn of_interest(theme: Theme) -> &'static [&'static str] {
    match theme {
        Theme::Premium => &["material", "origin", "feature"],
        Theme::Performance => &["battery", "feature", "capacity", "weight", "material"],
        Theme::Sustainability => &["material", "origin"],
        Theme::Care => &["material", "scent", "feature"],
        _ => &[],
    }
}

/// What a text of a theme says of the product before its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// `made of oak`, `with a zip pocket`
    pub text: String,
    /// The attribute that is said with it altogether; none where there is more of it to say.
    pub attribute: Option<String>,
}

/// An attribute that has a word of the interest, else the one that says most to such a customer; nothing for themes that
/// are about none.
pub fn highlight(theme: Theme, customer: Option<&Customer>, facts: &Facts) -> Option<Highlight> {
    let order = of_interest(theme);
    let mut known: Vec<(&str, &str)> = facts.of(Role::Attribute).filter_map(attribute).collect();
    // `Wool Rug, made of wool` says nothing.
    let product = facts.name(Role::Product).unwrap_or_default().to_lowercase();
    let is_told = |text: &str| !has_word(&product, &text.to_lowercase());
    known.retain(|(name, text)| phrase(name, "").is_some() && !order.is_empty() && is_told(text));
    let words =
        customer.iter().flat_map(|c| &c.interests).filter(|i| i.theme == theme).flat_map(|i| &i.words);
    let words: Vec<&str> = words.map(String::as_str).collect();
    let speaks = |text: &str| words.iter().any(|word| has_word(&text.to_lowercase(), word));
    let spoken = known.iter().find(|(_, text)| speaks(text));
    let by_name = || order.iter().find_map(|name| known.iter().find(|(found, _)| found == name));
    let (name, text) = *spoken.or_else(by_name)?;
    let is_all = known.iter().filter(|(other, _)| *other == name).count() == 1;
    Some(Highlight { text: phrase(name, text)?, attribute: is_all.then(|| name.to_owned()) })
}

fn attribute(value: &Value) -> Option<(&str, &str)> {
    if let Value::Attribute { name, text } = value { Some((name, text)) } else { None }
}

fn phrase(name: &str, text: &str) -> Option<String> {
    let with = match name {
        "material" => "made of",
        "origin" => "made in",
        "feature" => "with",
        "battery" => "with a battery that lasts",
        "capacity" => "with a capacity of",
        "weight" => "with a weight of",
        "scent" => "with the scent of",
        _ => return None,
    };
    Some(format!("{with} {text}"))
}

/// `oak` of `solid oak`, not of `cloak`.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(orders: u64, since: f64, between: f64, share: f64, coupons_used: u64) -> Customer {
        Customer {
            orders,
            days_since_order: Some(since),
            days_between_orders: Some(between),
            discount_share: Some(share),
            coupons_used,
            ..Customer::default()
        }
    }

    fn theme(customer: &Customer) -> Theme {
        of(Some(customer)).0
    }

    #[test]
    fn each_theme_has_its_customers() {
        assert_eq!(of(None).0, Theme::Generic);
        assert_eq!(theme(&customer(0, 0.0, 0.0, 0.0, 0)), Theme::Generic);
        assert_eq!(theme(&customer(2, 5.0, 7.0, 0.0, 0)), Theme::Welcome);
        assert_eq!(theme(&customer(2, 20.0, 199.0, 0.0, 0)), Theme::Everyday);
        assert_eq!(theme(&customer(60, 90.0, 7.0, 0.5, 9)), Theme::Return);
        assert_eq!(theme(&customer(60, 20.0, 4.0, 0.1, 0)), Theme::Regular);
        assert_eq!(theme(&customer(60, 5.0, 4.0, 0.3, 0)), Theme::Value);
        assert_eq!(theme(&customer(60, 5.0, 4.0, 0.1, 5)), Theme::Value);
        assert_eq!(theme(&customer(20, 5.0, 14.0, 0.1, 0)), Theme::Everyday);
        let gold = |c: Customer| Customer { loyalty_tier: Some("Gold".into()), ..c };
        assert_eq!(theme(&gold(customer(60, 20.0, 4.0, 0.1, 0))), Theme::Premium);
        assert_eq!(theme(&gold(customer(60, 5.0, 4.0, 0.3, 0))), Theme::Value);
    }

    #[test]
    fn who_buys_the_dearest_is_a_premium_customer() {
        let dear = |compared, share| Customer {
            compared,
            dear_share: Some(share),
            ..customer(20, 5.0, 14.0, 0.0, 0)
        };
        assert_eq!(theme(&dear(5, 0.8)), Theme::Premium);
        assert_eq!(theme(&dear(3, 1.0)), Theme::Everyday, "three products are no habit");
        assert_eq!(theme(&dear(9, 0.5)), Theme::Everyday);
    }

    fn interested(theme: Theme, word: &str, products: u64, share: f64) -> Interest {
        Interest { theme, words: vec![word.into()], min_products: 3, min_share: 0.4, products, share }
    }

    #[test]
    fn interests_show_in_what_is_bought_and_a_choice_overrules_them() {
        let green = interested(Theme::Sustainability, "organic", 6, 0.5);
        let fast = interested(Theme::Performance, "waterproof", 6, 0.9);
        let shows = |interests: Vec<Interest>| Customer { interests, ..customer(20, 5.0, 14.0, 0.0, 0) };
        assert_eq!(theme(&shows(vec![green.clone()])), Theme::Sustainability);
        assert_eq!(theme(&shows(vec![green.clone(), fast.clone()])), Theme::Performance);
        assert_eq!(theme(&shows(vec![Interest { products: 2, ..green.clone() }])), Theme::Everyday);
        let browses = Customer { orders: 0, ..shows(vec![fast]) };
        assert_eq!(theme(&browses), Theme::Performance);
        let chosen = Customer { theme: Some(Theme::Care), ..browses };
        assert_eq!(of(Some(&chosen)), (Theme::Care, "chosen in journey.theme_choices".into()));
    }

    #[test]
    fn a_highlight_is_what_the_theme_cares_about() {
        let attribute = |name: &str, text: &str| super::super::facts::Fact {
            fact: Role::Attribute,
            value: Value::Attribute { name: name.into(), text: text.into() },
            source: String::new(),
        };
        let facts = Facts(vec![
            attribute("material", "oiled oak"),
            attribute("weight", "2 kg"),
            attribute("feature", "a waterproof cover"),
            attribute("feature", "organic glue"),
        ]);
        let mut of = customer(20, 5.0, 14.0, 0.0, 0);
        of.interests = vec![
            interested(Theme::Sustainability, "organic", 6, 0.5),
            interested(Theme::Performance, "battery", 6, 0.5),
        ];
        let said = |theme| highlight(theme, Some(&of), &facts).map(|h| h.text);
        assert_eq!(said(Theme::Premium).as_deref(), Some("made of oiled oak"));
        assert_eq!(said(Theme::Sustainability).as_deref(), Some("with organic glue"));
        assert_eq!(said(Theme::Performance).as_deref(), Some("with a waterproof cover"));
        assert_eq!(said(Theme::Value), None);
        assert_eq!(highlight(Theme::Premium, Some(&of), &Facts::default()), None);
    }
}
