//! Steps in their order within a time: each later than the one before, the last so long after the first at most.

use serde_json::Value;

use crate::kernel::{Error, Result};
use crate::profile::traits::{EVENTS, Object, Query, Selection, Span, Window};

/// Each step is a pass over the person's events.
const MOST_STEPS: usize = 20;

#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    steps: Vec<Selection>,
    within: Option<Span>,
    window: Window,
}

impl Funnel {
    pub fn read(steps: &Value, object: &Object) -> Result<Funnel> {
        let listed = steps.as_array().filter(|steps| (2..=MOST_STEPS).contains(&steps.len()));
        let listed = listed.ok_or_else(|| {
            let shown: String = steps.to_string().chars().take(60).collect();
            Error::invalid(format!("funnel is {shown}"))
                .hint(format!("funnel must be a list of 2 to {MOST_STEPS} steps: names of events, or objects with event and where."))
        })?;
        Ok(Funnel {
            steps: listed
                .iter()
                .map(|step| Selection::read_short("a step of a funnel", step))
                .collect::<Result<_>>()?,
            within: object.get("within").map(|within| Span::read("within", within)).transpose()?,
            window: Window::read(object.get("window"), object.get("time_zone"))?,
        })
    }

    /// Rows (person_id, value) for those who went through. For each event of a step, `began` is the latest time at which
    /// a chain of all steps up to it may have begun: a running maximum, so one pass a step finds the shortest chain.
    pub fn sql(&self, query: &mut Query) -> String {
        let conditions: Vec<String> = self.steps.iter().map(|step| step.sql(query)).collect();
        let flags: Vec<String> =
            conditions.iter().enumerate().map(|(n, is)| format!("coalesce({is}, false) AS is_{n}")).collect();
        let mut rows = format!(
            "SELECT f.*, CASE WHEN f.is_0 THEN f.\"timestamp\" END AS began_0 \
               FROM (SELECT e.person_id, e.\"timestamp\", {} FROM {} AS e{} WHERE {} AND {}) AS f",
            flags.join(", "),
            EVENTS,
            self.window.join(query),
            query.is_asked("e.person_id"),
            self.window.sql(query),
        );
        for step in 1..self.steps.len() {
            rows = format!(
                "SELECT f.*, CASE WHEN f.is_{step} THEN max(f.began_{}) OVER (PARTITION BY f.person_id ORDER BY f.\"timestamp\" \
                        RANGE BETWEEN UNBOUNDED PRECEDING AND interval '1 microsecond' PRECEDING) END AS began_{step} \
                   FROM ({rows}) AS f",
                step - 1
            );
        }
        let began = format!("f.began_{}", self.steps.len() - 1);
        let in_time = match self.within {
            Some(within) => format!("{began} >= {}", within.before_utc("f.\"timestamp\"")),
            None => format!("{began} IS NOT NULL"),
        };
        format!("SELECT DISTINCT f.person_id, 'true'::jsonb AS value FROM ({rows}) AS f WHERE {in_time}")
    }
}
