//! The schema of exported flows (docs/flow.schema.json) takes what is a flow, and nothing else.

#![expect(clippy::unwrap_used, reason = "a panic is a test's failure report")]

use boon::{Compiler, Schemas};
use deskside_proto::Flow;
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../../docs/flow.schema.json");

fn fits(flow: &Value) -> bool {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("flow", serde_json::from_str(SCHEMA).unwrap()).unwrap();
    let schema = compiler.compile("flow", &mut schemas).unwrap();
    schemas.validate(flow, schema).is_ok()
}

#[test]
fn what_is_read_as_a_flow_fits_and_what_is_not_does_not() {
    let question = json!({ "id": "q", "type": "question", "text": "?", "variable": "v", "answer": { "type": "any" }, "retry_text": "" });
    let action = json!({ "id": "a", "type": "action", "failure_text": "", "action": {
        "type": "send_attachment", "text": "", "file_name": "", "endpoint": "https://a.example/", "content_type": "", "headers": [{ "name": "X-A", "value": "" }],
    } });
    let condition = json!({ "id": "c", "type": "condition", "variable": "v", "test": { "type": "at_least", "value": 2 }, "then": "q" });
    for (flow, expected) in [
        (json!({ "format": 1, "steps": [] }), true),
        (
            json!({ "format": 1, "steps": [question, action, condition, { "id": "e", "type": "end", "text": "" }] }),
            true,
        ),
        (json!({ "steps": [] }), false),
        (json!({ "format": "1", "steps": [] }), false),
        (json!({ "format": 1, "steps": [{ "id": "a", "type": "dance" }] }), false),
        (json!({ "format": 1, "steps": [{ "type": "end", "text": "" }] }), false),
        (json!({ "format": 1, "steps": [{ "id": "a", "type": "message" }] }), false),
        (json!([]), false),
    ] {
        assert_eq!(fits(&flow), expected, "{flow}");
        assert_eq!(serde_json::from_value::<Flow>(flow.clone()).is_ok(), expected, "{flow}");
    }
}
