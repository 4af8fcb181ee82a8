//! Segments: groups of customers that a shop defines by rules over traits, events, profiles and other segments.
//!
//! In: a rule as JSON, and what its names mean ([`Known`]). Out: a checked [`Rule`], and one query that finds its members:
//! the same for one customer as for all, so what is asked live and what is kept never disagree.

mod compile;
mod funnel;
mod rule;

pub use compile::{Known, compile};
pub use rule::Rule;

#[cfg(test)]
mod tests;
