//! What a model reads: named features of a type, and how a row of them becomes the numbers of its input.
//!
//! Training rows and rows to be scored are encoded here alike, so the two cannot differ. A value that is not known is NaN,
//! which trees send down their default branch; a name or a type that the model does not know is an error.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::kernel::{Error, Result};

/// Names in a message: more are counted.
const MOST_NAMED: usize = 40;

/// One column of a model's input, as `journey.model_versions.features` has it: `{"name", "type", "values"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    pub name: String,
    #[serde(flatten)]
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Kind {
    Number,
    /// 1 for true, 0 for false.
    Boolean,
    /// A text, encoded as its place in `values`, from 0; a text that is not among them is not known.
    Category {
        values: Vec<String>,
    },
}

impl Kind {
    /// As messages and the registry call it.
    pub const fn name(&self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Boolean => "boolean",
            Kind::Category { .. } => "category",
        }
    }
}

impl Feature {
    pub fn number(name: impl Into<String>) -> Self {
        Feature { name: name.into(), kind: Kind::Number }
    }

    /// The number that stands for a text; NaN where the text was not seen in training. Of categories only.
    pub fn code(&self, text: &str) -> f32 {
        match &self.kind {
            Kind::Category { values } => {
                values.iter().position(|value| value == text).map_or(f32::NAN, |place| place as f32)
            }
            Kind::Number | Kind::Boolean => f32::NAN,
        }
    }

    /// The number that stands for a value; None where the value is of another type. `null` is NaN, and so is the text
    /// "NaN", which is what `to_jsonb()` makes of that number.
    fn encode(&self, value: &Value) -> Option<f32> {
        match (&self.kind, value) {
            (_, Value::Null) => Some(f32::NAN),
            (Kind::Number, Value::Number(number)) => {
                number.as_f64().map(|number| number as f32).filter(|number| number.is_finite())
            }
            (Kind::Number, Value::String(text)) if text == "NaN" => Some(f32::NAN),
            (Kind::Boolean, Value::Bool(flag)) => Some(f32::from(u8::from(*flag))),
            (Kind::Category { .. }, Value::String(text)) => Some(self.code(text)),
            _ => None,
        }
    }
}

/// The features of a registered model or of a signature: a JSON array of `{"name", "type", "values"}` in the order of the
/// model's input. Error (22023): anything else, or a name that occurs twice.
pub fn parse(features: &Value) -> Result<Vec<Feature>> {
    let parsed: Vec<Feature> = Vec::deserialize(features)
        .map_err(|e| Error::invalid(format!("the features of a model are not understood: {e}")).hint(FORM))?;
    let mut names: Vec<&str> = parsed.iter().map(|feature| feature.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::invalid(format!("the feature \"{}\" is named twice", twice[0])).hint(FORM));
    }
    Ok(parsed)
}

const FORM: &str = "Features are like [{\"name\": \"orders\", \"type\": \"number\"}, {\"name\": \"is_member\", \"type\": \"boolean\"}, {\"name\": \"channel\", \"type\": \"category\", \"values\": [\"web\", \"shop\"]}].";

/// A row of the model's input, a number a feature, in the order of `features`. Every feature must be named, with `null`
/// where its value is not known, and nothing else. Error (22023): names that are missing or not known and values of
/// another type, all of them, and what was expected.
pub fn encode(features: &[Feature], row: &Map<String, Value>) -> Result<Vec<f32>> {
    let mut encoded = Vec::with_capacity(features.len());
    encoded.extend(features.iter().map_while(|feature| feature.encode(row.get(&feature.name)?)));
    // Names are distinct, so as many of them as the row has are all that it has.
    if encoded.len() == features.len() && row.len() == features.len() {
        Ok(encoded)
    } else {
        Err(mismatch(features, row))
    }
}

/// The same of values in an order of their own, of which `places` says where that of each feature is. Error (22023): a value of
/// another type.
pub fn encode_placed(features: &[Feature], places: &[usize], values: &[Value]) -> Result<Vec<f32>> {
    let encoded = features.iter().zip(places).map(|(feature, place)| {
        let value = values.get(*place).unwrap_or(&Value::Null);
        feature.encode(value).ok_or_else(|| {
            Error::invalid(format!("{} is {value}, not a {}", quoted(&feature.name), feature.kind.name()))
                .hint(format!("Expected are {}.", expected(features)))
        })
    });
    encoded.collect()
}

