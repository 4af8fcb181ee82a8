//! One guardrail: its row, where it holds, and what it finds in a text.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::amounts::{Allowed, PriceClaims, StockClaims};
use super::classifier::{Classifier, Embed};
use super::form::{Length, Links, Patterns, ReadingLevel, sentences};
use super::personal::{self, Personal};
use super::terms::{Hit, Read, Terms};
use super::{OnFail, Ruling, Severity, Subject};
use crate::kernel::{Error, Result};

/// A row of journey.guardrails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub guardrail: String,
    pub version: i32,
    #[serde(rename = "type")]
    pub kind: String,
    pub definition: Value,
    pub on_fail: OnFail,
    #[serde(default)]
    pub severity: Severity,
    /// Where it holds; none, or an empty list: everywhere.
    #[serde(default)]
    pub kinds: Option<Vec<String>>,
    #[serde(default)]
    pub channels: Option<Vec<String>>,
    #[serde(default)]
    pub categories: Option<Vec<String>>,
    #[serde(default)]
    pub locales: Option<Vec<String>>,
}

/// `banned_terms`, `competitor_terms`, `prohibited_claims`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermList {
    terms: Vec<String>,
    /// Longer phrases in which a term is harmless: `sugar free`.
    #[serde(default)]
    except: Vec<String>,
    /// What a term becomes where on_fail is fix.
    #[serde(default)]
    replace: BTreeMap<String, String>,
    /// Whether names of the facts may hold a term.
    #[serde(default)]
    skip_names: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisclosureText {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StockList {
    #[serde(default)]
    claims: Allowed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonalList {
    #[serde(default)]
    kinds: Option<Vec<Personal>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatternList {
    patterns: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Banned {
    what: &'static str,
    written: Vec<String>,
    terms: Terms,
    except: Terms,
    replace: BTreeMap<String, String>,
    skip_names: bool,
}

#[derive(Debug, Clone)]
enum Rule {
    Banned(Banned),
    Disclosure(String),
    Price(PriceClaims),
    Stock(StockClaims),
    Personal(Vec<Personal>),
    Length(Length),
    ReadingLevel(ReadingLevel),
    Links(Links),
    Pattern(Patterns),
    Classifier(Classifier),
}

/// A guardrail made ready. One whose definition is not understood lets nothing pass.
#[derive(Debug, Clone)]
pub struct Guardrail {
    pub row: Row,
    rule: Result<Rule>,
}

/// What a rule says of a text: the reason without its words, and the words.
struct Finding {
    reason: String,
    found: String,
    /// The rule could not be asked: then nothing passes, whatever the row says of failures.
    is_broken: bool,
}

impl Finding {
    fn new(reason: impl Into<String>, found: impl Into<String>) -> Self {
        Finding { reason: reason.into(), found: found.into(), is_broken: false }
    }

    fn broken(reason: &str, error: &Error) -> Self {
        Finding { is_broken: true, ..Finding::new(reason, error.to_string()) }
    }
}

/// Whether a guardrail of this type can be defined so.
pub fn check_definition(kind: &str, definition: &Value) -> Result<()> {
    Rule::new(kind, definition).map(drop)
}

impl Rule {
    fn new(kind: &str, definition: &Value) -> Result<Self> {
        Ok(match kind {
            "banned_terms" => Rule::Banned(Banned::new("a banned term", read(kind, definition)?)?),
            "competitor_terms" => Rule::Banned(Banned::new("a competitor's name", read(kind, definition)?)?),
            "prohibited_claims" => Rule::Banned(Banned::new("a prohibited claim", read(kind, definition)?)?),
            "disclosure" => Rule::Disclosure(disclosure(read(kind, definition)?)?),
            "price_claims" => Rule::Price(read(kind, definition)?),
            "stock_claims" => Rule::Stock(StockClaims::new(read::<StockList>(kind, definition)?.claims)?),
            "pii" => Rule::Personal(
                read::<PersonalList>(kind, definition)?.kinds.unwrap_or_else(|| personal::ALL.to_vec()),
            ),
            "length" => Rule::Length(read(kind, definition)?),
            "reading_level" => Rule::ReadingLevel(read(kind, definition)?),
            "links" => Rule::Links(read(kind, definition)?),
            "pattern" => Rule::Pattern(Patterns::new(&read::<PatternList>(kind, definition)?.patterns)?),
            "classifier" => Rule::Classifier(read::<Classifier>(kind, definition)?.check()?),
            other => {
                return Err(Error::invalid(format!("there is no guardrail of type \"{other}\"")).hint(
                    "The types are banned_terms, competitor_terms, prohibited_claims, disclosure, price_claims, stock_claims, pii, length, reading_level, links, pattern and classifier.",
                ));
            }
        })
    }
}

fn read<T: DeserializeOwned>(kind: &str, definition: &Value) -> Result<T> {
    let understood = if definition.is_object() {
        serde_json::from_value(definition.clone()).map_err(|e| e.to_string())
    } else {
        Err("it is no object".to_owned())
    };
    understood.map_err(|e| {
        Error::invalid(format!(
            "the definition {definition} of a guardrail of type {kind} is not understood: {e}"
        ))
        .hint("docs/guardrails.md lists the keys of each type.")
    })
}

fn disclosure(DisclosureText { text }: DisclosureText) -> Result<String> {
    let text = text.trim().to_owned();
    if !text.contains(char::is_alphabetic) || !text.ends_with(['.', '!', '?']) {
        return Err(Error::invalid(format!("the disclosure {text:?} is no sentence"))
            .hint("It is put behind texts as it is: give a sentence with its full stop."));
    }
    Ok(text)
}

impl Banned {
    fn new(what: &'static str, list: TermList) -> Result<Self> {
        if let Some(term) = list.replace.keys().find(|term| !list.terms.contains(term)) {
            return Err(Error::invalid(format!("{term:?} in \"replace\" is none of the terms"))
                .hint("Write it as in \"terms\"."));
        }
        Ok(Banned {
            what,
            terms: Terms::new(&list.terms)?,
            except: Terms::new(&list.except)?,
            written: list.terms,
            replace: list.replace,
            skip_names: list.skip_names,
        })
    }

    fn find(&self, read: &Read, subject: &Subject) -> Vec<Hit> {
        let mut hits = self.terms.find(read);
        if hits.is_empty() {
            return hits;
        }
        let mut harmless: Vec<_> = self.except.find(read).into_iter().map(|hit| hit.source).collect();
        if self.skip_names {
            harmless.extend(subject.names.iter().flat_map(|name| read.name(name)));
        }
        hits.retain(|hit| !harmless.iter().any(|h| h.start <= hit.source.start && hit.source.end <= h.end));
        hits
    }
}

impl Guardrail {
    pub fn new(row: Row) -> Self {
        let rule = Rule::new(&row.kind, &row.definition);
        Guardrail { row, rule }
    }

    pub fn holds(&self, subject: &Subject) -> bool {
        let listed = |list: &Option<Vec<String>>, is: &dyn Fn(&str) -> bool| {
            list.as_ref().is_none_or(|list| list.is_empty() || list.iter().any(|item| is(item)))
        };
        let same = |value: &Option<String>, item: &str| {
            value.as_ref().is_none_or(|value| value.eq_ignore_ascii_case(item))
        };
        let row = &self.row;
        let category = |item: &str| {
            (subject.has_product && same(&subject.category, item))
                || subject.other_categories.iter().any(|other| same(other, item))
        };
        listed(&row.kinds, &|kind| kind == subject.kind)
            && listed(&row.channels, &|channel| same(&subject.channel, channel))
            && listed(&row.categories, &category)
            && listed(&row.locales, &|locale| subject.locale.as_ref().is_none_or(|l| is_of_locale(l, locale)))
    }

    pub fn judge(&self, text: &str, folded: &Read, subject: &Subject, embed: Option<&mut Embed>) -> Ruling {
        let finding = match &self.rule {
            Err(e) => Some(Finding::broken("the guardrail is not understood, so nothing passes it", e)),
            Ok(rule) => find(rule, text, folded, subject, embed),
        };
        let is_broken = finding.as_ref().is_some_and(|f| f.is_broken);
        let (reason, found) = finding.map(|f| (f.reason, f.found)).unzip();
        Ruling {
            guardrail: self.row.guardrail.clone(),
            version: self.row.version,
            severity: if is_broken { Severity::Error } else { self.row.severity },
            on_fail: if is_broken { OnFail::Refuse } else { self.row.on_fail },
            passed: reason.is_none(),
            reason,
            found,
        }
    }

    pub fn is_classifier(&self) -> bool {
        matches!(self.rule, Ok(Rule::Classifier(_)))
    }

    /// Whether it asks for words, wherever in a text they stand, and not for the text as a whole.
    pub fn is_of_words(&self) -> bool {
        let of_the_whole = |rule: &Rule| {
            matches!(
                rule,
                Rule::Disclosure(_) | Rule::Length(_) | Rule::ReadingLevel(_) | Rule::Classifier(_)
            )
        };
        !self.rule.as_ref().is_ok_and(of_the_whole)
    }

    pub fn disclosure(&self) -> Option<&str> {
        match &self.rule {
            Ok(Rule::Disclosure(sentence)) => Some(sentence),
            _ => None,
        }
    }

    /// The sentence that must be there, where it is not.
    pub fn missing_disclosure(&self, folded: &Read) -> Option<&str> {
        self.disclosure().filter(|sentence| folded.name(sentence).is_empty())
    }

    /// The text with its terms replaced, or without the sentences that break the rule.
    pub fn mend(&self, text: &str, subject: &Subject) -> Option<String> {
        match (&self.rule, self.row.on_fail) {
            (Ok(Rule::Disclosure(_)), _) => None,
            (Ok(Rule::Banned(banned)), OnFail::Fix) => replaced(banned, text, subject),
            (Ok(rule), OnFail::Filter) => {
                let passes = |s: &&str| find(rule, s, &Read::new(s), subject, None).is_none();
                let all = sentences(text);
                let kept: Vec<&str> = all.iter().copied().filter(passes).collect();
                (!kept.is_empty() && kept.len() < all.len()).then(|| kept.join(" "))
            }
            _ => None,
        }
    }
}

/// `en` is every English, `en-GB` one of them.
fn is_of_locale(locale: &str, wanted: &str) -> bool {
    let plain = |l: &str| l.to_ascii_lowercase().replace('_', "-");
    let (locale, wanted) = (plain(locale), plain(wanted));
    locale == wanted || locale.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with('-'))
}

fn replaced(banned: &Banned, text: &str, subject: &Subject) -> Option<String> {
    let mut hits = banned.find(&Read::new(text), subject);
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.source.start));
    let mut mended = text.to_owned();
    for hit in hits {
        let replacement = banned.replace.get(&banned.written[hit.term])?;
        let is_whole = mended.get(hit.source.clone()).is_some_and(|found| found == &text[hit.source.clone()]);
        if is_whole {
            let before = text[..hit.source.start].trim_end();
            let begins = before.is_empty() || before.ends_with(['.', '!', '?']);
            let is_capital = text[hit.source.start..].starts_with(char::is_uppercase);
            let replacement =
                if begins && is_capital { as_capital(replacement) } else { replacement.clone() };
            mended.replace_range(hit.source, &replacement);
        }
    }
    (mended != text).then_some(mended)
}

/// As a sentence begins.
fn as_capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn find(
    rule: &Rule,
    text: &str,
    folded: &Read,
    subject: &Subject,
    embed: Option<&mut Embed>,
) -> Option<Finding> {
    let words = |found: Option<String>, reason: &str| found.map(|found| Finding::new(reason, found));
    match rule {
        Rule::Banned(banned) => {
            let hit = banned.find(folded, subject).into_iter().next()?;
            let found = format!("{:?} is {:?}", &text[hit.source], banned.written[hit.term]);
            Some(Finding::new(format!("{} is in it", banned.what), found))
        }
        Rule::Disclosure(sentence) => folded
            .name(sentence)
            .is_empty()
            .then(|| Finding::new("a mandatory disclosure is missing", sentence.clone())),
        // Milk called 2% names no discount.
        Rule::Price(claims) => words(
            claims.find(&without_names(text, folded, subject), &subject.amounts, &subject.percentages),
            "it names an amount or percentage that the facts do not hold or the rule does not allow",
        ),
        Rule::Stock(claims) => {
            let text = without_names(text, folded, subject);
            let found = claims.find(&text, &Read::new(&text), subject.stock_is_known);
            words(found, "it says of stock what is not known or not allowed")
        }
        Rule::Personal(kinds) => kinds.iter().find_map(|kind| {
            let found = kind.find(text, &subject.names)?;
            Some(Finding::new(format!("it holds personal data of the kind {}", kind.name()), found))
        }),
        Rule::Length(length) => length.find(text).map(|found| Finding::new(found.clone(), found)),
        Rule::ReadingLevel(level) => level.find(text).map(|found| Finding::new(found.clone(), found)),
        Rule::Links(links) => words(links.find(text), "it links to a place that is not allowed"),
        Rule::Pattern(patterns) => words(patterns.find(text), "a pattern is found in it"),
        Rule::Classifier(classifier) => classified(classifier, text, embed),
    }
}

/// The text with a gap where a name of the facts stands.
fn without_names(text: &str, folded: &Read, subject: &Subject) -> String {
    let mut bare = text.to_owned();
    for span in subject.names.iter().flat_map(|name| folded.name(name)) {
        if let Some(named) = bare.get(span.clone()) {
            bare.replace_range(span, &"_".repeat(named.len()));
        }
    }
    bare
}

fn classified(classifier: &Classifier, text: &str, embed: Option<&mut Embed>) -> Option<Finding> {
    // Not asked for: the text has failed by other rules already.
    let embed = embed?;
    match classifier.score(text, embed) {
        Ok(score) if score < classifier.threshold => None,
        Ok(score) => Some(Finding::new(
            "a classifier finds it too close to what may not be said",
            format!("score {score:.3}"),
        )),
        Err(e) => Some(Finding::broken("its classifier is missing or failed, so nothing passes it", &e)),
    }
}
