//! The verdict on a text: rules that read it as a stranger would and share no code with the fence it was written in.
//!
//! Numbers are compared by value and role, not by spelling; names by runs of words; claims by phrases over the text with
//! the names taken out.

mod dates;
mod money;
mod owner;
mod shape;
mod words;

use serde::{Deserialize, Serialize};

use super::facts::{Facts, Role};
use super::given::Tone;
use super::kind::Kind;
use super::theme::Theme;
use crate::models::protocol::Finish;

/// What a text is judged against.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub kind: &'a Kind,
    pub facts: &'a Facts,
    pub theme: Theme,
    pub tone: Tone,
    /// The price or saving it mentions must be mentioned.
    pub draft: &'a str,
    /// Answers of the prompt's examples: a text must not be one of them.
    pub examples: &'a [String],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub rule: String,
    pub passed: bool,
    pub severity: String,
    pub detail: Option<String>,
}

/// A rule gives the reason why the text breaks it.
type Rule = fn(&Text, &Case) -> Option<String>;

const RULES: &[(&str, Rule)] = &[
    ("length", shape::length),
    ("characters", shape::characters),
    ("placeholder", shape::placeholder),
    ("markup", shape::markup),
    ("ending", shape::ending),
    ("repetition", shape::repetition),
    ("copied", shape::copied),
    ("required_facts", words::required_facts),
    ("names", words::names),
    ("claims", words::claims),
    ("agreement", words::agreement),
    ("wording", words::recipient_twice),
    ("possession", owner::possession),
    ("numbers", money::numbers),
    ("currency", money::currency),
    ("relations", money::relations),
    ("tone", shape::tone),
];

/// One verdict a rule.
pub fn judge(text: &str, case: &Case) -> Vec<Verdict> {
    let read = Text::read(text, case.facts);
    RULES
        .iter()
        .map(|(rule, judge)| {
            let detail = judge(&read, case);
            let severity = "error".to_owned();
            Verdict { rule: (*rule).to_owned(), passed: detail.is_none(), severity, detail }
        })
        .collect()
}

/// The rules that the text breaks.
pub fn violations(text: &str, case: &Case) -> Vec<Verdict> {
    judge(text, case).into_iter().filter(|v| !v.passed).collect()
}

/// The fault of a text whose writing was cut off where no sentence ends; it may read complete by accident.
pub fn broken_off(text: &str, finish: Finish) -> Option<Verdict> {
    let is_cut = matches!(finish, Finish::Length | Finish::DeadEnd) && !text.ends_with(['.', '!', '?']);
    is_cut.then(|| Verdict {
        rule: "ending".into(),
        passed: false,
        severity: "error".into(),
        detail: Some("the model was cut off before it ended the text".into()),
    })
}

/// A text as the rules read it.
struct Text<'a> {
    raw: &'a str,
    words: Vec<Word<'a>>,
}

struct Word<'a> {
    raw: &'a str,
    /// Without punctuation around it and a possessive ending; lower case, straight apostrophes.
    bare: String,
    /// Begins a sentence.
    initial: bool,
    /// Part of a name of the facts: the whole name, or two or more of its words in a row.
    named: bool,
    /// Whose name that is.
    of: Option<Role>,
}

impl<'a> Text<'a> {
    fn read(raw: &'a str, facts: &Facts) -> Self {
        let mut words: Vec<Word> = Vec::new();
        for line in raw.lines() {
            for (at, word) in line.split_whitespace().enumerate() {
                let initial = at == 0 || words.last().is_none_or(|w| w.raw.ends_with(['.', '!', '?']));
                words.push(Word { raw: word, bare: bare(word), initial, named: false, of: None });
            }
        }
        for (role, name) in facts.quotable() {
            mark(&mut words, name, role);
        }
        Text { raw, words }
    }
}

/// Finds the longest runs of the name's words.
fn mark(words: &mut [Word], name: &str, role: Role) {
    let name: Vec<String> = name.split_whitespace().map(bare).collect();
    for start in 0..words.len() {
        let longest = (0..name.len()).map(|from| run(&words[start..], &name[from..])).max().unwrap_or(0);
        if longest == name.len() || longest >= 2 {
            for word in &mut words[start..start + longest] {
                // Of two names that share words the first one found, the product's, keeps them unless this one is whole.
                let keeps = word.named && longest < name.len();
                word.of = if keeps { word.of } else { Some(role) };
                word.named = true;
            }
        }
    }
}

/// How many words of the text are those of the name, with nothing between them.
fn run(words: &[Word], name: &[String]) -> usize {
    let mut length = 0;
    while length < words.len().min(name.len()) && words[length].bare == name[length] {
        length += 1;
        if words[length - 1].raw.ends_with(['.', ',', ';', ':', '!', '?']) {
            break;
        }
    }
    length
}

fn bare(word: &str) -> String {
    let straight = word.replace('’', "'").to_lowercase();
    let trimmed = straight.trim_matches(|c: char| !c.is_alphanumeric() && !"$€£¥%".contains(c));
    trimmed.strip_suffix("'s").unwrap_or(trimmed).to_owned()
}

#[cfg(test)]
mod tests;
