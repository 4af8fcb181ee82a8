//! What a training of the model sentiment may be asked for.

use serde::{Deserialize, Serialize};

use crate::kernel::{Error, Result};
use crate::models::value::Deploy;

/// Options of journey_train('sentiment').
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// A table or a query; none: what customers have rated and written.
    pub source: Option<String>,
    /// The column of the texts.
    pub text: String,
    /// The column that says how they were meant.
    pub target: String,
    /// Which target is −1, and which is 1. None: the least and the greatest.
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub folds: u8,
    pub seed: u32,
    pub deploy: Deploy,
    pub wait: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            source: None,
            text: "text".to_owned(),
            target: "rating".to_owned(),
            low: None,
            high: None,
            folds: 5,
            seed: 1,
            deploy: Deploy::Auto,
            wait: true,
        }
    }
}

const FORM: &str = "They are like {\"source\": \"labelled_tickets\", \"text\": \"body\", \"target\": \"mood\"}; docs/sentiment.md lists all.";

impl Options {
    /// Error (22023): a name that is not known, or a value that cannot be meant.
    pub fn read(options: serde_json::Value) -> Result<Options> {
        let read: Options = serde_json::from_value(options)
            .map_err(|e| Error::invalid(format!("the options are not understood: {e}")).hint(FORM))?;
        if !(2..=20).contains(&read.folds) {
            return Err(Error::invalid(format!("folds is {}", read.folds)).hint("A number from 2 to 20."));
        }
        if let (Some(low), Some(high)) = (read.low, read.high)
            && low >= high
        {
            return Err(Error::invalid(format!("low is {low} and high is {high}"))
                .hint("low is the target of the worst texts, high that of the best."));
        }
        Ok(read)
    }

    /// Targets from −1 to 1. Error (22023): one beyond `low` and `high`, or all the same.
    pub fn scaled(&self, targets: &[f64]) -> Result<Vec<f64>> {
        let low = self.low.unwrap_or_else(|| targets.iter().copied().fold(f64::INFINITY, f64::min));
        let high = self.high.unwrap_or_else(|| targets.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        if let Some(other) = targets.iter().find(|target| !(low..=high).contains(*target)) {
            return Err(Error::invalid(format!(
                "the target is {other} in a row, which is not between {low} and {high}"
            ))
            .hint("The options low and high say which target is worst and which is best."));
        }
        if low >= high {
            return Err(Error::invalid(format!("the target is {low} in all {} rows", targets.len()))
                .hint("There is nothing to tell apart; choose another target, or more rows."));
        }
        Ok(targets.iter().map(|target| 2.0 * (target - low) / (high - low) - 1.0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_understood_is_named() {
        for (options, named) in [
            (json!({"table": "t"}), "table"),
            (json!({"folds": 1}), "folds is 1"),
            (json!({"low": 5, "high": 1}), "low is 5 and high is 1"),
        ] {
            let error = Options::read(options).unwrap_err();
            assert!(error.message.contains(named) && error.hint.is_some(), "{error}");
        }
    }

    #[test]
    fn targets_are_brought_to_one_scale() {
        let stars = Options { low: Some(1.0), high: Some(5.0), ..Options::default() };
        assert_eq!(stars.scaled(&[1.0, 3.0, 4.0]), Ok(vec![-1.0, 0.0, 0.5]));
        assert_eq!(Options::default().scaled(&[0.0, 1.0]), Ok(vec![-1.0, 1.0]));
        assert!(stars.scaled(&[0.0, 3.0]).unwrap_err().message.contains("is 0 in a row"));
        assert!(Options::default().scaled(&[3.0, 3.0]).unwrap_err().message.contains("3 in all 2 rows"));
    }
}
