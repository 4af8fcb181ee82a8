//! `pg_journey_engine`: starts the inference process. The order of the steps matters; each says why.

use std::process::ExitCode;

use pg_journey_core::kernel::Result;
use pg_journey_engine::engine::Engine;
use pg_journey_engine::options::Options;
use pg_journey_engine::runtime::Library;
use pg_journey_engine::{log_line, process, sandbox, server};

fn main() -> ExitCode {
    process::keep_heap_small();
    process::close_inherited_files();
    process::end_on_sigterm();
    process::end_on_faults();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log_line!("{error}");
            if let Some(hint) = error.hint {
                log_line!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let options = Options::parse(std::env::args_os())?;
    process::tie_to_parent();
    // The socket and the library are the last things that need more rights than the sandbox leaves.
    let listener = server::bind(&options.socket)?;
    process::refuse_at_end(&listener);
    let library = Library::load(&options.onnxruntime)?;
    let sandbox = sandbox::enter(&options.model_dirs)?;
    log_line!("{sandbox}");
    // Threads come now, so that each is confined.
    std::thread::spawn(process::end_with_input);
    let runtime = library.start(options.threads)?;
    log_line!(
        "ready on {} with onnx runtime {}, {} threads, {} MB",
        options.socket.display(),
        runtime.version,
        options.threads,
        options.memory_mb
    );
    let engine = Engine::new(options, runtime, sandbox);
    server::serve(&listener, &engine);
    Ok(())
}
