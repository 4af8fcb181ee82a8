//! Stage profile: what the events of one identifier add up to.
//!
//! In: what events tell ([`Signal`]). Out: [`Parts`], which add up in any order: `Parts::of(a and b)` is `Parts::of(a)`
//! merged with `Parts::of(b)`, as long as no order has events in both; [`Signal::order_key`] tells which do, and then the
//! parts are made anew from all events. It may not know how parts are stored.

mod orders;
mod parts;
mod signal;

pub use parts::{Money, Parts, Tally, TraitValue, ranked, ranked_money};
pub use signal::Signal;

#[cfg(test)]
mod tests;
