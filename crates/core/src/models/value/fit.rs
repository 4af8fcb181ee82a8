//! Both models by maximum likelihood, each from several starts.

use serde::{Deserialize, Serialize};

use super::bg_nbd::{BgNbd, OfBgNbd};
use super::gamma_gamma::{GammaGamma, OfGammaGamma};
use super::history::Summary;
use super::optimise::{Likelihood, Optimum, Pause, maximise};
use super::pareto_nbd::{OfParetoNbd, ParetoNbd};
use super::purchases::Groups;
use super::serve::Parameters;
use crate::kernel::{Code, Error, Result};

/// Of fewer a fit says more about chance than about the shop: a choice, not a measurement.
pub const FEWEST_CUSTOMERS: usize = 100;
pub const FEWEST_REPEATING: usize = 30;

/// How often a customer buys, and when he leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    BgNbd,
    ParetoNbd,
}

/// Parameters in a unit of time, and how they were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    pub parameters: Parameters,
    /// Of both models, as the papers count them: of times in the unit and of mean values.
    pub log_likelihood: f64,
    pub value_log_likelihood: f64,
    /// Parameters that ran to the boundary of the search: the data do not say more than that they are very small or very large.
    pub at_bound: Vec<&'static str>,
    /// The largest slope of the mean log-likelihoods by the logarithm of a parameter; nothing at a maximum.
    pub slope: f64,
    pub customers: usize,
    pub repeating: usize,
    /// Of numbers and mean values of repeat purchases, which Gamma-Gamma takes to be none.
    pub correlation: Option<f64>,
}

/// `unit_days`: the unit of time of the parameters, in days. `pause` is called at each step, so that the caller can stop the work.
pub fn fit(customers: &[Summary], family: Family, unit_days: f64, pause: Pause) -> Result<Fitted> {
    let repeating = customers.iter().filter(|c| c.value.is_some()).count();
    enough(customers.len(), FEWEST_CUSTOMERS, "with a purchase")?;
    enough(repeating, FEWEST_REPEATING, "with a repeat purchase that cost something")?;

    let groups = Groups::new(customers);
    let values = OfGammaGamma::new(customers);
    let starts = starts(groups.purchases() / groups.weight);
    let (likelihood, names): (Box<dyn Likelihood>, _) = match family {
        Family::BgNbd => (Box::new(OfBgNbd(&groups)), BgNbd::NAMES),
        Family::ParetoNbd => (Box::new(OfParetoNbd::new(&groups)), ParetoNbd::NAMES),
    };
    let often = maximise(likelihood.as_ref(), &starts, pause).ok_or_else(no_optimum)?;
    let much = maximise(&values, &VALUE_STARTS.map(|start| start.to_vec()), pause).ok_or_else(no_optimum)?;

    // Back from the scales of the search: times to the unit, values to what they were.
    let time = groups.scale / unit_days;
    let value = GammaGamma::of(&much.theta).ok_or_else(no_optimum)?;
    let value = GammaGamma { v: value.v * values.scale, ..value };
    let parameters = match family {
        Family::BgNbd => BgNbd::of(&often.theta)
            .map(|found| Parameters::of_bg_nbd(BgNbd { alpha: found.alpha * time, ..found }, value)),
        Family::ParetoNbd => ParetoNbd::of(&often.theta).map(|found| {
            Parameters::of_pareto_nbd(
                ParetoNbd { alpha: found.alpha * time, beta: found.beta * time, ..found },
                value,
            )
        }),
    };
    Ok(Fitted {
        parameters: parameters.ok_or_else(no_optimum)?,
        log_likelihood: often.mean * groups.weight - groups.purchases() * time.ln(),
        value_log_likelihood: (much.mean - values.scale.ln()) * values.weight,
        at_bound: bounds(&often, &names).chain(bounds(&much, &GammaGamma::NAMES)).collect(),
        slope: often.slope.max(much.slope),
        customers: customers.len(),
        repeating,
        correlation: values.correlation(),
    })
}

fn enough(found: usize, needed: usize, what: &str) -> Result<()> {
    if found >= needed {
        return Ok(());
    }
    let message = format!("there are {found} customers {what}, and {needed} are needed");
    Err(Error::new(Code::ObjectNotInPrerequisiteState, message)
        .hint("Train when more has been bought, or on a source that reaches farther back."))
}

fn no_optimum() -> Error {
    Error::new(Code::NumericValueOutOfRange, "the likelihood of these purchases is not a number anywhere")
        .hint("Look for absurd amounts or dates in what the model is trained on.")
}

fn bounds<'n>(found: &Optimum, names: &'n [&'static str]) -> impl Iterator<Item = &'static str> + use<'n> {
    let at_bound = found.at_bound.clone();
    names.iter().enumerate().filter(move |(n, _)| at_bound.contains(n)).map(|(_, name)| *name)
}

/// Shapes of customers from much alike to very different, and from loyal to fickle, around the mean rate that was seen.
fn starts(rate: f64) -> Vec<Vec<f64>> {
    let start = |[r, c, d]: [f64; 3]| [r, r / rate.max(1e-3), c, d].map(f64::ln).to_vec();
    [[1.0, 1.0, 3.0], [0.3, 0.5, 1.0], [3.0, 0.1, 5.0], [0.5, 3.0, 1.0]].map(start).to_vec()
}

/// Logarithms of p, q - 1 and v, each with a mean of one.
const VALUE_STARTS: [[f64; 3]; 3] = [[0.0, 0.69, 0.69], [1.6, 1.1, -0.5], [3.0, 2.2, -0.8]];
