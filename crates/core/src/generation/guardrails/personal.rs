//! What identifies a person: addresses, numbers of phones, cards and accounts, and names that are not the customer's own.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::fold::visible;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    Email,
    Phone,
    Card,
    Iban,
    Name,
}

pub const ALL: &[Personal] =
    &[Personal::Email, Personal::Phone, Personal::Card, Personal::Iban, Personal::Name];

// "look at shop.com" is no address: a spelled-out at wants a spelled-out dot.
const EMAIL: &str = r"(?i)[\w.+-]+\s*(?:@|\(at\)|\[at\]|\{at\})\s*[\w-]+(?:\s*(?:\.|\(dot\)|\[dot\]|\{dot\}|\bdot\b)\s*[\w-]+)+|[\w.+-]+\s+at\s+[\w-]+\s+dot\s+[a-z]{2,}";
const DIGITS: &str = r"\+?\(?\d(?:[\s().\-/]{0,3}\d){8,18}";
const IBAN: &str = r"(?i)\b[a-z]{2}\s?\d{2}(?:[\s-]?[a-z0-9]){11,30}\b";
const ADDRESSED: &str = r"\b(?:Dear|Hi|Hello|Hey|Mr|Mrs|Ms|Miss|Dr|Prof)\.?,?\s+(\p{Lu}[\p{L}'’]+)";
const WORD: &str = r"\b\p{Lu}[\p{L}'’]*\p{Ll}[\p{L}'’]*";

struct Patterns {
    email: Regex,
    digits: Regex,
    iban: Regex,
    addressed: Regex,
    word: Regex,
}

/// Patterns of ours compile; a test says so.
static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    Some(Patterns {
        email: Regex::new(EMAIL).ok()?,
        digits: Regex::new(DIGITS).ok()?,
        iban: Regex::new(IBAN).ok()?,
        addressed: Regex::new(ADDRESSED).ok()?,
        word: Regex::new(WORD).ok()?,
    })
});

/// Given names that are no words of a shop: without Rose, Grace, Basil, Olive, Mark, Jack, Christian, Virginia …
const GIVEN_NAMES: &str = "aaron abigail adam adrian aisha alan albert alejandro alex alexander alexandra ali alice alison amanda amelia \
    amy ana andrea andreas andrew angela ann anna anne anthony antonio arthur ashley barbara benjamin bernard beth betty brandon \
    brenda brian bruce camila carl carla carlos carmen carol caroline catherine charles chloe christina christine \
    christopher claire claudia cynthia daniel daniela david deborah dennis diana diego dmitri donald donna dorothy douglas edward \
    elena eleanor elias elizabeth ellen emily emma eric erik esther ethan eva evelyn fatima felix fernando fiona francis francisco \
    frederick gabriel gary gerald giovanni giulia gloria gordon gregory hannah hans harold heather hector helen helena henry \
    howard hugo ian ibrahim ingrid irene isabel isabella isaac ivan jacob jacqueline james jan jane janet javier jean jeffrey \
    jennifer jeremy jerome jessica joan joanna johan johannes john jonathan jorge jose joseph joshua juan judith julia julian julie \
    karen karl katarina katherine kathleen keith kelly kenneth kevin klaus kristina lars laura lauren lawrence leon leonard liam \
    linda lisa louis louise lucas lucia luis lukas magdalena manuel marco margaret maria marie mario martha martin martina mary \
    matthew matthias megan melissa michael michelle miguel mohamed mohammed monica monika nancy natalia natalie nathan nicholas \
    nicole nikolai noah nora olga oliver olivia omar oscar pablo pamela patricia patrick paul paula pedro peter philip philipp pierre \
    priya rachel rafael ralph raymond rebecca ricardo richard robert roberto roger ronald russell ruth ryan samantha samuel \
    sandra sarah sebastian sergei sharon shirley simon sofia sophia sophie stefan stephanie stephen steven susan svetlana teresa \
    theodore theresa thomas timothy tobias ursula valentina vanessa veronica victor vincent vladimir walter \
    wendy werner william wolfgang xavier yasmin yusuf yvonne zachary zoe";

/// Who may be greeted without being named.
const NOBODY: &str = "there all everyone everybody friend friends customer customers shopper shoppers folks team again neighbor neighbour \
    guest member members you sir madam";

impl Personal {
    pub const fn name(self) -> &'static str {
        match self {
            Personal::Email => "email",
            Personal::Phone => "phone",
            Personal::Card => "card",
            Personal::Iban => "iban",
            Personal::Name => "name",
        }
    }

    /// What identifies a person, in the text's own words.
    pub fn find(self, text: &str, names: &[String]) -> Option<String> {
        let text = visible(text);
        let patterns = PATTERNS.as_ref()?;
        let first = |pattern: &Regex, is: fn(&str) -> bool| {
            pattern.find_iter(&text).map(|found| found.as_str()).find(|found| is(found)).map(str::to_owned)
        };
        match self {
            Personal::Email => first(&patterns.email, |_| true),
            Personal::Card => first(&patterns.digits, is_card),
            Personal::Phone => first(&patterns.digits, |found| is_phone(found) && !is_card(found)),
            Personal::Iban => first(&patterns.iban, is_iban),
            Personal::Name => name(&text, patterns, names),
        }
    }
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// Luhn's sum, as every number of a payment card has it. Thirteen digits are an article's: no cards of that length are in use.
fn is_card(text: &str) -> bool {
    let digits = digits(text);
    // A date of expiry or a count may stand beside it: then it is a part of the run.
    let holds =
        |length| digits.windows(length).any(|part| (3..=6).contains(&part[0]) && is_card_number(part));
    is_card_number(&digits) || (digits.len() > 16 && (holds(16) || holds(15)))
}