fn mismatch(features: &[Feature], row: &Map<String, Value>) -> Error {
    let missing = features.iter().filter(|feature| !row.contains_key(&feature.name));
    let missing = missing.map(|feature| quoted(&feature.name)).collect::<Vec<_>>();
    let unknown = row.keys().filter(|name| features.iter().all(|feature| feature.name != **name));
    let unknown = unknown.map(|name| quoted(name)).collect::<Vec<_>>();
    let wrong = features.iter().filter_map(|feature| {
        let value = row.get(&feature.name).filter(|value| feature.encode(value).is_none())?;
        Some(format!("{} is {value}, not a {}", quoted(&feature.name), feature.kind.name()))
    });
    let wrong = wrong.collect::<Vec<_>>();

    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("missing are {}", listed(&missing)));
    }
    if !unknown.is_empty() {
        parts.push(format!("not known are {}", listed(&unknown)));
    }
    if !wrong.is_empty() {
        parts.push(listed(&wrong));
    }
    Error::invalid(format!("the features do not fit the model: {}", parts.join("; ")))
        .hint(format!("Expected are {}; null stands for what is not known.", expected(features)))
}

/// The features that a model reads, with their types, for a message.
pub fn expected(features: &[Feature]) -> String {
    let named = features.iter().map(|feature| format!("{} ({})", feature.name, feature.kind.name()));
    listed(&named.collect::<Vec<_>>())
}

fn listed(parts: &[String]) -> String {
    let shown = parts.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match parts.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::kernel::Code;

    fn three() -> Vec<Feature> {
        parse(&json!([
            {"name": "orders", "type": "number"},
            {"name": "member", "type": "boolean"},
            {"name": "channel", "type": "category", "values": ["web", "shop"]},
        ]))
        .unwrap()
    }

    fn row(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_row_is_read_by_name_into_the_order_of_the_model() {
        let encoded = encode(&three(), &row(json!({"channel": "shop", "orders": 2.5, "member": true})));
        assert_eq!(encoded.unwrap(), [2.5, 1.0, 1.0]);
    }

    #[test]
    fn what_is_not_known_is_nan() {
        for unknown in [
            json!({"orders": null, "member": null, "channel": null}),
            json!({"orders": "NaN", "member": null, "channel": "by pigeon"}),
        ] {
            assert!(encode(&three(), &row(unknown)).unwrap().iter().all(|value| value.is_nan()));
        }
    }

    #[test]
    fn an_error_lists_all_that_is_wrong_and_what_was_expected() {
        let error = encode(&three(), &row(json!({"order": 2, "member": 1, "channel": "web"}))).unwrap_err();
        assert_eq!(error.code, Code::InvalidParameterValue);
        assert_eq!(
            error.message,
            "the features do not fit the model: missing are \"orders\"; not known are \"order\"; \"member\" is 1, not a boolean"
        );
        let hint = error.hint.unwrap();
        assert!(hint.contains("orders (number), member (boolean), channel (category)"), "{hint}");

        for wrong in [json!(1e300), json!("2"), json!([2]), json!(true), json!("Infinity")] {
            let row = row(json!({"orders": wrong, "member": null, "channel": null}));
            assert!(encode(&three(), &row).unwrap_err().message.contains("not a number"), "{row:?}");
        }
        let more = row(json!({"orders": 1, "member": true, "channel": "web", "age": 3}));
        assert!(encode(&three(), &more).unwrap_err().message.ends_with("not known are \"age\""));
    }

    #[test]
    fn a_long_list_is_cut() {
        let many: Vec<Feature> = (0..500).map(|i| Feature::number(format!("f{i}"))).collect();
        let error = encode(&many, &Map::new()).unwrap_err();
        assert!(error.message.ends_with("and 460 more"), "{}", error.message);
    }

    #[test]
    fn features_that_are_none_are_refused() {
        for wrong in [
            json!({}),
            json!([{"name": "a"}]),
            json!([{"name": "a", "type": "vector"}]),
            json!([{"name": "a", "type": "category"}]),
            json!([{"name": "a", "type": "number"}, {"name": "a", "type": "boolean"}]),
        ] {
            assert_eq!(parse(&wrong).unwrap_err().code, Code::InvalidParameterValue, "{wrong}");
        }
    }

    #[test]
    fn features_are_written_as_they_are_read() {
        let written = serde_json::to_value(three()).unwrap();
        assert_eq!(written[2], json!({"name": "channel", "type": "category", "values": ["web", "shop"]}));
        assert_eq!(parse(&written).unwrap(), three());
    }

    proptest! {
        #[test]
        fn numbers_come_out_as_the_nearest_single(values in proptest::collection::vec(-1e30f64..1e30, 1..30)) {
            let features: Vec<Feature> = (0..values.len()).map(|i| Feature::number(format!("f{i}"))).collect();
            let row = values.iter().enumerate().map(|(i, value)| (format!("f{i}"), json!(value))).collect();
            let encoded = encode(&features, &row).unwrap();
            prop_assert_eq!(encoded, values.iter().map(|value| *value as f32).collect::<Vec<_>>());
        }
    }
}
