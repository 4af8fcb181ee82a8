//! The models in memory: a thread each, loaded when first asked for, ended when their memory is needed.

mod budget;
mod entry;
mod loading;

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Answer, Graph, LoadedModel, ModelFile, ModelFiles};

use crate::files::ModelFolders;
use crate::log_line;
use crate::manifest::Manifest;
use crate::onnx::{CheckedGraph, graph_file};
use crate::options::Options;
use crate::request::{Job, Open, Ticket};
use crate::runtime::Runtime;
use crate::stats::Stats;
use entry::Entry;
use serde_json::json;

/// Requests that a model's channel holds, beside those its thread has taken out.
const CHANNEL: usize = 768;

/// Models to be inspected one after the other.
const INSPECTIONS: usize = 64;

/// A model is what its files and its manifest are: under another name it is the same one.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    files: Vec<ModelFile>,
    manifest: String,
}

pub struct Models {
    shared: Arc<Shared>,
    inspector: SyncSender<(Look, Ticket)>,
}

/// What may be looked at without being loaded.
pub enum Look {
    Model(ModelFiles),
    Graph(Graph),
    /// A graph's file below one of the folders.
    Read(String),
}

struct Shared {
    runtime: Arc<Runtime>,
    folders: ModelFolders,
    memory: u64,
    /// What small models take of it.
    scoring: Arc<AtomicU64>,
    max_batch: usize,
    entries: Mutex<HashMap<Key, Entry>>,
    /// Held while a model is loaded: two at once would both count on the same free memory.
    loading: Mutex<()>,
}

impl Models {
    pub fn new(options: &Options, runtime: Arc<Runtime>, scoring: Arc<AtomicU64>) -> Self {
        let shared = Arc::new(Shared {
            runtime,
            folders: ModelFolders::new(&options.model_dirs),
            memory: options.memory_bytes(),
            scoring,
            max_batch: options.max_batch,
            entries: Mutex::default(),
            loading: Mutex::default(),
        });
        let (inspector, inspections) = sync_channel(INSPECTIONS);
        let inspecting = shared.clone();
        spawn("inspect", move || inspecting.inspect_all(&inspections));
        Models { shared, inspector }
    }

    /// Hands a job to its model, which is loaded first if it is not in memory.
    pub fn submit(&self, model: &ModelFiles, mut job: Job) {
        let mut entries = self.shared.entries();
        let key = Key { files: model.files.clone(), manifest: model.manifest.clone() };
        // A thread that has died is replaced once.
        for _ in 0..2 {
            let entry = entries.entry(key.clone()).or_insert_with(|| self.shared.start(&key, model));
            entry.touch();
            job.ticket().count(Open::new(entry.stats.clone()));
            match entry.jobs.try_send(job) {
                Ok(()) => return,
                Err(TrySendError::Full(job)) => return job.into_ticket().answer(Err(busy(model))),
                Err(TrySendError::Disconnected(returned)) => job = returned,
            }
            entries.remove(&key);
        }
    }

    /// Describes a model without loading it.
    pub fn look(&self, look: Look, ticket: Ticket) {
        if let Err(TrySendError::Full((_, ticket)) | TrySendError::Disconnected((_, ticket))) =
            self.inspector.try_send((look, ticket))
        {
            ticket.answer(Err(Error::new(
                Code::ProgramLimitExceeded,
                "more models wait to be inspected than the engine takes",
            )
            .hint("Try again, or run fewer at a time.")));
        }
    }

    /// Requests being worked on, and all that are open.
    pub fn load(&self) -> (u32, u32) {
        let entries = self.shared.entries();
        let sum = |counter: fn(&Entry) -> u64| entries.values().map(counter).sum::<u64>() as u32;
        (sum(|entry| Stats::get(&entry.stats.active)), sum(|entry| Stats::get(&entry.stats.open)))
    }

    pub fn loaded(&self) -> Vec<LoadedModel> {
        let mut models: Vec<LoadedModel> =
            self.shared.entries().values().filter_map(Entry::describe).collect();
        models.sort_by(|a, b| a.name.cmp(&b.name));
        models
    }
}

impl Shared {
    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(self: &Arc<Self>, key: &Key, model: &ModelFiles) -> Entry {
        let (jobs, received) = sync_channel(CHANNEL);
        let stats = Arc::new(Stats::default());
        let footprint = Arc::new(entry::Footprint::default());
        let thread = {
            let (shared, key, model) = (self.clone(), key.clone(), model.clone());
            let (stats, footprint) = (stats.clone(), footprint.clone());
            spawn("model", move || shared.run(&key, &model, &received, stats, &footprint))
        };
        Entry::new(model.name.clone(), jobs, stats, footprint, thread)
    }

    /// A model's thread: loads it and works until it is ended.
    fn run(
        self: &Arc<Self>,
        key: &Key,
        model: &ModelFiles,
        jobs: &Receiver<Job>,
        stats: Arc<Stats>,
        footprint: &entry::Footprint,
    ) {
        match self.load(model, &stats, footprint) {
            Ok(loaded) => {
                log_line!(
                    "model {} is loaded: {} MB in {:.0} ms",
                    model.name,
                    footprint.weights() >> 20,
                    footprint.load_ms()
                );
                loaded.run(jobs);
                log_line!("model {} is unloaded", model.name);
            }
            Err(error) => {
                log_line!("model {} is not loaded: {error}", model.name);
                // Taken out first: who asks from now on starts afresh, and nobody is left unanswered.
                let taken_out = self.entries().remove(key);
                while let Ok(job) = jobs.try_recv() {
                    job.into_ticket().answer(Err(error.clone()));
                }
                drop(taken_out);
            }
        }
    }

    fn inspect_all(&self, inspections: &Receiver<(Look, Ticket)>) {
        while let Ok((look, ticket)) = inspections.recv() {
            ticket.answer(match look {
                Look::Model(model) => self.inspect(&model).map(Answer::Inspected),
                Look::Graph(graph) => CheckedGraph::alone(&graph.content, &graph.name)
                    .map(|graph| Answer::Inspected(graph.describe().to_string())),
                Look::Read(path) => self.folders.graph(&path).map(Answer::Content),
            });
        }
    }

    /// Checks what is named and fills in what is not: the files, or the manifest, of a model that is being registered.
    fn inspect(&self, model: &ModelFiles) -> Result<String> {
        let mut model = model.clone();
        let folder = self.folders.locate(&model)?;
        if model.files.is_empty() {
            model.files = self.folders.list(&folder, &model)?;
        }
        let graph = graph_file(&model)?;
        for file in model.files.iter().filter(|file| *file != graph) {
            self.folders.verify(&folder, &model, file)?;
        }
        if !model.manifest.is_empty() {
            Manifest::read(&model)?;
        }
        let graph = CheckedGraph::parse(&self.folders.read(&folder, &model, graph)?, &model)?;
        let mut description = graph.describe();
        description["files"] = json!(model.files);
        description["manifest"] = json!(self.folders.manifest(&folder));
        Ok(description.to_string())
    }
}

/// Runs `work` on a thread of its own; None if the system gives none, which drops the work and what waits for it.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Option<std::thread::JoinHandle<()>> {
    let spawned = std::thread::Builder::new().name(name.into()).spawn(work);
    spawned.map_err(|e| log_line!("no thread for {name}: {e}")).ok()
}

fn busy(model: &ModelFiles) -> Error {
    Error::new(
        Code::ProgramLimitExceeded,
        format!("more requests wait for model \"{}\" than the engine takes", model.name),
    )
    .hint("Try again, or run fewer at a time.")
}
