//! Maximum likelihood from several starts, within bounds, by the L-BFGS of argmin.

use std::cell::RefCell;

use argmin::core::{CostFunction, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

/// Parameters are searched as logarithms between these, in units in which they are of the order of one: beyond them a
/// parameter says no more than that it is as good as nothing or as good as infinite.
const LOWEST: f64 = -9.0;
const HIGHEST: f64 = 9.0;
/// A gradient of the mean log-likelihood below this is none: then the parameters are good to seven digits.
const FLAT: f64 = 1e-8;
const ROUNDS: u64 = 300;

/// Called now and then, so that the caller can stop the work by unwinding.
pub type Pause<'p> = &'p mut dyn FnMut();

/// The mean log-likelihood at the logarithms of the parameters, and its gradient by these.
pub trait Likelihood {
    /// Over many customers this takes seconds: `pause` is called in between.
    fn at(&self, theta: &[f64], pause: Pause) -> (f64, Vec<f64>);
}

#[derive(Debug, Clone, PartialEq)]
pub struct Optimum {
    /// Logarithms of the parameters.
    pub theta: Vec<f64>,
    pub mean: f64,
    /// Parameters that ran to their bound.
    pub at_bound: Vec<usize>,
    /// Largest component of the gradient among the others.
    pub slope: f64,
}

/// The best optimum of all starts; none where the likelihood is not a number at any.
pub fn maximise(likelihood: &dyn Likelihood, starts: &[Vec<f64>], pause: Pause) -> Option<Optimum> {
    let search =
        Search { likelihood, pause: RefCell::new(pause), best: RefCell::new(None), last: RefCell::new(None) };
    for start in starts {
        // What went wrong at the end of a line search does not matter: the best point seen is kept.
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), 7).with_tolerance_grad(FLAT).ok()?;
        let solver = solver.with_tolerance_cost(1e-15).ok()?;
        let _ = Executor::new(&search, solver)
            .configure(|state| state.param(start.clone()).max_iters(ROUNDS))
            .timer(false)
            .run();
    }
    let (mean, point) = search.best.into_inner()?;
    let is_bound = |value: &f64| !(LOWEST + 1e-6..=HIGHEST - 1e-6).contains(value);
    let at_bound: Vec<usize> = (0..point.theta.len()).filter(|n| is_bound(&point.theta[*n])).collect();
    let slope =
        point.gradient.iter().enumerate().filter(|(n, _)| !at_bound.contains(n)).map(|(_, g)| g.abs());
    Some(Optimum { slope: slope.fold(0.0, f64::max), mean, at_bound, theta: point.theta })
}

#[derive(Debug, Clone)]
struct Point {
    asked: Vec<f64>,
    theta: Vec<f64>,
    cost: f64,
    gradient: Vec<f64>,
}

struct Search<'a, 'p> {
    likelihood: &'a dyn Likelihood,
    pause: RefCell<Pause<'p>>,
    best: RefCell<Option<(f64, Point)>>,
    /// The solver asks for value and gradient of one point after the other.
    last: RefCell<Option<Point>>,
}

impl Search<'_, '_> {
    fn evaluate(&self, asked: &[f64]) -> Point {
        if let Some(last) = self.last.borrow().as_ref().filter(|last| last.asked == asked) {
            return last.clone();
        }
        let theta: Vec<f64> = asked.iter().map(|value| value.clamp(LOWEST, HIGHEST)).collect();
        let (mean, slopes) = self.likelihood.at(&theta, *self.pause.borrow_mut());
        // Outside the bounds the likelihood goes on as at the bound, and the way leads back: a step that was too long is no end.
        let outside: Vec<f64> = asked.iter().zip(&theta).map(|(asked, value)| asked - value).collect();
        let penalty: f64 = outside.iter().map(|by| by * by / 2.0).sum();
        let slope = |(by, slope): (&f64, f64)| if *by == 0.0 { -slope } else { *by };
        let gradient = outside.iter().zip(slopes).map(slope).collect();
        let point = Point { asked: asked.to_vec(), theta, cost: penalty - mean, gradient };
        if mean.is_finite() && self.best.borrow().as_ref().is_none_or(|best| mean > best.0) {
            *self.best.borrow_mut() = Some((mean, point.clone()));
        }
        *self.last.borrow_mut() = Some(point.clone());
        point
    }
}

impl CostFunction for &Search<'_, '_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, theta: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        Ok(self.evaluate(theta).cost)
    }
}

impl Gradient for &Search<'_, '_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, theta: &Vec<f64>) -> Result<Vec<f64>, argmin::core::Error> {
        Ok(self.evaluate(theta).gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hill whose top is at the given place.
    struct Hill(Vec<f64>);

    impl Likelihood for Hill {
        fn at(&self, theta: &[f64], pause: Pause) -> (f64, Vec<f64>) {
            pause();
            let away: Vec<f64> = theta.iter().zip(&self.0).map(|(at, top)| at - top).collect();
            let value = away.iter().map(|d| -d * d - 0.1 * d.powi(4)).sum();
            (value, away.iter().map(|d| -2.0 * d - 0.4 * d.powi(3)).collect())
        }
    }

    #[test]
    fn the_top_is_found_from_any_start() {
        let mut pauses = 0;
        let found = maximise(&Hill(vec![1.0, -2.0]), &[vec![5.0, 5.0], vec![-8.0, 0.0]], &mut || pauses += 1)
            .unwrap();
        assert!(found.theta.iter().zip([1.0, -2.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
        assert!(found.at_bound.is_empty() && found.slope < 1e-6 && pauses > 4);
    }

    #[test]
    fn a_search_that_leaves_the_bounds_stops_there_and_says_which() {
        let found = maximise(&Hill(vec![1.0, 40.0]), &[vec![0.0, 0.0]], &mut || {}).unwrap();
        assert_eq!(found.at_bound, [1]);
        assert!((found.theta[0] - 1.0).abs() < 1e-4 && found.theta[1] == HIGHEST, "{found:?}");
    }
}
