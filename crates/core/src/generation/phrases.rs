//! What reviewers take out of texts and what they put in, learned phrase by phrase from their decisions.
//!
//! Of every phrase it is counted in how many texts it was taken out and in how many it was let stand. The log odds ratio of
//! the two, with Anscombe's half in each cell (Anscombe 1956, On estimating binomial response relations), says how much
//! less reviewers want it than others; its standard error, whether that is more than chance.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::facts::{Facts, Role};
use super::style::Copy;

/// Words in the longest phrase.
const MOST_WORDS: usize = 3;
/// Texts that must have had the phrase before anything is concluded.
const LEAST_TEXTS: u32 = 5;
/// Standard errors from none: chance goes so far in one of a thousand phrases.
const LEAST_Z: f64 = 3.3;
/// From log odds to mean log-probabilities, in which candidates are compared, and the most that a phrase weighs.
const WEIGHT: f64 = 0.3;
const MOST_WEIGHT: f64 = 1.5;
/// A phrase of this weight is one that reviewers hardly ever let stand.
const LEAST: f32 = -1.0;

/// A decision on a text.
#[derive(Debug, Clone)]
pub struct Decided {
    pub text: String,
    /// What the reviewer made of it; the text itself where it was approved; none where it was rejected.
    pub made: Option<String>,
    /// Names, see [`names`].
    pub names: Vec<String>,
}

/// A phrase that reviewers treat unlike others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phrase {
    pub phrase: String,
    /// Texts in which it was taken out, and texts that were let through with it.
    pub removed: u32,
    pub kept: u32,
    /// Standard errors by which it is wanted less (below 0) or more (above) than other phrases.
    pub z: f64,
    /// What a candidate gains or loses by it, in mean log-probability.
    pub weight: f32,
}

/// The phrases that reviewers take out or put in, the most unwanted first.
pub fn learn(decisions: &[Decided]) -> Vec<Phrase> {
    let (mut all_removed, mut all_kept) = (0, 0);
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for decided in decisions {
        let before = phrases(&masked(&decided.text, &decided.names));
        let after =
            decided.made.as_ref().map(|made| phrases(&masked(made, &decided.names))).unwrap_or_default();
        if decided.made.as_ref() != Some(&decided.text) {
            all_removed += 1;
            for phrase in before.difference(&after) {
                counts.entry(phrase.clone()).or_default().0 += 1;
            }
        }
        if decided.made.is_some() {
            all_kept += 1;
            for phrase in after {
                counts.entry(phrase).or_default().1 += 1;
            }
        }
    }
    let judged = counts.into_iter().filter_map(|(phrase, (removed, kept))| {
        let (odds, z) = contrast((removed, all_removed), (kept, all_kept));
        (removed + kept >= LEAST_TEXTS && z.abs() >= LEAST_Z).then(|| Phrase {
            phrase,
            removed,
            kept,
            z,
            weight: (WEIGHT * odds).clamp(-MOST_WEIGHT, MOST_WEIGHT) as f32,
        })
    });
    let mut learned: Vec<Phrase> = judged.collect();
    learned.sort_by(|a, b| a.z.total_cmp(&b.z).then_with(|| a.phrase.cmp(&b.phrase)));
    learned
}

/// Phrases that the shop's own texts have more often than plain drafts do: they are wanted. That a few texts lack a phrase
/// says nothing against it.
pub fn bank(own: &[Copy], drafts: &[Copy]) -> Vec<Phrase> {
    let counted = |texts: &[Copy]| {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for copy in texts {
            let names: Vec<String> = copy.product.iter().chain(&copy.category).cloned().collect();
            for phrase in phrases(&masked(&copy.text, &names)) {
                *counts.entry(phrase).or_default() += 1;
            }
        }
        counts
    };
    let count = |texts: &[Copy]| u32::try_from(texts.len()).unwrap_or(u32::MAX);
    let (kept, removed) = (counted(own), counted(drafts));
    let phrases = kept.into_iter().filter_map(|(phrase, kept)| {
        let removed = removed.get(&phrase).copied().unwrap_or_default();
        let (odds, z) = contrast((removed, count(drafts)), (kept, count(own)));
        (kept >= LEAST_TEXTS && z >= LEAST_Z).then(|| Phrase {
            weight: (WEIGHT * odds).clamp(0.0, MOST_WEIGHT) as f32,
            phrase,
            removed,
            kept,
            z,
        })
    });
    phrases.collect()
}

