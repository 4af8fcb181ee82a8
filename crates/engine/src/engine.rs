//! What all connections share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pg_journey_core::models::protocol::{EngineStatus, MAX_FRAME};

use crate::answers::Answers;
use crate::fitting::Fits;
use crate::models::Models;
use crate::options::Options;
use crate::process::private_bytes;
use crate::runtime::Runtime;
use crate::scoring::Scoring;
use crate::server::Quota;

pub struct Engine {
    pub models: Models,
    pub scoring: Scoring,
    pub fits: Fits,
    pub answers: Arc<Answers>,
    pub quota: Arc<Quota>,
    pub connections: AtomicU32,
    options: Options,
    onnxruntime: String,
    sandbox: String,
}

impl Engine {
    pub fn new(options: Options, runtime: Runtime, sandbox: String) -> Arc<Self> {
        let runtime = Arc::new(runtime);
        let scoring = Scoring::new(runtime.clone(), options.memory_bytes());
        Arc::new(Engine {
            onnxruntime: runtime.version.clone(),
            models: Models::new(&options, runtime, scoring.memory()),
            scoring,
            fits: Fits::new(options.threads),
            answers: Arc::default(),
            // Two of the largest messages at a time.
            quota: Quota::new(2 * MAX_FRAME),
            connections: AtomicU32::new(0),
            options,
            sandbox,
        })
    }

    pub fn status(&self) -> EngineStatus {
        let (active, open) = self.models.load();
        let (answers_kept, answers_repeated) = self.answers.count();
        EngineStatus {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").into(),
            onnxruntime: self.onnxruntime.clone(),
            sandbox: self.sandbox.clone(),
            threads: self.options.threads as u32,
            memory_limit_bytes: self.options.memory_bytes(),
            memory_used_bytes: private_bytes(),
            connections: self.connections.load(Ordering::SeqCst),
            active,
            queued: open.saturating_sub(active),
            answers_kept,
            answers_repeated,
            models: self.models.loaded(),
            fits: self.fits.underway(),
        }
    }
}
