//! A segment's rule, read and checked. It is an object with one condition: `and`, `or`, `not`, `trait`, `profile`, `did`,
//! `did_not`, `funnel` or `segment`.

use serde_json::Value;

use crate::kernel::{Error, Result};
use crate::profile::traits::{Object, Selection, Span, Test, Trait, Window};

use super::funnel::Funnel;

#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Not(Box<Rule>),
    /// A trait by its name.
    Trait(String, Vec<Test>),
    /// A trait defined in place.
    Inline(Box<Trait>, Vec<Test>),
    Profile {
        column: String,
        /// Below a column of jsonb.
        path: Vec<String>,
        tests: Vec<Test>,
        within: Option<Span>,
    },
    Did {
        times: Trait,
        at_least: i64,
        at_most: Option<i64>,
    },
    Funnel(Funnel),
    Segment(String),
}

/// What a condition is known by, and what may stand beside it.
const CONDITIONS: &[(&str, &[&str])] = &[
    ("and", &[]),
    ("or", &[]),
    ("not", &[]),
    ("trait", TESTS),
    ("profile", TESTS_AND_WITHIN),
    ("did", &["where", "window", "time_zone", "at_least", "at_most"]),
    ("did_not", &["where", "window", "time_zone"]),
    ("funnel", &["within", "window", "time_zone"]),
    ("segment", &[]),
];
const TESTS: &[&str] = &["=", "<>", "<", "<=", ">", ">=", "in", "contains", "exists"];
const TESTS_AND_WITHIN: &[&str] = &["=", "<>", "<", "<=", ">", ">=", "in", "contains", "exists", "within"];

impl Rule {
    pub fn read(rule: &Value) -> Result<Rule> {
        let members = rule
            .as_object()
            .ok_or_else(|| Error::invalid(format!("rule is {}", shown(rule))).hint(hint()))?;
        let mut found = CONDITIONS.iter().filter(|(name, _)| members.contains_key(*name));
        let (Some((name, beside)), None) = (found.next(), found.next()) else {
            return Err(Error::invalid(format!("rule {} is not one condition", shown(rule))).hint(hint()));
        };
        let mut keys = vec![*name];
        keys.extend(*beside);
        let object = Object::read("a rule", rule, &keys)?;
        let subject = object.need(name, "it")?;
        match *name {
            "and" => Ok(Rule::All(read_list("and", subject)?)),
            "or" => Ok(Rule::Any(read_list("or", subject)?)),
            "not" => Ok(Rule::Not(Box::new(Rule::read(subject)?))),
            "trait" => read_trait(subject, &object),
            "profile" => read_profile(subject, &object),
            "did" => read_did(subject, &object),
            "did_not" => {
                let never = read_did_with(subject, &object, 1, None)?;
                Ok(Rule::Not(Box::new(never)))
            }
            "funnel" => Ok(Rule::Funnel(Funnel::read(subject, &object)?)),
            _ => Ok(Rule::Segment(name_of("segment", subject)?)),
        }
    }
}

fn hint() -> String {
    let names: Vec<&str> = CONDITIONS.iter().map(|(name, _)| *name).collect();
    format!(
        "A rule is an object with one of {}; such as {{\"did\": \"Order Completed\", \"window\": \"30 days\"}}.",
        names.join(", ")
    )
}

fn read_list(key: &str, value: &Value) -> Result<Vec<Rule>> {
    let rules = value.as_array().filter(|rules| !rules.is_empty());
    let rules = rules.ok_or_else(|| {
        Error::invalid(format!("{key} is {}", shown(value)))
            .hint(format!("{key} must be a list of rules that is not empty."))
    })?;
    rules.iter().map(Rule::read).collect()
}

fn tests(object: &Object, what: &str) -> Result<Vec<Test>> {
    let given = TESTS.iter().filter_map(|operator| Some((operator, object.get(operator)?)));
    let tests = given.map(|(operator, value)| Test::read(operator, value)).collect::<Result<Vec<_>>>()?;
    if tests.is_empty() && object.get("within").is_none() {
        return Err(Error::invalid(format!("{what} is compared with nothing"))
            .hint(format!("Add one of {}, such as \">=\": 3.", TESTS.join(", "))));
    }
    Ok(tests)
}

fn read_trait(subject: &Value, object: &Object) -> Result<Rule> {
    if subject.is_object() {
        let inline = Trait::read(subject)?;
        let tests = tests(object, "the trait")?;
        check_operands(inline.kind.value_type(), "the trait", &tests)?;
        return Ok(Rule::Inline(Box::new(inline), tests));
    }
    let name = name_of("trait", subject)?;
    let tests = tests(object, &format!("trait \"{name}\""))?;
    Ok(Rule::Trait(name, tests))
}

/// A number is compared with numbers.
pub fn check_operands(value_type: &str, what: &str, tests: &[Test]) -> Result<()> {
    let is_wrong = |test: &&Test| test.operands().iter().any(|operand| !operand.is_number());
    match tests.iter().find(is_wrong) {
        Some(test) if value_type == "number" => {
            Err(Error::invalid(format!("{what} is a number and {} is none", test.shown()))
                .hint("Compare it with numbers, written without quotes."))
        }
        _ => Ok(()),
    }
}

fn read_profile(subject: &Value, object: &Object) -> Result<Rule> {
    let name = name_of("profile", subject)?;
    let mut path = name.split('.').map(str::to_owned);
    let column = path.next().unwrap_or_default();
    let tests = tests(object, &format!("profile column \"{name}\""))?;
    let within = object.get("within").map(|within| Span::read("within", within)).transpose()?;
    Ok(Rule::Profile { column, path: path.collect(), tests, within })
}

fn read_did(subject: &Value, object: &Object) -> Result<Rule> {
    let at_most = object.get("at_most").map(|value| times("at_most", value)).transpose()?;
    // At most so many times: also never.
    let least = if at_most.is_some() { 0 } else { 1 };
    let at_least = object.get("at_least").map(|value| times("at_least", value)).transpose()?.unwrap_or(least);
    match at_most {
        Some(most) if most < at_least => {
            Err(Error::invalid(format!("at_most {most} is less than at_least {at_least}"))
                .hint("Nobody could be in this segment."))
        }
        _ => read_did_with(subject, object, at_least, at_most),
    }
}

fn read_did_with(subject: &Value, object: &Object, at_least: i64, at_most: Option<i64>) -> Result<Rule> {
    let selection = match (subject.is_object(), object.get("where")) {
        (true, Some(filter)) => {
            return Err(Error::invalid(format!("where is {}", shown(filter)))
                .hint("Write the condition once: beside the event, or inside its object."));
        }
        (true, None) => Selection::read_short("did", subject)?,
        (false, filter) => Selection::read(Some(subject), filter)?,
    };
    let window = Window::read(object.get("window"), object.get("time_zone"))?;
    Ok(Rule::Did { times: Trait::count(selection, window), at_least, at_most })
}

fn times(key: &str, value: &Value) -> Result<i64> {
    value.as_i64().filter(|times| *times >= 0).ok_or_else(|| {
        Error::invalid(format!("{key} is {}", shown(value)))
            .hint(format!("{key} must be a whole number, 0 or more."))
    })
}

fn name_of(key: &str, value: &Value) -> Result<String> {
    value.as_str().filter(|name| !name.is_empty()).map(str::to_owned).ok_or_else(|| {
        Error::invalid(format!("{key} is {}", shown(value))).hint(format!("{key} must be a name."))
    })
}

fn shown(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}
