//! What a model made elsewhere reads and what it answers: found from its graph, or as its signature says.
//!
//! Exporters agree on little: one input of all columns or an input a column; a label beside the probabilities, as a
//! tensor or as a list of maps. What they write is recognised here, once, when a model is registered.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::features::{self, Feature, Kind};
use crate::kernel::{Code, Error, Result};

/// What a caller may say of a model; all of it is optional.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signature {
    /// `[{"name", "type", "values"}]`, or names alone, which are then numbers; in the order of the model's input.
    pub features: Option<Value>,
    /// The output that is the score.
    pub output: Option<String>,
    /// Which class the score is the probability of.
    pub class: Option<Value>,
    pub task: Option<Task>,
    pub description: Option<String>,
    pub license: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    Classification,
    Regression,
}

/// How a model is served.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Served {
    pub task: Task,
    pub features: Vec<Feature>,
    pub output: String,
    pub class: Option<String>,
    pub description: String,
    pub license: Option<String>,
}

/// An input or output as the engine describes it: `shape` is null where it is none, its elements numbers, names or null.
#[derive(Debug, Deserialize)]
struct Port {
    name: String,
    r#type: String,
    shape: Option<Vec<Value>>,
}

const FORM: &str = "A signature is like {\"features\": [\"age\", \"orders\"], \"output\": \"probabilities\", \"class\": 1, \"task\": \"classification\"}; every key may be left out.";

/// Columns of a table are fewer still.
const MOST_FEATURES: u64 = 10_000;

/// Element types of an input that numbers can be turned into.
const NUMBERS: [&str; 5] = ["float", "double", "int64", "int32", "bool"];

/// How a model is served whose graph has these inputs and outputs, JSON arrays of the engine's description. Error (22023):
/// a graph that reads or answers something else, or a signature that does not fit it.
pub fn serve(inputs: &Value, outputs: &Value, signature: Option<&Value>) -> Result<Served> {
    let signature = match signature {
        None | Some(Value::Null) => Signature::default(),
        // serde would take an array for an object without names
        Some(given) if !given.is_object() => {
            return Err(Error::invalid(format!("the signature {given} is no object")).hint(FORM));
        }
        Some(given) => Signature::deserialize(given).map_err(|e| {
            Error::invalid(format!("the signature {given} is not understood: {e}")).hint(FORM)
        })?,
    };
    let features = features_of(&ports(inputs)?, signature.features.as_ref())?;
    let outputs = ports(outputs)?;
    let output = output_of(&outputs, signature.output.as_deref())?;
    let class = match signature.class {
        None | Some(Value::Null) => None,
        Some(Value::String(class)) => Some(class),
        Some(class) => Some(class.to_string()),
    };
    let found = if is_probability(output) { Task::Classification } else { Task::Regression };
    Ok(Served {
        task: signature.task.unwrap_or(found),
        features,
        output: output.name.clone(),
        class,
        description: signature.description.unwrap_or_default(),
        license: signature.license,
    })
}

fn ports(described: &Value) -> Result<Vec<Port>> {
    Vec::deserialize(described)
        .map_err(|e| Error::invalid(format!("the description of the graph is not understood: {e}")))
}

