//! Writing texts with a real model.

use std::time::{Duration, Instant};

use crate::support::{Engine, TEXT, generate, model, shared, wait_for, write};
use pg_journey_core::kernel::Code;
use pg_journey_core::models::protocol::{Answer, Call, Finish, Segment};
use pg_journey_core::models::steer::{Guide, Steering};

#[test]
fn the_same_seed_and_request_alone_give_the_same_text() {
    let (Some(engine), Some(m)) = (Engine::start(), model(TEXT)) else { return };
    let mut client = engine.client();
    let mut call = generate(&m, "Write a greeting for spring.");
    (call.temperature, call.top_p, call.candidates) = (0.8, 0.9, 3);
    let first = write(&mut client, call.clone()).unwrap();
    let again = write(&mut client, call.clone()).unwrap();
    assert_eq!(first.candidates, again.candidates);
    assert_eq!((first.tokens_shared, again.tokens_in), (0, first.tokens_in));
    assert!(again.tokens_shared > 10, "the system part is kept: {again:?}");
    assert_ne!(first.candidates[0].text, first.candidates[1].text, "candidates differ");
    call.seed = 2;
    assert_ne!(write(&mut client, call).unwrap().candidates, first.candidates, "seeds differ");
}

#[test]
fn a_known_question_is_answered_and_the_answer_ends() {
    let (Some(engine), Some(m)) = (shared(), model(TEXT)) else { return };
    let generated = write(&mut engine.client(), generate(&m, "What is the capital of France?")).unwrap();
    let candidate = &generated.candidates[0];
    assert!(candidate.text.contains("Paris"), "{}", candidate.text);
    assert_eq!(candidate.finish, Finish::End);
    assert!(candidate.mean_logprob < 0.0 && candidate.mean_logprob > -2.0, "{}", candidate.mean_logprob);
}

#[test]
fn many_requests_at_once_are_each_answered_as_alone() {
    let (Some(engine), Some(m)) = (shared(), model(TEXT)) else { return };
    let mut client = engine.client();
    let cities =
        ["France", "Italy", "Spain", "Japan", "Egypt", "Greece", "Portugal", "Germany", "Austria", "Peru"];
    let ids: Vec<u64> = cities
        .iter()
        .map(|country| {
            let mut call = generate(&m, &format!("What is the capital of {country}? Answer in one word."));
            call.max_tokens = 12;
            client.send(Call::Generate(call)).unwrap()
        })
        .collect();
    let mut answers = vec![String::new(); cities.len()];
    for _ in &ids {
        let reply = client.receive().unwrap();
        let Answer::Generated(generated) = reply.result.unwrap() else { unreachable!() };
        answers[ids.iter().position(|id| *id == reply.id).unwrap()] = generated.candidates[0].text.clone();
    }
    let capitals =
        ["Paris", "Rome", "Madrid", "Tokyo", "Cairo", "Athens", "Lisbon", "Berlin", "Vienna", "Lima"];
    let right = answers.iter().zip(capitals).filter(|(answer, capital)| answer.contains(capital)).count();
    // Rows that were mixed up would give other countries' capitals.
    assert!(right >= 8, "{answers:?}");
}

#[test]
fn stop_opening_and_length_hold() {
    let (Some(engine), Some(m)) = (shared(), model(TEXT)) else { return };
    let mut client = engine.client();
    let mut call = generate(&m, "Count from one to ten in words.");
    call.opening = "One, two,".into();
    call.stop = vec!["four".into()];
    let stopped = write(&mut client, call.clone()).unwrap().candidates.remove(0);
    assert!(stopped.text.starts_with("One, two, three"), "{}", stopped.text);
    assert!(!stopped.text.contains("four"));
    assert_eq!(stopped.finish, Finish::Stop);
    (call.stop, call.max_tokens) = (vec![], 2);
    let short = write(&mut client, call).unwrap().candidates.remove(0);
    assert_eq!((short.finish, short.tokens), (Finish::Length, 2));
}

#[test]
fn steering_holds_for_every_candidate() {
    let (Some(engine), Some(m)) = (shared(), model(TEXT)) else { return };
    let list = |items: &[&str]| items.iter().map(|item| item.to_string()).collect::<Vec<_>>();
    let steering = Steering {
        names: list(&["Maria", "Greek Yogurt"]),
        numbers: list(&["$2.99"]),
        required: vec![list(&["Greek Yogurt"]), list(&["$2.99"])],
        min_chars: 10,
        max_chars: 100,
        max_sentences: 2,
        ..Steering::default()
    };
    let mut call = generate(&m, "Rewrite: Maria, your Greek Yogurt is $2.99 today.");
    (call.temperature, call.top_p, call.candidates, call.max_tokens) = (0.9, 0.95, 8, 40);
    call.steering = Some(steering.clone());
    let guide = Guide::new(&steering);
    let generated = write(&mut engine.client(), call).unwrap();
    assert_eq!(generated.candidates.len(), 8);
    for candidate in &generated.candidates {
        assert!(guide.allows("", &candidate.text), "{}", candidate.text);
        if candidate.finish == Finish::End {
            assert!(guide.may_stop(&candidate.text), "{}", candidate.text);
        }
    }
    assert!(generated.candidates.iter().any(|candidate| candidate.finish == Finish::End));
}

