//! Drawing candidates from the engine, and what becomes of each text.

use pg_journey_core::generation::choose::Judged;
use pg_journey_core::generation::facts::Facts;
use pg_journey_core::generation::guardrails::Subject;
use pg_journey_core::generation::prompt::Built;
use pg_journey_core::generation::serve::{self, Draft, Outcome};
use pg_journey_core::generation::whole;
use pg_journey_core::kernel::{Error, Result};
use pg_journey_core::models::protocol::{Answer, Call, Generate, Generated};

use super::Wanted;
use super::judge;
use super::order::{Order, Piece};
use super::parts::Found;
use super::store::{Settling, Written};
use crate::engine;
use crate::models::Model;

/// How many texts are asked for at once: enough to keep the engine's batch full, few enough that an interrupted call
/// throws little away.
const WAVE: usize = 256;

/// A text of one part, with all that its row tells but what becomes of it.
pub struct Finished {
    pub row: Written,
    /// Nothing where it failed.
    pub done: Option<Done>,
}

pub struct Done {
    pub outcome: Outcome,
    pub draft: Draft,
    pub facts: Facts,
    pub subject: Subject,
    pub is_known: bool,
}

/// What the engine gave for a piece so far.
#[derive(Default)]
struct Drawn {
    candidates: Vec<Judged>,
    tokens_in: u32,
    tokens_out: u32,
    ms: f32,
    failure: Option<Error>,
}

pub fn write_all(order: &Order, wanted: &Wanted, found: &[Found]) -> Result<Vec<Finished>> {
    let mut finished = Vec::with_capacity(found.len());
    for wave in found.chunks(WAVE) {
        order.prepare(
            wanted,
            wave.iter().filter_map(|(.., found)| found.as_ref().ok().map(|(_, about)| about)),
        )?;
        let planned: Vec<Result<Piece>> = wave
            .iter()
            .map(|(_, variant, found)| order.plan(wanted, found.as_ref().map_err(Clone::clone)?, *variant))
            .collect();
        let pieces: Vec<&Piece> = planned.iter().filter_map(|piece| piece.as_ref().ok()).collect();
        let mut drawn = draw(order, wanted, &pieces).into_iter();
        for ((_, variant, _), piece) in wave.iter().zip(planned) {
            finished.push(match piece {
                Ok(piece) => finish(order, wanted, piece, drawn.next().unwrap_or_default(), *variant),
                Err(failure) => Finished { row: Written::failed(wanted, *variant, failure), done: None },
            });
        }
        pgrx::check_for_interrupts!();
    }
    Ok(finished)
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
        let calls = open
            .iter()
            .filter_map(|at| {
                let prompt = pieces[*at].prompt.as_ref()?;
                Some(Call::Generate(request(order, model, (pieces[*at], prompt), count, round)))
            })
            .collect();
        let answers =
            engine::call_many(calls).unwrap_or_else(|e| open.iter().map(|_| Err(e.clone())).collect());
        for (at, answer) in open.into_iter().zip(answers) {
            take(order, pieces[at], answer, &mut drawn[at]);
        }
    }
    drawn
}

fn request(
    order: &Order,
    model: &Model,
    (piece, prompt): (&Piece, &Built),
    candidates: u16,
    round: u64,
) -> Generate {
    Generate {
        model: model.files.clone(),
        prompt: prompt.segments.clone(),
        shared_segments: prompt.shared_segments,
        opening: String::new(),
        candidates,
        max_tokens: order.kind.max_tokens,
        temperature: order.kind.temperature,
        top_p: order.kind.top_p,
        // Far from the seeds of neighbouring variants.
        seed: piece.seed.cast_unsigned().wrapping_add(round << 62),
        stop: vec!["\n".into()],
        steering: Some(piece.steering.clone()),
        fresh: order.fresh,
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

fn finish(order: &Order, wanted: &Wanted, piece: Piece, drawn: Drawn, variant: i32) -> Finished {
    let passed = drawn.candidates.iter().filter(|c| c.passed).count();
    let confidence = (!drawn.candidates.is_empty()).then(|| passed as f32 / drawn.candidates.len() as f32);
    let draft = judge::draft(order, &piece);
    let outline = whole::outline_of(&order.kind.kind);
    let mut row = Written {
        profile_id: piece.profile_id,
        product_id: piece.product_id.clone(),
        theme: serde_json::to_value(piece.theme).ok().and_then(|t| Some(t.as_str()?.to_owned())),
        draft: Some(piece.draft.clone()),
        prompt: piece.prompt.as_ref().map(Built::text),
        prompt_version: order.prompt.as_ref().map(|p| p.version),
        facts: serde_json::to_value(&piece.facts).unwrap_or_default(),
        guardrails: guardrails(order, &piece.subject, &outline),
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
    row.tell(drawn.candidates.iter().flat_map(Judged::told));
    if row.failure.is_some() {
        return Finished { row, done: None };
    }
    let caution = order.guard.caution(&order.kind.kind);
    let outcome = serve::decide(&drawn.candidates, &draft, confidence, &caution);
    let Piece { facts, subject, is_known, .. } = piece;
    Finished { row, done: Some(Done { outcome, draft, facts, subject, is_known }) }
}

impl Finished {
    /// The text by itself, a part of no other.
    pub fn settled(self, order: &Order) -> Written {
        let Finished { mut row, done } = self;
        if let Some(done) = done {
            let settling = Settling {
                policy: &order.guard.policy.policy,
                is_known: done.is_known,
                is_rewritten: order.kind.rewrite,
                has_template: false,
                outline: &whole::outline_of(&order.kind.kind),
            };
            row.settle(done.outcome, &done.draft, &settling);
        }
        row
    }
}

/// What held for this text, so that an edit of it can be judged likewise and comes apart likewise.
pub fn guardrails(order: &Order, subject: &Subject, outline: &serde_json::Value) -> serde_json::Value {
    let guard = &order.guard;
    serde_json::json!({
        "policy": guard.policy.policy, "subject": subject, "held": guard.set().held(subject), "outline": outline
    })
}

/// Sha256 of the largest file, which holds the weights.
fn weights(model: &Model) -> String {
    model.files.files.iter().max_by_key(|f| f.bytes).map(|f| f.sha256.clone()).unwrap_or_default()
}
