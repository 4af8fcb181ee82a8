//! Rules on names and claims.

use super::{Case, Text, Word, bare};
use crate::generation::facts::Role;
use crate::generation::{claims, fence, values};
use crate::models::words;

/// Every fact that the kind requires is named. Its words may be in lower case, but no capital follows such a one: "we have
/// extra Large Eggs" says something else than the name does.
pub fn required_facts(text: &Text, case: &Case) -> Option<String> {
    fence::required(case.kind, case.facts, case.draft).into_iter().find_map(|ways| {
        let found = ways.iter().any(|way| {
            let wanted: Vec<&str> = way.split_whitespace().collect();
            !wanted.is_empty() && text.words.windows(wanted.len()).any(|run| says(run, &wanted))
        });
        (!found).then(|| format!("{:?} is missing", ways[0]))
    })
}

fn says(run: &[Word], wanted: &[&str]) -> bool {
    let core = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let kept = |(word, name): (&Word, &&str)| core(word.raw).starts_with(&core(name));
    let pairs = || run.iter().zip(wanted);
    pairs().all(|(word, name)| word.bare == bare(name))
        && pairs().filter(|(_, name)| name.contains(char::is_uppercase)).map(kept).is_sorted_by(|a, b| a >= b)
}

/// A word with a capital is a word of a name, or begins a sentence and is a plain word.
pub fn names(text: &Text, case: &Case) -> Option<String> {
    let known: Vec<String> = case.facts.names().flat_map(str::split_whitespace).map(bare).collect();
    let category = case.facts.name(Role::Category).unwrap_or_default().to_lowercase();
    let plain = |word: &str| {
        words::contains(word)
            || category.split(' ').any(|w| w == word)
            || claims::licensed_words(case.facts, case.theme).any(|licensed| licensed == word)
    };
    let foreign = text.words.iter().find(|w| {
        w.raw.contains(char::is_uppercase)
            && !w.named
            && !w.bare.is_empty()
            && !known.contains(&w.bare)
            && !is_currency_code(&w.bare, case)
            && !(w.initial
                && begins_plainly(w)
                && (w.bare.split('-').all(plain) || known.iter().any(|k| one_of(&w.bare, k))))
    })?;
    Some(format!("{:?} is no name of the facts", foreign.raw))
}

/// `Banana` of `Bananas`, or the other way round.
pub fn one_of(word: &str, noun: &str) -> bool {
    let plural = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|end| matches!(end, "s" | "es"));
    plural(word, noun) || plural(noun, word)
}

fn begins_plainly(word: &Word) -> bool {
    !word.raw.chars().skip(1).any(char::is_uppercase)
}

fn is_currency_code(word: &str, case: &Case) -> bool {
    case.facts.amounts().any(|(_, currency)| currency.eq_ignore_ascii_case(word))
}

/// No claim without the fact that licenses it. Names may contain any word.
pub fn claims(text: &Text, case: &Case) -> Option<String> {
    let unnamed: Vec<&Word> = text.words.iter().collect();
    let mut said = String::from(" ");
    for word in unnamed {
        said.push_str(if word.named { "\u{1}" } else { &word.bare });
        said.push(' ');
    }
    let said = said.replace('-', " ");
    let claim = claims::unlicensed(case.facts, case.theme)
        .find(|claim| said.contains(&format!(" {} ", claim.replace('-', " "))))?;
    Some(format!("no fact licenses {claim:?}"))
}

/// `Say hello to the Desk Lamp, they are easy to love`, `Add it to your list` of socks: a pronoun that the draft has not, of
/// another number than the product's name. `It` is read as the product only where something is done to it.
pub fn agreement(text: &Text, case: &Case) -> Option<String> {
    const MANY: &[&str] = &["they", "them", "they're", "they'll", "these", "those"];
    const DONE: &[&str] = &["add", "try", "get", "see", "enjoy", "grab", "check", "take", "put", "make"];
    let is_plural = values::is_plural(case.facts.name(Role::Product)?);
    // Of several things they are many, whichever is meant.
    if [Role::BundleItem, Role::Alternative, Role::Stock]
        .into_iter()
        .any(|role| case.facts.of(role).next().is_some())
    {
        return None;
    }
    let in_draft = |word: &str| case.draft.split_whitespace().any(|w| bare(w) == word);
    let wrong = text.words.iter().enumerate().find(|(at, word)| {
        let pronoun = word.bare.as_str();
        let is_object = || *at > 0 && pronoun == "it" && DONE.contains(&text.words[at - 1].bare.as_str());
        // `The Desk Lamp is one of them` speaks of others.
        let is_one_of = *at > 0 && text.words[at - 1].bare == "of";
        let disagrees = if is_plural { is_object() } else { MANY.contains(&pronoun) && !is_one_of };
        disagrees && !word.named && !in_draft(pronoun)
    });
    wrong.map(|(_, word)| format!("{:?} does not agree with the product's name", word.raw))
}

/// `You get 20% off for you`: the customer is the one who gets it already.
pub fn recipient_twice(text: &Text, case: &Case) -> Option<String> {
    let ends =
        |at: usize| text.words[at].raw.ends_with(['.', '!', '?', ',', ':']) || at + 1 == text.words.len();
    let start = |at: usize| (0..=at).rev().find(|i| text.words[*i].initial).unwrap_or(0);
    let twice = (1..text.words.len()).find(|at| {
        text.words[*at].bare == "you"
            && text.words[at - 1].bare == "for"
            && ends(*at)
            && text.words[start(*at)..*at].iter().any(|w| w.bare == "get")
    })?;
    let said = &text.words[twice].raw;
    (!case.draft.contains("for you")).then(|| format!("{said:?} is said to get it for {said:?}"))
}
