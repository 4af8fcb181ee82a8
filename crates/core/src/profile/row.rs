//! One row of `journey.profiles`, computed for one person by the rules that the view states for all.
//!
//! The names here are the view's; its row type says which there are and of which types.

use super::recent::{EventWindows, Happening, OrderWindows, Price, Rates, Sums};
use super::{Order, Parts, TraitValue, ranked, ranked_channels, ranked_money};
use crate::kernel::json;
use crate::kernel::money::{Decimal, to_places};
use crate::kernel::time::{self, DAY, Micros};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Everything known of one person at a time.
pub struct Known<'k> {
    pub as_of: Micros,
    pub profile_id: i64,
    /// Kind and value of the identifier that stands for the person.
    pub identifier: Option<(&'k str, &'k str)>,
    pub parts: &'k Parts,
    /// Those of the longest window, at least.
    pub orders: &'k [Order],
    /// Events of the longest window.
    pub happened: &'k [Happening],
    pub rates: &'k Rates,
    pub cart: Cart,
    pub segments: Vec<String>,
}

/// The row of `journey._cart_of`.
#[derive(Debug, Default)]
pub struct Cart {
    pub items: i64,
    pub value: Option<String>,
    pub currency: Option<String>,
    pub updated_at: Option<Micros>,
    pub is_abandoned: bool,
}

/// The most of a list of favourites that a profile shows.
const FAVOURITES: usize = 5;

impl Known<'_> {
    /// As JSON that `json_populate_record` reads.
    pub fn row(self) -> serde_json::Result<String> {
        let orders = OrderWindows::of(self.orders, self.rates, self.as_of);
        let events = EventWindows::of(self.happened, self.parts.last_order_at, self.as_of);
        serde_json::to_string(&Row {
            person: Person::of(self.profile_id, self.identifier, self.parts),
            counts: Counts::of(self.parts),
            money: MoneyColumns::of(self.parts, self.rates),
            favourites: Favourites::of(self.parts),
            consent: Consent::of(self.parts),
            scores: Scores::of(&orders.price, &events, &self.cart),
            windows: Windows::of(&orders, &events),
            cart: CartColumns::of(self.cart),
            segments: self.segments,
        })
    }
}

#[derive(Serialize)]
struct Row<'k> {
    #[serde(flatten)]
    person: Person<'k>,
    #[serde(flatten)]
    counts: Counts,
    #[serde(flatten)]
    money: MoneyColumns<'k>,
    #[serde(flatten)]
    favourites: Favourites<'k>,
    #[serde(flatten)]
    consent: Consent,
    #[serde(flatten)]
    scores: Scores,
    #[serde(flatten)]
    windows: Windows,
    #[serde(flatten)]
    cart: CartColumns,
    segments: Vec<String>,
}

/// A time, which Postgres reads.
struct At(Micros);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time::format(self.0))
    }
}

#[derive(Serialize)]
struct Person<'k> {
    profile_id: i64,
    user_id: Option<&'k str>,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    loyalty_tier: Option<String>,
    traits: BTreeMap<&'k str, Box<RawValue>>,
}

impl<'k> Person<'k> {
    fn of(profile_id: i64, identifier: Option<(&'k str, &'k str)>, parts: &'k Parts) -> Self {
        let named = |kind| identifier.filter(|known| known.0 == kind).map(|known| known.1);
        let text =
            |name| parts.traits.get(name).and_then(|t: &TraitValue| serde_json::from_str(&t.value).ok());
        let traits = parts.traits.iter();
        Person {
            profile_id,
            user_id: named("user_id"),
            email: text("email").or_else(|| named("email").map(str::to_owned)),
            first_name: text("first_name"),
            last_name: text("last_name"),
            loyalty_tier: text("loyalty_tier"),
            traits: traits.filter_map(|(name, t)| Some((name.as_str(), json::raw(&t.value)?))).collect(),
        }
    }
}

