//! The models against numbers of other programs, and against customers made by the models themselves.

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rand_distr::{Beta, Distribution, Exp, Gamma};

use super::bg_nbd::{BgNbd, OfBgNbd};
use super::gamma_gamma::OfGammaGamma;
use super::optimise::Likelihood;
use super::pareto_nbd::{OfParetoNbd, ParetoNbd};
use super::purchases::Groups;
use super::*;

const MADE: BgNbd = BgNbd { r: 0.8, alpha: 60.0, a: 0.9, b: 3.0 };
const MADE_VALUES: [f64; 3] = [6.0, 4.0, 15.0];

/// Customers who buy by BG/NBD and Gamma-Gamma, in days: the first purchase of each lies in the first 90, and all is seen until 1,000.
fn made(customers: usize) -> Vec<Vec<Day>> {
    let mut random = StdRng::seed_from_u64(7);
    let [p, q, v] = MADE_VALUES;
    let rates = Gamma::new(MADE.r, 1.0 / MADE.alpha).unwrap();
    let leavings = Beta::new(MADE.a, MADE.b).unwrap();
    let values = Gamma::new(q, 1.0 / v).unwrap();
    let mut all = Vec::new();
    for _ in 0..customers {
        let [rate, leaving, nu] =
            [rates.sample(&mut random), leavings.sample(&mut random), values.sample(&mut random)];
        let (pause, value) = (Exp::new(rate.max(1e-9)).unwrap(), Gamma::new(p, 1.0 / nu).unwrap());
        let mut at = random.random_range(0.0f64..90.0).floor();
        let mut days = Vec::new();
        while at < 1000.0 {
            days.push(Day::of_amount(at as i32, value.sample(&mut random)).unwrap());
            if days.len() > 1 && random.random_bool(leaving) {
                break;
            }
            at += pause.sample(&mut random);
        }
        all.push(days);
    }
    all
}

fn summaries(customers: &[Vec<Day>], until: i32) -> Vec<Summary> {
    customers.iter().filter_map(|days| summary(days, until)).collect()
}

fn assert_close(found: f64, expected: f64, share: f64, what: &str) {
    assert!((found / expected - 1.0).abs() < share, "{what} is {found}, not {expected}");
}

fn fitted(customers: &[Summary], family: Family, unit_days: f64) -> Fitted {
    fit(customers, family, unit_days, &mut || {}).unwrap()
}

#[test]
fn parameters_are_found_again() {
    let found = fitted(&summaries(&made(8000), 600), Family::BgNbd, 1.0);
    let Parameters { r, alpha, a, b, p, q, v, .. } = found.parameters;
    // Whole days in place of a continuous time make the frequent customers a little less so.
    for (name, found, expected) in
        [("r", r, MADE.r), ("alpha", alpha, MADE.alpha), ("a", a.unwrap(), MADE.a), ("b", b.unwrap(), MADE.b)]
    {
        assert_close(found, expected, 0.15, name);
    }
    for (name, found, expected) in [("p", p, 6.0), ("q", q, 4.0), ("v", v, 15.0)] {
        assert_close(found, expected, 0.15, name);
    }
    assert!(found.at_bound.is_empty() && found.slope < 1e-6, "{found:?}");
}

#[test]
fn neither_the_unit_nor_the_scale_of_amounts_matters() {
    let customers = summaries(&made(1500), 600);
    let scaled: Vec<Summary> =
        customers.iter().map(|c| Summary { value: c.value.map(|v| v * 1e6), ..*c }).collect();
    for family in [Family::BgNbd, Family::ParetoNbd] {
        let (days, weeks) = (fitted(&customers, family, 1.0), fitted(&scaled, family, 7.0));
        assert_close(days.parameters.alpha, weeks.parameters.alpha * 7.0, 1e-5, "alpha");
        assert_close(days.parameters.r, weeks.parameters.r, 1e-5, "r");
        assert_close(days.parameters.v * 1e6, weeks.parameters.v, 1e-5, "v");
        assert_close(days.parameters.p, weeks.parameters.p, 1e-5, "p");
        let repeats: f64 = customers.iter().map(|c| f64::from(c.repeats)).sum();
        assert_close(weeks.log_likelihood, days.log_likelihood + repeats * 7f64.ln(), 1e-9, "log-likelihood");
        let (one, other) =
            (Model::new(days.parameters, 1.0).unwrap(), Model::new(weeks.parameters, 7.0).unwrap());
        let often = (0..customers.len()).max_by_key(|n| customers[*n].repeats).unwrap();
        let (one, other) = (one.forecast(&customers[often], 100.0), other.forecast(&scaled[often], 100.0));
        assert_close(one.value * 1e6, other.value, 1e-5, "value");
        assert_close(one.high * 1e6, other.high, 1e-4, "high");
    }
}

