use super::*;
use crate::capture::{NameMap, read};
use crate::kernel::id::uuid_of;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use uuid::Uuid;

const NOW: i64 = 1_777_636_800_000_000;

fn signal(text: &str) -> Signal<'_> {
    let event = read(text, NOW, &NameMap::default()).unwrap();
    let event_id = uuid_of(1, "event", text);
    Signal::of(event, event_id)
}

fn order(event: &str, minute: u32, properties: &str) -> String {
    format!(
        r#"{{"type":"track","event":"{event}","userId":"1","channel":"store",
            "timestamp":"2026-04-01T00:{minute:02}:00Z","properties":{properties}}}"#
    )
}

fn parts_of(texts: &[String]) -> Parts {
    let signals: Vec<Signal> = texts.iter().map(|t| signal(t)).collect();
    Parts::of(&signals)
}

#[test]
fn an_order_counts_once_with_its_newest_content() {
    let parts = parts_of(&[
        order("Order Completed", 1, r#"{"order_id":"o","total":10,"currency":"USD"}"#),
        order("Order Completed", 2, r#"{"order_id":"o","total":10,"currency":"USD"}"#),
        order("Order Updated", 3, r#"{"order_id":"o","total":12,"currency":"USD"}"#),
        order("Order Completed", 4, r#"{"total":5,"currency":"USD"}"#),
    ]);
    assert_eq!((parts.orders, parts.events), (2, 4));
    assert_eq!(parts.money["USD"].revenue.to_string(), "17");
    assert_eq!(parts.channels["store"], Tally { orders: 2, events: 4, last_at: parts.last_seen.unwrap() });
}

#[test]
fn what_goes_back_is_netted_out() {
    let bought = order("Order Completed", 1, r#"{"order_id":"o","total":10,"currency":"USD"}"#);
    let partly = order("Order Refunded", 2, r#"{"order_id":"o","total":4,"currency":"USD"}"#);
    let wholly = order("Order Refunded", 3, r#"{"order_id":"o"}"#);
    let refunded = |texts: &[&String]| {
        let parts = parts_of(&texts.iter().map(|t| (*t).clone()).collect::<Vec<_>>());
        (parts.refunds, parts.money["USD"].refunded.to_string())
    };
    assert_eq!(refunded(&[&bought, &partly]), (1, "4".to_owned()));
    assert_eq!(refunded(&[&wholly, &bought]), (1, "10".to_owned()));
    assert_eq!(refunded(&[&wholly, &bought, &partly]), (2, "10".to_owned()), "not more than all of it");
    let cancelled = parts_of(&[bought, order("Order Cancelled", 2, r#"{"order_id":"o"}"#)]);
    assert_eq!((cancelled.orders, cancelled.money.len()), (0, 0));
    let before = parts_of(&[partly]);
    assert_eq!(before.money["USD"].refunded.to_string(), "4", "of an order that nobody told us of");
}

#[test]
fn a_profile_keeps_the_newest_traits() {
    let traits = |from: u32, to: u32| {
        let pairs: Vec<String> = (from..to).map(|n| format!(r#""t{n}":{n}"#)).collect();
        format!(
            r#"{{"type":"identify","userId":"1","timestamp":"2026-04-01T00:{:02}:00Z","traits":{{{}}}}}"#,
            from % 60,
            pairs.join(",")
        )
    };
    let texts = [traits(1, 400), traits(2, 700)];
    let parts = parts_of(&texts);
    assert_eq!(parts.traits.len(), 500);
    assert_eq!(parts, parts_of(&[texts[1].clone(), texts[0].clone()]));
}

#[test]
fn a_category_counts_once_an_order_and_views_break_ties() {
    let parts = parts_of(&[
        order(
            "Order Completed",
            1,
            r#"{"products":[{"category":"A"},{"category":"A","quantity":2},{"category":"B"}]}"#,
        ),
        order("Product Viewed", 2, r#"{"category":"B"}"#),
    ]);
    let names: Vec<&str> = ranked(&parts.categories).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["B", "A"]);
    assert_eq!(parts.categories["A"].orders, 1);
    assert_eq!(parts.units.to_string(), "4");
}

fn any_message() -> impl Strategy<Value = String> {
    let event = select(vec![
        "Order Completed",
        "Order Updated",
        "Order Cancelled",
        "Order Refunded",
        "Product Viewed",
        "Coupon Redeemed",
        "Email Delivered",
        "Email Opened",
        "Email Link Clicked",
        "Unsubscribed",
        "Something Else",
    ]);
    let channel = select(vec!["web", "app", "email", "store", "elsewhere"]);
    let currency = select(vec!["USD", "EUR", "JPY"]);
    let category = select(vec!["Tea", "Coffee", "Bread"]);
    (event, channel, currency, category, 0u32..60, 1u32..6, 0u32..100_000, any::<bool>(), 0usize..1_000_000).prop_map(
        |(event, channel, currency, category, minute, order, cents, amounts, nonce)| {
            let total = if amounts { format!(r#","total":{}.{:02},"discount":0.1"#, cents / 100, cents % 100) } else { String::new() };
            let identify = event == "Something Else" && amounts;
            let (kind, body) = if identify { ("identify", "traits") } else { ("track", "properties") };
            format!(
                r#"{{"type":"{kind}","event":"{event}","userId":"1","channel":"{channel}","messageId":"{nonce}",
                    "timestamp":"2026-04-01T00:{minute:02}:00Z","{body}":{{"order_id":"{order}","currency":"{currency}",
                    "category":"{category}","products":[{{"category":"{category}","price":{cents}}}]{total}}}}}"#
            )
        },
    )
}

fn distinct(mut messages: Vec<String>) -> Vec<String> {
    messages.sort();
    messages.dedup();
    messages
}

proptest! {
    #[test]
    fn order_of_events_does_not_matter(messages in prop::collection::vec(any_message(), 0..40), seed in any::<u64>()) {
        let sorted = distinct(messages);
        let mut shuffled = sorted.clone();
        shuffled.sort_by_key(|m| uuid_of(seed as i64, "shuffle", m));
        prop_assert_eq!(parts_of(&sorted), parts_of(&shuffled));
    }

    #[test]
    fn merging_is_folding_together(messages in prop::collection::vec(any_message(), 0..40), cut in 0usize..40) {
        let messages = distinct(messages);
        let signals: Vec<Signal> = messages.iter().map(|m| signal(m)).collect();
        // No order on both sides, as journey._orders guards.
        let (left, right): (Vec<Signal>, Vec<Signal>) = signals.iter().cloned().enumerate()
            .partition_map_by(|(i, s)| Order::of(s).map_or(*i < cut, |(key, _)| key.as_bytes()[0] % 2 == 1));
        let mut merged = Parts::of(&left);
        merged.merge(Parts::of(&right));
        prop_assert_eq!(&merged, &Parts::of(&signals));
        let mut other_way = Parts::of(&right);
        other_way.merge(Parts::of(&left));
        prop_assert_eq!(merged, other_way);
    }

    /// As the extension does it: batch by batch, an order that is seen again in place of what was counted.
    #[test]
    fn orders_seen_again_are_counted_anew(messages in prop::collection::vec(any_message(), 0..40), batch in 1usize..10) {
        let messages = distinct(messages);
        let signals: Vec<Signal> = messages.iter().map(|m| signal(m)).collect();
        let mut parts = Parts::default();
        let mut orders: BTreeMap<Uuid, Order> = BTreeMap::new();
        for signals in signals.chunks(batch) {
            let mut are_times_stale = false;
            for signal in signals {
                parts.see(signal);
                let Some((key, order)) = Order::of(signal) else { continue };
                if let Some(known) = orders.get_mut(&key) {
                    let old = known.clone();
                    known.merge(order);
                    are_times_stale |= parts.replace_order(&old, known);
                } else {
                    parts.add_order(&order);
                    orders.insert(key, order);
                }
            }
            if are_times_stale {
                let times = || orders.values().filter_map(|o| o.counted()).map(|(placed, _)| placed.at);
                (parts.first_order_at, parts.last_order_at) = (times().min(), times().max());
            }
        }
        prop_assert_eq!(parts, Parts::of(&signals));
    }

    #[test]
    fn merging_is_associative(sets in prop::collection::vec(prop::collection::vec(any_message(), 0..10), 3)) {
        let [a, b, c] = [0, 1, 2].map(|i| parts_of(&distinct(sets[i].clone())));
        let (mut left, mut bc) = (a.clone(), b.clone());
        left.merge(b);
        left.merge(c.clone());
        bc.merge(c);
        let mut right = a;
        right.merge(bc);
        prop_assert_eq!(left, right);
    }
}

trait PartitionMap<'a>: Iterator<Item = (usize, Signal<'a>)> + Sized {
    fn partition_map_by(
        self,
        keep: impl Fn(&(usize, Signal<'a>)) -> bool,
    ) -> (Vec<Signal<'a>>, Vec<Signal<'a>>) {
        let (left, right): (Vec<_>, Vec<_>) = self.partition(keep);
        let drop_index = |pairs: Vec<(usize, Signal<'a>)>| pairs.into_iter().map(|(_, s)| s).collect();
        (drop_index(left), drop_index(right))
    }
}

impl<'a, I: Iterator<Item = (usize, Signal<'a>)>> PartitionMap<'a> for I {}
