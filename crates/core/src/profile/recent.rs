//! What a person did in the last days before a time: the windows of a profile, and what its scores are made of.

use super::{Money, Order, Parts};
use crate::kernel::money::{Decimal, to_places};
use crate::kernel::time::{DAY, Micros};
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;

/// The windows of a profile, in days of 24 hours.
pub const WINDOWS: [i64; 5] = [1, 7, 30, 90, 365];

/// Nothing older counts in a window.
pub const LONGEST: Micros = 365 * DAY;

/// How long an event shows that somebody is about to buy, and after which time half as much.
const INTENT_FOR: Micros = 30 * DAY;
const INTENT_HALVES: f64 = 3.0 * DAY as f64;

/// Signs of the price are weighted; those of an order of one piece weigh as much as four others.
const ORDER_WEIGHT: i64 = 4;

/// An event as the windows see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    pub at: Micros,
    pub event: String,
    /// Of a product viewed at a price: whether that was reduced.
    pub is_reduced: Option<bool>,
    /// Whether a list was filtered by price.
    pub is_by_price: bool,
}

/// What amounts are worth in the currency of a profile.
#[derive(Debug, Default)]
pub struct Rates {
    pub home: Option<String>,
    pub others: BTreeMap<String, Decimal>,
}

impl Rates {
    /// `None` without a rate: no number is better than a wrong one.
    pub fn value(&self, currency: &str, amount: Decimal) -> Option<Decimal> {
        if self.home.as_deref() == Some(currency) {
            return Some(amount);
        }
        Some(to_places(amount.checked_mul(*self.others.get(currency)?)?, 6))
    }

