//! A plain client that waits for its answers, for tests and measurements. Postgres' backends have their own, which
//! waits on the latch too.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{
    Answer, Call, Hello, ModelFile, ModelFiles, Reply, Request, VERSION, body_length, decode, encode,
};
use serde::Deserialize;

pub struct Client {
    stream: UnixStream,
    last_id: u64,
}

impl Client {
    pub fn connect(socket: &Path) -> Result<Self> {
        let mut stream = UnixStream::connect(socket).map_err(broken)?;
        stream.write_all(&encode(&Hello { version: VERSION })?).map_err(broken)?;
        Ok(Client { stream, last_id: 0 })
    }

    pub fn send(&mut self, call: Call) -> Result<u64> {
        self.last_id += 1;
        let frame = encode(&Request { id: self.last_id, call })?;
        self.stream.write_all(&frame).map_err(broken)?;
        Ok(self.last_id)
    }

    pub fn receive(&mut self) -> Result<Reply> {
        let mut head = [0u8; 4];
        self.stream.read_exact(&mut head).map_err(broken)?;
        let mut body = vec![0u8; body_length(head)?];
        self.stream.read_exact(&mut body).map_err(broken)?;
        decode(&body)
    }

    pub fn call(&mut self, call: Call) -> Result<Answer> {
        self.send(call)?;
        self.receive()?.result
    }

    pub fn stream(&mut self) -> &mut UnixStream {
        &mut self.stream
    }
}

/// A model as its folder describes it: `<folder>/manifest.json` names the files.
pub fn model_in(folder: &Path) -> Result<ModelFiles> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
        files: Vec<ModelFile>,
    }
    let path = folder.join("manifest.json");
    let unreadable = |e: &dyn std::fmt::Display| {
        Error::new(Code::UndefinedFile, format!("manifest \"{}\" cannot be read: {e}", path.display()))
    };
    let manifest = std::fs::read_to_string(&path).map_err(|e| unreadable(&e))?;
    let named: Named = serde_json::from_str(&manifest).map_err(|e| unreadable(&e))?;
    let directory = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(ModelFiles { name: named.name, directory, files: named.files, manifest })
}

fn broken(reason: std::io::Error) -> Error {
    Error::new(Code::ConnectionFailure, format!("the engine's connection broke: {reason}"))
}
