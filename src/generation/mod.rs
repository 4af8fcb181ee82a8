//! Generation: texts for customers, one or many at a time.
//!
//! In: whom, which kind, what about. Out: texts that passed every check, each kept in `journey.generations` with its
//! facts, prompt and verdicts, and those that a person is to see first. Gathering is SQL, writing and judging is the
//! core's, decoding the engine's; this says in which order, and that one text that fails costs no other.

mod draw;
mod examine;
mod gather;
mod guard;
mod job;
mod judge;
mod order;
mod parts;
mod phrases;
mod store;
mod style;
mod themes;

use pg_journey_core::generation::given::{Given, Locale};
use pg_journey_core::generation::prompt::Built;
use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::datum::{JsonB, TimestampWithTimeZone};
use pgrx::prelude::*;
use serde_json::Value;

use crate::error::OrRaise;
use order::{Options, Order};
use store::Written;

extension_sql_file!(
    "../../sql/functions/generation.sql",
    name = "generation",
    requires = [_journey_compose, _journey_prompt, examine::_journey_check]
);
extension_sql_file!(
    "../../sql/functions/generation_review.sql",
    name = "generation_review",
    requires = [
        "generation",
        examine::_journey_check_again,
        examine::_journey_check_guardrail,
        examine::_journey_content,
        examine::_journey_judge
    ]
);

/// What every function of this stage is asked.
pub struct Wanted {
    pub kind: String,
    pub product: Option<String>,
    pub campaign: Option<String>,
    pub variants: i32,
    pub seed: Option<i64>,
    pub options: Options,
    pub given: Given,
    /// The time that counts as now; none: that of the call.
    pub at: Option<TimestampWithTimeZone>,
}

/// Writes texts for all customers at once, so that the engine decodes them together. Without `tolerant` the first error
/// is raised; with it each row carries its own.
#[pg_extern(volatile, cost = 1000000)]
#[expect(clippy::too_many_arguments, reason = "the SQL functions before it take them by name")]
#[expect(clippy::type_complexity, reason = "the columns of the public contract")]
fn _journey_compose(
    customers: Vec<Option<String>>,
    kind: Option<&str>,
    product: Option<&str>,
    campaign: Option<&str>,
    variants: Option<i32>,
    seed: Option<i64>,
    options: Option<JsonB>,
    tolerant: bool,
) -> TableIterator<
    'static,
    (
        name!(customer, Option<String>),
        name!(generation_id, Option<pgrx::Uuid>),
        name!(variant, i32),
        name!(text, Option<String>),
        name!(content, Option<JsonB>),
        name!(confidence, Option<f32>),
        name!(verdict, Option<String>),
        name!(violations, JsonB),
        name!(model, Option<String>),
        name!(tokens_in, i32),
        name!(tokens_out, i32),
        name!(ms, f32),
        name!(seed, i64),
        name!(status, String),
        name!(error, Option<String>),
    ),
> {
    let wanted = wanted(kind, product, campaign, variants, seed, options).or_raise();
    let written = compose(&customers, &wanted, tolerant).or_raise();
    TableIterator::new(written.into_iter().map(|(customer, w)| {
        let content = w.content.map(JsonB);
        let id = w.generation_id;
        (
            customer,
            id,
            w.variant,
            w.text,
            content,
            w.confidence,
            w.verdict,
            JsonB(w.violations),
            w.model,
            w.tokens_in,
            w.tokens_out,
            w.ms,
            w.seed,
            w.status,
            w.error,
        )
    }))
}