/// What a text gains or loses by its phrases: by the most unwanted and the most wanted of them, for longer phrases hold
/// shorter ones. `names` as in [`Decided`].
pub fn score(text: &str, names: &[String], learned: &[Phrase]) -> f32 {
    if learned.is_empty() {
        return 0.0;
    }
    let (least, most) = extremes(text, names, learned);
    least + most
}

/// Whether a text holds no phrase that reviewers hardly ever let stand, whatever else it holds.
pub fn is_bearable(text: &str, names: &[String], learned: &[Phrase]) -> bool {
    learned.is_empty() || extremes(text, names, learned).0 > LEAST
}

fn extremes(text: &str, names: &[String], learned: &[Phrase]) -> (f32, f32) {
    let held = phrases(&masked(text, names));
    let weights = learned.iter().filter(|l| held.contains(&l.phrase)).map(|l| l.weight);
    weights.fold((0.0, 0.0), |(least, most), w| (least.min(w), most.max(w)))
}

/// The names in these facts, which are the shop's and the customer's and no style.
pub fn names(facts: &Facts) -> Vec<String> {
    facts.names().chain(facts.name(Role::Category)).map(str::to_owned).collect()
}

/// Log odds of being kept, and its standard errors from none.
fn contrast(removed: (u32, u32), kept: (u32, u32)) -> (f64, f64) {
    let cells = |(with, all): (u32, u32)| (f64::from(with) + 0.5, f64::from(all.saturating_sub(with)) + 0.5);
    let ((removed_with, removed_without), (kept_with, kept_without)) = (cells(removed), cells(kept));
    let odds = (kept_with / kept_without).ln() - (removed_with / removed_without).ln();
    let variance =
        [removed_with, removed_without, kept_with, kept_without].iter().map(|n| n.recip()).sum::<f64>();
    (odds, odds / variance.sqrt())
}

/// The text with a mark in place of each name, the longest first.
fn masked(text: &str, names: &[String]) -> String {
    let mut names: Vec<&String> = names.iter().filter(|name| !name.trim().is_empty()).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.iter().fold(text.to_owned(), |text, name| text.replace(name.as_str(), " \u{25a1} "))
}

/// Runs of one to [`MOST_WORDS`] words of a sentence, in lower case. Marks that show a tone are words, numbers are alike.
fn phrases(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for sentence in words(text) {
        for length in 1..=MOST_WORDS {
            found.extend(sentence.windows(length).map(|run| run.join(" ")));
        }
    }
    // A name alone is no phrase.
    found.remove("\u{25a1}");
    found
}

fn words(text: &str) -> Vec<Vec<String>> {
    let mut sentences = vec![Vec::new()];
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_alphanumeric()
            || (matches!(c, '\'' | '\u{2019}' | '-') && !word.is_empty())
            || c == '\u{25a1}'
        {
            word.extend(c.to_lowercase());
            continue;
        }
        let sentence = sentences.last_mut().into_iter();
        sentence.for_each(|s| s.extend((!word.is_empty()).then(|| plain(&std::mem::take(&mut word)))));
        if matches!(c, '!' | '?') {
            sentences.last_mut().into_iter().for_each(|s| s.push(c.to_string()));
        }
        if matches!(c, '.' | '!' | '?' | ':' | ';' | '\n') {
            sentences.push(Vec::new());
        }
    }
    sentences
}

