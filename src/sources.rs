//! Sources: tables of the shop's warehouse, read as events, products and stock.
//!
//! The work is done in SQL; here is only whose rights it is done with. It stands beside the stages: it hands messages to
//! `journey.inbox` and rows to the catalog.

use pg_journey_core::kernel::{Code, Error};
use pgrx::prelude::*;

use crate::error::raise;
use crate::{query, role};

extension_sql_file!("../sql/functions/sources.sql", name = "sources");
extension_sql_file!(
    "../sql/functions/sources_messages.sql",
    name = "sources_messages",
    requires = ["sources"]
);
extension_sql_file!("../sql/functions/sources_catalog.sql", name = "sources_catalog", requires = ["sources"]);
extension_sql_file!(
    "../sql/functions/sources_public.sql",
    name = "sources_public",
    requires = ["sources_messages", "sources_catalog", "capture", _journey_source_run]
);

/// One batch of a source with the rights of the role that attached it: the worker, or an administrator who syncs it, lends
/// that role nothing, neither to read what it may not nor to the functions of a view it made.
#[pg_extern]
fn _journey_source_run(name: &str, max: i32) -> i64 {
    let found = query::two(include_str!("../sql/queries/source_owner.sql"), &[name.into()]);
    let (Some(function), Some(owner)) = found else {
        let unknown = Error::new(
            Code::InsufficientPrivilege,
            format!("source \"{name}\" belongs to a role whose rights the current one lacks"),
        );
        raise(
            unknown
                .hint("See owner in journey.sources: be granted that role, or attach the source yourself."),
        )
    };
    role::confined(owner, || {
        // SAFETY: the query found our function of a text and an integer that returns bigint.
        unsafe {
            pg_sys::OidFunctionCall2Coll(
                function,
                pg_sys::InvalidOid,
                name.into_datum().unwrap_or(pg_sys::Datum::null()),
                pg_sys::Datum::from(max),
            )
        }
        .value() as i64
    })
}
