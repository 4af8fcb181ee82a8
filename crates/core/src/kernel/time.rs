//! Times as microseconds since 1970-01-01 UTC, the resolution of Postgres.

use super::{Code, Error, Result};
use jiff::{Timestamp, civil, tz::TimeZone};

pub type Micros = i64;

pub const DAY: Micros = 86_400_000_000;

/// Reads ISO 8601; a time without an offset is UTC, a date is its midnight.
pub fn parse(text: &str) -> Result<Micros> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_microsecond());
    }
    let civil: civil::DateTime = text.parse().map_err(|_| unreadable(text))?;
    let zoned = civil.to_zoned(TimeZone::UTC).map_err(|_| unreadable(text))?;
    Ok(zoned.timestamp().as_microsecond())
}

fn unreadable(text: &str) -> Error {
    let shown: String = text.chars().take(60).collect();
    Error::new(Code::DatetimeFieldOverflow, format!("\"{shown}\" is no time"))
        .hint("Write ISO 8601 with a year up to 9999, such as 2026-05-01T12:30:00.000Z.")
}

/// Shown in error messages.
pub fn format(time: Micros) -> String {
    Timestamp::from_microsecond(time).map_or_else(|_| format!("{time} µs"), |t| t.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_8601_is_read_in_its_common_forms() {
        let noon = parse("2017-01-02T12:00:00Z").unwrap();
        assert_eq!(noon, 1_483_358_400_000_000);
        for same in [
            "2017-01-02T12:00:00.000Z",
            "2017-01-02T14:00:00+02:00",
            "2017-01-02T12:00:00",
            "2017-01-02 12:00:00",
        ] {
            assert_eq!(parse(same).unwrap(), noon, "{same}");
        }
        assert_eq!(parse("2017-01-02").unwrap(), noon - DAY / 2);
    }

    #[test]
    fn absurd_times_are_refused() {
        for bad in [
            "",
            "NaN",
            "infinity",
            "294276-12-31T23:59:59Z",
            "2017-02-30T00:00:00Z",
            "yesterday",
            "1483358400",
        ] {
            let error = parse(bad).unwrap_err();
            assert_eq!(error.code.sqlstate(), "22008", "{bad}");
            assert!(error.hint.is_some());
        }
    }
}
