//! The examples of the vendors' own documentation, as a library that forwards them sends them.

use super::*;
use crate::capture::{Action, Details, Event, read_jsonb};
use crate::kernel::json;
use crate::kernel::jsonb::encode::jsonb;

/// 2026-05-01T12:00:00Z
const NOON: i64 = 1_777_636_800_000_000;

/// As the shipped rows of `journey.event_map` have it.
fn names() -> NameMap {
    let some = |pairs: &[(&str, &str)]| {
        let pair =
            |(old, new): &(&str, &str)| ((*old).to_owned(), (!new.is_empty()).then(|| (*new).to_owned()));
        pairs.iter().map(pair).collect::<BTreeMap<_, _>>()
    };
    let google = [
        ("ecommerce", ""),
        ("transaction_id", "order_id"),
        ("value", "revenue"),
        ("items", "products"),
        ("item_id", "product_id"),
        ("item_name", "name"),
        ("item_category", "category"),
        ("item_brand", "brand"),
    ];
    let google_product = google.map(|(old, new)| (old, if old == "items" { "" } else { new }));
    let snowplow = [
        ("transaction", ""),
        ("transaction_id", "order_id"),
        ("refund_amount", "total"),
        ("discount_code", "coupon"),
        ("discount_amount", "discount"),
        ("id", "product_id"),
    ];
    let mapping =
        |event: &str, properties: &[(&str, &str)]| Mapping { properties: some(properties), ..event.into() };
    NameMap::from([
        ("purchase".to_owned(), mapping("Order Completed", &google)),
        ("view_item".to_owned(), mapping("Product Viewed", &google_product)),
        ("transaction".to_owned(), mapping("Order Completed", &snowplow)),
        ("refund".to_owned(), mapping("Order Refunded", &snowplow)),
        ("plain".to_owned(), "Product Viewed".into()),
    ])
}

