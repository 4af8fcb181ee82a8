//! Which tokens the model may write next.

use serde::{Deserialize, Serialize};

/// What decoding is held to, derived from the facts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Steering {}

impl Steering {
    /// Whether `piece` may follow `text` (the answer so far, its forced opening included).
    pub fn allows(&self, _text: &str, _piece: &str) -> bool {
        true
    }

    /// Whether the answer may end here.
    pub fn may_stop(&self, text: &str) -> bool {
        !text.is_empty()
    }
}
