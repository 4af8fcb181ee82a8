//! The rows of a training: what may be learned from, and the order of categories.

use serde::{Deserialize, Serialize};

use super::options::{FEWEST_OF_A_CLASS, FEWEST_ROWS, Task};
use crate::kernel::{Error, Result};

/// Columns of numbers, one after the other. Categories are places in a list, from 0; what is not known is NaN.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rows {
    /// How many texts a category has; 0 of a number.
    pub categories: Vec<u32>,
    /// Column by column, as many values each as there are targets.
    pub values: Vec<f32>,
    /// 0 or 1 of a classification.
    pub targets: Vec<f64>,
    /// Of each row; empty: all 1.
    pub weights: Vec<f64>,
    /// Of each row; empty: none is later than another.
    pub times: Vec<f64>,
}

impl Rows {
    pub fn count(&self) -> usize {
        self.targets.len()
    }

    pub fn column(&self, place: usize) -> &[f32] {
        &self.values[place * self.count()..(place + 1) * self.count()]
    }

    /// Error (22023): columns of another length than the targets.
    pub fn check(&self) -> Result<()> {
        let rows = self.count();
        let fits = |column: &[f64]| column.is_empty() || column.len() == rows;
        if self.values.len() == rows * self.categories.len() && fits(&self.weights) && fits(&self.times) {
            Ok(())
        } else {
            Err(Error::invalid(format!(
                "{} values do not make {rows} rows of {} features",
                self.values.len(),
                self.categories.len()
            )))
        }
    }
}

/// Error (22023): too few rows, or too few of a class, or a value that never changes. Says how many there are and are needed.
pub fn check_target(task: Task, targets: &[f64]) -> Result<()> {
    let rows = targets.len();
    if rows < FEWEST_ROWS {
        let message = format!("the source has {rows} rows with a target; at least {FEWEST_ROWS} are needed");
        return Err(Error::invalid(message)
            .hint("Rows whose target is null do not count. Gather more, or widen the query."));
    }
    if task == Task::Classification {
        let positives = targets.iter().filter(|target| **target == 1.0).count();
        if positives.min(rows - positives) < FEWEST_OF_A_CLASS {
            let message = format!(
                "the target is true in {positives} rows and false in {}; at least {FEWEST_OF_A_CLASS} of each are needed",
                rows - positives
            );
            return Err(Error::invalid(message)
                .hint("Gather more rows of the rarer kind, or choose a target that is not so rare."));
        }
    } else if targets.iter().all(|target| *target == targets[0]) {
        let message = format!("the target is {} in all {rows} rows", targets[0]);
        return Err(Error::invalid(message).hint("There is nothing to tell apart; choose another target."));
    }
    Ok(())
}

/// The new place of each text of a category, None of one that the rows lack.
pub type Ranks = Vec<Option<u32>>;

/// Texts by the mean of their targets, so that one split parts those of great from those of small ones (Fisher 1958).
pub fn ranks_by_target(count: usize, codes: &[f32], targets: &[f64], rows: &[usize]) -> Ranks {
    let mut sums = vec![(0.0, 0.0); count];
    for row in rows.iter().filter(|row| !codes[**row].is_nan()) {
        let sum = &mut sums[codes[*row] as usize];
        *sum = (sum.0 + targets[*row], sum.1 + 1.0);
    }
    let mut order: Vec<usize> = (0..count).filter(|text| sums[*text].1 > 0.0).collect();
    let mean = |text: &usize| sums[*text].0 / sums[*text].1;
    order.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    let mut ranks = vec![None; count];
    order.iter().enumerate().for_each(|(rank, text)| ranks[*text] = Some(rank as u32));
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_in_the_order_of_their_means() {
        let codes = [0.0, 1.0, 2.0, 0.0, 2.0, f32::NAN, 3.0];
        let targets = [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0];
        // The last row is not learned from, so its text is not known.
        assert_eq!(
            ranks_by_target(4, &codes, &targets, &[0, 1, 2, 3, 4, 5]),
            [Some(1), Some(0), Some(2), None]
        );
    }

    #[test]
    fn too_little_is_told_with_its_numbers() {
        let few = check_target(Task::Regression, &[1.0, 2.0]).unwrap_err();
        assert!(few.message.contains("2 rows") && few.message.contains("50"), "{few}");
        let mut one_sided = vec![0.0; 60];
        one_sided[..3].fill(1.0);
        let rare = check_target(Task::Classification, &one_sided).unwrap_err();
        assert!(
            rare.message.contains("true in 3 rows and false in 57") && rare.message.contains("10"),
            "{rare}"
        );
        assert!(check_target(Task::Regression, &[4.0; 60]).unwrap_err().message.contains("4 in all 60"));
        assert_eq!(check_target(Task::Regression, &one_sided), Ok(()));
    }
}
