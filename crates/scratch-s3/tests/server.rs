//! The server comes, keeps what it is given, and goes with whoever holds it.
#![expect(clippy::unwrap_used, reason = "a panic is the failure report of a test")]

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use deskside_scratch_s3::{ScratchS3, python_tools};
use url::Url;

const PATIENCE: Duration = Duration::from_secs(30);

fn connect(endpoint: &Url) -> std::io::Result<TcpStream> {
    TcpStream::connect((endpoint.host_str().unwrap(), endpoint.port().unwrap()))
}

/// Enough of a signature: moto looks whether there is one, and for which service.
const SIGNATURE: &str =
    "AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// Status and body of the answer to one request.
fn ask(server: &ScratchS3, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = connect(&server.endpoint).unwrap();
    let host = server.endpoint.host_str().unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {SIGNATURE}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn is_gone(endpoint: &Url) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while connect(endpoint).is_ok() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    connect(endpoint).is_err()
}

#[test]
fn buckets_are_apart_and_go_with_the_server() {
    let server = ScratchS3::start().unwrap();
    let other = server.new_bucket().unwrap();
    let key = format!("/{}/said", server.bucket);
    assert_eq!(ask(&server, "PUT", &key, "hello").0, 200);
    assert_eq!(ask(&server, "GET", &key, ""), (200, "hello".to_owned()));
    assert_eq!(ask(&server, "GET", &format!("/{other}/said"), "").0, 404);
    let endpoint = server.endpoint.clone();
    drop(server);
    assert!(is_gone(&endpoint));
}

/// This test starts itself again as a child that holds a server and is killed.
#[test]
fn nothing_is_left_of_a_process_that_is_killed() {
    if env::var_os("DESKSIDE_TEST_HOLDS_SERVER").is_some() {
        println!("\nendpoint={}", ScratchS3::shared().endpoint);
        std::thread::sleep(PATIENCE);
        return;
    }
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["nothing_is_left_of_a_process_that_is_killed", "--exact", "--nocapture"])
        .env("DESKSIDE_TEST_HOLDS_SERVER", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let endpoint =
        lines.map_while(Result::ok).find_map(|line| line.strip_prefix("endpoint=").map(str::to_owned));
    let endpoint: Url = endpoint.unwrap().parse().unwrap();
    assert!(connect(&endpoint).is_ok());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_gone(&endpoint), "{endpoint} still answers");
}

#[test]
fn a_program_that_is_not_there_is_missed_with_what_to_do() {
    assert!(python_tools::program("moto_server").unwrap().is_file());
    let missing = python_tools::program("no_such_program").unwrap_err().to_string();
    assert!(missing.contains("`no_such_program`") && missing.contains("`cargo xtask setup`"), "{missing}");
}
