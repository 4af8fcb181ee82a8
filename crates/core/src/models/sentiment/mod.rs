//! What a text feels like, from −1 to 1.
//!
//! In: a text of any length. Out: what the head reads of it beside its embedding, and the formula that holds until a shop has trained
//! a head of its own. The lexicon is English; of other languages the embedding and the words of the shop's own texts tell.

mod options;
mod vain;

use std::collections::BTreeMap;

use vader_sentimental::SentimentIntensityAnalyzer;
use xxhash_rust::xxh3::xxh3_64;

pub use options::Options;

/// Numbers that a lexicon and the spelling tell, in the order that models read them.
pub const SIGNS: [&str; 9] = [
    "compound",
    "positive_share",
    "negative_share",
    "exclamations",
    "questions",
    "capitals",
    "negations",
    "lengthened",
    "asked_in_vain",
];

/// Words and pairs of words are told apart by their hashes.
pub const BUCKETS: u32 = 1 << 14;

/// What is after so many words tells no more; embeddings end sooner.
const MOST_WORDS: usize = 1000;

/// By which the formula is lowered for each sign that the writer has asked before, and of how many at most.
const IN_VAIN: f64 = 0.5;
const MOST_IN_VAIN: f64 = 2.0;

/// What is read of a text beside its embedding.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub signs: [f32; SIGNS.len()],
    /// Places below [`BUCKETS`] in rising order, of length 1 together; none of a text without words.
    pub buckets: Vec<(u32, f32)>,
}

impl Read {
    /// Whether there is neither a word nor a sign.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty() && self.signs.iter().all(|sign| *sign == 0.0)
    }
}

/// Reads a text. Signs: VADER's compound score and shares (Hutto and Gilbert 2014); ln(1 + n) of marks; shares of words that are
/// in capitals, negate, or are lengthened (soooo); how often the writer seems to have asked before.
pub fn read(text: &str) -> Read {
    let text = shortened(text);
    let words = words(text);
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let told = SentimentIntensityAnalyzer::new().polarity_scores(text);
    // The crate takes "!" after words without a feeling for a bad one, which VADER does not.
    let compound = if told.pos == 0.0 && told.neg == 0.0 { 0.0 } else { told.compound };
    let marks = |mark: char| (text.matches(mark).count() as f64).ln_1p();
    let share = |is: &dyn Fn(&str) -> bool, words: &[&str]| {
        words.iter().filter(|word| is(word)).count() as f64 / words.len().max(1) as f64
    };
    let lower_words: Vec<&str> = lower.iter().map(String::as_str).collect();
    let signs = [
        compound,
        told.pos,
        told.neg,
        marks('!'),
        marks('?'),
        share(&is_capital, &words),
        share(&negates, &lower_words),
        share(&is_lengthened, &lower_words),
        vain::count(&lower_words) as f64,
    ];
    Read { signs: signs.map(|sign| sign as f32), buckets: buckets(&lower_words) }
}

/// The formula for a text that no head was trained for: VADER's compound score, less ½ for each of at most two signs that the
/// writer has asked in vain; −1 to 1, and 0 of a text that says nothing.
pub fn formula(read: &Read) -> f64 {
    let [compound, .., vain] = read.signs;
    (f64::from(compound) - IN_VAIN * f64::from(vain).min(MOST_IN_VAIN)).clamp(-1.0, 1.0)
}

/// A row of the head's input: embedding, signs, buckets.
pub fn row(embedding: &[f32], read: &Read) -> Vec<f32> {
    let mut row = Vec::with_capacity(width(embedding.len()));
    row.extend_from_slice(embedding);
    row.extend_from_slice(&read.signs);
    row.resize(width(embedding.len()), 0.0);
    let first = embedding.len() + SIGNS.len();
    read.buckets.iter().for_each(|(place, value)| row[first + *place as usize] = *value);
    row
}

/// How many numbers the head reads of a text with an embedding of so many.
pub fn width(dimensions: usize) -> usize {
    dimensions + SIGNS.len() + BUCKETS as usize
}

fn shortened(text: &str) -> &str {
    let mut ends =
        text.split_whitespace().map(|word| word.as_ptr() as usize + word.len() - text.as_ptr() as usize);
    ends.nth(MOST_WORDS - 1).map_or(text, |end| &text[..end])
}

/// Runs of letters and digits; an apostrophe within is part of the word.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'))
        .map(|word| word.trim_matches(['\'', '’']))
        .filter(|word| !word.is_empty())
        .collect()
}

