//! Texts as a reader takes them in, whatever they are spelled with: case, accents, look-alikes of other scripts, invisible
//! characters, spaces and signs between letters, digits and signs that stand for letters, letters held down.
//!
//! A text is folded twice. `plain` undoes what Unicode does; `loose` also reads `fr33`, `$ale` and `freeee`, and is only
//! believed where such an odd sign is.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// What stands between a letter and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    None,
    /// Signs without a space: `mir.acle`.
    Signs,
    Space,
}

/// A letter or digit of the folded text.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub gap: Gap,
    /// The bytes of the text that it stands for.
    pub source: Range<usize>,
    /// A digit or sign in the place of a letter, or a letter three times or more in a row.
    pub odd: bool,
    pub letter: bool,
}

/// The letters and digits of a text in one go, with what is known of each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Folded {
    pub text: String,
    pub marks: Vec<Mark>,
    /// For each byte of `text` the mark it belongs to.
    places: Vec<u32>,
}

impl Folded {
    pub fn plain(text: &str) -> Self {
        fold(text, false)
    }

    pub fn loose(text: &str) -> Self {
        collapse(&fold(text, true))
    }

    pub fn is_odd(&self) -> bool {
        self.marks.iter().any(|m| m.odd)
    }

    /// The marks of a run of bytes of `text`.
    pub fn range(&self, bytes: Range<usize>) -> Range<usize> {
        let at = |byte: usize| self.places.get(byte).map_or(self.marks.len(), |place| *place as usize);
        at(bytes.start)..at(bytes.end)
    }

    pub fn starts_word(&self, mark: usize) -> bool {
        self.marks.get(mark).is_none_or(|m| m.gap != Gap::None)
    }

    /// The bytes of the original text.
    pub fn source(&self, marks: Range<usize>) -> Range<usize> {
        match (self.marks.get(marks.start), marks.end.checked_sub(1).and_then(|last| self.marks.get(last))) {
            (Some(first), Some(last)) => first.source.start..last.source.end,
            _ => 0..0,
        }
    }

    fn push(&mut self, c: char, mark: Mark) {
        let place = self.marks.len() as u32;
        self.text.push(c);
        self.places.extend(std::iter::repeat_n(place, c.len_utf8()));
        self.marks.push(mark);
    }
}

fn fold(text: &str, loose: bool) -> Folded {
    let mut folded = Folded::default();
    let mut gap = Gap::Space;
    for (at, c) in text.char_indices() {
        if is_invisible(c) || is_combining_mark(c) {
            continue;
        }
        let rest = &text[at + c.len_utf8()..];
        let stands_for = (loose && is_inside_word(c, gap, rest)).then(|| letter_for(c)).flatten();
        let source = at..at + c.len_utf8();
        if let Some(letter) = stands_for {
            folded.push(letter, Mark { gap, source, odd: true, letter: false });
            gap = Gap::None;
            continue;
        }
        let letters = letters(c);
        if letters.is_empty() {
            gap = gap.max(if c.is_whitespace() { Gap::Space } else { Gap::Signs });
        }
        for letter in letters {
            let mark = Mark { gap, source: source.clone(), odd: false, letter: letter.is_alphabetic() };
            folded.push(letter, mark);
            gap = Gap::None;
        }
    }
    folded
}

/// Runs of one letter as one; those of three or more are odd. Letters that stand alone count as a run, too: `f r e e`. An i
/// becomes an l, for a 1 stands for either.
fn collapse(folded: &Folded) -> Folded {
    let chars: Vec<char> = folded.text.chars().collect();
    let like = |c: char| if c == 'i' { 'l' } else { c };
    let alone = |at: usize| folded.starts_word(at) && folded.starts_word(at + 1);
    let mut collapsed = Folded::default();
    let mut run = 1;
    for (at, (c, mark)) in chars.iter().zip(&folded.marks).enumerate() {
        let before = at.checked_sub(1).map(|before| chars[before]);
        let adjoins = mark.gap == Gap::None || (at > 0 && alone(at) && alone(at - 1));
        run = if before == Some(*c) && mark.gap == Gap::None { run + 1 } else { 1 };
        match collapsed.marks.last_mut().filter(|_| adjoins && before.map(like) == Some(like(*c))) {
            Some(last) => {
                last.source.end = mark.source.end;
                last.odd |= mark.odd || run >= 3;
                last.letter |= mark.letter;
            }
            None => collapsed.push(like(*c), mark.clone()),
        }
    }
    collapsed
}

/// The letters and digits that a character is read as, in lower case; none for signs and spaces.
fn letters(c: char) -> Vec<char> {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() { vec![c.to_ascii_lowercase()] } else { Vec::new() };
    }
    if matches!(c, '™' | '℠' | '®' | '©' | '×') {
        return Vec::new();
    }
    if let Some(letter) = drawn_letter(c) {
        return vec![letter];
    }
    let mut read = Vec::new();
    for part in c.nfkd().filter(|part| !is_combining_mark(*part) && !is_invisible(*part)) {
        if part.is_ascii() {
            read.extend(part.is_ascii_alphanumeric().then(|| part.to_ascii_lowercase()));
        } else {
            read.extend(look_alike(part));
        }
    }
    read
}

