use super::*;
use crate::generation::facts::{Customer, Gathered, Product, Relation};

fn kind() -> Kind {
    serde_json::from_str(
        r#"{"kind": "message", "min_chars": 10, "max_chars": 120, "max_sentences": 2, "full_sentences": true,
            "required": ["product"], "candidates": 4, "max_tokens": 60, "temperature": 0.7, "top_p": 0.9, "templates": []}"#,
    )
    .unwrap()
}

fn gathered() -> Gathered {
    Gathered {
        customer: Some(Customer {
            profile_id: "7".into(),
            first_name: Some("Maria".into()),
            orders: 9,
            ..Customer::default()
        }),
        product: Some(Product {
            product_id: "p1".into(),
            name: "Simple Truth Greek Yogurt".into(),
            price: "2.99".parse().ok(),
            compare_at_price: "3.49".parse().ok(),
            currency: Some("USD".into()),
            relation: Relation::FavouriteCategory,
            ..Product::default()
        }),
        ..Gathered::default()
    }
}

fn broken(text: &str) -> Vec<String> {
    let (kind, facts) = (kind(), Facts::new(&gathered()));
    let examples = ["Simple Truth Greek Yogurt, an example.".to_owned()];
    let case = Case {
        kind: &kind,
        facts: &facts,
        theme: Theme::Everyday,
        tone: Tone::Warm,
        draft: "",
        examples: &examples,
    };
    violations(text, &case).into_iter().map(|v| v.rule).collect()
}

