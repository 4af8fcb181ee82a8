//! Reading by SQL, planned once a session. pgrx's `Spi::get_one` marks the transaction as writing: it would take a
//! transaction id for each call, fail on a standby and in a parallel worker. These do not.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pgrx::datum::DatumWithOid;
use pgrx::pg_sys::PgOid;
use pgrx::prelude::*;
use pgrx::spi::{OwnedPreparedStatement, SpiClient, SpiResult, SpiTupleTable};

use crate::error::OrRaise;
use crate::rows::Rows;
use crate::statement::ByIndex;

thread_local! {
    /// By the address of the statement's text, which is compiled in.
    static PLANS: RefCell<HashMap<*const u8, Rc<OwnedPreparedStatement>>> = RefCell::default();
}

/// The first column of the first row; `None` where there is no row or it is null.
pub fn one<T: FromDatum + IntoDatum>(statement: &'static str, arguments: &[DatumWithOid]) -> Option<T> {
    first(statement, arguments, |row| row.get_one())
}

/// The first two columns of the first row.
pub fn two<A: FromDatum + IntoDatum, B: FromDatum + IntoDatum>(
    statement: &'static str,
    arguments: &[DatumWithOid],
) -> (Option<A>, Option<B>) {
    first(statement, arguments, |row| row.get_two().map(Some)).unwrap_or_default()
}

fn first<T>(
    statement: &'static str,
    arguments: &[DatumWithOid],
    read: impl FnOnce(SpiTupleTable) -> SpiResult<Option<T>>,
) -> Option<T> {
    Spi::connect(|client| {
        let rows = rows(client, statement, arguments)?;
        if rows.is_empty() { Ok(None) } else { read(rows.first()) }
    })
    .or_raise()
}

/// All rows, inside a connection that is open already.
pub fn rows<'conn>(
    client: &SpiClient<'conn>,
    statement: &'static str,
    arguments: &[DatumWithOid],
) -> SpiResult<SpiTupleTable<'conn>> {
    let plan = plan(client, statement, arguments)?;
    client.select(&*plan, None, arguments)
}

/// The same for rows that an index finds, read column by column.
pub fn columns<'conn>(
    client: &SpiClient<'conn>,
    statement: &'static str,
    arguments: &[DatumWithOid],
) -> SpiResult<Rows<'conn>> {
    let _by_index = ByIndex::begin();
    rows(client, statement, arguments)?;
    // SAFETY: the result of the statement that has just run, which lives until the connection ends.
    Ok(unsafe { Rows::of(pg_sys::SPI_tuptable) })
}

/// Postgres plans it anew by itself when a table it reads has changed.
fn plan(
    client: &SpiClient,
    statement: &'static str,
    arguments: &[DatumWithOid],
) -> SpiResult<Rc<OwnedPreparedStatement>> {
    if let Some(plan) = PLANS.with_borrow(|plans| plans.get(&statement.as_ptr()).cloned()) {
        return Ok(plan);
    }
    let types: Vec<PgOid> = arguments.iter().map(|a| PgOid::from(a.oid())).collect();
    let plan = Rc::new(client.prepare(statement, &types)?.keep());
    PLANS.with_borrow_mut(|plans| plans.insert(statement.as_ptr(), plan.clone()));
    Ok(plan)
}
