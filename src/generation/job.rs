//! Texts that a job of the background writes, with the rights of the role that ordered them.

use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::datum::JsonB;
use pgrx::prelude::*;

use super::order::{self, Order};
use super::{compose, gather, wanted};
use crate::error::OrRaise;
use crate::{query, role};

extension_sql_file!(
    "../../sql/functions/generation_jobs.sql",
    name = "generation_jobs",
    requires = ["generation", "segments", _journey_check_order, _journey_compose_for]
);

#[pg_extern(stable)]
fn _journey_check_order(
    kind: Option<&str>,
    campaign: Option<&str>,
    seed: Option<i64>,
    options: Option<JsonB>,
) {
    let wanted = wanted(kind, None, campaign, Some(1), seed, options).or_raise();
    order::check_language(&wanted.options).or_raise();
    let order = Order::read(&wanted).or_raise();
    let found = gather::Gatherer::new(&wanted).gather(None).or_raise();
    order.pieces(&wanted, &found).or_raise();
}

#[pg_extern(volatile, cost = 1000000)]
fn _journey_compose_for(
    owner: &str,
    customers: Vec<Option<String>>,
    kind: Option<&str>,
    campaign: Option<&str>,
    seed: Option<i64>,
    options: Option<JsonB>,
) -> TableIterator<
    'static,
    (name!(generation_id, Option<pgrx::Uuid>), name!(status, String), name!(error, Option<String>)),
> {
    let owner = role_of(owner).or_raise();
    let wanted = wanted(kind, None, campaign, Some(1), seed, options).or_raise();
    // Policies and triggers that run inside are not this process's: they leave nothing behind in it.
    let written = role::confined(owner, || compose(&customers, &wanted, true)).or_raise();
    TableIterator::new(written.into_iter().map(|(_, w)| (w.generation_id, w.status, w.error)))
}

/// The role of this name; the background lends nobody rights that the schema's owner lacks.
fn role_of(name: &str) -> Result<pg_sys::Oid> {
    query::one(include_str!("../../sql/queries/role_usable.sql"), &[name.into()]).ok_or_else(|| {
        let message = format!("the texts belong to role \"{name}\", which is gone or whose rights the current role lacks");
        Error::new(Code::InsufficientPrivilege, message)
            .hint("See owner in journey.jobs: grant that role to the owner of the schema journey, or order the texts anew.")
    })
}
