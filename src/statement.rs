//! Statements that write, planned once a session: what captures events runs a handful of them thousands of times a second.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pg_journey_core::kernel::time::Micros;
use pgrx::datum::{DatumWithOid, TimestampWithTimeZone};
use pgrx::pg_sys::PgOid;
use pgrx::prelude::*;
use pgrx::spi::{OwnedPreparedStatement, PreparedStatement, SpiClient, SpiResult, SpiTupleTable};

use crate::rows::Rows;

/// With the types of its arguments: the row type of a table is another one when the table was made anew.
type Plan = (Vec<pg_sys::Oid>, Rc<OwnedPreparedStatement>);

/// Rows that one statement takes or stores. Its memory, some megabytes, is used again by the next one; of a statement over a
/// whole batch it would be returned to the system and cleared anew, or written to a file: a fifth of the time of a load.
pub const SLICE: usize = 1000;

/// Works on items slice by slice, each in a connection of its own, whose memory ends with it.
pub fn in_slices<T>(
    items: &[T],
    mut work: impl FnMut(&mut SpiClient, &[T]) -> SpiResult<()>,
) -> SpiResult<()> {
    items.chunks(SLICE).try_for_each(|slice| Spi::connect_mut(|client| work(client, slice)))
}

thread_local! {
    /// By the address of the statement's text, which is compiled in.
    static PLANS: RefCell<HashMap<*const u8, Plan>> = RefCell::default();
}

/// Runs one of our statements.
pub fn run<'conn>(
    client: &mut SpiClient<'conn>,
    sql: &'static str,
    arguments: &[DatumWithOid],
) -> SpiResult<SpiTupleTable<'conn>> {
    let plan = plan(sql, arguments, |types| client.prepare_mut(sql, types))?;
    let (_by_index, _one_plan) = (ByIndex::begin(), OnePlan::begin());
    client.update(&*plan, None, arguments)
}

/// The plan of a statement, which is made once a session. Postgres makes it anew by itself when a table it reads has changed.
pub fn plan<'conn>(
    sql: &'static str,
    arguments: &[DatumWithOid],
    prepare: impl FnOnce(&[PgOid]) -> SpiResult<PreparedStatement<'conn>>,
) -> SpiResult<Rc<OwnedPreparedStatement>> {
    let types = || arguments.iter().map(DatumWithOid::oid);
    let known = PLANS.with_borrow(|plans| {
        let (known, plan) = plans.get(&sql.as_ptr())?;
        known.iter().copied().eq(types()).then(|| plan.clone())
    });
    if let Some(plan) = known {
        return Ok(plan);
    }
    let plan = Rc::new(prepare(&types().map(PgOid::from).collect::<Vec<_>>())?.keep());
    PLANS.with_borrow_mut(|plans| plans.insert(sql.as_ptr(), (types().collect(), plan.clone())));
    Ok(plan)
}

/// Plans are made early, while tables are small or empty, and kept when they have grown: a join that reads a whole table
/// is never the right one for a batch or a customer. This keeps the planner from it for the time of one statement.
pub struct ByIndex([bool; 3]);

impl ByIndex {
    pub fn begin() -> ByIndex {
        // SAFETY: settings of the planner, which this thread alone reads.
        let before = unsafe { [pg_sys::enable_seqscan, pg_sys::enable_hashjoin, pg_sys::enable_mergejoin] };
        ByIndex::set([false; 3]);
        ByIndex(before)
    }

    fn set(allowed: [bool; 3]) {
        // SAFETY: as above.
        unsafe { [pg_sys::enable_seqscan, pg_sys::enable_hashjoin, pg_sys::enable_mergejoin] = allowed }
    }
}

impl Drop for ByIndex {
    /// After an error, too.
    fn drop(&mut self) {
        ByIndex::set(self.0);
    }
}

/// One plan for batches of any size: for a batch of one the planner expects less work than for the ten it takes for usual, and
/// would plan anew each time. This keeps it from that for the time of one statement.
pub struct OnePlan(std::ffi::c_int);

impl OnePlan {
    pub fn begin() -> OnePlan {
        let generic = pg_sys::PlanCacheMode::PLAN_CACHE_MODE_FORCE_GENERIC_PLAN;
        // SAFETY: a setting of the planner, which this thread alone reads.
        let before = unsafe { OnePlan(pg_sys::plan_cache_mode) };
        unsafe { pg_sys::plan_cache_mode = generic as _ };
        before
    }
}

impl Drop for OnePlan {
    /// After an error, too.
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { pg_sys::plan_cache_mode = self.0 }
    }
}

/// The same, for a result that is read column by column.
pub fn rows<'conn>(
    client: &mut SpiClient<'conn>,
    sql: &'static str,
    arguments: &[DatumWithOid],
) -> SpiResult<Rows<'conn>> {
    run(client, sql, arguments)?;
    // SAFETY: the result of the statement that has just run, which lives until the connection ends.
    Ok(unsafe { Rows::of(pg_sys::SPI_tuptable) })
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

pub fn core_micros(at: i64) -> Micros {
    at.saturating_add(POSTGRES_EPOCH)
}

pub fn micros(at: TimestampWithTimeZone) -> Micros {
    core_micros(pg_sys::TimestampTz::from(at))
}
