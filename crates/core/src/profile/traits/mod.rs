//! Traits: attributes that a shop defines over the events of its customers.
//!
//! In: a definition as JSON. Out: a checked [`Trait`], and the query that computes it. Values that a user wrote are never
//! part of a query's text: they are its parameters ([`Query`]). The queries read a view of `journey` whose rows are
//! events with the person they belong to, so a trait counts what every identifier of the person did.

mod compile;
mod definition;
mod field;
mod filter;
mod object;
mod query;
mod test;
mod window;

pub use compile::compile;
pub use definition::{Kind, Per, Selection, Trait};
pub use field::Field;
pub use filter::Filter;
pub use object::Object;
pub use query::{EVENTS, Plan, Query, Scope};
pub use test::Test;
pub use window::{Span, Window};

#[cfg(test)]
mod tests;
