//! What the environment may say, and what it may not: each in a process of its own.

use std::process::Command;

use deskside_fetch::{Fetcher, Network};
use tokio::net::TcpListener;

use crate::server::{Server, ok};
use crate::world::{ONE, get, rules};

/// Marks the process that the tests below start.
const CHILD: &str = "DESKSIDE_FETCH_CHILD";

/// Runs a test of this file again with an environment; whether it passed, and what it printed.
async fn again(test: &'static str, environment: Vec<(&'static str, String)>) -> (bool, String) {
    let run = move || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]).env(CHILD, "1").envs(environment);
        command.output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

#[tokio::test]
async fn goes_past_every_proxy_and_by_the_map() {
    if is_child() {
        let fetcher = Fetcher::new(Vec::new(), Network::from_env().unwrap(), 1).unwrap();
        for scheme in ["http", "https"] {
            let mut bytes = Vec::new();
            let request = get(&format!("{scheme}://files.example/"));
            let came = fetcher.fetch(request, &rules(), &mut bytes).await;
            let said = came.map_or_else(|error| error.code(), |_| "a file");
            // What answers at 443 speaks no TLS: it was asked, and no proxy was.
            assert_eq!(said, if scheme == "http" { "a file" } else { "tls_failed" });
        }
        return;
    }
    let server = Server::start(|_| ok("a file")).await;
    let deaf = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let deaf_at = deaf.local_addr().unwrap();
    tokio::spawn(async move { while deaf.accept().await.is_ok() {} });
    let proxy = Server::start(|_| ok("of the proxy")).await;
    let map = format!("files.example={ONE};{ONE}:80={};{ONE}:443={deaf_at}", server.address);
    let mut environment = vec![("DESKSIDE_FETCH_MAP", map), ("NO_PROXY", String::new())];
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        environment.push((name, format!("http://{}", proxy.address)));
    }
    let (passed, said) = again("environment::goes_past_every_proxy_and_by_the_map", environment).await;
    assert!(passed, "{said}");
    assert_eq!((server.requests().len(), proxy.accepted()), (1, 0));
}

#[tokio::test]
async fn a_map_that_cannot_be_read_is_an_error() {
    if is_child() {
        assert_eq!(Network::from_env().err().as_deref(), Some("not of a map: files.example"));
        return;
    }
    let environment = vec![("DESKSIDE_FETCH_MAP", "files.example".to_owned())];
    let (passed, said) = again("environment::a_map_that_cannot_be_read_is_an_error", environment).await;
    assert!(passed, "{said}");
}