fn compose(
    customers: &[Option<String>],
    wanted: &Wanted,
    tolerant: bool,
) -> Result<Vec<(Option<String>, Written)>> {
    store::check_rights()?;
    order::check_language(&wanted.options)?;
    let order = Order::read(wanted)?;
    let mut gatherer = gather::Gatherer::new(wanted);
    let mut found = Vec::new();
    for customer in customers {
        let known = gatherer.gather(customer.as_deref());
        found.extend((1..=wanted.variants).map(|variant| (customer.clone(), variant, known.clone())));
        pgrx::check_for_interrupts!();
    }
    let written = parts::write_all(&order, wanted, &found)?;
    let written: Vec<_> = found.into_iter().map(|(customer, ..)| customer).zip(written).collect();
    if let Some(failure) = written.iter().find_map(|(_, w)| w.failure.clone()).filter(|_| !tolerant) {
        return Err(failure);
    }
    store::keep(written)
}

/// Exactly what the model would read.
#[pg_extern(stable, cost = 10000)]
fn _journey_prompt(
    customer: Option<&str>,
    kind: Option<&str>,
    product: Option<&str>,
    campaign: Option<&str>,
    seed: Option<i64>,
    options: Option<JsonB>,
) -> String {
    let wanted = wanted(kind, product, campaign, Some(1), seed, options).or_raise();
    prompt(customer, &wanted).or_raise()
}

fn prompt(customer: Option<&str>, wanted: &Wanted) -> Result<String> {
    order::check_language(&wanted.options)?;
    let order = Order::read(wanted)?;
    let found = gather::Gatherer::new(wanted).gather(customer)?;
    let pieces = order.pieces(wanted, &found)?;
    examine::check_readable(&order, &pieces)?;
    let prompts: Vec<String> =
        pieces.iter().filter_map(|piece| piece.prompt.as_ref()).map(Built::text).collect();
    if prompts.is_empty() {
        return Err(Error::new(
            Code::ObjectNotInPrerequisiteState,
            format!("kind \"{}\" is written without a model", wanted.kind),
        )
        .hint("Its draft is the text: journey_compose gives it."));
    }
    Ok(prompts.join("\n\n"))
}

fn wanted(
    kind: Option<&str>,
    product: Option<&str>,
    campaign: Option<&str>,
    variants: Option<i32>,
    seed: Option<i64>,
    options: Option<JsonB>,
) -> Result<Wanted> {
    let variants = variants.unwrap_or(1);
    if !(1..=MAX_VARIANTS).contains(&variants) {
        return Err(Error::invalid(format!("variants is {variants}"))
            .hint(format!("Ask for 1 to {MAX_VARIANTS} variants of a text.")));
    }
    let options = Options::read(options.map_or(Value::Null, |JsonB(value)| value))?;
    if product.is_some() && options.facts.as_ref().is_some_and(|facts| facts.get("product").is_some()) {
        return Err(Error::invalid("a product is named twice, in the argument and in options.facts")
            .hint("Name the product of the catalog, or describe one in options.facts."));
    }
    Ok(Wanted {
        given: options.facts.clone().map(Given::read).transpose()?.unwrap_or_default(),
        at: options.at.as_deref().map(time).transpose()?,
        kind: kind
            .ok_or_else(|| Error::invalid("kind is null").hint("Name one of journey.kinds."))?
            .to_owned(),
        product: product.map(str::to_owned),
        campaign: campaign.map(str::to_owned),
        variants,
        seed,
        options,
    })
}

impl Wanted {
    /// How dates are written: a text to be checked may be of any language.
    fn dates(&self) -> Locale {
        self.options.locale.as_deref().and_then(Locale::of_english).unwrap_or_default()
    }
}

fn time(text: &str) -> Result<TimestampWithTimeZone> {
    text.parse().map_err(|_| {
        Error::new(Code::InvalidTextRepresentation, format!("options: at is \"{text}\""))
            .hint("Give a time such as 2026-01-31T09:00:00Z.")
    })
}

/// More than anybody reads; each holds candidates in the engine.
const MAX_VARIANTS: i32 = 32;

/// An error of a row of the registry that core does not understand.
fn broken_row(what: &str, e: &serde_json::Error) -> Error {
    Error::new(Code::DataCorrupted, format!("{what} is not understood: {e}"))
        .hint("Mend the row; journey.kinds and journey.prompts say in their comments what they hold.")
}
