//! The envelope of a message: its fields as slices of the text, in either spelling.

use crate::kernel::json::Text;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

pub type Slot<'a> = Option<&'a RawValue>;

#[derive(Default)]
pub struct Message<'a> {
    pub kind: Slot<'a>,
    pub event: Slot<'a>,
    pub name: Slot<'a>,
    pub user_id: Slot<'a>,
    pub anonymous_id: Slot<'a>,
    pub previous_id: Slot<'a>,
    pub group_id: Slot<'a>,
    pub message_id: Slot<'a>,
    pub channel: Slot<'a>,
    pub timestamp: Slot<'a>,
    pub original_timestamp: Slot<'a>,
    pub sent_at: Slot<'a>,
    pub received_at: Slot<'a>,
    pub properties: Slot<'a>,
    pub traits: Slot<'a>,
    pub context: Slot<'a>,
    /// Everything the spec does not name; kept, so that nothing is lost.
    pub extra: Vec<(Text<'a>, &'a RawValue)>,
}

impl<'a> Message<'a> {
    fn slot(&mut self, key: &str) -> Option<&mut Slot<'a>> {
        Some(match key {
            "type" => &mut self.kind,
            "event" => &mut self.event,
            "name" => &mut self.name,
            "userId" | "user_id" => &mut self.user_id,
            "anonymousId" | "anonymous_id" => &mut self.anonymous_id,
            "previousId" | "previous_id" => &mut self.previous_id,
            "groupId" | "group_id" => &mut self.group_id,
            "messageId" | "message_id" => &mut self.message_id,
            "channel" => &mut self.channel,
            "timestamp" => &mut self.timestamp,
            "originalTimestamp" | "original_timestamp" => &mut self.original_timestamp,
            "sentAt" | "sent_at" => &mut self.sent_at,
            "receivedAt" | "received_at" => &mut self.received_at,
            "properties" => &mut self.properties,
            "traits" => &mut self.traits,
            "context" => &mut self.context,
            _ => return None,
        })
    }
}

impl<'de> Deserialize<'de> for Message<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MessageVisitor;
        impl<'de> Visitor<'de> for MessageVisitor {
            type Value = Message<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a message as an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut message = Message::default();
                while let Some(key) = map.next_key::<Text>()? {
                    let value: &RawValue = map.next_value()?;
                    match message.slot(&key.0) {
                        // The last of equal keys counts, as in jsonb.
                        Some(slot) => *slot = Some(value),
                        None => message.extra.push((key, value)),
                    }
                }
                Ok(message)
            }
        }
        deserializer.deserialize_map(MessageVisitor)
    }
}

/// What of `context` is understood.
#[derive(Default)]
pub struct Context<'a> {
    pub channel: Slot<'a>,
    pub library: Slot<'a>,
    pub app: Slot<'a>,
    pub page: Slot<'a>,
    pub traits: Slot<'a>,
}

impl<'de> Deserialize<'de> for Context<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ContextVisitor;
        impl<'de> Visitor<'de> for ContextVisitor {
            type Value = Context<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a context as an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut context = Context::default();
                while let Some(Text(key)) = map.next_key()? {
                    let slot = match &*key {
                        "channel" => &mut context.channel,
                        "library" => &mut context.library,
                        "app" => &mut context.app,
                        "page" => &mut context.page,
                        "traits" => &mut context.traits,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *slot = Some(map.next_value()?);
                }
                Ok(context)
            }
        }
        deserializer.deserialize_map(ContextVisitor)
    }
}

/// One member of an object, such as `email` of traits or `name` of a library.
pub fn member<'a>(object: &'a str, wanted: &str) -> Option<&'a RawValue> {
    struct Member<'a>(Vec<(Text<'a>, &'a RawValue)>);
    impl<'de> Deserialize<'de> for Member<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct MemberVisitor;
            impl<'de> Visitor<'de> for MemberVisitor {
                type Value = Member<'de>;
                fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                    let mut pairs = Vec::new();
                    while let Some(pair) = map.next_entry()? {
                        pairs.push(pair);
                    }
                    Ok(Member(pairs))
                }
            }
            deserializer.deserialize_map(MemberVisitor)
        }
    }
    let pairs: Member = serde_json::from_str(object).ok()?;
    pairs.0.into_iter().rfind(|(key, _)| key.0 == wanted).map(|(_, value)| value)
}
