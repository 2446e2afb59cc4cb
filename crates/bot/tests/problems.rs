//! What keeps a flow from being published: a flow with one thing wrong → where, and what.
#![expect(clippy::unwrap_used, reason = "a panic is a test's failure report")]

use deskside_bot::check;
use deskside_proto::{Flow, FlowProblemCode as Code, Millis, SecretId};
use serde_json::{Value, json};

fn problems(flow: Value) -> Vec<(String, String, Code)> {
    let flow: Flow = serde_json::from_value(flow).unwrap();
    check(&flow, |secret| secret == known_secret())
        .into_iter()
        .map(|problem| (problem.step.unwrap_or_default(), problem.field.unwrap_or_default(), problem.code))
        .collect()
}

fn known_secret() -> SecretId {
    SecretId::new(Millis(1), [7; 16])
}

fn flow(steps: Value) -> Value {
    json!({ "format": 1, "steps": steps })
}

fn question(id: &str, variable: &str, answer: Value) -> Value {
    json!({ "id": id, "type": "question", "text": "?", "variable": variable, "answer": answer })
}

fn sends(action: Value) -> Value {
    let mut action = action;
    action["type"] = json!("send_attachment");
    flow(
        json!([question("ask", "number", json!({ "type": "any" })), { "id": "send", "type": "action", "action": action }]),
    )
}

/// C01–C08: a flow with a step of every kind has no problem.
#[test]
fn a_whole_flow() {
    let secret = known_secret().to_string();
    let whole = flow(json!([
        { "id": "hello", "type": "message", "text": "Hello {{customer}}!" },
        question("kind", "kind", json!({ "type": "choice", "options": ["Invoice", "Other"] })),
        { "id": "which", "type": "condition", "variable": "kind", "test": { "type": "is", "value": "invoice" }, "otherwise": "person" },
        question("number", "number", json!({ "type": "number", "min": 1, "whole": true })),
        { "id": "send", "type": "action", "failure_text": "That did not work.", "on_failure": "person", "action": {
            "type": "send_attachment", "file_name": "Invoice {{number}}.pdf", "endpoint": "https://a.example/{{number}}?for={{customer}}",
            "authorization": secret, "content_type": "application/pdf", "headers": [{ "name": "X-Case", "value": "{{number}}" }],
        } },
        question("signed", "signed", json!({ "type": "any" })),
        { "id": "person", "type": "ask_technician", "text": "One moment.", "if_nobody": "sorry", "next": "bye" },
        { "id": "sorry", "type": "message", "text": "Nobody is here." },
        { "id": "bye", "type": "end", "text": "Bye {{customer}}, {{kind}} {{number}}" },
    ]));
    assert_eq!(problems(whole), []);
}

#[test]
fn a_flow_as_a_whole() {
    let message = |id: &str| json!({ "id": id, "type": "message", "text": "x" });
    let many: Vec<Value> = (0..201).map(|n| message(&format!("s{n}"))).collect();
    for (flow, expected) in [
        (flow(json!([])), vec![("", "", Code::NoSteps)]),
        (flow(json!(many)), vec![("", "", Code::TooManySteps)]),
        (json!({ "format": 2, "steps": [message("a")] }), vec![("", "", Code::FormatUnknown)]),
        (flow(json!([message("A b")])), vec![("A b", "id", Code::IdInvalid)]),
        (flow(json!([message("a"), message("a")])), vec![("a", "id", Code::IdTaken)]),
    ] {
        assert_eq!(as_text(problems(flow)), as_text_of(&expected));
    }
}

#[test]
fn ways_between_steps() {
    let message = |id: &str, next: Value| json!({ "id": id, "type": "message", "text": "x", "next": next });
    let end = |id: &str| json!({ "id": id, "type": "end" });
    let ask = |id: &str, next: Value| json!({ "id": id, "type": "ask_technician", "next": next, "if_nobody": next });
    for (steps, expected) in [
        (json!([message("a", json!("b")), end("b")]), vec![]),
        (json!([message("a", json!("z"))]), vec![("a", "next", Code::StepUnknown)]),
        (
            json!([message("a", json!("c")), message("b", json!(null)), end("c")]),
            vec![("b", "", Code::Unreachable)],
        ),
        // Round and round without anybody.
        (json!([message("a", json!("a"))]), vec![("a", "", Code::EndlessLoop)]),
        (
            json!([message("a", json!(null)), message("b", json!("a"))]),
            vec![("a", "", Code::EndlessLoop), ("b", "", Code::EndlessLoop)],
        ),
        // With a question or the queue in between it waits.
        (json!([message("a", json!(null)), ask("b", json!("a"))]), vec![]),
        (json!([ask("a", json!("a"))]), vec![]),
    ] {
        assert_eq!(as_text(problems(flow(steps.clone()))), as_text_of(&expected), "{steps}");
    }
}

