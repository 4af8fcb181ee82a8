//! Stage identity: whose event it is.
//!
//! In: the ids of a message and the rules of `journey.identity_rules`. Out: the identifier the event belongs to, the links
//! to other identifiers that the event proves, and from all links and merges the persons. Persons are a function of what is
//! known, not of the order it came in, so taking a link or a merge away restores exactly what was. It may not know what
//! the event means.

mod assign;
#[cfg(test)]
mod assign_tests;
pub mod matching;
mod normalize;
mod rules;
mod values;

pub use assign::{Assignment, Link, Member, Merge, Node, assign, best};
pub use normalize::Normalizer;
pub use rules::{Atom, Place, Rule, Rules};

pub const USER_ID: &str = "user_id";
pub const ANONYMOUS_ID: &str = "anonymous_id";
