//! Stage capture: from the JSON text of one message to one [`Event`], or to the error that says why not.
//!
//! In: a message of the Segment spec (track, page, screen, identify, alias, group; camelCase or snake_case), the time it
//! arrived, the names that the shop maps and its rules for bots. Out: an event with checked fields; what it tells a profile is in
//! [`Details`]. It may not know who the person is (stage identity) or what the event adds up to (stage profile).

mod action;
mod batch;
mod bot;
mod channel;
mod commerce;
mod details;
mod event;
mod map;
mod message;

pub use action::Action;
pub use batch::messages_of_batch;
pub use bot::{BotRule, is_bot};
pub use channel::Channel;
pub use commerce::{Commerce, Product};
pub use details::{Details, OrderFacts, Trait};
pub use event::{Event, Ids, Kind, check_text, read, read_jsonb, sent_message_id};
pub use map::{Mapping, NameMap, mapped, sent_event};

/// Segment refuses messages above 32 kB; a megabyte leaves room for carts of thousands of lines.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;