#[derive(Serialize)]
struct Counts {
    first_seen: Option<At>,
    last_seen: Option<At>,
    events: i64,
    orders: i64,
    units: Decimal,
    first_order_at: Option<At>,
    last_order_at: Option<At>,
    days_between_orders: Option<Decimal>,
    refunds: i64,
    coupons_used: i64,
    product_views: i64,
    emails_delivered: i64,
    emails_opened: i64,
    emails_clicked: i64,
    email_unsubscribed_at: Option<At>,
}

impl Counts {
    fn of(parts: &Parts) -> Self {
        Counts {
            first_seen: parts.first_seen.map(At),
            last_seen: parts.last_seen.map(At),
            events: parts.events,
            orders: parts.orders,
            units: parts.units.normalize(),
            first_order_at: parts.first_order_at.map(At),
            last_order_at: parts.last_order_at.map(At),
            days_between_orders: days_between_orders(parts),
            refunds: parts.refunds,
            coupons_used: parts.coupon_orders.max(parts.coupons_redeemed),
            product_views: parts.product_views,
            emails_delivered: parts.emails_delivered,
            emails_opened: parts.emails_opened,
            emails_clicked: parts.emails_clicked,
            email_unsubscribed_at: parts.email_unsubscribed_at.map(At),
        }
    }
}

fn days_between_orders(parts: &Parts) -> Option<Decimal> {
    let between = parts.last_order_at?.checked_sub(parts.first_order_at?).filter(|_| parts.orders > 1)?;
    Some(to_places(Decimal::from(between) / Decimal::from(DAY) / Decimal::from(parts.orders - 1), 2))
}

#[derive(Serialize)]
struct MoneyColumns<'k> {
    currency: Option<&'k str>,
    revenue: Option<Decimal>,
    refunded: Option<Decimal>,
    discounts: Option<Decimal>,
    average_order_value: Option<Decimal>,
    discount_share: Option<Decimal>,
}

impl<'k> MoneyColumns<'k> {
    fn of(parts: &'k Parts, rates: &Rates) -> Self {
        let sums = Sums::of(&parts.money, rates);
        let sums = sums.as_ref();
        MoneyColumns {
            currency: ranked_money(&parts.money).first().map(|(currency, _)| *currency),
            revenue: sums.map(|s| s.net.normalize()),
            refunded: sums.map(|s| s.refunded.normalize()),
            discounts: sums.map(|s| s.discounts.normalize()),
            average_order_value: sums
                .filter(|_| parts.orders > 0)
                .map(|s| to_places(s.ordered / Decimal::from(parts.orders), 2)),
            discount_share: sums
                .filter(|s| s.gross > Decimal::ZERO)
                .map(|s| to_places(s.discounts / s.gross, 4)),
        }
    }
}

#[derive(Serialize)]
struct Favourites<'k> {
    favourite_category: Option<&'k str>,
    favourite_categories: Vec<&'k str>,
    favourite_brand: Option<&'k str>,
    favourite_brands: Vec<&'k str>,
    channel_preference: Option<&'k str>,
}

impl<'k> Favourites<'k> {
    fn of(parts: &'k Parts) -> Self {
        let [categories, brands, channels] =
            [ranked(&parts.categories), ranked(&parts.brands), ranked_channels(&parts.channels)]
                .map(|all| all.into_iter().map(|(name, _)| name).take(FAVOURITES).collect::<Vec<_>>());
        Favourites {
            favourite_category: categories.first().copied(),
            favourite_categories: categories,
            favourite_brand: brands.first().copied(),
            favourite_brands: brands,
            channel_preference: channels.first().copied(),
        }
    }
}

#[derive(Serialize)]
struct Consent {
    consent_email: Option<bool>,
    consent_sms: Option<bool>,
    consent_push: Option<bool>,
}

