use super::*;
use crate::capture::OrderFacts;
use crate::kernel::jsonb::encode;
use proptest::prelude::*;

/// 2026-05-01T12:00:00Z
const NOON: Micros = 1_777_636_800_000_000;
const SECOND: Micros = 1_000_000;

fn read_at_noon(text: &str) -> Result<Event<'_>> {
    read(text, NOON, &NameMap::default())
}

fn properties(event: &Event) -> String {
    event.properties.map_or_else(String::new, |value| value.compact().unwrap())
}

fn extra(event: &Event) -> String {
    let member =
        |(key, value): &(Cow<str>, Value)| format!("{}:{}", serde_json::json!(key), value.compact().unwrap());
    format!("{{{}}}", event.extra.iter().map(member).collect::<Vec<_>>().join(","))
}

fn refusal(text: &str) -> (String, String) {
    let error = read_at_noon(text).expect_err(text);
    assert!(error.hint.is_some(), "{text}: no hint");
    (error.code.sqlstate().to_owned(), error.message)
}

#[test]
fn both_spellings_are_the_same_event() {
    let camel = r#"{"type":"track","event":"Order Completed","userId":7,"messageId":"m","sentAt":"2026-05-01T11:00:00Z",
        "originalTimestamp":"2026-05-01T10:00:00Z","properties":{"orderId":"o","total":5}}"#;
    let snake = r#"{"type":"track","event":"order_completed","user_id":"7","message_id":"m","sent_at":"2026-05-01T11:00:00Z",
        "original_timestamp":"2026-05-01T10:00:00Z","properties":{"order_id":"o","total":5}}"#;
    let (camel, snake) = (read_at_noon(camel).unwrap(), read_at_noon(snake).unwrap());
    assert_eq!(camel.details, snake.details);
    assert_eq!((&camel.name, ids(&camel), camel.timestamp), (&snake.name, ids(&snake), snake.timestamp));
    assert!(matches!(camel.details, Details::Order { facts: OrderFacts { .. }, .. }));
}

