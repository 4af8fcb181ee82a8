//! What may be said as a name, and what only pretends to be one.
//!
//! Names come from data that anyone may have written, a seller's feed for instance. They are quoted in texts and
//! prompts, so [`sayable`] decides first whether they are names at all.

use super::claims;
use crate::models::words;

/// Longer names are cut at a word: no title of a text holds more.
const MAX_NAME_CHARS: usize = 44;
const MAX_NAME_WORDS: usize = 8;
/// The name as a text can say it, or nothing where it is no name: an instruction, a promise, a link, a chat marker.
pub fn sayable(text: &str) -> Option<String> {
    let line = text.lines().map(one_line).find(|line| !line.is_empty())?;
    let name = cut(&line);
    let lower = name.to_lowercase();
    // What joins words does not hide them: `Ignore-all-rules` is read as three.
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let is_name = name.chars().filter(|c| c.is_alphabetic()).count() >= 2
        && name.split(' ').count() <= MAX_NAME_WORDS
        && !words.iter().any(|w| is_suspicious(w))
        && !lower.split(' ').any(is_link)
        && !claims::promises(&lower)
        && (words.len() <= 3 || !reads_like_a_sentence(&words));
    is_name.then(|| name.to_owned())
}

/// Text from data as one line of letters, digits and the few signs that names are written with. What could be markup, a
/// placeholder, a quotation or a chat marker becomes a space.
pub fn one_line(text: &str) -> String {
    // What is not seen parts no words: `f\u{200b}ree` is read as `free`.
    let is_unseen = |c: &char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    let cleaned: String = text
        .chars()
        .filter(|c| !is_unseen(c))
        .map(|c| match c {
            '’' | '‘' | '`' | '´' => '\'',
            c if c.is_alphanumeric() => c,
            '&' | '\'' | '-' | '.' | ',' | '!' | '?' | ':' | ';' | '%' | '+' | '/' | '$' | '€' | '£'
            | '®' | '™' | '½' | '¼' => c,
            _ => ' ',
        })
        .filter(|c| !matches!(c, '®' | '™'))
        .collect();
    cleaned.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Up to the first end of a sentence or clause, and not longer than a title holds.
fn cut(line: &str) -> &str {
    let clause = line.find([':', ';', '!', '?']).unwrap_or(line.len());
    let sentence = line.match_indices(". ").map(|(at, _)| at).find(|at| !is_title(&line[..*at]));
    let sentence = sentence.unwrap_or(line.len());
    let mut end = clause.min(sentence);
    if let Some((limit, _)) = line[..end].char_indices().nth(MAX_NAME_CHARS) {
        end = line[..limit].rfind(' ').unwrap_or(limit);
    }
    line[..end]
        .trim_end_matches([' ', '.', ',', '-', '/', '&', '+', '\''])
        .trim_start_matches([' ', '.', ',', '-', '/', '&', '+', '\''])
}

/// `Dr`, `St`: a full stop after these ends no sentence.
fn is_title(before: &str) -> bool {
    let word = before.rsplit(' ').next().unwrap_or_default();
    word.len() <= 3 && word.starts_with(char::is_uppercase)
}

/// Words of instructions to a model and of code, in lower case: no product is called so.
fn is_suspicious(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "ignore",
        "disregard",
        "forget",
        "override",
        "instruction",
        "instructions",
        "prompt",
        "prompts",
        "system",
        "assistant",
        "user",
        "jailbreak",
        "developer",
        "previous",
        "respond",
        "reply",
        "answer",
        "output",
        "print",
        "pretend",
        "roleplay",
        "im",
        "inst",
        "endoftext",
        "script",
        "javascript",
        "select",
        "drop",
        "delete",
        "you",
        "must",
        "your",
        "please",
        "always",
        "never",
        "tell",
        "say",
        "write",
        "rules",
        "null",
        "undefined",
    ];
    WORDS.contains(&word)
}

/// `www.`, `http` or `shop.com`, but not `2.5` or `Dr.`
fn is_link(word: &str) -> bool {
    let has_inner_dot = word.split('.').collect::<Vec<_>>().windows(2).any(|pair| {
        pair[0].ends_with(|c: char| c.is_alphabetic()) && pair[1].starts_with(|c: char| c.is_alphabetic())
    });
    has_inner_dot || word.contains("www.") || word.contains("http")
}