fn is_card_number(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, d)| {
            if at % 2 == 0 {
                *d
            } else if *d > 4 {
                2 * d - 9
            } else {
                2 * d
            }
        })
        .sum();
    (14..=19).contains(&digits.len()) && sum.is_multiple_of(10) && digits.iter().any(|d| *d != digits[0])
}

/// Nine to fifteen digits (ITU-T E.164 allows fifteen): with a plus or a leading zero, or set in groups. An article number
/// is one group.
fn is_phone(text: &str) -> bool {
    let count = digits(text).len();
    let is_grouped = text.trim_start_matches('+').chars().any(|c| !c.is_ascii_digit());
    let is_dialled = text.starts_with('+') || (text.trim_start_matches('(').starts_with('0') && count <= 12);
    (9..=15).contains(&count) && (is_dialled || (is_grouped && count >= 10) || count == 10)
}

/// ISO 13616: the letters as numbers, the first four characters at the end, 1 modulo 97.
fn is_iban(text: &str) -> bool {
    let compact: Vec<char> = text.chars().filter(char::is_ascii_alphanumeric).collect();
    // What follows the number may have been taken along.
    (15..=compact.len().min(34)).any(|length| {
        let (head, tail) = compact[..length].split_at(4);
        let rest = tail.iter().chain(head).try_fold(0u32, |rest, c| {
            let value = c.to_digit(36)?;
            Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
        });
        rest == Some(1)
    })
}

/// A given name, or whoever is greeted, unless the facts name them.
fn name(text: &str, patterns: &Patterns, names: &[String]) -> Option<String> {
    let known: Vec<String> = names.iter().flat_map(|n| n.split_whitespace()).map(bare).collect();
    let is_foreign = |word: &str| !known.contains(&bare(word));
    let greeted = patterns
        .addressed
        .captures_iter(text)
        .filter_map(|found| found.get(1))
        .map(|word| word.as_str())
        .find(|word| is_foreign(word) && !listed(NOBODY, word));
    let given = || {
        patterns
            .word
            .find_iter(text)
            .map(|word| word.as_str())
            .find(|word| is_foreign(word) && listed(GIVEN_NAMES, word))
    };
    greeted.or_else(given).map(str::to_owned)
}

fn bare(word: &str) -> String {
    let lower = word.to_lowercase().replace('’', "'");
    let lower = lower.trim_matches(|c: char| !c.is_alphanumeric());
    lower.strip_suffix("'s").unwrap_or(lower).to_owned()
}

fn listed(list: &str, word: &str) -> bool {
    let word = bare(word);
    list.split_whitespace().any(|listed| listed == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Personal> {
        let names = ["Maria".to_owned(), "Ben & Jerry's".to_owned()];
        ALL.iter().copied().filter(|kind| kind.find(text, &names).is_some()).collect()
    }

    #[test]
    fn what_identifies_a_person_is_found() {
        for (kind, texts) in [
            (
                Personal::Email,
                &[
                    "write to a.b@shop.example",
                    "a@b.com",
                    "ａ＠ｂ.com",
                    "anna (at) shop (dot) com",
                    "joe at shop dot com",
                ][..],
            ),
            (
                Personal::Phone,
                &["+49 89 1234567", "call 0171 2345678", "(555) 123-4567 8", "212-555-0123", "2125550123"],
            ),
            (
                Personal::Card,
                &[
                    "4111 1111 1111 1111",
                    "5500-0000-0000-0004",
                    "378282246310005",
                    "4111 1111 1111 1111 12/26",
                    "5 4111 1111 1111 1111",
                ],
            ),
            (
                Personal::Iban,
                &[
                    "DE89 3704 0044 0532 0130 00",
                    "gb82west12345698765432",
                    "FR1420041010050500013M02606 soon",
                ],
            ),
            (Personal::Name, &["Dear Rose", "Robert bought it, too", "as Dr. Miller says", "Hi Bob"]),
        ] {
            for text in texts {
                assert!(found(text).contains(&kind), "{kind:?}: {text}: {:?}", found(text));
            }
        }
    }

    #[test]
    fn what_a_shop_says_is_no_person() {
        for text in [
            "Maria, Ben & Jerry's for $5.99",
            "Hi Maria",
            "Hello there",
            "size 10 20 30",
            "EAN 4006381333932",
            "24 x 330 ml, 5.5 oz",
            "Basil and Olive oil",
            "on 2026-01-31",
            "look at our shop",
            "1,000,000 customers",
            "Lot AB12 CDEF GHIJ KLMN",
        ] {
            assert_eq!(found(text), vec![], "{text}");
        }
    }
}
