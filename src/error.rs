//! The one place where an error of the crates becomes a Postgres report with code, message and hint.

use pg_journey_core::kernel::{Code, Error};
use pgrx::PgSqlErrorCode as Sql;
use pgrx::prelude::*;

/// Reports `error` and does not return: Postgres unwinds to the statement.
#[expect(clippy::panic, reason = "unreachable: a report at level ERROR does not return")]
pub fn raise(error: Error) -> ! {
    let report =
        pgrx::pg_sys::panic::ErrorReport::new(condition(error.code), error.message, function_name!());
    match error.hint {
        Some(hint) => report.set_hint(hint),
        None => report,
    }
    .report(PgLogLevel::ERROR);
    panic!("an ERROR returned")
}

/// Unwraps a result or reports its error.
pub trait OrRaise<T> {
    fn or_raise(self) -> T;
}

impl<T, E: Reported> OrRaise<T> for Result<T, E> {
    fn or_raise(self) -> T {
        self.unwrap_or_else(|e| raise(e.into_error()))
    }
}

/// What `or_raise` can report. Errors of Postgres itself never arrive here: they unwind as they are.
pub trait Reported {
    fn into_error(self) -> Error;
}

impl Reported for Error {
    fn into_error(self) -> Error {
        self
    }
}

/// A query of ours returned something its caller did not expect: a fault of the extension, not of the user.
impl Reported for spi::Error {
    fn into_error(self) -> Error {
        Error::new(Code::SystemError, format!("a query of pg_journey failed: {self}"))
    }
}

fn condition(code: Code) -> Sql {
    match code {
        Code::InvalidParameterValue => Sql::ERRCODE_INVALID_PARAMETER_VALUE,
        Code::InvalidTextRepresentation => Sql::ERRCODE_INVALID_TEXT_REPRESENTATION,
        Code::InvalidJson => Sql::ERRCODE_INVALID_JSON_TEXT,
        Code::InvalidRegularExpression => Sql::ERRCODE_INVALID_REGULAR_EXPRESSION,
        Code::NumericValueOutOfRange => Sql::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
        Code::DatetimeFieldOverflow => Sql::ERRCODE_DATETIME_FIELD_OVERFLOW,
        Code::UndefinedObject => Sql::ERRCODE_UNDEFINED_OBJECT,
        Code::DuplicateObject => Sql::ERRCODE_DUPLICATE_OBJECT,
        Code::ObjectNotInPrerequisiteState => Sql::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        Code::InsufficientPrivilege => Sql::ERRCODE_INSUFFICIENT_PRIVILEGE,
        Code::OutOfMemory => Sql::ERRCODE_OUT_OF_MEMORY,
        Code::ProgramLimitExceeded => Sql::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
        Code::QueryCanceled => Sql::ERRCODE_QUERY_CANCELED,
        Code::ConnectionFailure => Sql::ERRCODE_CONNECTION_FAILURE,
        Code::ProtocolViolation => Sql::ERRCODE_PROTOCOL_VIOLATION,
        Code::UndefinedFile => Sql::ERRCODE_UNDEFINED_FILE,
        Code::DataCorrupted => Sql::ERRCODE_DATA_CORRUPTED,
        Code::SystemError => Sql::ERRCODE_SYSTEM_ERROR,
        Code::FeatureNotSupported => Sql::ERRCODE_FEATURE_NOT_SUPPORTED,
    }
}
