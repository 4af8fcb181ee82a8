//! Ids that depend on content alone: the same input gives the same id on every machine and in every session.

use uuid::{Builder, Uuid};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// ASCII unit separator: no identifier holds it, so ("a", "bc") and ("ab", "c") never meet.
const SEPARATOR: char = '\u{1f}';

/// The id of an identifier: positive, 63 bits.
pub fn profile_id(kind: &str, value: &str) -> i64 {
    let hash = xxh3_64(format!("{kind}{SEPARATOR}{value}").as_bytes()) & i64::MAX as u64;
    hash.max(1) as i64
}

/// The id of something that belongs to a profile: an event by its message id, an order by its own id.
pub fn uuid_of(profile_id: i64, what: &str, name: &str) -> Uuid {
    let mut bytes = Vec::with_capacity(16 + what.len() + name.len());
    bytes.extend_from_slice(&profile_id.to_be_bytes());
    bytes.extend_from_slice(what.as_bytes());
    bytes.push(SEPARATOR as u8);
    bytes.extend_from_slice(name.as_bytes());
    Builder::from_custom_bytes(xxh3_128(&bytes).to_be_bytes()).into_uuid()
}

/// A name for content that brings none.
pub fn content_name(content: &str) -> String {
    format!("content-{:032x}", xxh3_128(content.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_never_change() {
        assert_eq!(profile_id("user_id", "1"), profile_id("user_id", "1"));
        assert_ne!(profile_id("user_id", "1"), profile_id("anonymous_id", "1"));
        assert!(profile_id("user_id", "") > 0);
        assert_eq!(
            profile_id("user_id", "1"),
            USER_1,
            "ids are stored: they may not change between releases"
        );
    }

    #[test]
    fn parts_of_an_id_do_not_run_into_each_other() {
        assert_ne!(uuid_of(1, "order", "a"), uuid_of(1, "event", "a"));
        assert_ne!(uuid_of(1, "order", "a"), uuid_of(2, "order", "a"));
        assert_eq!(uuid_of(1, "order", "a").get_version_num(), 8);
    }

    const USER_1: i64 = 8389318789788860551;
}
