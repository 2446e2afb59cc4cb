//! Headers, pages, and requests that make no sense.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Reply, TestApp};

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::start().await;
    for path in ["/", "/join/abc", "/s/0192", "/api/v1/info", "/api/v1/me", "/nowhere", "/api/v1/nowhere"] {
        let reply = app.get(path, None).await;
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("script-src 'self' 'unsafe-inline'") && !policy.contains("'unsafe-eval'"),
            "{path}"
        );
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), "", "{path}: no other site reads this");
    }
    assert_eq!(app.get("/api/v1/info", None).await.header("cache-control"), "no-store");
    // Where people come by https, browsers are told never to come otherwise.
    assert_eq!(app.get("/", None).await.header("strict-transport-security"), "");
    let app =
        TestApp::start_with(std::sync::Arc::new(deskside_store::memory::MemoryStore::new()), |config| {
            config.public_url = "https://help.example.org".parse().unwrap();
        });
    let app = app.await;
    for path in ["/", "/api/v1/me"] {
        let told = app.get(path, None).await;
        assert!(told.header("strict-transport-security").contains("includeSubDomains"), "{path}");
    }
}

#[tokio::test]
async fn bodies_that_make_no_sense_have_a_code() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let sessions = format!("/api/v1/orgs/{}/sessions", tess.org);
    let post = |path: &str, body: String| {
        let request =
            app.request(Method::POST, path, Some(&tess.token)).header("content-type", "application/json");
        request.body(body).send()
    };
    for body in ["{", "", "\"text\"", "{\"title\":7}"] {
        let reply = Reply::of(post(&sessions, body.to_owned()).await.unwrap()).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (400, "malformed"), "{body:?}");
    }
    let huge = json!({ "title": "x".repeat(100 * 1024) }).to_string();
    let reply = Reply::of(post(&sessions, huge).await.unwrap()).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (413, "frame_too_large"));
    let long =
        Reply::of(post(&sessions, json!({ "title": "x".repeat(81) }).to_string()).await.unwrap()).await;
    assert_eq!((long.status.as_u16(), long.code()), (422, "invalid_input"));
    for path in ["/api/v1/sessions/not-an-id", "/api/v1/nowhere", "/api/v1/sessions/%00", "/api/v2/info"] {
        let reply = app.get(path, Some(&tess.token)).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (404, "not_found"), "{path}");
    }
}

/// Research S23: another site's form or script.
#[tokio::test]
async fn another_sites_request_is_refused() {
    let app = TestApp::start().await;
    let join = |headers: &[(&str, &str)]| {
        let mut request = app.http.post(format!("{}/api/v1/join", app.url)).json(&json!({}));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send()
    };
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ] {
        let reply = Reply::of(join(headers).await.unwrap()).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (403, "wrong_origin"), "{headers:?}");
    }
    let own = Reply::of(join(&[("origin", &app.url)]).await.unwrap()).await;
    assert_eq!(own.code(), "malformed", "own pages get through to the route");
}

/// The operations that the user interface relies on, by name, method and path.
#[tokio::test]
async fn the_description_names_every_operation() {
    let app = TestApp::start().await;
    let description: Value = app.get("/api/v1/openapi.json", None).await.json();
    let mut found: Vec<String> = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            found.push(format!("{id} {} {path}", method.to_uppercase()));
        }
    }
    for expected in [
        "get_info GET /api/v1/info",
        "set_up POST /api/v1/set-up",
        "sign_in POST /api/v1/auth/sign-in",
        "sign_out POST /api/v1/auth/sign-out",
        "get_me GET /api/v1/me",
        "list_sessions GET /api/v1/orgs/{org}/sessions",
        "create_session POST /api/v1/orgs/{org}/sessions",
        "get_session GET /api/v1/sessions/{session}",
        "end_session POST /api/v1/sessions/{session}/end",
        "renew_join POST /api/v1/sessions/{session}/join",
        "admit_participant POST /api/v1/sessions/{session}/participants/{participant}/admit",
        "remove_participant POST /api/v1/sessions/{session}/participants/{participant}/remove",
        "look_up_join POST /api/v1/join/look-up",
        "join_session POST /api/v1/join",
        "list_files GET /api/v1/orgs/{org}/files",
        "get_files_session GET /api/v1/orgs/{org}/files/{session}",
        "get_transcript GET /api/v1/orgs/{org}/files/{session}/transcript",
        "get_org_settings GET /api/v1/orgs/{org}/settings",
        "update_org_settings PUT /api/v1/orgs/{org}/settings",
        "create_upload POST /api/v1/sessions/{session}/uploads",
        "get_upload_offset HEAD /api/v1/uploads/{upload}",
        "append_upload PATCH /api/v1/uploads/{upload}",
        "delete_upload DELETE /api/v1/uploads/{upload}",
        "get_attachment GET /api/v1/sessions/{session}/attachments/{attachment}",
        "get_attachments_zip GET /api/v1/sessions/{session}/attachments.zip",
        "get_thumbnail GET /api/v1/sessions/{session}/attachments/{attachment}/thumbnail",
        "session_socket GET /api/v1/sessions/{session}/socket",
    ] {
        assert!(found.iter().any(|operation| operation == expected), "{expected} is missing in {found:#?}");
    }
}
