//! The plain words of `words.txt`, ready for whole and partial look-ups.

use std::sync::LazyLock;

struct Words {
    plain: Vec<&'static str>,
    dangling: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let themes = || include_str!("words.txt").lines().filter_map(|line| line.split_once(": "));
    let plain = themes().flat_map(|(_, words)| words.split(' ')).collect();
    let dangling =
        themes().filter(|(theme, _)| *theme == "dangling").flat_map(|(_, words)| words.split(' ')).collect();
    Words { plain: sorted(plain), dangling: sorted(dangling) }
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
    fn words_that_claim_something_are_not_plain() {
        for word in
            ["free", "best", "only", "today", "new", "fresh", "save", "two", "guaranteed", "organic", "sale"]
        {
            assert!(!contains(word), "{word}");
        }
    }
}
