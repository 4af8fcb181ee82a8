//! Kinds that are made of others: each part is planned, drawn and judged as a kind of its own, all from the same facts,
//! seed and theme. Put together they are one text, which guardrails, disclosures and reviewers see as one.

use pg_journey_core::generation::choose::Judged;
use pg_journey_core::generation::facts::{Facts, Gathered};
use pg_journey_core::generation::guardrails::Subject;
use pg_journey_core::generation::kind::Part;
use pg_journey_core::generation::serve::{self, Author, Outcome};
use pg_journey_core::generation::whole::{Line, Whole};
use pg_journey_core::kernel::{Code, Error, Result};
use serde_json::{Value, json};

use super::draw::{self, Finished};
use super::order::Order;
use super::store::{Settling, Written};
use super::{Wanted, judge};

/// A text to be written: for whom, which variant, and what is known.
pub type Found = (Option<String>, i32, Result<(i64, Gathered)>);

/// A part, or several put together.
struct Assembled {
    /// What the texts' rows tell, without what becomes of the text.
    row: Written,
    whole: Whole,
    facts: Facts,
    subject: Subject,
    is_known: bool,
    /// A model is asked for some of it.
    is_rewritten: bool,
    /// It has written some of it.
    has_model: bool,
    /// Something that it was asked for is the draft.
    has_template: bool,
    /// Whether its drafts are still texts of their kinds.
    fits: bool,
    /// The guardrails because of which a part is not served, nor the rest.
    refused: Option<Vec<String>>,
}

pub fn write_all(order: &Order, wanted: &Wanted, found: &[Found]) -> Result<Vec<Written>> {
    if order.parts.is_empty() {
        let finished = draw::write_all(order, wanted, found)?;
        return Ok(finished.into_iter().map(|f| f.settled(order)).collect());
    }
    let assembled = assemble_all(order, wanted, found)?.into_iter().zip(found);
    let settled = |(assembled, (_, variant, _)): (Result<Assembled>, &Found)| match assembled {
        Ok(assembled) => assembled.settled(order),
        Err(failure) => Written::failed(wanted, *variant, failure),
    };
    Ok(assembled.map(settled).collect())
}

fn assemble_all(order: &Order, wanted: &Wanted, found: &[Found]) -> Result<Vec<Result<Assembled>>> {
    if order.parts.is_empty() {
        let finished = draw::write_all(order, wanted, found)?;
        return Ok(finished.into_iter().map(|f| Assembled::of_one(order, f)).collect());
    }
    let mut columns = Vec::with_capacity(order.parts.len());
    for (part, its_order) in &order.parts {
        columns.push((part, assemble_all(its_order, wanted, found)?.into_iter()));
    }
    let rows = found.iter().map(|(_, variant, _)| {
        let cells = columns.iter_mut().filter_map(|(part, column)| Some((*part, column.next()?)));
        let parts = cells.filter(|(part, cell)| !is_left_out(part, cell));
        let parts: Vec<(String, Assembled)> =
            parts.map(|(part, cell)| Ok((part.name.clone(), cell?))).collect::<Result<_>>()?;
        Assembled::join(order, wanted, *variant, parts)
    });
    Ok(rows.collect())
}

/// A part that needs what is not known; any other failure is the whole text's.
pub fn is_left_out<T>(part: &Part, written: &Result<T>) -> bool {
    let lacks_facts = |e: &Error| e.code == Code::ObjectNotInPrerequisiteState;
    part.optional && written.as_ref().is_err_and(lacks_facts)
}

impl Assembled {
    fn of_one(order: &Order, finished: Finished) -> Result<Self> {
        let Finished { row, done } = finished;
        let done = match (done, &row.failure) {
            (Some(done), _) => done,
            (None, failure) => return Err(failure.clone().unwrap_or_else(crate::engine::wrong_answer)),
        };
        // A text that a person is to see is seen with the others: the whole breaks what its part breaks.
        let (author, text, refused) = match done.outcome {
            Outcome::Served(author, text) | Outcome::Review(author, text, _) => (author, text, None),
            Outcome::Refused(by) => (Author::Draft, String::new(), Some(by)),
        };
        let line = Line { text, draft: done.draft.text, is_prose: order.kind.full_sentences };
        Ok(Assembled {
            row,
            whole: Whole::of_one(&order.kind.kind, line),
            facts: done.facts,
            subject: done.subject,
            is_known: done.is_known,
            is_rewritten: order.kind.rewrite,
            has_model: author == Author::Model,
            has_template: order.kind.rewrite && author == Author::Draft,
            fits: done.draft.fits,
            refused,
        })
    }

