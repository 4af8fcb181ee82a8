//! Capture: messages in their tables.
//!
//! In: messages from the inbox or a caller, events that the core read from them. Out: rows of `journey.events`,
//! `journey._messages` and `journey.dead_letters`. It may not know who a person is or what events add up to.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};

use pg_journey_core::capture::{self as messages, BotRule, Event, Mapping, NameMap};
use pg_journey_core::kernel::json::Value;
use pg_journey_core::kernel::time::Micros;
use pg_journey_core::kernel::{Error, Result};
use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};
use uuid::Uuid;

use crate::arrays::{bigints, booleans, jsonbs, texts, timestamps, uuids};
use crate::jsonb::{self, Jsonb};
use crate::query;
use crate::statement::{self, timestamp};

/// A message before anybody has looked into it.
pub struct Incoming {
    pub body: Body,
    pub source: Option<String>,
    pub received_at: Micros,
}

pub enum Body {
    /// What may be no valid JSON.
    Text(String),
    Binary(Jsonb),
}

impl Body {
    /// Of a row of the inbox, where one of the two is given, or of nothing. Text stays text only where it is refused.
    pub fn of(payload: Option<Jsonb>, raw: Option<String>) -> Body {
        let raw = raw.unwrap_or_default();
        let parsed = payload.or_else(|| messages::check_text(&raw).ok().and_then(|()| Jsonb::parse(&raw)));
        parsed.map_or(Body::Text(raw), Body::Binary)
    }

    fn len(&self) -> usize {
        match self {
            Body::Text(text) => text.len(),
            Body::Binary(jsonb) => jsonb.bytes().len(),
        }
    }

    /// The message as it came.
    fn text(&self) -> Cow<'_, str> {
        match self {
            Body::Text(text) => Cow::Borrowed(text),
            Body::Binary(jsonb) => Cow::Owned(jsonb.text()),
        }
    }
}

impl Incoming {
    fn event(&self) -> Option<&str> {
        match &self.body {
            Body::Text(_) => None,
            Body::Binary(jsonb) => messages::sent_event(jsonb.bytes()),
        }
    }

    /// Its messageId, even where it was refused.
    pub fn sent_id(&self) -> Option<String> {
        match &self.body {
            Body::Text(_) => None,
            Body::Binary(jsonb) => messages::sent_message_id(jsonb.bytes()),
        }
    }

    /// The message in the vocabulary understood here, where it came in another one.
    pub fn mapped(&self, names: &NameMap) -> Option<Vec<u8>> {
        match &self.body {
            Body::Text(_) => None,
            // What is wrong with it is told by `read`.
            Body::Binary(jsonb) => messages::mapped(jsonb.bytes(), names).ok().flatten(),
        }
    }

    pub fn read<'a>(&'a self, mapped: Option<&'a [u8]>, names: &NameMap) -> Result<Event<'a>> {
        match &self.body {
            Body::Text(text) => messages::read(text, self.received_at, names),
            Body::Binary(jsonb) => messages::read_jsonb(jsonb.bytes(), mapped, self.received_at, names),
        }
    }
}

/// An event that is about to be stored.
pub struct Stored<'a> {
    pub profile_id: i64,
    pub event_id: Uuid,
    pub incoming: &'a Incoming,
    pub event: Event<'a>,
    pub is_bot: bool,
}

/// What the names of these messages' events stand for.
pub fn names(client: &SpiClient, incoming: &[Incoming]) -> SpiResult<NameMap> {
    let sent: HashSet<&str> = incoming.iter().filter_map(Incoming::event).collect();
    let sent = [texts(sent.iter().map(|name| Some(*name)))];
    let mut names = NameMap::new();
    for row in query::rows(client, include_str!("../sql/queries/event_names.sql"), &sent)? {
        let mapping: &mut Mapping =
            names.entry(row.get_by_name("foreign_name")?.unwrap_or_default()).or_default();
        mapping.event = row.get_by_name("event")?.unwrap_or_default();
        if let Some(properties) = row.get_by_name::<String, _>("properties")? {
            mapping.properties = serde_json::from_str(&properties).unwrap_or_default();
        }
    }
    Ok(names)
}

