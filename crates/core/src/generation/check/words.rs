//! Rules on names and claims.

use super::{Case, Text, Word, bare};
use crate::generation::{claims, fence};
use crate::models::words;

/// Every fact that the kind requires is named, in any case of letters.
pub fn required_facts(text: &Text, case: &Case) -> Option<String> {
    let said = sequence(&text.words);
    fence::required_roles(case.kind, case.facts, case.draft).into_iter().find_map(|role| {
        let ways = fence::required(role, case.facts)?;
        let found = ways.iter().any(|way| {
            let wanted: Vec<String> = way.split_whitespace().map(bare).collect();
            said.contains(&format!(" {} ", wanted.join(" ")))
        });
        (!found).then(|| format!("{:?} is missing", ways[0]))
    })
}

/// A word with a capital is a word of a name, or begins a sentence and is a plain word.
pub fn names(text: &Text, case: &Case) -> Option<String> {
    let known: Vec<String> = case.facts.names().flat_map(str::split_whitespace).map(bare).collect();
    let plain = |word: &str| {
        words::contains(word)
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
    use crate::generation::facts::Role;
    case.facts.money(Role::Price).is_some_and(|(_, currency)| currency.eq_ignore_ascii_case(word))
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

fn sequence(words: &[Word]) -> String {
    let bare: Vec<&str> = words.iter().map(|w| w.bare.as_str()).collect();
    format!(" {} ", bare.join(" "))
}
