//! The shipped drafts are true and sendable whatever is known: they are what a customer reads when no rewriting passes.

mod support;

use std::collections::BTreeSet;

use pg_journey_core::generation::check::{Case, violations};
use pg_journey_core::generation::draft::{self, Key};
use pg_journey_core::generation::facts::{Facts, Gathered, Product};
use pg_journey_core::generation::given::{Given, Tone};
use pg_journey_core::generation::kind::Kind;
use pg_journey_core::generation::steer::Guide;
use pg_journey_core::generation::theme::{self, Theme};
use pg_journey_core::generation::{fence, values};
use pg_journey_core::kernel::Code;

const PRODUCTS: &[(&str, &str)] = &[
    ("Sugar Free Gum", "Candy Bars & Gum"),
    ("Fresh Cut Fruit", "Cut Fruit"),
    ("2% Milk", "Milk"),
    ("Strawberries 16 oz", "Berries"),
    ("Willow Desk Lamp", "Lamps"),
    ("Levi's Ribcage Jeans", "Jeans"),
];

/// Calls with the drafts that the shipped kinds make: of each product in every state with nothing given, and with each
/// set of given facts in some of the states, other ones for each set; every draft once a theme.
fn for_each_draft(products: &[(&str, &str)], mut judge: impl FnMut(&Kind, &Facts, Theme, &str)) {
    for kind in support::kinds() {
        let mut seen = BTreeSet::new();
        for (name, category) in products {
            for (state, mut gathered) in support::cases(name, category).into_iter().enumerate() {
                for (set, given) in std::iter::once(Given::default()).chain(support::given()).enumerate() {
                    if set > 0 && (state + set) % 7 > 0 {
                        continue;
                    }
                    gathered.given = given;
                    let facts = Facts::new(&gathered);
                    let (theme, highlight) = support::spoken(&gathered, &facts);
                    for seed in 0..3 {
                        let key = Key { seed, profile_id: name, product_id: "p1" };
                        match draft::write(
                            &kind,
                            &facts,
                            support::address(theme, Tone::Warm, highlight.as_ref()),
                            key,
                        ) {
                            Ok(draft) => {
                                if seen.insert((theme as u8, draft.clone())) {
                                    judge(&kind, &values::within(&facts, &kind), theme, &draft);
                                }
                            }
                            // It needs what is not given here, or it says nothing of what is not known.
                            Err(e) => assert_eq!(e.code, Code::ObjectNotInPrerequisiteState, "{e:?}"),
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_shipped_draft_passes_every_rule() {
    let (mut wrong, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    for_each_draft(PRODUCTS, |kind, facts, theme, draft| {
        let case = Case { kind, facts, theme, tone: Tone::Warm, draft, examples: &[] };
        kinds.insert(kind.kind.clone());
        wrong.extend(
            violations(draft, &case).into_iter().map(|v| format!("{} {theme:?} {draft}: {v:?}", kind.kind)),
        );
    });
    assert_eq!(kinds.len(), support::kinds().len(), "some kind was never written");
    assert!(wrong.is_empty(), "{} {:#?}", wrong.len(), wrong.iter().take(60).collect::<Vec<_>>());
}

#[test]
fn the_fence_lets_every_shipped_draft_through() {
    let mut stopped = BTreeSet::new();
    for_each_draft(
        &[("Fresh Cut Fruit", "Cut Fruit"), ("Trail Socks", "Socks")],
        |kind, facts, theme, draft| {
            if !kind.rewrite {
                return;
            }
            let guide = Guide::new(&fence::steering(kind, facts, theme, draft));
            let mut written = String::new();
            for word in draft.split_inclusive(' ') {
                let (word, space) = word.strip_suffix(' ').map_or((word, ""), |w| (w, " "));
                if !guide.allows(&written, word) {
                    stopped.insert(format!("{}: {written}|{word}", kind.kind));
                }
                written.push_str(word);
                written.push_str(space);
            }
            if !guide.may_stop(&written) {
                stopped.insert(format!("{}: {written}", kind.kind));
            }
        },
    );
    assert!(stopped.is_empty(), "{} {:#?}", stopped.len(), stopped.iter().take(60).collect::<Vec<_>>());
}

#[test]
fn the_same_product_reads_differently_for_value_and_premium_customers_and_its_facts_stay() {
    let attributes = serde_json::json!({"attributes": {"material": "oak", "colour": "natural"}});
    for kind in
        support::kinds().iter().filter(|k| ["subject", "push", "body_opening"].contains(&k.kind.as_str()))
    {
        let product = support::products("Willow Desk Lamp", "Lamps").swap_remove(12);
        let gathered =
            Gathered { product, given: Given::read(attributes.clone()).unwrap(), ..Gathered::default() };
        let facts = Facts::new(&gathered);
        for seed in 0..20 {
            let key = Key { seed, profile_id: "42", product_id: "p1" };
            let draft = |theme| {
                let highlight = theme::highlight(theme, None, &facts);
                draft::write(kind, &facts, support::address(theme, Tone::Warm, highlight.as_ref()), key)
                    .unwrap()
            };
            let (value, premium) = (draft(Theme::Value), draft(Theme::Premium));
            assert!(value.contains('$') && !premium.contains('$'), "{}: {value} / {premium}", kind.kind);
            assert!(value.contains("Willow Desk Lamp") && premium.contains("Willow Desk Lamp"));
        }
    }
}

#[test]
fn plain_and_elegant_texts_do_not_exclaim() {
    for kind in support::kinds() {
        for gathered in support::cases("Willow Desk Lamp", "Lamps") {
            let facts = Facts::new(&gathered);
            let (theme, highlight) = support::spoken(&gathered, &facts);
            for (seed, tone) in [(1, Tone::Plain), (2, Tone::Elegant)] {
                let key = Key { seed, profile_id: "42", product_id: "p1" };
                let draft =
                    draft::write(&kind, &facts, support::address(theme, tone, highlight.as_ref()), key)
                        .unwrap_or_default();
                assert!(!draft.contains('!'), "{draft}");
            }
        }
    }
}

#[test]
fn a_price_is_said_as_it_can_be_paid() {
    let kind = support::kinds().swap_remove(0);
    let drafts = |price: &str, before: &str| -> BTreeSet<String> {
        let mut gathered = support::cases("Bananas", "Tropical Fruit").swap_remove(2);
        let product = Product {
            product_id: "p1".into(),
            name: "Bananas".into(),
            price: price.parse().ok(),
            compare_at_price: before.parse().ok(),
            currency: Some("USD".into()),
            ..Product::default()
        };
        gathered.product = Some(product);
        let facts = Facts::new(&gathered);
        (0..40)
            .map(|seed| {
                let key = Key { seed, profile_id: "42", product_id: "p1" };
                let draft =
                    draft::write(&kind, &facts, support::address(Theme::Value, Tone::Warm, None), key)
                        .unwrap();
                let case = Case {
                    kind: &kind,
                    facts: &facts,
                    theme: Theme::Value,
                    tone: Tone::Warm,
                    draft: &draft,
                    examples: &[],
                };
                assert_eq!(violations(&draft, &case), vec![], "{draft}");
                draft
            })
            .collect()
    };
    let any = |drafts: &BTreeSet<String>, part: &str| drafts.iter().any(|draft| draft.contains(part));
    let rounded = drafts("2.999", "");
    assert!(any(&rounded, "$3") && !any(&rounded, "2.99"), "{rounded:?}");
    let of_nothing = drafts("0.004", "");
    assert!(!any(&of_nothing, "$"), "{of_nothing:?}");
    let no_saving = drafts("2.998", "3.00");
    assert!(any(&no_saving, "$3") && !any(&no_saving, "Save"), "{no_saving:?}");
    // The exact difference is 0.508; a customer who subtracts what is printed gets 0.50.
    let saving = drafts("2.986", "3.494");
    assert!(any(&saving, "$2.99") && any(&saving, "Save $0.50"), "{saving:?}");
}

#[test]
fn the_same_key_gives_the_same_draft_and_another_seed_another_one() {
    let kind = support::kinds().swap_remove(1);
    let gathered = support::cases("Bananas", "Tropical Fruit").swap_remove(2);
    let facts = Facts::new(&gathered);
    let theme = theme::of(gathered.customer.as_ref()).0;
    let write = |seed| {
        draft::write(
            &kind,
            &facts,
            support::address(theme, Tone::Warm, None),
            Key { seed, profile_id: "1", product_id: "p" },
        )
        .unwrap()
    };
    assert_eq!(write(1), write(1));
    assert!((0..20).any(|seed| write(seed) != write(1)));
}
