//! Signs that a writer has asked before and was not helped: what lexicons of feelings do not know, and tickets are full of.

const ORDINALS: [&str; 16] = [
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "umpteenth",
    "2nd",
    "3rd",
    "4th",
    "5th",
    "6th",
    "7th",
];
/// What is written or done to ask.
const MESSAGES: [&str; 9] =
    ["email", "mail", "message", "letter", "call", "request", "reminder", "ticket", "complaint"];
const ASKING: [&str; 20] = [
    "write",
    "wrote",
    "writing",
    "written",
    "ask",
    "asked",
    "asking",
    "call",
    "called",
    "calling",
    "contact",
    "contacted",
    "contacting",
    "complain",
    "complained",
    "complaining",
    "report",
    "reported",
    "email",
    "emailed",
];
const ANSWERS: [&str; 7] = ["answer", "answers", "reply", "response", "refund", "news", "solution"];
const NOBODY: [&str; 4] = ["nobody", "noone", "none", "no"];
const ANSWERING: [&str; 9] =
    ["answers", "answered", "answer", "replies", "replied", "reply", "responds", "responded", "helps"];
/// What is still so although it was asked about.
const UNSOLVED: [&str; 8] = ["no", "not", "nothing", "waiting", "haven't", "hasn't", "isn't", "broken"];

/// How many places of a text say that its writer has asked before: "third time I write", "2nd e-mail", "still no answer",
/// "nobody replies", "how many times", "again and again". Words are in lower case.
pub fn count(words: &[&str]) -> usize {
    (0..words.len()).filter(|place| begins(&words[*place..])).count()
}

fn begins(words: &[&str]) -> bool {
    match words {
        [ordinal, rest @ ..] if ORDINALS.contains(ordinal) => is_request(rest),
        ["no", what, ..] if ANSWERS.contains(what) => true,
        [nobody, answers, ..] if NOBODY.contains(nobody) && ANSWERING.contains(answers) => true,
        ["no", "one", answers, ..] if ANSWERING.contains(answers) => true,
        // "Still no answer" is counted at its "no".
        ["still", "no", what, ..] if ANSWERS.contains(what) => false,
        ["still", unsolved, ..] => UNSOLVED.contains(unsolved),
        ["how", "many", "times", ..]
        | ["how", "often", "must" | "do", ..]
        | ["again", "and", "again", ..] => true,
        _ => false,
    }
}

/// After an ordinal: "e-mail", or "time" and that something is asked; a third time that somebody buys is none.
fn is_request(words: &[&str]) -> bool {
    match words {
        ["e", "mail", ..] => true,
        ["time", rest @ ..] => rest.iter().take(4).any(|word| ASKING.contains(word)),
        [message, ..] => MESSAGES.contains(message),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    fn count(text: &str) -> usize {
        super::count(&text.split(' ').collect::<Vec<_>>())
    }

    #[test]
    fn asking_again_is_counted_and_buying_again_is_not() {
        for (text, signs) in [
            ("this is the third time i write", 1),
            ("my 2nd email about this", 1),
            ("the third e mail now and still no answer", 2),
            ("still waiting and nobody replies", 2),
            ("no one answered", 1),
            ("how many times must i ask", 1),
            ("third time i order and still great", 0),
            ("the second chair is fine", 0),
            ("the third", 0),
            ("", 0),
        ] {
            assert_eq!(count(text), signs, "{text}");
        }
    }
}
