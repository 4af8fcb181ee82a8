//! Statements that write, planned once a session: what captures events runs a handful of them thousands of times a second.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pg_journey_core::kernel::time::Micros;
use pgrx::datum::{DatumWithOid, TimestampWithTimeZone};
use pgrx::pg_sys::PgOid;
use pgrx::prelude::*;
use pgrx::spi::{OwnedPreparedStatement, SpiClient, SpiResult, SpiTupleTable};

thread_local! {
    /// By the address of the statement's text, which is compiled in.
    static PLANS: RefCell<HashMap<*const u8, Rc<OwnedPreparedStatement>>> = RefCell::default();
}

/// Runs one of our statements; Postgres plans it anew when a table it reads has changed.
pub fn run<'conn>(
    client: &mut SpiClient<'conn>,
    sql: &'static str,
    arguments: &[DatumWithOid],
) -> SpiResult<SpiTupleTable<'conn>> {
    let known = PLANS.with_borrow(|plans| plans.get(&sql.as_ptr()).cloned());
    let plan = match known {
        Some(plan) => plan,
        None => {
            let types: Vec<PgOid> = arguments.iter().map(|a| PgOid::from(a.oid())).collect();
            let plan = Rc::new(client.prepare_mut(sql, &types)?.keep());
            PLANS.with_borrow_mut(|plans| plans.insert(sql.as_ptr(), plan.clone()));
            plan
        }
    };
    client.update(&*plan, None, arguments)
}

/// From 1970-01-01 to 2000-01-01, where Postgres' time begins.
const POSTGRES_EPOCH: Micros = 946_684_800_000_000;

/// Core times are checked to lie in years that Postgres can hold.
pub fn timestamp(at: Micros) -> Option<TimestampWithTimeZone> {
    TimestampWithTimeZone::try_from(postgres_micros(at)).ok()
}

pub fn postgres_micros(at: Micros) -> i64 {
    at - POSTGRES_EPOCH
}

pub fn micros(at: TimestampWithTimeZone) -> Micros {
    pg_sys::TimestampTz::from(at).saturating_add(POSTGRES_EPOCH)
}
