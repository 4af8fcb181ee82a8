//! From a trait to its query: one aggregate over the events of a person that count.

use serde_json::Value;

use crate::kernel::Result;

use super::definition::{Kind, Per, Trait};
use super::query::{EVENTS, Plan, Query, Scope};

/// The number in a jsonb value: a number, or a string that holds a plain decimal one, as shops send amounts both ways.
const NUMBER: &str = "CASE jsonb_typeof(v.value) WHEN 'number' THEN v.value::numeric WHEN 'string' THEN \
    CASE WHEN v.value #>> '{}' ~ '^ *[+-]?[0-9]{1,40}([.][0-9]{1,40})? *$' THEN (v.value #>> '{}')::numeric END END";

/// The query that gives (profile_id, value) for one person, or for everybody.
pub fn compile(definition: &Value, scope: Scope) -> Result<Plan> {
    let trait_ = Trait::read(definition)?;
    let mut query = Query::new(scope);
    let rows = trait_.sql(&mut query);
    let sql = format!(
        "SELECT p.profile_id, coalesce(t.value, {}) FROM journey._persons_known AS p LEFT JOIN ({rows}) AS t \
         ON t.person_id = p.profile_id WHERE {}",
        trait_.empty(),
        query.is_asked("p.profile_id"),
    );
    Ok(Plan {
        sql,
        parameters: query.into_parameters(),
        value_type: trait_.kind.value_type(),
        uses_traits: Vec::new(),
        uses_segments: Vec::new(),
        uses_profile: false,
    })
}

impl Trait {
    /// Rows (person_id, value) for those who have such events.
    pub fn sql(&self, query: &mut Query) -> String {
        match self.kind {
            Kind::Rate => self.rate(query),
            Kind::MostFrequent => self.most_frequent(query),
            _ => {
                let aggregate = self.aggregate();
                let from = self.from(query);
                let selected = self.selection.sql(query);
                format!(
                    "SELECT e.person_id, to_jsonb({aggregate}) AS value FROM {from} AND {selected}{} GROUP BY e.person_id",
                    self.has_value()
                )
            }
        }
    }

    fn aggregate(&self) -> String {
        match self.kind {
            Kind::Count | Kind::Rate => "count(*)".into(),
            Kind::Sum => format!("trim_scale(sum({NUMBER}))"),
            // Six places, as all amounts have.
            Kind::Avg => format!("trim_scale(round(avg({NUMBER}), 6))"),
            Kind::Min => format!("trim_scale(min({NUMBER}))"),
            Kind::Max => format!("trim_scale(max({NUMBER}))"),
            Kind::First => "(array_agg(v.value ORDER BY e.\"timestamp\", e.event_id, v.n))[1]".into(),
            Kind::Last => {
                "(array_agg(v.value ORDER BY e.\"timestamp\" DESC, e.event_id DESC, v.n DESC))[1]".into()
            }
            Kind::UniqueCount => "count(DISTINCT v.value)".into(),
            Kind::MostFrequent => String::new(),
            Kind::TimeSince => {
                format!("trim_scale(round(extract(epoch FROM $3 - max(e.\"timestamp\")) / {}, 6))", self.unit)
            }
        }
    }

    /// The events `e` of the window, with the values `v` of the field where there is one.
    fn from(&self, query: &mut Query) -> String {
        let values = self.of.as_ref().map_or_else(String::new, |field| {
            format!(" CROSS JOIN LATERAL {} AS v (value, n)", field.values(query))
        });
        format!(
            "{} AS e{}{values} WHERE {} AND {}",
            EVENTS,
            self.window.join(query),
            query.is_asked("e.person_id"),
            self.window.sql(query)
        )
    }

    /// Events without the field, or without a number in it, do not count.
    fn has_value(&self) -> String {
        match self.of {
            None => String::new(),
            Some(_) if self.kind.is_numeric() => format!(" AND ({NUMBER}) IS NOT NULL"),
            Some(_) => " AND jsonb_typeof(v.value) <> 'null'".into(),
        }
    }

    /// Of equally frequent values the one seen last, then the first by its text.
    fn most_frequent(&self, query: &mut Query) -> String {
        let from = self.from(query);
        let selected = self.selection.sql(query);
        format!(
            "SELECT DISTINCT ON (f.person_id) f.person_id, f.value \
               FROM (SELECT e.person_id, v.value, count(*) AS times, max(e.\"timestamp\") AS last_at \
                       FROM {from} AND {selected}{} GROUP BY e.person_id, v.value) AS f \
              ORDER BY f.person_id, f.times DESC, f.last_at DESC, f.value::text COLLATE \"C\"",
            self.has_value()
        )
    }

    fn rate(&self, query: &mut Query) -> String {
        let from = self.from(query);
        let counted = format!("count(*) FILTER (WHERE {})", self.selection.sql(query));
        let value = match &self.per {
            Per::Events(base) => {
                format!("{counted}::numeric / nullif(count(*) FILTER (WHERE {}), 0)", base.sql(query))
            }
            Per::Seconds(seconds) => {
                let length = self.length(*seconds, query);
                format!("{counted}::numeric * {seconds} / {length}")
            }
        };
        format!(
            "SELECT e.person_id, to_jsonb(trim_scale(round({value}, 6))) AS value FROM {from} GROUP BY e.person_id"
        )
    }

    /// Seconds of the window. One without a fixed length, a session or the time since the first event, counts as one
    /// `per` at least: two events in the first minute are no rate of thousands a day.
    fn length(&self, least: i64, query: &mut Query) -> String {
        match self.window.start(query) {
            Some(start) => format!("extract(epoch FROM $3 - ({start}))"),
            None if self.window.is_session() => {
                format!("greatest(extract(epoch FROM max(s.ended_at) - max(s.started_at)), {least})")
            }
            None => format!("greatest(extract(epoch FROM $3 - min(e.\"timestamp\")), {least})"),
        }
    }
}
