//! What is said of a date: it is when something is, not since or until when.

use super::{Text, Word};
use crate::generation::facts::Role;

pub fn wrong(text: &Text, at: usize, word: &Word) -> Option<String> {
    const BOUNDS: &[&str] =
        &["until", "till", "since", "by", "before", "after", "from", "through", "to", "ends", "not"];
    let begins =
        word.of == Some(Role::EventDate) && (at == 0 || text.words[at - 1].of != Some(Role::EventDate));
    let before = text.words[..at].last().filter(|_| begins)?;
    BOUNDS.contains(&before.bare.as_str()).then(|| format!("{:?} a date that is the day itself", before.raw))
}