/// Who is a bot; the rules are read when the first event comes that tells anything of its sender.
#[derive(Default)]
pub struct Bots {
    rules: Option<Vec<BotRule>>,
    /// By user agent and address: in a batch few senders send much.
    known: HashMap<(String, String), bool>,
}

impl Bots {
    pub fn contain(&mut self, client: &SpiClient, event: &Event) -> SpiResult<bool> {
        if event.user_agent.is_none() && event.ip.is_none() {
            return Ok(false);
        }
        let sender = [event.user_agent, event.ip].map(|sign| sign.unwrap_or_default().to_owned());
        let [agent, ip] = sender;
        if let Some(known) = self.known.get(&(agent.clone(), ip.clone())) {
            return Ok(*known);
        }
        let rules = match self.rules.take() {
            Some(rules) => rules,
            None => bot_rules(client)?,
        };
        let is_bot = messages::is_bot(&rules, event.user_agent, event.ip);
        self.rules = Some(rules);
        self.known.insert((agent, ip), is_bot);
        Ok(is_bot)
    }
}

fn bot_rules(client: &SpiClient) -> SpiResult<Vec<BotRule>> {
    let mut rules = Vec::new();
    for row in query::rows(client, include_str!("../sql/queries/bot_rules.sql"), &[])? {
        let (agent, network): (Option<String>, Option<String>) =
            (row.get_by_name("user_agent")?, row.get_by_name("network")?);
        rules.extend(BotRule::of(agent.as_deref(), network.as_deref()));
    }
    Ok(rules)
}

/// Ten thousand messages of the usual kilobyte are a tenth of it.
const MAX_BATCH_BYTES: usize = 128 << 20;

thread_local! {
    /// The page of the inbox where this session's last batch ended. A hint only: at the end everything is looked at again.
    static LAST_PAGE: Cell<u32> = const { Cell::new(0) };
}

/// Takes up to `max` messages out of the inbox, passing over those that another session is taking.
pub fn take(max: usize) -> SpiResult<Vec<Incoming>> {
    let mut taken = Vec::new();
    let mut bytes = 0;
    let mut is_last_round = LAST_PAGE.get() == 0;
    while taken.len() < max && bytes < MAX_BATCH_BYTES {
        let wanted = statement::SLICE.min(max - taken.len());
        let slice = take_slice(wanted, MAX_BATCH_BYTES - bytes)?;
        let is_short = slice.len() < wanted;
        bytes += slice.iter().map(|message| message.body.len()).sum::<usize>();
        taken.extend(slice);
        if is_short && is_last_round {
            break;
        }
        if is_short {
            LAST_PAGE.set(0);
            is_last_round = true;
        }
    }
    Ok(taken)
}

fn take_slice(wanted: usize, bytes: usize) -> SpiResult<Vec<Incoming>> {
    // A connection of its own, whose memory ends with it.
    Spi::connect_mut(|client| {
        let from = format!("({},0)", LAST_PAGE.get());
        let arguments = [(wanted as i64).into(), from.into(), (bytes.div_ceil(1024) as i64).into()];
        let mut rows = statement::rows(client, include_str!("../sql/queries/inbox_take.sql"), &arguments)?;
        let mut taken = Vec::with_capacity(rows.len());
        while let Some(mut row) = rows.next() {
            let payload = row.jsonb().map(|bytes| Jsonb(bytes.to_vec()));
            let body = Body::of(payload, row.text().map(str::to_owned));
            let source = row.text().map(str::to_owned);
            taken.push(Incoming { body, source, received_at: row.time().unwrap_or_default() });
            // They come in the order of their places.
            LAST_PAGE.set(LAST_PAGE.get().max(row.page()));
        }
        Ok(taken)
    })
}

/// Makes the monthly partitions that these times need.
pub fn make_partitions(client: &mut SpiClient, times: impl Iterator<Item = Micros>) -> SpiResult<()> {
    const WEEK: Micros = 7 * pg_journey_core::kernel::time::DAY;
    // One time a week is enough to name every month, and few to send.
    let weeks: BTreeSet<Micros> = times.map(|at| at.div_euclid(WEEK)).collect();
    let times: Vec<_> =
        weeks.iter().flat_map(|w| [timestamp(w * WEEK), timestamp((w + 1) * WEEK - 1)]).collect();
    statement::run(client, include_str!("../sql/queries/partitions_make.sql"), &[times.into()])?;
    Ok(())
}

