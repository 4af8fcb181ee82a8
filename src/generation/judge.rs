//! Judging candidates and drafts, by the rules of grounding and by guardrails.

use pg_journey_core::generation::check::{self, Verdict};
use pg_journey_core::generation::choose::{self, Judged};
use pg_journey_core::generation::facts::Facts;
use pg_journey_core::generation::guardrails::{Subject, strictest};
use pg_journey_core::generation::phrases;
use pg_journey_core::generation::serve::Draft;
use pg_journey_core::generation::theme::Theme;
use pg_journey_core::generation::whole::Whole;
use pg_journey_core::models::protocol::{Candidate, Finish};

use super::order::{Order, Piece};

/// Grounding is judged without the disclosures, which are the shop's own words; guardrails judge what would be served.
pub fn candidate(order: &Order, piece: &Piece, candidate: &Candidate) -> Judged {
    let (guard, subject) = (&order.guard, &piece.subject);
    let bare = guard.set().mend(candidate.text.trim(), subject);
    let mut violations = check::violations(&bare, &order.case(piece));
    violations.extend(check::broken_off(&bare, candidate.finish));
    let (text, rulings) = if violations.is_empty() {
        guard.settle(&bare, subject)
    } else {
        let rulings = guard.set().judge(&bare, subject, None);
        (bare, rulings)
    };
    violations.extend(too_long(order, &text).filter(|_| violations.is_empty()));
    let is_open = violations.is_empty() && strictest(&rulings).is_none();
    let names = phrases::names(&piece.facts);
    let taste = phrases::score(&text, &names, &order.phrases);
    let is_bearable = phrases::is_bearable(&text, &names, &order.phrases);
    Judged {
        passed: is_open && choose::is_fluent(candidate.mean_logprob) && is_bearable,
        score: choose::score(&text, &piece.draft, candidate.mean_logprob) + taste,
        violations,
        rulings: rulings.into_iter().filter(|r| !r.passed).collect(),
        mean_logprob: candidate.mean_logprob,
        finish: finish_name(candidate.finish).to_owned(),
        text,
    }
}

pub fn draft(order: &Order, piece: &Piece) -> Draft {
    let bare = order.guard.set().mend(&piece.draft, &piece.subject);
    let (text, rulings) = order.guard.settle(&bare, &piece.subject);
    Draft {
        fits: too_long(order, &text).is_none() && (bare == piece.draft || is_whole(order, piece, &bare)),
        rulings: rulings.into_iter().filter(|r| !r.passed).collect(),
        text,
    }
}

/// The texts of several parts together, and their drafts: each as its guardrails let it be served.
pub fn whole(order: &Order, subject: &Subject, facts: &Facts, whole: &Whole) -> (Judged, Draft) {
    let settled = |text: String| {
        let missing = order.guard.set().missing(&text, subject);
        let (text, rulings) = order.guard.settle(&whole.disclosed(&text, &missing), subject);
        (text, rulings.into_iter().filter(|r| !r.passed).collect::<Vec<_>>())
    };
    let bare = whole.text();
    let mut violations = check::violations(&bare, &order.case_of(facts, Theme::Everyday));
    violations.retain(|v| OF_WHOLES.contains(&v.rule.as_str()));
    let (text, rulings) = settled(bare);
    violations.extend(too_long(order, &text).filter(|_| violations.is_empty()));
    let judged = Judged {
        passed: violations.is_empty() && strictest(&rulings).is_none(),
        violations,
        rulings,
        score: 0.0,
        mean_logprob: 0.0,
        finish: finish_name(Finish::End).to_owned(),
        text,
    };
    let (text, rulings) = settled(whole.draft());
    let draft = Draft { fits: too_long(order, &text).is_none(), rulings, text };
    (judged, draft)
}

/// The rules of grounding that parts which keep them can break together.
const OF_WHOLES: &[&str] = &["length", "required_facts"];

/// Whether a draft that lost words or sentences to a guardrail is still a text of its kind.
fn is_whole(order: &Order, piece: &Piece, text: &str) -> bool {
    let violations = check::violations(text, &order.case(piece));
    violations.iter().all(|v| v.rule != "length" && v.rule != "required_facts")
}

/// With its disclosures a text must still fit its kind.
pub fn too_long(order: &Order, text: &str) -> Option<Verdict> {
    let (chars, most) = (text.chars().count(), usize::from(order.kind.max_chars));
    (chars > most).then(|| Verdict {
        rule: "length".to_owned(),
        passed: false,
        severity: "error".to_owned(),
        detail: Some(format!("{chars} characters with its disclosures, more than {most}")),
    })
}

const fn finish_name(finish: Finish) -> &'static str {
    match finish {
        Finish::End => "end",
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::DeadEnd => "dead_end",
    }
}
