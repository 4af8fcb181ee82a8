//! Linear and logistic models of features that are brought to mean 0 and deviation 1.

/// A model that is a weighted sum. `means` and `scales` are those of the training rows; a value that is not known is the mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    pub intercept: f64,
    pub means: Vec<f32>,
    /// 1 / standard deviation; 0 of a feature that never changes.
    pub scales: Vec<f32>,
    pub weights: Vec<f32>,
}

impl Linear {
    /// What each feature adds to the intercept, which is the mean row's margin.
    pub fn contributions(&self, row: &[f32]) -> (f64, Vec<f64>) {
        let parts = row.iter().enumerate().map(|(place, value)| {
            let value = if value.is_nan() { 0.0 } else { f64::from(*value) - f64::from(self.means[place]) };
            value * f64::from(self.scales[place]) * f64::from(self.weights[place])
        });
        (self.intercept, parts.collect())
    }

    pub fn margin(&self, row: &[f32]) -> f64 {
        let (base, parts) = self.contributions(row);
        base + parts.iter().sum::<f64>()
    }
}