fn plain(word: &str) -> String {
    let word = word.trim_end_matches(['\'', '\u{2019}', '-']).replace('\u{2019}', "'");
    if word.chars().any(|c| c.is_ascii_digit()) { "#".to_owned() } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPENINGS: [&str; 4] = ["Treat yourself to", "Take a look at", "How about", "Here is"];
    const ENDINGS: [&str; 4] = ["this week", "for your next shop", "today", "at home"];

    fn product(n: usize) -> String {
        format!("Cedar Lamp {n}")
    }

    fn text(opening: usize, ending: usize, n: usize) -> String {
        format!("{} {} {}.", OPENINGS[opening], product(n), ENDINGS[ending])
    }

    /// Reviewers who never let the first opening stand.
    fn strict(n: usize) -> Decided {
        let (opening, ending) = (n % 4, n / 4 % 4);
        let made = text(if opening == 0 { 1 + n % 3 } else { opening }, ending, n);
        Decided { text: text(opening, ending, n), made: Some(made), names: vec![product(n)] }
    }

    #[test]
    fn what_reviewers_take_out_is_learned_and_nothing_else() {
        let learned = learn(&(0..200).map(strict).collect::<Vec<_>>());
        let unwanted: Vec<&str> =
            learned.iter().filter(|l| l.weight < 0.0).map(|l| l.phrase.as_str()).collect();
        assert!(
            unwanted.contains(&"treat yourself")
                && unwanted.iter().all(|p| p.contains("treat")
                    || p.contains("yourself")
                    || *p == "to"
                    || p.starts_with("to ")),
            "{unwanted:?}"
        );
        let score = |opening| score(&text(opening, 2, 999), &[product(999)], &learned);
        assert!((1..4).all(|opening| score(opening) > score(0) + 1.0));
    }

    #[test]
    fn a_rejection_speaks_against_all_that_others_lack() {
        let shouting = |n: usize| Decided {
            text: format!("{}!", text(1, n % 4, n)),
            made: None,
            names: vec![product(n)],
        };
        let calm = |n: usize| Decided {
            text: text(1, n % 4, n),
            made: Some(text(1, n % 4, n)),
            names: vec![product(n)],
        };
        let learned = learn(&(0..40).flat_map(|n| [shouting(n), calm(n)]).collect::<Vec<_>>());
        assert!(learned.iter().any(|l| l.phrase == "!" && l.weight < -1.0), "{learned:?}");
        assert!(!learned.iter().any(|l| l.phrase == "take a look"), "{learned:?}");
    }

    #[test]
    fn few_decisions_teach_nothing() {
        assert_eq!(learn(&(0..4).map(strict).collect::<Vec<_>>()), []);
        assert!(score("Treat yourself", &[], &[]).abs() < 1e-9);
    }

    #[test]
    fn names_and_numbers_are_no_style() {
        let names = ["Cedar Lamp".to_owned()];
        assert_eq!(
            phrases(&masked("Cedar Lamp for $39, 3 left", &names)),
            phrases(&masked("Cedar Lamp for $39, 7 left", &names))
        );
        assert!(
            !phrases(&masked("Cedar Lamp for $39", &names))
                .iter()
                .any(|p| p.contains("cedar") || p.contains('3'))
        );
    }

    proptest! {
        /// Decisions by chance are seldom taken for a taste: chance alone passes one phrase of a thousand.
        #[test]
        fn chance_is_no_taste(choices in proptest::collection::vec((0usize..4, 0usize..4, any::<bool>()), 100)) {
            let decisions: Vec<Decided> = choices.iter().enumerate().map(|(n, (opening, ending, is_fine))| {
                let text = text(*opening, *ending, n);
                Decided { made: is_fine.then(|| text.clone()), text, names: vec![product(n)] }
            }).collect();
            prop_assert!(learn(&decisions).len() <= 12);
        }

        #[test]
        fn the_order_of_decisions_does_not_matter(turn in 0usize..60) {
            let mut decisions: Vec<Decided> = (0..60).map(strict).collect();
            let first = learn(&decisions);
            decisions.rotate_left(turn);
            prop_assert_eq!(first, learn(&decisions));
        }
    }
}
