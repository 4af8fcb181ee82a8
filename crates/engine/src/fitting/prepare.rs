//! Some rows of the whole table, with categories in the order of their targets.

use pg_journey_core::models::protocol::Fit;
use pg_journey_core::models::training::{Ranks, Rows, ranks_by_target};

/// Columns one after the other, as doubles that are single floats: what the fit compares, a runtime compares too.
pub struct Table {
    pub rows: usize,
    pub features: usize,
    pub values: Vec<f64>,
    pub targets: Vec<f64>,
    pub weights: Vec<f64>,
}

impl Table {
    pub fn new(fit: &Fit, rows: &[usize], ranks: &[Ranks]) -> Table {
        let mut values = Vec::with_capacity(rows.len() * ranks.len());
        for (place, ranks) in ranks.iter().enumerate() {
            let column = fit.rows.column(place);
            values.extend(rows.iter().map(|row| f64::from(ranked(ranks, column[*row]))));
        }
        Table {
            rows: rows.len(),
            features: ranks.len(),
            values,
            targets: rows.iter().map(|row| fit.rows.targets[*row]).collect(),
            weights: super::weights(fit, rows),
        }
    }

    /// A row of the model's input.
    pub fn row(&self, row: usize) -> Vec<f32> {
        (0..self.features).map(|feature| self.values[feature * self.rows + row] as f32).collect()
    }
}

fn ranked(ranks: &Ranks, value: f32) -> f32 {
    if ranks.is_empty() || value.is_nan() {
        return value;
    }
    ranks.get(value as usize).copied().flatten().map_or(f32::NAN, |rank| rank as f32)
}

/// Of each feature, by some rows; empty of a number.
pub fn ranks(table: &Rows, rows: &[usize]) -> Vec<Ranks> {
    let of = |(place, count): (usize, &u32)| match count {
        0 => Ranks::new(),
        count => ranks_by_target(*count as usize, table.column(place), &table.targets, rows),
    };
    table.categories.iter().enumerate().map(of).collect()
}
