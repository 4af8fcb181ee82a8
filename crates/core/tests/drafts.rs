//! The shipped drafts are true and sendable whatever is known: they are what a customer reads when no rewriting passes.

mod support;

use std::collections::BTreeSet;

use pg_journey_core::generation::check::{Case, violations};
use pg_journey_core::generation::draft::{self, Key};
use pg_journey_core::generation::facts::{Facts, Product};
use pg_journey_core::generation::fence;
use pg_journey_core::generation::steer::Guide;
use pg_journey_core::generation::theme::{self, Theme};

const PRODUCTS: &[(&str, &str)] = &[
    ("Sugar Free Gum", "Candy Bars & Gum"),
    ("Fresh Cut Fruit", "Cut Fruit"),
    ("2% Milk", "Milk"),
    ("Strawberries 16 oz", "Berries"),
];

#[test]
fn every_shipped_draft_passes_every_rule() {
    let mut wrong = BTreeSet::new();
    for (kind, _) in support::kinds() {
        for (name, category) in PRODUCTS {
            for gathered in support::cases(name, category) {
                let (facts, theme) = (Facts::new(&gathered), theme::of(gathered.customer.as_ref()));
                // Enough seeds to draw each template.
                for seed in 0..12 {
                    let key = Key { seed, profile_id: "42", product_id: "p1" };
                    let draft = draft::write(&kind, &facts, theme, key).unwrap();
                    let case = Case { kind: &kind, facts: &facts, theme, draft: &draft, examples: &[] };
                    wrong.extend(
                        violations(&draft, &case).into_iter().map(|v| format!("{theme:?} {draft}: {v:?}")),
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_fence_lets_every_shipped_draft_through() {
    let mut stopped = BTreeSet::new();
    for (kind, _) in support::kinds() {
        for gathered in support::cases("Fresh Cut Fruit", "Cut Fruit") {
            let (facts, theme) = (Facts::new(&gathered), theme::of(gathered.customer.as_ref()));
            for seed in 0..12 {
                let key = Key { seed, profile_id: "42", product_id: "p1" };
                let draft = draft::write(&kind, &facts, theme, key).unwrap();
                let guide = Guide::new(&fence::steering(&kind, &facts, theme, &draft));
                let mut written = String::new();
                for word in draft.split_inclusive(' ') {
                    let (word, space) = word.strip_suffix(' ').map_or((word, ""), |w| (w, " "));
                    if !guide.allows(&written, word) {
                        stopped.insert(format!("{written}|{word}"));
                    }
                    written.push_str(word);
                    written.push_str(space);
                }
                if !guide.may_stop(&written) {
                    stopped.insert(written);
                }
            }
        }
    }
    assert!(stopped.is_empty(), "{stopped:#?}");
}

#[test]
fn a_price_is_said_as_it_can_be_paid() {
    let (kind, _) = support::kinds().swap_remove(0);
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
                let draft = draft::write(&kind, &facts, Theme::Value, key).unwrap();
                let case =
                    Case { kind: &kind, facts: &facts, theme: Theme::Value, draft: &draft, examples: &[] };
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
    let (kind, _) = support::kinds().swap_remove(1);
    let gathered = support::cases("Bananas", "Tropical Fruit").swap_remove(2);
    let facts = Facts::new(&gathered);
    let theme = theme::of(gathered.customer.as_ref());
    let write =
        |seed| draft::write(&kind, &facts, theme, Key { seed, profile_id: "1", product_id: "p" }).unwrap();
    assert_eq!(write(1), write(1));
    assert!((0..20).any(|seed| write(seed) != write(1)));
}
