//! How the process starts, defends itself, and ends.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{EMBEDDING, Engine, TEXT, cache, generate, model, onnxruntime, write};
use pg_journey_core::kernel::{Code, Error};
use pg_journey_core::models::protocol::{
    Answer, Call, Embed, Hello, ModelFiles, Reply, Request, VERSION, body_length, decode, encode,
};
use pg_journey_engine::client::model_in;

#[test]
fn it_ends_with_its_launcher_or_on_sigterm() {
    let Some(mut engine) = Engine::start() else { return };
    engine.close_input();
    let began = Instant::now();
    let (code, log) = engine.wait();
    assert_eq!(code, Some(0), "{log}");
    assert!(began.elapsed() < Duration::from_secs(2));
    assert!(log.lines().all(|line| line.starts_with("pg_journey engine: ")), "{log}");

    let Some(mut engine) = Engine::start() else { return };
    Command::new("kill").arg(engine.pid().to_string()).status().unwrap();
    assert_eq!(engine.wait().0, Some(0));
}

#[test]
fn the_socket_is_private_and_one_engine_has_it() {
    let Some(mut engine) = Engine::start() else { return };
    let mode = std::fs::metadata(engine.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let second = || {
        Command::new(env!("CARGO_BIN_EXE_pg_journey_engine"))
            .arg("--socket")
            .arg(engine.socket())
            .arg("--onnxruntime")
            .arg(onnxruntime().unwrap())
            .output()
            .unwrap()
    };
    let refused = second();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another engine answers"));
    // What a killed engine leaves behind is no obstacle: with standard input at its end, the next one starts and ends.
    Command::new("kill").args(["-9", &engine.pid().to_string()]).status().unwrap();
    let socket = engine.socket();
    engine.wait();
    assert!(socket.exists());
    let next = Command::new(env!("CARGO_BIN_EXE_pg_journey_engine"))
        .arg("--socket")
        .arg(&socket)
        .arg("--onnxruntime")
        .arg(onnxruntime().unwrap())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stderr));
}

#[test]
fn the_sandbox_holds_and_says_so() {
    let Some(engine) = Engine::start() else { return };
    let status = engine.status();
    assert!(status.sandbox.contains("landlock") && status.sandbox.contains("seccomp"), "{}", status.sandbox);
    let process = std::fs::read_to_string(format!("/proc/{}/status", engine.pid())).unwrap();
    if status.sandbox.contains("seccomp holds") {
        assert!(process.lines().any(|line| line == "Seccomp:\t2"), "{process}");
        assert!(process.lines().any(|line| line == "NoNewPrivs:\t1"));
    }
    assert_eq!(status.pid, engine.pid());
    assert!(status.onnxruntime.starts_with("1."));
}

