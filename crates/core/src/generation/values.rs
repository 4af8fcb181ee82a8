//! What templates may say: the facts as words, what holds, and the forms that follow a name's number.

use std::collections::{BTreeMap, BTreeSet};

use super::claims;
use super::facts::{Facts, Relation, Role, Value};
use super::given::{Reason, Resolution, Topic};
use super::kind::Kind;
use super::money;

/// Of one text.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// What `{{ name }}` stands for.
    pub words: BTreeMap<&'static str, String>,
    holds: BTreeSet<&'static str>,
    /// Those that the caller gave: what is given is meant to be said.
    given: BTreeSet<&'static str>,
}

impl Values {
    pub fn new(facts: &Facts) -> Self {
        let mut values = Values::default();
        values.of_customer(facts);
        values.of_product(facts);
        values.of_offer(facts);
        values.of_others(facts);
        values.of_ticket(facts);
        values
    }

    /// What the theme speaks of before the price.
    pub fn highlight(&mut self, text: Option<String>) {
        self.say("highlight", text);
    }

    pub fn is_met(&self, need: &str) -> bool {
        self.words.contains_key(need) || self.holds.contains(need)
    }

    pub fn is_given(&self, need: &str) -> bool {
        self.given.contains(need)
    }

    fn say(&mut self, name: &'static str, text: Option<String>) {
        self.words.extend(text.map(|text| (name, text)));
    }

    fn give(&mut self, name: &'static str, text: Option<String>) {
        if text.is_some() {
            self.given.insert(name);
        }
        self.say(name, text);
    }

    fn hold(&mut self, name: &'static str, is_so: bool) {
        if is_so {
            self.holds.insert(name);
        }
    }

    fn of_customer(&mut self, facts: &Facts) {
        self.say("first_name", facts.name(Role::FirstName).map(str::to_owned));
    }

    fn of_product(&mut self, facts: &Facts) {
        let name = facts.name(Role::Product);
        self.hold("no_product", name.is_none());
        // A product whose name may not be said has prices and relations all the same, which then belong to nothing.
        let is_withheld = name.is_none() && facts.relation().is_some();
        if is_withheld {
            return;
        }
        let is_food = claims::is_food(facts);
        let category = facts.name(Role::Category);
        self.say("category", category.map(in_passing));
        self.say("Category", category.map(|c| capitalized(&in_passing(c))));
        let Some(name) = name else { return };
        self.hold("food", is_food);
        self.hold("not_food", !is_food);
        self.say("product", Some(name.to_owned()));
        self.agree(name, is_food);
        let brand = facts.name(Role::Brand);
        self.say("brand", brand.map(str::to_owned));
        self.hold("brand_apart", brand.is_some_and(|b| !name.to_lowercase().contains(&b.to_lowercase())));
        for (word, role) in
            [("price", Role::Price), ("compare_at", Role::CompareAt), ("saving", Role::Saving)]
        {
            self.say(word, spelled(facts, role));
        }
        self.hold("bought_before", facts.relation() == Some(Relation::BoughtBefore));
        self.hold("favourite_category", facts.relation() == Some(Relation::FavouriteCategory));
        self.hold("new", facts.is_new());
        self.hold("popular", facts.relation() == Some(Relation::Popular));
        self.give("stock", facts.stock().map(|n| n.to_string()));
        self.say("stock_are", facts.stock().map(|n| if n == 1 { "is" } else { "are" }.to_owned()));
        self.attributes(facts);
    }

    /// `{{ it }} {{ is }} here`, `{{ the_product }} come{{ s }} in blue`
    fn agree(&mut self, name: &str, is_food: bool) {
        let many = is_plural(name);
        let pick = |one: &str, more: &str| Some(if many { more } else { one }.to_owned());
        self.say("it", pick("it", "they"));
        self.say("It", pick("It", "They"));
        self.say("it_acc", pick("it", "them"));
        self.say("is", pick("is", "are"));
        self.say("has", pick("has", "have"));
        self.say("s", pick("s", ""));
        let bare = is_food || name.to_lowercase().starts_with("the ");
        self.say("the_product", Some(if bare { name.to_owned() } else { format!("the {name}") }));
        self.say("The_product", Some(if bare { name.to_owned() } else { format!("The {name}") }));
    }

