//! Templates that users write, in drafts and prompts: a name nobody defined is an error, and steps are bounded.

use minijinja::{Environment, UndefinedBehavior, Value};

use crate::kernel::{Error, Result};

/// Steps a template may take; the shipped ones take under fifty.
const FUEL: u64 = 10_000;

/// `what` names the kind of template in the error.
pub fn fill(what: &str, template: &str, values: Value) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .render_str(template, values)
        .map_err(|e| Error::invalid(format!("{what} {template:?} cannot be filled: {e}")))
}
