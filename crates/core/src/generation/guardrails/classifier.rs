//! `classifier`: is a text closer to examples of what may not be said than to examples of what may?

use serde::{Deserialize, Serialize};

use crate::kernel::{Error, Result};

/// Vectors of length 1 for texts, by the model of that name. Its errors make the rule fail.
pub type Embed<'a> = dyn FnMut(&str, &[String]) -> Result<Vec<Vec<f32>>> + 'a;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classifier {
    /// An embedding model of journey.models, or a role of journey.model_roles.
    pub model: String,
    pub like: Vec<String>,
    #[serde(default)]
    pub unlike: Vec<String>,
    /// How much closer, as a difference of cosines, is too close; without `unlike` the cosine itself.
    pub threshold: f32,
}

impl Classifier {
    pub fn check(self) -> Result<Self> {
        if self.like.is_empty() || !(-2.0..=2.0).contains(&self.threshold) {
            return Err(Error::invalid(
                "a classifier needs examples in \"like\" and a threshold from -2 to 2",
            )
            .hint("Give some sentences that may not be said, and in \"unlike\" some that may."));
        }
        Ok(self)
    }

    pub fn score(&self, text: &str, embed: &mut Embed) -> Result<f32> {
        let examples: Vec<String> = self.like.iter().chain(&self.unlike).cloned().collect();
        let examples = embed(&self.model, &examples)?;
        let [text] = &embed(&self.model, &[text.to_owned()])?[..] else {
            return Err(Error::invalid("a text has no vector"));
        };
        if examples.len() != self.like.len() + self.unlike.len() {
            return Err(Error::invalid("an example has no vector"));
        }
        let cosines: Vec<f32> = examples.iter().map(|example| dot(example, text)).collect();
        let (like, unlike) = cosines.split_at(self.like.len());
        let closest = |cosines: &[f32]| cosines.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let score = closest(like) - if unlike.is_empty() { 0.0 } else { closest(unlike) };
        if score.is_finite() {
            Ok(score)
        } else {
            Err(Error::invalid("the vectors of a text are not numbers"))
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
