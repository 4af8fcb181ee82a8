//! Which categories the next order has: how often a customer bought each, the newer orders counting more, and, as far as little is
//! known of him, how often all customers do.
//!
//! P(c) = (sum of 2^(-age / half_life) over his orders with c + prior * share(c)) / (sum over all his orders + prior): the mean of
//! a Beta distribution whose prior is worth `prior` orders of the average customer.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

use crate::kernel::time::{DAY, Micros};
use crate::kernel::{Code, Error, Result};

/// Days after which an order of anybody counts half in the shares of all customers: a season is over by then.
const SHARES_HALVE: f64 = 30.0;
/// What is tried when it is learned: days, and numbers of orders.
const HALF_LIVES: [f64; 6] = [15.0, 30.0, 60.0, 90.0, 180.0, 365.0];
const PRIORS: [f64; 5] = [1.0, 3.0, 6.0, 10.0, 20.0];
/// Where nothing has been learned: the best on a year of a grocer's orders, which is flat around it.
const HALF_LIFE: f64 = 90.0;
const PRIOR: f64 = 6.0;
/// Customers who order after the cut; among fewer, differences between half-lives are chance.
const LEAST: usize = 200;
/// A hit is a category of the next order among so many.
const LISTED: usize = 5;

/// An order: when, and which categories it has, each once.
#[derive(Debug, Clone, PartialEq)]
pub struct Bought {
    pub at: Micros,
    pub categories: Vec<String>,
}

/// What is known of all customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Habits {
    /// Days after which an order counts half.
    pub half_life: f64,
    /// How many orders of the average customer a customer begins with.
    pub prior: f64,
    /// Of the orders of all customers lately, how many have the category: 0 to 1.
    pub shares: BTreeMap<String, f64>,
}

impl Habits {
    /// With the half-life and the prior that are used where none were learned.
    pub fn of(orders: impl Iterator<Item = Bought>, as_of: Micros) -> Habits {
        Habits { half_life: HALF_LIFE, prior: PRIOR, shares: shares(orders, as_of) }
    }

    pub fn check(self) -> Result<Habits> {
        let is_positive = |number: f64| number.is_finite() && number > 0.0;
        match is_positive(self.half_life) && is_positive(self.prior) {
            true => Ok(self),
            false => Err(Error::new(
                Code::DataCorrupted,
                format!("half_life is {}, prior is {}", self.half_life, self.prior),
            )
            .hint("Train the model next_category again with journey_train().")),
        }
    }

    /// The likeliest categories of the next order with their probabilities, of equal ones the first by name.
    pub fn likeliest(&self, orders: &[Bought], as_of: Micros, count: usize) -> Vec<(String, f64)> {
        let mut weight = self.prior;
        let mut found: HashMap<&str, f64> =
            self.shares.iter().map(|(name, share)| (name.as_str(), self.prior * share)).collect();
        for order in orders.iter().filter(|order| order.at <= as_of) {
            let counts = halved(as_of - order.at, self.half_life);
            weight += counts;
            order.categories.iter().for_each(|name| *found.entry(name).or_default() += counts);
        }
        let mut found: Vec<(&str, f64)> = found.into_iter().collect();
        let order = |a: &(&str, f64), b: &(&str, f64)| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0));
        if count < found.len() {
            found.select_nth_unstable_by(count, order);
            found.truncate(count);
        }
        found.sort_unstable_by(order);
        found.into_iter().map(|(name, sum)| (name.to_owned(), sum / weight)).collect()
    }
}

fn halved(ago: Micros, half_life: f64) -> f64 {
    0.5_f64.powf(ago as f64 / DAY as f64 / half_life)
}

fn shares(orders: impl Iterator<Item = Bought>, as_of: Micros) -> BTreeMap<String, f64> {
    let (mut all, mut with) = (0.0, BTreeMap::<String, f64>::new());
    for order in orders.filter(|order| order.at <= as_of) {
        let counts = halved(as_of - order.at, SHARES_HALVE);
        all += counts;
        order.categories.into_iter().for_each(|name| *with.entry(name).or_default() += counts);
    }
    with.values_mut().for_each(|sum| *sum /= all);
    with
}

/// Habits that were learned, and how good they are.
#[derive(Debug, Serialize)]
pub struct Learned {
    #[serde(flatten)]
    pub habits: Habits,
    /// Customers whose next order was foretold.
    pub customers: usize,
    /// How many of these orders had one of the first five categories; the same of the most frequent ones of each customer, and of
    /// all customers.
    pub hit_at_5: f64,
    pub frequent_hit_at_5: f64,
    pub popular_hit_at_5: f64,
    pub learned: bool,
}

