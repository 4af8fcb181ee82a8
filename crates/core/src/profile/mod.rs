//! Stage profile: what the events of one identifier add up to.
//!
//! In: what events tell ([`Signal`]). Out: [`Order`]s and [`Parts`], which merge in any order: the events of an order into
//! one [`Order`], and everything into the sums of [`Parts`], to which each order adds what it is worth now.
//! [`Known`] makes of these, and of the events of the last year, the row of a person.
//! `Parts::of(a and b)` is `Parts::of(a)` merged with `Parts::of(b)`, as long as no order has events in both. It may not
//! know how they are stored.

mod features;
mod orders;
mod parts;
mod recent;
mod row;
pub mod segments;
mod signal;
pub mod traits;

pub use features::{FEATURES_VERSION, FeatureType, feature_types};
pub use orders::{Content, Order, Placed};
pub use parts::{Money, Parts, Tally, TraitValue, ranked, ranked_channels, ranked_money};
pub use recent::{Happening, LONGEST, Rates, may_fill_cart};
pub use row::{Cart, Known};
pub use signal::Signal;

#[cfg(test)]
mod tests;
