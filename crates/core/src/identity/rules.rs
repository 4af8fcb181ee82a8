//! The rules of `journey.identity_rules`, and what they make of the ids of a message.

use super::{ANONYMOUS_ID, Node, Normalizer, USER_ID, values};
use crate::capture::Ids;
use crate::kernel::{Code, Error, Result, id};
use regex::RegexSet;
use std::borrow::Cow;
use std::collections::HashSet;

/// One row of `journey.identity_rules`.
#[derive(Debug, Clone)]
pub struct Rule {
    pub kind: String,
    /// How many values of this kind one person may hold.
    pub limit: Option<usize>,
    pub normalizer: Normalizer,
    /// For phone numbers written without one.
    pub country_code: Option<String>,
    /// In lower case.
    blocked: HashSet<String>,
    patterns: RegexSet,
}

/// An identifier, normalized.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atom {
    pub profile_id: i64,
    pub kind: String,
    pub value: String,
}

impl Atom {
    pub(super) fn new(kind: &str, value: String) -> Atom {
        Atom { profile_id: id::profile_id(kind, &value), kind: kind.to_owned(), value }
    }
}

/// Where an event belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub atom: Atom,
    /// Identifiers that the event shows to be the same person as `atom`.
    pub members: Vec<Atom>,
}

/// The rules, strongest kind first.
#[derive(Debug, Clone, Default)]
pub struct Rules(pub Vec<Rule>);

impl Rules {
    /// The event belongs to its strongest identifier, and shows that the weaker ones are the same person.
    pub fn place(&self, ids: &Ids) -> Result<Place> {
        let values = self.values(ids);
        let sent = self.0.iter().zip(&values);
        let mut atoms: Vec<Atom> = sent.filter_map(|(rule, value)| rule.atom(value.as_deref()?)).collect();
        if atoms.is_empty() {
            return Err(self.nobody(&values));
        }
        let atom = atoms.remove(0);
        if let Some(previous) = ids.previous_id.as_deref().filter(|_| atom.kind == USER_ID) {
            atoms.extend(self.previous(previous).filter(|before| before.profile_id != atom.profile_id));
        }
        Ok(Place { atom, members: atoms })
    }

    /// In step with the rules.
    fn values<'a>(&self, ids: &Ids<'a>) -> Vec<Option<Cow<'a, str>>> {
        let named = |kind: &str| match kind {
            USER_ID => Some(ids.user_id.clone()),
            ANONYMOUS_ID => Some(ids.anonymous_id.clone()),
            _ => None,
        };
        let others: Vec<&str> =
            self.0.iter().map(|r| r.kind.as_str()).filter(|k| named(k).is_none()).collect();
        let mut others = values::find(ids, &others).into_iter();
        self.0.iter().map(|rule| named(&rule.kind).or_else(|| others.next()).flatten()).collect()
    }

    /// What an alias says was the name before: a device, or a user_id where a person may hold several.
    fn previous<'a>(&'a self, value: &'a str) -> impl Iterator<Item = Atom> + 'a {
        let rules =
            self.0.iter().filter(|r| r.kind == ANONYMOUS_ID || (r.kind == USER_ID && r.limit != Some(1)));
        rules.filter_map(move |rule| rule.atom(value))
    }

    /// The identifier that a customer argument names: `kind:value`, or a bare user_id.
    pub fn customer(&self, text: &str) -> Option<Atom> {
        let named = text.split_once(':').and_then(|(kind, value)| Some((self.rule(kind)?, value)));
        let (rule, value) = named.or_else(|| Some((self.rule(USER_ID)?, text)))?;
        rule.atom(value)
    }

    /// The identifier that somebody names in so many words; an error says what is wrong with it.
    pub fn identifier(&self, kind: &str, value: &str) -> Result<Atom> {
        let kinds = || self.0.iter().map(|r| r.kind.as_str()).collect::<Vec<_>>().join(", ");
        let rule = self.rule(kind).ok_or_else(|| {
            Error::invalid(format!("kind \"{kind}\" is unknown"))
                .hint(format!("The kinds of journey.identity_rules are {}.", kinds()))
        })?;
        rule.atom(value).ok_or_else(|| {
            Error::invalid(format!("{kind} \"{value}\" names nobody")).hint(
                "Its rule in journey.identity_rules blocks the value, or it has not the form of its kind.",
            )
        })
    }

    /// What the assignment must know of an identifier. One that is blocked by now has no rank and stands alone.
    pub fn node(&self, profile_id: i64, kind: &str, value: &str) -> Node {
        let rank = self.0.iter().position(|rule| rule.kind == kind && !rule.blocks(value));
        Node { id: profile_id, rank, limit: rank.and_then(|rank| self.0[rank].limit) }
    }

    /// Kinds of which one person may hold some values only.
    pub fn limited(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|rule| rule.limit.is_some()).map(|rule| rule.kind.as_str())
    }

    fn rule(&self, kind: &str) -> Option<&Rule> {
        self.0.iter().find(|rule| rule.kind == kind)
    }

    fn nobody(&self, values: &[Option<Cow<str>>]) -> Error {
        let name = |kind: &str| match kind {
            USER_ID => "userId".to_owned(),
            ANONYMOUS_ID => "anonymousId".to_owned(),
            other => other.to_owned(),
        };
        let sent = self.0.iter().zip(values);
        let sent: Vec<String> =
            sent.filter_map(|(rule, v)| Some(format!("{} \"{}\"", name(&rule.kind), v.as_ref()?))).collect();
        let message = match sent.as_slice() {
            [] => "userId and anonymousId are missing".to_owned(),
            sent => format!("{} names nobody", sent.join(", ")),
        };
        Error::invalid(message)
            .hint("Send a userId or an anonymousId that journey.identity_rules does not block.")
    }
}

impl Rule {
    pub fn new(kind: &str, normalizer: Normalizer) -> Rule {
        Rule {
            kind: kind.to_owned(),
            limit: None,
            normalizer,
            country_code: None,
            blocked: HashSet::new(),
            patterns: RegexSet::empty(),
        }
    }

    /// Values, in lower case, and patterns of values that name nobody.
    pub fn block(mut self, values: Vec<String>, patterns: &[String]) -> Result<Rule> {
        self.blocked = values.into_iter().collect();
        self.patterns = RegexSet::new(patterns).map_err(|error| {
            let reason = error.to_string().lines().last().unwrap_or_default().replace("error: ", "");
            let shown = patterns.join("\", \"");
            Error::new(Code::InvalidRegularExpression, format!("blocked_patterns \"{shown}\" of {}: {reason}", self.kind))
                .hint("Mend the row of journey.identity_rules: patterns are regular expressions without back-references and look-around.")
        })?;
        Ok(self)
    }

    /// Nothing, where the value names nobody.
    fn atom(&self, value: &str) -> Option<Atom> {
        let value = self.normalizer.apply(value, self.country_code.as_deref())?;
        let names_somebody = !value.is_empty() && !self.blocks(&value);
        names_somebody.then(|| Atom::new(&self.kind, value.into_owned()))
    }

    fn blocks(&self, value: &str) -> bool {
        let lower = value.to_lowercase();
        self.blocked.contains(&lower) || self.patterns.is_match(&lower)
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
