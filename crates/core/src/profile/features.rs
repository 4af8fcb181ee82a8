//! What models read of a person at a time: a fixed list of named numbers, of which the version goes up with every change.
//!
//! It is made of what is known up to that time and of nothing else: no segments and no carts, which are tables of now.

use std::fmt::Display;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::recent::{EventWindows, OrderWindows, Sums, WINDOWS};
use super::row::Known;
use super::{Cart, Happening, Order, Parts, Rates, ranked_channels};
use crate::kernel::money::Decimal;
use crate::kernel::time::{DAY, Micros};
use rust_decimal::prelude::ToPrimitive;

/// Goes up with every change of a name or of what a name means: a model is used with the features it was trained with only.
pub const FEATURES_VERSION: i32 = 1;

/// Events that are counted over windows, under one name.
const COUNTED: [(&str, &[&str]); 7] = [
    ("coupons", &["Coupon Redeemed", "Coupon Applied", "Coupon Entered"]),
    ("carts", &["Product Added", "Wishlist Product Added to Cart", "Checkout Started"]),
    ("emails_delivered", &["Email Delivered"]),
    ("emails_opened", &["Email Opened"]),
    ("emails_clicked", &["Email Link Clicked"]),
    ("tickets", &["Support Ticket Opened"]),
    ("reviews", &["Product Reviewed"]),
];
const COUNTED_DAYS: [i64; 3] = [30, 90, 365];

/// What every vector consists of: names in their order, and whether each is a number, a boolean or a text.
pub fn feature_types() -> &'static [(String, FeatureType)] {
    static TYPES: OnceLock<Vec<(String, FeatureType)>> = OnceLock::new();
    TYPES.get_or_init(types)
}

fn types() -> Vec<(String, FeatureType)> {
    let (parts, rates) = (Parts::default(), Rates::default());
    let nobody = Known {
        as_of: 0,
        profile_id: 0,
        identifier: None,
        parts: &parts,
        orders: &[],
        happened: &[],
        rates: &rates,
        cart: Cart::default(),
        segments: Vec::new(),
    };
    let typed = |(name, value): (String, Value)| {
        let kind = match value {
            Value::Bool(_) => FeatureType::Boolean,
            _ if TEXTS.contains(&name.as_str()) => FeatureType::Text,
            _ => FeatureType::Number,
        };
        (name, kind)
    };
    let told = nobody.vector(Some(Vec::new()));
    told.names.unwrap_or_default().into_iter().zip(told.values).map(typed).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureType {
    Number,
    Boolean,
    Text,
}

const TEXTS: [&str; 1] = ["channel_preference"];

impl Known<'_> {
    /// In the order of [`feature_types`]; null where there is nothing to tell. Events and orders have to be those up to `as_of`.
    pub fn features(&self) -> Vec<Value> {
        self.vector(None).values
    }

    /// The same by name.
    pub fn named_features(&self) -> Map<String, Value> {
        feature_types().iter().map(|(name, _)| name.clone()).zip(self.features()).collect()
    }

    fn vector(&self, names: Option<Vec<String>>) -> Vector {
        let mut vector = Vector { as_of: self.as_of, names, values: Vec::with_capacity(128) };
        self.lifetime(&mut vector);
        vector.orders(self);
        vector.windows(&OrderWindows::of(self.orders, self.rates, self.as_of), self);
        for (name, events) in COUNTED {
            vector.counted(name, events, self.happened);
        }
        vector
    }

    fn lifetime(&self, vector: &mut Vector) {
        let parts = self.parts;
        vector.ago("days_since_first_seen", parts.first_seen);
        vector.ago("days_since_last_seen", parts.last_seen);
        vector.ago("days_since_first_order", parts.first_order_at);
        vector.ago("days_since_last_order", parts.last_order_at);
        let counts = [
            ("events", parts.events),
            ("orders", parts.orders),
            ("refunds", parts.refunds),
            ("coupons_used", parts.coupon_orders.max(parts.coupons_redeemed)),
            ("product_views", parts.product_views),
            ("emails_delivered", parts.emails_delivered),
            ("emails_opened", parts.emails_opened),
            ("emails_clicked", parts.emails_clicked),
            ("categories", parts.categories.len() as i64),
            ("brands", parts.brands.len() as i64),
        ];
        counts.into_iter().for_each(|(name, count)| vector.number(name, Some(count as f64)));
        vector.amount("units", Some(parts.units));
        let sums = Sums::of(&parts.money, self.rates);
        vector.amount("revenue", sums.as_ref().map(|sums| sums.net));
        vector.amount("refunded", sums.as_ref().map(|sums| sums.refunded));
        let share = sums.filter(|sums| sums.gross > Decimal::ZERO).map(|sums| sums.discounts / sums.gross);
        vector.amount("discount_share", share);
        let channels = ranked_channels(&parts.channels);
        let channel = channels.first().map(|(name, _)| Value::from(*name));
        vector.put("channel_preference", channel.unwrap_or_default());
        vector.put("is_unsubscribed", parts.email_unsubscribed_at.is_some().into());
    }
}

struct Vector {
    as_of: Micros,
    /// Written where somebody asks for them: they are the same in every vector.
    names: Option<Vec<String>>,
    values: Vec<Value>,
}

