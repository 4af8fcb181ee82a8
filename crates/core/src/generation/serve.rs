//! What becomes of a request: a candidate is served, or the draft, or a person decides, or nothing is served.

use serde::{Deserialize, Serialize};

use super::choose::{self, Judged};
use super::guardrails::{OnFail, Ruling, strictest};

/// What a policy wants seen by a person before it is served.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Caution {
    /// Confidence below which a text of the model is reviewed.
    pub min_confidence: Option<f32>,
    /// Whether texts of this kind are always reviewed.
    pub is_sensitive: bool,
}

/// The draft as the guardrails let it be.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub text: String,
    pub rulings: Vec<Ruling>,
    /// Whether it holds its disclosures and the limits of its kind.
    pub fits: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    Model,
    Draft,
}

/// Why a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    Guardrail,
    Confidence,
    Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Served(Author, String),
    Review(Author, String, Doubt),
    /// With the guardrails that were broken.
    Refused(Vec<String>),
}

/// Whether another draw is of use: nothing passed, and no guardrail asks for something else.
pub fn wants_more(candidates: &[Judged]) -> bool {
    choose::best(candidates).is_none() && asked(candidates).is_none_or(|on_fail| on_fail <= OnFail::Reask)
}

pub fn decide(candidates: &[Judged], draft: &Draft, confidence: Option<f32>, caution: &Caution) -> Outcome {
    if let Some(best) = choose::best(candidates) {
        return cautious(Author::Model, best.text.clone(), confidence, caution);
    }
    match asked(candidates) {
        Some(OnFail::Refuse) => Outcome::Refused(broken(candidates.iter().flat_map(|c| &c.rulings))),
        Some(OnFail::Review) => match reviewable(candidates) {
            Some(text) => Outcome::Review(Author::Model, text, Doubt::Guardrail),
            None => of_draft(draft, caution),
        },
        _ => of_draft(draft, caution),
    }
}

fn of_draft(draft: &Draft, caution: &Caution) -> Outcome {
    match strictest(&draft.rulings) {
        _ if !draft.fits => Outcome::Refused(broken(draft.rulings.iter())),
        None => cautious(Author::Draft, draft.text.clone(), None, caution),
        Some(OnFail::Review) => Outcome::Review(Author::Draft, draft.text.clone(), Doubt::Guardrail),
        Some(_) => Outcome::Refused(broken(draft.rulings.iter())),
    }
}

fn cautious(author: Author, text: String, confidence: Option<f32>, caution: &Caution) -> Outcome {
    let is_low = confidence.zip(caution.min_confidence).is_some_and(|(confidence, least)| confidence < least);
    match (caution.is_sensitive, is_low) {
        (true, _) => Outcome::Review(author, text, Doubt::Kind),
        (_, true) => Outcome::Review(author, text, Doubt::Confidence),
        _ => Outcome::Served(author, text),
    }
}

/// The strictest demand of the guardrails on candidates that are sound otherwise.
fn asked(candidates: &[Judged]) -> Option<OnFail> {
    candidates.iter().filter_map(Judged::on_fail).max()
}

/// The best one that only a person can pass.
fn reviewable(candidates: &[Judged]) -> Option<String> {
    let open = candidates.iter().filter(|c| {
        c.on_fail().is_some() && c.rulings.iter().filter(|r| r.blocks()).all(|r| r.on_fail == OnFail::Review)
    });
    open.max_by(|a, b| a.score.total_cmp(&b.score)).map(|c| c.text.clone())
}

