//! The shop's own style: texts that it sent before, made into examples for prompts and into phrases that are wanted.
//!
//! An example shows a tone and never a fact. A stand-in takes the place of its product and price, and it keeps only
//! sentences that would be true of the stand-in by the rules that served texts are judged by ([`check`]): a sentence with
//! another number, another name or a claim that a fact must license is left out. So is one with a word that only texts
//! about one product have, for it says something about that product.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::check::{self, Case};
use super::draft::{self, Address, Key};
use super::facts::{Facts, Gathered, Product};
use super::given::Tone;
use super::guardrails::{Subject, sentences};
use super::kind::Kind;
use super::prompt::Example;
use super::theme::Theme;
use super::values::is_plural;

/// A text of the shop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Copy {
    pub text: String,
    /// The name of what it is about, as the text has it.
    pub product: Option<String>,
    pub category: Option<String>,
    /// Names that no example may have, such as that of the customer it was written for.
    pub hidden: Vec<String>,
}

const PRODUCT: &str = "{{ product }}";
const PRODUCTS: &str = "{{ products }}";
const PRICE: &str = "{{ price }}";

/// One name and one price of each number: examples that follow each other differ in them.
const ONE: [(&str, &str); 3] = [("Copper Kettle", "49"), ("Walnut Desk Lamp", "39"), ("Lemon Soap", "4.50")];
const MANY: [(&str, &str); 3] =
    [("Garden Gloves", "8"), ("Trail Socks", "6.50"), ("Cotton Bath Towels", "24")];

/// Texts about different products that must have a word before it counts as style.
const LEAST_PRODUCTS: usize = 2;
/// Texts without a product among them count as one each from this many on.
const LEAST_TEXTS: usize = 3;
/// Drafts about stand-ins that phrases are compared with, and that are tried for an example.
const DRAFTS: u64 = 200;

/// The rules that hold for each sentence by itself; the others are about a text as a whole.
const OF_SENTENCES: &[&str] = &[
    "characters",
    "placeholder",
    "markup",
    "repetition",
    "names",
    "claims",
    "numbers",
    "currency",
    "relations",
];

/// The text with marks in place of product and price, and without its customer: what style and guardrails are read from.
pub fn masked(copy: &Copy) -> String {
    let mark = copy.product.as_deref().map(|name| if is_plural(name) { PRODUCTS } else { PRODUCT });
    let mut text = copy.text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let (Some(name), Some(mark)) = (copy.product.as_deref(), mark) {
        text = replace(&text, name.trim(), mark);
    }
    let amounts: BTreeSet<String> = text.split(' ').filter_map(amount).map(str::to_owned).collect();
    match amounts.first().filter(|_| amounts.len() == 1) {
        Some(amount) => text.replace(amount.as_str(), PRICE),
        None => text,
    }
}

/// The masked text as it would be about the `n`th stand-in.
pub fn filled(masked: &str, n: usize) -> String {
    let names = if masked.contains(PRODUCTS) { MANY } else { ONE };
    let (name, _) = names[n % names.len()];
    let price = draft_price(masked, n);
    masked.replace(PRODUCTS, name).replace(PRODUCT, name).replace(PRICE, &price)
}

/// What is known of the `n`th stand-in.
pub fn stand_in(masked: &str, n: usize) -> Gathered {
    let names = if masked.contains(PRODUCTS) { MANY } else { ONE };
    let (name, price) = names[n % names.len()];
    let product = Product {
        name: name.to_owned(),
        price: price.parse().ok(),
        currency: Some("USD".to_owned()),
        ..Product::default()
    };
    Gathered { product: Some(product), ..Gathered::default() }
}

fn draft_price(masked: &str, n: usize) -> String {
    let names = if masked.contains(PRODUCTS) { MANY } else { ONE };
    format!("${}", names[n % names.len()].1)
}