/// Sends bytes as they are and reads until the engine closes.
fn send_raw(engine: &Engine, bytes: &[u8]) -> Option<Error> {
    let mut stream = UnixStream::connect(engine.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the engine closes the connection");
    let head = *answer.first_chunk::<4>()?;
    let reply: Reply = decode(&answer[4..4 + body_length(head).unwrap()]).unwrap();
    assert_eq!(reply.id, 0);
    reply.result.err()
}

#[test]
fn broken_messages_end_the_connection_with_a_reason_and_harm_nobody() {
    let Some(engine) = Engine::start() else { return };
    let hello = encode(&Hello { version: VERSION }).unwrap();
    let with_hello = |bytes: &[u8]| [hello.as_slice(), bytes].concat();
    let ping = |id| encode(&Request { id, call: Call::Ping }).unwrap();
    let broken = [
        encode(&Hello { version: VERSION + 1 }).unwrap(),
        ping(1),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        with_hello(&u32::MAX.to_le_bytes()),
        with_hello(&[3, 0, 0, 0, 255, 255, 255]),
        with_hello(&[0, 0, 0, 0]),
    ];
    for bytes in broken {
        let error = send_raw(&engine, &bytes).unwrap_or_else(|| panic!("no reason for {bytes:?}"));
        assert!(matches!(error.code, Code::ProtocolViolation | Code::ProgramLimitExceeded), "{error:?}");
    }
    // A large frame that never comes costs no memory.
    let mut waiting = engine.client();
    waiting.stream().write_all(&(200u32 << 20).to_le_bytes()).unwrap();
    assert!(engine.status().memory_used_bytes < 200 << 20);
    assert!(matches!(engine.client().call(Call::Ping), Ok(Answer::Pong)));
}

#[test]
fn a_client_that_does_not_read_is_not_waited_for() {
    let (Some(engine), Some(m)) = (Engine::start(), model(EMBEDDING)) else { return };
    let mut deaf = engine.client();
    for _ in 0..32 {
        let texts = vec!["bread".to_string(); 200];
        deaf.send(Call::Embed(Embed { model: m.clone(), texts })).unwrap();
    }
    let texts = vec!["milk".to_string()];
    assert!(engine.client().call(Call::Embed(Embed { model: m, texts })).is_ok());
}

/// A copy of a model's folder that a test may spoil.
fn copied(engine_folder: &Path, name: &str) -> PathBuf {
    let (from, to) = (cache().join("models").join(name), engine_folder.join(name));
    std::fs::create_dir_all(&to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    to
}

fn embed_error(engine: &Engine, model: &ModelFiles) -> Error {
    let call = Call::Embed(Embed { model: model.clone(), texts: vec!["bread".into()] });
    engine.client().call(call).unwrap_err()
}

#[test]
fn spoilt_models_are_refused_by_name_and_work_again_when_mended() {
    let (Some(_), Some(_)) = (onnxruntime(), model(EMBEDDING)) else { return };
    let root = std::env::temp_dir().join(format!("pg_journey_spoilt_{}", std::process::id()));
    let folder = copied(&root, EMBEDDING);
    let m = model_in(&folder).unwrap();
    let engine = Engine::start_with(&root, &[]).unwrap();
    for name in ["model.onnx", "model.onnx.data", "tokenizer.json"] {
        let path = folder.join(name);
        let good = std::fs::read(&path).unwrap();

        std::fs::write(&path, &good[..good.len() / 2]).unwrap();
        let truncated = embed_error(&engine, &m);
        assert_eq!(truncated.code, Code::DataCorrupted);

        let mut flipped = good.clone();
        flipped[good.len() / 2] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        let corrupt = embed_error(&engine, &m);
        assert_eq!(corrupt.code, Code::DataCorrupted);

        std::fs::remove_file(&path).unwrap();
        let missing = embed_error(&engine, &m);
        assert_eq!(missing.code, Code::UndefinedFile);

        for error in [truncated, corrupt, missing] {
            assert!(error.message.contains(name) && error.hint.is_some(), "{error:?}");
        }
        std::fs::write(&path, &good).unwrap();
    }
    let call = Call::Embed(Embed { model: m.clone(), texts: vec!["bread".into()] });
    engine.client().call(call).unwrap();

    let nowhere =
        ModelFiles { directory: "nowhere".into(), name: "nowhere".into(), manifest: "{}".into(), ..m };
    let error = embed_error(&engine, &nowhere);
    assert!(error.hint.is_some(), "{error:?}");
    std::fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_model_is_described_without_being_loaded() {
    let (Some(engine), Some(m)) = (Engine::start(), model(TEXT)) else { return };
    let Answer::Inspected(json) = engine.client().call(Call::Inspect(m)).unwrap() else { unreachable!() };
    let description: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(description["inputs"].as_array().unwrap().iter().any(|input| input["name"] == "input_ids"));
    assert_eq!(description["external_data"], serde_json::json!(["model.onnx.data"]));
    assert!(engine.status().models.is_empty());
}

#[test]
fn idle_models_make_room_and_what_never_fits_is_refused() {
    let (Some(text), Some(embedding)) = (model(TEXT), model(EMBEDDING)) else { return };
    // Room for the text model with its eighth more in memory, for its state and the engine itself, and hardly more.
    let bytes: u64 = text.files.iter().map(|file| file.bytes).sum();
    let room = ((bytes + bytes / 8) >> 20) + 64 + 64 + 8;
    let Some(engine) = Engine::start_with(&cache().join("models"), &["--memory-mb", &room.to_string()])
    else {
        return;
    };
    let mut client = engine.client();
    write(&mut client, generate(&text, "Hello")).unwrap();
    client.call(Call::Embed(Embed { model: embedding, texts: vec!["bread".into()] })).unwrap();
    let names: Vec<String> = engine.status().models.into_iter().map(|model| model.name).collect();
    assert_eq!(names, [EMBEDDING]);
    write(&mut client, generate(&text, "Hello")).unwrap();

    let Some(small) = Engine::start_with(&cache().join("models"), &["--memory-mb", "128"]) else { return };
    let error = write(&mut small.client(), generate(&text, "Hello")).unwrap_err();
    assert_eq!(error.code, Code::OutOfMemory);
    assert!(error.message.contains(TEXT) && error.hint.unwrap().contains("engine_memory"));
}
