//! Stage generation: text around facts.
//!
//! In: what SQL gathered of a customer, a product and a campaign ([`facts`]), what the caller adds ([`given`]), and the
//! row of the kind with its templates and prompt. Out: a draft in which every sentence is true ([`draft`], from
//! [`values`]), the prompt that asks a model to rewrite it ([`prompt`], with the shop's own [`style`]), the fence its tokens stay in ([`fence`]), the
//! verdict on each candidate ([`check`], [`guardrails`]), the one to prefer ([`choose`], [`phrases`]), what several parts make together
//! ([`whole`]) and what becomes of it ([`serve`]). It may not read tables or call a model: its callers do.

pub mod check;
pub mod choose;
pub mod claims;
pub mod draft;
pub mod facts;
pub mod fence;
pub mod given;
pub mod guardrails;
pub mod kind;
pub mod money;
pub mod names;
pub mod phrases;
pub mod prompt;
pub mod serve;
pub mod style;
mod template;
pub mod theme;
pub mod values;
pub mod whole;

pub use crate::models::steer;
