//! One text being written: its bytes so far, its random numbers, and when it ends.

use pg_journey_core::kernel::Result;
use pg_journey_core::models::protocol::{Candidate, Finish};
use pg_journey_core::models::steer::Guide;

use super::sampler::Sampler;
use super::vocabulary::Vocabulary;

/// What the rows of a request have in common.
pub struct Rules {
    pub guide: Option<Guide>,
    /// The text ends before the first of these.
    pub stop: Vec<String>,
    pub max_tokens: u32,
    pub opening: String,
}

pub struct Row {
    sampler: Sampler,
    text: String,
    /// The beginning of a character whose other bytes are still to come.
    pending: Vec<u8>,
    tokens: u32,
    logprob: f64,
}

/// What a row does next.
pub enum Next {
    Token(u32),
    Ends(Finish),
}

impl Row {
    pub fn new(rules: &Rules, sampler: Sampler) -> Self {
        Row { sampler, text: rules.opening.clone(), pending: Vec::new(), tokens: 0, logprob: 0.0 }
    }

    /// Chooses a token by the logits after the last one.
    pub fn advance(&mut self, logits: &[f32], rules: &Rules, vocabulary: &Vocabulary) -> Result<Next> {
        if self.tokens >= rules.max_tokens {
            return Ok(Next::Ends(Finish::Length));
        }
        let (text, pending) = (&self.text, &self.pending);
        let allowed = |token: u32| is_allowed(token, text, pending, rules.guide.as_ref(), vocabulary);
        let Some(choice) = self.sampler.choose(logits, rules.guide.is_some(), allowed)? else {
            return Ok(Next::Ends(Finish::DeadEnd));
        };
        self.tokens += 1;
        self.logprob += f64::from(choice.logprob);
        if vocabulary.ends(choice.token) {
            return Ok(Next::Ends(Finish::End));
        }
        let before = self.text.len();
        self.write(vocabulary.piece(choice.token));
        if self.cut_at_stop(before, &rules.stop) {
            return Ok(Next::Ends(Finish::Stop));
        }
        if self.tokens >= rules.max_tokens {
            return Ok(Next::Ends(Finish::Length));
        }
        Ok(Next::Token(choice.token))
    }

    fn write(&mut self, piece: &[u8]) {
        self.pending.extend_from_slice(piece);
        let complete = complete_characters(&self.pending);
        self.text.push_str(&String::from_utf8_lossy(&self.pending[..complete]));
        self.pending.drain(..complete);
    }

    /// Ends the text before the first stop string that reaches beyond `before`.
    fn cut_at_stop(&mut self, before: usize, stop: &[String]) -> bool {
        let first = |wanted: &String| {
            let mut from = before.saturating_sub(wanted.len());
            while !self.text.is_char_boundary(from) {
                from -= 1;
            }
            self.text[from..].find(wanted.as_str()).map(|at| from + at)
        };
        let cut = stop.iter().filter(|wanted| !wanted.is_empty()).filter_map(first).min();
        if let Some(cut) = cut {
            self.text.truncate(cut);
        }
        cut.is_some()
    }

    pub fn into_candidate(self, finish: Finish) -> Candidate {
        let mean_logprob =
            if self.tokens == 0 { 0.0 } else { (self.logprob / f64::from(self.tokens)) as f32 };
        Candidate { text: self.text, tokens: self.tokens, mean_logprob, finish }
    }
}

fn is_allowed(
    token: u32,
    text: &str,
    pending: &[u8],
    guide: Option<&Guide>,
    vocabulary: &Vocabulary,
) -> bool {
    if vocabulary.ends(token) {
        return guide.is_none_or(|guide| guide.may_stop(text));
    }
    let piece = vocabulary.piece(token);
    let Some(guide) = guide else { return !piece.is_empty() };
    // Half a character could not be judged, and what completes it might not be allowed.
    pending.is_empty() && std::str::from_utf8(piece).is_ok_and(|piece| guide.allows(text, piece))
}

/// How many leading bytes are not the beginning of a character that may still be completed.
fn complete_characters(bytes: &[u8]) -> usize {
    let mut done = 0;
    while let Err(e) = std::str::from_utf8(&bytes[done..]) {
        match e.error_len() {
            Some(wrong) => done += e.valid_up_to() + wrong,
            None => return done + e.valid_up_to(),
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sampler::Settings;
    use super::super::vocabulary::tests::bytes_only;
    use super::*;

    const GREEDY: Settings = Settings { temperature: 0.0, top_p: 1.0 };

    fn rules() -> Rules {
        Rules { guide: None, stop: Vec::new(), max_tokens: 100, opening: String::new() }
    }

    /// Makes a greedy row write the given bytes, then the end token.
    fn write(rules: &Rules, bytes: &[u8]) -> Candidate {
        let vocabulary = bytes_only();
        let mut row = Row::new(rules, Sampler::new(GREEDY, 0, 0));
        for token in bytes.iter().map(|byte| usize::from(*byte)).chain([257]) {
            let mut logits = vec![0.0f32; 260];
            logits[token] = 5.0;
            if let Next::Ends(finish) = row.advance(&logits, rules, &vocabulary).unwrap() {
                return row.into_candidate(finish);
            }
        }
        unreachable!("the end token ends the text");
    }

    #[test]
    fn a_text_ends_at_its_end_token_a_stop_string_or_its_length() {
        let ended = write(&rules(), "Hello – you".as_bytes());
        assert_eq!((ended.text.as_str(), ended.finish, ended.tokens), ("Hello – you", Finish::End, 14));
        assert!(ended.mean_logprob < 0.0);

        let stops = Rules { stop: vec!["zzz".into(), "\n\n".into()], opening: "Dear ".into(), ..rules() };
        let stopped = write(&stops, b"you\n\nand");
        assert_eq!((stopped.text.as_str(), stopped.finish), ("Dear you", Finish::Stop));

        let short = write(&Rules { max_tokens: 4, ..rules() }, b"abcdefg");
        assert_eq!((short.text.as_str(), short.finish, short.tokens), ("abcd", Finish::Length, 4));
    }

    #[test]
    fn a_stop_string_may_begin_in_the_opening() {
        let rules = Rules { stop: vec!["é!".into()], opening: "café".into(), ..rules() };
        assert_eq!(write(&rules, b"!x").text, "caf");
    }

    #[test]
    fn control_tokens_are_never_written() {
        let mut row = Row::new(&rules(), Sampler::new(GREEDY, 0, 0));
        let mut logits = vec![0.0f32; 260];
        logits[256] = 9.0;
        logits[usize::from(b'x')] = 1.0;
        assert!(
            matches!(row.advance(&logits, &rules(), &bytes_only()).unwrap(), Next::Token(token) if token == 120)
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_out_as_it_went_in(text in "\\PC{0,20}") {
            prop_assert_eq!(write(&rules(), text.as_bytes()).text, text);
        }

        #[test]
        fn any_bytes_give_valid_text(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let lossy = String::from_utf8_lossy(&bytes).into_owned();
            let text = write(&rules(), &bytes).text;
            prop_assert!(lossy.starts_with(&text), "{:?} {:?}", text, lossy);
        }
    }
}
