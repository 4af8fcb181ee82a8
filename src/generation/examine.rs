//! Examining texts of any author: one for a customer, and one that a reviewer is about to let through.

use pg_journey_core::generation::check::{self, Case, Verdict};
use pg_journey_core::generation::facts::Facts;
use pg_journey_core::generation::guardrails::{OnFail, Subject, check_definition, strictest};
use pg_journey_core::generation::theme::{self, Theme};
use pg_journey_core::generation::whole;
use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::guard::Guard;
use super::order::{self, Order, Piece};
use super::{gather, judge, wanted};
use crate::error::OrRaise;
use crate::query;

/// The rules of grounding that hold for what a person writes, too; the others ask how a model should write.
const OF_EDITS: &[&str] = &["length", "placeholder", "markup", "numbers", "currency", "relations"];

/// The verdict of each rule and guardrail on any text; `policy` is a kind or a policy.
#[pg_extern(stable, cost = 10000)]
fn _journey_check(
    text: &str,
    policy: Option<&str>,
    context: Option<JsonB>,
) -> TableIterator<
    'static,
    (name!(rule, String), name!(passed, bool), name!(severity, String), name!(detail, Option<String>)),
> {
    let context = context.map_or(Value::Null, |JsonB(context)| context);
    let verdicts = examine(text, policy, &context).or_raise();
    TableIterator::new(verdicts.into_iter().map(|v| (v.rule, v.passed, v.severity, v.detail)))
}

/// No kind allows more: 10,000 characters of four bytes.
const MOST_BYTES: usize = 40_000;

fn check_size(text: &str) -> Result<()> {
    if text.len() <= MOST_BYTES {
        return Ok(());
    }
    Err(Error::new(Code::ProgramLimitExceeded, format!("text of {} bytes", text.len()))
        .hint(format!("Texts of up to {MOST_BYTES} bytes are checked.")))
}

