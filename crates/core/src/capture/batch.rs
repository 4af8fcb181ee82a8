//! A batch as Segment's and RudderStack's libraries send it: an array of messages, or an object with the array in it.

use crate::kernel::jsonb::{self, Value};
use crate::kernel::{Error, Result, json};

/// What the batch says for all its messages; a message's own counts first. In both spellings.
const SHARED: [&str; 3] = ["sentAt", "sent_at", "context"];

/// Each message as a jsonb value of its own.
pub fn messages_of_batch(batch: &[u8]) -> Result<Vec<Vec<u8>>> {
    let batch = Value::of(batch)?;
    let (messages, shared) = match batch {
        Value::Array(messages) => (messages, Vec::new()),
        Value::Object(object) => {
            let members: Vec<(&str, Value)> = object.members()?.collect::<Result<_>>()?;
            let messages = members.iter().find_map(|(key, value)| match value {
                Value::Array(messages) if *key == "batch" => Some(*messages),
                _ => None,
            });
            let shared = members.into_iter().filter(|(key, _)| SHARED.contains(key)).collect();
            (messages.ok_or_else(|| no_batch(batch))?, shared)
        }
        _ => return Err(no_batch(batch)),
    };
    messages.elements()?.map(|message| with_shared(message?, &shared)).collect()
}

fn with_shared(message: Value, shared: &[(&str, Value)]) -> Result<Vec<u8>> {
    let Value::Object(object) = message else { return Ok(jsonb::root(message)) };
    if shared.is_empty() {
        return Ok(object.bytes.to_vec());
    }
    let mut members: Vec<(&str, Value)> = object.members()?.collect::<Result<_>>()?;
    let missing: Vec<_> =
        shared.iter().filter(|(key, _)| !members.iter().any(|(own, _)| own == key)).copied().collect();
    members.extend(missing);
    Ok(jsonb::object(members))
}

fn no_batch(value: Value) -> Error {
    Error {
        message: json::wrong_type("events", json::Value::Binary(value), "").message,
        ..Error::invalid("")
    }
    .hint("Send an array of Segment messages, or {\"batch\": […]}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::jsonb::encode::jsonb;

    fn messages(batch: &str) -> Vec<String> {
        let messages = messages_of_batch(&jsonb(batch)).unwrap();
        messages.iter().map(|m| json::Value::Binary(Value::of(m).unwrap()).compact().unwrap()).collect()
    }

    #[test]
    fn what_a_batch_says_counts_for_its_messages() {
        assert_eq!(messages(r#"[{"a":1},"x",[2]]"#), [r#"{"a":1}"#, r#""x""#, "[2]"]);
        assert_eq!(
            messages(
                r#"{"sentAt":"t","batch":[{"a":1},{"sentAt":"own"}],"context":{"ip":"::1"},"writeKey":"k"}"#
            ),
            [r#"{"a":1,"sentAt":"t","context":{"ip":"::1"}}"#, r#"{"sentAt":"own","context":{"ip":"::1"}}"#]
        );
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        for bad in ["{\"type\":\"page\"}", "7", "null", "{\"batch\":{}}"] {
            let error = messages_of_batch(&jsonb(bad)).unwrap_err();
            assert_eq!(error.message, format!("events is {bad}"));
        }
    }
}
