//! A place in an event: a column, or a path into its properties or context; `products[].category` means each product.

use crate::kernel::{Error, Result};

use super::object::shown_text;
use super::query::Query;

/// Columns that hold one word each.
const COLUMNS: &[&str] = &["event", "channel", "type", "source", "timestamp"];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Each,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// A column of the event: one of ours, never the user's text.
    column: &'static str,
    steps: Vec<Step>,
}

impl Field {
    pub fn read(text: &str) -> Result<Field> {
        let (root, path) = text.split_once('.').map_or((text, None), |(root, path)| (root, Some(path)));
        if let Some(column) = COLUMNS.iter().find(|c| **c == root)
            && path.is_none()
        {
            return Ok(Field { column, steps: Vec::new() });
        }
        let column = ["properties", "context"].into_iter().find(|c| *c == root);
        let (Some(column), Some(path)) = (column, path) else { return Err(unknown(text)) };
        let mut steps = Vec::new();
        for part in path.split('.') {
            let (key, each) = part.strip_suffix("[]").map_or((part, false), |key| (key, true));
            if key.is_empty() {
                return Err(unknown(text));
            }
            steps.push(Step::Key(key.to_owned()));
            steps.extend(each.then_some(Step::Each));
        }
        Ok(Field { column, steps })
    }

    /// Whether one event may have several values.
    pub fn is_many(&self) -> bool {
        self.steps.contains(&Step::Each)
    }

    /// The one value, as jsonb; null where the event has none.
    pub fn value(&self, query: &mut Query) -> String {
        let root = format!("e.\"{}\"", self.column);
        if self.steps.is_empty() {
            return format!("to_jsonb({root})");
        }
        let keys = self.steps.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key),
            Step::Each => None,
        });
        let path: Vec<String> = keys.map(|key| query.text(key)).collect();
        format!("({root} -> {})", path.join(" -> "))
    }

    /// The values as rows of one jsonb column.
    pub fn values(&self, query: &mut Query) -> String {
        if !self.is_many() {
            return format!("(SELECT {}, 1)", self.value(query));
        }
        let mut path = String::from("lax $");
        for step in &self.steps {
            match step {
                // A string of jsonpath is written as one of JSON.
                Step::Key(key) => path.push_str(&format!(".{}", serde_json::Value::from(key.as_str()))),
                Step::Each => path.push_str("[*]"),
            }
        }
        let path = query.text(&path);
        format!("jsonb_path_query(e.\"{}\", {path}::jsonpath) WITH ORDINALITY", self.column)
    }
}

fn unknown(text: &str) -> Error {
    Error::invalid(format!("field \"{}\" is unknown", shown_text(text))).hint(
        "Use event, channel, type, source, timestamp, properties.… or context.…, such as properties.total or properties.products[].category.",
    )
}