/// What guardrails ask of an example: its category is nobody's, so that a guardrail for some categories holds.
pub fn subject(kind: &str, channel: Option<&str>, locale: Option<&str>, masked: &str, n: usize) -> Subject {
    let gathered = stand_in(masked, n);
    Subject::new(kind, channel, locale, &gathered, &Facts::new(&gathered))
}

/// The text without numbers and without its hidden names: numbers of the past are no offence.
pub fn wordy(copy: &Copy) -> String {
    let filled = filled(&masked(copy), 0);
    filled
        .split(' ')
        .filter(|word| word.starts_with('$') || !is_number(word))
        .filter(|word| !copy.hidden.iter().any(|name| holds(name, word)))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The sentences that name nobody who is hidden; nothing where none is left.
pub fn anonymous(copy: &Copy) -> Option<String> {
    let kept: Vec<&str> = sentences(&copy.text)
        .into_iter()
        .filter(|sentence| {
            !sentence.split_whitespace().any(|word| copy.hidden.iter().any(|name| holds(name, word)))
        })
        .collect();
    (!kept.is_empty()).then(|| kept.join(" "))
}

/// Of each text the example that it makes, with marks; nothing where too little is left of it. `known` are further words
/// that say nothing about a product: those of the kind's own examples.
pub fn patterns(kind: &Kind, texts: &[Copy], known: &[String]) -> Vec<Option<String>> {
    let plain = plain_words(kind, known);
    let common = common_words(texts);
    texts
        .iter()
        .map(|copy| {
            let own = own_words(copy, &plain);
            let says_nothing_else = |sentence: &&str| {
                !sentence.split_whitespace().any(|word| copy.hidden.iter().any(|name| holds(name, word)))
                    && words(sentence)
                        .all(|w| (plain.contains(&w) || common.contains(&w)) && !own.contains(&w))
            };
            let masked = masked(copy);
            let kept: Vec<&str> = sentences(&masked)
                .into_iter()
                .filter(says_nothing_else)
                .filter(|sentence| is_licensed(kind, sentence))
                .collect();
            Some(kept.join(" ")).filter(|pattern| is_example(kind, pattern))
        })
        .collect()
}

/// An example of the prompt: a draft about the stand-in, and the shop's text about it.
pub fn example(kind: &Kind, pattern: &str, tone: Tone, n: usize) -> Option<Example> {
    let answer = filled(pattern, n);
    if tone != Tone::Warm && answer.contains('!') {
        return None;
    }
    let wants_price = pattern.contains(PRICE);
    let price = draft_price(pattern, n);
    let mut drafts = (0..DRAFTS).filter_map(|seed| plain_draft(kind, pattern, tone, n, seed));
    let draft = drafts.find(|draft| draft.contains(&price) == wants_price && *draft != answer)?;
    Some(Example { draft, answer })
}

/// Drafts of the kind about stand-ins: how texts read without the shop's style.
pub fn plain_drafts(kind: &Kind) -> Vec<Copy> {
    let draft = |seed: u64| {
        let n = usize::try_from(seed).unwrap_or_default();
        let mark = if n.is_multiple_of(2) { PRODUCT } else { PRODUCTS };
        let text = plain_draft(kind, mark, Tone::Warm, n, seed)?;
        let product = stand_in(mark, n).product.map(|p| p.name);
        Some(Copy { text, product, ..Copy::default() })
    };
    (0..DRAFTS).filter_map(draft).collect()
}

fn plain_draft(kind: &Kind, pattern: &str, tone: Tone, n: usize, seed: u64) -> Option<String> {
    let facts = Facts::new(&stand_in(pattern, n));
    let key = Key { seed, profile_id: "0", product_id: "" };
    let address = Address { theme: Theme::Generic, tone, highlight: None, is_highlighted: false };
    draft::write(kind, &facts, address, key).ok()
}

/// True of a stand-in, by the rules of texts.
fn is_licensed(kind: &Kind, sentence: &str) -> bool {
    let facts = Facts::new(&stand_in(sentence, 0));
    let case =
        Case { kind, facts: &facts, theme: Theme::Generic, tone: Tone::Warm, draft: "", examples: &[] };
    let broken = check::violations(&filled(sentence, 0), &case);
    !broken.iter().any(|v| OF_SENTENCES.contains(&v.rule.as_str()))
}

/// What is left is a text of the kind that names a product: one that does not would teach to leave it out.
fn is_example(kind: &Kind, pattern: &str) -> bool {
    let facts = Facts::new(&stand_in(pattern, 0));
    let case =
        Case { kind, facts: &facts, theme: Theme::Generic, tone: Tone::Warm, draft: "", examples: &[] };
    check::violations(&filled(pattern, 0), &case).is_empty()
}

/// Words of the kind's templates and of its prompt.
fn plain_words(kind: &Kind, known: &[String]) -> BTreeSet<String> {
    let templates = kind.templates.iter().flat_map(|template| words(&template.text));
    templates.chain(known.iter().flat_map(|text| words(text))).collect()
}

/// Words that texts about different products have.
fn common_words(texts: &[Copy]) -> BTreeSet<String> {
    let mut found: BTreeMap<String, (BTreeSet<&str>, usize)> = BTreeMap::new();
    for copy in texts {
        for word in words(&masked(copy)).collect::<BTreeSet<_>>() {
            let (products, texts) = found.entry(word).or_default();
            products.extend(copy.product.as_deref());
            *texts += usize::from(copy.product.is_none());
        }
    }
    let is_common = |(products, texts): &(BTreeSet<&str>, usize)| {
        products.len() >= LEAST_PRODUCTS || *texts >= LEAST_TEXTS
    };
    found.into_iter().filter(|(_, seen)| is_common(seen)).map(|(word, _)| word).collect()
}

/// Words of the product's name and category, in one number and the other.
fn own_words(copy: &Copy, plain: &BTreeSet<String>) -> BTreeSet<String> {
    let names = copy.product.iter().chain(&copy.category).flat_map(|name| words(name));
    names
        .filter(|word| !plain.contains(word))
        .flat_map(|word| {
            let single = word.strip_suffix('s').unwrap_or(&word).to_owned();
            [format!("{single}s"), single]
        })
        .collect()
}

/// The words of a text that are no mark, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    let bare = text.replace(PRODUCTS, " ").replace(PRODUCT, " ").replace(PRICE, " ").to_lowercase();
    let words: Vec<String> = bare
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'))
        .map(|word| word.trim_matches(['\'', '’']).replace('’', "'"))
        .filter(|word| !word.is_empty())
        .collect();
    words.into_iter()
}