/// Half-life and prior are those that foretell each customer's first order after `cut` best, where they are better than the usual
/// ones by more than chance; shares are those of `as_of`.
/// Where too few customers order after the cut, nothing is learned.
pub fn learn(customers: &[Vec<Bought>], cut: Micros, as_of: Micros, mut pause: impl FnMut()) -> Learned {
    let before = || customers.iter().flatten().filter(|order| order.at <= cut).cloned();
    let next: Vec<(&[Bought], &Bought)> = customers
        .iter()
        .filter(|orders| orders.iter().any(|order| order.at <= cut))
        .filter_map(|orders| {
            let after = orders.iter().filter(|order| order.at > cut && order.at <= as_of);
            let first = after.filter(|order| !order.categories.is_empty()).min_by_key(|order| order.at)?;
            Some((orders.as_slice(), first))
        })
        .collect();
    let mut hits = |habits: &Habits| {
        let hit = |(orders, next): &&(&[Bought], &Bought)| {
            pause();
            let listed = habits.likeliest(orders, cut, LISTED);
            listed.iter().any(|(name, _)| next.categories.contains(name))
        };
        next.iter().filter(hit).count() as f64 / next.len().max(1) as f64
    };
    let at_cut = Habits::of(before(), cut);
    let tried = |half_life, prior| Habits { half_life, prior, ..at_cut.clone() };
    let frequent_hit_at_5 = hits(&tried(f64::MAX, 1e-9));
    let popular_hit_at_5 = hits(&tried(f64::MAX, 1e9));
    let usual = hits(&at_cut);
    let (mut best, mut best_hits) = (at_cut.clone(), usual);
    let learned = next.len() >= LEAST;
    if learned {
        for (half_life, prior) in HALF_LIVES.iter().flat_map(|h| PRIORS.iter().map(move |p| (*h, *p))) {
            let candidate = tried(half_life, prior);
            let found = hits(&candidate);
            if found > best_hits {
                (best, best_hits) = (candidate, found);
            }
        }
        // Within one standard error the best of thirty is chance.
        if best_hits - usual < (usual * (1.0 - usual) / next.len() as f64).sqrt() {
            (best, best_hits) = (at_cut, usual);
        }
    }
    let shares = shares(customers.iter().flatten().cloned(), as_of);
    Learned {
        habits: Habits { shares, ..best },
        customers: next.len(),
        hit_at_5: best_hits,
        frequent_hit_at_5,
        popular_hit_at_5,
        learned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bought(day: i64, categories: &[&str]) -> Bought {
        Bought { at: day * DAY, categories: categories.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn habits(shares: &[(&str, f64)]) -> Habits {
        let shares = shares.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect();
        Habits { half_life: 10.0, prior: 2.0, shares }
    }

    #[test]
    fn newer_orders_count_more_and_unknown_customers_buy_what_all_buy() {
        let habits = habits(&[("Tea", 0.5), ("Cups", 0.25)]);
        assert_eq!(habits.likeliest(&[], 0, 5), [("Tea".to_owned(), 0.5), ("Cups".to_owned(), 0.25)]);
        let orders = [bought(0, &["Tea"]), bought(10, &["Cups", "Pots"]), bought(30, &["Later"])];
        let found = habits.likeliest(&orders, 10 * DAY, 2);
        assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Cups", "Tea"]);
        assert!((found[0].1 - (1.0 + 0.5) / 3.5).abs() < 1e-12 && (found[1].1 - 1.5 / 3.5).abs() < 1e-12);
    }

    #[test]
    fn shares_are_of_orders_and_forget() {
        let orders = [bought(0, &["Tea"]), bought(30, &["Cups"]), bought(31, &["Later"])];
        let found = Habits::of(orders.into_iter(), 30 * DAY);
        let expected = BTreeMap::from([("Cups".to_owned(), 2.0 / 3.0), ("Tea".to_owned(), 1.0 / 3.0)]);
        assert!(expected.iter().all(|(name, share)| (found.shares[name] - share).abs() < 1e-12));
        assert_eq!(found.shares.len(), 2);
    }

    /// Each customer moves to new categories after some orders: a short half-life foretells that, a long one does not.
    #[test]
    fn a_short_half_life_is_learned_of_customers_who_move_on() {
        let customer = |n: i64| {
            let name = |kind: &str, place: i64| format!("{kind}{}", (n * 7 + place) % 60);
            let order = |day: i64, kind: &str| Bought {
                at: day * DAY,
                categories: (0..6).map(|place| name(kind, place)).collect(),
            };
            let mut orders: Vec<Bought> = (0..20).map(|day| order(day, "old")).collect();
            orders.extend((21..40).map(|day| order(4 * day, "new")));
            orders
        };
        let customers: Vec<Vec<Bought>> = (0..LEAST as i64).map(customer).collect();
        let learned = learn(&customers, 100 * DAY, 160 * DAY, || {});
        assert!(learned.learned && learned.customers == LEAST);
        assert!(learned.hit_at_5 > 0.99 && learned.frequent_hit_at_5 < 0.5, "{learned:?}");
        assert!(learned.habits.half_life <= 60.0, "{}", learned.habits.half_life);
        let few = learn(&customers[..10], 100 * DAY, 160 * DAY, || {});
        assert!(!few.learned && few.habits.half_life == HALF_LIFE && few.habits.prior == PRIOR);
    }

    #[test]
    fn what_cannot_be_a_half_life_is_refused() {
        assert!(Habits { half_life: 0.0, ..habits(&[]) }.check().is_err());
        assert!(Habits { prior: f64::NAN, ..habits(&[]) }.check().is_err());
        assert!(habits(&[]).check().is_ok());
    }
}
