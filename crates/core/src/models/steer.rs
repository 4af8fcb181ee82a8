//! Which tokens the model may write next: a fence built from the facts, asked at every token, so it only ever looks at
//! the words that the token touches.
//!
//! A text that stays inside has only numbers and names of the facts, otherwise plain words of [`super::words`] or words
//! that the facts license, no markup, no quotes, no links, and sentences that begin with a capital and end. What the
//! words say together is judged afterwards, by rules that share no code with these.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::words;

/// What decoding is held to, derived from the facts. Plain data: it travels with the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steering {
    /// Names as they may be written, in one piece or in part: `Simple Truth Greek Yogurt`.
    pub names: Vec<String>,
    /// Numbers as they may be written, sign and unit included: `$2.99`, `20%`, `12`.
    pub numbers: Vec<String>,
    /// Words that the facts license beyond the plain ones: `save` with a saving, `new` with a new product.
    pub words: Vec<String>,
    /// Words and phrases that may not be written whatever else holds, names excepted.
    pub banned: Vec<String>,
    /// The text may end only when it holds one of each group.
    pub required: Vec<Vec<String>>,
    pub min_chars: u16,
    pub max_chars: u16,
    pub max_sentences: u8,
    /// Each sentence, the last too, must end with `.`, `!` or `?`.
    pub full_sentences: bool,
}

impl Default for Steering {
    fn default() -> Self {
        Steering {
            names: Vec::new(),
            numbers: Vec::new(),
            words: Vec::new(),
            banned: Vec::new(),
            required: Vec::new(),
            min_chars: 1,
            max_chars: u16::MAX,
            max_sentences: u8::MAX,
            full_sentences: false,
        }
    }
}

/// The same, made ready to be asked some thousand times a step. Build it once a request.
#[derive(Debug, Clone)]
pub struct Guide {
    /// Words of the names, sorted.
    names: Vec<String>,
    /// Which words may follow which within a name.
    follows: HashMap<String, Vec<String>>,
    /// Lower-case.
    numbers: Vec<String>,
    /// Licensed words and words of names, lower-case, sorted.
    words: Vec<String>,
    banned_words: Vec<String>,
    banned_phrases: Vec<String>,
    required: Vec<Vec<String>>,
    /// How long all that is required is, with spaces between.
    required_chars: usize,
    /// What names and numbers hold beyond the plain characters.
    characters: Vec<char>,
    min_chars: usize,
    max_chars: usize,
    max_sentences: usize,
    full_sentences: bool,
}

/// Where a word stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The word is finished; otherwise it may still grow.
    complete: bool,
    /// It begins a sentence.
    initial: bool,
    previous: &'a str,
}

const SENTENCE_ENDS: [char; 3] = ['.', '!', '?'];
const PAUSES: [char; 6] = ['.', '!', '?', ',', ';', ':'];
const DASHES: [&str; 3] = ["-", "–", "—"];
const CURRENCY: [char; 4] = ['$', '€', '£', '¥'];

impl Guide {
    pub fn new(steering: &Steering) -> Self {
        let mut names = Vec::new();
        let mut words: Vec<String> = lowered(&steering.words);
        let mut numbers: Vec<String> = steering.numbers.iter().map(|n| n.to_lowercase()).collect();
        let mut follows: HashMap<String, Vec<String>> = HashMap::new();
        for name in &steering.names {
            let parts: Vec<&str> = name.split_whitespace().collect();
            for pair in parts.windows(2) {
                follows.entry(pair[0].to_owned()).or_default().push(pair[1].to_owned());
            }
            for part in &parts {
                if is_model(part) {
                    names.push((*part).to_owned());
                } else if is_numeric(part) {
                    numbers.push(part.to_lowercase());
                } else {
                    names.push((*part).to_owned());
                    words.push(part.trim_end_matches(PAUSES).to_lowercase());
                }
            }
            words.extend(
                parts.last().filter(|noun| !is_numeric(noun)).into_iter().flat_map(|noun| numbers_of(noun)),
            );
        }
        let characters = steering
            .names
            .iter()
            .chain(&steering.numbers)
            .chain(&steering.words)
            .flat_map(|s| s.chars())
            .filter(|c| is_harmless(*c))
            .collect();
        let (banned_phrases, banned_words) =
            steering.banned.iter().map(|b| b.to_lowercase()).partition(|b| b.contains(' '));
        Guide {
            names: sorted(names),
            follows,
            numbers,
            words: sorted(words),
            banned_words: sorted(banned_words),
            banned_phrases,
            required: steering.required.iter().map(|group| lowered(group)).collect(),
            required_chars: steering.required.iter().flatten().map(|wanted| wanted.chars().count() + 2).sum(),
            characters,
            min_chars: steering.min_chars.into(),
            max_chars: steering.max_chars.into(),
            max_sentences: steering.max_sentences.into(),
            full_sentences: steering.full_sentences,
        }
    }