/// Names are nouns; two verbs, pronouns or the like in one are a sentence.
fn reads_like_a_sentence(words: &[&str]) -> bool {
    const GRAMMAR: &[&str] = &[
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "will",
        "can",
        "should",
        "has",
        "have",
        "had",
        "do",
        "does",
        "not",
        "this",
        "that",
        "these",
        "those",
        "it",
        "they",
        "them",
        "we",
        "our",
        "us",
        "now",
        "all",
        "any",
        "everything",
        "every",
        "new",
    ];
    // `The size is wrong` says something of itself.
    let says = words.iter().any(|w| matches!(*w, "is" | "are" | "was" | "were" | "will" | "should"));
    says || words.iter().filter(|w| GRAMMAR.contains(w)).count() >= 2
}

/// Longer attributes are sentences.
const MAX_ATTRIBUTE_CHARS: usize = 60;
const MAX_ATTRIBUTE_WORDS: usize = 9;
/// A sentence of a description that is quoted has at least four words; one that is longer has several thoughts.
const MAX_SENTENCE_CHARS: usize = 160;
const MIN_SENTENCE_WORDS: usize = 4;

/// What is said of a product as data says it, `merino wool`, `a battery life of 12 hours`; nothing where it commands or
/// promises.
pub fn attribute(text: &str) -> Option<String> {
    let line = one_line(text);
    let line = line.trim_end_matches(['.', ',', '!', '?', ';', ':']);
    let fits = (1..=MAX_ATTRIBUTE_CHARS).contains(&line.chars().count())
        && line.split(' ').count() <= MAX_ATTRIBUTE_WORDS
        && !line.contains(['!', '?', ':', ';'])
        && !line.contains(". ")
        && !line.split(' ').any(|word| word.starts_with('\''))
        && line.contains(char::is_alphanumeric);
    (fits && is_harmless(line)).then(|| decapitalized(line))
}

/// One sentence of a description that may be quoted: letters and commas, a full stop at its end, no numbers.
pub fn sentence(text: &str) -> Option<String> {
    let ended = text.trim_end().ends_with('.');
    let line = one_line(text);
    let plain = line.chars().all(|c| c.is_alphabetic() || " ,'-.".contains(c));
    let fits = ended
        && plain
        && line.chars().count() <= MAX_SENTENCE_CHARS
        && line.split(' ').count() >= MIN_SENTENCE_WORDS
        && line.starts_with(char::is_uppercase);
    (fits && is_harmless(&line)).then_some(line)
}

/// No instruction, no link, no promise.
fn is_harmless(line: &str) -> bool {
    let lower = line.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    !words.any(is_suspicious) && !lower.split(' ').any(is_link) && !claims::promises(&lower)
}

/// `Merino wool` of a table in the middle of a sentence; `USB` and `Portugal` as they are: one capital that begins a
/// longer text is the table's, not the word's.
fn decapitalized(line: &str) -> String {
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    let is_plain =
        words::contains(&first.to_lowercase()) || MATERIALS.contains(&first.to_lowercase().as_str());
    // `A zip pocket`, but `E 27`.
    let only_first =
        first == "A" || (!first.chars().skip(1).any(char::is_uppercase) && first.chars().count() > 1);
    if is_plain && only_first {
        format!("{} {rest}", first.to_lowercase()).trim_end().to_owned()
    } else {
        line.to_owned()
    }
}

/// Words that begin attributes and that no plain text needs.
const MATERIALS: &[&str] = &[
    "wool",
    "cotton",
    "linen",
    "leather",
    "silk",
    "oak",
    "beech",
    "walnut",
    "steel",
    "stainless",
    "ceramic",
    "glass",
    "merino",
    "recycled",
    "organic",
    "solid",
    "brushed",
    "black",
    "white",
    "navy",
    "blue",
    "red",
    "green",
    "grey",
    "gray",
    "brown",
    "beige",
    "cream",
    "dark",
    "light",
    "bamboo",
    "polyester",
    "canvas",
    "suede",
    "porcelain",
    "aluminium",
    "aluminum",
    "plastic",
    "rubber",
    "velvet",
    "lavender",
    "vanilla",
    "lemon",
    "yellow",
    "pink",
    "purple",
    "silver",
    "gold",
    "matte",
];