    fn attributes(&mut self, facts: &Facts) {
        let texts = |wanted: &str| -> Vec<String> {
            facts
                .of(Role::Attribute)
                .filter_map(|value| match value {
                    Value::Attribute { name, text } if name == wanted => Some(text.clone()),
                    _ => None,
                })
                .collect()
        };
        for name in super::given::ATTRIBUTES {
            let text = texts(name).into_iter().next();
            let is_given = facts.is_given(name);
            if is_given { self.give(name, text) } else { self.say(name, text) }
        }
        let pack = texts("pack").into_iter().next();
        let name = facts.name(Role::Product).unwrap_or_default();
        self.say(
            "product_in_pack",
            Some(pack.map_or_else(|| name.to_owned(), |pack| format!("{name} {pack}"))),
        );
        self.say("features", joined(&texts("feature")));
        let quote = facts.of(Role::Description).find_map(|value| match value {
            Value::Quote(text) => Some(text.clone()),
            _ => None,
        });
        self.give("description", quote);
    }

    fn of_offer(&mut self, facts: &Facts) {
        self.give("ship_days", facts.ship_days().map(days));
        let percent = facts.percent().map(|p| format!("{}%", p.normalize()));
        self.hold("offer_percent", percent.is_some());
        let amount = spelled(facts, Role::Offer);
        self.hold("offer_amount", amount.is_some());
        self.give("offer", percent.or(amount));
        let reason = facts.reason().map(|reason| match reason {
            Reason::Loyalty => "loyalty",
            Reason::PriceDrop => "price_drop",
            Reason::Birthday => "birthday",
            Reason::WinBack => "win_back",
            Reason::Welcome => "welcome",
        });
        self.holds.extend(reason);
        self.given.extend(reason);
    }

    fn of_others(&mut self, facts: &Facts) {
        self.hold("no_event", facts.name(Role::Event).is_none());
        self.give("event", facts.name(Role::Event).map(str::to_owned));
        let date =
            facts.quotable().find(|(role, _)| *role == Role::EventDate).map(|(_, text)| text.to_owned());
        self.give("event_date", date);
        let alternative = facts.name(Role::Alternative).map(str::to_owned);
        if let Some(name) = &alternative {
            let many = is_plural(name);
            self.say("alternative_is", Some(if many { "are" } else { "is" }.into()));
            self.say("alternative_s", Some(if many { "" } else { "s" }.into()));
            self.say("the_alternative", Some(format!("the {name}")));
            self.say("The_alternative", Some(format!("The {name}")));
            self.give("alternative_price", spelled(facts, Role::AlternativePrice));
        }
        self.give("alternative", alternative);
        let bundle: Vec<String> = facts
            .of(Role::BundleItem)
            .filter_map(|value| if let Value::Name(name) = value { Some(name.clone()) } else { None })
            .collect();
        self.give("bundle", joined(&bundle).filter(|_| bundle.len() > 1));
        self.give("bundle_price", spelled(facts, Role::BundlePrice));
    }

    fn of_ticket(&mut self, facts: &Facts) {
        let Some(topic) = facts.topic() else { return };
        let resolution = facts.resolution();
        self.hold("ticket", true);
        self.hold("resolution", resolution.is_some());
        self.holds.insert(match topic {
            Topic::Delivery => "delivery",
            Topic::Damaged => "damaged",
            Topic::WrongItem => "wrong_item",
            Topic::Size => "fit",
            Topic::Billing => "billing",
            Topic::Other => "other",
        });
        self.holds.extend(resolution.map(|resolution| match resolution {
            Resolution::Refund => "refund",
            Resolution::Replacement => "replacement",
            Resolution::Exchange => "exchange",
            Resolution::Investigating => "investigating",
        }));
        self.give("refund_amount", spelled(facts, Role::RefundAmount));
    }
}

