//! Length, reading level, links and patterns.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::fold::{Folded, visible};
use crate::kernel::{Code, Error, Result};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Length {
    pub min_chars: Option<usize>,
    pub max_chars: Option<usize>,
    pub max_words: Option<usize>,
    pub max_sentences: Option<usize>,
    pub max_exclamations: Option<usize>,
}

impl Length {
    pub fn find(&self, text: &str) -> Option<String> {
        let chars = text.chars().count();
        let over = |what: &str, count: usize, most: Option<usize>| {
            most.filter(|most| count > *most).map(|most| format!("{count} {what}, more than {most}"))
        };
        let short = self.min_chars.filter(|least| chars < *least);
        short
            .map(|least| format!("{chars} characters, fewer than {least}"))
            .or_else(|| over("characters", chars, self.max_chars))
            .or_else(|| over("words", text.split_whitespace().count(), self.max_words))
            .or_else(|| over("sentences", sentences(text).len(), self.max_sentences))
            .or_else(|| over("exclamation marks", text.matches('!').count(), self.max_exclamations))
    }
}

/// The sentences of a text, each with its end.
pub fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let ends = matches!(c, '.' | '!' | '?' | '…' | '\n')
            && chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if ends {
            sentences.push(text[start..at + c.len_utf8()].trim());
            start = at + c.len_utf8();
        }
    }
    sentences.push(text[start..].trim());
    sentences.retain(|s| !s.is_empty());
    sentences
}

/// The school grade that reads a text with ease, by Flesch and Kincaid (1975): long sentences and long words are harder. It
/// is made for English prose; below `min_words` it says nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingLevel {
    pub max_grade: f64,
    #[serde(default = "some_words")]
    pub min_words: usize,
}

const fn some_words() -> usize {
    30
}

impl ReadingLevel {
    pub fn find(&self, text: &str) -> Option<String> {
        let words: Vec<&str> = text.split_whitespace().filter(|w| w.contains(char::is_alphabetic)).collect();
        if words.len() < self.min_words.max(1) {
            return None;
        }
        let grade = grade(&words, sentences(text).len().max(1));
        (grade > self.max_grade).then(|| format!("reading grade {grade:.1}, more than {}", self.max_grade))
    }
}

fn grade(words: &[&str], sentences: usize) -> f64 {
    let count = words.len() as f64;
    let syllables: usize = words.iter().map(|w| syllables(w)).sum();
    0.39 * count / sentences as f64 + 11.8 * syllables as f64 / count - 15.59
}

/// Groups of vowels, without an e that is not spoken.
fn syllables(word: &str) -> usize {
    let word: Vec<char> = word.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
    let is_vowel = |c: &char| "aeiouyäöüéèáà".contains(*c);
    let groups =
        (0..word.len()).filter(|at| is_vowel(&word[*at]) && (*at == 0 || !is_vowel(&word[at - 1]))).count();
    let is_mute = word.len() > 2
        && word.ends_with(&['e'])
        && !is_vowel(&word[word.len() - 2])
        && !word.ends_with(&['l', 'e']);
    groups.saturating_sub(usize::from(is_mute && groups > 1)).max(1)
}

/// Hosts that a text may link to, with their subdomains.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Links {
    pub allow: Vec<String>,
}

const LINK: &str = r"(?i)\b(?:h(?:tt|xx)ps?://|www\.)\S+|\b(?:[\p{L}\d-]+\.)+(?:com|net|org|io|co|shop|store|info|biz|ru|de|at|ch|fr|uk|us|eu|nl|pl|es|cn|xyz|top|app|me|ly|gg|tv|link|click|online|site|example|dev|ai|page|cc|ca|au|jp|br|se|dk|fi|ie|nz)\b(?:\.[\p{L}\d-]+)*(?:[/:\\]\S*)?";
// A polka dot top is no link.
const SPELLED_DOT: &str =
    r"(?i)\s*(?:\[\.\]|\(\.\)|\[dot\]|\(dot\)|\{dot\})\s*|\s+dot\s+(com|net|org|io|de|example)\b";

/// Patterns of ours compile; a test says so.
static LINK_PATTERNS: LazyLock<Option<[Regex; 2]>> =
    LazyLock::new(|| Some([Regex::new(LINK).ok()?, Regex::new(SPELLED_DOT).ok()?]));

impl Links {
    pub fn find(&self, text: &str) -> Option<String> {
        let [link, dot] = LINK_PATTERNS.as_ref()?;
        let text = visible(text);
        let text = dot.replace_all(&text, ".${1}");
        link.find_iter(&text).map(|found| found.as_str()).find(|found| !self.allows(found)).map(str::to_owned)
    }

