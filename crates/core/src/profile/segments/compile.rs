//! From a rule to its query: every condition becomes a set of persons with a value, joined once, and the rule a condition
//! over those values.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::kernel::{Code, Error, Result};
use crate::profile::traits::{Plan, Query, Scope, Span, Test, Trait};

use super::rule::{Rule, check_operands};

/// More would plan for longer than they run.
const MOST_CONDITIONS: usize = 50;

/// What names in a rule mean.
#[derive(Debug, Default, Deserialize)]
pub struct Known {
    /// Definitions by name.
    #[serde(default)]
    pub traits: BTreeMap<String, Value>,
    /// Rules by name.
    #[serde(default)]
    pub segments: BTreeMap<String, Value>,
    /// Columns of `journey.profiles` with their types.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// The segment that is compiled, where it has a name.
    #[serde(default)]
    pub name: Option<String>,
}

/// The query that gives a row (profile_id, true) for each member.
pub fn compile(rule: &Value, known: &Known, scope: Scope) -> Result<Plan> {
    let rule = Rule::read(rule)?;
    let mut compiler = Compiler::new(known, scope);
    let condition = compiler.condition(&rule)?;
    let persons = match (compiler.uses_profile, scope) {
        (false, _) => "journey._persons_known",
        (true, Scope::All) => "journey.profiles",
        (true, Scope::One) => "jsonb_populate_record(NULL::journey.profiles, $4)",
    };
    let sql = format!(
        "SELECT p.profile_id, 'true'::jsonb FROM {persons} AS p{} WHERE {} AND {condition}",
        compiler.joins,
        compiler.query.is_asked("p.profile_id"),
    );
    Ok(Plan {
        sql,
        parameters: compiler.query.into_parameters(),
        value_type: "boolean",
        uses_traits: compiler.traits.into_iter().collect(),
        uses_segments: compiler.segments.into_iter().collect(),
        uses_profile: compiler.uses_profile,
    })
}

struct Compiler<'a> {
    known: &'a Known,
    query: Query,
    joins: String,
    conditions: usize,
    /// The segments whose rules are being read, the outermost first.
    inside: Vec<String>,
    traits: BTreeSet<String>,
    segments: BTreeSet<String>,
    uses_profile: bool,
}

