//! The text of a query and its parameters. `$1` is a JSON array of all that the user wrote, `$2` the person, `$3` the
//! time as of which is asked, `$4` the person's profile of that time; the text itself holds words of ours only.

use serde::Serialize;
use serde_json::Value;

/// One person by index, or everybody in one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    One,
    All,
}

/// What the caller runs: `sql` gives rows (profile_id, value).
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    pub sql: String,
    pub parameters: Vec<Value>,
    /// `number`, or `any` where values of events are given as they are.
    #[serde(rename = "type")]
    pub value_type: &'static str,
    pub uses_traits: Vec<String>,
    pub uses_segments: Vec<String>,
    /// Whether it reads columns of journey.profiles: for one person, from the row in `$4`.
    pub uses_profile: bool,
}

/// Where events come from, with the person of each.
pub const EVENTS: &str = "journey._person_events";

#[derive(Debug)]
pub struct Query {
    scope: Scope,
    parameters: Vec<Value>,
}

impl Query {
    pub fn new(scope: Scope) -> Query {
        Query { scope, parameters: Vec::new() }
    }

    /// An expression of type jsonb.
    pub fn json(&mut self, value: &Value) -> String {
        self.parameters.push(value.clone());
        format!("($1 -> {})", self.parameters.len() - 1)
    }

    /// An expression of type text.
    pub fn text(&mut self, value: &str) -> String {
        self.parameters.push(value.into());
        format!("($1 ->> {})", self.parameters.len() - 1)
    }

    /// The condition that keeps a query with one person, by the index.
    pub fn is_asked(&self, column: &str) -> String {
        match self.scope {
            Scope::One => format!("{column} = $2"),
            Scope::All => "true".into(),
        }
    }

    pub fn into_parameters(self) -> Vec<Value> {
        self.parameters
    }
}