/// A word of one letter is often one.
fn is_capital(word: &str) -> bool {
    word.chars().count() > 1 && word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase)
}

fn negates(word: &str) -> bool {
    const OTHERS: [&str; 8] = ["no", "not", "never", "none", "nothing", "nobody", "without", "cannot"];
    OTHERS.contains(&word) || word.ends_with("n't") || word.ends_with("n’t")
}

/// A letter three times in a row.
fn is_lengthened(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    letters.windows(3).any(|three| three[0].is_alphabetic() && three[0] == three[1] && three[1] == three[2])
}

/// Counts of words and pairs by the hash of each, the sign by its highest bit so that clashes cancel out (Weinberger et al. 2009),
/// divided by their length.
fn buckets(words: &[&str]) -> Vec<(u32, f32)> {
    let pairs = words.windows(2).map(|pair| pair.join(" "));
    let mut counts = BTreeMap::<u32, f64>::new();
    for term in words.iter().map(|word| (*word).to_owned()).chain(pairs) {
        let hash = xxh3_64(term.as_bytes());
        let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
        *counts.entry(hash as u32 % BUCKETS).or_default() += sign;
    }
    let length = counts.values().map(|count| count * count).sum::<f64>().sqrt();
    let held = counts.into_iter().filter(|(_, count)| *count != 0.0);
    held.map(|(place, count)| (place, (count / length) as f32)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> f64 {
        formula(&read(text))
    }

    #[test]
    fn a_negation_turns_a_word_round() {
        assert!(told("The kettle is good.") > 0.3);
        assert!(told("The kettle is not good.") < -0.2);
        assert!(told("The delivery was not bad.") > told("The delivery was bad."));
        assert!(told("It doesn't work well") < told("It works well"));
    }

    #[test]
    fn stress_makes_it_stronger() {
        let plain = told("the kettle is good");
        for stressed in ["the kettle is very good", "the kettle is GOOD", "the kettle is good!!!"] {
            assert!(told(stressed) > plain, "{stressed}");
        }
        assert!(told("the kettle is somewhat good") < plain);
    }

    #[test]
    fn emoji_are_words() {
        assert!(told("The kettle 😍") > 0.3);
        assert!(told("The kettle 😠") < -0.2);
        assert_eq!((told("The kettle"), told("The kettle!!!")), (0.0, 0.0));
    }

    #[test]
    fn who_asks_again_is_not_content() {
        assert!(told("This is the third time I write!") <= -0.5);
        assert!(
            told("This is the third time I write, and still no answer!")
                < told("This is the third time I write!")
        );
        assert!(told("This is the second time I order here, I love it") > 0.5);
    }

    #[test]
    fn signs_are_what_their_names_say() {
        let of =
            |text: &str, name: &str| read(text).signs[SIGNS.iter().position(|sign| *sign == name).unwrap()];
        assert_eq!(of("WHERE is my ORDER", "capitals"), 0.5);
        assert_eq!(of("I don't know", "negations"), of("I don’t know", "negations"));
        assert!(of("sooo late", "lengthened") > 0.0 && of("so tall", "lengthened") == 0.0);
        assert_eq!(of("why??? oh!", "questions"), 4f32.ln());
        assert_eq!(read("").signs, [0.0; SIGNS.len()]);
    }

    #[test]
    fn pairs_are_told_apart_by_their_order() {
        assert_ne!(read("not too good").buckets, read("too good not").buckets);
        assert_eq!(read("Too good").buckets, read("too, GOOD!").buckets);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in ".{0,300}") {
            let read = read(&text);
            prop_assert!((-1.0..=1.0).contains(&formula(&read)) && read.signs.iter().all(|sign| sign.is_finite()));
            let length: f32 = read.buckets.iter().map(|(_, value)| value * value).sum();
            prop_assert!(read.buckets.is_empty() || (length - 1.0).abs() < 1e-4);
            prop_assert!(read.buckets.windows(2).all(|two| two[0].0 < two[1].0));
            let row = row(&[0.5; 4], &read);
            prop_assert_eq!(row.len(), width(4));
            prop_assert_eq!(row.iter().filter(|value| **value != 0.0).count(), 4 + read.buckets.len() + read.signs.iter().filter(|sign| **sign != 0.0).count());
        }
    }

    #[test]
    fn a_long_text_is_read_to_its_thousandth_word() {
        let long = "good ".repeat(1000);
        assert_eq!(read(&(long.clone() + "bad bad")), read(&long));
    }
}