fn with_event(event: &str, properties: &str, test: impl FnOnce(&Event, &str)) {
    let message =
        jsonb(&format!(r#"{{"type":"track","userId":"1","event":"{event}","properties":{properties}}}"#));
    let names = names();
    let mapped = mapped(&message, &names).unwrap();
    let event = read_jsonb(&message, mapped.as_deref(), NOON, &names).unwrap();
    let properties = event.properties.map(|p| p.compact().unwrap()).unwrap_or_default();
    test(&event, &properties);
}

/// https://developers.google.com/analytics/devguides/collection/ga4/reference/events#purchase
const GOOGLE_PURCHASE: &str = r#"{"transaction_id":"T_12345","value":72.05,"tax":3.60,"shipping":5.99,"currency":"USD",
    "coupon":"SUMMER_SALE","items":[
    {"item_id":"SKU_12345","item_name":"Stan and Friends Tee","affiliation":"Google Merchandise Store","coupon":"SUMMER_FUN",
     "discount":2.22,"index":0,"item_brand":"Google","item_category":"Apparel","item_category2":"Adult","price":10.01,"quantity":3},
    {"item_id":"SKU_12346","item_name":"Google Grey Women's Tee","item_brand":"Google","item_category":"Apparel","price":21.01,"quantity":2}]}"#;

#[test]
fn a_purchase_of_google_analytics_is_an_order() {
    let nested = format!(r#"{{"ecommerce":{GOOGLE_PURCHASE}}}"#);
    for properties in [GOOGLE_PURCHASE, &nested] {
        with_event("purchase", properties, |event, renamed| {
            assert_eq!((&*event.name, event.action), ("Order Completed", Action::OrderCompleted));
            let Details::Order { id, facts } = &event.details else { panic!("{:?}", event.details) };
            assert_eq!((id.as_deref(), facts.currency), (Some("T_12345"), "USD"));
            assert_eq!((facts.revenue.to_string(), facts.units.to_string()), ("72.05".into(), "5".into()));
            assert_eq!(
                (facts.categories.as_slice(), facts.brands.as_slice()),
                (&["Apparel".into()][..], &["Google".into()][..])
            );
            assert!(renamed.contains(r#""product_id":"SKU_12345""#), "{renamed}");
            // Nothing is lost, and what has no other name keeps its own.
            assert!(renamed.contains(r#""name":"Stan and Friends Tee""#), "{renamed}");
            assert!(renamed.contains(r#""item_category2":"Adult""#), "{renamed}");
        });
    }
}

#[test]
fn a_list_of_one_product_is_the_product() {
    let one = r#"{"currency":"USD","value":30.03,"items":[{"item_id":"SKU_12345","item_name":"Tee","item_category":"Apparel","price":10.01}]}"#;
    with_event("view_item", one, |event, renamed| {
        let Details::Viewed(product) = &event.details else { panic!("{:?}", event.details) };
        assert_eq!(
            (product.product_id.as_deref(), product.category.as_deref()),
            (Some("SKU_12345"), Some("Apparel"))
        );
        assert!(renamed.contains(r#""name":"Tee""#) && !renamed.contains("items"), "{renamed}");
    });
    with_event("view_item", r#"{"items":[{"item_id":"a"},{"item_id":"b"}]}"#, |_, renamed| {
        assert_eq!(renamed, r#"{"products":[{"product_id":"a"},{"product_id":"b"}]}"#);
    });
}

/// https://docs.snowplow.io/docs/sources/web-trackers/tracking-events/ecommerce/
#[test]
fn a_transaction_of_snowplow_is_an_order() {
    let transaction = r#"{"transaction_id":"T12345","revenue":230,"currency":"USD","payment_method":"credit_card","total_quantity":2,
        "tax":20,"shipping":10,"discount_code":"SAVE","discount_amount":5,
        "products":[{"id":"P123","name":"Fashion Tee","category":"Mens/Apparel","price":110,"quantity":2,"brand":"Snowplow"}]}"#;
    let nested = format!(r#"{{"transaction":{transaction}}}"#);
    for properties in [transaction, &nested] {
        with_event("transaction", properties, |event, renamed| {
            let Details::Order { id, facts } = &event.details else { panic!("{:?}", event.details) };
            assert_eq!((id.as_deref(), facts.revenue.to_string()), (Some("T12345"), "230".into()));
            assert_eq!(facts.gross.to_string(), "235");
            assert!(renamed.contains(r#""product_id":"P123""#), "{renamed}");
        });
    }
    let refund =
        r#"{"transaction_id":"T12345","currency":"USD","refund_amount":20,"refund_reason":"return"}"#;
    with_event("refund", refund, |event, _| {
        let Details::Refund { id, amount, .. } = &event.details else { panic!("{:?}", event.details) };
        assert_eq!((id.as_deref(), amount.unwrap().to_string()), (Some("T12345"), "20".into()));
    });
}

#[test]
fn what_has_the_name_already_keeps_it() {
    with_event("purchase", r#"{"order_id":"o","transaction_id":"t","value":1}"#, |event, renamed| {
        let Details::Order { id, .. } = &event.details else { panic!("{:?}", event.details) };
        assert_eq!(id.as_deref(), Some("o"));
        assert_eq!(renamed, r#"{"revenue":1,"order_id":"o","transaction_id":"t"}"#);
    });
}

#[test]
fn a_map_does_not_change_what_a_message_is_called() {
    let message = jsonb(
        r#"{"type":"track","userId":"1","event":"purchase","timestamp":"2026-05-01","properties":{"value":1}}"#,
    );
    let renamed = mapped(&message, &names()).unwrap();
    let id = |mapped, names| read_jsonb(&message, mapped, NOON, names).unwrap().message_id.into_owned();
    assert_eq!(id(renamed.as_deref(), &names()), id(None, &NameMap::new()));
}

#[test]
fn other_messages_stay_as_they_are() {
    for message in [
        r#"{"type":"track","event":"plain","properties":{"value":1}}"#,
        r#"{"type":"track","event":"unknown","properties":{"value":1}}"#,
        r#"{"type":"track","event":"purchase"}"#,
        r#"{"type":"track","event":7,"properties":{}}"#,
        "[1]",
        "7",
    ] {
        assert_eq!(mapped(&jsonb(message), &names()).unwrap(), None, "{message}");
    }
    let odd = mapped(&jsonb(r#"{"event":"purchase","properties":{"items":7,"ecommerce":[1,2]}}"#), &names())
        .unwrap()
        .unwrap();
    let text = json::Value::Binary(Value::of(&odd).unwrap()).compact().unwrap();
    assert_eq!(text, r#"{"event":"purchase","properties":{"products":7,"ecommerce":[1,2]}}"#);
}
