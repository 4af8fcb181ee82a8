//! Templates that users write, in drafts and prompts: a name nobody defined is an error, and steps are bounded.

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior, Value};

use crate::kernel::{Error, Result};

/// Steps a template may take; the shipped ones take under fifty.
const FUEL: u64 = 10_000;

/// `what` names the kind of template in the error. A value that is none is as good as undefined.
pub fn fill(what: &str, template: &str, values: &Value) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.render_str(template, known(values)).map_err(|e| {
        Error::invalid(format!("{what} {template:?} cannot be filled: {e}")).hint(
            "Use names that are known there: a template lists them in its \"needs\" or asks \"is defined\".",
        )
    })
}

/// Without what is none: the library would print it as the word "none", into a customer's text.
fn known(values: &Value) -> BTreeMap<String, Value> {
    let names = values.try_iter().into_iter().flatten();
    names
        .filter_map(|name| Some((name.to_string(), values.get_item(&name).ok()?)))
        .filter(|(_, value)| !value.is_none())
        .collect()
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn what_is_not_known_is_refused_and_never_printed() {
        let values = context! { product => "Tea", price => None::<&str> };
        assert_eq!(fill("template", "{{ product }} for you", &values).unwrap(), "Tea for you");
        for text in ["{{ product }} for {{ price }}", "{{ product }} from {{ brand }}"] {
            let error = fill("template", text, &values).unwrap_err();
            assert!(error.message.contains(text) && error.hint.is_some(), "{error:?}");
        }
        let optional = "{{ product }}{% if price is defined %} for {{ price }}{% endif %}";
        assert_eq!(fill("template", optional, &values).unwrap(), "Tea");
    }

    #[test]
    fn an_endless_template_is_stopped() {
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
        assert!(fill("prompt", endless, &context! {}).is_err());
    }
}