    /// Currencies of these sums and orders that need a rate.
    pub fn needed<'p>(&self, parts: &'p Parts, orders: &'p [Order]) -> Vec<&'p str> {
        let Some(home) = self.home.as_deref() else { return Vec::new() };
        let of_orders = orders.iter().flat_map(|order| {
            let content = order.content.as_ref().map(|content| content.currency.as_str());
            order.returned().into_keys().chain(content)
        });
        let mut all: Vec<&str> = parts.money.keys().map(String::as_str).chain(of_orders).collect();
        all.retain(|currency| *currency != home);
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Lifetime sums in one currency: ordered, went back, before discounts.
#[derive(Debug, Default)]
pub struct Sums {
    pub ordered: Decimal,
    pub refunded: Decimal,
    pub net: Decimal,
    pub gross: Decimal,
    pub discounts: Decimal,
}

impl Sums {
    /// `None` where a rate is missing.
    pub fn of(money: &BTreeMap<String, Money>, rates: &Rates) -> Option<Sums> {
        let mut sums = Sums::default();
        for (currency, money) in money {
            let value = |amount| rates.value(currency, amount);
            sums.ordered += value(money.revenue)?;
            sums.refunded += value(money.refunded)?;
            sums.net += value(money.revenue - money.refunded)?;
            sums.gross += value(money.gross)?;
            sums.discounts += value(money.gross - money.revenue)?;
        }
        Some(sums)
    }
}

/// How much prices decided, and how much they did not.
#[derive(Debug, Default)]
pub struct Price {
    pub led: Decimal,
    pub full: Decimal,
}

impl Price {
    /// 0 to 1; `None` without a sign.
    pub fn sensitivity(&self) -> Option<Decimal> {
        let signs = self.led + self.full;
        (!signs.is_zero()).then(|| to_places((self.led + Decimal::ONE) / (signs + Decimal::from(3)), 4))
    }
}

/// The windows over orders.
#[derive(Debug, Default)]
pub struct OrderWindows {
    pub orders: [i64; WINDOWS.len()],
    /// `None` where a rate is missing.
    pub revenue: [Option<Decimal>; WINDOWS.len()],
    pub price: Price,
}

impl OrderWindows {
    pub fn of(orders: &[Order], rates: &Rates, as_of: Micros) -> OrderWindows {
        let mut windows =
            OrderWindows { revenue: [Some(Decimal::ZERO); WINDOWS.len()], ..OrderWindows::default() };
        for order in orders {
            let placed = order.placed.as_ref().map(|placed| placed.at);
            if let Some(at) = placed.or(order.refunded_at).filter(|at| *at > as_of - LONGEST) {
                windows.add(order, rates, as_of - at);
            }
        }
        windows
    }

    fn add(&mut self, order: &Order, rates: &Rates, ago: Micros) {
        if let Some((_, content)) = order.counted() {
            within(ago).for_each(|n| self.orders[n] += 1);
            self.earn(rates.value(&content.currency, content.revenue), ago);
            let led = price_led(content.coupon.is_some(), content.gross, content.revenue);
            let weight = order_weight(content.units);
            self.price.led += led * weight;
            self.price.full += (Decimal::ONE - led) * weight;
        }
        for (currency, amount) in order.returned() {
            self.earn(rates.value(currency, -amount), ago);
        }
    }

    fn earn(&mut self, value: Option<Decimal>, ago: Micros) {
        within(ago)
            .for_each(|n| self.revenue[n] = self.revenue[n].zip(value).map(|(sum, value)| sum + value));
    }
}

/// Of two orders the greater one says more, though not as much more as it is greater. Pieces have no currency.
fn order_weight(units: Decimal) -> Decimal {
    let root = units.max(Decimal::ONE).to_f64().unwrap_or(1.0).sqrt();
    Decimal::from(ORDER_WEIGHT) * to_places(format!("{root:.9}").parse().unwrap_or(Decimal::ONE), 6)
}

/// A coupon, or a discount of half the value, is an order for its price.
fn price_led(has_coupon: bool, gross: Decimal, revenue: Decimal) -> Decimal {
    match has_coupon {
        true => Decimal::ONE,
        false if gross > Decimal::ZERO => {
            to_places((Decimal::TWO * (gross - revenue) / gross).min(Decimal::ONE), 6)
        }
        false => Decimal::ZERO,
    }
}

/// The windows over events.
#[derive(Debug, Default)]
pub struct EventWindows {
    pub events: [i64; WINDOWS.len()],
    pub product_views: [i64; WINDOWS.len()],
    pub price: Price,
    pub intent: f64,
}

impl EventWindows {
    pub fn of(happened: &[Happening], last_order_at: Option<Micros>, as_of: Micros) -> EventWindows {
        let mut windows = EventWindows::default();
        let intent_since = last_order_at.unwrap_or(Micros::MIN).max(as_of - INTENT_FOR);
        for event in happened.iter().filter(|event| event.at > as_of - LONGEST) {
            windows.add(event, as_of);
            if event.at > intent_since {
                let halvings = (as_of - event.at).max(0) as f64 / INTENT_HALVES;
                windows.intent += intent(&event.event) * 0.5_f64.powf(halvings);
            }
        }
        windows
    }

    fn add(&mut self, event: &Happening, as_of: Micros) {
        let is_view = event.event == "Product Viewed";
        for n in within(as_of - event.at) {
            self.events[n] += 1;
            self.product_views[n] += i64::from(is_view);
        }
        let quarter = Decimal::new(25, 2);
        match event.is_reduced {
            Some(true) => self.price.led += quarter,
            Some(false) => self.price.full += quarter,
            None if event.is_by_price || is_for_price(&event.event) => self.price.led += Decimal::ONE,
            None => {}
        }
    }
}

fn within(ago: Micros) -> impl Iterator<Item = usize> {
    (0..WINDOWS.len()).filter(move |n| ago < WINDOWS[*n] * DAY)
}

fn is_for_price(event: &str) -> bool {
    matches!(
        event,
        "Coupon Entered" | "Coupon Applied" | "Coupon Denied" | "Coupon Redeemed" | "Promotion Clicked"
    )
}

fn intent(event: &str) -> f64 {
    match event {
        "Product Viewed" => 0.05,
        "Product Added to Wishlist" => 0.15,
        "Cart Viewed" => 0.2,
        "Product Added" | "Wishlist Product Added to Cart" => 0.3,
        "Coupon Entered" | "Coupon Applied" => 0.4,
        "Checkout Started" => 0.6,
        "Payment Info Entered" => 0.7,
        _ => 0.0,
    }
}

/// Whether these events can have left something in the cart: one that fills it, and no order after it.
pub fn may_fill_cart(happened: &[Happening], as_of: Micros) -> bool {
    let last = |names: &[&str]| {
        let named = happened.iter().filter(|event| names.contains(&event.event.as_str()));
        named.map(|event| event.at).filter(|at| *at > as_of - 30 * DAY).max()
    };
    let filled =
        last(&["Product Added", "Wishlist Product Added to Cart", "Cart Viewed", "Checkout Started"]);
    filled.is_some() && filled >= last(&["Order Completed"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Content, Placed};
    use uuid::Uuid;

    const NOW: Micros = 1_777_636_800_000_000;

    fn event(name: &str, at: Micros) -> Happening {
        Happening { at, event: name.to_owned(), is_reduced: None, is_by_price: false }
    }

    fn order(currency: &str, revenue: i64, at: Micros) -> Order {
        let amount = Decimal::from(revenue);
        let content = Content {
            updated: None,
            currency: currency.to_owned(),
            gross: amount,
            revenue: amount,
            units: Decimal::ONE,
            coupon: None,
            categories: Vec::new(),
            brands: Vec::new(),
        };
        let placed = Placed { is_update: false, at, event_id: Uuid::nil(), channel: None };
        Order { placed: Some(placed), content: Some(content), ..Order::default() }
    }

    fn euros(others: &[(&str, &str)]) -> Rates {
        let others = others.iter().map(|(currency, rate)| ((*currency).to_owned(), rate.parse().unwrap()));
        Rates { home: Some("EUR".to_owned()), others: others.collect() }
    }

    #[test]
    fn a_window_ends_to_the_microsecond() {
        let happened =
            [event("Page", NOW - DAY), event("Page", NOW - DAY + 1), event("Product Viewed", NOW + 5)];
        let windows = EventWindows::of(&happened, None, NOW);
        assert_eq!((windows.events, windows.product_views), ([2, 3, 3, 3, 3], [1; 5]));
        let orders = [order("EUR", 7, NOW - 7 * DAY), order("EUR", 5, NOW - 7 * DAY + 1)];
        let windows = OrderWindows::of(&orders, &euros(&[]), NOW);
        assert_eq!(windows.orders, [0, 1, 2, 2, 2]);
        assert_eq!(windows.revenue.map(|sum| sum.unwrap().to_string()), ["0", "5", "12", "12", "12"]);
    }

    #[test]
    fn a_missing_rate_spoils_the_windows_it_is_in_and_no_other() {
        let orders = [order("EUR", 5, NOW), order("USD", 10, NOW - 20 * DAY)];
        let revenue =
            |rates| OrderWindows::of(&orders, &rates, NOW).revenue.map(|sum| sum.map(|sum| sum.to_string()));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(revenue(euros(&[])), [some("5"), some("5"), None, None, None]);
        assert_eq!(revenue(euros(&[("USD", "0.9")]))[2], some("14.000000"));
    }

    #[test]
    fn a_greater_order_says_more_of_prices() {
        let mut small = order("EUR", 10, NOW);
        let mut great = small.clone();
        let content = great.content.as_mut().unwrap();
        (content.gross, content.units) = (Decimal::from(20), Decimal::from(16));
        small.content.as_mut().unwrap().units = Decimal::ZERO;
        let price = OrderWindows::of(&[small, great], &euros(&[]), NOW).price;
        assert_eq!((price.led, price.full), (Decimal::from(16), Decimal::from(4)));
    }

    #[test]
    fn intent_halves_every_three_days_and_ends_with_an_order() {
        let happened = [event("Checkout Started", NOW - 3 * DAY), event("Product Added", NOW - 31 * DAY)];
        assert!((EventWindows::of(&happened, None, NOW).intent - 0.3).abs() < 1e-12);
        assert!(EventWindows::of(&happened, Some(NOW - 3 * DAY), NOW).intent.abs() < 1e-12);
    }

    #[test]
    fn only_what_fills_a_cart_after_the_last_order_makes_one() {
        let added = event("Product Added", NOW - DAY);
        assert!(may_fill_cart(&[added.clone(), event("Order Completed", NOW - DAY)], NOW));
        assert!(!may_fill_cart(&[added, event("Order Completed", NOW)], NOW));
        assert!(!may_fill_cart(&[event("Product Added", NOW - 30 * DAY)], NOW));
        assert!(!may_fill_cart(&[event("Product Removed", NOW)], NOW));
    }
}
