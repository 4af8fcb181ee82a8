//! What is to be written: the kind with its prompt and model, and one piece a text.

use pg_journey_core::generation::check::Case;
use pg_journey_core::generation::draft::{self, Key};
use pg_journey_core::generation::facts::{Facts, Gathered};
use pg_journey_core::generation::guardrails::Subject;
use pg_journey_core::generation::kind::Kind;
use pg_journey_core::generation::prompt::{self, Built, Prompt};
use pg_journey_core::generation::steer::Steering;
use pg_journey_core::generation::theme::{self, Theme};
use pg_journey_core::generation::{draft as drafts, fence};
use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::datum::JsonB;
use serde::Deserialize;
use serde_json::Value;

use super::Wanted;
use super::guard::{self, Guard};
use crate::models::{self, Model, Task};
use crate::query;

/// `options` of journey_compose; those given override the kind's own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// The name of a text model.
    pub model: Option<String>,
    pub tier: Option<Tier>,
    pub candidates: Option<u16>,
    /// How many candidates are drawn before the rest, which are drawn only if none of these passes.
    pub first_draw: Option<u16>,
    pub temperature: Option<f32>,
    pub top_p: Option<f32>,
    pub max_tokens: Option<u16>,
    /// The time that counts as now.
    pub at: Option<String>,
    /// Which guardrails hold, and what is reviewed; a row of journey.guardrail_policies.
    pub policy: Option<String>,
    /// Where the text will be read: guardrails may ask.
    pub channel: Option<String>,
    pub locale: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    Default,
    /// The smaller model: sooner and plainer.
    Fast,
    /// No model: the draft itself.
    Template,
}

impl Options {
    pub fn read(value: Value) -> Result<Self> {
        let options: Options = match value {
            Value::Null => Options::default(),
            // serde would take an array for an object without names
            value if !value.is_object() => {
                return Err(Error::invalid(format!("options {value} is no object")).hint("Such as {\"tier\": \"fast\"}."));
            }
            value => serde_json::from_value(value).map_err(|e| {
                Error::invalid(format!("options: {e}"))
                    .hint("options is an object with the keys model, tier, candidates, first_draw, temperature, top_p, max_tokens, at, policy, channel, locale.")
            })?,
        };
        let in_range = |name: &str, value: Option<f32>, low: f32, high: f32| match value {
            Some(v) if !(low..=high).contains(&v) => {
                Err(Error::invalid(format!("options: {name} is {v}")).hint(format!("Give {low} to {high}.")))
            }
            _ => Ok(()),
        };
        in_range("candidates", options.candidates.map(f32::from), 1.0, 32.0)?;
        in_range("first_draw", options.first_draw.map(f32::from), 1.0, 32.0)?;
        in_range("temperature", options.temperature, 0.0, 2.0)?;
        in_range("top_p", options.top_p, 0.01, 1.0)?;
        in_range("max_tokens", options.max_tokens.map(f32::from), 1.0, 4096.0)?;
        Ok(options)
    }
}

/// A kind made ready to be written.
pub struct Order {
    pub kind: Kind,
    pub prompt: Prompt,
    /// None: the drafts are served as they are.
    pub model: Option<Model>,
    examples: Vec<String>,
    pub guard: Guard,
}

/// One text to be written.
pub struct Piece {
    pub profile_id: i64,
    pub product_id: Option<String>,
    pub facts: Facts,
    pub theme: Theme,
    pub subject: Subject,
    pub is_known: bool,
    pub draft: String,
    pub prompt: Built,
    pub steering: Steering,
    pub seed: i64,
}

#[derive(Deserialize)]
struct Row {
    model: Option<String>,
    kind: Kind,
    prompt: Option<Prompt>,
}