impl<'a> Compiler<'a> {
    fn new(known: &'a Known, scope: Scope) -> Compiler<'a> {
        Compiler {
            known,
            query: Query::new(scope),
            joins: String::new(),
            conditions: 0,
            inside: known.name.iter().cloned().collect(),
            traits: BTreeSet::new(),
            segments: BTreeSet::new(),
            uses_profile: false,
        }
    }

    fn condition(&mut self, rule: &Rule) -> Result<String> {
        match rule {
            Rule::All(rules) => self.joined(rules, " AND "),
            Rule::Any(rules) => self.joined(rules, " OR "),
            Rule::Not(rule) => Ok(format!("NOT {}", self.condition(rule)?)),
            Rule::Inline(trait_, tests) => self.trait_condition(trait_, tests),
            Rule::Trait(name, tests) => self.named_trait(name, tests),
            Rule::Did { times, at_least, at_most } => self.did(times, *at_least, *at_most),
            Rule::Funnel(funnel) => {
                let rows = funnel.sql(&mut self.query);
                let value = self.join(&rows)?;
                Ok(format!("{value} IS NOT NULL"))
            }
            Rule::Profile { column, path, tests, within } => self.profile(column, path, tests, *within),
            Rule::Segment(name) => self.segment(name),
        }
    }

    fn joined(&mut self, rules: &[Rule], by: &str) -> Result<String> {
        let conditions = rules.iter().map(|rule| self.condition(rule)).collect::<Result<Vec<_>>>()?;
        Ok(format!("({})", conditions.join(by)))
    }

    /// Joins rows (person_id, value); returns the name of their value.
    fn join(&mut self, rows: &str) -> Result<String> {
        let n = self.count()?;
        self.joins.push_str(&format!(" LEFT JOIN ({rows}) AS t{n} ON t{n}.person_id = p.profile_id"));
        Ok(format!("t{n}.value"))
    }

    /// Whether the rule itself is being read, not that of a segment it names.
    fn is_own(&self) -> bool {
        self.inside.len() <= usize::from(self.known.name.is_some())
    }

    fn count(&mut self) -> Result<usize> {
        self.conditions += 1;
        if self.conditions > MOST_CONDITIONS { Err(too_many()) } else { Ok(self.conditions) }
    }

    fn trait_condition(&mut self, trait_: &Trait, tests: &[Test]) -> Result<String> {
        let rows = trait_.sql(&mut self.query);
        let value = self.join(&rows)?;
        let value = format!("coalesce({value}, {})", trait_.empty());
        Ok(self.all(tests, &value))
    }

    fn named_trait(&mut self, name: &str, tests: &[Test]) -> Result<String> {
        let Some(definition) = self.known.traits.get(name) else {
            return Err(unknown("trait", name, self.known.traits.keys()));
        };
        let trait_ = Trait::read(definition)?;
        check_operands(trait_.kind.value_type(), &format!("trait \"{name}\""), tests)?;
        if self.is_own() {
            self.traits.insert(name.to_owned());
        }
        self.trait_condition(&trait_, tests)
    }

    fn did(&mut self, times: &Trait, at_least: i64, at_most: Option<i64>) -> Result<String> {
        let rows = times.sql(&mut self.query);
        let value = self.join(&rows)?;
        let value = format!("coalesce({value}::bigint, 0)");
        let most = at_most.map_or_else(String::new, |most| format!(" AND {value} <= {most}"));
        Ok(format!("({value} >= {at_least}{most})"))
    }

    fn segment(&mut self, name: &str) -> Result<String> {
        if self.inside.iter().any(|outer| outer == name) {
            let chain: Vec<&str> = self.inside.iter().map(String::as_str).chain([name]).collect();
            return Err(Error::invalid(format!(
                "segment \"{name}\" depends on itself: {}",
                chain.join(" → ")
            ))
            .hint("A segment cannot be part of its own rule."));
        }
        let Some(rule) = self.known.segments.get(name) else {
            return Err(unknown("segment", name, self.known.segments.keys()));
        };
        if self.inside.len() >= MOST_CONDITIONS {
            return Err(too_many());
        }
        if self.is_own() {
            self.segments.insert(name.to_owned());
        }
        self.inside.push(name.to_owned());
        let rule = Rule::read(rule)?;
        let condition = self.condition(&rule);
        self.inside.pop();
        condition
    }

    fn profile(
        &mut self,
        column: &str,
        path: &[String],
        tests: &[Test],
        within: Option<Span>,
    ) -> Result<String> {
        let Some(column_type) = self.known.columns.get(column) else {
            return Err(unknown("profile column", column, self.known.columns.keys()));
        };
        let what = format!("profile column \"{column}\"");
        let form = Form::of(column_type);
        if !path.is_empty() && form != Form::Json {
            return Err(Error::invalid(format!("{what} holds no \"{}\"", path.join(".")))
                .hint(format!("It is of type {column_type}.")));
        }
        if let Some(test) = tests.iter().find(|test| !form.takes(test)) {
            return Err(Error::invalid(format!(
                "{what} is of type {column_type} and cannot be compared with {}",
                test.shown()
            ))
            .hint(form.hint()));
        }
        if within.is_some() && form != Form::Time {
            return Err(Error::invalid(format!("{what} is of type {column_type}, no time"))
                .hint("within asks for times, such as last_seen."));
        }
        self.count()?;
        self.uses_profile = true;
        let quoted = format!("p.\"{}\"", column.replace('"', "\"\""));
        Ok(self.column_condition(&quoted, path, tests, within))
    }

    fn column_condition(
        &mut self,
        column: &str,
        path: &[String],
        tests: &[Test],
        within: Option<Span>,
    ) -> String {
        let keys: Vec<String> = path.iter().map(|key| format!(" -> {}", self.query.text(key))).collect();
        let value = format!("(to_jsonb({column}){})", keys.concat());
        let mut condition = if tests.is_empty() { "true".into() } else { self.all(tests, &value) };
        if let Some(span) = within {
            condition.push_str(&format!(
                " AND coalesce({column} > {} AND {column} <= $3, false)",
                span.before_utc("$3")
            ));
        }
        format!("({condition})")
    }

    fn all(&mut self, tests: &[Test], value: &str) -> String {
        let conditions: Vec<String> = tests.iter().map(|test| test.sql(value, &mut self.query)).collect();
        format!("({})", conditions.join(" AND "))
    }
}

/// What a column may be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Number,
    Text,
    Boolean,
    Time,
    List,
    Json,
}

impl Form {
    fn of(column_type: &str) -> Form {
        match column_type {
            "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => Form::Number,
            "boolean" => Form::Boolean,
            "timestamp with time zone" => Form::Time,
            "jsonb" => Form::Json,
            list if list.ends_with("[]") => Form::List,
            _ => Form::Text,
        }
    }

    fn takes(self, test: &Test) -> bool {
        let operands = test.operands();
        match (self, test) {
            (Form::Json, _) | (_, Test::Exists(_)) => true,
            (Form::List, Test::Contains(_)) => true,
            (Form::List | Form::Time, _) => false,
            (Form::Number, Test::Contains(_)) => false,
            (Form::Number, _) => operands.iter().all(|operand| operand.is_number()),
            (Form::Text, _) => operands.iter().all(|operand| operand.is_string()),
            (Form::Boolean, Test::Equal(value) | Test::NotEqual(value)) => value.is_boolean(),
            (Form::Boolean, _) => false,
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Form::Number => "Compare it with numbers, written without quotes.",
            Form::Text => "Compare it with strings.",
            Form::Boolean => "Write \"=\": true or \"=\": false.",
            Form::Time => "Ask for \"within\": \"30 days\", or \"exists\": true.",
            Form::List => "Ask what it contains: \"contains\": \"Tea\".",
            Form::Json => "",
        }
    }
}

fn too_many() -> Error {
    Error::new(Code::ProgramLimitExceeded, format!("more than {MOST_CONDITIONS} conditions in one rule"))
        .hint("Segments that a rule names count with all their conditions.")
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a String>) -> Error {
    let shown: String = name.chars().take(60).collect();
    let known: Vec<&str> = known.map(String::as_str).collect();
    let hint = if known.is_empty() {
        format!("No {what} is defined.")
    } else {
        format!("Known: {}.", known.join(", "))
    };
    Error::invalid(format!("{what} \"{shown}\" is unknown")).hint(hint)
}
