use proptest::prelude::*;

use super::*;

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|s| s.to_string()).collect()
}

fn yogurt() -> Steering {
    Steering {
        names: list(&["Simple Truth Greek Yogurt", "Maria", "M&M's", "2% Milk"]),
        numbers: list(&["$2.99", "$3.49", "12", "20%"]),
        words: list(&["save", "price", "now"]),
        banned: list(&["lovely", "at home"]),
        required: vec![list(&["Greek Yogurt"]), list(&["$2.99"])],
        min_chars: 10,
        max_chars: 120,
        max_sentences: 2,
        full_sentences: false,
    }
}

/// Feeds a text in pieces of `step` bytes, as a tokenizer would; false as soon as one is refused.
fn passes(steering: &Steering, text: &str, step: usize) -> bool {
    let guide = Guide::new(steering);
    let mut written = String::new();
    for piece in text.chars().collect::<Vec<_>>().chunks(step) {
        let piece: String = piece.iter().collect();
        if !guide.allows(&written, &piece) {
            return false;
        }
        written.push_str(&piece);
    }
    guide.may_stop(&written)
}

#[test]
fn texts_made_of_facts_and_plain_words_pass_in_any_pieces() {
    for text in [
        "Maria, your Greek Yogurt is $2.99",
        "Add Simple Truth Greek Yogurt to your basket for $2.99.",
        "Save on Greek Yogurt, now $2.99 – it's a treat for your family!",
        "Greek yogurt and M&M's: the price is $2.99. Enjoy 2% Milk too.",
        "Maria’s Greek Yogurt is $2.99, not $3.49",
    ] {
        for step in [1, 2, 3, 7, 200] {
            assert!(passes(&yogurt(), text, step), "{text} in pieces of {step}");
        }
    }
}

#[test]
fn texts_that_leave_the_facts_are_stopped() {
    for text in [
        "Greek Yogurt for $2.98 and $2.99",           // another price
        "Greek Yogurt for $2.99 or 2.99",             // a number without its sign
        "Greek Yogurt for $2.990, that is $2.99",     // a longer number
        "Greek Yogurt for €2.99, that is $2.99",      // another currency
        "Greek Yogurt for $2.99, and Kroger too",     // a name that is no fact
        "Greek Truth Simple Yogurt, $2.99",           // a name put together otherwise
        "Kroger loves Greek Yogurt for $2.99",        // the same at the beginning
        "greek Yogurt for $2.99",                     // no capital at the beginning
        "Greek Yogurt for $2.99, free of charge",     // an unlicensed claim
        "Greek Yogurt for $2.99 is lovely",           // a banned word
        "Greek Yogurt for $2.99 at home",             // a banned phrase
        "Greek Yogurt for $2.99 (really)",            // brackets
        "**Greek Yogurt** for $2.99",                 // markup
        "Greek Yogurt for $2.99 at greek.com",        // a link
        "Greek Yogurt for $2.99 😀",                  // an emoji
        "Greek Yogurt for $2.99!!",                   // shouting
        "Greek Yogurt  for $2.99",                    // a gap
        "Greek Yogurt for $2.99\nEnjoy",              // a second line
        "Enjoy Greek Yogurt. It is $2.99. Enjoy it.", // a third sentence
        "Enjoy the the Greek Yogurt for $2.99",       // a stutter
        "Enjoy Greek Yogurt for $2.99 with",          // no end
        "Enjoy Greek Yogurt for $2",                  // half a number
        "Enjoy Simple Truth for $2.99",               // a required name is missing
        "Greek Yogurt $2.99 fantastical",             // a word that is not plain
        "{name}, Greek Yogurt is $2.99",              // a placeholder
    ] {
        for step in [1, 3, 200] {
            assert!(!passes(&yogurt(), text, step), "{text} in pieces of {step}");
        }
    }
}

#[test]
fn full_sentences_end_with_a_stop() {
    let steering = Steering { full_sentences: true, ..yogurt() };
    assert!(passes(&steering, "Greek Yogurt is $2.99.", 2));
    assert!(!passes(&steering, "Greek Yogurt is $2.99", 2));
}