impl Vector {
    fn put(&mut self, name: impl Display, value: Value) {
        if let Some(names) = &mut self.names {
            names.push(name.to_string());
        }
        self.values.push(value);
    }

    /// What is no number is null.
    fn number(&mut self, name: impl Display, value: Option<f64>) {
        self.put(name, value.map_or(Value::Null, Value::from));
    }

    fn amount(&mut self, name: impl Display, value: Option<Decimal>) {
        self.number(name, value.and_then(|value| value.to_f64()));
    }

    fn ago(&mut self, name: impl Display, at: Option<Micros>) {
        self.number(name, at.map(|at| self.days_since(at)));
    }

    fn days_since(&self, at: Micros) -> f64 {
        (self.as_of - at) as f64 / DAY as f64
    }

    /// How regularly somebody orders, and whether the next order is due.
    fn orders(&mut self, known: &Known) {
        let counted = known.orders.iter().filter_map(Order::counted);
        let mut times: Vec<Micros> = counted.map(|(placed, _)| placed.at).collect();
        times.sort_unstable();
        let gaps: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / DAY as f64).collect();
        let mean = (!gaps.is_empty()).then(|| gaps.iter().sum::<f64>() / gaps.len() as f64);
        let spread = mean.map(|mean| {
            let squares = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>();
            (squares / gaps.len() as f64).sqrt()
        });
        self.number("days_between_orders", mean);
        self.number("days_between_orders_deviation", spread);
        let since = times.last().map(|last| self.days_since(*last));
        let due = since.zip(mean).filter(|(_, mean)| *mean > 0.0);
        self.number("orders_overdue", due.map(|(since, mean)| since / mean));
    }

    fn windows(&mut self, orders: &OrderWindows, known: &Known) {
        let events = EventWindows::of(known.happened, known.parts.last_order_at, self.as_of);
        for (place, days) in WINDOWS.into_iter().enumerate() {
            self.number(format_args!("orders_{days}d"), Some(orders.orders[place] as f64));
            self.amount(format_args!("revenue_{days}d"), orders.revenue[place]);
            self.number(format_args!("events_{days}d"), Some(events.events[place] as f64));
            self.number(format_args!("product_views_{days}d"), Some(events.product_views[place] as f64));
        }
        self.number("intent", Some(events.intent));
        let price = super::recent::Price {
            led: orders.price.led + events.price.led,
            full: orders.price.full + events.price.full,
        };
        self.amount("price_sensitivity", price.sensitivity());
    }

    fn counted(&mut self, name: &str, events: &[&str], happened: &[Happening]) {
        let ours = || happened.iter().filter(|event| events.contains(&event.event.as_str()));
        for days in COUNTED_DAYS {
            let count = ours().filter(|event| self.as_of - event.at < days * DAY).count();
            self.number(format_args!("{name}_{days}d"), Some(count as f64));
        }
        self.ago(format_args!("days_since_{name}"), ours().map(|event| event.at).max());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Micros = 1_777_636_800_000_000;

    fn features(happened: &[Happening]) -> Map<String, Value> {
        let known = Known {
            as_of: NOW,
            profile_id: 1,
            identifier: None,
            parts: &Parts { first_seen: Some(NOW - 10 * DAY), ..Parts::default() },
            orders: &[],
            happened,
            rates: &Rates::default(),
            cart: Cart::default(),
            segments: Vec::new(),
        };
        known.named_features()
    }

    #[test]
    fn every_vector_has_the_same_names() {
        let coupon = Happening {
            at: NOW - 40 * DAY,
            event: "Coupon Redeemed".to_owned(),
            is_reduced: None,
            is_by_price: false,
        };
        let (none, one) = (features(&[]), features(&[coupon]));
        assert_eq!(none.keys().collect::<Vec<_>>(), one.keys().collect::<Vec<_>>());
        assert_eq!((&one["coupons_30d"], &one["coupons_90d"]), (&0.0.into(), &1.0.into()));
        assert_eq!((&one["days_since_coupons"], &none["days_since_coupons"]), (&40.0.into(), &Value::Null));
        assert_eq!(one["days_since_first_seen"], Value::from(10.0));
    }

    #[test]
    fn each_value_is_of_the_type_that_is_told() {
        let view = Happening {
            at: NOW - DAY,
            event: "Product Viewed".to_owned(),
            is_reduced: Some(true),
            is_by_price: false,
        };
        let told = features(&[view]);
        let types = feature_types();
        assert_eq!(types.iter().map(|(name, _)| name).collect::<Vec<_>>(), told.keys().collect::<Vec<_>>());
        for ((name, kind), value) in types.iter().zip(told.values()) {
            let fits = match kind {
                FeatureType::Number => value.is_number() || value.is_null(),
                FeatureType::Boolean => value.is_boolean(),
                FeatureType::Text => value.is_string() || value.is_null(),
            };
            assert!(fits, "{name} is {value}");
        }
    }

    /// Whoever changes a name has to raise the version, too.
    #[test]
    fn names_belong_to_a_version() {
        assert_eq!((FEATURES_VERSION, features(&[]).len()), (1, 73));
    }
}
