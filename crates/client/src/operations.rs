//! The portal's operations, as its OpenAPI description names them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use deskside_proto::OPENAPI;
use reqwest::Method;
use serde::Deserialize;

use crate::ClientError;

/// Never callable by name: they answer with a token (which must not reach a user interface), or are no request with a JSON
/// answer. `account`, `driver`, `upload` and `download` speak them themselves.
const OWN: &[&str] = &[
    "set_up",
    "sign_in",
    "sign_out",
    "accept_invitation",
    "join_session",
    "session_socket",
    "relay_socket",
    "create_direct",
    "delete_direct",
    "get_ice_servers",
    "create_upload",
    "get_upload_offset",
    "append_upload",
    "delete_upload",
    "get_attachment",
    "get_thumbnail",
];

/// What may be called by name.
#[derive(Debug, Default)]
pub struct Operations(HashMap<String, Operation>);

#[derive(Debug, Clone)]
struct Operation {
    method: Method,
    /// As in OpenAPI: `/api/v1/sessions/{session}`.
    path: String,
}

#[derive(Deserialize)]
struct Description {
    paths: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

impl Operations {
    /// Those of the description that this app was built with.
    #[must_use]
    pub fn portal() -> &'static Self {
        static PORTAL: LazyLock<Operations> = LazyLock::new(|| Operations::parse(OPENAPI));
        &PORTAL
    }

    /// Reads an OpenAPI description; one that cannot be read allows nothing.
    #[must_use]
    pub fn parse(description: &str) -> Self {
        let Ok(Description { paths }) = serde_json::from_str(description) else { return Self::default() };
        let mut operations = HashMap::new();
        for (path, item) in paths {
            for (method, operation) in item {
                let id = operation.get("operationId").and_then(serde_json::Value::as_str);
                let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes());
                if let (Some(id), Ok(method)) = (id, method) {
                    operations.insert(id.to_owned(), Operation { method, path: path.clone() });
                }
            }
        }
        Self(operations)
    }

    /// Method and path of a call by name.
    ///
    /// # Errors
    /// [`ClientError::UnknownOperation`] for what is not in the description, not callable by name, or lacks a parameter.
    pub(crate) fn resolve(
        &self,
        id: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<(Method, String), ClientError> {
        let unknown = || ClientError::UnknownOperation(id.to_owned());
        let operation = self.0.get(id).filter(|_| !OWN.contains(&id)).ok_or_else(unknown)?;
        let segments = operation.path.split('/').map(|segment| {
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                None => Ok(segment),
                Some(name) => parameters
                    .get(name)
                    .map(String::as_str)
                    .filter(|value| is_plain(value))
                    .ok_or_else(unknown),
            }
        });
        Ok((operation.method.clone(), segments.collect::<Result<Vec<_>, _>>()?.join("/")))
    }

    #[cfg(test)]
    fn route(&self, id: &str) -> Option<(String, String)> {
        self.0.get(id).map(|operation| (operation.method.to_string(), operation.path.clone()))
    }
}

