//! Probabilistic matching: which customers may be one person, though no identifier says so.
//!
//! In: what is known of each customer, and a seed. Out: pairs with the probability that they are one person, and the
//! weight of each attribute in it. The model is that of Fellegi and Sunter (1969): an attribute that agrees at a level
//! weighs log2(m/u), where m is how often it does for two records of one person and u for those of two. Winkler's (2000)
//! adjustment makes agreement on a rare value weigh more. u is counted over random pairs, m learned by expectation
//! maximization over pairs that share a blocking key. It decides nothing: a reviewer does.

mod blocking;
mod compare;
mod model;
mod records;

#[cfg(test)]
mod tests;

use model::Model;
pub use records::{Attribute, Records};

/// Two customers who may be one, by their places in the records.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub left: u32,
    pub right: u32,
    pub probability: f64,
    /// The logarithm to base 2 of the odds that the reasons add to those of any two customers.
    pub weight: f64,
    pub reasons: Vec<Reason>,
}

/// What one attribute says about a pair; nothing where either has no value.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    pub attribute: &'static str,
    pub level: &'static str,
    pub weight: f64,
}

/// What was looked at and learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub records: usize,
    pub compared: usize,
    /// Expected number of pairs that are one person.
    pub expected: f64,
}

/// Finds the pairs whose probability reaches `threshold`, the most probable first. `pause` is called now and then, so that the
/// caller can stop the work by unwinding.
pub fn candidates(
    records: &Records,
    threshold: f64,
    seed: u64,
    pause: &mut dyn FnMut(),
) -> (Vec<Candidate>, Summary) {
    let blocks = blocking::blocks(records);
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for block in &blocks {
        pairs.extend(&block.pairs);
        pause();
    }
    pairs.sort_unstable();
    pairs.dedup();
    let model = Model::learn(records, &blocks, &pairs, seed, pause);
    let mut found = Vec::new();
    for (place, &(left, right)) in pairs.iter().enumerate() {
        if place % 10_000 == 0 {
            pause();
        }
        let levels = compare::levels(records, left, right);
        let probability = model.probability(records, left, &levels);
        if probability >= threshold {
            let (weight, reasons) = model.explain(records, left, &levels);
            found.push(Candidate { left, right, probability, weight, reasons });
        }
    }
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight).then((a.left, a.right).cmp(&(b.left, b.right))));
    let summary = Summary { records: records.len(), compared: pairs.len(), expected: model.expected() };
    (found, summary)
}
