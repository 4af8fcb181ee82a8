//! The sums themselves. Every field has a merge that is associative and commutative and starts from `Parts::default()`.

use super::Signal;
use super::orders::Orders;
use crate::capture::{Action, Details, OrderFacts, Trait};
use crate::kernel::money::Decimal;
use crate::kernel::time::Micros;
use std::collections::{BTreeMap, BTreeSet};

/// The columns of `journey._parts`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts {
    pub events: i64,
    pub first_seen: Option<Micros>,
    pub last_seen: Option<Micros>,
    pub orders: i64,
    pub first_order_at: Option<Micros>,
    pub last_order_at: Option<Micros>,
    pub units: Decimal,
    pub refunds: i64,
    pub coupon_orders: i64,
    pub coupons_redeemed: i64,
    pub product_views: i64,
    pub emails_delivered: i64,
    pub emails_opened: i64,
    pub emails_clicked: i64,
    pub email_unsubscribed_at: Option<Micros>,
    pub money: BTreeMap<String, Money>,
    pub categories: BTreeMap<String, Tally>,
    pub brands: BTreeMap<String, Tally>,
    pub channels: BTreeMap<String, Tally>,
    pub traits: BTreeMap<String, TraitValue>,
}

/// Sums in one currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Money {
    pub orders: i64,
    pub gross: Decimal,
    pub revenue: Decimal,
    pub refunded: Decimal,
}

/// How often something was bought, or met otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub orders: i64,
    pub events: i64,
    pub last_at: Micros,
}

/// The newest value of a trait, as compact JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TraitValue {
    pub at: Micros,
    pub value: String,
}

impl Parts {
    /// What these events add up to, in whatever order they come. None may come twice.
    pub fn of<'s, 'a: 's>(signals: impl IntoIterator<Item = &'s Signal<'a>>) -> Parts {
        let mut parts = Parts::default();
        let mut orders = Orders::default();
        for signal in signals {
            parts.see(signal);
            orders.collect(signal);
        }
        orders.add_to(&mut parts);
        parts
    }

    /// Adds what the event tells by itself; orders are counted when all their events are known.
    fn see(&mut self, signal: &Signal) {
        let at = signal.timestamp;
        self.events += 1;
        self.first_seen = earliest(self.first_seen, Some(at));
        self.last_seen = self.last_seen.max(Some(at));
        if let Some(channel) = signal.channel.filter(|_| signal.action.is_engagement()) {
            tally(&mut self.channels, channel.name()).meet(at);
        }
        match &signal.details {
            Details::Viewed(product) => {
                self.product_views += 1;
                product.category.iter().for_each(|name| tally(&mut self.categories, name).meet(at));
                product.brand.iter().for_each(|name| tally(&mut self.brands, name).meet(at));
            }
            Details::Traits(traits) => traits.iter().for_each(|t| self.learn(t, at)),
            _ => {}
        }
        match signal.action {
            Action::CouponRedeemed => self.coupons_redeemed += 1,
            Action::EmailDelivered => self.emails_delivered += 1,
            Action::EmailOpened => self.emails_opened += 1,
            Action::EmailLinkClicked => self.emails_clicked += 1,
            Action::Unsubscribed => self.email_unsubscribed_at = self.email_unsubscribed_at.max(Some(at)),
            _ => {}
        }
    }

    fn learn(&mut self, t: &Trait, at: Micros) {
        let value = TraitValue { at, value: t.value.clone().into_owned() };
        newest(&mut self.traits, t.name.to_string(), value);
    }

    /// Counts an order that was placed at `at` through the channel of `placed`.
    pub(super) fn count_order(&mut self, facts: &OrderFacts, placed: &Signal) {
        let at = placed.timestamp;
        self.orders += 1;
        self.first_order_at = earliest(self.first_order_at, Some(at));
        self.last_order_at = self.last_order_at.max(Some(at));
        self.units += facts.units;
        self.coupon_orders += i64::from(facts.with_coupon);
        let money = self.money_in(facts.currency);
        money.orders += 1;
        money.gross += facts.gross;
        money.revenue += facts.revenue;
        // A category counts once an order, however many of its products are in it.
        let categories: BTreeSet<&str> =
            facts.products.iter().filter_map(|p| p.category.as_deref()).collect();
        let brands: BTreeSet<&str> = facts.products.iter().filter_map(|p| p.brand.as_deref()).collect();
        categories.into_iter().for_each(|name| tally(&mut self.categories, name).buy(at));
        brands.into_iter().for_each(|name| tally(&mut self.brands, name).buy(at));
        placed.channel.iter().for_each(|channel| tally(&mut self.channels, channel.name()).buy(at));
    }

    pub(super) fn count_refund(&mut self, currency: &str, amount: Decimal) {
        self.refunds += 1;
        if !amount.is_zero() {
            self.money_in(currency).refunded += amount;
        }
    }

    fn money_in(&mut self, currency: &str) -> &mut Money {
        self.money.entry(currency.to_owned()).or_default()
    }

    pub fn merge(&mut self, other: Parts) {
        self.events += other.events;
        self.first_seen = earliest(self.first_seen, other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.orders += other.orders;
        self.first_order_at = earliest(self.first_order_at, other.first_order_at);
        self.last_order_at = self.last_order_at.max(other.last_order_at);
        self.units += other.units;
        self.refunds += other.refunds;
        self.coupon_orders += other.coupon_orders;
        self.coupons_redeemed += other.coupons_redeemed;
        self.product_views += other.product_views;
        self.emails_delivered += other.emails_delivered;
        self.emails_opened += other.emails_opened;
        self.emails_clicked += other.emails_clicked;
        self.email_unsubscribed_at = self.email_unsubscribed_at.max(other.email_unsubscribed_at);
        for (currency, money) in other.money {
            self.money.entry(currency).or_default().merge(&money);
        }
        merge_tallies(&mut self.categories, other.categories);
        merge_tallies(&mut self.brands, other.brands);
        merge_tallies(&mut self.channels, other.channels);
        for (name, value) in other.traits {
            newest(&mut self.traits, name, value);
        }
    }
}

