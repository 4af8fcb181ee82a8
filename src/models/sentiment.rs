//! What texts feel like: by the deployed head, or by a formula where none was trained; and the training of heads.
//!
//! A head is asked in two steps, both in the engine: the embeddings of the texts, then the graph of the head. Which version is
//! deployed is read by the statement's own snapshot each time.

use std::cell::RefCell;
use std::rc::Rc;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{
    Answer, Call, FitTexts, Fitting, MAX_FRAME, Score, TextRow, bytes_of,
};
use pg_journey_core::models::sentiment::{self, BUCKETS, Options, Read, SIGNS};
use pg_journey_core::models::training::{Task, check_target};
use pgrx::JsonB;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};
use serde::Deserialize;
use serde_json::{Value, json};

use super::scoring::{ask, digest};
use super::training::hex;
use crate::error::OrRaise;
use crate::{engine, query};

extension_sql_file!(
    "../../sql/functions/models_sentiment.sql",
    name = "models_sentiment",
    requires = [
        "models_training",
        journey_sentiment,
        journey_sentiment_many,
        _journey_sentiment_options,
        _journey_sentiment_fit
    ]
);

const MODEL: &str = "sentiment";

/// Texts of one request: the head reads 64 KB of each.
const SLICE: usize = 128;

/// The sentiment of a text, −1 to 1. Volatile, so that planning a statement does not ask the engine.
#[pg_extern(strict, volatile, parallel_safe, cost = 100000)]
fn journey_sentiment(text: &str) -> f64 {
    let told = tell(&[text.to_owned()]).or_raise();
    told.first().copied().unwrap_or_default()
}

/// The same of many texts at once, which takes less time each; a null stays null.
#[pg_extern(name = "journey_sentiment", strict, volatile, parallel_safe, cost = 1000000)]
fn journey_sentiment_many(texts: Vec<Option<String>>) -> Vec<Option<f64>> {
    let present: Vec<String> = texts.iter().flatten().cloned().collect();
    let mut told = tell(&present).or_raise().into_iter();
    texts.iter().map(|text| text.as_ref().and_then(|_| told.next())).collect()
}

/// The options of a training with their defaults.
#[pg_extern(immutable, parallel_safe, strict)]
fn _journey_sentiment_options(options: JsonB) -> JsonB {
    JsonB(json!(Options::read(options.0).or_raise()))
}

/// Fits a head to the rows of a statement, whose columns are the target and the text; rows without one of them do not count.
#[pg_extern(strict)]
fn _journey_sentiment_fit(statement: &str, options: JsonB) -> JsonB {
    let options = Options::read(options.0).or_raise();
    let rows = Spi::connect(|client| read_rows(client, statement)).or_raise();
    JsonB(fit(&options, rows).or_raise())
}

/// The deployed head.
#[derive(Debug, Deserialize)]
struct Head {
    version: i32,
    sha256: String,
    embedding: String,
    dimensions: usize,
}

thread_local! {
    /// With the row's version in the table: any change of it changes that.
    static KNOWN: RefCell<Option<(String, Rc<Head>)>> = const { RefCell::new(None) };
}

fn deployed() -> Result<Option<Rc<Head>>> {
    let stamp: Option<String> =
        query::one(include_str!("../../sql/queries/models_stamp.sql"), &[MODEL.into(), None::<i32>.into()]);
    let Some(stamp) = stamp else { return Ok(None) };
    let known = KNOWN
        .with_borrow(|known| known.as_ref().filter(|(seen, _)| *seen == stamp).map(|(_, head)| head.clone()));
    if known.is_some() {
        return Ok(known);
    }
    let found: Option<JsonB> =
        query::one(include_str!("../../sql/queries/models_sentiment_deployed.sql"), &[]);
    let foreign = |why: &str| {
        Error::new(Code::DataCorrupted, format!("model \"{MODEL}\" is no head of texts: {why}"))
            .hint("Its versions are made by journey_train('sentiment'); delete or rename what has the name in journey.models.")
    };
    let JsonB(found) = found.ok_or_else(|| foreign("it has another task"))?;
    let head: Head = serde_json::from_value(found).map_err(|e| foreign(&e.to_string()))?;
    let head = Rc::new(head);
    KNOWN.set(Some((stamp, head.clone())));
    Ok(Some(head))
}

/// What each text feels like. A text without a word or a sign feels like nothing: 0.
fn tell(texts: &[String]) -> Result<Vec<f64>> {
    let Some(head) = deployed()? else {
        return Ok(texts.iter().map(|text| sentiment::formula(&sentiment::read(text))).collect());
    };
    let slices = texts.chunks(SLICE).map(|slice| head.tell(slice));
    Ok(slices.collect::<Result<Vec<_>>>()?.concat())
}