/// What a character of another script looks like in Latin letters, else itself in lower case.
fn look_alike(c: char) -> Vec<char> {
    let upper = c.to_uppercase().next().unwrap_or(c);
    for shape in [c, upper] {
        let mut buffer = [0; 4];
        let like: String =
            skeleton(shape.encode_utf8(&mut buffer)).filter(|part| !is_combining_mark(*part)).collect();
        if !like.is_empty() && like.chars().all(|part| part.is_ascii_alphanumeric()) {
            // The table draws m as rn and a capital I as l.
            let capital = shape.is_uppercase() && like == "l";
            let like = if capital { "i".to_owned() } else { like.to_lowercase().replace("rn", "m") };
            return like.chars().collect();
        }
    }
    if c == 'ß' {
        return vec!['s', 's'];
    }
    c.to_lowercase().filter(|part| part.is_alphanumeric()).collect()
}

/// Letters in boxes and circles, as flags and small capitals, which Unicode does not call compatible with letters.
fn drawn_letter(c: char) -> Option<char> {
    const SMALL_CAPITALS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ\u{0}ʏᴢ";
    let of_block = [0x1F150, 0x1F170, 0x1F1E6]
        .into_iter()
        .find_map(|first| u32::from(c).checked_sub(first).filter(|offset| *offset < 26));
    let place =
        of_block.or_else(|| SMALL_CAPITALS.chars().position(|small| small == c).map(|at| at as u32))?;
    char::from_u32(u32::from('a') + place)
}

/// The letter that a digit or sign is put for; a `1` may be an l or an i, which are one in a loose text.
fn letter_for(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '!' | '|' | '£' => 'l',
        '2' => 'z',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' | '9' => 'g',
        '7' | '+' => 't',
        '8' => 'b',
        '¢' => 'c',
        _ => return None,
    })
}

const MOST_SIGNS: usize = 64;

/// Signs are read as letters beside letters only: `$ale`, `vi@gra`, `re|!ef`, but not `free!!` or `$5`.
fn is_inside_word(c: char, gap: Gap, rest: &str) -> bool {
    let is_sign = |n: &char| !n.is_alphanumeric() && (letter_for(*n).is_some() || is_invisible(*n));
    // No word has more signs in a row; without an end, a text of signs alone would take the square of its length.
    let after = || rest.chars().take(MOST_SIGNS).find(|n| !is_sign(n)).is_some_and(char::is_alphanumeric);
    let before = gap == Gap::None;
    match c {
        '!' | '|' => after(),
        '+' => before && after(),
        '@' | '$' | '€' | '£' | '¢' => before || after(),
        _ => true,
    }
}

/// Characters that are not seen: zero width, direction marks, variation selectors, tags, controls.
pub fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF9..=0xFFFB
            | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// One spelling of compatible characters, and nothing invisible: for rules that read signs, too.
pub fn visible(text: &str) -> String {
    text.nfkc().filter(|c| !is_invisible(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguises_of_a_word_fold_to_the_word() {
        for text in [
            "miracle",
            "MIRACLE",
            "mirácle",
            "ｍｉｒａｃｌｅ",
            "мігасlе",
            "mi\u{200b}ra\u{ad}cle",
            "ⓜⓘⓡⓐⓒⓛⓔ",
            "𝓶𝓲𝓻𝓪𝓬𝓵𝓮",
            "m.i-r_a c l e",
            "ᴍɪʀᴀᴄʟᴇ",
            "🅼🅸🆁🅰🅲🅻🅴",
        ] {
            let expected = if text == "мігасlе" { "mi" } else { "miracle" };
            assert!(Folded::plain(text).text.starts_with(expected), "{text}: {}", Folded::plain(text).text);
        }
        assert_eq!(Folded::plain("mirасlе").text, "miracle");
        assert_eq!(Folded::plain("ΝΙΚΕ").text, "nike");
        assert_eq!(Folded::plain("Cure™ it").text, "cureit");
    }

    #[test]
    fn digits_and_signs_are_letters_in_a_loose_text_only() {
        assert_eq!(Folded::plain("fr33 $ale").text, "fr33ale");
        assert_eq!(Folded::loose("fr33 $ale!!").text, "fresale");
        assert_eq!(Folded::loose("re|!ef").text, "relef");
        assert_eq!(Folded::loose("freeeee").text, "fre");
        assert!(Folded::loose("freeeee").is_odd() && !Folded::loose("free coffee for you!").is_odd());
        assert!(Folded::loose("f r 3 3").text == "fre");
    }

    #[test]
    fn every_letter_knows_where_it_came_from() {
        let folded = Folded::plain("A f\u{200b}ré—e gift");
        let at = folded.text.find("free").expect("it is there");
        let marks = folded.range(at..at + 4);
        assert_eq!(&"A f\u{200b}ré—e gift"[folded.source(marks.clone())], "f\u{200b}ré—e");
        assert!(folded.starts_word(marks.start) && folded.starts_word(marks.end));
        assert_eq!(folded.marks[marks.end - 1].gap, Gap::Signs);
    }
}
