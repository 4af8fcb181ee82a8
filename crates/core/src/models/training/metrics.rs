//! How well what was foretold fits what happened.

use serde::Serialize;

use super::calibration::Calibration;
use crate::models::value::gini;

/// Of probabilities.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Classified {
    pub rows: usize,
    pub positives: usize,
    /// The area under the ROC curve: how likely a positive row has a greater probability than a negative one; ties count half.
    pub auc: f64,
    /// Mean of −ln(probability of what happened).
    pub log_loss: f64,
    /// Mean squared error of the probability (Brier 1950).
    pub brier: f64,
    /// Expected calibration error in ten bins of equal width (Naeini, Cooper and Hauskrecht 2015).
    pub ece: f64,
    /// The share of positives in the tenth of rows with the greatest probabilities, over that in all.
    pub lift_top_decile: f64,
}

/// Of values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Regressed {
    pub rows: usize,
    pub rmse: f64,
    pub mae: f64,
    /// 1 − squared error over that of the mean.
    pub r2: f64,
    /// The normalized Gini coefficient: 1 where rows are ranked as their values turned out, 0 by chance.
    pub gini: f64,
    /// Spearman's correlation of ranks.
    pub spearman: f64,
}

/// Of a probability and what was true, a row each. Without rows of both classes auc is NaN, which JSON has as null.
pub fn classified(told: &[f64], truths: &[bool]) -> Classified {
    let rows = told.len();
    let positives = truths.iter().filter(|truth| **truth).count();
    let mean = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        told.iter().zip(truths).map(|(p, truth)| of(*p, f64::from(u8::from(*truth)))).sum::<f64>()
            / rows as f64
    };
    Classified {
        rows,
        positives,
        auc: auc(told, truths),
        log_loss: mean(&|p, y| {
            let p = p.clamp(1e-15, 1.0 - 1e-15);
            -(y * p.ln() + (1.0 - y) * (1.0 - p).ln())
        }),
        brier: mean(&|p, y| (p - y) * (p - y)),
        ece: ece(told, truths),
        lift_top_decile: lift(told, truths),
    }
}

/// Of a value and what it was, a row each.
pub fn regressed(told: &[f64], actual: &[f64]) -> Regressed {
    let rows = told.len();
    let mean = actual.iter().sum::<f64>() / rows as f64;
    let sum =
        |of: &dyn Fn(f64, f64) -> f64| -> f64 { told.iter().zip(actual).map(|(p, y)| of(*p, *y)).sum() };
    let squared = sum(&|p, y| (p - y) * (p - y));
    let pairs: Vec<(f64, f64)> = told.iter().copied().zip(actual.iter().copied()).collect();
    Regressed {
        rows,
        rmse: (squared / rows as f64).sqrt(),
        mae: sum(&|p, y| (p - y).abs()) / rows as f64,
        r2: 1.0 - squared / sum(&|_, y| (y - mean) * (y - mean)),
        gini: gini(&pairs),
        spearman: correlation(&ranks(told), &ranks(actual)),
    }
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let equal =
            order[from..].iter().take_while(|row| values[**row] == values[order[from]]).count().max(1);
        order[from..from + equal].iter().for_each(|row| ranks[*row] = from as f64 + (equal + 1) as f64 / 2.0);
        from += equal;
    }
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum =
        |of: &dyn Fn(f64, f64) -> f64| -> f64 { a.iter().zip(b).map(|(x, y)| of(x - ma, y - mb)).sum() };
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

/// By the sum of ranks (Mann and Whitney 1947).
fn auc(told: &[f64], truths: &[bool]) -> f64 {
    let positives = truths.iter().filter(|truth| **truth).count() as f64;
    let negatives = truths.len() as f64 - positives;
    let sum: f64 = ranks(told).iter().zip(truths).filter(|(_, truth)| **truth).map(|(rank, _)| rank).sum();
    (sum - positives * (positives + 1.0) / 2.0) / (positives * negatives)
}

fn ece(told: &[f64], truths: &[bool]) -> f64 {
    let mut bins = [(0.0, 0.0); 10];
    for (p, truth) in told.iter().zip(truths) {
        let bin = &mut bins[((p * 10.0) as usize).min(9)];
        *bin = (bin.0 + p, bin.1 + f64::from(u8::from(*truth)));
    }
    bins.iter().map(|(told, came)| (told - came).abs()).sum::<f64>() / told.len() as f64
}