    /// Whether `piece` may follow `text` (the answer so far, its forced opening included).
    pub fn allows(&self, text: &str, piece: &str) -> bool {
        !piece.is_empty()
            && self.joins(text, piece)
            && self.leaves_room(text, piece)
            && self.words_hold(text, piece)
            && self.ends_in_time(text, piece)
    }

    /// Whether the answer may end here.
    pub fn may_stop(&self, text: &str) -> bool {
        let ended = text.ends_with(SENTENCE_ENDS);
        let last = text.rsplit(' ').next().unwrap_or_default();
        text.chars().count() >= self.min_chars
            && if self.full_sentences { ended } else { ended || !(self.dangles(last) || wants_a_noun(text)) }
            && self.words_hold(text, "\n")
            && self.missing(&text.to_lowercase()).next().is_none()
    }

    /// The required groups of which `lower` holds nothing yet.
    fn missing<'a>(&'a self, lower: &'a str) -> impl Iterator<Item = &'a Vec<String>> {
        self.required.iter().filter(move |group| !group.iter().any(|wanted| holds(lower, wanted)))
    }

    /// What is still required must fit behind the piece.
    fn leaves_room(&self, text: &str, piece: &str) -> bool {
        let written = text.chars().count() + piece.chars().count();
        let room = self.max_chars.saturating_sub(written);
        if written > self.max_chars || room >= self.required_chars {
            return written <= self.max_chars;
        }
        let lower = format!("{text}{piece}").to_lowercase();
        let needed: usize = self.missing(&lower).map(|group| shortest_rest(&lower, group)).sum();
        needed <= room
    }

    /// The last sentence allowed may end only where the text may.
    fn ends_in_time(&self, text: &str, piece: &str) -> bool {
        if !piece.contains(SENTENCE_ENDS) && !piece.ends_with(' ') {
            return true;
        }
        let whole = format!("{text}{piece}");
        let last = whole.rsplit(' ').next().unwrap_or_default();
        let unfinished =
            is_numeric(last) && !self.numbers.contains(&last.trim_end_matches(PAUSES).to_lowercase());
        let closes = whole.ends_with(SENTENCE_ENDS) && !unfinished;
        let ended = sentences(&whole) + usize::from(closes);
        ended < self.max_sentences
            || (ended == self.max_sentences && (!closes || self.may_stop(&whole)) && !whole.ends_with(' '))
    }

    /// Characters and the spaces between them.
    fn joins(&self, text: &str, piece: &str) -> bool {
        let mut before = text.chars().next_back();
        for c in piece.chars() {
            let fits = match c {
                ' ' => before.is_some_and(|b| b != ' '),
                '\'' | '’' => before.is_some_and(char::is_alphabetic),
                _ if PAUSES.contains(&c) => {
                    before.is_some_and(|b| b.is_alphanumeric() || matches!(b, '%' | '\'' | '’'))
                }
                '-' => before.is_some_and(|b| b.is_alphanumeric() || b == ' '),
                '–' | '—' => before == Some(' '),
                _ => {
                    c.is_ascii_alphanumeric()
                        || CURRENCY.contains(&c)
                        || c == '%'
                        || self.characters.contains(&c)
                }
            };
            if !fits {
                return false;
            }
            before = Some(c);
        }
        true
    }

