//! Words and phrases that a text may not hold, however they are disguised.

use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::fold::{Folded, Gap};
use crate::kernel::{Error, Result};

/// Letters from which a term is found although its words are written as one, or one of its words as two. Shorter ones come
/// about by chance: `Size W in blue`.
const LONG: usize = 6;
/// Letters from which it is found with signs between them, or in three pieces or more.
const MEDIUM: usize = 4;
/// Letters from which it is found letter by letter.
const SHORT: usize = 3;
/// More than anybody keeps by hand; the automaton of so many takes some 10 MB.
const MAX_TERMS: usize = 20_000;
const MAX_TERM_CHARS: usize = 200;

#[derive(Debug, Clone)]
pub struct Terms {
    terms: Vec<Term>,
    plain: AhoCorasick,
    loose: AhoCorasick,
}

#[derive(Debug, Clone)]
struct Term {
    /// Letters, and where a word begins.
    length: usize,
    breaks: Vec<usize>,
    /// `guarantee*`: any ending.
    any_ending: bool,
}

/// A text folded both ways, once for all rules.
#[derive(Debug)]
pub struct Read {
    plain: Folded,
    loose: Option<Folded>,
}

/// Which term, and which bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub term: usize,
    pub source: Range<usize>,
}

impl Read {
    pub fn new(text: &str) -> Self {
        let loose = Folded::loose(text);
        Read { plain: Folded::plain(text), loose: loose.is_odd().then_some(loose) }
    }

    /// Where the text says a name, letter by letter.
    pub fn name(&self, name: &str) -> Vec<Range<usize>> {
        let name = Folded::plain(name).text;
        if name.is_empty() {
            return Vec::new();
        }
        let whole =
            |marks: &Range<usize>| self.plain.starts_word(marks.start) && self.plain.starts_word(marks.end);
        let found = self.plain.text.match_indices(&name).map(|(at, _)| self.plain.range(at..at + name.len()));
        found.filter(whole).map(|marks| self.plain.source(marks)).collect()
    }
}

impl Terms {
    /// Terms are words or phrases; one that ends with `*` has any ending.
    pub fn new(terms: &[String]) -> Result<Self> {
        if terms.len() > MAX_TERMS {
            return Err(Error::invalid(format!("{} terms are too many", terms.len()))
                .hint(format!("A guardrail holds up to {MAX_TERMS}.")));
        }
        let mut compiled = Vec::new();
        let (mut plain, mut loose) = (Vec::new(), Vec::new());
        for term in terms {
            let folded = Folded::plain(term);
            if folded.marks.len() < 2 || term.chars().count() > MAX_TERM_CHARS {
                return Err(Error::invalid(format!("the term {term:?} cannot be looked for")).hint(format!(
                    "A term has 2 to {MAX_TERM_CHARS} characters, two of them letters or digits."
                )));
            }
            let breaks = (1..folded.marks.len()).filter(|at| folded.starts_word(*at)).collect();
            compiled.push(Term {
                length: folded.marks.len(),
                breaks,
                any_ending: term.trim_end().ends_with('*'),
            });
            plain.push(folded.text);
            loose.push(Folded::loose(term).text);
        }
        let build = |patterns: &[String]| {
            AhoCorasick::new(patterns).map_err(|e| {
                Error::invalid(format!("the terms are too many: {e}")).hint("Split the guardrail.")
            })
        };
        Ok(Terms { terms: compiled, plain: build(&plain)?, loose: build(&loose)? })
    }

    pub fn find(&self, read: &Read) -> Vec<Hit> {
        let mut hits = self.scan(&self.plain, &read.plain, false);
        if let Some(loose) = &read.loose {
            hits.extend(self.scan(&self.loose, loose, true));
        }
        hits
    }

    fn scan(&self, automaton: &AhoCorasick, folded: &Folded, loose: bool) -> Vec<Hit> {
        automaton
            .find_overlapping_iter(&folded.text)
            .filter_map(|found| {
                let term = found.pattern().as_usize();
                let marks = folded.range(found.range());
                let is_meant = self.terms[term].is_meant(folded, marks.clone(), loose);
                is_meant.then(|| Hit { term, source: folded.source(marks) })
            })
            .collect()
    }
}

