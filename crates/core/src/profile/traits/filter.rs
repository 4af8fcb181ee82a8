//! Which events count: `{"properties.total": {">=": 50}, "or": [{"channel": "web"}, {"channel": "app"}]}`. Several keys
//! of one object must all hold.

use serde_json::Value;

use crate::kernel::Result;

use super::field::Field;
use super::object::{list, members};
use super::query::Query;
use super::test::Test;

#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Is(Field, Vec<Test>),
}

impl Filter {
    pub fn read(value: &Value) -> Result<Filter> {
        let conditions = members("where", value)?.iter().map(|(key, value)| match key.as_str() {
            "and" => Ok(Filter::All(Filter::read_list("and", value)?)),
            "or" => Ok(Filter::Any(Filter::read_list("or", value)?)),
            "not" => Ok(Filter::Not(Box::new(Filter::read(value)?))),
            field => Ok(Filter::Is(Field::read(field)?, Test::read_all(field, value)?)),
        });
        Ok(Filter::All(conditions.collect::<Result<_>>()?))
    }

    fn read_list(key: &str, value: &Value) -> Result<Vec<Filter>> {
        list(key, value)?.iter().map(Filter::read).collect()
    }

    /// A condition on the event `e`.
    pub fn sql(&self, query: &mut Query) -> String {
        match self {
            Filter::All(filters) => joined(filters, " AND ", "true", query),
            Filter::Any(filters) => joined(filters, " OR ", "false", query),
            Filter::Not(filter) => format!("NOT {}", filter.sql(query)),
            Filter::Is(field, tests) if field.is_many() => {
                let values = field.values(query);
                format!(
                    "EXISTS (SELECT FROM {values} AS v (value, n) WHERE {})",
                    all(tests, "v.value", query)
                )
            }
            Filter::Is(field, tests) => {
                let value = field.value(query);
                format!("({})", all(tests, &value, query))
            }
        }
    }
}

fn joined(filters: &[Filter], by: &str, empty: &str, query: &mut Query) -> String {
    let conditions: Vec<String> = filters.iter().map(|filter| filter.sql(query)).collect();
    if conditions.is_empty() { empty.into() } else { format!("({})", conditions.join(by)) }
}

fn all(tests: &[Test], field: &str, query: &mut Query) -> String {
    tests.iter().map(|test| test.sql(field, query)).collect::<Vec<_>>().join(" AND ")
}