    fn allows(&self, link: &str) -> bool {
        let host = link.split_once("://").map_or(link, |(_, rest)| rest).to_lowercase();
        // What stands before an @ is a user name, however much it looks like a host.
        let host = host.split(['/', '\\', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
        let host = host.trim_end_matches(|c: char| !c.is_alphanumeric());
        self.allow.iter().map(|allowed| allowed.to_lowercase()).any(|allowed| {
            host == allowed || host.strip_suffix(&allowed).is_some_and(|sub| sub.ends_with('.'))
        })
    }
}

/// `pattern`: regular expressions, each over the text as it is seen and over its letters in plain spelling.
#[derive(Debug, Clone)]
pub struct Patterns(Vec<Regex>);

/// Bytes that one compiled pattern may take.
const PATTERN_SIZE: usize = 1 << 20;

impl Patterns {
    pub fn new(patterns: &[String]) -> Result<Self> {
        let compile = |pattern: &String| {
            RegexBuilder::new(pattern).case_insensitive(true).size_limit(PATTERN_SIZE).build().map_err(|e| {
                Error::new(
                    Code::InvalidRegularExpression,
                    format!("the pattern {pattern:?} is not understood: {e}"),
                )
                .hint("Patterns are those of the regex crate: no look-around, no back references.")
            })
        };
        Ok(Patterns(patterns.iter().map(compile).collect::<Result<_>>()?))
    }

    pub fn find(&self, text: &str) -> Option<String> {
        let spelled = plain_words(text);
        let seen = visible(text);
        let found = |pattern: &Regex| {
            pattern.find(&seen).or_else(|| pattern.find(&spelled)).map(|m| m.as_str().to_owned())
        };
        self.0.iter().find_map(found)
    }
}

/// The words of a text in plain letters, one space between them.
fn plain_words(text: &str) -> String {
    let folded = Folded::plain(text);
    let mut words = String::new();
    for (at, c) in folded.text.chars().enumerate() {
        if at > 0 && folded.starts_word(at) {
            words.push(' ');
        }
        words.push(c);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted() {
        let most = Length {
            max_words: Some(3),
            max_sentences: Some(1),
            max_exclamations: Some(0),
            ..Length::default()
        };
        assert_eq!(most.find("Three short words."), None);
        for text in ["Four words are more", "One. Two.", "Wow!"] {
            assert!(most.find(text).is_some(), "{text}");
        }
        assert!(Length { min_chars: Some(5), ..Length::default() }.find("four").is_some());
        assert_eq!(
            sentences("It costs 2.99 today. Buy it! Why?"),
            vec!["It costs 2.99 today.", "Buy it!", "Why?"]
        );
    }

    #[test]
    fn hard_prose_is_told_from_easy_prose() {
        let level = ReadingLevel { max_grade: 9.0, min_words: 10 };
        let easy = "We have a good cup of tea for you. Come in and sit down with us. It is warm here.";
        let hard = "Notwithstanding considerable organisational complexity, comprehensive documentation facilitates unprecedented \
            interoperability throughout international distribution infrastructures.";
        assert_eq!(level.find(easy), None);
        assert!(level.find(hard).is_some() && level.find("Notwithstanding infrastructure").is_none());
        assert_eq!(
            ["table", "make", "beauty", "a", "organisation", "cheese"].map(syllables),
            [2, 1, 2, 1, 5, 1]
        );
    }

    #[test]
    fn only_links_to_allowed_hosts_pass() {
        let links = Links { allow: vec!["shop.example".into()] };
        for text in [
            "https://shop.example/a?b",
            "see www.shop.example.",
            "news.shop.example",
            "no link here. None",
            "2.5 oz, Dr. No",
            "polka dot top",
        ] {
            assert_eq!(links.find(text), None, "{text}");
        }
        for text in [
            "https://evil.example",
            "shop.example.evil.com",
            "evil.com",
            "hxxp://evil.com",
            "evil [.] com",
            "evil dot com",
            "notshop.example",
            "https://shop.example@evil.com/",
            "https://evil.dev/?u=https://shop.example",
            "https://evil.dev\\.shop.example",
            "shop.example.evil.zz",
            "bread at evil.ai",
            "EVIL．COM",
            "ev\u{200b}il.com",
        ] {
            assert!(links.find(text).is_some(), "{text}");
        }
    }

    #[test]
    fn patterns_see_through_disguises() {
        let patterns = Patterns::new(&[r"\bno\s+risk\b".to_owned()]).unwrap();
        for text in ["no risk", "NO  RISK", "nо risk", "no-risk"] {
            assert!(patterns.find(text).is_some(), "{text}");
        }
        assert!(patterns.find("no brisk walk").is_none());
        assert_eq!(Patterns::new(&["(".to_owned()]).unwrap_err().code, Code::InvalidRegularExpression);
    }
}