/// What else takes the lock that `make_partitions` takes: whoever stores events without needing new partitions.
pub fn keep_partitions(client: &mut SpiClient) -> SpiResult<()> {
    statement::run(client, include_str!("../sql/queries/partitions_keep.sql"), &[])?;
    Ok(())
}

/// Claims keys for profiles; returns those that nobody had claimed before. `claims` hold no pair twice.
pub fn claim(claims: &[(i64, Uuid)]) -> SpiResult<HashSet<Uuid>> {
    let mut new = HashSet::with_capacity(claims.len());
    statement::in_slices(claims, |client, slice| {
        let arguments = [bigints(slice.iter().map(|c| c.0)), uuids(slice.iter().map(|c| c.1))];
        let mut rows =
            statement::rows(client, include_str!("../sql/queries/messages_claim.sql"), &arguments)?;
        while let Some(mut row) = rows.next() {
            new.extend(row.uuid());
        }
        Ok(())
    })?;
    Ok(new)
}

pub fn insert(events: &[&Stored]) -> SpiResult<()> {
    statement::in_slices(events, |client, slice| {
        let arguments = columns(slice);
        statement::run(client, include_str!("../sql/queries/events_insert.sql"), &arguments)?;
        Ok(())
    })
}

fn columns<'s>(events: &[&Stored]) -> [DatumWithOid<'s>; 17] {
    let none: [(Cow<str>, Value); 0] = [];
    let properties: Vec<_> = events
        .iter()
        .map(|e| {
            e.event.properties.and_then(jsonb::bytes_of).or_else(|| jsonb::object(&none).map(Cow::Owned))
        })
        .collect();
    let contexts: Vec<_> = events.iter().map(|e| e.event.context.and_then(jsonb::bytes_of)).collect();
    let extras: Vec<_> = events
        .iter()
        .map(|e| Some(&e.event.extra).filter(|extra| !extra.is_empty()).and_then(|x| jsonb::object(x)))
        .collect();
    let all = || events.iter();
    [
        bigints(all().map(|e| e.profile_id)),
        uuids(all().map(|e| e.event_id)),
        timestamps(all().map(|e| Some(e.event.timestamp))),
        timestamps(all().map(|e| Some(e.event.received_at))),
        timestamps(all().map(|e| e.event.sent_at)),
        timestamps(all().map(|e| e.event.original_timestamp)),
        texts(all().map(|e| Some(e.event.kind.name()))),
        texts(all().map(|e| Some(&*e.event.name))),
        texts(all().map(|e| e.event.channel.map(|c| c.name()))),
        texts(all().map(|e| e.event.ids.user_id.as_deref())),
        texts(all().map(|e| e.event.ids.anonymous_id.as_deref())),
        texts(all().map(|e| Some(&*e.event.message_id))),
        texts(all().map(|e| e.incoming.source.as_deref())),
        jsonbs(properties.iter().map(|p| p.as_deref())),
        jsonbs(contexts.iter().map(|c| c.as_deref())),
        jsonbs(extras.iter().map(|x| x.as_deref())),
        booleans(all().map(|e| e.is_bot)),
    ]
}

pub fn bury(client: &mut SpiClient, dead: &[(&Incoming, &Error)]) -> SpiResult<()> {
    if dead.is_empty() {
        return Ok(());
    }
    let texts: Vec<Cow<str>> = dead.iter().map(|(m, _)| m.body.text()).collect();
    let arguments = [
        texts.iter().map(|text| &**text).collect::<Vec<&str>>().into(),
        dead.iter().map(|(m, _)| m.source.as_deref()).collect::<Vec<_>>().into(),
        dead.iter().map(|(m, _)| timestamp(m.received_at)).collect::<Vec<_>>().into(),
        dead.iter().map(|(_, e)| e.code.sqlstate()).collect::<Vec<_>>().into(),
        dead.iter().map(|(_, e)| e.message.as_str()).collect::<Vec<_>>().into(),
        dead.iter().map(|(_, e)| e.hint.as_deref()).collect::<Vec<_>>().into(),
    ];
    statement::run(client, include_str!("../sql/queries/dead_letters_add.sql"), &arguments)?;
    Ok(())
}
