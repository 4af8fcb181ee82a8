//! Drawing candidates from the engine, and what becomes of each text.

use pg_journey_core::generation::choose::Judged;
use pg_journey_core::generation::serve::{self, Author, Outcome};
use pg_journey_core::kernel::{Error, Result};
use pg_journey_core::models::protocol::{Answer, Call, Generate, Generated};

use super::Wanted;
use super::judge;
use super::order::{Order, Piece};
use super::store::Written;
use crate::engine;
use crate::models::Model;

/// How many texts are asked for at once: enough to keep the engine's batch full, few enough that an interrupted call
/// throws little away.
const WAVE: usize = 256;

pub type Planned = (Option<String>, i32, Result<Piece>);

/// What the engine gave for a piece so far.
#[derive(Default)]
struct Drawn {
    candidates: Vec<Judged>,
    tokens_in: u32,
    tokens_out: u32,
    ms: f32,
    failure: Option<Error>,
}

pub fn write_all(
    order: &Order,
    wanted: &Wanted,
    planned: Vec<Planned>,
) -> Result<Vec<(Option<String>, Written)>> {
    let mut written = Vec::with_capacity(planned.len());
    let mut planned = planned.into_iter().peekable();
    while planned.peek().is_some() {
        let wave: Vec<Planned> = planned.by_ref().take(WAVE).collect();
        let pieces: Vec<&Piece> = wave.iter().filter_map(|(_, _, piece)| piece.as_ref().ok()).collect();
        let mut drawn = draw(order, wanted, &pieces).into_iter();
        for (customer, variant, piece) in wave {
            let row = match piece {
                Ok(piece) => finish(order, wanted, &piece, drawn.next().unwrap_or_default(), variant),
                Err(failure) => Written::failed(wanted, variant, failure),
            };
            written.push((customer, row));
        }
        pgrx::check_for_interrupts!();
    }
    Ok(written)
}

/// A first draw for all, and a second for those of which nothing passed: most texts need no second one.
fn draw(order: &Order, wanted: &Wanted, pieces: &[&Piece]) -> Vec<Drawn> {
    let mut drawn: Vec<Drawn> = pieces.iter().map(|_| Drawn::default()).collect();
    let Some(model) = &order.model else {
        return drawn;
    };
    let all = order.kind.candidates;
    let first = wanted.options.first_draw.unwrap_or(all.div_ceil(2)).min(all);
    for (round, count) in [(0, first), (1, all - first)].into_iter().filter(|(_, count)| *count > 0) {
        let open: Vec<usize> = (0..pieces.len())
            .filter(|at| drawn[*at].failure.is_none() && serve::wants_more(&drawn[*at].candidates))
            .collect();
        if open.is_empty() {
            break;
        }
        let calls =
            open.iter().map(|at| Call::Generate(request(order, model, pieces[*at], count, round))).collect();
        let answers =
            engine::call_many(calls).unwrap_or_else(|e| open.iter().map(|_| Err(e.clone())).collect());
        for (at, answer) in open.into_iter().zip(answers) {
            take(order, pieces[at], answer, &mut drawn[at]);
        }
    }
    drawn
}

fn request(order: &Order, model: &Model, piece: &Piece, candidates: u16, round: u64) -> Generate {
    Generate {
        model: model.files.clone(),
        prompt: piece.prompt.segments.clone(),
        shared_segments: piece.prompt.shared_segments,
        opening: String::new(),
        candidates,
        max_tokens: order.kind.max_tokens,
        temperature: order.kind.temperature,
        top_p: order.kind.top_p,
        // Far from the seeds of neighbouring variants.
        seed: piece.seed.cast_unsigned().wrapping_add(round << 62),
        stop: vec!["\n".into()],
        steering: Some(piece.steering.clone()),
    }
}

fn take(order: &Order, piece: &Piece, answer: Result<Answer>, drawn: &mut Drawn) {
    let generated = match answer {
        Ok(Answer::Generated(generated)) => generated,
        Ok(_) => {
            drawn.failure = Some(engine::wrong_answer());
            return;
        }
        Err(failure) => {
            drawn.failure = Some(failure);
            return;
        }
    };
    let Generated { candidates, tokens_in, queue_ms, prefill_ms, decode_ms, .. } = generated;
    drawn.tokens_in += tokens_in;
    drawn.ms += queue_ms + prefill_ms + decode_ms;
    for candidate in candidates {
        drawn.tokens_out += candidate.tokens;
        drawn.candidates.push(judge::candidate(order, piece, &candidate));
    }
}

fn finish(order: &Order, wanted: &Wanted, piece: &Piece, drawn: Drawn, variant: i32) -> Written {
    let passed = drawn.candidates.iter().filter(|c| c.passed).count();
    let confidence = (!drawn.candidates.is_empty()).then(|| passed as f32 / drawn.candidates.len() as f32);
    let draft = judge::draft(order, piece);
    let mut told: Vec<_> = drawn.candidates.iter().flat_map(Judged::told).collect();
    let mut row = Written {
        profile_id: piece.profile_id,
        product_id: piece.product_id.clone(),
        theme: serde_json::to_value(piece.theme).ok().and_then(|t| Some(t.as_str()?.to_owned())),
        draft: Some(piece.draft.clone()),
        prompt: Some(piece.prompt.text()),
        prompt_version: Some(order.prompt.version),
        facts: serde_json::to_value(&piece.facts).unwrap_or_default(),
        guardrails: guardrails(order, piece),
        model: order.model.as_ref().map(|m| m.files.name.clone()),
        model_version: order.model.as_ref().map(|m| m.version),
        weights: order.model.as_ref().map(weights),
        confidence,
        candidates: serde_json::to_value(&drawn.candidates).unwrap_or_default(),
        tokens_in: drawn.tokens_in.cast_signed(),
        tokens_out: drawn.tokens_out.cast_signed(),
        ms: drawn.ms,
        seed: piece.seed,
        error: drawn.failure.as_ref().map(ToString::to_string),
        failure: drawn.failure,
        ..Written::empty(wanted, variant)
    };
    if row.failure.is_none() {
        let caution = order.guard.caution(&order.kind.kind);
        match serve::decide(&drawn.candidates, &draft, confidence, &caution) {
            Outcome::Served(Author::Model, text) => {
                row.served("passed", if piece.is_known { "ok" } else { "generic" }, text)
            }
            Outcome::Served(Author::Draft, text) => {
                row.served("template", if piece.is_known { "template" } else { "generic" }, text);
            }
            Outcome::Review(_, text, doubt) => row.doubted(&order.guard.policy.policy, text, doubt),
            Outcome::Refused(by) => row.refused(&by),
        }
        if row.verdict.as_deref() != Some("passed") {
            told.extend(draft.rulings.iter().map(|r| r.verdict(false)));
        }
    }
    row.violations = serde_json::to_value(told).unwrap_or_default();
    row
}

/// What held for this text, so that an edit of it can be judged likewise.
fn guardrails(order: &Order, piece: &Piece) -> serde_json::Value {
    let (guard, subject) = (&order.guard, &piece.subject);
    serde_json::json!({"policy": guard.policy.policy, "subject": subject, "held": guard.set().held(subject)})
}

/// Sha256 of the largest file, which holds the weights.
fn weights(model: &Model) -> String {
    model.files.files.iter().max_by_key(|f| f.bytes).map(|f| f.sha256.clone()).unwrap_or_default()
}
