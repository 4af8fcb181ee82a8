//! Which of the candidates that passed is served.

use serde::{Deserialize, Serialize};

use super::check::Verdict;
use super::guardrails::{OnFail, Ruling, strictest};

/// A candidate with its verdicts, as journey.generations keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub text: String,
    pub passed: bool,
    pub violations: Vec<Verdict>,
    /// Of the guardrails it breaks.
    pub rulings: Vec<Ruling>,
    pub score: f32,
    pub mean_logprob: f32,
    pub finish: String,
}

impl Judged {
    /// What its guardrails ask for, where nothing else is wrong with it.
    pub fn on_fail(&self) -> Option<OnFail> {
        strictest(&self.rulings).filter(|_| self.violations.is_empty())
    }

    /// What is wrong with it, as anybody may read: never in words that a guardrail forbids.
    pub fn told(&self) -> Vec<Verdict> {
        let is_quotable = self.rulings.is_empty();
        let rules = self.violations.iter().cloned();
        let rules = rules.map(|v| Verdict { detail: v.detail.filter(|_| is_quotable), ..v });
        rules.chain(self.rulings.iter().map(|r| r.verdict(false))).collect()
    }
}

/// What a candidate loses by being the draft word for word, in units of mean log-probability: a little, for the draft is
/// never wrong, only less alive.
const COPY_COST: f32 = 0.6;

/// Likelier texts are more fluent; of likely ones the one further from the draft reads less like a template.
pub fn score(text: &str, draft: &str, mean_logprob: f32) -> f32 {
    mean_logprob - COPY_COST * likeness(text, draft)
}

/// Mean log-probability below which texts read as if put together by chance; measured on texts that were read one by one.
const LEAST_FLUENT: f32 = -1.3;

/// Whether the model itself finds the text likely enough: what the fence forces it into is grammatical more often than
/// sensible.
pub fn is_fluent(mean_logprob: f32) -> bool {
    mean_logprob >= LEAST_FLUENT
}

/// The best one that passed; of equals the first.
pub fn best(candidates: &[Judged]) -> Option<&Judged> {
    candidates.iter().filter(|c| c.passed).fold(None, |best: Option<&Judged>, c| match best {
        Some(b) if b.score >= c.score => Some(b),
        _ => Some(c),
    })
}

/// Share of word pairs in common (Dice), 0 to 1.
fn likeness(a: &str, b: &str) -> f32 {
    let pairs = |text: &str| -> Vec<String> {
        let words: Vec<String> = std::iter::once(String::new())
            .chain(
                text.split_whitespace()
                    .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()),
            )
            .collect();
        words.windows(2).map(|pair| pair.join(" ")).collect()
    };
    let (a, mut b) = (pairs(a), pairs(b));
    let total = a.len() + b.len();
    let shared =
        a.iter().filter(|pair| b.iter().position(|x| x == *pair).map(|at| b.swap_remove(at)).is_some());
    if total == 0 { 1.0 } else { 2.0 * shared.count() as f32 / total as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str, passed: bool, score: f32) -> Judged {
        Judged {
            text: text.into(),
            passed,
            violations: vec![],
            rulings: vec![],
            score,
            mean_logprob: score,
            finish: "end".into(),
        }
    }

    #[test]
    fn the_best_passing_candidate_is_served() {
        let candidates = [
            judged("a", false, -0.1),
            judged("b", true, -0.9),
            judged("c", true, -0.5),
            judged("d", true, -0.5),
        ];
        assert_eq!(best(&candidates).map(|c| c.text.as_str()), Some("c"));
        assert_eq!(best(&candidates[..1]), None);
    }

    #[test]
    fn a_copy_of_the_draft_scores_below_an_equally_likely_rewriting() {
        let draft = "How about Bananas this week?";
        assert!(score(draft, draft, -0.3) < score("Bananas for a good week", draft, -0.3));
        assert!((likeness(draft, draft) - 1.0).abs() < 1e-6 && likeness("x y", "a b") < 1e-6);
    }
}
