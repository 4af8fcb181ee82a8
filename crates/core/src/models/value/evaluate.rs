//! How well a model that has seen purchases up to a day foretells those after it.

use serde::Serialize;

use super::fit::{Family, fit};
use super::history::{Day, Summary, spent, summary};
use super::optimise::Pause;
use super::serve::Model;
use crate::kernel::Result;

/// What was foretold of the customers known at a day, and what they did until a later one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    pub days: i32,
    pub customers: usize,
    pub expected_purchases: f64,
    pub purchases: f64,
    pub expected_value: f64,
    pub value: f64,
    /// Of the value of a customer.
    pub mean_absolute_error: f64,
    /// The normalized Gini coefficient: 1 where customers are ranked by value as they turned out, 0 by chance.
    pub gini: f64,
    /// The share of values that lie within their intervals: of all customers, and of those of whom the model does not hold with 80 % or
    /// more that they buy nothing, for nothing is a value that an interval cannot split.
    pub coverage: f64,
    pub coverage_of_likely: Option<f64>,
    pub likely: usize,
}

/// Fits to what was bought until `split` and compares with what was bought from then until `until`; days since any day zero.
pub fn evaluate(customers: &[&[Day]], family: Family, split: i32, until: i32, pause: Pause) -> Result<Held> {
    let known: Vec<(&[Day], Summary)> =
        customers.iter().filter_map(|days| summary(days, split).map(|seen| (*days, seen))).collect();
    let seen: Vec<Summary> = known.iter().map(|(_, seen)| *seen).collect();
    let model = Model::new(fit(&seen, family, 1.0, pause)?.parameters, 1.0)?;
    let horizon = until - split;
    let mut held = Held {
        days: horizon,
        customers: known.len(),
        expected_purchases: 0.0,
        purchases: 0.0,
        expected_value: 0.0,
        value: 0.0,
        mean_absolute_error: 0.0,
        gini: 0.0,
        coverage: 0.0,
        coverage_of_likely: None,
        likely: 0,
    };
    let (mut pairs, mut covered_likely) = (Vec::with_capacity(known.len()), 0);
    for (place, (days, seen)) in known.iter().enumerate() {
        if place % 64 == 0 {
            pause();
        }
        let told = model.forecast(seen, f64::from(horizon));
        let (purchases, value) = spent(days, split, until);
        let is_covered = told.low <= value && value <= told.high;
        let is_likely = told.none < 0.8;
        held.expected_purchases += told.purchases;
        held.purchases += f64::from(purchases);
        held.expected_value += told.value;
        held.value += value;
        held.mean_absolute_error += (told.value - value).abs() / known.len() as f64;
        held.coverage += f64::from(u8::from(is_covered)) / known.len() as f64;
        held.likely += usize::from(is_likely);
        covered_likely += usize::from(is_covered && is_likely);
        pairs.push((told.value, value));
    }
    held.coverage_of_likely = (held.likely > 0).then(|| covered_likely as f64 / held.likely as f64);
    held.gini = gini(&pairs);
    Ok(held)
}

/// Of (foretold, actual): the Gini coefficient by rank of what was foretold, divided by that of a perfect ranking. What is foretold
/// alike shares its rank, so the order of customers does not matter.
pub fn gini(pairs: &[(f64, f64)]) -> f64 {
    let of = |key: fn(&(f64, f64)) -> f64| -> f64 {
        let mut sorted: Vec<(f64, f64)> = pairs.iter().map(|pair| (key(pair), pair.1)).collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let (mut sum, mut from) = (0.0, 0);
        for to in 1..=sorted.len() {
            if to == sorted.len() || sorted[to].0 != sorted[from].0 {
                let rank = (from + to + 1) as f64 / 2.0 - (sorted.len() + 1) as f64 / 2.0;
                sum += rank * sorted[from..to].iter().map(|pair| pair.1).sum::<f64>();
                from = to;
            }
        }
        sum
    };
    let perfect = of(|pair| pair.1);
    if perfect > 0.0 { of(|pair| pair.0) / perfect } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::gini;

    #[test]
    fn gini_tells_a_perfect_ranking_from_a_reversed_one_and_from_none() {
        let by = |told: fn(f64) -> f64| gini(&[1.0, 2.0, 3.0, 10.0].map(|actual| (told(actual), actual)));
        assert!((by(|actual| actual * 7.0) - 1.0).abs() < 1e-12);
        assert!((by(|actual| -actual) + 1.0).abs() < 1e-12);
        assert_eq!(by(|_| 5.0), 0.0);
    }
}