fn examine(text: &str, policy: Option<&str>, context: &Value) -> Result<Vec<Verdict>> {
    check_size(text)?;
    let of = |key: &str| match &context[key] {
        Value::Null => None,
        Value::String(value) => Some(value.clone()),
        other => Some(other.to_string()),
    };
    let names_policy = policy.is_some_and(|name| {
        query::one(include_str!("../../sql/queries/generation_is_policy.sql"), &[name.into()]) == Some(true)
    });
    let kind = if names_policy {
        Some(of("kind").unwrap_or_else(|| "message".into()))
    } else {
        policy.map(str::to_owned)
    };
    let mut options = Map::new();
    let policy = if names_policy { policy.map(str::to_owned) } else { of("policy") };
    for (key, value) in [("policy", policy), ("channel", of("channel")), ("locale", of("locale"))] {
        options.extend(value.map(|value| (key.to_owned(), json!(value))));
    }
    for key in ["facts", "tone"] {
        options.extend(context.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    // Nothing is written: no model need be there.
    options.insert("tier".to_owned(), json!("template"));
    let options = Some(JsonB(Value::Object(options)));
    let wanted = wanted(kind.as_deref(), of("product").as_deref(), None, Some(1), None, options)?;
    let order = Order::read(&wanted)?;
    let (_, gathered) = gather::Gatherer::new(&wanted).gather(of("customer").as_deref())?;
    let facts = Facts::new(&gathered);
    let subject = order::subject(&wanted, &gathered, &facts);
    // Of one's own, it may say what no template of the kind says.
    let case = order.case_of(&facts, theme::of(gathered.customer.as_ref()).0);
    let rulings = order.guard.judge(text, &subject);
    let is_editor = is_editor();
    let may_quote = is_editor || rulings.iter().all(|r| r.passed);
    let mut verdicts = check::judge(text, &case);
    verdicts.iter_mut().filter(|_| !may_quote).for_each(|v| v.detail = None);
    verdicts.extend(rulings.iter().map(|r| r.verdict(is_editor)));
    Ok(verdicts)
}

/// A prompt holds its draft: one that a guardrail stops is for editors only.
pub fn check_readable(order: &Order, pieces: &[Piece]) -> Result<()> {
    // As they stand in the prompts, not as a guardrail would mend them.
    let drafts: Vec<&str> = pieces.iter().map(|piece| piece.draft.as_str()).collect();
    let judge = |subject| order.guard.settle(&drafts.join("\n"), subject).1;
    let rulings = pieces.first().map(|piece| judge(&piece.subject)).unwrap_or_default();
    let is_sound = strictest(&rulings).is_none() && !order.guard.caution(&order.kind.kind).is_sensitive;
    if is_sound || is_editor() {
        return Ok(());
    }
    Err(Error::new(
        Code::InsufficientPrivilege,
        "permission denied to read a prompt whose draft breaks a guardrail or is for review",
    )
    .hint("Members of journey_editor may."))
}

fn is_editor() -> bool {
    query::one(include_str!("../../sql/queries/generation_is_editor.sql"), &[]) == Some(true)
}

/// The rulings of a policy's guardrails alone; `subject` is what the text is about, as journey.generations keeps it.
#[pg_extern(stable, cost = 1000)]
fn _journey_judge(text: &str, policy: &str, subject: JsonB) -> JsonB {
    let subject: Subject = serde_json::from_value(subject.0)
        .map_err(|e| {
            Error::invalid(format!("the subject is not understood: {e}"))
                .hint("Such as {\"kind\": \"message\"}.")
        })
        .or_raise();
    check_size(text).or_raise();
    let is_editor = is_editor();
    let rulings = Guard::read(policy).or_raise().judge(text, &subject);
    let verdicts: Vec<Verdict> = rulings.iter().map(|r| r.verdict(is_editor)).collect();
    JsonB(serde_json::to_value(verdicts).unwrap_or_default())
}

#[derive(Deserialize)]
struct Kept {
    kind: String,
    facts: Facts,
    policy: String,
    subject: Subject,
    outline: Option<Value>,
    /// The rules that the review was asked for.
    doubted: Vec<String>,
}

/// What keeps a text from being served in the place of a generation: the guardrails of its policy as they are now, but for
/// those that ask for the very review it is in, and the facts it was given.
#[pg_extern(stable, cost = 10000)]
fn _journey_check_again(profile_id: i64, generation_id: pgrx::Uuid, text: &str) -> JsonB {
    let verdicts = again(profile_id, generation_id, text).or_raise();
    JsonB(serde_json::to_value(verdicts).unwrap_or_default())
}

fn again(profile_id: i64, generation_id: pgrx::Uuid, text: &str) -> Result<Vec<Verdict>> {
    check_size(text)?;
    let arguments = [profile_id.into(), generation_id.into()];
    let kept = query::one::<JsonB>(include_str!("../../sql/queries/generation_kept.sql"), &arguments);
    let JsonB(kept) = kept.ok_or_else(|| {
        Error::new(Code::UndefinedObject, format!("there is no generation \"{generation_id}\""))
    })?;
    let kept: Kept = serde_json::from_value(kept).map_err(|e| super::broken_row("a generation", &e))?;
    let options = Some(JsonB(json!({"policy": kept.policy, "tier": "template"})));
    let order = Order::read(&wanted(Some(&kept.kind), None, None, Some(1), None, options)?)?;
    let case = Case { examples: &[], ..order.case_of(&kept.facts, Theme::Everyday) };
    let bare = order.guard.set().undisclosed(text, &kept.subject);
    let mut verdicts = check::violations(&bare, &case);
    verdicts.retain(|v| OF_EDITS.contains(&v.rule.as_str()));
    verdicts.extend(judge::too_long(&order, text));
    verdicts.extend(other_lines(kept.outline.as_ref(), text));
    let is_editor = is_editor();
    for ruling in order.guard.judge(text, &kept.subject).iter().filter(|r| r.blocks()) {
        let verdict = ruling.verdict(is_editor);
        let is_asked = ruling.on_fail == OnFail::Review && kept.doubted.contains(&verdict.rule);
        verdicts.extend((!is_asked).then_some(verdict));
    }
    Ok(verdicts)
}

/// A text of several parts keeps its lines: each is one of them.
fn other_lines(outline: Option<&Value>, text: &str) -> Option<Verdict> {
    let outline = outline.filter(|outline| whole::content(outline, text).is_none())?;
    let (lines, wanted) = (text.split('\n').count(), whole::lines_of(outline));
    Some(Verdict {
        rule: "parts".to_owned(),
        passed: false,
        severity: "error".to_owned(),
        detail: Some(format!("{lines} lines, some may be empty, of a text of {wanted} parts, one a line")),
    })
}

/// A text by its parts, as the outline says that journey.generations keeps of it.
#[pg_extern(immutable)]
fn _journey_content(kind: &str, outline: Option<JsonB>, text: &str) -> Option<JsonB> {
    let outline = outline.map_or_else(|| whole::outline_of(kind), |JsonB(outline)| outline);
    whole::content(&outline, text).map(JsonB)
}

/// Raises an error where a guardrail of this type cannot be defined so.
#[pg_extern(immutable)]
fn _journey_check_guardrail(kind: &str, definition: JsonB) -> bool {
    check_definition(kind, &definition.0).or_raise();
    true
}
