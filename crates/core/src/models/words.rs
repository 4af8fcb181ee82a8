//! The plain words of `words.txt`, ready for whole and partial look-ups.

use std::sync::LazyLock;

struct Words {
    plain: Vec<&'static str>,
    dangling: Vec<&'static str>,
    attributive: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let themes = || include_str!("words.txt").lines().filter_map(|line| line.split_once(": "));
    let plain = themes()
        .filter(|(theme, _)| *theme != "attributive")
        .flat_map(|(_, words)| words.split(' '))
        .collect();
    let of = |wanted: &str| {
        themes().filter(|(theme, _)| *theme == wanted).flat_map(|(_, words)| words.split(' ')).collect()
    };
    Words { plain: sorted(plain), dangling: sorted(of("dangling")), attributive: sorted(of("attributive")) }
});

/// Whether a lower-case word is plain.
pub fn contains(word: &str) -> bool {
    WORDS.plain.binary_search(&word).is_ok()
}

/// Whether some plain word begins so.
pub fn begins(prefix: &str) -> bool {
    let at = WORDS.plain.partition_point(|w| *w < prefix);
    WORDS.plain.get(at).is_some_and(|w| w.starts_with(prefix))
}

/// Whether a text cannot end with this word.
pub fn dangles(word: &str) -> bool {
    WORDS.dangling.binary_search(&word).is_ok()
}

/// Words that announce a noun.
const DETERMINERS: [&str; 10] = ["a", "an", "the", "your", "our", "my", "its", "their", "every", "each"];

/// Whether a text that ends with these lower-case words, the last one first, has yet to say what it describes: `a great`.
pub fn wants_a_noun<'a>(mut from_the_end: impl Iterator<Item = &'a str>) -> bool {
    let describes = |word: &str| WORDS.attributive.binary_search(&word).is_ok();
    let between =
        |word: &&str| describes(word) || ["and", "very", "really", "truly", "more", "most"].contains(word);
    from_the_end.next().is_some_and(describes)
        && from_the_end.find(|word| !between(word)).is_some_and(|word| DETERMINERS.contains(&word))
}

fn sorted(mut words: Vec<&'static str>) -> Vec<&'static str> {
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_and_in_part() {
        assert!(contains("pantry") && !contains("pantr") && begins("pantr") && !begins("pantrx"));
        assert!(dangles("with") && !dangles("pantry"));
    }

    #[test]
    fn a_description_of_nothing_is_found() {
        let ends = |text: &str| wants_a_noun(text.split(' ').rev());
        for text in ["a great", "your very simple and tasty", "bananas are a lovely", "the perfect"] {
            assert!(ends(text), "{text}");
        }
        for text in
            ["bananas are great", "a great pick", "great", "good and simple", "your usual", "a little"]
        {
            assert!(!ends(text), "{text}");
        }
    }

    #[test]
    fn words_that_claim_something_are_not_plain() {
        for word in
            ["free", "best", "only", "today", "new", "fresh", "save", "two", "guaranteed", "organic", "sale"]
        {
            assert!(!contains(word), "{word}");
        }
    }
}