    fn join(order: &Order, wanted: &Wanted, variant: i32, parts: Vec<(String, Assembled)>) -> Result<Self> {
        let Some((_, first)) = parts.first() else {
            return Err(Error::new(
                Code::ObjectNotInPrerequisiteState,
                format!("no part of kind \"{}\" fits what is known", order.kind.kind),
            )
            .hint(
                "Give more in options.facts, or name a product; docs/texts.md lists what each kind needs.",
            ));
        };
        let (facts, subject, is_known) = (first.facts.clone(), first.subject.clone(), first.is_known);
        let any = |of: fn(&Assembled) -> bool| parts.iter().any(|(_, part)| of(part));
        let mut refused: Vec<String> =
            parts.iter().filter_map(|(_, part)| part.refused.clone()).flatten().collect();
        refused.sort();
        refused.dedup();
        let (is_refused, fits) = (any(|p| p.refused.is_some()), !any(|p| !p.fits));
        let (is_rewritten, has_model) = (any(|p| p.is_rewritten), any(|p| p.has_model));
        let has_template = any(|p| p.has_template);
        let row = together(wanted, variant, &parts);
        let whole = parts.into_iter().map(|(name, part)| (name, part.whole)).collect();
        Ok(Assembled {
            row,
            whole: Whole::join(&order.kind, whole),
            facts,
            subject,
            is_known,
            is_rewritten,
            has_model,
            has_template,
            fits,
            refused: is_refused.then_some(refused),
        })
    }

    /// Judged once, as the text that it is.
    fn settled(self, order: &Order) -> Written {
        let Assembled { mut row, whole, facts, subject, .. } = self;
        let (judged, mut draft) = judge::whole(order, &subject, &facts, &whole);
        draft.fits &= self.fits;
        row.draft = Some(whole.draft());
        row.guardrails = draw::guardrails(order, &subject, &whole.outline);
        let candidates: Vec<Judged> = self.has_model.then_some(judged).into_iter().collect();
        let outcome = self.refused.map(Outcome::Refused).unwrap_or_else(|| {
            serve::decide(&candidates, &draft, row.confidence, &order.guard.caution(&order.kind.kind))
        });
        let settling = Settling {
            policy: &order.guard.policy.policy,
            is_known: self.is_known,
            is_rewritten: self.is_rewritten,
            has_template: self.has_template,
            outline: &whole.outline,
        };
        row.tell(candidates.iter().flat_map(Judged::told));
        row.settle(outcome, &draft, &settling);
        row
    }
}

/// What the rows of the parts tell, as one row.
fn together(wanted: &Wanted, variant: i32, parts: &[(String, Assembled)]) -> Written {
    let rows = || parts.iter().map(|(_, part)| &part.row);
    let prompts: Vec<&str> = rows().filter_map(|row| row.prompt.as_deref()).collect();
    let asked = rows().find(|row| row.model.is_some());
    let first = rows().next();
    Written {
        profile_id: first.map_or(0, |row| row.profile_id),
        product_id: first.and_then(|row| row.product_id.clone()),
        theme: first.and_then(|row| row.theme.clone()),
        facts: first.map(|row| row.facts.clone()).unwrap_or_default(),
        seed: first.map_or(0, |row| row.seed),
        prompt: (!prompts.is_empty()).then(|| prompts.join("\n\n")),
        prompt_version: asked.and_then(|row| row.prompt_version),
        model: asked.and_then(|row| row.model.clone()),
        model_version: asked.and_then(|row| row.model_version),
        weights: asked.and_then(|row| row.weights.clone()),
        confidence: rows().filter_map(|row| row.confidence).reduce(f32::min),
        candidates: of_parts(parts, |row| &row.candidates),
        violations: of_parts(parts, |row| &row.violations),
        tokens_in: rows().map(|row| row.tokens_in).sum(),
        tokens_out: rows().map(|row| row.tokens_out).sum(),
        ms: rows().map(|row| row.ms).sum(),
        ..Written::empty(wanted, variant)
    }
}

/// The entries of all parts, each with the name of its part.
fn of_parts(parts: &[(String, Assembled)], list: fn(&Written) -> &Value) -> Value {
    let entries = parts.iter().flat_map(|(name, part)| {
        list(&part.row).as_array().into_iter().flatten().map(move |entry| {
            let mut entry = entry.clone();
            if let Value::Object(object) = &mut entry {
                object.insert("part".into(), json!(name));
            }
            entry
        })
    });
    Value::Array(entries.collect())
}
