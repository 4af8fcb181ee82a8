//! A trait's definition, read and checked:
//! `{"kind": "sum", "of": "properties.total", "event": "Order Completed", "where": {…}, "window": "30 days"}`.

use serde_json::Value;

use crate::kernel::{Error, Result};

use super::field::Field;
use super::filter::Filter;
use super::object::{Object, list, shown_text, text, unknown, wrong};
use super::query::Query;
use super::window::{Span, Window};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    First,
    Last,
    MostFrequent,
    UniqueCount,
    TimeSince,
    Rate,
}

const KINDS: &[(&str, Kind)] = &[
    ("count", Kind::Count),
    ("sum", Kind::Sum),
    ("avg", Kind::Avg),
    ("min", Kind::Min),
    ("max", Kind::Max),
    ("first", Kind::First),
    ("last", Kind::Last),
    ("most_frequent", Kind::MostFrequent),
    ("unique_count", Kind::UniqueCount),
    ("time_since", Kind::TimeSince),
    ("rate", Kind::Rate),
];

/// Units of time_since, in seconds.
const UNITS: &[(&str, i64)] =
    &[("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 86_400), ("weeks", 604_800)];

impl Kind {
    fn read(value: &Value) -> Result<Kind> {
        let name = text("kind", value)?;
        KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind).ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            unknown(&format!("kind \"{}\"", shown_text(name)), &names)
        })
    }

    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    fn needs_field(self) -> bool {
        !matches!(self, Kind::Count | Kind::TimeSince | Kind::Rate)
    }

    /// Whether it works on numbers only.
    pub fn is_numeric(self) -> bool {
        matches!(self, Kind::Sum | Kind::Avg | Kind::Min | Kind::Max)
    }

    pub fn value_type(self) -> &'static str {
        match self {
            Kind::First | Kind::Last | Kind::MostFrequent => "any",
            _ => "number",
        }
    }
}

/// Some of a person's events.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// None: any event.
    events: Vec<String>,
    filter: Option<Filter>,
}

impl Selection {
    pub fn read(event: Option<&Value>, filter: Option<&Value>) -> Result<Selection> {
        let events = match event {
            None => Vec::new(),
            Some(Value::Array(_)) => {
                let names = list("event", event.unwrap_or(&Value::Null))?.iter();
                names.map(|name| Ok(text("event", name)?.to_owned())).collect::<Result<_>>()?
            }
            Some(name) => vec![text("event", name)?.to_owned()],
        };
        Ok(Selection { events, filter: filter.map(Filter::read).transpose()? })
    }

    /// A name, several names, or an object with `event` and `where`.
    pub fn read_short(what: &'static str, value: &Value) -> Result<Selection> {
        if value.is_object() {
            let object = Object::read(what, value, &["event", "where"])?;
            return Selection::read(object.get("event"), object.get("where"));
        }
        Selection::read(Some(value), None)
    }

    /// The condition on the events `e`.
    pub fn sql(&self, query: &mut Query) -> String {
        let mut conditions = Vec::new();
        match self.events.as_slice() {
            [] => {}
            [one] => conditions.push(format!("e.event = {}", query.text(one))),
            several => {
                let names: Vec<String> = several.iter().map(|name| query.text(name)).collect();
                conditions.push(format!("e.event IN ({})", names.join(", ")));
            }
        }
        conditions.extend(self.filter.as_ref().map(|filter| filter.sql(query)));
        if conditions.is_empty() { "true".into() } else { conditions.join(" AND ") }
    }
}

/// What a rate is measured by.
#[derive(Debug, Clone, PartialEq)]
pub enum Per {
    Seconds(i64),
    Events(Selection),
}

impl Per {
    fn read(value: Option<&Value>) -> Result<Per> {
        match value {
            None => Ok(Per::Seconds(86_400)),
            Some(value) if value.is_object() => Ok(Per::Events(Selection::read_short("per", value)?)),
            Some(value) => Ok(Per::Seconds(Span::read_seconds("per", value)?)),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Trait {
    pub kind: Kind,
    pub of: Option<Field>,
    pub selection: Selection,
    pub window: Window,
    pub per: Per,
    /// Seconds of the unit of a time_since.
    pub unit: i64,
}

impl Trait {
    pub fn read(definition: &Value) -> Result<Trait> {
        let keys = ["kind", "of", "event", "where", "window", "time_zone", "per", "unit"];
        let object = Object::read("a trait", definition, &keys)?;
        let kind = Kind::read(object.need("kind", "{\"kind\": \"count\", …}")?)?;
        for (key, belongs) in
            [("of", kind.needs_field()), ("per", kind == Kind::Rate), ("unit", kind == Kind::TimeSince)]
        {
            if object.get(key).is_some() && !belongs {
                return Err(Error::invalid(format!("kind {} has no key \"{key}\"", kind.name()))
                    .hint(format!("Leave \"{key}\" out, or use a kind that takes it.")));
            }
        }
        let of = if kind.needs_field() {
            let field = text("of", object.need("of", "the field, such as \"of\": \"properties.total\"")?)?;
            Some(Field::read(field)?)
        } else {
            None
        };
        Ok(Trait {
            kind,
            of,
            selection: Selection::read(object.get("event"), object.get("where"))?,
            window: Window::read(object.get("window"), object.get("time_zone"))?,
            per: Per::read(object.get("per"))?,
            unit: unit(object.get("unit"))?,
        })
    }

    /// How often a selection of events happened.
    pub fn count(selection: Selection, window: Window) -> Trait {
        Trait { kind: Kind::Count, of: None, selection, window, per: Per::Seconds(86_400), unit: 86_400 }
    }

    /// What the trait is for a person without any such event, as SQL.
    pub fn empty(&self) -> &'static str {
        match (self.kind, &self.per) {
            (Kind::Rate, Per::Events(_)) => "NULL::jsonb",
            (Kind::Count | Kind::Sum | Kind::UniqueCount | Kind::Rate, _) => "'0'::jsonb",
            _ => "NULL::jsonb",
        }
    }
}

fn unit(value: Option<&Value>) -> Result<i64> {
    let Some(value) = value else { return Ok(86_400) };
    let name = value.as_str().unwrap_or_default();
    UNITS.iter().find(|(known, _)| *known == name).map(|(_, seconds)| *seconds).ok_or_else(|| {
        let names: Vec<&str> = UNITS.iter().map(|(name, _)| *name).collect();
        wrong("unit", value, &format!("one of {}", names.join(", ")))
    })
}