#[test]
fn true_texts_pass() {
    for text in [
        "Maria, Simple Truth Greek Yogurt is $2.99 instead of $3.49.",
        "Save $0.50 on Simple Truth Greek Yogurt! Thanks for shopping with us.",
        "Simple Truth greek yogurt, now $2.99, is a favorite of yours.",
        "$2.99 for Simple Truth Greek Yogurt.",
    ] {
        assert_eq!(broken(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn each_rule_finds_its_fault() {
    let name = "Simple Truth Greek Yogurt";
    for (rule, text) in [
        ("length", format!("{name}. One. Two.")),
        ("length", format!("{name} {}.", "for you and ".repeat(12))),
        ("characters", format!("{name} 😀.")),
        ("characters", format!("{name} for y\u{200b}ou.")),
        ("placeholder", format!("{{name}}, {name} for you.")),
        ("placeholder", format!("Insert your name, {name} for you.")),
        ("markup", format!("**{name}** for you.")),
        ("markup", format!("Subject: {name}.")),
        ("markup", format!("{name} at shop.com.")),
        ("ending", format!("{name} for you")),
        ("ending", format!("take {name}.")),
        ("repetition", format!("{name} for for you.")),
        ("repetition", format!("{name}: $2.99 and that is $2.99.")),
        ("copied", format!("{name}, an example.")),
        ("required_facts", "Simple Truth for $2.99.".into()),
        ("required_facts", "We have simple Truth Greek Yogurt for you.".into()),
        ("claims", format!("{name} is coming soon.")),
        ("claims", format!("{name} is on sale again.")),
        ("claims", format!("Everyone buys {name}.")),
        ("names", format!("{name} and Kroger for you.")),
        ("names", format!("Kroger: {name} for you.")),
        ("names", format!("{name} for You.")),
        ("claims", format!("{name}, free for you.")),
        ("claims", format!("{name}, which you bought for you.")),
        ("claims", format!("{name}: try it again.")),
        ("claims", format!("{name} is the best-selling one.")),
        ("claims", format!("{name}, two for you.")),
        ("numbers", format!("{name} for $2.98.")),
        ("numbers", format!("{name} for 2.99.")),
        ("numbers", format!("{name} with 32 spoons.")),
        ("numbers", format!("{name} with 20% more.")),
        ("numbers", format!("{name} for €2.99.")),
        ("numbers", format!("{name} for ２.")),
        ("currency", format!("{name} for few dollars.")),
        ("relations", format!("{name} for $3.49.")),
        ("relations", format!("{name} for $0.50.")),
        ("relations", format!("{name}: save $2.99.")),
        ("relations", format!("{name} was $2.99.")),
        ("relations", format!("{name}: $2.99 off.")),
        ("relations", format!("{name} for under $2.99.")),
    ] {
        assert!(broken(&text).contains(&rule.to_owned()), "{rule}: {text}: {:?}", broken(&text));
    }
}

#[test]
fn a_text_that_breaks_off_is_found() {
    let product =
        Product { name: "Bananas".into(), category: Some("Tropical Fruit".into()), ..Product::default() };
    let facts = Facts::new(&Gathered { product: Some(product), ..Gathered::default() });
    let kind = Kind { full_sentences: false, ..kind() };
    let case = Case {
        kind: &kind,
        facts: &facts,
        theme: Theme::Everyday,
        tone: Tone::Warm,
        draft: "",
        examples: &[],
    };
    for text in [
        "How about Bananas for yo",
        "Your list and Banan",
        "Bananas are tropi",
        "Bananas for the",
        "Bananas are a great",
    ] {
        let rules: Vec<String> = violations(text, &case).into_iter().map(|v| v.rule).collect();
        assert!(rules.contains(&"ending".to_owned()), "{text}: {rules:?}");
    }
    for text in [
        "How about Bananas for you",
        "Bananas are tropical",
        "Bananas by any caravan",
        "Bananas, your banana",
    ] {
        assert!(violations(text, &case).iter().all(|v| v.rule != "ending"), "{text}");
    }
}

#[test]
fn a_candidate_that_was_cut_off_does_not_pass() {
    for finish in [Finish::Length, Finish::DeadEnd] {
        assert_eq!(broken_off("Bananas are a great", finish).map(|v| v.rule).as_deref(), Some("ending"));
        assert_eq!(broken_off("Bananas are great!", finish), None);
    }
    for finish in [Finish::End, Finish::Stop] {
        assert_eq!(broken_off("Bananas for your list", finish), None);
    }
}

#[test]
fn a_claim_inside_a_name_is_part_of_the_name() {
    let product = Product { name: "Sugar Free Gum".into(), ..Product::default() };
    let facts = Facts::new(&Gathered { product: Some(product), ..Gathered::default() });
    let kind = kind();
    let case = Case {
        kind: &kind,
        facts: &facts,
        theme: Theme::Generic,
        tone: Tone::Warm,
        draft: "",
        examples: &[],
    };
    assert_eq!(violations("Take a look at Sugar Free Gum.", &case), vec![]);
    assert_eq!(violations("Take a look at Sugar Free Gum, it is free.", &case)[0].rule, "claims");
}

#[test]
fn facts_of_the_caller_stand_in_their_role() {
    use crate::generation::given::Given;
    let product = Product { name: "Trail Socks".into(), ..Product::default() };
    let given = serde_json::json!({"stock": 7, "ship_days": 2, "offer": {"percent": 15}, "event": {"name": "Open House", "date": "2026-05-03"},
        "ticket": {"text": "One of them is torn", "resolution": "replacement"}});
    let gathered =
        Gathered { product: Some(product), given: Given::read(given).unwrap(), ..Gathered::default() };
    let facts = Facts::new(&gathered);
    let kind = Kind { required: vec![], ..kind() };
    let case = Case {
        kind: &kind,
        facts: &facts,
        theme: Theme::Generic,
        tone: Tone::Warm,
        draft: "",
        examples: &[],
    };
    let rules =
        |text: &str| violations(text, &case).into_iter().map(|v| v.rule + ": ").collect::<Vec<_>>().concat();
    for text in [
        "The Trail Socks: 7 left, ready to ship in 2 days.",
        "You get 15% off the Trail Socks.",
        "Join us on May 3 for Open House.",
        "We are sorry that the item is damaged.",
    ] {
        assert_eq!(rules(text), "", "{text}");
    }
    for (rule, text) in [
        ("relations", "You have 7 Trail Socks left."),
        ("relations", "You've got 7 of the Trail Socks left."),
        ("relations", "The Trail Socks are ready in 7 days."),
        ("relations", "The Trail Socks ship with 2 left."),
        ("relations", "Up to 15% off the Trail Socks."),
        ("relations", "Open House is until May 3."),
        ("claims", "We are sorry that we sent the wrong item."),
        ("claims", "We are sorry for the trouble with your parcel."),
        ("claims", "We have arranged a refund for you."),
        ("repetition", "Open House is a fun and fun idea."),
    ] {
        assert!(rules(text).contains(rule), "{rule}: {text}: {}", rules(text));
    }
}

/// What is broken in a text about a product of this name.
fn broken_of(
    name: &str,
    relation: Relation,
    given: serde_json::Value,
    draft: &str,
    text: &str,
) -> Vec<String> {
    let mut gathered = gathered();
    let product = gathered.product.as_mut().unwrap();
    (product.name, product.relation) = (name.into(), relation);
    gathered.given = serde_json::from_value(given).unwrap();
    let (kind, facts, examples) = (kind(), Facts::new(&gathered), Vec::new());
    let case = Case {
        kind: &kind,
        facts: &facts,
        theme: Theme::Everyday,
        tone: Tone::Warm,
        draft,
        examples: &examples,
    };
    violations(text, &case).into_iter().map(|v| v.rule).collect()
}

#[test]
fn what_was_not_bought_is_not_the_customers() {
    let broken = |relation, text| broken_of("Linen Duvet Cover", relation, serde_json::json!({}), "", text);
    for text in ["Your Linen Duvet Cover is here.", "Have a look at your own Linen Duvet Cover."] {
        assert_eq!(broken(Relation::Given, text), ["possession"], "{text}");
        assert!(!broken(Relation::BoughtBefore, text).contains(&"possession".to_owned()), "{text}");
    }
    for text in [
        "Add the Linen Duvet Cover to your list.",
        "For your home: the Linen Duvet Cover.",
        "Treat your home to the Linen Duvet Cover.",
    ] {
        assert_eq!(broken(Relation::Given, text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn pronouns_agree_with_the_product() {
    let broken = |name, draft, text| broken_of(name, Relation::Given, serde_json::json!({}), draft, text);
    assert_eq!(broken("Desk Lamp", "", "Say hello to the Desk Lamp, they are easy to love."), ["agreement"]);
    assert_eq!(
        broken("Paper Towels", "", "Have a look at the Paper Towels. Add it to your list."),
        ["agreement"]
    );
    for (name, draft, text) in [
        ("Desk Lamp", "", "Have a look at the Desk Lamp. Add it to your list."),
        ("Desk Lamp", "", "Some things are worth a look, the Desk Lamp is one of them."),
        ("Desk Lamp", "They pick it.", "Shoppers pick the Desk Lamp, they do."),
        ("Paper Towels", "", "It's time for the Paper Towels. Add them to your list."),
    ] {
        assert_eq!(broken(name, draft, text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_thing_is_not_three_left_and_nobody_gets_it_twice() {
    let given = || serde_json::json!({"stock": 3, "offer": {"percent": 20}});
    let broken = |text| broken_of("Trail Jeans", Relation::Given, given(), "", text);
    assert_eq!(broken("The Trail Jeans are just 3 left."), ["relations"]);
    assert_eq!(broken("There are just 3 left of the Trail Jeans."), Vec::<String>::new());
    assert_eq!(broken("Get 20% off the Trail Jeans for you."), ["wording"]);
    assert_eq!(broken("You get 20% off the Trail Jeans."), Vec::<String>::new());
}