    /// Judges the words that `piece` makes, ends or begins.
    fn words_hold(&self, text: &str, piece: &str) -> bool {
        let word_start = text.rfind(' ').map_or(0, |at| at + 1);
        let previous_start = text[..word_start].trim_end().rfind(' ').map_or(0, |at| at + 1);
        let mut previous = text[previous_start..word_start].trim_end();
        let open = format!("{}{piece}", &text[word_start..]);
        let mut words = open.split([' ', '\n']).peekable();
        let mut ended = 0; // sentences that `piece` has ended
        while let Some(word) = words.next() {
            let complete = words.peek().is_some();
            if word.is_empty() {
                continue;
            }
            let initial = previous.is_empty() || previous.ends_with(SENTENCE_ENDS);
            if initial && sentences(&text[..word_start]) + ended >= self.max_sentences {
                return false;
            }
            if !self.word(word, Place { complete, initial, previous }) {
                return false;
            }
            ended += usize::from(word.ends_with(SENTENCE_ENDS));
            previous = word;
        }
        self.banned_phrases.is_empty() || !self.says_banned_phrase(text, piece)
    }

    fn word(&self, word: &str, place: Place) -> bool {
        if DASHES.contains(&word) {
            return !place.initial;
        }
        let bare = word.trim_end_matches(PAUSES);
        if is_model(word) && self.name(word, bare, place) {
            return true;
        }
        if is_numeric(word) {
            return self.number(word, place.complete);
        }
        if place.complete && bare.eq_ignore_ascii_case(place.previous) {
            return false;
        }
        self.name(word, bare, place) || self.plain(word, bare, place)
    }

    fn number(&self, word: &str, complete: bool) -> bool {
        let word = word.to_lowercase();
        let bare = word.trim_end_matches(PAUSES);
        self.numbers.iter().any(|n| n == bare || n == &word || (!complete && n.starts_with(&word)))
    }

    /// A word of a name, in the name's own case; after another word of a name it must be the one that follows there.
    fn name(&self, word: &str, bare: &str, place: Place) -> bool {
        let owner = bare.trim_end_matches("'s").trim_end_matches("’s").trim_end_matches(['\'', '’']);
        let whole = |w: &str| self.names.binary_search_by(|n| n.as_str().cmp(w)).is_ok();
        let found =
            whole(word) || whole(bare) || whole(owner) || (!place.complete && begins(&self.names, word));
        if !found || !word.starts_with(char::is_uppercase) {
            return found && !place.initial;
        }
        if !place.previous.starts_with(char::is_uppercase) || place.previous.ends_with(PAUSES) {
            return true;
        }
        match self.follows.get(place.previous) {
            Some(next) => next
                .iter()
                .any(|n| n == word || n == bare || n == owner || (!place.complete && n.starts_with(word))),
            // The end of another name, or a plain word that begins a sentence.
            None => !whole(place.previous),
        }
    }

    /// A plain or licensed word, of parts joined by hyphens; capital at the beginning of a sentence, and only there.
    fn plain(&self, word: &str, bare: &str, place: Place) -> bool {
        if word.starts_with(char::is_uppercase) != place.initial {
            return false;
        }
        let finished = place.complete || bare.len() < word.len();
        let lower = lower_first(bare);
        let mut parts = lower.split('-').peekable();
        while let Some(part) = parts.next() {
            let finished = finished || parts.peek().is_some();
            if !self.plain_part(&part.replace('’', "'"), finished) {
                return false;
            }
        }
        true
    }

    fn plain_part(&self, part: &str, finished: bool) -> bool {
        if self.banned_words.binary_search_by(|b| b.as_str().cmp(part)).is_ok() {
            return false;
        }
        let known =
            |w: &str| words::contains(w) || self.words.binary_search_by(|x| x.as_str().cmp(w)).is_ok();
        if known(part) || part.strip_suffix("'s").is_some_and(known) {
            return true;
        }
        !finished
            && (words::begins(part)
                || begins(&self.words, part)
                || part.strip_suffix('\'').is_some_and(known))
    }

