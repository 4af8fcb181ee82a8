//! From a message's text to an event whose every field has been checked.

use super::channel::{Channel, Signs};
use super::message::{Context, Message, Slot};
use super::{Action, Details, MAX_MESSAGE_BYTES, NameMap};
use crate::kernel::json::{self, Value};
use crate::kernel::time::{self, DAY, Micros};
use crate::kernel::{Code, Error, Result, id, jsonb};
use std::borrow::Cow;

/// The six calls of the Segment spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Track,
    Page,
    Screen,
    Identify,
    Alias,
    Group,
}

impl Kind {
    const ALL: [Kind; 6] = [Kind::Track, Kind::Page, Kind::Screen, Kind::Identify, Kind::Alias, Kind::Group];

    pub const fn name(self) -> &'static str {
        match self {
            Kind::Track => "track",
            Kind::Page => "page",
            Kind::Screen => "screen",
            Kind::Identify => "identify",
            Kind::Alias => "alias",
            Kind::Group => "group",
        }
    }

    pub fn of(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What names the sender, as the message says it. Which of them count is decided by the rules of stage identity.
#[derive(Debug, Clone, Default)]
pub struct Ids<'a> {
    pub user_id: Option<Cow<'a, str>>,
    pub anonymous_id: Option<Cow<'a, str>>,
    /// Of an alias: the name the sender had before.
    pub previous_id: Option<Cow<'a, str>>,
    /// Where other identifiers may be: traits of an identify, `context.traits` and `context.externalIds`.
    pub traits: Option<Value<'a>>,
    pub context_traits: Option<Value<'a>>,
    pub external_ids: Option<Value<'a>>,
}

#[derive(Debug, Clone)]
pub struct Event<'a> {
    pub kind: Kind,
    pub name: Cow<'a, str>,
    pub action: Action,
    pub timestamp: Micros,
    pub received_at: Micros,
    pub sent_at: Option<Micros>,
    pub original_timestamp: Option<Micros>,
    pub channel: Option<Channel>,
    pub ids: Ids<'a>,
    pub message_id: Cow<'a, str>,
    /// An object: the traits of identify and group.
    pub properties: Option<Value<'a>>,
    pub context: Option<Value<'a>>,
    /// The fields the spec does not name.
    pub extra: Vec<(Cow<'a, str>, Value<'a>)>,
    pub details: Details<'a>,
    /// What may give a bot away.
    pub user_agent: Option<&'a str>,
    pub ip: Option<&'a str>,
}

/// Names and ids longer than this are data in the wrong place.
const MAX_ID_BYTES: usize = 500;

/// Reads one message as text that arrived at `arrived`.
pub fn read<'a>(text: &'a str, arrived: Micros, names: &NameMap) -> Result<Event<'a>> {
    let value = checked_text(text)?;
    read_value(value, value, arrived, names)
}

/// Reads one message as jsonb; `mapped` is what [`super::mapped`] made of it.
pub fn read_jsonb<'a>(
    bytes: &'a [u8],
    mapped: Option<&'a [u8]>,
    arrived: Micros,
    names: &NameMap,
) -> Result<Event<'a>> {
    let sent = checked_jsonb(bytes)?;
    let meant = mapped.map_or(Ok(sent), |bytes| Ok(Value::Binary(jsonb::Value::of(bytes)?)))?;
    read_value(meant, sent, arrived, names)
}

/// What may be no JSON, or not such as Postgres' jsonb can hold.
pub fn check_text(text: &str) -> Result<()> {
    checked_text(text).map(|_| ())
}

fn checked_text(text: &str) -> Result<Value<'_>> {
    check_size(text.len())?;
    json::check_storable(text)?;
    Value::of_text(text)
}

fn checked_jsonb(bytes: &[u8]) -> Result<Value<'_>> {
    let value = jsonb::Value::of(bytes)?;
    json::check_depth(value)?;
    let value = Value::Binary(value);
    if bytes.len() > MAX_MESSAGE_BYTES {
        // Small numbers are longer than their text.
        check_size(value.compact()?.len())?;
    }
    Ok(value)
}

fn check_size(bytes: usize) -> Result<()> {
    if bytes <= MAX_MESSAGE_BYTES {
        return Ok(());
    }
    Err(Error::new(Code::ProgramLimitExceeded, format!("message of {bytes} bytes")).hint(format!(
        "A message has up to {MAX_MESSAGE_BYTES} bytes; keep documents elsewhere and send their address."
    )))
}

