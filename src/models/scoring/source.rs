//! A table, a view or another relation as rows of features.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use pg_journey_core::kernel::{Error, Result};
use pg_journey_core::models::features::{Feature, Kind};
use pg_journey_core::models::protocol::{Answer, Call, Score, values_of};
use pgrx::callconv::{Arg, ArgAbi};
use pgrx::pg_sys;
use pgrx::prelude::*;
use serde_json::json;

use super::Deployed;
use crate::engine::{self, Pipeline};
use crate::error::{OrRaise, raise};
use crate::query;
use crate::rows::{Row, Rows};

/// Rows of a request: enough to keep all threads of the engine busy, few enough that others wait some milliseconds.
const SLICE: i64 = 8192;

/// Requests under way: the engine scores some while rows of others are read.
const UNDER_WAY: usize = 4;

/// A relation by name, as SQL has it.
#[derive(Debug, Clone, Copy)]
pub struct Regclass(pg_sys::Oid);

impl_sql_translatable!(Regclass, "regclass");

// SAFETY: an oid is copied out of the datum.
unsafe impl<'fcx> ArgAbi<'fcx> for Regclass {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // A null argument is an Option's business.
        unsafe { arg.unbox_arg_using_from_datum() }.unwrap_or(Regclass(pg_sys::InvalidOid))
    }
}

impl FromDatum for Regclass {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, oid: pg_sys::Oid) -> Option<Self> {
        // SAFETY: a regclass is an oid.
        unsafe { pg_sys::Oid::from_polymorphic_datum(datum, is_null, oid) }.map(Regclass)
    }
}

/// Scores of a relation's rows, in its order.
pub struct Scores {
    model: Rc<Deployed>,
    columns: Vec<Column>,
    /// None: all rows are read.
    cursor: Option<String>,
    pipeline: Pipeline,
    under_way: VecDeque<(Vec<Option<String>>, Score)>,
    ready: std::iter::Zip<std::vec::IntoIter<Option<String>>, std::vec::IntoIter<f32>>,
}

/// How a column of the statement becomes a number.
enum Column {
    Number(String),
    Boolean,
    Category(HashMap<String, f32>),
}

impl Column {
    fn of(feature: &Feature) -> Column {
        match &feature.kind {
            Kind::Number => Column::Number(feature.name.clone()),
            Kind::Boolean => Column::Boolean,
            Kind::Category { values } => {
                Column::Category(values.iter().map(|value| (value.clone(), feature.code(value))).collect())
            }
        }
    }

    fn read(&self, row: &mut Row) -> f32 {
        match self {
            Column::Number(name) => number(row.optional_float(), name),
            Column::Boolean => row.optional_boolean().map_or(f32::NAN, |flag| f32::from(u8::from(flag))),
            Column::Category(codes) => {
                row.text().and_then(|text| codes.get(text).copied()).unwrap_or(f32::NAN)
            }
        }
    }
}

/// As `features::encode` takes numbers.
fn number(value: Option<f64>, name: &str) -> f32 {
    let Some(value) = value else { return f32::NAN };
    let single = value as f32;
    if single.is_infinite() {
        raise(
            Error::invalid(format!("the features do not fit the model: \"{name}\" is {value}, not a number"))
                .hint("Numbers are finite, up to 3.4e38; NULL stands for what is not known."),
        );
    }
    single
}

impl Scores {
    /// `id`: the column that names a row; empty: the primary key where it is one column, otherwise the first column.
    pub fn of(model: Rc<Deployed>, source: Regclass, id: &str) -> Result<Scores> {
        let columns = model.features.iter().map(Column::of).collect();
        let cursor = open(&model.features, source, id)?;
        Ok(Scores {
            pipeline: Pipeline::open()?,
            cursor: Some(cursor),
            model,
            columns,
            under_way: VecDeque::new(),
            ready: Vec::new().into_iter().zip(Vec::new()),
        })
    }

    /// Reads rows and sends them on, until enough requests are under way or no rows are left.
    fn send(&mut self) -> Result<()> {
        while self.under_way.len() < UNDER_WAY {
            let Some(cursor) = self.cursor.take() else { return Ok(()) };
            let (cursor, ids, values) =
                Spi::connect(|client| read(client, &cursor, &self.columns)).or_raise();
            self.cursor = cursor;
            if !ids.is_empty() {
                let request = self.model.request(&values);
                self.pipeline.send(Call::Score(request.clone()))?;
                self.under_way.push_back((ids, request));
            }
        }
        Ok(())
    }

    /// The scores of the oldest request under way.
    fn receive(&mut self) -> Result<bool> {
        let Some((ids, request)) = self.under_way.pop_front() else { return Ok(false) };
        let scores = match self.pipeline.receive()? {
            Answer::Scored(scores) => values_of(&scores),
            Answer::NotHeld => self.model.score(request)?,
            _ => return Err(engine::wrong_answer()),
        };
        self.ready = ids.into_iter().zip(scores);
        Ok(true)
    }
}

impl Iterator for Scores {
    type Item = (Option<String>, Option<f64>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((id, score)) = self.ready.next() {
                return Some((id, (!score.is_nan()).then(|| f64::from(score))));
            }
            self.send().or_raise();
            if !self.receive().or_raise() {
                return None;
            }
        }
    }
}

/// The name of a cursor over the relation's rows: the id as text, then each feature.
fn open(features: &[Feature], source: Regclass, id: &str) -> Result<String> {
    let arguments = [source.0.into(), pgrx::JsonB(json!(features)).into(), id.into()];
    let (statement, wrong): (Option<String>, Option<String>) =
        query::two(include_str!("../../../sql/queries/models_source_statement.sql"), &arguments);
    if let Some(wrong) = wrong {
        return Err(Error::invalid(format!("the source does not fit the model: {wrong}"))
            .hint("Columns are found by the names of the features; a view can rename and cast them."));
    }
    let statement = statement.ok_or_else(|| Error::invalid("the source is no table or view"))?;
    Ok(Spi::connect(|client| client.open_cursor(statement.as_str(), &[]).detach_into_name().to_string()))
}

type Slice = (Option<String>, Vec<Option<String>>, Vec<f32>);

/// The next rows of a cursor, and its name where it may have more.
fn read(client: &spi::SpiClient, cursor: &str, columns: &[Column]) -> spi::SpiResult<Slice> {
    let mut cursor = client.find_cursor(cursor)?;
    cursor.fetch(SLICE)?;
    // SAFETY: the rows that were just fetched, which live until the connection ends.
    let mut rows = unsafe { Rows::of(pg_sys::SPI_tuptable) };
    let mut ids = Vec::with_capacity(rows.len());
    let mut values = Vec::with_capacity(rows.len() * columns.len());
    while let Some(mut row) = rows.next() {
        ids.push(row.text().map(str::to_owned));
        values.extend(columns.iter().map(|column| column.read(&mut row)));
    }
    let more = ids.len() == SLICE as usize;
    Ok((more.then(|| cursor.detach_into_name().to_string()), ids, values))
}

/// The digest that the engine knows a graph by.
pub fn sha256(graph: &[u8]) -> [u8; 32] {
    let text: Option<String> =
        query::one(include_str!("../../../sql/queries/models_sha256.sql"), &[graph.to_vec().into()]);
    text.as_deref().and_then(digest).unwrap_or_default()
}

/// Of 64 hexadecimal digits.
pub fn digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (place, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(digest)
}
