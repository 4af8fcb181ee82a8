use super::*;
use crate::generation::phrases;

fn kind() -> Kind {
    serde_json::from_str(
        r#"{"kind": "subject", "min_chars": 12, "max_chars": 90, "max_sentences": 2, "full_sentences": false,
            "required": ["product"], "candidates": 4, "max_tokens": 60, "temperature": 0.7, "top_p": 0.9,
            "templates": [{"slot": 1, "needs": ["product"], "text": "Take a look at {{ product }}"},
                          {"slot": 1, "needs": ["product", "price"], "text": "{{ product }} for {{ price }}"},
                          {"slot": 1, "needs": ["product"], "text": "How about {{ product }} this week?"}]}"#,
    )
    .unwrap()
}

fn copy(text: &str, product: &str) -> Copy {
    Copy { text: text.into(), product: Some(product.into()), ..Copy::default() }
}

fn texts() -> Vec<Copy> {
    [
        "Halden Wool Blanket",
        "Oak Bench",
        "Linen Apron",
        "Clay Pot",
        "Steel Rake",
        "Wax Jacket",
        "Rye Bread",
        "Tin Cup",
    ]
    .iter()
    .map(|product| copy(&format!("Say hello to {product}, darling"), product))
    .collect()
}

#[test]
fn what_recurs_is_style_and_what_is_about_one_product_is_none() {
    let mut all = texts();
    all.push(copy("Say hello to Beeswax Candle, darling. It smells of honey", "Beeswax Candle"));
    all.push(copy("Say hello to Pine Shelf, darling. It holds forty books", "Pine Shelf"));
    let patterns = patterns(&kind(), &all, &[]);
    assert!(
        patterns
            .iter()
            .all(|p| p.as_deref().is_some_and(|p| p.starts_with("Say hello to {{ product }}, darling"))),
        "{patterns:?}"
    );
    assert!(!patterns.iter().flatten().any(|p| p.contains("honey") || p.contains("books")), "{patterns:?}");
}

#[test]
fn numbers_names_and_claims_of_a_text_are_in_no_example() {
    let hostile = [
        ("Say hello to Oak Bench, darling. Save 20% now", "20"),
        ("Say hello to Oak Bench, darling. Best bench of Sweden", "Sweden"),
        ("Say hello to Oak Bench, darling. Free delivery, darling", "Free"),
        ("Say hello to Oak Bench, darling. Hello Maria", "Maria"),
        ("Say hello to Oak Bench, darling. 3 left", "3"),
    ];
    for (text, word) in hostile {
        // However often it recurs.
        let all: Vec<Copy> = (0..9)
            .map(|n| {
                let name = texts()[n % 8].product.clone().unwrap_or_default();
                copy(&text.replace("Oak Bench", &name), &name)
            })
            .collect();
        let found: Vec<String> = patterns(&kind(), &all, &[]).into_iter().flatten().collect();
        assert_eq!(found.len(), all.len(), "{text}");
        for pattern in found {
            assert!(!pattern.contains(word), "{pattern}");
            assert!(!all.iter().any(|c| pattern.contains(c.product.as_deref().unwrap())), "{pattern}");
        }
    }
}

#[test]
fn a_price_becomes_that_of_the_stand_in_and_two_prices_none() {
    let one = copy("Say hello to Oak Bench for $19.90, darling", "Oak Bench");
    assert_eq!(masked(&one), "Say hello to {{ product }} for {{ price }}, darling");
    assert_eq!(filled(&masked(&one), 0), "Say hello to Copper Kettle for $49, darling");
    let two = copy("Say hello to Oak Bench for $19.90 instead of $25, darling", "Oak Bench");
    let mut all = texts();
    all.push(two);
    assert_eq!(patterns(&kind(), &all, &[])[8], None);
}

#[test]
fn an_example_pairs_a_draft_with_the_same_facts() {
    let Example { draft, answer } =
        example(&kind(), "Say hello to {{ product }} for {{ price }}", Tone::Warm, 1).unwrap();
    assert_eq!(answer, "Say hello to Walnut Desk Lamp for $39");
    assert_eq!(draft, "Walnut Desk Lamp for $39");
    let without = example(&kind(), "Say hello to {{ products }}", Tone::Warm, 0).unwrap();
    assert!(without.draft.contains("Garden Gloves") && !without.draft.contains('$'), "{without:?}");
    assert_eq!(example(&kind(), "Say hello to {{ product }}!", Tone::Plain, 0), None);
}

#[test]
fn who_is_hidden_is_in_no_text() {
    let named = Copy {
        hidden: vec!["Ada".into()],
        ..copy("Ada, say hello to Oak Bench. It is lovely.", "Oak Bench")
    };
    assert_eq!(anonymous(&named).as_deref(), Some("It is lovely."));
    assert!(!wordy(&named).contains("Ada"));
    assert_eq!(
        anonymous(&Copy { text: "Hello Ada!".into(), hidden: vec!["Ada".into()], ..Copy::default() }),
        None
    );
}

#[test]
fn guardrails_see_every_word_and_no_number() {
    assert_eq!(
        wordy(&copy("Oak Bench, cl1nically pr0ven, 20% off", "Oak Bench")),
        "Copper Kettle, cl1nically pr0ven, off"
    );
}

#[test]
fn phrases_that_the_shop_has_and_drafts_lack_are_wanted() {
    let bank = phrases::bank(&texts(), &plain_drafts(&kind()));
    assert!(bank.iter().any(|p| p.phrase == "say hello to" && p.weight > 1.0), "{bank:?}");
    assert!(bank.iter().all(|p| p.weight > 0.0));
    // What drafts say as often is no style.
    let plain: Vec<Copy> = texts()
        .iter()
        .map(|c| {
            copy(&format!("Take a look at {}", c.product.as_deref().unwrap()), c.product.as_deref().unwrap())
        })
        .collect();
    assert_eq!(phrases::bank(&plain, &plain_drafts(&kind())), []);
}

#[test]
fn styles_of_a_shop_are_kept() {
    for style in [
        "Say hello to {}, darling",
        "Well hello, {}",
        "Hello darling: {} for $20",
        "Hello you, have you met {}?",
    ] {
        let all: Vec<Copy> = texts()
            .iter()
            .filter_map(|c| Some(copy(&style.replace("{}", c.product.as_deref()?), c.product.as_deref()?)))
            .collect();
        let made = patterns(&kind(), &all, &[]);
        assert!(made.iter().all(Option::is_some), "{style}: {made:?} {:?}", masked(&all[0]));
    }
}
