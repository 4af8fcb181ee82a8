//! Customer lifetime value: BG/NBD or Pareto/NBD for how often a customer buys, Gamma–Gamma for how much.
//!
//! In: days on which customers paid. Out: parameters under the papers' names, and what they say of a customer. All times and
//! amounts are scaled to the order of one before a fit, so neither the unit of time nor that of money matters.

mod bg_nbd;
mod evaluate;
mod fit;
mod gamma_gamma;
mod history;
mod optimise;
mod options;
mod pareto_nbd;
mod predict;
mod purchases;
mod serve;
#[cfg(test)]
mod tests;

pub use evaluate::{Held, evaluate, gini};
pub use fit::{FEWEST_CUSTOMERS, FEWEST_REPEATING, Family, Fitted, fit};
pub use history::{Day, Summary, spent, summary};
pub use optimise::Pause;
pub use options::{Columns, Deploy, Options, Unit};
pub use serve::{Forecast, Model, NextOrder, Parameters};
