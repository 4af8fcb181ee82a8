//! How a text addresses a person: a rule over the profile that anyone can read and check.

use serde::{Deserialize, Serialize};

use super::facts::Customer;

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
    /// Of a high loyalty tier: what the product is comes first, and its price last.
    Premium,
    /// Orders often: thanks, and what to buy again.
    Regular,
    Everyday,
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
/// Twice a month for a year.
const REGULAR_ORDERS: u64 = 24;
const REGULAR_INTERVAL_DAYS: f64 = 10.0;

/// The first that fits, in this order.
pub fn of(customer: Option<&Customer>) -> Theme {
    let Some(customer) = customer.filter(|c| c.orders > 0) else {
        return Theme::Generic;
    };
    if is_missed(customer) {
        Theme::Return
    } else if is_new(customer) {
        Theme::Welcome
    } else if customer.discount_share.unwrap_or(0.0) >= VALUE_DISCOUNT_SHARE
        || customer.coupons_used >= VALUE_COUPONS
    {
        Theme::Value
    } else if is_premium(customer) {
        Theme::Premium
    } else if customer.orders >= REGULAR_ORDERS
        && customer.days_between_orders.is_some_and(|days| days <= REGULAR_INTERVAL_DAYS)
    {
        Theme::Regular
    } else {
        Theme::Everyday
    }
}

fn is_new(customer: &Customer) -> bool {
    let between = customer.days_between_orders.unwrap_or(0.0) * customer.orders.saturating_sub(1) as f64;
    customer.orders <= NEW_ORDERS && customer.days_since_order.unwrap_or(0.0) + between <= NEW_DAYS
}

fn is_premium(customer: &Customer) -> bool {
    let tier = customer.loyalty_tier.as_deref().unwrap_or_default().trim().to_lowercase();
    PREMIUM_TIERS.contains(&tier.as_str())
}

fn is_missed(customer: &Customer) -> bool {
    let usual = customer.days_between_orders.unwrap_or(MISSED_DAYS);
    customer.days_since_order.is_some_and(|days| days > MISSED_DAYS && days > MISSED_INTERVALS * usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_theme_has_its_customers() {
        let customer = |orders, since: f64, between: f64, share: f64, coupons_used| Customer {
            orders,
            days_since_order: Some(since),
            days_between_orders: Some(between),
            discount_share: Some(share),
            coupons_used,
            ..Customer::default()
        };
        assert_eq!(of(None), Theme::Generic);
        assert_eq!(of(Some(&customer(0, 0.0, 0.0, 0.0, 0))), Theme::Generic);
        assert_eq!(of(Some(&customer(2, 5.0, 7.0, 0.0, 0))), Theme::Welcome);
        assert_eq!(of(Some(&customer(2, 20.0, 199.0, 0.0, 0))), Theme::Everyday);
        assert_eq!(of(Some(&customer(60, 90.0, 7.0, 0.5, 9))), Theme::Return);
        assert_eq!(of(Some(&customer(60, 20.0, 4.0, 0.1, 0))), Theme::Regular);
        assert_eq!(of(Some(&customer(60, 5.0, 4.0, 0.3, 0))), Theme::Value);
        assert_eq!(of(Some(&customer(60, 5.0, 4.0, 0.1, 5))), Theme::Value);
        assert_eq!(of(Some(&customer(20, 5.0, 14.0, 0.1, 0))), Theme::Everyday);
        let gold = |c: Customer| Customer { loyalty_tier: Some("Gold".into()), ..c };
        assert_eq!(of(Some(&gold(customer(60, 20.0, 4.0, 0.1, 0)))), Theme::Premium);
        assert_eq!(of(Some(&gold(customer(60, 5.0, 4.0, 0.3, 0)))), Theme::Value);
    }
}
