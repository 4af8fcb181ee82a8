//! Room for a model: what its weights and its state may take, and which models leave for it.

use std::sync::atomic::Ordering::Relaxed;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::ModelFiles;

use super::entry::{Entry, Footprint};
use super::{Key, Shared};
use crate::log_line;
use crate::process::trim;

/// Where ONNX Runtime multiplies, weights take 1.13 times the file's size (measured), otherwise about as much as it.
fn weights_estimate(model: &ModelFiles) -> u64 {
    let bytes: u64 = model.files.iter().map(|file| file.bytes).sum();
    bytes + bytes / 8
}

/// Less memory for attention state than this is not worth loading a model for.
const LEAST_STATE: u64 = 64 << 20;

/// What the process takes without a model: ONNX Runtime itself, threads, buffers.
const BASE: u64 = 64 << 20;

impl Shared {
    /// Promises memory to a model that is about to be loaded, after ending idle ones if that takes.
    pub fn make_room(&self, model: &ModelFiles, footprint: &Footprint) -> Result<u64> {
        let needed = weights_estimate(model) + LEAST_STATE;
        loop {
            let left = self.memory.saturating_sub(BASE + self.promised());
            if needed <= left {
                let weights = weights_estimate(model);
                // The other half stays for the next model.
                let state = LEAST_STATE.max((left - weights) / 2);
                footprint.promise(weights, state);
                return Ok(state);
            }
            let Some(idle) = self.take_idle() else { return Err(self.no_room(model, needed, left)) };
            log_line!("an idle model leaves to make room for {}", model.name);
            idle.end();
            trim();
        }
    }

    fn promised(&self) -> u64 {
        let large: u64 = self.entries().values().map(|entry| entry.footprint.promised()).sum();
        large + self.scoring.load(Relaxed)
    }

    /// The idle model that was not used for longest, taken out so that nobody finds it any more.
    fn take_idle(&self) -> Option<Entry> {
        let mut entries = self.entries();
        let idle = entries.iter().filter(|(_, entry)| entry.is_idle());
        let key: Key = idle.min_by_key(|(_, entry)| entry.last_used())?.0.clone();
        entries.remove(&key)
    }

    fn no_room(&self, model: &ModelFiles, needed: u64, left: u64) -> Error {
        let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
        Error::new(
            Code::OutOfMemory,
            format!(
                "model \"{}\" needs {} MB and the engine has {} of its {} MB left",
                model.name,
                megabytes(needed),
                left >> 20,
                self.memory >> 20
            ),
        )
        .hint("Raise pg_journey.engine_memory, choose a smaller model, or wait until other models are idle.")
    }
}
