//! What a training on a table may be asked for.

use serde::{Deserialize, Serialize};

use crate::kernel::{Error, Result};
use crate::models::value::Deploy;

/// Fewer rows teach no model that could be measured as well.
pub const FEWEST_ROWS: usize = 50;

/// Of each class: two in each of five folds.
pub const FEWEST_OF_A_CLASS: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    Classification,
    Regression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    Trees,
    #[serde(alias = "logistic")]
    Linear,
}

/// Options of journey_train() on a table or query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// A table or a query.
    pub source: Option<String>,
    pub target: Option<String>,
    /// None: all columns of a type that can be one, but the target, `id`, `time` and `weights`.
    pub features: Option<Vec<String>>,
    /// What names a row, and is no feature.
    pub id: String,
    /// By which rows are validated on later ones only; none: folds at random.
    pub time: Option<String>,
    /// How much each row counts in the fit.
    pub weights: Option<String>,
    /// None: what the target's type says.
    pub task: Option<Task>,
    pub algorithm: Algorithm,
    pub folds: u8,
    pub seed: u32,
    /// Both classes count the same in the fit; calibration makes probabilities true again.
    pub balance: bool,
    /// Most trees; fewer where the folds say that more do worse.
    pub rounds: u16,
    pub learning_rate: f32,
    pub leaves: u16,
    pub deploy: Deploy,
    pub wait: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            source: None,
            target: None,
            features: None,
            id: "id".to_owned(),
            time: None,
            weights: None,
            task: None,
            algorithm: Algorithm::Trees,
            folds: 5,
            seed: 1,
            balance: false,
            rounds: 500,
            learning_rate: 0.05,
            leaves: 15,
            deploy: Deploy::Auto,
            wait: true,
        }
    }
}

impl Options {
    /// Error (22023): a name that is not known, a value that cannot be meant, no source or no target.
    pub fn read(options: serde_json::Value) -> Result<Options> {
        let read: Options = serde_json::from_value(options)
            .map_err(|e| Error::invalid(format!("the options are not understood: {e}")).hint(FORM))?;
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<()> {
        let wrong = |message: String, hint: &str| Err(Error::invalid(message).hint(hint));
        if self.source.is_none() {
            return wrong("source is missing".into(), FORM);
        }
        if self.target.is_none() {
            return wrong("target is missing".into(), FORM);
        }
        if self.features.as_ref().is_some_and(Vec::is_empty) {
            return wrong(
                "features is an empty list".into(),
                "Name columns, or leave features out to use all.",
            );
        }
        if !(2..=20).contains(&self.folds) {
            return wrong(format!("folds is {}", self.folds), "A number from 2 to 20.");
        }
        if !(1..=5000).contains(&self.rounds) {
            return wrong(format!("rounds is {}", self.rounds), "A number of trees from 1 to 5000.");
        }
        if !(self.learning_rate > 0.0 && self.learning_rate <= 1.0) {
            return wrong(format!("learning_rate is {}", self.learning_rate), "A number above 0, up to 1.");
        }
        if !(2..=1024).contains(&self.leaves) {
            return wrong(format!("leaves is {}", self.leaves), "Leaves of a tree, from 2 to 1024.");
        }
        Ok(())
    }
}

const FORM: &str = "They are like {\"source\": \"customers\", \"target\": \"bought_again\", \"folds\": 5}; docs/models.md lists all.";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_understood_is_named() {
        for (more, named) in [
            (json!({"taget": "x"}), "taget"),
            (json!({"folds": 1}), "folds is 1"),
            (json!({"algorithm": "forest"}), "forest"),
            (json!({"task": "ranking"}), "ranking"),
            (json!({"features": []}), "empty"),
            (json!({"learning_rate": 0}), "learning_rate is 0"),
            (json!({"target": null}), "target is missing"),
            (json!({"source": null}), "source is missing"),
        ] {
            let mut options = json!({"source": "t", "target": "y"});
            more.as_object().unwrap().iter().for_each(|(key, value)| options[key] = value.clone());
            let error = Options::read(options).unwrap_err();
            assert!(error.message.contains(named) && error.hint.is_some(), "{error}");
        }
    }

    #[test]
    fn logistic_is_linear() {
        let read = Options::read(json!({"source": "t", "target": "y", "algorithm": "logistic"})).unwrap();
        assert_eq!((read.algorithm, read.folds), (Algorithm::Linear, 5));
    }
}
