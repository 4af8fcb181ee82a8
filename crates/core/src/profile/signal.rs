//! One event as a profile sees it: straight from a message, or read back from `journey.events`.

use crate::capture::{Action, Channel, Details, Event, Kind};
use crate::kernel::time::Micros;
use crate::kernel::{Code, Error, Result};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq)]
pub struct Signal<'a> {
    pub event_id: Uuid,
    pub timestamp: Micros,
    pub action: Action,
    pub channel: Option<Channel>,
    pub details: Details<'a>,
}

impl<'a> Signal<'a> {
    pub fn of(event: Event<'a>, event_id: Uuid) -> Self {
        Signal {
            event_id,
            timestamp: event.timestamp,
            action: event.action,
            channel: event.channel,
            details: event.details,
        }
    }

    /// From the columns of `journey.events`.
    pub fn stored(
        event_id: Uuid,
        timestamp: Micros,
        kind: &str,
        name: &str,
        channel: Option<&str>,
        properties: &'a str,
    ) -> Result<Self> {
        let kind = Kind::of(kind).ok_or_else(|| {
            Error::new(Code::DataCorrupted, format!("event {event_id} has type \"{kind}\""))
        })?;
        let action = if kind == Kind::Track { Action::of(name).1 } else { Action::Other };
        let details = Details::read(kind, action, properties)?;
        Ok(Signal { event_id, timestamp, action, channel: channel.and_then(Channel::named), details })
    }
}
