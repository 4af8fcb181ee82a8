//! What is to be written: the kind with its prompt and model, and one piece a text.

use pg_journey_core::generation::check::Case;
use pg_journey_core::generation::draft::{self, Address, Key};
use pg_journey_core::generation::facts::{Facts, Gathered};
use pg_journey_core::generation::given::{Locale, Tone};
use pg_journey_core::generation::guardrails::Subject;
use pg_journey_core::generation::kind::{Kind, Part};
use pg_journey_core::generation::phrases::{self as taste, Phrase};
use pg_journey_core::generation::prompt::{self, Built, Prompt};
use pg_journey_core::generation::steer::Steering;
use pg_journey_core::generation::theme::{self, Theme};
use pg_journey_core::generation::{draft as drafts, fence, values};
use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::datum::JsonB;
use serde::Deserialize;
use serde_json::Value;

use super::guard::{self, Guard};
use super::style::Shelf;
use super::{Wanted, parts, phrases};
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
    /// What the caller knows beyond the tables, see [`pg_journey_core::generation::given::Given`].
    pub facts: Option<Value>,
    pub tone: Option<Tone>,
    /// Instead of what the rule finds in the profile.
    pub theme: Option<Theme>,
    /// False: the model writes even what it has written before.
    pub cache: Option<bool>,
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
                    .hint("options is an object with the keys model, tier, candidates, first_draw, temperature, top_p, max_tokens, at, facts, tone (warm, plain, elegant), theme, cache, policy, channel, locale.")
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

/// Guardrails hold for any language; texts are written in English, in which drafts, prompts and checks are.
pub fn check_language(options: &Options) -> Result<()> {
    match &options.locale {
        Some(name) if Locale::of_english(name).is_none() => {
            Err(Error::new(Code::FeatureNotSupported, format!("options: locale is \"{name}\"")).hint(
                "Texts are written in English: en-US, en-GB and the like. journey_check() judges texts of any locale.",
            ))
        }
        _ => Ok(()),
    }
}

/// How many drafts are looked at where reviewers have shown a taste.
const DRAFTS: u64 = 6;

/// A kind made ready to be written: with a prompt and a model, or with the parts it is made of.
pub struct Order {
    pub kind: Kind,
    pub prompt: Option<Prompt>,
    /// None: the drafts are served as they are.
    pub model: Option<Model>,
    pub parts: Vec<(Part, Order)>,
    tone: Tone,
    examples: Vec<String>,
    pub guard: Guard,
    /// The shop's own texts of this kind, for the prompts.
    shelf: Shelf,
    /// What reviewers do to phrases of such texts.
    pub phrases: Vec<Phrase>,
    /// Whether the model writes even what it has written before.
    pub fresh: bool,
    /// Whether a part before says the highlight.
    is_highlighted: bool,
}

/// One text to be written.
pub struct Piece {
    pub profile_id: i64,
    pub product_id: Option<String>,
    /// All that is known, of which the kind may use [`Piece::usable`].
    pub facts: Facts,
    usable: Facts,
    pub theme: Theme,
    pub subject: Subject,
    pub is_known: bool,
    pub draft: String,
    pub prompt: Option<Built>,
    pub steering: Steering,
    pub seed: i64,
}

#[derive(Deserialize)]
struct Row {
    model: Option<String>,
    kind: Kind,
    prompt: Option<Prompt>,
    own_examples: i32,
}

/// Kinds are made of kinds that are made of kinds; deeper is a circle.
const MAX_DEPTH: usize = 4;

impl Order {
    pub fn read(wanted: &Wanted) -> Result<Self> {
        let guard = Guard::read(wanted.options.policy.as_deref().unwrap_or(guard::DEFAULT))?;
        Order::of_kind(&wanted.kind, &wanted.options, guard, MAX_DEPTH)
    }

    fn of_kind(name: &str, options: &Options, guard: Guard, depth: usize) -> Result<Self> {
        let row = row(name)?;
        if depth == 0 {
            return Err(Error::new(Code::DataCorrupted, format!("kind \"{name}\" is a part of itself"))
                .hint("Mend parts in journey.kinds."));
        }
        let part = |part: &Part| {
            let mut order = Order::of_kind(&part.kind, options, guard.of_parts(), depth - 1)?;
            if part.after_highlight {
                order.follow_highlight();
            }
            Ok((part.clone(), order))
        };
        let parts: Vec<(Part, Order)> = row.kind.parts.iter().map(part).collect::<Result<_>>()?;
        let is_written = parts.is_empty() && row.kind.rewrite;
        let prompt = row.prompt.filter(|_| is_written);
        if is_written && prompt.is_none() {
            return Err(Error::new(
                Code::ObjectNotInPrerequisiteState,
                format!("kind \"{name}\" has no approved prompt"),
            )
            .hint("Approve a version of it in journey.prompts."));
        }
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
        let model = named.filter(|_| is_written).map(|name| text_model(name, &kind)).transpose()?;
        let examples = prompt.iter().flat_map(|p| &p.examples).map(|e| e.answer.clone()).collect();
        let tone = options.tone.unwrap_or_default();
        let fresh = options.cache == Some(false);
        let own = if prompt.is_some() { row.own_examples } else { 0 };
        let shelf = Shelf::read(name, options.locale.as_deref(), tone, own);
        let mut order = Order {
            kind,
            prompt,
            model,
            parts,
            tone,
            examples,
            guard,
            shelf,
            phrases: Vec::new(),
            fresh,
            is_highlighted: false,
        };
        order.learn(&phrases::of_kind(name)?);
        Ok(order)
    }

