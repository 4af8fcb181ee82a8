//! Guardrails: what a shop lets no text say, or wants each text to say; rows of journey.guardrails, read by [`rule`].
//!
//! In: a text, and the [`Subject`] it is about. Out: a [`Ruling`] a guardrail. Texts are matched as a reader sees them
//! ([`fold`]), so that no spelling gets by. What cannot be judged, for its rule is broken or its model missing, is not passed.
//! Reasons never quote the text: they go to callers who may not read what was found; `found` is for editors.

mod amounts;
mod classifier;
mod fold;
mod form;
mod personal;
mod rule;
mod set;
mod terms;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use classifier::Embed;
pub use form::sentences;
pub use rule::{Row, check_definition};
pub use set::{Set, Voice};

use super::check::Verdict;
use super::facts::{Facts, Gathered};

/// What becomes of a text that breaks a guardrail, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFail {
    /// It is mended: words replaced, disclosures added.
    Fix,
    /// The sentences that break the rule are left out.
    Filter,
    /// Another candidate is drawn.
    Reask,
    /// No other is drawn, the approved draft is served.
    Fallback,
    /// A person decides.
    Review,
    /// Nothing is served.
    Refuse,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    #[default]
    Error,
    /// Told, but served all the same.
    Warning,
}

/// What a text is about, as far as guardrails ask.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subject {
    pub kind: String,
    /// A rule for some channels or locales holds where nobody says which it is.
    pub channel: Option<String>,
    pub locale: Option<String>,
    pub has_product: bool,
    pub category: Option<String>,
    /// Of an alternative, of the products of a bundle, of a page; none: of a product without one.
    pub other_categories: Vec<Option<String>>,
    /// Names that the facts hold: of the customer, the product, the brand, an event, and what a product is said to have.
    pub names: Vec<String>,
    pub amounts: Vec<Decimal>,
    pub percentages: Vec<Decimal>,
    pub stock_is_known: bool,
}

impl Subject {
    pub fn new(
        kind: &str,
        channel: Option<&str>,
        locale: Option<&str>,
        gathered: &Gathered,
        facts: &Facts,
    ) -> Self {
        let product = gathered.product.as_ref();
        let category = product.and_then(|p| p.category.clone());
        let other_categories = gathered.given.categories();
        let categories = category.clone().into_iter().chain(other_categories.iter().flatten().cloned());
        Subject {
            kind: kind.to_owned(),
            channel: channel.map(str::to_owned),
            locale: locale.map(str::to_owned),
            has_product: product.is_some(),
            names: facts.named().map(str::to_owned).chain(categories).collect(),
            category,
            other_categories,
            amounts: facts.amounts().map(|(amount, _)| amount).collect(),
            percentages: facts.percent().into_iter().collect(),
            stock_is_known: facts.stock().is_some(),
        }
    }
}

/// The verdict of one guardrail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    pub guardrail: String,
    pub version: i32,
    pub severity: Severity,
    pub on_fail: OnFail,
    pub passed: bool,
    /// Never in the text's words.
    pub reason: Option<String>,
    /// What was found, in the text's words.
    pub found: Option<String>,
}

impl Ruling {
    pub fn blocks(&self) -> bool {
        !self.passed && self.severity == Severity::Error
    }

    /// As journey_check shows it; only an editor reads what was found.
    pub fn verdict(&self, is_editor: bool) -> Verdict {
        let found =
            self.found.as_ref().filter(|_| is_editor).map(|found| format!(": {found}")).unwrap_or_default();
        let severity = if self.severity == Severity::Error { "error" } else { "warning" };
        Verdict {
            rule: format!("guardrail:{}", self.guardrail),
            passed: self.passed,
            severity: severity.to_owned(),
            detail: self.reason.as_ref().map(|reason| format!("{reason}{found}")),
        }
    }
}

/// What the strictest of the broken guardrails asks for; nothing where the text may be served.
pub fn strictest(rulings: &[Ruling]) -> Option<OnFail> {
    rulings.iter().filter(|r| r.blocks()).map(|r| r.on_fail).max()
}

#[cfg(test)]
mod tests;