impl Order {
    pub fn read(wanted: &Wanted) -> Result<Self> {
        let row: Option<JsonB> =
            query::one(include_str!("../../sql/queries/generation_kind.sql"), &[wanted.kind.as_str().into()]);
        let JsonB(row) = row.ok_or_else(|| unknown_kind(&wanted.kind))?;
        let row: Row = serde_json::from_value(row)
            .map_err(|e| super::broken_row(&format!("kind \"{}\"", wanted.kind), &e))?;
        let prompt = row.prompt.ok_or_else(|| {
            Error::new(
                Code::ObjectNotInPrerequisiteState,
                format!("kind \"{}\" has no approved prompt", wanted.kind),
            )
            .hint("Approve a version of it in journey.prompts.")
        })?;
        let options = &wanted.options;
        let named = match (&options.model, options.tier, &row.model) {
            (_, Some(Tier::Template), _) => None,
            (Some(name), _, _) => Some(name.as_str()),
            (None, Some(Tier::Fast), _) => Some("fast_text"),
            (None, _, own) => Some(own.as_deref().unwrap_or("text")),
        };
        let kind = Kind {
            candidates: options.candidates.unwrap_or(row.kind.candidates),
            temperature: options.temperature.unwrap_or(row.kind.temperature),
            top_p: options.top_p.unwrap_or(row.kind.top_p),
            max_tokens: options.max_tokens.unwrap_or(row.kind.max_tokens),
            ..row.kind
        };
        let model = named.map(|name| text_model(name, &kind)).transpose()?;
        let examples = prompt.examples.iter().map(|e| e.answer.clone()).collect();
        let guard = Guard::read(options.policy.as_deref().unwrap_or(guard::DEFAULT))?;
        Ok(Order { kind, prompt, model, examples, guard })
    }

    pub fn plan(&self, wanted: &Wanted, found: (i64, Gathered), variant: i32) -> Result<Piece> {
        let (profile_id, gathered) = found;
        let facts = Facts::new(&gathered);
        let theme = theme::of(gathered.customer.as_ref());
        let profile = profile_id.to_string();
        let product_id = gathered.product.as_ref().map(|p| p.product_id.clone());
        let key =
            Key { seed: 0, profile_id: &profile, product_id: product_id.as_deref().unwrap_or_default() };
        let given = wanted.seed.map_or_else(|| drafts::seed(&key, &self.kind.kind), i64::cast_unsigned);
        // Variants differ in all that chance decides, the draft included.
        let seed =
            given.wrapping_add(variant.unsigned_abs().into()).wrapping_sub(1) & i64::MAX.cast_unsigned();
        let options = &wanted.options;
        let (channel, locale) = (options.channel.as_deref(), options.locale.as_deref());
        let subject = Subject::new(&self.kind.kind, channel, locale, &gathered, &facts);
        let kind = self.with_room(self.guard.set().reserve(&subject))?;
        let draft = draft::write(&kind, &facts, theme, Key { seed, ..key })?;
        Ok(Piece {
            profile_id,
            prompt: prompt::build(&self.prompt, &self.kind, &draft)?,
            steering: fence::steering(&kind, &facts, theme, &draft),
            is_known: gathered.customer.is_some(),
            product_id,
            subject,
            facts,
            theme,
            draft,
            seed: seed.cast_signed(),
        })
    }

    /// The kind with room for disclosures behind its text.
    fn with_room(&self, reserve: usize) -> Result<Kind> {
        let most = usize::from(self.kind.max_chars).saturating_sub(reserve);
        if most < usize::from(self.kind.min_chars) {
            let message = format!("a text of kind \"{}\" has no room for its disclosures", self.kind.kind);
            return Err(Error::new(Code::ObjectNotInPrerequisiteState, message)
                .hint("Shorten them in journey.guardrails, or raise max_chars in journey.kinds."));
        }
        Ok(Kind { max_chars: u16::try_from(most).unwrap_or(u16::MAX), ..self.kind.clone() })
    }

    pub fn case<'a>(&'a self, piece: &'a Piece) -> Case<'a> {
        Case {
            kind: &self.kind,
            facts: &piece.facts,
            theme: piece.theme,
            draft: &piece.draft,
            examples: &self.examples,
        }
    }
}

fn text_model(name: &str, kind: &Kind) -> Result<Model> {
    let model = models::resolve(name, Task::Text)?;
    let name = &model.files.name;
    if model.prompt_format.as_deref() != Some("chatml") {
        let format = model.prompt_format.as_deref().unwrap_or("none");
        return Err(Error::new(
            Code::FeatureNotSupported,
            format!("model \"{name}\" has the prompt format \"{format}\""),
        )
        .hint("Texts are written by models whose manifest says \"prompt_format\": \"chatml\"."));
    }
    if model.context_length.is_some_and(|context| usize::from(kind.max_tokens) >= context) {
        return Err(Error::invalid(format!("max_tokens is {}", kind.max_tokens))
            .hint(format!("The context of model \"{name}\" is shorter.")));
    }
    Ok(model)
}

fn unknown_kind(kind: &str) -> Error {
    let known: Option<String> = query::one(include_str!("../../sql/queries/generation_kinds.sql"), &[]);
    Error::invalid(format!("there is no kind \"{kind}\""))
        .hint(format!("There are: {}.", known.unwrap_or_else(|| "none, run journey_setup()".into())))
}
