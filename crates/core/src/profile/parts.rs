//! The sums themselves. Every field has a merge that is associative and commutative and starts from `Parts::default()`.

use super::{Order, Signal};
use crate::capture::{Action, Details, Trait};
use crate::kernel::money::Decimal;
use crate::kernel::time::Micros;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How many traits a profile keeps, the newest ones: a sender that makes up names may not fill memory. It is a rule that
/// does not depend on the order of events, because a trait that was dropped comes back only with a newer value.
const MAX_TRAITS: usize = 500;

/// The columns of `journey._parts`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts {
    pub events: i64,
    pub first_seen: Option<Micros>,
    pub last_seen: Option<Micros>,
    /// Rows of `journey._orders`, those that do not count included.
    pub order_rows: i64,
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

/// How often something was bought, and how many events show it, those of orders included.
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
        let mut orders: BTreeMap<Uuid, Order> = BTreeMap::new();
        for signal in signals {
            parts.see(signal);
            if let Some((key, order)) = Order::of(signal) {
                orders.entry(key).or_default().merge(order);
            }
        }
        orders.values().for_each(|order| parts.add_order(order));
        parts
    }

    /// Adds what the event tells by itself; orders are counted when all their events are known.
    pub fn see(&mut self, signal: &Signal) {
        let at = signal.timestamp;
        self.events += 1;
        self.first_seen = earliest(self.first_seen, Some(at));
        self.last_seen = self.last_seen.max(Some(at));
        let weight = engagement(signal.action);
        if let Some(channel) = signal.channel.filter(|_| weight > 0) {
            tally(&mut self.channels, channel.name(), |t| t.weigh(weight, at));
        }
        match &signal.details {
            Details::Viewed(product) => {
                self.product_views += 1;
                product.category.iter().for_each(|name| tally(&mut self.categories, name, |t| t.meet(at)));
                product.brand.iter().for_each(|name| tally(&mut self.brands, name, |t| t.meet(at)));
            }
            // Also of an order that is cancelled later: what was met stays met, and nothing ever has to recede.
            Details::Order { facts, .. } => {
                facts.categories.iter().for_each(|name| tally(&mut self.categories, name, |t| t.meet(at)));
                facts.brands.iter().for_each(|name| tally(&mut self.brands, name, |t| t.meet(at)));
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
        self.forget_oldest_traits();
    }

    pub fn add_order(&mut self, order: &Order) {
        self.count_order(order, 1);
        if let Some((placed, _)) = order.counted() {
            self.first_order_at = earliest(self.first_order_at, Some(placed.at));
            self.last_order_at = self.last_order_at.max(Some(placed.at));
        }
    }

    /// Counts an order as `new` that was counted as `old`. The times of the first and last order are right then, unless
    /// it returns true: `old` was at one of them, and only the other orders tell which one is now.
    #[must_use]
    pub fn replace_order(&mut self, old: &Order, new: &Order) -> bool {
        self.count_order(old, -1);
        self.add_order(new);
        let at = |order: &Order| order.counted().map(|(placed, _)| placed.at);
        let was = at(old);
        was.is_some() && was != at(new) && (was == self.first_order_at || was == self.last_order_at)
    }

    /// Adds the order's sums `sign` times, which is 1 or -1.
    fn count_order(&mut self, order: &Order, sign: i64) {
        let signed = |amount: Decimal| if sign < 0 { -amount } else { amount };
        self.order_rows += sign;
        self.refunds += sign * order.refunds;
        for (currency, amount) in order.returned() {
            self.money_in(currency).refunded += signed(amount);
        }
        if let Some((placed, content)) = order.counted() {
            self.orders += sign;
            self.units += signed(content.units);
            self.coupon_orders += sign * i64::from(content.coupon.is_some());
            let money = self.money_in(&content.currency);
            money.orders += sign;
            money.gross += signed(content.gross);
            money.revenue += signed(content.revenue);
            content
                .categories
                .iter()
                .for_each(|name| tally(&mut self.categories, name, |t| t.orders += sign));
            content.brands.iter().for_each(|name| tally(&mut self.brands, name, |t| t.orders += sign));
            placed.channel.iter().for_each(|at| tally(&mut self.channels, at.name(), |t| t.orders += sign));
        }
        self.money.retain(|_, money| !money.is_nothing());
    }

    fn money_in(&mut self, currency: &str) -> &mut Money {
        self.money.entry(currency.to_owned()).or_default()
    }

    /// What single events tell, without what orders come to.
    pub fn without_orders(self) -> Parts {
        let only_events = |tallies: BTreeMap<String, Tally>| {
            tallies.into_iter().map(|(name, tally)| (name, Tally { orders: 0, ..tally })).collect()
        };
        Parts {
            order_rows: 0,
            orders: 0,
            first_order_at: None,
            last_order_at: None,
            units: Decimal::ZERO,
            refunds: 0,
            coupon_orders: 0,
            money: BTreeMap::new(),
            categories: only_events(self.categories),
            brands: only_events(self.brands),
            channels: only_events(self.channels),
            ..self
        }
    }

    /// The whole of a person's parts and orders. Two identifiers may have seen the same order, so what orders come to
    /// is counted anew; `orders` are all that the parts know of.
    pub fn whole<'o>(parts: Vec<Parts>, orders: impl IntoIterator<Item = &'o Order>) -> Parts {
        let mut whole = Parts::default();
        parts.into_iter().for_each(|part| whole.merge(part.without_orders()));
        orders.into_iter().for_each(|order| whole.add_order(order));
        whole
    }

    pub fn merge(&mut self, other: Parts) {
        self.events += other.events;
        self.first_seen = earliest(self.first_seen, other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.order_rows += other.order_rows;
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
        self.money.retain(|_, money| !money.is_nothing());
        merge_tallies(&mut self.categories, other.categories);
        merge_tallies(&mut self.brands, other.brands);
        merge_tallies(&mut self.channels, other.channels);
        for (name, value) in other.traits {
            newest(&mut self.traits, name, value);
        }
        self.forget_oldest_traits();
    }

    fn forget_oldest_traits(&mut self) {
        while self.traits.len() > MAX_TRAITS {
            let oldest =
                self.traits.iter().min_by_key(|(name, t)| (t.at, *name)).map(|(name, _)| name.clone());
            oldest.iter().for_each(|name| _ = self.traits.remove(name));
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

    /// Sums that have come back to nothing leave no trace, as if there had been none.
    fn is_nothing(&self) -> bool {
        self.orders == 0 && [self.gross, self.revenue, self.refunded].iter().all(Decimal::is_zero)
    }
}

impl Tally {
    fn meet(&mut self, at: Micros) {
        self.weigh(1, at);
    }

    fn weigh(&mut self, weight: i64, at: Micros) {
        self.events += weight;
        self.last_at = self.last_at.max(at);
    }
}

/// Most orders first, then most events, then the latest, then by name: the order in which the table keeps them.
pub fn ranked(tallies: &BTreeMap<String, Tally>) -> Vec<(&str, Tally)> {
    ranked_by(tallies, |t| t.orders)
}

/// Channels by weighted engagement: an order weighs as much as ten visits, and shows what reading does not.
pub fn ranked_channels(channels: &BTreeMap<String, Tally>) -> Vec<(&str, Tally)> {
    ranked_by(channels, |t| 10 * t.orders + t.events)
}

fn ranked_by(tallies: &BTreeMap<String, Tally>, weight: fn(&Tally) -> i64) -> Vec<(&str, Tally)> {
    let mut all: Vec<(&str, Tally)> = tallies.iter().map(|(name, tally)| (name.as_str(), *tally)).collect();
    all.sort_by_key(|(_, t)| std::cmp::Reverse((weight(t), t.events, t.last_at)));
    all
}

/// Currencies of most orders first.
pub fn ranked_money(money: &BTreeMap<String, Money>) -> Vec<(&str, &Money)> {
    let mut all: Vec<(&str, &Money)> =
        money.iter().map(|(currency, money)| (currency.as_str(), money)).collect();
    all.sort_by_key(|(_, m)| std::cmp::Reverse(m.orders));
    all
}

/// How much an event shows of the channel the customer prefers. Opening is half a machine's doing, a click never is.
fn engagement(action: Action) -> i64 {
    match action {
        _ if !action.is_engagement() => 0,
        Action::EmailLinkClicked => 3,
        _ => 1,
    }
}

/// Most names are known already: those need no copy.
fn tally(tallies: &mut BTreeMap<String, Tally>, name: &str, count: impl FnOnce(&mut Tally)) {
    match tallies.get_mut(name) {
        Some(known) => count(known),
        None => count(tallies.entry(name.to_owned()).or_default()),
    }
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