#[test]
fn a_question_takes_microseconds() {
    let guide = Guide::new(&yogurt());
    let text = "Maria, your Simple Truth Greek Yogurt is waiting for you. Add it to your basket for";
    let started = std::time::Instant::now();
    for _ in 0..10_000 {
        assert!(guide.allows(text, " $2"));
        assert!(!guide.allows(text, " Kroger"));
    }
    // Some 0.5 µs in a release build; the bound leaves room for debug builds and busy machines.
    assert!(started.elapsed().as_millis() < 2_000, "{:?} for 20,000 questions", started.elapsed());
}

const PIECES: &[&str] = &[
    " ", "  ", ".", ",", "!", "?", "-", " – ", "'s", "’s", "Maria", " Greek", " Yog", "urt", " yogurt",
    " Kroger", "Enjoy", " enjoy", " your", " for", " $2", ".99", " $", "2", "9", "3", ".4", " 12", "%",
    " 20", " 2", " Milk", "M&", "M's", " free", " fre", "ezer", " now", " sa", "ve", "le", " the", " The",
    "\n", "(", "[", "{", "\"", "*", "#", "<", "http", "@", "😀", "é", "\u{200b}", " it", " is", " Simple",
    " Truth", " and", " lovely", " €", "£", "/", " two", " best", ". The", "I",
];

proptest! {
    /// Random walks inside the fence: whatever it lets through has only what the facts hold.
    #[test]
    fn nothing_outside_the_facts_gets_through(picks in prop::collection::vec(0..PIECES.len(), 1..60)) {
        let guide = Guide::new(&yogurt());
        let mut text = String::new();
        for pick in picks {
            if guide.allows(&text, PIECES[pick]) {
                text.push_str(PIECES[pick]);
            }
        }
        if guide.may_stop(&text) {
            for word in text.split([' ', ',', '!', '?', '-', '–']).filter(|w| !w.is_empty()) {
                let bare = word.trim_end_matches('.').trim_end_matches("'s").trim_end_matches("’s");
                if bare.contains(|c: char| c.is_ascii_digit() || "$€£%".contains(c)) {
                    prop_assert!(["$2.99", "$3.49", "12", "20%", "2%"].contains(&bare), "{text}");
                }
            }
            prop_assert!(!text.contains(['(', '[', '{', '"', '*', '#', '<', '@', '\n', '/', '😀', 'é', '\u{200b}']), "{text}");
            for claim in ["free", "best", "two", "sale", "Kroger", "lovely", "http"] {
                prop_assert!(!holds(&text.to_lowercase(), claim), "{text}");
            }
            prop_assert!(text.to_lowercase().contains("greek yogurt") && text.contains("$2.99"), "{text}");
            prop_assert!(text.chars().count() <= 120);
        }
    }

    /// Arbitrary text never panics, whatever it is cut into.
    #[test]
    fn any_text_can_be_asked_about(text in "\\PC{0,80}", piece in "\\PC{0,12}") {
        let guide = Guide::new(&yogurt());
        guide.allows(&text, &piece);
        guide.may_stop(&text);
    }
}

#[test]
fn models_are_written_in_their_own_case() {
    let vacuum = Steering {
        names: list(&["Dyson V15 Detect", "Sony WH-1000XM5", "LEGO Technic 42115"]),
        numbers: list(&["$599"]),
        required: vec![],
        ..yogurt()
    };
    for text in [
        "The Dyson V15 Detect is yours for $599",
        "Take a look at Sony WH-1000XM5: it could be yours",
        "V15 or WH-1000XM5, that is up to you",
        "Take a look at the LEGO Technic 42115",
    ] {
        for step in [1, 2, 3, 7, 200] {
            assert!(passes(&vacuum, text, step), "{text} in pieces of {step}");
        }
    }
    for text in
        ["The Dyson v15 Detect is here", "The Dyson V11 Detect is here", "The Sony WH-1000XM4 is here"]
    {
        assert!(!passes(&vacuum, text, 1), "{text}");
    }
}