#[test]
fn a_model_that_was_fitted_foretells_what_comes() {
    let customers = made(8000);
    let customers: Vec<&[Day]> = customers.iter().map(Vec::as_slice).collect();
    let mut pauses = 0;
    let held = evaluate(&customers, Family::BgNbd, 300, 600, &mut || pauses += 1).unwrap();
    assert_close(held.expected_purchases, held.purchases, 0.05, "purchases");
    assert_close(held.expected_value, held.value, 0.05, "value");
    assert!((0.77..0.83).contains(&held.coverage_of_likely.unwrap()), "{held:?}");
    assert!(held.gini > 0.5 && held.likely > 500 && pauses > 100, "{held:?}");
    // Made for customers who leave otherwise, it ranks them as well.
    let other = evaluate(&customers, Family::ParetoNbd, 300, 600, &mut || {}).unwrap();
    assert!((other.gini - held.gini).abs() < 0.05, "{} and {}", other.gini, held.gini);
}

/// As the packages BTYD and lifetimes give them for the parameters that the papers print for CDNOW.
#[test]
fn forecasts_are_those_of_other_programs() {
    let customer =
        Summary { repeats: 2, recency: 30.43 * 7.0, age: 38.86 * 7.0, value: Some(50.0), historic: 130.0 };
    let value = GammaGammaOfPaper;
    let often = BgNbd { r: 0.242593, alpha: 4.413532, a: 0.792886, b: 2.425752 };
    let model = Model::new(Parameters::of_bg_nbd(often, value.get()), 7.0).unwrap();
    let told = model.forecast(&customer, 39.0 * 7.0);
    assert!((told.p_alive - 0.72660914).abs() < 1e-6, "{told:?}");
    assert!((told.purchases - 1.2259104).abs() < 1e-6, "{told:?}");
    assert!((told.value / told.purchases - 47.329814).abs() < 1e-4, "{told:?}");

    let often = ParetoNbd { r: 0.553287, alpha: 10.577870, s: 0.606235, beta: 11.668677 };
    let model = Model::new(Parameters::of_pareto_nbd(often, value.get()), 7.0).unwrap();
    let told = model.forecast(&customer, 39.0 * 7.0);
    assert!((told.p_alive - 0.8691165).abs() < 1e-6, "{told:?}");
    assert!((told.purchases - 1.4551026).abs() < 1e-5, "{told:?}");
}

struct GammaGammaOfPaper;

impl GammaGammaOfPaper {
    fn get(&self) -> super::gamma_gamma::GammaGamma {
        super::gamma_gamma::GammaGamma { p: 6.248802, q: 3.744588, v: 15.447748 }
    }
}

#[test]
fn an_interval_is_in_order_and_holds_its_probability() {
    let value = GammaGammaOfPaper;
    let model = Model::new(Parameters::of_bg_nbd(MADE, value.get()), 1.0).unwrap();
    let often = Summary { repeats: 30, recency: 290.0, age: 300.0, value: Some(40.0), historic: 1240.0 };
    let told = model.forecast(&often, 365.0);
    assert!(0.0 < told.low && told.low < told.value && told.value < told.high, "{told:?}");
    let seldom = Summary { repeats: 0, recency: 0.0, age: 300.0, value: None, historic: 20.0 };
    let told = model.forecast(&seldom, 30.0);
    assert!(told.none > 0.8 && told.high == 0.0 && told.p_alive == 1.0, "{told:?}");
    assert_eq!(model.forecast(&often, 0.0).value, 0.0);
    let next = model.next_order(&often);
    assert!(0.0 < next.low && next.low < next.days && next.days < next.high, "{next:?}");
}

