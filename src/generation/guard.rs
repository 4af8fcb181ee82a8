//! The guardrails of a call: a policy, and what it makes of texts.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pg_journey_core::generation::guardrails::{Row, Ruling, Set, Subject, Voice};
use pg_journey_core::generation::serve::Caution;
use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::datum::JsonB;
use serde::Deserialize;

use crate::{models, query};

/// A row of journey.guardrail_policies.
#[derive(Debug, Clone, Deserialize)]
pub struct Policy {
    pub policy: String,
    voice: Option<String>,
    min_confidence: Option<f32>,
    review_kinds: Vec<String>,
    /// Guardrails that it names and that have no approved version.
    missing: Option<String>,
    /// Of the rows it stands for.
    key: String,
}

#[derive(Deserialize)]
struct Rules {
    guardrails: Vec<Row>,
    voice: Option<Voice>,
}

pub struct Guard {
    pub policy: Policy,
    set: Rc<Set>,
    /// Vectors of the examples of classifiers, computed once a call.
    vectors: RefCell<HashMap<Vec<String>, Vec<Vec<f32>>>>,
}

thread_local! {
    /// The guardrails this session used last, with the key of the rows they were made of: a change of a row is seen by the
    /// next call.
    static LAST: RefCell<Option<(String, Rc<Set>)>> = const { RefCell::new(None) };
}

/// The policy of calls that name none.
pub const DEFAULT: &str = "default";

impl Guard {
    pub fn read(policy: &str) -> Result<Self> {
        let known = LAST.with_borrow(|last| last.as_ref().map(|(key, _)| key.clone())).unwrap_or_default();
        let statement = include_str!("../../sql/queries/generation_guardrails.sql");
        let arguments = [policy.into(), known.as_str().into()];
        let (found, rules) = query::two::<JsonB, String>(statement, &arguments);
        let JsonB(found) = found.ok_or_else(|| unknown(policy))?;
        let policy: Policy = serde_json::from_value(found).map_err(|e| super::broken_row("a policy", &e))?;
        policy.check()?;
        let set = compiled(&policy, rules)?;
        Ok(Guard { policy, set, vectors: RefCell::default() })
    }

    /// For the parts of a text: they are looked at for words alone, and reviewed as a whole or not at all.
    pub fn of_parts(&self) -> Self {
        let policy = Policy { min_confidence: None, review_kinds: Vec::new(), ..self.policy.clone() };
        Guard { policy, set: Rc::new(self.set.of_parts()), vectors: RefCell::default() }
    }

    pub fn caution(&self, kind: &str) -> Caution {
        Caution {
            min_confidence: self.policy.min_confidence,
            is_sensitive: self.policy.review_kinds.iter().any(|k| k == kind),
        }
    }

    pub fn set(&self) -> &Set {
        &self.set
    }

    /// The text with its disclosures, and every ruling on it.
    pub fn settle(&self, text: &str, subject: &Subject) -> (String, Vec<Ruling>) {
        self.set.settle(text, subject, &mut |model, texts| self.embed(model, texts))
    }

    /// Every ruling on the text as it is.
    pub fn judge(&self, text: &str, subject: &Subject) -> Vec<Ruling> {
        self.set.judge(text, subject, Some(&mut |model: &str, texts: &[String]| self.embed(model, texts)))
    }

    fn embed(&self, model: &str, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let key: Vec<String> = std::iter::once(model.to_owned()).chain(texts.iter().cloned()).collect();
        if let Some(known) = self.vectors.borrow().get(&key) {
            return Ok(known.clone());
        }
        let vectors = models::embed_by(model, texts.to_vec())?;
        self.vectors.borrow_mut().insert(key, vectors.clone());
        Ok(vectors)
    }
}

impl Policy {
    fn check(&self) -> Result<()> {
        match &self.missing {
            None => Ok(()),
            Some(missing) => Err(Error::new(
                Code::ObjectNotInPrerequisiteState,
                format!("policy \"{}\" names what has no approved version: {missing}", self.policy),
            )
            .hint("Approve it with journey_approve_guardrail() or in journey.brand_voices, or take it out of the policy.")),
        }
    }
}

/// Of the rows as they are, or, where they are those that this session knows, as it knows them.
fn compiled(policy: &Policy, rules: Option<String>) -> Result<Rc<Set>> {
    let Some(rules) = rules else {
        return LAST
            .with_borrow(|last| last.as_ref().map(|(_, set)| Rc::clone(set)))
            .ok_or_else(|| unknown(&policy.policy));
    };
    let parsed: Rules = serde_json::from_str(&rules)
        .map_err(|e| super::broken_row(&format!("a guardrail of policy \"{}\"", policy.policy), &e))?;
    let set = Rc::new(Set::new(parsed.guardrails, parsed.voice.filter(|_| policy.voice.is_some())));
    LAST.set(Some((policy.key.clone(), Rc::clone(&set))));
    Ok(set)
}

fn unknown(policy: &str) -> Error {
    Error::new(Code::UndefinedObject, format!("there is no policy \"{policy}\""))
        .hint("Policies are rows of journey.guardrail_policies; without \"default\" no text is written.")
}
