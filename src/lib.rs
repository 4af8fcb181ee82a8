//! pg_journey: arguments in, crates called, SQLSTATEs out. The logic is in `crates/core`, the SQL in `sql/`.

mod error;
mod setup;

::pgrx::pg_module_magic!(name, version);
