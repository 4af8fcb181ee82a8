use serde_json::{Value, json};

use super::*;
use crate::kernel::Error;

fn row(kind: &str, definition: Value, on_fail: OnFail) -> Row {
    serde_json::from_value(
        json!({"guardrail": kind, "version": 1, "type": kind, "definition": definition, "on_fail": on_fail}),
    )
    .unwrap()
}

fn set(kind: &str, definition: Value, on_fail: OnFail) -> Set {
    Set::new(vec![row(kind, definition, on_fail)], None)
}

fn subject() -> Subject {
    Subject {
        kind: "message".into(),
        has_product: true,
        category: Some("Wine".into()),
        names: vec!["Miracle Whip".into(), "Maria".into()],
        amounts: vec!["2.99".parse().unwrap()],
        ..Subject::default()
    }
}

fn passes(set: &Set, text: &str) -> bool {
    strictest(&set.judge(text, &subject(), None)).is_none()
}

#[test]
fn exceptions_and_names_are_harmless_where_the_rule_says_so() {
    let free = set("prohibited_claims", json!({"terms": ["free"], "except": ["sugar free"]}), OnFail::Reask);
    assert!(
        passes(&free, "Sugar-free gum")
            && !passes(&free, "Sugar-free gum, free for you")
            && !passes(&free, "fr33 gum")
    );
    let strict = set("banned_terms", json!({"terms": ["miracle"]}), OnFail::Reask);
    let lenient = set("banned_terms", json!({"terms": ["miracle"], "skip_names": true}), OnFail::Reask);
    assert!(!passes(&strict, "Miracle Whip for you") && passes(&lenient, "Miracle Whip for you"));
    assert!(!passes(&lenient, "Miracle Whip, a miracle"));
}

#[test]
fn names_of_the_facts_claim_nothing() {
    let milk = Subject { names: vec!["2% Milk".into(), "Last Chance Jam".into()], ..subject() };
    for kind in ["price_claims", "stock_claims"] {
        let rule = set(kind, json!({}), OnFail::Reask);
        let blocks = |text: &str| strictest(&rule.judge(text, &milk, None)).is_some();
        assert!(!blocks("2% Milk and Last Chance Jam for $2.99"), "{kind}");
        assert!(blocks("2% Milk, 2% off: the last chance"), "{kind}");
    }
}

#[test]
fn reasons_never_hold_the_words_that_were_found() {
    for (kind, definition, text) in [
        ("banned_terms", json!({"terms": ["zonk*"]}), "a zonking good deal"),
        ("prohibited_claims", json!({"terms": ["zonk"]}), "z0nk"),
        ("links", json!({}), "zonk.com"),
        ("pattern", json!({"patterns": ["z.nk"]}), "zonk"),
        ("pii", json!({}), "zonk@zonk.com"),
        ("price_claims", json!({}), "zonk for $7.77"),
        ("stock_claims", json!({}), "zonk, selling fast"),
    ] {
        let rulings = set(kind, definition, OnFail::Refuse).judge(text, &subject(), None);
        let verdict = rulings[0].verdict(false);
        let told = format!("{verdict:?}").to_lowercase();
        assert!(!verdict.passed, "{text}");
        assert!(["zonk", "z0nk", "7.77", "selling"].iter().all(|word| !told.contains(word)), "{told}");
        let found = rulings[0].found.clone().unwrap();
        assert!(rulings[0].verdict(true).detail.unwrap().ends_with(&found));
    }
}

#[test]
fn a_rule_holds_where_it_is_meant_to_and_where_nobody_knows() {
    let scoped = |scope: Value| {
        let mut row = json!({"guardrail": "g", "version": 1, "type": "banned_terms", "definition": {"terms": ["zonk"]}, "on_fail": "reask"});
        row.as_object_mut().unwrap().extend(scope.as_object().unwrap().clone());
        Set::new(vec![serde_json::from_value(row).unwrap()], None)
    };
    let of = |scope: Value, subject: &Subject| scoped(scope).held(subject) == vec!["g 1"];
    let german = Subject { locale: Some("de-AT".into()), channel: Some("sms".into()), ..subject() };
    assert!(of(json!({}), &german) && of(json!({"kinds": []}), &german));
    assert!(of(json!({"kinds": ["message"]}), &german) && !of(json!({"kinds": ["subject"]}), &german));
    assert!(of(json!({"locales": ["de"]}), &german) && !of(json!({"locales": ["en", "de-DE"]}), &german));
    assert!(of(json!({"locales": ["en"]}), &subject()) && of(json!({"channels": ["email"]}), &subject()));
    assert!(of(json!({"channels": ["SMS"]}), &german) && !of(json!({"channels": ["email"]}), &german));
    assert!(of(json!({"categories": ["wine"]}), &german) && !of(json!({"categories": ["Bread"]}), &german));
    let without = Subject { has_product: false, category: None, ..subject() };
    assert!(!of(json!({"categories": ["wine"]}), &without));
    assert!(of(json!({"categories": ["wine"]}), &Subject { category: None, ..subject() }));
}

