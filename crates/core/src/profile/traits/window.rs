//! Which time counts: all of it, the last days before the moment that is asked for, or a session.

use serde_json::Value;

use crate::kernel::{Error, Result};

use super::object::{shown, text};
use super::query::{EVENTS, Query};

/// What a unit is called, its seconds where it always has as many, and how many make a century.
const UNITS: &[(&str, Option<i64>, i64)] = &[
    ("minute", Some(60), 52_560_000),
    ("hour", Some(3600), 876_000),
    ("day", Some(86_400), 36_500),
    ("week", Some(7 * 86_400), 5200),
    ("month", None, 1200),
    ("year", None, 100),
];

/// A length of time: a number and a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    count: i64,
    unit: &'static str,
    seconds: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Window {
    Lifetime,
    Sliding(Span, Option<String>),
    /// The session that is open at the moment asked for.
    Session,
    /// The latest session, open or not.
    LastSession,
}

impl Span {
    pub fn read(what: &str, value: &Value) -> Result<Span> {
        let read = || {
            let (count, unit) = value.as_str()?.trim().split_once(' ')?;
            let unit = unit.trim();
            let unit = unit.strip_suffix('s').unwrap_or(unit);
            let (unit, seconds, most) = UNITS.iter().find(|(name, ..)| *name == unit)?;
            let count = count.parse().ok().filter(|count| (1..=*most).contains(count))?;
            Some(Span { count, unit, seconds: seconds.map(|s| s * count) })
        };
        read().ok_or_else(|| {
            Error::invalid(format!("{what} {} is no length of time", shown(value)))
                .hint("Write a number and minutes, hours, days, weeks, months or years, such as \"30 days\"; at most 100 years.")
        })
    }

    /// Of a length that always has as many seconds.
    pub fn read_seconds(what: &str, value: &Value) -> Result<i64> {
        Span::read(what, value)?.seconds.ok_or_else(|| {
            Error::invalid(format!("{what} {} has no fixed length", shown(value)))
                .hint("Use minutes, hours, days or weeks.")
        })
    }

    fn interval(self) -> String {
        format!("interval '{} {}'", self.count, self.unit)
    }

    /// The time that lies so long before `at`. Days, weeks, months and years are those of the calendar of a time zone: a
    /// day may have 23 or 25 hours there.
    fn before(self, at: &str, time_zone: &str) -> String {
        if matches!(self.unit, "minute" | "hour") {
            format!("{at} - {}", self.interval())
        } else {
            format!("({at} AT TIME ZONE {time_zone} - {}) AT TIME ZONE {time_zone}", self.interval())
        }
    }

    pub fn before_utc(self, at: &str) -> String {
        self.before(at, "'UTC'")
    }
}

impl Window {
    pub fn read(window: Option<&Value>, time_zone: Option<&Value>) -> Result<Window> {
        let window = match window {
            None => Window::Lifetime,
            Some(value) => match value.as_str() {
                Some("lifetime") => Window::Lifetime,
                Some("session") => Window::Session,
                Some("last_session") => Window::LastSession,
                _ => Window::Sliding(Span::read("window", value).map_err(with_names)?, None),
            },
        };
        match (window, time_zone) {
            (Window::Sliding(span, _), Some(zone)) => {
                Ok(Window::Sliding(span, Some(text("time_zone", zone)?.to_owned())))
            }
            (_, Some(zone)) => {
                Err(Error::invalid(format!("time_zone {} has no window to count in", shown(zone)))
                    .hint("Give a window such as \"30 days\", or leave time_zone out."))
            }
            (window, None) => Ok(window),
        }
    }

    /// When the window begins; null where it has no beginning.
    pub fn start(&self, query: &mut Query) -> Option<String> {
        let Window::Sliding(span, zone) = self else { return None };
        let zone = zone.as_ref().map_or_else(|| "'UTC'".into(), |zone| query.text(zone));
        Some(span.before("$3", &zone))
    }

    pub fn is_session(&self) -> bool {
        matches!(self, Window::Session | Window::LastSession)
    }

    /// What is joined to the events `e`: the person's session `s`. A session is open until the timeout has passed since
    /// its last event.
    pub fn join(&self, query: &Query) -> String {
        let open = match self {
            Window::Session => " HAVING max(b.\"timestamp\") > $3 - journey._session_timeout()",
            Window::LastSession => "",
            Window::Lifetime | Window::Sliding(..) => return String::new(),
        };
        format!(
            " JOIN (SELECT b.person_id, max(b.\"timestamp\") FILTER (WHERE b.begins) AS started_at, \
                           max(b.\"timestamp\") AS ended_at \
                      FROM (SELECT a.person_id, a.\"timestamp\", \
                                   coalesce(a.\"timestamp\" - lag(a.\"timestamp\") OVER (PARTITION BY a.person_id ORDER BY a.\"timestamp\") \
                                            >= journey._session_timeout(), true) AS begins \
                              FROM {} AS a WHERE a.is_active AND {} AND a.\"timestamp\" <= $3) AS b \
                     GROUP BY b.person_id{open}) AS s ON s.person_id = e.person_id",
            EVENTS,
            query.is_asked("a.person_id"),
        )
    }

    /// The condition on the events `e`.
    pub fn sql(&self, query: &mut Query) -> String {
        match self.start(query) {
            Some(start) => format!("e.\"timestamp\" > {start} AND e.\"timestamp\" <= $3"),
            None if self.is_session() => "e.\"timestamp\" BETWEEN s.started_at AND s.ended_at".into(),
            None => "e.\"timestamp\" <= $3".into(),
        }
    }
}

fn with_names(error: Error) -> Error {
    Error {
        hint: Some(
            "Use \"lifetime\", \"session\", \"last_session\" or a length such as \"30 days\": minutes, hours, days, weeks, months or years, at most 100 years.".into(),
        ),
        ..error
    }
}