fn broken<'a>(rulings: impl Iterator<Item = &'a Ruling>) -> Vec<String> {
    let mut names: Vec<String> = rulings.filter(|r| r.blocks()).map(|r| r.guardrail.clone()).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::guardrails::Severity;

    fn ruling(on_fail: OnFail) -> Ruling {
        Ruling {
            guardrail: format!("{on_fail:?}"),
            version: 1,
            severity: Severity::Error,
            on_fail,
            passed: false,
            reason: Some("a reason".into()),
            found: Some("a word".into()),
        }
    }

    fn candidate(text: &str, score: f32, on_fail: &[OnFail]) -> Judged {
        Judged {
            text: text.into(),
            passed: on_fail.is_empty(),
            violations: vec![],
            rulings: on_fail.iter().map(|o| ruling(*o)).collect(),
            score,
            mean_logprob: score,
            finish: "end".into(),
        }
    }

    fn draft(on_fail: &[OnFail]) -> Draft {
        Draft { text: "draft".into(), rulings: on_fail.iter().map(|o| ruling(*o)).collect(), fits: true }
    }

    #[test]
    fn what_passes_is_served_whatever_other_candidates_broke() {
        let candidates = [candidate("bad", -0.1, &[OnFail::Refuse]), candidate("good", -0.5, &[])];
        let outcome = decide(&candidates, &draft(&[OnFail::Refuse]), Some(0.5), &Caution::default());
        assert_eq!(outcome, Outcome::Served(Author::Model, "good".into()));
        assert!(!wants_more(&candidates));
    }

    #[test]
    fn the_strictest_guardrail_says_what_becomes_of_a_text() {
        let decide = |on_fail: &[OnFail], of_draft: &[OnFail]| {
            decide(&[candidate("bad", -0.1, on_fail)], &draft(of_draft), Some(0.0), &Caution::default())
        };
        let served = Outcome::Served(Author::Draft, "draft".into());
        for mild in [OnFail::Fix, OnFail::Filter, OnFail::Reask, OnFail::Fallback] {
            assert_eq!(decide(&[mild], &[]), served);
            assert_eq!(decide(&[mild], &[mild]), Outcome::Refused(vec![format!("{mild:?}")]));
        }
        assert_eq!(
            decide(&[OnFail::Review], &[]),
            Outcome::Review(Author::Model, "bad".into(), Doubt::Guardrail)
        );
        // Nobody is asked about a text that another guardrail forbids.
        assert_eq!(decide(&[OnFail::Review, OnFail::Reask], &[]), served);
        assert_eq!(
            decide(&[OnFail::Review, OnFail::Refuse], &[]),
            Outcome::Refused(vec!["Refuse".into(), "Review".into()])
        );
        assert_eq!(
            decide(&[OnFail::Reask], &[OnFail::Review]),
            Outcome::Review(Author::Draft, "draft".into(), Doubt::Guardrail)
        );
        assert!(wants_more(&[candidate("bad", -0.1, &[OnFail::Reask])]));
        assert!(!wants_more(&[candidate("bad", -0.1, &[OnFail::Fallback])]));
    }

    #[test]
    fn a_draft_that_does_not_fit_is_never_served() {
        let draft = Draft { fits: false, ..draft(&[]) };
        assert_eq!(decide(&[], &draft, None, &Caution::default()), Outcome::Refused(vec![]));
    }

    #[test]
    fn doubtful_and_sensitive_texts_go_to_a_person() {
        let low = Caution { min_confidence: Some(0.5), is_sensitive: false };
        let good = [candidate("good", -0.5, &[])];
        assert_eq!(
            decide(&good, &draft(&[]), Some(0.25), &low),
            Outcome::Review(Author::Model, "good".into(), Doubt::Confidence)
        );
        assert_eq!(
            decide(&good, &draft(&[]), Some(0.5), &low),
            Outcome::Served(Author::Model, "good".into())
        );
        let sensitive = Caution { min_confidence: None, is_sensitive: true };
        assert_eq!(
            decide(&[], &draft(&[]), None, &sensitive),
            Outcome::Review(Author::Draft, "draft".into(), Doubt::Kind)
        );
    }

    #[test]
    fn what_is_told_never_quotes_what_a_guardrail_forbids() {
        use crate::generation::check::Verdict;
        let quoting = Verdict {
            rule: "names".into(),
            passed: false,
            severity: "error".into(),
            detail: Some("a word is no name".into()),
        };
        let mut bad = candidate("a word", -0.1, &[OnFail::Reask]);
        bad.violations.push(quoting);
        assert!(
            bad.told().iter().all(|v| !v.detail.as_deref().unwrap_or_default().contains("word")),
            "{:?}",
            bad.told()
        );
        bad.rulings.clear();
        assert!(bad.told()[0].detail.is_some());
    }
}