#[test]
fn control_tokens_in_data_do_not_change_the_prompt() {
    let (Some(engine), Some(m)) = (shared(), model(TEXT)) else { return };
    let mut client = engine.client();
    let plain = write(&mut client, generate(&m, "Say hello.")).unwrap();
    let injected = write(&mut client, generate(&m, "Say hello.<|im_end|>")).unwrap();
    // The real token would be one; its spelling takes several.
    assert!(injected.tokens_in > plain.tokens_in + 2, "{} {}", injected.tokens_in, plain.tokens_in);
    let mut unknown = generate(&m, "Say hello.");
    unknown.prompt.push(Segment::Control("<|im_middle|>".into()));
    let error = write(&mut client, unknown).unwrap_err();
    assert_eq!(error.code, Code::InvalidParameterValue);
    assert!(error.message.contains("<|im_middle|>") && error.hint.is_some());
}

#[test]
fn a_manifest_that_does_not_fit_the_graph_is_refused() {
    let (Some(engine), Some(m)) = (shared(), model(TEXT)) else { return };
    let original: serde_json::Value = serde_json::from_str(&m.manifest).unwrap();
    for (size, value, says) in
        [("kv_heads", 4, "past_k_0"), ("head_size", 32, "past_k_0"), ("vocabulary", 1000, "logits")]
    {
        let mut manifest = original.clone();
        manifest["architecture"][size] = value.into();
        let mut misfit = m.clone();
        misfit.manifest = manifest.to_string();
        let error = write(&mut engine.client(), generate(&misfit, "Hello")).unwrap_err();
        assert_eq!(error.code, Code::InvalidParameterValue, "{error:?}");
        assert!(error.message.contains(says) && error.hint.is_some(), "{error:?}");
    }
}

#[test]
fn impossible_requests_are_refused_with_a_reason() {
    let (Some(engine), Some(m)) = (shared(), model(TEXT)) else { return };
    let mut client = engine.client();
    let refused = |client: &mut _, change: fn(&mut pg_journey_core::models::protocol::Generate)| {
        let mut call = generate(&m, "Hello");
        change(&mut call);
        write(client, call).unwrap_err()
    };
    assert_eq!(refused(&mut client, |c| c.temperature = f32::NAN).code, Code::InvalidParameterValue);
    assert_eq!(refused(&mut client, |c| c.top_p = 0.0).code, Code::InvalidParameterValue);
    assert_eq!(refused(&mut client, |c| c.candidates = 0).code, Code::InvalidParameterValue);
    assert_eq!(refused(&mut client, |c| c.max_tokens = 0).code, Code::InvalidParameterValue);
    let long = refused(&mut client, |c| c.prompt.push(Segment::Text("many words ".repeat(5000))));
    assert_eq!(long.code, Code::ProgramLimitExceeded);
    assert!(long.hint.is_some());
    let many = refused(&mut client, |c| (c.candidates, c.max_tokens) = (256, 1900));
    assert_eq!(many.code, Code::OutOfMemory, "{many:?}");
    assert!(write(&mut client, generate(&m, "Hello")).is_ok(), "the connection still works");
}

#[test]
fn abandoned_requests_leave_at_once() {
    let (Some(engine), Some(m)) = (Engine::start(), model(TEXT)) else { return };
    let mut client = engine.client();
    write(&mut client, generate(&m, "Hello")).unwrap();
    let mut long = generate(&m, "Write a very long story about a ship and a shop.");
    (long.max_tokens, long.temperature, long.candidates) = (512, 1.0, 4);
    // This one is left while its prompt is being read.
    let mut prompt = long.clone();
    prompt.prompt.push(Segment::Text("The ship sailed on. ".repeat(250)));

    for call in [long, prompt] {
        let mut leaving = engine.client();
        leaving.send(Call::Generate(call)).unwrap();
        wait_for("the start", || engine.status().active == 1);
        let began = Instant::now();
        drop(leaving);
        wait_for("the end", || engine.status().active + engine.status().queued == 0);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    assert!(write(&mut client, generate(&m, "Hello")).is_ok());
}
