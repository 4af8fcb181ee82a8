//! Rules on the form of a text.

use super::words::one_of;
use super::{Case, Text, Word, bare};
use crate::generation::claims;
use crate::generation::facts::Role;
use crate::generation::given::Tone;
use crate::models::words;

pub fn length(text: &Text, case: &Case) -> Option<String> {
    let chars = text.raw.chars().count();
    let sentences = text.words.iter().filter(|w| w.initial).count();
    if !(usize::from(case.kind.min_chars)..=usize::from(case.kind.max_chars)).contains(&chars) {
        return Some(format!("{chars} characters, not {} to {}", case.kind.min_chars, case.kind.max_chars));
    }
    let most = usize::from(case.kind.max_sentences);
    (sentences > most).then(|| format!("{sentences} sentences, more than {most}"))
}

/// Latin letters, digits and common punctuation; other letters only where a name has them.
pub fn characters(text: &Text, case: &Case) -> Option<String> {
    let of_names: String = case.facts.names().collect();
    let fits = |c: &char| {
        c.is_ascii_alphanumeric()
            || " .,!?:;'’-–—$€£¥%&+/".contains(*c)
            || of_names.contains(*c)
            || (*c == '\n' && is_whole(case))
    };
    let odd = text.raw.chars().find(|c| !fits(c))?;
    Some(format!("character {odd:?}"))
}

pub fn placeholder(text: &Text, _: &Case) -> Option<String> {
    const PATTERNS: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "<",
        ">",
        "__",
        "xxx",
        "lorem",
        "ipsum",
        "your name",
        "customer name",
        "first name",
        "product name",
        "company name",
        "insert ",
        "tbd",
        "n/a",
        "null",
        "undefined",
        "nan",
    ];
    let lower = text.raw.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric() && c != '/').collect();
    let found = PATTERNS.iter().find(|p| {
        if p.chars().all(|c| c.is_alphabetic() || c == '/') { words.contains(p) } else { lower.contains(**p) }
    })?;
    Some(format!("placeholder {found:?}"))
}

pub fn markup(text: &Text, case: &Case) -> Option<String> {
    const PATTERNS: &[&str] = &[
        "*",
        "#",
        "`",
        "_",
        "~",
        "|",
        "\\",
        "\"",
        "“",
        "”",
        "http",
        "www.",
        ".com",
        "://",
        "@",
        "\n",
        "\r",
        "\t",
        "subject:",
        "subject line",
        "message:",
        "draft",
        "tone:",
        "rewrit",
        "character limit",
    ];
    let lower = text.raw.to_lowercase();
    // A kind made of parts has one a line.
    let found = PATTERNS.iter().find(|p| lower.contains(**p) && !(**p == "\n" && is_whole(case)))?;
    Some(format!("{found:?} is no part of a text"))
}

pub fn ending(text: &Text, case: &Case) -> Option<String> {
    let first = text.words.first()?;
    let last = text.words.last()?;
    if text.raw.trim() != text.raw || text.raw.contains("  ") {
        return Some("spaces around or between words".into());
    }
    if let Some(start) =
        text.words.iter().find(|w| w.initial && w.raw.starts_with(char::is_lowercase) && !w.named)
    {
        return Some(format!("a sentence begins with {:?}", start.raw));
    }
    if first.raw.starts_with(|c: char| !c.is_alphanumeric() && !"$€£¥".contains(c)) {
        return Some(format!("it begins with {:?}", first.raw));
    }
    if case.kind.full_sentences && !last.raw.ends_with(['.', '!', '?']) {
        return Some(format!("it ends with {:?} instead of a full stop", last.raw));
    }
    if last.raw.ends_with([',', ';', ':', '-', '–', '—', '&', '/', '\'']) {
        return Some(format!("it ends with {:?}", last.raw));
    }
    let is_open = !last.named && !last.raw.ends_with(['.', '!', '?']);
    let describes_nothing = || words::wants_a_noun(text.words.iter().rev().map(|w| w.bare.as_str()));
    if is_open && (words::dangles(&last.bare) || describes_nothing()) {
        return Some(format!("it breaks off after {:?}", last.raw));
    }
    (is_open && is_stump(&last.bare, case)).then(|| format!("it breaks off within {:?}", last.raw))
}

/// No word, but the beginning of one: `yo` of `you`, `Banan` of `Bananas`. Other words that are not known are left alone.
fn is_stump(word: &str, case: &Case) -> bool {
    let category = case.facts.name(Role::Category).unwrap_or_default();
    let known: Vec<String> = case
        .facts
        .names()
        .chain([category])
        .flat_map(str::split_whitespace)
        .map(bare)
        .chain(claims::licensed_words(case.facts, case.theme).map(str::to_owned))
        .collect();
    let part = word.rsplit('-').next().unwrap_or(word);
    let is_whole = |w: &str| words::contains(w) || known.iter().any(|k| k == w || one_of(w, k));
    let begins = words::begins(part) || known.iter().any(|k| k.starts_with(part));
    let is_word = !part.is_empty() && part.chars().all(char::is_alphabetic);
    is_word && !is_whole(part) && !is_whole(word) && begins
}

/// Only warm texts exclaim.
pub fn tone(text: &Text, case: &Case) -> Option<String> {
    let word = text.words.iter().find(|w| w.raw.ends_with('!'))?;
    (case.tone != Tone::Warm).then(|| format!("{:?} exclaims", word.raw))
}

fn is_whole(case: &Case) -> bool {
    !case.kind.parts.is_empty()
}

/// Stutters, and the same words over again; of a text made of parts each is judged by itself, and all name the product.
pub fn repetition(text: &Text, case: &Case) -> Option<String> {
    let bare: Vec<&str> = text.words.iter().map(|w| w.bare.as_str()).filter(|w| !w.is_empty()).collect();
    let stutters =
        |pair: &&[Word]| pair[0].bare == pair[1].bare && !pair[0].bare.is_empty() && !pair[1].initial;
    if let Some(pair) = text.words.windows(2).find(stutters) {
        return Some(format!("{:?} twice in a row", pair[0].bare));
    }
    let links = |three: &&[Word]| {
        three[0].bare == three[2].bare && !three[0].bare.is_empty() && matches!(&*three[1].bare, "and" | "or")
    };
    if let Some(three) = text.words.windows(3).find(links) {
        return Some(format!("\"{0} {1} {0}\"", three[0].bare, three[1].bare));
    }
    if is_whole(case) {
        return None;
    }
    let runs: Vec<&[&str]> = bare.windows(3).collect();
    let again =
        runs.iter().enumerate().find(|(at, run)| runs[at + 1..].contains(run)).map(|(_, run)| run.join(" "));
    if let Some(run) = again {
        return Some(format!("{run:?} twice"));
    }
    let amounts: Vec<&&str> = bare.iter().filter(|w| w.contains(['$', '€', '£', '¥'])).collect();
    let twice = amounts.iter().enumerate().find(|(at, amount)| amounts[at + 1..].contains(amount))?;
    Some(format!("{} twice", twice.1))
}

pub fn copied(text: &Text, case: &Case) -> Option<String> {
    let same = |other: &str| other.trim().eq_ignore_ascii_case(text.raw.trim());
    case.examples.iter().any(|e| same(e)).then(|| "it is an example of the prompt".into())
}