    /// Whether the text would stop on a word that wants another one.
    fn dangles(&self, last: &str) -> bool {
        !last.ends_with(|c: char| c.is_alphanumeric() || c == '%') || words::dangles(&last.to_lowercase())
    }

    fn says_banned_phrase(&self, text: &str, piece: &str) -> bool {
        let longest = self.banned_phrases.iter().map(String::len).max().unwrap_or(0);
        let mut from = text.len().saturating_sub(longest + 1);
        while !text.is_char_boundary(from) {
            from -= 1;
        }
        let tail = format!("{}{piece}", &text[from..]).to_lowercase();
        self.banned_phrases.iter().any(|phrase| holds(&tail, phrase))
    }
}

/// As [`words::wants_a_noun`]; a word with a capital belongs to a name, which says by itself what it is.
fn wants_a_noun(text: &str) -> bool {
    !text.rsplit(' ').next().is_some_and(|last| last.starts_with(char::is_uppercase))
        && words::wants_a_noun(text.to_lowercase().rsplit(' '))
}

/// Whether `text` holds `wanted`, both lower-case, not within longer words or numbers.
fn holds(text: &str, wanted: &str) -> bool {
    text.match_indices(wanted).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + wanted.len()..].chars();
        let (next, second) = (after.next(), after.next());
        let grows_left = before.is_some_and(|c| c.is_alphanumeric() || CURRENCY.contains(&c));
        let grows_right = next.is_some_and(|c| c.is_alphanumeric() || c == '%')
            || (matches!(next, Some('.' | ',')) && second.is_some_and(|c| c.is_ascii_digit()));
        !grows_left && !grows_right
    })
}

/// What the shortest of the group still takes behind `text`, a part of it that ends `text` counted as written.
fn shortest_rest(text: &str, group: &[String]) -> usize {
    let rest = |wanted: &String| {
        let begun = wanted
            .char_indices()
            .map(|(at, c)| at + c.len_utf8())
            .filter(|end| text.ends_with(&wanted[..*end]))
            .max()
            .unwrap_or(0);
        wanted[begun..].chars().count() + usize::from(begun == 0)
    };
    group.iter().map(rest).min().unwrap_or(0)
}

/// How many sentences have ended before more follows.
fn sentences(text: &str) -> usize {
    text.as_bytes().windows(2).filter(|pair| matches!(pair, [b'.' | b'!' | b'?', b' '])).count()
}

/// `V15`, `WH-1000XM5`: a word of a name in the name's own case, though it holds digits.
fn is_model(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && is_numeric(word)
}

fn is_numeric(word: &str) -> bool {
    word.contains(|c: char| c.is_numeric() || CURRENCY.contains(&c) || c == '%')
}

/// Letters, and the few signs that names and amounts are written with; never markup, quotes or control characters.
fn is_harmless(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '&' | '+' | '®' | '™' | '°' | '²' | '½' | '¼' | '×' | '/')
}

/// The plural and the singular of a noun that ends a name.
fn numbers_of(noun: &str) -> Vec<String> {
    let lower = noun.trim_end_matches(PAUSES).to_lowercase();
    let mut forms = vec![format!("{lower}s"), format!("{lower}es")];
    forms.extend(["es", "s"].into_iter().filter_map(|end| lower.strip_suffix(end)).map(str::to_owned));
    forms.retain(|form| form.len() > 2);
    forms
}

fn lower_first(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn lowered(group: &[String]) -> Vec<String> {
    group.iter().map(|w| w.to_lowercase()).collect()
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list.dedup();
    list
}

fn begins(sorted: &[String], prefix: &str) -> bool {
    let at = sorted.partition_point(|w| w.as_str() < prefix);
    sorted.get(at).is_some_and(|w| w.starts_with(prefix))
}

#[cfg(test)]
#[path = "steer_tests.rs"]
mod tests;