    /// Finds the examples of all these texts at once; one by one they are found by [`Order::plan`].
    pub fn prepare<'a>(&self, wanted: &Wanted, found: impl Iterator<Item = &'a Gathered>) -> Result<()> {
        self.shelf.prepare(&self.kind, &self.guard, wanted, found)
    }

    pub fn plan(&self, wanted: &Wanted, found: &(i64, Gathered), variant: i32) -> Result<Piece> {
        let (profile_id, gathered) = found;
        let facts = Facts::new(gathered);
        let customer = gathered.customer.as_ref();
        let theme =
            wanted.options.theme.filter(|_| customer.is_some()).unwrap_or_else(|| theme::of(customer).0);
        let highlight = theme::highlight(theme, customer, &facts);
        let address = Address {
            theme,
            tone: self.tone,
            highlight: highlight.as_ref(),
            is_highlighted: self.is_highlighted,
        };
        let profile = profile_id.to_string();
        let product_id = gathered.product.as_ref().map(|p| p.product_id.clone()).filter(|id| !id.is_empty());
        let key =
            Key { seed: 0, profile_id: &profile, product_id: product_id.as_deref().unwrap_or_default() };
        let given = wanted.seed.map_or_else(|| drafts::seed(&key, &wanted.kind), i64::cast_unsigned);
        // Variants differ in all that chance decides, the draft included.
        let seed =
            given.wrapping_add(variant.unsigned_abs().into()).wrapping_sub(1) & i64::MAX.cast_unsigned();
        let subject = subject(wanted, gathered, &facts);
        let kind = self.with_room(self.guard.set().reserve(&subject))?;
        let draft = self.draft(&kind, &facts, address, &Key { seed, ..key })?;
        let usable = values::within(&facts, &self.kind);
        self.prepare(wanted, std::iter::once(gathered))?;
        let own = self.shelf.examples(gathered);
        let prompt = self.prompt.as_ref().map(|p| prompt::build(p, &self.kind, &own, &draft)).transpose()?;
        Ok(Piece {
            profile_id: *profile_id,
            prompt,
            steering: fence::steering(&kind, &usable, theme, &draft),
            is_known: gathered.customer.is_some(),
            product_id,
            subject,
            facts,
            usable,
            theme,
            draft,
            seed: seed.cast_signed(),
        })
    }

    /// The first variant of each part, and of a text without parts itself.
    pub fn pieces(&self, wanted: &Wanted, found: &(i64, Gathered)) -> Result<Vec<Piece>> {
        if self.parts.is_empty() {
            return Ok(vec![self.plan(wanted, found, 1)?]);
        }
        let mut all = Vec::new();
        for (part, order) in &self.parts {
            let pieces = order.pieces(wanted, found);
            if !parts::is_left_out(part, &pieces) {
                all.extend(pieces?);
            }
        }
        Ok(all)
    }

    fn follow_highlight(&mut self) {
        self.is_highlighted = true;
        self.parts.iter_mut().for_each(|(_, part)| part.follow_highlight());
    }

    /// What is learned of a text holds for its parts.
    fn learn(&mut self, phrases: &[Phrase]) {
        self.phrases.extend_from_slice(phrases);
        self.parts.iter_mut().for_each(|(_, part)| part.learn(phrases));
    }

    /// Of some drafts the one whose phrases reviewers mind least.
    fn draft(&self, kind: &Kind, facts: &Facts, address: Address, key: &Key) -> Result<String> {
        let write = |turn| {
            draft::write(kind, facts, address, Key { seed: key.seed.wrapping_add(turn << 40), ..*key })
        };
        let mut best = write(0)?;
        if self.phrases.is_empty() {
            return Ok(best);
        }
        let names = taste::names(facts);
        let score = |draft: &str| taste::score(draft, &names, &self.phrases);
        for turn in 1..DRAFTS {
            let draft = write(turn)?;
            if score(&draft) > score(&best) {
                best = draft;
            }
        }
        Ok(best)
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
        Case { draft: &piece.draft, ..self.case_of(&piece.usable, piece.theme) }
    }

    /// A text that need not mention what a draft happens to mention.
    pub fn case_of<'a>(&'a self, usable: &'a Facts, theme: Theme) -> Case<'a> {
        Case { kind: &self.kind, facts: usable, theme, tone: self.tone, draft: "", examples: &self.examples }
    }
}

/// What guardrails ask of a text, whole or part: its kind is the one that was asked for.
pub fn subject(wanted: &Wanted, gathered: &Gathered, facts: &Facts) -> Subject {
    let (channel, locale) = (wanted.options.channel.as_deref(), wanted.options.locale.as_deref());
    Subject::new(&wanted.kind, channel, locale, gathered, facts)
}

fn row(name: &str) -> Result<Row> {
    let row: Option<JsonB> =
        query::one(include_str!("../../sql/queries/generation_kind.sql"), &[name.into()]);
    let JsonB(row) = row.ok_or_else(|| unknown_kind(name))?;
    serde_json::from_value(row).map_err(|e| super::broken_row(&format!("kind \"{name}\""), &e))
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
