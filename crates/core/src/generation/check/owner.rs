//! Which product an amount or a number belongs to, where a text names several.

use super::{Case, Text, Word};
use crate::generation::facts::{Relation, Role};

/// The price of one product said of another.
pub fn wrong(text: &Text, case: &Case, at: usize, possible: &[Role]) -> Option<String> {
    let others =
        case.facts.of(Role::Alternative).next().is_some() || case.facts.of(Role::BundleItem).next().is_some();
    if !others {
        return None;
    }
    let word = text.words[at].raw;
    let fits = |role| possible.contains(&role);
    if fits(Role::BundlePrice) && is_together(text, at) {
        return None;
    }
    match owner(text, at) {
        Some(Role::Alternative) if fits(Role::AlternativePrice) => None,
        Some(Role::Product) if fits(Role::Price) => None,
        Some(_) => Some(format!("{word} is the price of another product")),
        None => None,
    }
}

/// How many are left of the product, not of its alternative, and with the shop, not with the reader: `You have 7 left`.
pub fn not_the_product(text: &Text, at: usize) -> Option<String> {
    let start = (0..=at).rev().find(|i| text.words[*i].initial).unwrap_or(0);
    let before: Vec<&str> = text.words[start..at].iter().map(|w| w.bare.as_str()).collect();
    let is_had =
        |pair: &[&str]| pair[0] == "you" && matches!(pair[1], "have" | "still" | "got" | "only" | "own");
    if before.windows(2).any(is_had) || before.contains(&"you've") {
        return Some(format!("{} are said to be left with the reader", text.words[at].raw));
    }
    // `Jeans are just 3 left`: they are not three.
    let is_said_to_be = before.iter().rposition(|w| !matches!(*w, "just" | "only")).is_some_and(|i| {
        matches!(before[i], "is" | "are") && i > 0 && text.words[start + i - 1].of == Some(Role::Product)
    });
    if is_said_to_be {
        return Some(format!("the product is said to be {} left", text.words[at].raw));
    }
    let of_another = matches!(owner(text, at), Some(Role::Alternative | Role::BundleItem));
    of_another.then(|| format!("{} are left of another product", text.words[at].raw))
}

/// `Your Linen Duvet Cover` of what the customer has not bought: it would read as an order that is under way. At most two
/// words stand between, as in `your new Desk Lamp`; `your home with Desk Lamp` says something else.
pub fn possession(text: &Text, case: &Case) -> Option<String> {
    const LINKS: &[&str] = &[
        "with", "for", "to", "of", "and", "or", "in", "on", "at", "by", "from", "is", "are", "a", "an",
        "the", "this", "these", "our",
    ];
    if matches!(case.facts.relation(), Some(Relation::BoughtBefore)) {
        return None;
    }
    let is_thing = |w: &Word| matches!(w.of, Some(Role::Product | Role::Alternative | Role::BundleItem));
    let ends = |w: &Word| w.raw.ends_with(['.', ',', ';', ':', '!', '?', '–', '—']);
    let owned = (0..text.words.len())
        .filter(|at| text.words[*at].bare == "your" && !text.words[*at].named)
        .find_map(|at| {
        let after = text.words.get(at + 1..)?;
        let between = after.iter().take(3).position(is_thing)?;
        let between = &after[..=between];
        let (thing, words) = between.split_last()?;
        (!words.iter().any(|w| ends(w) || LINKS.contains(&w.bare.as_str()))).then_some(thing)
    })?;
    Some(format!("{:?} is not the customer's", owned.raw))
}

/// The product named last before the number in its sentence, else the first one after it.
fn owner(text: &Text, at: usize) -> Option<Role> {
    let role =
        |of: Option<Role>| of.filter(|r| matches!(r, Role::Product | Role::Alternative | Role::BundleItem));
    let start = (0..=at).rev().find(|i| text.words[*i].initial).unwrap_or(0);
    let end = (at + 1..text.words.len()).find(|i| text.words[*i].initial).unwrap_or(text.words.len());
    let before = text.words[start..at].iter().rev().find_map(|w| role(w.of));
    before.or_else(|| text.words[at..end].iter().find_map(|w| role(w.of)))
}

fn is_together(text: &Text, at: usize) -> bool {
    const TOGETHER: &[&str] = &["together", "bundle", "set", "both", "all", "trio", "pair"];
    let start = (0..=at).rev().find(|i| text.words[*i].initial).unwrap_or(0);
    let end = (at + 1..text.words.len()).find(|i| text.words[*i].initial).unwrap_or(text.words.len());
    text.words[start..end].iter().any(|w| TOGETHER.contains(&w.bare.as_str()))
}