#[test]
fn the_senders_wrong_clock_is_taken_out() {
    let at = |fields: &str| {
        let text = format!(r#"{{"type":"track","event":"x","userId":"1",{fields}}}"#);
        (read_at_noon(&text).unwrap().timestamp - NOON) / SECOND
    };
    assert_eq!(at(r#""sentAt":"2020-01-01T00:00:10Z","originalTimestamp":"2020-01-01T00:00:00Z""#), -10);
    assert_eq!(at(r#""sentAt":"2020-01-01T00:00:10Z","timestamp":"2020-01-01T00:00:00Z""#), -10);
    assert_eq!(
        at(
            r#""originalTimestamp":"2020-01-01T00:00:00Z","timestamp":"2026-05-01T11:59:00Z","sentAt":"2020-01-01T00:00:10Z""#
        ),
        -60
    );
    assert_eq!(at(r#""timestamp":"2026-05-01T11:59:59Z""#), -1);
    assert_eq!(at(r#""receivedAt":"2026-05-01T11:00:00Z""#), -3600);
    assert_eq!(at(r#""messageId":"m""#), 0);
}

#[test]
fn hostile_messages_are_refused_with_what_is_wrong() {
    let track = |rest: &str| format!(r#"{{"type":"track","userId":"1","event":"Order Completed",{rest}}}"#);
    for (text, state, part) in [
        ("".to_owned(), "22032", "invalid JSON"),
        ("[1,2]".to_owned(), "22032", "message is [1,2]"),
        ("{\"type\":\"track\"".to_owned(), "22032", "invalid JSON"),
        (r#"{"type":"tracked","userId":"1"}"#.to_owned(), "22023", "tracked"),
        (r#"{"type":"track","userId":"1"}"#.to_owned(), "22023", "event is missing"),
        (track(r#""properties":{"total":NaN}"#), "22032", "invalid JSON"),
        (track(r#""properties":{"total":"NaN"}"#), "22023", "NaN"),
        (track(r#""properties":{"total":"-Infinity"}"#), "22023", "-Infinity"),
        (track(r#""properties":{"total":1e400}"#), "22023", "1e400"),
        (track(r#""properties":[1]"#), "22023", "properties is [1]"),
        (track(r#""properties":{"products":[{"quantity":-1}]}"#), "22023", "quantity -1"),
        (track(r#""properties":{"currency":"DOGE"}"#), "22023", "DOGE"),
        (track(r#""timestamp":"294276-01-01T00:00:00Z""#), "22008", "294276"),
        (track(r#""timestamp":"1903-01-01T00:00:00Z""#), "22008", "1903"),
        (track(r#""timestamp":"2027-01-01T00:00:00Z""#), "22008", "2027"),
        (track(r#""timestamp":17"#), "22023", "17"),
        (track(r#""properties":{"a":"\u0000"}"#), "22P02", "u0000"),
        (track(r#""properties":{"a":"\ud800"}"#), "22P02", "surrogate"),
        (
            track(&format!(r#""properties":{{"a":{}{}}}"#, "[".repeat(1000), "]".repeat(1000))),
            "54000",
            "levels",
        ),
        (track(&format!(r#""properties":{{"a":"{}"}}"#, "x".repeat(10_000_000))), "54000", "bytes"),
        (track(&format!(r#""messageId":"{}""#, "x".repeat(1000))), "22023", "messageId"),
        (r#"{"type":"identify","userId":{"a":1}}"#.to_owned(), "22023", "userId"),
    ] {
        let (code, message) = refusal(&text);
        assert_eq!(code, state, "{message}");
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_message_without_an_id_is_named_by_its_content() {
    let dated = r#"{"type":"track","event":"x","userId":"1","timestamp":"2026-05-01T11:00:00Z"}"#;
    let spaced = dated.replace(',', " , ");
    let name = |text: &str, at| read(text, at, &NameMap::default()).unwrap().message_id.into_owned();
    assert_eq!(name(dated, NOON), name(&spaced, NOON + SECOND));
    let undated = r#"{"type":"track","event":"x","userId":"1"}"#;
    assert_ne!(name(undated, NOON), name(undated, NOON + SECOND));
}

#[test]
fn foreign_names_are_mapped() {
    let names = NameMap::from([("purchase".to_owned(), "Order Completed".into())]);
    let event = read(r#"{"type":"track","event":"purchase","userId":"1"}"#, NOON, &names).unwrap();
    assert_eq!((&*event.name, event.action), ("Order Completed", Action::OrderCompleted));
}

#[test]
fn nothing_of_a_message_is_lost() {
    let event = read_at_noon(
        r#"{"type":"group","userId":"1","groupId":"g","integrations":{"All":true},"traits":{"n":1}}"#,
    )
    .unwrap();
    assert_eq!(extra(&event), r#"{"integrations":{"All":true},"groupId":"g"}"#);
    assert_eq!(properties(&event), r#"{"n":1}"#);
}

/// Without what jsonb cannot hold, or prints in another way.
fn plain_json() -> impl Strategy<Value = serde_json::Value> {
    json_of(
        prop_oneof![
            any::<i64>().prop_map(Into::into),
            (0..100_000i32).prop_map(|n| (f64::from(n) / 8.0).into())
        ],
        "[^\u{0}]*",
    )
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    json_of(prop_oneof![any::<i64>().prop_map(Into::into), any::<f64>().prop_map(Into::into)], "\\PC*|\u{0}")
}

fn json_of(
    number: impl Strategy<Value = serde_json::Value> + 'static,
    text: &'static str,
) -> impl Strategy<Value = serde_json::Value> {
    let word = prop::sample::select(vec![
        "type",
        "track",
        "event",
        "Order Completed",
        "userId",
        "1",
        "NaN",
        "null",
        "properties",
        "products",
        "price",
        "total",
        "context",
        "traits",
        "email",
        "timestamp",
        "2026-01-01T00:00:00Z",
        "sentAt",
        "294276-01-01",
        "items",
        "ecommerce",
        "value",
        "id",
        "identify",
        "alias",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        number,
        word.clone().prop_map(Into::into),
        text.prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let key = prop_oneof![word.clone().prop_map(str::to_owned), text.prop_map(Into::into)];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(value in any_json()) {
        let _ = read(&value.to_string(), NOON, &NameMap::default());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*|[{}\\[\\]\",:\\\\u0-9a-e.+-]{0,60}") {
        let _ = read(&text, NOON, &NameMap::default());
    }

    #[test]
    fn any_fields_are_read_or_refused(event in any_json(), properties in any_json(), context in any_json(), timestamp in any_json()) {
        for kind in ["track", "identify", "alias", "page"] {
            let text = serde_json::json!({"type": kind, "userId": "1", "event": event, "properties": properties, "traits": properties,
                "context": context, "timestamp": timestamp}).to_string();
            let _ = read(&text, NOON, &NameMap::default());
            let order = serde_json::json!({"type": kind, "userId": "1", "event": "Order Completed", "properties": properties});
            let _ = read(&order.to_string(), NOON, &NameMap::default());
        }
    }
}

/// What names the sender, in words.
fn ids(event: &Event) -> String {
    let Ids { user_id, anonymous_id, previous_id, traits, context_traits, external_ids } = &event.ids;
    let others = [traits, context_traits, external_ids].map(|value| value.map(|v| v.compact().unwrap()));
    format!("{:?} {others:?}", [user_id, anonymous_id, previous_id])
}

/// What a message comes to, in words.
fn outcome(event: &Result<Event>) -> String {
    match event {
        Ok(event) => {
            let context = event.context.map(|c| c.compact().unwrap());
            let mut rest: Vec<String> = event
                .extra
                .iter()
                .map(|(key, value)| format!("{key}={}", value.compact().unwrap()))
                .collect();
            rest.sort();
            format!(
                "{} {:?} {:?} {} {:?} {:?} {} {context:?} {rest:?} {:?}",
                event.name,
                event.action,
                event.channel,
                event.timestamp,
                ids(event),
                event.kind,
                properties(event),
                event.details
            )
        }
        Err(error) => error.to_string(),
    }
}

/// Keys in Postgres' order, so that members come in the same one.
fn sorted(json: serde_json::Value) -> serde_json::Value {
    match json {
        serde_json::Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by_key(|(key, _)| (key.len(), key.clone()));
            serde_json::Value::Object(members.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        serde_json::Value::Array(elements) => elements.into_iter().map(sorted).collect(),
        other => other,
    }
}

proptest! {
    #[test]
    fn text_and_jsonb_are_the_same_message(event in plain_json(), properties in plain_json(), context in plain_json(), more in plain_json()) {
        for kind in ["track", "identify", "group", "screen"] {
            let message = sorted(serde_json::json!({"type": kind, "userId": "1", "event": event, "properties": properties, "traits": properties,
                "context": context, "messageId": "m", "more": more}));
            let order = sorted(serde_json::json!({"type": kind, "userId": "1", "event": "Order Completed", "properties": properties, "messageId": "m"}));
            for message in [message, order] {
                let text = message.to_string();
                let binary = encode::jsonb(&text);
                let names = NameMap::new();
                prop_assert_eq!(outcome(&read(&text, NOON, &names)), outcome(&read_jsonb(&binary, None, NOON, &names)));
            }
        }
    }
}

#[test]
fn times_that_no_table_can_hold_are_refused() {
    for field in ["originalTimestamp", "sentAt", "receivedAt", "timestamp"] {
        let text =
            format!(r#"{{"type":"track","event":"Z","userId":"u","{field}":"-009000-01-01T00:00:00Z"}}"#);
        let refused = read(&text, NOON, &NameMap::new()).unwrap_err();
        assert_eq!(refused.code, Code::DatetimeFieldOverflow, "{field}");
        assert!(refused.message.starts_with(field), "{}", refused.message);
    }
}

#[test]
fn the_last_of_equal_keys_counts_as_in_jsonb() {
    let text = r#"{"type":"track","event":"a","event":"b","userId":"u","properties":{"order_id":"o"},"properties":{"order_id":"p"}}"#;
    let event = read(text, NOON, &NameMap::new()).unwrap();
    assert_eq!((&*event.name, &*properties(&event)), ("b", r#"{"order_id":"p"}"#));
}

#[test]
fn fields_that_the_type_has_no_column_for_are_kept() {
    let text =
        r#"{"type":"track","event":"a","userId":"u","name":"n","traits":{"x":1},"channel":"carrier pigeon"}"#;
    let event = read(text, NOON, &NameMap::new()).unwrap();
    assert_eq!(extra(&event), r#"{"name":"n","traits":{"x":1},"channel":"carrier pigeon"}"#);
}
