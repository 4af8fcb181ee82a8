//! A running engine with real models, for tests. What a test needs and the machine lacks is said, and the test skipped.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pg_journey_core::kernel::Result;
use pg_journey_core::models::protocol::{
    Answer, Call, EngineStatus, Generate, Generated, ModelFiles, Segment,
};
use pg_journey_engine::client::{Client, model_in};

pub use crate::places::{cache, onnxruntime};

pub const TEXT: &str = "smollm2-135m-instruct";
pub const EMBEDDING: &str = "all-minilm-l6-v2";

/// None, and a line that says so, where the model has not been built.
pub fn model(name: &str) -> Option<ModelFiles> {
    let folder = cache().join("models").join(name);
    let model = model_in(&folder).ok();
    if model.is_none() {
        println!("skipped: no model in {}; run `make models`", folder.display());
    }
    model
}

pub struct Engine {
    process: Child,
    input: Option<ChildStdin>,
    log: Option<ChildStderr>,
    pub folder: PathBuf,
}

/// One engine for the tests that need it neither alone nor ended; it ends with the tests' own process.
pub fn shared() -> Option<&'static Engine> {
    static SHARED: OnceLock<Option<Engine>> = OnceLock::new();
    // The kernel ends an engine with the thread that started it, so that thread stays.
    let start = || {
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let _ = send.send(Engine::start());
            loop {
                std::thread::park();
            }
        });
        receive.recv().unwrap()
    };
    SHARED.get_or_init(start).as_ref()
}

impl Engine {
    pub fn start() -> Option<Engine> {
        Engine::start_with(&cache().join("models"), &[])
    }

    pub fn start_with(models: &Path, more: &[&str]) -> Option<Engine> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let library = onnxruntime()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("pg_journey_engine_{}_{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_pg_journey_engine"))
            .arg("--socket")
            .arg(folder.join("engine.sock"))
            .arg("--onnxruntime")
            .arg(library)
            .arg("--model-dir")
            .arg(models)
            .args(["--threads", "2", "--memory-mb", "2048"])
            .args(more)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, log) = (process.stdin.take(), process.stderr.take());
        let engine = Engine { process, input, log, folder };
        wait_for("the socket", || Client::connect(&engine.socket()).is_ok());
        Some(engine)
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.join("engine.sock")
    }

    pub fn client(&self) -> Client {
        Client::connect(&self.socket()).unwrap()
    }

    pub fn status(&self) -> EngineStatus {
        match self.client().call(Call::Status).unwrap() {
            Answer::Status(status) => status,
            other => unreachable!("{other:?}"),
        }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends standard input, as the launcher's death does.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// The exit code, and what was written to the log.
    pub fn wait(&mut self) -> (Option<i32>, String) {
        let code = self.process.wait().unwrap().code();
        let mut text = String::new();
        self.log.take().unwrap().read_to_string(&mut text).unwrap();
        (code, text)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A chat prompt whose system part other requests share.
pub fn generate(model: &ModelFiles, user: &str) -> Generate {
    let control = |name: &str| Segment::Control(name.into());
    let text = |text: &str| Segment::Text(text.into());
    Generate {
        model: model.clone(),
        prompt: vec![
            control("<|im_start|>"),
            text("system\nYou are a helpful assistant who writes short and friendly texts for a shop."),
            control("<|im_end|>"),
            text("\n"),
            control("<|im_start|>"),
            text(&format!("user\n{user}")),
            control("<|im_end|>"),
            text("\n"),
            control("<|im_start|>"),
            text("assistant\n"),
        ],
        shared_segments: 5,
        opening: String::new(),
        candidates: 1,
        max_tokens: 48,
        temperature: 0.0,
        top_p: 1.0,
        seed: 1,
        stop: Vec::new(),
        steering: None,
        fresh: true,
    }
}

pub fn write(client: &mut Client, call: Generate) -> Result<Generated> {
    match client.call(Call::Generate(call))? {
        Answer::Generated(generated) => Ok(generated),
        other => unreachable!("{other:?}"),
    }
}