#[test]
fn what_steps_say_and_ask() {
    let long = "x".repeat(4_001);
    let any = json!({ "type": "any" });
    let options = |options: &[&str]| question("a", "v", json!({ "type": "choice", "options": options }));
    let condition = |test: Value| json!([question("q", "v", any.clone()), { "id": "a", "type": "condition", "variable": "v", "test": test }]);
    for (steps, field, code) in [
        (json!([{ "id": "a", "type": "message", "text": " " }]), "text", Code::Empty),
        (json!([{ "id": "a", "type": "message", "text": long }]), "text", Code::TooLong),
        (json!([{ "id": "a", "type": "message", "text": "{{x" }]), "text", Code::TemplateInvalid),
        (
            json!([{ "id": "a", "type": "message", "text": "{{later}}" }, question("b", "later", any.clone())]),
            "text",
            Code::VariableUnknown,
        ),
        (
            json!([{ "id": "a", "name": "n".repeat(81), "type": "message", "text": "x" }]),
            "name",
            Code::TooLong,
        ),
        (json!([question("a", "Name", any.clone())]), "variable", Code::VariableInvalid),
        (json!([question("a", "", any.clone())]), "variable", Code::VariableInvalid),
        (json!([question("a", "customer", any.clone())]), "variable", Code::VariableReserved),
        (json!([options(&[])]), "answer.options", Code::TooFewOptions),
        (json!([options(&["x"; 21])]), "answer.options", Code::TooManyOptions),
        (json!([options(&["Yes", " yes"])]), "answer.options.1", Code::OptionTaken),
        (json!([options(&["Yes", " "])]), "answer.options.1", Code::Empty),
        (
            json!([question("a", "v", json!({ "type": "number", "min": 2, "max": 1 }))]),
            "answer.max",
            Code::RangeEmpty,
        ),
        (
            json!([{ "id": "a", "type": "question", "text": "?", "variable": "v", "answer": any, "tries": 0 }]),
            "tries",
            Code::TriesInvalid,
        ),
        (condition(json!({ "type": "is", "value": "" })), "test.value", Code::Empty),
        (condition(json!({ "type": "before", "day": "22.11.2026" })), "test.day", Code::DayInvalid),
        (
            json!([{ "id": "a", "type": "condition", "variable": "v", "test": { "type": "has_files" } }]),
            "variable",
            Code::VariableUnknown,
        ),
    ] {
        let found = problems(flow(steps.clone()));
        assert!(found.contains(&("a".to_owned(), field.to_owned(), code)), "{steps}: {found:?}");
    }
}

/// C03–C07, S10: what an action may ask of whom.
#[test]
fn what_actions_ask() {
    let url = "https://a.example/";
    let foreign = SecretId::new(Millis(1), [8; 16]).to_string();
    let headers =
        |name: &str, value: &str| json!({ "endpoint": url, "headers": [{ "name": name, "value": value }] });
    for (action, field, code) in [
        (json!({}), "action.endpoint", Code::Empty),
        (json!({ "endpoint": "ftp://a.example/" }), "action.endpoint", Code::SchemeNotAllowed),
        (json!({ "endpoint": "https://{{number}}.example/" }), "action.endpoint", Code::VariableInHost),
        (json!({ "endpoint": "https://a:b@a.example/" }), "action.endpoint", Code::CredentialsInUrl),
        (json!({ "endpoint": "https://a.example/{{nothing}}" }), "action.endpoint", Code::VariableUnknown),
        (json!({ "endpoint": url, "file_name": "../x" }), "action.file_name", Code::FileNameInvalid),
        (json!({ "endpoint": url, "file_name": "a\u{0}" }), "action.file_name", Code::FileNameInvalid),
        (json!({ "endpoint": url, "authorization": foreign }), "action.authorization", Code::SecretUnknown),
        (json!({ "endpoint": url, "content_type": "pdf" }), "action.content_type", Code::ContentTypeInvalid),
        (headers("Host", "x"), "action.headers.0.name", Code::HeaderReserved),
        (headers("authorization", "x"), "action.headers.0.name", Code::HeaderReserved),
        (headers("X-{{number}}", "x"), "action.headers.0.name", Code::HeaderInvalid),
        (headers("X-A", "a\r\nb"), "action.headers.0.value", Code::HeaderInvalid),
        (headers("X-A", "{{who}}"), "action.headers.0.value", Code::VariableUnknown),
        (
            json!({ "endpoint": url, "headers": [{ "name": "X-A", "value": "" }, { "name": "x-a", "value": "" }] }),
            "action.headers.1.name",
            Code::HeaderTaken,
        ),
        (
            json!({ "endpoint": url, "headers": (0..21).map(|n| json!({ "name": format!("X-{n}"), "value": "" })).collect::<Vec<_>>() }),
            "action.headers",
            Code::TooManyHeaders,
        ),
    ] {
        let found = problems(sends(action.clone()));
        assert_eq!(as_text(found), as_text_of(&[("send", field, code)]), "{action}");
    }
    assert_eq!(problems(sends(json!({ "endpoint": "https://a.example/{{number}}" }))), []);
}

fn as_text(found: Vec<(String, String, Code)>) -> Vec<String> {
    found.into_iter().map(|(step, field, code)| format!("{step} {field} {code:?}")).collect()
}

fn as_text_of(expected: &[(&str, &str, Code)]) -> Vec<String> {
    expected.iter().map(|(step, field, code)| format!("{step} {field} {code:?}")).collect()
}
