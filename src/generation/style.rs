//! The shop's own copy: what of it is taken, what examples it makes, and which of them a text's prompt shows.

use std::cell::RefCell;
use std::collections::HashMap;

use pg_journey_core::generation::facts::Gathered;
use pg_journey_core::generation::given::Tone;
use pg_journey_core::generation::guardrails::{OnFail, Ruling};
use pg_journey_core::generation::kind::Kind;
use pg_journey_core::generation::phrases;
use pg_journey_core::generation::prompt::Example;
use pg_journey_core::generation::style::{self, Copy};
use pg_journey_core::kernel::Result;
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Wanted;
use super::broken_row;
use super::guard::Guard;
use crate::error::OrRaise;
use crate::models::{self, Task};
use crate::query;

extension_sql_file!(
    "../../sql/functions/generation_style.sql",
    name = "generation_style",
    requires = ["generation_phrases", _journey_judge_copy, _journey_style]
);

/// A row of a shop's table as it is imported.
#[derive(Deserialize)]
struct Row {
    kind: String,
    locale: Option<String>,
    #[serde(flatten)]
    copy: Copy,
}

#[derive(Deserialize)]
struct KindOfCopy {
    kind: Kind,
    /// The answers of its prompt.
    known: Vec<String>,
}

/// What becomes of each text: taken, forbidden or invalid, in order.
#[pg_extern(stable, cost = 10000)]
fn _journey_judge_copy(rows: JsonB, policy: &str) -> JsonB {
    let rows: Vec<Row> = serde_json::from_value(rows.0).map_err(|e| broken_row("copy", &e)).or_raise();
    let guard = Guard::read(policy).or_raise();
    let mut kinds = HashMap::new();
    let judged = rows.iter().map(|row| {
        pgrx::check_for_interrupts!();
        let kind = kinds.entry(row.kind.clone()).or_insert_with(|| kind_of(&row.kind));
        judge(kind, row, &guard)
    });
    JsonB(json!(judged.collect::<Vec<_>>()))
}

/// Rows hold one line and are embedded; no model reads more of a text.
const MOST_CHARS: usize = 10_000;

fn judge(kind: &Result<Option<KindOfCopy>>, row: &Row, guard: &Guard) -> Value {
    let told = |status: &str, error: String| json!({"status": status, "error": error});
    let kind = match kind {
        Ok(Some(found)) => &found.kind,
        Ok(None) => return told("invalid", format!("there is no kind \"{}\"", row.kind)),
        Err(e) => return told("invalid", e.to_string()),
    };
    if !kind.parts.is_empty() {
        return told("invalid", format!("kind \"{}\" is made of others: give its parts", row.kind));
    }
    let chars = row.copy.text.chars().count();
    if row.copy.text.trim().is_empty() || chars > MOST_CHARS {
        return told("invalid", format!("the text has {chars} characters, not 1 to {MOST_CHARS}"));
    }
    let Some(text) = style::anonymous(&row.copy) else {
        return told("invalid", "each sentence names a customer".to_owned());
    };
    let copy = Copy { text, ..row.copy.clone() };
    let wordy = style::wordy(&copy);
    let subject = style::subject(&row.kind, None, row.locale.as_deref(), &style::masked(&copy), 0);
    let broken = broken(&guard.judge(&wordy, &subject));
    if broken.is_empty() {
        json!({"status": "taken", "text": copy.text})
    } else {
        told("forbidden", format!("the text breaks the guardrails: {}", broken.join(", ")))
    }
}

/// Names of the guardrails that forbid a text. One whose sentence is only missing forbids nothing.
fn broken(rulings: &[Ruling]) -> Vec<String> {
    let forbids = |r: &&Ruling| r.blocks() && !(r.on_fail == OnFail::Fix && r.found.is_none());
    rulings.iter().filter(forbids).map(|r| r.guardrail.clone()).collect()
}

fn kind_of(name: &str) -> Result<Option<KindOfCopy>> {
    let found: Option<JsonB> =
        query::one(include_str!("../../sql/queries/generation_kind_of_copy.sql"), &[name.into()]);
    let read = |JsonB(row)| serde_json::from_value(row);
    found.map(read).transpose().map_err(|e| broken_row(&format!("kind \"{name}\""), &e))
}

