//! Which theme a customer's texts follow, and why.

use pg_journey_core::generation::theme;
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde_json::json;

use super::gather::Gatherer;
use super::wanted;
use crate::error::OrRaise;

extension_sql_file!(
    "../../sql/functions/generation_themes.sql",
    name = "generation_themes",
    requires = [_journey_theme]
);

/// `{"theme", "reason"}`; null for a customer that nobody knows.
#[pg_extern(stable, cost = 10000)]
fn _journey_theme(customer: Option<&str>, options: JsonB) -> Option<JsonB> {
    let wanted = wanted(Some("message"), None, None, Some(1), None, Some(options)).or_raise();
    let (profile_id, customer) = Gatherer::new(&wanted).reader(customer).or_raise();
    let (theme, reason) = theme::of(customer.as_ref());
    (profile_id != 0).then(|| JsonB(json!({"theme": theme, "reason": reason})))
}