impl Money {
    fn merge(&mut self, other: &Money) {
        self.orders += other.orders;
        self.gross += other.gross;
        self.revenue += other.revenue;
        self.refunded += other.refunded;
    }
}

impl Tally {
    fn meet(&mut self, at: Micros) {
        self.events += 1;
        self.last_at = self.last_at.max(at);
    }

    fn buy(&mut self, at: Micros) {
        self.orders += 1;
        self.last_at = self.last_at.max(at);
    }
}

/// Most orders first, then most events, then the latest, then by name: the order in which the table keeps them.
pub fn ranked(tallies: &BTreeMap<String, Tally>) -> Vec<(&str, Tally)> {
    let mut all: Vec<(&str, Tally)> = tallies.iter().map(|(name, tally)| (name.as_str(), *tally)).collect();
    all.sort_by_key(|(_, t)| std::cmp::Reverse((t.orders, t.events, t.last_at)));
    all
}

/// Currencies of most orders first.
pub fn ranked_money(money: &BTreeMap<String, Money>) -> Vec<(&str, &Money)> {
    let mut all: Vec<(&str, &Money)> =
        money.iter().map(|(currency, money)| (currency.as_str(), money)).collect();
    all.sort_by_key(|(_, m)| std::cmp::Reverse(m.orders));
    all
}

fn tally<'t>(tallies: &'t mut BTreeMap<String, Tally>, name: &str) -> &'t mut Tally {
    tallies.entry(name.to_owned()).or_default()
}

fn merge_tallies(into: &mut BTreeMap<String, Tally>, from: BTreeMap<String, Tally>) {
    for (name, tally) in from {
        let sum = into.entry(name).or_default();
        sum.orders += tally.orders;
        sum.events += tally.events;
        sum.last_at = sum.last_at.max(tally.last_at);
    }
}

/// Of two values sent at the same moment, the greater one: any rule will do that does not depend on the order.
fn newest(traits: &mut BTreeMap<String, TraitValue>, name: String, value: TraitValue) {
    let current = traits.entry(name).or_insert_with(|| value.clone());
    if value > *current {
        *current = value;
    }
}

fn earliest(a: Option<Micros>, b: Option<Micros>) -> Option<Micros> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