/// Ids and nothing else: a value cannot leave its place in the path.
fn is_plain(value: &str) -> bool {
    (1..=64).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Paths that this crate speaks itself; a test holds them against the portal's description.
pub(crate) mod routes {
    pub(crate) const INFO: &str = "/api/v1/info";
    pub(crate) const SET_UP: &str = "/api/v1/set-up";
    pub(crate) const SIGN_IN: &str = "/api/v1/auth/sign-in";
    pub(crate) const SIGN_OUT: &str = "/api/v1/auth/sign-out";
    pub(crate) const LOOK_UP_JOIN: &str = "/api/v1/join/look-up";
    pub(crate) const JOIN: &str = "/api/v1/join";

    pub(crate) fn socket(session: impl std::fmt::Display) -> String {
        format!("/api/v1/sessions/{session}/socket")
    }
    pub(crate) fn relay(session: impl std::fmt::Display, peer: impl std::fmt::Display) -> String {
        format!("/api/v1/sessions/{session}/relay/{peer}")
    }
    pub(crate) fn ice(session: impl std::fmt::Display) -> String {
        format!("/api/v1/sessions/{session}/ice")
    }
    pub(crate) fn direct_files(session: impl std::fmt::Display) -> String {
        format!("/api/v1/sessions/{session}/direct")
    }
    pub(crate) fn direct_file(session: impl std::fmt::Display, attachment: impl std::fmt::Display) -> String {
        format!("/api/v1/sessions/{session}/direct/{attachment}")
    }
    pub(crate) fn uploads(session: impl std::fmt::Display) -> String {
        format!("/api/v1/sessions/{session}/uploads")
    }
    pub(crate) fn upload(upload: impl std::fmt::Display) -> String {
        format!("/api/v1/uploads/{upload}")
    }
    pub(crate) fn attachment(session: impl std::fmt::Display, attachment: impl std::fmt::Display) -> String {
        format!("/api/v1/sessions/{session}/attachments/{attachment}")
    }
    pub(crate) fn thumbnail(session: impl std::fmt::Display, attachment: impl std::fmt::Display) -> String {
        format!("/api/v1/sessions/{session}/attachments/{attachment}/thumbnail")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIPTION: &str = r#"{"paths":{
        "/api/v1/me": {"get": {"operationId": "get_me"}},
        "/api/v1/auth/sign-in": {"post": {"operationId": "sign_in"}},
        "/api/v1/sessions/{session}/end": {"post": {"operationId": "end_session"}, "parameters": []}
    }}"#;

    fn resolve(id: &str, session: &str) -> Option<(String, String)> {
        let parameters = BTreeMap::from([("session".to_owned(), session.to_owned())]);
        let (method, path) = Operations::parse(DESCRIPTION).resolve(id, &parameters).ok()?;
        Some((method.to_string(), path))
    }

    #[test]
    fn only_described_operations_without_tokens_are_callable() {
        assert_eq!(resolve("get_me", ""), Some(("GET".into(), "/api/v1/me".into())));
        assert_eq!(resolve("end_session", "0a1b"), Some(("POST".into(), "/api/v1/sessions/0a1b/end".into())));
        assert_eq!(resolve("sign_in", ""), None, "answers with a token");
        assert_eq!(resolve("drop_tables", ""), None);
        assert!(Operations::parse("no JSON").0.is_empty());
    }

    #[test]
    fn a_parameter_cannot_leave_its_place() {
        for session in ["", "../me", "a/b", "a?b", "%2e%2e", "a#b", &"a".repeat(65)] {
            assert_eq!(resolve("end_session", session), None, "{session:?}");
        }
    }

    #[test]
    fn own_routes_are_those_of_the_portal() {
        let (session, upload, attachment) = ("{session}", "{upload}", "{attachment}");
        let expected = [
            ("get_info", "GET", routes::INFO.to_owned()),
            ("set_up", "POST", routes::SET_UP.to_owned()),
            ("sign_in", "POST", routes::SIGN_IN.to_owned()),
            ("sign_out", "POST", routes::SIGN_OUT.to_owned()),
            ("look_up_join", "POST", routes::LOOK_UP_JOIN.to_owned()),
            ("join_session", "POST", routes::JOIN.to_owned()),
            ("session_socket", "GET", routes::socket(session)),
            ("relay_socket", "GET", routes::relay(session, "{peer}")),
            ("get_ice_servers", "GET", routes::ice(session)),
            ("create_direct", "POST", routes::direct_files(session)),
            ("delete_direct", "DELETE", routes::direct_file(session, attachment)),
            ("create_upload", "POST", routes::uploads(session)),
            ("get_upload_offset", "HEAD", routes::upload(upload)),
            ("append_upload", "PATCH", routes::upload(upload)),
            ("delete_upload", "DELETE", routes::upload(upload)),
            ("get_attachment", "GET", routes::attachment(session, attachment)),
            ("get_thumbnail", "GET", routes::thumbnail(session, attachment)),
        ];
        for (id, method, path) in expected {
            assert_eq!(Operations::portal().route(id), Some((method.to_owned(), path)), "{id}");
        }
    }
}