/// Whether a word of the text is one of the name's.
fn holds(name: &str, word: &str) -> bool {
    words(word).any(|word| words(name).any(|n| n == word))
}

/// `20%` and `2,000`; a word with a digit in it may be another word in disguise.
fn is_number(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit()) && !word.contains(char::is_alphabetic)
}

/// `$39.90` of `$39.90.`, and of `(€5)`.
fn amount(word: &str) -> Option<&str> {
    let start = word.find(['$', '€', '£', '¥'])?;
    let sign = word[start..].chars().next()?.len_utf8();
    let digits = word[start + sign..]
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','))
        .map_or(word.len(), |at| start + sign + at);
    let found = word[start..digits].trim_end_matches(['.', ',']);
    (found.len() > sign).then_some(found)
}

/// Every place where `name` stands, in whatever case.
fn replace(text: &str, name: &str, mark: &str) -> String {
    let (lower, wanted) = (text.to_ascii_lowercase(), name.to_ascii_lowercase());
    if wanted.is_empty() {
        return text.to_owned();
    }
    let mut replaced = String::new();
    let mut from = 0;
    for (at, _) in lower.match_indices(&wanted) {
        replaced.push_str(&text[from..at]);
        replaced.push_str(mark);
        from = at + wanted.len();
    }
    replaced.push_str(&text[from..]);
    replaced
}

#[cfg(test)]
mod tests;
