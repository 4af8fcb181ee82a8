//! What several events of one order come to: it counts once, with its newest content, and not at all once cancelled.

use super::{Parts, Signal};
use crate::capture::{Action, Details, OrderFacts};
use crate::kernel::money::{Decimal, NO_CURRENCY};
use std::collections::HashMap;

#[derive(Default)]
pub struct Orders<'s, 'a> {
    by_id: HashMap<&'s str, Vec<&'s Signal<'a>>>,
    /// Events that stand alone: orders without an id, refunds that say what and in which currency.
    alone: Vec<&'s Signal<'a>>,
}

impl<'s, 'a> Orders<'s, 'a> {
    pub fn collect(&mut self, signal: &'s Signal<'a>) {
        match signal.order_key() {
            Some(id) => self.by_id.entry(id).or_default().push(signal),
            None => self.alone.push(signal),
        }
    }

    pub fn add_to(self, parts: &mut Parts) {
        for signal in self.alone {
            add_order(&[signal], parts);
        }
        for signals in self.by_id.values() {
            add_order(signals, parts);
        }
    }
}

/// The first completion says when and where; the last update, if any, says what.
fn add_order(signals: &[&Signal], parts: &mut Parts) {
    let in_time = |s: &&&Signal| (s.timestamp, s.event_id);
    let with = |action| signals.iter().filter(move |s| s.action == action);
    let placed =
        with(Action::OrderCompleted).min_by_key(in_time).or(with(Action::OrderUpdated).min_by_key(in_time));
    let content = with(Action::OrderUpdated).max_by_key(in_time).or(placed).and_then(|s| facts(s));
    let is_cancelled = with(Action::OrderCancelled).next().is_some();
    let counted = placed.zip(content).filter(|_| !is_cancelled);
    if let Some((placed, facts)) = counted {
        parts.count_order(facts, placed);
    }
    for signal in signals {
        if let Details::Refund { currency, amount, .. } = &signal.details {
            let order = counted.map(|(_, facts)| facts);
            let currency = currency.or(order.map(|o| o.currency)).unwrap_or(NO_CURRENCY);
            parts.count_refund(currency, amount.or(order.map(|o| o.revenue)).unwrap_or(Decimal::ZERO));
        }
    }
}

fn facts<'x, 'a>(signal: &'x Signal<'a>) -> Option<&'x OrderFacts<'a>> {
    match &signal.details {
        Details::Order { facts, .. } => Some(facts),
        _ => None,
    }
}
