//! Histories as the likelihoods read them: those with equal numbers of purchases together, equal ones once.

use super::history::Summary;

/// Rows between two calls of `pause`: some milliseconds of the slowest likelihood.
pub const PAUSE: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    pub recency: f64,
    pub age: f64,
    /// How many customers have this history.
    pub weight: f64,
}

pub struct Group<'g> {
    pub repeats: f64,
    pub rows: &'g [Row],
}

/// All histories, with times divided by `scale`.
#[derive(Debug, Clone)]
pub struct Groups {
    repeats: Vec<(u32, usize)>,
    rows: Vec<Row>,
    pub weight: f64,
    /// The mean age in days: in this unit all rates are of the order of one, whatever the shop.
    pub scale: f64,
}

impl Groups {
    pub fn new(customers: &[Summary]) -> Groups {
        let weight = customers.len() as f64;
        let scale = (customers.iter().map(|c| c.age).sum::<f64>() / weight).max(1.0);
        // Times are whole days, so equal ones are exactly equal.
        let mut keys: Vec<(u32, i64, i64)> =
            customers.iter().map(|c| (c.repeats, c.recency as i64, c.age as i64)).collect();
        keys.sort_unstable();
        let (mut repeats, mut rows) = (Vec::<(u32, usize)>::new(), Vec::<Row>::new());
        for (place, key) in keys.iter().enumerate() {
            if place > 0 && keys[place - 1] == *key {
                if let Some(row) = rows.last_mut() {
                    row.weight += 1.0;
                }
                continue;
            }
            rows.push(Row { recency: key.1 as f64 / scale, age: key.2 as f64 / scale, weight: 1.0 });
            match repeats.last_mut() {
                Some(last) if last.0 == key.0 => last.1 = rows.len(),
                _ => repeats.push((key.0, rows.len())),
            }
        }
        Groups { repeats, rows, weight, scale }
    }

    pub fn iter(&self) -> impl Iterator<Item = Group<'_>> {
        self.repeats.iter().enumerate().map(|(place, (repeats, end))| {
            let begin = if place == 0 { 0 } else { self.repeats[place - 1].1 };
            Group { repeats: f64::from(*repeats), rows: &self.rows[begin..*end] }
        })
    }

    /// All repeat purchases.
    pub fn purchases(&self) -> f64 {
        self.iter().map(|group| group.repeats * group.rows.iter().map(|row| row.weight).sum::<f64>()).sum()
    }
}
