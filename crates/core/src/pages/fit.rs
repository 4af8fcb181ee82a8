//! Fits text into a box: broken into lines between words, made smaller, and at last cut after a word.

use unicode_linebreak::{BreakOpportunity, linebreaks};

use super::font::{self, ASCENT, DESCENT, Weight};

/// The distance of base lines, by the size.
pub const LEADING: f64 = ASCENT + DESCENT;

/// No browser sets anything smaller legibly.
pub const SMALLEST: f64 = 10.0;

#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// Pixels.
    pub size: f64,
    pub lines: Vec<String>,
}

impl Lines {
    pub fn height(&self) -> f64 {
        self.lines.len() as f64 * self.size * LEADING
    }
}

/// The largest setting from `largest` down to [`SMALLEST`] pixels that fits a box of `room` (width and height in
/// pixels); where none does the text ends in an ellipsis. Nothing where not even its first word fits.
pub fn fit(text: &str, weight: Weight, room: (f64, f64), largest: f64) -> Option<Lines> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words(&text);
    let mut size = largest.max(SMALLEST);
    loop {
        let most = (room.1 / (size * LEADING)) as usize;
        if let Some(lines) = wrap(&words, weight, size, room.0).filter(|lines| lines.len() <= most) {
            return Some(Lines { size, lines: balanced(&words, weight, size, room.0, lines) });
        }
        if size <= SMALLEST {
            return cut(&words, weight, room, most);
        }
        size = (size * 0.94).max(SMALLEST);
    }
}

/// What a line may end after, with the space there.
fn words(text: &str) -> Vec<&str> {
    let mut from = 0;
    let word = |(end, _): (usize, BreakOpportunity)| {
        let word = &text[from..end];
        from = end;
        word
    };
    linebreaks(text).map(word).collect()
}

/// As few lines as possible; nothing where a word is wider than the box.
fn wrap(words: &[&str], weight: Weight, size: f64, width: f64) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words {
        let longer = format!("{line}{word}");
        if font::width(longer.trim_end(), weight, size) <= width {
            line = longer;
            continue;
        }
        if font::width(word.trim_end(), weight, size) > width {
            return None;
        }
        lines.push(line.trim_end().to_owned());
        line = (*word).to_owned();
    }
    lines.push(line.trim_end().to_owned());
    lines.retain(|line| !line.is_empty());
    Some(lines)
}

/// The same number of lines, of about the same width.
fn balanced(words: &[&str], weight: Weight, size: f64, width: f64, lines: Vec<String>) -> Vec<String> {
    let (mut low, mut high, mut best) = (width / lines.len().max(1) as f64, width, lines);
    for _ in 0..6 {
        let middle = f64::midpoint(low, high);
        match wrap(words, weight, size, middle).filter(|lines| lines.len() <= best.len()) {
            Some(lines) => (best, high) = (lines, middle),
            None => low = middle,
        }
    }
    best
}

/// The first words, at the smallest size, and an ellipsis.
fn cut(words: &[&str], weight: Weight, room: (f64, f64), most: usize) -> Option<Lines> {
    let shortened = |count: usize| {
        let text = words[..count].concat();
        let text = text.trim_end_matches(|c: char| c.is_whitespace() || ".,:;–—-".contains(c));
        format!("{text}…")
    };
    (1..words.len()).rev().find_map(|count| {
        let text = shortened(count);
        let lines = wrap(&self::words(&text), weight, SMALLEST, room.0)?;
        (lines.len() <= most && text != "…").then_some(Lines { size: SMALLEST, lines })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fitted(text: &str, width: f64, height: f64) -> Option<Lines> {
        fit(text, Weight::Bold, (width, height), 40.0)
    }

    #[test]
    fn short_text_is_as_large_as_allowed_and_long_text_is_smaller() {
        assert_eq!(fitted("Lamp", 300.0, 100.0).unwrap(), Lines { size: 40.0, lines: vec!["Lamp".into()] });
        let long = fitted("Willow Desk Lamp for $39, down from $49", 200.0, 100.0).unwrap();
        assert!(long.size < 40.0 && long.lines.len() > 1);
        assert_eq!(long.lines.join(" "), "Willow Desk Lamp for $39, down from $49");
    }

    #[test]
    fn what_has_no_room_ends_after_a_word() {
        let cut = fitted("Willow Desk Lamp, made of solid walnut by hand", 90.0, 26.0).unwrap();
        assert_eq!(cut.lines, ["Willow Desk", "Lamp, made of…"]);
        assert_eq!(fitted("Donaudampfschifffahrtsgesellschaft", 40.0, 40.0), None);
        assert_eq!(fitted("", 40.0, 40.0).map(|l| l.lines), Some(vec![]));
    }

    #[test]
    fn lines_are_of_about_the_same_width() {
        let lines =
            fit("Treat yourself to the Willow Desk Lamp", Weight::Bold, (330.0, 60.0), 20.0).unwrap().lines;
        assert_eq!(lines, ["Treat yourself to the", "Willow Desk Lamp"]);
    }

    proptest! {
        #[test]
        fn text_never_leaves_its_box(
            text in "[a-zA-Z0-9$€ÄŁж日\u{301} ,.:'&<>-]{0,120}",
            width in 20.0..600.0f64,
            height in 8.0..300.0f64,
            largest in 5.0..90.0f64,
        ) {
            let Some(set) = fit(&text, Weight::Regular, (width, height), largest) else { return Ok(()) };
            prop_assert!(set.size >= SMALLEST && set.size <= largest.max(SMALLEST));
            prop_assert!(set.lines.is_empty() || set.height() <= height);
            for line in &set.lines {
                prop_assert!(font::width(line, Weight::Regular, set.size) <= width);
            }
        }

        #[test]
        fn words_are_never_broken(text in "([a-z]{1,12} ){1,20}[a-z]{1,9}", width in 30.0..300.0f64, height in 12.0..100.0f64) {
            let Some(set) = fit(&text, Weight::Bold, (width, height), 30.0) else { return Ok(()) };
            let shown = set.lines.join(" ");
            let kept: Vec<_> = shown.trim_end_matches('…').split(' ').collect();
            let all: Vec<_> = text.split(' ').collect();
            prop_assert_eq!(&kept[..], &all[..kept.len()]);
            prop_assert_eq!(shown.ends_with('…'), kept.len() < all.len());
        }
    }
}
