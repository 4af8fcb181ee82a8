//! What the events of one order come to: it counts once, with its newest content, and not at all once cancelled.

use super::Signal;
use crate::capture::{Action, Channel, Details, OrderFacts};
use crate::kernel::id::uuid_of;
use crate::kernel::money::{Decimal, NO_CURRENCY};
use crate::kernel::time::Micros;
use std::borrow::Cow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// One row of `journey._orders`. Merging does not depend on the order of events: the first completion says when and
/// where, the last update says what, a cancellation wins, refunds add up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Order {
    pub order_id: Option<String>,
    pub placed: Option<Placed>,
    pub content: Option<Content>,
    /// The earliest cancellation.
    pub cancelled_at: Option<Micros>,
    pub refunds: i64,
    /// The latest refund.
    pub refunded_at: Option<Micros>,
    /// Whether a refund named no amount, so that all of it went back.
    pub is_returned: bool,
    /// The amounts that refunds named, by currency; "" where none was named.
    pub refunded: BTreeMap<String, Decimal>,
}

/// The least one counts: completions come before updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    pub is_update: bool,
    pub at: Micros,
    pub event_id: Uuid,
    pub channel: Option<Channel>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// The update that says so; `None`: the completion that placed the order.
    pub updated: Option<(Micros, Uuid)>,
    pub currency: String,
    pub gross: Decimal,
    pub revenue: Decimal,
    pub units: Decimal,
    pub coupon: Option<String>,
    /// Each once, by name.
    pub categories: Vec<String>,
    pub brands: Vec<String>,
}

impl Order {
    /// What one event tells of its order, and the key of that: equal for all identifiers that send the order.
    pub fn of(signal: &Signal) -> Option<(Uuid, Order)> {
        let (id, order) = match &signal.details {
            Details::Order { id, facts } => (id.as_deref(), Order::placed(signal, facts)),
            Details::Cancelled { id } => {
                (Some(&**id), Order { cancelled_at: Some(signal.timestamp), ..Order::default() })
            }
            Details::Refund { id, currency, amount } => {
                (id.as_deref(), Order::refund(signal.timestamp, currency.unwrap_or_default(), *amount))
            }
            _ => return None,
        };
        // An event without an order_id is an order of its own.
        let key = id.map_or(signal.event_id, |id| uuid_of(0, "order", id));
        Some((key, Order { order_id: id.map(str::to_owned), ..order }))
    }

    fn placed(signal: &Signal, facts: &OrderFacts) -> Order {
        let is_update = signal.action == Action::OrderUpdated;
        let moment = (signal.timestamp, signal.event_id);
        Order {
            placed: Some(Placed { is_update, at: moment.0, event_id: moment.1, channel: signal.channel }),
            content: Some(Content::of(facts, is_update.then_some(moment))),
            ..Order::default()
        }
    }

    fn refund(at: Micros, currency: &str, amount: Option<Decimal>) -> Order {
        Order {
            refunds: 1,
            refunded_at: Some(at),
            is_returned: amount.is_none(),
            refunded: amount.map(|amount| (currency.to_owned(), amount)).into_iter().collect(),
            ..Order::default()
        }
    }

    pub fn merge(&mut self, other: Order) {
        let takes_content = other.speaks_after(self);
        self.order_id = self.order_id.take().or(other.order_id);
        self.placed = least(self.placed, other.placed);
        if takes_content {
            self.content = other.content;
        }
        self.cancelled_at = least(self.cancelled_at, other.cancelled_at);
        self.refunds += other.refunds;
        self.refunded_at = self.refunded_at.max(other.refunded_at);
        self.is_returned |= other.is_returned;
        for (currency, amount) in other.refunded {
            *self.refunded.entry(currency).or_default() += amount;
        }
    }

    /// The last update says what was ordered; without one, the first completion.
    fn speaks_after(&self, other: &Order) -> bool {
        match (&self.content, &other.content) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(own), Some(others)) => match (own.updated, others.updated) {
                (None, None) => self.placed < other.placed,
                (own, others) => own > others,
            },
        }
    }

    /// When, where and what, unless it does not count.
    pub fn counted(&self) -> Option<(&Placed, &Content)> {
        self.placed.as_ref().zip(self.content.as_ref()).filter(|_| self.cancelled_at.is_none())
    }

    /// What went back, by currency; of a cancelled order nothing, because nothing was counted.
    pub fn returned(&self) -> BTreeMap<&str, Decimal> {
        if self.cancelled_at.is_some() {
            return BTreeMap::new();
        }
        let own = self.content.as_ref().map_or(NO_CURRENCY, |content| &content.currency);
        let mut sums: BTreeMap<&str, Decimal> = BTreeMap::new();
        for (currency, amount) in &self.refunded {
            *sums.entry(if currency.is_empty() { own } else { currency }).or_default() += amount;
        }
        if let Some(content) = self.content.as_ref().filter(|_| self.is_returned) {
            let sum = sums.entry(own).or_default();
            *sum = content.revenue.max(*sum);
        }
        sums
    }
}

impl Content {
    fn of(facts: &OrderFacts, updated: Option<(Micros, Uuid)>) -> Content {
        Content {
            updated,
            currency: facts.currency.to_owned(),
            gross: facts.gross,
            revenue: facts.revenue,
            units: facts.units,
            coupon: facts.coupon.as_deref().map(str::to_owned),
            categories: owned(&facts.categories),
            brands: owned(&facts.brands),
        }
    }
}

fn owned(names: &[Cow<str>]) -> Vec<String> {
    names.iter().map(|name| name.clone().into_owned()).collect()
}

fn least<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
