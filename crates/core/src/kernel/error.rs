//! The one error type. Each error carries the SQLSTATE class it becomes, a lower-case message that shows the value,
//! and a hint where the reader can act. `src/error.rs` of the extension turns it into a Postgres report.

use serde::{Deserialize, Serialize};

/// What went wrong, named after Postgres' own condition names (PostgreSQL documentation, appendix A).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    InvalidParameterValue,
    InvalidTextRepresentation,
    InvalidJson,
    InvalidRegularExpression,
    NumericValueOutOfRange,
    DatetimeFieldOverflow,
    UndefinedObject,
    DuplicateObject,
    ObjectNotInPrerequisiteState,
    InsufficientPrivilege,
    OutOfMemory,
    ProgramLimitExceeded,
    QueryCanceled,
    ConnectionFailure,
    ProtocolViolation,
    UndefinedFile,
    DataCorrupted,
    SystemError,
    FeatureNotSupported,
}

impl Code {
    /// The five-character SQLSTATE.
    pub const fn sqlstate(self) -> &'static str {
        match self {
            Code::InvalidParameterValue => "22023",
            Code::InvalidTextRepresentation => "22P02",
            Code::InvalidJson => "22032",
            Code::InvalidRegularExpression => "2201B",
            Code::NumericValueOutOfRange => "22003",
            Code::DatetimeFieldOverflow => "22008",
            Code::UndefinedObject => "42704",
            Code::DuplicateObject => "42710",
            Code::ObjectNotInPrerequisiteState => "55000",
            Code::InsufficientPrivilege => "42501",
            Code::OutOfMemory => "53200",
            Code::ProgramLimitExceeded => "54000",
            Code::QueryCanceled => "57014",
            Code::ConnectionFailure => "08006",
            Code::ProtocolViolation => "08P01",
            Code::UndefinedFile => "58P01",
            Code::DataCorrupted => "XX001",
            Code::SystemError => "58000",
            Code::FeatureNotSupported => "0A000",
        }
    }
}

/// An error as the caller of a SQL function sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub code: Code,
    pub message: String,
    pub hint: Option<String>,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error { code, message: message.into(), hint: None }
    }

    /// `22023`: an argument or a field of an event holds a value that cannot be meant.
    pub fn invalid(message: impl Into<String>) -> Self {
        Error::new(Code::InvalidParameterValue, message)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