fn envelope(value: Value<'_>) -> Result<Message<'_>> {
    let not_an_object = |e| Error { code: Code::InvalidJson, ..e };
    let object = json::object("message", value).map_err(not_an_object)?;
    let object = object.ok_or_else(|| not_an_object(json::wrong_type("message", value, "an object")))?;
    Message::read(object)
}

/// `sent` is the message before its properties were mapped: a map that changes does not change what it is called.
fn read_value<'a>(value: Value<'a>, sent: Value, arrived: Micros, names: &NameMap) -> Result<Event<'a>> {
    let message = envelope(value)?;
    let sent_context = object("context", message.context)?;
    let context = sent_context.map_or_else(|| Ok(Context::default()), Context::read)?;
    let kind = kind(&message)?;
    let (name, action) = name(kind, &message, names)?;
    let properties = properties(kind, &message, &context)?;
    let times = Times::of(&message, arrived)?;
    let signs = Signs {
        message: word(message.channel),
        context: word(context.channel),
        library: context.library.and_then(|library| word(library.member("name"))),
        is_screen: kind == Kind::Screen,
        has_app: context.app.is_some(),
        has_page: context.page.is_some() || kind == Kind::Page,
    };
    Ok(Event {
        kind,
        action,
        timestamp: times.timestamp,
        received_at: times.received_at,
        sent_at: times.sent_at,
        original_timestamp: times.original_timestamp,
        channel: Channel::of(&name, signs),
        ids: ids(kind, &message, &context)?,
        message_id: message_id(&message, sent, &times)?,
        properties,
        context: sent_context,
        details: Details::of(kind, action, properties)?,
        extra: extra(kind, message),
        user_agent: word(context.user_agent),
        ip: word(context.ip),
        name,
    })
}

fn kind(message: &Message) -> Result<Kind> {
    match field("type", message.kind)? {
        Some(name) => Kind::of(&name).ok_or_else(|| {
            Error::invalid(format!("type \"{name}\" is unknown"))
                .hint("The types are track, page, screen, identify, alias and group.")
        }),
        None if message.event.is_some() => Ok(Kind::Track),
        None => Err(Error::invalid("type is missing")
            .hint("The types are track, page, screen, identify, alias and group.")),
    }
}

fn name<'a>(kind: Kind, message: &Message<'a>, names: &NameMap) -> Result<(Cow<'a, str>, Action)> {
    if kind != Kind::Track {
        let own = if matches!(kind, Kind::Page | Kind::Screen) { field("name", message.name)? } else { None };
        return Ok((own.unwrap_or(Cow::Borrowed(kind.name())), Action::Other));
    }
    let Some(sent) = field("event", message.event)? else {
        return Err(Error::invalid("event is missing")
            .hint("A track message says what happened, such as \"Order Completed\"."));
    };
    let mapped: Cow<str> = names.get(&*sent).map_or(sent, |own| Cow::Owned(own.event.clone()));
    let (spec, action) = Action::of(&mapped);
    Ok((spec.map_or(mapped, Cow::Borrowed), action))
}

/// An identify carries traits, of its own or in its context.
fn properties<'a>(kind: Kind, message: &Message<'a>, context: &Context<'a>) -> Result<Slot<'a>> {
    Ok(match kind {
        Kind::Identify => object("traits", message.traits)?.or(object("context.traits", context.traits)?),
        Kind::Group => object("traits", message.traits)?,
        _ => object("properties", message.properties)?,
    })
}

fn ids<'a>(kind: Kind, message: &Message<'a>, context: &Context<'a>) -> Result<Ids<'a>> {
    Ok(Ids {
        user_id: field("userId", message.user_id)?,
        anonymous_id: field("anonymousId", message.anonymous_id)?,
        previous_id: field("previousId", message.previous_id)?,
        traits: if kind == Kind::Identify { object("traits", message.traits)? } else { None },
        context_traits: context.traits,
        external_ids: context.external_ids,
    })
}

struct Times {
    timestamp: Micros,
    received_at: Micros,
    sent_at: Option<Micros>,
    original_timestamp: Option<Micros>,
    /// Whether the message itself brought a time.
    stated: bool,
}

impl Times {
    /// Segment's rule: receivedAt − (sentAt − originalTimestamp) takes the error of the sender's clock out.
    fn of(message: &Message, arrived: Micros) -> Result<Times> {
        let received_at = moment("receivedAt", message.received_at)?.unwrap_or(arrived);
        let sent_at = moment("sentAt", message.sent_at)?;
        let stated = moment("timestamp", message.timestamp)?;
        let original = moment("originalTimestamp", message.original_timestamp)?;
        let timestamp = match (original, stated, sent_at) {
            // Both: whoever forwarded the message has corrected `timestamp` already.
            (Some(_), Some(corrected), _) => corrected,
            (Some(made), None, Some(sent)) | (None, Some(made), Some(sent)) => {
                received_at.saturating_sub(sent.saturating_sub(made))
            }
            (Some(made), None, None) | (None, Some(made), None) => made,
            (None, None, _) => received_at,
        };
        check_range("receivedAt", received_at, arrived)?;
        check_range("timestamp", timestamp, received_at)?;
        let is_stated = original.or(stated).or(sent_at).is_some();
        Ok(Times {
            timestamp,
            received_at,
            sent_at,
            original_timestamp: original.or(stated),
            stated: is_stated,
        })
    }
}

