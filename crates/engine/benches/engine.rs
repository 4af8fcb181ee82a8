//! Measures a running engine over its socket and prints a JSON line a figure.
//!
//! `cargo bench -p pg_journey_engine --bench engine -- --socket PATH [--text FOLDER]… [--embedding FOLDER]
//! [--batch N]… [--tokens N] [--rounds N] [--texts N]`, where FOLDER is a model's folder with its manifest.json, below a --model-dir
//! of the engine.
//! Each figure is the best round's. Rates per second of processor time hold on a busy machine, too.

use std::path::{Path, PathBuf};
use std::time::Instant;

use pg_journey_core::kernel::Result;
use pg_journey_core::models::protocol::{Answer, Call, Embed, Generate, Generated, ModelFiles, Segment};
use pg_journey_engine::client::{Client, model_in};
use serde_json::json;

/// Longer than the texts that the extension asks for, so that the start of a batch counts little.
const TOKENS: u16 = 64;
const PINGS: usize = 2000;

struct Arguments {
    socket: PathBuf,
    text: Vec<PathBuf>,
    embedding: Option<PathBuf>,
    batches: Vec<u16>,
    tokens: u16,
    rounds: usize,
    texts: usize,
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments = arguments()?;
    ping(&arguments.socket)?;
    for folder in &arguments.text {
        decode(&arguments, folder)?;
    }
    if let Some(folder) = &arguments.embedding {
        embed(&arguments.socket, folder, arguments.texts)?;
    }
    Ok(())
}

fn arguments() -> std::result::Result<Arguments, lexopt::Error> {
    use lexopt::prelude::*;
    let mut arguments = Arguments {
        socket: PathBuf::new(),
        text: Vec::new(),
        embedding: None,
        batches: Vec::new(),
        tokens: TOKENS,
        rounds: 3,
        texts: 10_000,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("socket") => arguments.socket = parser.value()?.into(),
            Long("text") => arguments.text.push(parser.value()?.into()),
            Long("embedding") => arguments.embedding = Some(parser.value()?.into()),
            Long("batch") => arguments.batches.push(parser.value()?.parse()?),
            Long("tokens") => arguments.tokens = parser.value()?.parse()?,
            Long("rounds") => arguments.rounds = parser.value()?.parse()?,
            Long("texts") => arguments.texts = parser.value()?.parse()?,
            // Cargo passes this to every benchmark.
            Long("bench") => {}
            other => return Err(other.unexpected()),
        }
    }
    if arguments.batches.is_empty() {
        arguments.batches = vec![1, 8, 32];
    }
    Ok(arguments)
}

/// Processor time that the engine has used, in seconds.
fn cpu_seconds(client: &mut Client) -> Result<f64> {
    let Answer::Status(status) = client.call(Call::Status)? else { return Ok(f64::NAN) };
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", status.pid)).unwrap_or_default();
    let fields: Vec<f64> = stat
        .split(')')
        .next_back()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse().unwrap_or(f64::NAN))
        .collect();
    // SAFETY: sysconf only reads a constant of the system.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
    Ok(fields.iter().sum::<f64>() / ticks)
}

fn ping(socket: &Path) -> Result<()> {
    let mut client = Client::connect(socket)?;
    let mut times: Vec<f64> = Vec::with_capacity(PINGS);
    for _ in 0..PINGS {
        let began = Instant::now();
        client.call(Call::Ping)?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    println!("{}", json!({"figure": "ping", "p50_ms": times[PINGS / 2], "p99_ms": times[PINGS * 99 / 100]}));
    Ok(())
}

/// Tokens a second while `batch` candidates of one prompt are written; the prompt's own time is apart.
fn decode(arguments: &Arguments, folder: &Path) -> Result<()> {
    let model = model_in(folder)?;
    let mut client = Client::connect(&arguments.socket)?;
    generate(&mut client, &model, 1, arguments.tokens)?;
    for batch in &arguments.batches {
        let (mut best, mut best_cpu, mut prompt) = (0.0f64, 0.0f64, 0.0f64);
        for _ in 0..arguments.rounds {
            let before = cpu_seconds(&mut client)?;
            let g = generate(&mut client, &model, *batch, arguments.tokens)?;
            let cpu = cpu_seconds(&mut client)? - before;
            // The first token of each candidate comes from the prompt's run.
            let tokens: u32 = g.candidates.iter().map(|c| c.tokens - 1).sum();
            let read = f64::from(g.tokens_in - g.tokens_shared) / f64::from(g.prefill_ms) * 1000.0;
            best = best.max(f64::from(tokens) / f64::from(g.decode_ms) * 1000.0);
            best_cpu = best_cpu.max(f64::from(tokens) / cpu);
            prompt = prompt.max(read);
        }
        println!(
            "{}",
            json!({"figure": "decode", "model": model.name, "batch": batch, "tokens_per_s": best,
                "tokens_per_cpu_s": best_cpu, "prompt_tokens_per_s": prompt})
        );
    }
    Ok(())
}

fn generate(client: &mut Client, model: &ModelFiles, batch: u16, tokens: u16) -> Result<Generated> {
    let sentence = "Our spring sale brings you hand-picked shoes, bags and coats at prices you will love. ";
    let call = Generate {
        model: model.clone(),
        prompt: vec![
            Segment::Text(sentence.repeat(10)),
            Segment::Text("Write a long story about a shop by the sea, in detail.".into()),
        ],
        shared_segments: 1,
        opening: String::new(),
        candidates: batch,
        max_tokens: tokens,
        temperature: 0.7,
        top_p: 0.9,
        seed: 1,
        stop: Vec::new(),
        steering: None,
        fresh: true,
    };
    match client.call(Call::Generate(call))? {
        Answer::Generated(generated) => Ok(generated),
        other => Err(pg_journey_core::kernel::Error::invalid(format!("the engine answered {other:?}"))),
    }
}

/// Texts a second for product-like texts of 3 to 40 words.
fn embed(socket: &Path, folder: &Path, count: usize) -> Result<()> {
    let model = model_in(folder)?;
    let mut client = Client::connect(socket)?;
    let words: Vec<&str> =
        "fresh whole grain bread with seeds organic milk from happy cows strong coffee beans and soft cotton towels"
            .split(' ')
            .collect();
    let text = |i: usize| -> String {
        (0..3 + i * 7919 % 38).map(|j| words[(i * 31 + j * 17) % words.len()]).collect::<Vec<_>>().join(" ")
    };
    let texts: Vec<String> = (0..count).map(text).collect();
    client.call(Call::Embed(Embed { model: model.clone(), texts: texts[..count.min(64)].to_vec() }))?;
    let (began, before) = (Instant::now(), cpu_seconds(&mut client)?);
    client.call(Call::Embed(Embed { model: model.clone(), texts }))?;
    let rate = count as f64 / began.elapsed().as_secs_f64();
    let rate_cpu = count as f64 / (cpu_seconds(&mut client)? - before);
    println!(
        "{}",
        json!({"figure": "embed", "model": model.name, "texts": count, "texts_per_s": rate,
            "texts_per_cpu_s": rate_cpu})
    );
    Ok(())
}
