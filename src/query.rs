//! Reading by SQL. pgrx's `Spi::get_one` marks the transaction as writing: it would take a transaction id for each call,
//! fail on a standby and in a parallel worker. These do not.

use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;

use crate::error::OrRaise;

/// The first column of the first row; `None` where there is no row or it is null.
pub fn one<T: FromDatum + IntoDatum>(statement: &str, arguments: &[DatumWithOid]) -> Option<T> {
    Spi::connect(|client| {
        let rows = client.select(statement, Some(1), arguments)?;
        if rows.is_empty() { Ok(None) } else { rows.first().get_one() }
    })
    .or_raise()
}

/// The first two columns of the first row.
pub fn two<A: FromDatum + IntoDatum, B: FromDatum + IntoDatum>(
    statement: &str,
    arguments: &[DatumWithOid],
) -> (Option<A>, Option<B>) {
    Spi::connect(|client| {
        let rows = client.select(statement, Some(1), arguments)?;
        if rows.is_empty() { Ok((None, None)) } else { rows.first().get_two() }
    })
    .or_raise()
}
