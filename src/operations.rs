//! Operations: what the engine is doing. The rest of this stage is SQL: sql/functions/operations.sql.

use pg_journey_core::models::protocol::{Answer, Call};
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde_json::{Value, json};

use crate::error::OrRaise;
use crate::{engine, worker};

// The last of the script: it takes the private functions of all stages away from PUBLIC.
extension_sql_file!("../sql/functions/operations.sql", name = "operations", finalize);

/// The engine's own account; where it does not run, why. Starts nothing.
#[pg_extern(volatile, parallel_safe)]
fn _journey_engine_status() -> JsonB {
    let answer = engine::call_if_running(Call::Status).or_raise();
    let Some(answer) = answer else {
        return JsonB(json!({ "running": false, "reason": worker::files::engine_failure() }));
    };
    let Answer::Status(status) = answer else {
        crate::error::raise(engine::wrong_answer());
    };
    let mut account = serde_json::to_value(status).unwrap_or_default();
    if let Value::Object(keys) = &mut account {
        keys.insert("running".into(), true.into());
    }
    JsonB(account)
}