#[test]
fn disclosures_are_added_once() {
    let notice = set("disclosure", json!({"text": "Please drink responsibly."}), OnFail::Fix);
    for text in ["Red wine for you", "Red wine for you!"] {
        let disclosed = notice.disclose(text, &subject());
        assert!(
            disclosed.ends_with("Please drink responsibly.") && passes(&notice, &disclosed),
            "{disclosed}"
        );
        assert_eq!(notice.disclose(&disclosed, &subject()), disclosed);
        assert!(disclosed.chars().count() <= text.chars().count() + notice.reserve(&subject()));
    }
    let strict = set("disclosure", json!({"text": "Please drink responsibly."}), OnFail::Refuse);
    assert_eq!(strict.disclose("Red wine", &subject()), "Red wine");
    assert!(!passes(&strict, "Red wine") && passes(&strict, "PLEASE drink, responsibly: red wine"));
}

#[test]
fn words_are_replaced_and_sentences_left_out() {
    let fix = set(
        "banned_terms",
        json!({"terms": ["cheap", "rock bottom"], "replace": {"cheap": "well priced", "rock bottom": "low"}}),
        OnFail::Fix,
    );
    assert_eq!(
        fix.mend("Cheap tea at a r0ck bottom price, Ch3ap.", &subject()),
        "Well priced tea at a low price, well priced."
    );
    let filter = set("banned_terms", json!({"terms": ["zonk"]}), OnFail::Filter);
    assert_eq!(filter.mend("Tea for you. It is zonk! Enjoy it.", &subject()), "Tea for you. Enjoy it.");
    assert_eq!(filter.mend("It is zonk!", &subject()), "It is zonk!");
}

#[test]
fn a_voice_holds_like_guardrails() {
    let voice = serde_json::from_value(
        json!({"voice": "calm", "version": 3, "words": {"cheap": "affordable", "insane": null},
        "max_exclamations": 1, "max_grade": null}),
    );
    let set = Set::new(vec![], Some(voice.unwrap()));
    assert_eq!(set.mend("cheap tea", &subject()), "affordable tea");
    assert!(
        passes(&set, "Good tea!")
            && !passes(&set, "Good tea!!")
            && !passes(&set, "insane tea")
            && !passes(&set, "cheap tea")
    );
}

#[test]
fn what_cannot_be_judged_is_not_passed() {
    for (kind, definition) in [
        ("banned_terms", json!({"words": []})),
        ("banned_terms", json!({"terms": ["a"]})),
        ("banned_terms", json!({"terms": ["tea"], "replace": {"coffee": "x"}})),
        ("pattern", json!({"patterns": ["("]})),
        ("disclosure", json!({"text": "no stop"})),
        ("classifier", json!({"model": "embedding", "like": [], "threshold": 0.5})),
        ("links", json!([])),
        ("spell", json!({})),
    ] {
        let error = check_definition(kind, &definition).unwrap_err();
        assert!(error.hint.is_some(), "{error:?}");
        assert!(!passes(&set(kind, definition, OnFail::Reask), "Tea for you."));
    }
}