/// The facts that a text of this kind may use: those that its templates know of. A kind made of parts uses all: its parts
/// choose.
pub fn within(facts: &Facts, kind: &Kind) -> Facts {
    let says = |word: &str| {
        kind.templates.iter().any(|t| t.text.contains(word) || t.needs.iter().any(|n| n.name() == word))
    };
    let is_usable = |role: Role, value: &Value| match (role, value) {
        (Role::Product | Role::Brand, _) => says("product"),
        (Role::Category, _) => says("category") || says("product"),
        (Role::Price, _) => says("price") || says("saving"),
        (Role::CompareAt | Role::Saving, _) => says("saving") || says("compare_at"),
        (Role::Offer | Role::Reason, _) => says("offer"),
        (Role::Stock, _) => says("stock"),
        (Role::ShipDays, _) => says("ship_days"),
        (Role::Event | Role::EventDate, _) => says("event"),
        (Role::Alternative | Role::AlternativePrice, _) => says("alternative"),
        (Role::BundleItem | Role::BundlePrice, _) => says("bundle"),
        (Role::Attribute, Value::Attribute { name, .. }) => says(name) || says("highlight"),
        (Role::New, _) => says("new"),
        (Role::Description, _) => says("description"),
        (Role::RefundAmount, _) => says("refund_amount"),
        (Role::Ticket | Role::Topic, _) => says("ticket") || says("resolution") || says("delivery"),
        (Role::Resolution, _) => says("resolution") || says("refund"),
        _ => true,
    };
    if !kind.parts.is_empty() {
        return facts.clone();
    }
    Facts(facts.0.iter().filter(|f| is_usable(f.fact, &f.value)).cloned().collect())
}

fn spelled(facts: &Facts, role: Role) -> Option<String> {
    facts.money(role).map(|(amount, currency)| money::spell(amount, currency))
}

fn days(count: u32) -> String {
    if count == 1 { "1 day".into() } else { format!("{count} days") }
}

/// `a, b and c`
fn joined(texts: &[String]) -> Option<String> {
    let (last, first) = texts.split_last()?;
    Some(if first.is_empty() { last.clone() } else { format!("{} and {last}", first.join(", ")) })
}

/// A category in the middle of a sentence: `frozen pizza` of `Frozen Pizza`.
pub fn in_passing(name: &str) -> String {
    name.split(' ')
        .map(|w| if w.chars().skip(1).any(char::is_uppercase) { w.to_owned() } else { w.to_lowercase() })
        .collect::<Vec<_>>()
        .join(" ")
}

pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Whether a name is of many: its head, the last word before `of`, `for`, `with` and the like, ends as plurals do.
pub fn is_plural(name: &str) -> bool {
    const LINKS: &[&str] = &["of", "for", "with", "in", "from", "by", "and", "&", "on", "at", "to"];
    const SINGULAR_ENDS: &[&str] = &["ss", "us", "is", "'s", "ous", "series"];
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(' ').map(|w| w.trim_matches([',', '.'])).collect();
    // `Salt and Pepper Set` is one thing, `Half & Half` too: only what stands before a preposition leads.
    let end = words
        .iter()
        .skip(1)
        .position(|w| LINKS.contains(w) && !matches!(*w, "and" | "&"))
        .map_or(words.len(), |at| at + 1);
    let head = words[..end].last().copied().unwrap_or_default();
    head.len() > 2 && head.ends_with('s') && !SINGULAR_ENDS.iter().any(|end| head.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_follow_the_head_of_a_name() {
        for name in
            ["Trail Socks", "Bananas", "Running Shoes for Men", "Boxes of Tea", "Levi's Jeans", "Headphones"]
        {
            assert!(is_plural(name), "{name}");
        }
        for name in [
            "Willow Desk Lamp",
            "Box of Chocolates",
            "Whole Milk",
            "Wine Glass",
            "Asparagus",
            "Ben & Jerry's",
            "Dress",
            "Bag with Handles",
        ] {
            assert!(!is_plural(name), "{name}");
        }
    }
}