impl Head {
    fn tell(&self, texts: &[String]) -> Result<Vec<f64>> {
        pgrx::check_for_interrupts!();
        let embeddings = super::embed_by(&self.embedding, texts.to_vec())?;
        if let Some(other) = embeddings.iter().find(|embedding| embedding.len() != self.dimensions) {
            let message = format!(
                "model \"{MODEL}\" reads embeddings of {} dimensions, and {} gives {}",
                self.dimensions,
                self.embedding,
                other.len()
            );
            return Err(Error::new(Code::ObjectNotInPrerequisiteState, message)
                .hint("Train it again with journey_train('sentiment')."));
        }
        let read: Vec<Read> = texts.iter().map(|text| sentiment::read(text)).collect();
        let values: Vec<f32> = embeddings
            .iter()
            .zip(&read)
            .flat_map(|(embedding, read)| sentiment::row(embedding, read))
            .collect();
        let request = Score {
            name: MODEL.to_owned(),
            sha256: digest(&self.sha256).ok_or_else(engine::wrong_answer)?,
            graph: None,
            output: "score".to_owned(),
            class: None,
            columns: sentiment::width(self.dimensions) as u32,
            values: bytes_of(&values),
        };
        let scores = ask(self.version, request)?;
        if scores.len() != texts.len() {
            return Err(engine::wrong_answer());
        }
        Ok(scores
            .iter()
            .zip(&read)
            .map(|(score, read)| if read.is_empty() { 0.0 } else { f64::from(*score) })
            .collect())
    }
}

/// Targets and texts as they come.
type Labelled = (Vec<f64>, Vec<String>);

const BATCH: i64 = 1000;

fn read_rows(client: &SpiClient, statement: &str) -> SpiResult<Labelled> {
    let (mut targets, mut texts) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    let mut cursor = client.open_cursor(statement, &[]);
    loop {
        let batch = cursor.fetch(BATCH)?;
        if batch.is_empty() {
            return Ok((targets, texts));
        }
        for row in batch {
            let (target, text): (Option<f64>, Option<String>) = (row.get(1)?, row.get(2)?);
            let Some((target, text)) =
                target.zip(text).filter(|(target, text)| target.is_finite() && !text.trim().is_empty())
            else {
                continue;
            };
            bytes += text.len();
            targets.push(target);
            texts.push(text);
        }
        check_size(targets.len(), bytes).or_raise();
        pgrx::check_for_interrupts!();
    }
}

/// The engine takes no larger message; a text is some 400 numbers, and a word of it at most two more with their places.
fn check_size(rows: usize, bytes: usize) -> Result<()> {
    if rows * 4 * 512 + bytes * 4 < MAX_FRAME {
        return Ok(());
    }
    let message = format!("{rows} texts and more are larger than the limit of {} MB", MAX_FRAME >> 20);
    Err(Error::new(Code::ProgramLimitExceeded, message).hint("Train on a sample of the rows."))
}

fn fit(options: &Options, (targets, texts): Labelled) -> Result<Value> {
    check_target(Task::Regression, &targets)?;
    let targets = options.scaled(&targets)?;
    let embedding: Option<String> =
        query::one(include_str!("../../sql/queries/models_embedding_name.sql"), &[]);
    let embedding = embedding.unwrap_or_else(|| "embedding".to_owned());
    let rows = read_texts(&embedding, &texts)?;
    let count = rows.len();
    let dimensions = rows.first().map_or(0, |row| row.dense.len()) - SIGNS.len();
    let call = FitTexts { folds: options.folds, seed: options.seed, buckets: BUCKETS, rows, targets };
    let Answer::Fitted(Fitting { onnx, metrics, score, .. }) = engine::call(Call::FitTexts(call))? else {
        return Err(engine::wrong_answer());
    };
    let metrics: Value = serde_json::from_str(&metrics).map_err(|e| {
        Error::new(Code::ProtocolViolation, format!("the engine's metrics are not understood: {e}"))
    })?;
    Ok(json!({
        "features": features(dimensions),
        "parameters": {"embedding": embedding, "dimensions": dimensions, "buckets": BUCKETS},
        "metrics": metrics,
        "score": score,
        "snapshot": {"rows": count},
        "artefact": hex(&onnx),
    }))
}

/// Embeddings and signs, then buckets, of each text.
fn read_texts(embedding: &str, texts: &[String]) -> Result<Vec<TextRow>> {
    let mut rows = Vec::with_capacity(texts.len());
    for slice in texts.chunks(SLICE) {
        pgrx::check_for_interrupts!();
        let embeddings = super::embed_by(embedding, slice.to_vec())?;
        rows.extend(slice.iter().zip(embeddings).map(|(text, mut dense)| {
            let read = sentiment::read(text);
            dense.extend_from_slice(&read.signs);
            TextRow { dense, buckets: read.buckets }
        }));
    }
    Ok(rows)
}

/// What the head reads, in order.
fn features(dimensions: usize) -> Value {
    let signs = SIGNS.iter().map(|name| json!({"name": name, "type": "number"}));
    let first = json!({"name": "embedding", "type": "vector", "size": dimensions});
    let last = json!({"name": "words and pairs", "type": "buckets", "size": BUCKETS});
    std::iter::once(first).chain(signs).chain(std::iter::once(last)).collect()
}
