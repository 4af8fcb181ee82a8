//! Rows of journey.generations.

use pg_journey_core::generation::serve::Doubt;
use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::Wanted;
use crate::error::OrRaise;
use crate::query;

/// A text, or why there is none. Field names are those of the table's columns.
#[derive(Debug, Clone, Serialize)]
pub struct Written {
    pub profile_id: i64,
    #[serde(skip)]
    pub generation_id: Option<pgrx::Uuid>,
    pub kind: String,
    pub product_id: Option<String>,
    pub campaign: Option<String>,
    pub variant: i32,
    pub seed: i64,
    pub status: String,
    pub text: Option<String>,
    pub verdict: Option<String>,
    pub theme: Option<String>,
    pub draft: Option<String>,
    pub prompt: Option<String>,
    pub prompt_version: Option<i32>,
    pub facts: Value,
    pub model: Option<String>,
    pub model_version: Option<i32>,
    pub weights: Option<String>,
    pub candidates: Value,
    pub violations: Value,
    /// Policy, subject and the guardrails that held.
    pub guardrails: Value,
    pub confidence: Option<f32>,
    pub tokens_in: i32,
    pub tokens_out: i32,
    pub ms: f32,
    pub error: Option<String>,
    #[serde(skip)]
    pub failure: Option<Error>,
    /// For journey.review_queue, instead of the text.
    #[serde(skip)]
    pub review: Option<Review>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Review {
    policy: String,
    reason: Doubt,
    text: String,
}

impl Written {
    pub fn empty(wanted: &Wanted, variant: i32) -> Self {
        Written {
            profile_id: 0,
            generation_id: None,
            kind: wanted.kind.clone(),
            product_id: wanted.product.clone(),
            campaign: wanted.campaign.clone(),
            variant,
            seed: wanted.seed.unwrap_or(0),
            status: "error".into(),
            text: None,
            verdict: None,
            theme: None,
            draft: None,
            prompt: None,
            prompt_version: None,
            facts: json!([]),
            model: None,
            model_version: None,
            weights: None,
            candidates: json!([]),
            violations: json!([]),
            guardrails: json!({}),
            confidence: None,
            tokens_in: 0,
            tokens_out: 0,
            ms: 0.0,
            error: None,
            failure: None,
            review: None,
        }
    }

    pub fn served(&mut self, verdict: &str, status: &str, text: String) {
        self.verdict = Some(verdict.to_owned());
        status.clone_into(&mut self.status);
        self.text = Some(text);
    }

    /// A person decides; until then nobody reads the text here.
    pub fn doubted(&mut self, policy: &str, text: String, reason: Doubt) {
        "review".clone_into(&mut self.status);
        self.review = Some(Review { policy: policy.to_owned(), reason, text });
    }

    /// By guardrails of these names; none: for the text with its disclosures is too long.
    pub fn refused(&mut self, by: &[String]) {
        "refused".clone_into(&mut self.status);
        self.error = Some(match by {
            [] => "no text fits the limits of its kind together with its disclosures".to_owned(),
            by => format!("no text passes the guardrails: {}", by.join(", ")),
        });
    }

    pub fn failed(wanted: &Wanted, variant: i32, failure: Error) -> Self {
        Written {
            error: Some(failure.to_string()),
            failure: Some(failure),
            ..Written::empty(wanted, variant)
        }
    }
}

/// Asked before anything is written: a text that cannot be kept is not served, and takes the model seconds.
pub fn check_rights() -> Result<()> {
    // SAFETY: reads the state of the transaction; raises an ERROR where it is read only.
    unsafe { pg_sys::PreventCommandIfReadOnly(c"journey_compose()".as_ptr()) };
    match query::one::<bool>(include_str!("../../sql/queries/generation_may_keep.sql"), &[]) {
        Some(true) => Ok(()),
        Some(false) => Err(Error::new(
            Code::InsufficientPrivilege,
            "permission denied to generate texts: each is kept in journey.generations",
        )
        .hint("GRANT journey_writer TO the role.")),
        None => Err(Error::new(Code::UndefinedObject, "the schema journey is not set up")
            .hint("Run SELECT journey_setup().")),
    }
}

/// Stores all rows in one statement and gives each its id.
pub fn keep(mut written: Vec<(Option<String>, Written)>) -> Result<Vec<(Option<String>, Written)>> {
    let count = i32::try_from(written.len()).unwrap_or(i32::MAX);
    let ids: Option<Vec<pgrx::Uuid>> =
        query::one(include_str!("../../sql/queries/generation_ids.sql"), &[count.into()]);
    let mut rows = Vec::with_capacity(written.len());
    for ((_, row), id) in written.iter_mut().zip(ids.unwrap_or_default()) {
        let mut object = serde_json::to_value(&*row).map_err(|e| super::broken_row("a written text", &e))?;
        object["generation_id"] = json!(id.to_string());
        row.generation_id = Some(id);
        rows.push(object);
    }
    let arguments = [JsonB(Value::Array(rows)).into()];
    Spi::run_with_args(include_str!("../../sql/queries/generation_store.sql"), &arguments).or_raise();
    queue(&written)?;
    Ok(written)
}

/// Texts that wait for a person.
fn queue(written: &[(Option<String>, Written)]) -> Result<()> {
    let mut rows = Vec::new();
    for (_, row) in written {
        let Some(review) = &row.review else { continue };
        let mut object =
            serde_json::to_value(review).map_err(|e| super::broken_row("a text for review", &e))?;
        object["profile_id"] = json!(row.profile_id);
        object["generation_id"] = json!(row.generation_id.map(|id| id.to_string()));
        object["kind"] = json!(row.kind);
        object["violations"] = row.violations.clone();
        rows.push(object);
    }
    if !rows.is_empty() {
        let arguments = [JsonB(Value::Array(rows)).into()];
        Spi::run_with_args(include_str!("../../sql/queries/generation_review.sql"), &arguments).or_raise();
    }
    Ok(())
}