fn features_of(inputs: &[Port], named: Option<&Value>) -> Result<Vec<Feature>> {
    for input in inputs {
        let rank = input.shape.as_ref().map_or(2, Vec::len);
        if !NUMBERS.contains(&input.r#type.as_str()) || !(1..=2).contains(&rank) {
            let message =
                format!("input \"{}\" of the model is of type {}{}", input.name, input.r#type, shape(input));
            return Err(Error::invalid(message).hint(
                "Export the model with one input of numbers [rows, columns], or with one a column; encode texts before.",
            ));
        }
    }
    let named = named.filter(|named| !named.is_null()).map(read_features).transpose()?;
    match inputs {
        [] => {
            Err(Error::invalid("the model has no inputs").hint("Export a model that reads rows of numbers."))
        }
        [matrix] => {
            let width = matrix.shape.as_ref().and_then(|shape| shape.get(1)).and_then(Value::as_u64);
            match (named, width) {
                (Some(named), Some(width)) if named.len() as u64 != width => Err(Error::invalid(format!(
                    "the signature names {} features and the model reads {width}",
                    named.len()
                ))
                .hint(FORM)),
                (Some(named), _) => Ok(named),
                (None, Some(width)) if width > MOST_FEATURES => Err(Error::new(
                    Code::ProgramLimitExceeded,
                    format!("the model reads {width} features and {MOST_FEATURES} are the most"),
                )
                .hint("Train it on fewer columns.")),
                (None, Some(width)) => {
                    Ok((0..width).map(|place| Feature::number(format!("f{place}"))).collect())
                }
                (None, None) => Err(Error::invalid(
                    "the graph does not say how many columns the model reads",
                )
                .hint(
                    "Name them: {\"features\": [\"age\", \"orders\"]}, in the order of the model's input.",
                )),
            }
        }
        columns => by_column(columns, named),
    }
}

fn shape(input: &Port) -> String {
    input
        .shape
        .as_ref()
        .map_or_else(String::new, |shape| format!(" and shape {}", Value::from(shape.clone())))
}

/// An input a column: its name is the feature's.
fn by_column(columns: &[Port], named: Option<Vec<Feature>>) -> Result<Vec<Feature>> {
    let mut found = columns.iter().map(|column| match column.r#type.as_str() {
        "bool" => Feature { name: column.name.clone(), kind: Kind::Boolean },
        _ => Feature::number(&column.name),
    });
    let Some(named) = named else { return Ok(found.collect()) };
    let expected = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>();
    if named.len() != columns.len() || named.iter().any(|feature| !expected.contains(&feature.name.as_str()))
    {
        return Err(Error::invalid("the features of the signature are not the inputs of the model")
            .hint(format!("The model's inputs are {}.", expected.join(", "))));
    }
    Ok(found.by_ref().map(|own| named.iter().find(|f| f.name == own.name).cloned().unwrap_or(own)).collect())
}

/// Names alone are numbers.
fn read_features(named: &Value) -> Result<Vec<Feature>> {
    let Value::Array(items) = named else { return features::parse(named) };
    let spelled = items.iter().map(|item| match item {
        Value::String(name) => serde_json::json!({"name": name, "type": "number"}),
        other => other.clone(),
    });
    features::parse(&Value::Array(spelled.collect()))
}

