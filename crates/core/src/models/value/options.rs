//! What a training may be asked for.

use serde::{Deserialize, Serialize};

use super::fit::Family;
use crate::kernel::{Error, Result};

/// The unit of time of the parameters. Months and years are mean ones of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    pub fn days(self) -> f64 {
        match self {
            Unit::Day => 1.0,
            Unit::Week => 7.0,
            Unit::Month => 365.2425 / 12.0,
            Unit::Year => 365.2425,
        }
    }
}

/// Whether a new version is used at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deploy {
    /// Unless its score is worse than that of the version in use.
    Auto,
    Always,
    Never,
}

/// Which columns of a source say who paid what and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Columns {
    pub customer: String,
    pub time: String,
    pub amount: String,
}

impl Default for Columns {
    fn default() -> Columns {
        let [customer, time, amount] = ["customer", "time", "amount"].map(str::to_owned);
        Columns { customer, time, amount }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    pub model: Family,
    pub unit: Unit,
    /// The last day that is looked at; none: today, or the last day of the source.
    pub until: Option<String>,
    /// Where a day begins.
    pub time_zone: String,
    /// What all amounts are converted to; none: the currency of most orders.
    pub currency: Option<String>,
    /// A table or a query; none: the orders of the profiles.
    pub source: Option<String>,
    pub columns: Columns,
    /// How many days at the end are kept back to measure the model; none: a quarter of what is seen.
    pub holdout: Option<i32>,
    pub deploy: Deploy,
    /// Whether to wait for another training of the same model.
    pub wait: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            model: Family::BgNbd,
            unit: Unit::Week,
            until: None,
            time_zone: "UTC".to_owned(),
            currency: None,
            source: None,
            columns: Columns::default(),
            holdout: None,
            deploy: Deploy::Auto,
            wait: true,
        }
    }
}

impl Options {
    pub fn read(options: serde_json::Value) -> Result<Options> {
        let read: Options = serde_json::from_value(options).map_err(|e| {
            Error::invalid(format!("the options are not understood: {e}"))
                .hint("They are like {\"until\": \"2026-06-30\", \"unit\": \"week\", \"model\": \"bg_nbd\"}; docs/value.md lists all.")
        })?;
        match read.holdout {
            Some(days) if days < 0 => {
                Err(Error::invalid(format!("holdout is {days}"))
                    .hint("A number of days; 0 measures nothing."))
            }
            _ => Ok(read),
        }
    }

    /// How many of the days that are seen are kept back.
    pub fn holdout_of(&self, first: i32, until: i32) -> i32 {
        self.holdout.unwrap_or((until - first) / 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn defaults_are_those_of_the_papers() {
        let read = Options::read(json!({})).unwrap();
        assert_eq!((read.model, read.unit, read.unit.days()), (Family::BgNbd, Unit::Week, 7.0));
        assert_eq!((read.holdout_of(0, 400), read.columns.amount.as_str()), (100, "amount"));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (options, named) in [
            (json!({"untill": "2020-01-01"}), "untill"),
            (json!({"unit": "fortnight"}), "fortnight"),
            (json!({"model": "lstm"}), "lstm"),
            (json!({"columns": {"user": "id"}}), "user"),
            (json!({"holdout": -1}), "-1"),
            (json!([1]), "options"),
        ] {
            let error = Options::read(options).unwrap_err();
            assert!(error.message.contains(named) && error.hint.is_some(), "{error}");
        }
    }
}
