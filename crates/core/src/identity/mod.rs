//! Stage identity: whose event it is.
//!
//! In: the ids of a message and the rules of `journey.identity_rules`. Out: the identifier the event belongs to, and the
//! links to other identifiers that the event proves. Each identifier stands for itself; a person is one identifier and
//! those linked to it, so taking a link away restores exactly what was. It may not know what the event means.

use crate::capture::Ids;
use crate::kernel::{Error, Result, id};
use std::borrow::Cow;

pub const USER_ID: &str = "user_id";
pub const ANONYMOUS_ID: &str = "anonymous_id";
pub const EMAIL: &str = "email";

/// One row of `journey.identity_rules`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub kind: String,
    pub normalizer: Normalizer,
    /// In lower case.
    pub blocked: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normalizer {
    Trim,
    Lower,
    Email,
}

impl Normalizer {
    pub fn of(name: &str) -> Result<Normalizer> {
        match name {
            "trim" => Ok(Normalizer::Trim),
            "lower" => Ok(Normalizer::Lower),
            "email" => Ok(Normalizer::Email),
            _ => Err(Error::invalid(format!("normalizer \"{name}\" is unknown"))
                .hint("The normalizers are trim, lower and email.")),
        }
    }
}

/// An identifier, normalized.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atom {
    pub profile_id: i64,
    pub kind: String,
    pub value: String,
}

impl Atom {
    fn new(kind: &str, value: String) -> Atom {
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(pub Vec<Rule>);

impl Rules {
    /// The event belongs to its strongest identifier. Only a user_id gathers others: a device or an address passes from
    /// hand to hand, and what it gathers would pass with it.
    pub fn place(&self, ids: &Ids) -> Result<Place> {
        let named = [(USER_ID, &ids.user_id), (ANONYMOUS_ID, &ids.anonymous_id), (EMAIL, &ids.email)];
        let atoms = self.0.iter().filter_map(|rule| {
            let value = named.iter().find(|(kind, _)| *kind == rule.kind)?.1.as_ref()?;
            rule.atom(value)
        });
        let mut atoms: Vec<Atom> = atoms.collect();
        if atoms.is_empty() {
            return Err(nobody(ids));
        }
        let atom = atoms.remove(0);
        if atom.kind != USER_ID {
            return Ok(Place { atom, members: Vec::new() });
        }
        let previous = ids.previous_id.as_ref().filter(|previous| **previous != atom.value);
        let previous = previous.and_then(|value| self.rule(ANONYMOUS_ID)?.atom(value));
        atoms.extend(previous);
        Ok(Place { atom, members: atoms })
    }

    /// The identifier that a customer argument names: `kind:value`, or a bare user_id.
    pub fn customer(&self, text: &str) -> Option<Atom> {
        let named = text.split_once(':').and_then(|(kind, value)| Some((self.rule(kind)?, value)));
        let (rule, value) = named.or_else(|| Some((self.rule(USER_ID)?, text)))?;
        rule.atom(value)
    }

    fn rule(&self, kind: &str) -> Option<&Rule> {
        self.0.iter().find(|rule| rule.kind == kind)
    }
}

impl Rule {
    /// Nothing, where the value names nobody.
    fn atom(&self, value: &str) -> Option<Atom> {
        let value = self.normalize(value)?;
        (!self.blocks(&value)).then(|| Atom::new(&self.kind, value.into_owned()))
    }

    fn normalize<'a>(&self, value: &'a str) -> Option<Cow<'a, str>> {
        let value = value.trim();
        match self.normalizer {
            Normalizer::Trim => Some(Cow::Borrowed(value)),
            Normalizer::Lower => Some(Cow::Owned(value.to_lowercase())),
            Normalizer::Email => {
                let (name, domain) = value.rsplit_once('@')?;
                let is_address =
                    !name.is_empty() && domain.contains('.') && !value.contains(char::is_whitespace);
                is_address.then(|| Cow::Owned(value.to_lowercase()))
            }
        }
    }

