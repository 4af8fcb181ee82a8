//! The guardrails that hold together, of a policy and its brand voice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::classifier::Embed;
use super::rule::{Guardrail, Row};
use super::terms::Read;
use super::{OnFail, Ruling, Severity, Subject, strictest};
use crate::generation::whole::followed_by;

/// A row of journey.brand_voices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Voice {
    pub voice: String,
    pub version: i32,
    /// Words that are not the brand's; with what it says instead, or null.
    pub words: BTreeMap<String, Option<String>>,
    pub max_exclamations: Option<usize>,
    pub max_grade: Option<f64>,
}

#[derive(Debug, Clone, Default)]
pub struct Set(Vec<Guardrail>);

impl Set {
    pub fn new(rows: Vec<Row>, voice: Option<Voice>) -> Self {
        Set(rows.into_iter().chain(voice.into_iter().flat_map(Voice::rows)).map(Guardrail::new).collect())
    }

    /// Which guardrails hold for a text, as `name version`.
    pub fn held(&self, subject: &Subject) -> Vec<String> {
        self.of(subject).map(|g| format!("{} {}", g.row.guardrail, g.row.version)).collect()
    }

    /// One ruling a guardrail. Without `embed` classifiers are not asked, and pass.
    pub fn judge(&self, text: &str, subject: &Subject, mut embed: Option<&mut Embed>) -> Vec<Ruling> {
        let folded = Read::new(text);
        let mut rulings = Vec::new();
        for guardrail in self.of(subject) {
            rulings.push(guardrail.judge(text, &folded, subject, embed.as_deref_mut()));
        }
        rulings
    }

    /// The text with what can be mended mended, disclosures apart: [`Set::disclose`] comes last.
    pub fn mend(&self, text: &str, subject: &Subject) -> String {
        let mend = |text: String, guardrail: &Guardrail| guardrail.mend(&text, subject).unwrap_or(text);
        self.of(subject).fold(text.to_owned(), mend)
    }

    /// The text with the disclosures that it lacks and that may be added.
    pub fn disclose(&self, text: &str, subject: &Subject) -> String {
        followed_by(text, &self.missing(text, subject))
    }

    /// The disclosures that a text lacks and that may be added.
    pub fn missing(&self, text: &str, subject: &Subject) -> Vec<&str> {
        let folded = Read::new(text);
        let may_be_added = |g: &&Guardrail| g.row.on_fail == OnFail::Fix && g.holds(subject);
        self.0.iter().filter(may_be_added).filter_map(|g| g.missing_disclosure(&folded)).collect()
    }

    /// Those that a part of a text can break: no part has the length or the disclosures of the whole.
    pub fn of_parts(&self) -> Self {
        Set(self.0.iter().filter(|g| g.is_of_words()).cloned().collect())
    }

    /// The text without the disclosures it holds word for word: they are the shop's own words.
    pub fn undisclosed(&self, text: &str, subject: &Subject) -> String {
        let sentences = self.of(subject).filter_map(Guardrail::disclosure);
        sentences.fold(text.to_owned(), |text, sentence| text.replace(sentence, "")).trim().to_owned()
    }

    /// Characters that disclosures may add to a text.
    pub fn reserve(&self, subject: &Subject) -> usize {
        self.disclose("", subject).chars().count()
    }

    fn of<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = &'a Guardrail> {
        self.0.iter().filter(move |g| g.holds(subject))
    }

    /// A text as these guardrails let it be served, and what they say of it. Classifiers are asked when all else passes.
    pub fn settle(&self, text: &str, subject: &Subject, embed: &mut Embed) -> (String, Vec<Ruling>) {
        let text = self.disclose(text, subject);
        let mut rulings = self.judge(&text, subject, None);
        if strictest(&rulings).is_none() {
            for (guardrail, ruling) in self.of(subject).zip(&mut rulings).filter(|(g, _)| g.is_classifier()) {
                *ruling = guardrail.judge(&text, &Read::new(&text), subject, Some(&mut *embed));
            }
        }
        (text, rulings)
    }
}

impl Voice {
    /// A voice holds as guardrails of the type it needs.
    fn rows(self) -> Vec<Row> {
        let row = |kind: &str, on_fail, definition| Row {
            guardrail: format!("voice {}", self.voice),
            version: self.version,
            kind: kind.to_owned(),
            definition,
            on_fail,
            severity: Severity::Error,
            kinds: None,
            channels: None,
            categories: None,
            locales: None,
        };
        let mut rows = Vec::new();
        let (replaced, avoided): (Vec<_>, Vec<_>) =
            self.words.iter().partition(|(_, instead)| instead.is_some());
        if !replaced.is_empty() {
            let terms: Vec<&String> = replaced.iter().map(|(word, _)| *word).collect();
            let replace: BTreeMap<_, _> = replaced.into_iter().collect();
            let definition = json!({"terms": terms, "replace": replace, "skip_names": true});
            rows.push(row("banned_terms", OnFail::Fix, definition));
        }
        if !avoided.is_empty() {
            let terms: Vec<&String> = avoided.into_iter().map(|(word, _)| word).collect();
            rows.push(row("banned_terms", OnFail::Reask, json!({"terms": terms, "skip_names": true})));
        }
        if let Some(most) = self.max_exclamations {
            rows.push(row("length", OnFail::Reask, json!({"max_exclamations": most})));
        }
        if let Some(grade) = self.max_grade {
            rows.push(row("reading_level", OnFail::Reask, json!({"max_grade": grade})));
        }
        rows
    }
}
