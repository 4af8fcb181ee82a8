//! What a value must be. Every test is true or false, never unknown: a value that is absent or of another type is not
//! equal, not smaller, not larger, so `not` means everybody else.

use serde_json::Value;

use crate::kernel::Result;

use super::object::{list, members, shown, unknown, wrong};
use super::query::Query;

pub const OPERATORS: &[&str] = &["=", "<>", "<", "<=", ">", ">=", "in", "contains", "exists"];

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    Equal(Value),
    NotEqual(Value),
    /// One of `<`, `<=`, `>`, `>=` with a number or a string.
    Order(&'static str, Value),
    In(Value),
    Contains(Value),
    Exists(bool),
}

impl Test {
    pub fn read(operator: &str, value: &Value) -> Result<Test> {
        let what = format!("value of \"{operator}\"");
        match operator {
            "=" | "<>" if value.is_null() => {
                Err(wrong(&what, value, "a value; {\"exists\": false} asks for none"))
            }
            "=" => Ok(Test::Equal(value.clone())),
            "<>" => Ok(Test::NotEqual(value.clone())),
            "in" => {
                let items = list(&what, value)?;
                match items.iter().find(|item| item.is_null() || item.is_array() || item.is_object()) {
                    Some(item) => Err(wrong(&what, item, "a list of strings, numbers or booleans")),
                    None => Ok(Test::In(value.clone())),
                }
            }
            "contains" if value.is_null() => Err(wrong(&what, value, "a value")),
            "contains" => Ok(Test::Contains(value.clone())),
            "exists" => value.as_bool().map(Test::Exists).ok_or_else(|| wrong(&what, value, "true or false")),
            _ => match OPERATORS.iter().find(|known| **known == operator) {
                Some(order) if value.is_number() || value.is_string() => {
                    Ok(Test::Order(order, value.clone()))
                }
                Some(_) => Err(wrong(&what, value, "a number or a string")),
                None => {
                    let shown = super::object::shown_text(operator);
                    Err(unknown(&format!("operator \"{shown}\""), OPERATORS))
                }
            },
        }
    }

    /// A value stands for equality, an object for operators that must all hold.
    pub fn read_all(what: &str, value: &Value) -> Result<Vec<Test>> {
        match value {
            Value::Object(operators) if operators.is_empty() => {
                Err(wrong(what, value, "a value or an object with operators"))
            }
            Value::Object(_) => {
                members(what, value)?.iter().map(|(operator, value)| Test::read(operator, value)).collect()
            }
            Value::Array(_) => Err(wrong(what, value, "a value; {\"in\": […]} asks for one of several")),
            Value::Null => Err(wrong(what, value, "a value; {\"exists\": false} asks for none")),
            _ => Ok(vec![Test::Equal(value.clone())]),
        }
    }

    /// What the value is compared with, where that has a type of its own.
    pub fn operands(&self) -> Vec<&Value> {
        match self {
            Test::Equal(value) | Test::NotEqual(value) | Test::Order(_, value) | Test::Contains(value) => {
                vec![value]
            }
            Test::In(values) => values.as_array().into_iter().flatten().collect(),
            Test::Exists(_) => Vec::new(),
        }
    }

    /// A condition on a jsonb expression.
    pub fn sql(&self, field: &str, query: &mut Query) -> String {
        match self {
            Test::Equal(value) => format!("coalesce({field} = {}, false)", query.json(value)),
            Test::NotEqual(value) => format!("NOT coalesce({field} = {}, false)", query.json(value)),
            Test::Order(operator, Value::String(text)) => format!(
                "CASE jsonb_typeof({field}) WHEN 'string' THEN ({field} #>> '{{}}') COLLATE \"C\" {operator} {} ELSE false END",
                query.text(text)
            ),
            Test::Order(operator, number) => format!(
                "CASE jsonb_typeof({field}) WHEN 'number' THEN ({field})::numeric {operator} {}::numeric ELSE false END",
                query.json(number)
            ),
            // An array contains a scalar that is one of its elements.
            Test::In(values) => format!(
                "coalesce(jsonb_typeof({field}) NOT IN ('array', 'object') AND {} @> {field}, false)",
                query.json(values)
            ),
            Test::Contains(value) => contains(field, value, query),
            Test::Exists(wanted) => {
                let exists = format!("coalesce(jsonb_typeof({field}) <> 'null', false)");
                if *wanted { exists } else { format!("NOT {exists}") }
            }
        }
    }

    pub fn shown(&self) -> String {
        self.operands().first().map_or_else(String::new, |value| shown(value))
    }
}

/// A string holds a part of it, an array an element or all of several, an object some members.
fn contains(field: &str, value: &Value, query: &mut Query) -> String {
    let json = query.json(value);
    let cases = match value {
        Value::String(text) => format!(
            "WHEN 'array' THEN {field} @> {json} WHEN 'string' THEN position({} IN {field} #>> '{{}}') > 0",
            query.text(text)
        ),
        Value::Object(_) => {
            format!(
                "WHEN 'array' THEN {field} @> jsonb_build_array({json}) WHEN 'object' THEN {field} @> {json}"
            )
        }
        _ => format!("WHEN 'array' THEN {field} @> {json}"),
    };
    format!("CASE jsonb_typeof({field}) {cases} ELSE false END")
}
