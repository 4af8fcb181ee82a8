//! Capture: messages in their tables.
//!
//! In: messages from the inbox or a caller, events that the core read from them. Out: rows of `journey.events`,
//! `journey._messages` and `journey.dead_letters`. It may not know who a person is or what events add up to.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};

use pg_journey_core::capture::{Event, NameMap};
use pg_journey_core::kernel::Error;
use pg_journey_core::kernel::time::Micros;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::spi::{SpiClient, SpiResult};
use uuid::Uuid;

use crate::arrays::{bigints, jsonbs, texts, timestamps, uuids};
use crate::jsonb::Jsonb;
use crate::query;
use crate::statement::{self, micros, timestamp};

/// A message before anybody has looked into it.
pub struct Incoming {
    pub text: String,
    /// The message's `properties`, where it came as jsonb.
    pub properties: Option<Jsonb>,
    pub source: Option<String>,
    pub received_at: Micros,
}

/// An event that is about to be stored.
pub struct Stored<'a> {
    pub profile_id: i64,
    pub event_id: Uuid,
    pub incoming: &'a Incoming,
    pub event: Event<'a>,
}

pub fn names(client: &SpiClient) -> SpiResult<NameMap> {
    let mut names = NameMap::new();
    for row in query::rows(client, include_str!("../sql/queries/event_names.sql"), &[])? {
        let pair = (row.get_by_name("foreign_name")?, row.get_by_name("event")?);
        if let (Some(foreign), Some(own)) = pair {
            names.insert(foreign, own);
        }
    }
    Ok(names)
}

/// Ten thousand messages of the usual kilobyte are a tenth of it.
const MAX_BATCH_BYTES: i64 = 128 << 20;

const START: &str = "(0,0)";

thread_local! {
    /// The page of the inbox where this session's last batch ended. A hint only: at the end everything is looked at again.
    static LAST_PAGE: Cell<u32> = const { Cell::new(0) };
}

/// Takes up to `max` messages out of the inbox, passing over those that another session is taking.
pub fn take(client: &mut SpiClient, max: i64) -> SpiResult<Vec<Incoming>> {
    let from = LAST_PAGE.get();
    let mut taken = take_from(client, max, &format!("({from},0)"))?;
    if from > 0 && (taken.len() as i64) < max {
        LAST_PAGE.set(0);
        taken.extend(take_from(client, max - taken.len() as i64, START)?);
    }
    Ok(taken)
}

fn take_from(client: &mut SpiClient, max: i64, from: &str) -> SpiResult<Vec<Incoming>> {
    let arguments = [max.into(), from.into(), MAX_BATCH_BYTES.into()];
    let rows = statement::run(client, include_str!("../sql/queries/inbox_take.sql"), &arguments)?;
    let mut taken = Vec::with_capacity(rows.len());
    for row in rows {
        let received_at: Option<TimestampWithTimeZone> = row.get_by_name("received_at")?;
        let place: Option<String> = row.get_by_name("ctid")?;
        let page = place.and_then(|p| p.trim_start_matches('(').split(',').next()?.parse().ok());
        LAST_PAGE.set(LAST_PAGE.get().max(page.unwrap_or(0)));
        taken.push(Incoming {
            text: row.get_by_name("text")?.unwrap_or_default(),
            properties: row.get_by_name("properties")?,
            source: row.get_by_name("source")?,
            received_at: received_at.map_or(0, micros),
        });
    }
    Ok(taken)
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
pub fn claim(client: &mut SpiClient, claims: &BTreeSet<(i64, Uuid)>) -> SpiResult<HashSet<Uuid>> {
    let arguments = [bigints(claims.iter().map(|c| c.0)), uuids(claims.iter().map(|c| c.1))];
    let rows = statement::run(client, include_str!("../sql/queries/messages_claim.sql"), &arguments)?;
    let mut new = HashSet::with_capacity(rows.len());
    for row in rows {
        let key: Option<pgrx::Uuid> = row.get_by_name("key")?;
        new.extend(key.map(|k| Uuid::from_bytes(*k.as_bytes())));
    }
    Ok(new)
}

impl Stored<'_> {
    /// `properties` as jsonb: the sender's own where the event took it from there, else read from its text.
    fn properties(&self) -> Option<Cow<'_, Jsonb>> {
        let own = self.incoming.properties.as_ref().filter(|_| self.event.takes_properties());
        own.map(Cow::Borrowed).or_else(|| Jsonb::parse(self.event.properties).map(Cow::Owned))
    }
}

pub fn insert(client: &mut SpiClient, events: &[&Stored]) -> SpiResult<()> {
    let parse = |text: Option<&str>| text.and_then(Jsonb::parse);
    let properties: Vec<_> = events.iter().map(|e| e.properties()).collect();
    let contexts: Vec<_> = events.iter().map(|e| parse(e.event.context)).collect();
    let extras: Vec<_> = events.iter().map(|e| parse(e.event.extra.as_deref())).collect();
    let all = || events.iter();
    let arguments = [
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
        jsonbs(properties.iter().map(|p| p.as_ref().map(|p| p.bytes()))),
        jsonbs(contexts.iter().map(|c| c.as_ref().map(Jsonb::bytes))),
        jsonbs(extras.iter().map(|x| x.as_ref().map(Jsonb::bytes))),
    ];
    statement::run(client, include_str!("../sql/queries/events_insert.sql"), &arguments)?;
    Ok(())
}

pub fn bury(client: &mut SpiClient, dead: &[(&Incoming, &Error)]) -> SpiResult<()> {
    if dead.is_empty() {
        return Ok(());
    }
    let arguments = [
        dead.iter().map(|(m, _)| m.text.as_str()).collect::<Vec<_>>().into(),
        dead.iter().map(|(m, _)| m.source.as_deref()).collect::<Vec<_>>().into(),
        dead.iter().map(|(m, _)| timestamp(m.received_at)).collect::<Vec<_>>().into(),
        dead.iter().map(|(_, e)| e.code.sqlstate()).collect::<Vec<_>>().into(),
        dead.iter().map(|(_, e)| e.message.as_str()).collect::<Vec<_>>().into(),
        dead.iter().map(|(_, e)| e.hint.as_deref()).collect::<Vec<_>>().into(),
    ];
    statement::run(client, include_str!("../sql/queries/dead_letters_add.sql"), &arguments)?;
    Ok(())
}
