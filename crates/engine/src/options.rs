//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use pg_journey_core::kernel::{Code, Error, Result};

pub const USAGE: &str = "usage: pg_journey_engine --socket PATH --onnxruntime FILE [--model-dir FOLDER]… \
[--threads N] [--memory-mb N] [--max-batch N]";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub socket: PathBuf,
    pub onnxruntime: PathBuf,
    pub model_dirs: Vec<PathBuf>,
    /// Threads that compute, over all models.
    pub threads: usize,
    /// What weights, attention state and kept prefixes may take together.
    pub memory_mb: usize,
    /// Texts that one model writes at the same time.
    pub max_batch: usize,
}

impl Options {
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self> {
        use lexopt::prelude::*;
        let mut options = Options {
            socket: PathBuf::new(),
            onnxruntime: PathBuf::new(),
            model_dirs: Vec::new(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mb: 4096,
            max_batch: 32,
        };
        let mut parser = lexopt::Parser::from_iter(arguments);
        while let Some(argument) = parser.next().map_err(unusable)? {
            match argument {
                Long("socket") => options.socket = parser.value().map_err(unusable)?.into(),
                Long("onnxruntime") => options.onnxruntime = parser.value().map_err(unusable)?.into(),
                Long("model-dir") => options.model_dirs.push(parser.value().map_err(unusable)?.into()),
                Long("threads") => options.threads = number(&mut parser)?,
                Long("memory-mb") => options.memory_mb = number(&mut parser)?,
                Long("max-batch") => options.max_batch = number(&mut parser)?,
                other => return Err(unusable(other.unexpected())),
            }
        }
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<()> {
        for (name, path) in [("--socket", &self.socket), ("--onnxruntime", &self.onnxruntime)] {
            if path.as_os_str().is_empty() {
                return Err(unusable(format!("{name} is missing")));
            }
        }
        check_range("--threads", self.threads, 1, 1024)?;
        check_range("--memory-mb", self.memory_mb, 64, 16 << 20)?;
        check_range("--max-batch", self.max_batch, 1, 1024)
    }

    pub fn memory_bytes(&self) -> u64 {
        (self.memory_mb as u64) << 20
    }
}

fn number(parser: &mut lexopt::Parser) -> Result<usize> {
    use lexopt::ValueExt;
    parser.value().and_then(|value| value.parse()).map_err(unusable)
}

fn check_range(name: &str, value: usize, low: usize, high: usize) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(unusable(format!("{name} {value} is outside {low} to {high}")))
}

fn unusable(reason: impl std::fmt::Display) -> Error {
    Error::new(Code::InvalidParameterValue, reason.to_string()).hint(USAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn every_option_is_read() {
        let options = parse(
            "engine --socket s --onnxruntime o --model-dir a --model-dir b --threads 3 --memory-mb 512 --max-batch 8",
        )
        .unwrap();
        assert_eq!(options.model_dirs, [PathBuf::from("a"), PathBuf::from("b")]);
        assert_eq!((options.threads, options.memory_mb, options.max_batch), (3, 512, 8));
    }

    #[test]
    fn what_is_missing_or_out_of_range_is_named() {
        assert!(parse("engine --socket s").unwrap_err().message.contains("--onnxruntime"));
        assert!(
            parse("engine --socket s --onnxruntime o --threads 0")
                .unwrap_err()
                .message
                .contains("--threads 0")
        );
        assert!(parse("engine --sockets s").is_err());
    }
}