    /// `0` in the list also stands for 00000000-0000-0000-0000-000000000000 and its like.
    fn blocks(&self, value: &str) -> bool {
        let lower = value.to_lowercase();
        let is_zeros = lower.contains('0') && lower.bytes().all(|b| matches!(b, b'0' | b'-'));
        self.blocked.iter().any(|blocked| *blocked == lower || (is_zeros && blocked == "0"))
    }
}

fn nobody(ids: &Ids) -> Error {
    let shown = |name: &str, id: &Option<Cow<str>>| id.as_ref().map(|value| format!("{name} \"{value}\""));
    let sent: Vec<String> =
        [shown("userId", &ids.user_id), shown("anonymousId", &ids.anonymous_id), shown("email", &ids.email)]
            .into_iter()
            .flatten()
            .collect();
    let message = match sent.as_slice() {
        [] => "userId and anonymousId are missing".to_owned(),
        sent => format!("{} names nobody", sent.join(", ")),
    };
    Error::invalid(message)
        .hint("Send a userId or an anonymousId that journey.identity_rules does not block.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let rule = |kind: &str, normalizer| Rule {
            kind: kind.to_owned(),
            normalizer,
            blocked: ["0", "null", "anonymous"].map(str::to_owned).to_vec(),
        };
        Rules(vec![
            rule(USER_ID, Normalizer::Trim),
            rule(ANONYMOUS_ID, Normalizer::Trim),
            rule(EMAIL, Normalizer::Email),
        ])
    }

    fn ids<'a>(user_id: &'a str, anonymous_id: &'a str, email: &'a str) -> Ids<'a> {
        let some = |text: &'a str| (!text.is_empty()).then_some(Cow::Borrowed(text));
        Ids {
            user_id: some(user_id),
            anonymous_id: some(anonymous_id),
            email: some(email),
            previous_id: None,
        }
    }

    #[test]
    fn a_user_gathers_the_device_and_the_address() {
        let place = rules().place(&ids(" 7 ", "a1", "Ann@Example.org")).unwrap();
        assert_eq!((place.atom.kind.as_str(), place.atom.value.as_str()), (USER_ID, "7"));
        let values: Vec<&str> = place.members.iter().map(|m| m.value.as_str()).collect();
        assert_eq!(values, ["a1", "ann@example.org"]);
    }

    #[test]
    fn a_device_gathers_nothing() {
        let place = rules().place(&ids("", "a1", "ann@example.org")).unwrap();
        assert_eq!(place.atom.kind, ANONYMOUS_ID);
        assert!(place.members.is_empty());
    }

    #[test]
    fn values_that_name_nobody_are_passed_over() {
        for nobody in ["null", "NULL", "0", "00000000-0000-0000-0000-000000000000", "Anonymous"] {
            assert_eq!(rules().place(&ids(nobody, "a1", "")).unwrap().atom.value, "a1");
            let error = rules().place(&ids(nobody, nobody, "")).unwrap_err();
            assert_eq!(error.code.sqlstate(), "22023");
            assert!(error.message.contains(nobody), "{}", error.message);
        }
        assert!(rules().place(&ids("", "", "not an address")).is_err());
    }

    #[test]
    fn an_alias_links_the_name_before() {
        let alias = Ids { previous_id: Some(Cow::Borrowed("a0")), ..ids("7", "", "") };
        let place = rules().place(&alias).unwrap();
        assert_eq!(place.members, [Atom::new(ANONYMOUS_ID, "a0".to_owned())]);
    }

    #[test]
    fn a_customer_is_a_user_id_unless_it_names_its_kind() {
        let atom = |text| rules().customer(text).map(|a| (a.kind, a.value));
        let some = |kind: &str, value: &str| Some((kind.to_owned(), value.to_owned()));
        assert_eq!(atom("7"), some(USER_ID, "7"));
        assert_eq!(atom("google:7"), some(USER_ID, "google:7"));
        assert_eq!(atom("anonymous_id:a1"), some(ANONYMOUS_ID, "a1"));
        assert_eq!(atom("email:Ann@Example.org"), some(EMAIL, "ann@example.org"));
        assert_eq!(atom("null"), None);
    }
}