/// Rows with the probability at the edge count in part, so that their order does not matter.
fn lift(told: &[f64], truths: &[bool]) -> f64 {
    let tenth = told.len().div_ceil(10);
    let mut sorted = told.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let Some(edge) = tenth.checked_sub(1).map(|last| sorted[last]) else { return f64::NAN };
    let count = |of: &dyn Fn(f64) -> bool| {
        let rows = told.iter().zip(truths).filter(|(p, _)| of(**p));
        rows.fold((0.0, 0.0), |(all, positive), (_, truth)| {
            (all + 1.0, positive + f64::from(u8::from(*truth)))
        })
    };
    let (above, found) = count(&|p| p > edge);
    let (at, maybe) = count(&|p| p == edge);
    let positives = truths.iter().filter(|truth| **truth).count() as f64;
    (found + maybe * (tenth as f64 - above) / at) / tenth as f64 / (positives / told.len() as f64)
}

/// Probabilities of rows by a calibration that was fitted to the other folds' margins only.
pub fn cross_calibrated(margins: &[f64], truths: &[bool], fold_of: &[usize], folds: usize) -> Vec<f64> {
    let curves: Vec<Calibration> = (0..folds)
        .map(|fold| {
            let others = (0..margins.len()).filter(|row| fold_of[*row] != fold);
            let (margins, truths): (Vec<f64>, Vec<bool>) =
                others.map(|row| (margins[row], truths[row])).unzip();
            Calibration::fit(&margins, &truths)
        })
        .collect();
    margins.iter().zip(fold_of).map(|(margin, fold)| curves[*fold].apply(*margin)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn figures_by_hand() {
        // Pairs: (.8 > .4), (.8 > .2), (.4 = .4), (.4 > .2): 3.5 of 4.
        let told = classified(&[0.8, 0.4, 0.4, 0.2], &[true, true, false, false]);
        assert_eq!((told.auc, told.rows, told.positives, told.lift_top_decile), (0.875, 4, 2, 2.0));
        assert!((told.brier - 0.15).abs() < 1e-12);
        assert!((told.ece - (0.2 + 0.2 + 0.2) / 4.0).abs() < 1e-12, "{}", told.ece);
        let value = regressed(&[1.0, 2.0, 3.0], &[1.0, 2.0, 6.0]);
        assert!((value.r2 - (1.0 - 9.0 / 14.0)).abs() < 1e-12 && value.mae == 1.0 && value.spearman == 1.0);
        assert!((value.gini - 1.0).abs() < 1e-12 && (value.rmse - 3f64.sqrt()).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn auc_is_the_share_of_pairs_in_order(rows in proptest::collection::vec((0u8..12, any::<bool>()), 2..60)) {
            let (told, truths): (Vec<f64>, Vec<bool>) = rows.iter().map(|(p, y)| (f64::from(*p) / 12.0, *y)).unzip();
            let of = |class: bool| told.iter().zip(&truths).filter(move |(_, y)| **y == class).map(|(p, _)| *p).collect::<Vec<_>>();
            let (positive, negative) = (of(true), of(false));
            prop_assume!(!positive.is_empty() && !negative.is_empty());
            let won: f64 = positive.iter().flat_map(|p| negative.iter().map(move |n| if p > n { 1.0 } else if p == n { 0.5 } else { 0.0 })).sum();
            prop_assert!((auc(&told, &truths) - won / (positive.len() * negative.len()) as f64).abs() < 1e-9);
        }

        #[test]
        fn the_order_of_rows_does_not_matter(rows in proptest::collection::vec((0u8..5, any::<bool>()), 10..60)) {
            let split = |rows: &[(u8, bool)]| -> (Vec<f64>, Vec<bool>) { rows.iter().map(|(p, y)| (f64::from(*p) / 5.0, *y)).unzip() };
            let (told, truths) = split(&rows);
            let (told_back, truths_back) = split(&rows.iter().rev().copied().collect::<Vec<_>>());
            prop_assume!(truths.contains(&true) && truths.contains(&false));
            let (a, b) = (classified(&told, &truths), classified(&told_back, &truths_back));
            prop_assert!((a.auc - b.auc).abs() < 1e-12 && (a.lift_top_decile - b.lift_top_decile).abs() < 1e-12 && (a.ece - b.ece).abs() < 1e-12);
        }
    }
}