#[test]
fn too_few_customers_are_refused_with_their_number() {
    let customers = summaries(&made(150), 600);
    let error = fit(&customers[..99], Family::BgNbd, 1.0, &mut || {}).unwrap_err();
    assert_eq!(error.message, "there are 99 customers with a purchase, and 100 are needed");
    let once: Vec<Summary> = customers.iter().map(|c| Summary { repeats: 0, value: None, ..*c }).collect();
    let error = fit(&once, Family::BgNbd, 1.0, &mut || {}).unwrap_err();
    assert!(error.message.starts_with("there are 0 customers with a repeat purchase"), "{error}");
}

#[test]
fn a_fit_without_a_maximum_stops_at_its_boundary_and_says_so() {
    // Whoever bought again bought on the last day: nobody leaves.
    let customers: Vec<Summary> = (0..400)
        .map(|n| Summary {
            repeats: 1 + n % 5,
            recency: 200.0,
            age: 200.0,
            value: Some(10.0),
            historic: 20.0,
        })
        .collect();
    let found = fitted(&customers, Family::BgNbd, 7.0);
    assert!(found.at_bound.contains(&"a") || found.at_bound.contains(&"b"), "{found:?}");
    // All pay the same, always.
    assert!(found.at_bound.contains(&"p"), "{found:?}");
    assert!(Model::new(found.parameters, 7.0).unwrap().forecast(&customers[0], 90.0).value.is_finite());
}

fn check_gradient(likelihood: &dyn Likelihood, theta: &[f64]) -> Result<(), TestCaseError> {
    let (_, slopes) = likelihood.at(theta, &mut || {});
    for (n, slope) in slopes.iter().enumerate() {
        let mut moved = theta.to_vec();
        let mut at = |by: f64| {
            moved[n] = theta[n] + by;
            likelihood.at(&moved, &mut || {}).0
        };
        let measured = (at(1e-5) - at(-1e-5)) / 2e-5;
        prop_assert!(
            (slope - measured).abs() < 1e-5 * (1.0 + measured.abs()),
            "{n}: {slope} is measured as {measured}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn gradients_are_those_of_the_likelihoods(theta in prop::collection::vec(-1.5f64..2.0, 4)) {
        let customers = summaries(&made(60), 600);
        let groups = Groups::new(&customers);
        check_gradient(&OfBgNbd(&groups), &theta)?;
        check_gradient(&OfParetoNbd::new(&groups), &theta)?;
        check_gradient(&OfGammaGamma::new(&customers), &theta[..3])?;
    }

    #[test]
    fn forecasts_are_numbers_in_order_whatever_the_customer(
        x in 0u32..400, age in 1i32..5000, share in 0f64..=1.0, value in 0.01f64..1e7, horizon in 0f64..4000.0, pareto: bool,
    ) {
        let value_model = GammaGammaOfPaper.get();
        let parameters = if pareto {
            Parameters::of_pareto_nbd(ParetoNbd { r: 0.55, alpha: 70.0, s: 0.6, beta: 80.0 }, value_model)
        } else {
            Parameters::of_bg_nbd(MADE, value_model)
        };
        let seen = Summary { repeats: x, recency: if x == 0 { 0.0 } else { (f64::from(age) * share).ceil() }, age: f64::from(age),
                             value: (x > 0).then_some(value), historic: value };
        let model = Model::new(parameters, 1.0).unwrap();
        let told = model.forecast(&seen, horizon);
        prop_assert!((0.0..=1.0).contains(&told.p_alive) && (0.0..=1.0 + 1e-9).contains(&told.none), "{told:?}");
        prop_assert!(told.purchases >= 0.0 && told.value.is_finite() && told.low >= 0.0 && told.low <= told.high && told.high.is_finite(), "{told:?}");
        // What is expected within these days is reached after them, and not before.
        let half = told.value / 2.0;
        if let Some(days) = model.days_until(&seen, half, 4000.0) {
            prop_assert!(days <= horizon + 0.01 && model.forecast(&seen, days).value >= half, "{days} of {horizon}");
            prop_assert!(days <= 0.01 || model.forecast(&seen, days - 0.01).value <= half, "{days} of {horizon}");
        } else {
            prop_assert!(half > 0.0, "nothing is reached at once");
        }
        prop_assert_eq!(model.days_until(&seen, told.value * 1.001 + 1e-9, horizon), None);
    }
}
