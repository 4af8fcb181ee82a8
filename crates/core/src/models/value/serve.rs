//! What fitted parameters say of one customer.

use serde::{Deserialize, Serialize};

use super::bg_nbd::BgNbd;
use super::gamma_gamma::GammaGamma;
use super::history::Summary;
use super::pareto_nbd::ParetoNbd;
use super::predict::Outlook;
use crate::kernel::{Code, Error, Result};

/// The probability on each side of the interval: 80 % lie within.
pub const TAIL: f64 = 0.1;

/// How closely a day is told.
const CLOSE_DAYS: f64 = 0.01;

/// Parameters under the papers' names: a and b of BG/NBD, or s and beta of Pareto/NBD.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    pub r: f64,
    pub alpha: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta: Option<f64>,
    pub p: f64,
    pub q: f64,
    pub v: f64,
}

impl Parameters {
    pub fn of_bg_nbd(model: BgNbd, value: GammaGamma) -> Parameters {
        let BgNbd { r, alpha, a, b } = model;
        Parameters {
            r,
            alpha,
            a: Some(a),
            b: Some(b),
            s: None,
            beta: None,
            p: value.p,
            q: value.q,
            v: value.v,
        }
    }

    pub fn of_pareto_nbd(model: ParetoNbd, value: GammaGamma) -> Parameters {
        let ParetoNbd { r, alpha, s, beta } = model;
        Parameters {
            r,
            alpha,
            a: None,
            b: None,
            s: Some(s),
            beta: Some(beta),
            p: value.p,
            q: value.q,
            v: value.v,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Often {
    BgNbd(BgNbd),
    ParetoNbd(ParetoNbd),
}

/// Parameters that have been checked, and the unit of their times.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    often: Often,
    value: GammaGamma,
    unit_days: f64,
}

/// Of one customer within a horizon. Values are in the currency of the training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    pub p_alive: f64,
    pub purchases: f64,
    pub value: f64,
    /// The value lies between these with a probability of 80 %.
    pub low: f64,
    pub high: f64,
    /// The probability of no purchase.
    pub none: f64,
}

/// Days from now until the next order of who has not left: the median, and what is earlier and later in one of ten cases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NextOrder {
    pub p_alive: f64,
    pub days: f64,
    pub low: f64,
    pub high: f64,
}

impl Model {
    pub fn new(parameters: Parameters, unit_days: f64) -> Result<Model> {
        let Parameters { r, alpha, a, b, s, beta, p, q, v } = parameters;
        let often = match (a.zip(b), s.zip(beta)) {
            (Some((a, b)), None) => Often::BgNbd(BgNbd { r, alpha, a, b }),
            (None, Some((s, beta))) => Often::ParetoNbd(ParetoNbd { r, alpha, s, beta }),
            _ => return Err(unusable("neither a and b nor s and beta")),
        };
        let all = [Some(r), Some(alpha), a, b, s, beta, Some(p), Some(q - 1.0), Some(v), Some(unit_days)];
        if all.into_iter().flatten().any(|number| !number.is_finite() || number <= 0.0) {
            return Err(unusable("a number that cannot be one"));
        }
        Ok(Model { often, value: GammaGamma { p, q, v }, unit_days })
    }

    pub fn forecast(&self, customer: &Summary, horizon_days: f64) -> Forecast {
        let (outlook, exposures) = self.outlook(customer, horizon_days);
        let purchases = outlook.purchases(&exposures);
        let (low, high) = outlook.interval(&purchases, TAIL);
        Forecast {
            p_alive: outlook.p_alive,
            purchases: purchases.expected,
            value: purchases.expected * outlook.value.mean(),
            low,
            high,
            none: purchases.probabilities.first().copied().unwrap_or(1.0),
        }
    }

    /// Days until what a customer is expected to spend reaches a value, in the currency of the training; `None` where it does
    /// not within `most` days.
    pub fn days_until(&self, customer: &Summary, value: f64, most: f64) -> Option<f64> {
        let reaches = |days: f64| {
            let (outlook, exposures) = self.outlook(customer, days);
            outlook.purchases(&exposures).expected * outlook.value.mean() >= value
        };
        if !reaches(most) {
            return None;
        }
        let (mut before, mut after) = (0.0, most);
        while after - before > CLOSE_DAYS {
            let middle = f64::midpoint(before, after);
            if reaches(middle) { after = middle } else { before = middle }
        }
        Some(after)
    }

    pub fn next_order(&self, customer: &Summary) -> NextOrder {
        let (outlook, _) = self.outlook(customer, 0.0);
        let after = |level: f64| outlook.next_after(level) * self.unit_days;
        NextOrder { p_alive: outlook.p_alive, days: after(0.5), low: after(TAIL), high: after(1.0 - TAIL) }
    }

    fn outlook(&self, customer: &Summary, horizon_days: f64) -> (Outlook, Vec<(f64, f64)>) {
        let x = f64::from(customer.repeats);
        let [tx, t, horizon] =
            [customer.recency, customer.age, horizon_days].map(|days| days / self.unit_days);
        let value = self.value.after(x, customer.value);
        match self.often {
            Often::BgNbd(model) => {
                let after = model.after(x, t);
                let p_alive = model.p_alive(x, tx, t);
                (
                    Outlook { p_alive, r: after.r, alpha: after.alpha, stays: Some(after), value },
                    vec![(horizon, 1.0)],
                )
            }
            Often::ParetoNbd(model) => {
                let after = model.after(x, t);
                let p_alive = model.p_alive(x, tx, t);
                (
                    Outlook { p_alive, r: after.r, alpha: after.alpha, stays: None, value },
                    after.exposures(horizon),
                )
            }
        }
    }
}

fn unusable(what: &str) -> Error {
    Error::new(Code::DataCorrupted, format!("the parameters of the model have {what}"))
        .hint("Train it again with journey_train().")
}
