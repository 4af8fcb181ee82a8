//! Rows of journey.generations.

use pg_journey_core::generation::check::Verdict;
use pg_journey_core::generation::serve::{Author, Doubt, Draft, Outcome};
use pg_journey_core::generation::whole;
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
    /// The text by its parts.
    pub content: Option<Value>,
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
    /// Policy, subject, the guardrails that held, and the outline of the text.
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

/// How a text came about, as its row tells.
pub struct Settling<'a> {
    pub policy: &'a str,
    pub is_known: bool,
    /// Otherwise no model is asked for any of it, and that none wrote it is no fault.
    pub is_rewritten: bool,
    /// A part that the model was asked for is the draft.
    pub has_template: bool,
    pub outline: &'a Value,
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
            content: None,
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

    /// What becomes of it; what its draft breaks is told where the text is not the model's.
    pub fn settle(&mut self, outcome: Outcome, draft: &Draft, settling: &Settling) {
        match outcome {
            Outcome::Served(author, text) => self.served(author, text, settling),
            Outcome::Review(_, text, doubt) => self.doubted(settling.policy, text, doubt),
            Outcome::Refused(by) => self.refused(&by),
        }
        if self.verdict.as_deref() != Some("passed") {
            self.tell(draft.rulings.iter().map(|r| r.verdict(false)));
        }
    }

    pub fn tell(&mut self, verdicts: impl Iterator<Item = Verdict>) {
        if let Value::Array(told) = &mut self.violations {
            told.extend(verdicts.filter_map(|v| serde_json::to_value(v).ok()));
        }
    }

    fn served(&mut self, author: Author, text: String, settling: &Settling) {
        let is_template = author == Author::Draft || settling.has_template;
        let status = match (settling.is_known, is_template && settling.is_rewritten) {
            (false, _) => "generic",
            (_, true) => "template",
            _ => "ok",
        };
        self.verdict = Some(if is_template { "template" } else { "passed" }.to_owned());
        status.clone_into(&mut self.status);
        self.content = whole::content(settling.outline, &text);
        self.text = Some(text);
    }

    /// A person decides; until then nobody reads the text here.
    fn doubted(&mut self, policy: &str, text: String, reason: Doubt) {
        "review".clone_into(&mut self.status);
        self.review = Some(Review { policy: policy.to_owned(), reason, text });
    }

    /// By guardrails of these names; none: for the text with its disclosures is too long.
    fn refused(&mut self, by: &[String]) {
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
