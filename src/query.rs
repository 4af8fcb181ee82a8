//! Reading by SQL, planned once a session. pgrx's `Spi::get_one` marks the transaction as writing: it would take a
//! transaction id for each call, fail on a standby and in a parallel worker. These do not.

use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult, SpiTupleTable};

use crate::error::OrRaise;
use crate::rows::Rows;
use crate::statement::{ByIndex, plan};

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
    let plan = plan(statement, arguments, |types| client.prepare(statement, types))?;
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