/// What the texts of a kind teach: an example each, where they make one, and phrases.
#[pg_extern(stable, cost = 10000)]
fn _journey_style(kind: &str, rows: JsonB) -> JsonB {
    let copies: Vec<Copy> = serde_json::from_value(rows.0).map_err(|e| broken_row("copy", &e)).or_raise();
    let Some(of) = kind_of(kind).or_raise() else {
        return JsonB(json!({"patterns": [], "phrases": []}));
    };
    let patterns = style::patterns(&of.kind, &copies, &of.known);
    let phrases = phrases::bank(&copies, &style::plain_drafts(&of.kind));
    JsonB(json!({"patterns": patterns, "phrases": phrases}))
}

/// The examples that prompts of one order show, by what the text is about.
pub struct Shelf {
    kind: String,
    locale: String,
    tone: Tone,
    count: i32,
    /// None: there is nothing on it.
    model: Option<String>,
    found: RefCell<HashMap<String, Vec<Example>>>,
}

impl Shelf {
    pub fn read(kind: &str, locale: Option<&str>, tone: Tone, count: i32) -> Self {
        let locale = locale.unwrap_or_default().replace('_', "-");
        let model = models::resolve("embedding", Task::Embedding).ok().map(|model| model.files.name);
        let model = model.filter(|model| {
            let arguments = [kind.into(), locale.as_str().into(), model.as_str().into()];
            count > 0
                && query::one(include_str!("../../sql/queries/generation_copy_is_known.sql"), &arguments)
                    == Some(true)
        });
        Shelf { kind: kind.to_owned(), locale, tone, count, model, found: RefCell::default() }
    }

    /// Looks once for all texts of a call, which are embedded together.
    pub fn prepare<'a>(
        &self,
        kind: &Kind,
        guard: &Guard,
        wanted: &Wanted,
        about: impl Iterator<Item = &'a Gathered>,
    ) -> Result<()> {
        let Some(model) = &self.model else { return Ok(()) };
        let mut queries: Vec<String> = about.map(query_of).collect();
        queries.sort();
        queries.dedup();
        queries.retain(|query| !self.found.borrow().contains_key(query));
        let vectors = models::embed_by("embedding", queries.clone())?;
        for (query, vector) in queries.into_iter().zip(vectors) {
            let examples = self.nearest(kind, guard, wanted, model, vector);
            self.found.borrow_mut().insert(query, examples);
        }
        Ok(())
    }

    pub fn examples(&self, about: &Gathered) -> Vec<Example> {
        self.found.borrow().get(&query_of(about)).cloned().unwrap_or_default()
    }

    /// The guardrails of this call judge them once more: they may have changed since.
    fn nearest(
        &self,
        kind: &Kind,
        guard: &Guard,
        wanted: &Wanted,
        model: &str,
        vector: Vec<f32>,
    ) -> Vec<Example> {
        let arguments = [
            self.kind.as_str().into(),
            self.locale.as_str().into(),
            vector.into(),
            model.into(),
            // Some may not suit the tone or the guardrails.
            (2 * self.count).into(),
        ];
        let nearest: Option<Vec<Option<String>>> =
            query::one(include_str!("../../sql/queries/generation_copy_nearest.sql"), &arguments);
        let patterns: Vec<String> = nearest.into_iter().flatten().flatten().collect();
        let count = usize::try_from(self.count).unwrap_or_default();
        let channel = wanted.options.channel.as_deref();
        let mut examples: Vec<Example> = Vec::new();
        // Over again, about other stand-ins, until there are enough: one of each is too faint to be imitated.
        for (n, pattern) in (0..TURNS).flat_map(|turn| patterns.iter().map(move |pattern| (turn, pattern))) {
            let n = n + examples.len();
            let subject = style::subject(&wanted.kind, channel, wanted.options.locale.as_deref(), pattern, n);
            let Some(example) = style::example(kind, pattern, self.tone, n) else { continue };
            let is_open = broken(&guard.judge(&example.answer, &subject)).is_empty();
            if is_open && examples.iter().all(|e| e.answer != example.answer) {
                examples.push(example);
            }
            if examples.len() >= count {
                break;
            }
        }
        examples
    }
}

/// How often a pattern is shown at most: there are so many stand-ins.
const TURNS: usize = 3;

/// What a text is about in the words that examples are embedded with: its category, where it has one. Not for whom, nor which
/// product of many: texts that show the same examples share the beginning of their prompt, which the engine reads once.
fn query_of(about: &Gathered) -> String {
    let product = about.product.as_ref();
    let category = about.given.category.as_deref().or_else(|| product?.category.as_deref());
    category.or_else(|| Some(product?.name.as_str())).unwrap_or_default().to_owned()
}