impl Term {
    /// Whether these letters are the term and not the inside of other words.
    fn is_meant(&self, folded: &Folded, marks: Range<usize>, loose: bool) -> bool {
        let ends = self.any_ending || folded.starts_word(marks.end);
        if !folded.starts_word(marks.start) || !ends || (loose && !is_disguised(folded, marks.clone())) {
            return false;
        }
        let gaps = marks.clone().skip(1).filter(|at| folded.starts_word(*at)).map(|at| at - marks.start);
        let gaps: Vec<usize> = gaps.collect();
        // Letters of a loose text are fewer, so that places cannot be compared.
        let as_written = if loose { gaps.len() == self.breaks.len() } else { gaps == self.breaks };
        if as_written {
            return true;
        }
        let extra: Vec<usize> =
            gaps.iter().copied().filter(|at| loose || !self.breaks.contains(at)).collect();
        let letter_by_letter = gaps.len() + 1 == marks.len();
        let signs_only = extra.iter().all(|at| folded.marks[marks.start + at].gap == Gap::Signs);
        let least = match () {
            () if extra.is_empty() => LONG,
            () if letter_by_letter => SHORT,
            () if signs_only || gaps.len() >= 2 => MEDIUM,
            () => LONG,
        };
        self.length >= least
    }
}

/// A loose match is believed where something odd is in it, and enough of it are letters.
fn is_disguised(folded: &Folded, marks: Range<usize>) -> bool {
    let marks = &folded.marks[marks];
    let letters = marks.iter().filter(|m| m.letter).count();
    marks.iter().any(|m| m.odd) && (letters >= 2 || (letters >= 1 && marks.len() >= MEDIUM))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(term: &str, text: &str) -> bool {
        !Terms::new(&[term.to_owned()]).unwrap().find(&Read::new(text)).is_empty()
    }

    #[test]
    fn a_term_is_found_in_every_disguise() {
        for text in [
            "It is free",
            "FREE!",
            "f r e e",
            "f.r.e.e",
            "f-r-e-e gift",
            "fr.ee",
            "fr33",
            "frее",
            "freeeee",
            "F\u{200b}ree",
            "ｆｒｅｅ",
            "fʀᴇᴇ",
            "f_r_e_e",
            "f r 3 3",
            "(free)",
            "„free“",
        ] {
            assert!(finds("free", text), "{text}");
        }
        for text in [
            "risk free",
            "risk-free",
            "riskfree",
            "no risk. Free of it: risk. Free",
            "r i s k f r e e",
            "r1sk fr33",
        ] {
            assert!(finds("risk free", text), "{text}");
        }
        assert!(
            finds("guarantee*", "Guaranteed!")
                && finds("guarantee*", "guarantees")
                && finds("guarantee*", "guar anteed")
        );
        assert!(
            finds("miracle", "a mir acle") && finds("miracle", "mir. Acle") && finds("miracle", "m1r4cl3")
        );
    }

    #[test]
    fn words_that_only_contain_a_term_are_left_alone() {
        for (term, text) in [
            ("free", "freedom"),
            ("free", "carefree"),
            ("win", "Size W in blue"),
            ("cure", "secure"),
            ("cure", "a cure-all"),
            ("ass", "glass"),
            ("ass", "as sweet as sugar"),
            ("hell", "shell"),
            ("bio", "Room B10"),
            ("sale", "5 ale"),
            ("free", "fire"),
            ("tit", "title"),
            ("all in", "fall inn"),
        ] {
            assert_eq!(finds(term, text), term == "cure" && text == "a cure-all", "{term} in {text}");
        }
    }

    #[test]
    fn a_term_of_nothing_is_refused() {
        for term in ["", " ", "*", "a", "!!"] {
            assert!(Terms::new(&[term.to_owned()]).unwrap_err().hint.is_some());
        }
    }

    proptest! {
        #[test]
        fn any_word_is_found_between_other_words(word in "[a-z]{3,12}", before in "[a-z ]{0,20}", after in "[a-z ]{0,20}") {
            let text = format!("{before} {word} {after}");
            prop_assert!(finds(&word, &text));
            prop_assert!(finds(&word, &text.to_uppercase()));
        }

        #[test]
        fn no_text_is_too_odd_to_be_read(text in "\\PC{0,60}") {
            let read = Read::new(&text);
            for hit in Terms::new(&["free".to_owned(), "risk free".to_owned()]).unwrap().find(&read) {
                prop_assert!(text.get(hit.source).is_some());
            }
        }
    }
}