/// The named output; or `score`; or what is called a probability; or the last one that holds numbers and is no label.
fn output_of<'a>(outputs: &'a [Port], named: Option<&str>) -> Result<&'a Port> {
    let listed =
        || outputs.iter().map(|o| format!("{} ({})", o.name, o.r#type)).collect::<Vec<_>>().join(", ");
    let answers = |output: &&Port| NUMBERS.contains(&output.r#type.as_str()) || is_maps(output);
    let found = match named {
        Some(name) => outputs.iter().find(|output| output.name == name).filter(answers),
        None => {
            let by_name = |name: &str| outputs.iter().filter(answers).find(|o| o.name == name);
            let probable = || outputs.iter().filter(answers).find(|output| is_probability(output));
            let real = || outputs.iter().rev().find(|o| matches!(o.r#type.as_str(), "float" | "double"));
            by_name("score").or_else(probable).or_else(real).or_else(|| outputs.iter().rev().find(answers))
        }
    };
    found.ok_or_else(|| match named {
        Some(name) => Error::invalid(format!("the model has no output \"{name}\" of numbers"))
            .hint(format!("Its outputs are {}.", listed())),
        None => Error::invalid(format!("the model answers no numbers: its outputs are {}", listed()))
            .hint("Export a model whose output is a probability or a value."),
    })
}

fn is_probability(output: &Port) -> bool {
    is_maps(output) || output.name.to_lowercase().contains("prob")
}

fn is_maps(output: &Port) -> bool {
    matches!(output.r#type.as_str(), "sequence(map(int64, float))" | "sequence(map(string, float))")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outputs_of_scikit_learn() -> Value {
        json!([
            {"name": "output_label", "type": "int64", "shape": [null]},
            {"name": "output_probability", "type": "sequence(map(int64, float))", "shape": null},
        ])
    }

    fn matrix() -> Value {
        json!([{"name": "X", "type": "float", "shape": [null, 3]}])
    }

    #[test]
    fn a_classifier_of_one_matrix_is_recognised() {
        let served = serve(&matrix(), &outputs_of_scikit_learn(), None).unwrap();
        assert_eq!((served.task, served.output.as_str()), (Task::Classification, "output_probability"));
        assert_eq!(served.features, ["f0", "f1", "f2"].map(Feature::number));
    }

    #[test]
    fn names_of_the_signature_are_those_of_the_columns() {
        let signature = json!({"features": ["a", "b", {"name": "c", "type": "boolean"}], "class": 1});
        let served = serve(&matrix(), &outputs_of_scikit_learn(), Some(&signature)).unwrap();
        assert_eq!(served.features[1], Feature::number("b"));
        assert_eq!(served.features[2].kind, Kind::Boolean);
        assert_eq!(served.class.as_deref(), Some("1"));

        let short = serve(&matrix(), &outputs_of_scikit_learn(), Some(&json!({"features": ["a"]})));
        assert_eq!(short.unwrap_err().message, "the signature names 1 features and the model reads 3");
    }

    #[test]
    fn an_input_a_column_is_a_feature_of_its_name() {
        let inputs = json!([
            {"name": "age", "type": "float", "shape": [null, 1]},
            {"name": "is_member", "type": "bool", "shape": [null, 1]},
        ]);
        let outputs = json!([{"name": "variable", "type": "float", "shape": [null, 1]}]);
        let served = serve(&inputs, &outputs, None).unwrap();
        assert_eq!((served.task, served.output.as_str()), (Task::Regression, "variable"));
        assert_eq!(served.features[0], Feature::number("age"));
        assert_eq!(served.features[1].kind, Kind::Boolean);
        let wrong = serve(&inputs, &outputs, Some(&json!({"features": ["age", "sex"]}))).unwrap_err();
        assert_eq!(wrong.hint.unwrap(), "The model's inputs are age, is_member.");
    }

    #[test]
    fn a_width_that_nobody_says_is_asked_for() {
        let inputs = json!([{"name": "X", "type": "double", "shape": ["N", "F"]}]);
        assert!(
            serve(&inputs, &outputs_of_scikit_learn(), None)
                .unwrap_err()
                .hint
                .unwrap()
                .starts_with("Name them")
        );
        let named = serve(&inputs, &outputs_of_scikit_learn(), Some(&json!({"features": ["a", "b"]})));
        assert_eq!(named.unwrap().features.len(), 2);
    }

    #[test]
    fn a_width_that_no_memory_holds_is_refused() {
        let inputs = json!([{"name": "X", "type": "float", "shape": [null, 1u64 << 35]}]);
        let error = serve(&inputs, &outputs_of_scikit_learn(), None).unwrap_err();
        assert_eq!(error.code, Code::ProgramLimitExceeded);
    }

    #[test]
    fn what_cannot_be_served_is_refused_with_a_reason() {
        let text = json!([{"name": "t", "type": "string", "shape": [null, 1]}]);
        let image = json!([{"name": "t", "type": "float", "shape": [null, 3, 224, 224]}]);
        let label = json!([{"name": "label", "type": "string", "shape": [null]}]);
        let outputs = outputs_of_scikit_learn();
        for (inputs, outputs, signature) in [
            (&text, &outputs, json!({})),
            (&image, &outputs, json!({})),
            (&json!([]), &outputs, json!({})),
            (&matrix(), &label, json!({})),
            (&matrix(), &outputs, json!({"output": "loss"})),
            (&matrix(), &outputs, json!({"outputs": "loss"})),
            (&matrix(), &outputs, json!([])),
            (&matrix(), &outputs, json!({"task": "text"})),
        ] {
            let error = serve(inputs, outputs, Some(&signature)).unwrap_err();
            assert!(error.hint.is_some(), "{error}");
        }
    }
}
