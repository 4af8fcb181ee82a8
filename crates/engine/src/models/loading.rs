//! From files to a model that works: verified, checked, given memory, loaded.

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use ort::session::Session;
use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{ModelFile, ModelFiles};

use super::Shared;
use super::entry::Footprint;
use crate::embedding::{Embedder, TextTokenizer};
use crate::manifest::{Layout, Manifest};
use crate::onnx::{CheckedGraph, graph_file};
use crate::process::{forget_pages, private_bytes, trim};
use crate::request::Job;
use crate::stats::Stats;
use crate::text::{PastKv, Scheduler, SharedKv, Vocabulary};

const TOKENIZER: &str = "tokenizer.json";

/// Files above this size are verified while ONNX Runtime reads them: they hold weights, which are only numbers.
const LARGE: u64 = 64 << 20;

pub enum Loaded {
    SharedKv(Box<Scheduler<SharedKv>>),
    PastKv(Box<Scheduler<PastKv>>),
    Sentence(Box<Embedder>),
}

impl Loaded {
    pub fn run(self, jobs: &Receiver<Job>) {
        match self {
            Loaded::SharedKv(scheduler) => scheduler.run(jobs),
            Loaded::PastKv(scheduler) => scheduler.run(jobs),
            Loaded::Sentence(embedder) => embedder.run(jobs),
        }
    }
}

impl Shared {
    pub fn load(&self, model: &ModelFiles, stats: &Arc<Stats>, footprint: &Footprint) -> Result<Loaded> {
        let _one_at_a_time = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, before) = (Instant::now(), private_bytes());
        let manifest = Manifest::read(model)?;
        let folder = self.folders.locate(model)?;
        let graph = self.check_small_files(&folder, model)?;
        let state = self.make_room(model, footprint)?;
        let session = self.open(&folder, model, &graph)?;
        drop(graph);
        let loaded = self.assemble(session, &manifest, &folder, model, stats, state)?;
        model.files.iter().for_each(|file| forget_pages(&folder.join(&file.name)));
        trim();
        footprint.loaded(private_bytes().saturating_sub(before), began.elapsed());
        Ok(loaded)
    }

    /// What is parsed must be right before it is parsed. Gives what the graph's file held when it was checked.
    fn check_small_files(&self, folder: &Path, model: &ModelFiles) -> Result<Vec<u8>> {
        if !model.files.iter().any(|file| file.name == TOKENIZER) {
            return Err(Error::invalid(format!("model \"{}\" has no file \"{TOKENIZER}\"", model.name))
                .hint("Register the tokenizer.json that belongs to the model with it."));
        }
        let graph = graph_file(model)?;
        for file in model.files.iter().filter(|file| *file != graph && !is_large(file)) {
            self.folders.verify(folder, model, file)?;
        }
        let content = self.folders.read(folder, model, graph)?;
        CheckedGraph::parse(&content, model)?;
        Ok(content)
    }

    /// Loads the graph while the other processor reads the weights to verify them.
    fn open(&self, folder: &Path, model: &ModelFiles, graph: &[u8]) -> Result<Session> {
        let file = graph_file(model)?;
        std::thread::scope(|scope| {
            let verified = scope.spawn(|| {
                model
                    .files
                    .iter()
                    .filter(|other| *other != file && is_large(other))
                    .try_for_each(|other| self.folders.verify(folder, model, other))
            });
            let session = self.runtime.session(graph, &folder.join(&file.name));
            verified.join().unwrap_or_else(|_| Err(died()))?;
            session
        })
    }

    fn assemble(
        &self,
        session: Session,
        manifest: &Manifest,
        folder: &Path,
        model: &ModelFiles,
        stats: &Arc<Stats>,
        state: u64,
    ) -> Result<Loaded> {
        let (runtime, stats) = (self.runtime.clone(), stats.clone());
        let tokenizer = folder.join(TOKENIZER);
        match manifest.layout {
            Layout::SharedKv => {
                let a = manifest.architecture(model)?;
                let vocabulary = Vocabulary::load(&tokenizer, a.vocabulary, &manifest.end_tokens)?;
                let decoder = SharedKv::new(session, a, manifest.context_length, self.max_batch)?;
                let scheduler = Scheduler::new(decoder, vocabulary, runtime, stats, state as usize);
                Ok(Loaded::SharedKv(Box::new(scheduler)))
            }
            Layout::PastKv => {
                let a = manifest.architecture(model)?;
                let vocabulary = Vocabulary::load(&tokenizer, a.vocabulary, &manifest.end_tokens)?;
                let decoder = PastKv::new(session, a, manifest.context_length, self.max_batch)?;
                let scheduler = Scheduler::new(decoder, vocabulary, runtime, stats, state as usize);
                Ok(Loaded::PastKv(Box::new(scheduler)))
            }
            Layout::Sentence => {
                let size = manifest.embedding(model)?;
                let tokenizer = TextTokenizer::load(&tokenizer, size.max_tokens)?;
                Ok(Loaded::Sentence(Box::new(Embedder::new(session, tokenizer, size, runtime, stats)?)))
            }
        }
    }
}

fn is_large(file: &ModelFile) -> bool {
    file.bytes > LARGE
}

fn died() -> Error {
    Error::new(Code::SystemError, "a thread that verifies files has died").hint("Look into the server's log.")
}