impl Consent {
    fn of(parts: &Parts) -> Self {
        let said = |channel| {
            let names = ["consent", "opt_in", "subscribed"].map(|what| format!("{channel}_{what}"));
            let traits = names.into_iter().filter_map(|name| parts.traits.get(&name));
            traits.filter_map(|t| Some((t.at, t.value.parse().ok()?))).collect::<Vec<(Micros, bool)>>()
        };
        let mut email = said("email");
        email.extend(parts.email_unsubscribed_at.map(|at| (at, false)));
        Consent {
            consent_email: newest(email),
            consent_sms: newest(said("sms")),
            consent_push: newest(said("push")),
        }
    }
}

/// Of two said at the same moment, the no.
fn newest(said: Vec<(Micros, bool)>) -> Option<bool> {
    said.into_iter().max_by_key(|(at, granted)| (*at, !granted)).map(|(_, granted)| granted)
}

#[derive(Serialize)]
struct Scores {
    price_sensitivity: Option<Decimal>,
    urgency: Decimal,
}

impl Scores {
    fn of(orders: &Price, events: &EventWindows, cart: &Cart) -> Self {
        let abandoned = if cart.is_abandoned { 0.5 } else { 0.0 };
        let led = orders.led + events.price.led + Decimal::new(if cart.is_abandoned { 5 } else { 0 }, 1);
        let urgency = 1.0 - (-(events.intent + abandoned)).exp();
        Scores {
            price_sensitivity: Price { led, full: orders.full + events.price.full }.sensitivity(),
            // As Postgres makes a numeric of a float: 15 digits, then the places.
            urgency: to_places(format!("{urgency:.15}").parse().unwrap_or_default(), 4),
        }
    }
}

#[derive(Serialize)]
struct Windows {
    orders_1d: i64,
    orders_7d: i64,
    orders_30d: i64,
    orders_90d: i64,
    orders_365d: i64,
    revenue_1d: Option<Decimal>,
    revenue_7d: Option<Decimal>,
    revenue_30d: Option<Decimal>,
    revenue_90d: Option<Decimal>,
    revenue_365d: Option<Decimal>,
    events_1d: i64,
    events_7d: i64,
    events_30d: i64,
    events_90d: i64,
    events_365d: i64,
    product_views_1d: i64,
    product_views_7d: i64,
    product_views_30d: i64,
    product_views_90d: i64,
    product_views_365d: i64,
}

impl Windows {
    fn of(orders: &OrderWindows, events: &EventWindows) -> Self {
        let [orders_1d, orders_7d, orders_30d, orders_90d, orders_365d] = orders.orders;
        let [revenue_1d, revenue_7d, revenue_30d, revenue_90d, revenue_365d] =
            orders.revenue.map(|sum| sum.map(|sum| sum.normalize()));
        let [events_1d, events_7d, events_30d, events_90d, events_365d] = events.events;
        let [product_views_1d, product_views_7d, product_views_30d, product_views_90d, product_views_365d] =
            events.product_views;
        Windows {
            orders_1d,
            orders_7d,
            orders_30d,
            orders_90d,
            orders_365d,
            revenue_1d,
            revenue_7d,
            revenue_30d,
            revenue_90d,
            revenue_365d,
            events_1d,
            events_7d,
            events_30d,
            events_90d,
            events_365d,
            product_views_1d,
            product_views_7d,
            product_views_30d,
            product_views_90d,
            product_views_365d,
        }
    }
}

#[derive(Serialize)]
struct CartColumns {
    cart_items: i64,
    cart_value: String,
    cart_currency: Option<String>,
    cart_updated_at: Option<At>,
    is_cart_abandoned: bool,
}

impl CartColumns {
    fn of(cart: Cart) -> Self {
        CartColumns {
            cart_items: cart.items,
            cart_value: cart.value.unwrap_or_else(|| "0".to_owned()),
            cart_currency: cart.currency,
            cart_updated_at: cart.updated_at.map(At),
            is_cart_abandoned: cart.is_abandoned,
        }
    }
}