#[test]
fn a_classifier_that_is_missing_or_fails_blocks() {
    let definition = json!({"model": "m", "like": ["bad"], "unlike": ["good"], "threshold": 0.1});
    let set = set("classifier", definition, OnFail::Review);
    let mut vectors = |_: &str, texts: &[String]| {
        Ok(texts.iter().map(|t| if t.contains("bad") { vec![1.0, 0.0] } else { vec![0.0, 1.0] }).collect())
    };
    let ask = |text: &str, embed: &mut Embed| strictest(&set.judge(text, &subject(), Some(embed)));
    assert_eq!(ask("a bad text", &mut vectors), Some(OnFail::Review));
    assert_eq!(ask("a fine text", &mut vectors), None);
    let mut missing = |_: &str, _: &[String]| Err(Error::invalid("there is no model"));
    assert_eq!(ask("a fine text", &mut missing), Some(OnFail::Refuse));
    let mut short = |_: &str, _: &[String]| Ok(vec![]);
    assert_eq!(ask("a fine text", &mut short), Some(OnFail::Refuse));
    let mut nonsense = |_: &str, texts: &[String]| Ok(texts.iter().map(|_| vec![f32::NAN]).collect());
    assert_eq!(ask("a fine text", &mut nonsense), Some(OnFail::Refuse));
}

#[test]
fn a_warning_is_told_and_stops_nothing() {
    let row = Row {
        severity: Severity::Warning,
        ..row("banned_terms", json!({"terms": ["zonk"]}), OnFail::Refuse)
    };
    let rulings = Set::new(vec![row], None).judge("zonk", &subject(), None);
    assert!(
        !rulings[0].passed
            && strictest(&rulings).is_none()
            && rulings[0].verdict(false).severity == "warning"
    );
}

#[test]
fn facts_that_the_caller_gives_may_be_said() {
    use crate::generation::facts::Product;
    use crate::generation::given::Given;
    let given = json!({"offer": {"percent": 15}, "stock": 3, "event": {"name": "Maria's Night"}, "category": "Lamps",
                       "alternative": {"name": "Hill Red", "category": "Wine", "price": 9, "currency": "USD"},
                       "description": "A must have for the table."});
    let product = Product { name: "Willow Lamp".into(), category: Some("Home".into()), ..Product::default() };
    let gathered =
        Gathered { product: Some(product), given: Given::read(given).unwrap(), ..Gathered::default() };
    let subject = Subject::new("low_stock", None, None, &gathered, &Facts::new(&gathered));
    let passes = |kind: &str, definition: Value, text: &str| {
        strictest(&set(kind, definition, OnFail::Reask).judge(text, &subject, None)).is_none()
    };
    let known = || json!({"amounts": "known", "percent": "known"});
    assert!(passes("price_claims", known(), "15% off, or the other one for $9"));
    assert!(!passes("price_claims", known(), "16% off") && !passes("price_claims", known(), "for $8"));
    assert!(passes("stock_claims", json!({"claims": "known"}), "Only 3 left"));
    assert!(passes("pii", json!({"kinds": ["name"]}), "Come to Maria's Night"));
    // What is quoted is no name: a voice holds in it.
    let voice = json!({"terms": ["must have"], "skip_names": true});
    assert!(!passes("banned_terms", voice, "A must have for the table."));
    // Wine that is only the alternative is wine all the same.
    for (categories, holds) in
        [(json!(["wine"]), true), (json!(["home", "beer"]), true), (json!(["beer"]), false)]
    {
        let row = Row {
            categories: serde_json::from_value(categories).unwrap(),
            ..row("disclosure", json!({"text": "18+ only."}), OnFail::Fix)
        };
        assert_eq!(!Set::new(vec![row], None).held(&subject).is_empty(), holds);
    }
}

#[test]
fn a_part_is_looked_at_for_words_and_the_whole_for_the_rest() {
    let rows = vec![
        row("disclosure", json!({"text": "Drink responsibly."}), OnFail::Fix),
        row("length", json!({"min_chars": 100}), OnFail::Reask),
        row("banned_terms", json!({"terms": ["zonk"]}), OnFail::Reask),
        row("banned_terms", json!({"words": []}), OnFail::Reask),
    ];
    let whole = Set::new(rows, None);
    let broken =
        |set: &Set, text: &str| set.judge(text, &subject(), None).iter().filter(|r| r.blocks()).count();
    assert_eq!(broken(&whole, "A zonk."), 4);
    assert_eq!(broken(&whole.of_parts(), "A zonk."), 2);
    assert_eq!(whole.missing("A lamp.", &subject()), ["Drink responsibly."]);
    assert!(whole.of_parts().missing("A lamp.", &subject()).is_empty());
}