/// Years 1 to 9999. A sender's clock may be wrong by any time, yet Postgres must be able to store what it said.
const STORABLE: std::ops::Range<Micros> = -62_135_596_800_000_000..253_402_300_800_000_000;

/// From 1970 to a day ahead of the clock that saw it: later ones come from clocks that are wrong.
fn check_range(what: &str, at: Micros, seen: Micros) -> Result<()> {
    if (0..=seen.saturating_add(DAY)).contains(&at) {
        return Ok(());
    }
    Err(out_of_range(what, at))
}

fn out_of_range(what: &str, at: Micros) -> Error {
    Error::new(Code::DatetimeFieldOverflow, format!("{what} {} is out of range", time::format(at)))
        .hint("Times lie between 1970 and a day after the message was received; the sender's clock may be wrong, but not by millennia.")
}

fn moment(what: &str, slot: Slot) -> Result<Option<Micros>> {
    let Some(raw) = slot else { return Ok(None) };
    let text = json::string(what, raw)?;
    let at = text
        .map(|t| time::parse(&t).map_err(|e| Error { message: format!("{what} {}", e.message), ..e }))
        .transpose()?;
    match at {
        Some(at) if !STORABLE.contains(&at) => Err(out_of_range(what, at)),
        at => Ok(at),
    }
}

/// The messageId of a message that may be refused otherwise, to tell its sender which one it was.
pub fn sent_message_id(bytes: &[u8]) -> Option<String> {
    let jsonb::Value::Object(message) = jsonb::Value::of(bytes).ok()? else { return None };
    let sent = ["message_id", "messageId"].into_iter().find_map(|name| message.member(name).ok()?);
    Some(field("messageId", sent.map(Value::Binary)).ok()??.into_owned())
}

/// A message without an id is named by its content; by its arrival, too, where nothing in it tells when it was made.
fn message_id<'a>(message: &Message<'a>, value: Value, times: &Times) -> Result<Cow<'a, str>> {
    if let Some(id) = field("messageId", message.message_id)? {
        return Ok(id);
    }
    let mut content = value.compact()?;
    if !times.stated {
        content.push_str(&times.received_at.to_string());
    }
    Ok(Cow::Owned(id::content_name(&content)))
}

/// What the message brings beyond what its type has a column for; nothing is dropped.
fn extra<'a>(kind: Kind, message: Message<'a>) -> Vec<(Cow<'a, str>, Value<'a>)> {
    let is_about_traits = matches!(kind, Kind::Identify | Kind::Group);
    let names_itself = matches!(kind, Kind::Page | Kind::Screen);
    let is_channel = word(message.channel).is_some_and(|name| Channel::named(name).is_some());
    let beside = [
        ("groupId", message.group_id, false),
        ("previousId", message.previous_id, false),
        ("event", message.event, kind == Kind::Track),
        ("name", message.name, names_itself),
        ("traits", message.traits, is_about_traits),
        ("properties", message.properties, !is_about_traits),
        ("channel", message.channel, is_channel),
    ];
    let mut fields = message.extra;
    let unused = beside.into_iter().filter(|(.., used)| !used);
    fields.extend(unused.filter_map(|(key, slot, _)| Some((Cow::Borrowed(key), slot?))));
    fields
}

/// A short string or number; blank is nothing.
fn field<'a>(what: &str, slot: Slot<'a>) -> Result<Option<Cow<'a, str>>> {
    let Some(raw) = slot else { return Ok(None) };
    let text = json::scalar(what, raw)?.filter(|text| !text.trim().is_empty());
    match text {
        Some(long) if long.len() > MAX_ID_BYTES || long.chars().any(char::is_control) => {
            let shown: String = long.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect();
            Err(Error::invalid(format!("{what} \"{shown}\" is too long or holds control characters"))
                .hint(format!("Up to {MAX_ID_BYTES} bytes of plain text.")))
        }
        other => Ok(other),
    }
}

/// A string without escapes; hints such as a library's name need no more.
fn word(slot: Slot<'_>) -> Option<&str> {
    slot?.word()
}

fn object<'a>(what: &str, slot: Slot<'a>) -> Result<Slot<'a>> {
    slot.map_or(Ok(None), |raw| json::object(what, raw))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
