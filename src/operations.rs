//! Operations: what the engine is doing. The rest of this stage is SQL: sql/functions/operations.sql.

use pg_journey_core::models::protocol::{Answer, Call, EngineStatus};
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde_json::{Value, json};

use crate::{engine, worker};

extension_sql_file!("../sql/functions/timeline.sql", name = "timeline", requires = ["profile"]);

// The last of the script: it takes the private functions of all stages away from PUBLIC.
extension_sql_file!("../sql/functions/operations.sql", name = "operations", finalize);

/// The engine's own account; where it does not run or does not answer, why. Starts nothing, and a monitoring query over
/// it never fails.
#[pg_extern(volatile, parallel_safe)]
fn _journey_engine_status() -> JsonB {
    let account = match engine::call_if_running(Call::Status) {
        Ok(Some(Answer::Status(status))) => running(&status),
        Ok(Some(_)) => stopped(Some(engine::wrong_answer().message)),
        Ok(None) => stopped(worker::files::engine_failure()),
        Err(error) => stopped(Some(error.message)),
    };
    JsonB(account)
}

fn running(status: &EngineStatus) -> Value {
    let mut account = json!(status);
    account["running"] = true.into();
    account
}

fn stopped(reason: Option<String>) -> Value {
    json!({ "running": false, "reason": reason })
}
