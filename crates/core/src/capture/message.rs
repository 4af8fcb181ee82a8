//! The envelope of a message: its fields where they lie in the message, in either spelling.

use crate::kernel::Result;
use crate::kernel::json::Value;
use std::borrow::Cow;

pub type Slot<'a> = Option<Value<'a>>;

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
    pub extra: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Message<'a> {
    pub fn read(value: Value<'a>) -> Result<Self> {
        let mut message = Message::default();
        for member in value.members()? {
            let (key, value) = member?;
            match message.slot(&key) {
                // The last of equal keys counts, as in jsonb.
                Some(slot) => *slot = Some(value),
                None => message.extra.push((key, value)),
            }
        }
        Ok(message)
    }

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

/// What of `context` is understood.
#[derive(Default)]
pub struct Context<'a> {
    pub channel: Slot<'a>,
    pub library: Slot<'a>,
    pub app: Slot<'a>,
    pub page: Slot<'a>,
    pub traits: Slot<'a>,
    pub external_ids: Slot<'a>,
    pub user_agent: Slot<'a>,
    pub ip: Slot<'a>,
}

impl<'a> Context<'a> {
    pub fn read(value: Value<'a>) -> Result<Self> {
        let mut context = Context::default();
        for member in value.members()? {
            let (key, value) = member?;
            let slot = match &*key {
                "channel" => &mut context.channel,
                "library" => &mut context.library,
                "app" => &mut context.app,
                "page" => &mut context.page,
                "traits" => &mut context.traits,
                "externalIds" | "external_ids" => &mut context.external_ids,
                "userAgent" | "user_agent" => &mut context.user_agent,
                "ip" => &mut context.ip,
                _ => continue,
            };
            *slot = Some(value);
        }
        Ok(context)
    }
}
